"""Taxes of a line in their legal order, excises on both sides of each change, rounding.

Sources of the cases: Circular 38/2015/TT-BTC, Art. 35 to 38; Law 66/2025/QH15, Art. 8 and Law
27/2008/QH12, Art. 7 for special consumption; Resolutions 579/2018, 42/2023, 60/2024 and
109/2025/UBTVQH15 for environmental protection. The figures are computed here in fractions, apart
from the engine.
"""

from collections.abc import Callable
from fractions import Fraction
from math import floor
from typing import Any

import pytest

from api.tax.errors import ContradictionError, ExciseError, RateMissingError, UnitMismatchError

Build = Callable[..., Any]


def dong(amount: Fraction) -> int:
    return floor(amount + Fraction(1, 2))


def in_vnd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "VND"}


# value in dong, duty %, anti-dumping %, special consumption %, dong per piece of 10, VAT %
RATES = [
    ("100000000", "0", None, None, None, "10"),
    ("100000000", "25", None, None, None, "10"),
    ("100000000", "25", None, None, None, "8"),
    ("100000000", "25", None, None, None, "5"),
    ("100000000", "25", None, None, None, "0"),
    ("100000000", "25", None, None, None, None),
    ("100000000", "7.5", "19.22", None, None, "10"),
    ("100000000", "5", "35.58", None, None, "10"),
    ("1016400000", "70", None, "50", None, "10"),
    ("1016400000", "45", "20", "60", None, "10"),
    ("1016400000", "70", None, "150", None, "10"),
    ("50000000", "10", None, "10", "4000", "10"),
    ("50000000", "0", None, "8", "4000", "8"),
    ("50000000", "5", "3.17", "65", "50000", "10"),
    ("1", "50", None, None, None, "10"),
    ("3", "50", None, None, None, "10"),
    ("5", "10", None, None, None, "10"),
    ("15", "10", "10", "10", None, "10"),
    ("313710265", "5", "19.22", None, None, "8"),
    ("999999999999", "37.5", "0.01", "35", "1", "10"),
    ("123456789", "1.2", None, None, None, "10"),
    ("123456789", "16.7", None, None, None, "8"),
    ("123456789", "105", None, "90", None, "10"),
    ("0", "25", "10", "10", None, "10"),
]


@pytest.mark.parametrize(("value", "duty", "remedy", "excise", "per_piece", "vat"), RATES)
@pytest.mark.parametrize("kind", ["safeguard", "anti_dumping", "countervailing"])
def test_order_and_bases(
    *, value: str, duty: str, remedy: str | None, excise: str | None, per_piece: str | None,
    vat: str | None, kind: str, document: Build, line: Build, assessed: Build,
) -> None:  # fmt: skip
    rates = {"duty": {"percent": duty}, "vat_percent": vat, "reference": "test"}
    changes: dict[str, Any] = {
        "value": in_vnd(value),
        "rates": {name: found for name, found in rates.items() if found is not None},
    }
    if remedy is not None:
        changes["remedies"] = [{"kind": kind, "percent": remedy, "reference": "test"}]
    if excise is not None:
        changes["special_consumption"] = {"rate": {"percent": excise}, "reference": "test"}
    if per_piece is not None:
        rate = {"per_unit": {"amount": per_piece, "unit": "H87"}}
        changes["environmental_protection"] = {"rate": rate, "reference": "test"}
    found = assessed(document(line(**changes), currency="VND"))
    base = Fraction(value)
    expected = {"import_duty": dong(base * Fraction(duty) / 100)}
    if remedy is not None:
        expected[kind] = dong(base * Fraction(remedy) / 100)
    dutiable = base + sum(expected.values())
    if excise is not None:
        expected["special_consumption"] = dong(dutiable * Fraction(excise) / 100)
    if per_piece is not None:
        expected["environmental_protection"] = 10 * int(per_piece)
    if vat is not None:
        expected["vat"] = dong((base + sum(expected.values())) * Fraction(vat) / 100)
    assert {tax.tax.value: int(tax.amount) for tax in found.lines[0].taxes} == expected
    assert list(expected) == [tax.tax.value for tax in found.lines[0].taxes]
    assert found.total == sum(expected.values())


# category, first day of the rate, percent before (None: no such tax), percent from then on
LADDER = [
    *(("spirits_20_up", f"{year}-01-01", before, after) for year, before, after in
      ((2027, 65, 70), (2028, 70, 75), (2029, 75, 80), (2030, 80, 85), (2031, 85, 90))),
    *(("spirits_below_20", f"{year}-01-01", before, after) for year, before, after in
      ((2027, 35, 40), (2028, 40, 45), (2029, 45, 50), (2030, 50, 55), (2031, 55, 60))),
    *(("beer", f"{year}-01-01", before, after) for year, before, after in
      ((2026, 65, 65), (2027, 65, 70), (2028, 70, 75), (2029, 75, 80), (2030, 80, 85),
       (2031, 85, 90))),
    ("sugary_drinks", "2027-01-01", None, 8),
    ("sugary_drinks", "2028-01-01", 8, 10),
    ("electric_car_9", "2022-03-01", 15, 3),
    ("electric_car_9", "2027-03-01", 3, 11),
    ("car_9_2000", "2026-01-01", 40, 40),
    ("car_9_above_6000", "2026-01-01", 150, 150),
]  # fmt: skip


def last_instant_before(day: str) -> str:
    from datetime import date, timedelta

    return f"{date.fromisoformat(day) - timedelta(days=1)}T16:59:59Z"


def first_instant_of(day: str) -> str:
    return last_instant_before(day).replace("16:59:59", "17:00:00")


@pytest.mark.parametrize(("category", "day", "before", "after"), LADDER)
def test_special_consumption_on_both_sides(
    *, category: str, day: str, before: int | None, after: int, document: Build, line: Build,
    assessed: Build,
) -> None:  # fmt: skip
    changes = {"value": in_vnd("100"), "special_consumption": {"category": category}}
    for instant, percent in ((last_instant_before(day), before), (first_instant_of(day), after)):
        value = document(line(**changes), currency="VND", registered_at=instant)
        if percent is None:
            with pytest.raises(ExciseError, match=category):
                assessed(value)
            continue
        found = {tax.tax.value: tax for tax in assessed(value).lines[0].taxes}
        assert found["special_consumption"].rate.percent == percent


@pytest.mark.parametrize(
    ("year", "per_pack"),
    [(2025, 0), (2026, 0), (2027, 2000), (2028, 4000), (2029, 6000), (2030, 8000), (2031, 10000)],
)
def test_cigarettes_bear_a_mixed_rate(
    year: int, per_pack: int, document: Build, line: Build, assessed: Build
) -> None:
    changes = {
        "value": in_vnd("1000000"),
        "quantity": {"value": "100", "unit": "PK"},
        "special_consumption": {"category": "cigarettes"},
    }
    instant = f"{year}-06-01T03:00:00Z"
    found = assessed(document(line(**changes), currency="VND", registered_at=instant))
    tax = found.lines[0].taxes[1]
    assert tax.amount == 1_100_000 * 75 // 100 + 100 * per_pack


# category, unit, first day, dong per unit before, from then on
ENVIRONMENT = [
    *((name, "LTR", day, before, after)
      for name, full, low in (("petrol", 4000, 2000), ("diesel", 2000, 1000),
                              ("kerosene", 1000, 600), ("fuel_oil", 2000, 1000),
                              ("lubricating_oil", 2000, 1000))
      for day, before, after in (("2024-01-01", full, low), ("2025-01-01", low, low),
                                 ("2027-01-01", low, full))),
    ("grease", "KGM", "2027-01-01", 1000, 2000),
    ("jet_fuel", "LTR", "2026-01-01", 1000, 1500),
    ("jet_fuel", "LTR", "2027-01-01", 1500, 3000),
    ("plastic_bag", "KGM", "2026-01-01", 50000, 50000),
    ("coal_anthracite", "TNE", "2026-01-01", 30000, 30000),
    ("coal_other", "TNE", "2026-01-01", 15000, 15000),
    ("hcfc", "KGM", "2026-01-01", 5000, 5000),
]  # fmt: skip


@pytest.mark.parametrize(("category", "unit", "day", "before", "after"), ENVIRONMENT)
def test_environment_on_both_sides(
    *, category: str, unit: str, day: str, before: int, after: int, document: Build, line: Build,
    assessed: Build,
) -> None:  # fmt: skip
    changes = {
        "quantity": {"value": "12.5", "unit": unit},
        "value": in_vnd("100"),
        "environmental_protection": {"category": category},
    }
    for instant, rate in ((last_instant_before(day), before), (first_instant_of(day), after)):
        value = document(line(**changes), currency="VND", registered_at=instant)
        assert assessed(value).lines[0].taxes[1].amount == dong(Fraction(25, 2) * rate)


# declared quantity, net mass, unit of the rate, what it applies to
UNITS = [
    ("5", "TNE", None, "KGM", 5000),
    ("5000", "KGM", None, "TNE", 5),
    ("3", "HLT", None, "LTR", 300),
    ("2", "MTQ", None, "HLT", 20),
    ("10", "H87", "7.5", "KGM", 7.5),
    ("10", "H87", "7500", "TNE", 7.5),
    ("10", "LTR", "9", "KGM", 9),
]


@pytest.mark.parametrize(("quantity", "declared", "mass", "unit", "expected"), UNITS)
def test_specific_duty_in_another_unit(
    *, quantity: str, declared: str, mass: str | None, unit: str, expected: float, document: Build,
    line: Build, assessed: Build,
) -> None:  # fmt: skip
    duty = {"per_unit": {"amount": "200", "unit": unit}}
    changes = {
        "quantity": {"value": quantity, "unit": declared},
        "net_mass_kg": mass,
        "rates": {"duty": duty, "reference": "test"},
    }
    tax = assessed(document(line(**changes))).lines[0].taxes[0]
    assert float(tax.quantity) == expected
    assert tax.amount == expected * 200


@pytest.mark.parametrize(
    ("declared", "unit"), [("H87", "LTR"), ("KGM", "LTR"), ("H87", "KGM"), ("SET", "PR")]
)
def test_specific_duty_without_such_a_quantity(
    declared: str, unit: str, document: Build, line: Build, assessed: Build
) -> None:
    duty = {"per_unit": {"amount": "200", "unit": unit}}
    changes = {
        "quantity": {"value": "1", "unit": declared},
        "rates": {"duty": duty, "reference": "test"},
    }
    with pytest.raises(UnitMismatchError, match=r"lines\[0\].quantity.unit"):
        assessed(document(line(**changes)))


def test_mixed_duty_in_foreign_currency(document: Build, line: Build, assessed: Build) -> None:
    # A used car of USD 10,000 at 200 % and USD 5,000 each, at 25,410 dong.
    duty = {"percent": "200", "per_unit": {"amount": "5000", "unit": "H87", "currency": "USD"}}
    changes = {
        "quantity": {"value": "1", "unit": "H87"},
        "rates": {"duty": duty, "reference": "test"},
    }
    tax = assessed(document(line(**changes))).lines[0].taxes[0]
    assert tax.amount == 25_000 * 25_410


def test_an_export_bears_export_duty_alone(document: Build, line: Build, assessed: Build) -> None:
    export = {"kind": "export", "procedure": "B11", "incoterm": "FOB"}
    found = assessed(document(**export))
    assert [tax.tax.value for tax in found.lines[0].taxes] == ["export_duty"]
    for name, value in (
        ("remedies", [{"kind": "safeguard", "percent": "5", "reference": "x"}]),
        ("special_consumption", {"category": "beer"}),
        ("environmental_protection", {"category": "petrol"}),
    ):
        with pytest.raises(ContradictionError, match="export"):
            assessed(document(line(**{name: value}), **export))


def test_a_remedy_stands_once(document: Build, line: Build, assessed: Build) -> None:
    one = {"kind": "safeguard", "percent": "5", "reference": "x"}
    other = one | {"kind": "countervailing"}
    assert assessed(document(line(remedies=[one, other]))).total > 0
    with pytest.raises(ContradictionError, match=r"remedies\[1\]"):
        assessed(document(line(remedies=[one, one])))


@pytest.mark.parametrize(
    "excise",
    [
        {},
        {"category": "beer", "rate": {"percent": "1"}, "reference": "x"},
        {"rate": {"percent": "1"}},
        {"category": "no_such_thing"},
    ],
)
def test_excise_that_says_too_little_or_too_much(
    excise: Any, document: Build, line: Build, assessed: Build
) -> None:
    with pytest.raises(ExciseError, match="special_consumption"):
        assessed(document(line(special_consumption=excise)))


def test_a_line_without_rate_and_without_tariff(document: Build, line: Build, table: Any) -> None:
    from api.tax.assess import assess
    from api.tax.model import Declaration
    from api.tax.structure import read

    with pytest.raises(RateMissingError, match=r"lines\[0\].*tariff"):
        assess(read(Declaration, document(line(rates=None)), "declaration"), None, table)


# HS code that the tariff marks, tax, what the line has to say
MARKED = [
    ("22030091", "special_consumption", {"category": "beer"}, "LTR"),
    ("87024050", "special_consumption", {"category": "electric_car_9"}, "H87"),
    ("27101222", "environmental_protection", {"category": "petrol"}, "LTR"),
]


@pytest.mark.parametrize(("hs", "tax", "excise", "unit"), MARKED)
def test_goods_that_the_tariff_marks(
    *, hs: str, tax: str, excise: Any, unit: str, document: Build, line: Build, assessed: Build
) -> None:
    changes: dict[str, Any] = {
        "hs": hs,
        "rates": None,
        "quantity": {"value": "10", "unit": unit},
        "special_consumption": {"category": "petrol"} if hs == "27101222" else None,
    }
    found = assessed(document(line(**changes, **{tax: excise} if tax not in changes else {}) |
                              {tax: excise}))  # fmt: skip
    assert next(one.amount for one in found.taxes if one.tax.value == tax) > 0
    unsaid = line(**changes)
    unsaid.pop(tax, None)
    with pytest.raises(ExciseError, match="the tariff marks these goods"):
        assessed(document(unsaid))


def test_rate_of_an_excise_that_says_nothing(document: Build, line: Build, assessed: Build) -> None:
    excise = {"rate": {}, "reference": "x"}
    with pytest.raises(RateMissingError, match=r"special_consumption\.rate"):
        assessed(document(line(special_consumption=excise)))


def test_goods_not_subject_to_vat_in_the_tariff(
    document: Build, line: Build, assessed: Build
) -> None:
    horses = line(hs="01012900", rates=None, vat_treatment="not_subject")
    assert [tax.tax.value for tax in assessed(document(horses)).taxes] == ["import_duty"]
    low = line(hs="01012900", rates=None, vat_treatment="low")
    assert assessed(document(low)).lines[0].taxes[1].rate.percent == 5


# day, whether the goods are said to be eligible, percent of VAT
REDUCED = [
    ("2025-06-30", True, 8),
    ("2025-07-01", True, 8),
    ("2026-12-31", True, 8),
    ("2027-01-01", True, 10),
    ("2026-12-31", False, 10),
    ("2026-12-31", None, 8),
]


@pytest.mark.parametrize(("day", "eligible", "percent"), REDUCED)
def test_reduced_vat_ends(
    *, day: str, eligible: bool | None, percent: int, document: Build, line: Build, assessed: Build
) -> None:
    goods = line(rates=None, vat_reduced=eligible)
    found = assessed(document(goods, registered_at=f"{day}T03:00:00Z"))
    assert found.lines[0].taxes[1].rate.percent == percent


def test_the_largest_numbers_stay_exact(document: Build, line: Build, tables: Build) -> None:
    from api.tax.assess import assess
    from api.tax.document import assessment_bytes
    from api.tax.model import Declaration
    from api.tax.structure import read

    most = "9" * 15 + "." + "9" * 9
    rate = {"percent": most, "per_unit": {"amount": most, "unit": "H87", "currency": "USD"}}
    goods = [
        line(
            number=number,
            quantity={"value": most, "unit": "H87"},
            value={"amount": most, "currency": "USD"},
            rates={"duty": rate, "vat_percent": most, "reference": "x"},
            special_consumption={"rate": rate, "reference": "x"},
            net_mass_kg=most,
        )
        for number in (1, 2)
    ]
    packing = {"kind": "packing", "amount": {"amount": most, "currency": "USD"}, "basis": "weight"}
    value = read(Declaration, document(*goods, costs=[packing]), "declaration")
    found = assess(value, None, tables(most))
    assert int(found.total) == sum(int(tax.amount) for one in found.lines for tax in one.taxes)
    assert b"E+" not in assessment_bytes(found)
