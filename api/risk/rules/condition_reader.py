"""Conditions as JSON: one operator per object, checked against the facts; pure.

{"all": [C, …]}  {"any": [C, …]}  {"not": C}  {"absent": NAME}
{"is": [NAME, WORD or true/false]}  {"in": [NAME, [WORD, …]]}  {"differ": [NAME, NAME]}
{"above" | "at_least" | "below" | "at_most" | "beyond": [NAME, NUMBER]}
{"deviates": [NAME, [NAME, …], {"percent": NUMBER, "least": NUMBER}]}
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final, TypeAlias, cast

from api.risk.rules.conditions import (
    Absent,
    Compared,
    Condition,
    Deviates,
    Differs,
    Every,
    Negation,
    OneOf,
    Relation,
    Some,
)
from api.risk.rules.errors import FactError, RuleDataError
from api.risk.rules.facts import Catalogue, Fact, Kind

DEPTH_LIMIT: Final = 8
_Reader: TypeAlias = Callable[[object, Catalogue, str, int], Condition]


def read_condition(value: object, known: Catalogue, place: str, depth: int = 0) -> Condition:
    """Return the condition that JSON states.

    Args:
        value: What the JSON parser returned.
        known: The facts it may name.
        place: How errors name it.
        depth: How many conditions it stands in.

    Raises:
        RuleDataError: It is no condition, or names a fact that is unknown or of another kind.
    """
    if not isinstance(value, dict) or len(value) != 1:
        raise RuleDataError(place, "is no condition", "write an object of one operator")
    if depth > DEPTH_LIMIT:
        raise RuleDataError(place, "is nested too deeply", "split the rule")
    [(operator, arguments)] = cast("dict[str, object]", value).items()
    reader = _READERS.get(operator)
    if reader is None:
        remedy = f"use one of {', '.join(sorted(_READERS))}"
        raise RuleDataError(place, f"{operator!r:.40} is no operator", remedy)
    return reader(arguments, known, f"{place}.{operator}", depth)


def _several(value: object, known: Catalogue, place: str, depth: int) -> tuple[Condition, ...]:
    parts = _list(value, place)
    if not parts:
        raise RuleDataError(place, "is empty", "name a condition")
    return tuple(
        read_condition(part, known, f"{place}[{index}]", depth + 1)
        for index, part in enumerate(parts)
    )


def _every(value: object, known: Catalogue, place: str, depth: int) -> Condition:
    return Every(_several(value, known, place, depth))


def _some(value: object, known: Catalogue, place: str, depth: int) -> Condition:
    return Some(_several(value, known, place, depth))


def _negation(value: object, known: Catalogue, place: str, depth: int) -> Condition:
    return Negation(read_condition(value, known, place, depth + 1))


def _absent(value: object, known: Catalogue, place: str, _depth: int) -> Condition:
    return Absent(_fact(value, known, place).name)


def _is(value: object, known: Catalogue, place: str, _depth: int) -> Condition:
    name, choice = _pair(value, place)
    fact = _fact(name, known, place)
    return OneOf(fact.name, frozenset({_choice(fact, choice, place)}))


def _in(value: object, known: Catalogue, place: str, _depth: int) -> Condition:
    name, choices = _pair(value, place)
    fact = _fact(name, known, place)
    found = [_choice(fact, choice, place) for choice in _list(choices, place)]
    if not found or len(set(found)) < len(found):
        raise RuleDataError(place, "names no word or one twice", "name each word once")
    return OneOf(fact.name, frozenset(found))


def _differ(value: object, known: Catalogue, place: str, _depth: int) -> Condition:
    first, second = (_fact(name, known, place) for name in _pair(value, place))
    words = (first.kind, second.kind) == (Kind.CODES, Kind.CODE)
    if (first.kind is not second.kind and not words) or first.name == second.name:
        remedy = "name two facts of one kind, or words and a word"
        raise RuleDataError(place, "compares unlike facts", remedy)
    return Differs(first.name, second.name)


def _compared(relation: Relation) -> _Reader:
    def read(value: object, known: Catalogue, place: str, _depth: int) -> Condition:
        name, limit = _pair(value, place)
        fact = _fact(name, known, place, Kind.NUMBER)
        return Compared(fact.name, relation, read_number(limit, place))

    return read


def _deviates(value: object, known: Catalogue, place: str, _depth: int) -> Condition:
    match value:
        case [name, [*stated], {"percent": percent, "least": least, **more}] if stated and not more:
            return Deviates(
                _fact(name, known, place, Kind.NUMBER).name,
                tuple(_fact(each, known, place, Kind.NUMBER).name for each in stated),
                read_number(percent, f"{place}.percent"),
                read_number(least, f"{place}.least"),
            )
        case _:
            remedy = "write [NAME, [NAME, …], {percent, least}]"
            raise RuleDataError(place, "is not of its form", remedy)


def read_number(value: object, place: str) -> Decimal:
    """Return a number that a rule states as a string.

    Raises:
        RuleDataError: It is none.
    """
    try:
        found = Fact("number", Kind.NUMBER).value(value)
    except FactError as error:
        raise RuleDataError(place, error.problem, error.remedy) from error
    return cast("Decimal", found)


def _choice(fact: Fact, choice: object, place: str) -> bool | str:
    if fact.kind is Kind.NUMBER:
        raise RuleDataError(place, f"{fact.name} is a number", "compare it with a limit")
    try:
        found = fact.value((choice,) if fact.kind is Kind.CODES else choice)
    except FactError as error:
        raise RuleDataError(place, error.problem, error.remedy) from error
    return cast("bool | str", found[0] if isinstance(found, tuple) else found)


def _fact(name: object, known: Catalogue, place: str, kind: Kind | None = None) -> Fact:
    if not isinstance(name, str):
        raise RuleDataError(place, f"{name!r:.40} is no name", "name a fact")
    fact = known.find(name, place)
    if kind is not None and fact.kind is not kind:
        raise RuleDataError(place, f"{name} is no {kind.value}", f"name a {kind.value}")
    return fact


def _list(value: object, place: str) -> list[object]:
    if not isinstance(value, list):
        raise RuleDataError(place, "is no list", "write a list")
    return cast("list[object]", value)


def _pair(value: object, place: str) -> tuple[object, object]:
    match value:
        case [first, second]:
            return first, second
        case _:
            raise RuleDataError(place, "is no pair", "write [NAME, …]")


_READERS: Final[dict[str, _Reader]] = {
    "absent": _absent,
    "all": _every,
    "any": _some,
    "deviates": _deviates,
    "differ": _differ,
    "in": _in,
    "is": _is,
    "not": _negation,
    **{relation.value: _compared(relation) for relation in Relation},
}
