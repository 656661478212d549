"""Documents sealed for their readers: encrypted once, opened whole or not at all.

A fresh content key encrypts the document (AES-256-GCM); HPKE wraps the key for each reader in
a manifest outside the ciphertext. Both are bound to what the ledger commits to, and the opened
bytes are hashed against it: one ciphertext cannot read differently to different readers.

Source: NIST SP 800-38D; RFC 9180; docs/formats/sealed-document.md.
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contracts.documents.cid import Cid, file_cid
from contracts.documents.hpke import CONTENT_KEY_SIZE, EncryptionKey, Wrap, unwrap_key, wrap_key
from contracts.documents.manifest import (
    DOCUMENT_LIMIT,
    NONCE_SIZE,
    OVERHEAD,
    RECIPIENTS_LIMIT,
    Manifest,
    require_media_type,
)
from contracts.errors import ManifestError, UnsealError

SD_JWT_TYPE: Final = "application/sd-jwt"
CIPHERTEXT_LIMIT: Final = DOCUMENT_LIMIT + OVERHEAD

_CONTENT_LABEL: Final = b"tradeseal-document/1\0"
_WRAP_LABEL: Final = b"tradeseal-wrap/1\0"


@dataclass(frozen=True, slots=True)
class SealedDocument:
    """A ciphertext and its first manifest."""

    ciphertext: bytes
    manifest: Manifest


def document_commitment(content: bytes, media_type: str) -> bytes:
    """Return what a document is committed to by: SHA-256 of its bytes.

    Of an SD-JWT only the issuer-signed JWS counts, which fixes every disclosure's digest.

    Args:
        content: The document.
        media_type: As in the manifest.
    """
    signed = content.split(b"~", 1)[0] if media_type == SD_JWT_TYPE else content
    return hashlib.sha256(signed).digest()


def seal_document(
    content: bytes, media_type: str, materials: Iterable[bytes], name: str | None = None
) -> SealedDocument:
    """Encrypt a document for its readers.

    Args:
        content: At most `DOCUMENT_LIMIT` bytes.
        media_type: Lower case, without parameters.
        materials: The readers' encryption keys as Membership holds them; at least one.
        name: File name, readable for whoever holds the manifest.

    Raises:
        ManifestError: Too large, or too many readers, or a name or type is none.
        KeyDocumentError: A reader's key is none.
    """
    chosen = set(materials)
    require_media_type(media_type)
    if len(content) > DOCUMENT_LIMIT or not 0 < len(chosen) <= RECIPIENTS_LIMIT:
        problem = f"{len(content)} bytes for {len(chosen)} readers"
        raise ManifestError(problem, f"at most {DOCUMENT_LIMIT} for 1 to {RECIPIENTS_LIMIT}")
    document = document_commitment(content, media_type)
    key, nonce = secrets.token_bytes(CONTENT_KEY_SIZE), secrets.token_bytes(NONCE_SIZE)
    bound = _content_context(document, media_type)
    ciphertext = nonce + AESGCM(key).encrypt(nonce, content, bound)
    cid = file_cid(ciphertext)
    wraps = _wrapped(key, chosen, _wrap_context(document, media_type, cid))
    return SealedDocument(
        ciphertext, Manifest(cid, len(content), document, media_type, wraps, name)
    )


def open_document(manifest: Manifest, ciphertext: bytes, key: EncryptionKey) -> bytes:
    """Return a document once all of it is verified.

    Steps:
        (1) The ciphertext is the one that the manifest names.
        (2) The wrap for the key opens, bound to this document and ciphertext.
        (3) The whole ciphertext is authentic.
        (4) The document has the named size and hashes to the named commitment.

    Raises:
        UnsealError: A step fails, or the key is none of the readers'.
    """
    # Step 1
    if len(ciphertext) != manifest.ciphertext_size or file_cid(ciphertext) != manifest.content:
        raise UnsealError("the ciphertext is another one", "fetch it again")
    # Step 2
    content_key = open_wrap(manifest, key)
    # Step 3
    bound = _content_context(manifest.document, manifest.media_type)
    nonce, body = ciphertext[:NONCE_SIZE], memoryview(ciphertext)[NONCE_SIZE:]
    try:
        content = AESGCM(content_key).decrypt(nonce, body, bound)
    except InvalidTag as fault:
        problem = "the ciphertext does not open"
        raise UnsealError(problem, "ask the sender to seal it again") from fault
    # Step 4
    if document_commitment(content, manifest.media_type) != manifest.document:
        problem = "the document is not the one that the manifest names"
        raise UnsealError(problem, "ask the sender for the document committed to")
    return content


def open_wrap(manifest: Manifest, key: EncryptionKey) -> bytes:
    """Return the content key of a manifest.

    Raises:
        UnsealError: The key is none of the readers', or its wrap was changed.
    """
    wrap = manifest.wrap_for(key.key_id)
    if wrap is None:
        problem = f"it is not sealed for key 0x{key.key_id.hex()}"
        raise UnsealError(problem, "ask a reader to share it with you")
    context = _wrap_context(manifest.document, manifest.media_type, manifest.content)
    return unwrap_key(wrap, key, context)


def share_document(manifest: Manifest, key: EncryptionKey, materials: Sequence[bytes]) -> Manifest:
    """Return a manifest of the same ciphertext with further readers; others keep their wraps.

    Args:
        manifest: The manifest so far.
        key: A reader's key.
        materials: The new readers' encryption keys as Membership holds them.

    Raises:
        UnsealError: The key does not open the manifest.
        ManifestError: There would be too many readers.
        KeyDocumentError: A new reader's key is none.
    """
    content_key = open_wrap(manifest, key)
    context = _wrap_context(manifest.document, manifest.media_type, manifest.content)
    present = {wrap.recipient: wrap for wrap in manifest.wraps}
    for wrap in _wrapped(content_key, set(materials), context):
        present.setdefault(wrap.recipient, wrap)
    return replace(manifest, wraps=tuple(present[name] for name in sorted(present)))


def _wrapped(key: bytes, materials: Iterable[bytes], context: bytes) -> tuple[Wrap, ...]:
    wraps = [wrap_key(key, material, context) for material in materials]
    return tuple(sorted(wraps, key=lambda wrap: wrap.recipient))


def _content_context(document: bytes, media_type: str) -> bytes:
    return _CONTENT_LABEL + document + media_type.encode()


def _wrap_context(document: bytes, media_type: str, content: Cid) -> bytes:
    return _WRAP_LABEL + document + content.to_bytes() + media_type.encode()
