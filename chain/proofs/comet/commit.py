"""Commits: the precommit votes that seal a block, and the bytes that were signed.

Source: CometBFT v0.38, types/block.go, types/canonical.go and types/vote.go.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Self

from chain.proofs import protobuf
from chain.proofs.comet.header import BlockID
from chain.proofs.constants import (
    ADDRESS_SIZE,
    MAX_VALIDATORS,
    ZERO_TIME,
    Hash32,
    TimeNs,
)
from chain.proofs.errors import MalformedError
from chain.proofs.rfc9162 import tree_root

_PRECOMMIT = 2
_MAX_SIGNATURE_SIZE = 64
_MAX_HEIGHT = 1 << 63
_MAX_ROUND = 1 << 31


class BlockIDFlag(IntEnum):
    """What a validator voted for."""

    ABSENT = 1
    COMMIT = 2
    NIL = 3


@dataclass(frozen=True, slots=True)
class CommitSignature:
    """One validator's place in a commit; an absent one has no address, time or signature."""

    flag: BlockIDFlag = BlockIDFlag.ABSENT
    validator_address: bytes = b""
    time: TimeNs = ZERO_TIME
    signature: bytes = b""

    def to_bytes(self) -> bytes:
        """Return the protobuf encoding."""
        return b"".join(
            (
                protobuf.integer(1, self.flag),
                protobuf.chunk(2, self.validator_address),
                protobuf.embedded(3, protobuf.timestamp(self.time)),
                protobuf.chunk(4, self.signature),
            )
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read the protobuf encoding.

        Raises:
            MalformedError: It is not canonical, or no vote can look like this.
        """
        fields = protobuf.FieldReader("commit signature", data, range(1, 5))
        try:
            flag = BlockIDFlag(fields.integer(1))
        except ValueError as exc:
            raise MalformedError("commit signature", "its block id flag is unknown") from exc
        vote = cls(flag, fields.chunk(2), fields.time(3), fields.chunk(4))
        vote.require_valid()
        return vote

    def require_valid(self) -> None:
        """Check the rules that every vote keeps (CommitSig.ValidateBasic).

        Raises:
            MalformedError: One is broken.
        """
        if self.flag is BlockIDFlag.ABSENT:
            if self.validator_address or self.signature or self.time != ZERO_TIME:
                raise MalformedError("commit signature", "an absent vote is not empty")
            return
        if len(self.validator_address) != ADDRESS_SIZE:
            raise MalformedError("commit signature", "its address is not 20 bytes long")
        if not 0 < len(self.signature) <= _MAX_SIGNATURE_SIZE:
            raise MalformedError("commit signature", "its signature is not 1 to 64 bytes long")


@dataclass(frozen=True)
class Commit:
    """The precommit votes for one block, in the order of the validator set.

    `Commit()` is the empty one that stands in the first block.
    Not slotted, because it keeps its hash once computed.
    """

    height: int = 0
    round: int = 0
    block_id: BlockID = field(default_factory=BlockID)
    signatures: tuple[CommitSignature, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the protobuf encoding."""
        return b"".join(
            (
                protobuf.integer(1, self.height),
                protobuf.integer(2, self.round),
                protobuf.embedded(3, self.block_id.to_bytes()),
                *(protobuf.embedded(4, item.to_bytes()) for item in self.signatures),
            )
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read the protobuf encoding of a commit of height 1 or more.

        Raises:
            MalformedError: It is not canonical, or no commit can look like this.
        """
        fields = protobuf.FieldReader("commit", data, range(1, 5))
        votes = fields.chunks(4)
        if not 0 < len(votes) <= MAX_VALIDATORS:
            raise MalformedError("commit", f"{len(votes)} votes instead of 1 to 10,000")
        commit = cls(
            fields.signed(1),
            fields.signed(2),
            BlockID.from_bytes(fields.chunk(3)),
            tuple(CommitSignature.from_bytes(item) for item in votes),
        )
        if not 0 < commit.height < _MAX_HEIGHT or not 0 <= commit.round < _MAX_ROUND:
            raise MalformedError("commit", "its height or round is out of range")
        if not commit.block_id.is_complete:
            raise MalformedError("commit", "it names no block")
        protobuf.require_canonical("commit", data, commit.to_bytes())
        return commit

    def hash(self) -> Hash32:
        """Return the hash that the next header carries as last_commit_hash."""
        return self._hash

    @cached_property
    def _hash(self) -> Hash32:
        return tree_root([item.to_bytes() for item in self.signatures])


def vote_sign_bytes(chain_id: str, commit: Commit, index: int) -> bytes:
    """Return the bytes that validator `index` signed for its vote in `commit`.

    Args:
        chain_id: CometBFT chain id.
        commit: The commit that holds the vote.
        index: Position of the vote, from 0.

    Source: CometBFT v0.38, types.VoteSignBytes (length-delimited CanonicalVote).
    """
    vote = commit.signatures[index]
    voted_for = commit.block_id if vote.flag is BlockIDFlag.COMMIT else BlockID()
    return canonical_vote(chain_id, commit.height, commit.round, voted_for, vote.time)


def canonical_vote(
    chain_id: str, height: int, round_: int, block_id: BlockID, time: TimeNs
) -> bytes:
    """Return the bytes that a validator signs to precommit a block, or nil.

    Args:
        chain_id: CometBFT chain id.
        height: Height voted on, >= 1.
        round_: Round of that height, >= 0.
        block_id: The block voted for; the empty one for nil.
        time: Time of the vote.
    """
    return protobuf.length_delimited(
        b"".join(
            (
                protobuf.integer(1, _PRECOMMIT),
                protobuf.fixed64(2, height),
                protobuf.fixed64(3, round_),
                b"" if block_id.is_zero else protobuf.embedded(4, block_id.to_bytes()),
                protobuf.embedded(5, protobuf.timestamp(time)),
                protobuf.chunk(6, chain_id.encode()),
            )
        )
    )
