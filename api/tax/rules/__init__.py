"""Legal constants of taxation: data with the time in which each applies and its source.

Evidence, as the data marks it: "S" read in a source, "M" from memory with high confidence, "M?"
from memory, to be verified before anybody relies on it, "D" a decision of ours where no text says.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

from api.tax.errors import RuleDataError

RULE_SETS: Final = (
    "charges",
    "environment",
    "exchange",
    "limits",
    "procedures",
    "reliefs",
    "special_consumption",
    "valuation",
)


@dataclass(frozen=True, slots=True)
class Provision:
    """One constant as it stands on a day.

    Attributes:
        name: What it is about.
        value: JSON; numbers are texts.
        law: The clause.
        source: The instrument that it was taken from.
        effective_from: First day.
        effective_to: First day on which it no longer applies; None for no end.
        evidence: How sure it is: S, M, M? or D.
    """

    name: str
    value: Any
    law: str
    source: str
    effective_from: date
    effective_to: date | None
    evidence: str

    def applies(self, day: date) -> bool:
        """Tell whether the provision is in force on a day."""
        after = self.effective_to is not None and day >= self.effective_to
        return self.effective_from <= day and not after


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One file of rules on one day.

    Attributes:
        name: The file's name.
        version: Edition of the file.
        effective_from: Since when this state of the rules applies.
        provisions: By name.
    """

    name: str
    version: str
    effective_from: date
    provisions: Mapping[str, Provision]

    def provision(self, name: str) -> Provision:
        """Return a constant.

        Raises:
            RuleDataError: The file has none on that day.
        """
        found = self.provisions.get(name)
        if found is None:
            raise RuleDataError(self.name, f"no {name} on that day")
        return found


@cache
def rule_set(name: str, day: date) -> RuleSet:
    """Return a file of rules as it stands on a day.

    Raises:
        RuleDataError: Two provisions of one name apply on that day.
    """
    return rules_from(_document(name), day)


def rules_from(document: Mapping[str, Any], day: date) -> RuleSet:
    """Return the rules of a parsed file on a day; raises as `rule_set` does."""
    name = str(document["rule_set"])
    provisions: dict[str, Provision] = {}
    for key, versions in document["provisions"].items():
        found = [one for one in (_provision(key, entry) for entry in versions) if one.applies(day)]
        if len(found) > 1:
            raise RuleDataError(name, f"{key} has {len(found)} values on {day}")
        if found:
            provisions[key] = found[0]
    changes = [one for found in document["provisions"].values() for one in _changes(found, day)]
    return RuleSet(name, str(document["version"]), max(changes, default=day), provisions)


def first_day(name: str) -> date:
    """Return the first day on which anything of a file applies."""
    entries = [one for found in _document(name)["provisions"].values() for one in found]
    return min(date.fromisoformat(entry["effective_from"]) for entry in entries)


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Return what steps and terms are called, Vietnamese and English."""
    content = files(__package__).joinpath("texts.json").read_text(encoding="utf-8")
    return cast("Mapping[str, Mapping[str, str]]", json.loads(content))


@cache
def _document(name: str) -> Mapping[str, Any]:
    if name not in RULE_SETS:
        raise RuleDataError(name, "there is no such file")
    content = files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    return cast("Mapping[str, Any]", json.loads(content))


def _provision(name: str, entry: Mapping[str, Any]) -> Provision:
    return Provision(
        name=name,
        value=entry["value"],
        law=str(entry["law"]),
        source=str(entry["source"]),
        effective_from=date.fromisoformat(entry["effective_from"]),
        effective_to=_ends(entry),
        evidence=str(entry["evidence"]),
    )


def _changes(entries: Iterable[Mapping[str, Any]], day: date) -> Iterator[date]:
    for entry in entries:
        for change in (date.fromisoformat(entry["effective_from"]), _ends(entry)):
            if change is not None and change <= day:
                yield change


def _ends(entry: Mapping[str, Any]) -> date | None:
    found = entry["effective_to"]
    return None if found is None else date.fromisoformat(found)
