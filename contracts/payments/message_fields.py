"""Members of payment messages: how each is read, and what is wrong with it; pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar, cast

from contracts.errors import DocumentError
from contracts.origin.identifiers import REFERENCE

CURRENCY: Final = "VND"
AMOUNT_LIMIT: Final = 10**13
"""First amount that is refused, as in the debt book: ten trillion dong."""
SALT_SIZE: Final = 32
SIZE_LIMIT: Final = 1 << 16
LINES_LIMIT: Final = 100
_TEXT_LIMIT: Final = 200
_TIME_LIMIT: Final = 1 << 62
_AMOUNT: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_BYTES32: Final = re.compile(r"0x[0-9a-f]{64}")
_SALT: Final = re.compile(r"[0-9a-f]{64}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SUB_ITEM: Final = re.compile(r"[0-9]{4}")
_CHAPTER: Final = re.compile(r"[0-9]{3}")
_TAX_ID: Final = re.compile(r"[0-9]{10}(?:-[0-9]{3})?|[0-9]{12}")
_CODE: Final = re.compile(r"[A-Z0-9]{2,12}")
_Value = TypeVar("_Value")


class MessageFault(StrEnum):
    """What kind of fault a message has; stable."""

    MALFORMED = "payment_message_malformed"
    CURRENCY = "payment_currency"
    AMOUNT = "payment_amount_mismatch"


class PaymentMessageError(DocumentError):
    """A payment message cannot be used.

    Attributes:
        fault: Its kind.
        field: The member at fault, such as "lines[0].amount".
        problem: What is wrong with it.
        remedy: What to do.
    """

    def __init__(self, fault: MessageFault, field: str, problem: str, remedy: str) -> None:
        super().__init__(fault, field, problem, remedy)
        self.fault = fault
        self.field = field
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.field}: {self.problem}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """What is paid of one tax.

    Attributes:
        sub_item: The budget's sub-item (tiểu mục) of four digits, such as "1901".
        amount: Whole dong, more than 0.
    """

    sub_item: str
    amount: int


def malformed(field: str, problem: str, remedy: str) -> PaymentMessageError:
    """Return the error of a member that is not of its form."""
    return PaymentMessageError(MessageFault.MALFORMED, field, problem, remedy)


def require_text(field: str, value: object) -> str:
    """Return a string."""
    if not isinstance(value, str):
        raise malformed(field, "is no string", "write it as a string")
    return value


def _matching(pattern: re.Pattern[str], remedy: str) -> Callable[[str, object], str]:
    def read(field: str, value: object) -> str:
        text = require_text(field, value)
        if pattern.fullmatch(text) is None:
            raise malformed(field, f"{text[:40]!r} is not of its form", remedy)
        return text

    return read


def read_text(field: str, value: object) -> str:
    """Return a short printable text."""
    text = require_text(field, value)
    if not 0 < len(text) <= _TEXT_LIMIT or text != text.strip() or not text.isprintable():
        remedy = f"write 1 to {_TEXT_LIMIT} printable characters"
        raise malformed(field, "is no plain text", remedy)
    return text


def optional(read: Callable[[str, object], _Value]) -> Callable[[str, object], _Value | None]:
    """Return a reader that takes null, too."""
    return lambda field, value: None if value is None else read(field, value)


def read_amount(field: str, value: object) -> int:
    """Return an amount of more than 0 dong.

    Raises:
        PaymentMessageError: It is no positive whole number of dong, or too large.
    """
    text = require_text(field, value)
    if _AMOUNT.fullmatch(text) is None or not 0 < int(text) < AMOUNT_LIMIT:
        remedy = "write whole dong in digits, more than 0"
        raise malformed(field, f"{text[:40]!r} is no amount", remedy)
    return int(text)


def read_time(field: str, value: object) -> int:
    """Return a time in seconds since 1970."""
    text = require_text(field, value)
    if _AMOUNT.fullmatch(text) is None or int(text) >= _TIME_LIMIT:
        raise malformed(field, f"{text[:40]!r} is no time", "write seconds since 1970 in digits")
    return int(text)


def read_date(field: str, value: object) -> str:
    """Return a day, YYYY-MM-DD."""
    text = _DATE_TEXT(field, value)
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise malformed(field, f"{text} is no day", "write a day of the calendar") from error
    return text


def read_currency(field: str, value: object) -> str:
    """Return the currency, which is VND."""
    text = require_text(field, value)
    if text != CURRENCY:
        problem = f"{text[:10]!r} is not the currency of duties and taxes"
        raise PaymentMessageError(MessageFault.CURRENCY, field, problem, f"pay in {CURRENCY}")
    return text


def read_lines(field: str, value: object) -> tuple[PaymentLine, ...]:
    """Return lines, each sub-item once."""
    items = _list(field, value)
    found = tuple(_line(f"{field}[{place}]", item) for place, item in enumerate(items))
    codes = [line.sub_item for line in found]
    if not found or len(set(codes)) != len(codes):
        raise malformed(field, "is empty or names a sub-item twice", "give each sub-item once")
    return found


def _line(field: str, value: object) -> PaymentLine:
    members = require_members(field, value, ("sub_item", "amount"))
    sub_item = _SUB_ITEM_TEXT(f"{field}.sub_item", members["sub_item"])
    return PaymentLine(sub_item, read_amount(f"{field}.amount", members["amount"]))


def read_references(field: str, value: object) -> tuple[str, ...]:
    """Return a list of numbers."""
    items = _list(field, value)
    return tuple(read_reference(f"{field}[{place}]", item) for place, item in enumerate(items))


def _list(field: str, value: object) -> list[object]:
    if not isinstance(value, list):
        raise malformed(field, "is no list", "give a list")
    items = cast("list[object]", value)
    if len(items) > LINES_LIMIT:
        raise malformed(field, "is too long", f"give at most {LINES_LIMIT}")
    return items


def require_members(field: str, value: object, names: tuple[str, ...]) -> dict[str, object]:
    """Return the members of an object, exactly these."""
    if not isinstance(value, dict):
        raise malformed(field, "is no object", f"give {', '.join(names)}")
    members = cast("dict[str, object]", value)
    for name in names:
        if name not in members:
            raise malformed(name, f"is missing in {field}", "give it")
    for name in members.keys() - set(names):
        raise malformed(str(name)[:40], f"is no member of {field}", "leave it out")
    return members


read_bytes32 = _matching(_BYTES32, "write 0x and 64 lower-case digits")
read_salt = _matching(_SALT, "write 32 random bytes as 64 lower-case digits")
read_reference = _matching(REFERENCE, "write 1 to 35 of A-Z, 0-9 and inner . / -")
read_tax_id = _matching(_TAX_ID, "write the tax number: 10 digits, or 10-3, or 12")
read_code = _matching(_CODE, "write 2 to 12 of A-Z and 0-9")
read_chapter = _matching(_CHAPTER, "write three digits")
_DATE_TEXT = _matching(_DATE, "write YYYY-MM-DD")
_SUB_ITEM_TEXT = _matching(_SUB_ITEM, "write four digits")


def read_choice(*choices: str) -> Callable[[str, object], str]:
    """Return a reader of one of some words."""
    return _matching(re.compile("|".join(choices)), f"write {' or '.join(choices)}")
