"""One running ledger: store, application and engine, opened and closed together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from chain.engine.application import Application
from chain.engine.protocol import Engine
from chain.engine.solo import SealingKey, SoloEngine
from chain.genesis import Genesis
from chain.store.keyvalue import KeyValueStore, RocksStore
from chain.store.ledger import LedgerStore


@dataclass(frozen=True, slots=True)
class Ledger:
    """What JSON-RPC serves."""

    application: Application
    engine: Engine

    @property
    def store(self) -> LedgerStore:
        """Blocks, receipts, seals."""
        return self.application.store

    def close(self) -> None:
        """Stop the engine, then release the store."""
        self.engine.stop()
        self.application.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_solo(
    folder: Path,
    genesis: Genesis,
    sealing_key: SealingKey,
    *,
    clock: Callable[[], int] = time.time_ns,
    start: bool = True,
) -> Ledger:
    """Open, or found, the embedded ledger in a folder.

    Args:
        folder: Where the ledger lies.
        genesis: What founded it, or founds it now.
        sealing_key: Key of the genesis's only validator.
        clock: Nanoseconds since 1970.
        start: Seal in a thread; otherwise the caller seals with `SoloEngine.seal_next`.

    Raises:
        StoreError: The folder is held, broken, or holds another ledger.
        GenesisError: The genesis does not found a ledger for this key.
    """
    return solo_ledger(RocksStore(folder), genesis, sealing_key, clock=clock, start=start)


def solo_ledger(
    store: KeyValueStore,
    genesis: Genesis,
    sealing_key: SealingKey,
    *,
    clock: Callable[[], int] = time.time_ns,
    start: bool = True,
) -> Ledger:
    """Open, or found, the embedded ledger in a given store; see `open_solo`."""
    try:
        application = Application(LedgerStore(store), genesis)
        engine = SoloEngine(application, sealing_key, clock)
    except BaseException:
        store.close()
        raise
    if start:
        engine.start()
    return Ledger(application, engine)
