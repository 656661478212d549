import base64
import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from eth_account import Account

from node.errors import (
    FolderOccupiedError,
    KeyFileError,
    LooseModeError,
    PasswordMissingError,
    PasswordWrongError,
)
from node.files import create_private, replace_private
from node.keys.accounts import DEMONSTRATION, create_account, import_account, load_account
from node.keys.passwords import load_password
from node.keys.validators import comet_json, create_validator_key, load_validator_key

PASSWORD = b"correct horse"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    return tmp_path


def test_an_account_opens_with_its_password(folder: Path) -> None:
    created = create_account(folder / "a.json", PASSWORD, DEMONSTRATION)
    assert load_account(folder / "a.json", PASSWORD).address == created.address


def test_other_programs_open_the_same_file(folder: Path) -> None:
    created = create_account(folder / "a.json", PASSWORD, DEMONSTRATION)
    key = Account.decrypt((folder / "a.json").read_text(), PASSWORD.decode())
    assert bytes(key) == bytes(created.key)


def test_an_account_does_not_open_with_another_password(folder: Path) -> None:
    create_account(folder / "a.json", PASSWORD, DEMONSTRATION)
    with pytest.raises(PasswordWrongError):
        load_account(folder / "a.json", b"wrong")


def test_an_account_is_never_overwritten(folder: Path) -> None:
    created = create_account(folder / "a.json", PASSWORD, DEMONSTRATION)
    with pytest.raises(FolderOccupiedError):
        create_account(folder / "a.json", PASSWORD, DEMONSTRATION)
    assert load_account(folder / "a.json", PASSWORD).address == created.address


def test_a_loose_key_file_is_refused(folder: Path) -> None:
    create_account(folder / "a.json", PASSWORD, DEMONSTRATION)
    (folder / "a.json").chmod(0o644)
    with pytest.raises(LooseModeError):
        load_account(folder / "a.json", PASSWORD)


def test_a_relabelled_key_is_refused(folder: Path) -> None:
    create_account(folder / "a.json", PASSWORD, DEMONSTRATION)
    document = json.loads((folder / "a.json").read_text())
    document["address"] = "00" * 20
    replace_private(folder / "a.json", json.dumps(document).encode())
    with pytest.raises(KeyFileError, match="labelled"):
        load_account(folder / "a.json", PASSWORD)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"version": 3}',
        b'{"version": 3, "crypto": 5}',
        b'{"version": 3, "crypto": {"kdf": "md5"}}',
        b'{"version": 9, "crypto": {}}',
    ],
)
def test_a_damaged_key_file_is_named(folder: Path, content: bytes) -> None:
    create_private(folder / "a.json", content)
    with pytest.raises(KeyFileError, match=r"a\.json"):
        load_account(folder / "a.json", PASSWORD)


def test_a_missing_key_file_is_named(folder: Path) -> None:
    with pytest.raises(KeyFileError, match="no such file"):
        load_account(folder / "a.json", PASSWORD)


def test_a_key_outside_of_the_order_is_refused(folder: Path) -> None:
    good = import_account(folder / "a.json", b"\1" * 32, PASSWORD, DEMONSTRATION)
    assert good.address == Account.from_key(b"\1" * 32).address
    with pytest.raises(KeyFileError, match="order"):
        import_account(folder / "b.json", b"\xff" * 32, PASSWORD, DEMONSTRATION)
    assert not (folder / "b.json").exists()


def test_a_validator_key_opens_with_its_password(folder: Path) -> None:
    created = create_validator_key(folder / "v.pem", PASSWORD)
    loaded = load_validator_key(folder / "v.pem", PASSWORD)
    assert loaded.private_bytes_raw() == created.private_bytes_raw()


def test_a_validator_key_does_not_open_with_another_password(folder: Path) -> None:
    create_validator_key(folder / "v.pem", PASSWORD)
    with pytest.raises(PasswordWrongError):
        load_validator_key(folder / "v.pem", b"wrong")


def test_a_key_of_another_kind_is_refused(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSWORD))
    create_private(folder / "v.pem", pem)
    with pytest.raises(KeyFileError, match="not an Ed25519 key"):
        load_validator_key(folder / "v.pem", PASSWORD)


def test_a_plain_key_is_refused(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    create_private(folder / "v.pem", pem)
    with pytest.raises(KeyFileError, match="not an encrypted"):
        load_validator_key(folder / "v.pem", PASSWORD)


def test_comet_form_holds_the_same_key(folder: Path) -> None:
    key = create_validator_key(folder / "v.pem", PASSWORD)
    document = json.loads(comet_json(key))
    public = key.public_key().public_bytes_raw()
    assert base64.b64decode(document["priv_key"]["value"]) == key.private_bytes_raw() + public
    assert document["address"] == hashlib.sha256(public).hexdigest()[:40].upper()


def test_the_password_comes_from_a_file_first(folder: Path) -> None:
    create_private(folder / "password", b"from file\n")
    environment = {
        "TRADESEAL_PASSWORD_FILE": str(folder / "password"),
        "TRADESEAL_PASSWORD": "from environment",
    }
    assert load_password(environment) == b"from file"
    del environment["TRADESEAL_PASSWORD_FILE"]
    assert load_password(environment) == b"from environment"


def test_without_a_password_the_variable_is_named(folder: Path) -> None:
    with pytest.raises(PasswordMissingError, match="TRADESEAL_PASSWORD_FILE"):
        load_password({})
    with pytest.raises(PasswordMissingError):
        load_password({"TRADESEAL_PASSWORD_FILE": str(folder / "absent")})
    create_private(folder / "empty", b"\n")
    with pytest.raises(PasswordMissingError):
        load_password({"TRADESEAL_PASSWORD_FILE": str(folder / "empty")})


def test_a_loose_password_file_is_refused(folder: Path) -> None:
    create_private(folder / "password", b"x")
    (folder / "password").chmod(0o640)
    with pytest.raises(LooseModeError):
        load_password({"TRADESEAL_PASSWORD_FILE": str(folder / "password")})
