"""The statement of account: every entry with the balance after it, and how interest came about."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import attrgetter
from typing import NamedTuple

from node.debt.account import Account, Effect
from node.debt.model import Applied, Entry, Item, Kind, Part

# What an entry adds to what is owed, where a reversal makes it count for nothing.
_SIGNS = {
    Kind.CHARGE: 1,
    Kind.FINE: 1,
    Kind.PAYOUT: 1,
    Kind.CREDIT: -1,
    Kind.REDUCTION: -1,
}
_NOTHING = Effect(0, 0, ())
# First and last day and the rate, between two marks.
_Periods = Callable[[int, int], list[tuple[date, date, int]]]


class Row(NamedTuple):
    """One entry of a statement, amounts in whole dong.

    Attributes:
        entry: The entry.
        change: What it changed of the balance.
        balance: Taxes and fines owed less unapplied money, after it; interest is in the closing.
        interest: Interest paid or written off with it.
        applied: Where money went.
        released: Money that it made free again.
        reversed_by: Sequence of the entry that took it back.
    """

    entry: Entry
    change: int
    balance: int
    interest: int
    applied: tuple[Applied, ...]
    released: int
    reversed_by: int | None


class Accrual(NamedTuple):
    """Interest of one principal over days of one rate.

    Attributes:
        principal: Whole dong.
        first: First day.
        last: Last day.
        rate: Per day, in 1/100,000.
        amount: In 1/100,000 dong.
    """

    principal: int
    first: date
    last: date
    rate: int
    amount: int

    @property
    def days(self) -> int:
        """Return how many days."""
        return (self.last - self.first).days + 1


class OpenItem(NamedTuple):
    """A charge of which something is owed on the closing day, whole dong.

    Attributes:
        item: The charge.
        accruals: How its interest came about.
        interest: All of its interest, rounded to whole dong once.
        interest_paid: Of it, paid or written off.
    """

    item: Item
    accruals: tuple[Accrual, ...]
    interest: int
    interest_paid: int

    @property
    def interest_due(self) -> int:
        """Return the interest that is owed."""
        return self.interest - self.interest_paid


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of account, amounts in whole dong.

    Attributes:
        on: Closing day.
        since: First day whose entries are shown, None for all.
        known_at: What was booked later is left out; None if nothing is.
        opening: Balance before the first shown entry, without interest.
        rows: The entries by effective day.
        open_items: What is owed, earliest due first.
        tax: Taxes owed.
        fine: Fines owed.
        interest: Interest owed.
        unapplied: Money that nothing is owed for.
        rules: Versions of the law that it was made by.
    """

    taxpayer: str
    on: date
    since: date | None
    known_at: str | None
    opening: int
    rows: tuple[Row, ...]
    open_items: tuple[OpenItem, ...]
    tax: int
    fine: int
    interest: int
    unapplied: int
    rules: tuple[str, ...]

    @property
    def closing(self) -> int:
        """Return all that is owed less unapplied money."""
        return self.tax + self.fine + self.interest - self.unapplied


def build_statement(
    account: Account,
    entries: Iterable[Entry],
    taxpayer: str,
    *,
    on: date,
    since: date | None = None,
    known_at: str | None = None,
) -> Statement:
    """Return the statement that follows from entries.

    Args:
        account: An empty account that records; filled by this.
        entries: Those effective by the closing day.
        taxpayer: Tax id.
        on: The closing day.
        since: First day whose entries are shown.
        known_at: What `entries` were limited by, for the statement to say so.
    """
    rows, opening = [], 0
    for row in _rows(account, entries):
        if since is not None and row.entry.effective_on < since:
            opening = row.balance
        else:
            rows.append(row)
    account.accrue(on)
    items = [account.items[number] for _, number in account.order]
    # Few marks for many items: the days between two are found once.
    periods = cache(account.rates.periods)
    found = tuple(_open_item(account, item, on, periods) for item in items)
    return Statement(
        taxpayer,
        on,
        since,
        known_at,
        opening,
        tuple(rows),
        found,
        sum(item.owed for item in items if item.part is Part.TAX),
        sum(item.owed for item in items if item.part is Part.FINE),
        sum(each.interest_due for each in found),
        account.unapplied,
        account.rules_on(on),
    )


def _rows(account: Account, entries: Iterable[Entry]) -> Iterator[Row]:
    ordered = sorted(entries, key=attrgetter("effective_on", "sequence"))
    reversals = {entry.target: entry.sequence for entry in ordered if entry.kind is Kind.REVERSAL}
    balance = 0
    for entry in ordered:
        effect, change = _NOTHING, 0
        if entry.kind is Kind.REVERSAL:
            change = -_SIGNS.get(Kind(entry.details["kind"]), 0) * entry.amount
        elif entry.sequence in reversals:
            change = _SIGNS.get(entry.kind, 0) * entry.amount
        else:
            effect = account.advance(entry)
            change = effect.principal
        balance += change
        yield Row(
            entry,
            change,
            balance,
            effect.interest,
            effect.applied,
            effect.released,
            reversals.get(entry.sequence),
        )


def _open_item(account: Account, item: Item, on: date, periods: _Periods) -> OpenItem:
    accruals = tuple(
        Accrual(principal, first, last, rate, principal * rate * ((last - first).days + 1))
        for principal, before, after in account.accruals.get(item.entry, ())
        for first, last, rate in periods(before, after)
    )
    due = account.interest_due(item, on)
    return OpenItem(item, accruals, due + item.interest_paid, item.interest_paid)
