"""Headers, commits and sets against what CometBFT v0.38.26 itself computes."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from chain.proofs import comet, light, rfc9162
from chain.proofs.constants import NANOSECONDS, Hash32, TimeNs
from chain.proofs.ed25519 import _verify_zip215, verify_signature
from chain.proofs.errors import CommitError, InsufficientPowerError, ProofError, SignatureError

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "comet.json").read_text()
)
CHAIN_ID: str = VECTORS["chain_id"]
MESSAGE = bytes.fromhex(VECTORS["ed25519_message"])


@pytest.mark.parametrize("vector", VECTORS["validator_sets"])
def test_validator_set_round_trips_and_hashes(vector: dict[str, Any]) -> None:
    encoded = bytes.fromhex(vector["bytes"])
    validators = comet.ValidatorSet.from_bytes(encoded)
    assert validators.to_bytes() == encoded
    assert validators.hash().hex() == vector["hash"]
    assert [
        {
            "public_key": item.public_key.hex(),
            "power": str(item.power),
            "address": item.address.hex(),
            "bytes": item.to_bytes().hex(),
        }
        for item in validators.validators
    ] == vector["validators"]
    assert comet.ValidatorSet.of(reversed(validators.validators)) == validators


@pytest.mark.parametrize("vector", VECTORS["headers"])
def test_header_hashes(vector: dict[str, Any]) -> None:
    encoded = bytes.fromhex(vector["bytes"])
    header = comet.Header.from_bytes(encoded)
    assert header.to_bytes() == encoded
    assert header.hash().hex() == vector["hash"]
    assert header.chain_id == vector["chain_id"]
    assert str(header.height) == vector["height"]
    assert str(header.time) == vector["time"]
    assert str(header.app_version) == vector["app_version"]
    assert header.last_block_id.hash.hex() == vector["last_block_hash"]
    assert header.app_hash.hex() == vector["app_hash"]
    assert header.validators_hash.hex() == vector["validators_hash"]
    assert header.proposer_address.hex() == vector["proposer"]


@pytest.mark.parametrize("vector", VECTORS["commits"], ids=lambda v: v["flags"] + v["round"])
def test_commit_bytes_hash_and_verdict(vector: dict[str, Any]) -> None:
    encoded = bytes.fromhex(vector["bytes"])
    commit = comet.Commit.from_bytes(encoded)
    assert commit.to_bytes() == encoded
    assert commit.hash().hex() == vector["hash"]
    signed = [
        comet.vote_sign_bytes(CHAIN_ID, commit, index) for index in range(len(commit.signatures))
    ]
    # For an absent vote CometBFT too derives bytes, which nobody signs.
    assert [item.hex() for item in signed] == vector["sign_bytes"]
    header = comet.Header.from_bytes(bytes.fromhex(vector["header"]))
    validators = comet.ValidatorSet.from_bytes(bytes.fromhex(vector["validators"]))
    if vector["verdict"] == "valid":
        comet.verify_commit(CHAIN_ID, validators, header, commit)
    else:
        with pytest.raises(InsufficientPowerError):
            comet.verify_commit(CHAIN_ID, validators, header, commit)


@pytest.mark.parametrize("vector", VECTORS["roots"], ids=lambda v: str(len(v["leaves"])))
def test_merkle_roots(vector: dict[str, Any]) -> None:
    leaves = [bytes.fromhex(leaf) for leaf in vector["leaves"]]
    assert rfc9162.tree_root(leaves).hex() == vector["root"]


@pytest.mark.parametrize("vector", VECTORS["transactions"])
def test_transactions_hash(vector: dict[str, Any]) -> None:
    transactions = [bytes.fromhex(item) for item in vector["transactions"]]
    assert comet.transactions_hash(transactions).hex() == vector["hash"]


@pytest.mark.parametrize("vector", VECTORS["results"])
def test_results_hash(vector: dict[str, Any]) -> None:
    results = [
        comet.ExecutionResult(
            item["code"], bytes.fromhex(item["data"]), item["gas_wanted"], item["gas_used"]
        )
        for item in vector["results"]
    ]
    assert comet.results_hash(results).hex() == vector["hash"]


@pytest.mark.parametrize("vector", VECTORS["consensus_parameters"])
def test_consensus_parameters_hash(vector: dict[str, Any]) -> None:
    actual = comet.consensus_parameters_hash(vector["max_bytes"], vector["max_gas"])
    assert actual.hex() == vector["hash"]


@pytest.mark.parametrize("vector", VECTORS["blocks"])
def test_block_and_its_parts(vector: dict[str, Any]) -> None:
    header = comet.Header.from_bytes(bytes.fromhex(vector["header"]))
    empty = comet.Commit()
    last_commit_bytes = bytes.fromhex(vector["last_commit"])
    last_commit = (
        empty
        if last_commit_bytes == empty.to_bytes()
        else comet.Commit.from_bytes(last_commit_bytes)
    )
    transactions = [
        bytes((at * 31 + index) % 256 for at in range(item["size"]))
        for index, item in enumerate(vector["transactions"])
    ]
    block = comet.block_bytes(header, transactions, last_commit)
    assert len(block) == vector["size"]
    assert hashlib.sha256(block).hexdigest() == vector["digest"]
    parts = comet.part_set_header(block)
    assert (parts.total, parts.hash.hex()) == (vector["parts_total"], vector["parts_hash"])
    assert header.hash().hex() == vector["header_hash"]
    assert header.data_hash.hex() == vector["data_hash"]
    assert comet.transactions_hash(transactions) == header.data_hash
    assert last_commit.hash().hex() == vector["last_commit_hash"]
    assert comet.evidence_hash().hex() == vector["evidence_hash"]


def trusted_state(vector: dict[str, Any]) -> light.TrustedState:
    header = comet.Header.from_bytes(bytes.fromhex(vector["trusted_header"]))
    validators = comet.ValidatorSet.from_bytes(bytes.fromhex(vector["trusted_validators"]))
    return light.TrustedState(
        CHAIN_ID, header.height, header.time, validators, header.next_validators_hash
    )


def signed_header(vector: dict[str, Any]) -> light.SignedHeader:
    return light.SignedHeader(
        comet.Header.from_bytes(bytes.fromhex(vector["header"])),
        comet.Commit.from_bytes(bytes.fromhex(vector["commit"])),
        comet.ValidatorSet.from_bytes(bytes.fromhex(vector["validators"])),
    )


@pytest.mark.parametrize("vector", VECTORS["light_steps"], ids=lambda v: v["desc"])
def test_light_client_agrees(vector: dict[str, Any]) -> None:
    clock = light.Clock(TimeNs(int(vector["now"])), int(vector["period"]), int(vector["drift"]))
    untrusted = signed_header(vector)
    if vector["verdict"] == "valid":
        state = light.verify_step(trusted_state(vector), untrusted, clock)
        assert state.height == untrusted.header.height
        assert state.time == untrusted.header.time
        assert state.validators == untrusted.validators
        assert state.next_validators_hash == untrusted.header.next_validators_hash
    else:
        with pytest.raises(ProofError):
            light.verify_step(trusted_state(vector), untrusted, clock)


def test_light_client_refuses_another_chain() -> None:
    vector = VECTORS["light_steps"][0]
    state = trusted_state(vector)
    other = light.TrustedState(
        "other-chain", state.height, state.time, state.validators, Hash32(bytes(32))
    )
    clock = light.Clock(TimeNs(state.time + NANOSECONDS), 60 * NANOSECONDS)
    with pytest.raises(ProofError, match="is of chain 'tradeseal-vectors'"):
        light.verify_step(other, signed_header(vector), clock)


@pytest.mark.parametrize("verify", [verify_signature, _verify_zip215])
def test_ed25519_edges_agree(verify: Any) -> None:
    for vector in VECTORS["ed25519"]:
        public_key = bytes.fromhex(vector["public_key"])
        signature = bytes.fromhex(vector["signature"])
        if vector["accepted"]:
            verify(public_key, MESSAGE, signature)
        else:
            with pytest.raises(SignatureError):
                verify(public_key, MESSAGE, signature)


def test_commit_with_a_repeated_voter_is_refused() -> None:
    vector = VECTORS["commits"][0]
    header = comet.Header.from_bytes(bytes.fromhex(vector["header"]))
    validators = comet.ValidatorSet.from_bytes(bytes.fromhex(vector["validators"]))
    commit = comet.Commit.from_bytes(bytes.fromhex(vector["bytes"]))
    first = commit.signatures[0]
    doubled = comet.Commit(
        commit.height, commit.round, commit.block_id, (first, first, *commit.signatures[2:])
    )
    with pytest.raises(CommitError, match="vote 1 is of another validator"):
        comet.verify_commit(CHAIN_ID, validators, header, doubled)
