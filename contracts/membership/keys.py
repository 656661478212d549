"""Keys and roles of organisations: identifiers, purposes and their bits."""

import hashlib
from enum import IntFlag
from typing import Final

from chain.proofs.keccak import keccak256

NO_END: Final = (1 << 56) - 1


class Role(IntFlag):
    """What an organisation is; one organisation may be several things."""

    CUSTOMS = 1
    ISSUING_AUTHORITY = 2
    PORT = 4
    BANK = 8
    ENTERPRISE = 16
    CARRIER = 32
    AGENCY = 64
    AUDITOR = 128


class KeyPurpose(IntFlag):
    """What a key may do.

    ADMIN, SIGN and CARRY belong to secp256k1 keys, DOCUMENT and DEVICE to P-256
    keys, ENCRYPT to encryption keys; a key never mixes the three kinds.
    """

    ADMIN = 1
    SIGN = 2
    CARRY = 4
    DOCUMENT = 8
    DEVICE = 16
    ENCRYPT = 32


def address_key_id(address: bytes) -> bytes:
    """Return the key id of a secp256k1 key: its address, padded on the left."""
    return address.rjust(32, b"\0")


def material_key_id(material: bytes) -> bytes:
    """Return the key id of a P-256 or encryption key.

    Args:
        material: SubjectPublicKeyInfo in DER for P-256, the public key otherwise.
    """
    return hashlib.sha256(material).digest()


def organisation_id(name: str) -> bytes:
    """Return the identifier of an organisation from its agreed name."""
    return keccak256(b"tradeseal/organisation/" + name.encode())


def domain_word(domain: str) -> bytes:
    """Return a domain's or identifier key's ASCII name as a 32-byte word."""
    return domain.encode("ascii").ljust(32, b"\0")
