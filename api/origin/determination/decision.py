"""What was decided: steps, criterion, the rules used; written once, replayed bit for bit."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

import rfc8785

from api.origin.determination.model import Case
from api.origin.determination.rules import Provision, explanations
from api.origin.determination.structure import write

DECISION_FORMAT: Final = "tradeseal-origin-decision/1"
ENGINE_VERSION: Final = "1"


class StepOutcome(StrEnum):
    """What a step found."""

    PASSED = "passed"
    FAILED = "failed"
    NOTED = "noted"


class Outcome(StrEnum):
    """What is decided.

    `PARTIAL` is no origin: its certificate lets a producer in another party count part of the
    value, and gives no preference by itself (ATIGA Art. 30.2).
    """

    ORIGINATING = "originating"
    PARTIAL = "partial"
    NOT_ORIGINATING = "not_originating"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the determination.

    Attributes:
        name: What was looked at.
        outcome: What was found.
        provision: The rule it follows.
        figures: The numbers and codes it rests on, as texts.
    """

    name: str
    outcome: StepOutcome
    provision: Provision
    figures: dict[str, str]

    def text(self, language: str) -> str:
        """Explain the step in "vi" or "en"."""
        return _texts()[f"{self.name}.{self.outcome}"][language].format(**self.figures)


@dataclass(frozen=True, slots=True)
class Decision:
    """A determination.

    Attributes:
        outcome: Whether the good originates.
        criterion: What box 8 says; None where the form has no such box or nothing is certified.
        preference: Whether the certificate gives preference by itself.
        flags: What box 13 has ticked.
        steps: In the order taken.
    """

    case: Case
    outcome: Outcome
    criterion: str | None
    preference: bool
    flags: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def is_originating(self) -> bool:
        """Whether the good originates."""
        return self.outcome is Outcome.ORIGINATING

    def members(self) -> dict[str, Any]:
        """Return the decision as JSON members."""
        return {
            "format": DECISION_FORMAT,
            "engine": ENGINE_VERSION,
            "case": write(self.case),
            "outcome": self.outcome.value,
            "criterion": self.criterion,
            "preference": self.preference,
            "flags": list(self.flags),
            "steps": [_step_members(step) for step in self.steps],
            "rules": [_rule_members(provision) for provision in self.rules()],
        }

    def to_bytes(self) -> bytes:
        """Return the canonical JSON (RFC 8785) that `replay` recomputes."""
        return rfc8785.dumps(self.members())

    def rules(self) -> tuple[Provision, ...]:
        """Return the provisions used, in the order of their first use."""
        return tuple({step.provision.name: step.provision for step in self.steps}.values())


def passed(name: str, provision: Provision, **figures: str) -> Step:
    """Return a step that was passed."""
    return Step(name, StepOutcome.PASSED, provision, figures)


def failed(name: str, provision: Provision, **figures: str) -> Step:
    """Return a step that failed."""
    return Step(name, StepOutcome.FAILED, provision, figures)


def noted(name: str, provision: Provision, **figures: str) -> Step:
    """Return a step that explains and decides nothing."""
    return Step(name, StepOutcome.NOTED, provision, figures)


def judged(found: bool, name: str, provision: Provision, **figures: str) -> Step:
    """Return a step that was passed or failed."""
    return (passed if found else failed)(name, provision, **figures)


def _step_members(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "outcome": step.outcome.value,
        "provision": step.provision.name,
        "clause": step.provision.clause,
        "source": step.provision.source,
        "figures": step.figures,
        "vi": step.text("vi"),
        "en": step.text("en"),
    }


def _rule_members(provision: Provision) -> dict[str, Any]:
    return {
        "name": provision.name,
        "value": provision.value,
        "clause": provision.clause,
        "source": provision.source,
        "effective_from": provision.effective_from,
        "effective_to": provision.effective_to,
        "evidence": provision.evidence,
    }


@cache
def _texts() -> dict[str, dict[str, str]]:
    return explanations()
