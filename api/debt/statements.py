"""A statement of account as JSON and as CSV, in Vietnamese and English."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from node.debt.law import RATE_SCALE
from node.debt.model import NO_DAY
from node.debt.statement import Accrual, OpenItem, Row, Statement
from node.debt.texts import HEADINGS, KINDS

FORMAT: Final = "tradeseal-debt-statement/1"
_COLUMNS: Final = (
    "effective_on",
    "booked_at",
    "kind",
    "kind_vi",
    "declaration_no",
    "tax",
    "sub_item",
    "amount",
    "change",
    "balance",
    "interest_paid",
    "entry",
    "reversed_by",
    "source",
)


def statement_json(statement: Statement) -> dict[str, Any]:
    """Return a statement as JSON; amounts are whole dong as strings."""
    kinds = sorted({row.entry.kind for row in statement.rows})
    return {
        "format": FORMAT,
        "taxpayer": statement.taxpayer,
        "currency": "VND",
        "on": statement.on.isoformat(),
        "since": None if statement.since is None else statement.since.isoformat(),
        "known_at": statement.known_at,
        "rules": list(statement.rules),
        "opening": str(statement.opening),
        "rows": [_row(row) for row in statement.rows],
        "open_items": [_open_item(each) for each in statement.open_items],
        "closing": {
            "tax": str(statement.tax),
            "interest": str(statement.interest),
            "fine": str(statement.fine),
            "unapplied": str(statement.unapplied),
            "total": str(statement.closing),
        },
        "kinds": {kind.value: {"vi": KINDS[kind].vi, "en": KINDS[kind].en} for kind in kinds},
        "headings": {name: {"vi": words.vi, "en": words.en} for name, words in HEADINGS.items()},
    }


def statement_csv(statement: Statement) -> Iterator[str]:
    """Yield a statement's rows as CSV (RFC 4180), a part at a time.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(_COLUMNS)
    for place, row in enumerate(statement.rows, 1):
        writer.writerow(_cells(row))
        if place % 1_000 == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def formula(accrual: Accrual) -> str:
    """Return how interest came about, such as 100000000 x 0.0003 x 30 = 900000."""
    rate = Decimal(accrual.rate) / RATE_SCALE
    amount = Decimal(accrual.amount) / RATE_SCALE
    return f"{accrual.principal} x {rate:f} x {accrual.days} = {amount.normalize():f}"


def _row(row: Row) -> dict[str, Any]:
    entry = row.entry
    shown: dict[str, Any] = {
        "entry": entry.sequence,
        "effective_on": entry.effective_on.isoformat(),
        "booked_at": entry.booked_at,
        "kind": entry.kind.value,
        "source": entry.source,
        "declaration_no": entry.declaration_no,
        "tax": entry.tax,
        "sub_item": entry.sub_item,
        "amount": str(entry.amount),
        "change": str(row.change),
        "balance": str(row.balance),
        "interest_paid": str(row.interest),
        "reverses": entry.target,
        "reversed_by": row.reversed_by,
    }
    if row.applied:
        shown["applied"] = [
            {
                "entry": each.entry,
                "declaration_no": each.declaration_no,
                "tax": each.tax,
                "sub_item": each.sub_item,
                "part": each.part.value,
                "amount": str(each.amount),
            }
            for each in row.applied
        ]
    if entry.details:
        shown["details"] = dict(entry.details)
    return shown


def _open_item(found: OpenItem) -> dict[str, Any]:
    item = found.item
    return {
        "entry": item.entry,
        "declaration_no": item.declaration_no,
        "part": item.part.value,
        "tax": item.tax,
        "sub_item": item.sub_item,
        "due_on": None if item.due_on == NO_DAY else item.due_on.isoformat(),
        "amount": str(item.amount),
        "owed": str(item.owed),
        "interest": str(found.interest),
        "interest_paid": str(found.interest_paid),
        "interest_due": str(found.interest_due),
        "frozen": item.is_frozen,
        "accruals": [
            {
                "first_day": accrual.first.isoformat(),
                "last_day": accrual.last.isoformat(),
                "days": accrual.days,
                "formula": formula(accrual),
            }
            for accrual in found.accruals
        ],
    }


def _cells(row: Row) -> list[str]:
    entry = row.entry
    texts = [
        _iso(entry.effective_on),
        entry.booked_at,
        entry.kind.value,
        KINDS[entry.kind].vi,
        _plain(entry.declaration_no or ""),
        _plain(entry.tax or ""),
        _plain(entry.sub_item or ""),
    ]
    numbers = (entry.amount, row.change, row.balance, row.interest, entry.sequence)
    by = "" if row.reversed_by is None else str(row.reversed_by)
    return [*texts, *map(str, numbers), by, entry.source]


def _iso(day: date) -> str:
    return day.isoformat()


def _plain(text: str) -> str:
    return "'" + text if text[:1] in "=+-@" and text else text
