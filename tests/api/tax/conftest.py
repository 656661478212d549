"""What the tests of taxes build on: a declaration with rates of its own, and exchange rates."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from api.tax.assess import assess
from api.tax.assessment import Assessment
from api.tax.example import example_tariff
from api.tax.exchange import Publisher, Quotation, RateTable
from api.tax.model import Declaration
from api.tax.structure import read
from api.tax.tariff_rates import TariffRates

Document = dict[str, Any]
USD_RATE = "25410"


def line_of(**changes: Any) -> Document:
    found: Document = {
        "number": 1,
        "hs": "85121000",
        "description": "goods",
        "quantity": {"value": "10", "unit": "H87"},
        "value": {"amount": "10000", "currency": "USD"},
        "origin": "JP",
        "rates": {"duty": {"percent": "10"}, "vat_percent": "10", "reference": "test"},
    }
    return {name: value for name, value in (found | changes).items() if value is not None}


def document_of(*lines: Document, **changes: Any) -> Document:
    found: Document = {
        "format": "tradeseal-tax-declaration/1",
        "number": "106543210980",
        "amendment": 0,
        "kind": "import",
        "registered_at": "2026-11-23T03:00:00Z",
        "taxpayer": "0100109106",
        "procedure": "A11",
        "incoterm": "CIF",
        "place": "Hai Phong",
        "currency": "USD",
        "lines": list(lines) or [line_of()],
    }
    return {name: value for name, value in (found | changes).items() if value is not None}


def table_of(rate: str = USD_RATE) -> RateTable:
    """Return one rate of USD for every Thursday from 2015 on."""
    publisher = Publisher.VIETCOMBANK_TRANSFER_BUYING
    first = date(2015, 3, 5)
    days = [first + timedelta(days=7 * week) for week in range(52 * 18)]
    found = {day: Quotation("USD", day, Decimal(rate), publisher, "test") for day in days}
    return RateTable("test", {(publisher.value, "USD"): found}, frozenset())


@pytest.fixture(scope="session")
def line() -> Callable[..., Document]:
    return line_of


@pytest.fixture(scope="session")
def document() -> Callable[..., Document]:
    return document_of


@pytest.fixture(scope="session")
def table() -> RateTable:
    return table_of()


@pytest.fixture(scope="session")
def tables() -> Callable[..., RateTable]:
    return table_of


@pytest.fixture(scope="session")
def tariff() -> TariffRates:
    return TariffRates(example_tariff())


@pytest.fixture(scope="session")
def assessed(table: RateTable, tariff: TariffRates) -> Callable[..., Assessment]:
    def run(value: Document, rates: RateTable = table) -> Assessment:
        return assess(read(Declaration, value, "declaration"), tariff, rates)

    return run
