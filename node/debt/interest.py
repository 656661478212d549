"""Interest by day, from dated rates, in whole numbers.

The cumulative rate R(d) is the interest of one dong from the first rule to the end of day d, in
1/100,000 dong. Interest of a principal between two days is then `principal x (R(to) - R(from))`,
whatever rates held in between, and databases can sum it.
"""

from bisect import bisect_right
from datetime import date, timedelta
from typing import Final

from node.debt.law import RATE_SCALE, InterestRule, RuleSet

NO_MARK: Final = 10**15
"""A mark that no day reaches: interest has not begun."""
_HALF: Final = RATE_SCALE // 2
_DAY: Final = timedelta(days=1)


class Rates:
    """The cumulative rate, by day; nothing accrues before the first version."""

    def __init__(self, rules: RuleSet[InterestRule]) -> None:
        """Prepare the days at which the rate changes."""
        self._rules = rules
        self._starts: list[int] = []
        self._before: list[int] = []
        self._rates: list[int] = []
        self._paying: dict[date, int] = {}
        self._bearing: dict[date, frozenset[str]] = {}
        total = 0
        for rule in rules.versions:
            first = rule.version.effective_from.toordinal()
            if self._starts:
                total += self._rates[-1] * (first - self._starts[-1])
            # A gap between versions would go on with the rate before: `RuleSet` is checked by
            # the tests of its files to have none.
            self._starts.append(first)
            self._before.append(total)
            self._rates.append(rule.rate)

    def until(self, day: date) -> int:
        """Return R at the end of a day."""
        number = day.toordinal()
        place = bisect_right(self._starts, number) - 1
        if place < 0:
            return 0
        return self._before[place] + self._rates[place] * (number - self._starts[place] + 1)

    def at_payment(self, day: date) -> int:
        """Return R as it counts for who pays on a day.

        Source: Law 38/2019/QH14, Article 59(2); Law 108/2025/QH15, Article 16(2).
        """
        rate = self._paying.get(day)
        if rate is None:
            counts = self._first() > day or self._rules.on(day).payment_day_counts
            rate = self._paying[day] = self.until(day if counts else day - _DAY)
        return rate

    def after_release(self, day: date) -> int:
        """Return R from which interest counts for guaranteed goods released on a day.

        Source: Law 107/2016/QH13, Article 9(2).
        """
        if self._first() <= day and self._rules.on(day).release_day_counts:
            return self.until(day - _DAY)
        return self.until(day)

    def periods(self, before: int, after: int) -> list[tuple[date, date, int]]:
        """Return the days between two marks: first and last day, and the rate that held."""
        found: list[tuple[date, date, int]] = []
        for place, start in enumerate(self._starts):
            base, rate = self._before[place], self._rates[place]
            is_last = place + 1 == len(self._starts)
            low = max(before, base)
            high = after if is_last else min(after, self._before[place + 1])
            if rate and high > low:
                first = start + (low - base) // rate
                last = start + (high - base) // rate - 1
                found.append((date.fromordinal(first), date.fromordinal(last), rate))
        return found

    def bears(self, part: str, day: date) -> bool:
        """Say whether a part of a debt bears interest."""
        parts = self._bearing.get(day)
        if parts is None:
            known = self._first() <= day
            parts = self._rules.on(day).bearing_parts if known else frozenset[str]()
            self._bearing[day] = parts
        return part in parts

    def _first(self) -> date:
        return self._rules.versions[0].version.effective_from


def rounded(accrued: int) -> int:
    """Return interest in whole dong, halves upwards.

    Args:
        accrued: In 1/100,000 dong, >= 0.
    """
    return (accrued + _HALF) // RATE_SCALE
