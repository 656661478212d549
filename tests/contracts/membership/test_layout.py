"""Slots as the proofs read them, against the contract's answers and the compiler's layout."""

import json
from importlib.resources import files

import pytest
from support.network import ID_CUSTOMS, VN_AUTHORITY, Network
from support.trade import Trade

from contracts.membership import governance, layout
from contracts.membership.records import GOVERNANCE
from contracts.membership.state import Anchor, Key, Organisation, Validator, Version


def _number(network: Network, contract: bytes, slot: int) -> int:
    return int.from_bytes(network.ledger.storage(contract, slot), "big")


def test_key_slots(network: Network) -> None:
    key_id = ID_CUSTOMS.officer.key_id
    home = network.membership.address
    owner, state = layout.key_slots(key_id)
    found = Key.from_words(
        key_id, network.ledger.storage(home, owner), _number(network, home, state)
    )
    assert found == network.membership.key(key_id)
    assert found is not None


def test_organisation_slots(network: Network) -> None:
    (slot,) = layout.organisation_slots(ID_CUSTOMS.id)
    word = _number(network, network.membership.address, slot)
    found = Organisation.from_word(ID_CUSTOMS.id, word)
    assert found == network.membership.organisation(ID_CUSTOMS.id)
    assert found is not None


def test_version_slots(network: Network) -> None:
    home = network.membership.address
    assert _number(network, home, layout.version_count_slot("origin")) == 1
    place, code_hash = layout.version_slots("origin", 0)
    found = Version.from_words(
        _number(network, home, place), network.ledger.storage(home, code_hash)
    )
    assert (found,) == network.membership.versions("origin")


def test_validator_slots(network: Network) -> None:
    home = network.membership.address
    network.decide(governance.set_validator(b"\7" * 32, 5, ID_CUSTOMS.id))
    assert _number(network, home, layout.validator_count_slot()) == 2
    key, power = layout.validator_slots(1)
    found = Validator(network.ledger.storage(home, key), _number(network, home, power))
    assert found == network.membership.validators()[1] == Validator(b"\7" * 32, 5)
    runner = layout.validator_organisation_slot(found.address)
    assert network.ledger.storage(home, runner) == ID_CUSTOMS.id


def test_object_and_record_slots(network: Network, trade: Trade) -> None:
    record = trade.issue_record()
    digest = record.digest(network.origin.domain)
    network.run(record, VN_AUTHORITY.officer)
    home = network.origin.address
    count, head = layout.object_slots(record.object)
    expected = network.origin.object_head(record.object)
    assert _number(network, home, count) == expected.count == 1
    assert network.ledger.storage(home, head) == expected.head
    anchor = Anchor.from_word(_number(network, home, layout.record_slot(digest)))
    assert anchor == network.origin.anchor(digest)


def test_governance_object_lies_in_membership(network: Network) -> None:
    count, _ = layout.object_slots(GOVERNANCE)
    assert _number(network, network.membership.address, count) == 0


@pytest.mark.parametrize("name", ["membership", "origin"])
def test_every_contract_begins_with_the_record_book(name: str) -> None:
    artifact = json.loads(files("contracts.artifacts").joinpath(f"{name}.json").read_text())
    book = artifact["layout"]["storage_layout"]["record_book"]
    assert book["objects"]["slot"] == layout.OBJECTS
    assert book["records"]["slot"] == layout.RECORDS


def test_slots_are_the_compilers() -> None:
    artifact = json.loads(files("contracts.artifacts").joinpath("membership.json").read_text())
    slots = artifact["layout"]["storage_layout"]
    expected = {
        "organisations": layout.ORGANISATIONS,
        "keys": layout.KEYS,
        "version_counts": layout.VERSION_COUNTS,
        "versions": layout.VERSIONS,
        "validator_organisations": layout.VALIDATOR_ORGANISATIONS,
        "validator_list": layout.VALIDATORS,
    }
    assert {name: slots[name]["slot"] for name in expected} == expected


def test_empty_words_mean_nothing_there() -> None:
    assert Organisation.from_word(b"\1" * 32, 0) is None
    assert Key.from_words(b"\1" * 32, bytes(32), 0) is None
    assert Version.from_words(0, bytes(32)) is None
    assert Anchor.from_word(0) is None
