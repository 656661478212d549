"""What checks teach: labels of declarations, and how likely each was to be checked at all; pure.

A finding, no finding, and no inspection are three things. What nobody inspected is no negative: it
teaches nothing. Documents that agree say nothing about the goods either. Declarations that the
score sent to inspection are no fair sample, those drawn at random are: each label carries the
probability of its inspection, so that estimates can weight by its inverse.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Final

from api.risk.decision.decide import Decision
from api.risk.decision.errors import LabelError
from api.risk.rules.model import Effect
from contracts.clearance.records import Channel

MILLION: Final = 1_000_000
_DRAWS: Final = frozenset({"draw", "draw-inherited", "draw-withheld"})
_SCORES: Final = frozenset({"score-red", "score-yellow", "model-absent"})


class Result(StrEnum):
    """What is known of a declaration after its checks."""

    FINDING = "finding"
    NO_FINDING = "no_finding"
    NOT_INSPECTED = "not_inspected"


class Source(StrEnum):
    """What checked it."""

    DOCUMENTS = "documents"
    INSPECTION = "inspection"
    AUDIT = "audit"


class SelectedBy(StrEnum):
    """Why a declaration came to inspection, or that it did not."""

    RULE = "rule"
    SCORE = "score"
    DRAW = "draw"
    OFFICER = "officer"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check.

    Attributes:
        source: What checked.
        finding: Whether something was found.
        at: When the result was recorded.
        reference: Its number, once for a declaration.
        annulled_at: When it was annulled, such as on appeal.
    """

    source: Source
    finding: bool
    at: datetime
    reference: str
    annulled_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse times without a zone, and an annulment before the result."""
        times = [self.at] if self.annulled_at is None else [self.at, self.annulled_at]
        if any(each.tzinfo is None for each in times):
            raise LabelError(self.reference, "has a time without zone", "give times in UTC")
        if times != sorted(times):
            raise LabelError(self.reference, "is annulled before it was", "correct the times")

    def stands(self, at: datetime) -> bool:
        """Say whether it was known and not annulled at a time."""
        return self.at <= at and (self.annulled_at is None or at < self.annulled_at)


@dataclass(frozen=True, slots=True)
class Label:
    """What a declaration teaches, as known at a time.

    Attributes:
        result: One of three.
        known_at: When that was known.
        references: The results that it rests on.
    """

    result: Result
    known_at: datetime
    references: tuple[str, ...]

    @property
    def target(self) -> int | None:
        """1, 0, or None for what teaches nothing and must not be trained on."""
        if self.result is Result.NOT_INSPECTED:
            return None
        return int(self.result is Result.FINDING)


@dataclass(frozen=True, slots=True)
class Propensity:
    """How likely a declaration's inspection was, before the draw.

    Attributes:
        selected_by: Why it came to inspection, or that it did not.
        probability_ppm: 0 to 1,000,000; None where no chance can be stated: an officer chose it,
            the beacon stayed silent, or it inherited the draw of another.
    """

    selected_by: SelectedBy
    probability_ppm: int | None

    @property
    def weight(self) -> Fraction | None:
        """The inverse of the probability; None where there is none, or it is zero."""
        if not self.probability_ppm:
            return None
        return Fraction(MILLION, self.probability_ppm)


@dataclass(frozen=True, slots=True)
class Feedback:
    """One decision, and what came of it."""

    declaration_no: str
    label: Label
    propensity: Propensity


def label(results: Iterable[CheckResult], known_at: datetime) -> Label:
    """Return what a declaration teaches, from what was known at a time.

    A finding of any check counts; without one, an inspection or audit that found nothing does.

    Raises:
        LabelError: Two results have one number.
    """
    standing = [each for each in results if each.stands(known_at)]
    numbers = [each.reference for each in standing]
    if len(set(numbers)) < len(numbers):
        raise LabelError("results", "have one number twice", "give each result once")
    findings = sorted(each.reference for each in standing if each.finding)
    if findings:
        return Label(Result.FINDING, known_at, tuple(findings))
    seen = sorted(each.reference for each in standing if each.source is not Source.DOCUMENTS)
    if seen:
        return Label(Result.NO_FINDING, known_at, tuple(seen))
    return Label(Result.NOT_INSPECTED, known_at, ())


def propensity(decision: Decision, *, overridden: bool = False) -> Propensity:
    """Return how likely the inspection of a declaration was.

    Args:
        decision: Its last one before the check.
        overridden: Whether an officer replaced its channel.
    """
    if overridden:
        return Propensity(SelectedBy.OFFICER, None)
    red = [
        each.rule
        for each in decision.outcomes
        if each.channel is Channel.RED and each.effect is not Effect.NOTICE
    ]
    chosen = [rule for rule in red if rule not in _DRAWS]
    if chosen:
        by_score = all(rule in _SCORES for rule in chosen)
        return Propensity(SelectedBy.SCORE if by_score else SelectedBy.RULE, MILLION)
    draw = decision.draw
    by = SelectedBy.DRAW if draw.drawn else SelectedBy.NOBODY
    stated = not draw.withheld and draw.inherited_from is None
    return Propensity(by, draw.rate_ppm if stated else None)


def finding_rate(items: Sequence[Feedback]) -> Fraction | None:
    """Return the share of findings among all declarations, each weighted by its inverse chance.

    Labels without a chance, and declarations that nobody inspected, are left out of both sums;
    None where nothing remains.

    Source: Hájek's ratio estimator under unequal probabilities of inclusion.
    """
    total = found = Fraction(0)
    for item in items:
        target, weight = item.label.target, item.propensity.weight
        if target is not None and weight is not None:
            total += weight
            found += weight * target
    return found / total if total else None
