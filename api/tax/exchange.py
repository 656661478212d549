"""Which exchange rate counts on the day of registration.

A currency that the bank of the weekly rate quotes has one rate for a whole week of registrations:
that of the end of Thursday of the week before, or of the working day before that Thursday where it
was none. Other currencies have the State Bank's latest rate; dong need none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Final

from api.tax.errors import ExchangeRateMissingError, MemberError
from api.tax.model import Currency, Text
from api.tax.rules import Provision, rule_set
from api.tax.structure import Pattern, read

TABLE_FORMAT: Final = "tradeseal-exchange-rates/1"
_ONE: Final = Decimal(1)


class Publisher(StrEnum):
    """Who publishes a rate, and which of its rates."""

    VIETCOMBANK_TRANSFER_BUYING = "vietcombank_transfer_buying"
    STATE_BANK = "state_bank"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class Quotation:
    """A rate in dong per unit of a currency.

    Attributes:
        date: The day at whose end it stood, or on which it was published.
    """

    currency: Currency
    date: date
    rate: Decimal
    publisher: Publisher
    source: Text


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day from Monday to Friday on which the bank did not work."""

    date: date
    name: Text


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table of rates as it is written."""

    format: Annotated[str, Pattern(r"tradeseal-exchange-rates/1", TABLE_FORMAT)]
    version: Text
    quotations: tuple[Quotation, ...]
    holidays: tuple[Holiday, ...] = ()


@dataclass(frozen=True, slots=True)
class RateTable:
    """Rates by publisher, currency and day.

    Attributes:
        version: Edition of the table, which an assessment names.
        quotations: By publisher and currency, by day.
        holidays: Working days of the week on which nothing was published.
    """

    version: str
    quotations: Mapping[tuple[str, str], Mapping[date, Quotation]]
    holidays: frozenset[date]

    def quotation(self, currency: str, day: date, path: str) -> Quotation:
        """Return the rate of a currency for declarations registered on a day.

        Args:
            currency: Code of ISO 4217.
            day: Day of registration in Viet Nam.
            path: How errors name the amount.

        Raises:
            ExchangeRateMissingError: The table has none of the day that the law names.

        Source: Circular 38/2015/TT-BTC, Art. 35.
        """
        if currency == str(exchange_rule("home", day).value):
            return Quotation(currency, day, _ONE, Publisher.HOME, "the currency of the taxes")
        weekly = exchange_rule("weekly", day).value
        if currency in weekly["currencies"]:
            return self._weekly(currency, day, str(weekly["publisher"]), path)
        publisher = str(exchange_rule("latest", day).value["publisher"])
        known = self.quotations.get((publisher, currency), {})
        days = [published for published in known if published <= day]
        if not days:
            raise ExchangeRateMissingError(path, currency, f"{day} or earlier", publisher)
        return known[max(days)]

    def _weekly(self, currency: str, day: date, publisher: str, path: str) -> Quotation:
        wanted = self.weekly_day(day)
        found = self.quotations.get((publisher, currency), {}).get(wanted)
        if found is None:
            raise ExchangeRateMissingError(path, currency, str(wanted), publisher)
        return found

    def weekly_day(self, day: date) -> date:
        """Return the day whose rate counts for registrations on `day`."""
        weekly, weekend = exchange_rule("weekly", day), exchange_rule("weekend", day)
        monday = day - timedelta(days=day.weekday())
        wanted = monday - timedelta(days=7 - int(weekly.value["weekday"]))
        while str(wanted.weekday()) in weekend.value or wanted in self.holidays:
            wanted -= timedelta(days=1)
        return wanted


def exchange_rule(name: str, day: date) -> Provision:
    """Return a provision about exchange rates on a day."""
    return rule_set("exchange", day).provision(name)


def parse_table(value: object) -> RateTable:
    """Return a table from parsed JSON.

    Raises:
        MemberError: A member is not of its form, a rate is zero, or a day has two rates.
        NegativeAmountError: A rate is below zero.
    """
    file = read(TableFile, value, "rates")
    quotations: dict[tuple[str, str], dict[date, Quotation]] = {}
    for place, found in enumerate(file.quotations):
        path = f"rates.quotations[{place}]"
        if not found.rate:
            raise MemberError(f"{path}.rate", "is zero", "send the rate as published")
        days = quotations.setdefault((found.publisher.value, found.currency), {})
        if found.date in days:
            problem = f"is the second rate of {found.currency} on {found.date}"
            raise MemberError(path, problem, "send one rate of each day")
        days[found.date] = found
    return RateTable(file.version, quotations, frozenset(one.date for one in file.holidays))


@cache
def empty_table() -> RateTable:
    """Return a table without rates, enough for amounts in dong."""
    return RateTable("none", {}, frozenset())
