"""Conditions of rules: a small closed set of operators over facts and features; pure.

A fact that is absent meets no condition except `Absent` and `Negation`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from api.risk.rules.facts import Value


class Condition(Protocol):
    """What a rule asks of a case."""

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Say whether the case meets it."""
        ...


class Relation(StrEnum):
    """How a number stands to a limit."""

    ABOVE = "above"
    AT_LEAST = "at_least"
    BELOW = "below"
    AT_MOST = "at_most"
    BEYOND = "beyond"


@dataclass(frozen=True, slots=True)
class Every:
    """All of some conditions."""

    conditions: tuple[Condition, ...]

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Say whether each of them holds."""
        return all(each.holds(values) for each in self.conditions)


@dataclass(frozen=True, slots=True)
class Some:
    """Any of some conditions."""

    conditions: tuple[Condition, ...]

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Say whether one of them holds."""
        return any(each.holds(values) for each in self.conditions)


@dataclass(frozen=True, slots=True)
class Negation:
    """The contrary of a condition."""

    condition: Condition

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Say whether it does not hold."""
        return not self.condition.holds(values)


@dataclass(frozen=True, slots=True)
class Absent:
    """A fact that nobody gave."""

    name: str

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Say whether it is not there."""
        return self.name not in values


@dataclass(frozen=True, slots=True)
class OneOf:
    """A flag or word that is one of some; of several words, one of them is."""

    name: str
    choices: frozenset[bool | str]

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Say whether it is."""
        found = values.get(self.name)
        if isinstance(found, tuple):
            return not self.choices.isdisjoint(found)
        return isinstance(found, (bool, str)) and found in self.choices


@dataclass(frozen=True, slots=True)
class Differs:
    """Two facts that are not the same; of several words, one that is not the other fact."""

    first: str
    second: str

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Say whether both are there and differ."""
        first, second = values.get(self.first), values.get(self.second)
        if first is None or second is None:
            return False
        if isinstance(first, tuple) and not isinstance(second, tuple):
            return any(each != second for each in first)
        return first != second


@dataclass(frozen=True, slots=True)
class Compared:
    """A number against a limit; `BEYOND` compares its size without its sign."""

    name: str
    relation: Relation
    limit: Decimal

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Say whether it stands so to the limit."""
        found = values.get(self.name)
        if not isinstance(found, Decimal):
            return False
        if self.relation is Relation.ABOVE:
            return found > self.limit
        if self.relation is Relation.AT_LEAST:
            return found >= self.limit
        if self.relation is Relation.BELOW:
            return found < self.limit
        if self.relation is Relation.AT_MOST:
            return found <= self.limit
        return found.copy_abs() > self.limit


@dataclass(frozen=True, slots=True)
class Deviates:
    """A measure that is farther from the sum of what was stated than is tolerated.

    Attributes:
        measured: The measure.
        stated: What its terms should add up to.
        percent: Tolerance as a share of that sum, in percent.
        least: Tolerance in the measure's unit; the greater of both counts.
    """

    measured: str
    stated: tuple[str, ...]
    percent: Decimal
    least: Decimal

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Say whether all are there and the measure is out of tolerance."""
        found = values.get(self.measured)
        terms = [values.get(name) for name in self.stated]
        numbers = [term for term in terms if isinstance(term, Decimal)]
        if not isinstance(found, Decimal) or len(numbers) < len(terms):
            return False
        total = sum(numbers, Decimal(0))
        # Both sides times 100: no division, so nothing is rounded.
        allowed = max(total * self.percent, self.least * 100)
        return (found - total).copy_abs() * 100 > allowed
