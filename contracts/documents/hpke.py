"""Encryption keys of organisations, and content keys wrapped for them; pure but for randomness.

HPKE in base mode with the hybrid of ML-KEM-768 and X25519, HKDF-SHA256 and AES-256-GCM: whoever
records ciphertexts today must break both to read them later. Membership holds a key's material:
the ML-KEM public key followed by the X25519 one.

Source: RFC 9180; FIPS 203; RFC 7748; the hybrid as `cryptography` implements it.
"""

import re
from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from contracts.errors import KeyDocumentError, UnsealError
from contracts.membership.keys import material_key_id

ENCAPSULATED_SIZE: Final = 1_120
CONTENT_KEY_SIZE: Final = 32
WRAPPED_SIZE: Final = CONTENT_KEY_SIZE + 16
MATERIAL_SIZE: Final = 1_184 + 32

_MLKEM_SIZE: Final = 1_184
_HALVES: Final = 2
_PEM: Final = re.compile(
    rb"-----BEGIN ENCRYPTED PRIVATE KEY-----[^-]+-----END ENCRYPTED PRIVATE KEY-----\n"
)
_SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """The two private halves of an encryption key.

    Attributes:
        mlkem: ML-KEM-768.
        x25519: X25519.
    """

    mlkem: MLKEM768PrivateKey
    x25519: X25519PrivateKey

    @classmethod
    def new(cls) -> Self:
        """Return a fresh key."""
        return cls(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate())

    def to_pem(self, password: bytes) -> bytes:
        """Return both halves as encrypted PKCS #8, ML-KEM first."""
        encryption = BestAvailableEncryption(password)
        return b"".join(
            half.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
            for half in (self.mlkem, self.x25519)
        )

    @classmethod
    def from_pem(cls, content: bytes, password: bytes) -> Self:
        """Open what `to_pem` wrote.

        Raises:
            KeyDocumentError: It is something else, or the password does not open it.
        """
        blocks = _PEM.findall(content)
        if len(blocks) != _HALVES or b"".join(blocks).split() != content.split():
            raise KeyDocumentError("not two encrypted PKCS #8 blocks", "restore its backup")
        try:
            halves = [load_pem_private_key(block, password) for block in blocks]
        except (ValueError, UnsupportedAlgorithm) as fault:
            problem = "the password does not open the key"
            raise KeyDocumentError(problem, "check the password") from fault
        mlkem, x25519 = halves
        if not isinstance(mlkem, MLKEM768PrivateKey) or not isinstance(x25519, X25519PrivateKey):
            raise KeyDocumentError("not ML-KEM-768 and X25519", "name the encryption key's file")
        return cls(mlkem, x25519)

    @property
    def material(self) -> bytes:
        """The public key as Membership holds it."""
        mlkem = self.mlkem.public_key().public_bytes_raw()
        return mlkem + self.x25519.public_key().public_bytes_raw()

    @property
    def key_id(self) -> bytes:
        """SHA-256 of the material, 32 bytes."""
        return material_key_id(self.material)


@dataclass(frozen=True, slots=True)
class Wrap:
    """A content key for one recipient.

    Attributes:
        recipient: Key id of the recipient's encryption key, 32 bytes.
        encapsulated: What the KEM sends, `ENCAPSULATED_SIZE` bytes.
        wrapped: The encrypted content key, `WRAPPED_SIZE` bytes.
    """

    recipient: bytes
    encapsulated: bytes
    wrapped: bytes


def wrap_key(content_key: bytes, material: bytes, context: bytes) -> Wrap:
    """Wrap a content key for a recipient.

    Args:
        content_key: 32 bytes.
        material: The recipient's public key as Membership holds it.
        context: What the wrap is bound to; unwrapping needs the same bytes.

    Raises:
        KeyDocumentError: The material is no encryption key.
    """
    if len(content_key) != CONTENT_KEY_SIZE:
        raise AssertionError(len(content_key))
    public = parse_material(material)
    try:
        sealed = _SUITE.encrypt(content_key, public, context)
    except ValueError as fault:  # a point of small order, which shares no secret
        raise KeyDocumentError("the encryption key is of no use", "make a new one") from fault
    encapsulated, wrapped = sealed[:ENCAPSULATED_SIZE], sealed[ENCAPSULATED_SIZE:]
    return Wrap(material_key_id(material), encapsulated, wrapped)


def unwrap_key(wrap: Wrap, key: EncryptionKey, context: bytes) -> bytes:
    """Return the content key of a wrap.

    Args:
        wrap: For this key.
        key: The recipient's key.
        context: What the wrap was bound to.

    Raises:
        UnsealError: It is for another key, bound to something else, or was changed.
    """
    if wrap.recipient != key.key_id:
        raise UnsealError("the wrap is for another key", "use the recipient's key")
    private = MLKEM768X25519PrivateKey(key.mlkem, key.x25519)
    try:
        content_key = _SUITE.decrypt(wrap.encapsulated + wrap.wrapped, private, context)
    except InvalidTag as fault:
        raise UnsealError("the wrap does not open", "fetch the manifest again") from fault
    if len(content_key) != CONTENT_KEY_SIZE:
        raise UnsealError("the wrap holds no content key", "have the document sealed again")
    return content_key


def parse_material(material: bytes) -> MLKEM768X25519PublicKey:
    """Parse the public key that Membership holds.

    Raises:
        KeyDocumentError: It is no such key.
    """
    if len(material) != MATERIAL_SIZE:
        problem = f"an encryption key of {len(material)} bytes"
        raise KeyDocumentError(problem, f"give ML-KEM-768 and X25519, {MATERIAL_SIZE} bytes")
    try:
        mlkem = MLKEM768PublicKey.from_public_bytes(material[:_MLKEM_SIZE])
        x25519 = X25519PublicKey.from_public_bytes(material[_MLKEM_SIZE:])
    except ValueError as fault:
        raise KeyDocumentError("the encryption key does not parse", "make a new one") from fault
    return MLKEM768X25519PublicKey(mlkem, x25519)


def is_material(material: bytes) -> bool:
    """Return whether bytes are a public key that something can be wrapped for."""
    try:
        wrap_key(bytes(CONTENT_KEY_SIZE), material, b"")
    except KeyDocumentError:
        return False
    return True
