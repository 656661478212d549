"""Robust comparison of a unit price with the latest of like goods; pure, integers throughout."""

from array import array
from typing import Final

from api.risk.model.rates import Generations

SAMPLE: Final = 21
"""Latest prices kept per group."""
_LEAST: Final = 5
"""Fewer prices say nothing about spread."""
_GROUPS: Final = 50_000
_SPREAD_FLOOR: Final = 20
"""Thousandths of log10: closer prices than 5 % do not differ."""
_DEVIATION_LIMIT: Final = 5_000
_NORMAL: Final = 14_826
"""Ten thousand times the factor that makes the median deviation of normal data its sigma."""


class PriceTable:
    """The latest unit prices per group, as thousandths of log10.

    Args:
        groups: Groups of one generation.
    """

    __slots__ = ("entries",)

    def __init__(self, groups: int = _GROUPS) -> None:
        self.entries: Generations[array[int]] = Generations(groups)

    def see(self, key: int, price: int) -> None:
        """Keep a price, in thousandths of log10."""
        sample = self.entries.get(key)
        if sample is None:
            sample = array("h")
        elif len(sample) >= SAMPLE:
            del sample[0]
        sample.append(price)
        self.entries.put(key, sample)

    def deviation(self, key: int, price: int) -> int | None:
        """Return hundredths of robust standard deviations from the median, None if too few.

        The distance is divided by the scaled median of absolute deviations, at least the floor.
        """
        sample = self.entries.get(key)
        if sample is None or len(sample) < _LEAST:
            return None
        middle = len(sample) // 2
        median = sorted(sample)[middle]
        spread = sorted(abs(one - median) for one in sample)[middle] * _NORMAL // 10_000
        found = (price - median) * 100 // max(spread, _SPREAD_FLOOR)
        return max(-_DEVIATION_LIMIT, min(_DEVIATION_LIMIT, found))
