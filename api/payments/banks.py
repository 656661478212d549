"""A bank's routes: its inbox, acknowledgements, credits, reversals, guarantees, statements."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query

from api.paging import Cursor, Limit, read_place, write_cursor
from api.payments.handed import read_handed, require_members
from api.payments.members import (
    Member,
    MemberRequirement,
    SignedBytes,
    SignedJson,
    allowed,
)
from api.payments.schemas import (
    Inbox,
    Item,
    Order,
    StatementResult,
    inbox_order_of,
    item_of,
    order_of,
    statement_of,
)
from api.permissions import Node
from api.schemas import Identifier, problems
from contracts.membership.keys import Role
from contracts.payments.messages import (
    BankAcknowledgement,
    CreditNotice,
    DrawRequest,
    GuaranteeNotice,
    ReversalNotice,
)
from contracts.records.catalogue import parse_signed_record
from node.payments.errors import CreditUnknownError
from node.payments.handed import Handed

Day = Annotated[str, Query(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="YYYY-MM-DD.")]
STATEMENT_PATH: Final = "/v1/payments/bank/statements"
STATEMENT_LIMIT: Final = 32 << 20
"""Some 250,000 rows of a day."""
router = APIRouter(prefix="/payments", tags=["payments"])
_BANK: Final = [Depends(MemberRequirement(Role.BANK)), Depends(allowed)]
_DRAWER: Final = [Depends(MemberRequirement(Role.BANK | Role.ENTERPRISE)), Depends(allowed)]


def _body(description: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}}}
    return {"requestBody": {"required": True, "description": description, "content": content}}


_STATEMENT: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "CSV with the header of docs/payments.md; a bad line stops no other.",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
}


@router.get("/bank/inbox", dependencies=_BANK, responses=problems(429, 503))
def inbox(node: Node, bank: Member, limit: Limit = 50, cursor: Cursor = None) -> Inbox:
    """List the payment orders to this bank; the cursor is kept even when nothing is new."""
    after = read_place("payment-inbox", cursor)
    payments = node.payments
    rows = payments.queries.inbox(bank, after, limit)
    known = payments.queries.declarations([row.declaration_no for row in rows])
    behind = rows[-1].sequence if rows else after
    return Inbox(
        items=[inbox_order_of(row, known[row.declaration_no]) for row in rows],
        next=write_cursor("payment-inbox", str(behind)),
        contract="0x" + payments.contract().hex(),
        chain_id=str(node.folder.config.evm_chain_id),
    )


@router.post(
    "/bank/acknowledgements",
    dependencies=_BANK,
    responses=problems(404, 409, 413, 415, 429),
    openapi_extra=_body("bank_acknowledgement"),
)
def acknowledge(node: Node, bank: Member, body: SignedJson) -> Order:
    """Take a bank's answer to a payment order."""
    return order_of(node.payments.orders.acknowledge(bank, BankAcknowledgement.parse(body)))


@router.post(
    "/bank/credits",
    status_code=202,
    dependencies=_BANK,
    responses=problems(404, 409, 413, 415, 429, 503),
    openapi_extra=_body("record: CreditNotify; message: credit_notice; opening"),
)
def credit(node: Node, bank: Member, body: SignedJson) -> Item:
    """Take a credit; it is countersigned and booked without a person."""
    handed, notice = read_handed(body, bank, _chain(node), CreditNotice)
    return item_of(node.payments.intake().credit(handed, notice, _now(node)))


@router.post(
    "/bank/reversals",
    status_code=202,
    dependencies=_BANK,
    responses=problems(404, 409, 413, 415, 429, 503),
    openapi_extra=_body("record: ReversalNotify; message: reversal_notice"),
)
def reversal(node: Node, bank: Member, body: SignedJson) -> Item:
    """Take that the bank takes a credit back."""
    handed, notice = read_handed(body, bank, _chain(node), ReversalNotice, opened=False)
    return item_of(node.payments.intake().reversal(handed, notice, _now(node)))


@router.post(
    "/bank/guarantees",
    status_code=202,
    dependencies=_BANK,
    responses=problems(404, 409, 413, 415, 429, 503),
    openapi_extra=_body("record: GuaranteeGrant; message: guarantee_notice; opening"),
)
def guarantee(node: Node, bank: Member, body: SignedJson) -> Item:
    """Take a guarantee."""
    handed, notice = read_handed(body, bank, _chain(node), GuaranteeNotice)
    return item_of(node.payments.intake().guarantee(handed, notice, _now(node)))


@router.post(
    "/bank/changes",
    status_code=202,
    dependencies=_BANK,
    responses=problems(404, 409, 413, 415, 429, 503),
    openapi_extra=_body("record: GuaranteeChange"),
)
def change(node: Node, bank: Member, body: SignedJson) -> Item:
    """Take a guarantee's new end."""
    members = require_members(body, {"record"})
    handed = Handed(bank, parse_signed_record(members["record"], _chain(node)))
    return item_of(node.payments.intake().change(handed, _now(node)))


@router.post(
    "/draws",
    status_code=202,
    dependencies=_DRAWER,
    responses=problems(404, 409, 413, 415, 429, 503),
    openapi_extra=_body("record: GuaranteeDraw; message: draw_request; opening"),
)
def draw(node: Node, member: Member, body: SignedJson) -> Item:
    """Take a request that a guarantee cover a declaration, of a bank or an enterprise."""
    handed, request = read_handed(body, member, _chain(node), DrawRequest)
    return item_of(node.payments.intake().draw(handed, request, _now(node)))


@router.get("/items/{digest}", dependencies=_DRAWER, responses=problems(404, 429))
def item(node: Node, member: Member, digest: Identifier) -> Item:
    """Tell what became of something that the asking member handed in."""
    found = node.payments.queries.item(digest)
    if found is None or found.organisation != member:
        raise CreditUnknownError(digest)
    return item_of(found)


@router.post(
    "/bank/statements",
    dependencies=_BANK,
    responses=problems(413, 429),
    openapi_extra=_STATEMENT,
)
def statement(node: Node, bank: Member, day: Day, body: SignedBytes) -> StatementResult:
    """Take the bank's statement of a day, and reconcile it."""
    return statement_of(node.payments.statements.reconcile(bank, day, body, _now(node)))


def _chain(node: Node) -> int:
    return node.folder.config.evm_chain_id


def _now(node: Node) -> int:
    return int(node.clock().timestamp())
