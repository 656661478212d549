"""Reading what declarants hand in: form, rules, what an amendment may change."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final

from api.clearance.errors import DeclarationForeignError, DeclarationNumberedError
from contracts.clearance.declaration import (
    Declaration,
    DeclarationError,
    Finding,
    check_declaration,
    require_declaration,
)
from contracts.clearance.declaration.amendments import Stage as Fixed
from contracts.clearance.declaration.amendments import check_amendment
from contracts.clearance.state import Stage

_VIETNAM: Final = timezone(timedelta(hours=7))


def read_submitted(
    value: Mapping[str, Any], country: str, now: int
) -> tuple[Declaration, tuple[Finding, ...]]:
    """Return a new declaration and what is worth a look.

    Args:
        value: Its JSON.
        country: Of this customs.
        now: The time in seconds.

    Raises:
        DeclarationError: It has errors; names all.
        DeclarationForeignError: It is for another country.
        DeclarationNumberedError: It has a number already.
    """
    declaration = require_declaration(value)
    if declaration.declaration_no is not None:
        raise DeclarationNumberedError(declaration.declaration_no)
    return declaration, _checked(declaration, country, day_of(now))


def read_amended(
    value: Mapping[str, Any], before: Declaration, stage: int, country: str, now: int
) -> tuple[Declaration, tuple[Finding, ...]]:
    """Return an amended declaration and what is worth a look.

    Args:
        value: Its JSON, whole.
        before: As it read before.
        stage: How far the ledger says it has come; 0 before it is registered.
        country: Of this customs.
        now: The time in seconds.

    Raises:
        DeclarationError: It has errors, or changes what may no longer be changed.
        DeclarationForeignError: It is for another country.
    """
    declaration = require_declaration(value)
    warnings = _checked(declaration, country, day_of(now))
    if declaration != before and (
        found := check_amendment(before, declaration, _fixed(stage), day_of(now))
    ):
        raise DeclarationError(found)
    return declaration, warnings


def day_of(now: int) -> date:
    """Return the day in Viet Nam."""
    return datetime.fromtimestamp(now, UTC).astimezone(_VIETNAM).date()


def _checked(declaration: Declaration, country: str, day: date) -> tuple[Finding, ...]:
    if declaration.country != country:
        raise DeclarationForeignError(declaration.country, country)
    found = check_declaration(declaration, day)
    if any(each.is_error for each in found):
        raise DeclarationError(tuple(sorted(found, key=lambda each: not each.is_error)))
    return found


def _fixed(stage: int) -> Fixed:
    if stage >= Stage.CLEARED:
        return Fixed.CLEARED
    return Fixed.CHANNELLED if stage >= Stage.CHANNELLED else Fixed.REGISTERED
