"""Exact decimal arithmetic of money: rounded only where a rule says so."""

from collections.abc import Iterable
from decimal import (
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    localcontext,
)
from typing import Final

# A number has at most 15 + 9 digits; at most six meet in one product (quantity, amount per unit,
# exchange rate, then special consumption and VAT on it): 400 digits hold every intermediate result;
# where one did not fit, the trap ends the computation.
EXACT: Final = Context(
    prec=400, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow], Emin=-999, Emax=999
)
ZERO: Final = Decimal(0)
HUNDRED: Final = Decimal(100)
# Rounding is the one inexact step: it has a context of its own, wide enough for every amount.
_ROUNDING: Final = Context(prec=400, traps=[InvalidOperation, Overflow], Emin=-999, Emax=999)


def rounded(amount: Decimal, unit: Decimal, mode: str) -> Decimal:
    """Return an amount in whole units.

    Args:
        amount: Any exact amount.
        unit: A power of ten, such as 1 for whole dong.
        mode: A rounding mode of the decimal module.
    """
    return amount.quantize(unit, rounding=mode, context=_ROUNDING)


def summed(amounts: Iterable[Decimal]) -> Decimal:
    """Return the exact sum."""
    with localcontext(EXACT):
        return sum(amounts, ZERO)


def number_text(number: Decimal) -> str:
    """Return a number in its one canonical form: no exponent, no trailing zeros."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def grouped(number: Decimal) -> str:
    """Return a number for people: thousands apart by a space, which no language misreads."""
    whole, point, rest = number_text(number).partition(".")
    sign = "-" if whole.startswith("-") else ""
    digits = f"{int(whole.removeprefix('-')):,}".replace(",", " ")
    return f"{sign}{digits}{point}{rest}"
