"""Reads events in their order, each exactly once for whoever goes on from its cursor.

The indexer writes whole blocks in their order, so nothing can appear before a place that was
reached. A subscriber who may see more than before finds the older events from an older cursor.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from node.database.database import Database
from node.indexer.tables import Cursor, LedgerRecord
from node.subscriptions.events import BEGINNING, Event, EventCursor
from node.subscriptions.visibility import Visibility

PAGE_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which of the visible events are wanted; an empty member wants all.

    Attributes:
        domains: Such as origin.
        types: Record types, such as CertificateIssue.
        objects: Identifiers of objects, such as certificates.
    """

    domains: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events.

    Attributes:
        events: In their order.
        reached: Where to go on: behind the last event, or behind all that is indexed.
        is_last: Whether nothing more was there.
    """

    events: tuple[Event, ...]
    reached: EventCursor
    is_last: bool


class EventReader:
    """Events of one read database; safe for many threads."""

    def __init__(self, read: Database) -> None:
        """Read a database that the indexer writes."""
        self._read = read

    def head(self) -> EventCursor:
        """Return the place behind all that is indexed.

        Raises:
            StorageError: The database refused.
        """
        with self._read.read() as session:
            return _head(session)

    def after(
        self,
        cursor: EventCursor,
        wanted: EventFilter,
        visibility: Visibility,
        limit: int = PAGE_LIMIT,
    ) -> EventPage:
        """Return the next visible events from a place on.

        Args:
            cursor: Where to begin.
            wanted: Which of them.
            visibility: What the subscriber may see now.
            limit: Most events that are read.

        Raises:
            StorageError: The database refused.
        """
        query = (
            select(LedgerRecord)
            .where(_behind(cursor), visibility.condition(), *_conditions(wanted))
            .order_by(LedgerRecord.block_number, LedgerRecord.log_index)
            .limit(limit)
        )
        with self._read.read() as session:
            # First the head: what is indexed in between is then read, and not passed over.
            head = _head(session)
            found = [Event.of(row) for row in session.scalars(query)]
            shown = visibility.hide(session, found)
        if len(found) == limit:
            return EventPage(tuple(shown), found[-1].cursor, is_last=False)
        reached = max(cursor, head, *(event.cursor for event in found))
        return EventPage(tuple(shown), reached, is_last=True)


def _head(session: Session) -> EventCursor:
    position = session.scalar(select(Cursor.block_number))
    return BEGINNING if position is None else EventCursor(position + 1, 0)


def _behind(cursor: EventCursor) -> ColumnElement[bool]:
    within = and_(LedgerRecord.block_number == cursor.block, LedgerRecord.log_index >= cursor.index)
    return or_(LedgerRecord.block_number > cursor.block, within)


def _conditions(wanted: EventFilter) -> list[ColumnElement[bool]]:
    members = (
        (LedgerRecord.domain, wanted.domains),
        (LedgerRecord.type_name, wanted.types),
        (LedgerRecord.object_id, wanted.objects),
    )
    return [column.in_(values) for column, values in members if values]
