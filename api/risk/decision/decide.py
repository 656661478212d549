"""The decision on one declaration: rules, then score, then draw; the strictest wins. Pure.

(1) the rules of the day, each outcome with its name
(2) the score against the office's thresholds, moved by the declarant's rank, and no stricter
    than the treatments (authorised operator, express of low value) let it be; without a
    model the rank alone asks for a document check
(3) the draw: drawn means inspection, whatever the rest says
(4) the strictest channel of all; a refusal before a hold before going on
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from api.risk.compliance.evaluate import evaluation_day
from api.risk.decision.capacity import shifted
from api.risk.decision.case import Case
from api.risk.decision.draw import Draw
from api.risk.decision.errors import CaseError
from api.risk.decision.scoring import SCORE_MOST, Score
from api.risk.rules.model import Effect, Outcome, RiskRules
from contracts.clearance.records import Channel


class Action(StrEnum):
    """What becomes of the declaration beside its channel."""

    PROCEED = "proceed"
    HOLD = "hold"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Reason:
    """One of the strongest contributions to the score, in words."""

    feature: str
    contribution_ppm: int
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, with all that it was decided from.

    Attributes:
        case: The declaration.
        rules_version: Version of the rules.
        rules_hash: Their SHA-256.
        shift_ppm: What the rank added to both thresholds.
        draw: The draw.
        score_ppm: The score, None without a model.
        outcomes: What rules, score and draw say, in that order.
        reasons: The score's strongest contributions.
        channel: The strictest of the outcomes.
        action: Whether the declaration goes on.
    """

    case: Case
    rules_version: str
    rules_hash: bytes
    shift_ppm: int
    draw: Draw
    score_ppm: int | None
    outcomes: tuple[Outcome, ...]
    reasons: tuple[Reason, ...]
    channel: Channel
    action: Action


def rules_day(case: Case) -> date:
    """Return the day in Viet Nam whose rules decide a case."""
    return evaluation_day(case.decided_at)


def decide(case: Case, rules: RiskRules, score: Score | None, draw: Draw) -> Decision:
    """Decide the channel of one declaration.

    Args:
        case: The declaration.
        rules: The rules of `rules_day(case)`.
        score: What the case's model says of its features; None without a model.
        draw: How it fared in the random inspection.

    Raises:
        CaseError: There is a score without a model or the reverse, it is out of range, the rules
            are of another day, or the thresholds come from other shares than theirs.
        FactError: A fact is missing, unknown, or not of its kind.
    """
    _require_score(case, score)
    _require_rules(case, rules)
    found = rules.outcomes(case.facts, case.features, case.rank, case.level)
    shift = rules.shifts[case.rank - 1]
    outcomes = (*found, *_scored(case, rules, score, found), *_drawn(rules, draw))
    channel = max((_asked(each) for each in outcomes), default=Channel.GREEN)
    if channel is Channel.GREEN:
        outcomes = (*outcomes, rules.outcome("channel-green", Channel.GREEN, Effect.NOTICE))
    return Decision(
        case=case,
        rules_version=rules.version,
        rules_hash=rules.hash,
        shift_ppm=shift,
        draw=draw,
        score_ppm=None if score is None else score.ppm,
        outcomes=outcomes,
        reasons=_reasons(rules, score),
        channel=channel,
        action=_action(outcomes),
    )


def _require_rules(case: Case, rules: RiskRules) -> None:
    day = rules_day(case)
    if not rules.applies(day):
        remedy = f"use the rules of {day}"
        raise CaseError("rules.version", f"{rules.version} is of another time", remedy)
    for name in ("red_cap", "yellow_cap"):
        if getattr(case.thresholds, name) != getattr(rules.capacity, name):
            remedy = "compute the thresholds with the capacity of these rules"
            raise CaseError(f"thresholds.{name}", "is not the rules' share", remedy)


def _require_score(case: Case, score: Score | None) -> None:
    if (score is None) != (case.model is None):
        remedy = "give both, or neither where no model is usable"
        raise CaseError("score_ppm", "and the model do not stand together", remedy)
    if score is not None and not 0 <= score.ppm <= SCORE_MOST:
        raise CaseError("score_ppm", f"{score.ppm} is out of range", "give 0 to 1,000,000")


def _asked(outcome: Outcome) -> Channel:
    bounds_only = outcome.effect in {Effect.CEILING, Effect.NOTICE}
    return Channel.GREEN if bounds_only else outcome.channel


def _scored(
    case: Case, rules: RiskRules, score: Score | None, found: tuple[Outcome, ...]
) -> tuple[Outcome, ...]:
    asked = _score_channel(case, rules, score)
    bounded = min((asked, *(each.channel for each in found if each.effect is Effect.CEILING)))
    effect = Effect.NOTICE if bounded is Channel.GREEN else Effect.CHANNEL
    outcomes = []
    if score is None:
        outcomes.append(rules.outcome("model-absent", bounded, effect))
    elif bounded is not Channel.GREEN:
        outcomes.append(rules.outcome(f"score-{bounded.name.lower()}", bounded))
    if bounded is not asked:
        outcomes.append(rules.outcome("score-bounded", bounded, Effect.NOTICE))
    return tuple(outcomes)


def _score_channel(case: Case, rules: RiskRules, score: Score | None) -> Channel:
    if score is None:
        return rules.without_score[case.rank - 1]
    shift = rules.shifts[case.rank - 1]
    if score.ppm >= shifted(case.thresholds.red, shift):
        return Channel.RED
    if score.ppm >= shifted(case.thresholds.yellow, shift):
        return Channel.YELLOW
    return Channel.GREEN


def _drawn(rules: RiskRules, draw: Draw) -> tuple[Outcome, ...]:
    if not draw.drawn:
        return ()
    name = "draw"
    if draw.withheld:
        name = "draw-withheld"
    elif draw.inherited_from is not None:
        name = "draw-inherited"
    return (rules.outcome(name, Channel.RED),)


def _action(outcomes: tuple[Outcome, ...]) -> Action:
    effects = {each.effect for each in outcomes}
    if Effect.REFUSE in effects:
        return Action.REFUSE
    return Action.HOLD if Effect.HOLD in effects else Action.PROCEED


def _reasons(rules: RiskRules, score: Score | None) -> tuple[Reason, ...]:
    if score is None:
        return ()
    strongest = sorted(score.contributions, key=lambda part: (-abs(part.ppm), part.feature))
    found = []
    for part in strongest[: rules.reasons]:
        texts = rules.features.get(part.feature, {"vi": part.feature, "en": part.feature})
        found.append(Reason(part.feature, part.ppm, texts["vi"], texts["en"]))
    return tuple(found)
