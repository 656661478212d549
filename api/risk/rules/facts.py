"""Facts and features that conditions speak of: what each may hold; pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeAlias

from api.risk.rules.errors import FactError, RuleDataError

RANK: Final = "rank"
LEVEL: Final = "level"
FEATURE: Final = "feature."
"""What the names of features begin with in conditions."""
NUMBER_FORM: Final = r"(?:0|-?[1-9][0-9]{0,17}|-?0(?=\.[0-9]*[1-9]))(?:\.[0-9]{1,9})?"
CODES_LIMIT: Final = 100
_NUMBER: Final = re.compile(NUMBER_FORM)
_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")

Json: TypeAlias = bool | str | tuple[str, ...]
"""A fact as a document holds it; numbers are decimal strings."""
Value: TypeAlias = bool | str | Decimal | tuple[str, ...]
"""A fact as conditions compare it."""


class Kind(StrEnum):
    """What a fact holds: yes or no, a number, a word, several words."""

    FLAG = "flag"
    NUMBER = "number"
    CODE = "code"
    CODES = "codes"


@dataclass(frozen=True, slots=True)
class Fact:
    """What may be known of a declaration.

    Attributes:
        name: As conditions call it; features begin with "feature.".
        kind: What it holds.
        choices: The words it may hold; none where any word will do.
        required: Whether a case must have it: silence must not read as harmless.
    """

    name: str
    kind: Kind
    choices: tuple[str, ...] = ()
    required: bool = False

    def value(self, given: object) -> Value:
        """Return a given fact as conditions compare it.

        Raises:
            FactError: It is not of the fact's kind.
        """
        if self.kind is Kind.FLAG:
            if isinstance(given, bool):
                return given
            raise self._refused(given, "give true or false")
        if self.kind is Kind.CODES:
            return self._codes(given)
        if not isinstance(given, str):
            raise self._refused(given, "give a string")
        return self._code(given) if self.kind is Kind.CODE else self._number(given)

    def _number(self, given: str) -> Decimal:
        if _NUMBER.fullmatch(given) is None:
            raise self._refused(given, "give a decimal number as a string, such as 12.5")
        return Decimal(given)

    def _code(self, given: str) -> str:
        if self.choices and given not in self.choices:
            raise self._refused(given, f"give one of {', '.join(self.choices)}")
        if _CODE.fullmatch(given) is None:
            raise self._refused(given, "give 1 to 40 of A-Z, a-z, 0-9, _ . -")
        return given

    def _codes(self, given: object) -> tuple[str, ...]:
        if not isinstance(given, (tuple, list)):
            raise self._refused(given, "give a list of strings")
        if len(given) > CODES_LIMIT:
            raise self._refused(f"{len(given)} words", f"give at most {CODES_LIMIT}")
        found = []
        for item in given:
            if not isinstance(item, str):
                raise self._refused(item, "give strings")
            found.append(self._code(item))
        return tuple(found)

    def _refused(self, given: object, remedy: str) -> FactError:
        return FactError(f"facts.{self.name}", f"{given!r:.60} is no {self.kind.value}", remedy)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The facts and features that a set of rules knows.

    Attributes:
        facts: By name; rank and level stand among them.
    """

    facts: Mapping[str, Fact]

    def find(self, name: str, place: str) -> Fact:
        """Return a fact that a rule names.

        Raises:
            RuleDataError: There is none of that name.
        """
        found = self.facts.get(name)
        if found is None:
            raise RuleDataError(place, f"{name!r:.60} is no fact", "add it to the facts")
        return found

    def values(
        self,
        facts: Mapping[str, object],
        features: Mapping[str, str],
        rank: int,
        level: int,
    ) -> dict[str, Value]:
        """Return all that conditions may ask.

        Args:
            facts: By name, each as JSON.
            features: By name; those that no rule knows are left out, and empty ones too.
            rank: Risk rank of the declarant, 1 to 9.
            level: Compliance level of the declarant, 1 to 5.

        Raises:
            FactError: A fact is missing, unknown, or not of its kind.
        """
        found: dict[str, Value] = {RANK: Decimal(rank), LEVEL: Decimal(level)}
        for name, given in facts.items():
            if name in found or name.startswith(FEATURE) or name not in self.facts:
                raise FactError(f"facts.{name[:60]}", "is unknown", "give known facts alone")
            found[name] = self.facts[name].value(given)
        self._require(found)
        for name, text in features.items():
            known = self.facts.get(FEATURE + name)
            if known is not None and text != "":
                found[known.name] = known.value(text)
        return found

    def _require(self, found: Mapping[str, Value]) -> None:
        for fact in self.facts.values():
            if fact.required and fact.name not in found:
                remedy = 'give it; where nobody knows, say "unknown"'
                raise FactError(f"facts.{fact.name}", "is missing", remedy)


def catalogue(facts: Iterable[Fact]) -> Catalogue:
    """Return a catalogue of facts, with the rank and the level that every case has."""
    own = (Fact(RANK, Kind.NUMBER), Fact(LEVEL, Kind.NUMBER))
    return Catalogue({fact.name: fact for fact in (*own, *facts)})
