"""Proofs in the four tries of an EVM block: state, storage, transactions, receipts."""

from collections.abc import Sequence

from chain.proofs import rlp
from chain.proofs.constants import ADDRESS_SIZE, HASH_SIZE
from chain.proofs.errors import MalformedError
from chain.proofs.evm import Account
from chain.proofs.keccak import keccak256
from chain.proofs.trie.proof import verify_trie_proof


def verify_account_proof(
    state_root: bytes, address: bytes, proof: Sequence[bytes]
) -> Account | None:
    """Verify what the state holds for an address; None where there is no account.

    Args:
        state_root: Trusted state root of a block.
        address: 20 bytes.
        proof: Trie nodes from the root down.

    Raises:
        MalformedError: The address or the account has the wrong form.
        ProofError: The proof is wrong, as `verify_trie_proof` says.
    """
    value = verify_trie_proof(state_root, account_key(address), proof)
    return None if value is None else Account.from_rlp(value)


def verify_storage_proof(storage_root: bytes, slot: bytes, proof: Sequence[bytes]) -> int:
    """Verify what a contract stores in a slot; 0 where nothing is stored.

    Args:
        storage_root: Trusted storage root of the contract's account.
        slot: Number of the slot, 32 bytes.
        proof: Trie nodes from the root down.

    Raises:
        MalformedError: The slot or the stored value has the wrong form.
        ProofError: The proof is wrong, as `verify_trie_proof` says.
    """
    value = verify_trie_proof(storage_root, storage_key(slot), proof)
    return read_slot(value)


def verify_transaction_proof(root: bytes, index: int, proof: Sequence[bytes]) -> bytes:
    """Verify which transaction stands at `index` of a block and return its encoding.

    Args:
        root: Trusted transactions root of the block.
        index: Position in the block, from 0.
        proof: Trie nodes from the root down.

    Raises:
        MalformedError: There is none at that position.
        ProofError: The proof is wrong, as `verify_trie_proof` says.
    """
    return _ordered_item("transaction", root, index, proof)


def verify_receipt_proof(root: bytes, index: int, proof: Sequence[bytes]) -> bytes:
    """Verify which receipt stands at `index` of a block and return its encoding.

    Args:
        root: Trusted receipts root of the block.
        index: Position of the transaction in the block, from 0.
        proof: Trie nodes from the root down.

    Raises:
        MalformedError: There is none at that position.
        ProofError: The proof is wrong, as `verify_trie_proof` says.
    """
    return _ordered_item("receipt", root, index, proof)


def account_key(address: bytes) -> bytes:
    """Return the key of an address in the state trie.

    Raises:
        MalformedError: The address is not 20 bytes long.
    """
    if len(address) != ADDRESS_SIZE:
        raise MalformedError("address", f"{len(address)} bytes instead of {ADDRESS_SIZE}")
    return keccak256(address)


def storage_key(slot: bytes) -> bytes:
    """Return the key of a slot in a storage trie.

    Raises:
        MalformedError: The slot is not 32 bytes long.
    """
    if len(slot) != HASH_SIZE:
        raise MalformedError("storage slot", f"{len(slot)} bytes instead of {HASH_SIZE}")
    return keccak256(slot)


def read_slot(value: bytes | None) -> int:
    """Return the number that a storage trie holds; 0 for an absent entry.

    Raises:
        MalformedError: The value is not canonical, or zero, which is not stored.
    """
    if value is None:
        return 0
    digits = rlp.decode(value)
    if not isinstance(digits, bytes) or not digits:
        raise MalformedError("storage value", "it is a list or zero")
    return rlp.decode_integer("storage value", digits, HASH_SIZE)


def _ordered_item(what: str, root: bytes, index: int, proof: Sequence[bytes]) -> bytes:
    if index < 0:
        raise MalformedError(f"{what} index", "it is negative")
    key = rlp.encode(rlp.encode_integer(index))
    value = verify_trie_proof(root, key, proof)
    if value is None:
        raise MalformedError(what, f"the block holds none at position {index}")
    return value
