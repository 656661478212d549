"""Recursive Length Prefix: the one canonical encoding, nothing else.

Written here, in full, because what a library refuses depends on its version
and on whether its native part is installed; proofs need one answer.

Source: Ethereum Yellow Paper, appendix B.
"""

from collections.abc import Sequence
from typing import TypeAlias

from chain.proofs.errors import MalformedError

Item: TypeAlias = bytes | list["Item"]
"""A byte string, or a list of items."""

MAX_DEPTH = 16
"""Deepest nesting that is read; a typed transaction inside a list needs five."""

_SHORT = 55
_EMPTY = 0x80
_HASH = 0x80 + 32


def encode(item: bytes | Sequence[Item]) -> bytes:
    """Return the encoding of a byte string or a list."""
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:  # noqa: PLR2004 - such a byte is its own encoding
            return item
        return _prefix(len(item), 0x80) + item
    payload = b"".join([encode(element) for element in item])
    return _prefix(len(payload), 0xC0) + payload


def encode_integer(value: int) -> bytes:
    """Return the byte string of a non-negative integer: no leading zero, empty for 0."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def decode(data: bytes) -> Item:
    """Read one item that takes up all of `data`.

    Raises:
        MalformedError: The encoding is cut off, trailed by more bytes, nested
            too deep, or not canonical.
    """
    item, end = _read(data, 0, len(data), MAX_DEPTH)
    if end != len(data):
        raise _error("bytes follow the item")
    return item


def decode_list(what: str, data: bytes) -> list[Item]:
    """Read a list that takes up all of `data`.

    Raises:
        MalformedError: It is not canonical, or a byte string.
    """
    item = decode(data)
    if isinstance(item, bytes):
        raise MalformedError(what, "a byte string where a list belongs")
    return item


def decode_strings(what: str, data: bytes) -> list[bytes]:
    """Read a list of byte strings that takes up all of `data`.

    Raises:
        MalformedError: It is not canonical, or holds a list.
    """
    items = decode_list(what, data)
    strings = [item for item in items if isinstance(item, bytes)]
    if len(strings) != len(items):
        raise MalformedError(what, "a list where a byte string belongs")
    return strings


def decode_integer(what: str, data: bytes, size: int) -> int:
    """Read a non-negative integer of at most `size` bytes.

    Raises:
        MalformedError: It is longer, or has a leading zero.
    """
    if len(data) > size:
        raise MalformedError(what, f"an integer is longer than {size} bytes")
    if data[:1] == b"\0":
        raise MalformedError(what, "an integer has a leading zero")
    return int.from_bytes(data, "big")


def _prefix(length: int, offset: int) -> bytes:
    if length <= _SHORT:
        return bytes((offset + length,))
    size = encode_integer(length)
    return bytes((offset + _SHORT + len(size),)) + size


def _read(data: bytes, position: int, end: int, depth: int) -> tuple[Item, int]:
    """Read the item at `position`; return it and the position behind it."""
    if position >= end:
        raise _error("the bytes end where an item belongs")
    first = data[position]
    if first < 0x80:  # noqa: PLR2004
        return data[position : position + 1], position + 1
    start, stop = _payload(data, position, end)
    if first < 0xC0:  # noqa: PLR2004
        if stop - start == 1 and data[start] < 0x80:  # noqa: PLR2004
            raise _error("a single byte is encoded as a string")
        return data[start:stop], stop
    if not depth:
        raise _error(f"lists are nested deeper than {MAX_DEPTH}")
    return _read_items(data, start, stop, depth - 1), stop


def _read_items(data: bytes, position: int, stop: int, depth: int) -> list[Item]:
    """Read the items of a list; empty strings and hashes, the bulk of a trie, at once."""
    items: list[Item] = []
    while position < stop:
        first = data[position]
        if first == _EMPTY:
            items.append(b"")
            position += 1
        elif first == _HASH and position + 32 < stop:
            items.append(data[position + 1 : position + 33])
            position += 33
        else:
            item, position = _read(data, position, stop, depth)
            items.append(item)
    return items


def _payload(data: bytes, position: int, end: int) -> tuple[int, int]:
    """Return where the payload of the item at `position` starts and stops."""
    first = data[position]
    length = first - (0x80 if first < 0xC0 else 0xC0)  # noqa: PLR2004
    start = position + 1
    if length > _SHORT:
        size = length - _SHORT
        digits = data[start : start + size]
        start += size
        length = int.from_bytes(digits, "big")
        if start > end or digits[0] == 0 or length <= _SHORT:
            raise _error("a length is cut off or not in its shortest form")
    if length > end - start:
        raise _error("an item is longer than what holds it")
    return start, start + length


def _error(reason: str) -> MalformedError:
    return MalformedError("RLP", reason)
