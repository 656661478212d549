"""Quantities and shares of a certificate's items; pure.

On the ledger a quantity is an integer in millionths of its unit, hidden in a
commitment, and a share is ceil(cumulative / whole x 10,000). ceil(x) <= n exactly when
x <= n, so the bound is exact while only the coarse share shows.
"""

from decimal import Decimal
from typing import Final

from contracts.errors import DrawdownError
from contracts.origin.state import WHOLE

SCALE: Final = 10**6
QUANTITY_LIMIT: Final = Decimal(10) ** 24
SHARE_LIMIT: Final = (1 << 16) - 1


def scaled_quantity(quantity: Decimal) -> int:
    """Return a quantity in millionths of its unit.

    Args:
        quantity: More than 0, at most six decimal places.

    Raises:
        DrawdownError: It is not positive, too large, or finer than a millionth.
    """
    if not quantity.is_finite() or not 0 < quantity <= QUANTITY_LIMIT:
        raise DrawdownError(f"{quantity} is no quantity", "give more than 0, at most 10**24")
    _, digits, exponent = quantity.as_tuple()
    shift = int(exponent) + 6
    number = int("".join(map(str, digits)))
    if shift >= 0:
        return number * _power(shift)
    whole, rest = divmod(number, _power(-shift))
    if rest:
        raise DrawdownError(f"{quantity} is finer than a millionth", "give six decimal places")
    return whole


def _power(exponent: int) -> int:
    return int(10**exponent)


def unscaled_quantity(scaled: int) -> Decimal:
    """Return the quantity that a scaled integer stands for."""
    return Decimal(scaled).scaleb(-6)


def share_of(cumulative: int, whole: int) -> int:
    """Return the share that a cumulative quantity makes, rounded up.

    Args:
        cumulative: Scaled quantity drawn so far, 0 or more; it may exceed the whole.
        whole: Scaled quantity of the item, more than 0.

    Raises:
        DrawdownError: No whole to draw from, or a share that no record can carry.
    """
    if whole <= 0 or cumulative < 0:
        raise DrawdownError(f"{cumulative} of {whole} is no share", "give a positive whole")
    share = -(-cumulative * WHOLE // whole)
    if share > SHARE_LIMIT:
        raise DrawdownError("the share is many times the whole", "check quantity and unit")
    return share
