"""X.509 for document keys: a P-256 authority of one's own and the keys it certifies.

The ledger knows a document key by the SHA-256 of its SubjectPublicKeyInfo; the
certificate chain says to humans and other systems whose it is.

Source: RFC 5280.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from cryptography.x509.oid import NameOID

from contracts.errors import KeyDocumentError

_SPKI_SIZE: Final = 91


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a certificate names.

    Attributes:
        organisation: Name of the organisation.
        common_name: What the key is for, within the organisation.
        country: ISO 3166 alpha-2 code.
    """

    organisation: str
    common_name: str
    country: str

    def name(self) -> x509.Name:
        """Return the distinguished name."""
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, self.country),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organisation),
                x509.NameAttribute(NameOID.COMMON_NAME, self.common_name),
            ]
        )


def new_document_key() -> ec.EllipticCurvePrivateKey:
    """Return a fresh P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def public_key_info(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a key's SubjectPublicKeyInfo in DER, the material of its key id."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def document_key_id(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the key id that Membership binds: SHA-256 of the SubjectPublicKeyInfo."""
    return hashlib.sha256(public_key_info(key)).digest()


def parse_public_key_info(material: bytes) -> ec.EllipticCurvePublicKey:
    """Parse a SubjectPublicKeyInfo in its one canonical form, an uncompressed P-256 point.

    Raises:
        KeyDocumentError: It is anything else.
    """
    try:
        key = load_der_public_key(material) if len(material) == _SPKI_SIZE else None
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise KeyDocumentError("the key does not parse", "give P-256 in DER") from fault
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyDocumentError("the key is not on P-256", "give an uncompressed P-256 key in DER")
    if public_key_info(key) != material:
        raise KeyDocumentError("the key is not canonical", "encode it as RFC 5480 says")
    return key


def self_issued_authority(
    key: ec.EllipticCurvePrivateKey, subject: Subject, not_before: int, not_after: int
) -> x509.Certificate:
    """Return the certificate of an authority that certifies itself.

    Args:
        key: The authority's P-256 key.
        subject: The authority.
        not_before: First second of validity, since 1970.
        not_after: Last second of validity.
    """
    builder = _builder(subject.name(), subject.name(), key.public_key(), not_before, not_after)
    constraints = x509.BasicConstraints(ca=True, path_length=0)
    return (
        builder.add_extension(constraints, critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .sign(key, SHA256())
    )


def certify_document_key(
    authority_key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    public_key: ec.EllipticCurvePublicKey,
    subject: Subject,
    *,
    not_before: int,
    not_after: int,
) -> x509.Certificate:
    """Return the certificate of a document key.

    Args:
        authority_key: The authority's P-256 key.
        authority: The authority's certificate.
        public_key: The document key.
        subject: Whose key it is.
        not_before: First second of validity, since 1970.
        not_after: Last second of validity.
    """
    builder = _builder(authority.subject, subject.name(), public_key, not_before, not_after)
    constraints = x509.BasicConstraints(ca=False, path_length=None)
    return (
        builder.add_extension(constraints, critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .sign(authority_key, SHA256())
    )


def verify_document_certificate(
    certificate: x509.Certificate, authority: x509.Certificate, at: int
) -> ec.EllipticCurvePublicKey:
    """Check that an authority certifies a document key at a time, and return the key.

    Args:
        certificate: The document key's certificate.
        authority: The trusted authority's certificate.
        at: The time, seconds since 1970.

    Raises:
        KeyDocumentError: Another issuer, out of validity, a wrong use or curve.
    """
    moment = datetime.fromtimestamp(at, UTC)
    for document in (certificate, authority):
        if not document.not_valid_before_utc <= moment <= document.not_valid_after_utc:
            raise KeyDocumentError("a certificate is out of its validity", "renew it")
    try:
        certificate.verify_directly_issued_by(authority)
        constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints)
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    except (InvalidSignature, ValueError, TypeError, x509.ExtensionNotFound) as fault:
        problem = "the certificate is not the authority's"
        raise KeyDocumentError(problem, "have it issued by the authority") from fault
    if not constraints.value.ca or not usage.value.digital_signature:
        raise KeyDocumentError("a certificate is for another use", "have it issued for signing")
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise KeyDocumentError("the key is not on P-256", "certify a P-256 key")
    return parse_public_key_info(public_key_info(key))


def _builder(
    issuer: x509.Name,
    subject: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    not_before: int,
    not_after: int,
) -> x509.CertificateBuilder:
    identifier = x509.SubjectKeyIdentifier.from_public_key(public_key)
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.fromtimestamp(not_before, UTC))
        .not_valid_after(datetime.fromtimestamp(not_after, UTC))
        .add_extension(identifier, critical=False)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
