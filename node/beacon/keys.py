"""The organisation's beacon key: RSA of 2048 bits in an encrypted PKCS #8 file."""

from pathlib import Path
from typing import Final

from contracts.beacon.errors import BeaconKeyError
from contracts.beacon.vrf import SecretKey
from node.errors import KeyFileError
from node.files import create_private, read_private
from node.keys.validators import load_encrypted_pem

BEACON_KEY_NAME: Final = "beacon.pem"


def create_beacon_key(path: Path, password: bytes) -> SecretKey:
    """Make a new random beacon key and keep it in a new file.

    Raises:
        FolderOccupiedError: The file exists; it is not touched.
        StorageError: The disk refused; no key exists.
    """
    key = SecretKey.generate()
    create_private(path, key.to_pem(password))
    return key


def load_beacon_key(path: Path, password: bytes) -> SecretKey:
    """Open a beacon key file.

    Raises:
        KeyFileError: There is no such file, or it holds another kind of key.
        PasswordWrongError: The password does not open it.
        LooseModeError: Others may read it.
    """
    load_encrypted_pem(path, password)  # tells a wrong password from a missing or plain file
    try:
        return SecretKey.from_pem(read_private(path), password)
    except BeaconKeyError as error:
        raise KeyFileError(path, error.problem) from error
