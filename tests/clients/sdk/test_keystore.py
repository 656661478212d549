"""Key files of a client, and that the node reads and writes the same ones."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from support.exchanging import example_form, issuer_keys

from clients.sdk.errors import InputError, KeyFileError, PasswordMissingError
from clients.sdk.files import load_password, read_input, read_private, write_private
from clients.sdk.keystore import (
    DEMONSTRATION,
    create_document_key,
    create_identifier_key,
    create_signing_key,
    load_document_chain,
    load_document_key,
    load_identifier_key,
    load_signing_key,
)
from clients.sdk.origin.issuing import sign_document
from contracts.documents.sd_jwt import verify_sd_jwt
from contracts.origin.certificate import DOCUMENT_TYPE
from node.keys.accounts import DEMONSTRATION as NODE_DEMONSTRATION
from node.keys.accounts import create_account, load_account
from node.keys.documents import create_document_identity

PASSWORD = b"correct horse"


def test_a_signing_key_opens_with_its_password(tmp_path: Path) -> None:
    key = create_signing_key(tmp_path / "k.json", PASSWORD, DEMONSTRATION)
    assert load_signing_key(tmp_path / "k.json", PASSWORD) == key
    assert (tmp_path / "k.json").stat().st_mode & 0o777 == 0o600


def test_a_signing_key_does_not_open_with_another_password(tmp_path: Path) -> None:
    create_signing_key(tmp_path / "k.json", PASSWORD, DEMONSTRATION)
    with pytest.raises(KeyFileError, match="password"):
        load_signing_key(tmp_path / "k.json", b"wrong")


def test_client_and_node_read_each_others_files(tmp_path: Path) -> None:
    key = create_signing_key(tmp_path / "client.json", PASSWORD, DEMONSTRATION)
    account = load_account(tmp_path / "client.json", PASSWORD)
    assert bytes(account.key) == key.secret
    assert account.address.lower() == "0x" + key.address.hex()
    made = create_account(tmp_path / "node.json", PASSWORD, NODE_DEMONSTRATION)
    assert load_signing_key(tmp_path / "node.json", PASSWORD).secret == bytes(made.key)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    key = create_signing_key(tmp_path / "k.json", PASSWORD, DEMONSTRATION)
    with pytest.raises(KeyFileError, match="exists"):
        create_signing_key(tmp_path / "k.json", PASSWORD, DEMONSTRATION)
    assert load_signing_key(tmp_path / "k.json", PASSWORD) == key


def spoiled(path: Path, **changes: Any) -> None:
    document = json.loads(path.read_text())
    for name, value in changes.items():
        target = document
        *parents, last = name.split("__")
        for parent in parents:
            target = target[parent]
        target[last] = value
    path.write_text(json.dumps(document))


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "00" * 20},
        {"crypto": []},
        {"crypto__kdf": "pbkdf2"},
        {"crypto__kdfparams": None},
        {"crypto__kdfparams__n": 1 << 40},
        {"crypto__kdfparams__n": 4097},
        {"crypto__kdfparams__n": "4096"},
        {"crypto__kdfparams__r": 1 << 30},
        {"crypto__kdfparams__salt": "zz"},
        {"crypto__mac": "00" * 32},
        {"crypto__ciphertext": 7},
        {"crypto__cipher": "aes-256-gcm"},
        {"crypto__cipherparams": {}},
    ],
    ids=lambda changes: next(iter(changes)) + repr(next(iter(changes.values())))[:12],
)
def test_a_damaged_keystore_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    create_signing_key(tmp_path / "k.json", PASSWORD, DEMONSTRATION)
    spoiled(tmp_path / "k.json", **changes)
    with pytest.raises(KeyFileError, match=r"k\.json"):
        load_signing_key(tmp_path / "k.json", PASSWORD)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
def test_a_file_that_is_no_keystore_is_refused(tmp_path: Path, content: bytes) -> None:
    write_private(tmp_path / "k.json", content)
    with pytest.raises(KeyFileError):
        load_signing_key(tmp_path / "k.json", PASSWORD)


def test_a_document_key_opens_with_its_password(tmp_path: Path) -> None:
    key = create_document_key(tmp_path / "d.pem", PASSWORD)
    loaded = load_document_key(tmp_path / "d.pem", PASSWORD)
    assert loaded.private_numbers() == key.private_numbers()
    with pytest.raises(KeyFileError, match="password"):
        load_document_key(tmp_path / "d.pem", b"wrong")


def test_a_key_of_another_kind_is_no_document_key(tmp_path: Path) -> None:
    encryption = BestAvailableEncryption(PASSWORD)
    other = ed25519.Ed25519PrivateKey.generate()
    content = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    write_private(tmp_path / "d.pem", content)
    with pytest.raises(KeyFileError, match="P-256"):
        load_document_key(tmp_path / "d.pem", PASSWORD)
    plain = ec.generate_private_key(ec.SECP256R1())
    content = plain.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(tmp_path / "p.pem", content)
    with pytest.raises(KeyFileError, match="encrypted"):
        load_document_key(tmp_path / "p.pem", PASSWORD)


def test_an_identifier_key_comes_back(tmp_path: Path) -> None:
    key = create_identifier_key(tmp_path / "i.key")
    assert load_identifier_key(tmp_path / "i.key") == key
    write_private(tmp_path / "bad.key", b"AB" * 32)
    with pytest.raises(KeyFileError, match="hexadecimal"):
        load_identifier_key(tmp_path / "bad.key")


def test_a_loose_file_is_refused(tmp_path: Path) -> None:
    write_private(tmp_path / "x", b"1")
    assert read_private(tmp_path / "x") == b"1"
    (tmp_path / "x").chmod(0o644)
    with pytest.raises(KeyFileError, match="0644"):
        read_private(tmp_path / "x")


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="No such file"):
        write_private(tmp_path / "absent" / "x", b"1")
    with pytest.raises(KeyFileError, match="No such file"):
        read_private(tmp_path / "absent")


def test_an_input_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    assert read_input(tmp_path / "x", 5) == b"12345"
    with pytest.raises(InputError, match="more than 4"):
        read_input(tmp_path / "x", 4)
    with pytest.raises(InputError, match="No such file"):
        read_input(tmp_path / "absent", 4)


def test_the_password_comes_from_the_environment(tmp_path: Path) -> None:
    write_private(tmp_path / "p", b"secret\n")
    assert load_password({"TRADESEAL_PASSWORD_FILE": str(tmp_path / "p")}) == b"secret"
    assert load_password({"TRADESEAL_PASSWORD": "other"}) == b"other"
    with pytest.raises(PasswordMissingError):
        load_password({})


def test_the_certificates_beside_a_document_key(tmp_path: Path) -> None:
    path = tmp_path / "document.pem"
    assert load_document_chain(path) == ()
    identity = create_document_identity(tmp_path, "moit-vn", "VN", PASSWORD, 1_767_225_600)
    assert load_document_chain(path) == (identity.certificate, identity.authority)
    (tmp_path / "authority.crt").unlink()
    assert load_document_chain(path) == (identity.certificate,)
    (tmp_path / "document.crt").write_text("no certificate")
    with pytest.raises(KeyFileError, match="certificate in PEM"):
        load_document_chain(path)


@pytest.mark.parametrize(("begun", "shown"), [(0, True), (1, False)])
def test_a_chain_stands_in_documents_of_its_time(tmp_path: Path, begun: int, shown: bool) -> None:
    form = example_form()
    identity = create_document_identity(tmp_path, "moit-vn", "VN", PASSWORD, form.issued_at + begun)
    chain = (identity.certificate, identity.authority)
    keys = replace(issuer_keys(), document=identity.key, chain=chain)
    document = sign_document(form, keys)
    verified = verify_sd_jwt(document, identity.key.public_key(), DOCUMENT_TYPE, form.issued_at)
    assert ("x5c" in verified.header) is shown
