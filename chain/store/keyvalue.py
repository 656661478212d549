"""Ordered key-value stores with atomic batches, and RocksDB behind that protocol."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

from rocksdict import (
    AccessType,
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    DBRecoveryMode,
    Options,
    Rdict,
    WriteBatch,
    WriteOptions,
)

from chain.errors import StoreError

BLOCK_CACHE_BYTES: Final = 64 * 1024 * 1024
"""RocksDB's cache of uncompressed blocks."""

Entry = tuple[bytes, bytes | None]
"""A key and its new value; None deletes the key."""


class KeyValueStore(Protocol):
    """What the ledger needs of a database. Reads may come from many threads, writes from one."""

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, None where there is none."""
        ...

    def write(self, entries: Sequence[Entry]) -> None:
        """Apply all entries or none; on return they outlive the power supply.

        Raises:
            StoreError: The store failed. Whether the entries are there shows after a restart; the
                caller must stop.
        """
        ...

    def scan(self, start: bytes, end: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield keys and values with start <= key < end, in order."""
        ...

    def close(self) -> None:
        """Release the store; closing twice is harmless."""
        ...


class RocksStore:
    """RocksDB in a folder, locked against a second process.

    Every write is synced. A write-ahead log cut short by a crash is read to its last whole batch.

    Args:
        folder: Created where absent, readable by the owner alone.

    Raises:
        StoreError: Another process holds the folder, or it cannot be opened.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = os.open(folder / "tradeseal.lock", os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as exc:
            raise StoreError("open", str(exc)) from exc
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            os.close(self._lock)
            raise StoreError(
                "open", f"another process holds {folder}: stop it or give another folder"
            ) from exc
        try:
            self._rocks = Rdict(
                str(folder / "rocksdb"), _options(), access_type=AccessType.read_write()
            )
        except Exception as exc:  # rocksdict raises bare Exception
            os.close(self._lock)
            raise StoreError("open", str(exc)) from exc
        self._write_options = WriteOptions()
        self._write_options.sync = True
        self._closed = False

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, None where there is none."""
        value: bytes | None = self._rocks.get(key)
        return value

    def write(self, entries: Sequence[Entry]) -> None:
        """Apply all entries in one synced batch."""
        batch = WriteBatch(raw_mode=True)
        for key, value in entries:
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        try:
            self._rocks.write(batch, self._write_options)
        except Exception as exc:  # rocksdict raises bare Exception
            raise StoreError("write a block", f"{exc}: check the disk, then start again") from exc

    def scan(self, start: bytes, end: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield keys and values with start <= key < end, in order."""
        cursor = self._rocks.iter()
        cursor.seek(start)
        while cursor.valid():
            key = cursor.key()
            if key >= end:
                return
            yield key, cursor.value()
            cursor.next()

    def close(self) -> None:
        """Flush and release the folder."""
        if not self._closed:
            self._closed = True
            self._rocks.close()
            os.close(self._lock)


def _options() -> Options:
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_wal_recovery_mode(DBRecoveryMode.point_in_time())
    options.set_compression_type(DBCompressionType.lz4())
    options.set_write_buffer_size(32 * 1024 * 1024)
    options.set_keep_log_file_num(2)
    table = BlockBasedOptions()
    table.set_block_cache(Cache(BLOCK_CACHE_BYTES))
    table.set_bloom_filter(10, False)  # ten bits a key: trie nodes are found by hash, one by one
    options.set_block_based_table_factory(table)
    return options
