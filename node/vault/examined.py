"""What an opened document is, before the vault keeps it."""

import re
from dataclasses import dataclass

from contracts.documents.attachments import attachment_digests
from contracts.documents.sd_jwt import SIZE_LIMIT, disclosed_claims, document_hash
from contracts.documents.sealed import SD_JWT_TYPE
from contracts.errors import PresentationError
from node.errors import DocumentMalformedError

_COMPACT = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(~[A-Za-z0-9_-]+)*~")


@dataclass(frozen=True, slots=True)
class Examined:
    """What a document holds.

    Attributes:
        weight: Number of disclosures of an SD-JWT, 0 of anything else.
        attachments: Digests of the documents that it commits to, each 0x and 64 digits.
    """

    weight: int
    attachments: tuple[str, ...]


def document_digest(content: bytes) -> str:
    """Return what the ledger commits to: the SHA-256 of the issuer-signed JWS.

    Raises:
        DocumentMalformedError: Not a compact SD-JWT without key binding.
    """
    examine(content, SD_JWT_TYPE)
    return "0x" + document_hash(content.decode("ascii")).hex()


def examine(content: bytes, media_type: str) -> Examined:
    """Return what a document is.

    The issuer's signature is not checked here: the ledger vouches for it, and readers check it.

    Raises:
        DocumentMalformedError: It says that it is an SD-JWT, and is none that may be kept.
    """
    if media_type != SD_JWT_TYPE:
        return Examined(0, ())
    if len(content) > SIZE_LIMIT:
        raise DocumentMalformedError(f"it has {len(content)} bytes, at most {SIZE_LIMIT} are kept")
    if _COMPACT.fullmatch(content) is None:
        raise DocumentMalformedError("it does not read JWS~disclosure~…~ in base64url")
    try:
        claims = disclosed_claims(content.decode("ascii"))
    except PresentationError as error:
        raise DocumentMalformedError(str(error)) from error
    digests = tuple("0x" + digest.hex() for digest in attachment_digests(claims))
    return Examined(content.count(b"~"), digests)
