"""A set of rules in force on one day, and what it says of a case; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from api.risk.rules.conditions import Condition
from api.risk.rules.facts import Catalogue
from contracts.clearance.records import Channel


class Effect(StrEnum):
    """What an outcome does.

    CHANNEL asks at least for its channel; HOLD also stops the goods until it is lifted; REFUSE
    refuses registration; CEILING bounds what the score alone may ask for, nothing else; NOTICE
    only says something.
    """

    CHANNEL = "channel"
    HOLD = "hold"
    REFUSE = "refuse"
    CEILING = "ceiling"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rule says of a case.

    Attributes:
        rule: The rule's name.
        effect: What it does.
        channel: How strictly, or for a ceiling how strictly at most.
        vi: Why, in Vietnamese.
        en: Why, in English.
    """

    rule: str
    effect: Effect
    channel: Channel
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as it stands on a day.

    Attributes:
        when: What it asks of a case.
        outcome: What it says where a case meets it.
        law: The clause or practice.
        source: What it was taken from.
        evidence: How sure it is: S, M, M? or D.
        effective_from: First day.
        effective_to: First day on which it no longer applies; None for no end.
    """

    when: Condition
    outcome: Outcome
    law: str
    source: str
    evidence: str
    effective_from: date
    effective_to: date | None


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much an office checks, by the scores of its own last days.

    Attributes:
        red_cap: Share of declarations that the score may send to inspection, ppm.
        yellow_cap: Share beyond it that the score may send to a document check, ppm.
        window_days: How many days of scores count.
        least_scores: With fewer scores the two thresholds below apply.
        red: Threshold of the red channel until then, ppm.
        yellow: Threshold of the yellow channel until then, ppm.
    """

    red_cap: int
    yellow_cap: int
    window_days: int
    least_scores: int
    red: int
    yellow: int


@dataclass(frozen=True, slots=True)
class RiskRules:
    """All that decides a case on one day, and its name.

    Attributes:
        version: The first day of this state.
        hash: SHA-256 of the canonical form of the state.
        effective_from: First day of this state.
        effective_to: First day on which something else applies; None while nothing is known to.
        rules: In the order of their names.
        catalogue: The facts that they know.
        capacity: Of each office.
        shifts: What each rank, 1 to 9, adds to the thresholds, ppm.
        exploration: Rate of random inspection of each rank, 1 to 9, ppm.
        without_score: The channel of each rank where there is no score.
        reasons: How many contributions a decision explains.
        texts: Texts of outcomes that are no rule's, by name and language.
        features: What features are called, by name and language.
    """

    version: str
    hash: bytes
    effective_from: date
    effective_to: date | None
    rules: tuple[Rule, ...]
    catalogue: Catalogue
    capacity: Capacity
    shifts: tuple[int, ...]
    exploration: tuple[int, ...]
    without_score: tuple[Channel, ...]
    reasons: int
    texts: Mapping[str, Mapping[str, str]]
    features: Mapping[str, Mapping[str, str]]

    def applies(self, day: date) -> bool:
        """Tell whether this state is the one of a day in Viet Nam."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)

    def outcomes(
        self, facts: Mapping[str, object], features: Mapping[str, str], rank: int, level: int
    ) -> tuple[Outcome, ...]:
        """Return what the rules say of a case, in the order of their names.

        Args:
            facts: By name, each as JSON.
            features: By name.
            rank: Risk rank of the declarant, 1 to 9.
            level: Compliance level of the declarant, 1 to 5.

        Raises:
            FactError: A fact is missing, unknown, or not of its kind.
        """
        values = self.catalogue.values(facts, features, rank, level)
        return tuple(rule.outcome for rule in self.rules if rule.when.holds(values))

    def outcome(self, name: str, channel: Channel, effect: Effect = Effect.CHANNEL) -> Outcome:
        """Return an outcome that is no rule's, with its texts."""
        texts = self.texts[name]
        return Outcome(name, effect, channel, texts["vi"], texts["en"])
