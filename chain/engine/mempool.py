"""Transactions that wait for their block, each sender's in the order of its nonces."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from chain.errors import MempoolFullError, NonceError
from chain.machine.rules import MAX_BLOCK_GAS, MAX_BLOCK_TRANSACTIONS
from chain.machine.transaction import Transaction

MAX_WAITING: Final = 20_000
"""Transactions that wait at most: about 40 s of work."""

MAX_WAITING_OF_SENDER: Final = 10_000
"""Transactions of one sender that wait at most, so that nobody fills the pool alone."""


class Mempool:
    """Waiting transactions, first come, first served. Not safe for concurrent use.

    Nonces must follow each other without a gap: a gap is refused with the nonce that was expected,
    since a transaction behind a gap might wait for ever.
    """

    def __init__(self) -> None:
        self._waiting: OrderedDict[bytes, Transaction] = OrderedDict()
        self._next: dict[bytes, int] = {}
        self._count: dict[bytes, int] = {}

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    def get(self, transaction_hash: bytes) -> Transaction | None:
        """Return a waiting transaction by its hash."""
        return self._waiting.get(transaction_hash)

    def next_nonce(self, sender: bytes, on_ledger: int) -> int:
        """Return the nonce that the sender's next transaction must have."""
        return max(self._next.get(sender, 0), on_ledger)

    def add(self, transaction: Transaction, nonce_of: Callable[[bytes], int]) -> None:
        """Take a transaction; one that waits already changes nothing.

        Raises:
            NonceError: Its nonce is not the sender's next.
            MempoolFullError: Too many wait.
        """
        if transaction.hash in self._waiting:
            return
        sender = transaction.sender
        expected = self.next_nonce(sender, nonce_of(sender))
        if transaction.nonce != expected:
            raise NonceError(sender, expected, transaction.nonce)
        if self._count.get(sender, 0) >= MAX_WAITING_OF_SENDER:
            raise MempoolFullError(MAX_WAITING_OF_SENDER, f"sender 0x{sender.hex()}")
        if len(self._waiting) >= MAX_WAITING:
            raise MempoolFullError(MAX_WAITING, "all senders")
        self._waiting[transaction.hash] = transaction
        self._next[sender] = expected + 1
        self._count[sender] = self._count.get(sender, 0) + 1

    def next_block(self) -> list[Transaction]:
        """Return the oldest transactions whose gas limits fit one block; they keep waiting."""
        chosen: list[Transaction] = []
        gas = 0
        for transaction in self._waiting.values():
            gas += transaction.gas
            if gas > MAX_BLOCK_GAS or len(chosen) == MAX_BLOCK_TRANSACTIONS:
                break
            chosen.append(transaction)
        return chosen

    def remove(self, transactions: list[Transaction], left_out: set[bytes]) -> None:
        """Take out what a block has dealt with.

        Args:
            transactions: All of the block.
            left_out: Hashes of those that were not executed; what waits behind them in nonce order
                cannot execute either and is dropped.
        """
        for transaction in transactions:
            if self._waiting.pop(transaction.hash, None) is not None:
                self._forget_one(transaction.sender)
        broken = {t.sender for t in transactions if t.hash in left_out}
        for waiting in [t for t in self._waiting.values() if t.sender in broken]:
            del self._waiting[waiting.hash]
            self._forget_one(waiting.sender)
        for sender in broken:
            self._next.pop(sender, None)

    def _forget_one(self, sender: bytes) -> None:
        self._count[sender] -= 1
        if not self._count[sender]:
            del self._count[sender]
            self._next.pop(sender, None)
