from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from node.errors import FolderOccupiedError, KeyFileError, PasswordWrongError
from node.files import create_private, replace_private
from node.keys.documents import create_document_identity, load_document_identity
from node.keys.tokens import create_token_key, load_token_key

PASSWORD = b"correct horse"
NOW = 1_795_000_000
YEAR = 366 * 86_400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    return tmp_path


def test_a_document_key_opens_with_its_chain(folder: Path) -> None:
    made = create_document_identity(folder, "authority-vn", "VN", PASSWORD, NOW)
    loaded = load_document_identity(folder, PASSWORD, NOW + YEAR)
    assert loaded.key_id == made.key_id
    assert loaded.certificate == made.certificate
    assert loaded.authority.subject == loaded.certificate.issuer


def test_a_document_key_does_not_open_with_another_password(folder: Path) -> None:
    create_document_identity(folder, "authority-vn", "VN", PASSWORD, NOW)
    with pytest.raises(PasswordWrongError):
        load_document_identity(folder, b"wrong", NOW)


def test_an_expired_certificate_is_refused(folder: Path) -> None:
    create_document_identity(folder, "authority-vn", "VN", PASSWORD, NOW)
    with pytest.raises(KeyFileError, match="validity"):
        load_document_identity(folder, PASSWORD, NOW + 3 * YEAR)


def test_a_certificate_of_another_key_is_refused(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    create_document_identity(folder, "authority-vn", "VN", PASSWORD, NOW)
    create_document_identity(other, "authority-vn", "VN", PASSWORD, NOW)
    replace_private(folder / "document.crt", (other / "document.crt").read_bytes())
    with pytest.raises(KeyFileError, match=r"document\.crt"):
        load_document_identity(folder, PASSWORD, NOW)
    replace_private(folder / "authority.crt", (other / "authority.crt").read_bytes())
    with pytest.raises(KeyFileError, match="another key"):
        load_document_identity(folder, PASSWORD, NOW)


def test_a_damaged_certificate_is_named(folder: Path) -> None:
    create_document_identity(folder, "authority-vn", "VN", PASSWORD, NOW)
    replace_private(folder / "document.crt", b"nothing")
    with pytest.raises(KeyFileError, match=r"X\.509"):
        load_document_identity(folder, PASSWORD, NOW)
    (folder / "document.crt").unlink()
    with pytest.raises(KeyFileError, match="no such file"):
        load_document_identity(folder, PASSWORD, NOW)


def test_keys_are_never_overwritten(folder: Path) -> None:
    made = create_document_identity(folder, "authority-vn", "VN", PASSWORD, NOW)
    with pytest.raises(FolderOccupiedError):
        create_document_identity(folder, "authority-vn", "VN", PASSWORD, NOW)
    assert load_document_identity(folder, PASSWORD, NOW).key_id == made.key_id


def test_a_token_key_opens_with_its_password(folder: Path) -> None:
    made = create_token_key(folder, PASSWORD)
    assert load_token_key(folder, PASSWORD).private_numbers() == made.private_numbers()
    with pytest.raises(PasswordWrongError):
        load_token_key(folder, b"wrong")


@pytest.mark.parametrize(
    "key", [ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()]
)
def test_a_key_of_another_kind_is_no_token_key(
    folder: Path, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
) -> None:
    encryption = BestAvailableEncryption(PASSWORD)
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    create_private(folder / "token.pem", content)
    create_private(folder / "document.pem", content)
    with pytest.raises(KeyFileError, match="not a P-256 key"):
        load_token_key(folder, PASSWORD)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        with pytest.raises(KeyFileError, match="not a P-256 key"):
            load_document_identity(folder, PASSWORD, NOW)
