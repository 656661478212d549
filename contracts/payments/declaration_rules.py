"""The rules about what is due, as the payments contract has them; pure."""

from dataclasses import replace

from contracts.errors import RefusedError
from contracts.payments.records import (
    AssessmentIssue,
    AssessmentKind,
    CoverKind,
    CoverPost,
    DeclarationAmend,
)
from contracts.payments.state import COVERS_LIMIT, NOTHING, DeclarationState, DrawStatus
from contracts.payments.treasury import (
    ZEROS,
    Signing,
    Treasury,
    demand,
    point,
    require_at,
    require_valid,
)


def issue(treasury: Treasury, record: AssessmentIssue, signing: Signing) -> None:
    """State what is due on a declaration.

    Raises:
        RefusedError: A rule refuses it.
    """
    signing.require_customs(record.object)
    signing.require_past(record.assessed_at)
    before = treasury.declarations.get(record.object)
    demand(record.sequence == (before.sequence if before else 0) + 1, "payments: sequence")
    passed = before is not None and record.amendment < before.amendment
    demand(not passed, "payments: amendment has passed")
    demand(record.kind in set(AssessmentKind), "payments: kind")
    demand(record.content != ZEROS, "payments: content")
    due = point(record.commitment_x, record.commitment_y)
    if record.kind <= AssessmentKind.FINAL:
        demand(due != NOTHING, "payments: commitment")
    else:
        demand(due == NOTHING, "payments: nothing is due")
    treasury.store(
        DeclarationState(
            id=record.object,
            kind=AssessmentKind(record.kind),
            sequence=record.sequence,
            amendment=record.amendment,
            assessed=record.amendment,
            paid_share=record.paid_share,
            total_share=record.total_share,
            reversals=before.reversals if before else 0,
            covers=before.covers if before else 0,
            assessment=signing.digest,
            due=due,
            paid=before.paid if before else NOTHING,
            covered=before.covered if before else NOTHING,
        )
    )


def amend(treasury: Treasury, record: DeclarationAmend, signing: Signing) -> None:
    """Note that a declaration was amended.

    Raises:
        RefusedError: A rule refuses it.
    """
    signing.require_customs(record.object)
    signing.require_past(record.amended_at)
    standing = treasury.declarations.get(record.object)
    if standing is None:
        raise RefusedError("payments: nothing is assessed")
    demand(record.amendment > standing.amendment, "payments: amendment has passed")
    treasury.store(replace(standing, amendment=record.amendment))


def cover(treasury: Treasury, record: CoverPost, signing: Signing) -> None:
    """Let an accepted draw cover its declaration, or no longer.

    Raises:
        RefusedError: A rule refuses it.
    """
    signing.require_customs(record.object)
    signing.require_past(record.covered_at)
    standing = treasury.assessed(record.object, record.assessment)
    demand(standing.total_share == record.total_before, "payments: share has changed")
    covers = list(treasury.covers.get(record.object, []))
    if record.kind == CoverKind.ADD:
        demand(len(covers) < COVERS_LIMIT, "payments: too many covers")
        demand(record.total_after >= record.total_before, "payments: share falls")
        draw = treasury.draw_for(record.draw, record.object)
        demand(draw.status is DrawStatus.ACCEPTED, "payments: draw is not free")
        require_valid(treasury.guarantees[draw.guarantee], signing.now)
        covered, status = standing.covered + draw.amount, DrawStatus.COVERING
        covers.append(record.draw)
    else:
        demand(record.kind == CoverKind.RELEASE, "payments: kind")
        demand(record.total_after <= record.total_before, "payments: share rises")
        draw = treasury.draw_for(record.draw, record.object)
        demand(draw.status is DrawStatus.COVERING, "payments: draw covers nothing")
        covered, status = standing.covered - draw.amount, DrawStatus.ACCEPTED
        covers.remove(record.draw)
    require_at(covered, record.commitment_x, record.commitment_y)
    treasury.store(
        replace(standing, covered=covered, covers=len(covers), total_share=record.total_after)
    )
    treasury.covers[record.object] = covers
    treasury.draws[record.draw] = replace(draw, status=status)
