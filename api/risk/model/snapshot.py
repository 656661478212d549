"""A history as bytes and back: the same history gives the same bytes; pure.

Layout: a line with the format, then compressed (zlib): a line of JSON with the counts, and per
table its entries in the order of their hashes: hash (5 bytes), then integers of seven bits per
byte, lowest first. It holds hashes and counts, no rows and no names.
"""

import json
import zlib
from array import array
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from api.risk.model.errors import StateRefusedError
from api.risk.model.groups import KEY_BYTES
from api.risk.model.prices import SAMPLE
from api.risk.model.rates import Generations, packed_counts, unpacked_counts
from api.risk.model.state import FeatureState, Keys, Result, Seen

FORMAT: Final = b"tradeseal-risk-state/1\n"
_MORE: Final = 0x80
_LONGEST: Final = 7
"""Bytes of one integer: none here needs more than 40 bits."""
_LEVEL: Final = 9
_BODY_LIMIT: Final = 1 << 30
_NO_PRICE: Final = 1 << 20


def snapshot(state: FeatureState) -> bytes:
    """Return a history as bytes."""
    header = {
        "lag_days": state.lag_days,
        "limit": state.limit,
        "reached": None if state.reached is None else state.reached.isoformat(),
        "frauds": state.frauds,
        "labels": state.labels,
        "tables": [_sizes(table.entries) for table in state.tables],
        "prices": [_sizes(table.entries) for table in state.prices],
        "seen": _days(state.waiting_seen),
        "results": _days(state.waiting_results),
    }
    out = bytearray()
    out += json.dumps(header, separators=(",", ":"), sort_keys=True).encode() + b"\n"
    for table in state.tables:
        for _, key, packed in table.entries.items():
            out += key.to_bytes(KEY_BYTES, "big")
            _write(out, unpacked_counts(packed))
    for prices in state.prices:
        for _, key, sample in prices.entries.items():
            out += key.to_bytes(KEY_BYTES, "big")
            _write(out, (len(sample), *(_unsigned(one) for one in sample)))
    for day in sorted(state.waiting_seen):
        for keys, price in state.waiting_seen[day]:
            _write(out, (*keys, _NO_PRICE if price is None else _unsigned(price)))
    for day in sorted(state.waiting_results):
        for keys, fraud in state.waiting_results[day]:
            _write(out, (*keys, int(fraud)))
    return FORMAT + zlib.compress(bytes(out), _LEVEL)


def restore(data: bytes) -> FeatureState:
    """Return the history of a snapshot.

    Raises:
        StateRefusedError: It is none, or is cut short, or has more bytes than it says.
    """
    if not data.startswith(FORMAT):
        raise StateRefusedError("is of another format")
    try:
        body = _inflated(data[len(FORMAT) :])
        end = body.find(b"\n")
        header = json.loads(body[:end])
        reader = _Reader(body, end + 1)
        state = _restored(header, reader)
    except (IndexError, KeyError, ValueError, TypeError, OverflowError, zlib.error) as fault:
        raise StateRefusedError("is damaged") from fault
    if reader.place != len(body):
        raise StateRefusedError("has more bytes than its header says")
    return state


def _inflated(data: bytes) -> bytes:
    """Return the bytes of one whole stream, at most `_BODY_LIMIT`; nothing may follow it."""
    stream = zlib.decompressobj()
    body = stream.decompress(data, _BODY_LIMIT)
    if not stream.eof or stream.unused_data:
        raise ValueError(len(data))
    return body


class _Reader:
    def __init__(self, data: bytes, place: int) -> None:
        self.data = data
        self.place = place

    def key(self) -> int:
        found = self.data[self.place : self.place + KEY_BYTES]
        if len(found) != KEY_BYTES:
            raise IndexError(self.place)
        self.place += KEY_BYTES
        return int.from_bytes(found, "big")

    def integer(self) -> int:
        value = 0
        for step in range(_LONGEST):
            byte = self.data[self.place]
            self.place += 1
            value |= (byte & ~_MORE) << 7 * step
            if byte < _MORE:
                return value
        raise ValueError(self.place)


def _restored(header: dict[str, Any], reader: _Reader) -> FeatureState:
    state = FeatureState(header["lag_days"], header["limit"])
    reached = header["reached"]
    state.reached = None if reached is None else date.fromisoformat(reached)
    state.frauds, state.labels = header["frauds"], header["labels"]
    for table, sizes in zip(state.tables, header["tables"], strict=True):
        for store, size in zip((table.entries.old, table.entries.young), sizes, strict=True):
            for _ in range(size):
                key = reader.key()
                store[key] = packed_counts(reader.integer(), reader.integer(), reader.integer())
    for prices, sizes in zip(state.prices, header["prices"], strict=True):
        samples = (prices.entries.old, prices.entries.young)
        for kept, size in zip(samples, sizes, strict=True):
            for _ in range(size):
                key = reader.key()
                kept[key] = _sample(reader)
    places = len(state.tables)
    for day, count in header["seen"]:
        state.waiting_seen[date.fromisoformat(day)] = [_seen(reader, places) for _ in range(count)]
    for day, count in header["results"]:
        found = [_result(reader, places) for _ in range(count)]
        state.waiting_results[date.fromisoformat(day)] = found
    return state


def _sample(reader: _Reader) -> "array[int]":
    count = reader.integer()
    if count > SAMPLE:
        raise ValueError(count)
    return array("h", (_signed(reader.integer()) for _ in range(count)))


def _seen(reader: _Reader, places: int) -> Seen:
    keys = _keys(reader, places)
    price = reader.integer()
    return keys, None if price == _NO_PRICE else _signed(price)


def _result(reader: _Reader, places: int) -> Result:
    return _keys(reader, places), bool(reader.integer())


def _keys(reader: _Reader, places: int) -> Keys:
    return tuple(reader.integer() for _ in range(places))


def _sizes(entries: Generations[Any]) -> list[int]:
    return [len(entries.old), len(entries.young)]


def _days(waiting: dict[date, list[Any]]) -> list[tuple[str, int]]:
    return [(day.isoformat(), len(waiting[day])) for day in sorted(waiting)]


def _unsigned(value: int) -> int:
    return value << 1 if value >= 0 else -value << 1 | 1


def _signed(value: int) -> int:
    return -(value >> 1) if value & 1 else value >> 1


def _write(out: bytearray, values: Iterable[int]) -> None:
    for value in values:
        rest = value
        while rest >= _MORE:
            out.append(rest & ~_MORE & 0xFF | _MORE)
            rest >>= 7
        out.append(rest)
