"""Pages of lists: an opaque cursor says behind which element the next page begins."""

import base64
import binascii
from typing import Annotated, Final

from fastapi import Query

from node.errors import CursorMalformedError

LIMIT_DEFAULT: Final = 50
LIMIT_GREATEST: Final = 200
_PLACE_DIGITS: Final = 18

Limit = Annotated[
    int, Query(ge=1, le=LIMIT_GREATEST, description="Elements on a page.", examples=[50])
]
Cursor = Annotated[
    str | None,
    Query(max_length=200, description="The `next` of the page before; leave it out for the first."),
]


def write_cursor(list_name: str, last: str) -> str:
    """Return the cursor behind an element of a list."""
    return base64.urlsafe_b64encode(f"{list_name}\n{last}".encode()).rstrip(b"=").decode()


def read_cursor(list_name: str, cursor: str | None) -> str | None:
    """Return the element that a cursor stands behind, None for the beginning.

    Raises:
        CursorMalformedError: It is no cursor of this list.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        name, _, last = base64.b64decode(padded, b"-_", validate=True).decode().partition("\n")
    except (binascii.Error, ValueError) as error:
        raise CursorMalformedError(cursor[:80]) from error
    if name != list_name or not last or write_cursor(list_name, last) != cursor:
        raise CursorMalformedError(cursor[:80])
    return last


def read_place(list_name: str, cursor: str | None) -> int:
    """Return the number that a cursor stands behind, 0 for the beginning.

    Raises:
        CursorMalformedError: It is no cursor of this list, or of no number below 10^18.
    """
    last = read_cursor(list_name, cursor)
    if last is None:
        return 0
    if not last.isascii() or not last.isdigit() or len(last) > _PLACE_DIGITS:
        raise CursorMalformedError(last[:80])
    return int(last)
