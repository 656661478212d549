"""Roots of whole tries, computed from all their entries."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

from chain.proofs import rlp
from chain.proofs.constants import EMPTY_ROOT, HASH_SIZE, Hash32
from chain.proofs.errors import MalformedError
from chain.proofs.keccak import keccak256
from chain.proofs.trie.nodes import Nibbles, encode_path, to_nibbles

_FANOUT = 16


def ordered_trie_root(items: Sequence[bytes]) -> Hash32:
    """Return the root of the trie of a block's transactions or receipts.

    Args:
        items: Their encodings in order; each has its RLP-encoded position as key.
    """
    return trie_root(
        {rlp.encode(rlp.encode_integer(index)): item for index, item in enumerate(items)}
    )


def trie_root(entries: Mapping[bytes, bytes]) -> Hash32:
    """Return the root of the trie with exactly these entries.

    Raises:
        MalformedError: A value is empty, which tries cannot hold.
    """
    if not entries:
        return EMPTY_ROOT
    if not all(entries.values()):
        raise MalformedError("trie", "an entry has an empty value")
    pairs = sorted((to_nibbles(key), value) for key, value in entries.items())
    return keccak256(rlp.encode(_node(pairs, 0)))


def _node(pairs: list[tuple[Nibbles, bytes]], depth: int) -> list[rlp.Item]:
    """Return the node over sorted entries that share their first `depth` nibbles."""
    first, last = pairs[0][0], pairs[-1][0]
    if len(pairs) == 1:
        return [encode_path(first[depth:], is_leaf=True), pairs[0][1]]
    shared = _shared_length(first[depth:], last[depth:])
    if shared:
        path = encode_path(first[depth : depth + shared], is_leaf=False)
        return [path, _reference(_branch(pairs, depth + shared))]
    return _branch(pairs, depth)


def _branch(pairs: list[tuple[Nibbles, bytes]], depth: int) -> list[rlp.Item]:
    value = b""
    if len(pairs[0][0]) == depth:
        value, pairs = pairs[0][1], pairs[1:]
    children: list[rlp.Item] = [b""] * _FANOUT
    for digit in range(_FANOUT):
        below = [pair for pair in pairs if pair[0][depth] == digit]
        if below:
            children[digit] = _reference(_node(below, depth + 1))
    return [*children, value]


def _reference(node: list[rlp.Item]) -> rlp.Item:
    encoded = rlp.encode(node)
    return node if len(encoded) < HASH_SIZE else keccak256(encoded)


def _shared_length(left: Nibbles, right: Nibbles) -> int:
    pairs: Iterable[tuple[int, int]] = zip(left, right, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
