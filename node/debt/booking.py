"""Books entries: one transaction each, idempotent by the caller's key, in turn per taxpayer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from node.database.database import Database
from node.debt.account import Account, Effect, counting
from node.debt.drafts import Draft, Moment
from node.debt.errors import DebtConflictError, TaxpayerUnknownError
from node.debt.interest import Rates
from node.debt.law import Law
from node.debt.model import Entry, Kind
from node.debt.outcome import Outcome, outcome_of, read_outcome, write_outcome
from node.debt.requests import Source, content_hash, source_key
from node.debt.store import (
    add_entries,
    entries_of,
    load_account,
    note_entries,
    save_account,
    save_declarations,
)
from node.debt.tables import DebtBookingRow, DebtTaxpayerRow

VIETNAM: Final = timezone(timedelta(hours=7))
"""Legal days begin and end at Vietnam's time, which has had no other offset since 1975."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What shall be booked.

    Attributes:
        taxpayer: Tax id.
        source: The caller's key.
        kind: What it is.
        request: Everything that was asked: a dataclass.
        declaration: The declaration whose items the entries depend on.
        organisation: The taxpayer's organisation, where the caller knows it.
        opens: Whether an unknown taxpayer gets an account.
    """

    taxpayer: str
    source: Source
    kind: Kind
    request: object
    declaration: str | None = None
    organisation: str | None = None
    opens: bool = False


class Booker:
    """Writes to the debt tables of one state database.

    Attributes:
        database: Where they are.
        law: The rules.
        rates: Cumulative interest rates.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime], law: Law) -> None:
        """Work on a migrated database."""
        self.database = database
        self.law = law
        self.rates = Rates(law.interest)
        self._clock = clock

    def today(self) -> date:
        """Return the legal day by the clock."""
        return self._clock().astimezone(VIETNAM).date()

    def book(self, asked: Asked, build: Callable[[Moment], Sequence[Draft]]) -> Outcome:
        """Book what a function decides on, in one transaction; durable on return.

        Args:
            asked: What shall be booked.
            build: Returns the entries; raises to book nothing.

        Raises:
            DebtInputError: The key cannot be one.
            DebtConflictError: The key came with other content before.
            TaxpayerUnknownError: Nothing was ever booked for it, and this opens no account.
            StorageError: The database refused.
        """
        key = source_key(asked.source)
        content = content_hash(asked.kind.value, asked.request)
        try:
            return self._attempt(asked, key, content, build)
        except IntegrityError:
            # Another thread opened the account, or booked the key, between look and insert.
            return self._attempt(asked, key, content, build)

    def rebuild(self, taxpayer: str) -> None:
        """Build what is kept beside the entries again, from the entries."""
        with self.database.write() as session:
            row = _lock(session, taxpayer)
            if row is None:
                raise TaxpayerUnknownError(taxpayer[:40])
            account, _ = self._rebuilt(session, taxpayer, [])
            save_account(session, row, account, replaced=True)
            save_declarations(session, taxpayer, account.declarations.values(), replaced=True)

    def _attempt(
        self, asked: Asked, key: str, content: str, build: Callable[[Moment], Sequence[Draft]]
    ) -> Outcome:
        with self.database.write() as session:
            row = _lock(session, asked.taxpayer)
            if (found := _repeated(session, key, content)) is not None:
                return found
            if row is None:
                row = _open(session, asked)
            if asked.organisation is not None:
                row.organisation = asked.organisation
            booked_at = self._booked_at(row)
            row.last_booked = moment_text(booked_at)
            account = load_account(session, row, self.law, self.rates, asked.declaration)
            today = booked_at.astimezone(VIETNAM).date()
            drafts = build(Moment(session, account, row, today, self.law))
            entries = [_entry(draft, key, row.last_booked) for draft in drafts]
            entries = add_entries(session, row.tax_id, entries)
            effects = self._take(session, row, account, entries)
            note_entries(row, entries)
            outcome = outcome_of(row, asked.kind, entries, effects, key)
            text = write_outcome(outcome)
            kind = asked.kind.value
            session.add(DebtBookingRow(key, row.tax_id, kind, content, row.last_booked, text))
            return outcome

    def _take(
        self, session: Session, row: DebtTaxpayerRow, account: Account, entries: Sequence[Entry]
    ) -> list[Effect]:
        """Let entries take effect: on the kept account, or on one that is built again."""
        first = min((entry.effective_on for entry in entries), default=None)
        is_next = first is None or first.isoformat() >= row.last_effective
        is_next = is_next and not any(entry.kind is Kind.REVERSAL for entry in entries)
        if is_next:
            ordered = sorted(entries, key=lambda entry: (entry.effective_on, entry.sequence))
            effects = [account.advance(entry) for entry in ordered]
        else:
            account, effects = self._rebuilt(session, row.tax_id, entries)
        save_account(session, row, account, replaced=not is_next)
        known = account.declarations.values()
        save_declarations(session, row.tax_id, known, replaced=not is_next)
        return effects

    def _rebuilt(
        self, session: Session, taxpayer: str, entries: Sequence[Entry]
    ) -> tuple[Account, list[Effect]]:
        new = {entry.sequence for entry in entries}
        account = Account(self.law, self.rates)
        effects: list[Effect] = []
        for entry in counting(entries_of(session, taxpayer)):
            effect = account.advance(entry)
            if entry.sequence in new:
                effects.append(effect)
        return account, effects

    def _booked_at(self, row: DebtTaxpayerRow) -> datetime:
        """Return the time of booking: never before that of the taxpayer's last one."""
        now = self._clock().astimezone(UTC)
        if not row.last_booked:
            return now
        return max(now, datetime.fromisoformat(row.last_booked))


def moment_text(moment: datetime) -> str:
    """Return a time in UTC as the book writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _lock(session: Session, taxpayer: str) -> DebtTaxpayerRow | None:
    return session.get(DebtTaxpayerRow, taxpayer, with_for_update=True)


def _open(session: Session, asked: Asked) -> DebtTaxpayerRow:
    if not asked.opens:
        raise TaxpayerUnknownError(asked.taxpayer[:40])
    row = DebtTaxpayerRow(asked.taxpayer)
    session.add(row)
    session.flush()
    return row


def _repeated(session: Session, key: str, content: str) -> Outcome | None:
    booking = session.get(DebtBookingRow, key)
    if booking is None:
        return None
    if booking.content != content:
        raise DebtConflictError(key, booking.kind, booking.booked_at)
    return replace(read_outcome(booking), is_repeated=True)


def _entry(draft: Draft, key: str, booked_at: str) -> Entry:
    return Entry(
        0,
        key,
        draft.kind,
        draft.effective_on,
        booked_at,
        draft.amount,
        draft.declaration_no,
        draft.tax,
        draft.sub_item,
        draft.target,
        draft.details or {},
    )
