"""The study itself: intervals of each case, and their mean, median and P90 by group; pure.

Steps: (1) one time per case and stage  (2) intervals, elapsed and within working hours
(3) groups by channel and mode, and over all  (4) their figures.

Source: WCO, Guide to Measure the Time Required for the Release of Goods, version 3.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Final

from api.clearance.timing.errors import StudyError
from api.clearance.timing.events import CHANNELS, CaseFacts, Stage, StageTime
from api.clearance.timing.hours import working_seconds

ALL: Final = "all"
_MILLIONTH: Final = 1_000_000
_THOUSANDTH: Final = Decimal("0.001")
_TENTHS: Final = 10
_NINE_TENTHS: Final = 9
_REPEATED: Final = frozenset(
    {Stage.PAY, Stage.DOCUMENT_CHECK, Stage.INSPECT, Stage.OTHER_AGENCIES, Stage.GATE_OUT}
)
"""Stages that end with their last event; of the others the first counts."""


class Interval(StrEnum):
    """What is measured: the way to a stage, or over several."""

    UNLOAD = "unload"
    LODGE = "lodge"
    ACCEPT = "accept"
    PAY = "pay"
    DOCUMENT_CHECK = "document_check"
    INSPECT = "inspect"
    OTHER_AGENCIES = "other_agencies"
    RELEASE = "release"
    GATE_OUT = "gate_out"
    LODGE_TO_RELEASE = "lodge_to_release"
    ARRIVAL_TO_RELEASE = "arrival_to_release"
    ARRIVAL_TO_GATE_OUT = "arrival_to_gate_out"


_ENDS: Final[Mapping[Interval, tuple[tuple[Stage, ...], Stage]]] = {
    Interval.UNLOAD: ((Stage.ARRIVAL,), Stage.UNLOAD),
    Interval.LODGE: ((Stage.ARRIVAL, Stage.UNLOAD), Stage.LODGE),
    Interval.ACCEPT: ((Stage.LODGE,), Stage.ACCEPT),
    Interval.PAY: ((Stage.ACCEPT,), Stage.PAY),
    Interval.DOCUMENT_CHECK: ((Stage.ACCEPT,), Stage.DOCUMENT_CHECK),
    Interval.INSPECT: ((Stage.ACCEPT, Stage.DOCUMENT_CHECK), Stage.INSPECT),
    Interval.OTHER_AGENCIES: ((Stage.ACCEPT,), Stage.OTHER_AGENCIES),
    Interval.RELEASE: (
        (Stage.ACCEPT, Stage.PAY, Stage.DOCUMENT_CHECK, Stage.INSPECT, Stage.OTHER_AGENCIES),
        Stage.RELEASE,
    ),
    Interval.GATE_OUT: ((Stage.RELEASE,), Stage.GATE_OUT),
    Interval.LODGE_TO_RELEASE: ((Stage.LODGE,), Stage.RELEASE),
    Interval.ARRIVAL_TO_RELEASE: ((Stage.ARRIVAL,), Stage.RELEASE),
    Interval.ARRIVAL_TO_GATE_OUT: ((Stage.ARRIVAL,), Stage.GATE_OUT),
}
"""From the latest of the first stages that lies before the end; without one, nothing counts."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds of an interval over the cases of a group.

    Attributes:
        mean: Rounded to thousandths, half to even.
        median: Of an even number of cases, the middle of the two in the middle.
        p90: By nearest rank: nine of ten cases took no longer.
    """

    mean: Decimal
    median: Decimal
    p90: int


@dataclass(frozen=True, slots=True)
class Summary:
    """An interval in a group.

    Attributes:
        count: Cases that have it.
        elapsed: All seconds.
        working: Seconds within working hours.
    """

    count: int
    elapsed: Figures
    working: Figures


@dataclass(frozen=True, slots=True)
class Group:
    """Cases of one channel and mode; `all` stands for every one.

    Attributes:
        cases: How many.
        with_arrival: Of them, how many have both an arrival and a lodgement.
        lodged_before_arrival: Of those, how many were lodged first.
        intervals: Those that at least one case has.
    """

    channel: str
    mode: str
    cases: int
    with_arrival: int
    lodged_before_arrival: int
    intervals: Mapping[Interval, Summary]

    @property
    def lodged_before_arrival_ppm(self) -> int | None:
        """The share lodged before arrival in millionths, rounded down; None without cases."""
        if not self.with_arrival:
            return None
        return self.lodged_before_arrival * _MILLIONTH // self.with_arrival


@dataclass(frozen=True, slots=True)
class Study:
    """The groups, over all first, then by channel and mode."""

    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    facts: CaseFacts
    elapsed: Mapping[Interval, int]
    working: Mapping[Interval, int]
    prelodged: bool | None


def study_times(
    events: Iterable[StageTime],
    facts: Mapping[str, CaseFacts],
    holidays: AbstractSet[date] = frozenset(),
) -> Study:
    """Study the times of declarations.

    Args:
        events: In any order; a stage may occur again.
        facts: Channel and mode of each declaration that has events.
        holidays: Days on which nobody works.

    Raises:
        StudyError: A declaration has no facts, or an unknown channel.
    """
    cases = [
        _case(times, _facts(name, facts), holidays) for name, times in _by_case(events).items()
    ]
    keys = {
        key
        for each in cases
        for key in (
            (ALL, ALL),
            (each.facts.channel, ALL),
            (ALL, each.facts.mode),
            (each.facts.channel, each.facts.mode),
        )
    }
    return Study(tuple(_group(channel, mode, cases) for channel, mode in sorted(keys, key=_rank)))


def _rank(key: tuple[str, str]) -> tuple[int, str]:
    channel, mode = key
    return (-1 if channel == ALL else CHANNELS.index(channel), "" if mode == ALL else mode)


def _facts(name: str, facts: Mapping[str, CaseFacts]) -> CaseFacts:
    found = facts.get(name)
    if found is None:
        raise StudyError(name, "has no channel and mode", "give its facts")
    if found.channel not in CHANNELS:
        known = ", ".join(CHANNELS)
        raise StudyError(name, f"has channel {found.channel[:20]!r}", f"use one of {known}")
    return found


def _by_case(events: Iterable[StageTime]) -> dict[str, dict[Stage, int]]:
    found: dict[str, dict[Stage, int]] = {}
    for event in events:
        times = found.setdefault(event.declaration, {})
        known = times.get(event.stage, event.at)
        choose = max if event.stage in _REPEATED else min
        times[event.stage] = choose(known, event.at)
    return found


def _case(times: Mapping[Stage, int], facts: CaseFacts, holidays: AbstractSet[date]) -> _Case:
    spans: dict[Interval, tuple[int, int]] = {}
    for interval, (starts, stage) in _ENDS.items():
        end = times.get(stage)
        if end is None:
            continue
        before = [times[each] for each in starts if each in times and times[each] <= end]
        if before:
            spans[interval] = (max(before), end)
    arrival, lodged = times.get(Stage.ARRIVAL), times.get(Stage.LODGE)
    return _Case(
        facts,
        {name: end - start for name, (start, end) in spans.items()},
        {name: working_seconds(start, end, holidays) for name, (start, end) in spans.items()},
        None if arrival is None or lodged is None else lodged < arrival,
    )


def _group(channel: str, mode: str, cases: Sequence[_Case]) -> Group:
    members = [
        each
        for each in cases
        if channel in {ALL, each.facts.channel} and mode in {ALL, each.facts.mode}
    ]
    known = [each.prelodged for each in members if each.prelodged is not None]
    intervals: dict[Interval, Summary] = {}
    for interval in Interval:
        elapsed = [each.elapsed[interval] for each in members if interval in each.elapsed]
        if elapsed:
            working = [each.working[interval] for each in members if interval in each.working]
            intervals[interval] = Summary(len(elapsed), _figures(elapsed), _figures(working))
    return Group(channel, mode, len(members), len(known), sum(known), intervals)


def _figures(seconds: Sequence[int]) -> Figures:
    ordered = sorted(seconds)
    count = len(ordered)
    mean = (Decimal(sum(ordered)) / count).quantize(_THOUSANDTH, ROUND_HALF_EVEN)
    middle = Decimal(ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    return Figures(mean, middle, ordered[-(-count * _NINE_TENTHS // _TENTHS) - 1])
