"""Key files of a client: Web3 keystores, document, encryption and identifier keys.

A keystore (version 3, scrypt, AES-128-CTR) is what the node, geth, Besu, MetaMask and `cast`
write too. Document keys (P-256) and encryption keys (ML-KEM-768 and X25519) are encrypted
PKCS #8; an identifier key is 64 hexadecimal digits.

Source: Web3 Secret Storage Definition, version 3.
"""

import hmac
import json
import re
import secrets
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import coincurve
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from chain.proofs.keccak import keccak256
from clients.sdk.errors import KeyFileError
from clients.sdk.files import read_private, write_private
from clients.sdk.json_input import parse_json
from contracts.documents.hpke import EncryptionKey
from contracts.documents.x509 import new_document_key
from contracts.errors import KeyDocumentError
from contracts.membership.keys import address_key_id

_VERSION: Final = 3
_KEY_SIZE: Final = 32
_BLOCK: Final = 8
# A guess may cost 1 GiB at most: a file must not be able to exhaust the machine.
_COST_LIMIT: Final = 1 << 20
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2})+")
_RESTORE: Final = "restore it from its backup"

# The cost geth calls standard: about 1 s and 256 MiB per guess of the password.
STRONG: Final = 1 << 18
# For demonstrations and tests, where keys guard nothing.
DEMONSTRATION: Final = 1 << 12


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secp256k1 key that signs records.

    Attributes:
        secret: 32 bytes.
    """

    secret: bytes

    @property
    def address(self) -> bytes:
        """The key's Ethereum address, 20 bytes."""
        public = coincurve.PrivateKey(self.secret).public_key.format(compressed=False)
        return keccak256(public[1:])[12:]

    @property
    def key_id(self) -> bytes:
        """The key's identifier in Membership, 32 bytes."""
        return address_key_id(self.address)


def create_signing_key(path: Path, password: bytes, cost: int = STRONG) -> SigningKey:
    """Make a new random key and keep it in a new keystore file.

    Raises:
        KeyFileError: The file exists, or the disk refused.
    """
    key = SigningKey(coincurve.PrivateKey().secret)
    write_private(path, _seal(key, password, cost))
    return key


def load_signing_key(path: Path, password: bytes) -> SigningKey:
    """Open a keystore file.

    Raises:
        KeyFileError: It is missing, loose or damaged, or the password does not open it.
    """
    document = _object(path, "file", _parse(path))
    crypto = _object(path, "crypto", document.get("crypto", document.get("Crypto")))
    derived = _derive(path, crypto, password)
    ciphertext = _hex(path, "ciphertext", crypto.get("ciphertext"))
    mac = keccak256(derived[16:32] + ciphertext)
    if not hmac.compare_digest(mac, _hex(path, "mac", crypto.get("mac"))):
        raise KeyFileError(str(path), "the password does not open it", "check the password")
    parameters = _object(path, "cipherparams", crypto.get("cipherparams"))
    if crypto.get("cipher") != "aes-128-ctr":
        raise KeyFileError(str(path), "its cipher is not aes-128-ctr", _RESTORE)
    key = SigningKey(_crypt(derived[:16], _hex(path, "iv", parameters.get("iv")), ciphertext))
    _require_label(path, document, key)
    return key


def create_document_key(path: Path, password: bytes) -> ec.EllipticCurvePrivateKey:
    """Make a new random P-256 key and keep it in a new file.

    Raises:
        KeyFileError: The file exists, or the disk refused.
    """
    key = new_document_key()
    encryption = BestAvailableEncryption(password)
    write_private(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    return key


def load_document_key(path: Path, password: bytes) -> ec.EllipticCurvePrivateKey:
    """Open a P-256 key file.

    Raises:
        KeyFileError: It is missing, loose or damaged, holds another kind of key, or the
            password does not open it.
    """
    content = read_private(path)
    if b"-----BEGIN ENCRYPTED PRIVATE KEY-----" not in content:
        raise KeyFileError(str(path), "it is no encrypted PKCS #8 file", "make a new key")
    try:
        key = load_pem_private_key(content, password)
    except (ValueError, UnsupportedAlgorithm) as error:
        problem = "the password does not open it"
        raise KeyFileError(str(path), problem, "check the password") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyFileError(str(path), "it holds no P-256 key", "name the document key's file")
    return key


def load_document_chain(path: Path) -> tuple[x509.Certificate, ...]:
    """Return the certificates that lie beside a document key, its own first.

    Args:
        path: The key file `NAME.pem`; its certificate is `NAME.crt`, that one's issuer
            `authority.crt`. There may be none.

    Raises:
        KeyFileError: One is no X.509 certificate in PEM, or others may write it.
    """
    own = path.with_suffix(".crt")
    places = (own, path.with_name("authority.crt"))
    found = [place for place in places if place.exists()] if own.exists() else []
    return tuple(_load_certificate(place) for place in found)


def _load_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(read_private(path))
    except ValueError as error:
        problem = "it is no X.509 certificate in PEM"
        raise KeyFileError(str(path), problem, "put the key's certificate there") from error


def create_encryption_key(path: Path, password: bytes) -> EncryptionKey:
    """Make a new random encryption key and keep it in a new file.

    Raises:
        KeyFileError: The file exists, or the disk refused.
    """
    key = EncryptionKey.new()
    write_private(path, key.to_pem(password))
    return key


def load_encryption_key(path: Path, password: bytes) -> EncryptionKey:
    """Open an encryption key file.

    Raises:
        KeyFileError: It is missing, loose or damaged, or the password does not open it.
    """
    try:
        return EncryptionKey.from_pem(read_private(path), password)
    except KeyDocumentError as error:
        raise KeyFileError(str(path), error.problem, error.remedy) from error


def create_identifier_key(path: Path) -> bytes:
    """Make a new random identifier key and keep it in a new file.

    Raises:
        KeyFileError: The file exists, or the disk refused.
    """
    key = secrets.token_bytes(_KEY_SIZE)
    write_private(path, key.hex().encode() + b"\n")
    return key


def load_identifier_key(path: Path) -> bytes:
    """Read an identifier key.

    Raises:
        KeyFileError: It is missing, loose, or not 64 hexadecimal digits.
    """
    text = read_private(path).decode("ascii", "replace").strip()
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise KeyFileError(str(path), "it is not 64 lower-case hexadecimal digits", _RESTORE)
    return bytes.fromhex(text)


def _seal(key: SigningKey, password: bytes, cost: int) -> bytes:
    salt, iv = secrets.token_bytes(_KEY_SIZE), secrets.token_bytes(16)
    derived = Scrypt(salt=salt, length=_KEY_SIZE, n=cost, r=_BLOCK, p=1).derive(password)
    ciphertext = _crypt(derived[:16], iv, key.secret)
    parameters = {"dklen": _KEY_SIZE, "n": cost, "p": 1, "r": _BLOCK, "salt": salt.hex()}
    document = {
        "address": key.address.hex(),
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": iv.hex()},
            "ciphertext": ciphertext.hex(),
            "kdf": "scrypt",
            "kdfparams": parameters,
            "mac": keccak256(derived[16:32] + ciphertext).hex(),
        },
        "id": str(uuid.uuid4()),
        "version": _VERSION,
    }
    return json.dumps(document).encode() + b"\n"


def _derive(path: Path, crypto: dict[str, object], password: bytes) -> bytes:
    parameters = _object(path, "kdfparams", crypto.get("kdfparams"))
    n, r, p = (parameters.get(name) for name in ("n", "r", "p"))
    if crypto.get("kdf") != "scrypt" or not isinstance(n, int) or not 1 < n <= _COST_LIMIT:
        raise KeyFileError(str(path), "it does not use scrypt at a usable cost", _RESTORE)
    if r != _BLOCK or p != 1 or n & (n - 1):
        raise KeyFileError(str(path), "its scrypt parameters are unusual", _RESTORE)
    salt = _hex(path, "salt", parameters.get("salt"))
    return Scrypt(salt=salt, length=_KEY_SIZE, n=n, r=_BLOCK, p=1).derive(password)


def _crypt(key: bytes, iv: bytes, content: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES128(key), modes.CTR(iv.rjust(16, b"\0"))).encryptor()
    return encryptor.update(content) + encryptor.finalize()


def _require_label(path: Path, document: dict[str, object], key: SigningKey) -> None:
    try:
        address = key.address.hex()
    except ValueError as error:
        raise KeyFileError(str(path), "the key in it is none of the curve", _RESTORE) from error
    label = str(document.get("address", address)).lower().removeprefix("0x")
    if label != address:
        raise KeyFileError(str(path), f"labelled {label}, but it holds {address}", _RESTORE)


def _parse(path: Path) -> object:
    try:
        return parse_json(read_private(path))
    except ValueError as error:
        raise KeyFileError(str(path), "it is no JSON", _RESTORE) from error


def _object(path: Path, name: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise KeyFileError(str(path), f"its {name} is no object", _RESTORE)
    return cast("dict[str, object]", value)


def _hex(path: Path, name: str, value: object) -> bytes:
    if not isinstance(value, str) or _HEX.fullmatch(value) is None:
        raise KeyFileError(str(path), f"its {name} is no hexadecimal text", _RESTORE)
    return bytes.fromhex(value)
