"""What payers, banks and customs tell each other about a payment, off the ledger; pure.

A message is a JSON object of strings, lists and null. Its hash, SHA-256 of the canonical form
(RFC 8785), stands in the signed record; `salt` keeps what is guessed from being confirmed by
that hash. Amounts are whole dong as decimal strings.

Source: the payment order of the customs e-payment portal, as banks that collect for the treasury
exchange it (Circular 184/2015/TT-BTC); numbering by bank and payment id is our own.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import ClassVar, Final, Self, cast

from contracts.bundles.errors import JsonFormError
from contracts.bundles.json_text import parse_strict, write_canonical
from contracts.payments.message_fields import (
    AMOUNT_LIMIT,
    CURRENCY,
    SALT_SIZE,
    SIZE_LIMIT,
    MessageFault,
    PaymentLine,
    PaymentMessageError,
    malformed,
    optional,
    read_amount,
    read_bytes32,
    read_chapter,
    read_choice,
    read_code,
    read_currency,
    read_date,
    read_lines,
    read_reference,
    read_references,
    read_salt,
    read_tax_id,
    read_text,
    read_time,
    require_members,
)

__all__ = [
    "AMOUNT_LIMIT",
    "CURRENCY",
    "SALT_SIZE",
    "SIZE_LIMIT",
    "BankAcknowledgement",
    "CreditNotice",
    "DrawRequest",
    "GuaranteeNotice",
    "MessageFault",
    "PaymentLine",
    "PaymentMessage",
    "PaymentMessageError",
    "PaymentOrder",
    "RefundDecision",
    "ReversalNotice",
    "bank_code",
    "content_hash",
    "read_amount",
]


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
        members = require_members(cls.TYPE, value, ("type", *cls.READERS))
        if members["type"] != cls.TYPE:
            raise malformed("type", f"is not {cls.TYPE!r}", "send it where its type is taken")
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
            raise malformed(cls.TYPE, str(error), "send strict JSON without numbers") from error
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
    "pay_id": read_reference,
    "tax_id": read_tax_id,
    "payer": read_text,
    "declaration_no": read_reference,
    "declaration_date": read_date,
    "customs_code": read_code,
    "treasury_code": read_code,
    "chapter": read_chapter,
    "lines": read_lines,
    "total": read_amount,
    "currency": read_currency,
    "bank": read_bytes32,
    "value_date": read_date,
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
        "salt": read_salt,
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
        "order": optional(read_bytes32),
        "salt": read_salt,
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
        "pay_id": read_reference,
        "bank": read_bytes32,
        "order": read_bytes32,
        "answer": read_choice("accepted", "rejected"),
        "reason": optional(read_text),
        "salt": read_salt,
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
        "pay_id": read_reference,
        "bank": read_bytes32,
        "declaration_no": read_reference,
        "notice": read_bytes32,
        "total": read_amount,
        "currency": read_currency,
        "value_date": read_date,
        "reason": read_text,
        "salt": read_salt,
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
        "number": read_reference,
        "kind": read_choice("single", "general"),
        "bank": read_bytes32,
        "tax_id": read_tax_id,
        "beneficiary": read_code,
        "declaration_nos": read_references,
        "limit": read_amount,
        "currency": read_currency,
        "valid_from": read_time,
        "valid_to": read_time,
        "salt": read_salt,
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
            raise malformed("valid_to", "is not after valid_from", "give a later end")
        if len(self.declaration_nos) != (1 if self.kind == "single" else 0):
            remedy = "name one declaration for a single guarantee, none for a general one"
            raise malformed("declaration_nos", f"does not fit a {self.kind} guarantee", remedy)


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
        "number": read_reference,
        "bank": read_bytes32,
        "tax_id": read_tax_id,
        "declaration_no": read_reference,
        "total": read_amount,
        "currency": read_currency,
        "salt": read_salt,
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
        "number": read_reference,
        "tax_id": read_tax_id,
        "declaration_no": read_reference,
        "toward": optional(read_reference),
        "total": read_amount,
        "currency": read_currency,
        "reason": read_text,
        "salt": read_salt,
    }
    number: str
    tax_id: str
    declaration_no: str
    toward: str | None
    total: int
    currency: str
    reason: str
    salt: str
