"""Dated entries of a file: which version of each name is in force on a day; pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final, cast

from api.risk.rules.errors import RuleDataError

EVIDENCE: Final = ("S", "M", "M?", "D")
_COMMON: Final = ("law", "source", "evidence", "effective_from", "effective_to")


@dataclass(frozen=True, slots=True)
class Dated:
    """One version of an entry.

    Attributes:
        content: All its members as parsed.
        effective_from: First day.
        effective_to: First day on which it no longer applies; None for no end.
    """

    content: Mapping[str, object]
    effective_from: date
    effective_to: date | None

    def applies(self, day: date) -> bool:
        """Tell whether it is in force on a day."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)

    def lasting(self) -> dict[str, object]:
        """Return its members without its end, which a later edition may set."""
        return {name: value for name, value in self.content.items() if name != "effective_to"}

    def text(self, name: str, place: str) -> str:
        """Return a member that is a text of something.

        Raises:
            RuleDataError: It is none.
        """
        return text(self.content[name], f"{place}.{name}")


def in_force(value: object, place: str, day: date, own: Sequence[str]) -> dict[str, Dated]:
    """Return the versions that are in force on a day, by name.

    All versions are checked, not only those of the day.

    Args:
        value: An object of lists of versions.
        place: How errors name it.
        day: In Viet Nam.
        own: The members that a version has beside its dates and sources.

    Raises:
        RuleDataError: A version is not of its form, or two of one name overlap.
    """
    found: dict[str, Dated] = {}
    for name, versions in mapping(value, place).items():
        for entry in _versions(versions, f"{place}.{name}", own):
            if entry.applies(day):
                found[name] = entry
    return found


def _versions(value: object, place: str, own: Sequence[str]) -> list[Dated]:
    if not isinstance(value, list) or not value:
        raise RuleDataError(place, "has no versions", "write a list of them")
    found = [
        _version(entry, f"{place}[{index}]", own)
        for index, entry in enumerate(cast("list[object]", value))
    ]
    for index, (before, after) in enumerate(pairwise(found), 1):
        if before.effective_to is None or after.effective_from < before.effective_to:
            remedy = "order versions by time, the next from the end of the one before"
            raise RuleDataError(f"{place}[{index}]", "overlaps the one before", remedy)
    return found


def _version(value: object, place: str, own: Sequence[str]) -> Dated:
    content = members(value, place, (*own, *_COMMON))
    for name in ("law", "source"):
        text(content[name], f"{place}.{name}")
    if content["evidence"] not in EVIDENCE:
        remedy = f"write one of {', '.join(EVIDENCE)}"
        raise RuleDataError(f"{place}.evidence", "is no mark of evidence", remedy)
    starts = read_day(content["effective_from"], f"{place}.effective_from")
    given = content["effective_to"]
    ends = None if given is None else read_day(given, f"{place}.effective_to")
    if ends is not None and ends <= starts:
        raise RuleDataError(f"{place}.effective_to", "is not after its start", "give a later day")
    return Dated(content, starts, ends)


def changes(value: object) -> Iterator[date]:
    """Yield the days on which anything begins or ends in an object of versions."""
    for versions in mapping(value, "versions").values():
        for entry in cast("list[dict[str, object]]", versions):
            for name in ("effective_from", "effective_to"):
                if entry[name] is not None:
                    yield read_day(entry[name], name)


def read_day(value: object, place: str) -> date:
    """Return a day that is written YYYY-MM-DD.

    Raises:
        RuleDataError: It is none.
    """
    try:
        found = date.fromisoformat(text(value, place))
    except ValueError as error:
        raise RuleDataError(place, f"{value!r:.40} is no day", "write YYYY-MM-DD") from error
    if found.isoformat() != value:
        raise RuleDataError(place, f"{value!r:.40} is no day", "write YYYY-MM-DD")
    return found


def text(value: object, place: str) -> str:
    """Return a text of something.

    Raises:
        RuleDataError: It is none.
    """
    if not isinstance(value, str) or not value.strip() or value != value.strip():
        raise RuleDataError(place, "is no text", "write a text")
    return value


def mapping(value: object, place: str) -> dict[str, object]:
    """Return an object.

    Raises:
        RuleDataError: It is none.
    """
    if not isinstance(value, dict):
        raise RuleDataError(place, "is no object", "write an object")
    return cast("dict[str, object]", value)


def members(value: object, place: str, names: Sequence[str]) -> dict[str, object]:
    """Return an object of exactly these members.

    Raises:
        RuleDataError: One is missing or unknown.
    """
    found = mapping(value, place)
    for name in names:
        if name not in found:
            raise RuleDataError(f"{place}.{name}", "is missing", "state it")
    if unknown := sorted(found.keys() - set(names)):
        remedy = f"write {', '.join(names)} alone"
        raise RuleDataError(f"{place}.{unknown[0][:40]}", "is unknown", remedy)
    return found


def parse(content: str, name: str) -> object:
    """Return the JSON of a file in which no member stands twice.

    Raises:
        RuleDataError: It is no JSON, or one does.
    """

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [key for key, _ in pairs]
            twice = next(key for key in names if names.count(key) > 1)
            raise RuleDataError(f"{name}: {twice}", "stands twice", "state it once")
        return found

    try:
        return cast("object", json.loads(content, object_pairs_hook=unique))
    except json.JSONDecodeError as error:
        raise RuleDataError(name, f"is no JSON: {error}", "correct the file") from error
