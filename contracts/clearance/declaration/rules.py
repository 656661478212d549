"""Dated constants of declarations; pure, the data ships beside it."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final, cast

_PACKAGE: Final = __name__.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Procedure:
    """What a procedure code stands for.

    Attributes:
        code: Such as A11.
        direction: `import` or `export`.
        vi: Its name in Vietnamese.
        en: The same in English.
        evidence: `S` read in a source, `M` from memory.
    """

    code: str
    direction: str
    vi: str
    en: str
    evidence: str


@cache
def document(name: str) -> dict[str, Any]:
    """Load a shipped file; do not change the answer."""
    text = files(_PACKAGE).joinpath(f"{name}.json").read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text))


def entry_on(entries: list[dict[str, Any]], day: date) -> dict[str, Any] | None:
    """Return the entry in force on a day, or None."""
    for entry in entries:
        end = entry["effective_to"]
        if date.fromisoformat(entry["effective_from"]) <= day and (
            end is None or day < date.fromisoformat(end)
        ):
            return entry
    return None


@lru_cache(maxsize=4096)
def rule(name: str, day: date) -> Any:
    """Return the value of a constant on a day; before its first day, the first one.

    Args:
        name: Its name in rules.json.
        day: Whose rules apply.
    """
    entries = document("rules")[name]
    found = entry_on(entries, day)
    return (entries[0] if found is None else found)["value"]


@lru_cache(maxsize=4096)
def procedure(code: str, day: date) -> Procedure | None:
    """Return a procedure in force on a day; None where there is none of that code."""
    entry = entry_on(document("procedures")["procedures"].get(code, []), day)
    if entry is None:
        return None
    return Procedure(code=code, evidence=entry["evidence"], **entry["value"])


def ruled_country() -> str:
    """Return the country whose procedures the data holds."""
    return str(document("procedures")["country"])


def decimal_rule(name: str, key: str, day: date) -> Decimal | None:
    """Return a decimal of a table of constants; None where it has no such key."""
    text = rule(name, day).get(key)
    return None if text is None else Decimal(text)
