"""What times a member may state: within calendars, and where they can be true."""

from typing import Final

from node.payments.booking import day_of
from node.payments.errors import RecordUnfitError

TIME_LIMIT: Final = 1 << 37
"""First second that is refused, in the year 6325: calendars reach so far in every time zone."""
LONGEST_LIFE_SECONDS: Final = 31 * 86_400
"""A record that lapses later than this would have to be waited for too long."""
CLOCK_SKEW_SECONDS: Final = 300
_MARGIN_SECONDS: Final = 60
"""A record that lapses sooner may be refused before it is final."""


def require_expiry(expires: int, now: int) -> None:
    """Refuse a record that lapses too soon or too late.

    Args:
        expires: When it lapses, seconds since 1970.
        now: Seconds since 1970.

    Raises:
        RecordUnfitError: It does.
    """
    if expires <= now + _MARGIN_SECONDS:
        raise RecordUnfitError("it lapses before it can be final")
    if expires > now + LONGEST_LIFE_SECONDS:
        raise RecordUnfitError("it lapses more than 31 days ahead")


def require_end(valid_to: int) -> None:
    """Refuse a guarantee's end that no calendar has.

    Raises:
        RecordUnfitError: It is too far ahead.
    """
    if valid_to >= TIME_LIMIT:
        raise RecordUnfitError("valid_to is past the year 6324")


def require_credited(credited_at: int, registered_at: int, now: int) -> None:
    """Refuse a credit of a day on which there was no declaration to pay, or that is to come.

    An earlier day would take interest back that has accrued.

    Args:
        credited_at: When the bank credited the treasury, seconds since 1970.
        registered_at: When the declaration was registered, seconds since 1970.
        now: Seconds since 1970.

    Raises:
        RecordUnfitError: It is.
    """
    if credited_at > now + CLOCK_SKEW_SECONDS:
        raise RecordUnfitError("credited_at is in the future")
    if day_of(credited_at) < day_of(registered_at):
        raise RecordUnfitError("credited_at is before the declaration was registered")
