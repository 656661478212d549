"""Keeps subscriptions: what is registered, where each stands, why one was disabled."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from node.database.database import Database
from node.subscriptions.errors import SubscriptionRefusedError, SubscriptionUnknownError
from node.subscriptions.events import EventCursor
from node.subscriptions.reading import EventFilter
from node.subscriptions.sealing import SecretBox
from node.subscriptions.tables import Subscription, SubscriptionStatus

SUBSCRIPTIONS_LIMIT: Final = 100
_PROBLEM_LIMIT: Final = 500
_ID_SIZE: Final = 16


@dataclass(frozen=True, slots=True)
class Registration:
    """What is asked for.

    Attributes:
        url: Where events go; checked before.
        secret: What signs them.
        wanted: Which events.
        certificates: Whether the subscriber may see more than Membership.
        authority: Whether an authority registers.
        created_by: Who registers.
        cursor: Where to begin.
    """

    url: str
    secret: bytes
    wanted: EventFilter
    certificates: bool
    authority: bool
    created_by: str
    cursor: EventCursor


def wanted_of(row: Subscription) -> EventFilter:
    """Return a subscription's filter."""
    return EventFilter(**{name: tuple(values) for name, values in json.loads(row.wanted).items()})


def cursor_of(row: Subscription) -> EventCursor:
    """Return where a subscription stands."""
    return EventCursor(row.block, row.log_index)


class SubscriptionStore:
    """The subscriptions of one organisation; each change is durable on return."""

    def __init__(self, state: Database, box: SecretBox) -> None:
        """Keep them in the state database, secrets sealed."""
        self._state = state
        self._box = box

    def register(self, asked: Registration, now: int) -> Subscription:
        """Return a new subscription.

        Raises:
            SubscriptionRefusedError: There are too many.
            StorageError: Nothing was registered.
        """
        identifier = secrets.token_hex(_ID_SIZE)
        row = Subscription(
            id=identifier,
            url=asked.url,
            secret=self._box.seal(identifier, asked.secret),
            wanted=json.dumps(asdict(asked.wanted)),
            certificates=asked.certificates,
            authority=asked.authority,
            created_by=asked.created_by,
            created_at=now,
            block=asked.cursor.block,
            log_index=asked.cursor.index,
        )
        with self._state.write() as session:
            number = session.scalar(select(func.count()).select_from(Subscription)) or 0
            if number >= SUBSCRIPTIONS_LIMIT:
                problem = f"there are {number} already"
                raise SubscriptionRefusedError("subscriptions", problem, "remove one first")
            session.add(row)
        return row

    def subscriptions(self) -> Sequence[Subscription]:
        """Return all, oldest first."""
        order = (Subscription.created_at, Subscription.id)
        with self._state.read() as session:
            return session.scalars(select(Subscription).order_by(*order)).all()

    def subscription(self, identifier: str) -> Subscription:
        """Return one.

        Raises:
            SubscriptionUnknownError: There is none.
        """
        with self._state.read() as session:
            return _one(session, identifier)

    def secret(self, row: Subscription) -> bytes | None:
        """Return a subscription's secret, None where another account key sealed it."""
        return self._box.open(row.id, row.secret)

    def remove(self, identifier: str) -> None:
        """End a subscription.

        Raises:
            SubscriptionUnknownError: There is none.
        """
        with self._state.write() as session:
            session.delete(_one(session, identifier))

    def resume(self, identifier: str, cursor: EventCursor | None) -> Subscription:
        """Send again from now on, from where it stood or from another place.

        Raises:
            SubscriptionUnknownError: There is none.
        """
        with self._state.write() as session:
            row = _one(session, identifier)
            if cursor is not None:
                row.block, row.log_index = cursor.block, cursor.index
            row.status = SubscriptionStatus.ACTIVE
            row.failures, row.failing_since, row.next_at, row.problem = 0, None, 0, None
        return row

    def due(self, now_ms: int) -> Sequence[str]:
        """Return the active ones whose next attempt may be made."""
        query = select(Subscription.id).where(
            Subscription.status == SubscriptionStatus.ACTIVE, Subscription.next_at <= now_ms
        )
        with self._state.read() as session:
            return session.scalars(query.order_by(Subscription.next_at)).all()

    def taken(self, identifier: str, before: EventCursor, after: EventCursor, now: int) -> bool:
        """Move a cursor behind an event that the receiver took.

        Returns:
            Whether it still stood where the event was read from: somebody may have ended the
            subscription, or set it back, in between.
        """
        with self._state.write() as session:
            row = session.get(Subscription, identifier, with_for_update=True)
            if row is None or cursor_of(row) != before:
                return False
            row.block, row.log_index = after.block, after.index
            row.failures, row.failing_since, row.problem = 0, None, None
            row.next_at, row.delivered_at = 0, now
            return row.status != SubscriptionStatus.DISABLED

    def failed(self, identifier: str, problem: str, now: int, next_at_ms: int) -> None:
        """Note a failed attempt."""
        with self._state.write() as session:
            row = session.get(Subscription, identifier, with_for_update=True)
            if row is None:
                return
            row.failures += 1
            row.failing_since = now if row.failing_since is None else row.failing_since
            row.next_at, row.problem = next_at_ms, problem[:_PROBLEM_LIMIT]

    def disable(self, identifier: str, problem: str) -> None:
        """Send nothing more until it is resumed."""
        with self._state.write() as session:
            row = session.get(Subscription, identifier, with_for_update=True)
            if row is not None:
                row.status, row.problem = SubscriptionStatus.DISABLED, problem[:_PROBLEM_LIMIT]


def _one(session: Session, identifier: str) -> Subscription:
    row = session.get(Subscription, identifier)
    if row is None:
        raise SubscriptionUnknownError(identifier[:80])
    return row
