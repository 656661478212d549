"""Reads dated entries from the shipped files."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

_PACKAGE: Final = __name__.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Entry:
    """One value with what is known of it.

    Attributes:
        value: The value, or the name of a group of countries.
        evidence: `source`, `practice` or `unverified`.
        side: For a party: with whom it counts as one.
        is_group: Whether the value names a group.
    """

    value: Any
    evidence: str
    side: str | None
    is_group: bool


@cache
def document(name: str) -> dict[str, Any]:
    """Load a shipped file; do not change the answer."""
    text = files(_PACKAGE).joinpath(f"{name}.json").read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text))


def entries_on(entries: list[dict[str, Any]], day: date | None) -> list[Entry]:
    """Return the entries in force on a day, or all of them for no day."""
    return [
        Entry(
            entry["group"] if "group" in entry else entry["value"],
            entry["evidence"],
            entry.get("side"),
            "group" in entry,
        )
        for entry in entries
        if day is None or _is_in_force(entry, day)
    ]


def file_names() -> list[str]:
    """Return the names of the forms' files, without their ending."""
    names = (entry.name for entry in files(_PACKAGE).iterdir())
    return sorted(name.removesuffix(".json") for name in names if name.startswith("form_"))


def _is_in_force(entry: dict[str, Any], day: date) -> bool:
    start, end = entry["effective_from"], entry["effective_to"]
    return date.fromisoformat(start) <= day and (end is None or day < date.fromisoformat(end))
