"""Gas of the beacon as a committed snapshot; TRADESEAL_UPDATE_GAS=1 writes it anew.

The registered key is the one of RFC 9381, whose challenges never change. Figures are compared
within one per cent.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.beacons import (
    BANK,
    CUSTOMS,
    EXAMPLE_P,
    EXAMPLE_Q,
    IMPORTER,
    NEXT_CUSTOMS,
    Beacons,
    seated_network,
)
from support.comet_ledger import skip_on_network
from support.network import VN_AUTHORITY, VN_CUSTOMS, Member, Outcome

from contracts.abi import selector
from contracts.beacon import vrf
from contracts.beacon.identifiers import key_id
from contracts.beacon.permutation import prove_permutation
from contracts.beacon.records import BeaconKeyRegister
from contracts.records import Record

SNAPSHOT = Path(__file__).parent / "gas.json"
TOLERANCE = 0.01
OUTPUT_LIMIT = 300_000


@pytest.fixture
def beacons() -> Iterator[Beacons]:
    skip_on_network("it counts on what this ledger holds")
    network = seated_network()
    yield Beacons(network)
    network.close()


def measured(beacons: Beacons) -> dict[str, int]:
    network = beacons.network
    used: dict[str, int] = {}

    def note(name: str, record: Record, member: Member) -> None:
        call = network.carry(network.sign(record, member.officer))
        outcome: Outcome = network.send(call, attempt=False)
        used[name] = outcome.gas
        assert outcome.gas * 1.15 < call.gas, name

    example = vrf.SecretKey(EXAMPLE_P, EXAMPLE_Q)
    register = BeaconKeyRegister(
        key_id("VN", example.modulus),
        example.modulus,
        prove_permutation(example, VN_AUTHORITY.id),
        network.now,
        network.soon,
    )
    note("beacon.registerKey", register, VN_AUTHORITY)
    number, since = beacons.round()
    note("beacon.publish, first", beacons.publish_record(CUSTOMS, number), VN_CUSTOMS)
    note("beacon.publish, next", beacons.publish_record(IMPORTER, number), IMPORTER.member)
    used["beacon.seedOf, of two"] = network.web3.eth.estimate_gas(
        {"to": network.beacon.address, "data": seed_call(number, since)}
    )
    note("beacon.admitKey, third", beacons.admit_record(BANK.key), VN_CUSTOMS)
    note("beacon.admitKey, in place", beacons.admit_record(NEXT_CUSTOMS.key), VN_CUSTOMS)
    note("beacon.endKey", beacons.end_record(IMPORTER.key), IMPORTER.member)
    rounds = [beacons.round()[0] for _ in range(8)]
    records = [beacons.publish_record(NEXT_CUSTOMS, one) for one in rounds]
    calls = [network.carry(network.sign(one, VN_CUSTOMS.officer)) for one in records]
    batch = network.send(network.beacon.submit(calls), attempt=False)
    used["beacon.publish, batch of 8"] = batch.gas
    return used


def seed_call(number: int, since: int) -> bytes:
    words = (int.from_bytes(b"VN", "big"), number, since)
    return selector("seedOf(uint256,uint256,uint256)") + b"".join(
        value.to_bytes(32, "big") for value in words
    )


def test_gas_is_as_committed(beacons: Beacons) -> None:
    found = measured(beacons)
    if os.environ.get("TRADESEAL_UPDATE_GAS"):
        SNAPSHOT.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    committed = json.loads(SNAPSHOT.read_text())
    assert found.keys() == committed.keys()
    moved = {
        name: (committed[name], gas)
        for name, gas in found.items()
        if abs(gas - committed[name]) > TOLERANCE * committed[name]
    }
    assert not moved, "if this is meant, run again with TRADESEAL_UPDATE_GAS=1"
    assert max(found["beacon.publish, first"], found["beacon.publish, next"]) < OUTPUT_LIMIT
    assert found["beacon.publish, batch of 8"] < 8 * OUTPUT_LIMIT
