"""The sealing key's file."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from chain.errors import KeyFileError
from chain.proofs.ed25519 import verify_signature
from chain.sealing_key import load_sealing_key, password_from_environment


def write(
    path: Path,
    key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey,
    encryption: KeySerializationEncryption | None = None,
    mode: int = 0o600,
) -> Path:
    path.touch(mode)
    path.chmod(mode)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())
    path.write_bytes(pem)
    return path


def test_a_key_signs(tmp_path: Path) -> None:
    key = load_sealing_key(write(tmp_path / "key", Ed25519PrivateKey.generate()))
    verify_signature(key.public_key, b"message", key.sign(b"message"))


def test_an_encrypted_key_needs_its_password(tmp_path: Path) -> None:
    private_key = Ed25519PrivateKey.generate()
    path = write(tmp_path / "key", private_key, BestAvailableEncryption(b"secret"))
    public_key = private_key.public_key().public_bytes_raw()
    assert load_sealing_key(path, b"secret").public_key == public_key
    for password in (None, b"wrong"):
        with pytest.raises(KeyFileError, match="does not open"):
            load_sealing_key(path, password)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path / "key", Ed25519PrivateKey.generate(), mode=mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        load_sealing_key(path)


def test_another_kind_of_key_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "key", ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(KeyFileError, match="Ed25519"):
        load_sealing_key(path)


def test_garbage_and_nothing_are_refused(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage"
    garbage.touch(0o600)
    garbage.write_bytes(b"garbage")
    for path in (garbage, tmp_path / "nowhere"):
        with pytest.raises(KeyFileError, match=path.name):
            load_sealing_key(path)


def test_the_password_comes_from_a_private_file_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.touch(0o600)
    file.write_text("from file\n")
    both = {"TRADESEAL_PASSWORD_FILE": str(file), "TRADESEAL_PASSWORD": "from environment"}
    assert password_from_environment(both) == b"from file"
    assert password_from_environment({"TRADESEAL_PASSWORD": "secret"}) == b"secret"
    assert password_from_environment({}) is None
    file.chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        password_from_environment(both)
