"""Sharing a whole amount so that the parts add up to it exactly."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

_SCALE: Final = 10**9
"""Weights have at most nine digits after the point."""


def apportion(whole: Decimal, weights: Sequence[Decimal], keys: Sequence[int]) -> list[Decimal]:
    """Return parts of a whole in proportion to weights, in whole units, adding up exactly.

    Each part is first rounded down; what is left goes, one unit each, to the largest remainders,
    and among equal ones to the smaller key. The order of the weights does not matter.

    Args:
        whole: A whole number >= 0.
        weights: Each >= 0 with at most nine digits after the point, their sum > 0.
        keys: A number for each weight, all different.

    Source: decision of this project; no text says how a remainder is shared.
    """
    scaled = [int(weight * _SCALE) for weight in weights]
    divisor, amount = sum(scaled), int(whole)
    parts, remainders = [], []
    for place, weight in enumerate(scaled):
        part, remainder = divmod(amount * weight, divisor)
        parts.append(part)
        remainders.append((-remainder, keys[place], place))
    left = amount - sum(parts)
    if left:
        for _, _, place in sorted(remainders)[:left]:
            parts[place] += 1
    return [Decimal(part) for part in parts]
