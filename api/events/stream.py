"""Server-sent events: a stream that ends now and then, and goes on from its cursor.

Each event's `id` is the cursor behind it, so a browser's EventSource sends it back by itself in
`Last-Event-ID`. A heartbeat is a comment, with the id of the place reached, so that a subscriber
that sees few events does not go far back. A stream ends after `LIFE_SECONDS`: who goes on shows its
token again.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Final

from starlette.concurrency import run_in_threadpool

from node.subscriptions.events import Event, EventCursor
from node.subscriptions.reading import EventPage

LIFE_SECONDS: Final = 900.0
HEARTBEAT_SECONDS: Final = 15.0
POLL_SECONDS: Final = 0.25
STREAMS_LIMIT: Final = 200
CALLER_LIMIT: Final = 20
"""Streams of one caller, so that nobody takes them all."""
MEDIA_TYPE: Final = "text/event-stream"
_RETRY_MILLISECONDS: Final = 1_000


@dataclass(slots=True)
class StreamCount:
    """How many streams are open on one door; touched by the event loop's thread alone."""

    open: int = 0
    callers: Counter[str] = field(default_factory=Counter[str])


async def stream(
    read: Callable[[EventCursor], EventPage],
    start: EventCursor,
    is_ending: Callable[[], bool],
    life: float | None = None,
) -> AsyncIterator[bytes]:
    """Yield events as they come, until the stream's life ends or the door closes.

    Args:
        read: Returns the next events from a place on; may block.
        start: Where to begin.
        is_ending: Whether the door closes.
        life: Seconds; `LIFE_SECONDS` if None.
    """
    cursor, begun = start, time.monotonic()
    beaten = begun
    yield b"retry: %d\n\n" % _RETRY_MILLISECONDS
    while not is_ending():
        page = await run_in_threadpool(read, cursor)
        for event in page.events:
            yield event_text(event)
        cursor = page.reached
        now = time.monotonic()
        if now - begun >= (LIFE_SECONDS if life is None else life):
            break
        if page.events:
            beaten = now
        elif now - beaten >= HEARTBEAT_SECONDS:
            yield heartbeat(cursor)
            beaten = now
        if page.is_last:
            await asyncio.sleep(POLL_SECONDS)
    yield heartbeat(cursor)


def event_text(event: Event) -> bytes:
    """Return an event as the stream has it; canonical JSON has no line breaks."""
    kind = (event.type or "record").encode()
    cursor = str(event.cursor).encode()
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (cursor, kind, event.to_bytes())


def heartbeat(cursor: EventCursor) -> bytes:
    """Return a heartbeat: it shows nothing, and moves the subscriber's place."""
    return b": heartbeat\nid: %b\n\n" % str(cursor).encode()
