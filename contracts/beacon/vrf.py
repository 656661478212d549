"""A verifiable random function: RSA-FDH-VRF-SHA256 with 2048 bits and e = 65537.

A key has one output for each input. Only its holder can make it, with a proof that anybody
checks against the modulus. That there is but one, `contracts.beacon.permutation` shows.

Source: RFC 9381, section 4, suite 0x01.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Final, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from contracts.beacon.errors import BeaconKeyError, BeaconProofError

SIZE: Final = 256
"""Bytes of a modulus and of a proof."""
EXPONENT: Final = 65_537
_BITS: Final = SIZE * 8
_MASK_PREFIX: Final = b"\x01\x01" + SIZE.to_bytes(4, "big")
_OUTPUT_PREFIX: Final = b"\x01\x02"
_HASH_SIZE: Final = 32
_BLINDING_BITS: Final = 128


@dataclass(frozen=True, slots=True)
class SecretKey:
    """The secret of one beacon key.

    Attributes:
        p: A prime factor of the modulus.
        q: The other one.
    """

    p: int = field(repr=False)
    q: int = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse factors that give no key of this suite."""
        if (self.p * self.q).bit_length() != _BITS:
            raise BeaconKeyError("it is not of 2048 bits", "make an RSA key of 2048 bits")
        if self.p == self.q or 0 in {(self.p - 1) % EXPONENT, (self.q - 1) % EXPONENT}:
            raise BeaconKeyError("65537 is no exponent for its factors", "make another key")

    @classmethod
    def generate(cls) -> Self:
        """Make a new key."""
        return cls._of(rsa.generate_private_key(EXPONENT, _BITS))

    @classmethod
    def from_pem(cls, pem: bytes, password: bytes | None = None) -> Self:
        """Read a private key.

        Args:
            pem: PKCS #8, or the older form of RSA keys.
            password: What it is encrypted with, if it is.

        Raises:
            BeaconKeyError: It cannot be read, or is no RSA key of 2048 bits with e = 65537.
        """
        try:
            key = load_pem_private_key(pem, password)
        except (ValueError, TypeError, UnsupportedAlgorithm) as fault:
            raise BeaconKeyError(str(fault), "give the file and its password") from fault
        if not isinstance(key, rsa.RSAPrivateKey):
            raise BeaconKeyError("it is no RSA key", "make an RSA key of 2048 bits")
        if key.public_key().public_numbers().e != EXPONENT:
            raise BeaconKeyError("its exponent is not 65537", "make a key with e = 65537")
        return cls._of(key)

    @classmethod
    def _of(cls, key: rsa.RSAPrivateKey) -> Self:
        numbers = key.private_numbers()
        return cls(numbers.p, numbers.q)

    def to_pem(self, password: bytes | None) -> bytes:
        """Return the key as PKCS #8.

        Args:
            password: What to encrypt it with; None leaves it open.
        """
        d = self.inverse(EXPONENT)
        numbers = rsa.RSAPrivateNumbers(
            p=self.p,
            q=self.q,
            d=d,
            dmp1=d % (self.p - 1),
            dmq1=d % (self.q - 1),
            iqmp=pow(self.q, -1, self.p),
            public_numbers=rsa.RSAPublicNumbers(EXPONENT, self.n),
        )
        sealing = NoEncryption() if password is None else BestAvailableEncryption(password)
        return numbers.private_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealing)

    @property
    def n(self) -> int:
        """The modulus as a number."""
        return self.p * self.q

    @property
    def modulus(self) -> bytes:
        """The modulus, 256 bytes, big-endian."""
        return self.n.to_bytes(SIZE, "big")

    def inverse(self, exponent: int) -> int:
        """Return the exponent that undoes a power.

        Raises:
            BeaconKeyError: Nothing undoes it.
        """
        try:
            return pow(exponent, -1, (self.p - 1) * (self.q - 1))
        except ValueError as fault:
            raise BeaconKeyError("the power is no permutation", "make another key") from fault

    def root(self, value: int, exponent: int = EXPONENT) -> int:
        """Return the one number whose power is `value`.

        Args:
            value: 0 to the modulus less 1.
            exponent: The power.

        Raises:
            BeaconKeyError: The power has no inverse under this key.
        """
        d = self.inverse(exponent)
        left, right = _power(value, d, self.p), _power(value, d, self.q)
        return right + self.q * ((left - right) * pow(self.q, -1, self.p) % self.p)


def _power(value: int, exponent: int, prime: int) -> int:
    # The exponent is another one each time: how long it takes tells less of the secret.
    blind = secrets.randbits(_BLINDING_BITS) * (prime - 1)
    return pow(value, exponent % (prime - 1) + blind, prime)


def prove(key: SecretKey, alpha: bytes) -> bytes:
    """Return the proof of a key's output for an input, 256 bytes.

    Args:
        key: The secret.
        alpha: The input.

    Source: RFC 9381, 4.1.
    """
    proof = key.root(encode(key.modulus, alpha)).to_bytes(SIZE, "big")
    # What a faulty computation gave away would break the key.
    verify(key.modulus, alpha, proof)
    return proof


def verify(modulus: bytes, alpha: bytes, proof: bytes) -> bytes:
    """Return the output that a proof shows, 32 bytes.

    Args:
        modulus: Of the key, 256 bytes.
        alpha: The input.
        proof: 256 bytes, a number below the modulus.

    Raises:
        BeaconProofError: It shows no output of this key for this input.

    Source: RFC 9381, 4.3.
    """
    if len(proof) != SIZE or proof >= modulus:
        raise BeaconProofError("it is no number below the modulus")
    opened = pow(int.from_bytes(proof, "big"), EXPONENT, int.from_bytes(modulus, "big"))
    if opened != encode(modulus, alpha):
        raise BeaconProofError("it is of another key or another round")
    return output_of(proof)


def output_of(proof: bytes) -> bytes:
    """Return the output of a proof, which `verify` has judged; RFC 9381, 4.2."""
    return hashlib.sha256(_OUTPUT_PREFIX + proof).digest()


def encode(modulus: bytes, alpha: bytes) -> int:
    """Return the number that stands for an input under a modulus; RFC 9381, 4.1, steps 1 to 3."""
    return int.from_bytes(mask(_MASK_PREFIX + modulus + alpha, SIZE - 1), "big")


def mask(seed: bytes, size: int) -> bytes:
    """Return MGF1 with SHA-256 (RFC 8017, B.2.1).

    Args:
        seed: What it is made from.
        size: Bytes wanted.
    """
    blocks = range(-(-size // _HASH_SIZE))
    found = b"".join(hashlib.sha256(seed + block.to_bytes(4, "big")).digest() for block in blocks)
    return found[:size]
