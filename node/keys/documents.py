"""P-256 keys that sign documents, certified by the organisation's own X.509 authority.

authority.pem / authority.crt   the organisation's self-issued authority
document.pem  / document.crt    the key that signs documents, certified by it

The private keys are encrypted PKCS #8. The ledger knows the document key by the SHA-256 of
its SubjectPublicKeyInfo; the chain tells people and other systems whose key it is.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from contracts.documents.x509 import (
    Subject,
    certify_document_key,
    document_key_id,
    new_document_key,
    self_issued_authority,
    verify_document_certificate,
)
from contracts.errors import KeyDocumentError
from node.errors import KeyFileError
from node.files import create_private, read_private
from node.keys.validators import load_encrypted_pem

_AUTHORITY: Final = "authority"
_DOCUMENT: Final = "document"
# CA/Browser practice for organisations' own authorities and end entities.
_AUTHORITY_DAYS: Final = 10 * 366
_DOCUMENT_DAYS: Final = 2 * 366
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class DocumentIdentity:
    """A document key and who vouches for it.

    Attributes:
        key: Private P-256 key.
        certificate: The key's certificate.
        authority: Certificate of the organisation's authority.
    """

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    authority: x509.Certificate

    @property
    def key_id(self) -> bytes:
        """The key's identifier in Membership, 32 bytes."""
        return document_key_id(self.key.public_key())


def create_document_identity(
    folder: Path, organisation: str, country: str, password: bytes, now: int
) -> DocumentIdentity:
    """Make an authority and a document key, and keep both in new files.

    Args:
        folder: The organisation's key folder.
        organisation: Name that the certificates carry.
        country: ISO 3166-1 alpha-2 code.
        password: What opens the private keys.
        now: First second of validity.

    Raises:
        FolderOccupiedError: One of the files exists; it is not touched.
        StorageError: The disk refused.
    """
    authority_key, key = new_document_key(), new_document_key()
    issuer = Subject(organisation, "document authority", country)
    authority = self_issued_authority(authority_key, issuer, now, now + _AUTHORITY_DAYS * _DAY)
    certificate = certify_document_key(
        authority_key,
        authority,
        key.public_key(),
        Subject(organisation, "documents", country),
        not_before=now,
        not_after=now + _DOCUMENT_DAYS * _DAY,
    )
    for name, secret, public in (
        (_AUTHORITY, authority_key, authority),
        (_DOCUMENT, key, certificate),
    ):
        create_private(folder / f"{name}.pem", _encrypted(secret, password))
        create_private(folder / f"{name}.crt", public.public_bytes(Encoding.PEM))
    return DocumentIdentity(key, certificate, authority)


def load_document_identity(folder: Path, password: bytes, at: int) -> DocumentIdentity:
    """Open the document key and check that the authority vouches for it.

    Args:
        folder: The organisation's key folder.
        password: What opens the private key.
        at: The time that the certificates are judged at, seconds.

    Raises:
        KeyFileError: A file is missing, damaged, expired, or does not fit the others.
        PasswordWrongError: The password does not open the key.
        LooseModeError: Others may read a file.
    """
    path = folder / f"{_DOCUMENT}.pem"
    key = load_encrypted_pem(path, password)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise KeyFileError(path, f"it holds a {type(key).__name__}, not a P-256 key")
    certificate = _load_certificate(folder / f"{_DOCUMENT}.crt")
    authority = _load_certificate(folder / f"{_AUTHORITY}.crt")
    try:
        certified = verify_document_certificate(certificate, authority, at)
    except KeyDocumentError as error:
        raise KeyFileError(folder / f"{_DOCUMENT}.crt", str(error)) from error
    if document_key_id(certified) != document_key_id(key.public_key()):
        raise KeyFileError(folder / f"{_DOCUMENT}.crt", "it certifies another key")
    return DocumentIdentity(key, certificate, authority)


def _encrypted(key: ec.EllipticCurvePrivateKey, password: bytes) -> bytes:
    encryption = BestAvailableEncryption(password)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def _load_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(read_private(path))
    except FileNotFoundError as error:
        raise KeyFileError(path, "there is no such file") from error
    except ValueError as error:
        raise KeyFileError(path, "not an X.509 certificate in PEM") from error
