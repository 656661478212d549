"""The block header that validators sign, and the identifiers inside it.

Source: CometBFT v0.38, types/block.go and proto/tendermint/types/types.proto.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

from chain.proofs import protobuf
from chain.proofs.constants import (
    ADDRESS_SIZE,
    BLOCK_PROTOCOL,
    HASH_SIZE,
    MAX_CHAIN_ID_LENGTH,
    Address20,
    Hash32,
    TimeNs,
)
from chain.proofs.errors import MalformedError
from chain.proofs.rfc9162 import tree_root

_MAX_PARTS = 1 << 32
_MAX_HEIGHT = 1 << 63


@dataclass(frozen=True, slots=True)
class PartSetHeader:
    """How many parts a block is split into, and the Merkle root over them."""

    total: int = 0
    hash: bytes = b""

    def to_bytes(self) -> bytes:
        """Return the protobuf encoding."""
        return protobuf.integer(1, self.total) + protobuf.chunk(2, self.hash)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read the protobuf encoding.

        Raises:
            MalformedError: It is not canonical.
        """
        fields = protobuf.FieldReader("part set header", data, range(1, 3))
        total, root = fields.integer(1), fields.chunk(2)
        if total >= _MAX_PARTS or len(root) not in {0, HASH_SIZE}:
            raise MalformedError("part set header", "its total or hash has the wrong size")
        return cls(total, root)


@dataclass(frozen=True, slots=True)
class BlockID:
    """The identifier of a block: hash of its header and its parts; empty for none."""

    hash: bytes = b""
    parts: PartSetHeader = PartSetHeader()

    @property
    def is_zero(self) -> bool:
        """Whether it names no block."""
        return not self.hash and not self.parts.total and not self.parts.hash

    @property
    def is_complete(self) -> bool:
        """Whether it names a block and all its parts."""
        return bool(self.hash and self.parts.total and self.parts.hash)

    def to_bytes(self) -> bytes:
        """Return the protobuf encoding; the canonical one of votes is the same."""
        return protobuf.chunk(1, self.hash) + protobuf.embedded(2, self.parts.to_bytes())

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read the protobuf encoding.

        Raises:
            MalformedError: It is not canonical.
        """
        fields = protobuf.FieldReader("block id", data, range(1, 3))
        block_hash = fields.chunk(1)
        if len(block_hash) not in {0, HASH_SIZE}:
            raise MalformedError("block id", "its hash is not 32 bytes long")
        return cls(block_hash, PartSetHeader.from_bytes(fields.chunk(2)))


@dataclass(frozen=True)
class Header:
    """A CometBFT block header.

    `app_hash` is the hash of the latest EVM block after the height before.
    Not slotted, because it keeps its hash once computed.
    """

    chain_id: str
    height: int
    time: TimeNs
    last_block_id: BlockID
    last_commit_hash: Hash32
    data_hash: Hash32
    validators_hash: Hash32
    next_validators_hash: Hash32
    consensus_hash: Hash32
    app_hash: bytes
    last_results_hash: Hash32
    evidence_hash: Hash32
    proposer_address: Address20
    block_version: int = BLOCK_PROTOCOL
    app_version: int = 0

    def to_bytes(self) -> bytes:
        """Return the protobuf encoding."""
        return b"".join(
            (
                protobuf.embedded(1, self._version_bytes()),
                protobuf.chunk(2, self.chain_id.encode()),
                protobuf.integer(3, self.height),
                protobuf.embedded(4, protobuf.timestamp(self.time)),
                protobuf.embedded(5, self.last_block_id.to_bytes()),
                *(protobuf.chunk(6 + at, value) for at, value in enumerate(self._hashes())),
            )
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read the protobuf encoding.

        Raises:
            MalformedError: It is not canonical, or breaks a rule that every
                header keeps (Header.ValidateBasic).
        """
        fields = protobuf.FieldReader("header", data, range(1, 15))
        version = protobuf.FieldReader("header version", fields.chunk(1), range(1, 3))
        hashes = [fields.chunk(number) for number in range(6, 15)]
        header = cls(
            _read_chain_id(fields.chunk(2)),
            fields.signed(3),
            fields.time(4),
            BlockID.from_bytes(fields.chunk(5)),
            Hash32(hashes[0]),
            Hash32(hashes[1]),
            Hash32(hashes[2]),
            Hash32(hashes[3]),
            Hash32(hashes[4]),
            hashes[5],
            Hash32(hashes[6]),
            Hash32(hashes[7]),
            Address20(hashes[8]),
            block_version=version.integer(1),
            app_version=version.integer(2),
        )
        header.require_valid()
        protobuf.require_canonical("header", data, header.to_bytes())
        return header

    def hash(self) -> Hash32:
        """Return the hash that names the block: the Merkle root over the encoded fields."""
        return self._hash

    def require_valid(self) -> None:
        """Check the rules that every header keeps (Header.ValidateBasic).

        Raises:
            MalformedError: One is broken.
        """
        if self.block_version != BLOCK_PROTOCOL:
            raise MalformedError("header", f"block version {self.block_version} is not supported")
        if len(self.chain_id.encode()) > MAX_CHAIN_ID_LENGTH:
            raise MalformedError("header", "its chain id is longer than 50 bytes")
        if not 0 < self.height < _MAX_HEIGHT:
            raise MalformedError("header", f"its height {self.height} is not positive")
        *hashes, proposer = self._hashes()
        del hashes[5]  # the application decides what app_hash looks like
        if any(len(value) != HASH_SIZE for value in hashes):
            raise MalformedError("header", "one of its hashes is not 32 bytes long")
        if len(proposer) != ADDRESS_SIZE:
            raise MalformedError("header", "its proposer address is not 20 bytes long")

    @cached_property
    def _hash(self) -> Hash32:
        return tree_root(
            [
                self._version_bytes(),
                protobuf.chunk(1, self.chain_id.encode()),
                protobuf.integer(1, self.height),
                protobuf.timestamp(self.time),
                self.last_block_id.to_bytes(),
                # Each value stands in a wrapper message, whose field 1 is left out when empty.
                *(protobuf.chunk(1, value) for value in self._hashes()),
            ]
        )

    def _version_bytes(self) -> bytes:
        return protobuf.integer(1, self.block_version) + protobuf.integer(2, self.app_version)

    def _hashes(self) -> tuple[bytes, ...]:
        return (
            self.last_commit_hash,
            self.data_hash,
            self.validators_hash,
            self.next_validators_hash,
            self.consensus_hash,
            self.app_hash,
            self.last_results_hash,
            self.evidence_hash,
            self.proposer_address,
        )


def _read_chain_id(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise MalformedError("header", "its chain id is not UTF-8") from exc
