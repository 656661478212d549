"""The genesis file: what founds a ledger, and what is refused with which words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.chain import MEMBERSHIP, genesis, genesis_json

from chain.errors import GenesisError
from chain.genesis import MAX_FILE_BYTES, load_genesis, parse_genesis
from chain.machine.founding import found

VALIDATOR = {"name": "a", "public_key": "11" * 32, "power": "1"}


def test_a_genesis_founds_the_same_ledger_every_time(tmp_path: Path) -> None:
    file = tmp_path / "genesis.json"
    file.write_bytes(genesis_json())
    first, second = found(load_genesis(file)), found(genesis())
    assert first.header == second.header
    assert load_genesis(file).membership == MEMBERSHIP


def test_order_of_members_and_white_space_do_not_matter() -> None:
    document = json.loads(genesis_json())
    turned = json.dumps(dict(reversed(document.items())), indent=2).encode()
    assert parse_genesis(turned).content_hash == genesis().content_hash


def test_any_other_content_is_another_ledger() -> None:
    other = parse_genesis(genesis_json(genesis_time="2026-01-01T00:00:01Z"))
    assert other.content_hash != genesis().content_hash
    assert found(other).header.hash() != found(genesis()).header.hash()


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("another format", {"format": "tradeseal-genesis/2"}, "this program reads"),
    ("an unknown member", {"colour": "red"}, "exactly"),
    ("a chain id with spaces", {"chain_id": "a b"}, "chain_id"),
    ("a long chain id", {"chain_id": "a" * 51}, "chain_id"),
    ("a number as chain id", {"evm_chain_id": 5}, "decimal string"),
    ("chain id zero", {"evm_chain_id": "0"}, "positive number"),
    ("leading zeros", {"evm_chain_id": "05"}, "decimal string"),
    ("a time without zone", {"genesis_time": "2026-01-01T00:00:00"}, "UTC"),
    ("a short address", {"membership": "0x1234"}, "2 bytes instead of 20"),
    ("capital letters", {"membership": "0x" + "AB" * 20}, "lower-case"),
    ("no founding", {"founding": []}, "founding is empty"),
    ("half a founding call", {"founding": [{"to": None}]}, "founding\\[0\\]"),
    ("no validators", {"validators": []}, "validators is empty"),
    ("a validator too much", {"validators": [VALIDATOR | {"x": 1}]}, "validators\\[0\\]"),
    ("a short key", {"validators": [VALIDATOR | {"public_key": "11"}]}, "64 lower-case"),
    ("power as a number", {"validators": [VALIDATOR | {"power": 1}]}, "decimal string"),
    ("no power", {"validators": [VALIDATOR | {"power": "0"}]}, "validators"),
    ("a validator twice", {"validators": [VALIDATOR, VALIDATOR]}, "twice"),
]


@pytest.mark.parametrize(("changes", "text"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_is_not_of_the_form_is_refused(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(GenesisError, match=text):
        parse_genesis(genesis_json(**changes))


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"format":1,"format":2}'])
def test_what_is_no_such_json_is_refused(content: bytes) -> None:
    with pytest.raises(GenesisError):
        parse_genesis(content)


def test_a_huge_file_is_refused() -> None:
    with pytest.raises(GenesisError, match="larger"):
        parse_genesis(b" " * (MAX_FILE_BYTES + 1))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GenesisError, match=r"nowhere\.json"):
        load_genesis(tmp_path / "nowhere.json")


def test_a_failing_founding_call_is_named() -> None:
    founding = [{"to": None, "data": "0xfd"}]
    with pytest.raises(GenesisError, match=r"founding\[0\] fails"):
        found(parse_genesis(genesis_json(founding=founding)))


def test_the_reason_of_a_failing_call_is_told() -> None:
    document = json.loads(genesis_json())
    refused = bytes.fromhex("08c379a0") + (32).to_bytes(32, "big") + (5).to_bytes(32, "big")
    code = refused + b"sorry".ljust(32, b"\0")
    # init code that reverts with Error("sorry"): CODECOPY the text behind 12 bytes of code
    init = bytes.fromhex("6064600c60003960646000fd") + code
    document["founding"] = [{"to": None, "data": "0x" + init.hex()}]
    with pytest.raises(GenesisError, match="sorry"):
        found(parse_genesis(json.dumps(document).encode()))


def test_membership_must_be_where_the_file_says() -> None:
    with pytest.raises(GenesisError, match="no contract at membership"):
        found(parse_genesis(genesis_json(membership="0x" + "12" * 20)))
