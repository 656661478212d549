"""What payers, banks and customs tell each other about a payment, off the ledger; pure.

A message is a JSON object of strings, lists and null. Its hash, SHA-256 of the canonical form
(RFC 8785), stands in the signed record; `salt` keeps what is guessed from being confirmed by
that hash. Amounts are whole dong as decimal strings.

Source: DOMAIN.md, E5 (fields of a payment order and its numbering by bank and payment id).
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import ClassVar, Final, Self, TypeVar, cast

from contracts.bundles.errors import JsonFormError
from contracts.bundles.json_text import parse_strict, write_canonical
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


def _malformed(field: str, problem: str, remedy: str) -> PaymentMessageError:
    return PaymentMessageError(MessageFault.MALFORMED, field, problem, remedy)


def _text(field: str, value: object) -> str:
    if not isinstance(value, str):
        raise _malformed(field, "is no string", "write it as a string")
    return value


def _matching(pattern: re.Pattern[str], remedy: str) -> Callable[[str, object], str]:
    def read(field: str, value: object) -> str:
        text = _text(field, value)
        if pattern.fullmatch(text) is None:
            raise _malformed(field, f"{text[:40]!r} is not of its form", remedy)
        return text

    return read


def _free(field: str, value: object) -> str:
    text = _text(field, value)
    if not 0 < len(text) <= _TEXT_LIMIT or text != text.strip() or not text.isprintable():
        remedy = f"write 1 to {_TEXT_LIMIT} printable characters"
        raise _malformed(field, "is no plain text", remedy)
    return text


def _optional(read: Callable[[str, object], _Value]) -> Callable[[str, object], _Value | None]:
    return lambda field, value: None if value is None else read(field, value)


def read_amount(field: str, value: object) -> int:
    """Return an amount of more than 0 dong.

    Raises:
        PaymentMessageError: It is no positive whole number of dong, or too large.
    """
    text = _text(field, value)
    if _AMOUNT.fullmatch(text) is None or not 0 < int(text) < AMOUNT_LIMIT:
        remedy = "write whole dong in digits, more than 0"
        raise _malformed(field, f"{text[:40]!r} is no amount", remedy)
    return int(text)


def _time(field: str, value: object) -> int:
    text = _text(field, value)
    if _AMOUNT.fullmatch(text) is None or int(text) >= _TIME_LIMIT:
        raise _malformed(field, f"{text[:40]!r} is no time", "write seconds since 1970 in digits")
    return int(text)


def _date(field: str, value: object) -> str:
    text = _DATE_TEXT(field, value)
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise _malformed(field, f"{text} is no day", "write a day of the calendar") from error
    return text


def _currency(field: str, value: object) -> str:
    text = _text(field, value)
    if text != CURRENCY:
        problem = f"{text[:10]!r} is not the currency of duties and taxes"
        raise PaymentMessageError(MessageFault.CURRENCY, field, problem, f"pay in {CURRENCY}")
    return text


def _lines(field: str, value: object) -> tuple[PaymentLine, ...]:
    items = _list(field, value)
    found = tuple(_line(f"{field}[{place}]", item) for place, item in enumerate(items))
    codes = [line.sub_item for line in found]
    if not found or len(set(codes)) != len(codes):
        raise _malformed(field, "is empty or names a sub-item twice", "give each sub-item once")
    return found


def _line(field: str, value: object) -> PaymentLine:
    members = _members(field, value, ("sub_item", "amount"))
    sub_item = _SUB_ITEM_TEXT(f"{field}.sub_item", members["sub_item"])
    return PaymentLine(sub_item, read_amount(f"{field}.amount", members["amount"]))


def _references(field: str, value: object) -> tuple[str, ...]:
    items = _list(field, value)
    return tuple(_reference(f"{field}[{place}]", item) for place, item in enumerate(items))


def _list(field: str, value: object) -> list[object]:
    if not isinstance(value, list):
        raise _malformed(field, "is no list", "give a list")
    items = cast("list[object]", value)
    if len(items) > LINES_LIMIT:
        raise _malformed(field, "is too long", f"give at most {LINES_LIMIT}")
    return items


def _members(field: str, value: object, names: tuple[str, ...]) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _malformed(field, "is no object", f"give {', '.join(names)}")
    members = cast("dict[str, object]", value)
    for name in names:
        if name not in members:
            raise _malformed(name, f"is missing in {field}", "give it")
    for name in members.keys() - set(names):
        raise _malformed(str(name)[:40], f"is no member of {field}", "leave it out")
    return members


_bytes32 = _matching(_BYTES32, "write 0x and 64 lower-case digits")
_salt = _matching(_SALT, "write 32 random bytes as 64 lower-case digits")
_reference = _matching(REFERENCE, "write 1 to 35 of A-Z, 0-9 and inner . / -")
_tax_id = _matching(_TAX_ID, "write the tax number: 10 digits, or 10-3, or 12")
_code = _matching(_CODE, "write 2 to 12 of A-Z and 0-9")
_chapter = _matching(_CHAPTER, "write three digits")
_DATE_TEXT = _matching(_DATE, "write YYYY-MM-DD")
_SUB_ITEM_TEXT = _matching(_SUB_ITEM, "write four digits")


def _choice(*choices: str) -> Callable[[str, object], str]:
    return _matching(re.compile("|".join(choices)), f"write {' or '.join(choices)}")


class PaymentMessage:
    """Base of the messages: one JSON form, one hash.

    Attributes:
        TYPE: The member `type`.
        READERS: How each member is read.
    """

    __slots__ = ()
    TYPE: ClassVar[str]
    READERS: ClassVar[Mapping[str, Callable[[str, object], object]]]

    @classmethod
    def parse(cls, value: object) -> Self:
        """Return the message that a JSON value states.

        Raises:
            PaymentMessageError: A member is missing, unknown or not of its form; another
                currency; lines that do not add up.
        """
        members = _members(cls.TYPE, value, ("type", *cls.READERS))
        if members["type"] != cls.TYPE:
            raise _malformed("type", f"is not {cls.TYPE!r}", "send it where its type is taken")
        values = {name: read(name, members[name]) for name, read in cls.READERS.items()}
        return cls(**values)

    @classmethod
    def parse_text(cls, content: bytes) -> Self:
        """Return the message that a file holds.

        Raises:
            PaymentMessageError: It is no strict JSON, or no such message.
        """
        try:
            value = parse_strict(content, SIZE_LIMIT)
        except JsonFormError as error:
            raise _malformed(cls.TYPE, str(error), "send strict JSON without numbers") from error
        return cls.parse(value)

    def to_json(self) -> dict[str, object]:
        """Return the message as a JSON object."""
        found: dict[str, object] = {"type": self.TYPE}
        for name in self.READERS:
            found[name] = _written(getattr(self, name))
        return found

    def to_bytes(self) -> bytes:
        """Return its canonical form."""
        return write_canonical(self.to_json())


def content_hash(message: PaymentMessage) -> bytes:
    """Return what a record commits to of a message: SHA-256 of its canonical form."""
    return hashlib.sha256(message.to_bytes()).digest()


def bank_code(organisation: str) -> str:
    """Return the name of a bank in its identifiers: the first half of its organisation's, upper.

    It follows from the organisation, so that no bank states one payment under two names.

    Args:
        organisation: 0x and 64 digits.
    """
    return organisation[2:34].upper()


def _written(value: object) -> object:
    if isinstance(value, tuple):
        return [_written(item) for item in cast("tuple[object, ...]", value)]
    if isinstance(value, PaymentLine):
        return {each.name: _written(getattr(value, each.name)) for each in fields(value)}
    return str(value) if isinstance(value, int) else value


def _require_sum(lines: tuple[PaymentLine, ...], total: int) -> None:
    added = sum(line.amount for line in lines)
    if added != total:
        problem = f"{total} is not what the lines add up to, {added}"
        raise PaymentMessageError(MessageFault.AMOUNT, "total", problem, "correct lines or total")


_PAYMENT: Final[Mapping[str, Callable[[str, object], object]]] = {
    "pay_id": _reference,
    "tax_id": _tax_id,
    "payer": _free,
    "declaration_no": _reference,
    "declaration_date": _date,
    "customs_code": _code,
    "treasury_code": _code,
    "chapter": _chapter,
    "lines": _lines,
    "total": read_amount,
    "currency": _currency,
    "bank": _bytes32,
    "value_date": _date,
}


@dataclass(frozen=True, slots=True)
class PaymentOrder(PaymentMessage):
    """A payer asks a bank to pay duties and taxes of a declaration.

    Attributes:
        pay_id: The payer's name for the payment, once for a bank.
        tax_id: Whose taxes are paid.
        payer: Who pays.
        declaration_no: The declaration's number.
        declaration_date: The day it was registered.
        customs_code: The customs office.
        treasury_code: The treasury that is credited.
        chapter: The budget's chapter.
        lines: What is paid of each tax.
        total: Their sum in dong.
        currency: VND.
        bank: The bank's organisation.
        value_date: When it is to be paid.
        salt: 32 random bytes in hexadecimal.
    """

    TYPE: ClassVar[str] = "payment_order"
    READERS: ClassVar[Mapping[str, Callable[[str, object], object]]] = {
        **_PAYMENT,
        "salt": _salt,
    }
    pay_id: str
    tax_id: str
    payer: str
    declaration_no: str
    declaration_date: str
    customs_code: str
    treasury_code: str
    chapter: str
    lines: tuple[PaymentLine, ...]
    total: int
    currency: str
    bank: str
    value_date: str
    salt: str

    def __post_init__(self) -> None:
        """Refuse lines that do not add up."""
        _require_sum(self.lines, self.total)


@dataclass(frozen=True, slots=True)
class CreditNotice(PaymentMessage):
    """A bank states that it credited the treasury; members as in `PaymentOrder`.

    Attributes:
        order: `content_hash` of the payment order, None for money that came without one.
    """

    TYPE: ClassVar[str] = "credit_notice"
    READERS: ClassVar[Mapping[str, Callable[[str, object], object]]] = {
        **_PAYMENT,
        "order": _optional(_bytes32),
        "salt": _salt,
    }
    pay_id: str
    tax_id: str
    payer: str
    declaration_no: str
    declaration_date: str
    customs_code: str
    treasury_code: str
    chapter: str
    lines: tuple[PaymentLine, ...]
    total: int
    currency: str
    bank: str
    value_date: str
    order: str | None
    salt: str

    def __post_init__(self) -> None:
        """Refuse lines that do not add up."""
        _require_sum(self.lines, self.total)


@dataclass(frozen=True, slots=True)
class BankAcknowledgement(PaymentMessage):
    """A bank answers a payment order before it pays.

    Attributes:
        pay_id: The order's.
        bank: The bank's organisation.
        order: `content_hash` of the order.
        answer: "accepted" or "rejected".
        reason: Why it is rejected.
        salt: 32 random bytes in hexadecimal.
    """

    TYPE: ClassVar[str] = "bank_acknowledgement"
    READERS: ClassVar[Mapping[str, Callable[[str, object], object]]] = {
        "pay_id": _reference,
        "bank": _bytes32,
        "order": _bytes32,
        "answer": _choice("accepted", "rejected"),
        "reason": _optional(_free),
        "salt": _salt,
    }
    pay_id: str
    bank: str
    order: str
    answer: str
    reason: str | None
    salt: str


@dataclass(frozen=True, slots=True)
class ReversalNotice(PaymentMessage):
    """A bank takes a credit back.

    Attributes:
        pay_id: The credit's.
        bank: The bank's organisation.
        declaration_no: The credit's declaration.
        notice: Digest of the credit's `CreditNotify`.
        total: The credit's amount.
        currency: VND.
        value_date: When the treasury's account was debited.
        reason: Why.
        salt: 32 random bytes in hexadecimal.
    """

    TYPE: ClassVar[str] = "reversal_notice"
    READERS: ClassVar[Mapping[str, Callable[[str, object], object]]] = {
        "pay_id": _reference,
        "bank": _bytes32,
        "declaration_no": _reference,
        "notice": _bytes32,
        "total": read_amount,
        "currency": _currency,
        "value_date": _date,
        "reason": _free,
        "salt": _salt,
    }
    pay_id: str
    bank: str
    declaration_no: str
    notice: str
    total: int
    currency: str
    value_date: str
    reason: str
    salt: str


@dataclass(frozen=True, slots=True)
class GuaranteeNotice(PaymentMessage):
    """A bank guarantees a taxpayer's duties and taxes.

    Attributes:
        number: The guarantee's number, once for a bank.
        kind: "single" or "general".
        bank: The bank's organisation.
        tax_id: The taxpayer whose dues it guarantees.
        beneficiary: The customs office.
        declaration_nos: One for a single guarantee, none for a general one.
        limit: Whole dong.
        currency: VND.
        valid_from: First second of its validity, since 1970 UTC.
        valid_to: First second after it.
        salt: 32 random bytes in hexadecimal.
    """

    TYPE: ClassVar[str] = "guarantee_notice"
    READERS: ClassVar[Mapping[str, Callable[[str, object], object]]] = {
        "number": _reference,
        "kind": _choice("single", "general"),
        "bank": _bytes32,
        "tax_id": _tax_id,
        "beneficiary": _code,
        "declaration_nos": _references,
        "limit": read_amount,
        "currency": _currency,
        "valid_from": _time,
        "valid_to": _time,
        "salt": _salt,
    }
    number: str
    kind: str
    bank: str
    tax_id: str
    beneficiary: str
    declaration_nos: tuple[str, ...]
    limit: int
    currency: str
    valid_from: int
    valid_to: int
    salt: str

    def __post_init__(self) -> None:
        """Refuse an empty validity, and declarations that do not fit the kind."""
        if self.valid_from >= self.valid_to:
            raise _malformed("valid_to", "is not after valid_from", "give a later end")
        if len(self.declaration_nos) != (1 if self.kind == "single" else 0):
            remedy = "name one declaration for a single guarantee, none for a general one"
            raise _malformed("declaration_nos", f"does not fit a {self.kind} guarantee", remedy)


@dataclass(frozen=True, slots=True)
class DrawRequest(PaymentMessage):
    """A taxpayer or its bank asks that a guarantee cover a declaration.

    Attributes:
        number: The guarantee's number.
        bank: The guarantee's bank.
        tax_id: The taxpayer.
        declaration_no: The declaration.
        total: What is to be covered, whole dong.
        currency: VND.
        salt: 32 random bytes in hexadecimal.
    """

    TYPE: ClassVar[str] = "draw_request"
    READERS: ClassVar[Mapping[str, Callable[[str, object], object]]] = {
        "number": _reference,
        "bank": _bytes32,
        "tax_id": _tax_id,
        "declaration_no": _reference,
        "total": read_amount,
        "currency": _currency,
        "salt": _salt,
    }
    number: str
    bank: str
    tax_id: str
    declaration_no: str
    total: int
    currency: str
    salt: str


@dataclass(frozen=True, slots=True)
class RefundDecision(PaymentMessage):
    """Customs pays back what is paid too much, or turns it toward another declaration.

    Attributes:
        number: The refund's number.
        tax_id: The taxpayer.
        declaration_no: The declaration on which too much is paid.
        toward: The declaration that the money is turned toward, None where it is paid out.
        total: Whole dong.
        currency: VND.
        reason: Why.
        salt: 32 random bytes in hexadecimal.
    """

    TYPE: ClassVar[str] = "refund_decision"
    READERS: ClassVar[Mapping[str, Callable[[str, object], object]]] = {
        "number": _reference,
        "tax_id": _tax_id,
        "declaration_no": _reference,
        "toward": _optional(_reference),
        "total": read_amount,
        "currency": _currency,
        "reason": _free,
        "salt": _salt,
    }
    number: str
    tax_id: str
    declaration_no: str
    toward: str | None
    total: int
    currency: str
    reason: str
    salt: str
