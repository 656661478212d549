"""The exchange rate of the right week. Source of the cases: Circular 38/2015/TT-BTC, Art. 35."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from api.tax.assess import tax_day
from api.tax.errors import ExchangeRateMissingError, MemberError, NegativeAmountError
from api.tax.exchange import RateTable, empty_table, parse_table
from api.tax.model import Declaration
from api.tax.structure import read

HOLIDAYS = ("2026-09-02", "2026-12-31", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19",
            "2026-02-20", "2026-04-30", "2026-05-01")  # fmt: skip


def quotation(currency: str, day: str, rate: str = "1", publisher: str = "") -> dict[str, str]:
    return {
        "currency": currency,
        "date": day,
        "rate": rate,
        "publisher": publisher or "vietcombank_transfer_buying",
        "source": "test",
    }


def table(*quotations: dict[str, str], holidays: tuple[str, ...] = HOLIDAYS) -> RateTable:
    return parse_table(
        {
            "format": "tradeseal-exchange-rates/1",
            "version": "t",
            "quotations": list(quotations),
            "holidays": [{"date": day, "name": "holiday"} for day in holidays],
        }
    )


# day of registration, day whose rate counts
WEEKS = [
    ("2026-11-16", "2026-11-12"),
    ("2026-11-19", "2026-11-12"),
    ("2026-11-20", "2026-11-12"),
    ("2026-11-21", "2026-11-12"),
    ("2026-11-22", "2026-11-12"),
    ("2026-11-23", "2026-11-19"),
    ("2026-11-27", "2026-11-19"),
    ("2026-11-29", "2026-11-19"),
    ("2026-11-30", "2026-11-26"),
    ("2026-12-31", "2026-12-24"),
    ("2027-01-03", "2026-12-24"),
    ("2027-01-04", "2026-12-30"),  # Thursday 31 December without rates
    ("2026-02-15", "2026-02-05"),
    ("2026-02-22", "2026-02-12"),
    ("2026-02-23", "2026-02-13"),  # the whole week of Tet without rates, and the week-end before
    ("2026-03-02", "2026-02-26"),
    ("2026-05-04", "2026-04-29"),
    ("2026-05-03", "2026-04-23"),
    ("2026-09-07", "2026-09-03"),
    ("2024-02-29", "2024-02-22"),
    ("2024-03-04", "2024-02-29"),
]


@pytest.mark.parametrize(("registered", "wanted"), WEEKS)
def test_week(registered: str, wanted: str) -> None:
    day = date.fromisoformat(registered)
    found = table(quotation("USD", wanted, "25410")).quotation("USD", day, "x")
    assert (found.date.isoformat(), found.rate) == (wanted, Decimal(25410))
    later = date.fromordinal(date.fromisoformat(wanted).toordinal() + 1).isoformat()
    with pytest.raises(ExchangeRateMissingError, match=wanted):
        table(quotation("USD", later)).quotation("USD", day, "x")


# instant in UTC, day in Viet Nam
INSTANTS = [
    ("2026-11-22T16:59:59Z", "2026-11-22"),
    ("2026-11-22T17:00:00Z", "2026-11-23"),
    ("2026-12-31T16:59:59Z", "2026-12-31"),
    ("2026-12-31T17:00:00Z", "2027-01-01"),
    ("2026-06-30T17:00:00Z", "2026-07-01"),
]


@pytest.mark.parametrize(("instant", "day"), INSTANTS)
def test_day_is_of_viet_nam(instant: str, day: str, document: Callable[..., Any]) -> None:
    declaration = read(Declaration, document(registered_at=instant), "declaration")
    assert tax_day(declaration.registered_at).isoformat() == day


# day of registration, day of the State Bank's publication that counts
LATEST = [
    ("2026-11-23", "2026-11-20"),
    ("2026-11-20", "2026-11-20"),
    ("2026-11-19", "2026-11-02"),
    ("2026-11-02", "2026-11-02"),
]


@pytest.mark.parametrize(("registered", "wanted"), LATEST)
def test_state_bank(registered: str, wanted: str) -> None:
    known = table(*(quotation("LAK", day, "1.2", "state_bank")
                    for day in ("2026-11-02", "2026-11-20", "2026-11-24")))  # fmt: skip
    found = known.quotation("LAK", date.fromisoformat(registered), "x")
    assert found.date.isoformat() == wanted


def test_state_bank_has_nothing_yet() -> None:
    known = table(quotation("LAK", "2026-11-02", "1.2", "state_bank"))
    with pytest.raises(ExchangeRateMissingError, match="state_bank"):
        known.quotation("LAK", date(2026, 11, 1), "x")


def test_dong_need_no_rate() -> None:
    assert empty_table().quotation("VND", date(2026, 11, 23), "x").rate == 1


@pytest.mark.parametrize("currency", ["EUR", "XXX", "JPY"])
def test_missing_rate_says_which(currency: str) -> None:
    known = table(quotation("USD", "2026-11-19"))
    with pytest.raises(ExchangeRateMissingError) as caught:
        known.quotation(currency, date(2026, 11, 23), "declaration.currency")
    assert currency in str(caught.value)
    assert currency in caught.value.text("vi")


@pytest.mark.parametrize(
    ("rates", "error", "text"),
    [
        ([quotation("USD", "2026-11-19", "0")], MemberError, r"quotations\[0\].rate"),
        ([quotation("USD", "2026-11-19", "-1")], NegativeAmountError, r"quotations\[0\].rate"),
        ([quotation("USD", "2026-11-19"), quotation("USD", "2026-11-19", "2")], MemberError,
         "second rate"),
        ([quotation("US", "2026-11-19")], MemberError, "currency"),
        ([quotation("USD", "2026-11-31")], MemberError, "date"),
        ([quotation("USD", "2026-11-19", "1,5")], MemberError, "amount"),
        ([quotation("USD", "2026-11-19", "1", "a_friend")], MemberError, "publisher"),
    ],
)  # fmt: skip
def test_table_that_is_none(rates: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        table(*rates)
