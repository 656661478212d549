"""RFC 9162 trees against the reference vectors of the RFC 6962 implementations."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.proofs import rfc9162
from chain.proofs.errors import HashMismatchError, MerkleProofError, ProofError
from chain.proofs.rfc9162 import TreeHead

# The eight leaves and roots that certificate-transparency implementations share.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = [
    (0, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (5, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (1, 5, ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
]  # fmt: skip
CONSISTENCY = [
    (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 5, ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
]  # fmt: skip


def tree(size: int) -> TreeHead:
    return TreeHead(size, rfc9162.tree_root(LEAVES[:size]))


def hashes(size: int) -> list[rfc9162.Hash32]:
    return [rfc9162.leaf_hash(leaf) for leaf in LEAVES[:size]]


@pytest.mark.parametrize("size", range(1, 9))
def test_reference_roots(size: int) -> None:
    assert tree(size).root.hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("index", "size", "path"), INCLUSION)
def test_reference_inclusion(index: int, size: int, path: list[str]) -> None:
    proof = rfc9162.inclusion_proof(hashes(size), index)
    assert [item.hex() for item in proof] == path
    rfc9162.verify_inclusion(tree(size), index, LEAVES[index], proof)


@pytest.mark.parametrize(("old", "new", "path"), CONSISTENCY)
def test_reference_consistency(old: int, new: int, path: list[str]) -> None:
    proof = rfc9162.consistency_proof(hashes(new), old)
    assert [item.hex() for item in proof] == path
    rfc9162.verify_consistency(tree(old), tree(new), proof)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.data())
@settings(max_examples=80)
def test_every_proof_verifies_and_no_other(leaves: list[bytes], data: st.DataObject) -> None:
    leaf_hashes = [rfc9162.leaf_hash(leaf) for leaf in leaves]
    head = TreeHead(len(leaves), rfc9162.tree_root(leaves))
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = rfc9162.inclusion_proof(leaf_hashes, index)
    rfc9162.verify_inclusion(head, index, leaves[index], proof)
    for wrong in ([*proof, bytes(32)], proof[:-1] if proof else [bytes(32)]):
        with pytest.raises(MerkleProofError):
            rfc9162.verify_inclusion(head, index, leaves[index], wrong)
    with pytest.raises(HashMismatchError):
        rfc9162.verify_inclusion(head, index, leaves[index] + b"x", proof)
    old_size = data.draw(st.integers(1, len(leaves)))
    old = TreeHead(old_size, rfc9162.tree_root(leaves[:old_size]))
    path = rfc9162.consistency_proof(leaf_hashes, old_size)
    rfc9162.verify_consistency(old, head, path)
    with pytest.raises(ProofError):
        rfc9162.verify_consistency(replace(old, root=rfc9162.Hash32(bytes(32))), head, path)
    with pytest.raises(ProofError):
        rfc9162.verify_consistency(old, replace(head, root=rfc9162.Hash32(bytes(32))), path)
    with pytest.raises(MerkleProofError):
        rfc9162.verify_consistency(old, head, [*path, bytes(32)])
    if path:
        with pytest.raises(ProofError):
            rfc9162.verify_consistency(old, head, path[:-1])


def test_positions_outside_are_refused() -> None:
    with pytest.raises(MerkleProofError, match="outside a tree of 3"):
        rfc9162.inclusion_proof(hashes(3), 3)
    with pytest.raises(MerkleProofError, match="outside a tree of 3"):
        rfc9162.verify_inclusion(tree(3), 3, b"", [])
    with pytest.raises(MerkleProofError, match="outside a tree of 3"):
        rfc9162.verify_inclusion(tree(3), -1, b"", [])
    with pytest.raises(MerkleProofError, match="no tree of 0 leaves"):
        rfc9162.consistency_proof(hashes(3), 0)
    with pytest.raises(MerkleProofError, match="no tree of 4 leaves"):
        rfc9162.verify_consistency(tree(4), tree(3), [])


def test_proofs_are_made_of_hashes() -> None:
    with pytest.raises(MerkleProofError, match="not 32 bytes"):
        rfc9162.verify_inclusion(tree(2), 0, LEAVES[0], [b"short"])
    with pytest.raises(MerkleProofError, match="not 32 bytes"):
        rfc9162.verify_consistency(tree(2), tree(3), [b"short"])


def test_consistency_proofs_that_stop_early_are_refused() -> None:
    with pytest.raises(MerkleProofError, match="too short"):
        rfc9162.verify_consistency(tree(6), tree(8), [])
    with pytest.raises(MerkleProofError, match="too long"):
        rfc9162.verify_consistency(tree(3), tree(3), [bytes(32)])
    rfc9162.verify_consistency(tree(3), tree(3), [])


@pytest.mark.parametrize("new", range(1, 9))
def test_all_small_trees(new: int) -> None:
    for old in range(1, new + 1):
        proof = rfc9162.consistency_proof(hashes(new), old)
        rfc9162.verify_consistency(tree(old), tree(new), proof)
    for index in range(new):
        proof = rfc9162.inclusion_proof(hashes(new), index)
        rfc9162.verify_inclusion(tree(new), index, LEAVES[index], proof)
