"""Head chains: the hash that seals an object's whole history.

head_0 = keccak256(domain, right-padded to 32 bytes ‖ chain id, 32 bytes ‖ object id)
head_n = keccak256(head_{n-1} ‖ digest_n)

Whoever knows the head at one block can check that a list of record digests is
complete, unaltered and in order.
"""

from collections.abc import Iterable

from chain.proofs.constants import HASH_SIZE, Hash32
from chain.proofs.errors import MalformedError
from chain.proofs.keccak import keccak256


def initial_head(domain: str, chain_id: int, object_id: bytes) -> Hash32:
    """Return the head of an object without records.

    Args:
        domain: Name of the domain, 1 to 32 ASCII characters, such as "origin".
        chain_id: EVM chain id, 0 <= chain_id < 2**256.
        object_id: 32 bytes.

    Raises:
        MalformedError: An argument has no encoding in its width.
    """
    if not domain.isascii() or not 0 < len(domain) <= HASH_SIZE or "\0" in domain:
        raise MalformedError("domain name", "it must have 1 to 32 ASCII characters, none NUL")
    if not 0 <= chain_id < 1 << 256:
        raise MalformedError("chain id", "it must fit in 32 bytes")
    _require_hash("object id", object_id)
    name = domain.encode("ascii").ljust(HASH_SIZE, b"\0")
    return keccak256(name + chain_id.to_bytes(HASH_SIZE, "big") + object_id)


def next_head(head: bytes, digest: bytes) -> Hash32:
    """Return the head after one more record.

    Args:
        head: The head before, 32 bytes.
        digest: EIP-712 digest of the record, 32 bytes.

    Raises:
        MalformedError: An argument is not 32 bytes long.
    """
    _require_hash("head", head)
    _require_hash("record digest", digest)
    return keccak256(head + digest)


def fold(head: bytes, digests: Iterable[bytes]) -> Hash32:
    """Return the head after all `digests`, in their order.

    Args:
        head: The head to start from, 32 bytes.
        digests: EIP-712 digests of the records, oldest first.

    Raises:
        MalformedError: The head or a digest is not 32 bytes long.
    """
    _require_hash("head", head)
    result = Hash32(head)
    for digest in digests:
        result = next_head(result, digest)
    return result


def _require_hash(what: str, value: bytes) -> None:
    if len(value) != HASH_SIZE:
        raise MalformedError(what, f"{len(value)} bytes instead of {HASH_SIZE}")
