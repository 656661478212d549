"""What callers ask the book to take, checked before anything is booked."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from node.debt.errors import DebtInputError
from node.debt.model import Part, Terms

Source = tuple[str, ...]
"""A caller's key, such as (bank, payment id): the same key again has no second effect."""

AMOUNT_LIMIT: Final = 10**13
"""No single amount reaches ten trillion dong: interest of it over 80 years still fits BIGINT."""
CURRENCY: Final = "VND"
SOURCE_LIMIT: Final = 255
_LINES_LIMIT: Final = 10_000
_TAX_ID: Final = re.compile(r"[0-9]{10}(?:-[0-9]{3})?|[0-9]{12}")
_WORD: Final = re.compile(r"[A-Za-z0-9_.-]{1,32}")
_NUMBER: Final = re.compile(r"[\x21-\x7e]{1,64}")
_ORGANISATION: Final = re.compile(r"0x[0-9a-f]{64}")
_TEXT_LIMIT: Final = 2_000


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """One tax of an assessment, or one fine.

    Attributes:
        tax: Such as import_duty.
        sub_item: Code of the state budget, such as 1901.
        amount: VND, whole dong, > 0.
        part: tax or fine.
    """

    tax: str
    sub_item: str
    amount: Decimal
    part: Part = Part.TAX


@dataclass(frozen=True, slots=True)
class Charge:
    """An assessment: all that a declaration owes now.

    Attributes:
        taxpayer: Tax id: 10 digits, 10-3, or 12.
        source: The caller's key, such as ("assessment", declaration_no, "1").
        declaration_no: The declaration; for a fine, the decision's number.
        assessment: 1, 2, … per declaration; a later one replaces the sum of those before.
        lines: Everything that is owed; empty where nothing is.
        assessed_on: The day on which the first assessment counts.
        registered_on: When the declaration was registered.
        terms: When it is due.
        due_on: The last day to pay, where the decision names one; else by the terms.
        released_on: The day of release, where it is known already.
        organisation: The taxpayer's identifier in Membership, where it has one.
        currency: VND.
    """

    taxpayer: str
    source: Source
    declaration_no: str
    lines: Sequence[ChargeLine]
    assessed_on: date
    registered_on: date
    assessment: int = 1
    terms: Terms = Terms.BEFORE_RELEASE
    due_on: date | None = None
    released_on: date | None = None
    organisation: str | None = None
    currency: str = CURRENCY


@dataclass(frozen=True, slots=True)
class Credit:
    """Money that came in.

    Attributes:
        taxpayer: Tax id.
        amount: VND, whole dong, > 0.
        received_on: The day on which it counts as paid.
        source: The caller's key: (bank, payment id).
        declaration_no: What the payer names; None for none.
        currency: VND.
    """

    taxpayer: str
    amount: Decimal
    received_on: date
    source: Source
    declaration_no: str | None = None
    currency: str = CURRENCY


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A bank's guarantee of one declaration's taxes.

    Attributes:
        taxpayer: Tax id.
        declaration_no: What is guaranteed.
        guarantee: The guarantee's number.
        amount: VND, whole dong, > 0.
        granted_on: From when.
        valid_to: Last day.
        source: The caller's key.
        currency: VND.
    """

    taxpayer: str
    declaration_no: str
    guarantee: str
    amount: Decimal
    granted_on: date
    valid_to: date
    source: Source
    currency: str = CURRENCY


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that went back to the taxpayer.

    Attributes:
        taxpayer: Tax id.
        amount: VND, whole dong, > 0.
        paid_on: The day on which it counts.
        source: The caller's key.
        declaration_no: Which declaration it is named for, None for none.
        currency: VND.
    """

    taxpayer: str
    amount: Decimal
    paid_on: date
    source: Source
    declaration_no: str | None = None
    currency: str = CURRENCY


def require_taxpayer(taxpayer: str) -> None:
    """Refuse what is no tax id.

    Raises:
        DebtInputError: It is none.
    """
    if _TAX_ID.fullmatch(taxpayer) is None:
        remedy = "send 10 digits, 10 digits, a hyphen and 3 digits, or 12 digits"
        raise DebtInputError("taxpayer", "is no tax id", remedy)


def require_amount(member: str, amount: Decimal, currency: str = CURRENCY) -> int:
    """Return an amount as whole dong.

    Raises:
        DebtInputError: Another currency, not whole, not above zero, or too large.
    """
    if currency != CURRENCY:
        raise DebtInputError("currency", f"is {currency[:8]!r}", "convert to VND and send that")
    if not amount.is_finite() or amount != amount.to_integral_value():
        raise DebtInputError(member, f"{amount} is no whole dong", "round it as the law says")
    if not 0 < amount < AMOUNT_LIMIT:
        raise DebtInputError(
            member, f"{amount} is not above 0 and below {AMOUNT_LIMIT}", "send what is owed"
        )
    return int(amount)


def require_word(member: str, text: str) -> None:
    """Refuse what is no short name.

    Raises:
        DebtInputError: It is none.
    """
    if _WORD.fullmatch(text) is None:
        raise DebtInputError(member, "is no name", "send 1 to 32 of A-Z a-z 0-9 _ . -")


def require_number(member: str, text: str) -> None:
    """Refuse what is no number of a document.

    Raises:
        DebtInputError: It is none.
    """
    if _NUMBER.fullmatch(text) is None:
        raise DebtInputError(member, "is no number", "send 1 to 64 visible ASCII characters")


def require_text(member: str, text: str) -> None:
    """Refuse a text that is empty, too long, or unprintable.

    Raises:
        DebtInputError: It is.
    """
    if not text.strip() or len(text) > _TEXT_LIMIT or not text.isprintable():
        remedy = f"send 1 to {_TEXT_LIMIT} printable characters"
        raise DebtInputError(member, "is empty, too long or unprintable", remedy)


def require_organisation(organisation: str | None) -> None:
    """Refuse what is no organisation's identifier.

    Raises:
        DebtInputError: It is none.
    """
    if organisation is not None and _ORGANISATION.fullmatch(organisation) is None:
        raise DebtInputError("organisation", "is no identifier", "send 0x and 64 digits")


def source_key(source: Source) -> str:
    """Return the one text of a key.

    Raises:
        DebtInputError: A part is empty or unprintable, or it is too long.
    """
    text = json.dumps(list(source), ensure_ascii=True, separators=(",", ":"))
    usable = source and all(part and part.isprintable() for part in source)
    if not usable or len(text) > SOURCE_LIMIT:
        remedy = f"send one or more printable texts, at most {SOURCE_LIMIT} characters as JSON"
        raise DebtInputError("source", "cannot be a key", remedy)
    return text


def content_hash(kind: str, request: Any) -> str:
    """Return SHA-256 over everything a request says: 0x and 64 digits."""
    content = json.dumps([kind, asdict(request)], default=_plain, sort_keys=True)
    return "0x" + hashlib.sha256(content.encode()).hexdigest()


def check_charge(charge: Charge) -> None:
    """Refuse a charge that cannot be booked.

    Raises:
        DebtInputError: A member cannot be used.
    """
    require_taxpayer(charge.taxpayer)
    require_number("declaration_no", charge.declaration_no)
    require_organisation(charge.organisation)
    if not 1 <= charge.assessment < 1 << 16:
        raise DebtInputError("assessment", f"is {charge.assessment}", "number them from 1")
    if charge.terms is Terms.DECISION and charge.due_on is None:
        raise DebtInputError("due_on", "is missing", "name the last day of the decision")
    if len(charge.lines) > _LINES_LIMIT:
        raise DebtInputError("lines", "are too many", f"send at most {_LINES_LIMIT}")
    seen: set[tuple[str, str, str]] = set()
    for place, line in enumerate(charge.lines):
        require_word(f"lines[{place}].tax", line.tax)
        require_word(f"lines[{place}].sub_item", line.sub_item)
        require_amount(f"lines[{place}].amount", line.amount, charge.currency)
        key = (line.part.value, line.tax, line.sub_item)
        if key in seen:
            raise DebtInputError(f"lines[{place}]", "repeats a tax and sub-item", "add them up")
        seen.add(key)


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value.quantize(Decimal(1))) if value == value.to_integral_value() else str(value)
    if isinstance(value, date):
        return value.isoformat()
    raise AssertionError(value)
