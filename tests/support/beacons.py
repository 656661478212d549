"""Organisations with beacon keys: honest records, and panels of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from support.comet_ledger import is_network
from support.network import VN_BANK, VN_CUSTOMS, VN_IMPORTER, Member, Network, Outcome

from contracts.abi import array, compose
from contracts.beacon import vrf
from contracts.beacon.identifiers import Round, key_id, round_id
from contracts.beacon.permutation import prove_permutation
from contracts.beacon.records import (
    BeaconKeyAdmit,
    BeaconKeyEnd,
    BeaconKeyRegister,
    BeaconPublish,
)
from contracts.calls import SUBMIT, Call
from contracts.records import Record

# The key of 2048 bits in RFC 9381, appendix A.
EXAMPLE_P = int(
    "efb52a568fa3038fffb853e2183791c6bc81ceee86d20e8f9b6401dc79a8f1f6248d3a25fdb3f99245fce41667da"
    "038f59745b87cc1aed8b4a9c1d74e7d5c16cf7343f2b12f1b5055337369bf018fa07adc0d16f2164a516e80d2b47"
    "34f0c6563d6ee6d4a9e1a54e300cfe9ee679afc3d14a152dfb49b6cfb208bbf921f764af",
    16,
)
EXAMPLE_Q = int(
    "ecbca5ee88bbc635d8263aaba84f6502fdb2b4998a40f7c149133d840b6b1bd9a972fe2a981c770272b78fda213f"
    "76a062dd865dd116d4c8980975ee9347fe0f500567e51d78dbee4a34e626051cf018d7feb72f19189525d4f70b64"
    "67d0cef514633ab08a9e7a9ec632064b7b5e3e82128fe563757a614092fc5cf624d10e1b",
    16,
)


@cache
def secret_of(label: str) -> vrf.SecretKey:
    """Return a key that is the same for a label as long as the tests run."""
    assert label
    return vrf.SecretKey.generate()


@cache
def roots_of(label: str, organisation: bytes) -> bytes:
    return prove_permutation(secret_of(label), organisation)


@dataclass(frozen=True, slots=True)
class Holder:
    """A member with one of its beacon keys."""

    member: Member
    label: str = ""
    country: str = "VN"

    @property
    def name(self) -> str:
        return self.label or self.member.name

    @property
    def secret(self) -> vrf.SecretKey:
        return secret_of(self.name)

    @property
    def key(self) -> bytes:
        return key_id(self.country, self.secret.modulus)


@dataclass
class Beacons:
    """Builds and sends the records of one network."""

    network: Network

    def register_record(self, holder: Holder, **changes: Any) -> BeaconKeyRegister:
        values = {
            "object": holder.key,
            "modulus": holder.secret.modulus,
            "roots": roots_of(holder.name, holder.member.id),
            "registered_at": self.network.now,
            "expires": self.network.soon,
        }
        return BeaconKeyRegister(**(values | changes))

    def admit_record(self, key: bytes) -> BeaconKeyAdmit:
        return BeaconKeyAdmit(key, self.network.now, self.network.soon)

    def end_record(self, key: bytes) -> BeaconKeyEnd:
        return BeaconKeyEnd(key, self.network.now, self.network.soon)

    def block_hash(self, number: int) -> bytes:
        return bytes(self.network.web3.eth.get_block(number)["hash"])

    def alpha(self, holder: Holder, number: int) -> bytes:
        chain_id = self.network.beacon.domain.chain_id
        return Round(chain_id, holder.country, number, self.block_hash(number)).alpha

    def publish_record(self, holder: Holder, number: int, **changes: Any) -> BeaconPublish:
        values: dict[str, Any] = {
            "object": round_id(holder.country, number),
            "key": holder.key,
            "round": number,
            "expires": self.network.soon,
        }
        if "proof" not in changes:
            values["proof"] = vrf.prove(holder.secret, self.alpha(holder, number))
        return BeaconPublish(**(values | changes))

    def run(self, record: Record, member: Member) -> Outcome:
        # What the ledger says of its last block is too early to rehearse an output.
        # And a registration is dear.
        attempt = not isinstance(record, BeaconPublish | BeaconKeyRegister)
        return self.network.run(record, member.officer, attempt=attempt)

    def register(self, holder: Holder) -> Outcome:
        return self.run(self.register_record(holder), holder.member)

    def admit(self, holder: Holder, customs: Member = VN_CUSTOMS) -> Outcome:
        return self.run(self.admit_record(holder.key), customs)

    def seat(self, *holders: Holder, customs: Member = VN_CUSTOMS) -> None:
        """Register and admit, so that the next block is the first round of all of them."""
        for holder in holders:
            self.register(holder)
            self.admit(holder, customs)

    def publish(self, holder: Holder, number: int) -> Outcome:
        return self.run(self.publish_record(holder, number), holder.member)

    def round(self) -> tuple[int, int]:
        """Make a block and return its number and time: a round and when it began."""
        empty = Call(self.network.membership.address, SUBMIT + compose([array([])]), 200_000)
        number = self.network.send(empty, attempt=False).block
        return number, self.network.web3.eth.get_block(number)["timestamp"]


CUSTOMS = Holder(VN_CUSTOMS)
IMPORTER = Holder(VN_IMPORTER)
NEXT_CUSTOMS = Holder(VN_CUSTOMS, "VN customs, next")
BANK = Holder(VN_BANK)

# A ledger on which CUSTOMS and IMPORTER are seated, NEXT_CUSTOMS and BANK registered.
_SEATED: dict[bytes, bytes] = {}


def seated_network() -> Network:
    """Return a network with a panel; it is made once, and copied."""
    if is_network() or not _SEATED:
        made = Network()
        beacons = Beacons(made)
        beacons.seat(CUSTOMS, IMPORTER)
        beacons.register(NEXT_CUSTOMS)
        beacons.register(BANK)
        beacons.round()
        if is_network():
            return made
        _SEATED.update(made.store.entries())
        made.close()
    return Network(entries=_SEATED)
