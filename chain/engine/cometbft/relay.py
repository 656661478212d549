"""Hands transactions to CometBFT's mempool, which spreads them to the other nodes.

The pool is what counts: it is proposed from, and the relay only tells the others. So a
transaction is taken once it is in the pool, and the relay sends it when CometBFT can take it.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

from chain.engine.cometbft.guard import guarded_thread
from chain.engine.cometbft.rpc import MAX_BATCH, EngineRpc
from chain.errors import EngineUnavailableError
from chain.machine.transaction import Transaction

RETRY_S: Final = 0.2
_IN_CACHE: Final = "already exists in cache"

logger = logging.getLogger(__name__)


class Relay:
    """Sends in a thread of its own, in order, many at a time; sending twice does no harm."""

    def __init__(self, rpc: EngineRpc, on_fault: Callable[[BaseException], None]) -> None:
        """Start.

        Args:
            rpc: How CometBFT is reached.
            on_fault: Called with what the relay could not handle; nothing is sent after it.
        """
        self._rpc = rpc
        self._changed = threading.Condition()
        self._queue: OrderedDict[bytes, bytes] = OrderedDict()
        self._closed = False
        self._thread = guarded_thread("relay", self._run, on_fault)
        self._thread.start()

    def send(self, transactions: Iterable[Transaction]) -> None:
        """Send transactions as soon as CometBFT takes them; those on their way already stay."""
        with self._changed:
            for transaction in transactions:
                self._queue.setdefault(transaction.hash, transaction.raw)
            self._changed.notify_all()

    def close(self) -> None:
        """Stop; what is not sent is forgotten."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while batch := self._next_batch():
            try:
                refusals = self._rpc.broadcast(list(batch.values()))
            except EngineUnavailableError as exc:
                logger.debug("the relay waits: %s", exc)
                self._pause()
                continue
            self._settle(batch, refusals)

    def _next_batch(self) -> dict[bytes, bytes]:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed)
            if self._closed:
                return {}
            return dict(list(self._queue.items())[:MAX_BATCH])

    def _settle(self, batch: dict[bytes, bytes], refusals: list[str | None]) -> None:
        refused = {
            at: reason
            for at, reason in zip(batch, refusals, strict=True)
            if reason is not None and _IN_CACHE not in reason
        }
        with self._changed:
            for at in batch:
                raw = self._queue.pop(at)
                if at in refused:  # behind the others, until it can be taken
                    self._queue[at] = raw
        if refused:
            logger.info(
                "CometBFT did not take %d transactions: %s",
                len(refused),
                next(iter(refused.values())),
            )
            self._pause()

    def _pause(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed, RETRY_S)
