"""Regional value content by the four formulas, as an exact fraction.

Source: ATIGA Art. 29; CPTPP Art. 3.5.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from api.origin.determination.errors import CaseError
from api.origin.determination.exact import amount_text, difference, total
from api.origin.determination.hs import HsRange
from api.origin.determination.materials import Composition
from api.origin.determination.model import Case, Method, Money
from api.origin.determination.rules import Rules

_SHORT: Final = {"fob": "FOB", "ex_works": "EXW", "net_cost": "NC", "adjusted": "V"}
_ORIGINATING: Final = "originating_materials"


@dataclass(frozen=True, slots=True)
class Content:
    """A content as a fraction of two exact amounts.

    Attributes:
        regional: The numerator; below zero where VNM exceeds the value.
        base: The denominator, > 0.
        formula: How it was computed, with figures.
    """

    regional: Decimal
    base: Decimal
    formula: str


def content_of(
    method: Method,
    case: Case,
    composition: Composition,
    rules: Rules,
    focused: tuple[HsRange, ...] = (),
) -> Content | str:
    """Return the content by one method, or the name of the figure that is missing.

    Args:
        method: The formula.
        case: Values and costs.
        composition: The materials as they count.
        rules: The agreement.
        focused: Codes whose non-originating materials count, for the focused method.

    Raises:
        CaseError: The parts of a build-up exceed the good's value.
    """
    name = _base_name(method, rules)
    money: Money | None = getattr(case.good.values, name)
    if money is None or not money.amount:
        return f"good.values.{name}"
    if method is Method.BUILD_UP:
        return _build_up(name, money.amount, case, composition, rules)
    counted = composition.non_originating
    if method is Method.FOCUSED:
        counted = _focused(composition, focused)
    label = "FVNM" if method is Method.FOCUSED else "VNM"
    base, short = amount_text(money.amount), _SHORT[name]
    formula = f"({short} {base} - {label} {amount_text(counted)}) / {short} {base}"
    return Content(difference(money.amount, counted), money.amount, formula)


def _base_name(method: Method, rules: Rules) -> str:
    if method is Method.NET_COST:
        return "net_cost"
    return rules.provision("rvc_base").text()


def _focused(composition: Composition, focused: tuple[HsRange, ...]) -> Decimal:
    return total(
        line.non_originating
        for line in composition.lines
        if any(codes.covers(line.material.hs_code) for codes in focused)
    )


def _build_up(
    name: str, base: Decimal, case: Case, composition: Composition, rules: Rules
) -> Content | str:
    parts: list[tuple[str, Decimal]] = []
    for part in rules.provision("build_up_parts").texts():
        if part == _ORIGINATING:
            parts.append((part, composition.originating))
            continue
        money: Money | None = getattr(case.costs, part)
        if money is None:
            return f"costs.{part}"
        parts.append((part, money.amount))
    regional = total(amount for _, amount in parts)
    if regional > base:
        remedy = "correct the value of the good or the parts"
        raise CaseError("case.costs", f"add up to more than good.values.{name}", remedy)
    written = " + ".join(f"{part} {amount_text(amount)}" for part, amount in parts)
    return Content(regional, base, f"({written}) / {_SHORT[name]} {amount_text(base)}")
