"""Private files of a client: mode 0600, written whole or not at all."""

import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from clients.sdk.errors import InputError, KeyFileError, PasswordMissingError

_MODE = 0o600


def read_private(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        KeyFileError: It cannot be read, or others may read it too.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & ~_MODE:
                raise KeyFileError(str(path), f"its mode is {mode:04o}", f"run: chmod 600 '{path}'")
            return file.read()
    except OSError as error:
        raise KeyFileError(str(path), error.strerror or str(error), "name another file") from error


def write_private(path: Path, content: bytes, *, replace: bool = False) -> None:
    """Write a file of mode 0600; durable on return.

    Raises:
        KeyFileError: The file exists and shall not be replaced, or the disk refused.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(temporary, flags, _MODE), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            temporary.replace(path)
        else:
            os.link(temporary, path)
        _sync_folder(path.parent)
    except FileExistsError as error:
        raise KeyFileError(str(path), "it exists already", "name another file") from error
    except OSError as error:
        raise KeyFileError(str(path), error.strerror or str(error), "name another file") from error
    finally:
        temporary.unlink(missing_ok=True)


def read_input(path: Path, limit: int) -> bytes:
    """Return the bytes of a file that is no secret.

    Raises:
        InputError: It cannot be read, or is larger than `limit` bytes.
    """
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise InputError(str(path), error.strerror or str(error)) from error
    if len(content) > limit:
        raise InputError(str(path), f"it has more than {limit} bytes")
    return content


def load_password(environment: Mapping[str, str]) -> bytes:
    """Return the password that opens key files.

    Args:
        environment: Usually `os.environ`; `TRADESEAL_PASSWORD_FILE` names a file of mode
            0600, else `TRADESEAL_PASSWORD` is the password.

    Raises:
        PasswordMissingError: Neither is set, or the password is empty.
        KeyFileError: The password file cannot be read, or others may read it.
    """
    if name := environment.get("TRADESEAL_PASSWORD_FILE"):
        password = read_private(Path(name)).removesuffix(b"\n").removesuffix(b"\r")
    else:
        password = environment.get("TRADESEAL_PASSWORD", "").encode()
    if not password:
        raise PasswordMissingError
    return password


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
