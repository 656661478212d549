"""SD-JWT credentials: signed once, disclosed field by field; pure but for the salts.

A payload is JSON in which `Disclosable` marks what can be left out later: members of
objects and elements of arrays, at any depth. The issuer signs digests; whoever holds
the disclosures presents any subset of them under the same signature, so the ledger's
commitment to the issuer-signed part holds for every presentation.

Accepted here: ES256 and SHA-256 only, canonical base64url, no floating point numbers, every
disclosure referenced exactly once; key binding exactly where the verifier asks for it.

Source: RFC 9901; RFC 7515; RFC 7518, section 3.4.
"""

import hashlib
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast

from cryptography.hazmat.primitives.asymmetric import ec

from contracts.documents.chain import verify_chain
from contracts.documents.disclosures import (
    Disclosable,
    Disclosure,
    Path,
    Resolver,
    conceal,
    parse_disclosure,
)
from contracts.documents.encoding import DEPTH_LIMIT, Json
from contracts.documents.jws import read_header, read_payload, sign_jws, verify_jws
from contracts.documents.key_binding import KeyBinding, sign_binding, verify_binding
from contracts.errors import PresentationError

__all__ = [
    "DEPTH_LIMIT",
    "SIZE_LIMIT",
    "Disclosable",
    "KeyBinding",
    "Path",
    "VerifiedDocument",
    "bind_sd_jwt",
    "disclosed_claims",
    "document_hash",
    "issue_sd_jwt",
    "present_sd_jwt",
    "verify_sd_jwt",
]

SIZE_LIMIT: Final = 1 << 20
_HEADER: Final = frozenset({"alg", "typ", "kid", "x5c"})
# What a datetime can hold; a later time is refused before it could be converted.
_LAST_SECOND: Final = 253_402_300_799


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
        hidden_in: For each of them, the object or the array's element that it stands in.
        is_bound: Whether its holder signed this presentation for the verifier.
    """

    claims: dict[str, Json]
    header: dict[str, Json]
    document_hash: bytes
    disclosed: tuple[Path, ...]
    hidden: int
    is_bound: bool = False
    hidden_in: tuple[Path, ...] = ()


def issue_sd_jwt(
    payload: Mapping[str, Json],
    key: ec.EllipticCurvePrivateKey,
    header: Mapping[str, Json],
    salts: Callable[[int], bytes] = secrets.token_bytes,
) -> str:
    """Sign a payload and return it with all its disclosures.

    Args:
        payload: JSON object with `Disclosable` marks; `cnf` (`key_binding.holder_claim`) binds
            it to its holder's key.
        key: P-256 key of the issuer.
        header: `typ`, and `kid` or `x5c` (`chain.chain_header`) if wanted; `alg` is added.
        salts: Source of the salts: returns that many random bytes.

    Returns:
        The compact form: JWS ~ disclosure ~ … ~
    """
    disclosures: list[str] = []
    body = cast("dict[str, Json]", conceal(dict(payload), disclosures, salts))
    body["_sd_alg"] = "sha-256"
    return "~".join([sign_jws(header, body, key), *disclosures, ""])


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
    places = Resolver(disclosures).resolve(read_payload(jws)).places
    chosen = {place for place in places for path in paths if _is_related(place, path)}
    for path in paths:
        if path not in places:
            raise PresentationError(f"{path} is not disclosable here", "choose another field")
    kept = [disclosure.text for place, disclosure in places.items() if place in chosen]
    return "~".join([jws, *kept, ""])


def bind_sd_jwt(
    presentation: str, key: ec.EllipticCurvePrivateKey, audience: str, nonce: str, at: int
) -> str:
    """Return a presentation with its holder's key binding (SD-JWT+KB).

    Args:
        presentation: JWS ~ disclosure ~ … ~
        key: The holder's P-256 key, which the credential names in `cnf`.
        audience: The verifier's name.
        nonce: What the verifier chose for this presentation.
        at: Now, seconds.

    Raises:
        PresentationError: It does not parse.
    """
    _split(presentation)
    return presentation + sign_binding(presentation, key, audience, nonce, at)


def disclosed_claims(compact: str) -> dict[str, Json]:
    """Return what a credential or presentation shows, its signature unchecked.

    Raises:
        PresentationError: It does not parse, or a disclosure fits nowhere.
    """
    jws, disclosures = _split(compact)
    return Resolver(disclosures).resolve(read_payload(jws)).claims


def verify_sd_jwt(
    compact: str,
    public_key: ec.EllipticCurvePublicKey,
    typ: str,
    at: int,
    binding: KeyBinding | None = None,
) -> VerifiedDocument:
    """Verify a presentation and return what it shows.

    Steps:
        (1) The header names ES256 and the wanted type, and nothing unknown.
        (2) The signature is the issuer's.
        (3) Each disclosure stands behind exactly one digest.
        (4) It is valid at the time.
        (5) A chain in the header is about the issuer's key, when it signed.
        (6) The holder signed the presentation, where the verifier asks for it.

    Args:
        compact: JWS ~ disclosure ~ … ~, and a KB-JWT exactly where `binding` is given.
        public_key: P-256 key of the issuer.
        typ: The type that the header must name.
        at: Time that the validity is judged at, seconds.
        binding: What the verifier asks of the holder; None for no key binding.

    Raises:
        PresentationError: A step fails.
    """
    presentation, bound = _apart(compact, is_bound=binding is not None)
    jws, disclosures = _split(presentation)
    header = read_header(jws, typ, _HEADER)  # (1)
    verify_jws(jws, public_key)  # (2)
    resolver = Resolver(disclosures).resolve(read_payload(jws))  # (3)
    _require_time(resolver.claims, at)  # (4)
    if "x5c" in header:
        signed = min(int(resolver.claims.get("iat", at)), _LAST_SECOND)
        verify_chain(header["x5c"], public_key, datetime.fromtimestamp(max(signed, 0), UTC))  # (5)
    if binding is not None:
        verify_binding(bound, presentation, resolver.claims, binding)  # (6)
    return VerifiedDocument(
        claims=resolver.claims,
        header=header,
        document_hash=document_hash(compact),
        disclosed=tuple(resolver.places),
        hidden=resolver.hidden,
        hidden_in=tuple(resolver.hidden_in),
        is_bound=binding is not None,
    )


def _apart(compact: str, *, is_bound: bool) -> tuple[str, str]:
    """Return a presentation and its key binding, empty where none is wanted."""
    if not is_bound:
        return compact, ""
    presentation, separator, bound = compact.rpartition("~")
    if not bound:
        raise PresentationError("it has no key binding", "let its holder sign the presentation")
    return presentation + separator, bound


def _split(compact: str) -> tuple[str, tuple[Disclosure, ...]]:
    if len(compact) > SIZE_LIMIT:
        raise PresentationError("it is too long", f"send at most {SIZE_LIMIT} characters")
    jws, *texts = compact.split("~")
    if not texts or texts.pop() != "":
        raise PresentationError("it does not end with ~", "send it without key binding")
    return jws, tuple(parse_disclosure(text) for text in texts)


def _require_time(claims: Mapping[str, Json], at: int) -> None:
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
