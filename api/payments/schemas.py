"""Schemas of payments; amounts are whole dong as decimal strings."""

import json
from typing import Any

from pydantic import Field

from api.schemas import Bytes32, Model, Time, time_text
from contracts.payments.records import AssessmentKind, GuaranteeKind
from node.payments.queries import OBSTACLE_TEXTS, Standing
from node.payments.statements import Reconciled
from node.payments.tables import (
    PaymentBreak,
    PaymentDeclaration,
    PaymentGuarantee,
    PaymentItem,
    PaymentOrderRow,
)

Amount = str


class Order(Model):
    """A payment order, and how far it has come."""

    pay_id: str
    bank: Bytes32
    declaration_no: str
    total: Amount
    order: Bytes32 = Field(description="Hash of the order, which the bank's messages name.")
    state: str = Field(examples=["open"], description="open, accepted, rejected or credited.")
    received_at: Time | None
    reason: str | None = Field(description="Why the bank rejected it.")


class InboxOrder(Model):
    """A payment order as its bank gets it, with what its credit must be signed for."""

    order: dict[str, Any] = Field(description="The payer's order.")
    hash: Bytes32
    state: str
    object: Bytes32 = Field(description="The declaration on the ledger.")
    assessment: Bytes32 = Field(description="Digest of the latest assessment.")
    payable: bool = Field(description="Whether anything is due.")


class Inbox(Model):
    """Some payment orders of a bank."""

    items: list[InboxOrder]
    next: str = Field(description="Cursor behind the last order; ask again with it.")
    contract: str = Field(description="The contract that records are signed for.")
    chain_id: str


class Item(Model):
    """Something that was handed in, and what became of it."""

    digest: Bytes32
    kind: str = Field(examples=["credit"])
    organisation: Bytes32
    reference: str = Field(description="Payment id, guarantee number or refund number.")
    declaration_no: str | None
    total: Amount
    state: str = Field(examples=["done"])
    code: str | None = Field(description="Why it was refused.", examples=["assessment_superseded"])
    detail: str | None
    received_at: Time | None
    decided_at: Time | None


class Items(Model):
    """Some of what was handed in."""

    items: list[Item]
    next: str | None


class Reason(Model):
    """Why a declaration is not settled."""

    code: str = Field(examples=["unpaid"])
    vi: str
    en: str


class Settlement(Model):
    """How a declaration stands, as this office has opened it."""

    declaration_no: str
    object: Bytes32
    taxpayer: str
    amendment: int
    sequence: int
    assessment: Bytes32 | None
    kind: str | None = Field(examples=["final"])
    total: Amount
    paid: Amount
    covered: Amount
    missing: Amount
    surplus: Amount = Field(description="Paid too much: the taxpayer's credit.")
    settled: bool
    reasons: list[Reason]
    orders: list[Order]
    items: list[Item]


class Guarantee(Model):
    """A guarantee, and how far it is drawn."""

    object: Bytes32
    bank: Bytes32
    number: str
    kind: str = Field(examples=["general"])
    taxpayer: str
    declaration_no: str | None
    limit: Amount
    drawn: Amount
    remaining: Amount
    valid_from: Time | None
    valid_to: Time | None


class Guarantees(Model):
    """Some guarantees."""

    items: list[Guarantee]
    next: str | None


class Break(Model):
    """What a bank's statement and the booked credits do not agree on."""

    number: int
    bank: Bytes32
    day: str
    kind: str = Field(examples=["MISSING_AT_CUSTOMS"])
    pay_id: str
    detail: dict[str, Any]
    due: str
    cleared_by: str | None
    note: str | None


class Breaks(Model):
    """Some breaks."""

    items: list[Break]
    next: str | None


class BadRow(Model):
    """A line of a statement that could not be read."""

    line: int = Field(examples=[7], description="From 1, the header included.")
    column: str = Field(examples=["amount"], description="Empty for the whole line.")
    problem: str


class StatementResult(Model):
    """What the reconciliation of a bank's statement found."""

    bank: Bytes32
    day: str
    rows: int
    matched: int
    breaks: int
    bad: int = Field(description="Lines that could not be read; the others were reconciled.")
    bad_rows: list[BadRow] = Field(description="The first of them.")


class Assessing(Model):
    """An assessment that is to be put on the ledger."""

    assessment: dict[str, Any] = Field(description="tradeseal-assessment/1.")
    registered_at: int = Field(ge=0, le=1 << 40, description="Seconds since 1970.")
    customs_code: str = Field(pattern=r"^[A-Z0-9]{2,12}$")
    declarant: Bytes32 | None = None
    salt: str = Field(pattern=r"^[0-9a-f]{64}$")
    by_officer: bool = Field(default=False, description="An officer signs; else the clerk does.")


class Amending(Model):
    """A declaration was amended."""

    declaration_no: str = Field(max_length=35)
    amendment: int = Field(ge=1, le=9_999)


class Clearing(Model):
    """How a break was cleared."""

    note: str = Field(min_length=1, max_length=500)


class PreparedAssessment(Model):
    """An assessment; with the record that an officer signs, where one is to."""

    item: Item
    record: dict[str, Any] | None = Field(description="Signed record without its signature.")
    digest: Bytes32 | None


def order_of(row: PaymentOrderRow) -> Order:
    """Return the schema of an order."""
    answer = json.loads(row.answer) if row.answer else {}
    return Order(
        pay_id=row.pay_id,
        bank=row.bank,
        declaration_no=row.declaration_no,
        total=str(row.total),
        order=row.content_hash,
        state=str(row.state),
        received_at=time_text(row.received_at),
        reason=answer.get("reason"),
    )


def inbox_order_of(row: PaymentOrderRow, declaration: PaymentDeclaration) -> InboxOrder:
    """Return the schema of an order for its bank."""
    return InboxOrder(
        order=json.loads(row.content),
        hash=row.content_hash,
        state=str(row.state),
        object=declaration.object_id,
        assessment=declaration.assessment or "",
        payable=declaration.kind in {AssessmentKind.PROVISIONAL, AssessmentKind.FINAL},
    )


def item_of(row: PaymentItem) -> Item:
    """Return the schema of an item."""
    return Item(
        digest=row.name,
        kind=str(row.kind),
        organisation=row.organisation,
        reference=row.reference,
        declaration_no=row.declaration_no,
        total=str(row.amount),
        state=str(row.state),
        code=row.code,
        detail=row.detail,
        received_at=time_text(row.received_at),
        decided_at=None if row.decided_at is None else time_text(row.decided_at),
    )


def settlement_of(standing: Standing) -> Settlement:
    """Return the schema of how a declaration stands."""
    row = standing.declaration
    reasons = [
        Reason(code=str(each), vi=OBSTACLE_TEXTS[each][0], en=OBSTACLE_TEXTS[each][1])
        for each in standing.obstacles
    ]
    return Settlement(
        declaration_no=row.declaration_no,
        object=row.object_id,
        taxpayer=row.taxpayer,
        amendment=row.amendment,
        sequence=row.sequence,
        assessment=row.assessment,
        kind=AssessmentKind(row.kind).name.lower() if row.kind else None,
        total=str(row.total),
        paid=str(row.paid),
        covered=str(row.covered),
        missing=str(standing.missing),
        surplus=str(standing.surplus),
        settled=not reasons,
        reasons=reasons,
        orders=[order_of(each) for each in standing.orders],
        items=[item_of(each) for each in standing.items],
    )


def guarantee_of(row: PaymentGuarantee) -> Guarantee:
    """Return the schema of a guarantee."""
    return Guarantee(
        object=row.object_id,
        bank=row.bank,
        number=row.number,
        kind=GuaranteeKind(row.kind).name.lower(),
        taxpayer=row.taxpayer,
        declaration_no=row.declaration_no,
        limit=str(row.limit),
        drawn=str(row.drawn),
        remaining=str(row.limit - row.drawn),
        valid_from=time_text(row.valid_from),
        valid_to=time_text(row.valid_to),
    )


def break_of(row: PaymentBreak) -> Break:
    """Return the schema of a break."""
    return Break(
        number=row.sequence,
        bank=row.bank,
        day=row.day,
        kind=row.kind,
        pay_id=row.pay_id,
        detail=json.loads(row.detail),
        due=row.due,
        cleared_by=row.cleared_by,
        note=row.note,
    )


def statement_of(found: Reconciled) -> StatementResult:
    """Return the schema of a reconciled statement."""
    row = found.statement
    return StatementResult(
        bank=row.bank,
        day=row.day,
        rows=row.rows,
        matched=row.matched,
        breaks=found.breaks,
        bad=found.bad,
        bad_rows=[
            BadRow(line=bad.line, column=bad.column, problem=bad.problem) for bad in found.bad_rows
        ],
    )
