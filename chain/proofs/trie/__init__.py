"""Merkle-Patricia tries: proofs of what is in one, and of what is not."""

from chain.proofs.trie.build import ordered_trie_root, trie_root
from chain.proofs.trie.proof import verify_trie_proof
from chain.proofs.trie.state import (
    verify_account_proof,
    verify_receipt_proof,
    verify_storage_proof,
    verify_transaction_proof,
)
from chain.proofs.trie.witness import StateWitness, TrieWitness

__all__ = [
    "StateWitness",
    "TrieWitness",
    "ordered_trie_root",
    "trie_root",
    "verify_account_proof",
    "verify_receipt_proof",
    "verify_storage_proof",
    "verify_transaction_proof",
    "verify_trie_proof",
]
