"""Organisations with beacon keys: honest records, and panels of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from support.network import VN_CUSTOMS, VN_IMPORTER, Member, Network, Outcome

from contracts.beacon import vrf
from contracts.beacon.identifiers import alpha, key_id, round_id
from contracts.beacon.permutation import prove_permutation
from contracts.beacon.records import (
    BeaconKeyAdmit,
    BeaconKeyEnd,
    BeaconKeyRegister,
    BeaconPublish,
)
from contracts.records import Record

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
        return alpha(chain_id, holder.country, number, self.block_hash(number))

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
        return self.network.run(record, member.officer)

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
        self.network.seal()
        block = self.network.web3.eth.get_block("latest")
        return block["number"], block["timestamp"]


CUSTOMS = Holder(VN_CUSTOMS)
IMPORTER = Holder(VN_IMPORTER)
