"""The manifest of a sealed document: where its ciphertext is, what it commits to, who opens it.

Canonical JSON (RFC 8785), itself a raw block of less than 256 KiB, so that its CID is the
SHA2-256 of its bytes. A recipient is added by a further manifest of the same ciphertext.

Source: docs/formats/manifest.md.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self, cast

import rfc8785

from contracts.documents.cid import CHUNK_SIZE, Cid, parse_cid
from contracts.documents.encoding import (
    Json,
    decode_base64url,
    encode_base64url,
    parse_object,
)
from contracts.documents.hpke import ENCAPSULATED_SIZE, WRAPPED_SIZE, Wrap
from contracts.errors import CidError, ManifestError, PresentationError

FORMAT: Final = "tradeseal-manifest/1"
MANIFEST_LIMIT: Final = CHUNK_SIZE - 1
DOCUMENT_LIMIT: Final = 50 << 20
"""Largest document, in bytes."""
RECIPIENTS_LIMIT: Final = 100
NONCE_SIZE: Final = 12
OVERHEAD: Final = NONCE_SIZE + 16
"""Bytes that a ciphertext has more than its document: nonce and tag."""

_MEMBERS: Final = frozenset({"format", "content", "size", "document", "media_type", "wraps"})
_WRAP_MEMBERS: Final = frozenset({"recipient", "encapsulated", "wrapped"})
_HEX: Final = re.compile(r"0x[0-9a-f]{64}")
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")
_NAME_LIMIT: Final = 255
_REMEDY: Final = "fetch the manifest from its sender again"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One manifest; a `Manifest` that exists is within the rules.

    Attributes:
        content: Where the ciphertext is.
        size: Bytes of the document, 0 to `DOCUMENT_LIMIT`.
        document: What the ledger, or a signed document, commits to, 32 bytes.
        media_type: Lower case, without parameters.
        wraps: The content key for each recipient, in the order of their key ids.
        name: File name; whoever holds the manifest reads it, so usually None.
    """

    content: Cid
    size: int
    document: bytes
    media_type: str
    wraps: tuple[Wrap, ...]
    name: str | None = None

    def __post_init__(self) -> None:
        """Refuse what the format does not hold.

        Raises:
            ManifestError: A member is out of its bounds.
        """
        if not 0 <= self.size <= DOCUMENT_LIMIT:
            raise ManifestError(f"a document of {self.size} bytes", f"at most {DOCUMENT_LIMIT}")
        require_media_type(self.media_type)
        if self.name is not None:
            _require_name(self.name)
        _require_wraps(self.wraps)

    @property
    def cid(self) -> Cid:
        """Where the manifest itself is."""
        return Cid.of_block(self.to_bytes())

    @property
    def ciphertext_size(self) -> int:
        """Bytes of the ciphertext: nonce, document, tag."""
        return self.size + OVERHEAD

    def wrap_for(self, key_id: bytes) -> Wrap | None:
        """Return the wrap for a key, None where there is none."""
        return next((wrap for wrap in self.wraps if wrap.recipient == key_id), None)

    def to_bytes(self) -> bytes:
        """Return the canonical JSON."""
        value: dict[str, Json] = {
            "format": FORMAT,
            "content": str(self.content),
            "size": str(self.size),
            "document": "0x" + self.document.hex(),
            "media_type": self.media_type,
            "wraps": [
                {
                    "recipient": "0x" + wrap.recipient.hex(),
                    "encapsulated": encode_base64url(wrap.encapsulated),
                    "wrapped": encode_base64url(wrap.wrapped),
                }
                for wrap in self.wraps
            ],
        }
        if self.name is not None:
            value["name"] = self.name
        return rfc8785.dumps(value)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Parse a manifest in its one canonical form.

        Raises:
            ManifestError: It is anything else.
        """
        if len(data) > MANIFEST_LIMIT:
            raise ManifestError(f"{len(data)} bytes", f"at most {MANIFEST_LIMIT} are taken")
        try:
            value = parse_object(data, "manifest")
            manifest = cls._read(value)
        except (PresentationError, CidError) as fault:
            raise ManifestError(fault.problem, _REMEDY) from fault
        if manifest.to_bytes() != data:
            raise ManifestError("it is not canonical JSON", _REMEDY)
        return manifest

    @classmethod
    def _read(cls, value: dict[str, Json]) -> Self:
        if set(value) - {"name"} != set(_MEMBERS) or value["format"] != FORMAT:
            raise ManifestError(f"it is no {FORMAT}", _REMEDY)
        wraps = value["wraps"]
        if not isinstance(wraps, list) or ("name" in value and not isinstance(value["name"], str)):
            raise ManifestError("a member has another type", _REMEDY)
        return cls(
            content=parse_cid(_text(value, "content", None)),
            size=int(_text(value, "size", _SIZE)),
            document=bytes.fromhex(_text(value, "document", _HEX)[2:]),
            media_type=_text(value, "media_type", None),
            wraps=tuple(_wrap(item) for item in cast("list[object]", wraps)),
            name=value.get("name"),
        )


def require_media_type(text: str) -> None:
    """Refuse what is no media type in its plain form.

    Raises:
        ManifestError: It has parameters, capitals, or is none.
    """
    if _MEDIA_TYPE.fullmatch(text) is None:
        raise ManifestError(f"{text[:80]!r} is no media type", "name it such as application/pdf")


def _require_name(name: str) -> None:
    plain = 0 < len(name) <= _NAME_LIMIT and name.isprintable() and not set(name) & set("/\\")
    if not plain or name in {".", ".."} or unicodedata.normalize("NFC", name) != name:
        raise ManifestError(f"{name[:80]!r} is no file name", "name the file without its folder")


def _require_wraps(wraps: Sequence[Wrap]) -> None:
    if not 0 < len(wraps) <= RECIPIENTS_LIMIT:
        raise ManifestError(f"{len(wraps)} recipients", f"name 1 to {RECIPIENTS_LIMIT}")
    recipients = [wrap.recipient for wrap in wraps]
    if recipients != sorted(set(recipients)):
        raise ManifestError("the recipients are not in order, once each", _REMEDY)


def _wrap(item: Json) -> Wrap:
    if not isinstance(item, dict):
        raise ManifestError("a wrap is no object", _REMEDY)
    value = cast("dict[str, Json]", item)
    if value.keys() != _WRAP_MEMBERS:
        raise ManifestError("a wrap has other members", _REMEDY)
    encapsulated = decode_base64url(_text(value, "encapsulated", None), "wrap")
    wrapped = decode_base64url(_text(value, "wrapped", None), "wrap")
    if (len(encapsulated), len(wrapped)) != (ENCAPSULATED_SIZE, WRAPPED_SIZE):
        raise ManifestError("a wrap has another size", _REMEDY)
    return Wrap(bytes.fromhex(_text(value, "recipient", _HEX)[2:]), encapsulated, wrapped)


def _text(value: dict[str, Json], name: str, form: re.Pattern[str] | None) -> str:
    text = value[name]
    if not isinstance(text, str) or (form is not None and form.fullmatch(text) is None):
        raise ManifestError(f"{name} does not have its form", _REMEDY)
    return text
