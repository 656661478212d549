"""Taxes of the example declarations against the figures worked out by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from api.clearance.taxation import LineFacts, TaxContext, tax_declaration
from api.tax.assess import assess
from api.tax.assessment import Assessment
from api.tax.errors import MemberError
from api.tax.example import example_tariff
from api.tax.exchange import Publisher, Quotation, RateTable
from api.tax.model import Basis, CertificateState, Counterparty, Declaration, Remedy, RemedyKind
from api.tax.structure import read, write
from api.tax.tariff_rates import TariffRates
from contracts.clearance.declaration import require_declaration
from contracts.clearance.declaration.example import NAMES, example, example_json

REGISTERED = datetime(2026, 11, 23, 3, tzinfo=UTC)
REDUCED = {1: LineFacts(vat_reduced=True), 2: LineFacts(vat_reduced=True)}
FULL = {1: LineFacts(vat_reduced=False), 2: LineFacts(vat_reduced=False)}
VALID = {"TH2026-0011771": CertificateState.VALID, "E263302A0044170": CertificateState.VALID}
TARIFF = TariffRates(example_tariff())


def rates() -> RateTable:
    publisher = Publisher.VIETCOMBANK_TRANSFER_BUYING
    days = [date(2026, 11, 5) + timedelta(days=7 * week) for week in range(6)]
    found = {day: Quotation("USD", day, Decimal(25_410), publisher, "test") for day in days}
    return RateTable("test", {(publisher.value, "USD"): found}, frozenset())


def context(**changes: Any) -> TaxContext:
    members: dict[str, Any] = {
        "registered_at": REGISTERED,
        "certificates": VALID,
        "lines": FULL,
    }
    return TaxContext(**(members | changes))


def assessed(name: str, **changes: Any) -> Assessment:
    return assess(tax_declaration(example(name), context(**changes)), TARIFF, rates())


def amounts(found: Assessment) -> dict[str, int]:
    return {each.tax.value: int(each.amount) for each in found.taxes}


def test_preference_of_an_accepted_certificate() -> None:
    # 20,000 USD at 25,410 = 508,200,000; ATIGA 0 %; VAT 8 %
    found = assessed("import_green", lines=REDUCED)
    assert int(found.customs_value) == 508_200_000
    assert amounts(found) == {"import_duty": 0, "vat": 40_656_000}


@pytest.mark.parametrize(
    "certificates",
    [{}, {"TH2026-0011771": CertificateState.REJECTED}],
)
def test_no_preference_before_the_certificate_is_accepted(
    certificates: dict[str, CertificateState],
) -> None:
    # 20 % of 508,200,000; VAT 8 % of 609,840,000
    found = assessed("import_green", lines=REDUCED, certificates=certificates)
    assert amounts(found) == {"import_duty": 101_640_000, "vat": 48_787_200}


def test_freight_and_insurance_are_added_to_fob() -> None:
    # 10,730 USD at 25,410 = 272,649,300; ACFTA 0 %; VAT 10 %
    found = assessed("import_yellow")
    assert int(found.customs_value) == 272_649_300
    assert amounts(found) == {"import_duty": 0, "vat": 27_264_930}


def test_most_favoured_nation_rate() -> None:
    # 20 % of 254,100,000; VAT 10 % of 304,920,000
    assert amounts(assessed("import_red")) == {"import_duty": 50_820_000, "vat": 30_492_000}


def test_export_duty_of_shirts_is_none() -> None:
    found = assessed("export")
    assert int(found.customs_value) == 470_085_000
    assert int(found.total) == 0


def test_remedies_stand_beside_the_declaration() -> None:
    remedy = Remedy(RemedyKind.ANTI_DUMPING, Decimal(10), "decision")
    facts = {1: LineFacts(vat_reduced=False, remedies=(remedy,))}
    # 10 % of 254,100,000; VAT 10 % of 330,330,000
    assert amounts(assessed("import_red", lines=facts)) == {
        "import_duty": 50_820_000,
        "anti_dumping": 25_410_000,
        "vat": 33_033_000,
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_computation_reads_what_is_written(name: str) -> None:
    changes = {"counterparty": Counterparty.EPE, "basis": Basis.WEIGHT}
    found = tax_declaration(example(name), context(**changes))
    assert read(Declaration, write(found), "declaration") == found
    assert found.number == str(example(name).declaration_no)[:11]
    assert (found.amendment, found.counterparty, found.basis) == (0, *changes.values())


def test_amendments_keep_the_number() -> None:
    value = example_json("import_red") | {"declaration_no": "107000000034"}
    found = tax_declaration(require_declaration(value), context())
    assert (found.number, found.amendment) == ("10700000003", 4)


def test_a_draft_has_no_taxes() -> None:
    value = example_json("import_red")
    del value["declaration_no"]
    with pytest.raises(MemberError, match="register it first"):
        tax_declaration(require_declaration(value), context())


def test_long_descriptions_are_cut() -> None:
    value = example_json("import_red")
    value["lines"][0]["description"] = " " + "x" * 900
    found = tax_declaration(require_declaration(value), context())
    assert found.lines[0].description == "x" * 200


def test_a_waived_certificate_is_exempt() -> None:
    value = example_json("import_green")
    for line in value["lines"]:
        del line["certificates"]
    preference = tax_declaration(require_declaration(value), context()).lines[0].preference
    assert preference is not None
    assert preference.certificate is CertificateState.EXEMPT


@pytest.mark.parametrize("column", ["MFN", "ORDINARY"])
def test_a_column_without_preference_claims_none(column: str) -> None:
    value = example_json("import_red")
    value["lines"][0]["preference"] = column
    found = tax_declaration(require_declaration(value), context())
    assert found.lines[0].preference is None
