"""The EVM block header and the account, as their hashes commit to them.

Source: Ethereum Yellow Paper, sections 4.1 and 4.3; EIP-1559, EIP-4895,
EIP-4844, EIP-4788, EIP-7685 (the header fields up to the Prague fork).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

from chain.proofs import rlp
from chain.proofs.constants import (
    ADDRESS_SIZE,
    EMPTY_CODE_HASH,
    EMPTY_ROOT,
    HASH_SIZE,
    Address20,
    Hash32,
)
from chain.proofs.errors import MalformedError
from chain.proofs.keccak import keccak256

_FIELDS = 21
_BLOOM_SIZE = 256
_NONCE_SIZE = 8
_MAX_EXTRA_DATA = 32
_UINT64 = 8
_UINT256 = 32


@dataclass(frozen=True)
class EvmHeader:
    """An EVM block header of the Prague fork.

    Not slotted, because it keeps its hash once computed. `timestamp` is in
    whole seconds, equal to the time of the CometBFT header.
    """

    parent_hash: Hash32
    ommers_hash: Hash32
    coinbase: Address20
    state_root: Hash32
    transactions_root: Hash32
    receipts_root: Hash32
    logs_bloom: bytes
    difficulty: int
    number: int
    gas_limit: int
    gas_used: int
    timestamp: int
    extra_data: bytes
    mix_hash: Hash32
    nonce: bytes
    base_fee_per_gas: int
    withdrawals_root: Hash32
    blob_gas_used: int
    excess_blob_gas: int
    parent_beacon_block_root: Hash32
    requests_hash: Hash32

    def to_rlp(self) -> bytes:
        """Return the encoding that the hash covers."""
        return rlp.encode(
            [
                value if isinstance(value, bytes) else rlp.encode_integer(value)
                for value in (getattr(self, name) for name in self.__dataclass_fields__)
            ]
        )

    @classmethod
    def from_rlp(cls, data: bytes) -> Self:
        """Read a header.

        Raises:
            MalformedError: The encoding is not canonical, or a field has the
                wrong size.
        """
        fields = rlp.decode_strings("EVM header", data)
        if len(fields) != _FIELDS:
            raise MalformedError("EVM header", f"{len(fields)} fields instead of {_FIELDS}")
        return cls(
            _hash(fields[0]),
            _hash(fields[1]),
            Address20(_sized(fields[2], ADDRESS_SIZE)),
            _hash(fields[3]),
            _hash(fields[4]),
            _hash(fields[5]),
            _sized(fields[6], _BLOOM_SIZE),
            _integer(fields[7], _UINT256),
            _integer(fields[8], _UINT64),
            _integer(fields[9], _UINT64),
            _integer(fields[10], _UINT64),
            _integer(fields[11], _UINT64),
            _extra_data(fields[12]),
            _hash(fields[13]),
            _sized(fields[14], _NONCE_SIZE),
            _integer(fields[15], _UINT256),
            _hash(fields[16]),
            _integer(fields[17], _UINT64),
            _integer(fields[18], _UINT64),
            _hash(fields[19]),
            _hash(fields[20]),
        )

    def hash(self) -> Hash32:
        """Return the hash that names the block: Keccak-256 of the encoding."""
        return self._hash

    @cached_property
    def _hash(self) -> Hash32:
        return keccak256(self.to_rlp())


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the state trie; the default is one that does not exist."""

    nonce: int = 0
    balance: int = 0
    storage_root: Hash32 = EMPTY_ROOT
    code_hash: Hash32 = EMPTY_CODE_HASH

    def to_rlp(self) -> bytes:
        """Return the encoding that the state trie holds."""
        return rlp.encode(
            [
                rlp.encode_integer(self.nonce),
                rlp.encode_integer(self.balance),
                self.storage_root,
                self.code_hash,
            ]
        )

    @classmethod
    def from_rlp(cls, data: bytes) -> Self:
        """Read an account.

        Raises:
            MalformedError: The encoding is not canonical, or a field has the
                wrong size.
        """
        fields = rlp.decode_strings("account", data)
        if len(fields) != 4:  # noqa: PLR2004 - as many as the class has
            raise MalformedError("account", f"{len(fields)} fields instead of 4")
        nonce, balance, storage_root, code_hash = fields
        return cls(
            rlp.decode_integer("account nonce", nonce, _UINT64),
            rlp.decode_integer("account balance", balance, _UINT256),
            Hash32(_sized(storage_root, HASH_SIZE, "account")),
            Hash32(_sized(code_hash, HASH_SIZE, "account")),
        )


def _sized(value: bytes, size: int, what: str = "EVM header") -> bytes:
    if len(value) != size:
        raise MalformedError(what, f"a field has {len(value)} bytes instead of {size}")
    return value


def _hash(value: bytes) -> Hash32:
    return Hash32(_sized(value, HASH_SIZE))


def _integer(value: bytes, size: int) -> int:
    return rlp.decode_integer("EVM header", value, size)


def _extra_data(value: bytes) -> bytes:
    if len(value) > _MAX_EXTRA_DATA:
        raise MalformedError("EVM header", "its extra data is longer than 32 bytes")
    return value
