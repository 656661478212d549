"""Accounts, statements and decisions of the debt book."""

import json
import re
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.bodies import described_by, parse_model, read_json_body
from api.debt.schemas import (
    ArrearsAsked,
    BalanceShown,
    Booked,
    Day,
    DebtorPage,
    DebtorShown,
    ExemptionAsked,
    ExemptionShown,
    MeasureAsked,
    MeasureShown,
    Moment,
    RefundAsked,
    RefundShown,
    RefundStepAsked,
    RevocationAsked,
    StopCustomsShown,
    TaxId,
    TaxpayerShown,
    amount_of,
    day_of,
    day_or_none,
)
from api.debt.scope import organisation_of, require_visible
from api.debt.statements import statement_csv, statement_json
from api.paging import LIMIT_DEFAULT, Cursor, Limit, read_cursor, write_cursor
from api.permissions import Node, Permission, RequiredCaller
from api.schemas import problems
from api.tokens import Caller
from node.debt.account import Account
from node.debt.coercion import in_force
from node.debt.decisions import (
    DebtDecision,
    ExemptionDecision,
    MeasureDecision,
    RefundRequest,
    RefundStep,
    Revocation,
)
from node.debt.listing import Place
from node.debt.model import Exemption, Measure, Refund
from node.debt.requests import ChargeLine
from node.errors import CursorMalformedError

router = APIRouter(prefix="/debt", tags=["debt"])
Reader = Annotated[Caller, Depends(RequiredCaller(Permission.DEBT_READ))]
Officer = Annotated[Caller, Depends(RequiredCaller(Permission.DEBT_DECIDE))]
Body = Annotated[object, Depends(read_json_body)]
OnDay = Annotated[Day | None, Query(description="Closing day; today if left out.")]
KnownAt = Annotated[
    Moment | None, Query(description="Leave out what was booked later: as it was known then.")
]
CSV: Final = "text/csv"
_LIST: Final = "debtors"
_CODES = problems(404, 409, 413, 415)


@router.get("/taxpayers", responses=problems())
def taxpayers(
    node: Node,
    caller: Reader,
    *,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
    over_90_days: bool = False,
) -> DebtorPage:
    """List taxpayers by what is overdue today, the greatest first."""
    after = _place(read_cursor(_LIST, cursor))
    found = node.debt.debtors(
        limit + 1,
        after=after,
        organisation=organisation_of(node, caller),
        only_over_90=over_90_days,
    )
    page = found[:limit]
    following = None
    if len(found) > limit:
        following = write_cursor(_LIST, f"{page[-1].overdue}/{page[-1].tax_id}")
    return DebtorPage(items=[DebtorShown.of(each) for each in page], next=following)


@router.get("/taxpayers/{tax_id}", responses=problems(404))
def taxpayer(
    node: Node, caller: Reader, tax_id: TaxId, on: OnDay = None, known_at: KnownAt = None
) -> TaxpayerShown:
    """Show a taxpayer: what it owes, and what is decided.

    With `on` or `known_at`, as it was on that day, as it was known at that time.
    """
    require_visible(node, caller, tax_id)
    book = node.debt
    day, known = day_or_none(on), _moment(known_at)
    is_now = day is None and known is None
    account = book.standing(tax_id) if is_now else book.account(tax_id, day, known)
    balance = book.balance(tax_id, day, known)
    holding = {each.reference for each in in_force(account, book.law, balance.on)}
    return TaxpayerShown(
        tax_id=tax_id,
        organisation=book.organisation_of(tax_id),
        balance=BalanceShown.of(balance),
        measures=[_measure(each, holding) for each in account.measures.values()],
        exemptions=[_exemption(each) for each in account.exemptions.values()],
        refunds=_refunds(account),
    )


@router.get(
    "/taxpayers/{tax_id}/statement",
    responses=problems(404) | {200: {"content": {"application/json": {}, CSV: {}}}},
    response_class=Response,
)
def statement(
    request: Request,
    node: Node,
    caller: Reader,
    tax_id: TaxId,
    *,
    on: OnDay = None,
    known_at: KnownAt = None,
    since: Annotated[Day | None, Query(description="First day that is shown.")] = None,
) -> Response:
    """Show a statement of account; with `Accept: text/csv`, its rows as CSV."""
    require_visible(node, caller, tax_id)
    known = _moment(known_at)
    found = node.debt.statement(tax_id, day_or_none(on), known, day_or_none(since))
    if CSV in request.headers.get("accept", ""):
        return StreamingResponse(statement_csv(found), media_type=CSV)
    return _JsonResponse(statement_json(found))


@router.get("/taxpayers/{tax_id}/stop-customs", responses=problems(404))
def stop_customs(
    node: Node, caller: Reader, tax_id: TaxId, on: OnDay = None, known_at: KnownAt = None
) -> StopCustomsShown:
    """Say whether customs procedures are stopped for a taxpayer, and what is exempt."""
    require_visible(node, caller, tax_id)
    known = _moment(known_at)
    return StopCustomsShown.of(node.debt.stop_customs(tax_id, day_or_none(on), known))


@router.post(
    "/taxpayers/{tax_id}/measures",
    status_code=201,
    responses=_CODES,
    openapi_extra=described_by(MeasureAsked),
)
def measure(node: Node, officer: Officer, tax_id: TaxId, body: Body) -> Booked:
    """Decide to enforce; the decision's number names the request: the same again has no effect."""
    asked = parse_model(MeasureAsked, body)
    decision = MeasureDecision(
        tax_id,
        asked.reference,
        asked.measure,
        day_of(asked.decided_on),
        day_of(asked.effective_from),
        _name(officer),
        asked.reason,
        day_or_none(asked.effective_to),
        tuple(asked.declarations),
        asked.skipped,
    )
    return Booked.of(node.debt.decisions.measure(decision, ("measure", tax_id, asked.reference)))


@router.post(
    "/taxpayers/{tax_id}/exemptions",
    status_code=201,
    responses=_CODES,
    openapi_extra=described_by(ExemptionAsked),
)
def exempt(node: Node, officer: Officer, tax_id: TaxId, body: Body) -> Booked:
    """Decide that declarations clear although customs procedures are stopped."""
    asked = parse_model(ExemptionAsked, body)
    decision = ExemptionDecision(
        tax_id,
        asked.reference,
        tuple(asked.declarations),
        day_of(asked.decided_on),
        day_of(asked.effective_from),
        _name(officer),
        asked.reason,
        day_or_none(asked.effective_to),
    )
    return Booked.of(node.debt.decisions.exempt(decision, ("exemption", tax_id, asked.reference)))


@router.post(
    "/taxpayers/{tax_id}/revocations",
    status_code=201,
    responses=_CODES,
    openapi_extra=described_by(RevocationAsked),
)
def revoke(node: Node, officer: Officer, tax_id: TaxId, body: Body) -> Booked:
    """Decide that a measure or an exemption counts no more."""
    asked = parse_model(RevocationAsked, body)
    decision = Revocation(
        tax_id,
        asked.reference,
        day_of(asked.decided_on),
        day_of(asked.effective_from),
        _name(officer),
        asked.reason,
    )
    return Booked.of(node.debt.decisions.revoke(decision, ("revocation", tax_id, asked.reference)))


@router.post(
    "/taxpayers/{tax_id}/arrears",
    status_code=201,
    responses=_CODES,
    openapi_extra=described_by(ArrearsAsked),
)
def arrears(node: Node, officer: Officer, tax_id: TaxId, body: Body) -> Booked:
    """Freeze arrears, lift the freeze, or write a declaration's debt off."""
    asked = parse_model(ArrearsAsked, body)
    decisions = node.debt.decisions
    acts = {"freeze": decisions.freeze, "thaw": decisions.thaw, "write_off": decisions.write_off}
    decision = DebtDecision(
        tax_id, day_of(asked.decided_on), _name(officer), asked.reason, asked.declaration_no
    )
    return Booked.of(acts[asked.act](decision, (asked.act, tax_id, asked.reference)))


@router.post(
    "/taxpayers/{tax_id}/refunds",
    status_code=201,
    responses=_CODES,
    openapi_extra=described_by(RefundAsked),
)
def request_refund(node: Node, _: Officer, tax_id: TaxId, body: Body) -> Booked:
    """Take a taxpayer's request for a refund."""
    asked = parse_model(RefundAsked, body)
    request = RefundRequest(
        tax_id,
        asked.reference,
        asked.reason,
        amount_of(asked.amount),
        day_of(asked.requested_on),
        asked.declaration_no,
        tuple(ChargeLine(line.tax, line.sub_item, amount_of(line.amount)) for line in asked.lines),
        asked.check,
    )
    source = ("refund", tax_id, asked.reference, "request")
    return Booked.of(node.debt.decisions.request_refund(request, source))


@router.post(
    "/taxpayers/{tax_id}/refunds/steps",
    status_code=201,
    responses=_CODES,
    openapi_extra=described_by(RefundStepAsked),
)
def refund_step(node: Node, officer: Officer, tax_id: TaxId, body: Body) -> Booked:
    """Check a refund, approve or refuse it, or say that it was paid."""
    asked = parse_model(RefundStepAsked, body)
    decisions = node.debt.decisions
    steps = {
        "check": decisions.check_refund,
        "approve": decisions.approve_refund,
        "refuse": decisions.refuse_refund,
        "pay": decisions.pay_refund,
    }
    step = RefundStep(
        tax_id, asked.reference, day_of(asked.decided_on), _name(officer), asked.reason
    )
    return Booked.of(steps[asked.step](step, ("refund", tax_id, asked.reference, asked.step)))


class _JsonResponse(Response):
    """JSON that is written at once: a statement has too many rows for a model."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _name(caller: Caller) -> str:
    return f"{caller.role.value}/{caller.subject}"


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _place(text: str | None) -> Place | None:
    if text is None:
        return None
    overdue, _, tax_id = text.partition("/")
    if re.fullmatch(r"[0-9]{1,18}", overdue) is None or not tax_id:
        raise CursorMalformedError(text[:80])
    return Place(int(overdue), tax_id)


def _measure(found: Measure, holding: set[str]) -> MeasureShown:
    return MeasureShown(
        reference=found.reference,
        measure=found.kind,
        decided_on=found.decided_on.isoformat(),
        effective_from=found.effective_from.isoformat(),
        effective_to=None if found.effective_to is None else found.effective_to.isoformat(),
        declarations=list(found.declarations),
        officer=found.officer,
        reason=found.reason,
        revoked_on=None if found.revoked_on is None else found.revoked_on.isoformat(),
        in_force=found.reference in holding,
    )


def _exemption(found: Exemption) -> ExemptionShown:
    return ExemptionShown(
        reference=found.reference,
        declarations=list(found.declarations),
        effective_from=found.effective_from.isoformat(),
        effective_to=None if found.effective_to is None else found.effective_to.isoformat(),
        officer=found.officer,
        reason=found.reason,
        revoked_on=None if found.revoked_on is None else found.revoked_on.isoformat(),
    )


def _refunds(account: Account) -> list[RefundShown]:
    return [_refund(found) for found in account.refunds.values()]


def _refund(found: Refund) -> RefundShown:
    return RefundShown(
        reference=found.reference,
        reason=found.reason,
        declaration_no=found.declaration_no,
        amount=str(found.amount),
        state=found.state.value,
        check=found.check,
        requested_on=found.requested_on.isoformat(),
        approved=str(found.approved),
        offset=str(found.offset),
        paid=str(found.paid),
    )
