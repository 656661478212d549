"""secp256k1 accounts in Web3 Secret Storage files (keystore version 3).

The organisation's account carries records to the ledger; actors' keys sign records. Both
have the same file form, which geth, Besu, MetaMask and `cast` read as well.
"""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_keyfile.exceptions import EthKeyfileValueError
from eth_keyfile.keyfile import create_keyfile_json, decode_keyfile_json
from eth_utils.exceptions import ValidationError

from node.errors import KeyFileError, PasswordWrongError
from node.files import create_private, read_private

_CURVE_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@dataclass(frozen=True, slots=True)
class ScryptCost:
    """Work that one guess of the password costs.

    Attributes:
        n: scrypt's N, a power of two; memory is 1 KiB times N (r = 8, p = 1).
    """

    n: int


# The cost geth calls standard: about 1 s and 256 MiB per guess.
STRONG: Final = ScryptCost(2**18)
# For demonstrations and tests, where keys guard nothing: about 10 ms per guess.
DEMONSTRATION: Final = ScryptCost(2**12)


def create_account(path: Path, password: bytes, cost: ScryptCost = STRONG) -> LocalAccount:
    """Make a new random account and keep it in a new keystore file.

    Raises:
        FolderOccupiedError: The file exists; it is not touched.
        StorageError: The disk refused; no account exists.
    """
    secret = 0
    while not 0 < secret < _CURVE_ORDER:
        secret = int.from_bytes(secrets.token_bytes(32), "big")
    return import_account(path, secret.to_bytes(32, "big"), password, cost)


def import_account(
    path: Path, private_key: bytes, password: bytes, cost: ScryptCost = STRONG
) -> LocalAccount:
    """Keep a given private key in a new keystore file.

    Args:
        path: The new file.
        private_key: 32 bytes, big-endian, 0 < key < curve order.
        password: What opens the file.
        cost: Work per guess of the password.

    Raises:
        KeyFileError: The number is no key of the curve.
        FolderOccupiedError: The file exists; it is not touched.
        StorageError: The disk refused.
    """
    _check_order(path, private_key)
    document = create_keyfile_json(
        private_key, password, version=3, kdf="scrypt", iterations=cost.n
    )
    create_private(path, json.dumps(document).encode() + b"\n")
    account: LocalAccount = Account.from_key(private_key)
    return account


def load_account(path: Path, password: bytes) -> LocalAccount:
    """Open a keystore file.

    Raises:
        KeyFileError: There is no such file, or it is not a keystore.
        PasswordWrongError: The password does not open it.
        LooseModeError: Others may read it.
    """
    document = _read_document(path)
    try:
        private_key = decode_keyfile_json(document, password)
    except EthKeyfileValueError as error:
        raise PasswordWrongError(path) from error
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        NotImplementedError,
        ValidationError,
    ) as error:
        raise KeyFileError(path, f"not a keystore of version 3 ({error})") from error
    _check_order(path, private_key)
    account: LocalAccount = Account.from_key(private_key)
    _check_address(path, document, account)
    return account


def _read_document(path: Path) -> dict[str, object]:
    try:
        document = json.loads(read_private(path))
    except FileNotFoundError as error:
        raise KeyFileError(path, "there is no such file") from error
    except ValueError as error:
        raise KeyFileError(path, "not JSON") from error
    if not isinstance(document, dict):
        raise KeyFileError(path, "not a JSON object")
    return document


def _check_order(path: Path, private_key: bytes) -> None:
    if not 0 < int.from_bytes(private_key, "big") < _CURVE_ORDER:
        raise KeyFileError(path, "the key is outside of the curve's order")


def _check_address(path: Path, document: dict[str, object], account: LocalAccount) -> None:
    # A file whose label was changed would make an officer sign with another key than shown.
    labelled = str(document.get("address", "")).lower().removeprefix("0x")
    actual = account.address.lower().removeprefix("0x")
    if labelled and labelled != actual:
        raise KeyFileError(path, f"labelled {labelled}, but it holds the key of {actual}")
