"""Log lines with typed fields."""

from __future__ import annotations

import logging
from typing import Final

Field = str | int | float | bool | None

FIELDS: Final = "tradeseal_fields"
"""The attribute of a log record that holds its fields."""


def log_event(logger: logging.Logger, level: int, message: str, /, **fields: Field) -> None:
    """Log a fixed message with fields.

    Values are plain: bytes, records and documents are refused by their type, so that what an object
    holds never enters a log by way of its text.

    Args:
        logger: Whose line it is.
        level: As `logging` names them.
        message: The same words each time.
        fields: What differs, by name.
    """
    if logger.isEnabledFor(level):
        logger.log(level, message, extra={FIELDS: fields})


def fields_of(record: logging.LogRecord) -> dict[str, Field]:
    """Return the fields of a log record, none for a foreign library's."""
    found: dict[str, Field] = getattr(record, FIELDS, {})
    return found
