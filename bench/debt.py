"""Balance and statement of a taxpayer with 100,000 entries, beside a bare SQL sum of them.

Run: python -m bench.debt [entries]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

sys.path.insert(0, str(Path(__file__).parent.parent))

from api.debt.statements import statement_csv, statement_json
from bench.common import peak_memory_mb, save
from node.database.database import Database, Purpose
from node.database.migration import migrate
from node.debt.book import DebtBook
from node.debt.requests import Charge, ChargeLine, Credit
from node.debt.tables import DebtEntryRow, DebtTaxpayerRow

START = date(2024, 1, 1)
NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
ENTRIES = 100_000
REPEATS = 15


def main() -> None:
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/state.db", Purpose.STATE)
        migrate(database)
        book = DebtBook(database, lambda: NOW)
        # Most debts are paid, one in fifty is open; and the worst case, where none is paid.
        figures = {
            "entries": entries,
            "usual": measure(book, database, "0100109106", entries, paid=True),
            "nothing_paid": measure(book, database, "0100109107", entries, paid=False),
            "peak_memory_mb": round(peak_memory_mb()),
        }
        database.close()
    save("debt", figures)


def measure(
    book: DebtBook, database: Database, taxpayer: str, entries: int, *, paid: bool
) -> dict[str, Any]:
    fill(database, taxpayer, entries, paid=paid)
    begun = time.perf_counter()
    book.rebuild(taxpayer)
    rebuilt = time.perf_counter() - begun
    sum_ms = median_ms(lambda: bare_sum(database, taxpayer))
    balance_ms = median_ms(lambda: book.balance(taxpayer))
    statement_ms = median_ms(lambda: book.statement(taxpayer), 3)
    statement = book.statement(taxpayer)
    if statement.closing != book.balance(taxpayer).total:
        raise AssertionError("the statement and the balance differ")
    day = book.today()
    numbers = iter(range(1_000_000))

    def credit() -> None:
        source = (taxpayer, str(next(numbers)))
        book.credit(Credit(taxpayer, Decimal(1_000), day, source))

    def charge() -> None:
        number = f"N-{next(numbers)}"
        lines = [ChargeLine("vat", "1702", Decimal(1_000_000))]
        book.charge(Charge(taxpayer, (taxpayer, number), number, lines, day, day))

    return {
        "open_items": book.balance(taxpayer).open_items,
        "bare_sum_ms": round(sum_ms, 2),
        "balance_ms": round(balance_ms, 2),
        "balance_to_bare_sum": round(balance_ms / sum_ms, 2),
        "statement_ms": round(statement_ms),
        "statement_to_bare_sum": round(statement_ms / sum_ms, 1),
        "statement_json_ms": round(median_ms(lambda: statement_json(statement), 3)),
        "statement_csv_ms": round(median_ms(lambda: list(statement_csv(statement)), 3)),
        "stop_customs_ms": round(median_ms(lambda: book.stop_customs(taxpayer), 3), 2),
        "credit_ms": round(median_ms(credit, 5), 2),
        "charge_ms": round(median_ms(charge, 5), 2),
        "rebuild_ms": round(rebuilt * 1_000),
    }


def fill(database: Database, taxpayer: str, entries: int, *, paid: bool) -> None:
    """Write entries as the book writes them: declarations, each assessed, charged and paid."""
    rows: list[dict[str, Any]] = []
    per_day = max(1, entries // (3 if paid else 2) // 1_000)
    declaration = 0
    while len(rows) < entries:
        day = START + timedelta(days=declaration // per_day)
        rows += _declaration(taxpayer, declaration, day, is_paid=paid and declaration % 50 != 0)
        declaration += 1
    with database.write() as session:
        last = max(row["effective_on"] for row in rows)
        row = DebtTaxpayerRow(taxpayer, None, entries, last, _moment(START))
        session.add(row)
        session.flush()
        session.execute(insert(DebtEntryRow), rows[:entries])


def _declaration(taxpayer: str, place: int, day: date, *, is_paid: bool) -> list[dict[str, Any]]:
    number, text = f"1{place:011d}", day.isoformat()
    common = {
        "taxpayer": taxpayer,
        "source": f'["assessment","{number}","1"]',
        "effective_on": text,
        "booked_at": _moment(day),
        "declaration_no": number,
        "tax": None,
        "sub_item": None,
        "target": None,
        "details": None,
        "amount": 0,
    }
    details = (
        f'{{"assessment": 1, "registered_on": "{text}", "terms": "before_release", '
        f'"due_on": null, "released_on": "{text}"}}'
    )
    rows = [
        common | {"kind": "assessment", "details": details},
        common | {"kind": "charge", "amount": 50_000_000, "tax": "vat", "sub_item": "1702"},
    ]
    if is_paid:
        source = f'["bank","{taxpayer}","{number}"]'
        rows.append(common | {"kind": "credit", "amount": 50_000_000, "source": source})
    return rows


def _moment(day: date) -> str:
    return f"{day.isoformat()}T03:00:00.000000Z"


def bare_sum(database: Database, taxpayer: str) -> None:
    with database.read() as session:
        query = select(func.sum(DebtEntryRow.amount)).where(DebtEntryRow.taxpayer == taxpayer)
        session.execute(query).scalar_one()


def median_ms(act: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the median time of some calls, in milliseconds."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        act()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1_000


if __name__ == "__main__":
    main()
