"""The small canonical part of Protocol Buffers that CometBFT signs and hashes.

Writing follows proto3 with gogoproto: fields in ascending order, default
values left out, embedded messages that are not nullable always written.
Reading takes the fields apart; each message then encodes what it has read and
compares, so that only canonical bytes pass.

Source: protobuf.dev/programming-guides/encoding; CometBFT v0.38, proto/tendermint.
"""

from collections.abc import Iterator
from typing import TypeAlias

from chain.proofs.constants import (
    MAX_TIMESTAMP_SECONDS,
    MIN_TIMESTAMP_SECONDS,
    NANOSECONDS,
    TimeNs,
)
from chain.proofs.errors import MalformedError

Field: TypeAlias = tuple[int, int | bytes]
"""A field number and its value: an integer (varint) or bytes (length-delimited)."""

_VARINT = 0
_FIXED64 = 1
_BYTES = 2
_MAX_VARINT_BYTES = 10
_UINT64 = 1 << 64
_INT64 = 1 << 63


def uvarint(value: int) -> bytes:
    """Return the shortest base-128 encoding of 0 <= value < 2**64."""
    if value < 0x80:  # noqa: PLR2004 - one byte holds seven bits
        return bytes((value,))
    parts = bytearray()
    while value > 0x7F:  # noqa: PLR2004
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def integer(number: int, value: int) -> bytes:
    """Return an int64, uint64 or enum field; nothing for zero."""
    return uvarint(number << 3 | _VARINT) + uvarint(value % _UINT64) if value else b""


def fixed64(number: int, value: int) -> bytes:
    """Return an sfixed64 field; nothing for zero."""
    if not value:
        return b""
    return uvarint(number << 3 | _FIXED64) + (value % _UINT64).to_bytes(8, "little")


def chunk(number: int, value: bytes) -> bytes:
    """Return a bytes or string field; nothing when empty."""
    return embedded(number, value) if value else b""


def embedded(number: int, value: bytes) -> bytes:
    """Return an embedded message, written even when it is empty."""
    return uvarint(number << 3 | _BYTES) + uvarint(len(value)) + value


def timestamp(time: TimeNs) -> bytes:
    """Return a google.protobuf.Timestamp."""
    seconds, nanoseconds = divmod(time, NANOSECONDS)
    return integer(1, seconds) + integer(2, nanoseconds)


def length_delimited(message: bytes) -> bytes:
    """Return a message behind its length, as CometBFT signs it."""
    return uvarint(len(message)) + message


def read_fields(what: str, data: bytes) -> Iterator[Field]:
    """Yield the fields of a message in the order of their bytes.

    Raises:
        MalformedError: The bytes are cut off, or use a wire type that no
            message of the proof formats uses.
    """
    position, end = 0, len(data)
    while position < end:
        tag, position = _read_uvarint(what, data, position)
        value, position = _read_uvarint(what, data, position)
        if tag & 7 == _VARINT:
            yield tag >> 3, value
        elif tag & 7 == _BYTES:
            if value > end - position:
                raise MalformedError(what, "a field is longer than the message")
            yield tag >> 3, data[position : position + value]
            position += value
        else:
            raise MalformedError(what, f"wire type {tag & 7} is not used here")


class FieldReader:
    """The fields of one message, taken apart and typed.

    A field that occurs twice keeps all its values; the comparison with the
    message's own encoding, by its caller, refuses what is not canonical.
    """

    __slots__ = ("_values", "_what")

    def __init__(self, what: str, data: bytes, known: range) -> None:
        self._what = what
        self._values: dict[int, list[int | bytes]] = {}
        for number, value in read_fields(what, data):
            if number not in known:
                raise MalformedError(what, f"unknown field {number}")
            self._values.setdefault(number, []).append(value)

    def integer(self, number: int) -> int:
        """Return an unsigned integer field, 0 when absent."""
        value = self._single(number, 0)
        if not isinstance(value, int):
            raise MalformedError(self._what, f"field {number} must be an integer")
        return value

    def signed(self, number: int) -> int:
        """Return an int64 field, 0 when absent."""
        value = self.integer(number)
        return value - _UINT64 if value >= _INT64 else value

    def chunk(self, number: int) -> bytes:
        """Return a bytes field or embedded message, empty when absent."""
        value = self._single(number, b"")
        if not isinstance(value, bytes):
            raise MalformedError(self._what, f"field {number} must be bytes")
        return value

    def chunks(self, number: int) -> tuple[bytes, ...]:
        """Return all values of a repeated bytes field or embedded message."""
        values = self._values.get(number, [])
        chunks = tuple(value for value in values if isinstance(value, bytes))
        if len(chunks) != len(values):
            raise MalformedError(self._what, f"field {number} must be bytes")
        return chunks

    def time(self, number: int) -> TimeNs:
        """Return a google.protobuf.Timestamp field."""
        return read_timestamp(self._what, self.chunk(number))

    def _single(self, number: int, default: int | bytes) -> int | bytes:
        values = self._values.get(number)
        if values is None:
            return default
        if len(values) > 1:
            raise MalformedError(self._what, f"field {number} occurs more than once")
        return values[0]


def read_timestamp(what: str, data: bytes) -> TimeNs:
    """Read a google.protobuf.Timestamp.

    Raises:
        MalformedError: The time lies outside the years 1 to 9999, or its
            nanoseconds outside one second.
    """
    fields = FieldReader(what, data, range(1, 3))
    seconds, nanoseconds = fields.signed(1), fields.signed(2)
    if not MIN_TIMESTAMP_SECONDS <= seconds <= MAX_TIMESTAMP_SECONDS:
        raise MalformedError(what, "a time lies outside the years 1 to 9999")
    if not 0 <= nanoseconds < NANOSECONDS:
        raise MalformedError(what, "nanoseconds lie outside one second")
    return TimeNs(seconds * NANOSECONDS + nanoseconds)


def require_canonical(what: str, given: bytes, canonical: bytes) -> None:
    """Refuse bytes that differ from the canonical encoding of what they say.

    Raises:
        MalformedError: They differ.
    """
    if given != canonical:
        raise MalformedError(what, "it is not in canonical form")


def _read_uvarint(what: str, data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for index in range(_MAX_VARINT_BYTES):
        if position >= len(data):
            raise MalformedError(what, "the bytes end inside a field")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:  # noqa: PLR2004
            if value >= _UINT64:
                break
            return value, position
    raise MalformedError(what, "an integer exceeds 64 bits")
