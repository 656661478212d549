"""The lazy trie agrees with the `trie` package, and its proofs with `chain.proofs`."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trie import HexaryTrie

from chain.errors import MissingNodeError
from chain.machine.trie import Trie
from chain.proofs.constants import EMPTY_ROOT
from chain.proofs.errors import ProofError
from chain.proofs.keccak import keccak256
from chain.proofs.trie import verify_trie_proof

KEYS = [keccak256(bytes([number])) for number in range(24)]
# Keys that share long prefixes, so that extensions and embedded nodes appear.
CLOSE_KEYS = [bytes(30) + bytes([high, low]) for high in (0, 1, 16) for low in (0, 1, 17, 255)]
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(KEYS + CLOSE_KEYS),
        st.one_of(st.just(b""), st.just(b"\x01"), st.binary(min_size=1, max_size=40)),
    ),
    max_size=60,
)


def build(batches: list[list[tuple[bytes, bytes]]]) -> tuple[Trie, bytes, dict[bytes, bytes]]:
    nodes: dict[bytes, bytes] = {}
    trie, root = Trie(nodes.get), EMPTY_ROOT
    for batch in batches:
        for key, value in batch:
            trie.set(key, value)
        root = trie.commit(nodes.__setitem__)
    return trie, root, nodes


@settings(max_examples=150, deadline=None)
@given(batches=st.lists(CHANGES, min_size=1, max_size=4))
def test_roots_and_values_equal_the_trie_package(batches: list[list[tuple[bytes, bytes]]]) -> None:
    reference, content = HexaryTrie({}), {}
    _, root, nodes = build(batches)
    for key, value in (change for batch in batches for change in batch):
        reference[key] = value
        content[key] = value
    assert root == reference.root_hash
    reopened = Trie(nodes.get, root)
    for key in KEYS + CLOSE_KEYS:
        assert reopened.get(key) == (content.get(key) or None)


@settings(max_examples=100, deadline=None)
@given(changes=CHANGES, key=st.sampled_from(KEYS + CLOSE_KEYS))
def test_proofs_of_presence_and_absence_verify(
    changes: list[tuple[bytes, bytes]], key: bytes
) -> None:
    _, root, nodes = build([changes])
    proof = Trie(nodes.get, root).prove(key)
    if root == EMPTY_ROOT:
        assert proof == []
        return
    assert verify_trie_proof(root, key, proof) == (dict(changes).get(key) or None)


def test_a_proof_does_not_verify_for_another_root() -> None:
    _, root, nodes = build([[(key, key) for key in KEYS]])
    proof = Trie(nodes.get, root).prove(KEYS[3])
    with pytest.raises(ProofError):
        verify_trie_proof(keccak256(root), KEYS[3], proof)


def test_old_roots_stay_readable() -> None:
    nodes: dict[bytes, bytes] = {}
    trie = Trie(nodes.get)
    trie.set(KEYS[0], b"old")
    trie.set(KEYS[1], b"kept")
    old = trie.commit(nodes.__setitem__)
    trie.set(KEYS[0], b"")
    new = trie.commit(nodes.__setitem__)
    assert Trie(nodes.get, old).get(KEYS[0]) == b"old"
    assert Trie(nodes.get, new).get(KEYS[0]) is None


def test_a_missing_node_is_a_fault_and_not_an_absent_value() -> None:
    _, root, nodes = build([[(key, key) for key in KEYS]])
    lost = {node: encoded for node, encoded in nodes.items() if node == root}
    with pytest.raises(MissingNodeError, match="restore the store"):
        Trie(lost.get, root).get(KEYS[0])


def test_commit_without_changes_writes_nothing() -> None:
    trie, root, _ = build([[(KEYS[0], b"x")]])
    written: list[bytes] = []
    assert trie.commit(lambda node, _: written.append(node)) == root
    assert not written
