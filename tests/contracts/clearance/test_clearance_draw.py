"""The random draw: what is drawn is inspected, whatever is tried."""

from __future__ import annotations

import pytest
from support.beacons import CUSTOMS, Beacons
from support.clearing import ALWAYS, HALF, NEVER, Clearing
from support.network import salt

from chain.proofs.keccak import keccak256
from contracts.clearance.events import ChannelDecided, DrawResolved
from contracts.clearance.records import Channel, HoldKind
from contracts.clearance.state import DrawOutcome, Stage, is_drawn

WAITING = "clearance: draw is not out"
MILDER = "clearance: milder than the draw"
UNRESOLVED = "clearance: an earlier draw is not resolved"
MILD = (Channel.GREEN, Channel.YELLOW)


def must_be_red(clearing: Clearing, declaration: bytes) -> None:
    """The twin of `may_be_green`."""
    for channel in MILD:
        clearing.refused(clearing.decide_record(declaration, channel), MILDER)
    clearing.decide(declaration, Channel.RED)
    assert clearing.state(declaration).draw is DrawOutcome.DRAWN


def may_be_green(clearing: Clearing, declaration: bytes) -> None:
    clearing.decide(declaration, Channel.GREEN)
    assert clearing.state(declaration).draw is DrawOutcome.SPARED


def drawn(clearing: Clearing, **changes: object) -> bytes:
    return clearing.channelled(Channel.RED, rank=ALWAYS, **changes)


class TestDraw:
    def test_nothing_is_decided_before_it_is_out(self, clearing: Clearing) -> None:
        declaration = clearing.register()
        for channel in Channel:
            clearing.refused(clearing.decide_record(declaration, channel), WAITING)
        Beacons(clearing.network).publish(CUSTOMS, clearing.state(declaration).round)
        clearing.refused(clearing.decide_record(declaration, Channel.RED), WAITING)
        clearing.publish(declaration)
        may_be_green(clearing, declaration)

    def test_never_and_always(self, clearing: Clearing) -> None:
        for rank, check in ((NEVER, may_be_green), (ALWAYS, must_be_red)):
            declaration = clearing.register(rank=rank)
            clearing.publish(declaration)
            check(clearing, declaration)

    def test_is_the_hash_of_seed_and_registration(self, clearing: Clearing) -> None:
        told = set()
        for _ in range(6):
            declaration = clearing.register(rank=HALF)
            clearing.publish(declaration)
            state = clearing.state(declaration)
            seed = clearing.network.beacon.seed("VN", state.round, state.registered_at).value
            found = is_drawn(keccak256(seed + state.registration), 500_000)
            record = clearing.decide_record(declaration, Channel.RED)
            outcome = clearing.run(record)
            event = outcome.only(DrawResolved)
            assert (event.draw == DrawOutcome.DRAWN, event.seed) == (found, seed)
            assert outcome.only(ChannelDecided).draw == event.draw
            told.add(found)
        assert told <= {True, False}

    @pytest.mark.parametrize(
        ("draw", "rate", "below"),
        [
            (0, 0, False),
            (0, 1, True),
            (2**256 - 1, 999_999, False),
            (2**256 - 1, 1_000_000, True),
            (2**255, 500_000, False),
            (2**255 - 1, 500_000, True),
        ],
    )
    def test_is_below_its_rate_or_not(self, draw: int, rate: int, *, below: bool) -> None:
        assert is_drawn(draw.to_bytes(32, "big"), rate) is below

    def test_what_is_withheld_is_drawn(self, clearing: Clearing) -> None:
        declaration = clearing.register()
        clearing.network.wait(30)
        clearing.refused(clearing.decide_record(declaration, Channel.RED), WAITING)
        clearing.network.wait(1)
        clearing.publish(declaration)
        must_be_red(clearing, declaration)

    def test_what_comes_in_thirty_seconds_counts_for_good(self, clearing: Clearing) -> None:
        declaration = clearing.register()
        clearing.network.wait(28)
        clearing.publish(declaration)
        clearing.network.wait(3_600)
        may_be_green(clearing, declaration)

    def test_a_country_without_a_panel_inspects(self, abroad: Clearing) -> None:
        declaration = abroad.register(rank=NEVER)
        abroad.register()  # a round is over with the next block
        must_be_red(abroad, declaration)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"channel": 0}, "clearance: channel"),
            ({"channel": 4}, "clearance: channel"),
            ({"decision": bytes(32)}, "clearance: decision"),
            ({"amendment": 1}, "clearance: not the amendment"),
            ({"object": b"VN" + bytes(30)}, "clearance: unknown declaration"),
        ],
    )
    def test_bad_decisions_are_refused(
        self, clearing: Clearing, changes: dict[str, int], reason: str
    ) -> None:
        declaration = clearing.register()
        clearing.publish(declaration)
        values = {"channel": 1, "object": declaration} | changes
        record = clearing.decide_record(declaration, **values)
        clearing.refused(record, reason)

    def test_nobody_decides_twice(self, clearing: Clearing) -> None:
        declaration = clearing.channelled()
        again = clearing.decide_record(declaration, Channel.RED)
        clearing.refused(again, "clearance: channel is decided")


@pytest.mark.parametrize("key", ["consignment", "transport"])
class TestInheritance:
    def test_the_next_of_what_was_drawn_is_drawn(self, clearing: Clearing, key: str) -> None:
        shared = {key: salt()}
        first = drawn(clearing, **shared)
        second = clearing.register(rank=NEVER, **shared)
        assert clearing.contract.priors(second) == (first,)
        must_be_red(clearing, second)  # though no output is published
        other = clearing.channelled(Channel.GREEN, **{key: salt()})
        assert clearing.state(other).draw is DrawOutcome.SPARED

    def test_what_was_spared_leaves_a_draw_of_its_own(self, clearing: Clearing, key: str) -> None:
        shared = {key: salt()}
        clearing.channelled(Channel.GREEN, **shared)
        clearing.channelled(Channel.GREEN, **shared)
        third = clearing.register(rank=ALWAYS, **shared)
        clearing.publish(third)
        must_be_red(clearing, third)

    def test_the_earlier_one_comes_first(self, clearing: Clearing, key: str) -> None:
        shared = {key: salt()}
        first, second = (clearing.register(**shared) for _ in range(2))
        clearing.publish(first)
        clearing.publish(second)
        clearing.refused(clearing.decide_record(second, Channel.RED), UNRESOLVED)
        clearing.refused(clearing.cancel_record(second), UNRESOLVED)
        clearing.decide(first)
        may_be_green(clearing, second)

    def test_a_cancelled_one_keeps_its_draw(self, clearing: Clearing, key: str) -> None:
        shared = {key: salt()}
        first = clearing.register(rank=ALWAYS, **shared)
        clearing.refused(clearing.cancel_record(first), WAITING)
        clearing.publish(first)
        event = clearing.cancel(first).only(DrawResolved)
        assert event.draw == DrawOutcome.DRAWN
        assert clearing.state(first).stage is Stage.CANCELLED
        must_be_red(clearing, clearing.register(rank=NEVER, **shared))

    def test_a_cancelled_one_that_was_spared_spares(self, clearing: Clearing, key: str) -> None:
        shared = {key: salt()}
        first = clearing.register(**shared)
        clearing.publish(first)
        clearing.cancel(first)
        clearing.channelled(Channel.GREEN, **shared)

    def test_a_seized_one_counts_as_drawn(self, clearing: Clearing, key: str) -> None:
        shared = {key: salt()}
        first = clearing.register(**shared)
        clearing.hold(first, HoldKind.SEIZE)
        must_be_red(clearing, clearing.register(**shared))

    def test_another_country_has_its_own(
        self, clearing: Clearing, abroad: Clearing, key: str
    ) -> None:
        shared = {key: salt()}
        abroad.channelled(Channel.RED, **shared)
        assert clearing.contract.priors(clearing.channelled(Channel.GREEN, **shared)) == ()


class TestLineage:
    def test_a_draw_is_handed_on_from_document_to_document(self, clearing: Clearing) -> None:
        consignment, transport = salt(), salt()
        drawn(clearing, consignment=consignment)
        middle = clearing.register(consignment=consignment, transport=transport)
        last = clearing.register(transport=transport)
        clearing.refused(clearing.decide_record(last, Channel.RED), UNRESOLVED)
        must_be_red(clearing, middle)
        must_be_red(clearing, last)

    def test_one_of_two_suffices(self, clearing: Clearing) -> None:
        consignment, transport = salt(), salt()
        one = clearing.channelled(Channel.GREEN, consignment=consignment)
        two = drawn(clearing, transport=transport)
        third = clearing.register(consignment=consignment, transport=transport)
        assert clearing.contract.priors(third) == (one, two)
        must_be_red(clearing, third)

    def test_nobody_inherits_from_itself(self, clearing: Clearing) -> None:
        shared = salt()
        both = clearing.channelled(Channel.GREEN, consignment=shared, transport=shared)
        assert clearing.contract.priors(both) == ()
        after = clearing.channelled(Channel.GREEN, transport=shared)
        assert clearing.contract.priors(after) == (both,)
