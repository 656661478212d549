"""Criteria of compliance levels and risk ranks: dated data, read strictly, loaded once."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final, cast

import rfc8785

from api.risk.compliance.errors import LevelDataError
from api.risk.compliance.model import Sector
from api.risk.rules.dated import Dated, changes, in_force, mapping, members, parse
from api.risk.rules.errors import RuleDataError
from api.risk.rules.reader import read_count, read_labels

_NAMES: Final = ("levels", "violations", "ranks", "window", "overdue")
_TEXTS: Final = (
    "aeo",
    "bar-overdue",
    "bar-violation",
    "level-2",
    "level-3",
    "level-4",
    "level-5",
    "new-high",
    "new-low",
    "new-medium",
    "rank-by-level",
    "rank-barred",
    "rank-warned",
)
_RANKED_LEVELS: Final = ("2", "3", "4", "5")


class Section(StrEnum):
    """How much a violation weighs: it bars by itself, or counts in one of two shares."""

    BAR = "bar"
    WEIGHTY = "weighty"
    LIGHT = "light"


@dataclass(frozen=True, slots=True)
class Shares:
    """Most penalties for each declaration that a level tolerates, in ppm; None: not looked at.

    Attributes:
        weighty: Of the graver section.
        light: Of the lighter section.
        total: Of both.
    """

    weighty: int | None
    light: int | None
    total: int | None


@dataclass(frozen=True, slots=True)
class ComplianceRules:
    """The criteria in force on a day.

    Attributes:
        version: The first day of this state.
        hash: SHA-256 of the canonical form of the state.
        shares: What levels 2, 3 and 4 tolerate.
        sections: What each kind of violation weighs.
        window_days: How many days before the evaluation count.
        new_days: For how many days after its first declaration a declarant is new.
        overdue_days: Tax overdue for more days than this bars.
        ranks: The rank of levels 1 to 5.
        barred_rank: The rank of a declarant that is barred.
        new_ranks: The rank of new declarants by sector.
        warned_most: The highest rank to which a warning raises.
        texts: Of the criteria, by name and language.
    """

    version: str
    hash: bytes
    shares: tuple[Shares, Shares, Shares]
    sections: Mapping[str, Section]
    window_days: int
    new_days: int
    overdue_days: int
    ranks: Mapping[int, int]
    barred_rank: int
    new_ranks: Mapping[Sector, int]
    warned_most: int
    texts: Mapping[str, Mapping[str, str]]


@cache
def compliance_rules(day: date) -> ComplianceRules:
    """Return the criteria as they stand on a day in Viet Nam.

    Raises:
        LevelDataError: Nothing is in force on that day, or the data cannot be used.
    """
    passed = [change for change in _changes() if change <= day]
    return read_criteria(_document(), max(passed, default=day))


def by_hash(digest: bytes) -> ComplianceRules | None:
    """Return the criteria that an evaluation names, None if this edition never had them."""
    return _states().get(digest)


@cache
def _states() -> Mapping[bytes, ComplianceRules]:
    found = (compliance_rules(day) for day in _changes())
    return {state.hash: state for state in found}


def read_criteria(document: object, day: date) -> ComplianceRules:
    """Return the criteria that a parsed file states for a day.

    Raises:
        LevelDataError: Something in it is missing, unknown, contradictory or not of its form.
    """
    try:
        return _read(document, day)
    except RuleDataError as error:
        raise LevelDataError(error.place, error.problem, error.remedy) from error


def _read(document: object, day: date) -> ComplianceRules:
    content = members(document, "levels", ("version", "provisions", "texts"))
    stated = in_force(content["provisions"], "provisions", day, ("value",))
    for name in _NAMES:
        if name not in stated:
            raise RuleDataError(f"provisions.{name}", f"nothing on {day}", "state it")
    value = {name: stated[name].content["value"] for name in _NAMES}
    window = members(value["window"], "window", ("days", "new_days"))
    ranks = members(value["ranks"], "ranks", ("levels", "barred", "new", "warned_most"))
    overdue = members(value["overdue"], "overdue", ("days",))
    since = max(item.effective_from for item in stated.values())
    return ComplianceRules(
        version=since.isoformat(),
        hash=_hash(stated, content["texts"]),
        shares=_levels(value["levels"]),
        sections=_sections(value["violations"]),
        window_days=read_count(window["days"], "window.days", least=1),
        new_days=read_count(window["new_days"], "window.new_days", least=1),
        overdue_days=read_count(overdue["days"], "overdue.days"),
        ranks=_ranks(ranks["levels"]),
        barred_rank=_rank(ranks["barred"], "ranks.barred"),
        new_ranks=_new_ranks(ranks["new"]),
        warned_most=_rank(ranks["warned_most"], "ranks.warned_most"),
        texts=read_labels(content["texts"], "texts", _TEXTS),
    )


def _levels(value: object) -> tuple[Shares, Shares, Shares]:
    entry = members(value, "levels", ("2", "3", "4"))
    return _shares(entry, "2"), _shares(entry, "3"), _shares(entry, "4")


def _shares(levels: Mapping[str, object], level: str) -> Shares:
    place = f"levels.{level}"
    entry = members(levels[level], place, ("weighty", "light", "total"))
    read = {
        name: None if found is None else read_count(found, f"{place}.{name}", 1_000_000)
        for name, found in entry.items()
    }
    return Shares(read["weighty"], read["light"], read["total"])


def _sections(value: object) -> dict[str, Section]:
    found = {}
    for kind, section in mapping(value, "violations").items():
        if section not in set(Section):
            remedy = f"write one of {', '.join(Section)}"
            raise RuleDataError(f"violations.{kind}", "is no section", remedy)
        found[kind] = Section(cast("str", section))
    return found


def _ranks(value: object) -> dict[int, int]:
    levels = members(value, "ranks.levels", ("1", *_RANKED_LEVELS))
    return {int(name): _rank(rank, f"ranks.levels.{name}") for name, rank in levels.items()}


def _new_ranks(value: object) -> dict[Sector, int]:
    sectors = members(value, "ranks.new", [sector.value for sector in Sector])
    return {Sector(name): _rank(rank, f"ranks.new.{name}") for name, rank in sectors.items()}


def _rank(value: object, place: str) -> int:
    return read_count(value, place, 9, 1)


def _hash(stated: Mapping[str, Dated], texts: object) -> bytes:
    content = {
        "provisions": {name: item.lasting() for name, item in stated.items()},
        "texts": texts,
    }
    return hashlib.sha256(rfc8785.dumps(cast("dict[str, str]", content))).digest()


@cache
def _changes() -> tuple[date, ...]:
    document = cast("dict[str, object]", _document())
    return tuple(sorted(set(changes(document["provisions"]))))


@cache
def _document() -> object:
    content = files("api.risk.compliance").joinpath("levels.json").read_text(encoding="utf-8")
    return parse(content, "levels")
