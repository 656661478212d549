"""Payers' and officers' routes: orders, settlement, assessments, credits, guarantees, breaks."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path

from api.bodies import described_by, parse_model, read_json_body
from api.paging import Cursor, Limit, read_cursor, read_place, write_cursor
from api.payments.members import Payer, PayerRequirement, SignedJson, allowed
from api.payments.schemas import (
    Amending,
    Assessing,
    Break,
    Breaks,
    Clearing,
    Guarantees,
    Item,
    Items,
    Order,
    PreparedAssessment,
    Settlement,
    break_of,
    guarantee_of,
    item_of,
    order_of,
    settlement_of,
)
from api.permissions import Node, Permission, RequiredCaller, Requirement
from api.schemas import Identifier, problems
from api.tokens import Caller
from contracts.payments.messages import PaymentOrder, RefundDecision
from contracts.records.catalogue import parse_signed_record
from contracts.records.record import RecordDomain
from node.payments.customs import Registration
from node.payments.errors import OfficeClosedError
from node.payments.tables import ItemKind, ItemState

DeclarationNo = Annotated[str, Path(pattern=r"^[A-Z0-9][A-Z0-9./-]{0,34}$")]
router = APIRouter(prefix="/payments", tags=["payments"])
Reader = Annotated[object, Depends(Requirement(Permission.PAYMENTS_READ))]
Decider = Annotated[Caller, Depends(RequiredCaller(Permission.PAYMENTS_DECIDE))]
Body = Annotated[object, Depends(read_json_body)]
_PAYER: Final = [Depends(PayerRequirement()), Depends(allowed)]
_MONEY: Final = (ItemKind.CREDIT, ItemKind.REVERSAL, ItemKind.REFUND, ItemKind.TURNED)


@router.post("/orders", status_code=201, dependencies=_PAYER, responses=problems(404, 409, 413))
def order(node: Node, payer: Payer, body: SignedJson) -> Order:
    """Take a payment order; the same bank, payment id and content again is the same order."""
    if not node.payments.is_open:
        raise OfficeClosedError
    wanted = PaymentOrder.parse(body)
    return order_of(node.payments.orders.order(wanted, payer, _now(node)))


@router.get("/declarations/{declaration_no}", dependencies=_PAYER, responses=problems(404))
def declaration(node: Node, payer: Payer, declaration_no: DeclarationNo) -> Settlement:
    """Tell how a declaration stands, and why it is not settled."""
    return settlement_of(node.payments.queries.standing(declaration_no, _now(node), payer))


@router.post(
    "/assessments",
    status_code=202,
    responses=problems(409, 413, 415),
    openapi_extra=described_by(Assessing),
)
def assess(node: Node, _: Decider, body: Body) -> PreparedAssessment:
    """Take an assessment: the clerk signs it, or an officer signs what comes back."""
    if not node.payments.is_open:
        raise OfficeClosedError
    wanted, now, desk = parse_model(Assessing, body), _now(node), node.payments.customs
    registration = Registration(wanted.registered_at, wanted.customs_code, wanted.declarant)
    item = desk.assess(
        wanted.assessment, registration, wanted.salt, now, by_officer=wanted.by_officer
    )
    if item.state != ItemState.PREPARED:
        return PreparedAssessment(item=item_of(item), record=None, digest=None)
    record = desk.prepare(item, now)
    domain = RecordDomain(node.folder.config.evm_chain_id, node.payments.contract())
    unsigned = {
        "type": record.TYPE_NAME,
        "contract": "0x" + domain.contract.hex(),
        "message": record.message(),
    }
    digest = "0x" + record.digest(domain).hex()
    return PreparedAssessment(item=item_of(item), record=unsigned, digest=digest)


@router.post("/assessments/{name}/signature", status_code=202, responses=problems(409, 413, 415))
def sign(node: Node, _: Decider, name: Identifier, body: Body) -> Item:
    """Take an officer's signature for a prepared assessment."""
    signed = parse_signed_record(body, node.folder.config.evm_chain_id)
    return item_of(node.payments.customs.sign(name, signed, _now(node)))


@router.post(
    "/amendments",
    status_code=202,
    responses=problems(404, 413, 415),
    openapi_extra=described_by(Amending),
)
def amend(node: Node, _: Decider, body: Body) -> Item:
    """Take that a declaration was amended: no earlier assessment settles it."""
    wanted = parse_model(Amending, body)
    desk = node.payments.customs
    return item_of(desk.amend(wanted.declaration_no, wanted.amendment, _now(node)))


@router.post("/refunds", status_code=202, responses=problems(404, 409, 413, 415))
def refund(node: Node, _: Decider, body: Body) -> Item:
    """Take a decision to pay back what is paid too much, or to turn it elsewhere."""
    return item_of(node.payments.customs.refund(RefundDecision.parse(body), _now(node)))


@router.get("/credits", responses=problems())
def money(
    node: Node,
    _: Reader,
    *,
    state: ItemState | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Items:
    """List credits, reversals and refunds; the refused ones with their codes."""
    after = read_place("payment-credits", cursor)
    rows = node.payments.queries.items(_MONEY, state, after, limit + 1)
    page = rows[:limit]
    following = None
    if len(rows) > limit:
        following = write_cursor("payment-credits", str(page[-1].sequence))
    return Items(items=[item_of(row) for row in page], next=following)


@router.get("/guarantees", responses=problems())
def guarantees(node: Node, _: Reader, limit: Limit = 50, cursor: Cursor = None) -> Guarantees:
    """List guarantees and how far they are drawn."""
    after = read_cursor("payment-guarantees", cursor) or ""
    rows = node.payments.queries.guarantees(after, limit + 1)
    page = rows[:limit]
    following = None
    if len(rows) > limit:
        following = write_cursor("payment-guarantees", page[-1].object_id)
    return Guarantees(items=[guarantee_of(row) for row in page], next=following)


@router.get("/breaks", responses=problems())
def breaks(
    node: Node, _: Reader, *, cleared: bool = False, limit: Limit = 50, cursor: Cursor = None
) -> Breaks:
    """List breaks that are open, or all."""
    after = read_place("payment-breaks", cursor)
    rows = node.payments.statements.breaks(after, limit + 1, is_open=not cleared)
    page = rows[:limit]
    following = None
    if len(rows) > limit:
        following = write_cursor("payment-breaks", str(page[-1].sequence))
    return Breaks(items=[break_of(row) for row in page], next=following)


@router.post(
    "/breaks/{number}/clearance",
    responses=problems(404, 413, 415),
    openapi_extra=described_by(Clearing),
)
def clear(
    node: Node, officer: Decider, number: Annotated[int, Path(ge=1, le=1 << 40)], body: Body
) -> Break:
    """Note how a break was cleared."""
    note = parse_model(Clearing, body).note
    return break_of(node.payments.statements.clear(number, officer.subject, note))


def _now(node: Node) -> int:
    return int(node.clock().timestamp())
