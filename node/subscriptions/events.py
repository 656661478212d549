"""An event: one record that the ledger accepted, at its place in the order of all.

The place is (block, log index). It comes from the ledger alone, so it is the same after the read
models were built again, and on every other node.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Self

import rfc8785

from node.errors import CursorMalformedError
from node.indexer.tables import LedgerRecord

_CURSOR: Final = re.compile(r"(0|[1-9][0-9]{0,17})\.(0|[1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True, order=True)
class EventCursor:
    """Where to go on: everything before this place has been seen.

    Attributes:
        block: Number of the block.
        index: Index of a log in it.
    """

    block: int
    index: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return a cursor from its text, such as "1042.7".

        Raises:
            CursorMalformedError: It is none.
        """
        match = _CURSOR.fullmatch(text)
        if match is None:
            raise CursorMalformedError(text[:80])
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.block}.{self.index}"


BEGINNING: Final = EventCursor(0, 0)


@dataclass(frozen=True, slots=True)
class Event:
    """One accepted record, as subscribers get it.

    Attributes:
        id: The record's digest: the same whenever and however often it is delivered.
        cursor: Where to go on after it.
        type: The record's type; None where its text is not known to this program.
        record: The signed record as JSON, None where its text is not known.
    """

    id: str
    cursor: EventCursor
    domain: str
    type: str | None
    object: str
    position: int
    head: str
    signer_key: str
    contract: str
    block: int
    block_time: int
    transaction: str
    log_index: int
    record: dict[str, Any] | None

    @classmethod
    def of(cls, row: LedgerRecord) -> Self:
        """Return a row's event."""
        return cls(
            id=row.digest,
            cursor=EventCursor(row.block_number, row.log_index + 1),
            domain=row.domain,
            type=row.type_name or None,
            object=row.object_id,
            position=row.position,
            head=row.head,
            signer_key=row.signer_key,
            contract=row.contract,
            block=row.block_number,
            block_time=row.block_time,
            transaction=row.transaction_hash,
            log_index=row.log_index,
            record=None if row.record is None else json.loads(row.record),
        )

    def members(self) -> dict[str, Any]:
        """Return the event as JSON members."""
        return {
            "id": self.id,
            "cursor": str(self.cursor),
            "domain": self.domain,
            "type": self.type,
            "object": self.object,
            "position": self.position,
            "head": self.head,
            "signer_key": self.signer_key,
            "contract": self.contract,
            "block": self.block,
            "block_time": datetime.fromtimestamp(self.block_time, UTC).strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            ),
            "transaction": self.transaction,
            "log_index": self.log_index,
            "record": self.record,
        }

    def to_bytes(self) -> bytes:
        """Return the event as canonical JSON: each delivery of it has the same bytes."""
        return rfc8785.dumps(self.members())
