"""Banks' statements of a day, reconciled with the booked credits; what is open until cleared.

Each bank's day is reconciled by itself, and breaks are to be cleared on the next working day. A
line that cannot be read is told and stops no other.
"""

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date
from itertools import islice

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from contracts.payments.messages import CreditNotice
from node.database.database import Database
from node.payments.booking import day_of
from node.payments.errors import BreakUnknownError, StatementUnusableError
from node.payments.reconciliation import (
    BookedCredit,
    Break,
    clearing_day,
    reconciled,
)
from node.payments.statement_rows import BadRow, read_statement
from node.payments.tables import (
    ItemKind,
    ItemState,
    PaymentBreak,
    PaymentItem,
    PaymentStatement,
)

BAD_ROWS_SHOWN = 100
"""Lines that could not be read which one answer shows."""
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What became of a statement.

    Attributes:
        statement: What is kept of it.
        breaks: How many breaks of the day are open.
        bad: How many lines could not be read.
        bad_rows: The first of them.
    """

    statement: PaymentStatement
    breaks: int
    bad: int
    bad_rows: tuple[BadRow, ...]


class Statements:
    """Keeps statements and breaks; durable on return."""

    def __init__(self, state: Database) -> None:
        """Keep in the state database."""
        self._state = state

    def reconcile(self, bank: str, day: str, content: bytes, now: int) -> Reconciled:
        """Reconcile a bank's statement of a day; a corrected one replaces it.

        Args:
            bank: The bank's organisation.
            day: YYYY-MM-DD, in Vietnam.
            content: CSV as `node.payments.statement_rows` describes it.
            now: Seconds since 1970.

        Raises:
            StatementUnusableError: It is no statement, or of a day that has not come; what stood
                before stands.
        """
        on = _day(day)
        if on > day_of(now):
            raise StatementUnusableError(f"{day} has not come yet")
        digest = "0x" + hashlib.sha256(content).hexdigest()
        rows = read_statement(io.BytesIO(content), on)
        with ExitStack() as stack:
            with self._state.read() as session:  # over before the writing begins
                found = stack.enter_context(reconciled(rows, _booked(session, bank, on)))
            counts = found.counts()
            bad = tuple(islice(found.bad_rows(), BAD_ROWS_SHOWN))
            session = stack.enter_context(self._state.write())
            open_count = _replace(session, (bank, day), found.breaks(), clearing_day(on))
            if (known := session.get(PaymentStatement, (bank, day))) is not None:
                session.delete(known)
                session.flush()
            matched = counts.matched + counts.matched_by_content
            statement = PaymentStatement(bank, day, digest, counts.stated, now, matched)
            session.add(statement)
        return Reconciled(statement, open_count, counts.bad, bad)

    def breaks(self, after: int, limit: int, *, is_open: bool = True) -> Sequence[PaymentBreak]:
        """Return breaks behind a place, oldest first."""
        query = select(PaymentBreak).where(PaymentBreak.sequence > after)
        if is_open:
            query = query.where(PaymentBreak.cleared_by.is_(None))
        with self._state.read() as session:
            return session.scalars(query.order_by(PaymentBreak.sequence).limit(limit)).all()

    def open_count(self) -> int:
        """Return how many breaks are open."""
        query = select(func.count()).select_from(PaymentBreak)
        with self._state.read() as session:
            return session.scalar(query.where(PaymentBreak.cleared_by.is_(None))) or 0

    def clear(self, sequence: int, officer: str, note: str) -> PaymentBreak:
        """Note how a break was cleared.

        Raises:
            BreakUnknownError: There is no such open break.
        """
        with self._state.write() as session:
            row = session.get(PaymentBreak, sequence)
            if row is None or row.cleared_by is not None:
                raise BreakUnknownError(str(sequence))
            row.cleared_by, row.note = officer, note
            return row


def _replace(
    session: Session, statement: tuple[str, str], breaks: Iterable[Break], due: date
) -> int:
    """Keep the breaks of a statement in the place of its open ones; return how many are open."""
    bank, day = statement
    own = (PaymentBreak.bank == bank, PaymentBreak.day == day)
    query = select(PaymentBreak.kind, PaymentBreak.pay_id).where(
        *own, PaymentBreak.cleared_by.is_not(None)
    )
    cleared = {(kind, pay_id) for kind, pay_id in session.execute(query)}
    session.execute(delete(PaymentBreak).where(*own, PaymentBreak.cleared_by.is_(None)))
    left = (each for each in breaks if (str(each.kind), each.pay_id) not in cleared)
    count = 0
    while batch := list(islice(left, _BATCH)):
        count += len(batch)
        session.add_all(
            PaymentBreak(bank, day, str(each.kind), each.pay_id, _detail(each), due.isoformat())
            for each in batch
        )
        session.flush()
        session.expunge_all()  # written; no longer held
    return count


def _detail(found: Break) -> str:
    sides = {"bank": found.stated, "customs": found.booked}
    shown = {name: None if side is None else asdict(side) for name, side in sides.items()}
    for side in shown.values():
        if side is not None:
            side["amount"] = str(side["amount"])
    return json.dumps({**shown, "vi": found.vi, "en": found.en})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise StatementUnusableError(f"{text} is no day") from error


def _booked(session: Session, bank: str, on: date) -> Iterator[BookedCredit]:
    query = select(PaymentItem.content, PaymentItem.record).where(
        PaymentItem.organisation == bank,
        PaymentItem.kind == ItemKind.CREDIT,
        PaymentItem.state == ItemState.DONE,
    )
    found = session.execute(
        query.order_by(PaymentItem.sequence).execution_options(yield_per=_BATCH)
    )
    for content, record in found:
        if day_of(int(json.loads(record or "{}")["message"]["creditedAt"])) == on:
            notice = CreditNotice.parse_text(content.encode())
            yield BookedCredit(notice.pay_id, notice.tax_id, notice.declaration_no, notice.total)
