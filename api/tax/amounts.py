"""Exact decimal arithmetic of money: rounded only where a rule says so."""

from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from typing import Final

# An amount has at most 15 + 9 digits and meets rates of the same size in products of three: 100
# digits hold every intermediate result; where one did not fit, the trap ends the computation.
EXACT: Final = Context(
    prec=100, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow], Emin=-999, Emax=999
)
ZERO: Final = Decimal(0)
HUNDRED: Final = Decimal(100)
# Rounding is the one inexact step: it has a context of its own, wide enough for every amount.
_ROUNDING: Final = Context(prec=100, traps=[InvalidOperation, Overflow], Emin=-999, Emax=999)


def rounded(amount: Decimal, unit: Decimal, mode: str) -> Decimal:
    """Return an amount in whole units.

    Args:
        amount: Any exact amount.
        unit: A power of ten, such as 1 for whole dong.
        mode: A rounding mode of the decimal module.
    """
    return amount.quantize(unit, rounding=mode, context=_ROUNDING)


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
