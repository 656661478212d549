"""What national law adds to the agreements; pure, its data ships beside it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.origin.rules.dated import document, entries_on


@dataclass(frozen=True, slots=True)
class NationalRules:
    """Constants of one country's law on one day.

    Attributes:
        decision_days: Days within which its authority decides on a full application.
        record_years: How long its law has records kept.
    """

    decision_days: int | None
    record_years: int | None


def national_rules(country: str, day: date) -> NationalRules:
    """Return what a country's law says on a day; None where the data is silent.

    Args:
        country: ISO 3166 alpha-2 code.
        day: The day.
    """
    tables = document("national").get(country, {})
    return NationalRules(
        decision_days=_value(tables, "decision_days", day),
        record_years=_value(tables, "record_years", day),
    )


def _value(tables: dict[str, Any], name: str, day: date) -> int | None:
    for entry in entries_on(tables.get(name, []), day):
        return int(entry.value)
    return None
