"""Which rate of duty applies: every reason beside its negative twin."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest

from api.tax.errors import RateUnavailableError, TariffDataError
from api.tax.model import CertificateState, Preference
from api.tax.tariff.columns import (
    ColumnKind,
    column,
    column_of_agreement,
    column_of_header,
    columns,
    preferences,
)
from api.tax.tariff.dated import Dated, in_force, provision
from api.tax.tariff.grammar import parse_cell
from api.tax.tariff.rates import (
    RateChoice,
    RateQuestion,
    bears_environmental_protection,
    bears_special_consumption,
    choose_export_rate,
    choose_import_rate,
    has_mfn_treatment,
)
from api.tax.tariff.schedule import TariffLine
from api.tax.tariff.steps import step

ON = date(2026, 11, 23)
BASE = {"nktt": "30", "nkud": "20", "acfta": "0 (-PH, CN)", "atiga": "5", "cptpp": "12; M: 18"}


def line(cells: Mapping[str, str] = BASE, on: date = ON) -> TariffLine:
    parsed = {name: parse_cell(text) for name, text in cells.items()}
    return TariffLine("85123010", on, "", "", parsed, dict.fromkeys(parsed, "26/2023/ND-CP"))


def choose(
    origin: str,
    agreement: str = "",
    state: CertificateState = CertificateState.VALID,
    *,
    cells: Mapping[str, str] = BASE,
    direct: bool = True,
    on: date = ON,
    zone: bool = False,
    alternative: str | None = None,
) -> RateChoice:
    claim = Preference(agreement, state, direct) if agreement else None
    chosen = None if alternative is None else Decimal(alternative)
    return choose_import_rate(line(cells, on), RateQuestion(origin, claim, zone, chosen))


def codes(choice: RateChoice) -> list[str]:
    return [found.code for found in choice.steps]


@pytest.mark.parametrize(
    ("origin", "agreement", "column_name", "rate", "expected"),
    [
        ("DE", "", "nkud", "20", ["mfn"]),
        ("IR", "", "nktt", "30", ["ordinary-listed"]),
        ("", "", "nktt", "30", ["ordinary-listed"]),
        ("TH", "ACFTA", "acfta", "0", ["preference"]),
        ("PH", "ACFTA", "nkud", "20", ["origin-excluded", "mfn"]),
        ("CN", "ACFTA", "nkud", "20", ["origin-excluded", "mfn"]),
        ("DE", "ACFTA", "nkud", "20", ["not-a-party", "mfn"]),
        ("IR", "ACFTA", "nktt", "30", ["not-a-party", "ordinary-listed"]),
        ("TH", "ATIGA", "atiga", "5", ["preference"]),
        ("CN", "ATIGA", "nkud", "20", ["not-a-party", "mfn"]),
        ("JP", "CPTPP", "cptpp", "12", ["preference"]),
        ("MX", "CPTPP", "cptpp", "18", ["preference-party"]),
        ("JP", "VJEPA", "nkud", "20", ["no-preference", "mfn"]),
        ("TH", "atiga", "atiga", "5", ["preference"]),
    ],
)
def test_the_column_by_origin_and_claim(
    origin: str, agreement: str, column_name: str, rate: str, expected: list[str]
) -> None:
    found = choose(origin, agreement)
    assert (found.column, str(found.duty), codes(found)) == (column_name, rate, expected)
    assert found.steps[-1].taken
    assert not any(one.taken for one in found.steps[:-1])
    assert found.decree == "26/2023/ND-CP"


@pytest.mark.parametrize(
    ("state", "rate", "expected", "pending"),
    [
        (CertificateState.VALID, "0", ["preference"], None),
        (CertificateState.EXEMPT, "0", ["preference"], None),
        (CertificateState.PENDING, "20", ["certificate-pending", "mfn"], "0"),
        (CertificateState.VERIFYING, "20", ["certificate-verifying", "mfn"], None),
        (CertificateState.REJECTED, "20", ["certificate-rejected", "mfn"], None),
        (CertificateState.ABSENT, "20", ["certificate-absent", "mfn"], None),
    ],
)
def test_the_state_of_the_proof(
    state: CertificateState, rate: str, expected: list[str], pending: str | None
) -> None:
    found = choose("TH", "ACFTA", state)
    assert (str(found.duty), codes(found)) == (rate, expected)
    assert (None if found.pending is None else str(found.pending)) == pending


@pytest.mark.parametrize("origin", ["PH", "DE"])
def test_a_late_proof_promises_nothing_that_the_column_does_not_give(origin: str) -> None:
    assert choose(origin, "ACFTA", CertificateState.PENDING).pending is None


def test_a_late_proof_of_a_dearer_rate_promises_nothing() -> None:
    cells = {**BASE, "acfta": "50"}
    assert choose("TH", "ACFTA", CertificateState.PENDING, cells=cells).pending is None


def test_goods_that_came_another_way_lose_the_preference() -> None:
    assert choose("TH", "ACFTA").column == "acfta"
    found = choose("TH", "ACFTA", direct=False)
    assert (found.column, codes(found)) == ("nkud", ["indirect", "mfn"])


@pytest.mark.parametrize(
    ("agreement", "origin", "last_without", "first_with"),
    [
        ("CPTPP", "GB", date(2024, 12, 14), date(2024, 12, 15)),
        ("CPTPP", "PE", date(2021, 9, 18), date(2021, 9, 19)),
        ("RCEP", "ID", date(2023, 1, 1), date(2023, 1, 2)),
        ("VIFTA", "IL", date(2024, 11, 16), date(2024, 11, 17)),
        ("EVFTA", "DE", date(2020, 7, 31), date(2020, 8, 1)),
        ("UKVFTA", "GB", date(2020, 12, 31), date(2021, 1, 1)),
        ("AJCEP", "ID", date(2018, 2, 28), date(2018, 3, 1)),
    ],
)
def test_both_sides_of_the_day_on_which_an_agreement_binds(
    agreement: str, origin: str, last_without: date, first_with: date
) -> None:
    found = column_of_agreement(agreement)
    assert found is not None
    cells = {"nktt": "30", "nkud": "20", found.name: "1"}
    assert choose(origin, agreement, cells=cells, on=last_without).column == "nkud"
    assert choose(origin, agreement, cells=cells, on=first_with).column == found.name


def test_the_united_kingdom_leaves_the_agreement_of_the_union() -> None:
    cells = {"nktt": "30", "nkud": "20", "evfta": "1"}
    assert choose("GB", "EVFTA", cells=cells, on=date(2020, 12, 31)).column == "evfta"
    found = choose("GB", "EVFTA", cells=cells, on=date(2021, 1, 1))
    assert codes(found)[0] == "not-a-party"


def test_an_agreement_before_its_first_day() -> None:
    cells = {"nktt": "30", "nkud": "20", "rcep": "1"}
    found = choose("JP", "RCEP", cells=cells, on=date(2021, 12, 31))
    assert codes(found) == ["agreement-not-in-force", "mfn"]


@pytest.mark.parametrize(
    ("nktt", "nkud", "origin", "rate", "code"),
    [
        ("37.5", "25", "IR", "37.5", "ordinary-listed"),
        ("", "25", "IR", "37.5", "ordinary-factor"),
        ("", "7", "IR", "10.5", "ordinary-factor"),
        ("150% thuế MFN", "5", "IR", "7.5", "ordinary-factor"),
        ("200% thuế MFN", "5", "IR", "10", "ordinary-factor"),
        ("", "10% + 5.000 VND/kg", "IR", "15% + 7500 VND/KGM", "ordinary-factor"),
        ("37.5", "25", "JP", "25", "mfn"),
        ("", "5.000 VND/kg", "JP", "5000 VND/KGM", "mfn"),
    ],
)
def test_ordinary_is_one_and_a_half_of_mfn_unless_listed(
    nktt: str, nkud: str, origin: str, rate: str, code: str
) -> None:
    found = choose(origin, cells={"nktt": nktt, "nkud": nkud})
    assert (str(found.duty), codes(found)) == (rate, [code])


def test_the_factor_names_its_law() -> None:
    found = choose("IR", cells={"nkud": "20"})
    assert "Law 107/2016/QH13" in found.steps[0].source
    assert "150 % of the MFN rate 20 % is 30 %" in found.steps[0].en


@pytest.mark.parametrize(
    ("nkud", "acfta", "column_name"),
    [
        ("20", "20", "acfta"),
        ("20", "20.01", "nkud"),
        ("20", "19.99", "acfta"),
        ("0", "50", "nkud"),
        ("5.000 VND/kg", "6.000 VND/kg", "nkud"),
        ("5.000 VND/kg", "4.000 VND/kg", "acfta"),
        ("5% + 5.000 VND/kg", "5", "acfta"),
    ],
)
def test_a_preference_is_claimed_never_imposed(nkud: str, acfta: str, column_name: str) -> None:
    found = choose("TH", "ACFTA", cells={"nktt": "99", "nkud": nkud, "acfta": acfta})
    assert found.column == column_name
    assert ("dearer" in codes(found)) is (column_name == "nkud")


def test_rates_that_only_the_goods_could_compare() -> None:
    found = choose("TH", "ACFTA", cells={"nktt": "9", "nkud": "5", "acfta": "5.000 VND/kg"})
    assert found.column == "acfta"
    assert [one.code for one in found.warnings] == ["incomparable"]


@pytest.mark.parametrize(
    ("origin", "agreement", "cheapest"),
    [
        ("TH", "", "acfta"),
        ("TH", "ATIGA", "acfta"),
        ("TH", "ACFTA", None),
        ("PH", "", "atiga"),
        ("PH", "ACFTA", "atiga"),
        ("JP", "", "cptpp"),
        ("MX", "", "cptpp"),
        ("DE", "", None),
        ("IR", "", None),
    ],
)
def test_a_warning_names_the_cheapest_column_that_could_be_claimed(
    origin: str, agreement: str, cheapest: str | None
) -> None:
    found = choose(origin, agreement)
    named = [one.column for one in found.warnings if one.code == "cheaper"]
    assert named == ([] if cheapest is None else [cheapest])


def test_a_cell_that_refers_elsewhere_is_no_offer() -> None:
    cells = {"nktt": "30", "nkud": "20", "atiga": "Theo Chương 98"}
    assert choose("TH", cells=cells).warnings == ()


def test_products_of_a_non_tariff_zone_are_viet_nams_own() -> None:
    assert choose("VN", "ATIGA", zone=True).column == "atiga"
    assert codes(choose("VN", "ATIGA"))[0] == "not-a-party"
    assert codes(choose("DE", "ATIGA", zone=True))[0] == "not-a-party"


@pytest.mark.parametrize(
    ("cells", "origin", "agreement", "problem"),
    [
        ({"nkud": "Theo khoản 1.1 Chương 98"}, "JP", "", "Chapter 98"),
        ({"nkud": "*"}, "JP", "", "gives no rate"),
        ({"nkud": ""}, "JP", "", "gives no rate"),
        ({"nkud": "5/10"}, "JP", "", "leaves a choice"),
        ({"nkud": "*/10"}, "JP", "", "leaves a choice"),
        ({"nkud": "ĐB"}, "JP", "", "no rate of this column"),
        ({"nktt": "*", "nkud": "5"}, "IR", "", "gives no rate"),
        (BASE, "JP", "TPP", "no column of TPP"),
        ({"nkud": "5", "cptpp": "Theo Chương 98"}, "JP", "CPTPP", "stands elsewhere"),
    ],
)
def test_a_line_without_a_rate_is_refused_with_what_to_do(
    cells: Mapping[str, str], origin: str, agreement: str, problem: str
) -> None:
    with pytest.raises(RateUnavailableError, match=problem) as caught:
        choose(origin, agreement, cells=cells)
    assert caught.value.hs == "85123010"
    assert caught.value.remedy


def test_the_factor_has_its_first_day() -> None:
    with pytest.raises(RateUnavailableError, match="no factor"):
        choose("IR", cells={"nkud": "5"}, on=date(2016, 8, 31))
    assert str(choose("IR", cells={"nkud": "5"}, on=date(2016, 9, 1)).duty) == "7.5"


def test_a_claimed_rate_stands_where_there_is_none_to_compare_with() -> None:
    cells = {"nkud": "Theo Chương 98", "vnlao": "0"}
    assert choose("LA", "VN-LAO", cells=cells).column == "vnlao"
    with pytest.raises(RateUnavailableError):
        choose("JP", cells=cells)


@pytest.mark.parametrize(
    ("cell", "alternative", "rate"),
    [("17,5/0", "17.5", "17.5"), ("17,5/0", "0", "0"), ("0/0", None, "0")],
)
def test_alternatives_of_a_duty(cell: str, alternative: str | None, rate: str) -> None:
    found = choose("JP", cells={"nkud": cell}, alternative=alternative)
    assert str(found.duty) == rate


def test_an_alternative_that_is_not_offered() -> None:
    with pytest.raises(RateUnavailableError, match="none of"):
        choose("JP", cells={"nkud": "17,5/0"}, alternative="5")


@pytest.mark.parametrize(
    ("cells", "rate", "code"),
    [
        ({"xk": "5"}, "5", "export"),
        ({"xk": ""}, "0", "export-unlisted"),
        ({}, "0", "export-unlisted"),
    ],
)
def test_export_duty(cells: Mapping[str, str], rate: str, code: str) -> None:
    found = choose_export_rate(line(cells))
    assert (str(found.duty), codes(found)) == (rate, [code])


@pytest.mark.parametrize(
    ("cell", "expected"), [("ĐB", True), ("65", True), ("35/65", True), ("", False), ("*", False)]
)
def test_marks_of_excises(cell: str, expected: bool) -> None:
    assert bears_special_consumption(line({"ttdb": cell})) is expected
    assert bears_environmental_protection(line({"bvmt": cell})) is expected


@pytest.mark.parametrize(
    ("origin", "on", "expected"),
    [
        ("US", ON, True),
        ("RU", ON, True),
        ("BY", ON, True),
        ("IR", ON, False),
        ("", ON, False),
        ("KM", date(2024, 8, 20), False),
        ("KM", date(2024, 8, 21), True),
        ("TL", date(2024, 8, 29), False),
        ("TL", date(2024, 8, 30), True),
        ("BY", date(2016, 10, 4), False),
    ],
)
def test_who_has_mfn_treatment(origin: str, on: date, expected: bool) -> None:
    assert has_mfn_treatment(origin, on) is expected


def test_every_step_speaks_both_languages() -> None:
    seen = set()
    for origin in ("TH", "CN", "DE", "IR", "MX"):
        for agreement in ("", "ACFTA", "CPTPP", "VJEPA"):
            for state in CertificateState:
                found = choose(origin, agreement, state)
                for one in (*found.steps, *found.warnings):
                    seen.add(one.code)
                    assert "{" not in one.vi + one.en
                    assert one.vi != one.en
    assert len(seen) >= 11
    with pytest.raises(TariffDataError):
        step("unheard-of", "nkud", taken=False)


def test_the_columns_are_the_25_of_the_table() -> None:
    assert len(columns()) == 25
    assert len(preferences()) == 19
    assert {found.kind for found in columns()} == set(ColumnKind)
    rcep = column_of_header("rcept")
    assert rcep is column("rcep")
    assert column_of_header("RCEP ") is rcep
    assert column_of_header("tpp") is None
    assert column_of_agreement("TPP") is None
    with pytest.raises(TariffDataError):
        column("rcept")


def test_every_list_of_countries_has_its_source_and_no_gap() -> None:
    for found in preferences():
        assert found.countries
        for earlier, later in zip(found.countries, found.countries[1:], strict=False):
            assert earlier.effective_to == later.effective_from
        for one in found.countries:
            assert one.source
            assert one.evidence in {"S", "M", "M?"}
            assert "VN" not in one.value


def test_letters_of_parties() -> None:
    cptpp = column("cptpp")
    assert cptpp.party_countries("M", ON) == ("MX",)
    assert cptpp.party_countries("M", date(2019, 1, 13)) == ()
    assert cptpp.party_countries("JP", ON) == ("JP",)
    assert cptpp.party_countries("US", ON) == ()
    assert column("nkud").party_countries("M", ON) == ()


def test_data_that_contradicts_itself() -> None:
    one = Dated("x", ("1",), date(2020, 1, 1), None, "c", "s", "M")
    assert in_force([one], ON) is one
    with pytest.raises(TariffDataError, match="2 values"):
        in_force([one, one], ON)
    with pytest.raises(TariffDataError, match="no unheard"):
        provision("vat", "unheard", ON)
