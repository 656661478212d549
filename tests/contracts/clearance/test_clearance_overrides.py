"""Overrides take two officers, stand out, and never touch the draw; upgrades carry all on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.clearing import (
    ALWAYS,
    NEVER,
    RATES,
    VN_AGENCY,
    Clearing,
    add_officer,
    code,
    second,
    upgrade,
)
from support.clearing_replay import Replayed
from support.network import ID_CUSTOMS, VN_CUSTOMS, Member, Signer, salt

from contracts.clearance.events import Approved, ClearanceGranted, OverrideAsked
from contracts.clearance.records import (
    Channel,
    CheckKind,
    CheckOutcome,
    FactOutcome,
    GrantKind,
    HoldKind,
    OverrideKind,
)
from contracts.clearance.state import DrawOutcome, FactStatus
from contracts.errors import RefusedError
from contracts.events import Refused
from contracts.membership import governance
from contracts.membership.keys import Role
from contracts.membership.records import KeyRevoke
from contracts.records import SignedRecord
from contracts.records.record import RecordDomain

NOTHING = "clearance: nothing to override"
TWO = "clearance: two officers"


class TestTwoOfficers:
    def test_a_second_key_of_the_same_customs(self, clearing: Clearing) -> None:
        declaration = clearing.channelled(Channel.YELLOW)
        record = clearing.ask_record(declaration, OverrideKind.CHANNEL, Channel.GREEN)
        asked = clearing.run(record).only(OverrideAsked)
        assert (asked.officer, asked.reason) == (VN_CUSTOMS.officer.key_id, code("OPERATOR"))
        assert clearing.state(declaration).channel is Channel.YELLOW
        approval = clearing.approval_record(declaration, clearing.digest(record))
        clearing.refused(approval, TWO)
        clearing.refused(approval, "clearance: declaration of another country", ID_CUSTOMS)
        clearing.refused(approval, "members: role", VN_AGENCY)
        event = clearing.run(approval, second(VN_CUSTOMS)).only(Approved)
        assert (event.officer, event.approver) == (asked.officer, second(VN_CUSTOMS).key_id)
        state = clearing.state(declaration)
        assert (state.channel, state.overrides) == (Channel.GREEN, 1)
        again = clearing.approval_record(declaration, clearing.digest(record), approved_at=1)
        clearing.refused(again, "clearance: nothing to approve", second(VN_CUSTOMS))
        clearing.settle(declaration)
        assert clearing.grant(declaration, GrantKind.CLEAR).only(ClearanceGranted).overrides == 1

    def test_customs_of_another_name_does_not_approve(self, clearing: Clearing) -> None:
        other = Member("VN other customs", Role.CUSTOMS, "VN", governing=False)
        network = clearing.network
        network.decide(
            governance.admit_organisation(
                other.id, other.roles, other.country, other.admin.key_id, governing=False
            )
        )
        add_officer(network, other, other.officer)
        declaration = clearing.channelled(Channel.RED)
        subject = clearing.ask(declaration, OverrideKind.CHANNEL, Channel.YELLOW)
        clearing.refused(clearing.approval_record(declaration, subject), TWO, other)
        clearing.approve(declaration, subject)

    def test_a_key_that_was_revoked_asks_no_more(self, clearing: Clearing) -> None:
        third = Signer("VN customs third officer")
        add_officer(clearing.network, VN_CUSTOMS, third, sequence=1)
        declaration = clearing.channelled(Channel.RED)
        record = clearing.ask_record(declaration, OverrideKind.CHANNEL, Channel.YELLOW)
        clearing.run(record, third)
        revoke = KeyRevoke(VN_CUSTOMS.id, 2, third.key_id, clearing.network.soon)
        clearing.network.run(revoke, VN_CUSTOMS.admin)
        approval = clearing.approval_record(declaration, clearing.digest(record))
        with pytest.raises(RefusedError, match="membership"):
            clearing.network.attempt_record(approval, second(VN_CUSTOMS))
        assert clearing.state(declaration).channel is Channel.RED

    def test_of_one_declaration_does_not_serve_another(self, clearing: Clearing) -> None:
        one, two = (clearing.channelled(Channel.RED) for _ in range(2))
        subject = clearing.ask(one, OverrideKind.CHANNEL, Channel.YELLOW)
        approval = clearing.approval_record(two, subject)
        clearing.refused(approval, "clearance: nothing to approve", second(VN_CUSTOMS))

    def test_of_an_older_amendment_holds_no_more(self, clearing: Clearing) -> None:
        declaration = clearing.channelled(Channel.RED)
        subject = clearing.ask(declaration, OverrideKind.CHANNEL, Channel.YELLOW)
        clearing.amend(declaration)
        clearing.decide(declaration, Channel.RED)
        approval = clearing.approval_record(declaration, subject)
        clearing.refused(approval, "clearance: not the amendment", second(VN_CUSTOMS))


class TestWhatCanBeOverridden:
    def test_never_the_draw(self, clearing: Clearing) -> None:
        declaration = clearing.channelled(Channel.RED, rank=ALWAYS)
        subject = clearing.ask(declaration, OverrideKind.CHANNEL, Channel.GREEN)
        approval = clearing.approval_record(declaration, subject)
        clearing.refused(approval, "clearance: milder than the draw", second(VN_CUSTOMS))
        assert clearing.state(declaration).draw is DrawOutcome.DRAWN

    @pytest.mark.parametrize("value", [0, Channel.YELLOW, Channel.RED])
    def test_a_channel_only_by_a_milder_one(self, clearing: Clearing, value: int) -> None:
        declaration = clearing.channelled(Channel.YELLOW)
        subject = clearing.ask(declaration, OverrideKind.CHANNEL, value)
        approval = clearing.approval_record(declaration, subject)
        clearing.refused(approval, NOTHING, second(VN_CUSTOMS))

    @pytest.mark.parametrize("kind", CheckKind)
    def test_a_finding_and_nothing_else(self, clearing: Clearing, kind: CheckKind) -> None:
        declaration = clearing.channelled(Channel.RED)
        clearing.settle(declaration)
        for one in CheckKind:
            outcome = CheckOutcome.FINDING if one is kind else CheckOutcome.CONSISTENT
            clearing.check(declaration, one, outcome)
        for value in (0, 3 - kind, 3):
            subject = clearing.ask(declaration, OverrideKind.CHECK, value)
            approval = clearing.approval_record(declaration, subject)
            clearing.refused(approval, NOTHING, second(VN_CUSTOMS))
        clearing.override(declaration, OverrideKind.CHECK, kind)
        clearing.grant(declaration, GrantKind.CLEAR)

    def test_a_check_that_was_not_made_is_not(self, clearing: Clearing) -> None:
        declaration = clearing.channelled(Channel.RED)
        subject = clearing.ask(declaration, OverrideKind.CHECK, CheckKind.INSPECTION)
        approval = clearing.approval_record(declaration, subject)
        clearing.refused(approval, NOTHING, second(VN_CUSTOMS))

    def test_a_fact_that_is_open_or_failed(self, clearing: Clearing) -> None:
        declaration = clearing.channelled()
        clearing.settle(declaration)
        waiting, failed, passed = (clearing.await_fact(declaration) for _ in range(3))
        clearing.state_fact(declaration, failed, FactOutcome.FAILED)
        clearing.state_fact(declaration, passed)
        for fact in (waiting, failed):
            clearing.override(declaration, OverrideKind.FACT, fact=fact)
            found = clearing.contract.fact(declaration, fact)
            assert found is not None
            assert found.status is FactStatus.WAIVED
        late = clearing.fact_record(declaration, failed)
        clearing.refused(late, "clearance: fact is waived", VN_AGENCY)
        for fact, reason in ((passed, NOTHING), (salt(), "clearance: fact is not awaited")):
            subject = clearing.ask(declaration, OverrideKind.FACT, fact=fact)
            approval = clearing.approval_record(declaration, subject)
            clearing.refused(approval, reason, second(VN_CUSTOMS))
        clearing.grant(declaration, GrantKind.CLEAR)
        assert clearing.state(declaration).overrides == 2

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"kind": 0}, "clearance: override kind"),
            ({"kind": 4}, "clearance: override kind"),
            ({"reason": bytes(32)}, "clearance: reason"),
            ({"content": bytes(32)}, "clearance: content"),
            ({"amendment": 1}, "clearance: not the amendment"),
            ({"asked_at": 1 << 40}, "members: event time"),
        ],
    )
    def test_bad_ones_are_refused(
        self, clearing: Clearing, changes: dict[str, int], reason: str
    ) -> None:
        declaration = clearing.channelled(Channel.RED)
        record = clearing.ask_record(declaration, OverrideKind.CHANNEL, Channel.YELLOW)
        clearing.refused(replace(record, **changes), reason)


class TestReplay:
    @pytest.mark.parametrize("where", ["another contract", "another chain"])
    def test_a_record_signed_elsewhere_is_a_strangers(self, clearing: Clearing, where: str) -> None:
        domain = clearing.contract.domain
        other = (
            RecordDomain(domain.chain_id, clearing.network.payments.address)
            if where == "another contract"
            else RecordDomain(domain.chain_id + 1, domain.contract)
        )
        record = clearing.register_record()
        signed = SignedRecord.sign(record, other, VN_CUSTOMS.officer.secret)
        with pytest.raises(RefusedError, match="unknown key"):
            clearing.network.attempt(
                replace(clearing.network.carry(signed), to=clearing.contract.address)
            )
        clearing.run(record)

    def test_many_declarations_stand_or_fall_one_by_one(self, clearing: Clearing) -> None:
        network = clearing.network
        records = [clearing.register_record(rank=NEVER if at % 3 else 0) for at in range(24)]
        calls = [network.carry(network.sign(one, VN_CUSTOMS.officer)) for one in records]
        outcome = network.send(clearing.contract.submit([*calls, calls[1]]))
        bad = {at for at in range(24) if at % 3 == 0} | {24}
        assert {event.index for event in outcome.events if type(event) is Refused} == bad
        for at, record in enumerate(records):
            assert (clearing.contract.declaration(record.object) is None) == (at in bad)


class TestUpgrade:
    def test_everything_goes_on_where_it_stood(self, clearing: Replayed) -> None:
        shared = salt()
        drawn = clearing.channelled(Channel.RED, rank=ALWAYS, consignment=shared)
        heir = clearing.register(consignment=shared)
        held = clearing.channelled(Channel.YELLOW)
        clearing.settle(held)
        clearing.hold(held)
        fact = clearing.await_fact(held)
        asked = clearing.ask(held, OverrideKind.CHANNEL, Channel.GREEN)
        before = {one: clearing.state(one) for one in (drawn, heir, held)}
        heads = {one: clearing.contract.object_head(one) for one in before}
        former = clearing.network.clearance
        upgrade(clearing)
        clearing.book.asked.clear()  # what waits for approval is forgotten, and nothing else
        assert clearing.contract.address != former.address
        assert clearing.contract.rates("VN") == RATES
        assert {one: clearing.state(one) for one in before} == before
        assert {one: clearing.contract.object_head(one) for one in before} == heads
        self.inherits(clearing, drawn, heir, shared)
        lost = clearing.approval_record(held, asked)
        clearing.refused(lost, "clearance: nothing to approve", second(VN_CUSTOMS))
        clearing.override(held, OverrideKind.CHANNEL, Channel.GREEN)
        clearing.hold(held, HoldKind.LIFT)
        again = clearing.hold_record(held, HoldKind.LIFT, posted_at=1)
        clearing.refused(again, "clearance: no such hold")
        clear = clearing.grant_record(held, GrantKind.CLEAR)
        clearing.refused(clear, "clearance: a fact is awaited")
        clearing.state_fact(held, fact)
        clearing.run(clear)
        assert clearing.contract.object_head(held).count == heads[held].count + 5

    def inherits(self, clearing: Clearing, drawn: bytes, heir: bytes, shared: bytes) -> None:
        """What was registered before and after inherits alike, and nobody registers twice."""
        assert clearing.contract.priors(heir) == (drawn,)
        again = clearing.register_record(object=drawn)
        clearing.refused(again, "clearance: registered already")
        newest = clearing.register(consignment=shared)
        assert clearing.contract.priors(newest) == (heir,)
        for one in (heir, newest):
            milder = clearing.decide_record(one, Channel.GREEN)
            clearing.refused(milder, "clearance: milder than the draw")
            clearing.decide(one, Channel.RED)
