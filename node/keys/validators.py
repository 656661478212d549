"""Ed25519 validator keys in encrypted PKCS #8 files.

The file is PEM with PBES2 encryption, as OpenSSL writes and reads it. CometBFT wants the key
in its own plain JSON form at run time: `comet_json` gives it, and who starts the engine
writes it with mode 0600 for as long as the engine runs.
"""

import base64
import hashlib
import json
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from node.errors import KeyFileError, PasswordWrongError
from node.files import create_private, read_private


def create_validator_key(path: Path, password: bytes) -> Ed25519PrivateKey:
    """Make a new random validator key and keep it in a new file.

    Raises:
        FolderOccupiedError: The file exists; it is not touched.
        StorageError: The disk refused; no key exists.
    """
    key = Ed25519PrivateKey.generate()
    create_private(
        path,
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password)),
    )
    return key


def load_validator_key(path: Path, password: bytes) -> Ed25519PrivateKey:
    """Open a validator key file.

    Raises:
        KeyFileError: There is no such file, or it holds another kind of key.
        PasswordWrongError: The password does not open it.
        LooseModeError: Others may read it.
    """
    key = load_encrypted_pem(path, password)
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(path, f"it holds a {type(key).__name__}, not an Ed25519 key")
    return key


def comet_json(key: Ed25519PrivateKey) -> bytes:
    """Return the key as CometBFT's `priv_validator_key.json`.

    Source: CometBFT v0.38, privval/file.go; the address is the first 20 bytes of the
    SHA-256 of the public key.
    """
    public = key.public_key().public_bytes_raw()
    private = key.private_bytes_raw() + public
    document = {
        "address": hashlib.sha256(public).digest()[:20].hex().upper(),
        "pub_key": {
            "type": "tendermint/PubKeyEd25519",
            "value": base64.b64encode(public).decode(),
        },
        "priv_key": {
            "type": "tendermint/PrivKeyEd25519",
            "value": base64.b64encode(private).decode(),
        },
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def load_encrypted_pem(path: Path, password: bytes) -> object:
    """Open an encrypted PKCS #8 file of any key type; plain ones are refused.

    Raises:
        KeyFileError: There is no such file, it is no PKCS #8 file, or it is not encrypted.
        PasswordWrongError: The password does not open it.
        LooseModeError: Others may read it.
    """
    try:
        content = read_private(path)
    except FileNotFoundError as error:
        raise KeyFileError(path, "there is no such file") from error
    if b"-----BEGIN ENCRYPTED PRIVATE KEY-----" not in content:
        raise KeyFileError(path, "not an encrypted PKCS #8 file")
    try:
        return load_pem_private_key(content, password)
    except UnsupportedAlgorithm as error:
        raise KeyFileError(path, str(error)) from error
    except ValueError as error:
        # OpenSSL does not tell a wrong password from a damaged body.
        raise PasswordWrongError(path) from error
