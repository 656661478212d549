"""The rules about claims, as the origin contract has them; pure.

Source of the verification's course: ATIGA, Annex 8, Rules 18 and 19.
"""

from dataclasses import replace
from typing import Final

from contracts.membership.keys import Role
from contracts.origin.records import (
    CertificateClaim,
    ClaimAccept,
    ClaimDoubt,
    ClaimReject,
    ClaimReverse,
    VerificationKind,
    VerificationStep,
)
from contracts.origin.replay import (
    BrokenRuleError,
    CertificateHistory,
    HistoryEntry,
    drawn,
    in_force,
    known,
    point,
    posted,
    require_claimable,
    require_exporting,
    require_importing,
    require_past,
    restored,
    rule,
)
from contracts.origin.state import ClaimState, ClaimStatus, Verification

VERIFICATION_LIMIT: Final = 400 * 86_400
_ACCEPTABLE: Final = frozenset({Verification.NONE, Verification.VALID, Verification.VISIT_REPORTED})
_REFUTABLE: Final = frozenset(
    {
        Verification.NONE,
        Verification.INVALID,
        Verification.VISIT_REFUSED,
        Verification.VISIT_REPORTED,
    }
)
_UNANSWERED: Final = frozenset({Verification.REQUESTED, Verification.VISIT_NOTICED})
_OPEN: Final = frozenset(
    {
        Verification.REQUESTED,
        Verification.INTERIM,
        Verification.VISIT_NOTICED,
        Verification.VISIT_CONSENTED,
        Verification.VISIT_REPORTED,
    }
)
_BY_IMPORTER: Final = frozenset({VerificationKind.VISIT_NOTICE, VerificationKind.VISIT_REPORT})
# Step → from which states it leads where.
_STEPS: Final = {
    VerificationKind.INTERIM: (frozenset({Verification.REQUESTED}), Verification.INTERIM),
    VerificationKind.VALID: (_OPEN, Verification.VALID),
    VerificationKind.INVALID: (_OPEN, Verification.INVALID),
    VerificationKind.VISIT_NOTICE: (
        frozenset({Verification.REQUESTED, Verification.INTERIM}),
        Verification.VISIT_NOTICED,
    ),
    VerificationKind.VISIT_CONSENT: (
        frozenset({Verification.VISIT_NOTICED}),
        Verification.VISIT_CONSENTED,
    ),
    VerificationKind.VISIT_REFUSAL: (
        frozenset({Verification.VISIT_NOTICED}),
        Verification.VISIT_REFUSED,
    ),
    VerificationKind.VISIT_REPORT: (
        frozenset({Verification.VISIT_CONSENTED}),
        Verification.VISIT_REPORTED,
    ),
}


def claim(
    history: CertificateHistory, entry: HistoryEntry, record: CertificateClaim
) -> CertificateHistory:
    """Apply a claim."""
    certificate = in_force(history, record)
    require_importing(certificate, entry, Role.CUSTOMS | Role.ENTERPRISE)
    require_claimable(certificate, entry, record.item)
    require_past(entry, record.claimed_at)
    commitment = point(record.commitment_x, record.commitment_y)
    made = ClaimState(record.item, ClaimStatus.PENDING, commitment)
    return history.with_claim(entry.digest, made)


def accept(
    history: CertificateHistory, entry: HistoryEntry, record: ClaimAccept
) -> CertificateHistory:
    """Apply the acceptance of a claim."""
    certificate = in_force(history, record)
    require_importing(certificate, entry, Role.CUSTOMS)
    found = _claim_in(history, record.claim, ClaimStatus.PENDING)
    rule(found.verification in _ACCEPTABLE, "origin: claim under verification")
    require_past(entry, record.accepted_at)
    after = posted(record.share_after, record.commitment_x, record.commitment_y)
    item = drawn(history.item(found.item), found.commitment, record.share_before, after)
    counted = replace(certificate, accepted=certificate.accepted + 1)
    settled = replace(found, status=ClaimStatus.ACCEPTED)
    changed = history.with_certificate(counted).with_item(found.item, item)
    return changed.with_claim(record.claim, settled)


def reject(
    history: CertificateHistory, entry: HistoryEntry, record: ClaimReject
) -> CertificateHistory:
    """Apply the rejection of a pending claim."""
    certificate = known(history, record)
    require_importing(certificate, entry, Role.CUSTOMS)
    found = _claim_in(history, record.claim, ClaimStatus.PENDING)
    _require_refutable(found, entry)
    require_past(entry, record.rejected_at)
    return history.with_claim(record.claim, replace(found, status=ClaimStatus.REJECTED))


def reverse(
    history: CertificateHistory, entry: HistoryEntry, record: ClaimReverse
) -> CertificateHistory:
    """Apply the rejection of an accepted claim.

    That the child of a draw has fallen, its own history tells.
    """
    certificate = in_force(history, record)
    require_importing(certificate, entry, Role.CUSTOMS)
    found = _claim_in(history, record.claim, ClaimStatus.ACCEPTED)
    _require_refutable(found, entry)
    require_past(entry, record.rejected_at)
    after = posted(record.share_after, record.commitment_x, record.commitment_y)
    item = restored(history.item(found.item), found.commitment, record.share_before, after)
    counted = replace(certificate, accepted=certificate.accepted - 1)
    settled = replace(found, status=ClaimStatus.REJECTED)
    changed = history.with_certificate(counted).with_item(found.item, item)
    return changed.with_claim(record.claim, settled)


def doubt(
    history: CertificateHistory, entry: HistoryEntry, record: ClaimDoubt
) -> CertificateHistory:
    """Apply a doubt."""
    certificate = in_force(history, record)
    require_importing(certificate, entry, Role.CUSTOMS)
    found = _live_claim(history, record.claim)
    rule(found.verification is Verification.NONE, "origin: claim was doubted")
    require_past(entry, record.doubted_at)
    rule(entry.time < record.reply_by <= record.conclude_by, "origin: deadline")
    rule(record.conclude_by <= entry.time + VERIFICATION_LIMIT, "origin: deadline")
    doubted = replace(
        found,
        verification=Verification.REQUESTED,
        reply_by=record.reply_by,
        conclude_by=record.conclude_by,
    )
    return history.with_claim(record.claim, doubted)


def step(
    history: CertificateHistory, entry: HistoryEntry, record: VerificationStep
) -> CertificateHistory:
    """Apply a step of a verification."""
    certificate = known(history, record)
    if record.kind in _BY_IMPORTER:
        require_importing(certificate, entry, Role.CUSTOMS)
    else:
        require_exporting(certificate, entry, Role.ISSUING_AUTHORITY)
    found = _live_claim(history, record.claim)
    rule(entry.time <= found.conclude_by, "origin: verification is over")
    require_past(entry, record.stated_at)
    after = replace(found, verification=_stepped(found.verification, record.kind))
    notice = record.kind == VerificationKind.VISIT_NOTICE
    rule((record.reply_by != 0) == notice, "origin: deadline")
    if notice:
        rule(entry.time < record.reply_by <= found.conclude_by, "origin: deadline")
        after = replace(after, reply_by=record.reply_by)
    return history.with_claim(record.claim, after)


def _stepped(before: Verification, kind: int) -> Verification:
    rule(before in _OPEN, "origin: no open verification")
    try:
        sources, after = _STEPS[VerificationKind(kind)]
    except ValueError as fault:
        raise BrokenRuleError("origin: verification step") from fault
    rule(before in sources, "origin: verification step")
    return after


def _require_refutable(found: ClaimState, entry: HistoryEntry) -> None:
    if found.verification in _REFUTABLE:
        return
    rule(found.verification is not Verification.VALID, "origin: claim found valid")
    late = entry.time > found.conclude_by
    if found.verification in _UNANSWERED:
        late = late or entry.time > found.reply_by
    rule(late, "origin: claim under verification")


def _live_claim(history: CertificateHistory, digest: bytes) -> ClaimState:
    found = history.claims.get(digest)
    if found is None:
        raise BrokenRuleError("origin: unknown claim")
    rule(found.status is not ClaimStatus.REJECTED, "origin: claim is rejected")
    return found


def _claim_in(history: CertificateHistory, digest: bytes, status: ClaimStatus) -> ClaimState:
    found = history.claims.get(digest)
    if found is None:
        raise BrokenRuleError("origin: unknown claim")
    rule(found.status is status, f"origin: claim is not {status.name.lower()}")
    return found
