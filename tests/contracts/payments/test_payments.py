"""What is due, paid and guaranteed: each rule of the contract with its twin."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.duties import NOTHING, Duties, opening
from support.network import (
    DAY,
    HOUR,
    ID_CUSTOMS,
    OTHER_BANK,
    VN_BANK,
    VN_CUSTOMS,
    VN_EXPORTER,
    VN_IMPORTER,
    Member,
    Network,
    salt,
    thing,
)

from contracts.artifacts import load_artifact
from contracts.errors import RefusedError
from contracts.membership import governance
from contracts.payments.binding import PaymentsContract
from contracts.payments.events import AssessmentIssued, CreditDecided, CreditNotified
from contracts.payments.records import (
    AssessmentKind,
    CoverKind,
    CreditDecision,
    DrawDecision,
    GuaranteeKind,
)
from contracts.payments.state import CreditStatus, DrawStatus
from contracts.records import Record


@pytest.fixture
def duties(network: Network) -> Duties:
    return Duties(network)


def refused(duties: Duties, record: Record, member: Member, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        duties.network.attempt_record(record, member.officer)
    assert caught.value.reason == reason


class TestAssessment:
    def test_is_kept_and_told(self, duties: Duties) -> None:
        due = opening(95_287_500)
        record = duties.assess_record(thing(), due)
        event = duties.run(record, VN_CUSTOMS).only(AssessmentIssued)
        state = duties.network.payments.declaration(record.object)
        assert state is not None
        assert (state.kind, state.sequence, state.assessment) == (2, 1, duties.digest(record))
        assert (state.due.x, state.due.y) == (record.commitment_x, record.commitment_y)
        assert event.assessment == duties.digest(record)
        assert not duties.settled(record.object)

    def test_an_unknown_declaration_is_not_settled(self, duties: Duties) -> None:
        assert not duties.settled(thing())
        assert duties.network.payments.declaration(thing()) is None

    @pytest.mark.parametrize("kind", [AssessmentKind.ZERO, AssessmentKind.EXEMPT])
    def test_nothing_due_is_signed_and_settled(self, duties: Duties, kind: int) -> None:
        declaration = duties.assess(0, kind=kind)
        assert duties.settled(declaration)

    def test_only_customs_of_its_country_assesses(self, duties: Duties) -> None:
        record = duties.assess_record(thing(), opening(10))
        refused(duties, record, ID_CUSTOMS, "payments: declaration of another country")
        refused(duties, record, VN_BANK, "members: role")
        duties.run(record, VN_CUSTOMS)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"sequence": 0}, "payments: sequence"),
            ({"sequence": 2}, "payments: sequence"),
            ({"kind": 0}, "payments: kind"),
            ({"kind": 5}, "payments: kind"),
            ({"kind": 3}, "payments: nothing is due"),
            ({"content": bytes(32)}, "payments: content"),
            ({"commitment_x": 0, "commitment_y": 0}, "payments: commitment"),
            ({"commitment_x": 1, "commitment_y": 1}, "payments: commitment"),
            ({"paid_share": 10_000, "total_share": 10_000}, "payments: nothing is paid"),
            ({"total_share": 10_000}, "payments: nothing is guaranteed"),
            ({"paid_share": 1}, "payments: more paid than in total"),
            ({"paid_share": 10_001, "total_share": 10_001}, "payments: beyond the whole"),
            ({"assessed_at": 1 << 40}, "members: event time"),
        ],
    )
    def test_bad_ones_are_refused(
        self, duties: Duties, changes: dict[str, int], reason: str
    ) -> None:
        record = duties.assess_record(thing(), opening(10), **changes)
        refused(duties, record, VN_CUSTOMS, reason)

    def test_a_new_one_replaces_it_and_keeps_what_is_paid(self, duties: Duties) -> None:
        declaration = duties.assess(100, kind=AssessmentKind.PROVISIONAL)
        duties.pay(declaration, 100)
        assert duties.settled(declaration)
        duties.assess(150, declaration)
        state = duties.network.payments.declaration(declaration)
        assert state is not None
        assert (state.paid_share, state.sequence) == (6_666, 2)
        assert not duties.settled(declaration)
        duties.pay(declaration, 50)
        assert duties.settled(declaration)

    def test_two_of_one_sequence_do_not_both_stand(self, duties: Duties) -> None:
        declaration = duties.assess(100)
        record = duties.assess_record(declaration, opening(1), sequence=1)
        refused(duties, record, VN_CUSTOMS, "payments: sequence")

    def test_zero_afterwards_counts_nothing_as_paid(self, duties: Duties) -> None:
        declaration = duties.assess(100)
        duties.pay(declaration, 40)
        wrong = duties.assess_record(
            declaration, NOTHING, AssessmentKind.ZERO, paid_share=4_000, total_share=4_000
        )
        refused(duties, wrong, VN_CUSTOMS, "payments: nothing is due")
        duties.assess(0, declaration)
        assert duties.settled(declaration)


class TestAmendment:
    def test_unsettles_until_it_is_assessed(self, duties: Duties) -> None:
        declaration = duties.assess(100)
        duties.pay(declaration, 100)
        duties.run(duties.amend_record(declaration, 1), VN_CUSTOMS)
        assert not duties.settled(declaration)
        late = duties.assess_record(declaration, opening(100), amendment=0)
        refused(duties, late, VN_CUSTOMS, "payments: amendment has passed")
        duties.assess(100, declaration, amendment=1)
        assert duties.settled(declaration)

    def test_goes_forward_only(self, duties: Duties) -> None:
        declaration = duties.assess(100, amendment=2)
        same = duties.amend_record(declaration, 2)
        refused(duties, same, VN_CUSTOMS, "payments: amendment has passed")
        unknown = duties.amend_record(thing(), 1)
        refused(duties, unknown, VN_CUSTOMS, "payments: nothing is assessed")
        foreign = duties.amend_record(declaration, 3)
        refused(duties, foreign, ID_CUSTOMS, "payments: declaration of another country")
        duties.run(foreign, VN_CUSTOMS)


class TestCredit:
    def test_counts_only_countersigned(self, duties: Duties) -> None:
        declaration = duties.assess(300)
        record = duties.credit_record(declaration, amount := opening(300))
        event = duties.run(record, VN_BANK).only(CreditNotified)
        assert (event.bank, event.notice) == (VN_BANK.id, duties.digest(record))
        assert not duties.settled(declaration)
        duties.credits[event.notice] = amount
        told = duties.decide(declaration, event.notice).only(CreditDecided)
        assert (told.paid_share, told.total_share) == (10_000, 10_000)
        assert duties.settled(declaration)
        credit = duties.network.payments.credit(event.notice)
        assert credit is not None
        assert credit.status is CreditStatus.ACCEPTED
        assert duties.network.payments.notice_of(VN_BANK.id, record.credit) == event.notice

    def test_three_thirds_settle_and_a_dong_less_does_not(self, duties: Duties) -> None:
        declaration = duties.assess(100)
        for part in (33, 33, 33):
            duties.pay(declaration, part)
        assert duties.dues[declaration].shares == (9_900, 9_900)
        assert not duties.settled(declaration)
        duties.pay(declaration, 1)
        assert duties.settled(declaration)

    def test_the_last_dong_of_a_large_sum_is_missed(self, duties: Duties) -> None:
        declaration = duties.assess(10**15)
        duties.pay(declaration, 10**15 - 1)
        assert duties.dues[declaration].shares == (9_999, 9_999)
        assert not duties.settled(declaration)

    def test_overpayment_settles(self, duties: Duties) -> None:
        declaration = duties.assess(100)
        duties.pay(declaration, 100_000)
        assert duties.settled(declaration)

    def test_only_banks_state_credits(self, duties: Duties) -> None:
        declaration = duties.assess(100)
        record = duties.credit_record(declaration, opening(100))
        for member in (VN_CUSTOMS, VN_IMPORTER):
            refused(duties, record, member, "members: role")
        duties.run(record, VN_BANK)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"object": thing()}, "payments: nothing is assessed"),
            ({"assessment": bytes(32)}, "payments: not the latest assessment"),
            ({"credit": bytes(32)}, "payments: credit"),
            ({"content": bytes(32)}, "payments: content"),
            ({"commitment_x": 0, "commitment_y": 0}, "payments: commitment"),
            ({"credited_at": 1 << 40}, "members: event time"),
        ],
    )
    def test_bad_ones_are_refused(
        self, duties: Duties, changes: dict[str, int], reason: str
    ) -> None:
        record = duties.credit_record(duties.assess(100), opening(100), **changes)
        refused(duties, record, VN_BANK, reason)

    def test_one_credit_counts_once(self, duties: Duties) -> None:
        first, second = duties.assess(100), duties.assess(100)
        record = duties.credit_record(first, opening(100))
        duties.run(record, VN_BANK)
        refused(duties, record, VN_BANK, "records: used")
        for declaration in (first, second):
            again = duties.credit_record(declaration, opening(100), credit=record.credit)
            refused(duties, again, VN_BANK, "payments: credit exists")
        other = duties.credit_record(second, opening(100), credit=record.credit)
        duties.run(other, OTHER_BANK)  # another bank's number is another credit

    def test_a_refused_one_may_come_again(self, duties: Duties) -> None:
        declaration = duties.assess(100)
        notice = duties.credit(declaration, 100)
        duties.decide(declaration, notice, CreditDecision.REFUSE)
        credit = duties.network.payments.credit(notice)
        assert credit is not None
        assert credit.status is CreditStatus.REFUSED
        accept = duties.decide_record(declaration, notice)
        refused(duties, accept, VN_CUSTOMS, "payments: credit is not pending")
        duties.run(duties.credit_record(declaration, opening(100), credit=credit.credit), VN_BANK)

    def test_a_new_assessment_makes_the_bank_name_it(self, duties: Duties) -> None:
        declaration = duties.assess(100)
        before = duties.dues[declaration].assessment
        duties.assess(120, declaration)
        stale = duties.credit_record(declaration, opening(100), assessment=before)
        refused(duties, stale, VN_BANK, "payments: not the latest assessment")


class TestDecision:
    def pending(self, duties: Duties) -> tuple[bytes, bytes]:
        declaration = duties.assess(100)
        return declaration, duties.credit(declaration, 60)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"kind": 0}, "payments: no reversal"),
            ({"kind": 3}, "payments: no reversal"),
            ({"kind": 4}, "payments: no reversal"),
            ({"assessment": bytes(32)}, "payments: not the latest assessment"),
            ({"notice": bytes(32)}, "payments: unknown credit"),
            ({"paid_before": 1}, "payments: share has changed"),
            ({"commitment_x": 1, "commitment_y": 2}, "payments: commitment"),
            ({"paid_after": 7_000}, "payments: more paid than in total"),
            ({"total_after": 7_000}, "payments: nothing is guaranteed"),
            ({"paid_after": 10_001, "total_after": 10_001}, "payments: beyond the whole"),
            ({"decided_at": 1 << 40}, "members: event time"),
        ],
    )
    def test_bad_ones_are_refused(
        self, duties: Duties, changes: dict[str, int], reason: str
    ) -> None:
        record = replace(duties.decide_record(*self.pending(duties)), **changes)
        refused(duties, record, VN_CUSTOMS, reason)

    def test_of_another_declaration(self, duties: Duties) -> None:
        declaration, notice = self.pending(duties)
        other = duties.assess(100)
        record = duties.decide_record(declaration, notice)
        stolen = duties.decide_record(other, notice)
        refused(duties, stolen, VN_CUSTOMS, "payments: unknown credit")
        refused(duties, record, ID_CUSTOMS, "payments: declaration of another country")
        refused(duties, record, VN_BANK, "members: role")
        duties.run(record, VN_CUSTOMS)

    def test_shares_move_one_way(self, duties: Duties) -> None:
        declaration, _ = self.pending(duties)
        duties.pay(declaration, 30)
        notice = duties.credit(declaration, 10)
        falling = duties.decide_record(declaration, notice, paid_after=2_999, total_after=2_999)
        refused(duties, falling, VN_CUSTOMS, "payments: share falls")
        kept = duties.decide_record(
            declaration, notice, CreditDecision.REFUSE, paid_after=10_000, total_after=10_000
        )
        refused(duties, kept, VN_CUSTOMS, "payments: shares change")


class TestReversal:
    def test_unsettles_at_once_and_is_decided(self, duties: Duties) -> None:
        declaration = duties.assess(100)
        notice = duties.pay(declaration, 100)
        duties.run(duties.reverse_record(declaration, notice), VN_BANK)
        assert not duties.settled(declaration)
        rising = duties.decide_record(
            declaration, notice, CreditDecision.REVERSE, paid_after=1, total_after=1
        )
        refused(duties, rising, VN_CUSTOMS, "payments: nothing is paid")
        duties.decide(declaration, notice, CreditDecision.REVERSE)
        assert not duties.settled(declaration)
        again = duties.credit_record(
            declaration,
            opening(100),
            credit=duties.network.payments.credit(notice).credit,  # type: ignore[union-attr]
        )
        refused(duties, again, VN_BANK, "payments: credit exists")
        duties.pay(declaration, 100)
        assert duties.settled(declaration)

    def test_customs_may_keep_it(self, duties: Duties) -> None:
        declaration = duties.assess(100)
        notice = duties.pay(declaration, 100)
        duties.run(duties.reverse_record(declaration, notice), VN_BANK)
        duties.decide(declaration, notice, CreditDecision.KEEP)
        assert duties.settled(declaration)

    def test_a_pending_one_is_withdrawn(self, duties: Duties) -> None:
        declaration = duties.assess(100)
        notice = duties.credit(declaration, 100)
        duties.run(duties.reverse_record(declaration, notice), VN_BANK)
        accept = duties.decide_record(declaration, notice)
        refused(duties, accept, VN_CUSTOMS, "payments: credit is not pending")
        twice = duties.reverse_record(declaration, notice)
        refused(duties, twice, VN_BANK, "payments: credit does not count")

    def test_by_its_bank_alone(self, duties: Duties) -> None:
        declaration = duties.assess(100)
        notice = duties.pay(declaration, 100)
        record = duties.reverse_record(declaration, notice)
        refused(duties, record, OTHER_BANK, "payments: another bank's credit")
        refused(duties, record, VN_CUSTOMS, "members: role")
        empty = duties.reverse_record(declaration, notice, content=bytes(32))
        refused(duties, empty, VN_BANK, "payments: content")
        unknown = duties.reverse_record(declaration, salt())
        refused(duties, unknown, VN_BANK, "payments: unknown credit")
        duties.run(record, VN_BANK)


class TestRefund:
    def overpaid(self, duties: Duties) -> bytes:
        declaration = duties.assess(100)
        duties.pay(declaration, 150)
        return declaration

    def test_pays_back_and_stays_settled(self, duties: Duties) -> None:
        declaration = self.overpaid(duties)
        amount = opening(50)
        record = duties.refund_record(declaration, amount)
        duties.run(record, VN_CUSTOMS)
        duties.note_refund(record, amount)
        assert duties.settled(declaration)
        again = duties.refund_record(declaration, opening(1), refund=record.refund)
        refused(duties, again, VN_CUSTOMS, "payments: credit exists")

    def test_all_of_it_where_nothing_is_due(self, duties: Duties) -> None:
        declaration = self.overpaid(duties)
        duties.assess(0, declaration)
        amount = duties.dues[declaration].paid
        duties.run(duties.refund_record(declaration, amount), VN_CUSTOMS)
        assert duties.settled(declaration)

    def test_not_all_of_it_where_something_is(self, duties: Duties) -> None:
        declaration = self.overpaid(duties)
        record = duties.refund_record(declaration, duties.dues[declaration].paid)
        refused(duties, record, VN_CUSTOMS, "payments: nothing is paid")

    def test_toward_another_declaration(self, duties: Duties) -> None:
        declaration, other = self.overpaid(duties), duties.assess(50)
        amount = opening(50)
        record = duties.refund_record(declaration, amount, other)
        duties.run(record, VN_CUSTOMS)
        duties.note_refund(record, amount)
        assert not duties.settled(other)
        notice = duties.digest(record)
        refusing = duties.decide_record(other, notice, CreditDecision.REFUSE)
        refused(duties, refusing, VN_CUSTOMS, "payments: money turned here is accepted")
        duties.decide(other, notice)
        assert duties.settled(other)
        assert duties.settled(declaration)
        twice = duties.decide_record(other, notice)
        refused(duties, twice, VN_CUSTOMS, "payments: credit is not pending")

    def test_only_what_is_settled_by_payments(self, duties: Duties) -> None:
        declaration = duties.assess(100)
        duties.pay(declaration, 60)
        refused(
            duties,
            duties.refund_record(declaration, opening(1)),
            VN_CUSTOMS,
            "payments: not settled",
        )
        duties.guarantee(declaration, 40)
        assert duties.settled(declaration)
        refused(
            duties,
            duties.refund_record(declaration, opening(1)),
            VN_CUSTOMS,
            "payments: not settled",
        )

    def test_nothing_while_a_bank_takes_back(self, duties: Duties) -> None:
        declaration = self.overpaid(duties)
        notice = duties.pay(declaration, 10)
        duties.run(duties.reverse_record(declaration, notice), VN_BANK)
        record = duties.refund_record(declaration, opening(50))
        refused(duties, record, VN_CUSTOMS, "payments: not settled")

    def test_targets_are_known_and_own(self, duties: Duties) -> None:
        declaration = self.overpaid(duties)
        for toward, reason in (
            (declaration, "payments: toward itself"),
            (thing(), "payments: nothing is assessed"),
            (thing("ID"), "payments: declaration of another country"),
        ):
            record = duties.refund_record(declaration, opening(50), toward)
            refused(duties, record, VN_CUSTOMS, reason)
        wrong = duties.refund_record(declaration, opening(50), commitment_x=1, commitment_y=2)
        refused(duties, wrong, VN_CUSTOMS, "payments: commitment")


class TestGuarantee:
    def test_covers_with_what_is_paid(self, duties: Duties) -> None:
        declaration = duties.assess(300)
        duties.pay(declaration, 100)
        duties.guarantee(declaration, 200)
        assert duties.dues[declaration].shares == (3_333, 10_000)
        assert duties.settled(declaration)

    def test_no_longer_once_it_ends(self, duties: Duties) -> None:
        declaration = duties.assess(100)
        now = duties.network.now
        duties.guarantee(declaration, 100, valid_to=now + DAY)
        assert duties.settled(declaration)
        duties.network.wait(DAY + 1)
        assert not duties.settled(declaration)

    def test_longer_when_its_bank_says_so(self, duties: Duties) -> None:
        declaration = duties.assess(100)
        now = duties.network.now
        draw = duties.guarantee(declaration, 100, valid_to=now + DAY)
        guarantee = duties.draws[draw][0]
        shorter = duties.change_record(guarantee, now + HOUR)
        refused(duties, shorter, VN_BANK, "payments: guarantee is drawn")
        longer = duties.change_record(guarantee, now + 3 * DAY)
        refused(duties, longer, OTHER_BANK, "payments: another bank's guarantee")
        duties.run(longer, VN_BANK)
        duties.network.wait(DAY + 1)
        assert duties.settled(declaration)

    def test_ends_earlier_while_nothing_is_drawn(self, duties: Duties) -> None:
        guarantee, now = duties.grant(100), duties.network.now
        nothing = duties.change_record(guarantee, now - 2 * DAY)
        refused(duties, nothing, VN_BANK, "payments: validity")
        unknown = duties.change_record(salt(), now)
        refused(duties, unknown, VN_BANK, "payments: unknown guarantee")
        duties.run(duties.change_record(guarantee, now), VN_BANK)
        draw = duties.draw_record(guarantee, duties.assess(10), opening(10))
        refused(duties, draw, VN_BANK, "payments: guarantee is not valid now")

    def test_is_never_over_drawn(self, duties: Duties) -> None:
        guarantee, declaration = duties.grant(100), duties.assess(1_000)
        for part in (33, 33, 33, 1):
            duties.decide_draw(duties.draw(guarantee, declaration, part))
        more = duties.draw(guarantee, declaration, 1)
        beyond = duties.draw_decide_record(more)
        assert beyond.share_after == 10_100
        refused(duties, beyond, VN_CUSTOMS, "drawdown: beyond the whole")

    def test_is_restored_when_paid(self, duties: Duties) -> None:
        guarantee, declaration = duties.grant(100), duties.assess(100)
        draw = duties.draw(guarantee, declaration, 100)
        duties.decide_draw(draw)
        duties.cover(draw)
        early = duties.draw_decide_record(draw, DrawDecision.RESTORE)
        refused(duties, early, VN_CUSTOMS, "payments: draw is not free")
        duties.pay(declaration, 100)
        duties.cover(draw, CoverKind.RELEASE)
        duties.decide_draw(draw, DrawDecision.RESTORE)
        assert duties.settled(declaration)
        state = duties.network.payments.draw(draw)
        assert state is not None
        assert state.status is DrawStatus.RESTORED
        full = duties.draw(guarantee, duties.assess(100), 100)
        duties.decide_draw(full)  # the whole of it is free again
        again = duties.cover_record(draw)
        refused(duties, again, VN_CUSTOMS, "payments: draw is not free")

    def test_a_draw_covers_once_and_its_declaration(self, duties: Duties) -> None:
        declaration = duties.assess(100)
        draw = duties.draw(duties.grant(100), declaration, 100)
        pending = duties.cover_record(draw)
        refused(duties, pending, VN_CUSTOMS, "payments: draw is not free")
        duties.decide_draw(draw)
        other = duties.assess(100)
        stolen = duties.cover_record(draw, object=other)
        refused(duties, stolen, VN_CUSTOMS, "payments: unknown draw")
        duties.cover(draw)
        twice = duties.cover_record(draw)
        refused(duties, twice, VN_CUSTOMS, "payments: draw is not free")
        assert duties.network.payments.covers(declaration) == [draw]
        duties.cover(draw, CoverKind.RELEASE)
        assert not duties.settled(declaration)
        gone = duties.cover_record(draw, CoverKind.RELEASE)
        refused(duties, gone, VN_CUSTOMS, "payments: draw covers nothing")

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"kind": 0}, "payments: kind"),
            ({"assessment": bytes(32)}, "payments: not the latest assessment"),
            ({"total_before": 1}, "payments: share has changed"),
            ({"commitment_x": 1, "commitment_y": 2}, "payments: commitment"),
            ({"total_after": 10_001}, "payments: beyond the whole"),
            ({"draw": bytes(32)}, "payments: unknown draw"),
        ],
    )
    def test_bad_covers_are_refused(
        self, duties: Duties, changes: dict[str, int], reason: str
    ) -> None:
        draw = duties.draw(duties.grant(100), duties.assess(100), 100)
        duties.decide_draw(draw)
        record = replace(duties.cover_record(draw), **changes)
        refused(duties, record, VN_CUSTOMS, reason)

    def test_eight_at_most(self, duties: Duties) -> None:
        declaration, guarantee = duties.assess(100), duties.grant(100)
        draws = [duties.draw(guarantee, declaration, 1) for _ in range(9)]
        for draw in draws:
            duties.decide_draw(draw)
        for draw in draws[:8]:
            duties.cover(draw)
        refused(duties, duties.cover_record(draws[8]), VN_CUSTOMS, "payments: too many covers")
        duties.cover(draws[3], CoverKind.RELEASE)
        duties.cover(draws[8])
        expected = [*draws[:3], *draws[4:9]]
        assert duties.network.payments.covers(declaration) == expected

    def test_single_ones_are_for_their_declaration(self, duties: Duties) -> None:
        declaration, other = duties.assess(100), duties.assess(100)
        guarantee = duties.grant(100, declaration)
        wrong = duties.draw_record(guarantee, other, opening(1))
        refused(duties, wrong, VN_BANK, "payments: guarantee for another declaration")
        duties.draw(guarantee, declaration, 100)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"object": bytes(32)}, "payments: another bank's guarantee"),
            ({"kind": 3}, "payments: kind"),
            (
                {"kind": GuaranteeKind.SINGLE},
                "payments: one declaration makes a single guarantee",
            ),
            ({"valid_to": 0}, "payments: validity"),
            ({"content": bytes(32)}, "payments: content"),
            ({"limit_x": 0, "limit_y": 0}, "payments: commitment"),
        ],
    )
    def test_bad_grants_are_refused(
        self, duties: Duties, changes: dict[str, int], reason: str
    ) -> None:
        refused(duties, duties.grant_record(opening(100), **changes), VN_BANK, reason)

    def test_is_its_banks(self, duties: Duties) -> None:
        record = duties.grant_record(opening(100))
        refused(duties, record, OTHER_BANK, "payments: another bank's guarantee")
        refused(duties, record, VN_CUSTOMS, "members: role")
        duties.run(record, VN_BANK)
        again = duties.grant_record(opening(200), number=record.number)
        refused(duties, again, VN_BANK, "payments: guarantee exists")

    def test_who_may_draw(self, duties: Duties) -> None:
        guarantee, declaration = duties.grant(100), duties.assess(100)
        record = duties.draw_record(guarantee, declaration, opening(10))
        refused(duties, record, OTHER_BANK, "payments: another bank's guarantee")
        refused(duties, record, VN_CUSTOMS, "members: role")
        duties.run(record, VN_EXPORTER)
        stray = duties.draw_record(salt(), declaration, opening(10))
        refused(duties, stray, VN_BANK, "payments: unknown guarantee")
        free = duties.draw_record(guarantee, duties.assess(0), opening(10))
        refused(duties, free, VN_BANK, "payments: nothing is due")
        for changes, reason in (
            ({"content": bytes(32)}, "payments: content"),
            ({"quantity_x": 0, "quantity_y": 0}, "payments: commitment"),
            ({"assessment": bytes(32)}, "payments: not the latest assessment"),
        ):
            bad = duties.draw_record(guarantee, declaration, opening(10), **changes)
            refused(duties, bad, VN_BANK, reason)

    def test_draws_are_decided_once_by_customs(self, duties: Duties) -> None:
        draw = duties.draw(duties.grant(100), duties.assess(100), 50)
        record = duties.draw_decide_record(draw)
        refused(duties, record, ID_CUSTOMS, "payments: declaration of another country")
        refused(duties, record, VN_BANK, "members: role")
        strange = replace(record, object=duties.grant(5))
        refused(duties, strange, VN_CUSTOMS, "payments: unknown draw")
        refused(duties, duties.draw_decide_record(draw, 7), VN_CUSTOMS, "payments: kind")
        duties.decide_draw(draw, DrawDecision.REFUSE)
        refused(duties, record, VN_CUSTOMS, "payments: draw is not pending")


def test_an_upgrade_remembers_everything(duties: Duties) -> None:
    network = duties.network
    declaration = duties.assess(300)
    guarantee = duties.grant(500)
    first = duties.draw(guarantee, declaration, 100)
    duties.decide_draw(first)
    duties.cover(first)
    waiting = duties.credit(declaration, 100)
    paid = duties.pay(declaration, 100)
    before = network.payments.declaration(declaration)
    _upgrade(network)
    assert network.payments.declaration(declaration) == before
    assert network.payments.covers(declaration) == [first]
    duties.decide(declaration, waiting)
    assert duties.settled(declaration)
    taken = network.payments.credit(paid)
    assert taken is not None
    again = duties.credit_record(declaration, opening(1), credit=taken.credit)
    refused(duties, again, VN_BANK, "payments: credit exists")
    second = duties.draw(guarantee, declaration, 400)
    duties.decide_draw(second)
    beyond = duties.draw_decide_record(duties.draw(guarantee, declaration, 1))
    refused(duties, beyond, VN_CUSTOMS, "drawdown: beyond the whole")
    duties.cover(second)
    assert network.payments.covers(declaration) == [first, second]


def _upgrade(network: Network) -> None:
    init_code = load_artifact("payments").init_code(
        network.membership.address.rjust(32, b"\0"), network.payments.address.rjust(32, b"\0")
    )
    network.install("payments", init_code, network.ledger.block_number() + 2)
    network.decide(governance.commit_consortium_key("passing", salt()))
    address = network.membership.versions("payments")[-1].contract
    network.payments = PaymentsContract(network.ledger, address)
