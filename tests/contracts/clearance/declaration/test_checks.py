"""Rules between the fields of a declaration: each broken in turn beside a sound example."""

import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from contracts.clearance.declaration import Finding, check_declaration, require_declaration
from contracts.clearance.declaration.example import NAMES, example, example_json
from contracts.clearance.declaration.objects import FINDINGS_LIMIT

DAY = date(2026, 11, 23)
Change = Callable[[dict[str, Any]], object]


def checked(value: dict[str, Any], on: date = DAY) -> tuple[Finding, ...]:
    return check_declaration(require_declaration(value), on)


def put(*path: str | int, value: Any) -> Change:
    def change(document: Any) -> None:
        for each in path[:-1]:
            document = document[each]
        document[path[-1]] = value

    return change


def drop(*path: str | int) -> Change:
    def change(document: Any) -> None:
        for each in path[:-1]:
            document = document[each]
        del document[path[-1]]

    return change


def again(*path: str | int) -> Change:
    def change(document: Any) -> None:
        for each in path:
            document = document[each]
        document.append(document[0])

    return change


PERMIT = {"kind": "other", "number": "P-1", "agency": "A", "valid_until": "2027-01-01"}
CASES: list[tuple[str, Change, str, str]] = [
    ("import_green", put("country", value="TH"), "DECL_COUNTRY_RULES", "/country"),
    ("import_green", put("procedure", value="A99"), "DECL_PROCEDURE_UNKNOWN", "/procedure"),
    ("import_green", put("procedure", value="B11"), "DECL_PROCEDURE_DIRECTION", "/procedure"),
    ("export", put("procedure", value="A11"), "DECL_PROCEDURE_DIRECTION", "/procedure"),
    (
        "import_green",
        put("lines", 1, "procedure", value="E62"),
        "DECL_PROCEDURE_DIRECTION",
        "/lines/1/procedure",
    ),
    (
        "import_green",
        put("declaration_no", value="307000000010"),
        "DECL_NUMBER_DIRECTION",
        "/declaration_no",
    ),
    (
        "import_green",
        put("importer", "country", value="TH"),
        "DECL_TRADER_COUNTRY",
        "/importer/country",
    ),
    ("export", put("exporter", "country", value="TH"), "DECL_TRADER_COUNTRY", "/exporter/country"),
    ("import_green", drop("importer", "tax_code"), "DECL_TAX_CODE_MISSING", "/importer/tax_code"),
    ("export", drop("declarant", "tax_code"), "DECL_TAX_CODE_MISSING", "/declarant/tax_code"),
    (
        "import_green",
        put("importer", "tax_code", value="990000001"),
        "DECL_TAX_CODE_FORM",
        "/importer/tax_code",
    ),
    (
        "import_yellow",
        put("agent", "tax_code", value="9900000011"),
        "DECL_TAX_CODE_CHECK",
        "/agent/tax_code",
    ),
    ("import_green", put("ucr", value="6XXABC"), "DECL_UCR_COUNTRY", "/ucr"),
    (
        "import_green",
        put("transport", "destination_country", value="LA"),
        "DECL_DESTINATION",
        "/transport/destination_country",
    ),
    (
        "export",
        put("transport", "departure_country", value="TH"),
        "DECL_DESTINATION",
        "/transport/departure_country",
    ),
    (
        "import_green",
        put("transport", "discharge", value="THLCH"),
        "DECL_PLACE_COUNTRY",
        "/transport/discharge",
    ),
    (
        "import_green",
        put("transport", "mode", value="0"),
        "DECL_TRANSPORT_MODE_UNKNOWN",
        "/transport/mode",
    ),
    (
        "import_green",
        drop("transport", "documents"),
        "DECL_TRANSPORT_DOCUMENT_MISSING",
        "/transport/documents",
    ),
    (
        "import_red",
        put("transport", "documents", 0, "type", value="705"),
        "DECL_TRANSPORT_DOCUMENT_MISSING",
        "/transport/documents",
    ),
    ("import_green", again("containers"), "DECL_DUPLICATE", "/containers/1/number"),
    ("import_green", again("containers", 0, "seals"), "DECL_DUPLICATE", "/containers/0/seals/1"),
    ("import_green", again("invoices"), "DECL_DUPLICATE", "/invoices/1/number"),
    ("import_green", again("certificates"), "DECL_DUPLICATE", "/certificates/1/reference_no"),
    ("import_green", again("documents"), "DECL_DUPLICATE", "/documents/1/number"),
    ("import_red", again("permits"), "DECL_DUPLICATE", "/permits/1/number"),
    ("import_red", again("lines", 0, "permits"), "DECL_DUPLICATE", "/lines/0/permits/1"),
    (
        "import_red",
        again("transport", "documents"),
        "DECL_DUPLICATE",
        "/transport/documents/1/number",
    ),
    (
        "import_green",
        put("containers", 0, "number", value="TSLU1000031"),
        "DECL_CONTAINER_CHECK",
        "/containers/0/number",
    ),
    (
        "import_green",
        put("containers", 0, "number", value="TSLU1000010"),
        "DECL_CONTAINER_CHECK_TEN",
        "/containers/0/number",
    ),
    ("import_green", put("declared_on", value="2026-11-25"), "DECL_DATE_FUTURE", "/declared_on"),
    (
        "import_green",
        put("invoices", 0, "date", value="2026-11-25"),
        "DECL_DATE_FUTURE",
        "/invoices/0/date",
    ),
    (
        "import_green",
        put("certificates", 0, "issued_on", value="2026-11-25"),
        "DECL_DATE_FUTURE",
        "/certificates/0/issued_on",
    ),
    (
        "import_green",
        put("transport", "documents", 0, "issued_on", value="2026-11-25"),
        "DECL_DATE_FUTURE",
        "/transport/documents/0/issued_on",
    ),
    (
        "import_red",
        put("permits", 0, "valid_until", value="2026-11-22"),
        "DECL_PERMIT_EXPIRED",
        "/permits/0/valid_until",
    ),
    ("import_green", put("lines", 1, "number", value=3), "DECL_LINE_NUMBER", "/lines/1/number"),
    ("import_green", put("lines", 1, "number", value=1), "DECL_LINE_NUMBER", "/lines/1/number"),
    (
        "import_red",
        put("lines", 0, "invoice", value="NONE"),
        "DECL_REFERENCE_UNKNOWN",
        "/lines/0/invoice",
    ),
    (
        "import_red",
        put("lines", 0, "permits", 0, value="NONE"),
        "DECL_REFERENCE_UNKNOWN",
        "/lines/0/permits/0",
    ),
    (
        "import_green",
        put("lines", 0, "certificates", 0, "reference_no", value="NONE"),
        "DECL_REFERENCE_UNKNOWN",
        "/lines/0/certificates/0/reference_no",
    ),
    (
        "import_red",
        put("lines", 0, "price_currency", value="JPY"),
        "DECL_LINE_CURRENCY",
        "/lines/0/price_currency",
    ),
    (
        "import_red",
        put("invoices", 0, "amount", value="9999.99"),
        "DECL_INVOICE_EXCEEDED",
        "/invoices/0/amount",
    ),
    (
        "import_red",
        put("invoices", 0, "amount", value="10000.01"),
        "DECL_INVOICE_PARTIAL",
        "/invoices/0/amount",
    ),
    (
        "import_red",
        put("gross_mass_kg", value="229.999999"),
        "DECL_NET_ABOVE_GROSS",
        "/gross_mass_kg",
    ),
    ("import_yellow", put("costs", 1, "amount", value="0"), "DECL_COST_ZERO", "/costs/1/evidence"),
    (
        "import_red",
        put("lines", 0, "quantity", value={"value": "0.5", "unit": "TNE"}),
        "DECL_UNIT_MASS",
        "/lines/0/quantity",
    ),
    (
        "export",
        put(
            "certificates",
            value=[
                {
                    "form": "D",
                    "reference_no": "X",
                    "issuing_country": "VN",
                    "issued_on": "2026-11-01",
                }
            ],
        ),
        "DECL_CERTIFICATE_EXPORT",
        "/certificates",
    ),
    (
        "export",
        put("lines", 0, "preference", value="ATIGA"),
        "DECL_PREFERENCE_EXPORT",
        "/lines/0/preference",
    ),
    (
        "import_green",
        put("certificates", 0, "issued_on", value="1990-01-01"),
        "DECL_CERTIFICATE_RULES",
        "/certificates/0/form",
    ),
    (
        "import_green",
        put("certificates", 0, "issuing_country", value="JP"),
        "DECL_CERTIFICATE_PARTY",
        "/certificates/0/issuing_country",
    ),
    (
        "import_green",
        put("certificates", 0, "issued_on", value="2025-11-01"),
        "DECL_CERTIFICATE_EXPIRED",
        "/certificates/0/issued_on",
    ),
    (
        "import_green",
        put("lines", 0, "origin_country", value="CN"),
        "DECL_CERTIFICATE_ORIGIN",
        "/lines/0/origin_country",
    ),
    (
        "import_green",
        again("lines", 0, "certificates"),
        "DECL_CERTIFICATES_CONTRADICT",
        "/lines/0/certificates",
    ),
    (
        "import_green",
        put("lines", 0, "preference", value="ATLANTIS"),
        "DECL_PREFERENCE_UNKNOWN",
        "/lines/0/preference",
    ),
    (
        "import_green",
        put("lines", 0, "preference", value="ACFTA"),
        "DECL_PREFERENCE_CERTIFICATE",
        "/lines/0/preference",
    ),
    (
        "import_green",
        drop("lines", 0, "certificates"),
        "DECL_PREFERENCE_UNPROVED",
        "/lines/0/preference",
    ),
    (
        "import_green",
        put("lines", 0, "preference", value="MFN"),
        "DECL_CERTIFICATE_IDLE",
        "/lines/0/preference",
    ),
    (
        "import_red",
        put("flow", value="express_low_value"),
        "DECL_EXPRESS_PERMIT",
        "/permits",
    ),
]


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_sound(name: str) -> None:
    assert checked(example_json(name)) == ()


@pytest.mark.parametrize(("name", "change", "code", "field"), CASES,
                         ids=[f"{i}-{case[2]}" for i, case in enumerate(CASES)])  # fmt: skip
def test_broken_rule(name: str, change: Change, code: str, field: str) -> None:
    value = example_json(name)
    change(value)
    found = {(each.code, each.field) for each in checked(value)}
    assert (code, field) in found


def test_what_is_right_beside_a_fault_is_not_blamed() -> None:
    value = example_json("import_red")
    value["gross_mass_kg"] = "1"
    assert [each.code for each in checked(value)] == ["DECL_NET_ABOVE_GROSS"]


@pytest.mark.parametrize("day", ["2026-11-24", "2026-11-23"])
def test_a_day_within_the_skew(day: str) -> None:
    value = example_json("import_red")
    value["invoices"][0]["date"] = day
    assert checked(value) == ()


def test_back_to_back_may_name_another_origin() -> None:
    value = example_json("import_green")
    value["lines"][0]["origin_country"] = "MY"
    value["certificates"][0]["back_to_back"] = True
    value["lines"][1]["origin_country"] = "MY"
    assert checked(value) == ()


def test_members_of_a_union_are_one_origin() -> None:
    value = example_json("import_green")
    value["certificates"][0] |= {"form": "EUR.1", "issuing_country": "DE"}
    for line in value["lines"]:
        line |= {"origin_country": "FR", "preference": "EVFTA"}
    assert checked(value) == ()


def test_invoices_of_other_terms() -> None:
    value = example_json("import_red")
    value["invoices"].append(
        value["invoices"][0] | {"number": "ME-2", "currency": "JPY", "incoterm": "DPU"}
    )
    assert [each.code for each in checked(value)] == [
        "DECL_INVOICE_CURRENCIES",
        "DECL_INVOICE_TERMS",
        "DECL_INVOICE_UNUSED",
    ]


def test_certificate_that_no_line_uses() -> None:
    value = example_json("import_red")
    certificate = example_json("import_green")["certificates"][0]
    value["certificates"] = [certificate]
    (found,) = checked(value)
    assert (found.code, found.is_error) == ("DECL_CERTIFICATE_UNUSED", False)


def express(amount: str) -> dict[str, Any]:
    value = example_json("import_red")
    del value["permits"], value["lines"][0]["permits"]
    value["flow"] = "express_low_value"
    value["invoices"][0] |= {"amount": amount, "currency": "VND"}
    value["lines"][0] |= {"price_amount": amount, "price_currency": "VND"}
    return value


def test_express_goods_to_the_limit() -> None:
    assert checked(express("1000000")) == ()
    (found,) = checked(express("1000001"))
    assert (found.code, found.field) == ("DECL_EXPRESS_VALUE", "/flow")


def test_small_consignments_need_no_certificate() -> None:
    value = example_json("import_green")
    del value["certificates"]
    value["invoices"][0]["amount"] = "200"
    for line in value["lines"]:
        line["price_amount"] = "100"
        del line["certificates"]
    assert checked(value) == ()


def test_sum_that_no_amount_writes() -> None:
    value = example_json("import_green")
    for line in value["lines"]:
        line["price_amount"] = "999999999999999"
    assert "DECL_AMOUNT_TOO_LARGE" in {each.code for each in checked(value)}


def test_findings_are_bounded() -> None:
    value = example_json("import_red")
    value["lines"] = [value["lines"][0] | {"number": 9_999, "invoice": "X"}] * 800
    found = checked(value)
    assert len(found) == FINDINGS_LIMIT + 1
    assert found[-1].code == "DECL_MORE"


def test_most_lines_within_seconds() -> None:
    value = example_json("import_green")
    line = value["lines"][0] | {"price_amount": "2", "net_mass_kg": "0.1"}
    value["lines"] = [line | {"number": number} for number in range(1, 10_000)]
    value["invoices"][0]["amount"] = "19998"
    began = time.process_time()
    assert checked(value) == ()
    assert time.process_time() - began < 4


def test_trader_and_partner() -> None:
    assert example("export").trader == example("export").exporter
    assert example("import_red").trader == example("import_red").importer
    assert example("import_red").partner == example("import_red").exporter


@pytest.mark.parametrize(
    ("day", "codes"), [("2026-01-31", {"DECL_TERM_UNKNOWN"}), ("2026-02-01", set[str]())]
)
def test_terms_of_delivery_by_date(day: str, codes: set[str]) -> None:
    value = example_json("import_red")
    value["invoices"][0] |= {"incoterm": "DPU", "date": "2026-01-02"}
    value["declared_on"] = "2026-01-03"
    assert {each.code for each in checked(value, date.fromisoformat(day))} == codes
