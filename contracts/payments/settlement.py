"""Amounts and shares of what is due; pure.

On the ledger an amount is a whole number of dong (VND), hidden in a commitment. A
declaration's share is floor(amount / due x 10,000), at most 10,000: floor(x) = 10,000
exactly when nothing is missing, so that the answer is exact while only the coarse share
shows, and overpayment does not show at all.
"""

from decimal import Decimal
from typing import Final

from contracts.errors import SettlementError
from contracts.payments.state import WHOLE

AMOUNT_LIMIT: Final = Decimal(10) ** 18
_SHARE_LIMIT: Final = (1 << 16) - 1


def whole_dong(amount: Decimal) -> int:
    """Return an amount as the ledger takes it.

    Args:
        amount: VND, more than 0, without decimal places.

    Raises:
        SettlementError: It is not positive, too large, or has a part of a dong.
    """
    if not amount.is_finite() or not 0 < amount <= AMOUNT_LIMIT:
        raise SettlementError(f"{amount} is no amount", "give more than 0, at most 10**18 VND")
    number = int(amount)
    if number != amount:
        raise SettlementError(f"{amount} has a part of a dong", "round it to whole VND")
    return number


def settled_share(amount: int, due: int) -> int:
    """Return the share of what is due that an amount settles, rounded down.

    Args:
        amount: Dong paid, or paid and guaranteed, 0 or more; it may exceed what is due.
        due: Dong due, 0 where nothing is: then no share is.

    Raises:
        SettlementError: A number is negative.
    """
    if amount < 0 or due < 0:
        raise SettlementError(f"{amount} of {due} is no share", "give 0 or more")
    return min(amount * WHOLE // due, WHOLE) if due else 0


def drawn_share(drawn: int, limit: int) -> int:
    """Return the share of a guarantee's limit that is drawn, rounded up.

    Args:
        drawn: Dong drawn, 0 or more; it may exceed the limit.
        limit: Dong guaranteed, more than 0.

    Raises:
        SettlementError: No limit, or a share that no record can carry.
    """
    if limit <= 0 or drawn < 0:
        raise SettlementError(f"{drawn} of {limit} is no share", "give a positive limit")
    share = -(-drawn * WHOLE // limit)
    if share > _SHARE_LIMIT:
        raise SettlementError("the share is many times the limit", "check both amounts")
    return share
