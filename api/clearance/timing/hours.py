"""Working hours: how many seconds of an interval lie within them; pure, dated data."""

import json
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

_PACKAGE: Final = __name__.rpartition(".")[0]
_DAY: Final = 86_400
_MINUTE: Final = 60
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Hours:
    """When offices work.

    Attributes:
        first: First day on which this holds.
        last: First day on which it no longer does; None without end.
        offset: Of local time, seconds east of UTC.
        days: Working days of the week, 0 is Monday.
        spans: Starts and ends within the day, seconds.
    """

    first: date
    last: date | None
    offset: int
    days: frozenset[int]
    spans: tuple[tuple[int, int], ...]


def working_seconds(start: int, end: int, holidays: AbstractSet[date]) -> int:
    """Return how much of an interval lies within working hours.

    Args:
        start: Seconds since 1970.
        end: The same, not before the start.
        holidays: Days on which nobody works.
    """
    return sum(_within(hours, start, end, holidays) for hours in _hours())


def _within(hours: Hours, start: int, end: int, holidays: AbstractSet[date]) -> int:
    first, last = (start + hours.offset) // _DAY, (end + hours.offset) // _DAY
    total = 0
    for number in range(first, last + 1):
        day = _EPOCH + timedelta(days=number)
        if not _works(hours, day) or day in holidays:
            continue
        midnight = number * _DAY - hours.offset
        for opens, closes in hours.spans:
            total += max(0, min(end, midnight + closes) - max(start, midnight + opens))
    return total


def _works(hours: Hours, day: date) -> bool:
    in_force = hours.first <= day and (hours.last is None or day < hours.last)
    return in_force and day.weekday() in hours.days


@cache
def _hours() -> tuple[Hours, ...]:
    content = json.loads(files(_PACKAGE).joinpath("hours.json").read_text(encoding="utf-8"))
    return tuple(_entry(each) for each in content["working_hours"])


def _entry(entry: dict[str, Any]) -> Hours:
    value, last = entry["value"], entry["effective_to"]
    return Hours(
        first=date.fromisoformat(entry["effective_from"]),
        last=None if last is None else date.fromisoformat(last),
        offset=value["offset_minutes"] * _MINUTE,
        days=frozenset(value["days"]),
        spans=tuple((_seconds(opens), _seconds(closes)) for opens, closes in value["spans"]),
    )


def _seconds(clock: str) -> int:
    hour, minute = clock.split(":")
    return (int(hour) * _MINUTE + int(minute)) * _MINUTE
