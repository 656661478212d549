"""Time per transaction with 0, 100,000 and 500,000 entries in the contract.

An entry is what one `register` writes: three storage slots. The entries are put into the state
directly (writing them by transactions would take ten minutes), committed to the store, and the
state is opened anew, so that nothing is warm.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from common import peak_memory_mb, save, workload
from support.chain import EXERCISE, MEMBERSHIP, genesis

from chain.machine.executor import BlockContext, BlockExecutor, block_entries
from chain.machine.founding import found
from chain.machine.membership import Membership
from chain.machine.state import StateDatabase
from chain.machine.transaction import decode_transaction
from chain.proofs.keccak import keccak256
from chain.store.keyvalue import RocksStore
from chain.store.ledger import LedgerStore

ENTRIES = (0, 100_000, 500_000)
COUNT, PER_BLOCK, FILL_STEP = 2_000, 100, 25_000


def fill(store: RocksStore, database: StateDatabase, first: int, last: int) -> None:
    """Put entries into the contract's storage, a step at a time."""
    for start in range(first, last, FILL_STEP):
        for number in range(start, min(last, start + FILL_STEP)):
            seed = int.from_bytes(keccak256(b"fill" + number.to_bytes(8, "big")), "big")
            for offset in range(3):
                database.set_storage(EXERCISE, (seed + offset * 2**128) % 2**256, seed >> 8)
            database.lock_changes()
        changes = database.commit_block()
        store.write([(b"n" + node_hash, encoded) for node_hash, encoded in changes.nodes])


def measure(store: RocksStore, root: bytes, raws: list[bytes]) -> tuple[float, bytes]:
    """Execute the workload in blocks and return milliseconds per transaction."""
    database = StateDatabase(LedgerStore(store), root)
    membership, parent = Membership(MEMBERSHIP), bytes(32)
    transactions = [decode_transaction(raw, genesis().evm_chain_id) for raw in raws]
    started = time.perf_counter()
    for number in range(COUNT // PER_BLOCK):
        context = BlockContext(
            genesis().evm_chain_id, number + 1, genesis().time_s + number, parent
        )
        executor = BlockExecutor(database, context, membership)
        for transaction in transactions[number * PER_BLOCK : (number + 1) * PER_BLOCK]:
            assert executor.run(transaction).succeeded
        block = executor.finish()
        assert block is not None
        store.write(block_entries(block))
        parent = block.header.hash()
    return (time.perf_counter() - started) / COUNT * 1_000, block.changes.root


def main() -> None:
    """Fill, measure, fill further."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = RocksStore(Path(folder))
        first = found(genesis())
        store.write(block_entries(first))
        root, filled = first.changes.root, 0
        for sender, entries in enumerate(ENTRIES):
            database = StateDatabase(LedgerStore(store), root)
            fill(store, database, filled, entries)
            filled = entries
            root = database.commit_block().root
            empty_ms, _ = measure(store, first.changes.root, workload(COUNT, 920 + sender))
            figures[f"ms_with_{entries}"], _ = measure(store, root, workload(COUNT, 920 + sender))
            figures[f"ratio_with_{entries}"] = figures[f"ms_with_{entries}"] / empty_ms
        store.close()
    rounded = {name: round(value, 3) for name, value in figures.items()}
    save("growth", {"transactions": COUNT, **rounded, "peak_memory_mb": round(peak_memory_mb())})


main()
