"""Proof that a key has a value in a trie, or has none.

A proof is the list of nodes from the root down, without those that stand
inside their parents; the proof of an empty trie is the empty list.
"""

from collections.abc import Callable, Sequence

from chain.proofs.constants import EMPTY_ROOT, HASH_SIZE
from chain.proofs.errors import (
    ExtraNodeError,
    HashMismatchError,
    MissingNodeError,
    TrieProofError,
)
from chain.proofs.keccak import keccak256
from chain.proofs.trie.nodes import (
    Branch,
    Child,
    Extension,
    Leaf,
    Nibbles,
    Node,
    parse_node,
    to_nibbles,
)

Fetch = Callable[[bytes], Node]
"""Returns the node of a hash, or raises `ProofError`."""


def verify_trie_proof(root: bytes, key: bytes, proof: Sequence[bytes]) -> bytes | None:
    """Verify a proof and return the value of the key, None where it has none.

    Steps:
        (1) Each node hashes to what its parent, or the root, refers to.
        (2) Each node is in canonical form, and long enough to be referred to.
        (3) The path of the key leads through the nodes to a value, or shows
            that there is none.
        (4) No node is left over.

    Args:
        root: Trusted root hash, 32 bytes.
        key: The key as the trie holds it (already hashed in a secure trie).
        proof: Encoded nodes from the root down.

    Raises:
        HashMismatchError: Step 1 fails.
        MalformedError: Step 2 fails.
        TrieProofError: Step 2 fails (short node), or the proof stops early.
        ExtraNodeError: Step 4 fails.
    """
    nodes = iter(proof)

    def fetch(node_hash: bytes) -> Node:
        data = next(nodes, None)
        if data is None:
            raise MissingNodeError(node_hash, key)
        # Step 1
        if keccak256(data) != node_hash:
            raise HashMismatchError("hash of a trie node", node_hash, keccak256(data))
        # Step 2
        return checked_node(data, is_root=node_hash == root)

    # Step 3
    value = walk(root, key, fetch)
    # Step 4
    extra = sum(1 for _ in nodes)
    if extra:
        raise ExtraNodeError(extra)
    return value


def checked_node(data: bytes, *, is_root: bool) -> Node:
    """Read a node that something refers to by hash.

    Raises:
        MalformedError: It is not in canonical form.
        TrieProofError: It is so short that it belongs inside its parent.
    """
    if len(data) < HASH_SIZE and not is_root:
        raise TrieProofError("a short node stands outside its parent")
    return parse_node(data)


def walk(root: bytes, key: bytes, fetch: Fetch) -> bytes | None:
    """Follow the path of a key; return its value, None where there is none.

    Raises:
        TrieProofError: An extension leads to something else than a branch.
    """
    if root == EMPTY_ROOT:
        return None
    path = to_nibbles(key)
    child: Child | None = root
    after_extension = False
    while child is not None:
        node = fetch(child) if isinstance(child, bytes) else child
        if after_extension and not isinstance(node, Branch):
            raise TrieProofError("an extension leads to no branch")
        if isinstance(node, Leaf):
            return node.value if node.path == path else None
        if isinstance(node, Branch) and not path:
            return node.value or None
        after_extension = isinstance(node, Extension)
        child, path = _descend(node, path)
    return None


def _descend(node: Extension | Branch, path: Nibbles) -> tuple[Child | None, Nibbles]:
    """Return the child on the path, None where the path leaves the trie."""
    if isinstance(node, Branch):
        return node.children[path[0]], path[1:]
    if not path.startswith(node.path):
        return None, path
    return node.child, path[len(node.path) :]
