"""Which request a transaction came with, from its admission to its block.

How an engine uses it: it owns one `TransactionTrace`,

- calls `remember(hash, current_correlation())` where a transaction was admitted for a caller, in
  the caller's thread (JSON-RPC over HTTP has set the id there);
- calls `finished(hashes, height, evm_number)` with all hashes of a height once it is durable.

Both are cheap for transactions that came without an id, as those of other nodes do.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from chain.observability.correlation import correlated
from chain.observability.events import log_event

MAX_REMEMBERED: Final = 10_000
"""Transactions whose ids are kept at most; the oldest are forgotten first."""

logger = logging.getLogger(__name__)


class TransactionTrace:
    """Remembers ids of transactions on their way; safe for concurrent use.

    It is kept in memory alone: after a restart, what still waits has no id at its block.
    """

    def __init__(self, limit: int = MAX_REMEMBERED) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._ids: OrderedDict[bytes, str] = OrderedDict()

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._ids)

    def remember(self, transaction_hash: bytes, correlation: str | None) -> None:
        """Log that a transaction was admitted, and keep its id for its block.

        A transaction that comes again is logged again and keeps its newest id.
        """
        if correlation is None:
            return
        with self._lock:
            self._ids[transaction_hash] = correlation
            self._ids.move_to_end(transaction_hash)
            if len(self._ids) > self._limit:
                self._ids.popitem(last=False)
        with correlated(correlation):
            log_event(
                logger,
                logging.INFO,
                "transaction admitted",
                transaction_hash="0x" + transaction_hash.hex(),
            )

    def finished(self, hashes: Iterable[bytes], height: int, evm_number: int) -> None:
        """Log the block of each remembered transaction, and forget it.

        Args:
            hashes: Transactions of a durable height, left-out ones included.
            height: The height.
            evm_number: Number of the EVM block that the height made.
        """
        with self._lock:
            if not self._ids:
                return
            found = [(known, value) for known in hashes if (value := self._ids.pop(known, None))]
        for known, correlation in found:
            with correlated(correlation):
                log_event(
                    logger,
                    logging.INFO,
                    "transaction in block",
                    transaction_hash="0x" + known.hex(),
                    height=height,
                    evm_number=evm_number,
                )
