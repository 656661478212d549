"""Registration, amendment, rates, and the carriage of records: each rule with its twin."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.clearing import ALWAYS, RATES, VN_PORT, Clearing, code, second
from support.network import HOUR, ID_CUSTOMS, VN_BANK, VN_CUSTOMS, Network, salt, thing

from contracts.clearance.events import (
    AmendmentRegistered,
    Approved,
    DeclarationRegistered,
    DrawResolved,
    RatesAsked,
)
from contracts.clearance.identifiers import rates_id
from contracts.clearance.records import Channel, CheckKind, Direction, GrantKind
from contracts.clearance.state import MILLION, DrawOutcome, Stage, pack_rates, unpack_rates
from contracts.events import Recorded, Refused

LATER = {"registered_at": 1 << 40}


class TestRegistration:
    def test_is_kept_and_told(self, clearing: Clearing) -> None:
        record = clearing.register_record(rank=3, certificates=2, facts=1, consignment=salt())
        outcome = clearing.run(record)
        event, state = outcome.only(DeclarationRegistered), clearing.state(record.object)
        block = clearing.network.web3.eth.get_block(outcome.block)
        assert (state.stage, state.rank, state.amendment) == (Stage.REGISTERED, 3, 0)
        assert (state.round, state.registered_at) == (outcome.block, block["timestamp"])
        assert (state.rate, event.rate) == (RATES[2], RATES[2])
        assert state.registration == event.registration == clearing.digest(record)
        assert (state.certificates, state.facts, state.direction) == (2, 1, Direction.IMPORT)
        assert (event.content, event.office) == (record.content, code("02CI"))
        assert (state.draw, state.channel, state.decided) == (DrawOutcome.UNRESOLVED, None, None)
        assert not clearing.contract.is_released(record.object)

    def test_an_unknown_one_is_none(self, clearing: Clearing) -> None:
        assert clearing.contract.declaration(thing()) is None
        assert not clearing.contract.is_released(thing())
        assert clearing.contract.fact(thing(), salt()) is None
        assert clearing.contract.claims(thing()) == []

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"direction": 0}, "clearance: direction"),
            ({"direction": 3}, "clearance: direction"),
            ({"rank": 0}, "clearance: rank"),
            ({"rank": 10}, "clearance: rank"),
            ({"content": bytes(32)}, "clearance: content"),
            ({"object": b"ID" + bytes(30)}, "clearance: declaration of another country"),
            (LATER, "members: event time"),
            ({"expires": 1}, "records: expired"),
        ],
    )
    def test_bad_ones_are_refused(
        self, clearing: Clearing, changes: dict[str, int], reason: str
    ) -> None:
        clearing.refused(clearing.register_record(**changes), reason)

    def test_only_customs_of_its_country_registers(self, clearing: Clearing) -> None:
        record = clearing.register_record(direction=Direction.EXPORT, rank=9)
        clearing.refused(record, "clearance: declaration of another country", ID_CUSTOMS)
        clearing.refused(record, "members: role", VN_BANK)
        clearing.run(record)
        assert clearing.state(record.object).direction is Direction.EXPORT

    def test_nobody_registers_twice(self, clearing: Clearing) -> None:
        declaration = clearing.register()
        again = clearing.register_record(object=declaration)
        clearing.refused(again, "clearance: registered already")
        clearing.refused(clearing.registered[declaration], "records: used")

    def test_it_waits_for_rates(self, clearing: Clearing) -> None:
        with_none = Network()
        try:
            early = Clearing(with_none)
            early.refused(early.register_record(), "clearance: no rates of inspection")
            assert early.contract.rates("VN") is None
        finally:
            with_none.close()
        clearing.register()

    def test_an_event_may_be_five_minutes_ahead(self, clearing: Clearing) -> None:
        now = clearing.network.now
        late = clearing.register_record(registered_at=now + 301)
        clearing.refused(late, "members: event time")
        clearing.register(registered_at=now + 300)


class TestRates:
    def test_two_officers_set_them(self, clearing: Clearing) -> None:
        rates = (MILLION, 0, 1, *[7] * 6)
        record = clearing.rates_record(rates)
        assert clearing.run(record).only(RatesAsked).rates == pack_rates(rates)
        assert clearing.contract.rates("VN") == RATES
        early = clearing.register()
        event = clearing.approve(record.object, clearing.digest(record)).only(Approved)
        assert event.officer == VN_CUSTOMS.officer.key_id
        assert event.approver == second(VN_CUSTOMS).key_id
        assert clearing.contract.rates("VN") == rates
        assert clearing.state(early).rate == RATES[0]
        assert clearing.state(clearing.register()).rate == MILLION
        assert clearing.contract.rates("ID") == RATES

    def test_all_of_them_may_be_nothing(self, clearing: Clearing) -> None:
        clearing.set_rates((0,) * 9)
        assert clearing.contract.rates("VN") == (0,) * 9
        assert clearing.state(clearing.register(rank=ALWAYS)).rate == 0

    @pytest.mark.parametrize("rates", [1 << 216, MILLION + 1, (MILLION + 1) << 192])
    def test_beyond_certainty_is_refused(self, clearing: Clearing, rates: int) -> None:
        clearing.refused(replace(clearing.rates_record(), rates=rates), "clearance: rates")
        clearing.run(replace(clearing.rates_record(), rates=MILLION << 192))

    def test_one_officer_does_not_suffice(self, clearing: Clearing) -> None:
        record = clearing.rates_record((1,) * 9)
        clearing.run(record)
        approval = clearing.approval_record(record.object, clearing.digest(record))
        clearing.refused(approval, "clearance: two officers")
        clearing.refused(approval, "clearance: declaration of another country", ID_CUSTOMS)
        clearing.refused(approval, "members: role", VN_PORT)
        clearing.run(approval, second(VN_CUSTOMS))

    def test_another_country_sets_its_own(self, clearing: Clearing) -> None:
        record = clearing.rates_record((5,) * 9, object=rates_id("ID"))
        clearing.refused(record, "clearance: declaration of another country")
        clearing.run(record, ID_CUSTOMS)

    @pytest.mark.parametrize("rates", [(1,) * 8, (0,) * 10, (MILLION + 1, *[0] * 8), (-1,) * 9])
    def test_are_packed_only_as_they_can_be(self, rates: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match="nine rates"):
            pack_rates(rates)
        assert unpack_rates(pack_rates(RATES)) == RATES


class TestAmendment:
    def test_keeps_the_draw_and_little_else(self, clearing: Clearing) -> None:
        declaration = clearing.channelled(Channel.YELLOW, facts=1)
        clearing.await_fact(declaration)
        clearing.check(declaration)
        before = clearing.state(declaration)
        event = clearing.amend(declaration, certificates=3, facts=2).only(AmendmentRegistered)
        state = clearing.state(declaration)
        assert (state.amendment, event.amendment, state.documents) == (1, 1, None)
        assert (state.certificates, state.facts, state.awaited, state.open) == (3, 2, 1, 1)
        assert (state.draw, state.round) == (before.draw, before.round)
        assert (state.channel, state.is_decided) == (Channel.YELLOW, False)
        outcome = clearing.decide(declaration, Channel.YELLOW)
        assert not [one for one in outcome.events if type(one) is DrawResolved]
        assert clearing.state(declaration).is_decided

    def test_its_channel_is_never_milder(self, clearing: Clearing) -> None:
        declaration = clearing.channelled(Channel.YELLOW)
        clearing.amend(declaration)
        milder = clearing.decide_record(declaration, Channel.GREEN)
        clearing.refused(milder, "clearance: milder than before")
        clearing.decide(declaration, Channel.RED)

    def test_does_not_escape_what_was_drawn(self, clearing: Clearing) -> None:
        declaration = clearing.register(rank=ALWAYS)
        clearing.publish(declaration)
        clearing.amend(declaration)
        clearing.amend(declaration)
        milder = clearing.decide_record(declaration, Channel.YELLOW)
        clearing.refused(milder, "clearance: milder than the draw")
        clearing.decide(declaration, Channel.RED)

    def test_what_was_known_of_it_before_counts_no_more(self, clearing: Clearing) -> None:
        declaration = clearing.channelled(Channel.RED)
        stale = [
            clearing.decide_record(declaration, Channel.RED),
            clearing.check_record(declaration),
            clearing.grant_record(declaration, GrantKind.STORE),
            clearing.ask_record(declaration, 1, 1),
        ]
        clearing.amend(declaration)
        clearing.refused(stale[0], "clearance: not the amendment")
        for record in stale[1:]:
            clearing.refused(record, "clearance: channel is not decided")
        clearing.decide(declaration, Channel.RED)
        for record in stale:
            clearing.refused(record, "clearance: not the amendment")
        clearing.check(declaration, CheckKind.INSPECTION)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"amendment": 0}, "clearance: amendment"),
            ({"amendment": 2}, "clearance: amendment"),
            ({"content": bytes(32)}, "clearance: content"),
            ({"facts": 1}, "clearance: fewer facts than before"),
            ({"object": b"VN" + bytes(30)}, "clearance: unknown declaration"),
            ({"amended_at": 1 << 40}, "members: event time"),
        ],
    )
    def test_bad_ones_are_refused(
        self, clearing: Clearing, changes: dict[str, int], reason: str
    ) -> None:
        declaration = clearing.register(facts=2)
        clearing.refused(clearing.amend_record(declaration, **changes), reason)

    def test_there_are_nine(self, clearing: Clearing) -> None:
        declaration = clearing.register()
        for _ in range(9):
            clearing.amend(declaration)
        tenth = clearing.amend_record(declaration)
        clearing.refused(tenth, "clearance: too many amendments")
        clearing.publish(declaration)
        clearing.decide(declaration)
        assert clearing.state(declaration).decided == 9


class TestCarriage:
    def test_a_batch_takes_what_is_sound(self, clearing: Clearing) -> None:
        network = clearing.network
        good, bad = clearing.register_record(), clearing.register_record(rank=0)
        calls = [network.carry(network.sign(one, VN_CUSTOMS.officer)) for one in (bad, good)]
        outcome = network.send(clearing.contract.submit(calls))
        assert outcome.only(Refused).index == 0
        assert outcome.only(Recorded).digest == clearing.digest(good)
        assert clearing.contract.declaration(bad.object) is None

    def test_two_of_a_consignment_in_one_batch_follow_each_other(self, clearing: Clearing) -> None:
        network, shared = clearing.network, salt()
        records = [clearing.register_record(consignment=shared) for _ in range(2)]
        calls = [network.carry(network.sign(one, VN_CUSTOMS.officer)) for one in records]
        network.send(clearing.contract.submit(calls))
        assert clearing.contract.priors(records[1].object) == (records[0].object,)
        assert clearing.contract.priors(records[0].object) == ()

    def test_a_record_expires(self, clearing: Clearing) -> None:
        record = clearing.register_record()
        clearing.network.wait(HOUR + 1)
        clearing.refused(record, "records: expired")

    @pytest.mark.parametrize(
        ("make", "changes"),
        [
            ("decide_record", {"decided_at": 1 << 40}),
            ("check_record", {"checked_at": 1 << 40}),
            ("await_record", {"awaited_at": 1 << 40}),
            ("hold_record", {"posted_at": 1 << 40}),
            ("cancel_record", {"cancelled_at": 1 << 40}),
            ("evidence_record", {"taken_at": 1 << 40}),
        ],
    )
    def test_nothing_happened_tomorrow(
        self, clearing: Clearing, make: str, changes: dict[str, int]
    ) -> None:
        declaration = clearing.channelled()
        later = getattr(clearing, make)(declaration, **changes)
        clearing.refused(later, "members: event time")
        (name,) = changes
        now = replace(later, **{name: clearing.network.now})
        if make == "decide_record":
            clearing.refused(now, "clearance: channel is decided")
        else:
            clearing.run(now)

    @pytest.mark.parametrize(
        "make",
        ["decide_record", "check_record", "await_record", "hold_record", "cancel_record"],
    )
    def test_only_customs_of_its_country_decides(self, clearing: Clearing, make: str) -> None:
        record = getattr(clearing, make)(clearing.register())
        clearing.refused(record, "clearance: declaration of another country", ID_CUSTOMS)
        clearing.refused(record, "members: role", VN_PORT)
