"""Disclosures of an SD-JWT: digests in a payload, and what stands behind them; pure.

Source: RFC 9901, sections 4.2 and 7.1.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

import rfc8785

from contracts.documents.encoding import (
    DEPTH_LIMIT,
    Json,
    decode_base64url,
    encode_base64url,
    parse_json,
)
from contracts.errors import PresentationError

Path = tuple[str | int, ...]
_SALT_SIZE: Final = 16
_MEMBER_PARTS: Final = 3
_ELEMENT_PARTS: Final = 2
# Base64url of 32 bytes leaves two unused bits in its last character, which must be zero.
_DIGEST: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_RESERVED: Final = frozenset({"_sd", "...", "_sd_alg"})
_ALWAYS_SHOWN: Final = frozenset({"iss", "iat", "nbf", "exp", "vct", "cnf"})
_NEVER_DISCLOSED: Final = _RESERVED | _ALWAYS_SHOWN
_HIDDEN: Final = object()


@dataclass(frozen=True, slots=True)
class Disclosable:
    """A member or element that a presentation may leave out.

    Attributes:
        value: Its value, which may hold further marks.
    """

    value: Json


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One disclosure.

    Attributes:
        text: As it travels: base64url of a JSON array.
        name: Of the member; None for an element of an array.
        value: What it discloses.
    """

    text: str
    name: str | None
    value: Json

    @property
    def digest(self) -> str:
        """What the payload holds in its place."""
        return encode_base64url(hashlib.sha256(self.text.encode()).digest())


class Resolver:
    """Puts disclosures into their places (RFC 9901, section 7.1).

    Attributes:
        claims: The payload with the disclosed values in their places.
        places: Where each disclosure stands.
        hidden: How many digests stay undisclosed.
        hidden_in: For each of them, the object or the array's element that it stands in.
    """

    def __init__(self, disclosures: tuple[Disclosure, ...]) -> None:
        self._waiting = {disclosure.digest: disclosure for disclosure in disclosures}
        if len(self._waiting) != len(disclosures):
            raise PresentationError("a disclosure comes twice", "present each once")
        self._seen: set[str] = set()
        self.places: dict[Path, Disclosure] = {}
        self.hidden = 0
        self.hidden_in: list[Path] = []
        self.claims: dict[str, Json] = {}

    def resolve(self, payload: dict[str, Json]) -> "Resolver":
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
                self.hidden_in.append(path)
                continue
            if disclosure.name is None or disclosure.name in _NEVER_DISCLOSED:
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
            self.hidden_in.append(place)
            return _HIDDEN
        if disclosure.name is not None:
            raise PresentationError("a disclosure does not fit its place", "issue it again")
        self.places[place] = disclosure
        return self._value(disclosure.value, place)

    def _take(self, digest: str) -> Disclosure | None:
        if digest in self._seen:
            raise PresentationError("a digest comes twice", "issue the document again")
        self._seen.add(digest)
        disclosure = self._waiting.pop(digest, None)
        self.hidden += disclosure is None
        return disclosure


def conceal(value: Json, disclosures: list[str], salts: Callable[[int], bytes]) -> Json:
    """Return a payload with digests in place of its marked values.

    Args:
        value: The payload, or a part of it.
        disclosures: Gets the disclosures.
        salts: Source of the salts.

    Raises:
        PresentationError: A name is reserved, or must always be shown.
    """
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
            inner = conceal(value.value, disclosures, salts)
            digests.append(_disclose([_salt(salts), name, inner], disclosures))
        else:
            shown[name] = conceal(value, disclosures, salts)
    if digests:
        # Sorted, so that their order tells nothing of the fields' order.
        shown["_sd"] = sorted(digests)
    return shown


def _conceal_element(element: Json, disclosures: list[str], salts: Callable[[int], bytes]) -> Json:
    if not isinstance(element, Disclosable):
        return conceal(element, disclosures, salts)
    inner = conceal(element.value, disclosures, salts)
    return {"...": _disclose([_salt(salts), inner], disclosures)}


def _disclose(parts: list[Json], disclosures: list[str]) -> str:
    text = encode_base64url(rfc8785.dumps(parts))
    disclosures.append(text)
    return encode_base64url(hashlib.sha256(text.encode()).digest())


def _salt(salts: Callable[[int], bytes]) -> str:
    return encode_base64url(salts(_SALT_SIZE))


def parse_disclosure(text: str) -> Disclosure:
    """Parse one disclosure.

    Raises:
        PresentationError: It is no array of salt, name and value, or of salt and value.
    """
    value = parse_json(decode_base64url(text, "disclosure"), "disclosure")
    if not isinstance(value, list):
        raise PresentationError("a disclosure is no array", "issue it again")
    parts = cast("list[object]", value)
    if not parts or not isinstance(parts[0], str):
        raise PresentationError("a disclosure has no salt", "issue it again")
    if len(parts) == _ELEMENT_PARTS:
        return Disclosure(text, None, parts[1])
    if len(parts) != _MEMBER_PARTS or not isinstance(parts[1], str):
        raise PresentationError("a disclosure has another shape", "issue it again")
    return Disclosure(text, parts[1], parts[2])


def _digests(value: Json) -> Iterator[str]:
    if not isinstance(value, list):
        raise PresentationError("_sd is no array", "issue the document again")
    for digest in cast("list[object]", value):
        if not isinstance(digest, str) or _DIGEST.fullmatch(digest) is None:
            raise PresentationError("a digest is not 32 bytes", "issue the document again")
        yield digest
