"""The taxes of one line in their legal order, each on what the law names as its base.

Duty on the customs value; duties in defence of trade on the same; special consumption tax on value
and duties; environmental protection tax per unit; VAT on everything before it. The order and the
bases are dated data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Final

from api.tax.amounts import ZERO, number_text, rounded
from api.tax.errors import UnitMismatchError
from api.tax.model import Line, PerUnit, Rate
from api.tax.rules import Provision, rule_set

CUSTOMS_VALUE: Final = "customs_value"
_HUNDREDTHS: Final = -2


class Tax(StrEnum):
    """A tax of a declaration line."""

    IMPORT_DUTY = "import_duty"
    EXPORT_DUTY = "export_duty"
    SAFEGUARD = "safeguard"
    ANTI_DUMPING = "anti_dumping"
    COUNTERVAILING = "countervailing"
    SPECIAL_CONSUMPTION = "special_consumption"
    ENVIRONMENTAL_PROTECTION = "environmental_protection"
    VAT = "vat"


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One tax of one line.

    Attributes:
        base: Whole dong that a percentage applies to; 0 for a rate per unit alone.
        quantity: Units that an amount per unit applies to, in the rate's unit.
        amount: Whole dong that are due.
        relieved: Whole dong that the relief takes away, on a base without what was relieved before.
        relief: Code of the relief, or None.
    """

    tax: Tax
    sub_item: str
    base: Decimal
    rate: Rate
    quantity: Decimal | None
    amount: Decimal
    relieved: Decimal
    relief: str | None


@dataclass(frozen=True, slots=True)
class ChargeRules:
    """What the rules of a day say, typed."""

    order: Mapping[str, tuple[Tax, ...]]
    bases: Mapping[Tax, tuple[str, ...]]
    sub_items: Mapping[Tax, str]
    unit: Decimal
    mode: str
    factors: Mapping[str, tuple[str, Decimal]]
    mass_unit: str


def charge_rule(name: str, day: date) -> Provision:
    """Return a provision about charges on a day."""
    return rule_set("charges", day).provision(name)


@cache
def charge_rules(day: date) -> ChargeRules:
    """Return the rules of charges on a day."""
    rounding = charge_rule("rounding", day).value
    order: dict[str, Any] = charge_rule("order", day).value
    bases: dict[str, Any] = charge_rule("bases", day).value
    sub_items: dict[str, Any] = charge_rule("sub_items", day).value
    factors: dict[str, Any] = charge_rule("unit_factors", day).value
    return ChargeRules(
        order={kind: tuple(Tax(name) for name in names) for kind, names in order.items()},
        bases={Tax(name): tuple(parts) for name, parts in bases.items()},
        sub_items={Tax(name): str(code) for name, code in sub_items.items()},
        unit=Decimal(rounding["unit"]),
        mode=str(rounding["mode"]),
        factors={unit: (base, Decimal(factor)) for unit, (base, factor) in factors.items()},
        mass_unit=str(charge_rule("mass_unit", day).value),
    )


def charges(
    line: Line,
    customs_value: Decimal,
    rules: ChargeRules,
    *,
    order: tuple[Tax, ...],
    rates: Mapping[Tax, Rate],
    dong_per_unit: Mapping[str, Decimal],
    relieved: Mapping[Tax, str],
    path: str,
) -> tuple[TaxLine, ...]:
    """Return the taxes of one line; a tax without a rate is not charged.

    Args:
        line: As declared.
        customs_value: Whole dong, >= 0.
        rules: Of the day.
        order: Taxes in the order in which each can be a base of the next.
        rates: By tax.
        dong_per_unit: Exchange rates of the currencies that amounts per unit stand in.
        relieved: By tax the relief that takes it away; nothing of it enters a later base.
        path: How errors name the line.

    Raises:
        UnitMismatchError: A rate per unit does not fit the declared quantity.

    Source: Circular 38/2015/TT-BTC, Art. 35 to 38, and the laws of the taxes.
    """
    due: dict[str, Decimal] = {CUSTOMS_VALUE: customs_value}
    found = []
    for tax in order:
        rate = rates.get(tax)
        if rate is None:
            continue
        base, quantity, exact = ZERO, None, ZERO
        if rate.percent is not None:
            for part in rules.bases[tax]:
                base += due.get(part, ZERO)
            exact = (base * rate.percent).scaleb(_HUNDREDTHS)
        if rate.per_unit is not None:
            quantity = quantity_in(line, rate.per_unit.unit, rules, path)
            exact += quantity * rate.per_unit.amount * dong_per_unit[rate.per_unit.currency]
        amount = rounded(exact, rules.unit, rules.mode)
        relief, taken = None, ZERO
        if relieved and tax in relieved:
            relief, taken, amount = relieved[tax], amount, ZERO
        due[tax] = amount
        sub_item = rules.sub_items[tax]
        found.append(TaxLine(tax, sub_item, base, rate, quantity, amount, taken, relief))
    return tuple(found)


def quantity_in(line: Line, unit: str, rules: ChargeRules, path: str) -> Decimal:
    """Return the line's quantity in a unit: declared so, convertible, or its net mass.

    Raises:
        UnitMismatchError: Nothing declared is in that unit.
    """
    if line.quantity.unit == unit:
        return line.quantity.value
    declared, wanted = rules.factors.get(line.quantity.unit), rules.factors.get(unit)
    if declared is not None and wanted is not None and declared[0] == wanted[0]:
        return line.quantity.value * declared[1] / wanted[1]  # factors are powers of ten
    if wanted is not None and wanted[0] == rules.mass_unit and line.net_mass_kg is not None:
        return line.net_mass_kg / wanted[1]
    raise UnitMismatchError(f"{path}.quantity.unit", line.quantity.unit, unit)


def rate_text(rate: Rate) -> str:
    """Return a rate for people and programs: `5%`, `2000 VND/LTR`, or both joined by +."""
    parts = []
    if rate.percent is not None:
        parts.append(f"{number_text(rate.percent)}%")
    if rate.per_unit is not None:
        parts.append(_per_unit_text(rate.per_unit))
    return " + ".join(parts) or "0%"


def _per_unit_text(found: PerUnit) -> str:
    return f"{number_text(found.amount)} {found.currency}/{found.unit}"
