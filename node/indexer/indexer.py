"""Follows the ledger into the read models, one block per SQL transaction.

(1) The block the cursor names must still be on the ledger: else it is another ledger.
(2) Each next block must name the one before it as its parent.
(3) Its events go to the projections, and the cursor moves, in the same transaction: after a
    crash the next step begins exactly where the last whole block ended.
(4) Nothing but the ledger enters the read models, neither clock nor chance: a rebuild gives
    the same rows.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy.orm import Session

from contracts.abi import Log
from node.database.database import Database
from node.database.migration import drop_all, migrate
from node.errors import LedgerAnswerError, OtherLedgerError
from node.indexer.tables import Cursor
from node.ledger import LOG_RANGE_BLOCKS, Block, LedgerGateway

_CURSOR_ID: Final = 1


class Projection(Protocol):
    """Turns events into rows; a pure function of ledger and rows."""

    def apply(self, session: Session, block: Block, logs: Sequence[Log]) -> None:
        """Write what a block changes; its events come in their order.

        Block 0 has no events: what the genesis founds is read from the block's state.
        """
        ...


@dataclass(frozen=True, slots=True)
class Position:
    """Where the read models stand.

    Attributes:
        block_number: Last block in the read models.
        block_hash: Its hash.
        block_time: Its time, seconds.
        genesis_hash: Hash of block 0.
    """

    block_number: int
    block_hash: str
    block_time: int
    genesis_hash: str


class Indexer:
    """The one writer of a read database."""

    def __init__(
        self,
        read: Database,
        ledger: LedgerGateway,
        projections: Sequence[Projection],
        on_level: Callable[[], None] = lambda: None,
    ) -> None:
        """Follow one ledger with some projections, applied in their order.

        Args:
            read: The read database.
            ledger: What is followed.
            projections: What writes its rows.
            on_level: Told each time that the read models hold all that the ledger had.
        """
        self._read = read
        self._ledger = ledger
        self._projections = projections
        self._on_level = on_level
        self._lock = threading.Lock()
        self._level = -1  # the ledger's last block when all of it was here, and verified

    def position(self) -> Position | None:
        """Return where the read models stand, None before block 0."""
        with self._read.read() as session:
            cursor = session.get(Cursor, _CURSOR_ID)
        if cursor is None:
            return None
        return Position(
            cursor.block_number, cursor.block_hash, cursor.block_time, cursor.genesis_hash
        )

    def follow(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Apply all blocks that are final now; return the last one's number.

        Args:
            progress: Told the block just applied and the last one, after each range.

        Raises:
            OtherLedgerError: The ledger is not the one followed so far.
            LedgerUnavailableError: It does not answer; whole blocks stay applied.
            LedgerAnswerError: Its answer cannot be used.
            StorageError: The read database refused.
        """
        with self._lock:
            last = self._ledger.latest_number()
            if last == self._level:  # the next block must name this one as its parent
                self._on_level()
                return last
            position = self._verified_position(last)
            reached = -1 if position is None else position.block_number
            while reached < last:
                end = min(reached + LOG_RANGE_BLOCKS, last)
                position = self._apply_range(reached + 1, end, position)
                reached = end
                if progress is not None:
                    progress(reached, last)
            self._level = reached
            self._on_level()
            return reached

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Throw the read models away and build them again from the ledger alone.

        Raises:
            LedgerUnavailableError: It does not answer; `follow` goes on where this ended.
            StorageError: The read database refused.
        """
        with self._lock:
            self._level = -1
            drop_all(self._read)
            migrate(self._read)
        return self.follow(progress)

    def _verified_position(self, last: int) -> Position | None:
        position = self.position()
        if position is None:
            return None
        block = self._ledger.block(position.block_number)  # (1)
        actual = None if block is None else block.hash
        if actual != position.block_hash or last < position.block_number:
            raise OtherLedgerError(position.block_number, position.block_hash, actual)
        return position

    def _apply_range(self, first: int, last: int, position: Position | None) -> Position:
        logs: dict[int, list[Log]] = defaultdict(list)
        for log in self._ledger.logs(first, last):
            logs[log.block_number].append(log)
        for number in range(first, last + 1):
            position = self._apply(number, logs[number], position)
        assert position is not None  # noqa: S101  a range has at least one block
        return position

    def _apply(self, number: int, logs: Sequence[Log], before: Position | None) -> Position:
        block = self._ledger.block(number)
        if block is None or block.number != number:
            raise LedgerAnswerError("eth_getBlockByNumber", f"block {number} is missing")
        if before is not None and block.parent_hash != before.block_hash:  # (2)
            raise OtherLedgerError(before.block_number, before.block_hash, block.parent_hash)
        genesis = block.hash if before is None else before.genesis_hash
        position = Position(number, block.hash, block.timestamp, genesis)
        with self._read.write() as session:  # (3)
            for projection in self._projections:
                projection.apply(session, block, logs)
            session.merge(
                Cursor(
                    id=_CURSOR_ID,
                    block_number=position.block_number,
                    block_hash=position.block_hash,
                    block_time=position.block_time,
                    genesis_hash=position.genesis_hash,
                )
            )
        return position
