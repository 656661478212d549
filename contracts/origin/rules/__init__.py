"""Legal constants of origin forms: data with the time in which each applies."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, cast

from contracts.errors import FormError


@dataclass(frozen=True, slots=True)
class FormRules:
    """The constants of one form on one day.

    Attributes:
        parties: Countries that are party to the agreement.
        validity_months: How long a certificate is valid.
        days_before_retroactive: Days after shipment from which an issue is retroactive.
        retroactive_limit_days: Days after shipment after which none is issued.
    """

    parties: frozenset[str]
    validity_months: int
    days_before_retroactive: int
    retroactive_limit_days: int


def form_d_rules(day: date) -> FormRules:
    """Return the rules of Form D on a day.

    Raises:
        FormError: The form had no rules on that day.

    Source: ATIGA, Annex 8; the data names it.
    """
    document = _document("form_d")
    return FormRules(
        parties=frozenset(str(value) for value in _values(document, "parties", day)),
        validity_months=_value(document, "validity_months", day),
        days_before_retroactive=_value(document, "days_before_retroactive", day),
        retroactive_limit_days=_value(document, "retroactive_limit_days", day),
    )


@cache
def _document(form: str) -> dict[str, Any]:
    text = files(__name__).joinpath(f"{form}.json").read_text()
    return cast("dict[str, Any]", json.loads(text))


def _values(document: dict[str, Any], name: str, day: date) -> list[str | int]:
    return [
        entry["value"]
        for entry in document[name]
        if date.fromisoformat(entry["effective_from"]) <= day
        and (entry["effective_to"] is None or day < date.fromisoformat(entry["effective_to"]))
    ]


def _value(document: dict[str, Any], name: str, day: date) -> int:
    found = _values(document, name, day)
    if len(found) != 1:
        raise FormError("certification.date", f"{day} has no rules", "check the date")
    return int(found[0])
