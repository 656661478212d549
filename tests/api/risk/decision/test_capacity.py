"""Thresholds by capacity: quantiles, ties, and a clock that nobody plays with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.risk.decision import CaseError, OfficeScores, Thresholds
from api.risk.decision.capacity import NEVER, closes_at, quantile_threshold, shifted, thresholds_of
from api.risk.rules.model import Capacity

SMALL = Capacity(100_000, 200_000, 2, 10, 600_000, 250_000)
ZERO = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("scores", "cap", "threshold"),
    [
        (range(10), 100_000, 9),
        (range(10), 99_999, NEVER),
        (range(10), 199_999, 9),
        (range(10), 200_000, 8),
        (range(10), 0, NEVER),
        (range(10), 1_000_000, 0),
        ([5] * 10, 500_000, 6),
        ([1, 5, 5, 5], 500_000, 6),
        ([1, 5, 5, 5], 750_000, 2),
        ([1_000_000] * 4, 500_000, NEVER),
        ([], 500_000, NEVER),
    ],
)
def test_threshold_is_a_quantile_and_a_tie_stays_below(
    scores: Any, cap: int, threshold: int
) -> None:
    assert quantile_threshold(list(scores), cap) == threshold


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.integers(0, 1_000_000))
def test_capacity_is_never_exceeded_and_never_wasted_but_for_ties(scores: Any, cap: int) -> None:
    ordered = sorted(scores)
    found = quantile_threshold(ordered, cap)
    admitted = len(ordered) * cap // 1_000_000
    assert sum(one >= found for one in ordered) <= admitted
    if 0 < found < NEVER:
        assert sum(one >= found - 1 for one in ordered) > admitted


@given(st.lists(st.integers(0, 1_000_000), max_size=40), st.randoms())
def test_order_of_scores_does_not_matter(scores: Any, random: Any) -> None:
    mixed = list(scores)
    random.shuffle(mixed)
    assert thresholds_of(scores, SMALL) == thresholds_of(mixed, SMALL)


@pytest.mark.parametrize(
    ("count", "expected"),
    [(9, Thresholds(100_000, 200_000, 600_000, 250_000)), (10, Thresholds(100_000, 200_000, 9, 7))],
)
def test_few_scores_leave_the_first_thresholds(count: int, expected: Any) -> None:
    assert thresholds_of(range(count), SMALL) == expected


@pytest.mark.parametrize(
    ("threshold", "shift", "expected"),
    [
        (600_000, 0, 600_000),
        (600_000, -700_000, 0),
        (600_000, 500_000, NEVER),
        (NEVER, -1_000_000, NEVER),
        (0, 10, 10),
    ],
)
def test_shift_stays_within_what_scores_reach(threshold: int, shift: int, expected: Any) -> None:
    assert shifted(threshold, shift) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        (-1, 0, 5, 5),
        (0, 1_000_001, 5, 5),
        (0, 0, 5, 6),
        (0, 0, NEVER + 1, 5),
        (0, 0, 5, -1),
    ],
)
def test_thresholds_that_cannot_be_are_refused(arguments: Any) -> None:
    with pytest.raises(CaseError, match="thresholds"):
        Thresholds(*arguments)


def office(*scored: Any) -> OfficeScores:
    found = OfficeScores(2)
    for ppm, at in scored:
        found.record(ppm, at)
    return found


def test_scores_count_from_the_next_midnight_for_the_window_alone() -> None:
    scored = [(ppm, ZERO) for ppm in range(10)]
    found = office(*scored)
    first = Thresholds(100_000, 200_000, 600_000, 250_000)
    own = Thresholds(100_000, 200_000, 9, 7)
    assert found.thresholds(ZERO + timedelta(hours=23, minutes=59), SMALL) == first
    assert found.thresholds(ZERO + timedelta(days=1), SMALL) == own
    assert found.thresholds(ZERO + timedelta(days=2, hours=23), SMALL) == own
    assert found.thresholds(ZERO + timedelta(days=3), SMALL) == first
    assert closes_at(ZERO + timedelta(hours=5)) == ZERO


def test_late_declaration_changes_later_thresholds_alone() -> None:
    found = office(*[(ppm, ZERO) for ppm in range(10)])
    today = ZERO + timedelta(days=1)
    before = found.thresholds(today, SMALL)
    # Claimed for yesterday, but in a block of today.
    for _ in range(100):
        found.record(1_000_000, today + timedelta(hours=1))
    assert found.thresholds(today, SMALL) == before
    assert found.thresholds(today + timedelta(days=1), SMALL) != before


def test_thresholds_asked_too_early_are_not_kept() -> None:
    found = office(*[(ppm, ZERO) for ppm in range(10)])
    tomorrow = ZERO + timedelta(days=1)
    before = found.thresholds(tomorrow, SMALL)
    for _ in range(10):
        found.record(500, ZERO + timedelta(hours=20))
    assert found.thresholds(tomorrow, SMALL) != before
    wider = replace(SMALL, red_cap=500_000)
    assert found.thresholds(tomorrow, wider) != found.thresholds(tomorrow, SMALL)


def test_score_of_a_closed_day_is_refused_beside_one_of_the_same_day() -> None:
    found = office((5, ZERO + timedelta(hours=5)))
    found.record(5, ZERO)
    with pytest.raises(CaseError, match="closed"):
        found.record(5, ZERO - timedelta(seconds=1))


@pytest.mark.parametrize("ppm", [-1, 1_000_001])
def test_score_that_is_none_is_not_kept(ppm: int) -> None:
    with pytest.raises(CaseError, match="out of range"):
        office((ppm, ZERO))


def test_window_beyond_what_is_kept_is_refused() -> None:
    found = OfficeScores(1)
    with pytest.raises(CaseError, match="days are kept"):
        found.thresholds(ZERO, SMALL)
    with pytest.raises(CaseError, match="empty"):
        OfficeScores(0)


def test_thresholds_whose_scores_are_gone_are_refused() -> None:
    found = office((5, ZERO), (5, ZERO + timedelta(days=5)))
    with pytest.raises(CaseError, match="gone"):
        found.thresholds(ZERO, SMALL)
    assert found.thresholds(ZERO + timedelta(days=5), SMALL).red == 600_000


@given(st.lists(st.tuples(st.integers(0, 1_000_000), st.integers(0, 72)), max_size=60))
def test_thresholds_of_a_day_never_change_once_it_began(scored: Any) -> None:
    found, seen = OfficeScores(2), {}
    for ppm, hour in sorted(scored, key=lambda one: one[1]):
        at = ZERO + timedelta(hours=hour)
        found.record(ppm, at)
        day = closes_at(at)
        assert seen.setdefault(day, found.thresholds(at, SMALL)) == found.thresholds(at, SMALL)
