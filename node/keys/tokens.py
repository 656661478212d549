"""The P-256 key that signs bearer tokens of a local issuer: encrypted PKCS #8."""

from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from node.errors import KeyFileError
from node.files import create_private
from node.keys.validators import load_encrypted_pem

TOKEN_KEY_NAME: Final = "token.pem"  # noqa: S105  a file's name


def create_token_key(folder: Path, password: bytes) -> ec.EllipticCurvePrivateKey:
    """Make a new random key and keep it in the organisation's key folder.

    Raises:
        FolderOccupiedError: The file exists; it is not touched.
        StorageError: The disk refused; no key exists.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    encryption = BestAvailableEncryption(password)
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    create_private(folder / TOKEN_KEY_NAME, content)
    return key


def load_token_key(folder: Path, password: bytes) -> ec.EllipticCurvePrivateKey:
    """Open the key in the organisation's key folder.

    Raises:
        KeyFileError: There is no such file, or it holds another kind of key.
        PasswordWrongError: The password does not open it.
        LooseModeError: Others may read it.
    """
    path = folder / TOKEN_KEY_NAME
    key = load_encrypted_pem(path, password)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyFileError(path, f"it holds a {type(key).__name__}, not a P-256 key")
    return key
