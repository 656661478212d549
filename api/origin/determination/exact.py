"""Exact decimal arithmetic: nothing is rounded before it is compared."""

from collections.abc import Iterable
from decimal import (
    ROUND_FLOOR,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    localcontext,
)
from fractions import Fraction
from math import floor
from typing import Final

# Amounts have at most 21 digits and meet in products of at most three: 400 digits hold every
# intermediate result; where one did not fit, the trap would end the computation.
EXACT: Final = Context(
    prec=400,
    rounding=ROUND_FLOOR,
    traps=[Inexact, InvalidOperation, DivisionByZero, Overflow],
)
ZERO: Final = Decimal(0)
HUNDRED: Final = Decimal(100)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return the exact sum."""
    with localcontext(EXACT):
        return sum(amounts, ZERO)


def difference(left: Decimal, right: Decimal) -> Decimal:
    """Return the exact difference."""
    with localcontext(EXACT):
        return left - right


def share(amount: Decimal, percent: Decimal) -> Decimal:
    """Return a percentage of an amount, exactly.

    Args:
        amount: Any amount.
        percent: 0 to 100.
    """
    with localcontext(EXACT):
        return amount * percent / HUNDRED


def is_at_least(part: Decimal, whole: Decimal, percent: Decimal) -> bool:
    """Tell whether a part is at least so many percent of a whole > 0, without dividing."""
    with localcontext(EXACT):
        return part * HUNDRED >= whole * percent


def is_at_most(part: Decimal, whole: Decimal, percent: Decimal) -> bool:
    """Tell whether a part is at most so many percent of a whole > 0, without dividing."""
    with localcontext(EXACT):
        return part * HUNDRED <= whole * percent


def percent_text(part: Decimal, whole: Decimal, places: int = 4) -> str:
    """Return a ratio in percent for people, rounded down so that it never shows too much.

    Args:
        part: Any amount.
        whole: An amount > 0.
        places: Digits after the point, >= 0.
    """
    scaled = floor(Fraction(part) * 100 * 10**places / Fraction(whole))
    return amount_text(Decimal(scaled).scaleb(-places, EXACT))


def amount_text(amount: Decimal) -> str:
    """Return a number in its one canonical form: no exponent, no trailing zeros."""
    text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
