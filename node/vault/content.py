"""Ciphertexts and manifests by CID: what a store promises, and how bytes come in.

Both stores, the folder and Kubo, pass the same tests.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Protocol, Self

from contracts.documents.cid import Cid, CidHasher
from node.errors import StorageError
from node.files import FILE_MODE
from node.vault.errors import ContentTooLargeError

_SUFFIX: Final = ".incoming"


class Intake:
    """Bytes on their way in: written aside, synced, and known by their CID.

    A context manager: what is not adopted by a store is gone afterwards. A crash leaves a file
    that `sweep` removes after a day.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        """Begin a new file in a private folder.

        Args:
            folder: Of mode 0700, on the store's file system.
            limit: Most bytes that are taken.

        Raises:
            StorageError: The disk refused.
        """
        self.path = folder / f".{secrets.token_hex(16)}{_SUFFIX}"
        self._limit = limit
        self._hasher = CidHasher()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self._file: IO[bytes] = os.fdopen(os.open(self.path, flags, FILE_MODE), "wb")
        except OSError as error:
            raise StorageError(str(folder), error.strerror or str(error)) from error

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._hasher.size

    def write(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            ContentTooLargeError: There are too many.
            StorageError: The disk refused.
        """
        if self.size + len(data) > self._limit:
            raise ContentTooLargeError(self._limit)
        self._hasher.update(data)
        try:
            self._file.write(data)
        except OSError as error:
            raise StorageError(str(self.path), error.strerror or str(error)) from error

    def restart(self) -> None:
        """Forget the bytes so far, to take others.

        Raises:
            StorageError: The disk refused.
        """
        self._hasher = CidHasher()
        try:
            self._file.seek(0)
            self._file.truncate()
        except OSError as error:
            raise StorageError(str(self.path), error.strerror or str(error)) from error

    def finish(self) -> Cid:
        """Return the CID of the bytes; they are on disk on return.

        Raises:
            StorageError: The disk refused.
        """
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise StorageError(str(self.path), error.strerror or str(error)) from error
        return self._hasher.cid()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.discard()

    def discard(self) -> None:
        """Forget the bytes, unless a store adopted them."""
        self._file.close()
        self.path.unlink(missing_ok=True)


def sweep(folder: Path, before: float) -> None:
    """Remove what a crash left of bytes that never came in whole.

    Args:
        folder: Where intakes are written.
        before: Files that were last written before this time, seconds since 1970, go.
    """
    for path in folder.glob(f"*{_SUFFIX}"):
        with suppress(FileNotFoundError):  # adopted meanwhile
            if path.stat().st_mtime < before:
                path.unlink()


class ContentStore(Protocol):
    """Content by CID.

    Durable: what `adopt` returned from survives a crash; what `erase` returned from is gone
    after one. Concurrent: any number of threads and processes; adopting the same content twice
    is the same as once. Nothing is believed: every byte read is hashed against its CID.
    """

    @property
    def where(self) -> str:
        """What the content lies in, for messages."""
        ...

    def adopt(self, intake: Intake) -> Cid:
        """Keep an intake's bytes; durable on return.

        Raises:
            StorageError: The disk refused; nothing was kept.
            VaultUnavailableError: The store does not answer; nothing is promised.
            ContentForeignError: The store kept something else.
        """
        ...

    def read(self, cid: Cid, limit: int) -> bytes:
        """Return a content that is stored here, verified.

        Raises:
            ContentUnknownError: It is not stored here.
            ContentTooLargeError: It has more than `limit` bytes.
            ContentForeignError: The store holds other bytes under this CID.
            VaultUnavailableError: The store does not answer.
            StorageError: The disk refused.
        """
        ...

    def has(self, cid: Cid) -> bool:
        """Return whether a content is stored here.

        Raises:
            VaultUnavailableError: The store does not answer.
        """
        ...

    def fetch(self, cid: Cid, intake: Intake) -> bool:
        """Get a content that is not stored here from the store's own network.

        Returns:
            Whether it came; the intake then holds exactly the content, not yet adopted.

        Raises:
            ContentForeignError: Other bytes came.
            ContentTooLargeError: More bytes came than the intake takes.
            VaultUnavailableError: The store does not answer.
        """
        ...

    def erase(self, cid: Cid) -> None:
        """Forget a content, if it is here; durable on return.

        Raises:
            StorageError: The disk refused.
            VaultUnavailableError: The store does not answer.
        """
        ...
