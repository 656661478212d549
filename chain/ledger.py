"""One running ledger: store, application and engine, opened and closed together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from chain.engine.application import Application
from chain.engine.cometbft.engine import CometEngine
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


def open_network(store: KeyValueStore, genesis: Genesis, *, abci: str, engine_url: str) -> Ledger:
    """Open, or found, this node's replica of a network's ledger.

    Args:
        store: Where it lies.
        genesis: What founded the network.
        abci: Where CometBFT connects to: unix://PATH or tcp://HOST:PORT.
        engine_url: CometBFT's own RPC, http://HOST:PORT; it may start later.

    Raises:
        StoreError: The store holds another ledger.
        GenesisError: The genesis does not found a network.
        AbciAddressError: Nothing can listen at `abci`.
    """
    try:
        engine = CometEngine(Application(LedgerStore(store), genesis), abci, engine_url)
    except BaseException:
        store.close()
        raise
    return Ledger(engine.application, engine)
