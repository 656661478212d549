"""A plain py-evm loop over the same store: the baseline. Run in a process of its own.

`--libraries` keeps the C libraries that the ledger uses (rusty-rlp, safe-pysha3); without it py-evm
has what it brings itself. coincurve is there in both cases.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LIBRARIES = "--libraries" in sys.argv
if not LIBRARIES:
    os.environ["ETH_HASH_BACKEND"] = "pycryptodome"
    sys.modules["rusty_rlp"] = None  # type: ignore[assignment] # as if it were not installed
    import rlp.codec  # imported here so that it finds no native part

    del sys.modules["rusty_rlp"]

from common import workload
from eth.db.backends.base import BaseAtomicDB, BaseDB
from support.chain import genesis
from support.reference import Reference

from chain.store.keyvalue import RocksStore

COUNT, PER_BLOCK = int(sys.argv[1]), int(sys.argv[2])


class Batch(BaseDB):  # type: ignore[misc]
    """Writes gathered for one block."""

    def __init__(self, store: RocksStore) -> None:
        self._store = store
        self.entries: dict[bytes, bytes | None] = {}

    def __getitem__(self, key: bytes) -> bytes:
        value = self.entries[key] if key in self.entries else self._store.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self.entries[key] = value

    def __delitem__(self, key: bytes) -> None:
        self.entries[key] = None

    def _exists(self, key: bytes) -> bool:
        return self.entries.get(key, self._store.get(key)) is not None

    def flush(self) -> None:
        self._store.write(list(self.entries.items()))
        self.entries.clear()


class RocksAtomicDB(Batch, BaseAtomicDB):  # type: ignore[misc]
    """py-evm's database over the ledger's store; one synced write per block, by `flush`."""

    @contextlib.contextmanager
    def atomic_batch(self) -> Iterator[Any]:
        yield self


def main() -> None:
    """Execute the workload and print transactions per second."""
    raws = workload(COUNT)
    with tempfile.TemporaryDirectory() as folder:
        database = RocksAtomicDB(RocksStore(Path(folder)))
        reference = Reference(genesis(), database)
        started = time.perf_counter()
        for first in range(0, COUNT, PER_BLOCK):
            reference.block(genesis().time_s + first + 1, raws[first : first + PER_BLOCK])
            database.flush()
        seconds = time.perf_counter() - started
        print(json.dumps({"tps": COUNT / seconds, "hash": reference.header.hash.hex()}))


main()
