"""What officers decide: measures, exemptions, freezes, write-offs, refunds.

Each decision is an entry with its officer and reason. None is changed: a measure is revoked, a
freeze is lifted, and a refund goes on, by another one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from node.debt.account import Account, replay
from node.debt.booking import Asked, Booker
from node.debt.coercion import require_measure
from node.debt.drafts import Draft, Moment, require_past
from node.debt.errors import DebtInputError, DebtRefusedError, EntryUnknownError
from node.debt.law import require_refundable
from node.debt.model import Kind, Measure, Part, Refund, RefundState
from node.debt.outcome import Outcome
from node.debt.requests import (
    ChargeLine,
    Source,
    require_amount,
    require_number,
    require_taxpayer,
    require_text,
    require_word,
)
from node.debt.store import entries_of, load_declaration
from node.debt.tables import DebtEntryRow


@dataclass(frozen=True, slots=True)
class MeasureDecision:
    """A decision to enforce.

    Attributes:
        taxpayer: Tax id.
        reference: The decision's number.
        measure: Such as stop_customs.
        decided_on: When it was signed.
        effective_from: First day; where the law gives the measure no own date, the day of signing.
        effective_to: Last day, None for no end.
        declarations: What it enforces; empty for every arrears.
        skipped: Why measures before it cannot be applied, where the law has an order.
    """

    taxpayer: str
    reference: str
    measure: str
    decided_on: date
    effective_from: date
    officer: str
    reason: str
    effective_to: date | None = None
    declarations: tuple[str, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExemptionDecision:
    """A decision that declarations clear although customs procedures are stopped."""

    taxpayer: str
    reference: str
    declarations: tuple[str, ...]
    decided_on: date
    effective_from: date
    officer: str
    reason: str
    effective_to: date | None = None


@dataclass(frozen=True, slots=True)
class Revocation:
    """A decision that a measure or an exemption counts no more.

    Attributes:
        reference: The revoked decision's number.
        effective_from: First day on which it no longer counts.
    """

    taxpayer: str
    reference: str
    decided_on: date
    effective_from: date
    officer: str
    reason: str


@dataclass(frozen=True, slots=True)
class DebtDecision:
    """A decision on arrears: to freeze them, to lift the freeze, or to write them off.

    Attributes:
        declaration_no: Whose; None for every arrears, which a write-off does not take.
        decided_on: The day on which it counts.
    """

    taxpayer: str
    decided_on: date
    officer: str
    reason: str
    declaration_no: str | None = None


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """A request for a refund.

    Attributes:
        reference: The request's number.
        reason: overpaid, or why a tax is no longer owed.
        amount: VND; for a tax no longer owed, the sum of the lines.
        declaration_no: Of which declaration; None for overpaid money.
        lines: The taxes that are no longer owed.
        check: before or after the decision; the law asks for "before" for some reasons.
    """

    taxpayer: str
    reference: str
    reason: str
    amount: Decimal
    requested_on: date
    declaration_no: str | None = None
    lines: tuple[ChargeLine, ...] = ()
    check: str = "before"


@dataclass(frozen=True, slots=True)
class RefundStep:
    """A step of a refund: its check, its approval or refusal, or its payment."""

    taxpayer: str
    reference: str
    decided_on: date
    officer: str
    reason: str


class Decisions:
    """Decisions of officers on one debt book; durable on return, idempotent as the book is."""

    def __init__(self, booker: Booker) -> None:
        """Book by a booker."""
        self._booker = booker

    def measure(self, decision: MeasureDecision, source: Source) -> Outcome:
        """Book a decision to enforce.

        Raises:
            DebtInputError: A member cannot be used.
            DebtRefusedError: The law of its day does not allow it; see `require_measure`.
            DebtConflictError: The key came with other content before.
            TaxpayerUnknownError: Nothing was ever booked for the taxpayer.
        """
        _require_decision(decision.taxpayer, decision.officer, decision.reason)
        require_number("reference", decision.reference)
        _require_order("effective_to", decision.effective_from, decision.effective_to)
        measure = Measure(
            decision.reference,
            decision.measure,
            decision.decided_on,
            decision.effective_from,
            decision.effective_to,
            decision.declarations,
            decision.officer,
            decision.reason,
        )

        def build(moment: Moment) -> Sequence[Draft]:
            account = _account_on(moment, decision.decided_on)
            require_measure(account, moment.law, measure, decision.skipped)
            details = {
                "reference": measure.reference,
                "measure": measure.kind,
                "effective_from": _text(measure.effective_from),
                "effective_to": _text(measure.effective_to),
                "declarations": list(measure.declarations),
                "officer": measure.officer,
                "reason": measure.reason,
                "skipped": dict(decision.skipped),
            }
            return [Draft(Kind.MEASURE, decision.decided_on, details=details)]

        return self._book(decision.taxpayer, source, Kind.MEASURE, decision, build)

    def exempt(self, decision: ExemptionDecision, source: Source) -> Outcome:
        """Book that declarations clear although customs procedures are stopped.

        Raises:
            DebtInputError: A member cannot be used.
            DebtRefusedError: code "reference_used".
            DebtConflictError: The key came with other content before.
            TaxpayerUnknownError: Nothing was ever booked for the taxpayer.
        """
        _require_decision(decision.taxpayer, decision.officer, decision.reason)
        require_number("reference", decision.reference)
        _require_order("effective_to", decision.effective_from, decision.effective_to)
        if not decision.declarations:
            raise DebtInputError("declarations", "are none", "name those that clear")
        for place, number in enumerate(decision.declarations):
            require_number(f"declarations[{place}]", number)

        def build(moment: Moment) -> Sequence[Draft]:
            require_past("decided_on", decision.decided_on, moment.today)
            account = moment.account
            if decision.reference in account.measures or decision.reference in account.exemptions:
                problem = f"decision {decision.reference} is booked already"
                raise DebtRefusedError("reference_used", problem, "number the decision anew")
            details = {
                "reference": decision.reference,
                "declarations": list(decision.declarations),
                "effective_from": _text(decision.effective_from),
                "effective_to": _text(decision.effective_to),
                "officer": decision.officer,
                "reason": decision.reason,
            }
            return [Draft(Kind.EXEMPTION, decision.decided_on, details=details)]

        return self._book(decision.taxpayer, source, Kind.EXEMPTION, decision, build)

    def revoke(self, decision: Revocation, source: Source) -> Outcome:
        """Book that a measure or an exemption counts no more from a day on.

        Raises:
            DebtInputError: A member cannot be used.
            EntryUnknownError: There is no such decision.
            DebtRefusedError: code "revoked": it is revoked already.
            DebtConflictError: The key came with other content before.
            TaxpayerUnknownError: Nothing was ever booked for the taxpayer.
        """
        _require_decision(decision.taxpayer, decision.officer, decision.reason)

        def build(moment: Moment) -> Sequence[Draft]:
            require_past("decided_on", decision.decided_on, moment.today)
            account, reference = moment.account, decision.reference
            found = account.measures.get(reference) or account.exemptions.get(reference)
            if found is None:
                raise EntryUnknownError("measure or exemption", reference[:64])
            if found.revoked_on is not None:
                problem = f"{reference} is revoked from {found.revoked_on}"
                raise DebtRefusedError("revoked", problem, "nothing is left to do")
            _require_order("decided_on", found.decided_on, decision.decided_on)
            _require_order("effective_from", decision.decided_on, decision.effective_from)
            details = {
                "reference": reference,
                "effective_from": _text(decision.effective_from),
                "officer": decision.officer,
                "reason": decision.reason,
            }
            return [Draft(Kind.REVOCATION, decision.decided_on, details=details)]

        return self._book(decision.taxpayer, source, Kind.REVOCATION, decision, build)

    def freeze(self, decision: DebtDecision, source: Source) -> Outcome:
        """Book that arrears bear no more interest and are not enforced from a day on.

        Raises:
            DebtInputError: A member cannot be used.
            DebtRefusedError: code "nothing_overdue".
            DebtConflictError: The key came with other content before.
            TaxpayerUnknownError: Nothing was ever booked for the taxpayer.
        """
        return self._arrears(decision, source, Kind.FREEZE, is_frozen=False)

    def thaw(self, decision: DebtDecision, source: Source) -> Outcome:
        """Book that a freeze is lifted; see `freeze`."""
        return self._arrears(decision, source, Kind.THAW, is_frozen=True)

    def write_off(self, decision: DebtDecision, source: Source) -> Outcome:
        """Book that a declaration's whole debt, interest included, is written off.

        Raises:
            DebtInputError: A member cannot be used, or no declaration is named.
            DebtRefusedError: code "nothing_owed".
            DebtConflictError: The key came with other content before.
            TaxpayerUnknownError: Nothing was ever booked for the taxpayer.
        """
        _require_decision(decision.taxpayer, decision.officer, decision.reason)
        number, day = decision.declaration_no, decision.decided_on
        if number is None:
            raise DebtInputError("declaration_no", "is missing", "name what is written off")

        def build(moment: Moment) -> Sequence[Draft]:
            require_past("decided_on", day, moment.today)
            account = _account_on(moment, day)
            items = [item for item in account.items.values() if item.is_open]
            wanted = [item for item in items if item.declaration_no == number]
            amount = sum(item.owed + account.interest_due(item, day) for item in wanted)
            if not amount:
                problem = f"{number[:64]} owes nothing on {day}"
                raise DebtRefusedError("nothing_owed", problem, "read the account first")
            return [Draft(Kind.WRITE_OFF, day, amount, number, details=_signed(decision))]

        return self._book(
            decision.taxpayer, source, Kind.WRITE_OFF, decision, build, declaration=number
        )

    def request_refund(self, request: RefundRequest, source: Source) -> Outcome:
        """Book a request for a refund.

        Raises:
            DebtInputError: A member cannot be used.
            DebtRefusedError: codes "refund_reason", "refund_check", "refund_too_large",
                "reference_used".
            DebtConflictError: The key came with other content before.
            TaxpayerUnknownError: Nothing was ever booked for the taxpayer.
        """
        amount = _check_refund_request(request)

        def build(moment: Moment) -> Sequence[Draft]:
            require_past("requested_on", request.requested_on, moment.today)
            _require_claim(moment, request, amount)
            details = {
                "reference": request.reference,
                "reason": request.reason,
                "check": request.check,
                "lines": [[line.tax, line.sub_item, int(line.amount)] for line in request.lines],
            }
            day, number = request.requested_on, request.declaration_no
            return [Draft(Kind.REFUND_REQUEST, day, amount, number, details=details)]

        return self._book(
            request.taxpayer,
            source,
            Kind.REFUND_REQUEST,
            request,
            build,
            declaration=request.declaration_no,
        )

    def check_refund(self, step: RefundStep, source: Source) -> Outcome:
        """Book that a refund's request is being checked.

        Raises:
            EntryUnknownError: There is no such request.
            DebtRefusedError: code "refund_state".
            DebtConflictError: The key came with other content before.
        """
        return self._step(step, source, Kind.REFUND_CHECK, _check_drafts)

    def approve_refund(self, step: RefundStep, source: Source) -> Outcome:
        """Approve a refund: the taxes that are no longer owed end, and arrears are paid first.

        Raises:
            EntryUnknownError: There is no such request.
            DebtRefusedError: codes "refund_state", "refund_check", "refund_too_large".
            DebtConflictError: The key came with other content before.
        """
        return self._step(step, source, Kind.REFUND_DECISION, _approval_drafts)

    def refuse_refund(self, step: RefundStep, source: Source) -> Outcome:
        """Refuse a refund.

        Raises:
            EntryUnknownError: There is no such request.
            DebtRefusedError: code "refund_state".
            DebtConflictError: The key came with other content before.
        """
        return self._step(step, source, Kind.REFUND_DECISION, _refusal_drafts)

    def pay_refund(self, step: RefundStep, source: Source) -> Outcome:
        """Book that what arrears did not take of an approved refund was paid to the taxpayer.

        Raises:
            EntryUnknownError: There is no such request.
            DebtRefusedError: codes "refund_state", "refund_too_large".
            DebtConflictError: The key came with other content before.
        """
        return self._step(step, source, Kind.PAYOUT, _payment_drafts)

    def _step(self, step: RefundStep, source: Source, kind: Kind, drafts: Any) -> Outcome:
        _require_decision(step.taxpayer, step.officer, step.reason)

        def build(moment: Moment) -> Sequence[Draft]:
            require_past("decided_on", step.decided_on, moment.today)
            refund = moment.account.refunds.get(step.reference)
            if refund is None:
                raise EntryUnknownError("refund", step.reference[:64])
            found: Sequence[Draft] = drafts(moment, refund, step)
            return found

        return self._book(step.taxpayer, source, kind, step, build)

    def _arrears(
        self, decision: DebtDecision, source: Source, kind: Kind, *, is_frozen: bool
    ) -> Outcome:
        _require_decision(decision.taxpayer, decision.officer, decision.reason)
        number, day = decision.declaration_no, decision.decided_on

        def build(moment: Moment) -> Sequence[Draft]:
            require_past("decided_on", day, moment.today)
            found = any(
                number in {None, item.declaration_no} and item.is_frozen is is_frozen
                for item in _account_on(moment, day).overdue(day)
            )
            if not found:
                problem = f"no {'frozen ' if is_frozen else ''}arrears on {day}"
                raise DebtRefusedError("nothing_overdue", problem, "read the account first")
            return [Draft(kind, day, 0, number, details=_signed(decision))]

        return self._book(decision.taxpayer, source, kind, decision, build)

    def _book(
        self,
        taxpayer: str,
        source: Source,
        kind: Kind,
        request: object,
        build: Any,
        *,
        declaration: str | None = None,
    ) -> Outcome:
        return self._booker.book(
            Asked(taxpayer, source, kind, request, declaration=declaration), build
        )


def _check_drafts(moment: Moment, refund: Refund, step: RefundStep) -> list[Draft]:
    del moment
    _require_state(refund, RefundState.REQUESTED)
    return [Draft(Kind.REFUND_CHECK, _not_before(refund, step), details=_step_details(step))]


def _approval_drafts(moment: Moment, refund: Refund, step: RefundStep) -> list[Draft]:
    _require_state(refund, RefundState.REQUESTED, RefundState.CHECKING)
    if refund.check == "before" and refund.state is not RefundState.CHECKING:
        problem = f"{refund.reference} is to be checked before it is decided"
        raise DebtRefusedError("refund_check", problem, "book its check first")
    day = _not_before(refund, step)
    drafts: list[Draft] = []
    if refund.declaration_no is not None:
        number = refund.declaration_no
        load_declaration(moment.session, moment.account, moment.row.tax_id, number)
        request = _request_of(moment, refund.reference)
        drafts = [
            Draft(
                Kind.REDUCTION,
                day,
                amount,
                refund.declaration_no,
                tax,
                sub_item,
                details={"part": Part.TAX.value, "refund": refund.reference},
            )
            for tax, sub_item, amount in request["lines"]
        ]
    elif refund.amount > moment.account.unapplied:
        _refuse_amount(refund, moment.account.unapplied)
    details = {**_step_details(step), "state": RefundState.APPROVED.value}
    drafts.append(Draft(Kind.REFUND_DECISION, day, refund.amount, details=details))
    return drafts


def _refusal_drafts(moment: Moment, refund: Refund, step: RefundStep) -> list[Draft]:
    del moment
    _require_state(refund, RefundState.REQUESTED, RefundState.CHECKING)
    details = {**_step_details(step), "state": RefundState.REFUSED.value}
    return [Draft(Kind.REFUND_DECISION, _not_before(refund, step), 0, details=details)]


def _payment_drafts(moment: Moment, refund: Refund, step: RefundStep) -> list[Draft]:
    _require_state(refund, RefundState.APPROVED)
    amount = refund.approved - refund.offset
    if amount > moment.account.unapplied:
        _refuse_amount(refund, moment.account.unapplied)
    details = {**_step_details(step), "refund": refund.reference}
    day = _not_before(refund, step)
    return [Draft(Kind.PAYOUT, day, amount, refund.declaration_no, details=details)]


def _refuse_amount(refund: Refund, there: int) -> None:
    problem = f"{refund.reference} asks for {refund.amount} VND, {max(0, there)} VND are there"
    remedy = "debts are paid first: request what is left"
    raise DebtRefusedError("refund_too_large", problem, remedy)


def _require_state(refund: Refund, *states: RefundState) -> None:
    if refund.state not in states:
        problem = f"refund {refund.reference} is {refund.state}"
        raise DebtRefusedError("refund_state", problem, f"it must be {' or '.join(states)}")


def _not_before(refund: Refund, step: RefundStep) -> date:
    _require_order("decided_on", refund.requested_on, step.decided_on)
    return step.decided_on


def _request_of(moment: Moment, reference: str) -> Mapping[str, Any]:
    is_request = DebtEntryRow.kind == Kind.REFUND_REQUEST.value
    for entry in entries_of(moment.session, moment.row.tax_id, is_request):
        if entry.details["reference"] == reference:
            return entry.details
    raise AssertionError(reference)


def _check_refund_request(request: RefundRequest) -> int:
    require_taxpayer(request.taxpayer)
    require_number("reference", request.reference)
    amount = require_amount("amount", request.amount)
    if request.check not in {"before", "after"}:
        raise DebtInputError("check", "is neither before nor after", "send one of them")
    if (request.reason == "overpaid") is not (request.declaration_no is None):
        remedy = "name the declaration whose tax is no longer owed, and none for overpaid money"
        raise DebtInputError("declaration_no", "does not fit the reason", remedy)
    total = 0
    for place, line in enumerate(request.lines):
        require_word(f"lines[{place}].tax", line.tax)
        require_word(f"lines[{place}].sub_item", line.sub_item)
        total += require_amount(f"lines[{place}].amount", line.amount)
    if request.declaration_no is not None and total != amount:
        raise DebtInputError("amount", f"is not the lines' sum {total}", "correct either")
    return amount


def _require_claim(moment: Moment, request: RefundRequest, amount: int) -> None:
    rule = moment.law.refunds.on(request.requested_on)
    require_refundable(rule, request.reason)
    if request.reason in rule.check_before and request.check != "before":
        problem = f"{rule.version.id} asks for a check before a refund for {request.reason}"
        raise DebtRefusedError("refund_check", problem, "request it with check before")
    account = moment.account
    if request.reference in account.refunds:
        problem = f"refund {request.reference} is booked already"
        raise DebtRefusedError("reference_used", problem, "number the request anew")
    there = account.unapplied
    if request.declaration_no is not None:
        there = _refundable(account, request)
    if amount > there:
        problem = f"{amount} VND are asked for, {max(0, there)} VND may be refunded"
        raise DebtRefusedError("refund_too_large", problem, "request what is there")


def _refundable(account: Account, request: RefundRequest) -> int:
    """Return what of the lines was charged and not reduced since; 0 where a line exceeds it."""
    total = 0
    for line in request.lines:
        charged = sum(
            item.amount - item.written_off
            for item in account.items.values()
            if item.declaration_no == request.declaration_no
            and (item.part, item.tax, item.sub_item) == (Part.TAX, line.tax, line.sub_item)
        )
        if charged < line.amount:
            return 0
        total += int(line.amount)
    return total


def _account_on(moment: Moment, day: date) -> Account:
    """Return the account on a day: the kept one, unless something is effective later."""
    require_past("decided_on", day, moment.today)
    if day.isoformat() >= moment.row.last_effective:
        return moment.account
    taxpayer = moment.row.tax_id
    until = DebtEntryRow.effective_on <= day.isoformat()
    entries = entries_of(moment.session, taxpayer, until)
    return replay(moment.law, moment.account.rates, entries)


def _require_decision(taxpayer: str, officer: str, reason: str) -> None:
    require_taxpayer(taxpayer)
    require_text("officer", officer)
    require_text("reason", reason)


def _require_order(member: str, first: date, last: date | None) -> None:
    if last is not None and last < first:
        raise DebtInputError(member, f"{last} is before {first}", "send a day not before it")


def _signed(decision: DebtDecision) -> dict[str, Any]:
    return {"officer": decision.officer, "reason": decision.reason}


def _step_details(step: RefundStep) -> dict[str, Any]:
    return {"reference": step.reference, "officer": step.officer, "reason": step.reason}


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
