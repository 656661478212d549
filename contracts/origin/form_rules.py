"""Deadlines of a Form D; pure, constants from `contracts.origin.rules`."""

from datetime import date
from typing import Final

from contracts.origin.rules import form_d_rules

_MONTHS_OF_YEAR: Final = 12
_LAST_CERTAIN_DAY: Final = 28


def expiry_date(certified: date) -> date:
    """Return the first day on which a certificate is no longer valid.

    Source: ATIGA, Annex 8, Rule 15: twelve months from the date of issue.
    """
    months = certified.month - 1 + form_d_rules(certified).validity_months
    year, month = certified.year + months // _MONTHS_OF_YEAR, months % _MONTHS_OF_YEAR + 1
    day = certified.day
    while day > _LAST_CERTAIN_DAY and not _exists(year, month, day):
        day -= 1
    return date(year, month, day)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
