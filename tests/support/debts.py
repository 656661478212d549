"""A debt book with a clock that the test moves, and entries for its pure parts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from node.database.database import Database
from node.debt.account import Account, replay
from node.debt.book import DebtBook
from node.debt.interest import Rates
from node.debt.law import load_law
from node.debt.model import Entry, Kind, Terms
from node.debt.requests import Charge, ChargeLine, Credit

LAW = load_law()
RATES = Rates(LAW.interest)
_NUMBERS = count(1)


class Clock:
    """A time that each reading moves by a microsecond."""

    def __init__(self, now: datetime = datetime(2026, 11, 23, 3, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now


class Desk:
    """A book and one taxpayer of its own."""

    def __init__(self, state: Database, organisation: str | None = None) -> None:
        self.state = state
        self.clock = Clock()
        self.book = DebtBook(state, self.clock)
        self.taxpayer = f"{next(_NUMBERS):010d}"
        self.organisation = organisation

    def source(self, *names: str) -> tuple[str, ...]:
        return (self.taxpayer, *names)

    def charge(self, number: str, amounts: dict[str, int], **changes: Any) -> Any:
        day = changes.pop("day", date(2026, 8, 1))
        values: dict[str, Any] = {
            "assessed_on": day,
            "registered_on": day,
            "released_on": day,
            "organisation": self.organisation,
            "taxpayer": self.taxpayer,
            "source": self.source("charge", number, str(changes.get("assessment", 1))),
            "declaration_no": number,
            "lines": lines(amounts),
        }
        return self.book.charge(Charge(**(values | changes)))

    def credit(self, payment: str, amount: int | Decimal, day: date, **changes: Any) -> Any:
        values: dict[str, Any] = {
            "taxpayer": self.taxpayer,
            "amount": Decimal(amount),
            "received_on": day,
            "source": self.source("bank", payment),
        }
        return self.book.credit(Credit(**(values | changes)))

    def total(self, on: date | None = None, known_at: datetime | None = None) -> int:
        return int(self.book.balance(self.taxpayer, on, known_at).total)


def lines(amounts: dict[str, int]) -> list[ChargeLine]:
    return [ChargeLine(tax, tax, Decimal(amount)) for tax, amount in amounts.items()]


class Entries:
    """Entries of one taxpayer, in the order in which they are made."""

    def __init__(self) -> None:
        self.found: list[Entry] = []

    def add(self, kind: Kind, day: date, amount: int = 0, **members: Any) -> Entry:
        entry = Entry(len(self.found) + 1, "s", kind, day, "t", amount, **members)
        self.found.append(entry)
        return entry

    def assess(self, number: str, day: date, **details: Any) -> Entry:
        given = {
            "assessment": 1,
            "registered_on": day.isoformat(),
            "terms": Terms.BEFORE_RELEASE.value,
            "due_on": None,
            "released_on": day.isoformat(),
        }
        return self.add(Kind.ASSESSMENT, day, declaration_no=number, details=given | details)

    def charge(self, number: str, amount: int, day: date, tax: str = "vat", **more: Any) -> Entry:
        kind = Kind.FINE if tax == "fine" else Kind.CHARGE
        return self.add(kind, day, amount, declaration_no=number, tax=tax, sub_item=tax, **more)

    def account(self) -> Account:
        return replay(LAW, RATES, self.found)
