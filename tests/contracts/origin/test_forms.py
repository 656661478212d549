"""All forms: the differences that stand in their data, and the boxes Form D lacks."""

import copy
import csv
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.forms import TRADE, form_json, full_form_json

from contracts.documents.sd_jwt import issue_sd_jwt, present_sd_jwt, verify_sd_jwt
from contracts.documents.x509 import new_document_key
from contracts.errors import FormError
from contracts.origin.certificate import (
    DOCUMENT_TYPE,
    certificate_claims,
    certificate_json,
    importer_paths,
    parse_certificate,
)
from contracts.origin.form_criteria import matches
from contracts.origin.form_rules import (
    fob_required,
    is_waived,
    keep_records_until,
    last_claim_day,
)
from contracts.origin.history import VALIDITY_LIMIT
from contracts.origin.rules import form_rules, known_forms
from contracts.origin.rules.codes import countries, currencies, group, units
from contracts.origin.rules.dated import document, entries_on
from contracts.origin.rules.national import national_rules

DAY = date(2026, 10, 5)
SHARED = Path(__file__).parents[4] / "shared" / "data"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="reference data beside the project (../shared/data) is absent"
)


@pytest.mark.parametrize("form", sorted(known_forms()))
def test_a_sound_certificate_of_each_form_is_read_and_written(form: str) -> None:
    value = form_json(form)
    parsed = parse_certificate(value)
    assert certificate_json(parsed) == value
    assert parsed.form == form
    assert parsed.issued_at < parsed.expires_at <= parsed.issued_at + VALIDITY_LIMIT


def test_every_box_of_form_d() -> None:
    value = full_form_json()
    form = parse_certificate(value)
    assert certificate_json(form) == value
    assert form.parent is not None
    assert form.expiry == date(2027, 9, 1)  # the original's, which ends first
    assert form.origin_country == "TH"


def test_form_d_is_meant_where_none_is_named() -> None:
    value = form_json()
    assert parse_certificate({k: v for k, v in value.items() if k != "form"}).form == "D"
    with pytest.raises(FormError, match="'DD' is unknown"):
        parse_certificate(value | {"form": "DD"})


def _set(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(form: dict[str, Any]) -> None:
        *boxes, last = path.split(".")
        at: Any = form
        for box in boxes:
            at = at[int(box)] if box.isdigit() else at[box]
        if value is None:
            del at[last]
        else:
            at[last] = value

    return change


MONEY = {"amount": "5999.99", "currency": "EUR"}
PARTY = {"name": "P", "address": "A", "country": "VN"}
PARENT = {"issued_in": "TH", "reference_no": "1", "issued": "2026-09-01", "expiry": "2027-09-01"}
EXHIBITION = {"name": "E", "address": "H", "country": "SG"}
BROKEN = {
    "intra-EU": ("EUR.1", [_set("issued_in", "DE")], "consignee.country"),
    "EAEU among themselves": (
        "EAV",
        [_set("issued_in", "KZ"), _set("exporter.country", "KZ")],
        "consignee.country",
    ),
    "donors among themselves": (
        "A",
        [_set("issued_in", "JP"), _set("exporter.country", "JP")],
        "consignee.country",
    ),
    "no producer on D": ("D", [_set("producer", PARTY)], "producer"),
    "no origin country by item on D": (
        "D",
        [_set("items.0.origin_country", "VN")],
        "items[0].origin_country",
    ),
    "RCEP origin missing": (
        "RCEP",
        [_set("items.0.origin_country", None)],
        "items[0].origin_country",
    ),
    "RCEP origin elsewhere": (
        "RCEP",
        [_set("items.0.origin_country", "US")],
        "items[0].origin_country",
    ),
    "criterion missing": (
        "D",
        [_set("items.0.origin_criterion", None)],
        "items[0].origin_criterion",
    ),
    "no criterion on EUR.1": (
        "EUR.1",
        [_set("items.0.origin_criterion", "WO")],
        "items[0].origin_criterion",
    ),
    "FOB on EUR.1": ("EUR.1", [_set("items.0.fob_value", MONEY)], "items[0].fob_value"),
    "LVC without value": ("VJ", [_set("items.0.fob_value", None)], "items[0].fob_value"),
    "PC at 40 %": (
        "D",
        [_set("items.0.origin_criterion", "PC 40%"), _set("flags.partial_cumulation", True)],
        "items[0].origin_criterion",
    ),
    "criterion of another form": (
        "D",
        [_set("items.0.origin_criterion", "WO-AK")],
        "items[0].origin_criterion",
    ),
    "flag of another form": ("VK", [_set("flags.exhibition", True)], "flags.exhibition"),
    "exhibition without its box": ("D", [_set("flags.exhibition", True)], "exhibition"),
    "exhibition without its flag": ("D", [_set("exhibition", EXHIBITION)], "exhibition"),
    "back-to-back without original": ("D", [_set("flags.back_to_back", True)], "parent"),
    "original without flag": ("D", [_set("parent", PARENT)], "parent"),
    "own original": (
        "D",
        [_set("parent", PARENT | {"issued_in": "VN"}), _set("flags.back_to_back", True)],
        "parent.issued_in",
    ),
    "original is over": (
        "D",
        [_set("parent", PARENT | {"expiry": "2026-10-05"}), _set("flags.back_to_back", True)],
        "parent.expiry",
    ),
    "origin outside": (
        "D",
        [
            _set("parent", PARENT),
            _set("flags.back_to_back", True),
            _set("exporter_declaration.produced_in", "US"),
        ],
        "exporter_declaration.produced_in",
    ),
    "transport missing": ("D", [_set("transport", None)], "transport"),
    "declaration missing": ("D", [_set("exporter_declaration", None)], "exporter_declaration"),
    "neither weight nor quantity": (
        "D",
        [_set("items.0.gross_weight", None)],
        "items[0].gross_weight",
    ),
    "copy before the original": ("D", [_set("certified_copy", "2026-10-04")], "certified_copy"),
    "copy after a year": ("D", [_set("certified_copy", "2027-10-06")], "certified_copy"),
    "replaces itself": ("D", [_set("replaces", "VN-26-01234")], "replaces"),
    "blanket too long": (
        "CPTPP",
        [_set("blanket_period", {"first": "2026-10-05", "last": "2027-10-06"})],
        "blanket_period",
    ),
    "blanket backwards": (
        "CPTPP",
        [_set("blanket_period", {"first": "2026-10-05", "last": "2026-10-04"})],
        "blanket_period",
    ),
    "certified exporter without code": (
        "D",
        [_set("certification.certified_by", "exporter")],
        "certification.exporter_code",
    ),
    "authority with code": (
        "D",
        [_set("certification.exporter_code", "CE-1")],
        "certification.exporter_code",
    ),
    "importer does not certify on D": (
        "D",
        [_set("certification.certified_by", "importer")],
        "certification.certified_by",
    ),
    "exporter of Viet Nam above 6,000 EUR": (
        "EUR.1",
        [_set("certification.certified_by", "exporter")],
        "certification.certified_by",
    ),
    "value in another currency": (
        "EUR.1",
        [
            _set("certification.certified_by", "exporter"),
            _set("items.0.ex_works_value", MONEY | {"currency": "USD"}),
        ],
        "certification.certified_by",
    ),
    "lines make less": (
        "D",
        [_set("items.0.export_lines", [{"declaration_no": "3", "line": 1, "quantity": "1199.5"}])],
        "items[0].export_lines",
    ),
    "line twice": (
        "D",
        [_set("items.0.export_lines", [{"declaration_no": "3", "line": 1, "quantity": "600"}] * 2)],
        "items[0].export_lines",
    ),
    "line zero": (
        "D",
        [_set("items.0.export_lines", [{"declaration_no": "3", "line": 0, "quantity": "600"}])],
        "items[0].export_lines[0].line",
    ),
    "invoiced at home": (
        "D",
        [
            _set("flags.third_country_invoicing", True),
            _set("items.0.third_country_company", {"name": "T", "country": "VN"}),
        ],
        "items[0].third_country_company.country",
    ),
    "no such country": ("D", [_set("exporter.country", "ZZ")], "exporter.country"),
    "no such currency": (
        "D",
        [_set("items.0.fob_value.currency", "ABC")],
        "items[0].fob_value.currency",
    ),
    "no such unit": ("D", [_set("items.0.quantity.unit", "XYZ")], "items[0].quantity.unit"),
    "before the agreement": (
        "VN-UAE",
        [_set("certification.date", "2025-10-05")],
        "certification.date",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_rule_of_a_form_is_broken(name: str) -> None:
    form, changes, field = BROKEN[name]
    value = form_json(form)
    parse_certificate(copy.deepcopy(value))  # sound before
    for change in changes:
        change(value)
    with pytest.raises(FormError) as caught:
        parse_certificate(value)
    assert caught.value.field == field


SOUND = {
    "PC below 40 %": (
        "D",
        [_set("items.0.origin_criterion", "PC 39.99%"), _set("flags.partial_cumulation", True)],
    ),
    "exhibition": ("D", [_set("flags.exhibition", True), _set("exhibition", EXHIBITION)]),
    "last day of copies": ("D", [_set("certified_copy", "2027-10-05")]),
    "other quantity alone": (
        "D",
        [
            _set("items.0.gross_weight", None),
            _set("items.0.other_quantity", {"value": "5", "unit": "MTQ"}),
        ],
    ),
    "certified exporter": (
        "D",
        [
            _set("certification.certified_by", "exporter"),
            _set("certification.exporter_code", "CE-1"),
        ],
    ),
    "exporter of Viet Nam to 6,000 EUR": (
        "EUR.1",
        [_set("certification.certified_by", "exporter"), _set("items.0.ex_works_value", MONEY)],
    ),
    "producer on RCEP": ("RCEP", [_set("producer", PARTY)]),
    "origin of another party on RCEP": ("RCEP", [_set("items.0.origin_country", "JP")]),
    "EUR.1 without transport": ("EUR.1", [_set("transport", None)]),
    "EUR.1 endorsed": (
        "EUR.1",
        [
            _set("remarks", "ISSUED RETROSPECTIVELY"),
            _set(
                "export_document",
                {"form": "EX", "number": "3065", "office": "Cat Lai", "date": "2026-10-05"},
            ),
        ],
    ),
    "blanket year": (
        "CPTPP",
        [_set("blanket_period", {"first": "2026-10-05", "last": "2027-10-04"})],
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_rule_of_a_form_is_kept(name: str) -> None:
    form, changes = SOUND[name]
    value = form_json(form)
    for change in changes:
        change(value)
    assert certificate_json(parse_certificate(value)) == value


def test_cptpp_certification_by_an_importer_abroad() -> None:
    value = form_json("CPTPP")
    for box in ("transport", "exporter_declaration"):
        del value[box]
    value |= {"issued_in": "JP", "exporter": PARTY | {"country": "JP"}}
    value["certification"]["certified_by"] = "importer"
    assert parse_certificate(value).exporter_declaration is None
    value |= {"issued_in": "VN", "exporter": PARTY}
    with pytest.raises(FormError, match="no importer of VN"):
        parse_certificate(value)


@pytest.mark.parametrize(
    ("criterion", "patterns", "found"),
    [
        ("40%", ("{n}%",), True),
        ("100%", ("{n}%",), True),
        ("100.01%", ("{n}%",), False),
        ("0%", ("{n}%",), False),
        ("040%", ("{n}%",), False),
        ("39.99%", ("{n<40}%",), True),
        ("40%", ("{n<40}%",), False),
        ("CTH + RVC 40%", ("{change} + RVC {n}%",), True),
        ("CTH +RVC 40%", ("{change} + RVC {n}%",), False),
        ("W 96.18", ("W {heading}",), True),
        ("W 9618", ("W {heading}",), True),
        ("W 96", ("W {heading}",), False),
        ("CTC, DMI, ACU", ("CTC{also}",), True),
        ("CTC", ("CTC{also}",), True),
        ("CTC, ACU, DMI", ("CTC{also}",), False),
        ("WO", ("PE", "WO"), True),
        ("wo", ("PE", "WO"), False),
        ("C.H", ("CTH",), False),
    ],
)
def test_grammar_of_criteria(criterion: str, patterns: tuple[str, ...], found: bool) -> None:
    assert matches(criterion, patterns) is found


@pytest.mark.parametrize(
    ("day", "importer", "criterion", "required", "verified"),
    [
        (date(2026, 10, 5), "SG", "WO", False, None),
        (date(2026, 10, 5), "SG", "40%", True, True),
        (date(2026, 10, 5), "ID", "WO", True, False),
        (date(2026, 10, 5), "ID", "40%", True, True),
        (date(2015, 1, 1), "KH", "WO", True, True),
        (date(2015, 1, 1), "SG", "WO", False, None),
        (date(2013, 12, 31), "SG", "WO", True, True),
    ],
)
def test_where_form_d_asks_for_the_value(
    day: date, importer: str, criterion: str, required: bool, verified: bool | None
) -> None:
    row = fob_required(form_rules("D", day), "VN", importer, criterion)
    assert (row is not None) is required
    assert row is None or row.is_verified is verified


def test_deadlines() -> None:
    assert form_rules("D", DAY).verification.conclude_days == 180
    assert form_rules("D", DAY).verification.reply_days == 90
    assert form_rules("EUR.1", DAY).verification.conclude_days == 300
    assert "claim_days" in form_rules("D", DAY).unverified
    assert "validity_months" not in form_rules("D", DAY).unverified


@pytest.mark.parametrize(
    ("form", "amount", "currency", "waived"),
    [
        ("D", "200", "USD", True),
        ("D", "200.01", "USD", False),
        ("D", "1", "VND", False),
        ("B", "1", "USD", False),
    ],
)
def test_small_consignments_need_no_certificate(
    form: str, amount: str, currency: str, waived: bool
) -> None:
    assert is_waived(form_rules(form, DAY), Decimal(amount), currency) is waived


def test_how_late_a_claim_may_come() -> None:
    assert last_claim_day(form_rules("D", DAY), DAY) == date(2026, 11, 4)
    assert last_claim_day(form_rules("EUR.1", DAY), DAY) == date(2028, 10, 4)


def test_the_longer_keeping_of_records_counts() -> None:
    rules = form_rules("D", DAY)
    assert keep_records_until(rules, "VN", DAY) == date(2031, 10, 5)
    assert keep_records_until(rules, "ID", DAY) == date(2029, 10, 5)


def test_service_time_of_authorities() -> None:
    assert national_rules("VN", DAY).decision_days == 3
    assert national_rules("VN", date(2018, 1, 1)).decision_days is None
    assert national_rules("ID", DAY).decision_days is None


def test_no_preference_without_end() -> None:
    assert parse_certificate(form_json("B")).expiry.year == 9999
    assert parse_certificate(form_json("A")).expiry == date(2027, 8, 5)


def test_rules_of_no_form() -> None:
    with pytest.raises(FormError, match="'Z' is unknown; use one of A, AANZ"):
        form_rules("Z", DAY)


def test_form_names_fit_the_ledger() -> None:
    assert all(0 < len(name.encode("ascii")) <= 8 for name in known_forms())
    assert sorted(TRADE) == sorted(known_forms())


class TestExportLines:
    KEY = new_document_key()

    def present(self, paths: Any) -> dict[str, Any]:
        form = parse_certificate(full_form_json())
        claims = certificate_claims(form, b"\1" * 32, b"\2" * 32)
        document = issue_sd_jwt(claims, self.KEY, {"typ": DOCUMENT_TYPE})
        shown = present_sd_jwt(document, paths)
        return verify_sd_jwt(shown, self.KEY.public_key(), DOCUMENT_TYPE, form.issued_at).claims

    def test_importers_see_all_but_the_lines(self) -> None:
        form = parse_certificate(full_form_json())
        claims = self.present(importer_paths(form))
        expected = full_form_json()
        del expected["items"][0]["export_lines"]
        assert {name: claims[name] for name in expected} == expected

    def test_one_line_discloses_by_itself(self) -> None:
        claims = self.present([("items", 0, "export_lines", 1)])
        assert claims["items"] == [
            {"export_lines": [full_form_json()["items"][0]["export_lines"][1]]}
        ]


@pytest.mark.parametrize("form", sorted(known_forms()))
def test_data_of_a_form_names_sources_and_times(form: str) -> None:
    content = document(known_forms()[form])
    assert content["source"]
    tables = {name: rows for name, rows in content.items() if isinstance(rows, list)}
    for name, rows in tables.items():
        for row in rows:
            assert row["evidence"] in {"source", "practice", "unverified"}, name
            start = date.fromisoformat(row["effective_from"])
            end = row["effective_to"]
            assert end is None or start < date.fromisoformat(end), name
    for name in tables.keys() - {"parties", "value_required", "certifiers", "waiver"}:
        assert len(entries_on(tables[name], DAY)) == 1, name
    rules = form_rules(form, DAY)
    assert rules.title_vi != rules.title_en
    assert rules.waiver_amount is None or rules.waiver_currency == "USD"


@needs_shared
def test_data_agrees_with_the_reference_table() -> None:
    with (SHARED / "codes" / "origin_forms.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["form"] for row in rows} == known_forms().keys()
    for row in rows:
        rules = form_rules(row["form"], DAY)
        assert rules.agreement == row["agreement"]
        months = None if row["validity"] == "-" else int(row["validity"].rstrip("m"))
        assert rules.validity_months == months, row["form"]
        assert rules.default_rule == row["default_rule"]
        bases = [] if row["value_basis"] == "-" else row["value_basis"].upper().split("/")
        assert list(rules.value_bases) == bases, row["form"]
        named = row["parties"].replace("/", "+").split("+")
        for name in named:
            if name in {"ASEAN", "EU", "EAEU"}:
                assert group(name) <= rules.parties
            elif len(name) == 2 and row["form"] != "EUR.1-UK":
                assert ("GB" if name == "UK" else name) in rules.parties


@needs_shared
def test_codes_agree_with_the_reference_tables() -> None:
    def column(name: str, key: str, **where: str) -> set[str]:
        with (SHARED / "ref" / name).open(newline="") as file:
            return {
                row[key].strip()
                for row in csv.DictReader(file)
                if all(row[other] == value for other, value in where.items())
            } - {""}

    assert countries() == column("country-codes.csv", "ISO3166-1-Alpha-2")
    in_use = column("currency-codes.csv", "AlphabeticCode", WithdrawalDate="")
    assert currencies() <= in_use
    assert not {code for code in in_use - currencies() if not code.startswith("X")}
    assert units().keys() <= column("unece-rec20-units.csv", "CommonCode", Status="")


@needs_shared
def test_box_8_of_the_shared_vectors() -> None:
    import json

    vectors = json.loads((SHARED / "test_vectors.json").read_text())["form_d_box8"]
    assert all(matches(text, form_rules("D", DAY).criteria) for text in vectors)
