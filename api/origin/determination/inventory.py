"""Fungible materials: what a pool's method bears out of what is declared as originating.

Lots stand in the currency of the case. Source: ATIGA Art. 37: one inventory method for the whole
fiscal year.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil, floor
from typing import Final

from api.origin.determination.decision import Step, failed, passed
from api.origin.determination.errors import CaseError
from api.origin.determination.exact import EXACT, ZERO, amount_text, total
from api.origin.determination.model import Case, InventoryMethod, Lot, Material, Pool, Status
from api.origin.determination.rules import Rules

_PLACES: Final = 6


@dataclass(frozen=True, slots=True)
class _Use:
    """What a case takes from a pool."""

    used: Decimal
    originating: Decimal
    value: Decimal  # declared for the non-originating part


def check_pools(case: Case, rules: Rules) -> Iterator[Step]:
    """Compare each pool with what the bill of materials takes from it.

    Raises:
        CaseError: A material names no known pool, lacks its quantity, or takes more than there is.
    """
    _require_known(case)
    provision = rules.provision("fungible_materials")
    for place, pool in enumerate(case.pools):
        use = _use(case, pool)
        if pool.method is InventoryMethod.SEGREGATION:
            quantity = amount_text(use.originating)
            figures = {"pool": pool.name, "method": pool.method.value}
            yield passed("inventory", provision, declared=quantity, allowed=quantity, **figures)
            continue
        if use.used > total(lot.quantity for lot in pool.lots):
            path = f"case.pools[{place}].lots"
            raise CaseError(path, "hold less than the materials take", "send all of the year")
        yield _check(pool, use, rules)
    methods = {pool.method.value for pool in case.pools}
    if methods and case.practice is not None and case.practice.inventory_method is not None:
        methods.add(case.practice.inventory_method.value)
    if len(methods) > 1:
        yield failed("inventory_mixed", provision, methods=", ".join(sorted(methods)))


def _check(pool: Pool, use: _Use, rules: Rules) -> Step:
    provision = rules.provision("fungible_materials")
    quantity, value = _by_method(pool, use)
    figures = {"pool": pool.name, "method": pool.method.value}
    if use.originating > quantity:
        allowed, declared = _shown(quantity, floor), amount_text(use.originating)
        return failed("inventory", provision, declared=declared, allowed=allowed, **figures)
    if use.value < value:
        least, declared = _shown(value, ceil), amount_text(use.value)
        return failed("inventory_value", provision, declared=declared, least=least, **figures)
    allowed, declared = _shown(quantity, floor), amount_text(use.originating)
    return passed("inventory", provision, declared=declared, allowed=allowed, **figures)


def _shown(exact: Fraction, rounding: Callable[[Fraction], int]) -> str:
    return amount_text(Decimal(rounding(exact * 10**_PLACES)).scaleb(-_PLACES, EXACT))


def _by_method(pool: Pool, use: _Use) -> tuple[Fraction, Fraction]:
    """Return the originating quantity and the non-originating value that the method gives."""
    taken = list(_taken(pool, use.used))
    quantity = sum((part for lot, part in taken if lot.originating), Fraction())
    value = sum(
        (
            Fraction(lot.value) * part / Fraction(lot.quantity)
            for lot, part in taken
            if not lot.originating
        ),
        Fraction(),
    )
    return quantity, value


def _taken(pool: Pool, used: Decimal) -> Iterator[tuple[Lot, Fraction]]:
    lots = [lot for lot in pool.lots if lot.quantity]
    if pool.method is InventoryMethod.AVERAGE:
        whole = Fraction(total(lot.quantity for lot in lots)) if lots else Fraction(1)
        for lot in lots:
            yield lot, Fraction(lot.quantity) * Fraction(used) / whole
        return
    left = Fraction(used)
    for lot in sorted(lots, key=lambda lot: lot.received):
        part = min(left, Fraction(lot.quantity))
        left -= part
        yield lot, part


def _use(case: Case, pool: Pool) -> _Use:
    used = originating = value = ZERO
    with localcontext(EXACT):
        for material in case.materials:
            if material.pool != pool.name or material.quantity is None:
                continue
            used += material.quantity.value
            if material.status is Status.ORIGINATING:
                originating += material.quantity.value
            else:
                value += material.value.amount
    return _Use(used, originating, value)


def _require_known(case: Case) -> None:
    names = [pool.name for pool in case.pools]
    if len(set(names)) != len(names):
        raise CaseError("case.pools", "name a pool twice", "give each pool one name")
    for place, material in enumerate(case.materials):
        if material.pool is not None:
            _require_pooled(f"case.materials[{place}]", material, names)


def _require_pooled(path: str, material: Material, names: list[str]) -> None:
    if material.pool not in names:
        raise CaseError(f"{path}.pool", "is no pool of the case", "add the pool")
    if material.quantity is None:
        raise CaseError(f"{path}.quantity", "is missing", "say how much came from the pool")
