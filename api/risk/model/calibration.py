"""From log-odds to a probability: increasing points, read off in integers; pure."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

MILLION: Final = 1_000_000
_BINS: Final = 40
_END: Final = 20 * MILLION
"""Log-odds, in millionths, that no row reaches."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Points between which the probability is read off on straight lines.

    Attributes:
        points: Log-odds in millionths and probability in parts per million, both increasing.
    """

    points: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        """Require at least two points, each above the one before."""
        rising = all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(self.points))
        if len(self.points) < 2 or not rising:  # noqa: PLR2004
            raise ValueError("calibration points must rise")

    def ppm(self, margin: int) -> int:
        """Return the probability of a log-odds, in parts per million, 1..999,999."""
        place = bisect_right(self.points, (margin, MILLION))
        if place == 0:
            return self.points[0][1]
        if place == len(self.points):
            return self.points[-1][1]
        (low, from_ppm), (high, to_ppm) = self.points[place - 1], self.points[place]
        return from_ppm + (to_ppm - from_ppm) * (margin - low) // (high - low)


def isotonic(margins: Sequence[int], labels: Sequence[bool]) -> Calibration:
    """Return the increasing calibration of held-back rows.

    Rows in the order of their log-odds are cut into bins of equal size; neighbours whose rates fall
    are pooled until the rates rise; the bins' middles are the points.

    Args:
        margins: Log-odds in millionths of rows that the trees were not trained on; at least 2.
        labels: Whether each was fraud.

    Source: pool adjacent violators (Ayer and others, 1955).
    """
    order = sorted(range(len(margins)), key=lambda place: margins[place])
    blocks: list[list[int]] = []  # rows, frauds, sum of log-odds
    for start, end in _cuts(len(order)):
        rows = order[start:end]
        blocks.append(
            [len(rows), sum(labels[one] for one in rows), sum(margins[one] for one in rows)]
        )
        while len(blocks) > 1 and _rate(blocks[-1]) <= _rate(blocks[-2]):
            rows_, frauds, total = blocks.pop()
            for place, value in enumerate((rows_, frauds, total)):
                blocks[-1][place] += value
    inner = [(block[2] // block[0], _rate(block)) for block in blocks]
    first, last = inner[0][1], inner[-1][1]
    ends = (-_END, first // 2), (_END, last + (MILLION - last) // 2)
    return Calibration(tuple(_rising([ends[0], *inner, ends[1]])))


def _cuts(count: int) -> list[tuple[int, int]]:
    bins = max(1, min(_BINS, count // 2))
    return [(count * one // bins, count * (one + 1) // bins) for one in range(bins)]


def _rate(block: Sequence[int]) -> int:
    """Return the rate in parts per million; half a fraud in one more row keeps it off 0 and 1."""
    return (2 * block[1] + 1) * MILLION // (2 * block[0] + 2)


def _rising(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for point in points:
        if not kept or (point[0] > kept[-1][0] and point[1] > kept[-1][1]):
            kept.append(point)
    return kept
