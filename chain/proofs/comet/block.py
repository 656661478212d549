"""Hashes of what stands inside a block, and the block's own parts.

Source: CometBFT v0.38, types/block.go, types/tx.go, types/results.go,
types/params.go and types/part_set.go.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chain.proofs import protobuf
from chain.proofs.comet.commit import Commit
from chain.proofs.comet.header import Header, PartSetHeader
from chain.proofs.constants import EMPTY_MERKLE_ROOT, PART_SIZE, Hash32
from chain.proofs.rfc9162 import tree_root


@dataclass(frozen=True, slots=True)
class ExecutionResult:
    """The deterministic part of one transaction's result (ExecTxResult)."""

    code: int
    data: bytes = b""
    gas_wanted: int = 0
    gas_used: int = 0

    def to_bytes(self) -> bytes:
        """Return the protobuf encoding that last_results_hash covers."""
        return b"".join(
            (
                protobuf.integer(1, self.code),
                protobuf.chunk(2, self.data),
                protobuf.integer(5, self.gas_wanted),
                protobuf.integer(6, self.gas_used),
            )
        )


def transactions_hash(transactions: Iterable[bytes]) -> Hash32:
    """Return the data_hash of a block's transactions, in their order."""
    return tree_root([hashlib.sha256(item).digest() for item in transactions])


def results_hash(results: Iterable[ExecutionResult]) -> Hash32:
    """Return the last_results_hash that the next header carries."""
    return tree_root([result.to_bytes() for result in results])


def evidence_hash() -> Hash32:
    """Return the evidence_hash of a block without evidence."""
    return EMPTY_MERKLE_ROOT


def consensus_parameters_hash(max_bytes: int, max_gas: int) -> Hash32:
    """Return the consensus_hash of a network's block limits.

    Args:
        max_bytes: Greatest block size in bytes, -1 for CometBFT's own limit.
        max_gas: Greatest gas of a block, -1 for none.
    """
    parameters = protobuf.integer(1, max_bytes) + protobuf.integer(2, max_gas)
    return Hash32(hashlib.sha256(parameters).digest())


def block_bytes(header: Header, transactions: Iterable[bytes], last_commit: Commit) -> bytes:
    """Return the protobuf encoding of a block without evidence.

    Args:
        header: Header of the block.
        transactions: Raw transactions in their order.
        last_commit: Commit of the height before; `Commit()` in the first block.
    """
    data = b"".join(protobuf.embedded(1, item) for item in transactions)
    return b"".join(
        (
            protobuf.embedded(1, header.to_bytes()),
            protobuf.embedded(2, data),
            protobuf.embedded(3, b""),
            protobuf.embedded(4, last_commit.to_bytes()),
        )
    )


def part_set_header(block: bytes) -> PartSetHeader:
    """Return how an encoded block is split into parts of 64 kB, and their root."""
    parts: Sequence[bytes] = [
        block[start : start + PART_SIZE] for start in range(0, len(block), PART_SIZE)
    ]
    return PartSetHeader(len(parts), tree_root(parts))
