"""Tries against the `trie` package, and every way a proof can be wrong."""

import pytest
import rlp as reference_rlp
from hypothesis import given, settings
from hypothesis import strategies as st
from trie import HexaryTrie

from chain.proofs import rlp, trie
from chain.proofs.constants import EMPTY_CODE_HASH, EMPTY_ROOT
from chain.proofs.errors import (
    ExtraNodeError,
    HashMismatchError,
    MalformedError,
    MissingNodeError,
    ProofError,
    TrieProofError,
)
from chain.proofs.evm import Account
from chain.proofs.keccak import keccak256
from chain.proofs.trie.nodes import Branch, Extension, Leaf, encode_path, parse_node, to_nibbles

KEYS = st.binary(min_size=1, max_size=4)
ENTRIES = st.dictionaries(KEYS, st.binary(min_size=1, max_size=40), min_size=1, max_size=20)


def build(entries: dict[bytes, bytes]) -> HexaryTrie:
    built = HexaryTrie({})
    for key, value in entries.items():
        built[key] = value
    return built


def prove(built: HexaryTrie, key: bytes) -> list[bytes]:
    """Return the nodes on the path of a key, without those inside their parents."""
    nodes = [reference_rlp.encode(node) for node in built.get_proof(key)]
    return [node for at, node in enumerate(nodes) if at == 0 or len(node) >= 32]


@given(ENTRIES, st.lists(KEYS, max_size=5))
@settings(max_examples=80)
def test_proofs_of_presence_and_absence(entries: dict[bytes, bytes], others: list[bytes]) -> None:
    built = build(entries)
    root = built.root_hash
    assert trie.trie_root(entries) == root
    for key in [*entries, *others]:
        proof = prove(built, key)
        assert trie.verify_trie_proof(root, key, proof) == entries.get(key)
        with pytest.raises(MissingNodeError):
            trie.verify_trie_proof(root, key, proof[:-1])
        with pytest.raises(ExtraNodeError):
            trie.verify_trie_proof(root, key, [*proof, proof[-1]])


@given(ENTRIES, st.data())
@settings(max_examples=80)
def test_a_changed_byte_never_passes(entries: dict[bytes, bytes], data: st.DataObject) -> None:
    built = build(entries)
    key = data.draw(st.sampled_from(sorted(entries)))
    proof = prove(built, key)
    at = data.draw(st.integers(0, len(proof) - 1))
    place = data.draw(st.integers(0, len(proof[at]) - 1))
    flip = data.draw(st.integers(1, 255))
    node = bytearray(proof[at])
    node[place] ^= flip
    with pytest.raises(ProofError):
        trie.verify_trie_proof(built.root_hash, key, [*proof[:at], bytes(node), *proof[at + 1 :]])


@given(ENTRIES, st.data())
@settings(max_examples=60)
def test_witness_answers_or_says_what_is_missing(
    entries: dict[bytes, bytes], data: st.DataObject
) -> None:
    built = build(entries)
    shown = data.draw(st.lists(st.sampled_from(sorted(entries)), min_size=1, max_size=4))
    nodes = {node for key in shown for node in prove(built, key)}
    witness = trie.TrieWitness(built.root_hash, sorted(nodes))
    for key in shown:
        assert witness.get(key) == entries[key]
    for key, value in entries.items():
        try:
            assert witness.get(key) == value
        except MissingNodeError as fault:
            assert fault.key == key  # noqa: PT017
    victim = data.draw(st.sampled_from(sorted(nodes)))
    altered = bytearray(victim)
    altered[data.draw(st.integers(0, len(victim) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ProofError):
        trie.TrieWitness(built.root_hash, [*(nodes - {victim}), bytes(altered)])


def test_empty_trie_has_an_empty_proof() -> None:
    assert trie.verify_trie_proof(EMPTY_ROOT, b"key", []) is None
    assert trie.trie_root({}) == EMPTY_ROOT
    assert trie.TrieWitness(EMPTY_ROOT, []).get(b"key") is None
    with pytest.raises(ExtraNodeError, match="1 node"):
        trie.verify_trie_proof(EMPTY_ROOT, b"key", [b"\x80"])
    with pytest.raises(MalformedError, match="empty value"):
        trie.trie_root({b"key": b""})


def test_a_key_that_begins_another() -> None:
    entries = {b"\x11": b"short", b"\x11\x12": b"long", b"\x11\x22": b"longer"}
    built = build(entries)
    assert trie.trie_root(entries) == built.root_hash
    for key, value in entries.items():
        assert trie.verify_trie_proof(built.root_hash, key, prove(built, key)) == value


def test_wrong_root_is_refused() -> None:
    built = build({b"key": b"value"})
    with pytest.raises(HashMismatchError, match="hash of a trie node"):
        trie.verify_trie_proof(bytes(32), b"key", prove(built, b"key"))


def test_witness_refuses_a_node_twice_and_strangers() -> None:
    built = build({b"key": b"value" * 10})
    proof = prove(built, b"key")
    with pytest.raises(MalformedError, match="twice"):
        trie.TrieWitness(built.root_hash, [proof[0], bytes(bytearray(proof[0]))])
    with pytest.raises(ExtraNodeError, match="1 node"):
        trie.TrieWitness(built.root_hash, [*proof, b"stranger"])


def test_a_short_node_outside_its_parent_is_refused() -> None:
    leaf = rlp.encode([encode_path(b"\x02", is_leaf=True), b"v"])
    root = rlp.encode([keccak256(leaf), keccak256(leaf), *[b""] * 14, b""])
    with pytest.raises(TrieProofError, match="short node stands outside"):
        trie.verify_trie_proof(keccak256(root), b"\x02", [root, leaf])


def test_an_extension_must_lead_to_a_branch() -> None:
    leaf = rlp.encode([encode_path(b"\x02\x03", is_leaf=True), b"v" * 40])
    root = rlp.encode([encode_path(b"\x01", is_leaf=False), keccak256(leaf)])
    with pytest.raises(TrieProofError, match="leads to no branch"):
        trie.verify_trie_proof(keccak256(root), b"\x12\x30", [root, leaf])


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ([b"\x20"], "1 items instead of 2 or 17"),
        ([[b"\x20"], b"v"], "path is a list"),
        ([b"", b"v"], "unknown prefix"),
        ([b"\x40", b"v"], "unknown prefix"),
        ([b"\xf0", b"v"], "unknown prefix"),
        ([b"\x21\x10", b"v"], "padding"),
        ([b"\x01", b"v"], "padding"),
        ([b"\x20", b""], "leaf without value"),
        ([b"\x20", [b"a", b"b"]], "leaf without value"),
        ([b"\x00", bytes(32)], "shares no path"),
        ([b"\x11", b""], "neither a hash nor a node"),
        ([bytes(32), [], *[b""] * 14, b""], "0 items instead of 2 or 17"),
        ([b"\x11", [b"\x20", b"v"]], "leads to no branch"),
        ([b"\x11", b"short"], "neither a hash nor a node"),
        ([b"", *[b""] * 15, b"v"], "does not fork"),
        ([bytes(32), *[b""] * 15, b""], "does not fork"),
        ([bytes(32), bytes(32), *[b""] * 14, [b"v"]], "value of a branch is a list"),
        ([bytes(31), bytes(32), *[b""] * 14, b""], "neither a hash nor a node"),
        ([[b"\x20", b"v" * 40], bytes(32), *[b""] * 14, b""], "long node stands inside"),
    ],
)
def test_non_canonical_nodes_are_refused(items: list[rlp.Item], reason: str) -> None:
    data = rlp.encode(items if len(items) != 16 else [*items, b""])
    with pytest.raises(MalformedError, match=reason):
        parse_node(data)


def test_a_path_that_leaves_the_trie_at_an_extension() -> None:
    built = build({b"\x11\x11": b"one", b"\x11\x12": b"two"})
    proof = prove(built, b"\x11\x21")
    assert trie.verify_trie_proof(built.root_hash, b"\x11\x21", proof) is None


def test_nodes_that_are_canonical_are_read() -> None:
    leaf: rlp.Item = [encode_path(b"\x05", is_leaf=True), b"v"]
    branch: list[rlp.Item] = [leaf, bytes(32), *[b""] * 14, b"value"]
    extension: list[rlp.Item] = [encode_path(b"\x01\x02", is_leaf=False), bytes(32)]
    assert parse_node(rlp.encode(leaf)) == Leaf(b"\x05", b"v")
    parsed = parse_node(rlp.encode(branch))
    assert isinstance(parsed, Branch)
    assert parsed.children[0] == Leaf(b"\x05", b"v")
    assert parse_node(rlp.encode(extension)) == Extension(b"\x01\x02", bytes(32))
    with pytest.raises(MalformedError, match="byte string where a list belongs"):
        parse_node(b"\x05")


@pytest.mark.parametrize("size", [0, 1, 2, 16, 17, 127, 128, 129, 300])
def test_ordered_trie_and_its_proofs(size: int) -> None:
    items = [b"item" + bytes([at % 256]) * (at % 50) for at in range(size)]
    entries = {rlp.encode(rlp.encode_integer(at)): item for at, item in enumerate(items)}
    built = build(entries)
    assert trie.ordered_trie_root(items) == built.root_hash
    for at in {0, size // 2, size - 1} if size else set[int]():
        proof = prove(built, rlp.encode(rlp.encode_integer(at)))
        assert trie.verify_transaction_proof(built.root_hash, at, proof) == items[at]
        assert trie.verify_receipt_proof(built.root_hash, at, proof) == items[at]
    absent = prove(built, rlp.encode(rlp.encode_integer(size))) if size else []
    with pytest.raises(MalformedError, match="none at position"):
        trie.verify_receipt_proof(built.root_hash, size, absent)
    with pytest.raises(MalformedError, match="negative"):
        trie.verify_transaction_proof(built.root_hash, -1, [])


ADDRESS = bytes.fromhex("11" * 20)
OTHER = bytes.fromhex("22" * 20)


def state_with_storage() -> tuple[HexaryTrie, HexaryTrie, Account]:
    slots = {at: at * 1000 + 1 for at in range(20)}
    storage = build(
        {
            keccak256(at.to_bytes(32, "big")): rlp.encode(rlp.encode_integer(value))
            for at, value in slots.items()
        }
    )
    account = Account(nonce=1, storage_root=storage.root_hash, code_hash=keccak256(b"code"))
    entries = {keccak256(ADDRESS): account.to_rlp(), keccak256(OTHER): Account().to_rlp()}
    return build(entries), storage, account


def test_accounts_and_slots() -> None:
    state, storage, account = state_with_storage()
    proof = prove(state, keccak256(ADDRESS))
    assert trie.verify_account_proof(state.root_hash, ADDRESS, proof) == account
    assert trie.verify_account_proof(state.root_hash, OTHER, prove(state, keccak256(OTHER))) == (
        Account(code_hash=EMPTY_CODE_HASH)
    )
    stranger = b"\x33" * 20
    absent = prove(state, keccak256(stranger))
    assert trie.verify_account_proof(state.root_hash, stranger, absent) is None
    slot = (7).to_bytes(32, "big")
    shown = prove(storage, keccak256(slot))
    assert trie.verify_storage_proof(account.storage_root, slot, shown) == 7001
    unused = (99).to_bytes(32, "big")
    hidden = prove(storage, keccak256(unused))
    assert trie.verify_storage_proof(account.storage_root, unused, hidden) == 0
    with pytest.raises(MalformedError, match="19 bytes instead of 20"):
        trie.verify_account_proof(state.root_hash, ADDRESS[1:], proof)
    with pytest.raises(MalformedError, match="31 bytes instead of 32"):
        trie.verify_storage_proof(account.storage_root, slot[1:], shown)


def test_state_witness() -> None:
    state, storage, account = state_with_storage()
    witness = trie.StateWitness(state.root_hash, prove(state, keccak256(ADDRESS)))
    slot = (7).to_bytes(32, "big")
    with pytest.raises(MissingNodeError):
        witness.slot(ADDRESS, slot)
    witness.add_storage(ADDRESS, prove(storage, keccak256(slot)))
    assert witness.account(ADDRESS) == account
    assert witness.slot(ADDRESS, slot) == 7001
    absent = trie.StateWitness(state.root_hash, prove(state, keccak256(b"\x33" * 20)))
    assert absent.account(b"\x33" * 20) is None
    assert absent.slot(b"\x33" * 20, slot) == 0
    with pytest.raises(ExtraNodeError):
        absent.add_storage(b"\x33" * 20, [b"node"])


@pytest.mark.parametrize("value", [b"\x80", b"\xc0", b"\x82\x00\x01", b"\xa1" + b"\x01" * 33])
def test_stored_values_are_canonical(value: bytes) -> None:
    slot = bytes(32)
    storage = build({keccak256(slot): value})
    with pytest.raises(MalformedError):
        trie.verify_storage_proof(storage.root_hash, slot, prove(storage, keccak256(slot)))


def test_path_encoding_round_trips() -> None:
    for path in (b"", b"\x01", b"\x01\x02", b"\x0f" * 7):
        for is_leaf in (True, False):
            if not path and not is_leaf:
                continue
            encoded = encode_path(path, is_leaf=is_leaf)
            assert to_nibbles(encoded)[0] == (2 if is_leaf else 0) + len(path) % 2
