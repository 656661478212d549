"""Cursors of clearance's lists: a time or block, and identifiers behind it."""

from typing import Final

from api.paging import read_cursor, write_cursor
from node.errors import CursorMalformedError

_DIGITS: Final = 18


def place_after(name: str, cursor: str | None) -> tuple[int, str]:
    """Return the number and identifier that a cursor stands behind; (-1, "") to begin.

    Raises:
        CursorMalformedError: It is no cursor of this list.
    """
    last = read_cursor(name, cursor)
    if last is None:
        return -1, ""
    number, _, identifier = last.partition(" ")
    return whole(number), identifier


def cursor_behind(name: str, number: int, identifier: str) -> str:
    """Return the cursor behind a number and an identifier."""
    return write_cursor(name, f"{number} {identifier}")


def whole(text: str) -> int:
    """Return a cursor's number.

    Raises:
        CursorMalformedError: It is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise CursorMalformedError(text[:80])
    return int(text)
