"""The time-release study against figures worked out by hand."""

import csv
import io
import json
import statistics
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.clearance.timing import (
    CaseFacts,
    Group,
    Interval,
    Stage,
    StageTime,
    Study,
    StudyError,
    study_csv,
    study_json,
    study_svg,
    study_times,
)
from api.clearance.timing.hours import working_seconds

HOUR = 3_600
MONDAY = int(datetime(2026, 11, 23, 1, tzinfo=UTC).timestamp())  # 08:00 in Viet Nam


def study(*cases: dict[Stage, int], channel: str = "green", mode: str = "1") -> Study:
    events = [
        StageTime(str(number), stage, MONDAY + at)
        for number, times in enumerate(cases)
        for stage, at in times.items()
    ]
    return study_times(events, {str(i): CaseFacts(channel, mode) for i in range(len(cases))})


def group(found: Study, channel: str = "all", mode: str = "all") -> Group:
    (one,) = [each for each in found.groups if (each.channel, each.mode) == (channel, mode)]
    return one


FULL = {
    Stage.ARRIVAL: 0,
    Stage.UNLOAD: 600,
    Stage.LODGE: 900,
    Stage.ACCEPT: 910,
    Stage.PAY: 1_000,
    Stage.DOCUMENT_CHECK: 2_000,
    Stage.INSPECT: 5_000,
    Stage.OTHER_AGENCIES: 4_000,
    Stage.RELEASE: 5_100,
    Stage.GATE_OUT: 8_100,
}


def test_every_interval_of_one_case() -> None:
    found = group(study(FULL)).intervals
    assert {name.value: summary.elapsed.p90 for name, summary in found.items()} == {
        "unload": 600,
        "lodge": 300,
        "accept": 10,
        "pay": 90,
        "document_check": 1_090,
        "inspect": 3_000,
        "other_agencies": 3_090,
        "release": 100,
        "gate_out": 3_000,
        "lodge_to_release": 4_200,
        "arrival_to_release": 5_100,
        "arrival_to_gate_out": 8_100,
    }


def test_stages_that_are_not_there_measure_nothing() -> None:
    found = group(study({Stage.LODGE: 0, Stage.ACCEPT: 2, Stage.RELEASE: 3})).intervals
    assert set(found) == {Interval.ACCEPT, Interval.RELEASE, Interval.LODGE_TO_RELEASE}


def test_mean_median_and_p90() -> None:
    cases = [{Stage.LODGE: 0, Stage.ACCEPT: 0, Stage.RELEASE: each} for each in (1, 2, 4, 100)]
    figures = group(study(*cases)).intervals[Interval.LODGE_TO_RELEASE].elapsed
    assert (figures.mean, figures.median, figures.p90) == (Decimal("26.750"), Decimal(3), 100)


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (9, 9), (10, 9), (11, 10), (20, 18)])
def test_p90_is_the_nearest_rank(count: int, expected: int) -> None:
    cases = [{Stage.LODGE: 0, Stage.RELEASE: each} for each in range(1, count + 1)]
    found = group(study(*cases)).intervals[Interval.LODGE_TO_RELEASE]
    assert (found.count, found.elapsed.p90) == (count, expected)


def test_lodged_before_arrival() -> None:
    before = {Stage.LODGE: -100, Stage.ARRIVAL: 0, Stage.RELEASE: 50}
    after = {Stage.ARRIVAL: 0, Stage.LODGE: 0}
    unknown = {Stage.LODGE: 0}
    found = group(study(before, after, before, unknown))
    assert (found.cases, found.with_arrival, found.lodged_before_arrival) == (4, 3, 2)
    assert found.lodged_before_arrival_ppm == 666_666
    assert found.intervals[Interval.LODGE].count == 1
    assert group(study(unknown)).lodged_before_arrival_ppm is None


def test_release_before_arrival_is_no_negative_time() -> None:
    found = group(study({Stage.LODGE: -900, Stage.RELEASE: -500, Stage.ARRIVAL: 0})).intervals
    assert Interval.ARRIVAL_TO_RELEASE not in found
    assert found[Interval.LODGE_TO_RELEASE].elapsed.p90 == 400


def test_the_first_lodgement_and_the_last_check_count() -> None:
    events = [
        StageTime("a", Stage.LODGE, 100),
        StageTime("a", Stage.LODGE, 150),
        StageTime("a", Stage.ACCEPT, 100),
        StageTime("a", Stage.DOCUMENT_CHECK, 300),
        StageTime("a", Stage.DOCUMENT_CHECK, 200),
    ]
    found = group(study_times(events, {"a": CaseFacts("yellow", "1")})).intervals
    assert found[Interval.ACCEPT].elapsed.p90 == 0
    assert found[Interval.DOCUMENT_CHECK].elapsed.p90 == 200


def test_groups_by_channel_and_mode() -> None:
    events = [StageTime(name, Stage.LODGE, 1) for name in "abc"]
    facts = {
        "a": CaseFacts("red", "1"),
        "b": CaseFacts("green", "4"),
        "c": CaseFacts("green", "1"),
    }
    found = study_times(events, facts)
    assert [(each.channel, each.mode, each.cases) for each in found.groups] == [
        ("all", "all", 3),
        ("all", "1", 2),
        ("all", "4", 1),
        ("green", "all", 2),
        ("green", "1", 1),
        ("green", "4", 1),
        ("red", "all", 1),
        ("red", "1", 1),
    ]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, HOUR, HOUR),  # Monday 08:00 to 09:00
        (4 * HOUR, 5 * HOUR, 0),  # at noon
        (0, 24 * HOUR, 8 * HOUR),
        (9 * HOUR, 24 * HOUR, 0),  # the night
        (-48 * HOUR, 0, 0),  # the weekend
        (0, 7 * 24 * HOUR, 40 * HOUR),
        (3 * HOUR + 1, 5 * HOUR + 1, HOUR),  # noon cut out
        (0, 0, 0),
    ],
)
def test_working_hours(start: int, end: int, expected: int) -> None:
    assert working_seconds(MONDAY + start, MONDAY + end, frozenset()) == expected


def test_holidays() -> None:
    holidays = frozenset({date(2026, 11, 24)})
    assert working_seconds(MONDAY, MONDAY + 72 * HOUR, holidays) == 16 * HOUR
    events = [
        StageTime("a", Stage.LODGE, MONDAY),
        StageTime("a", Stage.RELEASE, MONDAY + 30 * HOUR),
    ]
    facts = {"a": CaseFacts("green", "1")}
    summary = group(study_times(events, facts, holidays)).intervals[Interval.LODGE_TO_RELEASE]
    assert (summary.elapsed.p90, summary.working.p90) == (30 * HOUR, 8 * HOUR)


def test_a_case_without_facts() -> None:
    events = [StageTime("a", Stage.LODGE, 1)]
    with pytest.raises(StudyError, match="declaration a: has no channel and mode"):
        study_times(events, {})
    with pytest.raises(StudyError, match="'blue'"):
        study_times(events, {"a": CaseFacts("blue", "1")})


@pytest.mark.parametrize("at", [-1, 4_102_444_800, 10**30])
def test_a_time_that_is_none(at: int) -> None:
    with pytest.raises(StudyError, match="is no time"):
        StageTime("a", Stage.LODGE, at)


def test_json_and_csv_say_the_same() -> None:
    found = study(FULL, {Stage.LODGE: 0, Stage.ACCEPT: 5})
    members = json.loads(json.dumps(study_json(found)))
    assert members["format"] == "tradeseal-time-release/1"
    rows = list(csv.DictReader(io.StringIO(study_csv(found))))
    first = members["groups"][0]
    accepted = next(row for row in rows if row["interval"] == "accept" and row["mode"] == "all")
    assert accepted["mean_s"] == first["intervals"]["accept"]["elapsed"]["mean"] == "7.500"
    assert accepted["count"] == "2"
    assert len(rows) == sum(len(each["intervals"]) for each in members["groups"])


@pytest.mark.parametrize("language", ["vi", "en"])
def test_chart_is_sound_and_scaled(language: str) -> None:
    root = ET.fromstring(study_svg(study(FULL), language).encode())  # noqa: S314
    bars = [
        each for each in root.iter("{http://www.w3.org/2000/svg}rect") if each.get("x") == "170"
    ]
    widths = [int(str(each.get("width"))) for each in bars[1:]]  # after the legend
    assert len(widths) == len(Interval)
    assert max(widths) == widths[-1] == 560
    assert widths[0] == 600 * 560 // 8_100


def test_chart_of_nothing() -> None:
    root = ET.fromstring(study_svg(study_times([], {})).encode())  # noqa: S314
    assert root.get("width") == "860"
    assert study_csv(study_times([], {})).count("\n") == 1


TIMES = st.lists(st.integers(0, 10**6), min_size=1, max_size=30)


@given(TIMES)
@settings(deadline=None, max_examples=60)
def test_figures_against_the_standard_library(seconds: list[int]) -> None:
    cases = [{Stage.LODGE: 0, Stage.RELEASE: each} for each in seconds]
    figures = group(study(*cases)).intervals[Interval.LODGE_TO_RELEASE].elapsed
    assert figures.median == Decimal(statistics.median(seconds))
    assert abs(figures.mean - statistics.mean([Decimal(each) for each in seconds])) <= Decimal(
        "0.001"
    )
    assert sum(each <= figures.p90 for each in seconds) * 10 >= len(seconds) * 9


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
@settings(deadline=None, max_examples=60)
def test_working_seconds_add_up(start: int, first: int, second: int) -> None:
    middle, end = start + first, start + first + second
    parts = working_seconds(start, middle, frozenset()) + working_seconds(middle, end, frozenset())
    assert parts == working_seconds(start, end, frozenset()) <= end - start


def test_chart_of_channels_with_different_intervals() -> None:
    events = [
        StageTime("a", Stage.LODGE, 0),
        StageTime("a", Stage.RELEASE, 40),
        StageTime("b", Stage.LODGE, 0),
        StageTime("b", Stage.ACCEPT, 4 * HOUR),
        StageTime("b", Stage.RELEASE, 75 * HOUR),
    ]
    facts = {"a": CaseFacts("green", "1"), "b": CaseFacts("red", "1")}
    chart = study_svg(study_times(events, facts))
    assert "40 s / 40 s" in chart
    assert "4 h 0 min / 4 h 0 min" in chart
    assert "3 d 3 h / 3 d 3 h" in chart
