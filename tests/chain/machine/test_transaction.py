"""What the ledger takes as a transaction, and what it says of the rest."""

from __future__ import annotations

from typing import Any

import pytest
import rlp
from hypothesis import given
from hypothesis import strategies as st
from support.chain import EVM_CHAIN_ID, account

from chain.errors import AdmissionError, MalformedTransactionError, TransactionLimitError
from chain.machine.rules import MAX_TRANSACTION_BYTES, MAX_TRANSACTION_GAS
from chain.machine.transaction import decode_transaction

SENDER = account(21)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
TO = "0x" + "11" * 20


def signed(**changes: Any) -> bytes:
    transaction = {
        "chainId": EVM_CHAIN_ID,
        "nonce": 0,
        "gas": 100_000,
        "to": TO,
        "value": 0,
        "data": b"\x01\x00\x02",
        "maxFeePerGas": 0,
        "maxPriorityFeePerGas": 0,
        "type": 2,
    } | changes
    if transaction["type"] == 0:
        del transaction["maxFeePerGas"], transaction["maxPriorityFeePerGas"], transaction["type"]
        transaction.setdefault("gasPrice", 0)
    return bytes(SENDER.sign_transaction(transaction).raw_transaction)


@pytest.mark.parametrize("type_id", [0, 2])
def test_a_good_transaction_is_taken(type_id: int) -> None:
    raw = signed(type=type_id)
    transaction = decode_transaction(raw, EVM_CHAIN_ID)
    assert transaction.sender.hex() == SENDER.address[2:].lower()
    assert transaction.type_id == type_id
    assert transaction.to == bytes.fromhex(TO[2:])
    # EIP-2028: 21000 + 1 zero byte * 4 + 2 others * 16; EIP-7623: 21000 + 10 * (1 + 2 * 4)
    assert (transaction.intrinsic_gas, transaction.floor_gas) == (21_036, 21_090)


def test_an_access_list_is_taken_and_paid_for() -> None:
    entries = [{"address": TO, "storageKeys": ["0x" + "00" * 32, "0x" + "01" * 32]}]
    transaction = decode_transaction(signed(accessList=entries, data=b""), EVM_CHAIN_ID)
    assert transaction.access_list[0][1] == (0, int("01" * 32, 16))
    assert transaction.intrinsic_gas == 21_000 + 2_400 + 2 * 1_900


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("another chain", {"chainId": 1}, "signed for chain 1"),
    ("another chain, legacy", {"chainId": 1, "type": 0}, "signed for chain 1"),
    ("a fee", {"maxFeePerGas": 1}, "no currency"),
    ("a fee, legacy", {"gasPrice": 1, "type": 0}, "no currency"),
    ("value", {"value": 1}, "no currency"),
    ("creation", {"to": b""}, "Membership creates contracts"),
    ("too much gas", {"gas": MAX_TRANSACTION_GAS + 1}, "above"),
    ("too little gas", {"gas": 21_000}, "below the intrinsic gas"),
    ("too large", {"data": bytes(MAX_TRANSACTION_BYTES), "gas": 30_000_000}, "at most"),
    (
        "an endless access list",
        {"accessList": [{"address": TO, "storageKeys": []}] * 257, "gas": 10**7},
        "access list",
    ),
]


@pytest.mark.parametrize(("changes", "text"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_outside_the_limits_is_refused(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(TransactionLimitError, match=text):
        decode_transaction(signed(**changes), EVM_CHAIN_ID)


def test_without_replay_protection_is_refused() -> None:
    fields = rlp.decode(signed(type=0))
    with pytest.raises(TransactionLimitError, match="EIP-155"):
        decode_transaction(rlp.encode([*fields[:6], b"\x1b", *fields[7:]]), EVM_CHAIN_ID)


@pytest.mark.parametrize("type_id", [1, 3, 4, 0x7F])
def test_other_types_are_refused(type_id: int) -> None:
    with pytest.raises(TransactionLimitError, match=f"type {type_id}"):
        decode_transaction(bytes([type_id]) + signed()[1:], EVM_CHAIN_ID)


def resigned(**fields: bytes) -> bytes:
    """A type 2 transaction with raw fields replaced after signing."""
    names = ("chain", "nonce", "tip", "fee", "gas", "to", "value", "data", "list", "v", "r", "s")
    decoded = dict(zip(names, rlp.decode(signed()[1:]), strict=True)) | fields
    return b"\x02" + rlp.encode([decoded[name] for name in names])


def high_s() -> bytes:
    fields = rlp.decode(signed()[1:])
    s = ORDER - int.from_bytes(fields[11], "big")
    return resigned(s=s.to_bytes(32, "big"), v=b"\x01" if fields[9] == b"" else b"")


def nested(depth: int) -> bytes:
    encoded = b"\xc0"
    for _ in range(depth):
        encoded = rlp.codec.length_prefix(len(encoded), 0xC0) + encoded
    return encoded


MALFORMED: list[tuple[str, bytes, str]] = [
    ("empty", b"", "empty"),
    ("not RLP", b"\x02\xff\xff", "malformed"),
    ("cut off", signed()[:-1], "malformed"),
    ("trailed", signed() + b"\x00", "malformed"),
    ("a string", b"\x02\x83abc", "byte string|list"),
    ("too few fields", b"\x02" + rlp.encode([b""] * 11), "12 fields"),
    ("nested deeply", b"\x02" + nested(30_000), "nested"),
    ("nested deeply, legacy", nested(30_000), "nested"),
    ("leading zero", resigned(nonce=b"\x00\x01"), "leading zero"),
    ("a list as nonce", resigned(nonce=[]), "nonce"),  # type: ignore[arg-type]
    ("a huge nonce", resigned(nonce=b"\xff" * 9), "64 bits"),
    ("a short address", resigned(to=b"\x11" * 19), "19 bytes"),
    ("a list as data", resigned(data=[b"x"]), "byte strings"),  # type: ignore[arg-type]
    ("a string as access list", resigned(list=b"x"), "access list"),
    ("parity 2", resigned(v=b"\x02"), "parity"),
    ("zero r", resigned(r=b""), "r is not"),
    ("r too large", resigned(r=ORDER.to_bytes(32, "big")), "r is not"),
    ("zero s", resigned(s=b""), "s is"),
    ("high s", high_s(), "s is"),
    ("33 bytes of r", resigned(r=b"\x01" * 33), "256 bits"),
]


@pytest.mark.parametrize(("raw", "text"), [m[1:] for m in MALFORMED], ids=[m[0] for m in MALFORMED])
def test_malformed_is_refused(raw: bytes, text: str) -> None:
    with pytest.raises(MalformedTransactionError, match=text):
        decode_transaction(raw, EVM_CHAIN_ID)


@given(st.binary(max_size=300))
def test_garbage_never_raises_anything_else(raw: bytes) -> None:
    with pytest.raises(AdmissionError):
        decode_transaction(raw, EVM_CHAIN_ID)


@given(position=st.integers(0, len(signed()) - 1), flip=st.integers(1, 255))
def test_one_changed_byte_is_refused_or_another_sender(position: int, flip: int) -> None:
    raw = bytearray(signed())
    raw[position] ^= flip
    try:
        transaction = decode_transaction(bytes(raw), EVM_CHAIN_ID)
    except AdmissionError:
        return
    assert transaction.sender.hex() != SENDER.address[2:].lower()


def test_the_hash_is_ethereums() -> None:
    transaction = {
        "chainId": EVM_CHAIN_ID, "nonce": 7, "gas": 50_000, "to": TO, "value": 0, "data": b"",
        "maxFeePerGas": 0, "maxPriorityFeePerGas": 0, "type": 2,
    }  # fmt: skip
    by_eth_account = SENDER.sign_transaction(transaction)
    decoded = decode_transaction(bytes(by_eth_account.raw_transaction), EVM_CHAIN_ID)
    assert decoded.hash == bytes(by_eth_account.hash)
