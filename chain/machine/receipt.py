"""Receipts, logs and blooms as Ethereum encodes them.

Source: Ethereum Yellow Paper, section 4.3.1; EIP-658; EIP-2718.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rlp.codec import decode_raw, encode_raw

from chain.proofs.keccak import keccak256

BLOOM_BYTES: Final = 256
_FIRST_LIST_PREFIX: Final = 0xC0


@dataclass(frozen=True, slots=True)
class Log:
    """One event."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one transaction did."""

    type_id: int
    succeeded: bool
    cumulative_gas_used: int
    bloom: int
    logs: tuple[Log, ...]

    def to_bytes(self) -> bytes:
        """Encode as the receipt trie holds it."""
        gas = self.cumulative_gas_used
        encoded: bytes = encode_raw(
            [
                b"\x01" if self.succeeded else b"",
                gas.to_bytes((gas.bit_length() + 7) // 8, "big"),
                self.bloom.to_bytes(BLOOM_BYTES, "big"),
                [[log.address, list(log.topics), log.data] for log in self.logs],
            ]
        )
        return bytes([self.type_id]) + encoded if self.type_id else encoded

    @classmethod
    def from_bytes(cls, encoded: bytes) -> Receipt:
        """Decode what `to_bytes` wrote."""
        typed = encoded[0] < _FIRST_LIST_PREFIX
        body = encoded[1:] if typed else encoded
        status, gas, bloom, logs = decode_raw(body, True, False)[0]
        return cls(
            encoded[0] if typed else 0,
            status == b"\x01",
            int.from_bytes(gas, "big"),
            int.from_bytes(bloom, "big"),
            tuple(Log(address, tuple(topics), data) for address, topics, data in logs),
        )


def bloom_of(logs: Iterable[Log]) -> int:
    """Return the bloom filter of logs: three bits for each address and topic."""
    bloom = 0
    for log in logs:
        bloom |= _bits(log.address)
        for topic in log.topics:
            bloom |= _bits(topic)
    return bloom


@lru_cache(maxsize=4096)
def _bits(value: bytes) -> int:
    digest = keccak256(value)
    bits = 0
    for i in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[i : i + 2], "big") & 2047)
    return bits
