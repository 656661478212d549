"""The debt book of one administration: append-only, idempotent, bitemporal.

Durability: what a call returned is on disk. Concurrency: any number of threads and processes; the
bookings of one taxpayer queue for its row. Whatever is refused or fails books nothing at all.

Every booking has its caller's key. The same key with the same content again returns what was
answered first and has no effect; with other content it is refused. Nothing is ever changed: a
correction is a new entry that takes effect on the day of what it corrects, so the account on any
day can be read as it is known now, and as it was known at any time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from node.database.database import Database
from node.debt.account import Account, replay
from node.debt.balance import Balance, account_balance, kept_balance
from node.debt.booking import VIETNAM, Asked, Booker, moment_text
from node.debt.coercion import StopCustoms, stop_customs
from node.debt.decisions import Decisions
from node.debt.drafts import (
    Draft,
    Moment,
    charge_drafts,
    first_day,
    require_past,
    reversal_drafts,
)
from node.debt.errors import (
    DebtInputError,
    DebtRefusedError,
    EntryUnknownError,
    TaxpayerUnknownError,
)
from node.debt.law import Law, load_law
from node.debt.listing import Debtor, Place, debtors
from node.debt.model import Entry, Kind
from node.debt.outcome import AppliedMoney, Outcome
from node.debt.requests import (
    Charge,
    Credit,
    Guarantee,
    Refund,
    Source,
    check_charge,
    require_amount,
    require_number,
    require_taxpayer,
    require_text,
    source_key,
)
from node.debt.statement import Statement, build_statement
from node.debt.states import DebtState, debt_state
from node.debt.store import entries_of, load_account
from node.debt.tables import DebtBookingRow, DebtEntryRow, DebtTaxpayerRow

__all__ = ["AppliedMoney", "Charge", "Credit", "DebtBook", "Guarantee", "Outcome", "Refund"]


class DebtBook:
    """What taxpayers owe, and every change of it.

    Attributes:
        law: The rules it works by.
        rates: Cumulative interest rates.
        decisions: What officers decide: measures, exemptions, freezes, write-offs, refunds.
    """

    def __init__(
        self, database: Database, clock: Callable[[], datetime], law: Law | None = None
    ) -> None:
        """Work on a migrated state database.

        Args:
            database: The organisation's state database.
            clock: Gives the time of booking, with its zone.
            law: Rules; those that come with the program if None.

        Raises:
            DebtRuleError: The rules are unusable.
        """
        self.law = load_law() if law is None else law
        self._booker = Booker(database, clock, self.law)
        self._database = database
        self.rates = self._booker.rates
        self.decisions = Decisions(self._booker)

    # Money and charges

    def charge(self, charge: Charge) -> Outcome:
        """Book an assessment; a later one of a declaration books the differences.

        What a later assessment adds or takes away counts on the day of the first, so interest and
        the application of money after that day follow from the new amounts. Money that lay there
        is applied to what is charged.

        Args:
            charge: All that the declaration owes now, not what is added.

        Raises:
            DebtInputError: A member cannot be used.
            DebtConflictError: The key came with other content before.
            DebtRefusedError: code "assessment_stale": a later assessment of it was booked.
            StorageError: The database refused.
        """
        check_charge(charge)

        def build(moment: Moment) -> Sequence[Draft]:
            return charge_drafts(moment, charge)

        asked = Asked(
            charge.taxpayer,
            charge.source,
            Kind.CHARGE,
            charge,
            declaration=charge.declaration_no,
            organisation=charge.organisation,
            opens=True,
        )
        return self._booker.book(asked, build)

    def credit(self, credit: Credit) -> Outcome:
        """Book money that came in, and apply it in the order of the law.

        What nothing is owed for stays as unapplied money and is applied to the next charge.

        Raises:
            DebtInputError: A member cannot be used; `received_on` is more than a day ahead.
            DebtConflictError: The key came with other content before.
            StorageError: The database refused.
        """
        require_taxpayer(credit.taxpayer)
        amount = require_amount("amount", credit.amount, credit.currency)
        if credit.declaration_no is not None:
            require_number("declaration_no", credit.declaration_no)

        def build(moment: Moment) -> Sequence[Draft]:
            require_past("received_on", credit.received_on, moment.today)
            return [Draft(Kind.CREDIT, credit.received_on, amount, credit.declaration_no)]

        asked = Asked(credit.taxpayer, credit.source, Kind.CREDIT, credit, opens=True)
        return self._booker.book(asked, build)

    def reverse(self, source: Source, *, reason: str, key: Source | None = None) -> Outcome:
        """Take a booking back, as if it had never been: a bank's reversal, a mistaken charge.

        It counts from the day of what it reverses, so interest, and where money went since, follow
        anew. The account as it was known before stays readable.

        Args:
            source: The booking's key.
            reason: Why.
            key: The reversal's own key; by default ("reversal", *source).

        Raises:
            EntryUnknownError: Nothing was booked under the key.
            DebtRefusedError: code "reversed": it is reversed already, under another key; or
                "assessment_stale": a later assessment stands on it.
            DebtConflictError: The reversal's key came with other content before.
            StorageError: The database refused.
        """
        require_text("reason", reason)
        name = source_key(source)
        with self._database.read() as session:
            booking = session.get(DebtBookingRow, name)
        if booking is None:
            raise EntryUnknownError("booking", name)

        def build(moment: Moment) -> Sequence[Draft]:
            return reversal_drafts(moment, name, reason)

        own = ("reversal", *source) if key is None else key
        asked = Asked(booking.taxpayer, own, Kind.REVERSAL, _Reversal(name, reason))
        return self._booker.book(asked, build)

    def refund(self, refund: Refund) -> Outcome:
        """Book that unapplied money went back to the taxpayer.

        Debts are paid first by themselves: money is unapplied only where nothing is owed. For a
        refund that officers decide on, see `decisions`.

        Raises:
            DebtInputError: A member cannot be used.
            DebtConflictError: The key came with other content before.
            DebtRefusedError: code "refund_too_large": more than is unapplied.
            TaxpayerUnknownError: Nothing was ever booked for the taxpayer.
            StorageError: The database refused.
        """
        require_taxpayer(refund.taxpayer)
        amount = require_amount("amount", refund.amount, refund.currency)

        def build(moment: Moment) -> Sequence[Draft]:
            require_past("paid_on", refund.paid_on, moment.today)
            there = moment.account.unapplied
            if amount > there:
                problem = f"{amount} VND are more than the {max(0, there)} VND that are unapplied"
                raise DebtRefusedError("refund_too_large", problem, "refund what is there")
            return [Draft(Kind.PAYOUT, refund.paid_on, amount, refund.declaration_no)]

        asked = Asked(refund.taxpayer, refund.source, Kind.PAYOUT, refund)
        return self._booker.book(asked, build)

    def guarantee(self, guarantee: Guarantee) -> Outcome:
        """Book that a bank guarantees a declaration's taxes: they are due later.

        What it covers wholly is due on its last day, at most 30 days after registration; interest
        of it counts from the release of the goods. Reverse the booking when it is withdrawn.

        Raises:
            DebtInputError: A member cannot be used.
            EntryUnknownError: The declaration owes nothing here.
            DebtConflictError: The key came with other content before.
            StorageError: The database refused.
        """
        require_taxpayer(guarantee.taxpayer)
        require_number("guarantee", guarantee.guarantee)
        amount = require_amount("amount", guarantee.amount, guarantee.currency)
        if guarantee.valid_to < guarantee.granted_on:
            raise DebtInputError("valid_to", "is before granted_on", "send the last day")
        details = {
            "guarantee": guarantee.guarantee,
            "valid_to": guarantee.valid_to.isoformat(),
        }
        number = guarantee.declaration_no

        def build(moment: Moment) -> Sequence[Draft]:
            day = max(guarantee.granted_on, first_day(moment, number))
            return [Draft(Kind.GUARANTEE, day, amount, number, details=details)]

        asked = Asked(
            guarantee.taxpayer, guarantee.source, Kind.GUARANTEE, guarantee, declaration=number
        )
        return self._booker.book(asked, build)

    def release(
        self, taxpayer: str, declaration_no: str, released_on: date, source: Source
    ) -> Outcome:
        """Book that a declaration's goods were cleared or released: what is unpaid is due.

        Raises:
            DebtInputError: A member cannot be used.
            EntryUnknownError: The declaration owes nothing here.
            DebtConflictError: The key came with other content before.
            StorageError: The database refused.
        """
        require_taxpayer(taxpayer)
        require_number("declaration_no", declaration_no)

        def build(moment: Moment) -> Sequence[Draft]:
            day = max(released_on, first_day(moment, declaration_no))
            return [Draft(Kind.RELEASE, day, 0, declaration_no)]

        request = _Release(taxpayer, declaration_no, released_on)
        asked = Asked(taxpayer, source, Kind.RELEASE, request, declaration=declaration_no)
        return self._booker.book(asked, build)

    # Reading

    def today(self) -> date:
        """Return the legal day by the book's clock."""
        return self._booker.today()

    def balance(
        self, taxpayer: str, on: date | None = None, known_at: datetime | None = None
    ) -> Balance:
        """Return what is owed on a day.

        Args:
            taxpayer: Tax id.
            on: The day; today if None. A later day shows what would be owed then.
            known_at: What was booked later is left out; nothing is if None.

        Raises:
            TaxpayerUnknownError: Nothing was ever booked for it.
            StorageError: The database refused.
        """
        day = self.today() if on is None else on
        with self._database.read() as session:
            row = self.taxpayer(session, taxpayer)
            if known_at is None and row.last_effective <= day.isoformat():
                return kept_balance(session, row, day, self.rates)
            found = self._known(session, taxpayer, day, known_at)
        return account_balance(replay(self.law, self.rates, found), taxpayer, day)

    def account(
        self, taxpayer: str, on: date | None = None, known_at: datetime | None = None
    ) -> Account:
        """Return the whole account on a day, from its entries; see `balance`.

        Raises:
            TaxpayerUnknownError: Nothing was ever booked for it.
            StorageError: The database refused.
        """
        day = self.today() if on is None else on
        return replay(self.law, self.rates, self.entries(taxpayer, day, known_at))

    def entries(
        self, taxpayer: str, on: date | None = None, known_at: datetime | None = None
    ) -> list[Entry]:
        """Return the entries that are effective by a day and were booked by a time.

        Raises:
            TaxpayerUnknownError: Nothing was ever booked for it.
            StorageError: The database refused.
        """
        with self._database.read() as session:
            self.taxpayer(session, taxpayer)
            return self._known(session, taxpayer, on, known_at)

    def statement(
        self,
        taxpayer: str,
        on: date | None = None,
        known_at: datetime | None = None,
        since: date | None = None,
    ) -> Statement:
        """Return the statement of account on a day, as known at a time; see `balance`.

        Args:
            taxpayer: Tax id.
            on: The closing day; today if None.
            known_at: What was booked later is left out; nothing is if None.
            since: First day whose entries are shown; all are if None.

        Raises:
            TaxpayerUnknownError: Nothing was ever booked for it.
            StorageError: The database refused.
        """
        day = self.today() if on is None else on
        found = self.entries(taxpayer, day, known_at)
        known = None if known_at is None else moment_text(known_at)
        account = Account(self.law, self.rates, records=True)
        return build_statement(account, found, taxpayer, on=day, since=since, known_at=known)

    def stop_customs(
        self, taxpayer: str, at: datetime | date | None = None, known_at: datetime | None = None
    ) -> StopCustoms:
        """Return whether customs procedures are stopped for a taxpayer; clearance reads this.

        A taxpayer of whom the book knows nothing is not stopped.

        Args:
            taxpayer: Tax id.
            at: The day, or a time on it; today if None.
            known_at: What was booked later is left out; nothing is if None.

        Raises:
            StorageError: The database refused.
        """
        day = at.astimezone(VIETNAM).date() if isinstance(at, datetime) else at or self.today()
        with self._database.read() as session:
            row = session.get(DebtTaxpayerRow, taxpayer)
            if row is None:
                return stop_customs(Account(self.law, self.rates), self.law, day)
            if known_at is None and row.last_effective <= day.isoformat():
                account = load_account(session, row, self.law, self.rates, None)
            else:
                found = self._known(session, taxpayer, day, known_at)
                account = replay(self.law, self.rates, found)
        return stop_customs(account, self.law, day)

    def debtors(
        self,
        limit: int,
        *,
        on: date | None = None,
        after: Place | None = None,
        organisation: str | None = None,
        only_over_90: bool = False,
    ) -> list[Debtor]:
        """Return taxpayers by overdue amount, the greatest first; see `listing.debtors`.

        Raises:
            StorageError: The database refused.
        """
        day = self.today() if on is None else on
        with self._database.read() as session:
            return debtors(
                session,
                self.rates,
                day,
                limit,
                after=after,
                organisation=organisation,
                only_over_90=only_over_90,
            )

    def organisation_of(self, taxpayer: str) -> str | None:
        """Return the identifier of a taxpayer's organisation, None where none is known.

        Raises:
            TaxpayerUnknownError: Nothing was ever booked for it.
            StorageError: The database refused.
        """
        with self._database.read() as session:
            return self.taxpayer(session, taxpayer).organisation

    def state(self, taxpayer: str, declaration_no: str, on: date | None = None) -> DebtState:
        """Return how far a declaration's debt is on a day.

        Raises:
            TaxpayerUnknownError: Nothing was ever booked for the taxpayer.
            EntryUnknownError: The declaration was not assessed by that day.
            StorageError: The database refused.
        """
        day = self.today() if on is None else on
        account = self.account(taxpayer, day)
        if declaration_no not in account.declarations:
            raise EntryUnknownError("assessment of declaration", declaration_no[:64])
        return debt_state(account, self.law, declaration_no, day)

    def standing(self, taxpayer: str) -> Account:
        """Return what is open and decided now, without the entries: items, measures, refunds.

        Raises:
            TaxpayerUnknownError: Nothing was ever booked for it.
            StorageError: The database refused.
        """
        with self._database.read() as session:
            row = self.taxpayer(session, taxpayer)
            return load_account(session, row, self.law, self.rates, None)

    def rebuild(self, taxpayer: str) -> None:
        """Build what is kept beside the entries again, from the entries.

        Raises:
            TaxpayerUnknownError: Nothing was ever booked for it.
            StorageError: The database refused; everything is as it was.
        """
        self._booker.rebuild(taxpayer)

    @staticmethod
    def taxpayer(session: Session, taxpayer: str) -> DebtTaxpayerRow:
        """Return a taxpayer's row.

        Raises:
            TaxpayerUnknownError: Nothing was ever booked for it.
        """
        row = session.get(DebtTaxpayerRow, taxpayer)
        if row is None:
            raise TaxpayerUnknownError(taxpayer[:40])
        return row

    @staticmethod
    def _known(
        session: Session, taxpayer: str, on: date | None, known_at: datetime | None
    ) -> list[Entry]:
        conditions = []
        if on is not None:
            conditions.append(DebtEntryRow.effective_on <= on.isoformat())
        if known_at is not None:
            conditions.append(DebtEntryRow.booked_at <= moment_text(known_at))
        return entries_of(session, taxpayer, *conditions)


@dataclass(frozen=True, slots=True)
class _Reversal:
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Release:
    taxpayer: str
    declaration_no: str
    released_on: date
