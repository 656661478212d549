"""Doubts and their verification: each rule with its twin, deadlines in block time."""

from __future__ import annotations

import pytest
from support.comet_ledger import skip_on_network
from support.network import (
    DAY,
    ID_AUTHORITY,
    ID_CUSTOMS,
    TH_CUSTOMS,
    VN_AUTHORITY,
    VN_CUSTOMS,
    Member,
    Network,
)
from support.trade import Claimed, Trade

from contracts.errors import RefusedError
from contracts.origin.events import ClaimDoubted, VerificationStepped
from contracts.origin.records import VerificationKind
from contracts.origin.state import ClaimState, ClaimStatus, Verification


@pytest.fixture
def claimed(trade: Trade) -> Claimed:
    return trade.claim(trade.issue())


def state(trade: Trade, claimed: Claimed) -> ClaimState:
    found = trade.network.origin.claim(claimed.certificate, claimed.digest)
    assert found is not None
    return found


def doubt(trade: Trade, claimed: Claimed) -> None:
    trade.network.run(trade.doubt_record(claimed), ID_CUSTOMS.officer)


def step(trade: Trade, claimed: Claimed, kind: int, member: Member) -> None:
    outcome = trade.network.run(trade.step_record(claimed, kind), member.officer)
    event = outcome.only(VerificationStepped)
    assert (event.kind, event.organisation) == (kind, member.id)
    assert event.verification == state(trade, claimed).verification


def step_refused(trade: Trade, claimed: Claimed, kind: int, member: Member, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        trade.network.attempt_record(trade.step_record(claimed, kind), member.officer)
    assert caught.value.reason == reason


def accept_refused(trade: Trade, claimed: Claimed, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        trade.network.attempt_record(trade.accept_record(claimed), ID_CUSTOMS.officer)
    assert caught.value.reason == reason


def reject_refused(trade: Trade, claimed: Claimed, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        trade.network.attempt_record(trade.reject_record(claimed), ID_CUSTOMS.officer)
    assert caught.value.reason == reason


def test_valid_result_lets_customs_accept_alone(trade: Trade, claimed: Claimed) -> None:
    record = trade.doubt_record(claimed)
    event = trade.network.run(record, ID_CUSTOMS.officer).only(ClaimDoubted)
    assert (event.reply_by, event.conclude_by) == (record.reply_by, record.conclude_by)
    found = state(trade, claimed)
    assert found.verification is Verification.REQUESTED
    assert (found.item, found.status) == (1, ClaimStatus.PENDING)
    assert (found.reply_by, found.conclude_by) == (record.reply_by, record.conclude_by)
    accept_refused(trade, claimed, "origin: claim under verification")
    reject_refused(trade, claimed, "origin: claim under verification")
    step(trade, claimed, VerificationKind.INTERIM, VN_AUTHORITY)
    accept_refused(trade, claimed, "origin: claim under verification")
    step(trade, claimed, VerificationKind.VALID, VN_AUTHORITY)
    reject_refused(trade, claimed, "origin: claim found valid")
    trade.accept(claimed)
    assert state(trade, claimed).status is ClaimStatus.ACCEPTED


def test_invalid_result_lets_customs_reject_alone(trade: Trade, claimed: Claimed) -> None:
    doubt(trade, claimed)
    step(trade, claimed, VerificationKind.INVALID, VN_AUTHORITY)
    accept_refused(trade, claimed, "origin: claim under verification")
    trade.network.run(trade.reject_record(claimed), ID_CUSTOMS.officer)
    assert state(trade, claimed).status is ClaimStatus.REJECTED


def test_silence_until_the_reply_is_due(trade: Trade, claimed: Claimed) -> None:
    doubt(trade, claimed)
    trade.network.wait(90 * DAY)
    reject_refused(trade, claimed, "origin: claim under verification")
    trade.network.wait(1)
    accept_refused(trade, claimed, "origin: claim under verification")
    trade.network.run(trade.reject_record(claimed), ID_CUSTOMS.officer)


def test_interim_reply_gives_time_until_the_end(trade: Trade, claimed: Claimed) -> None:
    doubt(trade, claimed)
    step(trade, claimed, VerificationKind.INTERIM, VN_AUTHORITY)
    trade.network.wait(180 * DAY)
    reject_refused(trade, claimed, "origin: claim under verification")
    trade.network.wait(1)
    step_refused(
        trade, claimed, VerificationKind.VALID, VN_AUTHORITY, "origin: verification is over"
    )
    trade.network.run(trade.reject_record(claimed), ID_CUSTOMS.officer)


def test_visit_with_consent_leaves_the_decision_to_customs(trade: Trade, claimed: Claimed) -> None:
    doubt(trade, claimed)
    before = trade.network.now
    step(trade, claimed, VerificationKind.VISIT_NOTICE, ID_CUSTOMS)
    replies_by = state(trade, claimed).reply_by - 30 * DAY
    assert before <= replies_by <= trade.network.now
    step(trade, claimed, VerificationKind.VISIT_CONSENT, VN_AUTHORITY)
    step(trade, claimed, VerificationKind.VISIT_REPORT, ID_CUSTOMS)
    trade.network.attempt_record(trade.reject_record(claimed), ID_CUSTOMS.officer)
    trade.accept(claimed)


def test_refused_visit_denies(trade: Trade, claimed: Claimed) -> None:
    doubt(trade, claimed)
    step(trade, claimed, VerificationKind.VISIT_NOTICE, ID_CUSTOMS)
    step(trade, claimed, VerificationKind.VISIT_REFUSAL, VN_AUTHORITY)
    accept_refused(trade, claimed, "origin: claim under verification")
    step_refused(
        trade, claimed, VerificationKind.VALID, VN_AUTHORITY, "origin: no open verification"
    )
    trade.network.run(trade.reject_record(claimed), ID_CUSTOMS.officer)


def test_drawn_claim_can_be_doubted_and_restored(trade: Trade, claimed: Claimed) -> None:
    trade.accept(claimed)
    doubt(trade, claimed)
    with pytest.raises(RefusedError, match="origin: claim under verification"):
        trade.reverse(claimed)
    step(trade, claimed, VerificationKind.INVALID, VN_AUTHORITY)
    trade.reverse(claimed)
    assert trade.network.origin.item(claimed.certificate, 1).share == 0


@pytest.mark.parametrize(
    ("kind", "member", "reason"),
    [
        (VerificationKind.VALID, ID_AUTHORITY, "origin: not of the issuing country"),
        (VerificationKind.VALID, VN_CUSTOMS, "members: role"),
        (VerificationKind.VISIT_NOTICE, TH_CUSTOMS, "origin: not of the importing country"),
        (VerificationKind.VISIT_NOTICE, VN_AUTHORITY, "members: role"),
        (VerificationKind.VISIT_CONSENT, VN_AUTHORITY, "origin: verification step"),
        (VerificationKind.VISIT_REFUSAL, VN_AUTHORITY, "origin: verification step"),
        (VerificationKind.VISIT_REPORT, ID_CUSTOMS, "origin: verification step"),
        (0, VN_AUTHORITY, "origin: verification step"),
        (8, VN_AUTHORITY, "origin: verification step"),
    ],
)
def test_who_may_not_take_which_step(
    trade: Trade, claimed: Claimed, kind: int, member: Member, reason: str
) -> None:
    doubt(trade, claimed)
    step_refused(trade, claimed, kind, member, reason)


def test_nothing_to_verify(trade: Trade, claimed: Claimed) -> None:
    # Without a doubt no time runs, and so it is over.
    step_refused(
        trade, claimed, VerificationKind.VALID, VN_AUTHORITY, "origin: verification is over"
    )


def test_interim_twice(trade: Trade, claimed: Claimed) -> None:
    doubt(trade, claimed)
    step(trade, claimed, VerificationKind.INTERIM, VN_AUTHORITY)
    step_refused(
        trade, claimed, VerificationKind.INTERIM, VN_AUTHORITY, "origin: verification step"
    )


@pytest.mark.parametrize(
    ("reply", "conclude", "kept"),
    [(1, 1, True), (0, 1, False), (2, 1, False), (1, 400 * DAY, True), (1, 400 * DAY + 1, False)],
)
def test_deadlines_of_a_doubt(
    trade: Trade, claimed: Claimed, reply: int, conclude: int, kept: bool
) -> None:
    skip_on_network("it counts the seconds of a block")
    trade.network.seal()
    now = trade.network.now
    record = trade.doubt_record(claimed, reply_by=now + reply, conclude_by=now + conclude)
    if kept:
        trade.network.attempt_record(record, ID_CUSTOMS.officer)
    else:
        with pytest.raises(RefusedError, match="origin: deadline"):
            trade.network.attempt_record(record, ID_CUSTOMS.officer)


def test_doubted_once(network: Network, trade: Trade, claimed: Claimed) -> None:
    with pytest.raises(RefusedError, match="origin: not of the importing country"):
        network.attempt_record(trade.doubt_record(claimed), TH_CUSTOMS.officer)
    doubt(trade, claimed)
    with pytest.raises(RefusedError, match="origin: claim was doubted"):
        network.attempt_record(trade.doubt_record(claimed), ID_CUSTOMS.officer)


def test_rejected_claim_is_doubted_no_more(
    network: Network, trade: Trade, claimed: Claimed
) -> None:
    network.run(trade.reject_record(claimed), ID_CUSTOMS.officer)
    with pytest.raises(RefusedError, match="origin: claim is rejected"):
        network.attempt_record(trade.doubt_record(claimed), ID_CUSTOMS.officer)


@pytest.mark.parametrize(("kind", "reply"), [(VerificationKind.INTERIM, 1), (4, 0)])
def test_deadline_belongs_to_a_notice_alone(
    trade: Trade, claimed: Claimed, kind: int, reply: int
) -> None:
    doubt(trade, claimed)
    member = ID_CUSTOMS if kind == VerificationKind.VISIT_NOTICE else VN_AUTHORITY
    record = trade.step_record(claimed, kind, reply_by=reply)
    with pytest.raises(RefusedError, match="origin: deadline"):
        trade.network.attempt_record(record, member.officer)
