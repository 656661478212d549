"""Compliance levels and risk ranks: every boundary on both sides."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from api.risk.compliance import (
    History,
    HistoryError,
    LevelDataError,
    OverdueTax,
    Period,
    Sector,
    Violation,
    by_hash,
    compliance_rules,
    evaluate,
    evaluation_bytes,
    evaluation_day,
)
from api.risk.compliance.evaluate import midnight

DAY = date(2026, 11, 23)
FIRST = DAY - timedelta(days=365)
BEFORE = DAY - timedelta(days=10)


def history(declarations: Any = 1000, weighty: int = 0, light: int = 0, **changes: Any) -> History:
    kinds = ["false_declaration"] * weighty + ["procedure"] * light
    violations = [Violation(f"P{n}", kind, BEFORE) for n, kind in enumerate(kinds)]
    found = History(
        declarant="0101234567",
        active_since=date(2020, 1, 1),
        sector=Sector.MEDIUM,
        declarations={BEFORE: declarations} if isinstance(declarations, int) else declarations,
        violations=tuple(violations),
    )
    return replace(found, **changes)


def placed(found: Any, day: date = DAY) -> tuple[int, int]:
    evaluation = evaluate(found, day)
    return evaluation.level, evaluation.rank


def named(found: Any, day: date = DAY) -> list[str]:
    return [ground.rule for ground in evaluate(found, day).grounds]


@pytest.mark.parametrize(
    ("declarations", "weighty", "light", "level"),
    [
        (1000, 0, 0, 2),
        (1000, 10, 0, 2),
        (1000, 0, 10, 2),
        (1000, 5, 5, 2),
        (1000, 5, 6, 3),
        (1000, 0, 11, 3),
        (1000, 10, 1, 3),
        (1000, 10, 20, 3),
        (1000, 11, 0, 4),
        (1000, 0, 21, 4),
        (1000, 10, 21, 4),
        (1000, 20, 30, 4),
        (1000, 21, 0, 5),
        (1000, 20, 31, 5),
        (1000, 0, 31, 5),
        (999, 0, 10, 3),
        (100, 1, 0, 2),
        (99, 1, 0, 4),
        (50, 1, 0, 4),
        (49, 1, 0, 5),
        (34, 0, 1, 4),
        (33, 0, 1, 5),
        (0, 0, 0, 2),
        (0, 0, 1, 5),
    ],
)
def test_level_follows_the_shares_of_penalties(
    declarations: Any, weighty: int, light: int, level: int
) -> None:
    found = history(declarations, weighty, light)
    assert placed(found) == (level, level)
    assert named(found) == [f"level-{level}", "rank-by-level"]


@pytest.mark.parametrize("kind", ["smuggling", "tax_evasion", "illegal_transport"])
def test_one_barring_violation_is_enough(kind: str) -> None:
    found = history(1_000_000, violations=(Violation("P1", kind, BEFORE),))
    assert placed(found) == (5, 6)
    assert named(found) == ["bar-violation", "level-5", "rank-barred"]


@pytest.mark.parametrize("kind", ["obstruction", "false_declaration", "supervision", "procedure"])
def test_one_violation_of_other_kinds_is_not(kind: str) -> None:
    assert placed(history(1_000_000, violations=(Violation("P1", kind, BEFORE),))) == (2, 2)


@pytest.mark.parametrize(
    ("decided", "level"),
    [
        (FIRST - timedelta(days=1), 2),
        (FIRST, 5),
        (DAY - timedelta(days=1), 5),
        (DAY, 2),
        (DAY + timedelta(days=1), 2),
    ],
)
def test_violation_counts_for_365_days_from_the_next_midnight(decided: date, level: int) -> None:
    assert placed(history(violations=(Violation("P1", "smuggling", decided),)))[0] == level


@pytest.mark.parametrize(
    ("annulled", "level"), [(DAY - timedelta(days=1), 2), (DAY, 5), (DAY + timedelta(days=9), 5)]
)
def test_annulled_violation_no_longer_counts_from_the_next_midnight(
    annulled: Any, level: int
) -> None:
    found = history(violations=(Violation("P1", "smuggling", BEFORE, annulled),))
    assert placed(found)[0] == level


@pytest.mark.parametrize(
    ("registered", "level"),
    [(FIRST - timedelta(days=1), 5), (FIRST, 2), (DAY - timedelta(days=1), 2), (DAY, 5)],
)
def test_declarations_count_for_365_days_from_the_next_midnight(
    registered: date, level: int
) -> None:
    found = history(
        declarations={registered: 1000}, violations=(Violation("P1", "procedure", BEFORE),)
    )
    assert placed(found)[0] == level


@pytest.mark.parametrize(
    ("due", "paid", "barred"),
    [
        (DAY - timedelta(days=90), None, False),
        (DAY - timedelta(days=91), None, True),
        (DAY - timedelta(days=91), DAY - timedelta(days=1), False),
        (DAY - timedelta(days=91), DAY, True),
        (DAY + timedelta(days=91), None, False),
    ],
)
def test_tax_overdue_for_more_than_ninety_days_bars(
    due: date, paid: date | None, barred: bool
) -> None:
    found = history(overdue=(OverdueTax("106", due, paid),))
    assert placed(found) == ((5, 6) if barred else (2, 2))
    assert ("bar-overdue" in named(found)) is barred


@pytest.mark.parametrize(
    ("since", "rank"),
    [
        (None, 8),
        (DAY, 8),
        (DAY - timedelta(days=364), 8),
        (DAY - timedelta(days=365), 2),
        (DAY - timedelta(days=366), 2),
    ],
)
def test_declarant_is_new_for_365_days(since: Any, rank: int) -> None:
    count = {} if since is None or since > BEFORE else {BEFORE: 1000}
    assert placed(history(active_since=since, declarations=count)) == (2, rank)


@pytest.mark.parametrize(("sector", "rank"), [("low", 7), ("medium", 8), ("high", 9)])
def test_new_declarants_are_ranked_by_sector(sector: Any, rank: int) -> None:
    new = DAY - timedelta(days=10)
    found = history(active_since=new, sector=Sector(sector))
    assert placed(found) == (2, rank)
    assert named(found) == ["level-2", f"new-{sector}"]


@pytest.mark.parametrize("sector", list(Sector))
def test_new_declarant_that_is_barred_ranks_last(sector: Any) -> None:
    violations = (Violation("P1", "smuggling", BEFORE),)
    found = history(active_since=BEFORE, sector=sector, violations=violations)
    assert placed(found) == (5, 9)


@pytest.mark.parametrize(
    ("period", "place"),
    [
        (Period(DAY), (1, 1)),
        (Period(DAY + timedelta(days=1)), (2, 2)),
        (Period(date(2020, 1, 1), DAY), (2, 2)),
        (Period(date(2020, 1, 1), DAY + timedelta(days=1)), (1, 1)),
    ],
)
def test_recognised_operators_are_of_level_and_rank_one_while_recognised(
    period: Any, place: str
) -> None:
    assert placed(history(aeo=(period,))) == place


def test_recognition_goes_before_newness_and_shares() -> None:
    found = history(active_since=BEFORE, weighty=500, aeo=(Period(BEFORE),))
    assert placed(found) == (1, 1)
    assert named(found) == ["aeo", "rank-by-level"]


@pytest.mark.parametrize(
    ("period", "rank"),
    [
        (Period(DAY - timedelta(days=1)), 3),
        (Period(DAY), 2),
        (Period(date(2020, 1, 1), DAY - timedelta(days=1)), 2),
        (Period(date(2020, 1, 1), DAY), 3),
    ],
)
def test_warning_raises_the_rank_from_the_next_midnight(period: Any, rank: int) -> None:
    assert placed(history(warnings=(period,))) == (2, rank)


def test_warning_does_not_raise_beyond_very_high_nor_out_of_new_ranks() -> None:
    warned = (Period(date(2020, 1, 1)),)
    assert placed(history(0, light=1, warnings=warned)) == (5, 6)
    barred = (Violation("P1", "smuggling", BEFORE),)
    assert placed(history(violations=barred, warnings=warned)) == (5, 6)
    assert placed(history(active_since=BEFORE, warnings=warned)) == (2, 8)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 11, 22, 16, 59, 59, tzinfo=UTC), date(2026, 11, 22)),
        (datetime(2026, 11, 22, 17, 0, tzinfo=UTC), DAY),
        (datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC), DAY),
        (datetime(2026, 11, 23, 0, 0, tzinfo=timezone(timedelta(hours=7))), DAY),
    ],
)
def test_day_begins_at_midnight_in_viet_nam(at: datetime, day: date) -> None:
    assert evaluation_day(at) == day
    assert evaluation_day(midnight(day)) == day
    assert evaluation_day(midnight(day) - timedelta(seconds=1)) == day - timedelta(days=1)


def test_time_without_zone_is_refused() -> None:
    with pytest.raises(HistoryError, match="zone"):
        evaluation_day(datetime(2026, 11, 23))  # noqa: DTZ001


def test_evaluation_names_its_window_counts_and_criteria() -> None:
    found = evaluate(history(1000, 3, 4), DAY)
    assert (found.first, found.declarations, found.weighty, found.light) == (FIRST, 1000, 3, 4)
    assert found.rules == "2020-01-01"
    assert by_hash(found.rules_hash) == compliance_rules(DAY)
    assert by_hash(bytes(32)) is None


def test_evaluation_is_written_in_one_form_and_repeats() -> None:
    first, again = (evaluation_bytes(evaluate(history(1000, 3), DAY)) for _ in range(2))
    other = evaluation_bytes(evaluate(history(1000, 4), DAY))
    assert first == again
    assert first != other
    members = json.loads(first)
    assert members["format"] == "tradeseal-evaluation/1"
    assert (members["level"], members["rank"], members["weighty"]) == (2, 2, 3)


def test_what_happens_later_changes_nothing() -> None:
    before = evaluation_bytes(evaluate(history(), DAY))
    later = history(
        violations=(Violation("P1", "smuggling", DAY),),
        overdue=(OverdueTax("106", DAY),),
        declarations={BEFORE: 1000, DAY: 5},
    )
    assert evaluation_bytes(evaluate(later, DAY)) == before
    assert evaluation_bytes(evaluate(later, DAY + timedelta(days=1))) != before


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Period(DAY, DAY), "not after its start"),
        (lambda: Violation("P1", "procedure", DAY, BEFORE), "annulled before"),
        (lambda: history({date(2019, 12, 31): 1}), "precedes"),
        (lambda: replace(history(), declarations={BEFORE: -1}), "below zero"),
        (
            lambda: history(violations=(Violation("P1", "procedure", BEFORE),) * 2),
            "twice",
        ),
    ],
)
def test_history_that_cannot_be_is_refused(make: Any, text: str) -> None:
    with pytest.raises(HistoryError, match=text):
        make()


def test_violation_of_unknown_kind_is_refused_beside_one_that_does_not_count() -> None:
    with pytest.raises(HistoryError, match="no kind of violation"):
        evaluate(history(violations=(Violation("P1", "rudeness", BEFORE),)), DAY)
    old = FIRST - timedelta(days=1)
    assert placed(history(violations=(Violation("P1", "rudeness", old),))) == (2, 2)


def test_no_criteria_before_the_circular() -> None:
    with pytest.raises(LevelDataError, match="2019"):
        compliance_rules(date(2019, 12, 31))
    assert compliance_rules(date(2020, 1, 1)).window_days == 365
