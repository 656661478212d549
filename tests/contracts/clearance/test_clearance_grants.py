"""What a grant takes: checks, facts, dues, claims, and no hold; each with its twin."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.clearing import VN_AGENCY, VN_PORT, Clearing, code
from support.duties import opening
from support.network import ID_CUSTOMS, VN_BANK, salt, thing

from contracts.clearance.events import CheckReported, ClearanceGranted
from contracts.clearance.records import (
    CargoEvent,
    Channel,
    CheckKind,
    CheckOutcome,
    FactKind,
    FactOutcome,
    GrantKind,
    HoldKind,
)
from contracts.clearance.state import FactStatus, Stage

FOUND = "clearance: a check found something"
MISSING = "clearance: a check is missing"
AWAITED = "clearance: a fact is awaited"
UNSETTLED = "clearance: dues are not settled"
UNASSESSED = "clearance: amendment is not assessed"


def refused_all(clearing: Clearing, declaration: bytes, reason: str) -> None:
    for kind in GrantKind:
        clearing.refused(clearing.grant_record(declaration, kind), reason)


def settled(clearing: Clearing, channel: int = Channel.GREEN, **changes: object) -> bytes:
    declaration = clearing.channelled(channel, **changes)
    clearing.settle(declaration)
    return declaration


class TestChecks:
    def test_two_officers_at_once(self, clearing: Clearing) -> None:
        declaration = settled(clearing, Channel.YELLOW)
        first = clearing.check_record(declaration)
        other = clearing.check_record(declaration, outcome=CheckOutcome.FINDING)
        assert clearing.run(first).only(CheckReported).outcome == CheckOutcome.CONSISTENT
        clearing.refused(other, "clearance: reported already")
        clearing.grant(declaration, GrantKind.CLEAR)

    def test_each_channel_asks_for_its_checks(self, clearing: Clearing) -> None:
        declaration = settled(clearing, Channel.RED)
        refused_all(clearing, declaration, MISSING)
        clearing.check(declaration, CheckKind.DOCUMENTS)
        for kind in (GrantKind.RELEASE, GrantKind.CLEAR):
            clearing.refused(clearing.grant_record(declaration, kind), MISSING)
        clearing.grant(declaration, GrantKind.STORE)  # and is inspected where it is stored
        clearing.check(declaration, CheckKind.INSPECTION)
        event = clearing.grant(declaration, GrantKind.CLEAR).only(ClearanceGranted)
        assert (event.kind, event.overrides) == (Stage.CLEARED, 0)
        clearing.grant(settled(clearing), GrantKind.CLEAR)

    @pytest.mark.parametrize("kind", CheckKind)
    def test_a_finding_counts_in_every_channel(self, clearing: Clearing, kind: CheckKind) -> None:
        declaration = settled(clearing)
        clearing.check(declaration, kind, CheckOutcome.FINDING)
        refused_all(clearing, declaration, FOUND)

    @pytest.mark.parametrize(
        ("kind", "least"),
        [(CheckKind.DOCUMENTS, Channel.YELLOW), (CheckKind.INSPECTION, Channel.RED)],
    )
    def test_a_finding_is_not_amended_away(
        self, clearing: Clearing, kind: CheckKind, least: Channel
    ) -> None:
        declaration = clearing.channelled(Channel.GREEN)
        clearing.check(declaration, kind, CheckOutcome.FINDING)
        clearing.amend(declaration)
        milder = clearing.decide_record(declaration, least - 1)
        clearing.refused(milder, "clearance: milder than before")
        clearing.decide(declaration, least)
        clearing.settle(declaration, 1)
        clearing.refused(clearing.grant_record(declaration, GrantKind.CLEAR), MISSING)
        for one in CheckKind:
            clearing.check(declaration, one)
        clearing.grant(declaration, GrantKind.CLEAR)

    def test_an_amendment_is_checked_anew(self, clearing: Clearing) -> None:
        declaration = settled(clearing, Channel.YELLOW)
        clearing.check(declaration)
        clearing.amend(declaration)
        clearing.decide(declaration, Channel.YELLOW)
        clearing.settle(declaration, 1)
        clearing.refused(clearing.grant_record(declaration, GrantKind.CLEAR), MISSING)
        clearing.check(declaration)
        clearing.grant(declaration, GrantKind.CLEAR)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"kind": 0}, "clearance: check kind"),
            ({"kind": 3}, "clearance: check kind"),
            ({"outcome": 0}, "clearance: check outcome"),
            ({"outcome": 3}, "clearance: check outcome"),
            ({"content": bytes(32)}, "clearance: content"),
            ({"amendment": 1}, "clearance: not the amendment"),
        ],
    )
    def test_bad_ones_are_refused(
        self, clearing: Clearing, changes: dict[str, int], reason: str
    ) -> None:
        record = replace(clearing.check_record(clearing.channelled()), **changes)
        clearing.refused(record, reason)


class TestFacts:
    def test_are_stated_by_the_named_agency(self, clearing: Clearing) -> None:
        declaration = settled(clearing, facts=1)
        refused_all(clearing, declaration, "clearance: facts are not asked for")
        fact = clearing.await_fact(declaration)
        record = clearing.fact_record(declaration, fact)
        for other in (clearing.customs, VN_PORT, ID_CUSTOMS):
            clearing.refused(record, "clearance: another agency's fact", other)
        clearing.refused(clearing.grant_record(declaration, GrantKind.CLEAR), AWAITED)
        clearing.run(record, VN_AGENCY)
        found = clearing.contract.fact(declaration, fact)
        assert found is not None
        assert (found.agency, found.status) == (VN_AGENCY.id, FactStatus.PASSED)
        clearing.grant(declaration, GrantKind.CLEAR)

    def test_a_failed_one_stops_until_it_passes(self, clearing: Clearing) -> None:
        declaration = settled(clearing)
        fact = clearing.await_fact(declaration)
        clearing.state_fact(declaration, fact, FactOutcome.FAILED)
        refused_all(clearing, declaration, "clearance: a fact failed")
        clearing.state_fact(declaration, fact)
        clearing.grant(declaration, GrantKind.CLEAR)
        late = clearing.fact_record(declaration, fact, FactOutcome.FAILED)
        clearing.refused(late, "clearance: cleared", VN_AGENCY)

    def test_silence_past_the_time_is_no_answer(self, clearing: Clearing) -> None:
        declaration = settled(clearing)
        fact = clearing.await_fact(declaration, due_at=clearing.network.now + 60)
        clearing.network.wait(3_600)
        clearing.refused(clearing.grant_record(declaration, GrantKind.CLEAR), AWAITED)
        clearing.state_fact(declaration, fact)
        clearing.grant(declaration, GrantKind.CLEAR)

    @pytest.mark.parametrize("kind", FactKind)
    def test_release_waits_for_permits_alone(self, clearing: Clearing, kind: FactKind) -> None:
        declaration = settled(clearing)
        clearing.await_fact(declaration, kind)
        release = clearing.grant_record(declaration, GrantKind.RELEASE)
        if kind < FactKind.LABORATORY:
            clearing.refused(release, AWAITED)
            clearing.grant(declaration, GrantKind.STORE)
        else:
            clearing.run(release)
        clearing.refused(clearing.grant_record(declaration, GrantKind.CLEAR), AWAITED)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"kind": 0}, "clearance: fact kind"),
            ({"kind": 6}, "clearance: fact kind"),
            ({"agency": bytes(32)}, "clearance: agency"),
        ],
    )
    def test_bad_ones_are_not_awaited(
        self, clearing: Clearing, changes: dict[str, int], reason: str
    ) -> None:
        record = replace(clearing.await_record(clearing.register()), **changes)
        clearing.refused(record, reason)

    def test_are_known_once_and_by_name(self, clearing: Clearing) -> None:
        declaration, other = clearing.register(), clearing.register()
        fact = clearing.await_fact(declaration)
        again = clearing.await_record(declaration, FactKind.VALUATION, fact=fact)
        clearing.refused(again, "clearance: fact is awaited")
        elsewhere = clearing.fact_record(other, fact)
        clearing.refused(elsewhere, "clearance: fact is not awaited", VN_AGENCY)
        bad = clearing.fact_record(declaration, fact, 3)
        clearing.refused(bad, "clearance: fact outcome", VN_AGENCY)
        later = clearing.fact_record(declaration, fact, stated_at=1 << 40)
        clearing.refused(later, "members: event time", VN_AGENCY)

    def test_more_than_can_be_named_is_refused(self, clearing: Clearing) -> None:
        declaration = clearing.register(facts=200, certificates=32)
        for changes in ({"facts": 201}, {"certificates": 33}):
            reason = "clearance: too many to name"
            clearing.refused(clearing.register_record(**changes), reason)
            clearing.refused(
                clearing.amend_record(declaration, **({"facts": 200} | changes)), reason
            )


class TestCargo:
    def test_a_port_of_the_country_states_it(self, clearing: Clearing) -> None:
        declaration = clearing.register()
        record = clearing.cargo_record(declaration, CargoEvent.ARRIVED)
        clearing.refused(record, "members: role")
        clearing.refused(record, "members: role", VN_BANK)
        clearing.run(record, VN_PORT)
        again = clearing.cargo_record(declaration, CargoEvent.ARRIVED, content=salt())
        clearing.refused(again, "clearance: stated already", VN_PORT)
        clearing.cargo(declaration, CargoEvent.UNLOADED)
        assert clearing.state(declaration).cargo == CargoEvent.ARRIVED | CargoEvent.UNLOADED
        for kind in (0, 3, 5, 8):
            bad = clearing.cargo_record(declaration, kind)
            clearing.refused(bad, "clearance: cargo kind", VN_PORT)
        abroad = clearing.cargo_record(b"ID" + bytes(30), CargoEvent.ARRIVED)
        clearing.refused(abroad, "clearance: declaration of another country", VN_PORT)

    def test_goods_exit_only_where_they_may(self, clearing: Clearing) -> None:
        declaration = settled(clearing)
        exit_record = clearing.cargo_record(declaration, CargoEvent.EXITED)
        clearing.refused(exit_record, "clearance: goods may not leave", VN_PORT)
        clearing.grant(declaration, GrantKind.RELEASE)
        clearing.hold(declaration)
        assert not clearing.contract.is_released(declaration)
        clearing.refused(exit_record, "clearance: goods may not leave", VN_PORT)
        clearing.hold(declaration, HoldKind.LIFT)
        assert clearing.contract.is_released(declaration)
        clearing.run(exit_record, VN_PORT)

    def test_evidence_is_linked_by_who_can_have_it(self, clearing: Clearing) -> None:
        declaration = clearing.register()
        for member in (clearing.customs, VN_PORT, VN_AGENCY):
            clearing.run(clearing.evidence_record(declaration), member)
        record = clearing.evidence_record(declaration)
        clearing.refused(record, "members: role", VN_BANK)
        clearing.refused(record, "clearance: declaration of another country", ID_CUSTOMS)
        for changes, reason in (
            ({"kind": 0}, "clearance: evidence kind"),
            ({"kind": 5}, "clearance: evidence kind"),
            ({"content": bytes(32)}, "clearance: content"),
            ({"object": thing()}, "clearance: unknown declaration"),
        ):
            clearing.refused(replace(record, **changes), reason)


class TestDues:
    def test_an_unpaid_one_is_not_released(self, clearing: Clearing) -> None:
        declaration = clearing.channelled()
        clear = clearing.grant_record(declaration, GrantKind.CLEAR)
        clearing.refused(clear, UNSETTLED)
        duties = clearing.duties
        record = duties.assess_record(declaration, opening(100))
        duties.run(record, clearing.customs)
        for kind in (GrantKind.RELEASE, GrantKind.CLEAR):
            clearing.refused(clearing.grant_record(declaration, kind), UNSETTLED)
        clearing.grant(declaration, GrantKind.STORE)
        clearing.settle(declaration)
        clearing.run(clear)
        assert clearing.contract.is_released(declaration)

    def test_what_is_settled_of_an_older_amendment_is_not(self, clearing: Clearing) -> None:
        declaration = settled(clearing)
        clearing.amend(declaration)
        clearing.decide(declaration)
        clear = clearing.grant_record(declaration, GrantKind.CLEAR)
        clearing.refused(clear, UNASSESSED)
        clearing.settle(declaration, 1)
        clearing.run(clear)

    def test_nothing_is_granted_twice_or_before_its_time(self, clearing: Clearing) -> None:
        early = clearing.register()
        refused_all(clearing, early, "clearance: channel is not decided")
        declaration = settled(clearing)
        for kind in (0, 2, 6):
            bad = clearing.grant_record(declaration, kind)
            clearing.refused(bad, "clearance: grant kind")
        clearing.grant(declaration, GrantKind.RELEASE)
        for kind in (GrantKind.STORE, GrantKind.RELEASE):
            again = clearing.grant_record(declaration, kind, granted_at=1)
            clearing.refused(again, "clearance: granted already")
        clear = clearing.grant_record(declaration, GrantKind.CLEAR)
        clearing.refused(clear, "clearance: declaration of another country", ID_CUSTOMS)
        clearing.refused(clear, "members: role", VN_PORT)
        clearing.run(clear)
        late = clearing.grant_record(declaration, GrantKind.CLEAR, granted_at=1)
        clearing.refused(late, "clearance: cleared")


class TestHolds:
    def test_each_reason_is_lifted_by_itself(self, clearing: Clearing) -> None:
        declaration = settled(clearing)
        clearing.hold(declaration, reason="IPR")
        clearing.hold(declaration, reason="TAX")
        again = clearing.hold_record(declaration, reason="IPR", posted_at=1)
        clearing.refused(again, "clearance: hold stands")
        clearing.hold(declaration, HoldKind.LIFT, "IPR")
        refused_all(clearing, declaration, "clearance: held")
        absent = clearing.hold_record(declaration, HoldKind.LIFT, "IPR", posted_at=1)
        clearing.refused(absent, "clearance: no such hold")
        clearing.hold(declaration, HoldKind.LIFT, "TAX")
        clearing.grant(declaration, GrantKind.CLEAR)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"kind": 0}, "clearance: hold kind"),
            ({"kind": 4}, "clearance: hold kind"),
            ({"reason": bytes(32)}, "clearance: reason"),
        ],
    )
    def test_bad_ones_are_refused(
        self, clearing: Clearing, changes: dict[str, int], reason: str
    ) -> None:
        record = replace(clearing.hold_record(clearing.register()), **changes)
        clearing.refused(record, reason)

    @pytest.mark.parametrize(("end", "reason"), [("seize", "seized"), ("cancel", "cancelled")])
    def test_what_has_ended_stays_ended(self, clearing: Clearing, end: str, reason: str) -> None:
        declaration = settled(clearing)
        if end == "seize":
            clearing.hold(declaration, HoldKind.SEIZE)
        else:
            clearing.cancel(declaration)
        refused_all(clearing, declaration, f"clearance: {reason}")
        assert not clearing.contract.is_released(declaration)
        for record in (
            clearing.hold_record(declaration),
            clearing.cancel_record(declaration, reason=code("OTHER")),
            clearing.amend_record(declaration),
            clearing.await_record(declaration),
        ):
            clearing.refused(record, f"clearance: {reason}")
        clearing.run(clearing.evidence_record(declaration))  # what is known stays welcome

    def test_stored_goods_are_still_held_and_seized(self, clearing: Clearing) -> None:
        declaration = settled(clearing)
        clearing.grant(declaration, GrantKind.STORE)
        clearing.cargo(declaration, CargoEvent.EXITED)
        clearing.hold(declaration)
        clear = clearing.grant_record(declaration, GrantKind.CLEAR)
        clearing.refused(clear, "clearance: held")
        cancelled = clearing.cancel_record(declaration)
        clearing.refused(cancelled, "clearance: goods have left")
        clearing.hold(declaration, HoldKind.SEIZE)
        clearing.refused(clear, "clearance: seized")

    def test_cleared_goods_that_left_are_not(self, clearing: Clearing) -> None:
        declaration = settled(clearing)
        clearing.grant(declaration, GrantKind.CLEAR)
        clearing.hold(declaration)
        clearing.hold(declaration, HoldKind.LIFT)
        clearing.cargo(declaration, CargoEvent.EXITED)
        for kind in (HoldKind.PLACE, HoldKind.SEIZE):
            late = clearing.hold_record(declaration, kind, "LATE")
            clearing.refused(late, "clearance: goods have left")
        lift = clearing.hold_record(declaration, HoldKind.LIFT, "LATE")
        clearing.refused(lift, "clearance: no such hold")
