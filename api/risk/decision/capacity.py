"""Thresholds of an office by its capacity: quantiles of its own recent scores.

The thresholds of a day stand from 00:00 in Viet Nam and come from the scores that were recorded
before it. When a score was recorded is the block's time, which nobody chooses and which never goes
back: a declaration that comes late, or claims an earlier time, changes later thresholds alone.

Among n scores a cap of c admits ⌊c · n⌋ declarations. The threshold is the lowest score that no
more than so many reach: a tie at the edge stays below, so capacity is never exceeded.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from api.risk.compliance.evaluate import evaluation_day, midnight
from api.risk.decision.errors import CaseError
from api.risk.decision.scoring import SCORE_MOST
from api.risk.rules.model import Capacity

NEVER: Final = SCORE_MOST + 1
"""A threshold that no score reaches."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which score on an office checks; before the shift of the declarant's rank.

    Attributes:
        red_cap: Share that the score may send to inspection, ppm.
        yellow_cap: Share beyond it that the score may send to a document check, ppm.
        red: First score of the red channel, ppm; 1,000,001 for none.
        yellow: First score of the yellow channel, ppm.
    """

    red_cap: int
    yellow_cap: int
    red: int
    yellow: int

    def __post_init__(self) -> None:
        """Refuse thresholds that cannot be."""
        for name in ("red_cap", "yellow_cap"):
            if not 0 <= getattr(self, name) <= SCORE_MOST:
                raise CaseError(f"thresholds.{name}", "is out of range", "give 0 to 1,000,000")
        if not 0 <= self.yellow <= self.red <= NEVER:
            remedy = "let 0 <= yellow <= red <= 1,000,001"
            raise CaseError("thresholds.red", "is out of order", remedy)


def shifted(threshold: int, shift: int) -> int:
    """Return a threshold moved by a rank's shift, within what scores can reach.

    A threshold that no score reaches stays so, whatever the shift.
    """
    return threshold if threshold == NEVER else max(0, min(NEVER, threshold + shift))


def quantile_threshold(ordered: list[int], cap_ppm: int) -> int:
    """Return the lowest score that at most a share of some scores reach.

    Args:
        ordered: Scores in ppm, ascending.
        cap_ppm: The share, 0 to 1,000,000.
    """
    admitted = len(ordered) * cap_ppm // SCORE_MOST
    if admitted == 0:
        return NEVER
    if admitted == len(ordered):
        return 0
    # The strongest score that must stay out; one more than it is the lowest that admits no tie.
    return ordered[-admitted - 1] + 1


def thresholds_of(scores: Iterable[int], capacity: Capacity) -> Thresholds:
    """Return the thresholds that a window of scores gives; its order does not matter."""
    ordered = sorted(scores)
    caps = capacity.red_cap, capacity.yellow_cap
    if len(ordered) < capacity.least_scores:
        return Thresholds(*caps, capacity.red, capacity.yellow)
    red = quantile_threshold(ordered, capacity.red_cap)
    return Thresholds(*caps, red, quantile_threshold(ordered, sum(caps)))


@dataclass(slots=True)
class _Day:
    """The scores of one day."""

    day: date
    scores: list[int]


class OfficeScores:
    """The scores of one office in their rolling window; memory grows with the window alone.

    Not safe for several threads.

    Attributes:
        longest: Days of scores that are kept.
    """

    def __init__(self, longest: int) -> None:
        if longest < 1:
            raise CaseError("window", "is empty", "keep at least one day")
        self.longest = longest
        self._days: deque[_Day] = deque()
        # Asked for each declaration of a day: what the day, the bounds and the sizes gave last.
        self._latest: tuple[tuple[date, Capacity, tuple[int, ...]], Thresholds] | None = None

    def record(self, ppm: int, recorded_at: datetime) -> None:
        """Keep a score.

        Args:
            ppm: 0 to 1,000,000.
            recorded_at: Time of the block that registered the declaration.

        Raises:
            CaseError: It is out of range, or of a day before one that is closed.
        """
        if not 0 <= ppm <= SCORE_MOST:
            raise CaseError("score_ppm", f"{ppm} is out of range", "give 0 to 1,000,000")
        day = evaluation_day(recorded_at)
        if not self._days or day > self._days[-1].day:
            self._days.append(_Day(day, []))
            self._forget(day)
        elif day < self._days[-1].day:
            remedy = "record scores in the order of blocks, by the block's time"
            raise CaseError("recorded_at", f"{day} is closed", remedy)
        self._days[-1].scores.append(ppm)

    def thresholds(self, at: datetime, capacity: Capacity) -> Thresholds:
        """Return the thresholds of the day in which a time lies.

        Args:
            at: A block's time.
            capacity: The bounds in force on that day.

        Raises:
            CaseError: The window is longer than what is kept, or its scores are gone.
        """
        if capacity.window_days > self.longest:
            remedy = f"keep at least {capacity.window_days} days"
            raise CaseError("window", f"only {self.longest} days are kept", remedy)
        day = evaluation_day(at)
        first = day - timedelta(days=capacity.window_days)
        if self._days and first < self._days[-1].day - timedelta(days=self.longest):
            remedy = "read what the decision of that day recorded"
            raise CaseError("at", f"the scores before {day} are gone", remedy)
        known = [each.day for each in self._days]
        begin, end = bisect_left(known, first), bisect_left(known, day)
        window = [self._days[place].scores for place in range(begin, end)]
        key = day, capacity, tuple(map(len, window))
        if self._latest is None or self._latest[0] != key:
            found = thresholds_of((score for scores in window for score in scores), capacity)
            self._latest = key, found
        return self._latest[1]

    def _forget(self, today: date) -> None:
        while self._days[0].day < today - timedelta(days=self.longest):
            self._days.popleft()


def closes_at(at: datetime) -> datetime:
    """Return the instant before which scores count for a time, in UTC."""
    return midnight(evaluation_day(at))
