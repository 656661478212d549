"""Binary Merkle trees of RFC 9162 (and RFC 6962), with SHA-256.

CometBFT hashes its headers, commits, validator sets and transactions with
these trees; batches of records are anchored with them.

Source: RFC 9162, section 2.1.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from chain.proofs.constants import EMPTY_MERKLE_ROOT, HASH_SIZE, Hash32
from chain.proofs.errors import HashMismatchError, MerkleProofError

_LEAF_PREFIX = b"\x00"
_NODE_PREFIX = b"\x01"
_MAX_TREE_SIZE = 1 << 63


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A tree known by the number of its leaves and its root."""

    size: int
    root: Hash32


def leaf_hash(leaf: bytes) -> Hash32:
    """Return the hash of one leaf: SHA-256(0x00 ‖ leaf)."""
    return Hash32(hashlib.sha256(_LEAF_PREFIX + leaf).digest())


def node_hash(left: bytes, right: bytes) -> Hash32:
    """Return the hash of an inner node: SHA-256(0x01 ‖ left ‖ right)."""
    return Hash32(hashlib.sha256(_NODE_PREFIX + left + right).digest())


def tree_root(leaves: Sequence[bytes]) -> Hash32:
    """Return the root over whole leaves, SHA-256 of nothing when there is none."""
    return root_of_hashes([leaf_hash(leaf) for leaf in leaves])


def root_of_hashes(hashes: Sequence[Hash32]) -> Hash32:
    """Return the root over leaf hashes.

    Pairing neighbours level by level, with an odd last one carried up, gives
    the same tree as the RFC's split at the greatest power of two.
    """
    if not hashes:
        return EMPTY_MERKLE_ROOT
    level = list(hashes)
    while len(level) > 1:
        level = _next_level(level)
    return level[0]


def inclusion_proof(hashes: Sequence[Hash32], index: int) -> tuple[Hash32, ...]:
    """Return the path of hashes from leaf `index` to the root.

    Args:
        hashes: Leaf hashes of the whole tree.
        index: Position of the leaf, from 0.

    Raises:
        MerkleProofError: There is no such leaf.

    Source: RFC 9162, section 2.1.3.1.
    """
    if not 0 <= index < len(hashes):
        raise MerkleProofError(f"leaf {index} is outside a tree of {len(hashes)} leaves")
    path: list[Hash32] = []
    level = list(hashes)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level, index = _next_level(level), index >> 1
    return tuple(path)


def verify_inclusion(tree: TreeHead, index: int, leaf: bytes, proof: Sequence[bytes]) -> None:
    """Verify that `leaf` stands at `index` of the tree.

    Steps:
        (1) The index lies inside the tree.
        (2) The proof is exactly as long as the path and made of hashes.
        (3) Hashing up the path gives the root of the tree.

    Args:
        tree: The trusted tree.
        index: Position of the leaf, from 0.
        leaf: The whole leaf, not its hash.
        proof: Sibling hashes from the leaf to the root.

    Raises:
        MerkleProofError: Step 1 or 2 fails.
        HashMismatchError: Step 3 fails.

    Source: RFC 9162, section 2.1.3.2.
    """
    # Step 1
    if not 0 <= index < tree.size < _MAX_TREE_SIZE:
        raise MerkleProofError(f"leaf {index} is outside a tree of {tree.size} leaves")
    # Step 2 is completed by the count at the end of the walk
    _require_hashes(proof)
    node, last, current = index, tree.size - 1, leaf_hash(leaf)
    siblings = iter(proof)
    while last:
        if node & 1 or node < last:
            sibling = next(siblings, None)
            if sibling is None:
                raise MerkleProofError("the proof is too short")
            current = node_hash(sibling, current) if node & 1 else node_hash(current, sibling)
        node, last = node >> 1, last >> 1
    if next(siblings, None) is not None:
        raise MerkleProofError("the proof is too long")
    # Step 3
    if current != tree.root:
        raise HashMismatchError("root of the Merkle proof", tree.root, current)


def consistency_proof(hashes: Sequence[Hash32], old_size: int) -> tuple[Hash32, ...]:
    """Return the proof that the first `old_size` leaves were only appended to.

    Args:
        hashes: Leaf hashes of the whole newer tree.
        old_size: Leaves of the older tree, 1 <= old_size <= len(hashes).

    Raises:
        MerkleProofError: There is no such older tree.

    Source: RFC 9162, section 2.1.4.1.
    """
    if not 0 < old_size <= len(hashes):
        raise MerkleProofError(f"no tree of {old_size} leaves before one of {len(hashes)}")
    return _subproof(old_size, list(hashes), complete=True)


def verify_consistency(old: TreeHead, new: TreeHead, proof: Sequence[bytes]) -> None:
    """Verify that the newer tree begins with all leaves of the older one.

    Steps:
        (1) The older tree is not empty and not larger than the newer one.
        (2) Trees of equal size have an empty proof and equal roots.
        (3) The proof is exactly as long as the path and made of hashes.
        (4) Hashing up the path gives both roots.

    Raises:
        MerkleProofError: Step 1, 3 or the emptiness of step 2 fails.
        HashMismatchError: A root differs.

    Source: RFC 9162, section 2.1.4.2.
    """
    # Step 1
    if not 0 < old.size <= new.size < _MAX_TREE_SIZE:
        raise MerkleProofError(f"no tree of {old.size} leaves before one of {new.size}")
    # Step 2
    if old.size == new.size:
        if proof:
            raise MerkleProofError("the proof is too long")
        if old.root != new.root:
            raise HashMismatchError("root of the same tree", old.root, new.root)
        return
    # Steps 3 and 4
    _require_hashes(proof)
    old_root, new_root = _walk_consistency(old, new, proof)
    if old_root != old.root:
        raise HashMismatchError("root of the older tree", old.root, old_root)
    if new_root != new.root:
        raise HashMismatchError("root of the newer tree", new.root, new_root)


def _walk_consistency(old: TreeHead, new: TreeHead, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Hash the path up twice, as the older and as the newer tree."""
    node, last = old.size - 1, new.size - 1
    # A complete older tree is itself the first node of the path.
    path = [old.root, *proof] if old.size & (old.size - 1) == 0 else list(proof)
    while node & 1:
        node, last = node >> 1, last >> 1
    siblings = iter(path)
    first = next(siblings, None)
    if first is None:
        raise MerkleProofError("the proof is too short")
    old_root = new_root = first
    while last:
        if node & 1 or node < last:
            sibling = next(siblings, None)
            if sibling is None:
                raise MerkleProofError("the proof is too short")
            if node & 1:
                old_root = node_hash(sibling, old_root)
                new_root = node_hash(sibling, new_root)
            else:
                new_root = node_hash(new_root, sibling)
        node, last = node >> 1, last >> 1
    if next(siblings, None) is not None:
        raise MerkleProofError("the proof is too long")
    return old_root, new_root


def _subproof(size: int, hashes: list[Hash32], *, complete: bool) -> tuple[Hash32, ...]:
    if size == len(hashes):
        return () if complete else (root_of_hashes(hashes),)
    split = 1 << (len(hashes) - 1).bit_length() - 1
    left, right = hashes[:split], hashes[split:]
    if size <= split:
        return (*_subproof(size, left, complete=complete), root_of_hashes(right))
    return (*_subproof(size - split, right, complete=False), root_of_hashes(left))


def _next_level(level: list[Hash32]) -> list[Hash32]:
    pairs = zip(level[::2], level[1::2], strict=False)
    above = [node_hash(left, right) for left, right in pairs]
    return above + level[-1:] if len(level) & 1 else above


def _require_hashes(proof: Sequence[bytes]) -> None:
    if any(len(item) != HASH_SIZE for item in proof):
        raise MerkleProofError("a hash of the proof is not 32 bytes long")
