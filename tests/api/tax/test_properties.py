"""What holds for every declaration: monotone, adding up, in any order, repeatable."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from api.tax.apportion import apportion
from api.tax.assess import assess
from api.tax.document import assessment_bytes
from api.tax.exchange import empty_table
from api.tax.model import Declaration
from api.tax.structure import read, write

Build = Callable[..., Any]
amounts = st.integers(0, 10**11).map(lambda cents: f"{Decimal(cents).scaleb(-2):f}")
percents = st.integers(0, 15_000).map(lambda points: f"{Decimal(points).scaleb(-2):f}")
weights = st.integers(0, 10**12).map(lambda number: Decimal(number).scaleb(-6))
MANY = settings(max_examples=60, deadline=None)


def goods(
    *, number: int, amount: str, duty: str, remedy: str, excise: str, vat: str, mass: str
) -> dict[str, Any]:
    return {
        "number": number,
        "hs": "85121000",
        "description": "goods",
        "quantity": {"value": "3", "unit": "H87"},
        "value": {"amount": amount, "currency": "VND"},
        "origin": "JP",
        "net_mass_kg": mass,
        "rates": {"duty": {"percent": duty}, "vat_percent": vat, "reference": "x"},
        "remedies": [{"kind": "anti_dumping", "percent": remedy, "reference": "x"}],
        "special_consumption": {"rate": {"percent": excise}, "reference": "x"},
    }


lines = st.builds(
    goods,
    number=st.just(1),
    amount=amounts.filter(lambda amount: Decimal(amount) > 0),
    duty=percents,
    remedy=percents,
    excise=percents,
    vat=st.sampled_from(["0", "5", "8", "10"]),
    mass=st.integers(1, 10**9).map(lambda grams: f"{Decimal(grams).scaleb(-3):f}"),
)


def declared(found: list[dict[str, Any]], freight: str, basis: str) -> dict[str, Any]:
    return {
        "format": "tradeseal-tax-declaration/1",
        "number": "106543210980",
        "amendment": 0,
        "kind": "import",
        "registered_at": "2026-11-23T03:00:00Z",
        "taxpayer": "0100109106",
        "procedure": "A11",
        "incoterm": "CFR",
        "place": "Hai Phong",
        "currency": "VND",
        "basis": basis,
        "costs": [
            {
                "kind": "insurance",
                "amount": {"amount": freight, "currency": "VND"},
                "evidence": "policy",
            }
        ],
        "lines": [line | {"number": place} for place, line in enumerate(found, start=1)],
    }


def run(value: dict[str, Any]) -> Any:
    return assess(read(Declaration, value, "declaration"), None, empty_table())


BASES = st.sampled_from(["value", "weight", "quantity"])


@MANY
@given(st.lists(lines, min_size=1, max_size=8), amounts, BASES, st.randoms())
def test_lines_add_up_in_any_order(
    found: list[dict[str, Any]], cost: str, basis: str, random: Any
) -> None:
    value = declared(found, cost, basis)
    whole = run(value)
    assert whole.total == sum(tax.amount for tax in whole.taxes)
    assert whole.total == sum(line.total for line in whole.lines)
    for total in whole.taxes:
        parts = [tax.amount for line in whole.lines for tax in line.taxes if tax.tax is total.tax]
        assert total.amount == sum(parts)
    shared = [line.value.parts[0] for line in whole.lines]
    assert sum(part.amount for part in shared) == shared[0].whole
    random.shuffle(value["lines"])
    again = run(value)
    assert {line.line.number: line.taxes for line in again.lines} == {
        line.line.number: line.taxes for line in whole.lines
    }


@MANY
@given(lines, amounts, st.integers(0, 10**9))
def test_monotone_in_value(line: dict[str, Any], cost: str, more: int) -> None:
    larger = f"{Decimal(line['value']['amount']) + more:f}"
    other = line | {"value": {"amount": larger, "currency": "VND"}}
    first, second = run(declared([line], cost, "value")), run(declared([other], cost, "value"))
    assert second.total >= first.total
    assert all(
        after.amount >= before.amount
        for before, after in zip(first.taxes, second.taxes, strict=True)
    )


@MANY
@given(lines, st.sampled_from(["duty", "remedy", "excise"]), st.integers(0, 1000))
def test_monotone_in_rate(line: dict[str, Any], which: str, more: int) -> None:
    def higher(percent: str) -> str:
        return f"{Decimal(percent) + more:f}"

    other = dict(line)
    if which == "duty":
        percent = higher(line["rates"]["duty"]["percent"])
        other["rates"] = line["rates"] | {"duty": {"percent": percent}}
    elif which == "remedy":
        remedy = line["remedies"][0]
        other["remedies"] = [remedy | {"percent": higher(remedy["percent"])}]
    else:
        percent = higher(line["special_consumption"]["rate"]["percent"])
        rate = {"percent": percent}
        other["special_consumption"] = {"rate": rate, "reference": "x"}
    assert run(declared([other], "0", "value")).total >= run(declared([line], "0", "value")).total


@MANY
@given(st.lists(weights, min_size=1, max_size=30), st.integers(0, 10**15), st.randoms())
def test_apportioning_adds_up(shares: list[Decimal], whole: int, random: Any) -> None:
    if not any(shares):
        shares = [*shares, Decimal(1)]
    keys = list(range(len(shares)))
    parts = apportion(Decimal(whole), shares, keys)
    assert sum(parts) == whole
    total = sum(shares)
    for part, weight in zip(parts, shares, strict=True):
        assert abs(part * total - whole * weight) < total
    order = keys[:]
    random.shuffle(order)
    again = apportion(Decimal(whole), [shares[place] for place in order], order)
    assert [again[order.index(place)] for place in keys] == parts


@MANY
@given(st.lists(lines, min_size=1, max_size=4), amounts, BASES)
def test_written_and_read_again(found: list[dict[str, Any]], cost: str, basis: str) -> None:
    declaration = read(Declaration, declared(found, cost, basis), "declaration")
    again = read(Declaration, write(declaration), "declaration")
    assert again == declaration
    first = assess(declaration, None, empty_table())
    assert assessment_bytes(first) == assessment_bytes(assess(again, None, empty_table()))
