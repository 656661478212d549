"""Constants of the proof formats, each with its purpose and source."""

from typing import Final, NewType

Hash32 = NewType("Hash32", bytes)
"""A 32-byte hash."""

Address20 = NewType("Address20", bytes)
"""A 20-byte address, of an account (EVM) or of a validator (CometBFT)."""

TimeNs = NewType("TimeNs", int)
"""A moment as whole nanoseconds since 1970-01-01T00:00:00Z; negative before it."""

HASH_SIZE: Final = 32
ADDRESS_SIZE: Final = 20
NANOSECONDS: Final = 1_000_000_000

ZERO_HASH: Final = Hash32(bytes(HASH_SIZE))

FOUNDER: Final = Address20(b"tradesl".rjust(ADDRESS_SIZE, b"\0"))
"""The sender of the founding calls at block 0; nobody holds a key of it."""

EMPTY_ROOT: Final = Hash32(
    bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")
)
"""Root of an empty Merkle-Patricia trie: keccak256(rlp(""))."""

EMPTY_CODE_HASH: Final = Hash32(
    bytes.fromhex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")
)
"""Code hash of an account without code: keccak256("")."""

EMPTY_LIST_HASH: Final = Hash32(
    bytes.fromhex("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347")
)
"""Hash of an empty list of ommers: keccak256(rlp([]))."""

EMPTY_MERKLE_ROOT: Final = Hash32(
    bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
)
"""Root of a binary Merkle tree without leaves: SHA-256(""). RFC 9162, section 2.1.1."""

ZERO_TIME: Final = TimeNs(-62_135_596_800 * NANOSECONDS)
"""0001-01-01T00:00:00Z, the time that CometBFT writes where a vote is absent."""

MIN_TIMESTAMP_SECONDS: Final = -62_135_596_800
MAX_TIMESTAMP_SECONDS: Final = 253_402_300_799
"""Years 0001 to 9999: the range of google.protobuf.Timestamp."""

PART_SIZE: Final = 65_536
"""Bytes of one part of a block in gossip. CometBFT v0.38, types.BlockPartSizeBytes."""

MAX_TOTAL_POWER: Final = (2**63 - 1) // 8
"""Greatest sum of voting power. CometBFT v0.38, types.MaxTotalVotingPower."""

MAX_VALIDATORS: Final = 10_000
"""Greatest number of votes in one commit. CometBFT v0.38, types.MaxVotesCount."""

MAX_CHAIN_ID_LENGTH: Final = 50
"""Longest chain identifier, in bytes. CometBFT v0.38, types.MaxChainIDLen."""

MAX_CLOCK_DRIFT_NS: Final = 10 * NANOSECONDS
"""How far a header may lie ahead of the verifier's clock. CometBFT light client default."""

BLOCK_PROTOCOL: Final = 11
"""Version.block of every header. CometBFT v0.38, version.BlockProtocol."""
