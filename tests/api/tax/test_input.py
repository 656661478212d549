"""Bad input: a code, the member, what to do; nothing is assessed. And the published schema."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from api.tax import errors
from api.tax.errors import DeclarationError, TaxError
from api.tax.model import Declaration
from api.tax.schemas import DOCUMENTS, write_schemas
from api.tax.structure import read, schema, write

Build = Callable[..., Any]
ROOT = Path(__file__).parents[3]
# changes of the declaration, changes of its line, code, what the text names
BAD = [
    ({"format": "tradeseal-tax-declaration/2"}, {}, "tax-member", "declaration.format"),
    ({"number": "12"}, {}, "tax-member", "declaration.number"),
    ({"number": 106543210980}, {}, "tax-member", "declaration.number"),
    ({"amendment": "0"}, {}, "tax-member", "declaration.amendment"),
    ({"amendment": -1}, {}, "tax-member", "declaration.amendment"),
    ({"amendment": True}, {}, "tax-member", "declaration.amendment"),
    ({"amendment": 65536}, {}, "tax-member", "declaration.amendment"),
    ({"kind": "transit"}, {}, "tax-member", "import, export"),
    ({"kind": 1}, {}, "tax-member", "declaration.kind"),
    ({"registered_at": "2026-11-23"}, {}, "tax-member", "registered_at"),
    ({"registered_at": "2026-02-30T00:00:00Z"}, {}, "tax-member", "registered_at"),
    ({"registered_at": "2026-11-23T03:00:00+07:00"}, {}, "tax-member", "registered_at"),
    ({"registered_at": "2015-03-31T16:59:59Z"}, {}, "tax-member", "2015-04-01"),
    ({"taxpayer": "010010910"}, {}, "tax-member", "declaration.taxpayer"),
    ({"currency": "usd"}, {}, "tax-member", "declaration.currency"),
    ({"currency": "EUR"}, {}, "tax-exchange-rate", "EUR"),
    ({"currency": "XYZ"}, {}, "tax-exchange-rate", "state_bank"),
    ({"currency": "VND"}, {}, "tax-currency", r"lines\[0\].value.currency"),
    ({"incoterm": "XXX"}, {}, "tax-incoterm", "CIF"),
    ({"incoterm": "FOB"}, {}, "tax-cost-missing", "freight"),
    ({"procedure": "a11"}, {}, "tax-member", "declaration.procedure"),
    ({"procedure": "B11"}, {}, "tax-procedure", "B11"),
    ({"lines": []}, {}, "tax-member", "declaration.lines"),
    ({"lines": {}}, {}, "tax-member", "declaration.lines"),
    ({"lines": [{}] * 5001}, {}, "tax-member", "5000"),
    ({"lines": [7]}, {}, "tax-member", r"lines\[0\]"),
    ({"costs": [{"kind": "bribe"}]}, {}, "tax-member", r"costs\[0\].kind"),
    ({"costs": "none"}, {}, "tax-member", "declaration.costs"),
    ({"basis": "luck"}, {}, "tax-member", "value, weight"),
    ({"stage": "soon"}, {}, "tax-member", "final, provisional"),
    ({"released_on": "2026-11-24"}, {}, "tax-contradiction", "released_on"),
    ({"released_on": "24.11.2026"}, {}, "tax-member", "released_on"),
    ({"released_on": "2026-11-31"}, {}, "tax-member", "released_on"),
    ({"released_on": "2026-11-22", "stage": "provisional"}, {}, "tax-contradiction", "before"),
    ({"extra": "1"}, {}, "tax-member", "declaration.extra"),
    ({}, {"number": 0}, "tax-member", r"lines\[0\].number"),
    ({}, {"hs": "8512"}, "tax-member", r"lines\[0\].hs"),
    ({}, {"hs": "85121x00"}, "tax-member", r"lines\[0\].hs"),
    ({}, {"hs": "99999999", "rates": None}, "tax-tariff", "99999999"),
    ({}, {"hs": "87024010", "rates": None}, "tax-tariff", "Chapter 98"),
    ({}, {"description": ""}, "tax-member", r"lines\[0\].description"),
    ({}, {"description": "\u0007"}, "tax-member", r"lines\[0\].description"),
    ({}, {"origin": "Japan"}, "tax-member", r"lines\[0\].origin"),
    ({}, {"net_mass_kg": "-5"}, "tax-negative", r"lines\[0\].net_mass_kg"),
    ({}, {"net_mass_kg": 5}, "tax-member", r"lines\[0\].net_mass_kg"),
    ({}, {"net_mass_kg": "1e3"}, "tax-member", r"lines\[0\].net_mass_kg"),
    ({}, {"net_mass_kg": "NaN"}, "tax-member", r"lines\[0\].net_mass_kg"),
    ({}, {"net_mass_kg": "007"}, "tax-member", r"lines\[0\].net_mass_kg"),
    ({}, {"net_mass_kg": "1" * 16}, "tax-member", r"lines\[0\].net_mass_kg"),
    ({}, {"net_mass_kg": "0.0000000001"}, "tax-member", r"lines\[0\].net_mass_kg"),
    ({}, {"value": {"amount": "-1", "currency": "USD"}}, "tax-negative", "value.amount"),
    ({}, {"value": {"amount": "1"}}, "tax-member", "value.currency"),
    ({}, {"value": "10000"}, "tax-member", r"lines\[0\].value"),
    ({}, {"quantity": {"value": "1", "unit": "pieces"}}, "tax-member", "quantity.unit"),
    ({}, {"rates": {"duty": {"percent": "-1"}, "reference": "x"}}, "tax-negative", "percent"),
    ({}, {"rates": {"duty": {"percent": "ten"}, "reference": "x"}}, "tax-member", "percent"),
    ({}, {"rates": {"duty": {}, "reference": "x"}}, "tax-rate-missing", r"rates.duty"),
    ({}, {"preference": {"agreement": "ATIGA"}}, "tax-member", "preference.certificate"),
    ({}, {"preference": {"agreement": "NAFTA", "certificate": "valid",
                         "direct_consignment": True}, "rates": None}, "tax-tariff", "NAFTA"),
    ({}, {"preference": {"agreement": "ATIGA", "certificate": "valid",
                         "direct_consignment": "yes"}}, "tax-member", "true or false"),
    ({}, {"vat_treatment": "low", "rates": None}, "tax-tariff", "does not offer"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "line_changes", "code", "text"), BAD)
def test_bad_input(
    *, changes: Any, line_changes: Any, code: str, text: str, document: Build, line: Build,
    assessed: Build,
) -> None:  # fmt: skip
    with pytest.raises(DeclarationError, match=text) as caught:
        assessed(document(line(**line_changes), **changes))
    assert caught.value.code == code
    assert caught.value.text("vi")
    assert caught.value.text("vi") != caught.value.text("en")
    assert caught.value.path.startswith("declaration")


@pytest.mark.parametrize("missing", ["format", "number", "kind", "lines", "currency", "place"])
def test_missing_member(missing: str, document: Build, assessed: Build) -> None:
    with pytest.raises(DeclarationError, match=f"declaration.{missing}: is missing"):
        assessed(document(**{missing: None}))


@pytest.mark.parametrize("value", [None, [], "text", 5])
def test_no_object(value: Any, assessed: Build) -> None:
    with pytest.raises(DeclarationError, match="is no object"):
        assessed(value)


def test_line_numbers_are_of_their_own(document: Build, line: Build, assessed: Build) -> None:
    assert assessed(document(line(number=2), line(number=1))).total > 0
    with pytest.raises(DeclarationError, match=r"lines\[1\].number"):
        assessed(document(line(), line()))


def test_codes_of_errors_are_of_their_own() -> None:
    found = [one for one in vars(errors).values() if isinstance(one, type)]
    codes = [one.code for one in found if issubclass(one, TaxError)]
    assert len(codes) == len(set(codes))


def test_published_schemas_are_current(tmp_path: Path) -> None:
    folder = ROOT / "docs" / "schemas" / "tax"
    write_schemas(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == sorted(DOCUMENTS)
    for name in DOCUMENTS:
        assert (folder / name).read_text() == (tmp_path / name).read_text()
        Draft202012Validator.check_schema(json.loads((folder / name).read_text()))


@pytest.mark.parametrize("name", ["import", "export", "processing"])
def test_schema_takes_what_the_parser_takes(name: str) -> None:
    value = json.loads((ROOT / "examples" / "tax" / f"{name}.json").read_text())
    validator = Draft202012Validator(schema(Declaration, "declaration.schema.json"))
    assert validator.is_valid(value)
    assert validator.is_valid(write(read(Declaration, value, "declaration")))
    del value["lines"][0]["hs"]
    assert not validator.is_valid(value)


def test_a_written_declaration_reads_the_same(document: Build, line: Build) -> None:
    value = document(
        line(volume_m3="1.50", vat_reduced=True), office="03CC", stage="provisional",
        released_on="2026-11-24",
    )  # fmt: skip
    found = read(Declaration, value, "declaration")
    assert read(Declaration, write(found), "declaration") == found
    assert write(found)["lines"][0]["volume_m3"] == "1.5"
