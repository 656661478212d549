"""Headers, commits and sets that no CometBFT network can have are refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.proofs import comet, protobuf
from chain.proofs.constants import MAX_TOTAL_POWER, NANOSECONDS, ZERO_TIME, TimeNs
from chain.proofs.errors import (
    CommitError,
    HashMismatchError,
    MalformedError,
    ProofError,
    SignatureError,
    ValidatorSetError,
)

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "comet.json").read_text())
CHAIN_ID = VECTORS["chain_id"]
COMMIT = comet.Commit.from_bytes(bytes.fromhex(VECTORS["commits"][4]["bytes"]))  # cccn
HEADER = comet.Header.from_bytes(bytes.fromhex(VECTORS["commits"][4]["header"]))
VALIDATORS = comet.ValidatorSet.from_bytes(bytes.fromhex(VECTORS["commits"][4]["validators"]))


def keys(count: int) -> list[bytes]:
    return [bytes([at + 1]) * 32 for at in range(count)]


@pytest.mark.parametrize(
    "changed",
    [
        {"block_version": 12},
        {"chain_id": "x" * 51},
        {"height": 0},
        {"height": -1},
        {"last_commit_hash": b""},
        {"data_hash": bytes(31)},
        {"validators_hash": bytes(33)},
        {"evidence_hash": b"\0"},
        {"proposer_address": bytes(19)},
    ],
    ids=str,
)
def test_impossible_headers(changed: dict[str, object]) -> None:
    header = replace(HEADER, **changed)  # type: ignore[arg-type]
    with pytest.raises(MalformedError, match="malformed header"):
        comet.Header.from_bytes(header.to_bytes())


def test_app_hash_has_no_demanded_size() -> None:
    header = replace(HEADER, app_hash=b"short")
    assert comet.Header.from_bytes(header.to_bytes()) == header


def test_a_block_id_has_whole_hashes() -> None:
    part = comet.PartSetHeader(1, bytes(32))
    assert comet.PartSetHeader.from_bytes(part.to_bytes()) == part
    for wrong in (comet.PartSetHeader(1, bytes(31)), comet.PartSetHeader(1 << 32, bytes(32))):
        with pytest.raises(MalformedError, match="part set header"):
            comet.PartSetHeader.from_bytes(wrong.to_bytes())
    with pytest.raises(MalformedError, match="block id"):
        comet.BlockID.from_bytes(comet.BlockID(bytes(31), part).to_bytes())


def test_a_chain_id_is_utf8() -> None:
    data = HEADER.to_bytes().replace(CHAIN_ID.encode(), b"\xff" * len(CHAIN_ID))
    with pytest.raises(MalformedError, match="UTF-8"):
        comet.Header.from_bytes(data)


@pytest.mark.parametrize("reader", [comet.Header, comet.Commit, comet.ValidatorSet])
@given(data=st.data())
@settings(max_examples=60)
def test_what_is_read_is_canonical(reader: type[comet.Header], data: st.DataObject) -> None:
    sources = {
        comet.Header: HEADER.to_bytes(),
        comet.Commit: COMMIT.to_bytes(),
        comet.ValidatorSet: VALIDATORS.to_bytes(),
    }
    altered = bytearray(sources[reader])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(altered) - 1))
        kind = data.draw(st.sampled_from(["flip", "drop", "insert"]))
        if kind == "flip":
            altered[at] ^= data.draw(st.integers(1, 255))
        elif kind == "drop":
            del altered[at]
        else:
            altered.insert(at, data.draw(st.integers(0, 255)))
    try:
        value = reader.from_bytes(bytes(altered))
    except ProofError:
        return
    assert value.to_bytes() == bytes(altered)


@pytest.mark.parametrize(
    "vote",
    [
        comet.CommitSignature(comet.BlockIDFlag.ABSENT, bytes(20)),
        comet.CommitSignature(comet.BlockIDFlag.ABSENT, signature=b"x"),
        comet.CommitSignature(comet.BlockIDFlag.ABSENT, time=TimeNs(0)),
        comet.CommitSignature(comet.BlockIDFlag.COMMIT, bytes(19), TimeNs(0), b"x"),
        comet.CommitSignature(comet.BlockIDFlag.COMMIT, bytes(20), TimeNs(0), b""),
        comet.CommitSignature(comet.BlockIDFlag.NIL, bytes(20), TimeNs(0), bytes(65)),
    ],
    ids=str,
)
def test_impossible_votes(vote: comet.CommitSignature) -> None:
    with pytest.raises(MalformedError, match="commit signature"):
        comet.CommitSignature.from_bytes(vote.to_bytes())


def test_unknown_vote_flags() -> None:
    with pytest.raises(MalformedError, match="flag is unknown"):
        comet.CommitSignature.from_bytes(bytes.fromhex("08041a00"))
    absent = comet.CommitSignature()
    assert comet.CommitSignature.from_bytes(absent.to_bytes()) == absent
    assert absent.time == ZERO_TIME


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"height": 0}, "height or round"),
        ({"round": -1}, "height or round"),
        ({"round": 1 << 31}, "height or round"),
        ({"block_id": comet.BlockID()}, "names no block"),
        ({"signatures": ()}, "0 votes"),
    ],
)
def test_impossible_commits(changed: dict[str, object], reason: str) -> None:
    commit = replace(COMMIT, **changed)  # type: ignore[arg-type]
    with pytest.raises(MalformedError, match=reason):
        comet.Commit.from_bytes(commit.to_bytes())


def test_sets_have_rules() -> None:
    one, two = (comet.Validator(key, 5) for key in keys(2))
    assert comet.ValidatorSet.of([two, one]) == comet.ValidatorSet.of([one, two])
    ordered = comet.ValidatorSet.of([one, two]).validators
    cases = [
        ((), "0 validators"),
        ((comet.Validator(b"short", 1),), "not 32 bytes"),
        ((comet.Validator(keys(1)[0], 0),), "no voting power"),
        ((comet.Validator(keys(1)[0], -1),), "no voting power"),
        ((comet.Validator(keys(1)[0], MAX_TOTAL_POWER + 1),), "above the limit"),
        ((one, one), "stands in it twice"),
        (ordered[::-1], "not sorted"),
        ((one, comet.Validator(keys(2)[1], 6)), "not sorted"),
    ]
    for validators, reason in cases:
        with pytest.raises(ValidatorSetError, match=reason):
            comet.ValidatorSet(validators)
    with pytest.raises(MalformedError, match="32 bytes"):
        comet.Validator.from_bytes(comet.Validator(b"short", 1).to_bytes())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("08", "end inside a field"),
        ("0a05", "longer than the message"),
        ("0880", "end inside a field"),
        ("08" + "80" * 10 + "01", "exceeds 64 bits"),
        ("08" + "ff" * 9 + "02", "exceeds 64 bits"),
        ("0d00000000", "wire type 5"),
        ("09" + "00" * 8, "wire type 1"),
        ("1801", "unknown field 3"),
        ("08010801", "occurs more than once"),
        ("0a00", "must be an integer"),
        ("1001", "must be bytes"),
    ],
)
def test_malformed_messages(data: str, reason: str) -> None:
    def read() -> None:
        fields = protobuf.FieldReader("message", bytes.fromhex(data), range(1, 3))
        fields.integer(1)
        fields.chunk(2)

    with pytest.raises(MalformedError, match=reason):
        read()


def test_repeated_fields_hold_bytes() -> None:
    fields = protobuf.FieldReader("message", bytes.fromhex("0a01ff0801"), range(1, 3))
    with pytest.raises(MalformedError, match="must be bytes"):
        fields.chunks(1)


def test_integers_and_times() -> None:
    for value in (1, 127, 128, 2**63 - 1, -1, -(2**63)):
        fields = protobuf.FieldReader("message", protobuf.integer(1, value), range(1, 2))
        assert fields.signed(1) == value
    for time in (0, -1, ZERO_TIME, 253_402_300_800 * NANOSECONDS - 1):
        assert protobuf.read_timestamp("time", protobuf.timestamp(TimeNs(time))) == time
    for time in (ZERO_TIME - 1, 253_402_300_800 * NANOSECONDS):
        with pytest.raises(MalformedError, match="years 1 to 9999"):
            protobuf.read_timestamp("time", protobuf.timestamp(TimeNs(time)))
    for nanoseconds in (-1, NANOSECONDS):
        with pytest.raises(MalformedError, match="outside one second"):
            protobuf.read_timestamp("time", protobuf.integer(2, nanoseconds))


def test_commits_that_do_not_belong() -> None:
    comet.verify_commit(CHAIN_ID, VALIDATORS, HEADER, COMMIT)
    comet.require_trusted_power(VALIDATORS, VALIDATORS, COMMIT)
    with pytest.raises(CommitError, match="trusted is 'other'"):
        comet.verify_commit("other", VALIDATORS, HEADER, COMMIT)
    fewer = comet.ValidatorSet(VALIDATORS.validators[:-1])
    with pytest.raises(HashMismatchError, match="hash of the validator set"):
        comet.verify_commit(CHAIN_ID, fewer, HEADER, COMMIT)
    with pytest.raises(CommitError, match="it is of height 41"):
        comet.verify_commit(CHAIN_ID, VALIDATORS, HEADER, replace(COMMIT, height=41))
    other = replace(HEADER, app_hash=bytes(32))
    with pytest.raises(HashMismatchError, match="hash of the header"):
        comet.verify_commit(CHAIN_ID, VALIDATORS, other, COMMIT)
    shorter = replace(COMMIT, signatures=COMMIT.signatures[:-1])
    with pytest.raises(CommitError, match="3 votes for 4 validators"):
        comet.verify_commit(CHAIN_ID, VALIDATORS, HEADER, shorter)


def test_a_wrong_signature_is_never_ignored() -> None:
    for index, vote in enumerate(COMMIT.signatures):
        broken = replace(vote, signature=bytes(64))
        votes = (*COMMIT.signatures[:index], broken, *COMMIT.signatures[index + 1 :])
        with pytest.raises(SignatureError):
            comet.verify_commit(CHAIN_ID, VALIDATORS, HEADER, replace(COMMIT, signatures=votes))


def test_trusting_rule_ignores_strangers_and_nil() -> None:
    some = comet.ValidatorSet(VALIDATORS.validators[:1])
    comet.require_trusted_power(some, VALIDATORS, COMMIT)
    stranger = comet.ValidatorSet.of([comet.Validator(keys(1)[0], 1)])
    with pytest.raises(CommitError, match="0 of 1 voting power"):
        comet.require_trusted_power(stranger, VALIDATORS, COMMIT)


def test_default_values_are_left_out() -> None:
    spelt = COMMIT.to_bytes().replace(b"\x08\x2a", b"\x08\x2a\x10\x00", 1)
    with pytest.raises(MalformedError, match="not in canonical form"):
        comet.Commit.from_bytes(spelt)
