"""A bank's statement of a day: CSV in, rows out one by one; a bad row stops no other.

    pay_id,tax_id,declaration_no,amount,currency,value_date,reference

UTF-8, the header first, one row a line, a row of at most 1,024 bytes. Amounts are whole dong. Lines
are numbered from 1, the header's.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Final

from contracts.origin.identifiers import REFERENCE
from node.payments.errors import StatementUnusableError

HEADER: Final = (
    "pay_id",
    "tax_id",
    "declaration_no",
    "amount",
    "currency",
    "value_date",
    "reference",
)
LINE_LIMIT: Final = 1_024
_MARK: Final = b"\xef\xbb\xbf"
_TAX_ID: Final = re.compile(r"[0-9]{10}(?:-[0-9]{3})?|[0-9]{12}")
_FORMS: Final = {
    "pay_id": (REFERENCE, "1 to 35 of A-Z, 0-9 and inner . / -"),
    "tax_id": (_TAX_ID, "a tax number of 10, 10-3 or 12 digits"),
    "declaration_no": (REFERENCE, "1 to 35 of A-Z, 0-9 and inner . / -"),
    "amount": (re.compile(r"[1-9][0-9]{0,17}"), "whole dong above 0, digits alone"),
    "currency": (re.compile(r"VND"), "VND; customs is paid in dong"),
}
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TEXT_LIMIT: Final = 140


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One credit as the bank states it.

    Attributes:
        line: Of the statement, from 1.
        pay_id: The payer's name for the payment.
        tax_id: The payer.
        declaration_no: What is paid.
        amount: Whole dong, above 0.
        value_date: The day of the credit.
        reference: The bank's own text.
    """

    line: int
    pay_id: str
    tax_id: str
    declaration_no: str
    amount: int
    value_date: date
    reference: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line of the statement that cannot be used.

    Attributes:
        line: From 1.
        column: Which column; empty for the whole line.
        problem: What is wrong and what to do.
        pay_id: Of the line, where it can be read; else empty.
    """

    line: int
    column: str
    problem: str
    pay_id: str = ""


def read_statement(stream: BinaryIO, day: date | None = None) -> Iterator[StatementRow | BadRow]:
    """Yield the rows of a statement, in order, holding one at a time.

    Args:
        stream: The bytes; left open.
        day: The day that all rows must be of; None for any.

    Raises:
        StatementUnusableError: The first line is not the header.
    """
    first = stream.readline(LINE_LIMIT + 1).removeprefix(_MARK)
    if _cells(first) != list(HEADER):
        raise StatementUnusableError(f"line 1 must be {','.join(HEADER)}")
    line = 1
    while data := stream.readline(LINE_LIMIT + 1):
        line += 1
        if len(data) > LINE_LIMIT:
            _skip_line(stream, data)
            yield BadRow(line, "", f"has more than {LINE_LIMIT} bytes; send one row a line")
            continue
        if data.strip():
            yield _row(line, data, day)


def _skip_line(stream: BinaryIO, data: bytes) -> None:
    while data and not data.endswith(b"\n"):
        data = stream.readline(LINE_LIMIT)


def _cells(data: bytes) -> list[str] | None:
    """Return the cells of a line, None if it is no line of CSV in UTF-8."""
    try:
        text = data.decode("utf-8").rstrip("\r\n")
        return next(csv.reader([text], strict=True), None)
    except (UnicodeDecodeError, csv.Error):
        return None


def _row(line: int, data: bytes, day: date | None) -> StatementRow | BadRow:
    cells = _cells(data)
    if cells is None:
        return BadRow(line, "", "is no line of CSV in UTF-8; send it again, mended")
    if len(cells) != len(HEADER):
        return BadRow(line, "", f"has {len(cells)} cells, not {len(HEADER)}; send all of them")
    pay_id, tax_id, declaration_no, amount, _, value_date, reference = cells
    problem = next(_problems(cells, day), None)
    if problem is not None:
        return BadRow(line, *problem, pay_id if REFERENCE.fullmatch(pay_id) else "")
    found = date.fromisoformat(value_date)
    return StatementRow(line, pay_id, tax_id, declaration_no, int(amount), found, reference)


def _problems(cells: list[str], day: date | None) -> Iterator[tuple[str, str]]:
    """Yield column and problem of every cell that cannot be used."""
    for (name, (form, expected)), cell in zip(_FORMS.items(), cells, strict=False):
        if form.fullmatch(cell) is None:
            yield name, f"{cell[:40]!r} is not {expected}"
    found = _parse_day(cells[5])
    if found is None:
        yield "value_date", f"{cells[5][:40]!r} is no day as 2026-11-23"
    elif day is not None and found != day:
        text = f"{found} is not {day}, the statement's day; send it with that day's statement"
        yield "value_date", text
    if len(cells[6]) > _TEXT_LIMIT or not cells[6].isprintable():
        text = f"has characters that do not print, or more than {_TEXT_LIMIT}; shorten it"
        yield "reference", text


def _parse_day(text: str) -> date | None:
    if _DAY.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
