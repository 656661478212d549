"""The file format of a backup: a tar archive whose last members check all others.

    tradeseal-backup            the format's name, first
    files/…                     the files, regular ones only, paths relative to the folder
    manifest.json               who, when, and the SHA-256 and size of each file
    manifest.sha256             of manifest.json

Reading takes every byte against the manifest before anything is given out; a name that would
leave the folder is as good as damage.
"""

import hashlib
import io
import json
import os
import re
import secrets
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final

from node.errors import FolderOccupiedError, StorageError
from node.network.errors import BackupDamagedError

FORMAT: Final = "tradeseal-backup/1"
_MARK: Final = "tradeseal-backup"
_PREFIX: Final = "files/"
_MANIFEST: Final = "manifest.json"
_CHECK: Final = "manifest.sha256"
_CHUNK: Final = 1 << 20
_MAX_MANIFEST_BYTES: Final = 256_000_000
_SAFE_PATH = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a backup."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    Attributes:
        organisation: Name of the organisation.
        chain_id: Its network.
        created: When the copying began, RFC 3339 in UTC.
        with_chain: Whether ledger and engine data are in it.
        signed_height: Last height at which its validator key is known to have signed.
        database: "sqlite" or "postgresql": what kept the outbox.
        files: All files.
    """

    organisation: str
    chain_id: str
    created: str
    with_chain: bool
    signed_height: int
    database: str
    files: tuple[FileEntry, ...]

    def summary(self) -> dict[str, Any]:
        """Return what an operator wants to see of it."""
        return {
            "organisation": self.organisation,
            "chain_id": self.chain_id,
            "created": self.created,
            "with_chain": self.with_chain,
            "files": len(self.files),
            "bytes": sum(entry.size for entry in self.files),
        }

    def to_bytes(self) -> bytes:
        """Return the manifest's file."""
        return json.dumps({"format": FORMAT} | asdict(self), indent=1, sort_keys=True).encode()


class ArchiveWriter:
    """Adds files one by one; `archive_writer` makes one."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.entries: list[FileEntry] = []

    def add(self, source: Path, path: str) -> None:
        """Copy a file into the backup as it is now.

        Raises:
            OSError: It cannot be read.
        """
        with source.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            digest = _Digest(file, size)
            self._tar.addfile(_member(_PREFIX + path, size), digest)
        self.entries.append(FileEntry(path, size, digest.hexdigest()))

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest and its checksum."""
        content = manifest.to_bytes()
        check = hashlib.sha256(content).hexdigest().encode()
        for name, data in ((_MANIFEST, content), (_CHECK, check)):
            self._tar.addfile(_member(name, len(data)), io.BytesIO(data))


@contextmanager
def archive_writer(path: Path) -> Iterator[ArchiveWriter]:
    """Give a writer of a new backup; the file appears, whole and synced, when the block ends.

    Raises:
        FolderOccupiedError: The file exists; it is not touched.
        StorageError: The disk refused; there is no file.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                tar.addfile(_member(_MARK, len(FORMAT)), io.BytesIO(FORMAT.encode()))
                yield ArchiveWriter(tar)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)  # fails where the name is taken
    except FileExistsError as error:
        raise FolderOccupiedError(path) from error
    except OSError as error:
        raise StorageError(f"the backup {path}", error.strerror or str(error)) from error
    finally:
        temporary.unlink(missing_ok=True)


def check_archive(path: Path) -> Manifest:
    """Read a whole backup against its manifest; nothing is written.

    Raises:
        BackupDamagedError: It is incomplete, altered, or no backup.
        StorageError: It cannot be read.
    """
    found: list[FileEntry] = []
    tail: dict[str, bytes] = {}
    with _reading(path) as members:
        for name, size, file in members:
            if name.startswith(_PREFIX):
                digest = _Digest(file, size)
                while digest.read(_CHUNK):
                    pass
                found.append(FileEntry(name.removeprefix(_PREFIX), size, digest.hexdigest()))
            else:
                tail[name] = file.read(min(size, _MAX_MANIFEST_BYTES))
    manifest = _parse_manifest(path, tail)
    if sorted(found, key=lambda one: one.path) != sorted(manifest.files, key=lambda one: one.path):
        expected = {entry.path: entry for entry in manifest.files}
        wrong = [one.path for one in found if expected.pop(one.path, None) != one]
        names = ", ".join((wrong + sorted(expected))[:3])
        raise BackupDamagedError(path, f"its files do not fit its manifest ({names})")
    return manifest


def extract_archive(path: Path, manifest: Manifest, folder: Path) -> None:
    """Write a checked backup's files, checking them again on the way.

    Raises:
        BackupDamagedError: The file has changed since it was checked.
        StorageError: The disk refused.
    """
    expected = {entry.path: entry for entry in manifest.files}
    with _reading(path) as members:
        for name, size, file in members:
            if name.startswith(_PREFIX):
                entry = expected[name.removeprefix(_PREFIX)]
                digest = _Digest(file, size)
                _write(folder, entry.path, digest)
                if digest.hexdigest() != entry.sha256:
                    raise BackupDamagedError(path, f"{entry.path} has changed while it was read")


def _write(folder: Path, path: str, content: "_Digest") -> None:
    place = folder
    for part in Path(path).parent.parts:
        place /= part
        place.mkdir(mode=0o700, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(folder / path, flags, 0o600), "wb") as output:
        while chunk := content.read(_CHUNK):
            output.write(chunk)
        output.flush()
        os.fsync(output.fileno())


@contextmanager
def _reading(path: Path) -> Iterator[Iterator[tuple[str, int, IO[bytes]]]]:
    """Give the members of a backup, one after another; what reading meets is damage."""
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r|") as tar:
            yield _members(path, tar)
    except (tarfile.TarError, EOFError) as error:
        raise BackupDamagedError(path, str(error)) from error
    except OSError as error:
        raise StorageError(f"the backup {path}", error.strerror or str(error)) from error


def _members(path: Path, tar: tarfile.TarFile) -> Iterator[tuple[str, int, IO[bytes]]]:
    seen: set[str] = set()
    for member in tar:
        content = tar.extractfile(member) if member.isreg() else None
        safe = _SAFE_PATH.fullmatch(member.name) and ".." not in member.name.split("/")
        if content is None or member.name in seen or not safe:
            raise BackupDamagedError(path, f"the member {member.name!r} is not allowed")
        seen.add(member.name)
        yield member.name, member.size, content


def _parse_manifest(path: Path, tail: dict[str, bytes]) -> Manifest:
    if tail.get(_MARK) != FORMAT.encode():
        raise BackupDamagedError(path, f"it does not begin as {FORMAT}")
    content, check = tail.get(_MANIFEST), tail.get(_CHECK)
    if content is None or check is None:
        raise BackupDamagedError(path, "its end is missing")
    if hashlib.sha256(content).hexdigest().encode() != check:
        raise BackupDamagedError(path, "its manifest has changed")
    try:
        document = json.loads(content)
        document["files"] = tuple(FileEntry(**entry) for entry in document["files"])
        if document.pop("format") != FORMAT:
            raise BackupDamagedError(path, f"its manifest is not of {FORMAT}")
        return Manifest(**document)
    except (ValueError, KeyError, TypeError) as error:
        raise BackupDamagedError(path, f"its manifest cannot be read: {error}") from error


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o600
    return member


class _Digest:
    """Reads at most a number of bytes, hashing them on their way."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._left = size
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, none at the end."""
        chunk = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(chunk)
        self._digest.update(chunk)
        return chunk

    def hexdigest(self) -> str:
        """Return the SHA-256 of what was read."""
        return self._digest.hexdigest()
