"""Private files: written whole or not at all, readable by their owner alone.

A write goes to a temporary file in the same folder, is synced, takes its name in one step,
and the folder is synced: after a crash at any instruction the name holds the old bytes or
the new ones. Files have mode 0600, folders 0700; looser ones are refused on reading,
because a key that others could read must be treated as lost.
"""

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from node.errors import FolderMissingError, FolderOccupiedError, LooseModeError, StorageError

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def make_private_folder(path: Path) -> None:
    """Create a folder of mode 0700, or check the mode of the one that is there.

    Raises:
        LooseModeError: The folder exists and others may enter it.
        StorageError: The folder cannot be made.
    """
    try:
        path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(str(path), error.strerror or str(error)) from error
    check_private_folder(path)


def check_private_folder(path: Path) -> None:
    """Refuse a folder that others than its owner may use.

    Raises:
        FolderMissingError: There is no such folder.
        LooseModeError: Its mode lets others in.
    """
    if not path.is_dir():
        raise FolderMissingError(path)
    _refuse_loose(path, path.stat().st_mode, FOLDER_MODE)


def check_private_file(path: Path) -> None:
    """Refuse a file that others than its owner may use.

    Raises:
        LooseModeError: Its mode lets others in.
    """
    _refuse_loose(path, path.stat().st_mode, FILE_MODE)


def read_private(path: Path) -> bytes:
    """Return the bytes of a file that only its owner may use.

    Raises:
        FileNotFoundError: There is no such file.
        LooseModeError: Its mode lets others read or write it.
        StorageError: It cannot be read.
    """
    return read_private_limited(path, -1)


def read_private_limited(path: Path, limit: int) -> bytes:
    """Return at most `limit` bytes of a file that only its owner may use; all for -1.

    Raises:
        FileNotFoundError: There is no such file.
        LooseModeError: Its mode lets others read or write it.
        StorageError: It cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            # Checked on the open descriptor: the name could be swapped in between.
            _refuse_loose(path, os.fstat(file.fileno()).st_mode, FILE_MODE)
            return file.read(limit)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageError(str(path), error.strerror or str(error)) from error


def create_private(path: Path, content: bytes) -> None:
    """Write a new file of mode 0600; durable on return.

    Raises:
        FolderOccupiedError: The name is taken; its content is untouched.
        StorageError: The disk refused; the name does not exist.
    """
    temporary = _write_aside(path, content)
    try:
        os.link(temporary, path)  # unlike rename, fails where the name is taken
    except FileExistsError as error:
        raise FolderOccupiedError(path) from error
    except OSError as error:
        raise StorageError(str(path), error.strerror or str(error)) from error
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def replace_private(path: Path, content: bytes) -> None:
    """Write a file of mode 0600, in place of an older one if need be; durable on return.

    Raises:
        StorageError: The disk refused; the older content stands.
    """
    temporary = _write_aside(path, content)
    try:
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StorageError(str(path), error.strerror or str(error)) from error
    sync_folder(path.parent)


@contextmanager
def hold_lock(path: Path) -> Iterator[bool]:
    """Hold a lock file as the only process, without waiting; give whether it was got.

    The lock ends with the process, however it ends.

    Raises:
        StorageError: The lock file cannot be made.
    """
    flags = os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, FILE_MODE)
    except OSError as error:
        raise StorageError(str(path), error.strerror or str(error)) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held = False
    else:
        held = True
    try:
        yield held
    finally:
        os.close(descriptor)


def _write_aside(path: Path, content: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(temporary, flags, FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StorageError(str(path), error.strerror or str(error)) from error
    return temporary


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable.

    Raises:
        StorageError: The disk refused.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise StorageError(str(path), error.strerror or str(error)) from error
    finally:
        os.close(descriptor)


def _refuse_loose(path: Path, mode: int, allowed: int) -> None:
    actual = stat.S_IMODE(mode)
    if actual & ~allowed:
        raise LooseModeError(path, actual, allowed)
