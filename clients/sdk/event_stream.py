"""Server-sent events (WHATWG HTML, section 9.2): bytes in, ids and data out."""

from collections.abc import Iterable, Iterator
from typing import Final

from clients.sdk.errors import AnswerError

STREAM_TYPE: Final = "text/event-stream"
# An event is one signed record (contracts.records: at most 128 kB of calldata), as JSON.
_EVENT_LIMIT: Final = 2 << 20


def events_in(parts: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the id and data of each event; either may be empty, as in a heartbeat.

    An event that the end of the stream cuts off is not yielded.

    Raises:
        AnswerError: An event is too large.
    """
    place, data = "", bytearray()
    for line in _lines(parts):
        if not line:
            if place or data:
                yield place, bytes(data)
            place, data = "", bytearray()
            continue
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"id":
            place = value.decode("ascii", "replace")
        elif name == b"data":
            data += (b"\n" if data else b"") + value
        if len(data) > _EVENT_LIMIT:
            raise AnswerError("event", f"has more than {_EVENT_LIMIT} bytes")


def _lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for part in parts:
        *whole, rest = (rest + part).split(b"\n")
        if len(rest) > _EVENT_LIMIT:
            raise AnswerError("event", f"has more than {_EVENT_LIMIT} bytes")
        yield from (line.removesuffix(b"\r") for line in whole)
