"""The rules about what is guaranteed, as the payments contract has them; pure."""

from dataclasses import replace

from contracts.commitments.curve import Point
from contracts.errors import RefusedError
from contracts.membership.keys import Role
from contracts.payments.identifiers import guarantee_id
from contracts.payments.records import (
    DrawDecide,
    DrawDecision,
    GuaranteeChange,
    GuaranteeDraw,
    GuaranteeGrant,
    GuaranteeKind,
)
from contracts.payments.state import NOTHING, WHOLE, DrawState, DrawStatus, GuaranteeState
from contracts.payments.treasury import ZEROS, Signing, Treasury, demand, point, require_valid


def grant(treasury: Treasury, record: GuaranteeGrant, signing: Signing) -> None:
    """Note a bank's guarantee.

    Raises:
        RefusedError: A rule refuses it.
    """
    signing.require_role(Role.BANK)
    signing.require_past(record.granted_at)
    own = guarantee_id(signing.organisation, record.number) == record.object
    demand(own, "payments: another bank's guarantee")
    demand(record.object not in treasury.guarantees, "payments: guarantee exists")
    demand(record.kind in set(GuaranteeKind), "payments: kind")
    single = record.kind == GuaranteeKind.SINGLE
    demand(
        (record.declaration != ZEROS) == single,
        "payments: one declaration makes a single guarantee",
    )
    demand(record.valid_from < record.valid_to, "payments: validity")
    demand(record.content != ZEROS, "payments: content")
    limit = point(record.limit_x, record.limit_y)
    demand(limit != NOTHING, "payments: commitment")
    treasury.guarantees[record.object] = GuaranteeState(
        id=record.object,
        kind=GuaranteeKind(record.kind),
        valid_from=record.valid_from,
        valid_to=record.valid_to,
        bank=signing.organisation,
        declaration=record.declaration,
        limit=limit,
        share=0,
        drawn=NOTHING,
    )


def change(treasury: Treasury, record: GuaranteeChange, signing: Signing) -> None:
    """Move a guarantee's end.

    Raises:
        RefusedError: A rule refuses it.
    """
    signing.require_role(Role.BANK)
    signing.require_past(record.changed_at)
    guarantee = treasury.known(record.object)
    own = guarantee.bank == signing.organisation
    demand(own, "payments: another bank's guarantee")
    free = record.valid_to > guarantee.valid_to or guarantee.share == 0
    demand(free, "payments: guarantee is drawn")
    demand(record.valid_to > guarantee.valid_from, "payments: validity")
    treasury.guarantees[record.object] = replace(guarantee, valid_to=record.valid_to)


def draw(treasury: Treasury, record: GuaranteeDraw, signing: Signing) -> None:
    """Note that a draw is asked for.

    Raises:
        RefusedError: A rule refuses it.
    """
    signing.require_role(Role.BANK | Role.ENTERPRISE)
    signing.require_past(record.drawn_at)
    guarantee = treasury.known(record.object)
    own = guarantee.bank == signing.organisation or bool(signing.roles & Role.ENTERPRISE)
    demand(own, "payments: another bank's guarantee")
    require_valid(guarantee, signing.now)
    fits = guarantee.declaration in {ZEROS, record.declaration}
    demand(fits, "payments: guarantee for another declaration")
    standing = treasury.assessed(record.declaration, record.assessment)
    demand(standing.is_payable, "payments: nothing is due")
    demand(record.content != ZEROS, "payments: content")
    amount = point(record.quantity_x, record.quantity_y)
    demand(amount != NOTHING, "payments: commitment")
    treasury.draws[signing.digest] = DrawState(
        signing.digest, DrawStatus.PENDING, record.object, record.declaration, amount
    )


def decide_draw(treasury: Treasury, record: DrawDecide, signing: Signing) -> None:
    """Decide on a draw, or give it back.

    Raises:
        RefusedError: A rule refuses it.
    """
    draw = treasury.draws.get(record.draw)
    if draw is None or draw.guarantee != record.object:
        raise RefusedError("payments: unknown draw")
    signing.require_customs(draw.declaration)
    signing.require_past(record.decided_at)
    guarantee = treasury.known(record.object)
    if record.kind == DrawDecision.RESTORE:
        demand(draw.status is DrawStatus.ACCEPTED, "payments: draw is not free")
        status = DrawStatus.RESTORED
        demand(guarantee.share == record.share_before, "drawdown: share has changed")
        demand(record.share_after <= record.share_before, "drawdown: share rises")
        guarantee = _posted(guarantee, guarantee.drawn - draw.amount, record)
    else:
        demand(draw.status is DrawStatus.PENDING, "payments: draw is not pending")
        status = DrawStatus.REFUSED
        if record.kind == DrawDecision.ACCEPT:
            require_valid(guarantee, signing.now)
            status = DrawStatus.ACCEPTED
            demand(guarantee.share == record.share_before, "drawdown: share has changed")
            demand(record.share_after >= record.share_before, "drawdown: share falls")
            demand(record.share_after <= WHOLE, "drawdown: beyond the whole")
            guarantee = _posted(guarantee, guarantee.drawn + draw.amount, record)
        else:
            demand(record.kind == DrawDecision.REFUSE, "payments: kind")
    treasury.draws[record.draw] = replace(draw, status=status)
    treasury.guarantees[record.object] = guarantee


def _posted(guarantee: GuaranteeState, drawn: Point, record: DrawDecide) -> GuaranteeState:
    posted = (record.commitment_x, record.commitment_y)
    demand((drawn.x, drawn.y) == posted, "drawdown: commitment")
    demand((drawn == NOTHING) == (record.share_after == 0), "drawdown: share")
    return replace(guarantee, share=record.share_after, drawn=drawn)
