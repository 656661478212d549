"""The rules about what is paid, as the payments contract has them; pure."""

from dataclasses import replace

from contracts.membership.keys import Role
from contracts.payments.records import (
    CreditDecide,
    CreditDecision,
    CreditNotify,
    RefundPost,
    ReversalNotify,
)
from contracts.payments.state import WHOLE, CreditState, CreditStatus, DeclarationState
from contracts.payments.treasury import ZEROS, Signing, Treasury, demand, point, require_at


def notify_credit(treasury: Treasury, record: CreditNotify, signing: Signing) -> None:
    """Note a bank's credit.

    Raises:
        RefusedError: A rule refuses it.
    """
    signing.require_role(Role.BANK)
    signing.require_past(record.credited_at)
    treasury.assessed(record.object, record.assessment)
    amount = point(record.commitment_x, record.commitment_y)
    treasury.require_new_credit(signing.organisation, record.credit, amount)
    demand(record.content != ZEROS, "payments: content")
    treasury.note(
        CreditState(
            signing.digest,
            CreditStatus.PENDING,
            record.object,
            signing.organisation,
            record.credit,
            amount,
        )
    )


def notify_reversal(treasury: Treasury, record: ReversalNotify, signing: Signing) -> None:
    """Note that a bank takes a credit back.

    Raises:
        RefusedError: A rule refuses it.
    """
    signing.require_role(Role.BANK)
    signing.require_past(record.reversed_at)
    credit = treasury.credit_for(record.notice, record.object)
    demand(credit.organisation == signing.organisation, "payments: another bank's credit")
    demand(record.content != ZEROS, "payments: content")
    counts = credit.status in {CreditStatus.PENDING, CreditStatus.ACCEPTED}
    demand(counts, "payments: credit does not count")
    if credit.status is CreditStatus.PENDING:
        status = CreditStatus.WITHDRAWN
    else:
        status = CreditStatus.REVERSING
        standing = treasury.declarations[record.object]
        treasury.store(replace(standing, reversals=standing.reversals + 1))
    treasury.credits[record.notice] = replace(credit, status=status)


def decide_credit(treasury: Treasury, record: CreditDecide, signing: Signing) -> None:
    """Decide on a credit or its reversal.

    Raises:
        RefusedError: A rule refuses it.
    """
    signing.require_customs(record.object)
    signing.require_past(record.decided_at)
    standing = treasury.assessed(record.object, record.assessment)
    demand(standing.paid_share == record.paid_before, "payments: share has changed")
    credit = treasury.credit_for(record.notice, record.object)
    paid, reversals = standing.paid, standing.reversals
    if record.kind in {CreditDecision.ACCEPT, CreditDecision.REFUSE}:
        waits = credit.status in {CreditStatus.PENDING, CreditStatus.TURNED}
        demand(waits, "payments: credit is not pending")
    else:
        demand(credit.status is CreditStatus.REVERSING, "payments: no reversal")
        reversals -= 1
    if record.kind == CreditDecision.ACCEPT:
        status, paid = CreditStatus.ACCEPTED, paid + credit.amount
        demand(record.paid_after >= record.paid_before, "payments: share falls")
        demand(record.total_after >= standing.total_share, "payments: share falls")
    elif record.kind == CreditDecision.REVERSE:
        status, paid = CreditStatus.REVERSED, paid - credit.amount
        demand(record.paid_after <= record.paid_before, "payments: share rises")
        demand(record.total_after <= standing.total_share, "payments: share rises")
    else:
        status = _kept(record, credit, standing)
    require_at(paid, record.commitment_x, record.commitment_y)
    treasury.store(
        replace(
            standing,
            paid=paid,
            reversals=reversals,
            paid_share=record.paid_after,
            total_share=record.total_after,
        )
    )
    treasury.credits[record.notice] = replace(credit, status=status)


def refund(treasury: Treasury, record: RefundPost, signing: Signing) -> None:
    """Pay back, or turn toward another declaration.

    Raises:
        RefusedError: A rule refuses it.
    """
    signing.require_customs(record.object)
    signing.require_past(record.refunded_at)
    standing = treasury.assessed(record.object, record.assessment)
    is_open = standing.reversals or standing.assessed != standing.amendment
    demand(not is_open, "payments: not settled")
    alone = standing.paid_share == WHOLE or not standing.is_payable
    demand(alone, "payments: not settled")
    demand(record.toward != record.object, "payments: toward itself")
    status, target = CreditStatus.PAID_OUT, record.object
    if record.toward != ZEROS:
        status, target = CreditStatus.TURNED, record.toward
        own = target[:2] == signing.country.encode()
        demand(own, "payments: declaration of another country")
        demand(target in treasury.declarations, "payments: nothing is assessed")
    amount = point(record.quantity_x, record.quantity_y)
    treasury.require_new_credit(signing.organisation, record.refund, amount)
    demand(record.content != ZEROS, "payments: content")
    paid = standing.paid - amount
    require_at(paid, record.commitment_x, record.commitment_y)
    treasury.store(replace(standing, paid=paid))
    treasury.note(
        CreditState(signing.digest, status, target, signing.organisation, record.refund, amount)
    )


def _kept(record: CreditDecide, credit: CreditState, standing: DeclarationState) -> CreditStatus:
    turned = credit.status is CreditStatus.TURNED
    demand(not turned, "payments: money turned here is accepted")
    refused = record.kind == CreditDecision.REFUSE
    demand(refused or record.kind == CreditDecision.KEEP, "payments: kind")
    after = (record.paid_after, record.total_after)
    demand(after == (record.paid_before, standing.total_share), "payments: shares change")
    return CreditStatus.REFUSED if refused else CreditStatus.ACCEPTED
