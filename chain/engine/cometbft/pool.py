"""Transactions that wait, as this node knows them, with limits for each member.

CometBFT's own mempool spreads transactions from node to node and has each of them checked here;
what is proposed is chosen from this pool. A transaction stays here until a block has dealt with
its nonce or its time is up, whatever CometBFT's mempool does with it.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chain.errors import (
    AdmissionError,
    MempoolFullError,
    NonceError,
    TransactionSettledError,
)
from chain.machine.rules import MAX_BLOCK_GAS, MAX_BLOCK_TRANSACTIONS
from chain.machine.transaction import Transaction
from chain.proofs.keccak import keccak256

if TYPE_CHECKING:
    from chain.engine.application import Application, Execution

MAX_WAITING: Final = 2_000
"""Transactions that wait at most; CometBFT's mempool holds more (see `home`).

Each block has all of them checked again, so more would cost more than it saves.
"""

MAX_WAITING_IN_ANY_CASE: Final = 10
"""So many of each member are taken beyond `MAX_WAITING`: who sends little is not kept out."""

MAX_WAITING_OF_MEMBER: Final = 500
"""Transactions of one member that wait at most, whatever accounts it has."""

MAX_WAITING_BYTES_OF_MEMBER: Final = 8_000_000
"""Bytes of one member's transactions that wait at most."""

MAX_WAIT_S: Final = 600.0
"""A transaction that could not be executed for so long is dropped; its sender sends it again."""


SMALL_BLOCK: Final = 4
"""Part of the gas of a block where one sends much and another little, so that blocks come soon."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A transaction, whose it is, and when it came (seconds of a clock that never goes back)."""

    transaction: Transaction
    member: bytes
    since_s: float


class Pool:
    """Waiting transactions, first come, first served within a member. Not safe for concurrent use.

    Between members the gas of a block is shared evenly, who got much of the last blocks comes later
    in the next one, and blocks are small while one sends much and another little: who sends much
    waits for those who send little, never the other way round.
    """

    def __init__(self) -> None:
        self._waiting: OrderedDict[bytes, Waiting] = OrderedDict()
        self._by_sender: dict[bytes, dict[int, bytes]] = {}
        self._next: dict[bytes, int] = {}
        self._count: dict[bytes, int] = {}
        self._bytes: dict[bytes, int] = {}
        self._gas: dict[bytes, int] = {}
        self._got: dict[bytes, int] = {}  # gas of members in the last blocks, halved with each

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    def __iter__(self) -> Iterator[Transaction]:
        """Yield those that wait, oldest first."""
        return (waiting.transaction for waiting in self._waiting.values())

    def get(self, transaction_hash: bytes) -> Transaction | None:
        """Return a waiting transaction by its hash."""
        found = self._waiting.get(transaction_hash)
        return None if found is None else found.transaction

    def next_nonce(self, sender: bytes, on_ledger: int) -> int:
        """Return the nonce of the sender's next transaction, what waits without a gap included."""
        nonce = max(self._next.get(sender, 0), on_ledger)
        waiting = self._by_sender.get(sender, {})
        while nonce in waiting:
            nonce += 1
        if waiting:
            self._next[sender] = nonce
        return nonce

    def add(self, waiting: Waiting, on_ledger: int, *, gaps: bool) -> None:
        """Take a transaction; one that waits already changes nothing.

        Args:
            waiting: The transaction.
            on_ledger: Its sender's nonce at the tip.
            gaps: Whether its predecessors may still be on their way, as from other nodes.

        Raises:
            NonceError: Its nonce is used, or taken by another that waits, or leaves a gap.
            MempoolFullError: Too many wait.
        """
        transaction, member = waiting.transaction, waiting.member
        if transaction.hash in self._waiting:
            return
        expected = self.next_nonce(transaction.sender, on_ledger)
        most = on_ledger + MAX_WAITING_OF_MEMBER if gaps else expected
        if not expected <= transaction.nonce <= most or (
            transaction.nonce in self._by_sender.get(transaction.sender, {})
        ):
            raise NonceError(transaction.sender, expected, transaction.nonce)
        size = self._bytes.get(member, 0) + len(transaction.raw)
        if self._count.get(member, 0) >= MAX_WAITING_OF_MEMBER or (
            size > MAX_WAITING_BYTES_OF_MEMBER
        ):
            raise MempoolFullError(self._count.get(member, 0), f"member 0x{member.hex()}")
        if len(self._waiting) >= MAX_WAITING and (
            self._count.get(member, 0) >= MAX_WAITING_IN_ANY_CASE
        ):
            raise MempoolFullError(MAX_WAITING, "all members")
        self._waiting[transaction.hash] = waiting
        self._by_sender.setdefault(transaction.sender, {})[transaction.nonce] = transaction.hash
        self._count[member] = self._count.get(member, 0) + 1
        self._bytes[member] = size
        self._gas[member] = self._gas.get(member, 0) + transaction.gas

    def drop(self, transaction_hash: bytes) -> None:
        """Forget a transaction, if it waits."""
        found = self._waiting.pop(transaction_hash, None)
        if found is None:
            return
        transaction, member = found.transaction, found.member
        of_sender = self._by_sender[transaction.sender]
        del of_sender[transaction.nonce]
        if not of_sender:
            del self._by_sender[transaction.sender]
        self._next.pop(transaction.sender, None)
        self._bytes[member] -= len(transaction.raw)
        self._gas[member] -= transaction.gas
        self._count[member] -= 1
        if not self._count[member]:
            del self._count[member], self._bytes[member], self._gas[member]

    def settle(
        self, executed: Sequence[Transaction], nonce_of: Callable[[bytes], int], now_s: float
    ) -> None:
        """Drop what a block has dealt with, and what has waited too long.

        Args:
            executed: The transactions that the block executed.
            nonce_of: Gives an account's nonce at the new tip.
            now_s: The time on the clock of `Waiting.since_s`.
        """
        self._count_gas(executed)
        for sender in {transaction.sender for transaction in executed}:
            on_ledger = nonce_of(sender)
            of_sender = self._by_sender.get(sender, {})
            for nonce in [nonce for nonce in of_sender if nonce < on_ledger]:
                self.drop(of_sender[nonce])
        for waiting in list(self._waiting.values()):
            if now_s - waiting.since_s < MAX_WAIT_S:
                break  # the others came later
            self.drop(waiting.transaction.hash)

    def _count_gas(self, executed: Sequence[Transaction]) -> None:
        """Count what members got of a block, as far as it waited here."""
        for transaction in executed:
            waiting = self._waiting.get(transaction.hash)
            if waiting is not None:
                self._got[waiting.member] = self._got.get(waiting.member, 0) + 2 * transaction.gas
        self._got = {member: gas // 2 for member, gas in self._got.items() if gas > 1}

    def choose(
        self, gas: int, max_bytes: int, nonce_of: Callable[[bytes], int]
    ) -> list[Transaction]:
        """Return what the next block should have, within limits; it keeps waiting.

        Members take turns by the gas that each has got so far, in this block and the last ones.
        What does not fit waits, and with it what its member sent later.

        Args:
            gas: Sum of gas limits at which the block has enough.
            max_bytes: Bytes of all transactions as CometBFT counts them, at most.
            nonce_of: Gives an account's nonce at the tip.
        """
        gas = self._room(gas)
        lines = self._lines(nonce_of)
        turns = [(self._got.get(member, 0), index) for index, (member, _) in enumerate(lines)]
        heapq.heapify(turns)
        chosen: list[Transaction] = []
        spent, size = 0, 0
        while turns and spent < gas and len(chosen) < MAX_BLOCK_TRANSACTIONS:
            of_member, index = heapq.heappop(turns)
            transaction = next(lines[index][1], None)
            if transaction is None:
                continue
            framed = len(transaction.raw) + _FRAME_BYTES
            if spent + transaction.gas > MAX_BLOCK_GAS or size + framed > max_bytes:
                continue
            chosen.append(transaction)
            spent += transaction.gas
            size += framed
            heapq.heappush(turns, (of_member + transaction.gas, index))
        return chosen

    def _room(self, gas: int) -> int:
        """Return at how much gas a block has enough, in view of who sends how much."""
        active = self._gas.keys() | self._got.keys()
        share = gas // max(1, len(active))
        many = sum(self._gas.get(member, 0) > share for member in active)
        return max(1, gas // SMALL_BLOCK) if 0 < many < len(active) else gas

    def _lines(self, nonce_of: Callable[[bytes], int]) -> list[tuple[bytes, Iterator[Transaction]]]:
        """Return each member's executable transactions in order, one line for a member."""
        places: dict[bytes, list[bytes]] = {}
        for waiting in self._waiting.values():
            places.setdefault(waiting.member, []).append(waiting.transaction.sender)
        return [(member, self._line(senders, nonce_of)) for member, senders in places.items()]

    def _line(
        self, senders: list[bytes], nonce_of: Callable[[bytes], int]
    ) -> Iterator[Transaction]:
        expected: dict[bytes, int] = {}
        for sender in senders:
            if sender not in expected:
                expected[sender] = nonce_of(sender)
            found = self._by_sender[sender].get(expected[sender])
            if found is not None:  # else there is a gap: what lies behind it waits
                expected[sender] += 1
                yield self._waiting[found].transaction


class SharedPool:
    """A pool at the tip of one application; safe for concurrent use.

    Args:
        application: Admits what comes, and knows the nonces.
        monotonic: Seconds that never go back.
    """

    def __init__(
        self, application: Application, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._application = application
        self._monotonic = monotonic
        self._pool = Pool()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._pool)

    def all(self) -> list[Transaction]:
        """Return those that wait, oldest first."""
        with self._lock:
            return list(self._pool)

    def get(self, transaction_hash: bytes) -> Transaction | None:
        """Return a waiting transaction."""
        with self._lock:
            return self._pool.get(transaction_hash)

    def next_nonce(self, sender: bytes) -> int:
        """Return the nonce of the sender's next transaction."""
        with self._lock:
            return self._pool.next_nonce(sender, self._application.nonce(sender))

    def take(self, raw: bytes, *, gaps: bool = True) -> Transaction:
        """Admit a transaction and let it wait; one that waits already changes nothing.

        Args:
            raw: The transaction.
            gaps: Whether its predecessors may still be on their way.

        Raises:
            AdmissionError: It is not taken.
        """
        known = self.get(keccak256(raw))
        if known is not None:
            return known
        transaction = self._application.admit(raw)
        sender = transaction.sender
        waiting = Waiting(transaction, self._application.member(sender), self._monotonic())
        with self._lock:
            self._pool.add(waiting, self._application.nonce(sender), gaps=gaps)
        return transaction

    def recheck(self, raw: bytes) -> Transaction:
        """Check again, at a new tip, what CometBFT's mempool still holds.

        Raises:
            AdmissionError: It does not wait here any more, or may not be executed now.
        """
        known = self.get(keccak256(raw))
        if known is None:
            raise TransactionSettledError
        try:
            return self._application.admit(raw)
        except AdmissionError:
            self.drop(known)
            raise

    def drop(self, transaction: Transaction) -> None:
        """Forget a transaction."""
        with self._lock:
            self._pool.drop(transaction.hash)

    def choose(self, gas: int, max_bytes: int) -> list[Transaction]:
        """Return what the next block should have; see `Pool.choose`."""
        with self._lock:
            return self._pool.choose(gas, max_bytes, self._application.nonce)

    def settle(self, execution: Execution) -> None:
        """Drop what a committed height has dealt with."""
        block = execution.block
        executed = () if block is None else block.transactions
        with self._lock:
            self._pool.settle(executed, self._application.nonce, self._monotonic())


_FRAME_BYTES: Final = 6
"""What protobuf adds to a transaction in a block: a tag and a length, generously."""
