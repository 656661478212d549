"""Delivers events to webhooks: in order, at least once, whatever breaks in between.

(1) A subscription's events go one after the other; the next waits until the one before was taken.
(2) The cursor moves, durably, after the receiver has answered 2xx. A crash in between sends the
    event again, with the same id and the same body.
(3) A failed attempt waits longer each time, with jitter, so that receivers that come back are not
    all met at once. After `Policy.give_up` without success the subscription is disabled, with the
    reason; resuming goes on where it stood.
(4) Each subscription has a thread of a pool for as long as it delivers: one that hangs holds up no
    other, until as many hang at once as there are threads.
"""

import logging
import random
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from chain.observability.events import log_event
from contracts.webhooks import (
    EVENT_HEADER,
    SIGNATURE_HEADER,
    SUBSCRIPTION_HEADER,
    TIMESTAMP_HEADER,
    webhook_signature,
)
from node.subscriptions.errors import DeliveryError, SubscriptionUnknownError
from node.subscriptions.events import Event, EventCursor
from node.subscriptions.reading import EventReader
from node.subscriptions.store import SubscriptionStore, cursor_of, wanted_of
from node.subscriptions.tables import Subscription, SubscriptionStatus
from node.subscriptions.visibility import Visibility

_THREADS: Final = 8
_PAGE: Final = 50
_GREATEST_DOUBLING: Final = 30
_SEALED_ELSEWHERE: Final = (
    "its secret was sealed under another account key: remove the subscription and register anew"
)

logger = logging.getLogger(__name__)


class Receiver(Protocol):
    """Takes events; safe for many threads."""

    def post(self, url: str, headers: dict[str, str], body: bytes) -> None:
        """Send one; on return it was taken.

        Raises:
            DeliveryError: It was not, as far as is known.
        """
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """How failures are met; seconds.

    Attributes:
        first: Pause after the first failure; it doubles with each further one.
        longest: Longest pause.
        give_up: How long all attempts may fail before the subscription is disabled.
    """

    first: float = 1.0
    longest: float = 3_600.0
    give_up: float = 72 * 3_600.0

    def pause(self, failures: int, chance: float) -> float:
        """Return how long to wait after so many failures in a row.

        Args:
            failures: >= 1.
            chance: 0 to 1: the pause is half of the longest possible one and this part of the rest.
        """
        doubled = self.first * float(1 << min(failures - 1, _GREATEST_DOUBLING))
        return min(doubled, self.longest) * (0.5 + chance / 2)


class Dispatcher:
    """The webhooks of one organisation."""

    def __init__(
        self,
        store: SubscriptionStore,
        reader: EventReader,
        receiver: Receiver,
        visibility: Callable[[bool, bool], Visibility],
        *,
        clock: Callable[[], datetime],
        policy: Policy | None = None,
    ) -> None:
        """Prepare; nothing is sent before `step`.

        Args:
            store: The subscriptions.
            reader: Their events.
            receiver: Sends one event.
            visibility: What a subscriber may see now, by its rights when it registered.
            clock: Gives the time.
            policy: How failures are met.
        """
        self._store = store
        self._reader = reader
        self._receiver = receiver
        self._visibility = visibility
        self._clock = clock
        self._policy = policy or Policy()
        self._pool = ThreadPoolExecutor(_THREADS, "webhook")
        self._running: dict[str, Future[None]] = {}
        self._reached: dict[str, tuple[EventCursor, EventCursor]] = {}
        self._closing = threading.Event()

    def step(self) -> bool:
        """Begin what is due; return whether anything is under way.

        Raises:
            StorageError: A database refused.
        """
        self._reap()
        head = self._reader.head()
        for identifier in self._store.due(self._now_ms()):
            if identifier not in self._running and not self._is_level(identifier, head):
                self._running[identifier] = self._pool.submit(self._deliver, identifier)
        return bool(self._running)

    def close(self) -> None:
        """End; waits for the requests that are under way, at most one per subscription."""
        self._closing.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _reap(self) -> None:
        for identifier in [name for name, future in self._running.items() if future.done()]:
            future = self._running.pop(identifier)
            if not future.cancelled():
                future.result()  # a fault of this machine must stop the worker

    def _is_level(self, identifier: str, head: EventCursor) -> bool:
        """Tell whether nothing was indexed since it was last found to have nothing to deliver."""
        known = self._reached.get(identifier)
        if known is None or known[1] < head:
            return False
        try:
            return cursor_of(self._store.subscription(identifier)) == known[0]
        except SubscriptionUnknownError:
            return True

    def _deliver(self, identifier: str) -> None:
        while not self._closing.is_set():
            try:
                row = self._store.subscription(identifier)
            except SubscriptionUnknownError:
                self._reached.pop(identifier, None)
                return
            if row.status != SubscriptionStatus.ACTIVE:
                return
            visibility = self._visibility(row.certificates, row.authority)
            start = max(cursor_of(row), self._passed(row))
            page = self._reader.after(start, wanted_of(row), visibility, _PAGE)
            if not self._send(row, page.events):
                return
            stands = page.events[-1].cursor if page.events else cursor_of(row)
            self._reached[identifier] = (stands, page.reached)
            if page.is_last:
                return

    def _passed(self, row: Subscription) -> EventCursor:
        """Return up to where there is known to be nothing more, if the cursor was not set back."""
        stands, reached = self._reached.get(row.id, (None, None))
        own = cursor_of(row)
        return reached if reached is not None and stands == own else own

    def _send(self, row: Subscription, events: tuple[Event, ...]) -> bool:
        """Deliver some events in their order; return whether all were taken."""
        secret = self._store.secret(row)
        if secret is None:
            self._disable(row, _SEALED_ELSEWHERE)
            return False
        before = cursor_of(row)
        for event in events:
            if self._closing.is_set():
                return False
            try:
                self._post(row, secret, event)
            except DeliveryError as error:
                self._failed(row.id, error)
                return False
            if not self._store.taken(row.id, before, event.cursor, self._now_ms() // 1_000):
                return False
            before = event.cursor
        return True

    def _post(self, row: Subscription, secret: bytes, event: Event) -> None:
        body, timestamp = event.to_bytes(), self._now_ms() // 1_000
        headers = {
            "Content-Type": "application/json",
            EVENT_HEADER: event.id,
            SUBSCRIPTION_HEADER: row.id,
            TIMESTAMP_HEADER: str(timestamp),
            SIGNATURE_HEADER: webhook_signature(secret, timestamp, body),
        }
        self._receiver.post(row.url, headers, body)

    def _failed(self, identifier: str, error: DeliveryError) -> None:
        now_ms = self._now_ms()
        try:
            row = self._store.subscription(identifier)
        except SubscriptionUnknownError:
            return
        pause = self._policy.pause(row.failures + 1, random.random())  # noqa: S311  mere jitter
        now = now_ms // 1_000
        self._store.failed(identifier, error.reason, now, now_ms + int(pause * 1_000))
        since = now if row.failing_since is None else row.failing_since
        if error.is_final:
            self._disable(row, f"the receiver wants no more events: {error.reason}")
        elif now - since >= self._policy.give_up:
            hours = self._policy.give_up / 3_600
            self._disable(row, f"no event was taken for {hours:g} h; the last time: {error.reason}")

    def _disable(self, row: Subscription, problem: str) -> None:
        self._store.disable(row.id, problem)
        log_event(logger, logging.WARNING, "webhook disabled", subscription=row.id, reason=problem)

    def _now_ms(self) -> int:
        return int(self._clock().timestamp() * 1_000)
