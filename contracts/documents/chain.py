"""The X.509 chain in a document's header: it tells people whose the document key is; pure.

It adds no trust: what counts is that Membership binds the key to its organisation. But a chain
that is there must be sound, and be about the very key that signed.

Source: RFC 7515, section 4.1.6; RFC 5280, sections 4.2.1.3, 4.2.1.9.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final, cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from contracts.documents.encoding import Json
from contracts.documents.x509 import public_key_info
from contracts.errors import PresentationError

CHAIN_LIMIT: Final = 4
_SIZE_LIMIT: Final = 8_192
_REMEDY: Final = "sign with the certificates of this key"


@dataclass(frozen=True, slots=True)
class _Chain:
    key: bytes
    not_before: datetime
    not_after: datetime


def chain_header(certificates: Sequence[x509.Certificate]) -> list[str]:
    """Return the header member `x5c`: the document key's certificate first."""
    return [
        base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
        for certificate in certificates
    ]


def verify_chain(header: Json, public_key: ec.EllipticCurvePublicKey, at: datetime) -> None:
    """Check a header's `x5c`.

    Args:
        header: The member's value.
        public_key: The key that signed, which Membership names.
        at: When it signed, in UTC.

    Raises:
        PresentationError: It is for another key, out of validity, or not one chain.
    """
    items = cast("list[object]", header) if isinstance(header, list) else []
    texts = [item for item in items if isinstance(item, str) and len(item) <= _SIZE_LIMIT]
    if not 0 < len(items) <= CHAIN_LIMIT or len(texts) != len(items):
        raise PresentationError(f"x5c is no list of 1 to {CHAIN_LIMIT} certificates", _REMEDY)
    chain = _chain(tuple(texts))
    if chain.key != public_key_info(public_key):
        raise PresentationError("x5c is about another key", _REMEDY)
    if not chain.not_before <= at <= chain.not_after:
        raise PresentationError("a certificate in x5c was out of its validity", "renew it")


# An authority signs thousands of documents with one chain.
@lru_cache(maxsize=256)
def _chain(texts: tuple[str, ...]) -> _Chain:
    certificates = [_parse(text) for text in texts]
    leaf = certificates[0]
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
        for certificate, issuer in pairwise(certificates):
            certificate.verify_directly_issued_by(issuer)
            constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints)
            if not constraints.value.ca:
                raise PresentationError("x5c holds an issuer that is no authority", _REMEDY)
        key = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError) as fault:
        raise PresentationError("x5c is not one chain", _REMEDY) from fault
    except (x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as fault:
        raise PresentationError("x5c holds a malformed certificate", _REMEDY) from fault
    except x509.ExtensionNotFound as fault:
        raise PresentationError("x5c holds a certificate without its use", _REMEDY) from fault
    if not usage.digital_signature:
        raise PresentationError("x5c is for another use", "have it issued for signing")
    return _Chain(
        key,
        max(certificate.not_valid_before_utc for certificate in certificates),
        min(certificate.not_valid_after_utc for certificate in certificates),
    )


def _parse(text: str) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, x509.InvalidVersion) as fault:
        raise PresentationError("x5c holds what is no certificate", _REMEDY) from fault
