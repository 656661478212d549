"""Banks' statements of a day, reconciled with the booked credits; what is open until cleared.

A row matches the credit of its payment id, else one of the same taxpayer, declaration and amount.
A break must be cleared by the next day.

Source: DOMAIN.md, E5 (daily reconciliation, its matching and its break types).
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from contracts.bundles.errors import JsonFormError
from contracts.bundles.json_text import parse_strict
from contracts.errors import DocumentError
from contracts.payments.messages import CreditNotice, read_amount
from node.database.database import Database
from node.payments.booking import day_of
from node.payments.errors import BreakUnknownError, StatementUnusableError
from node.payments.tables import (
    ItemKind,
    ItemState,
    PaymentBreak,
    PaymentItem,
    PaymentStatement,
)

_ROW_LIMIT: Final = 1_000
_MEMBERS: Final = frozenset({"pay_id", "tax_id", "declaration_no", "amount"})
_TEXT_LIMIT: Final = 35


class BreakKind(StrEnum):
    """What a statement and the booked credits do not agree on."""

    MISSING_AT_CUSTOMS = "MISSING_AT_CUSTOMS"
    MISSING_AT_BANK = "MISSING_AT_BANK"
    AMOUNT_DIFF = "AMOUNT_DIFF"
    DUPLICATE = "DUPLICATE"
    WRONG_DECL = "WRONG_DECL"


@dataclass(frozen=True, slots=True)
class Row:
    """One payment, as a bank's statement or the booked credits have it.

    Attributes:
        pay_id: The payment.
        tax_id: The taxpayer.
        declaration_no: The declaration.
        amount: Whole dong.
    """

    pay_id: str
    tax_id: str
    declaration_no: str
    amount: int

    @property
    def facts(self) -> tuple[str, str, int]:
        """What a row is matched by that names another payment."""
        return (self.tax_id, self.declaration_no, self.amount)


@dataclass(frozen=True, slots=True)
class Found:
    """One break.

    Attributes:
        kind: What it is.
        bank: What the bank says, None where nothing.
        customs: What is booked, None where nothing.
    """

    kind: BreakKind
    bank: Row | None
    customs: Row | None

    @property
    def pay_id(self) -> str:
        """The payment."""
        row = self.bank or self.customs
        if row is None:
            raise AssertionError(self.kind)
        return row.pay_id

    def detail(self) -> str:
        """Return what each side says, as JSON."""
        sides = {"bank": self.bank, "customs": self.customs}
        return json.dumps(
            {
                name: None
                if row is None
                else {"declaration_no": row.declaration_no, "amount": str(row.amount)}
                for name, row in sides.items()
            }
        )


class Statements:
    """Keeps statements and breaks; durable on return."""

    def __init__(self, state: Database) -> None:
        """Keep in the state database."""
        self._state = state

    def reconcile(
        self, bank: str, day: str, content: bytes, now: int
    ) -> tuple[PaymentStatement, int]:
        """Reconcile a bank's statement of a day; a corrected one replaces it.

        Args:
            bank: The bank's organisation.
            day: YYYY-MM-DD, in Vietnam.
            content: One JSON object a line: pay_id, tax_id, declaration_no, amount.
            now: Seconds since 1970.

        Returns:
            What is kept of it, and how many breaks are open.

        Raises:
            StatementUnusableError: It cannot be read; what stood before stands.
        """
        rows = list(read_rows(content))
        last = _day(day)
        digest = "0x" + hashlib.sha256(content).hexdigest()
        with self._state.write() as session:
            known = session.get(PaymentStatement, (bank, day))
            booked = list(_booked(session, bank, day))
            breaks = list(compare(rows, booked))
            cleared = set(_cleared(session, bank, day))
            session.execute(
                delete(PaymentBreak).where(
                    PaymentBreak.bank == bank,
                    PaymentBreak.day == day,
                    PaymentBreak.cleared_by.is_(None),
                )
            )
            due = (last + timedelta(days=1)).isoformat()
            open_ones = [each for each in breaks if (each.kind, each.pay_id) not in cleared]
            session.add_all(
                PaymentBreak(bank, day, each.kind, each.pay_id, each.detail(), due)
                for each in open_ones
            )
            if known is not None:
                session.delete(known)
                session.flush()
            matched = len(rows) - sum(1 for each in breaks if each.bank is not None)
            statement = PaymentStatement(bank, day, digest, len(rows), now, matched)
            session.add(statement)
        return statement, len(open_ones)

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


def compare(rows: Sequence[Row], booked: Sequence[Row]) -> Iterator[Found]:
    """Yield what a statement and the booked credits do not agree on.

    Args:
        rows: The bank's.
        booked: Customs', each payment once.
    """
    known = {row.pay_id: row for row in booked}
    seen: set[str] = set()
    left = dict(known)
    unknown: list[Row] = []
    for row in rows:
        own = known.get(row.pay_id)
        if row.pay_id in seen:
            yield Found(BreakKind.DUPLICATE, row, own)
        elif own is None:
            unknown.append(row)
        else:
            del left[row.pay_id]
            if row.declaration_no != own.declaration_no:
                yield Found(BreakKind.WRONG_DECL, row, own)
            elif row.amount != own.amount:
                yield Found(BreakKind.AMOUNT_DIFF, row, own)
        seen.add(row.pay_id)
    by_facts: dict[tuple[str, str, int], list[Row]] = {}
    for row in left.values():
        by_facts.setdefault(row.facts, []).append(row)
    for row in unknown:
        if same := by_facts.get(row.facts):
            del left[same.pop().pay_id]
        else:
            yield Found(BreakKind.MISSING_AT_CUSTOMS, row, None)
    for row in left.values():
        yield Found(BreakKind.MISSING_AT_BANK, None, row)


def read_rows(content: bytes) -> Iterator[Row]:
    """Yield a statement's rows.

    Raises:
        StatementUnusableError: A line is none; says which.
    """
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.strip():
            yield _row(line, number)


def _row(line: bytes, number: int) -> Row:
    try:
        value = parse_strict(line, _ROW_LIMIT)
        if not isinstance(value, dict) or value.keys() != _MEMBERS:
            members = ", ".join(sorted(_MEMBERS))
            raise StatementUnusableError(f"line {number} has not exactly {members}")
        texts = [value["pay_id"], value["tax_id"], value["declaration_no"]]
        if not all(isinstance(text, str) and 0 < len(text) <= _TEXT_LIMIT for text in texts):
            raise StatementUnusableError(f"line {number} has a member that is no short text")
        amount = read_amount("amount", value["amount"])
    except (JsonFormError, DocumentError) as error:
        raise StatementUnusableError(f"line {number}: {error}") from error
    return Row(str(texts[0]), str(texts[1]), str(texts[2]), amount)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise StatementUnusableError(f"{text} is no day") from error


def _booked(session: Session, bank: str, day: str) -> Iterator[Row]:
    query = select(PaymentItem).where(
        PaymentItem.organisation == bank,
        PaymentItem.kind == ItemKind.CREDIT,
        PaymentItem.state == ItemState.DONE,
    )
    for item in session.scalars(query.order_by(PaymentItem.sequence)):
        credited_at = int(json.loads(item.record or "{}")["message"]["creditedAt"])
        if day_of(credited_at).isoformat() == day:
            notice = CreditNotice.parse_text(item.content.encode())
            yield Row(notice.pay_id, notice.tax_id, notice.declaration_no, notice.total)


def _cleared(session: Session, bank: str, day: str) -> Iterator[tuple[str, str]]:
    query = select(PaymentBreak.kind, PaymentBreak.pay_id).where(
        PaymentBreak.bank == bank,
        PaymentBreak.day == day,
        PaymentBreak.cleared_by.is_not(None),
    )
    for kind, pay_id in session.execute(query):
        yield kind, pay_id
