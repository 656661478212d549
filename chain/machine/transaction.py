"""A transaction: decoded, checked and its sender recovered once, at admission.

Types 0 (EIP-155, replay protection required) and 2 (EIP-1559) are taken. Fees and value are zero:
there is no currency. Contract creation does not exist as a transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rlp.codec import encode_raw

from chain.errors import MalformedTransactionError, TransactionLimitError
from chain.machine.rules import (
    ACCESS_LIST_ADDRESS_GAS,
    ACCESS_LIST_SLOT_GAS,
    FLOOR_GAS_PER_TOKEN,
    MAX_ACCESS_LIST_ENTRIES,
    MAX_TRANSACTION_BYTES,
    MAX_TRANSACTION_GAS,
    OTHER_BYTE_GAS,
    TOKENS_PER_OTHER_BYTE,
    TRANSACTION_GAS,
    ZERO_BYTE_GAS,
)
from chain.proofs import rlp
from chain.proofs.errors import ProofError
from chain.proofs.keccak import keccak256
from chain.proofs.secp256k1 import recover_address

LEGACY: Final = 0
DYNAMIC_FEE: Final = 2
_FIRST_LIST_PREFIX: Final = 0xC0
_LEGACY_FIELDS: Final = 9
_DYNAMIC_FEE_FIELDS: Final = 12
_ADDRESS_BYTES: Final = 20
_SLOT_BYTES: Final = 32
_MAX_NONCE: Final = 2**64 - 2  # EIP-2681

AccessList = tuple[tuple[bytes, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Transaction:
    """A well-formed, signed transaction within the limits of this ledger."""

    raw: bytes
    hash: bytes
    chain_id: int
    type_id: int
    nonce: int
    gas: int
    to: bytes
    data: bytes
    access_list: AccessList
    signature: tuple[int, int, int]
    """v as the transaction states it, r, s."""
    sender: bytes
    intrinsic_gas: int
    floor_gas: int


def decode_transaction(raw: bytes, chain_id: int) -> Transaction:
    """Decode a transaction, check its form and limits, recover its sender.

    Args:
        raw: The bytes given to eth_sendRawTransaction.
        chain_id: The ledger's EVM chain id.

    Raises:
        MalformedTransactionError: The bytes are not canonical, or the signature is none.
        TransactionLimitError: Wrong chain, type, fee, value, size or gas.

    Source: EIP-155, EIP-1559, EIP-2718, EIP-2930.
    """
    if not raw:
        raise MalformedTransactionError("it is empty")
    if len(raw) > MAX_TRANSACTION_BYTES:
        raise TransactionLimitError(
            f"it has {len(raw)} bytes, at most {MAX_TRANSACTION_BYTES} are taken"
        )
    if raw[0] >= _FIRST_LIST_PREFIX:
        return _decode_legacy(raw, chain_id)
    if raw[0] == DYNAMIC_FEE:
        return _decode_dynamic_fee(raw, chain_id)
    raise TransactionLimitError(f"type {raw[0]} is not taken: send type 0 (EIP-155) or type 2")


def _decode_legacy(raw: bytes, chain_id: int) -> Transaction:
    fields = _fields(raw, _LEGACY_FIELDS)
    nonce, gas_price, gas, to, value, data, v_raw, r_raw, s_raw = fields
    v = _integer(v_raw, "v")
    if v in (27, 28):
        raise TransactionLimitError("it has no replay protection: sign with the chain id (EIP-155)")
    given = (v - 35) // 2
    _check_chain(given, chain_id)
    unsigned = encode_raw([*fields[:6], _minimal(chain_id), b"", b""])
    envelope = _Envelope(
        raw,
        chain_id,
        LEGACY,
        (nonce, gas, to, value, data),
        (gas_price,),
        (),
        (v, _integer(r_raw, "r"), _integer(s_raw, "s")),
        keccak256(unsigned),
        v - 35 - 2 * chain_id,
    )
    return _assemble(envelope)


def _decode_dynamic_fee(raw: bytes, chain_id: int) -> Transaction:
    fields = _fields(raw[1:], _DYNAMIC_FEE_FIELDS)
    given, nonce, priority_fee, max_fee, gas, to, value, data, access_list, v_raw, r_raw, s_raw = (
        fields
    )
    _check_chain(_integer(given, "chain id"), chain_id)
    unsigned = bytes([DYNAMIC_FEE]) + encode_raw(fields[:9])
    parity = _integer(v_raw, "y parity")
    envelope = _Envelope(
        raw,
        chain_id,
        DYNAMIC_FEE,
        (nonce, gas, to, value, data),
        (priority_fee, max_fee),
        _access_list(access_list),
        (parity, _integer(r_raw, "r"), _integer(s_raw, "s")),
        keccak256(unsigned),
        parity,
    )
    return _assemble(envelope)


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What both types have, as decoded, and what their signatures cover."""

    raw: bytes
    chain_id: int
    type_id: int
    body: tuple[rlp.Item, ...]
    fees: tuple[rlp.Item, ...]
    access_list: AccessList
    signature: tuple[int, int, int]
    signing_hash: bytes
    parity: int


def _assemble(envelope: _Envelope) -> Transaction:
    nonce_raw, gas_raw, to, value, data = envelope.body
    nonce, gas = _integer(nonce_raw, "nonce"), _integer(gas_raw, "gas")
    if any(_integer(fee, "fee") for fee in envelope.fees):
        raise TransactionLimitError("it offers a fee: this ledger has no currency, set it to 0")
    if _integer(value, "value"):
        raise TransactionLimitError("it moves value: this ledger has no currency, set it to 0")
    if not isinstance(to, bytes) or not isinstance(data, bytes):
        raise MalformedTransactionError("`to` and `data` are byte strings")
    if to == b"":
        raise TransactionLimitError("it creates a contract: Membership creates contracts, by vote")
    if len(to) != _ADDRESS_BYTES:
        raise MalformedTransactionError(f"`to` has {len(to)} bytes, an address has 20")
    if nonce > _MAX_NONCE:
        raise MalformedTransactionError("the nonce does not fit 64 bits")
    intrinsic, floor = intrinsic_gas(data, envelope.access_list)
    if gas > MAX_TRANSACTION_GAS:
        raise TransactionLimitError(f"its gas limit {gas} is above {MAX_TRANSACTION_GAS}")
    if gas < max(intrinsic, floor):
        raise TransactionLimitError(
            f"its gas limit {gas} is below the intrinsic gas {max(intrinsic, floor)}"
        )
    return Transaction(
        envelope.raw,
        keccak256(envelope.raw),
        envelope.chain_id,
        envelope.type_id,
        nonce,
        gas,
        to,
        data,
        envelope.access_list,
        envelope.signature,
        _recover(envelope),
        intrinsic,
        floor,
    )


def intrinsic_gas(data: bytes, access_list: AccessList) -> tuple[int, int]:
    """Return the gas before execution, and the least gas of the whole transaction.

    Source: EIP-2028, EIP-2930, EIP-7623.
    """
    zeros = data.count(0)
    others = len(data) - zeros
    slots = sum(len(slots) for _, slots in access_list)
    gas = (
        TRANSACTION_GAS
        + zeros * ZERO_BYTE_GAS
        + others * OTHER_BYTE_GAS
        + len(access_list) * ACCESS_LIST_ADDRESS_GAS
        + slots * ACCESS_LIST_SLOT_GAS
    )
    floor = TRANSACTION_GAS + FLOOR_GAS_PER_TOKEN * (zeros + TOKENS_PER_OTHER_BYTE * others)
    return gas, floor


def _fields(encoded: bytes, count: int) -> list[rlp.Item]:
    try:
        item = rlp.decode(encoded)  # strict, and bounded in depth: a recursive decoder is not
    except ProofError as exc:
        raise MalformedTransactionError(str(exc)) from exc
    if not isinstance(item, list) or len(item) != count:
        raise MalformedTransactionError(f"it is not a list of {count} fields")
    return item


def _integer(field: rlp.Item, name: str) -> int:
    if not isinstance(field, bytes) or len(field) > _SLOT_BYTES:
        raise MalformedTransactionError(f"{name} is not a number of at most 256 bits")
    if field[:1] == b"\x00":
        raise MalformedTransactionError(f"{name} has leading zeros")
    return int.from_bytes(field, "big")


def _minimal(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _check_chain(given: int, expected: int) -> None:
    if given != expected:
        raise TransactionLimitError(f"it is signed for chain {given}, this ledger is {expected}")


def _access_list(field: object) -> AccessList:
    if not isinstance(field, list):
        raise MalformedTransactionError("the access list is not a list")
    entries: list[tuple[bytes, tuple[int, ...]]] = []
    for entry in field:
        if not isinstance(entry, list) or len(entry) != 2:  # noqa: PLR2004 - address and slots
            raise MalformedTransactionError("an access list entry is an address and slots")
        address, slots = entry
        if not isinstance(address, bytes) or len(address) != _ADDRESS_BYTES:
            raise MalformedTransactionError("an access list address has 20 bytes")
        if not isinstance(slots, list) or any(
            not isinstance(slot, bytes) or len(slot) != _SLOT_BYTES for slot in slots
        ):
            raise MalformedTransactionError("an access list slot has 32 bytes")
        entries.append((address, tuple(int.from_bytes(slot, "big") for slot in slots)))
    if sum(1 + len(slots) for _, slots in entries) > MAX_ACCESS_LIST_ENTRIES:
        raise TransactionLimitError(
            f"its access list names more than {MAX_ACCESS_LIST_ENTRIES} addresses and slots"
        )
    return tuple(entries)


def _recover(envelope: _Envelope) -> bytes:
    _, r, s = envelope.signature
    if envelope.parity not in (0, 1):
        raise MalformedTransactionError("the signature's parity is neither 0 nor 1")
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([27 + envelope.parity])
    try:
        return bytes(recover_address(envelope.signing_hash, signature))
    except ProofError as exc:
        raise MalformedTransactionError(str(exc)) from exc
