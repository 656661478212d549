from dataclasses import fields, replace

import pytest

from chain.proofs import rlp
from chain.proofs.constants import (
    EMPTY_CODE_HASH,
    EMPTY_LIST_HASH,
    EMPTY_MERKLE_ROOT,
    EMPTY_ROOT,
    FOUNDER,
    Address20,
    Hash32,
)
from chain.proofs.errors import MalformedError
from chain.proofs.evm import Account, EvmHeader
from chain.proofs.keccak import keccak256
from chain.proofs.rfc9162 import tree_root

HEADER = EvmHeader(
    parent_hash=Hash32(b"\x01" * 32),
    ommers_hash=EMPTY_LIST_HASH,
    coinbase=Address20(bytes(20)),
    state_root=Hash32(b"\x02" * 32),
    transactions_root=EMPTY_ROOT,
    receipts_root=EMPTY_ROOT,
    logs_bloom=bytes(256),
    difficulty=0,
    number=12,
    gas_limit=60_000_000,
    gas_used=21_000,
    timestamp=1_750_000_000,
    extra_data=b"tradeseal",
    mix_hash=Hash32(bytes(32)),
    nonce=bytes(8),
    base_fee_per_gas=0,
    withdrawals_root=EMPTY_ROOT,
    blob_gas_used=0,
    excess_blob_gas=0,
    parent_beacon_block_root=Hash32(bytes(32)),
    requests_hash=EMPTY_MERKLE_ROOT,
)


def encoded(**changed: bytes) -> bytes:
    items: list[rlp.Item] = []
    for field in fields(HEADER):
        value = getattr(HEADER, field.name)
        item = value if isinstance(value, bytes) else rlp.encode_integer(value)
        items.append(changed.get(field.name, item))
    return rlp.encode(items)


def test_constants_are_what_they_say() -> None:
    assert keccak256(rlp.encode(b"")) == EMPTY_ROOT
    assert keccak256(b"") == EMPTY_CODE_HASH
    assert keccak256(rlp.encode([])) == EMPTY_LIST_HASH
    assert tree_root([]) == EMPTY_MERKLE_ROOT
    assert FOUNDER.hex() == "000000000000000000000000007472616465736c"


def test_header_agrees_with_py_evm() -> None:
    from eth.vm.forks.prague.blocks import PragueBlockHeader

    theirs = PragueBlockHeader(
        parent_hash=HEADER.parent_hash,
        uncles_hash=HEADER.ommers_hash,
        coinbase=HEADER.coinbase,
        state_root=HEADER.state_root,
        transaction_root=HEADER.transactions_root,
        receipt_root=HEADER.receipts_root,
        bloom=0,
        difficulty=0,
        block_number=HEADER.number,
        gas_limit=HEADER.gas_limit,
        gas_used=HEADER.gas_used,
        timestamp=HEADER.timestamp,
        extra_data=HEADER.extra_data,
        mix_hash=HEADER.mix_hash,
        nonce=HEADER.nonce,
        base_fee_per_gas=0,
        withdrawals_root=HEADER.withdrawals_root,
        parent_beacon_block_root=HEADER.parent_beacon_block_root,
        requests_hash=HEADER.requests_hash,
    )
    assert theirs.hash == HEADER.hash()


def test_header_round_trips() -> None:
    data = HEADER.to_rlp()
    assert data == encoded()
    assert EvmHeader.from_rlp(data) == HEADER
    assert HEADER.hash() == keccak256(data)
    assert replace(HEADER, number=13).hash() != HEADER.hash()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("parent_hash", bytes(31)),
        ("coinbase", bytes(21)),
        ("logs_bloom", bytes(255)),
        ("nonce", bytes(7)),
        ("extra_data", bytes(33)),
        ("number", b"\0"),
        ("number", b"\x01" * 9),
        ("timestamp", b"\0\x01"),
        ("base_fee_per_gas", b"\x01" * 33),
    ],
)
def test_header_with_a_wrong_field_is_refused(field: str, value: bytes) -> None:
    with pytest.raises(MalformedError, match="EVM header"):
        EvmHeader.from_rlp(encoded(**{field: value}))


def test_header_with_other_fields_is_refused() -> None:
    items = rlp.decode_list("header", HEADER.to_rlp())
    for wrong in (items[:-1], [*items, b""]):
        with pytest.raises(MalformedError, match="fields instead of 21"):
            EvmHeader.from_rlp(rlp.encode(wrong))


def test_account_round_trips_and_refuses_other_forms() -> None:
    account = Account(5, 0, Hash32(b"\x01" * 32), Hash32(b"\x02" * 32))
    assert Account.from_rlp(account.to_rlp()) == account
    with pytest.raises(MalformedError, match="3 fields"):
        Account.from_rlp(rlp.encode([b"", b"", bytes(32)]))
    with pytest.raises(MalformedError, match="31 bytes"):
        Account.from_rlp(rlp.encode([b"", b"", bytes(32), bytes(31)]))
    with pytest.raises(MalformedError, match="leading zero"):
        Account.from_rlp(rlp.encode([b"\0", b"", bytes(32), bytes(32)]))
