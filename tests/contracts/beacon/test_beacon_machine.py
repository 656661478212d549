"""Random lives of a panel: contract and replay agree, and a seed once told stays."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from support.beacons import BANK, CUSTOMS, IMPORTER, NEXT_CUSTOMS, Beacons, Holder, seated_network
from support.network import ID_CUSTOMS, VN_BANK, VN_CUSTOMS, VN_IMPORTER, Member, Network

from contracts.beacon.replay import BeaconBook, Signing, accept
from contracts.beacon.state import SeedStanding
from contracts.errors import RefusedError
from contracts.records import Record

HOLDERS = (CUSTOMS, IMPORTER, NEXT_CUSTOMS, BANK)
MEMBERS = st.sampled_from([VN_CUSTOMS] * 4 + [ID_CUSTOMS, VN_BANK, VN_IMPORTER])


def signing(member: Member, block: Any) -> Signing:
    return Signing(member.id, member.roles, member.country, block["number"], block["timestamp"])


@cache
def begun() -> BeaconBook:
    """The replay of what the copied network has, by its own records."""
    network = seated_network()
    beacons, blocks = Beacons(network), network.web3.eth
    book = BeaconBook(network.beacon.domain.chain_id, beacons.block_hash)
    seated = [(kind, one) for one in (CUSTOMS, IMPORTER) for kind in ("register", "admit")]
    steps = [*seated, ("register", NEXT_CUSTOMS), ("register", BANK)]
    for number, (kind, holder) in enumerate(steps, start=2):
        if kind == "register":
            record: Record = beacons.register_record(holder)
            member = holder.member
        else:
            record, member = beacons.admit_record(holder.key), VN_CUSTOMS
        accept(book, record, signing(member, blocks.get_block(number)))
    network.close()
    return book


def copy_of(book: BeaconBook) -> BeaconBook:
    kept = {name: deepcopy(getattr(book, name)) for name in ("keys", "panels", "outputs", "last")}
    return BeaconBook(book.chain_id, book.block_hash, moduli=book.moduli, **kept)


class PanelLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.network: Network = seated_network()
        self.beacons = Beacons(self.network)
        self.book = copy_of(begun())
        self.book.block_hash = self.beacons.block_hash
        self.rounds: list[tuple[int, int]] = []
        self.told: dict[tuple[int, int], Any] = {}

    def teardown(self) -> None:
        self.network.close()

    def put(self, record: Record, member: Member) -> None:
        """Hand a record to contract and replay, which must agree."""
        self.beacons.round()  # a question is answered as in the last block, which must be new
        last = self.network.web3.eth.get_block("latest")
        refusal = None
        try:
            self.network.attempt_record(record, member.officer)
        except RefusedError as error:
            refusal = error.reason
        if refusal == "records: used":  # which is the record book's rule
            return
        trial = copy_of(self.book)
        if refusal is not None:
            with pytest.raises(RefusedError) as caught:
                accept(trial, record, signing(member, last))
            assert caught.value.reason == refusal
            assert trial == self.book
            return
        accept(trial, record, signing(member, last))
        outcome = self.network.run(record, member.officer)
        block = self.network.web3.eth.get_block(outcome.block)
        accept(self.book, record, signing(member, block))

    @rule(holder=st.sampled_from(HOLDERS), member=MEMBERS)
    def admit(self, holder: Holder, member: Member) -> None:
        self.put(self.beacons.admit_record(holder.key), member)

    @rule(holder=st.sampled_from(HOLDERS), member=MEMBERS, own=st.booleans())
    def end(self, holder: Holder, member: Member, own: bool) -> None:
        self.put(self.beacons.end_record(holder.key), holder.member if own else member)

    @rule()
    def begin(self) -> None:
        self.rounds.append(self.beacons.round())

    @precondition(lambda self: self.rounds)
    @rule(data=st.data(), holder=st.sampled_from(HOLDERS), wrong=st.sampled_from([0, 0, 0, 1]))
    def publish(self, data: st.DataObject, holder: Holder, wrong: int) -> None:
        number, _ = data.draw(st.sampled_from(self.rounds))
        record = self.beacons.publish_record(holder, number)
        if wrong:
            record = self.beacons.publish_record(holder, number, proof=b"\0" + record.proof[1:])
        self.put(record, holder.member)

    @precondition(lambda self: self.rounds)
    @rule(data=st.data())
    def complete(self, data: st.DataObject) -> None:
        number, _ = data.draw(st.sampled_from(self.rounds))
        for key in self.book.panel(b"VN", number).keys:
            holder = next(one for one in HOLDERS if one.key == key)
            self.put(self.beacons.publish_record(holder, number), holder.member)

    @rule(seconds=st.sampled_from([1, 14, 15, 16, 30]))
    def wait(self, seconds: int) -> None:
        self.network.wait(seconds)

    @invariant()
    def agree(self) -> None:
        contract = self.network.beacon
        last = self.network.web3.eth.get_block("latest")
        number, now = last["number"], last["timestamp"]
        assert contract.panel("VN", number + 1) == self.book.panel(b"VN", number + 1)
        for holder in HOLDERS:
            assert contract.key(holder.key) == self.book.keys[holder.key]
        for place in self.rounds[-3:]:
            found = contract.seed("VN", *place)
            # A call runs at the time of the last block, or of an empty height after it.
            assert found in {
                self.book.seed("VN", *place, block=number, now=at) for at in (now, self.network.now)
            }
            if found.standing is not SeedStanding.WAITING:
                assert self.told.setdefault(place, found) == found


TestPanelLife = PanelLife.TestCase
TestPanelLife.settings = settings(
    max_examples=5, stateful_step_count=15, deadline=None, phases=(Phase.explicit, Phase.generate)
)
