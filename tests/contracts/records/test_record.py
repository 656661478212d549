import pickle
from collections.abc import Callable
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st
from support.network import CHAIN_ID, Signer

from contracts.errors import (
    ContractError,
    RecordFormatError,
    RecordSignatureError,
    UnknownRecordTypeError,
)
from contracts.membership.records import KeyPossession
from contracts.origin.records import ClaimReject
from contracts.records import Record, RecordDomain, SignedRecord
from contracts.records.catalogue import RECORD_TYPES, parse_signed_record
from contracts.records.fields import DynamicBytes, FixedBytes, UnsignedInteger
from contracts.records.record import record_fields

DOMAIN = RecordDomain(CHAIN_ID, b"\x5a" * 20)
SIGNER = Signer("records")
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def _values(field_type: object) -> st.SearchStrategy[Any]:
    match field_type:
        case UnsignedInteger(bits):
            return st.integers(0, (1 << bits) - 1)
        case FixedBytes(size):
            return st.binary(min_size=size, max_size=size)
        case DynamicBytes(maximum):
            return st.binary(max_size=min(maximum, 200))
        case _:
            raise AssertionError(field_type)


def records() -> st.SearchStrategy[Record]:
    types = [*RECORD_TYPES.values(), KeyPossession]
    return st.sampled_from(types).flatmap(
        lambda kind: st.builds(
            kind, **{field.attribute: _values(field.type) for field in record_fields(kind)}
        )
    )


def signed() -> SignedRecord:
    return SignedRecord.sign(
        ClaimReject(b"\1" * 32, b"\2" * 32, b"\3" * 32, 4, 5), DOMAIN, SIGNER.secret
    )


@given(records())
def test_digest_is_what_eth_account_signs(record: Record) -> None:
    kind = type(record)
    types = {
        kind.TYPE_NAME: [
            {"name": field.name, "type": field.type.name} for field in record_fields(kind)
        ]
    }
    domain = {
        "name": "Tradeseal",
        "version": "1",
        "chainId": CHAIN_ID,
        "verifyingContract": "0x" + DOMAIN.contract.hex(),
    }
    message = {field.name: value for field, value in record.values()}
    theirs = Account.sign_message(encode_typed_data(domain, types, message), SIGNER.secret)
    ours = SignedRecord.sign(record, DOMAIN, SIGNER.secret)
    assert bytes(theirs.message_hash) == ours.digest
    assert bytes(theirs.signature) == ours.signature
    assert ours.recover() == SIGNER.address


@given(records())
def test_json_round_trip(record: Record) -> None:
    types = {**RECORD_TYPES, "KeyPossession": KeyPossession}
    ours = SignedRecord.sign(record, DOMAIN, SIGNER.secret)
    again = SignedRecord.from_json(ours.to_json(), CHAIN_ID, types)
    assert again == ours
    assert again.digest == ours.digest


def test_first_field_is_the_object_and_last_the_expiry() -> None:
    for kind in RECORD_TYPES.values():
        fields = record_fields(kind)
        assert (fields[0].name, fields[0].type.name) == ("object", "bytes32")
        assert (fields[-1].name, fields[-1].type.name) == ("expires", "uint64")


def test_digest_depends_on_chain_and_contract() -> None:
    record = signed().record
    assert record.digest(RecordDomain(CHAIN_ID + 1, DOMAIN.contract)) != record.digest(DOMAIN)
    assert record.digest(RecordDomain(CHAIN_ID, b"\x5b" * 20)) != record.digest(DOMAIN)


NOT_CANONICAL: dict[str, tuple[Callable[[Any], object], str]] = {
    "type missing": (lambda j: j.pop("type"), "type"),
    "signature missing": (lambda j: j.pop("signature"), "signature"),
    "extra member": (lambda j: j.update(extra="1"), "extra"),
    "contract in upper case": (lambda j: j.update(contract="0x" + "5A" * 20), "contract"),
    "contract too short": (lambda j: j.update(contract="0x5a"), "contract"),
    "contract a number": (lambda j: j.update(contract=5), "contract"),
    "signature too short": (lambda j: j.update(signature="0x00"), "signature"),
    "signature in upper case": (lambda j: j.update(signature=j["signature"].upper()), "signature"),
    "message a list": (lambda j: j.update(message=[]), "message"),
    "field missing": (lambda j: j["message"].pop("reason"), "reason"),
    "field unknown": (lambda j: j["message"].update(more="0x"), "more"),
    "number": (lambda j: j["message"].update(expires=5), "expires"),
    "leading zero": (lambda j: j["message"].update(expires="05"), "expires"),
    "negative": (lambda j: j["message"].update(expires="-5"), "expires"),
    "space": (lambda j: j["message"].update(expires="5 "), "expires"),
    "Arabic digit": (lambda j: j["message"].update(expires="\u0665"), "expires"),
    "too wide": (lambda j: j["message"].update(expires=str(1 << 64)), "expires"),
    "too few bytes": (lambda j: j["message"].update(reason="0x" + "03" * 31), "reason"),
    "half a byte": (lambda j: j["message"].update(reason="0x" + "03" * 31 + "0"), "reason"),
    "no prefix": (lambda j: j["message"].update(reason="03" * 32), "reason"),
    "upper case": (lambda j: j["message"].update(reason="0x" + "AB" * 32), "reason"),
}


@pytest.mark.parametrize("name", NOT_CANONICAL)
def test_json_that_is_not_canonical_names_the_field(name: str) -> None:
    change, field = NOT_CANONICAL[name]
    value: Any = signed().to_json()
    change(value)
    with pytest.raises(RecordFormatError) as caught:
        parse_signed_record(value, CHAIN_ID)
    assert caught.value.field == field
    assert field in str(caught.value)


def test_record_that_is_no_object() -> None:
    with pytest.raises(RecordFormatError):
        parse_signed_record(None, CHAIN_ID)


def test_unknown_type_names_the_known_ones() -> None:
    value: Any = signed().to_json() | {"type": "Nothing"}
    with pytest.raises(UnknownRecordTypeError, match="CertificateIssue"):
        parse_signed_record(value, CHAIN_ID)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("object", b"\1" * 31),
        ("object", "text"),
        ("expires", -1),
        ("expires", True),
        ("expires", 1 << 64),
    ],
    ids=["short", "text", "negative", "truth", "wide"],
)
def test_value_without_canonical_form(field: str, value: object) -> None:
    values: dict[str, Any] = {
        "object": b"\1" * 32,
        "claim": b"\2" * 32,
        "reason": b"\3" * 32,
        "rejected_at": 4,
        "expires": 5,
    }
    with pytest.raises(RecordFormatError) as caught:
        ClaimReject(**(values | {field: value}))
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("chain_id", "contract"),
    [(0, b"\1" * 20), (1 << 256, b"\1" * 20), (1, b"\1" * 19)],
    ids=["zero", "wide", "short"],
)
def test_domain_without_encoding(chain_id: int, contract: bytes) -> None:
    with pytest.raises(RecordFormatError):
        RecordDomain(chain_id, contract)


def _mutated(signature: bytes, name: str) -> bytes:
    r, s, v = signature[:32], signature[32:64], signature[64]
    high = (ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
    return {
        "high s": r + high + bytes([27 + 28 - v]),
        "zero r": bytes(32) + s + bytes([v]),
        "zero s": r + bytes(32) + bytes([v]),
        "r of the order": ORDER.to_bytes(32, "big") + s + bytes([v]),
        "v of 29": r + s + bytes([29]),
        "v of 0": r + s + bytes([v - 27]),
        "short": signature[:64],
        "long": signature + b"\0",
    }[name]


@pytest.mark.parametrize(
    "name",
    ["high s", "zero r", "zero s", "r of the order", "v of 29", "v of 0", "short", "long"],
)
def test_signature_outside_the_one_rule(name: str) -> None:
    sound = signed()
    bad = SignedRecord(sound.record, sound.domain, _mutated(sound.signature, name))
    with pytest.raises(RecordSignatureError):
        bad.recover()


def test_signature_over_another_record_recovers_another_signer() -> None:
    sound = signed()
    other = ClaimReject(b"\1" * 32, b"\2" * 32, b"\3" * 32, 4, 6)
    assert SignedRecord(other, DOMAIN, sound.signature).recover() != SIGNER.address


def test_bytes_beyond_their_bound() -> None:
    record = RECORD_TYPES["Proposal"]
    values: dict[str, Any] = {"object": bytes(32), "sequence": 0, "expires": 0}
    assert record(**values, action=bytes(4096)).message()["action"] == "0x" + "00" * 4096
    with pytest.raises(RecordFormatError) as caught:
        record(**values, action=bytes(4097))
    assert caught.value.field == "action"


def test_errors_pickle_and_say_what_to_do() -> None:
    for error in (
        RecordFormatError("expires", "is missing", "give it"),
        UnknownRecordTypeError("X", ("A", "B")),
        RecordSignatureError("high s"),
    ):
        again: ContractError = pickle.loads(pickle.dumps(error))  # noqa: S301
        assert str(again) == str(error)
        assert ";" in str(error)
