"""Daily reconciliation of a bank's statement with the credits that are booked for the day.

    (0) Lines of the statement that cannot be read are set aside, with their numbers.
    (1) Of several rows with one payment id, one counts: the one that agrees best with the booked
        credit, else the first. The others are DUPLICATE; so is a payment id booked twice.
    (2) By payment id: another declaration or payer is WRONG_DECL, another amount AMOUNT_DIFF, both
        are two breaks; none is a match.
    (3) What is left, by payer, declaration and amount, one to one in order: a match, though the
        payment ids differ.
    (4) What is left then is MISSING_AT_CUSTOMS (stated, not booked) or MISSING_AT_BANK.

Nothing is booked. Both sides are streams; they are joined in a temporary SQLite file, so that
memory does not grow with the rows.
"""

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any, Final

from node.errors import StorageError
from node.payments.statement_rows import BadRow, StatementRow

CACHE_KIB: Final = 32_768
"""Memory of the temporary database: the bound, whatever the number of rows."""
_BATCH: Final = 5_000
_SATURDAY: Final = 5


class BreakKind(StrEnum):
    """What a statement and the booked credits do not agree on."""

    MISSING_AT_CUSTOMS = "MISSING_AT_CUSTOMS"
    MISSING_AT_BANK = "MISSING_AT_BANK"
    AMOUNT_DIFF = "AMOUNT_DIFF"
    DUPLICATE = "DUPLICATE"
    WRONG_DECL = "WRONG_DECL"


@dataclass(frozen=True, slots=True)
class BookedCredit:
    """One credit as customs booked it.

    Attributes:
        pay_id: The payer's name for the payment.
        tax_id: The payer.
        declaration_no: What it counts for.
        amount: Whole dong, above 0.
    """

    pay_id: str
    tax_id: str
    declaration_no: str
    amount: int


@dataclass(frozen=True, slots=True)
class Side:
    """What one side says.

    Attributes:
        place: Line of the statement, or place among the booked credits from 1.
        tax_id: The payer.
        declaration_no: What is paid.
        amount: Whole dong.
    """

    place: int
    tax_id: str
    declaration_no: str
    amount: int


@dataclass(frozen=True, slots=True)
class Break:
    """One disagreement.

    Attributes:
        kind: Which of the five.
        pay_id: The payment.
        stated: What the bank says; None if it says nothing.
        booked: What customs says; None if it says nothing.
        vi: Why, and what to do, in Vietnamese.
        en: Why, and what to do, in English.
    """

    kind: BreakKind
    pay_id: str
    stated: Side | None
    booked: Side | None
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How the rows divide.

    Attributes:
        stated: Rows of the statement that could be read.
        bad: Lines that could not.
        booked: Booked credits.
        matched: Pairs that agree, by payment id.
        matched_by_content: Pairs that agree but for the payment id.
        breaks: Disagreements by kind, all five kinds.
    """

    stated: int
    bad: int
    booked: int
    matched: int
    matched_by_content: int
    breaks: dict[BreakKind, int]


class Reconciliation:
    """A finished reconciliation, readable while its temporary database is there."""

    def __init__(self, database: sqlite3.Connection) -> None:
        """Read from a database that `reconciled` has filled."""
        self._database = database

    def counts(self) -> Counts:
        """Return how the rows divide."""
        kinds = dict(self._database.execute("SELECT kind, count(*) FROM breaks GROUP BY kind"))
        return Counts(
            stated=self._one("SELECT count(*) FROM stated"),
            bad=self._one("SELECT count(*) FROM bad"),
            booked=self._one("SELECT count(*) FROM booked"),
            matched=self._one("SELECT count(*) FROM stated WHERE state = 'matched'"),
            matched_by_content=self._one("SELECT count(*) FROM stated WHERE state = 'content'"),
            breaks={kind: kinds.get(kind.value, 0) for kind in BreakKind},
        )

    def breaks(self) -> Iterator[Break]:
        """Yield the breaks, by kind, then by payment id and place."""
        cursor = self._database.execute(_SELECT_BREAKS)
        while rows := cursor.fetchmany(_BATCH):
            for row in rows:
                yield _break(row)

    def bad_rows(self) -> Iterator[BadRow]:
        """Yield the lines that could not be read, in order."""
        cursor = self._database.execute("SELECT line, field, problem, pay FROM bad ORDER BY line")
        while rows := cursor.fetchmany(_BATCH):
            for line, column, problem, pay_id in rows:
                yield BadRow(line, column, problem, pay_id)

    def _one(self, query: str) -> int:
        return int(self._database.execute(query).fetchone()[0])


@contextmanager
def reconciled(
    statement: Iterable[StatementRow | BadRow],
    booked: Iterable[BookedCredit],
    folder: Path | None = None,
) -> Iterator[Reconciliation]:
    """Reconcile two streams; the result lasts as long as the context.

    Args:
        statement: Rows of the bank's statement, as `read_statement` gives them.
        booked: Credits of the bank that customs booked for the same day, in any order.
        folder: Where the temporary database goes; the system's folder if None.

    Raises:
        StorageError: There is no space for the temporary database.
        StatementUnusableError: From `statement`, as it is read.
    """
    with tempfile.TemporaryDirectory(prefix="reconciliation-", dir=folder) as place:
        path = Path(place) / "rows.db"
        try:
            database = sqlite3.connect(path, isolation_level=None)
            try:
                _fill(database, statement, booked)
                for step in _STEPS:
                    database.execute(step)
                yield Reconciliation(database)
            finally:
                database.close()
        except sqlite3.Error as error:
            raise StorageError(str(path), str(error)) from error


def clearing_day(day: date, holidays: frozenset[date] = frozenset()) -> date:
    """Return T+1: the working day by which breaks of a statement must be cleared.

    Args:
        day: The statement's day.
        holidays: Days off beside Saturdays and Sundays; the project holds no calendar of them.

    Source: our decision from the rule that breaks clear at T+1; no legal text read.
    """
    found = day + timedelta(days=1)
    while found.weekday() >= _SATURDAY or found in holidays:
        found += timedelta(days=1)
    return found


def is_overdue(day: date, today: date, holidays: frozenset[date] = frozenset()) -> bool:
    """Tell whether an open break of a statement's day should have been cleared before today."""
    return today > clearing_day(day, holidays)


def _fill(
    database: sqlite3.Connection,
    statement: Iterable[StatementRow | BadRow],
    booked: Iterable[BookedCredit],
) -> None:
    """Write both sides into the temporary database; it needs no journal, a crash discards it."""
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    database.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    database.execute("PRAGMA temp_store = FILE")
    database.executescript(_TABLES)
    database.execute("BEGIN")
    rows = iter(statement)
    while batch := list(islice(rows, _BATCH)):
        good = [row for row in batch if isinstance(row, StatementRow)]
        bad = [row for row in batch if isinstance(row, BadRow)]
        database.executemany(
            "INSERT INTO stated (place, pay, tax, decl, amount) VALUES (?, ?, ?, ?, ?)",
            [(row.line, row.pay_id, row.tax_id, row.declaration_no, row.amount) for row in good],
        )
        database.executemany(
            "INSERT INTO bad VALUES (?, ?, ?, ?)",
            [(row.line, row.column, row.problem, row.pay_id) for row in bad],
        )
    credits_ = enumerate(booked, 1)
    while numbered := list(islice(credits_, _BATCH)):
        database.executemany(
            "INSERT INTO booked (place, pay, tax, decl, amount) VALUES (?, ?, ?, ?, ?)",
            [
                (place, row.pay_id, row.tax_id, row.declaration_no, row.amount)
                for place, row in numbered
            ],
        )
    database.execute("COMMIT")


_TABLES: Final = """
CREATE TABLE stated (place INTEGER PRIMARY KEY, pay TEXT, tax TEXT, decl TEXT, amount INTEGER,
                     state TEXT);
CREATE TABLE booked (place INTEGER PRIMARY KEY, pay TEXT, tax TEXT, decl TEXT, amount INTEGER,
                     state TEXT);
CREATE TABLE bad (line INTEGER PRIMARY KEY, field TEXT, problem TEXT, pay TEXT);
CREATE TABLE breaks (kind TEXT, pay TEXT, stated INTEGER, booked INTEGER, reason TEXT);
"""
_STEPS: Final = (
    "CREATE INDEX stated_pay ON stated (pay)",
    "CREATE INDEX booked_pay ON booked (pay)",
    # (1) one row for each payment id
    """UPDATE booked SET state = 'duplicate' WHERE place > (
           SELECT min(first.place) FROM booked AS first WHERE first.pay = booked.pay)""",
    """UPDATE stated SET state = 'duplicate' WHERE
           EXISTS (SELECT 1 FROM stated AS other WHERE other.pay = stated.pay
                   AND other.place != stated.place)
       AND place != (
           SELECT same.place FROM stated AS same
           LEFT JOIN booked ON booked.pay = same.pay AND booked.state IS NULL
           WHERE same.pay = stated.pay
           ORDER BY coalesce((same.tax = booked.tax AND same.decl = booked.decl) * 2
                             + (same.amount = booked.amount), 0) DESC, same.place
           LIMIT 1)""",
    """INSERT INTO breaks
       SELECT 'DUPLICATE', pay, NULL, place, 'booked-twice' FROM booked WHERE state = 'duplicate'
       UNION ALL
       SELECT 'DUPLICATE', pay, place, NULL, 'stated-twice' FROM stated
       WHERE state = 'duplicate'
    """,
    # (2) by payment id
    """INSERT INTO breaks
       SELECT 'WRONG_DECL', stated.pay, stated.place, booked.place, 'declaration'
       FROM stated JOIN booked ON booked.pay = stated.pay
       WHERE stated.state IS NULL AND booked.state IS NULL
         AND (stated.decl != booked.decl OR stated.tax != booked.tax)
       UNION ALL
       SELECT 'AMOUNT_DIFF', stated.pay, stated.place, booked.place, 'amount'
       FROM stated JOIN booked ON booked.pay = stated.pay
       WHERE stated.state IS NULL AND booked.state IS NULL AND stated.amount != booked.amount""",
    """UPDATE stated SET state = CASE WHEN booked.tax = stated.tax AND booked.decl = stated.decl
                                      AND booked.amount = stated.amount
                                 THEN 'matched' ELSE 'broken' END
       FROM booked WHERE booked.pay = stated.pay AND stated.state IS NULL
                     AND booked.state IS NULL""",
    """UPDATE booked SET state = 'paired' WHERE state IS NULL AND EXISTS (
           SELECT 1 FROM stated WHERE stated.pay = booked.pay
                                  AND stated.state IN ('matched', 'broken'))""",
    # (3) by content, one to one in order
    """CREATE TABLE pairs AS
       WITH left_stated AS (SELECT place, tax, decl, amount, row_number() OVER (
                PARTITION BY tax, decl, amount ORDER BY place) AS turn
            FROM stated WHERE state IS NULL),
            left_booked AS (SELECT place, tax, decl, amount, row_number() OVER (
                PARTITION BY tax, decl, amount ORDER BY place) AS turn
            FROM booked WHERE state IS NULL)
       SELECT left_stated.place AS stated, left_booked.place AS booked
       FROM left_stated JOIN left_booked USING (tax, decl, amount, turn)""",
    "UPDATE stated SET state = 'content' WHERE place IN (SELECT stated FROM pairs)",
    "UPDATE booked SET state = 'content' WHERE place IN (SELECT booked FROM pairs)",
    # (4) what is left
    """INSERT INTO breaks
       SELECT 'MISSING_AT_CUSTOMS', pay, place, NULL, 'not-booked' FROM stated WHERE state IS NULL
       UNION ALL
       SELECT 'MISSING_AT_BANK', pay, NULL, place,
              CASE WHEN pay IN (SELECT pay FROM bad WHERE pay != '')
                   THEN 'unreadable' ELSE 'not-stated' END
       FROM booked WHERE state IS NULL""",
)
_SELECT_BREAKS: Final = """
SELECT breaks.kind, breaks.pay, breaks.reason, stated.place, stated.tax, stated.decl,
       stated.amount, booked.place, booked.tax, booked.decl, booked.amount
FROM breaks LEFT JOIN stated ON stated.place = breaks.stated
            LEFT JOIN booked ON booked.place = breaks.booked
ORDER BY breaks.kind, breaks.pay, breaks.stated, breaks.booked
"""
_REASONS: Final = {
    "booked-twice": (
        "Hải quan đã hạch toán mã thanh toán này nhiều lần; giữ một lần",
        "customs booked this payment id more than once; keep one booking",
    ),
    "stated-twice": (
        "Sao kê nêu mã thanh toán này nhiều lần; ngân hàng xác nhận một lần",
        "the statement names this payment id more than once; the bank confirms one",
    ),
    "declaration": (
        "Hai bên nêu người nộp thuế hoặc tờ khai khác nhau; tra soát với ngân hàng",
        "the two sides name another payer or declaration; trace it with the bank",
    ),
    "amount": (
        "Hai bên nêu số tiền khác nhau; tra soát với ngân hàng",
        "the two sides name another amount; trace it with the bank",
    ),
    "not-booked": (
        "Ngân hàng đã ghi có nhưng hải quan chưa hạch toán; yêu cầu gửi lại báo có",
        "stated but not booked; ask the bank for its signed credit",
    ),
    "not-stated": (
        "Hải quan đã hạch toán nhưng sao kê không có; yêu cầu ngân hàng xác nhận hoặc báo hủy",
        "booked but not stated; ask the bank to confirm it or to reverse it",
    ),
    "unreadable": (
        "Hải quan đã hạch toán; dòng sao kê của mã này không đọc được, yêu cầu gửi lại",
        "booked, and the statement's line for it cannot be read; ask the bank for that line",
    ),
}


def _break(row: tuple[Any, ...]) -> Break:
    kind, pay_id, reason = row[:3]
    vi, en = _REASONS[reason]
    stated = None if row[3] is None else Side(*row[3:7])
    booked = None if row[7] is None else Side(*row[7:11])
    return Break(BreakKind(kind), pay_id, stated, booked, vi, en)
