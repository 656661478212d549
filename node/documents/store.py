"""Documents by content: SD-JWTs under the SHA-256 of what their issuer signed.

The ledger commits to the SHA-256 of the exact issuer-signed JWS, so that number names the
file. Disclosures stand behind the JWS and differ between holders; the node keeps the fullest
presentation it was given.
"""

import re
from collections.abc import Callable
from pathlib import Path

from contracts.documents.sd_jwt import SIZE_LIMIT, document_hash, present_sd_jwt
from contracts.errors import PresentationError
from node.errors import (
    DocumentMalformedError,
    DocumentUncommittedError,
    DocumentUnknownError,
    StorageError,
)
from node.files import read_private, replace_private

_COMPACT = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(~[A-Za-z0-9_-]+)*~")
_DIGEST = re.compile(r"0x[0-9a-f]{64}")


class DocumentStore:
    """The documents in one organisation's folder."""

    def __init__(self, folder: Path, is_committed: Callable[[str], bool]) -> None:
        """Keep documents in an existing private folder.

        Args:
            folder: Of mode 0700.
            is_committed: Whether a certificate on the ledger, or one this node promised to
                carry, commits to a digest.
        """
        self._folder = folder
        self._is_committed = is_committed

    def put(self, content: bytes) -> str:
        """Keep a document; durable on return. The same document again changes nothing.

        Args:
            content: Compact SD-JWT without key binding: JWS~disclosure~…~

        Returns:
            SHA-256 of the JWS, 0x and 64 hex digits.

        Raises:
            DocumentMalformedError: Not such bytes, or more than `SIZE_LIMIT`.
            DocumentUncommittedError: Nothing commits to it.
            StorageError: The disk refused; the older presentation stands.
        """
        digest = document_digest(content)
        if not self._is_committed(digest):
            raise DocumentUncommittedError(digest)
        _require_fitting(content)
        path = self._path(digest)
        if not path.exists() or _disclosures(content) > _disclosures(read_private(path)):
            replace_private(path, content)
        return digest

    def get(self, digest: str) -> bytes:
        """Return a document.

        Raises:
            DocumentUnknownError: It is not held here.
            StorageError: The disk does not give it, or gives other bytes than were kept.
        """
        if _DIGEST.fullmatch(digest) is None:
            raise DocumentUnknownError(digest[:80])
        try:
            content = read_private(self._path(digest))
        except FileNotFoundError as error:
            raise DocumentUnknownError(digest) from error
        if document_digest(content) != digest:
            raise StorageError(str(self._path(digest)), "the file was changed")
        return content

    def digests(self) -> frozenset[str]:
        """Return the digests of all documents held here."""
        names = (path.name.removesuffix(".sd-jwt") for path in self._folder.glob("*.sd-jwt"))
        return frozenset(f"0x{name}" for name in names)

    def _path(self, digest: str) -> Path:
        return self._folder / f"{digest.removeprefix('0x')}.sd-jwt"


def document_digest(content: bytes) -> str:
    """Return what the ledger commits to: the SHA-256 of the issuer-signed JWS.

    Raises:
        DocumentMalformedError: Not a compact SD-JWT without key binding.
    """
    if len(content) > SIZE_LIMIT:
        raise DocumentMalformedError(f"it has {len(content)} bytes, at most {SIZE_LIMIT} are kept")
    if _COMPACT.fullmatch(content) is None:
        raise DocumentMalformedError("it does not read JWS~disclosure~…~ in base64url")
    return "0x" + document_hash(content.decode("ascii")).hex()


def _require_fitting(content: bytes) -> None:
    """Refuse disclosures that the issuer did not sign; its signature the ledger vouches for."""
    try:
        present_sd_jwt(content.decode("ascii"), ())
    except PresentationError as error:
        raise DocumentMalformedError(str(error)) from error


def _disclosures(content: bytes) -> int:
    return content.count(b"~")
