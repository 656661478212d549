"""Random lives of declarations and guarantees: contract, replay and true amounts agree."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.duties import NOTHING, Dues, Duties, Guaranteed, opening
from support.network import (
    DAY,
    ID_CUSTOMS,
    OTHER_BANK,
    VN_BANK,
    VN_CUSTOMS,
    VN_IMPORTER,
    Member,
    Network,
    thing,
)

from contracts.errors import RefusedError
from contracts.payments.records import (
    AssessmentKind,
    CoverKind,
    CreditDecision,
    DrawDecision,
)
from contracts.payments.replay import accept
from contracts.payments.treasury import Signing, Treasury
from contracts.records import Record

AMOUNTS = st.sampled_from([1, 50, 99, 100, 150, 300])
MEMBERS = st.sampled_from([VN_CUSTOMS] * 5 + [ID_CUSTOMS, VN_BANK])
BANKS = st.sampled_from([VN_BANK] * 4 + [OTHER_BANK, VN_IMPORTER, VN_CUSTOMS])


class TreasuryLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.network = Network()
        self.duties = Duties(self.network)
        self.treasury = Treasury()
        self.amendments: dict[bytes, int] = {}
        self.reversing: set[bytes] = set()

    def teardown(self) -> None:
        self.network.close()

    @initialize()
    def begin(self) -> None:
        self.declarations = [thing(), thing()]
        for declaration in self.declarations:
            self.assess(declaration, 300, 2, 0, VN_CUSTOMS)
        hidden = opening(300)
        self.known = {bytes(32): hidden}
        self.put_grant(hidden, bytes(32), VN_BANK)

    def put(self, record: Record, member: Member) -> bool:
        """Hand a record to contract and replay, which must agree; say whether they took it."""
        refusal = None
        try:
            self.network.attempt_record(record, member.officer)
        except RefusedError as error:
            refusal = error.reason
        signing = Signing(
            self.duties.digest(record), member.id, member.roles, member.country, self.network.now
        )
        if refusal is None:
            accept(self.treasury, record, signing)
            self.network.run(record, member.officer)
            return True
        if refusal != "records: used":  # which is the record book's rule
            before = repr(self.treasury)
            with pytest.raises(RefusedError) as caught:
                accept(self.treasury, record, signing)
            assert caught.value.reason == refusal
            assert repr(self.treasury) == before
        return False

    @rule(
        data=st.data(),
        amount=st.sampled_from([0, 100, 150, 300]),
        kind=st.integers(0, 5),
        amendment=st.integers(0, 2),
        member=MEMBERS,
    )
    def assess_some(
        self, data: st.DataObject, amount: int, kind: int, amendment: int, member: Member
    ) -> None:
        declaration = data.draw(st.sampled_from(self.declarations))
        self.assess(declaration, amount, kind, amendment, member)

    def assess(
        self, declaration: bytes, amount: int, kind: int, amendment: int, member: Member
    ) -> None:
        due = opening(amount) if amount and kind <= AssessmentKind.FINAL else NOTHING
        record = self.duties.assess_record(declaration, due, kind, amendment=amendment)
        if self.put(record, member):
            self.duties.note_assessment(record, due)

    @rule(data=st.data(), amendment=st.integers(0, 3))
    def amend(self, data: st.DataObject, amendment: int) -> None:
        declaration = data.draw(st.sampled_from(self.declarations))
        self.put(self.duties.amend_record(declaration, amendment), VN_CUSTOMS)

    @rule(data=st.data(), amount=AMOUNTS, bank=BANKS, again=st.booleans())
    def notify(self, data: st.DataObject, amount: int, bank: Member, again: bool) -> None:
        declaration = data.draw(st.sampled_from(self.declarations))
        hidden = opening(amount)
        record = self.duties.credit_record(declaration, hidden)
        if again and self.treasury.credits:
            known = data.draw(st.sampled_from(list(self.treasury.credits.values())))
            record = replace(record, credit=known.credit)
        if self.put(record, bank):
            self.duties.credits[self.duties.digest(record)] = hidden

    @precondition(lambda self: self.duties.credits)
    @rule(
        data=st.data(),
        kind=st.sampled_from([1, 1, 1, 2, 3, 4, 0]),
        lie=st.sampled_from([0, 0, 0, -1, 1]),
        member=MEMBERS,
    )
    def decide(self, data: st.DataObject, kind: int, lie: int, member: Member) -> None:
        notice = data.draw(st.sampled_from(list(self.duties.credits)))
        declaration = self.treasury.credits[notice].declaration
        record = self.duties.decide_record(declaration, notice, kind)
        record = replace(record, total_after=max(0, record.total_after + lie))
        if self.put(record, member):
            self.duties.note_decision(record)

    @precondition(lambda self: self.duties.credits)
    @rule(data=st.data(), bank=BANKS)
    def take_back(self, data: st.DataObject, bank: Member) -> None:
        notice = data.draw(st.sampled_from(list(self.duties.credits)))
        declaration = self.treasury.credits[notice].declaration
        self.put(self.duties.reverse_record(declaration, notice), bank)

    @rule(data=st.data(), amount=AMOUNTS, turned=st.booleans())
    def refund(self, data: st.DataObject, amount: int, turned: bool) -> None:
        declaration = data.draw(st.sampled_from(self.declarations))
        toward = data.draw(st.sampled_from(self.declarations)) if turned else bytes(32)
        hidden = opening(amount)
        if self.duties.dues[declaration].paid.value < amount:
            return
        record = self.duties.refund_record(declaration, hidden, toward)
        if self.put(record, VN_CUSTOMS):
            self.duties.dues[declaration].paid -= hidden
            if turned:
                self.duties.credits[self.duties.digest(record)] = hidden

    @rule(data=st.data(), single=st.booleans(), bank=BANKS)
    def grant(self, data: st.DataObject, single: bool, bank: Member) -> None:
        declaration = data.draw(st.sampled_from(self.declarations)) if single else bytes(32)
        self.put_grant(opening(300), declaration, bank)

    def put_grant(self, hidden: object, declaration: bytes, bank: Member) -> None:
        record = self.duties.grant_record(
            hidden,  # type: ignore[arg-type] # an opening, which Hypothesis does not know
            declaration,
            bank,
            valid_to=self.network.now + 3 * DAY,
        )
        if self.put(record, bank):
            self.duties.guarantees[record.object] = Guaranteed(record.object, hidden)  # type: ignore[arg-type] # as above

    @precondition(lambda self: self.duties.guarantees)
    @rule(data=st.data(), days=st.integers(-3, 5), bank=BANKS)
    def change(self, data: st.DataObject, days: int, bank: Member) -> None:
        guarantee = data.draw(st.sampled_from(list(self.duties.guarantees)))
        self.put(self.duties.change_record(guarantee, self.network.now + days * DAY), bank)

    @precondition(lambda self: self.duties.guarantees)
    @rule(data=st.data(), amount=AMOUNTS, member=BANKS)
    def draw(self, data: st.DataObject, amount: int, member: Member) -> None:
        guarantee = data.draw(st.sampled_from(list(self.duties.guarantees)))
        declaration = data.draw(st.sampled_from(self.declarations))
        hidden = opening(amount)
        record = self.duties.draw_record(guarantee, declaration, hidden)
        if self.put(record, member):
            self.duties.draws[self.duties.digest(record)] = (guarantee, declaration, hidden)

    @precondition(lambda self: self.duties.draws)
    @rule(data=st.data(), kind=st.sampled_from([1, 1, 1, 2, 3, 0]), member=MEMBERS)
    def decide_draw(self, data: st.DataObject, kind: int, member: Member) -> None:
        draw = data.draw(st.sampled_from(list(self.duties.draws)))
        record = self.duties.draw_decide_record(draw, kind)
        if self.put(record, member):
            self.duties.guarantees[record.object].drawn = self.duties.drawn_after(draw, kind)

    @precondition(lambda self: self.duties.draws)
    @rule(data=st.data(), kind=st.sampled_from([1, 1, 1, 2, 0]), member=MEMBERS)
    def cover(self, data: st.DataObject, kind: int, member: Member) -> None:
        draw = data.draw(st.sampled_from(list(self.duties.draws)))
        record = self.duties.cover_record(draw, kind)
        if self.put(record, member):
            self.duties.note_cover(record)

    @rule(hours=st.integers(1, 40))
    def wait(self, hours: int) -> None:
        self.network.wait(hours * 3600)

    @invariant()
    def agree(self) -> None:
        payments, now = self.network.payments, self.network.now
        self.network.seal()
        for declaration in getattr(self, "declarations", []):
            settled = payments.is_settled(declaration)
            assert payments.declaration(declaration) == self.treasury.declarations.get(declaration)
            assert payments.covers(declaration) == self.treasury.covers.get(declaration, [])
            assert settled == self.treasury.is_settled(declaration, now)
            if settled:
                self.is_covered(self.duties.dues[declaration])
        for guarantee in self.duties.guarantees.values():
            assert payments.guarantee(guarantee.id) == self.treasury.guarantees[guarantee.id]
            assert guarantee.drawn.value <= guarantee.limit.value
        for draw, state in self.treasury.draws.items():
            assert payments.draw(draw) == state
        for notice, credit in self.treasury.credits.items():
            assert payments.credit(notice) == credit

    def is_covered(self, dues: Dues) -> None:
        """What is settled is there, to the dong."""
        free = dues.kind >= AssessmentKind.ZERO
        assert free or dues.paid.value + dues.covered.value >= dues.due.value


assert {int(kind) for kind in CreditDecision} == {1, 2, 3, 4}
assert {int(kind) for kind in DrawDecision} == {1, 2, 3}
assert {int(kind) for kind in CoverKind} == {1, 2}

TestTreasuryLife = TreasuryLife.TestCase
TestTreasuryLife.settings = settings(
    max_examples=6, stateful_step_count=25, deadline=None, phases=(Phase.explicit, Phase.generate)
)
