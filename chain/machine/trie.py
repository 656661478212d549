"""A Merkle-Patricia trie that decodes a node once and hashes it once per block.

The keys are keccak hashes of 32 bytes, so all paths have 64 nibbles and branches hold no values.
Paths are strings of hexadecimal digits: slicing them and finding common prefixes is fast, and the
hex-prefix encoding is one `bytes.fromhex`.

Nodes change in place. A clean node remembers its reference (hash, or the node itself where its
encoding is shorter than 32 bytes); a change clears the references on the way to the root, and
`commit` encodes exactly the nodes without one. Old nodes are never removed from the store: an older
root stays readable.

Source: Ethereum Yellow Paper, appendix D.
"""

from __future__ import annotations

from collections.abc import Callable
from os.path import commonprefix
from typing import TypeAlias

from rlp.codec import decode_raw, encode_raw

from chain.errors import MissingNodeError
from chain.proofs.constants import EMPTY_ROOT
from chain.proofs.keccak import keccak256

LoadNode: TypeAlias = Callable[[bytes], bytes | None]
Raw: TypeAlias = "bytes | list[Raw]"


class Leaf:
    """The rest of a path and its value."""

    __slots__ = ("path", "reference", "value")

    def __init__(self, path: str, value: bytes, reference: Raw | None = None) -> None:
        self.path = path
        self.value = value
        self.reference = reference


class Extension:
    """A path shared by all that lies below."""

    __slots__ = ("child", "path", "reference")

    def __init__(self, path: str, child: Child, reference: Raw | None = None) -> None:
        self.path = path
        self.child = child
        self.reference = reference


class Branch:
    """Sixteen children, one for each nibble."""

    __slots__ = ("children", "reference")

    def __init__(self, children: list[Child | None], reference: Raw | None = None) -> None:
        self.children = children
        self.reference = reference


Node: TypeAlias = Leaf | Extension | Branch
Child: TypeAlias = Leaf | Extension | Branch | bytes  # bytes: the hash of a node not loaded yet


class Trie:
    """One trie over a node store. Not safe for concurrent use.

    Args:
        load: Returns the encoding of a node by its hash, None where it is absent.
        root: The root hash to begin with.
    """

    def __init__(self, load: LoadNode, root: bytes = EMPTY_ROOT) -> None:
        self._load = load
        self._root: Child | None = None if root == EMPTY_ROOT else root
        self.loaded = 0  # nodes decoded so far, for bounding memory

    def get(self, key: bytes) -> bytes | None:
        """Return the value at a key of 32 bytes, or None."""
        path = key.hex()
        node = self._root = self._resolve(self._root)
        while node is not None:
            if isinstance(node, Branch):
                index = int(path[0], 16)
                child = node.children[index]
                if isinstance(child, bytes):
                    child = node.children[index] = self._resolve(child)
                node, path = child, path[1:]
            elif isinstance(node, Leaf):
                return node.value if node.path == path else None
            else:
                if not path.startswith(node.path):
                    return None
                path = path[len(node.path) :]
                child = node.child = self._resolved(node.child)
                node = child
        return None

    def set(self, key: bytes, value: bytes) -> None:
        """Set the value at a key of 32 bytes; an empty value deletes the key."""
        if value:
            self._root = self._insert(self._resolve(self._root), key.hex(), value)
        else:
            self._root = self._delete(self._resolve(self._root), key.hex())

    def prove(self, key: bytes) -> list[bytes]:
        """Return the encoded nodes from the root towards a key (eth_getProof, EIP-1186)."""
        nodes: list[bytes] = []
        path = key.hex()
        node = self._root = self._resolve(self._root)
        while node is not None:
            encoded = encode_raw(self._raw(node, None))
            if len(encoded) >= 32 or not nodes:  # noqa: PLR2004 - shorter ones stand in the parent
                nodes.append(encoded)
            if isinstance(node, Leaf):
                break
            if isinstance(node, Extension):
                if not path.startswith(node.path):
                    break
                path = path[len(node.path) :]
                node.child = self._resolved(node.child)
                node = node.child
            else:
                index = int(path[0], 16)
                node.children[index] = self._resolve(node.children[index])
                node, path = node.children[index], path[1:]  # type: ignore[assignment]
        return nodes

    def commit(self, write: Callable[[bytes, bytes], None]) -> bytes:
        """Encode every changed node, hand (hash, encoding) to `write`, return the root hash."""
        root = self._root
        if root is None:
            return EMPTY_ROOT
        if isinstance(root, bytes):
            return root
        if isinstance(root.reference, bytes):
            return root.reference
        encoded = encode_raw(self._raw(root, write))
        root.reference = keccak256(encoded)  # the root is always referred to by hash
        write(root.reference, encoded)
        return root.reference

    # reading

    def _resolve(self, child: Child | None) -> Node | None:
        return self._resolved(child) if isinstance(child, bytes) else child

    def _resolved(self, child: Child) -> Node:
        if not isinstance(child, bytes):
            return child
        encoded = self._load(child)
        if encoded is None:
            raise MissingNodeError(child)
        self.loaded += 1
        return _parse(decode_raw(encoded, True, False)[0], child)

    # writing

    def _insert(self, node: Node | None, path: str, value: bytes) -> Node:
        if node is None:
            return Leaf(path, value)
        if isinstance(node, Branch):
            index = int(path[0], 16)
            child = self._resolve(node.children[index])
            node.children[index] = self._insert(child, path[1:], value)
            node.reference = None
            return node
        if isinstance(node, Leaf):
            if node.path == path:
                node.value = value
                node.reference = None
                return node
            shared = len(commonprefix((node.path, path)))
            return _fork(
                path[:shared],
                (node.path[shared], Leaf(node.path[shared + 1 :], node.value)),
                (path[shared], Leaf(path[shared + 1 :], value)),
            )
        shared = len(commonprefix((node.path, path)))
        if shared == len(node.path):
            node.child = self._insert(self._resolved(node.child), path[shared:], value)
            node.reference = None
            return node
        below = node.path[shared + 1 :]
        return _fork(
            path[:shared],
            (node.path[shared], Extension(below, node.child) if below else node.child),
            (path[shared], Leaf(path[shared + 1 :], value)),
        )

    def _delete(self, node: Node | None, path: str) -> Node | None:
        if node is None:
            return None
        if isinstance(node, Leaf):
            return None if node.path == path else node
        if isinstance(node, Extension):
            return self._delete_below_extension(node, path)
        return self._delete_below_branch(node, path)

    def _delete_below_extension(self, node: Extension, path: str) -> Node:
        if not path.startswith(node.path):
            return node
        before = node.child = self._resolved(node.child)
        after = self._delete(before, path[len(node.path) :])
        if after is None:
            raise AssertionError("an extension leads to at least two values")
        if after is before and after.reference is not None:
            return node  # the key was not there
        return _lengthen(node.path, after)

    def _delete_below_branch(self, node: Branch, path: str) -> Node:
        index = int(path[0], 16)
        before = node.children[index] = self._resolve(node.children[index])
        if before is None:
            return node
        after = self._delete(before, path[1:])
        if after is before and after.reference is not None:
            return node
        node.children[index] = after
        node.reference = None
        if after is not None:
            return node
        remaining = [i for i, child in enumerate(node.children) if child is not None]
        if len(remaining) > 1:
            return node
        only = node.children[remaining[0]]
        if only is None:
            raise AssertionError("a branch holds at least two children")
        return _lengthen(f"{remaining[0]:x}", self._resolved(only))

    # encoding

    def _raw(self, node: Node, write: Callable[[bytes, bytes], None] | None) -> list[Raw]:
        if isinstance(node, Leaf):
            return [_hex_prefix(node.path, leaf=True), node.value]
        if isinstance(node, Extension):
            return [_hex_prefix(node.path, leaf=False), self._refer(node.child, write)]
        # written out for speed: most children are hashes, or clean
        raw: list[Raw] = [
            b""
            if c is None
            else c
            if isinstance(c, bytes)
            else c.reference or self._refer(c, write)
            for c in node.children
        ]
        raw.append(b"")
        return raw

    def _refer(self, child: Child, write: Callable[[bytes, bytes], None] | None) -> Raw:
        if isinstance(child, bytes):
            return child
        if child.reference is None:
            raw = self._raw(child, write)
            encoded = encode_raw(raw)
            if len(encoded) < 32:  # noqa: PLR2004 - the hash would be longer than the node
                child.reference = raw
            else:
                child.reference = keccak256(encoded)
                if write is not None:
                    write(child.reference, encoded)
        return child.reference


def _parse(raw: list[Raw], reference: Raw) -> Node:
    if len(raw) == 17:  # noqa: PLR2004 - sixteen children and an unused value
        children: list[Child | None] = [
            (item or None) if isinstance(item, bytes) else _parse(item, item) for item in raw[:16]
        ]
        return Branch(children, reference)
    prefix, rest = raw
    if not isinstance(prefix, bytes):
        raise AssertionError("a node's path is a byte string")
    flag, path = prefix[0] >> 4, prefix.hex()
    path = path[1:] if flag & 1 else path[2:]
    if flag & 2:
        if not isinstance(rest, bytes):
            raise AssertionError("a leaf's value is a byte string")
        return Leaf(path, rest, reference)
    child = _child(rest)
    if child is None:
        raise AssertionError("an extension has a child")
    return Extension(path, child, reference)


def _child(raw: Raw) -> Child | None:
    if isinstance(raw, list):
        return _parse(raw, raw)
    return raw or None


def _hex_prefix(path: str, *, leaf: bool) -> bytes:
    flag = 2 if leaf else 0
    return bytes.fromhex(f"{flag + 1}{path}" if len(path) % 2 else f"{flag}0{path}")


def _fork(shared: str, first: tuple[str, Child], second: tuple[str, Child]) -> Node:
    children: list[Child | None] = [None] * 16
    for digit, child in (first, second):
        children[int(digit, 16)] = child
    branch = Branch(children)
    return Extension(shared, branch) if shared else branch


def _lengthen(path: str, node: Node) -> Node:
    """Put a path before a node that stands alone below it."""
    if isinstance(node, Leaf):
        return Leaf(path + node.path, node.value)
    if isinstance(node, Extension):
        return Extension(path + node.path, node.child)
    return Extension(path, node)
