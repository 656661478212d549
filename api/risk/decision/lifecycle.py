"""The life of scoring models: trained, shadowed, approved, retired, each with who and when; pure.

The champion of a time is the approved model whose approval took effect last; when it is retired,
the one before it decides again unless it is retired too, and without any the rules go on alone.
Challengers score beside it and decide nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import ClassVar, Final, TypeAlias

from api.risk.compliance.evaluate import evaluation_day
from api.risk.decision.errors import LifecycleDataError, LifecycleError
from api.risk.rules.dated import Dated, in_force, members, parse
from api.risk.rules.errors import RuleDataError
from api.risk.rules.reader import read_count

_HASH_SIZE: Final = 32
_SHADOW: Final = "shadow_days"


@dataclass(frozen=True, slots=True)
class Trained:
    """A model was trained.

    Attributes:
        model: Its hash, 32 bytes.
        version: Its version, once.
        data: SHA-256 of what it was trained on, 32 bytes.
        by: Who trained it.
        at: When.
    """

    STEP: ClassVar[str] = "trained"
    model: bytes
    version: str
    data: bytes
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A model began to score beside the champion."""

    STEP: ClassVar[str] = "shadowed"
    model: bytes
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Approved:
    """A model may decide.

    Attributes:
        model: Its hash.
        by: Who approved it; another than who trained it.
        at: When.
        effective_from: From when it decides, not before `at`.
    """

    STEP: ClassVar[str] = "approved"
    model: bytes
    by: str
    at: datetime
    effective_from: datetime


@dataclass(frozen=True, slots=True)
class Retired:
    """A model no longer decides or scores, from this time on."""

    STEP: ClassVar[str] = "retired"
    model: bytes
    by: str
    at: datetime
    reason: str


Step: TypeAlias = Trained | Shadowed | Approved | Retired


@dataclass(frozen=True, slots=True)
class ModelLife:
    """The steps that one model took."""

    trained: Trained
    shadowed: Shadowed | None = None
    approved: Approved | None = None
    retired: Retired | None = None

    def is_live(self, at: datetime) -> bool:
        """Say whether it was trained and not retired at a time."""
        return self.trained.at <= at and (self.retired is None or at < self.retired.at)

    def decides(self, at: datetime) -> bool:
        """Say whether its approval had taken effect at a time."""
        return self.is_live(at) and self.approved is not None and self.approved.effective_from <= at

    def shadows(self, at: datetime) -> bool:
        """Say whether it scored beside the champion at a time without having been one."""
        begun = self.shadowed is not None and self.shadowed.at <= at
        return begun and self.is_live(at) and not self.decides(at)


@dataclass(frozen=True, slots=True)
class Models:
    """All models of an office, by their hash, as `models_from` makes it."""

    lives: Mapping[bytes, ModelLife]

    def champion_at(self, at: datetime) -> ModelLife | None:
        """Return the model that decides at a time, None where rules go on alone."""
        deciding = [life for life in self.lives.values() if life.decides(at)]
        return max(deciding, key=_effect, default=None)

    def challengers_at(self, at: datetime) -> tuple[ModelLife, ...]:
        """Return the models that score beside the champion at a time, by version."""
        found = [life for life in self.lives.values() if life.shadows(at)]
        return tuple(sorted(found, key=lambda life: life.trained.version))


def models_from(steps: Iterable[Step]) -> Models:
    """Return how models stand after some steps.

    Args:
        steps: In the order of their times.

    Raises:
        LifecycleError: A step is out of order, or one that its model may not take.
    """
    lives: dict[bytes, ModelLife] = {}
    last: datetime | None = None
    for step in steps:
        _require_step(step, last)
        lives[step.model] = _after(lives, step)
        last = step.at
    return Models(lives)


@cache
def _provisions() -> object:
    content = files("api.risk.decision").joinpath("lifecycle.json").read_text(encoding="utf-8")
    return members(parse(content, "lifecycle"), "lifecycle", ("version", "provisions"))[
        "provisions"
    ]


def shadow_days(at: datetime) -> int:
    """Return for how many days a model must have scored beside the champion, by a time's rules.

    Raises:
        LifecycleDataError: Nothing is in force then.
    """
    day = evaluation_day(at)
    try:
        return _days_of(in_force(_provisions(), "lifecycle", day, ("value",)), day)
    except RuleDataError as error:
        raise LifecycleDataError(error.place, error.problem, error.remedy) from error


def _days_of(stated: Mapping[str, Dated], day: date) -> int:
    if _SHADOW not in stated:
        raise RuleDataError(f"lifecycle.{_SHADOW}", f"nothing on {day}", "state it")
    return read_count(stated[_SHADOW].content["value"], f"lifecycle.{_SHADOW}")


def _require_step(step: Step, last: datetime | None) -> None:
    if step.at.tzinfo is None:
        raise _refused(step, "has a time without zone", "give it in UTC")
    if last is not None and step.at < last:
        raise _refused(step, "is earlier than the step before", "order steps by time")
    if not step.by.strip():
        raise _refused(step, "names nobody", "say who took it")
    if len(step.model) != _HASH_SIZE:
        raise _refused(step, "has no hash of 32 bytes", "give the model's SHA-256")


def _after(lives: Mapping[bytes, ModelLife], step: Step) -> ModelLife:
    if isinstance(step, Trained):
        return _trained(lives, step)
    life = lives.get(step.model)
    if life is None:
        raise _refused(step, "is of a model that nobody trained", "record its training first")
    if life.retired is not None:
        raise _refused(step, "comes after its retirement", "train another model")
    if isinstance(step, Shadowed):
        if life.shadowed is not None:
            raise _refused(step, "is taken twice", "leave it out")
        return replace(life, shadowed=step)
    if isinstance(step, Approved):
        _require_approvable(life, step, list(lives.values()))
        return replace(life, approved=step)
    if not step.reason.strip():
        raise _refused(step, "gives no reason", "say why")
    return replace(life, retired=step)


def _trained(lives: Mapping[bytes, ModelLife], step: Trained) -> ModelLife:
    if step.model in lives:
        raise _refused(step, "is taken twice", "leave it out")
    if any(life.trained.version == step.version for life in lives.values()):
        raise _refused(step, f"takes a version twice: {step.version[:40]}", "give another")
    if len(step.data) != _HASH_SIZE:
        raise _refused(step, "has no hash of its data", "give the data's SHA-256")
    return ModelLife(step)


def _require_approvable(life: ModelLife, step: Approved, others: Sequence[ModelLife]) -> None:
    if life.approved is not None:
        raise _refused(step, "is taken twice", "leave it out")
    if life.shadowed is None:
        raise _refused(step, "comes before any shadowing", "let it score beside the champion")
    days = shadow_days(step.at)
    if step.at - life.shadowed.at < timedelta(days=days):
        raise _refused(step, "comes too early", f"let it shadow for {days} days")
    if step.by == life.trained.by:
        raise _refused(step, "is by who trained it", "let somebody else approve")
    if step.effective_from.tzinfo is None or step.effective_from < step.at:
        raise _refused(step, "takes effect before it is given", "give a later time in UTC")
    approved = [each.approved for each in others if each.approved is not None]
    if any(each.effective_from == step.effective_from for each in approved):
        raise _refused(step, "takes effect with another's", "give another time")


def _effect(life: ModelLife) -> datetime:
    if life.approved is None:
        raise AssertionError(life)
    return life.approved.effective_from


def _refused(step: Step, problem: str, remedy: str) -> LifecycleError:
    return LifecycleError(f"{step.STEP} 0x{step.model.hex()[:16]}", problem, remedy)
