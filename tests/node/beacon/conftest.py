"""Two organisations with beacon keys on a ledger in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from support import organisations
from support.beacons import secret_of
from support.comet_ledger import skip_on_network
from support.organisations import CHAIN_ID, CUSTOMS_VN, ISSUER, PASSWORD, Member, Network

from contracts.beacon.binding import BeaconContract
from contracts.beacon.identifiers import key_id
from contracts.ledger import Ledger
from contracts.membership.founding import founded_address
from contracts.records.record import Record, RecordDomain
from contracts.records.signed import SignedRecord
from node.beacon.beacon import open_beacon
from node.beacon.desk import admission, ending, registration
from node.beacon.keys import BEACON_KEY_NAME
from node.beacon.publisher import BeaconPublisher
from node.files import create_private, make_private_folder
from node.organisation import OrganisationNode

BEACON = founded_address("beacon")


@dataclass
class Panel:
    """Customs and an authority, each with a node that publishes for the rounds a test wants."""

    network: Network
    nodes: dict[str, OrganisationNode]
    wanted: list[tuple[str, int]]
    asked: list[int]

    @property
    def contract(self) -> BeaconContract:
        return BeaconContract(Ledger(self.network.web3), BEACON)

    def key(self, member: Member) -> bytes:
        return key_id("VN", secret_of(member.name).modulus)

    def rounds(self, after: int) -> Sequence[tuple[str, int]]:
        self.asked.append(after)
        return [place for place in self.wanted if place[1] > after]

    def start(self, member: Member) -> BeaconPublisher:
        """Begin as after a start of the process."""
        node = self.nodes[member.name]
        keys = (PASSWORD, member.officer.secret)
        made = open_beacon(
            node.folder, node.read, node.outbox, node.ledger, keys, wanted=self.rounds
        )
        assert made is not None
        node.beacon = made
        return made

    def submit(self, record: Record, member: Member) -> None:
        domain = RecordDomain(CHAIN_ID, BEACON)
        signed = SignedRecord.sign(record, domain, member.officer.secret)
        self.nodes[member.name].submit(signed)
        self.settle()

    def settle(self) -> None:
        self.network.settle(*self.nodes.values())

    def seat(self, member: Member) -> None:
        now = self.network.time
        self.submit(registration(secret_of(member.name), member.id, "VN", now), member)
        self.submit(admission(self.key(member), now), CUSTOMS_VN)

    def block(self) -> int:
        """Make a block, by a record that is refused; return its number."""
        self.submit(ending(b"VN" + bytes(30), self.network.time), CUSTOMS_VN)
        return int(self.network.web3.eth.block_number)

    def round(self) -> int:
        """Return a round that is over, and wanted from now on."""
        number = self.block()
        self.wanted.append(("VN", number))
        return number


# What a ledger holds on which both are seated, so that tests do not prove their keys again.
_SEATED: dict[bytes, bytes] = {}


def opened(folder: Path) -> Panel:
    make_private_folder(folder)
    network = Network(folder, clerks=(CUSTOMS_VN, ISSUER))
    made = Panel(network, {}, [], [])
    for member in (CUSTOMS_VN, ISSUER):
        place = network.organisation(member)
        create_private(place.keys / BEACON_KEY_NAME, _pem(member.name))
        made.nodes[member.name] = network.node(place)
        made.start(member)
    made.settle()
    return made


@cache
def _pem(name: str) -> bytes:
    return secret_of(name).to_pem(PASSWORD)


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    skip_on_network("these tests seal blocks themselves; the contract's own tests run there")
    made = opened(tmp_path / "organisations")
    yield made
    made.network.close()


@pytest.fixture
def seated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Panel]:
    skip_on_network("these tests seal blocks themselves; the contract's own tests run there")
    if not _SEATED:
        first = opened(tmp_path / "first")
        for member in (CUSTOMS_VN, ISSUER):
            first.seat(member)
        first.block()
        _SEATED.update(first.network._store.entries)
        first.network.close()
    monkeypatch.setattr(organisations, "founded", lambda _: _SEATED)
    made = opened(tmp_path / "organisations")
    made.network.time += 60  # later than what the copy holds
    yield made
    made.network.close()
