"""Customs value by term of delivery, additions, deductions and shared costs.

Sources of the cases: Customs Law 54/2014/QH13, Art. 86; Circular 39/2015/TT-BTC, Art. 13 to 15;
Circular 38/2015/TT-BTC, Art. 25a; Circular 121/2025/TT-BTC for DPU.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from api.tax.apportion import apportion
from api.tax.errors import (
    ApportionError,
    CostIncludedError,
    CostMissingError,
    CurrencyRefusedError,
    DeclarationError,
    DeductionTooLargeError,
    EvidenceMissingError,
    IncotermError,
)

Build = Callable[..., Any]


def cost(kind: str, amount: str = "100", **changes: Any) -> dict[str, Any]:
    money = {"amount": amount, "currency": "USD"}
    return {"kind": kind, "amount": money, "evidence": "paper 1"} | changes


# term, direction, costs that it asks for, value in USD of a price of 10,000 with costs of 100 each
TERMS = [
    ("EXW", "import", ("freight", "insurance"), 10200),
    ("FCA", "import", ("freight", "insurance"), 10200),
    ("FAS", "import", ("freight", "insurance"), 10200),
    ("FOB", "import", ("freight", "insurance"), 10200),
    ("CFR", "import", ("insurance",), 10100),
    ("CPT", "import", ("insurance",), 10100),
    ("CIF", "import", (), 10000),
    ("CIP", "import", (), 10000),
    ("DAP", "import", (), 10000),
    ("DAT", "import", (), 10000),
    ("DPU", "import", (), 10000),
    ("DDP", "import", (), 10000),
    ("EXW", "export", ("export_inland",), 10100),
    ("FCA", "export", (), 10000),
    ("FAS", "export", (), 10000),
    ("FOB", "export", (), 10000),
    ("CFR", "export", ("freight",), 9900),
    ("CPT", "export", ("freight",), 9900),
    ("CIF", "export", ("freight", "insurance"), 9800),
    ("CIP", "export", ("freight", "insurance"), 9800),
    ("DAP", "export", ("freight",), 9900),
    ("DAT", "export", ("freight",), 9900),
    ("DPU", "export", ("freight",), 9900),
    ("DDP", "export", ("freight",), 9900),
]
# additions and deductions: term, direction, cost, effect on the value in USD
PARTS = [
    *((term, "import", kind, 100)
      for term in ("FOB", "CIF", "DDP")
      for kind in ("assists", "royalties", "selling_commission", "packing", "containers",
                   "proceeds")),
    *((term, "import", "buying_commission", 0) for term in ("FOB", "CIF", "DDP")),
    *((term, "import", kind, -100) for term in ("CIF", "DAP")
      for kind in ("post_import_works", "interest")),
    *((term, "import", "inland_transport", -100)
      for term in ("CPT", "CIP", "DAP", "DAT", "DPU", "DDP")),
    ("DDP", "import", "import_taxes", -100),
    *((term, "export", "insurance", -100) for term in ("DAP", "DPU", "DDP")),
    ("DDP", "export", "import_taxes", -100),
    *((term, "export", "export_inland", 100) for term in ("FCA", "FAS")),
]  # fmt: skip
# costs that are not of this value: they are in the price already, or no part of it
FOREIGN = [
    *(("CIF", "import", kind)
      for kind in ("freight", "insurance", "inland_transport", "import_taxes", "export_inland")),
    *(("FOB", "import", kind) for kind in ("inland_transport", "import_taxes", "export_inland")),
    *(("DDP", "import", kind) for kind in ("freight", "insurance")),
    *(("CFR", "import", kind) for kind in ("freight", "inland_transport")),
    *(("DAP", "import", kind) for kind in ("import_taxes", "freight")),
    *(("FOB", "export", kind) for kind in ("freight", "insurance", "royalties", "assists")),
    *(("CIF", "export", kind) for kind in ("royalties", "import_taxes", "export_inland")),
    *(("EXW", "export", kind) for kind in ("freight", "insurance")),
]  # fmt: skip


def direction_of(document: Build, line: Build, way: str, costs: list[Any], term: str) -> Any:
    changes: dict[str, Any] = {"kind": way, "incoterm": term, "costs": costs}
    if way == "export":
        changes["procedure"] = "B11"
    return document(line(), **changes)


@pytest.mark.parametrize(("term", "way", "asked", "value"), TERMS)
def test_term(
    *, term: str, way: str, asked: tuple[str, ...], value: int, document: Build, line: Build,
    assessed: Build,
) -> None:  # fmt: skip
    found = assessed(direction_of(document, line, way, [cost(kind) for kind in asked], term))
    assert found.customs_value == value * 25410


@pytest.mark.parametrize(
    ("term", "way", "asked", "missing"),
    [(term, way, asked, kind) for term, way, asked, _ in TERMS for kind in asked],
)
def test_term_asks(
    *, term: str, way: str, asked: tuple[str, ...], missing: str, document: Build, line: Build,
    assessed: Build,
) -> None:  # fmt: skip
    costs = [cost(kind) for kind in asked if kind != missing]
    with pytest.raises(CostMissingError, match=missing):
        assessed(direction_of(document, line, way, costs, term))


@pytest.mark.parametrize(("term", "way", "kind", "effect"), PARTS)
def test_part(
    *, term: str, way: str, kind: str, effect: int, document: Build, line: Build, assessed: Build
) -> None:
    asked, value = next((asked, value) for name, found, asked, value in TERMS
                        if (name, found) == (term, way))  # fmt: skip
    costs = [*(cost(one) for one in asked), cost(kind)]
    shared = assessed(direction_of(document, line, way, costs, term))
    assert shared.customs_value == (value + effect) * 25410
    own = direction_of(document, line, way, costs[:-1], term)
    own["lines"][0]["costs"] = [cost(kind)]
    assert assessed(own).customs_value == shared.customs_value


@pytest.mark.parametrize(("term", "way", "kind"), FOREIGN)
def test_part_that_is_none(
    *, term: str, way: str, kind: str, document: Build, line: Build, assessed: Build
) -> None:
    with pytest.raises(CostIncludedError, match=kind):
        assessed(direction_of(document, line, way, [cost(kind)], term))
    own = direction_of(document, line, way, [], term)
    own["lines"][0]["costs"] = [cost(kind)]
    with pytest.raises(CostIncludedError, match=r"lines\[0\]"):
        assessed(own)


@pytest.mark.parametrize(
    ("day", "term", "known"),
    [
        ("2026-01-31T16:59:59Z", "DPU", False),
        ("2026-01-31T17:00:00Z", "DPU", True),
        ("2026-01-15T03:00:00Z", "DAT", True),
        ("2026-02-02T03:00:00Z", "DAP", True),
        ("2026-02-02T03:00:00Z", "FOR", False),
    ],
)
def test_term_of_its_time(
    day: str, term: str, known: bool, document: Build, assessed: Build
) -> None:
    value = document(incoterm=term, registered_at=day)
    if known:
        assert assessed(value).total > 0
    else:
        with pytest.raises(IncotermError, match=term):
            assessed(value)


@pytest.mark.parametrize("kind", ["freight", "insurance"])
def test_zero_needs_evidence(kind: str, document: Build, assessed: Build) -> None:
    other = "insurance" if kind == "freight" else "freight"
    zero = cost(kind, "0")
    found = assessed(document(incoterm="FOB", costs=[zero, cost(other)]))
    assert found.customs_value == 10100 * 25410
    del zero["evidence"]
    with pytest.raises(EvidenceMissingError, match=kind):
        assessed(document(incoterm="FOB", costs=[zero, cost(other)]))


def test_deduction_needs_evidence_and_leaves_something(document: Build, assessed: Build) -> None:
    bare = cost("interest")
    del bare["evidence"]
    with pytest.raises(EvidenceMissingError, match="interest"):
        assessed(document(costs=[bare]))
    assert assessed(document(costs=[cost("interest", "10000")])).customs_value == 0
    with pytest.raises(DeductionTooLargeError, match="-254"):
        assessed(document(costs=[cost("interest", "10000.01")]))


def test_asked_cost_on_every_line(document: Build, line: Build, assessed: Build) -> None:
    both = [line(number=number, costs=[cost("insurance")]) for number in (1, 2)]
    assert assessed(document(*both, incoterm="CFR")).customs_value == 20200 * 25410
    del both[1]["costs"]
    with pytest.raises(CostMissingError):
        assessed(document(*both, incoterm="CFR"))


# basis, what two lines declare, shares of 1,001 dong
BASES = [
    ("value", {"value": "30"}, {"value": "10"}, (751, 250)),
    ("weight", {"net_mass_kg": "1"}, {"net_mass_kg": "2"}, (334, 667)),
    ("weight", {"net_mass_kg": "0"}, {"net_mass_kg": "2"}, (0, 1001)),
    ("volume", {"volume_m3": "0.5"}, {"volume_m3": "0.5"}, (501, 500)),
    ("quantity", {"quantity": "7"}, {"quantity": "4"}, (637, 364)),
]


@pytest.mark.parametrize(("basis", "first", "second", "shares"), BASES)
def test_basis(
    *, basis: str, first: Any, second: Any, shares: tuple[int, int], document: Build, line: Build,
    assessed: Build,
) -> None:  # fmt: skip
    lines = []
    for number, declared in enumerate((first, second), start=1):
        changes = dict(declared)
        if "value" in changes:
            changes["value"] = {"amount": changes["value"], "currency": "VND"}
        else:
            changes["value"] = {"amount": "10", "currency": "VND"}
        if "quantity" in changes:
            changes["quantity"] = {"value": changes["quantity"], "unit": "H87"}
        lines.append(line(number=number, **changes))
    shared = {
        "kind": "packing",
        "amount": {"amount": "1001", "currency": "VND"},
        "basis": basis,
    }
    found = assessed(document(*lines, currency="VND", costs=[shared]))
    assert tuple(int(one.value.parts[0].amount) for one in found.lines) == shares
    changed = assessed(document(*reversed(lines), currency="VND", costs=[shared]))
    assert changed.total == found.total


@pytest.mark.parametrize(
    ("basis", "changes"),
    [
        ("weight", {}),
        ("volume", {}),
        ("weight", {"net_mass_kg": "0"}),
        ("value", {"value": {"amount": "0", "currency": "USD"}}),
        ("quantity", {"quantity": {"value": "0", "unit": "H87"}}),
    ],
)
def test_nothing_to_share_by(
    basis: str, changes: Any, document: Build, line: Build, assessed: Build
) -> None:
    with pytest.raises(ApportionError, match=basis):
        assessed(document(line(**changes), costs=[cost("packing", basis=basis)]))


def test_quantities_of_two_units_are_no_basis(
    document: Build, line: Build, assessed: Build
) -> None:
    lines = [line(), line(number=2, quantity={"value": "1", "unit": "KGM"})]
    with pytest.raises(ApportionError, match="one unit"):
        assessed(document(*lines, costs=[cost("packing", basis="quantity")]))


def test_a_line_stands_in_the_declaration_s_currency(
    document: Build, line: Build, assessed: Build
) -> None:
    value = {"amount": "1", "currency": "EUR"}
    with pytest.raises(CurrencyRefusedError, match=r"lines\[0\].value.currency.*EUR.*USD"):
        assessed(document(line(value=value)))


def test_apportion_breaks_ties_by_the_key() -> None:
    one = Decimal(1)
    assert apportion(Decimal(2), [one, one, one], [9, 3, 5]) == [0, 1, 1]
    assert apportion(Decimal(0), [one, one], [1, 2]) == [0, 0]


def test_every_error_speaks_both_languages(document: Build, assessed: Build) -> None:
    with pytest.raises(DeclarationError) as caught:
        assessed(document(incoterm="FOB", costs=[]))
    assert "khai" in caught.value.text("vi")
    assert caught.value.path == "declaration.costs"
