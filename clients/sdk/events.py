"""Follow what happens: pages and streams that go on from a cursor, and signed webhooks.

A stream that breaks is opened again from the last cursor, so that nothing is missed and nothing
comes twice. A webhook may come twice: its event's id says so.
"""

import hmac
import json
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from clients.sdk.answers import Answer
from clients.sdk.connection import Connection
from clients.sdk.errors import (
    AnswerError,
    ServerFailedError,
    ServerUnreachableError,
    WebhookError,
)
from clients.sdk.json_input import parse_json
from contracts.webhooks import (
    EVENT_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    webhook_signature,
)

BEGINNING: Final = "0.0"
NOW: Final = "now"
TOLERANCE_SECONDS: Final = 300
_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 30.0
_TIMESTAMP_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Event:
    """One record that the ledger accepted, as the door tells it: prove it with a bundle.

    Attributes:
        id: The record's digest; the same at each delivery.
        cursor: Go on from here after this event.
        type: Such as CertificateIssue; None where the door does not know it.
        answer: All members.
    """

    id: bytes
    cursor: str
    domain: str
    type: str | None
    object: bytes
    block: int
    answer: Answer

    @classmethod
    def read(cls, answer: Answer) -> Self:
        """Read one event."""
        return cls(
            answer.bytes32("id"),
            answer.text("cursor"),
            answer.text("domain"),
            answer.text_or_none("type"),
            answer.bytes32("object"),
            answer.integer("block"),
            answer,
        )


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events, and where to go on."""

    events: list[Event]
    next: str


class Events:
    """Events and webhooks of one door."""

    def __init__(self, connection: Connection) -> None:
        """Ask over a connection."""
        self._connection = connection

    def page(
        self,
        after: str = BEGINNING,
        *,
        domains: Sequence[str] = (),
        types: Sequence[str] = (),
        objects: Sequence[bytes] = (),
    ) -> EventPage:
        """Return the next events from a cursor on, and where to go on.

        Args:
            after: A cursor, `BEGINNING` or `NOW`.
            domains: Such as origin; empty for all, as the others.
            types: Such as CertificateIssue.
            objects: Identifiers.
        """
        parameters = _parameters(after, domains, types, objects)
        answer = self._connection.get("/v1/events", **parameters)
        events = [Event.read(item) for item in answer.objects("items")]
        return EventPage(events, answer.text("next"))

    def follow(
        self,
        after: str = BEGINNING,
        *,
        domains: Sequence[str] = (),
        types: Sequence[str] = (),
        objects: Sequence[bytes] = (),
        keep: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Generator[Event, None, None]:
        """Yield events for ever, over as many streams as it takes.

        Args:
            after: A cursor, `BEGINNING` or `NOW`.
            domains: As for `page`.
            types: As for `page`.
            objects: As for `page`.
            keep: Told each cursor that was passed, also where no event was for this caller.
            sleep: Waits between attempts to reach a door that does not answer.

        Raises:
            ServerRefusedError: The door refuses: the token has expired, or a filter is wrong.
        """
        # "now" must be one moment: a stream that is opened again goes on from it.
        cursor = self.page(NOW).next if after == NOW else after
        pause = _FIRST_PAUSE
        while True:
            parameters = _parameters(cursor, domains, types, objects)
            try:
                for place, data in self._connection.stream("/v1/events", **parameters):
                    pause = _FIRST_PAUSE
                    cursor = place or cursor
                    if data:
                        yield Event.read(_object(data))
                    if place:
                        keep(cursor)
            except (ServerUnreachableError, ServerFailedError):
                sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    # webhooks

    def register(
        self,
        url: str,
        *,
        after: str = NOW,
        secret: bytes | None = None,
        domains: Sequence[str] = (),
        types: Sequence[str] = (),
        objects: Sequence[bytes] = (),
    ) -> Answer:
        """Register a webhook; the answer's `secret` is shown this once.

        Args:
            url: Where events are sent: https.
            after: Where to begin.
            secret: 16 to 64 bytes; the door makes one if None.
            domains: As for `page`.
            types: As for `page`.
            objects: As for `page`.

        Raises:
            ServerRefusedError: The URL is not one that events may be sent to.
        """
        asked: dict[str, object] = {
            "url": url,
            "after": after,
            "wanted": {
                "domains": list(domains),
                "types": list(types),
                "objects": ["0x" + identifier.hex() for identifier in objects],
            },
        }
        if secret is not None:
            asked["secret"] = secret.hex()
        return self._post("/v1/events/subscriptions", asked)

    def webhooks(self) -> list[Answer]:
        """Return the organisation's webhooks with their state."""
        return self._connection.get("/v1/events/subscriptions").objects("items")

    def webhook(self, identifier: str) -> Answer:
        """Return one webhook with its state."""
        return self._connection.get(f"/v1/events/subscriptions/{identifier}")

    def resume(self, identifier: str, after: str | None = None) -> Answer:
        """Let a webhook be sent again, from where it stood or from another cursor."""
        asked: dict[str, object] = {} if after is None else {"after": after}
        return self._post(f"/v1/events/subscriptions/{identifier}/resume", asked)

    def remove(self, identifier: str) -> None:
        """End a webhook."""
        self._connection.delete(f"/v1/events/subscriptions/{identifier}")

    def _post(self, path: str, value: object) -> Answer:
        return self._connection.post(path, json.dumps(value).encode(), "application/json")


def verify_webhook(
    secret: bytes,
    headers: Mapping[str, str],
    body: bytes,
    now: int,
    tolerance: int = TOLERANCE_SECONDS,
) -> Event:
    """Return the event that a webhook's request carries, if the node sent it, and just now.

    Args:
        secret: The subscription's secret.
        headers: The request's headers; names in any case.
        body: The exact bytes of its body.
        now: Seconds since 1970.
        tolerance: Greatest age, and greatest difference of clocks, in seconds.

    Raises:
        WebhookError: It was not signed with this secret, is too old, or holds no event.
    """
    found = {name.lower(): value for name, value in headers.items()}
    stamp = found.get(TIMESTAMP_HEADER.lower(), "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _TIMESTAMP_DIGITS):
        raise WebhookError("it has no usable timestamp")
    expected = webhook_signature(secret, int(stamp), body)
    if not hmac.compare_digest(expected.encode(), _signature(found)):
        raise WebhookError("the signature is not of this secret and body")
    if abs(now - int(stamp)) > tolerance:
        raise WebhookError(f"it was signed at {stamp}, more than {tolerance} s from now")
    try:
        event = Event.read(_object(body))
    except AnswerError as error:
        raise WebhookError("its body is no event") from error
    if found.get(EVENT_HEADER.lower()) != "0x" + event.id.hex():
        raise WebhookError("its header names another event than its body")
    return event


def _signature(headers: Mapping[str, str]) -> bytes:
    return headers.get(SIGNATURE_HEADER.lower(), "").encode("utf-8", "replace")


def _object(data: bytes) -> Answer:
    try:
        return Answer(parse_json(data), "event")
    except ValueError as error:
        raise AnswerError("event", "is no JSON") from error


def _parameters(
    after: str, domains: Sequence[str], types: Sequence[str], objects: Sequence[bytes]
) -> dict[str, str | Sequence[str]]:
    named: dict[str, list[str]] = {
        "domain": list(domains),
        "type": list(types),
        "object": ["0x" + identifier.hex() for identifier in objects],
    }
    filled = {name: values for name, values in named.items() if values}
    return {"after": after, **filled}
