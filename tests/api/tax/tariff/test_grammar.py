"""The language of tariff cells: what each text says, and at which character bad text ends."""

import csv
import pickle
import unicodedata
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.tax.errors import TariffCellError
from api.tax.tariff.cells import (
    Alternatives,
    Cell,
    Duty,
    Empty,
    Excluded,
    FactorOfMfn,
    Mark,
    Override,
    Reference,
    Value,
)
from api.tax.tariff.grammar import CELL_LIMIT, parse_cell

SAMPLE = Path(__file__).parents[5] / "shared/data/tariff/vn_tariff_sample.csv"
REFERENCE = "Theo hướng dẫn tại khoản 1.1 Chương 98"


def percent(text: str) -> Duty:
    return Duty(Decimal(text))


def options(*texts: str) -> Alternatives:
    return Alternatives(tuple(None if text == "*" else Decimal(text) for text in texts))


@pytest.mark.parametrize(
    ("text", "value", "canonical"),
    [
        ("", Empty(), ""),
        (" \t\N{NO-BREAK SPACE}", Empty(), ""),
        ("*", Excluded(), "*"),
        (" * ", Excluded(), "*"),
        ("0", percent("0"), "0"),
        ("7.5", percent("7.5"), "7.5"),
        ("1,2", percent("1.2"), "1.2"),
        ("16,70", percent("16.7"), "16.7"),
        ("28%", percent("28"), "28"),
        ("28 %", percent("28"), "28"),
        ("105", percent("105"), "105"),
        ("0.1250", percent("0.125"), "0.125"),
        ("0,125", percent("0.125"), "0.125"),
        ("9999", percent("9999"), "9999"),
        ("ĐB", Mark(), "ĐB"),
        ("đb", Mark(), "ĐB"),
        ("150% thuế MFN", FactorOfMfn(Decimal(150)), "150% thuế MFN"),
        ("150 % thuế suất mfn", FactorOfMfn(Decimal(150)), "150% thuế MFN"),
        ("150% MFN", FactorOfMfn(Decimal(150)), "150% thuế MFN"),
        (REFERENCE, Reference(REFERENCE, "98", "1.1"), REFERENCE),
        ("theo  Chương 9", Reference("theo Chương 9", "09"), "theo Chương 9"),
        ("*/5/8/10", options("*", "5", "8", "10"), "*/5/8/10"),
        ("10/8", options("10", "8"), "10/8"),
        ("8 / 10", options("8", "10"), "8/10"),
        ("17,5/0", options("17.5", "0"), "17.5/0"),
        ("0/0", options("0", "0"), "0/0"),
        ("5.000 VND/kg", Duty(amount=Decimal(5000), unit="KGM"), "5000 VND/KGM"),
        ("5,000 đồng/KG", Duty(amount=Decimal(5000), unit="KGM"), "5000 VND/KGM"),
        ("5000 VNĐ / lít", Duty(amount=Decimal(5000), unit="LTR"), "5000 VND/LTR"),
        ("1.234.567 đ/tá", Duty(amount=Decimal(1234567), unit="DZN"), "1234567 VND/DZN"),
        ("1.234,5 VND/m³", Duty(amount=Decimal("1234.5"), unit="MTQ"), "1234.5 VND/MTQ"),
        ("1,234.56 VND/m2", Duty(amount=Decimal("1234.56"), unit="MTK"), "1234.56 VND/MTK"),
        ("0 VND/H87", Duty(unit="H87"), "0 VND/H87"),
        (
            "10.000 USD/chiếc",
            Duty(amount=Decimal(10000), unit="H87", currency="USD"),
            "10000 USD/H87",
        ),
        (
            "10% + 5.000 VND/kg",
            Duty(Decimal(10), Decimal(5000), "KGM"),
            "10% + 5000 VND/KGM",
        ),
        (
            "5.000 VND/kg + 7,5",
            Duty(Decimal("7.5"), Decimal(5000), "KGM"),
            "7.5% + 5000 VND/KGM",
        ),
    ],
)
def test_a_value_is_read_and_written(text: str, value: Value, canonical: str) -> None:
    found = parse_cell(text)
    assert found == Cell(value)
    assert str(found) == canonical
    assert parse_cell(canonical).value == found.value
    assert parse_cell(unicodedata.normalize("NFD", text)) == found


@pytest.mark.parametrize(
    ("text", "exclusions", "canonical"),
    [
        ("0 (-PH, CN)", ("PH", "CN"), "0 (-PH, CN)"),
        ("0(-KR)", ("KR",), "0 (-KR)"),
        ("0(-KH, MM, MY, PH)", ("KH", "MM", "MY", "PH"), "0 (-KH, MM, MY, PH)"),
        ("0 (-PH,-CN)", ("PH", "CN"), "0 (-PH, CN)"),
        ("5 ( \N{EN DASH} TH )", ("TH",), "5 (-TH)"),
        ("0/0(-PH)", ("PH",), "0/0 (-PH)"),
        ("5 VND/kg (-TH)", ("TH",), "5 VND/KGM (-TH)"),
    ],
)
def test_exclusions(text: str, exclusions: tuple[str, ...], canonical: str) -> None:
    found = parse_cell(text)
    assert found.exclusions == exclusions
    assert str(found) == canonical


@pytest.mark.parametrize(
    ("text", "value", "overrides"),
    [
        ("28; M: 35", percent("28"), {"M": percent("35")}),
        ("1,2; M: 1,6", percent("1.2"), {"M": percent("1.6")}),
        ("28;M:*", percent("28"), {"M": Excluded()}),
        ("*; MX: 35", Excluded(), {"MX": percent("35")}),
        ("28; M: 35; JP: 30%", percent("28"), {"M": percent("35"), "JP": percent("30")}),
        (
            "5 VND/kg; M: 10% + 6 VND/kg",
            Duty(amount=Decimal(5), unit="KGM"),
            {"M": Duty(Decimal(10), Decimal(6), "KGM")},
        ),
    ],
)
def test_party_overrides(text: str, value: Value, overrides: dict[str, Duty | Excluded]) -> None:
    found = parse_cell(text)
    assert found.value == value
    assert found.party_overrides == overrides
    assert parse_cell(str(found)) == found


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("abc", 0, "a rate"),
        ("-5", 0, "a rate"),
        ("\N{ARABIC-INDIC DIGIT THREE}", 0, "a rate"),
        ("\x00", 0, "a rate"),
        ("5\x00", 1, "end of the cell"),
        ("1e5", 1, "end of the cell"),
        ("1 2", 2, "end of the cell"),
        ("5%5", 2, "end of the cell"),
        ("05", 0, "without leading zero"),
        ("10000", 0, "below 10000"),
        ("1,", 2, "a digit"),
        ("1.2.3", 3, "end of the number"),
        ("5.000", 4, "end of the number"),
        ("5,125", 4, "end of the number"),
        ("0,12345", 6, "end of the number"),
        ("1.234,5", 5, "end of the number"),
        ("*/", 2, "a number"),
        ("*5", 1, "end of the cell"),
        ("5/x", 2, "a number"),
        ("5/5 VND/kg", 10, "percent alone"),
        ("5/150% thuế MFN", 15, "percent alone"),
        ("150 thuế MFN", 4, "'%'"),
        ("150% thuế", 9, "MFN"),
        ("150% thuế suất cơ sở", 15, "MFN"),
        ("0% thuế MFN", 11, "above 0 %"),
        ("Theo hướng dẫn", 14, "Chương"),
        ("Theo 98", 5, "Chương"),
        ("Theo khoản Chương 98", 11, "number of the clause"),
        ("Theo Chương", 11, "number of the chapter"),
        ("Theo Chương 99", 12, "a chapter from 1"),
        ("Theo Chương 1.1", 12, "a chapter from 1"),
        ("Theo Chương 98 x", 15, "end of the cell"),
        ("0 (PH)", 3, "'-' and a country"),
        ("0 (-PH", 6, "',' or ')'"),
        ("0 (-P)", 4, "a country"),
        ("0 (-PHL)", 4, "a country"),
        ("0 (-PH, PH)", 8, "each name once"),
        ("0 (-ph)", 4, "a country"),
        ("* (-PH)", 2, "end of the cell"),
        ("ĐB; M: 5", 2, "end of the cell"),
        ("28; M 35", 6, "':'"),
        ("28; m: 35", 4, "a party"),
        ("28; M: ", 7, "a number"),
        ("28; M: 35; M: 36", 11, "each name once"),
        ("28; M: 150% thuế MFN", 12, "end of the cell"),
        ("8/10; M: 5", 4, "end of the cell"),
        ("5 VND", 5, "'/' and a unit"),
        ("5 VND/", 6, "a unit"),
        ("5 VND/xyz", 6, "a unit"),
        ("5 VND/KG5", 6, "a unit"),
        ("5 EUR/kg", 2, "end of the cell"),
        ("0.500 VND/kg", 1, "no doubt"),
        ("1.00.000 VND/kg", 4, "no doubt"),
        ("1,000,00 VND/kg", 5, "no doubt"),
        ("1.000.00 VND/kg", 5, "no doubt"),
        ("1.0000 VND/kg", 1, "no doubt"),
        ("1.000.000.000.000.000 VND/kg", 17, "no doubt"),
        ("5 + 3", 4, "one percentage and one amount"),
        ("5 VND/kg + 3 VND/kg", 11, "one percentage and one amount"),
        ("5 + ", 4, "a number"),
    ],
)
def test_bad_text_ends_at_its_character(text: str, position: int, expected: str) -> None:
    with pytest.raises(TariffCellError) as caught:
        parse_cell(text)
    error = caught.value
    assert (error.cell, error.position) == (text, position)
    assert expected in error.expected
    assert error.remedy
    assert f"character {position + 1}: " in str(error)
    assert str(error).splitlines()[-1] == " " * position + "^"


def test_the_position_is_that_of_the_text_as_given() -> None:
    text = unicodedata.normalize("NFD", "150% thuế suất cơ sở")
    with pytest.raises(TariffCellError) as caught:
        parse_cell(text)
    assert text[caught.value.position :].startswith("c")


def test_ambiguous_thousands_are_named_as_such() -> None:
    with pytest.raises(TariffCellError, match="could be decimals or thousands"):
        parse_cell("5.000")


def test_a_cell_is_bounded() -> None:
    assert parse_cell("5" + " " * (CELL_LIMIT - 1)) == parse_cell("5")
    with pytest.raises(TariffCellError, match="at most 200 characters"):
        parse_cell("5" + " " * CELL_LIMIT)


def test_an_error_survives_pickling() -> None:
    error = TariffCellError("x", 0, "a rate", "correct it")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert str(again) == str(error)


_PERCENT = st.decimals(0, 9999, places=2).map(lambda found: abs(found).normalize() + 0)
_SMALL = st.decimals(0, 1, places=4).filter(lambda found: found < 1).map(abs)
_AMOUNT = st.decimals(0, 10**11, places=2).map(abs)
_UNITS = st.sampled_from(["KGM", "LTR", "H87", "DZN"])
_DUTY = st.one_of(
    st.builds(Duty, _PERCENT | _SMALL),
    st.builds(Duty, _PERCENT | _SMALL, _AMOUNT, _UNITS, st.sampled_from(["VND", "USD"])),
)
_COUNTRY = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
_PARTY = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=3)
_COUNTRIES = st.lists(_COUNTRY, unique=True, max_size=5).map(tuple)
_OVERRIDES = st.lists(
    st.builds(Override, _PARTY, _DUTY | st.just(Excluded())),
    unique_by=lambda found: found.party,
    max_size=3,
).map(tuple)
_ALTERNATIVES = st.builds(
    Alternatives, st.lists(_PERCENT | st.none(), min_size=2, max_size=4).map(tuple)
)
_CELLS = st.one_of(
    st.builds(Cell, _DUTY, _COUNTRIES, _OVERRIDES),
    st.builds(Cell, st.just(Excluded()), st.just(()), _OVERRIDES),
    st.builds(Cell, _ALTERNATIVES, _COUNTRIES),
    st.builds(Cell, st.builds(FactorOfMfn, _PERCENT.filter(bool))),
    st.sampled_from([Cell(Empty()), Cell(Mark()), parse_cell(REFERENCE)]),
)


@settings(max_examples=150, deadline=None)
@given(_CELLS)
def test_what_is_written_is_read_again(cell: Cell) -> None:
    text = str(cell)
    if len(text) > CELL_LIMIT:
        return
    assert parse_cell(text) == cell
    assert str(parse_cell(text)) == text
    assert parse_cell(unicodedata.normalize("NFD", text)) == cell


_NOISE = st.text(
    "0159.,*/()-;:+% MPHVNDkgđồngĐBThuếoChương8\x00\N{COMBINING ACUTE ACCENT}", max_size=30
)


@settings(max_examples=500, deadline=None)
@given(_NOISE | st.text(max_size=CELL_LIMIT + 5))
def test_no_text_fails_otherwise_than_at_its_character(text: str) -> None:
    try:
        cell = parse_cell(text)
    except TariffCellError as error:
        refused = error
    else:
        assert parse_cell(str(cell)) == cell
        return
    assert 0 <= refused.position <= len(refused.cell)
    assert str(refused)


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample of the tariff is not there")
def test_every_cell_of_the_sample_is_read() -> None:
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = {text for row in rows for text in list(row.values())[3:]}
    assert len(texts) > 40
    for text in texts:
        assert parse_cell(str(parse_cell(text))) == parse_cell(text)


@pytest.mark.parametrize(
    ("left", "right", "above"),
    [
        ("10", "5", True),
        ("5", "10", False),
        ("5", "5", False),
        ("5000 VND/kg", "4000 VND/kg", True),
        ("10% + 5 VND/kg", "10", True),
        ("10", "10% + 5 VND/kg", False),
        ("10", "5 VND/kg", None),
        ("5 VND/kg", "5 USD/kg", None),
        ("5 VND/kg", "4 VND/lít", None),
        ("0", "5 VND/kg", False),
        ("5 VND/kg", "0", True),
        ("10% + 5 VND/kg", "5% + 6 VND/kg", None),
    ],
)
def test_which_of_two_rates_is_dearer(left: str, right: str, above: bool | None) -> None:
    first, second = parse_cell(left).value, parse_cell(right).value
    assert isinstance(first, Duty)
    assert isinstance(second, Duty)
    assert first.is_above(second) is above
