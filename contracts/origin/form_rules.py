"""What the dated constants say of one certificate; pure."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from contracts.origin.rules import FormRules, ValueRow, form_rules
from contracts.origin.rules.national import national_rules
from contracts.origin.rules.tables import ANY

_MONTHS_OF_YEAR: Final = 12
_LAST_CERTAIN_DAY: Final = 28
_NO_EXPIRY: Final = date(9999, 1, 1)
_VALUE_CONTENTS: Final = ("%", "RVC", "LVC", "QVC")


def expiry_date(form: str, certified: date) -> date:
    """Return the first day on which a certificate is no longer valid.

    Args:
        form: Short name of the form.
        certified: Day of issue.

    Raises:
        FormError: The form had no rules on that day.

    Source: ATIGA, Annex 8, Rule 15 (twelve months from the date of issue), and its
        like in the other agreements; the data names them.
    """
    validity = form_rules(form, certified).validity_months
    if validity is None:
        return _NO_EXPIRY
    return add_months(certified, validity)


def add_months(day: date, count: int) -> date:
    """Return the day of the same number months later, or the last one before it."""
    months = day.month - 1 + count
    year, month = day.year + months // _MONTHS_OF_YEAR, months % _MONTHS_OF_YEAR + 1
    number = day.day
    while number > _LAST_CERTAIN_DAY and not _exists(year, month, number):
        number -= 1
    return date(year, month, number)


def fob_required(rules: FormRules, exporter: str, importer: str, criterion: str) -> ValueRow | None:
    """Return the row by which the value of an item must be given; None where none does.

    Rows that no text confirms come last, so that a verified one is found first.

    Args:
        rules: The form's constants on the day of issue.
        exporter: Issuing country.
        importer: Importing country.
        criterion: Origin criterion of the item.
    """
    for row in sorted(rules.value_rows, key=lambda row: not row.is_verified):
        if (
            row.exporter in {ANY, exporter}
            and row.importer in {ANY, importer}
            and (row.criterion == ANY or counts_value(criterion))
        ):
            return row
    return None


def last_claim_day(rules: FormRules, registered: date) -> date:
    """Return the last day on which preference may be claimed for goods already declared.

    Args:
        rules: The form's constants.
        registered: Day on which the import declaration was registered.
    """
    return registered + timedelta(days=rules.claim_days)


def keep_records_until(rules: FormRules, country: str, day: date) -> date:
    """Return the first day on which papers of a certificate may be destroyed.

    The longer of what the agreement and the country's law ask for counts.

    Args:
        rules: The form's constants.
        country: Country of who keeps them.
        day: Day of issue, or of import.
    """
    national = national_rules(country, day).record_years or 0
    return add_months(day, _MONTHS_OF_YEAR * max(rules.record_years, national))


def is_waived(rules: FormRules, value: Decimal, currency: str) -> bool:
    """Say whether a consignment needs no certificate, for its small value.

    Args:
        rules: The form's constants.
        value: Value of the whole consignment, on the agreement's basis.
        currency: Its currency; another than the rule's is never waived.
    """
    limit = rules.waiver_amount
    return limit is not None and currency == rules.waiver_currency and value <= limit


def counts_value(criterion: str) -> bool:
    """Say whether a criterion rests on a value content."""
    return any(mark in criterion for mark in _VALUE_CONTENTS)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
