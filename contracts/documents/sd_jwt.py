"""SD-JWT credentials: signed once, disclosed field by field; pure but for the salts.

A payload is JSON in which `Disclosable` marks what can be left out later: members of
objects and elements of arrays, at any depth. The issuer signs digests; whoever holds
the disclosures presents any subset of them under the same signature, so the ledger's
commitment to the issuer-signed part holds for every presentation.

Accepted here: ES256 and SHA-256 only, canonical base64url, no key binding, no floating
point numbers, every disclosure referenced exactly once.

Source: RFC 9901; RFC 7515; RFC 7518, section 3.4.
"""

import hashlib
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

from contracts.documents.encoding import (
    DEPTH_LIMIT,
    Json,
    decode_base64url,
    encode_base64url,
    parse_json,
    parse_object,
)
from contracts.errors import PresentationError

Path = tuple[str | int, ...]
SIZE_LIMIT: Final = 1 << 20
_SALT_SIZE: Final = 16
_HALF: Final = 32
_MEMBER_PARTS: Final = 3
_ELEMENT_PARTS: Final = 2
_DIGEST_SIZE: Final = 32
_HEADER_MEMBERS: Final = frozenset({"alg", "typ", "kid", "x5c"})
_RESERVED: Final = frozenset({"_sd", "...", "_sd_alg"})
_ALWAYS_SHOWN: Final = frozenset({"iss", "iat", "nbf", "exp", "vct", "cnf"})
_HIDDEN: Final = object()


@dataclass(frozen=True, slots=True)
class Disclosable:
    """A member or element that a presentation may leave out.

    Attributes:
        value: Its value, which may hold further marks.
    """

    value: Json


@dataclass(frozen=True, slots=True)
class VerifiedDocument:
    """What a presentation shows once it is verified.

    Attributes:
        claims: The payload with the disclosed values in their places; undisclosed
            elements of arrays are left out.
        header: The protected header.
        document_hash: SHA-256 of the issuer-signed compact JWS, which the ledger holds.
        disclosed: Where the disclosed values stand, array elements by their place in
            the whole document.
        hidden: How many digests stayed undisclosed.
    """

    claims: dict[str, Json]
    header: dict[str, Json]
    document_hash: bytes
    disclosed: tuple[Path, ...]
    hidden: int


@dataclass(frozen=True, slots=True)
class _Disclosure:
    text: str
    name: str | None
    value: Json

    @property
    def digest(self) -> str:
        return encode_base64url(hashlib.sha256(self.text.encode()).digest())


def issue_sd_jwt(
    payload: Mapping[str, Json],
    key: ec.EllipticCurvePrivateKey,
    header: Mapping[str, Json],
    salts: Callable[[int], bytes] = secrets.token_bytes,
) -> str:
    """Sign a payload and return it with all its disclosures.

    Args:
        payload: JSON object with `Disclosable` marks.
        key: P-256 key of the issuer.
        header: `typ`, and `kid` or `x5c` if wanted; `alg` is added.
        salts: Source of the salts: returns that many random bytes.

    Returns:
        The compact form: JWS ~ disclosure ~ … ~
    """
    disclosures: list[str] = []
    body = cast("dict[str, Json]", _conceal(dict(payload), disclosures, salts))
    body["_sd_alg"] = "sha-256"
    protected = encode_base64url(rfc8785.dumps({"alg": "ES256", **header}))
    signing_input = protected + "." + encode_base64url(rfc8785.dumps(body))
    r, s = decode_dss_signature(key.sign(signing_input.encode(), ec.ECDSA(SHA256())))
    signature = encode_base64url(r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big"))
    return "~".join([f"{signing_input}.{signature}", *disclosures, ""])


def document_hash(compact: str) -> bytes:
    """Return the SHA-256 of the issuer-signed JWS of a credential or presentation."""
    return hashlib.sha256(compact.split("~", 1)[0].encode()).digest()


def present_sd_jwt(compact: str, paths: Collection[Path]) -> str:
    """Return a presentation of chosen fields.

    Args:
        compact: A credential or presentation with at least these disclosures.
        paths: Where the chosen values stand, such as ("items", 0, "hs_code"). What
            lies below a chosen path is disclosed with it, and what lies above it too.

    Raises:
        PresentationError: It does not parse, or a path names nothing disclosable.
    """
    jws, disclosures = _split(compact)
    payload = parse_object(_segment(jws, 1), "payload")
    places = _Resolver(disclosures).resolve(payload).places
    chosen = {place for place in places for path in paths if _is_related(place, path)}
    for path in paths:
        if path not in places:
            raise PresentationError(f"{path} is not disclosable here", "choose another field")
    kept = [disclosure.text for place, disclosure in places.items() if place in chosen]
    return "~".join([jws, *kept, ""])


def disclosed_claims(compact: str) -> dict[str, Json]:
    """Return what a credential or presentation shows, its signature unchecked.

    Raises:
        PresentationError: It does not parse, or a disclosure fits nowhere.
    """
    jws, disclosures = _split(compact)
    return _Resolver(disclosures).resolve(parse_object(_segment(jws, 1), "payload")).claims


def verify_sd_jwt(
    compact: str, public_key: ec.EllipticCurvePublicKey, typ: str, at: int
) -> VerifiedDocument:
    """Verify a presentation and return what it shows.

    Args:
        compact: JWS ~ disclosure ~ … ~
        public_key: P-256 key of the issuer.
        typ: The type that the header must name.
        at: Time that the validity is judged at, seconds.

    Raises:
        PresentationError: It breaks a rule, is not yet or no longer valid, or is
            signed by another key.
    """
    jws, disclosures = _split(compact)
    header = parse_object(_segment(jws, 0), "header")
    _require_header(header, typ)
    _require_signature(jws, public_key)
    payload = parse_object(_segment(jws, 1), "payload")
    resolver = _Resolver(disclosures).resolve(payload)
    _require_time(resolver.claims, at)
    return VerifiedDocument(
        claims=resolver.claims,
        header=header,
        document_hash=document_hash(compact),
        disclosed=tuple(resolver.places),
        hidden=resolver.hidden,
    )


class _Resolver:
    """Puts disclosures into their places (RFC 9901, section 7.1)."""

    def __init__(self, disclosures: tuple[_Disclosure, ...]) -> None:
        self._waiting = {disclosure.digest: disclosure for disclosure in disclosures}
        if len(self._waiting) != len(disclosures):
            raise PresentationError("a disclosure comes twice", "present each once")
        self._seen: set[str] = set()
        self.places: dict[Path, _Disclosure] = {}
        self.hidden = 0
        self.claims: dict[str, Json] = {}

    def resolve(self, payload: dict[str, Json]) -> "_Resolver":
        """Process the payload; afterwards `claims`, `places`, `hidden` are set."""
        body = dict(payload)
        if body.pop("_sd_alg", None) != "sha-256":
            raise PresentationError("_sd_alg is not sha-256", "issue with sha-256")
        self.claims = self._object(body, ())
        if self._waiting:
            raise PresentationError("a disclosure is referenced nowhere", "leave it out")
        return self

    def _value(self, value: Json, path: Path) -> Json:
        if len(path) > DEPTH_LIMIT:
            raise PresentationError("the payload is nested too deeply", "flatten it")
        if isinstance(value, dict):
            return self._object(cast("dict[str, Json]", value), path)
        if isinstance(value, list):
            return self._array(cast("list[object]", value), path)
        return value

    def _object(self, value: dict[str, Json], path: Path) -> dict[str, Json]:
        if "..." in value or "_sd_alg" in value:
            # Both have one place, which the callers have looked at before.
            raise PresentationError("a reserved name stands in an object", "rename it")
        digests = value.get("_sd", [])
        found = {k: self._value(v, (*path, k)) for k, v in value.items() if k != "_sd"}
        for digest in _digests(digests):
            disclosure = self._take(digest)
            if disclosure is None:
                continue
            if disclosure.name is None or disclosure.name in _RESERVED | _ALWAYS_SHOWN:
                raise PresentationError("a disclosure does not fit its place", "issue it again")
            if disclosure.name in found:
                raise PresentationError(f"{disclosure.name} comes twice", "issue it again")
            place = (*path, disclosure.name)
            self.places[place] = disclosure
            found[disclosure.name] = self._value(disclosure.value, place)
        return found

    def _array(self, value: list[Json], path: Path) -> list[Json]:
        found: list[Json] = []
        for index, element in enumerate(value):
            place = (*path, index)
            shown = self._element(element, place)
            if shown is not _HIDDEN:
                found.append(shown)
        return found

    def _element(self, element: Json, place: Path) -> Json:
        if not isinstance(element, dict) or cast("dict[str, object]", element).keys() != {"..."}:
            return self._value(element, place)
        (digest,) = _digests([cast("dict[str, Json]", element)["..."]])
        disclosure = self._take(digest)
        if disclosure is None:
            return _HIDDEN
        if disclosure.name is not None:
            raise PresentationError("a disclosure does not fit its place", "issue it again")
        self.places[place] = disclosure
        return self._value(disclosure.value, place)

    def _take(self, digest: str) -> _Disclosure | None:
        if digest in self._seen:
            raise PresentationError("a digest comes twice", "issue the document again")
        self._seen.add(digest)
        disclosure = self._waiting.pop(digest, None)
        self.hidden += disclosure is None
        return disclosure


def _conceal(value: Json, disclosures: list[str], salts: Callable[[int], bytes]) -> Json:
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Json]", value)
        return _conceal_object(members, disclosures, salts)
    if isinstance(value, list | tuple):
        elements = cast("list[object]", value)
        return [_conceal_element(element, disclosures, salts) for element in elements]
    return value


def _conceal_object(
    members: Mapping[str, Json], disclosures: list[str], salts: Callable[[int], bytes]
) -> dict[str, Json]:
    shown: dict[str, Json] = {}
    digests: list[str] = []
    for name, value in members.items():
        if name in _RESERVED:
            raise PresentationError(f"{name} is a reserved name", "rename the field")
        if isinstance(value, Disclosable) and name in _ALWAYS_SHOWN:
            raise PresentationError(f"{name} is always shown", "take its mark away")
        if isinstance(value, Disclosable):
            inner = _conceal(value.value, disclosures, salts)
            digests.append(_disclose([_salt(salts), name, inner], disclosures))
        else:
            shown[name] = _conceal(value, disclosures, salts)
    if digests:
        # Sorted, so that their order tells nothing of the fields' order.
        shown["_sd"] = sorted(digests)
    return shown


def _conceal_element(element: Json, disclosures: list[str], salts: Callable[[int], bytes]) -> Json:
    if not isinstance(element, Disclosable):
        return _conceal(element, disclosures, salts)
    inner = _conceal(element.value, disclosures, salts)
    return {"...": _disclose([_salt(salts), inner], disclosures)}


def _disclose(parts: list[Json], disclosures: list[str]) -> str:
    text = encode_base64url(rfc8785.dumps(parts))
    disclosures.append(text)
    return encode_base64url(hashlib.sha256(text.encode()).digest())


def _salt(salts: Callable[[int], bytes]) -> str:
    return encode_base64url(salts(_SALT_SIZE))


def _split(compact: str) -> tuple[str, tuple[_Disclosure, ...]]:
    if len(compact) > SIZE_LIMIT:
        raise PresentationError("it is too long", f"send at most {SIZE_LIMIT} characters")
    jws, *texts = compact.split("~")
    if not texts or texts.pop() != "":
        raise PresentationError("it does not end with ~", "send it without key binding")
    if jws.count(".") != 2:  # noqa: PLR2004  header, payload, signature
        raise PresentationError("the signed part is no compact JWS", "send three parts")
    return jws, tuple(_parse_disclosure(text) for text in texts)


def _parse_disclosure(text: str) -> _Disclosure:
    value = parse_json(decode_base64url(text, "disclosure"), "disclosure")
    if not isinstance(value, list):
        raise PresentationError("a disclosure is no array", "issue it again")
    parts = cast("list[object]", value)
    if not parts or not isinstance(parts[0], str):
        raise PresentationError("a disclosure has no salt", "issue it again")
    if len(parts) == _ELEMENT_PARTS:
        return _Disclosure(text, None, parts[1])
    if len(parts) != _MEMBER_PARTS or not isinstance(parts[1], str):
        raise PresentationError("a disclosure has another shape", "issue it again")
    return _Disclosure(text, parts[1], parts[2])


def _digests(value: Json) -> Iterator[str]:
    if not isinstance(value, list):
        raise PresentationError("_sd is no array", "issue the document again")
    for digest in cast("list[object]", value):
        if not isinstance(digest, str) or len(decode_base64url(digest, "digest")) != _DIGEST_SIZE:
            raise PresentationError("a digest is not 32 bytes", "issue the document again")
        yield digest


def _require_header(header: dict[str, Json], typ: str) -> None:
    if header.get("alg") != "ES256":
        raise PresentationError("the algorithm is not ES256", "sign with P-256 and SHA-256")
    if header.get("typ") != typ:
        raise PresentationError(f"the type is not {typ}", "present a document of that type")
    for name in header.keys() - _HEADER_MEMBERS:
        raise PresentationError(f"header member {name[:40]!r} is not known", "leave it out")


def _require_signature(jws: str, public_key: ec.EllipticCurvePublicKey) -> None:
    if not isinstance(public_key.curve, ec.SECP256R1):
        raise PresentationError("the key is not on P-256", "give the issuer's document key")
    signing_input, _, text = jws.rpartition(".")
    raw = decode_base64url(text, "signature")
    if len(raw) != 2 * _HALF:
        raise PresentationError("the signature is not 64 bytes", "sign with ES256")
    r, s = int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big")
    try:
        der = encode_dss_signature(r, s)
        public_key.verify(der, signing_input.encode(), ec.ECDSA(SHA256()))
    except InvalidSignature as fault:
        remedy = "present the issuer's document unchanged"
        raise PresentationError("the signature is not the key's", remedy) from fault


def _require_time(claims: dict[str, Json], at: int) -> None:
    for name in ("iat", "nbf", "exp"):
        value = claims.get(name, 0)
        if not isinstance(value, int) or isinstance(value, bool):
            raise PresentationError(f"{name} is no whole number of seconds", "issue it again")
    for name in ("iat", "nbf"):
        if claims.get(name, 0) > at:
            raise PresentationError(
                f"it is not valid before {claims[name]}", "ask for a later time"
            )
    if "exp" in claims and claims["exp"] <= at:
        raise PresentationError(f"it expired at {claims['exp']}", "ask for an earlier time")


def _is_related(place: Path, path: Path) -> bool:
    shared = min(len(place), len(path))
    return place[:shared] == path[:shared]


def _segment(jws: str, index: int) -> bytes:
    return decode_base64url(jws.split(".")[index], "signed part")
