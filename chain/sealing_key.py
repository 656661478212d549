"""The Ed25519 key of the solo engine, in a PKCS #8 PEM file that only its owner may read."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from chain.errors import KeyFileError

PASSWORD_VARIABLE: Final = "TRADESEAL_PASSWORD"  # noqa: S105 - the variable's name


@dataclass(frozen=True, slots=True)
class FileSealingKey:
    """A sealing key held in memory."""

    private_key: Ed25519PrivateKey

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the public key."""
        return self.private_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of a signature."""
        return self.private_key.sign(message)


def load_sealing_key(path: Path, password: bytes | None = None) -> FileSealingKey:
    """Read a sealing key.

    Args:
        path: PKCS #8 PEM file, mode 0600.
        password: Where the file is encrypted.

    Raises:
        KeyFileError: Others may read it, or it is no Ed25519 key, or the password is wrong.
    """
    content = _read_private(path)
    try:
        key = load_pem_private_key(content, password)
    except (ValueError, TypeError) as exc:
        raise KeyFileError(path, f"it does not open: {exc}") from exc
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(path, "it holds another kind of key than Ed25519")
    return FileSealingKey(key)


def password_from_environment(environment: Mapping[str, str]) -> bytes | None:
    """Return the password of key files, None where there is none.

    Args:
        environment: `TRADESEAL_PASSWORD_FILE` names a file of mode 0600, whose trailing line break
            is not part of the password; without it `TRADESEAL_PASSWORD` is the password.

    Raises:
        KeyFileError: The file cannot be read, or others may read it.
    """
    name = environment.get(f"{PASSWORD_VARIABLE}_FILE")
    if name:
        return _read_private(Path(name)).removesuffix(b"\n")
    password = environment.get(PASSWORD_VARIABLE)
    return password.encode() if password else None


def _read_private(path: Path) -> bytes:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        content = path.read_bytes()
    except OSError as exc:
        raise KeyFileError(path, f"it cannot be read: {exc.strerror}") from exc
    if mode & 0o077:
        raise KeyFileError(path, f"its mode is {mode:04o}, others may read it: chmod 600 it")
    return content
