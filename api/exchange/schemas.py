"""Schemas of the exchange between administrations."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from api.origin.schemas import CertificateSummary, summary_of
from api.schemas import Bytes32, Model, Time, time_text
from contracts.documents.encoding import parse_object
from contracts.errors import PresentationError
from node.exchange.queries import Receipt
from node.origin.tables import CertificateRow, Exchange


class Box(StrEnum):
    """What an inbox is asked for."""

    WAITING = "waiting"
    RECEIVED = "received"
    FAILED = "failed"


STATES: Final = {
    Box.WAITING: (Exchange.SENT, Exchange.ACKNOWLEDGED),
    Box.RECEIVED: (Exchange.RECEIVED,),
    Box.FAILED: (Exchange.FAILED,),
}


class Finding(Model):
    """What is wrong with a document."""

    code: str = Field(examples=["COO_EXPIRED"])
    field: str = Field(examples=["certification.date"])
    vi: str
    en: str


class ReceiptState(Model):
    """How far this node's own answer has come."""

    transmission: Bytes32
    state: str = Field(examples=["waiting"])
    attempts: int = Field(description="Fruitless attempts to get the document.")
    next_at: Time | None
    problem: str | None = Field(description="Why it waits.")
    findings: list[Finding]
    salt: Bytes32 | None = Field(description="Opens the reason's hash, where it was refused.")


class Incoming(Model):
    """A certificate that another administration sent."""

    certificate: CertificateSummary
    receipt: ReceiptState | None = Field(description="Null where officers answer by hand.")


class Inbox(Model):
    """Some certificates that other administrations sent."""

    items: list[Incoming]
    next: str | None = Field(description="Cursor of the next page, null on the last.")


class Refusal(Model):
    """What the other side sent of its refusal; its salted hash stands on the ledger."""

    codes: list[str] = Field(examples=[["COO_EXPIRED"]])
    salt: Bytes32 | None


class Outgoing(Model):
    """A certificate of this side, and what the other side said of it."""

    certificate: CertificateSummary
    refusal: Refusal | None


class Sent(Model):
    """Some certificates of this side."""

    items: list[Outgoing]
    next: str | None = Field(description="Cursor of the next page, null on the last.")


def incoming_of(row: CertificateRow, receipt: Receipt | None) -> Incoming:
    """Return the schema of what came in."""
    return Incoming(
        certificate=summary_of(row), receipt=None if receipt is None else _receipt_of(receipt)
    )


def outgoing_of(row: CertificateRow, refusal: str | None) -> Outgoing:
    """Return the schema of what went out."""
    return Outgoing(
        certificate=summary_of(row), refusal=None if refusal is None else _refusal_of(refusal)
    )


def _receipt_of(receipt: Receipt) -> ReceiptState:
    return ReceiptState(
        transmission=receipt.transmission,
        state=receipt.state,
        attempts=receipt.attempts,
        next_at=time_text(receipt.next_at),
        problem=receipt.problem,
        findings=[Finding(**finding) for finding in receipt.findings],
        salt=receipt.salt,
    )


def _refusal_of(text: str) -> Refusal | None:
    # From outside: what cannot be read is not shown.
    try:
        value = parse_object(text.encode(), "refusal")
    except PresentationError:
        return None
    if not isinstance(value.get("codes"), list):
        return None
    salt = value.get("salt")
    return Refusal(
        codes=[str(code)[:80] for code in value["codes"][:100]],
        salt=salt if isinstance(salt, str) and len(salt) == _BYTES32_SIZE else None,
    )


_BYTES32_SIZE: Final = 66
