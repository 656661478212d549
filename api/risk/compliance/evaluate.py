"""The compliance level and risk rank of a declarant at the beginning of a day; pure.

Evaluated each day at 00:00 in Viet Nam from the 365 days before. What happens on a day counts from
the next midnight on, so a rank stands for a whole day and is known before any declaration of it.

Source: Circular 81/2019/TT-BTC, Articles 10, 12 and 14, Annexes II to V.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from api.risk.compliance.data import ComplianceRules, Section, Shares, compliance_rules
from api.risk.compliance.errors import HistoryError
from api.risk.compliance.model import Evaluation, Ground, History

VIET_NAM: Final = timezone(timedelta(hours=7))
PRIORITY: Final = 1
NON_COMPLIANT: Final = 5
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class _Record:
    """What counts of a history."""

    declarations: int
    barring: int
    weighty: int
    light: int
    overdue_days: int


def evaluation_day(at: datetime) -> date:
    """Return the day whose evaluation applies at a time.

    Raises:
        HistoryError: The time has no zone.
    """
    if at.tzinfo is None:
        raise HistoryError("at", "has no time zone", "give it in UTC")
    return at.astimezone(VIET_NAM).date()


def midnight(day: date) -> datetime:
    """Return when a day begins in Viet Nam, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=VIET_NAM).astimezone(UTC)


def evaluate(history: History, day: date, rules: ComplianceRules | None = None) -> Evaluation:
    """Return how a declarant stands on a day.

    Args:
        history: What is known of it; what happened on the day or later does not count.
        day: In Viet Nam.
        rules: The criteria; those of the day by default.

    Raises:
        HistoryError: A violation is of a kind that the criteria do not know.
        LevelDataError: No criteria are in force on that day.
    """
    rules = compliance_rules(day) if rules is None else rules
    first = day - timedelta(days=rules.window_days)
    record = _record(history, first, day, rules)
    level, grounds = _level(history, record, day, rules)
    rank, more = _rank(history, level, record, day, rules)
    return Evaluation(
        declarant=history.declarant,
        day=day,
        first=first,
        level=level,
        rank=rank,
        declarations=record.declarations,
        weighty=record.weighty,
        light=record.light,
        grounds=tuple(_ground(name, rules) for name in (*grounds, *more)),
        rules=rules.version,
        rules_hash=rules.hash,
    )


def _record(history: History, first: date, day: date, rules: ComplianceRules) -> _Record:
    weights = dict.fromkeys(Section, 0)
    for each in history.violations:
        if each.counts(first, day):
            section = rules.sections.get(each.kind)
            if section is None:
                place = f"violations.{each.decision}"
                remedy = f"give one of {', '.join(sorted(rules.sections))}"
                raise HistoryError(place, f"{each.kind!r:.40} is no kind of violation", remedy)
            weights[section] += 1
    return _Record(
        declarations=sum(n for on, n in history.declarations.items() if first <= on < day),
        barring=weights[Section.BAR],
        weighty=weights[Section.WEIGHTY],
        light=weights[Section.LIGHT],
        overdue_days=max((each.days(day) for each in history.overdue), default=0),
    )


def _level(
    history: History, record: _Record, day: date, rules: ComplianceRules
) -> tuple[int, tuple[str, ...]]:
    if any(period.holds(day) for period in history.aeo):
        return PRIORITY, ("aeo",)
    if bars := _bars(record, rules):
        return NON_COMPLIANT, (*bars, "level-5")
    for level, shares in enumerate(rules.shares, start=2):
        if _tolerated(record, shares):
            return level, (f"level-{level}",)
    return NON_COMPLIANT, ("level-5",)


def _bars(record: _Record, rules: ComplianceRules) -> tuple[str, ...]:
    found = []
    if record.barring:
        found.append("bar-violation")
    if record.overdue_days > rules.overdue_days:
        found.append("bar-overdue")
    return tuple(found)


def _tolerated(record: _Record, shares: Shares) -> bool:
    counted = (
        (record.weighty, shares.weighty),
        (record.light, shares.light),
        (record.weighty + record.light, shares.total),
    )
    # Products instead of quotients: exact, and no declarations tolerate no penalty.
    return all(
        share is None or count * _MILLION <= share * record.declarations for count, share in counted
    )


def _rank(
    history: History, level: int, record: _Record, day: date, rules: ComplianceRules
) -> tuple[int, tuple[str, ...]]:
    if level == PRIORITY:
        return rules.ranks[level], ("rank-by-level",)
    barred = bool(_bars(record, rules))
    if _is_new(history, day, rules):
        if barred:
            return max(rules.new_ranks.values()), ("rank-barred",)
        return rules.new_ranks[history.sector], (f"new-{history.sector}",)
    if barred:
        return rules.barred_rank, ("rank-barred",)
    rank = rules.ranks[level]
    if any(period.holds(day - timedelta(days=1)) for period in history.warnings):
        return min(rank + 1, max(rank, rules.warned_most)), ("rank-by-level", "rank-warned")
    return rank, ("rank-by-level",)


def _is_new(history: History, day: date, rules: ComplianceRules) -> bool:
    since = history.active_since
    return since is None or (day - since).days < rules.new_days


def _ground(name: str, rules: ComplianceRules) -> Ground:
    return Ground(name, rules.texts[name]["vi"], rules.texts[name]["en"])
