"""A study as an SVG chart: the median of each interval by channel, and a line to its P90; pure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from xml.sax.saxutils import escape

from api.clearance.timing.events import CHANNELS
from api.clearance.timing.study import ALL, Group, Interval, Study, Summary

_COLOURS: Final = {"green": "#2f8f4e", "yellow": "#d6a700", "red": "#c0392b"}
_WIDTH: Final = 860
_LEFT: Final = 170
_PLOT: Final = 560
_BAR: Final = 12
_GAP: Final = 14
_TOP: Final = 56
_FOOT: Final = 24
_HOUR: Final = 3_600
_MINUTE: Final = 60
_TWO_DAYS: Final = 172_800
_HOURS_OF_DAY: Final = 24
_NAMES: Final = {
    "vi": "Thời gian giải phóng hàng: trung vị (thanh) và P90 (vạch) theo luồng",
    "en": "Time to release: median (bar) and P90 (line) by channel",
}


def study_svg(study: Study, language: str = "en") -> str:
    """Return the chart of a study, over all modes.

    Args:
        study: The study; without cases the chart is empty.
        language: `vi` or `en`, of the heading.
    """
    groups = [each for each in study.groups if each.channel in CHANNELS and each.mode == ALL]
    intervals = [each for each in Interval if any(each in group.intervals for group in groups)]
    longest = max(
        (summary.elapsed.p90 for group in groups for summary in group.intervals.values()), default=0
    )
    row = _BAR * max(1, len(groups)) + _GAP
    height = _TOP + row * len(intervals) + _FOOT
    title = escape(_NAMES[language])
    parts = [
        _opening(height),
        f"<title>{title}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="22" font-size="14">{title}</text>',
        *_legend(groups),
    ]
    for place, interval in enumerate(intervals):
        top = _TOP + row * place
        label = escape(interval.value.replace("_", " "))
        middle = top + row // 2
        parts.append(f'<text x="{_LEFT - 8}" y="{middle}" text-anchor="end">{label}</text>')
        parts += _row(groups, interval, top, longest)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _opening(height: int) -> str:
    size = f'width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    style = 'font-family="sans-serif" font-size="11" role="img"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>'


def _legend(groups: Sequence[Group]) -> list[str]:
    parts: list[str] = []
    for place, group in enumerate(groups):
        left, colour = _LEFT + place * 130, _COLOURS[group.channel]
        parts.append(f'<rect x="{left}" y="34" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{left + 15}" y="43">{group.channel} ({group.cases})</text>')
    return parts


def _row(groups: Sequence[Group], interval: Interval, top: int, longest: int) -> list[str]:
    parts: list[str] = []
    for place, group in enumerate(groups):
        summary = group.intervals.get(interval)
        if summary is not None:
            colour = _COLOURS[group.channel]
            parts += _bar(summary, top + place * _BAR, longest, colour)
    return parts


def _bar(summary: Summary, top: int, longest: int, colour: str) -> list[str]:
    median, last = summary.elapsed.median, summary.elapsed.p90
    width, reach = _scaled(median, longest), _scaled(Decimal(last), longest)
    middle, text = top + _BAR // 2, f"{_time(int(median))} / {_time(last)}"
    end = _LEFT + max(width, reach)
    return [
        f'<rect x="{_LEFT}" y="{top}" width="{width}" height="{_BAR - 2}" fill="{colour}"/>',
        f'<line x1="{_LEFT}" y1="{middle}" x2="{_LEFT + reach}" y2="{middle}" stroke="#333"/>',
        f'<text x="{end + 6}" y="{top + _BAR - 3}" font-size="9">{text}</text>',
    ]


def _scaled(seconds: Decimal, longest: int) -> int:
    return int(seconds * _PLOT / longest) if longest else 0


def _time(seconds: int) -> str:
    """Return a duration for people: seconds, minutes, hours or days, rounded down."""
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    hours = seconds // _HOUR
    if seconds < _TWO_DAYS:
        return f"{hours} h {seconds % _HOUR // _MINUTE} min"
    return f"{hours // _HOURS_OF_DAY} d {hours % _HOURS_OF_DAY} h"
