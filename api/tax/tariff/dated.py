"""Legal constants of the tariff: data with the time in which each applies and its source.

Evidence, as the data marks it: "S" read in a source, "M" from memory with high confidence, "M?"
from memory, to be verified before anybody relies on it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, cast

from api.tax.errors import TariffDataError


@dataclass(frozen=True, slots=True)
class Dated:
    """One constant and when it applies.

    Attributes:
        name: What it is about.
        value: One text, or several.
        effective_from: First day.
        effective_to: First day on which it no longer applies; None for no end.
        clause: Where the instrument says so.
        source: The instrument.
        evidence: How sure it is: S, M or M?.
    """

    name: str
    value: tuple[str, ...]
    effective_from: date
    effective_to: date | None
    clause: str
    source: str
    evidence: str

    def applies(self, on: date) -> bool:
        """Whether the constant is in force on a day."""
        return self.effective_from <= on and (self.effective_to is None or on < self.effective_to)

    @property
    def text(self) -> str:
        """A value that is one text."""
        return self.value[0]

    @property
    def citation(self) -> str:
        """Clause and instrument, for an explanation."""
        return f"{self.source}, {self.clause}"


def in_force(versions: Iterable[Dated], on: date) -> Dated | None:
    """Return the version of one constant that applies on a day, None if there is none.

    Raises:
        TariffDataError: Several apply.
    """
    found = [version for version in versions if version.applies(on)]
    if len(found) > 1:
        raise TariffDataError(found[0].name, f"{len(found)} values apply on {on}")
    return found[0] if found else None


def dated(name: str, entry: dict[str, Any]) -> Dated:
    """Return one entry of a file of data."""
    value, end = entry["value"], entry["effective_to"]
    return Dated(
        name=name,
        value=(value,) if isinstance(value, str) else tuple(value),
        effective_from=date.fromisoformat(entry["effective_from"]),
        effective_to=None if end is None else date.fromisoformat(end),
        clause=entry["clause"],
        source=entry["source"],
        evidence=entry["evidence"],
    )


@cache
def provisions(file: str) -> dict[str, tuple[Dated, ...]]:
    """Return all versions of all constants of a file beside the code, by name."""
    document = read_data(file)["provisions"]
    return {
        name: tuple(dated(name, entry) for entry in versions) for name, versions in document.items()
    }


@lru_cache(maxsize=4_096)
def provision(file: str, name: str, on: date) -> Dated | None:
    """Return a constant on a day, None if it has no value then.

    Raises:
        TariffDataError: The file knows no such constant, or has several values for the day.
    """
    versions = provisions(file).get(name)
    if versions is None:
        raise TariffDataError(f"{file}.json", f"no {name}")
    return in_force(versions, on)


def read_data(file: str) -> dict[str, Any]:
    """Return a parsed file beside the code."""
    text = files(__package__).joinpath(f"{file}.json").read_text("utf-8")
    return cast("dict[str, Any]", json.loads(text))
