"""The customs value of each line: price, what is added, what is deducted, in whole dong.

(0) the term of delivery is in force   (1) the costs it asks for are declared, no others
(2) each amount in dong                (3) shared costs among the lines
(4) price + additions - deductions
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final

from api.tax.amounts import ZERO, grouped, number_text, rounded
from api.tax.apportion import apportion
from api.tax.errors import (
    ApportionError,
    CostIncludedError,
    CostMissingError,
    CurrencyRefusedError,
    DeductionTooLargeError,
    EvidenceMissingError,
    IncotermError,
)
from api.tax.model import Basis, Cost, Declaration, Line, Money
from api.tax.rules import Provision, rule_set

ToDong = Callable[[str, str], Decimal]
"""The rate of a currency, which a path names in errors."""
_NONE: Final = "none"
_DEDUCT: Final = "deduct"


@dataclass(frozen=True, slots=True)
class Part:
    """What a cost does to the value of a line.

    Attributes:
        amount: Whole dong, below zero for a deduction.
        cost: As declared.
        rate: Dong per unit of the cost's currency.
        whole: The cost in dong over all lines; the same as `amount` where it is not shared.
        basis: By what it was shared; None for a cost of this line alone.
    """

    amount: Decimal
    cost: Cost
    rate: Decimal
    whole: Decimal
    basis: Basis | None


@dataclass(frozen=True, slots=True)
class LineValue:
    """The customs value of a line.

    Attributes:
        price: The price in whole dong.
        rate: Dong per unit of the declaration's currency.
        customs_value: Whole dong, >= 0.
    """

    price: Decimal
    rate: Decimal
    parts: tuple[Part, ...]
    customs_value: Decimal


@dataclass(frozen=True, slots=True)
class ValuationRules:
    """What the rules of a day say, typed."""

    terms: Mapping[str, Any]
    effects: Mapping[str, Mapping[str, str]]
    zero_needs_evidence: frozenset[str]
    unit: Decimal
    mode: str


def valuation_rule(name: str, day: date) -> Provision:
    """Return a provision about customs value on a day."""
    return rule_set("valuation", day).provision(name)


@cache
def valuation_rules(day: date) -> ValuationRules:
    """Return the rules of customs value on a day."""
    rounding = valuation_rule("rounding", day).value
    return ValuationRules(
        terms=valuation_rule("incoterms", day).value,
        effects=valuation_rule("effects", day).value,
        zero_needs_evidence=frozenset(valuation_rule("zero_needs_evidence", day).value),
        unit=Decimal(rounding["unit"]),
        mode=str(rounding["mode"]),
    )


def customs_values(declaration: Declaration, day: date, to_dong: ToDong) -> tuple[LineValue, ...]:
    """Return the customs value of each line, in the declaration's order.

    Args:
        declaration: What is declared.
        day: Whose rules apply.
        to_dong: Returns dong per unit of a currency.

    Raises:
        DeclarationError: The terms of delivery and the declared costs do not go together.

    Source: Customs Law 54/2014/QH13, Art. 86; Circular 39/2015/TT-BTC; for export Circular
    38/2015/TT-BTC, Art. 25a.
    """
    rules = valuation_rules(day)
    # (0), (1) the term of delivery and what it asks for
    _check_costs(declaration, day, rules)
    # (2) each price in dong
    rate = to_dong(declaration.currency, "declaration.currency")
    prices = []
    for place, line in enumerate(declaration.lines):
        if line.value.currency != declaration.currency:
            path = f"declaration.lines[{place}].value.currency"
            raise CurrencyRefusedError(path, line.value.currency, declaration.currency)
        prices.append(rounded(line.value.amount * rate, rules.unit, rules.mode))
    # (3) shared costs, each over all lines
    shared = _shared_parts(declaration, rules, to_dong)
    # (4) additions less deductions
    found = []
    for place, line in enumerate(declaration.lines):
        parts = tuple(column[place] for column in shared)
        if line.costs:
            parts += _own_parts(declaration, place, rules, to_dong)
        value = prices[place]
        for part in parts:
            value += part.amount
        if value < ZERO:
            path = f"declaration.lines[{place}]"
            raise DeductionTooLargeError(path, number_text(value))
        found.append(LineValue(prices[place], rate, parts, value))
    return tuple(found)


def _check_costs(declaration: Declaration, day: date, rules: ValuationRules) -> None:
    term = rules.terms.get(declaration.incoterm)
    if term is None:
        known = ", ".join(sorted(rules.terms))
        raise IncotermError("declaration.incoterm", declaration.incoterm, str(day), known)
    direction = term[declaration.kind.value]
    allowed = {*direction["asks"], *direction["allows"]}
    _check_list(declaration, "declaration.costs", declaration.costs, allowed, rules)
    for place, line in enumerate(declaration.lines):
        if line.costs:
            path = f"declaration.lines[{place}].costs"
            _check_list(declaration, path, line.costs, allowed, rules)
    declared = {cost.kind.value for cost in declaration.costs}
    for asked in direction["asks"]:
        if asked not in declared and not _on_every_line(declaration.lines, asked):
            raise CostMissingError("declaration.costs", asked, declaration.incoterm)


def _check_list(
    declaration: Declaration,
    path: str,
    costs: Sequence[Cost],
    allowed: set[str],
    rules: ValuationRules,
) -> None:
    for place, cost in enumerate(costs):
        found, kind = f"{path}[{place}]", cost.kind.value
        if kind not in allowed:
            raise CostIncludedError(found, kind, declaration.incoterm, declaration.kind.value)
        deducted = rules.effects[declaration.kind.value][kind] == _DEDUCT
        zero = not cost.amount.amount and kind in rules.zero_needs_evidence
        if cost.evidence is None and (deducted or zero):
            asking = f"a deduction of {kind}" if deducted else f"{kind} of zero"
            raise EvidenceMissingError(f"{found}.evidence", asking, "a document")


def _on_every_line(lines: Sequence[Line], kind: str) -> bool:
    return all(any(cost.kind.value == kind for cost in line.costs) for line in lines)


def _shared_parts(
    declaration: Declaration, rules: ValuationRules, to_dong: ToDong
) -> list[list[Part]]:
    keys = [line.number for line in declaration.lines]
    weights: dict[Basis, list[Decimal]] = {}
    found = []
    for place, cost in enumerate(declaration.costs):
        effect = rules.effects[declaration.kind.value][cost.kind.value]
        if effect == _NONE:
            continue
        basis = cost.basis or declaration.basis
        path = f"declaration.costs[{place}]"
        if basis not in weights:
            weights[basis] = basis_weights(declaration.lines, basis, path)
        rate = to_dong(cost.amount.currency, f"{path}.amount.currency")
        whole = rounded(cost.amount.amount * rate, rules.unit, rules.mode)
        shares = apportion(whole, weights[basis], keys)
        if effect == _DEDUCT:
            shares = [-share for share in shares]
        found.append([Part(share, cost, rate, whole, basis) for share in shares])
    return found


def _own_parts(
    declaration: Declaration, place: int, rules: ValuationRules, to_dong: ToDong
) -> tuple[Part, ...]:
    found = []
    for index, cost in enumerate(declaration.lines[place].costs):
        effect = rules.effects[declaration.kind.value][cost.kind.value]
        if effect == _NONE:
            continue
        path = f"declaration.lines[{place}].costs[{index}].amount.currency"
        rate = to_dong(cost.amount.currency, path)
        whole = rounded(cost.amount.amount * rate, rules.unit, rules.mode)
        amount = -whole if effect == _DEDUCT else whole
        found.append(Part(amount, cost, rate, whole, None))
    return tuple(found)


def basis_weights(lines: Sequence[Line], basis: Basis, path: str) -> list[Decimal]:
    """Return what each line weighs when a cost is shared.

    Raises:
        ApportionError: A line does not say, units differ, or all weigh nothing.
    """
    if basis is Basis.VALUE:
        found: list[Decimal | None] = [line.value.amount for line in lines]
    elif basis is Basis.WEIGHT:
        found = [line.net_mass_kg for line in lines]
    elif basis is Basis.VOLUME:
        found = [line.volume_m3 for line in lines]
    else:
        if len({line.quantity.unit for line in lines}) > 1:
            raise ApportionError(path, "quantity in one unit")
        found = [line.quantity.value for line in lines]
    weights = [weight for weight in found if weight is not None]
    if len(weights) < len(lines) or not any(weights):
        raise ApportionError(path, basis.value)
    return weights


def dong_text(money: Money) -> str:
    """Return an amount with its currency, for people."""
    return f"{grouped(money.amount)} {money.currency}"
