"""Which rate of VAT applies, on both sides of every date."""

from datetime import date

import pytest

from api.tax.errors import VatChoiceError
from api.tax.tariff.grammar import parse_cell
from api.tax.tariff.schedule import TariffLine
from api.tax.tariff.vat import VatChoice, VatQuestion, VatTreatment, choose_vat

ON = date(2026, 11, 23)
LAST, AFTER = date(2026, 12, 31), date(2027, 1, 1)
STANDARD, LOW, FREE = VatTreatment.STANDARD, VatTreatment.LOW, VatTreatment.NOT_SUBJECT


def choose(
    cell: str,
    question: VatQuestion | None = None,
    *,
    hs: str = "85123010",
    on: date = ON,
    ttdb: str = "",
) -> VatChoice:
    cells = {"vat": parse_cell(cell), "ttdb": parse_cell(ttdb)}
    line = TariffLine(hs, on, "", "", cells, dict.fromkeys(cells, "26/2023/ND-CP"))
    return choose_vat(line, question or VatQuestion())


def shown(choice: VatChoice) -> str:
    return "*" if choice.percent is None else str(choice.percent)


@pytest.mark.parametrize(
    ("cell", "treatment", "percent"),
    [
        ("*/5/8/10", STANDARD, "8"),
        ("*/5/8/10", LOW, "5"),
        ("*/5/8/10", FREE, "*"),
        ("*/8/10", STANDARD, "8"),
        ("*/8/10", FREE, "*"),
        ("8/10", STANDARD, "8"),
        ("10/8", STANDARD, "8"),
        ("*/10", STANDARD, "10"),
        ("5/10", STANDARD, "10"),
        ("10", STANDARD, "10"),
        ("5", STANDARD, "5"),
        ("0", STANDARD, "0"),
        ("8", STANDARD, "8"),
        ("*", STANDARD, "*"),
        ("*", FREE, "*"),
    ],
)
def test_the_rate_by_what_the_goods_are(cell: str, treatment: VatTreatment, percent: str) -> None:
    found = choose(cell, VatQuestion(treatment))
    assert shown(found) == percent
    assert found.steps[-1].taken
    assert found.decree == "26/2023/ND-CP"
    assert all("{" not in one.vi + one.en for one in found.steps)


@pytest.mark.parametrize(
    ("cell", "treatment", "problem"),
    [
        ("8/10", FREE, "does not offer not subject"),
        ("8/10", LOW, "does not offer 5 %"),
        ("5/8", STANDARD, "does not offer 10 %"),
        ("", STANDARD, "the cell is empty"),
        ("ĐB", STANDARD, "no rate of VAT"),
        ("5.000 VND/kg", STANDARD, "no rate of VAT"),
        ("7", STANDARD, "7 % is no rate"),
    ],
)
def test_a_cell_without_the_rate(cell: str, treatment: VatTreatment, problem: str) -> None:
    question = VatQuestion(treatment, eligible=False)
    with pytest.raises(VatChoiceError, match=problem):
        choose(cell, question)


@pytest.mark.parametrize(
    ("on", "percent"),
    [
        (date(2022, 1, 31), "10"),
        (date(2022, 2, 1), "8"),
        (date(2022, 12, 31), "8"),
        (date(2023, 1, 1), "10"),
        (date(2023, 6, 30), "10"),
        (date(2023, 7, 1), "8"),
        (date(2023, 12, 31), "8"),
        (date(2024, 1, 1), "8"),
        (date(2024, 6, 30), "8"),
        (date(2024, 7, 1), "8"),
        (date(2024, 12, 31), "8"),
        (date(2025, 1, 1), "8"),
        (date(2025, 6, 30), "8"),
        (date(2025, 7, 1), "8"),
        (LAST, "8"),
        (AFTER, "10"),
    ],
)
def test_both_sides_of_each_reduction(on: date, percent: str) -> None:
    assert shown(choose("8/10", on=on)) == percent


def test_the_reduced_rate_names_its_last_day() -> None:
    assert "until 2026-12-31 inclusive" in choose("8/10", on=LAST).steps[-1].en
    assert choose("8/10", on=AFTER).steps[0].code == "vat-no-reduction-in-force"


def test_a_reduced_rate_alone_does_not_outlive_its_decree() -> None:
    assert shown(choose("8", on=LAST)) == "8"
    with pytest.raises(VatChoiceError, match="8 % is no rate of VAT on 2027-01-01"):
        choose("8", on=AFTER)


@pytest.mark.parametrize(
    ("hs", "on", "percent"),
    [
        ("72081000", ON, "10"),
        ("25010010", ON, "10"),
        ("27090010", ON, "10"),
        ("27011100", ON, "8"),
        ("28011000", ON, "8"),
        ("28011000", date(2025, 6, 30), "10"),
        ("28011000", date(2025, 7, 1), "8"),
        ("84713020", date(2025, 6, 30), "10"),
        ("84713020", date(2025, 7, 1), "8"),
        ("72081000", date(2025, 6, 30), "10"),
    ],
)
def test_goods_that_the_decrees_leave_out(hs: str, on: date, percent: str) -> None:
    assert shown(choose("8/10", hs=hs, on=on)) == percent


def test_what_the_declaration_says_goes_before_the_headings() -> None:
    assert shown(choose("8/10", VatQuestion(eligible=True), hs="72081000")) == "8"
    assert shown(choose("8/10", VatQuestion(eligible=False))) == "10"
    assert shown(choose("8/10", VatQuestion(eligible=True), on=AFTER)) == "10"


@pytest.mark.parametrize(
    ("ttdb", "special", "hs", "percent"),
    [
        ("ĐB", None, "87024099", "10"),
        ("", None, "87024061", "8"),
        ("", True, "87024061", "10"),
        ("ĐB", False, "87024099", "8"),
        ("10", None, "27101211", "8"),
        ("65", None, "22030011", "10"),
    ],
)
def test_goods_under_special_consumption_tax(
    ttdb: str, special: bool | None, hs: str, percent: str
) -> None:
    question = VatQuestion(special_consumption=special)
    assert shown(choose("10/8", question, hs=hs, ttdb=ttdb)) == percent


def test_a_cell_that_does_not_offer_the_reduction() -> None:
    found = choose("5/10")
    assert [one.code for one in found.steps] == ["vat-not-offered", "vat-standard"]


def test_before_the_first_law() -> None:
    with pytest.raises(VatChoiceError, match="no standard rate"):
        choose("8/10", on=date(2008, 12, 31))
    assert shown(choose("8/10", on=date(2009, 1, 1))) == "10"
