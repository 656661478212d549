"""The nodes of a Merkle-Patricia trie and their canonical form.

A node is a leaf (rest of the path, value), an extension (shared path, child)
or a branch (16 children, value). A child whose encoding is shorter than 32
bytes stands inside its parent; a longer one is referred to by its hash.

Source: Ethereum Yellow Paper, appendices C and D.
"""

from dataclasses import dataclass
from typing import TypeAlias

from chain.proofs import rlp
from chain.proofs.constants import HASH_SIZE
from chain.proofs.errors import MalformedError

Nibbles: TypeAlias = bytes
"""A path: one half-byte, 0 to 15, per element."""

_SHORT_NODE_ITEMS = 2
_BRANCH_ITEMS = 17
_FANOUT = 16
_LEAF_FLAG = 2
_ODD_FLAG = 1
_MAX_FLAG = 3
_DIGIT_VALUES = bytes(
    int(chr(code), 16) if chr(code) in "0123456789abcdef" else 0 for code in range(256)
)
"""Turns hexadecimal digits into their values; in C, unlike `int` one by one."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """The end of a path, with its value."""

    path: Nibbles
    value: bytes


@dataclass(frozen=True, slots=True)
class Extension:
    """A stretch of path that all keys below share; its child is a branch."""

    path: Nibbles
    child: "Child"


@dataclass(frozen=True, slots=True)
class Branch:
    """A fork: one child per half-byte, and the value of the path that ends here."""

    children: tuple["Child | None", ...]
    value: bytes


Node: TypeAlias = Leaf | Extension | Branch
Child: TypeAlias = bytes | Node
"""A hash that refers to a node, or the node itself when it is short."""


def to_nibbles(key: bytes) -> Nibbles:
    """Return the path of a key, high half of each byte first."""
    return key.hex().encode("ascii").translate(_DIGIT_VALUES)


def encode_path(path: Nibbles, *, is_leaf: bool) -> bytes:
    """Return the hex-prefix encoding of a path."""
    flag = (_LEAF_FLAG if is_leaf else 0) | len(path) & _ODD_FLAG
    head = bytes((flag,)) if flag & _ODD_FLAG else bytes((flag, 0))
    digits = head + path
    return bytes(high << 4 | low for high, low in zip(digits[::2], digits[1::2], strict=True))


def parse_node(data: bytes) -> Node:
    """Read the encoding of a node.

    Raises:
        MalformedError: It is not the canonical encoding of any node.
    """
    return _node(rlp.decode_list("trie node", data))


def referred(node: Node) -> list[bytes]:
    """Return the hashes that a node refers to, embedded nodes included."""
    if isinstance(node, Leaf):
        return []
    children = (node.child,) if isinstance(node, Extension) else node.children
    found: list[bytes] = []
    for child in children:
        if isinstance(child, bytes):
            found.append(child)
        elif child is not None:
            found += referred(child)
    return found


def _node(items: list[rlp.Item]) -> Node:
    if len(items) == _BRANCH_ITEMS:
        return _branch(items)
    if len(items) != _SHORT_NODE_ITEMS:
        raise _error(f"{len(items)} items instead of 2 or 17")
    prefix, content = items
    if not isinstance(prefix, bytes):
        raise _error("its path is a list")
    path, is_leaf = _parse_path(prefix)
    if is_leaf:
        if not isinstance(content, bytes) or not content:
            raise _error("a leaf without value")
        return Leaf(path, content)
    child = _child(content)
    if not path or isinstance(child, Leaf | Extension):
        raise _error("an extension that shares no path or leads to no branch")
    return Extension(path, child)


def _branch(items: list[rlp.Item]) -> Branch:
    *slots, value = items
    if not isinstance(value, bytes):
        raise _error("the value of a branch is a list")
    children: list[Child | None] = []
    for slot in slots:
        if isinstance(slot, bytes) and len(slot) == HASH_SIZE:
            children.append(slot)  # without a call: most children of most nodes are hashes
        else:
            children.append(None if slot == b"" else _child(slot))
    if _FANOUT - children.count(None) + bool(value) < 2:  # noqa: PLR2004
        raise _error("a branch that does not fork")
    return Branch(tuple(children), value)


def _child(item: rlp.Item) -> Child:
    if isinstance(item, bytes):
        if len(item) != HASH_SIZE:
            raise _error("a reference that is neither a hash nor a node")
        return item
    if len(rlp.encode(item)) >= HASH_SIZE:
        raise _error("a long node stands inside its parent")
    return _node(item)


def _parse_path(prefix: bytes) -> tuple[Nibbles, bool]:
    """Read a hex-prefix path; return it and whether it ends in a leaf."""
    digits = to_nibbles(prefix)
    if not digits or digits[0] > _MAX_FLAG:
        raise _error("a path with an unknown prefix")
    if digits[0] & _ODD_FLAG:
        return digits[1:], digits[0] >= _LEAF_FLAG
    if digits[1]:
        raise _error("a path with padding that is not zero")
    return digits[2:], digits[0] >= _LEAF_FLAG


def _error(reason: str) -> MalformedError:
    return MalformedError("trie node", reason)
