"""The state database behind py-evm: accounts, storage and code in plain dictionaries.

py-evm's own `AccountDB` pipes each access through up to four journalled databases. This one keeps
current values in dictionaries, an undo log for the EVM's nested reverts, and writes the tries once
per block. It gives the same roots; `tests/chain/machine/test_equivalence.py` holds it to that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias, TypeVar

from rlp.codec import decode_raw, encode_raw

from chain.errors import StoreError
from chain.machine.trie import Trie
from chain.proofs.constants import EMPTY_CODE_HASH, EMPTY_ROOT
from chain.proofs.keccak import keccak256

MAX_LOADED_NODES = 200_000
"""Trie nodes kept decoded from block to block; above it they are dropped and read again."""

_MAX_UINT64 = 2**64 - 1


class NodeStore(Protocol):
    """Where trie nodes and code lie, both by their keccak hash."""

    def node(self, node_hash: bytes) -> bytes | None:
        """Return the encoding of a trie node."""
        ...

    def code(self, code_hash: bytes) -> bytes | None:
        """Return contract code."""
        ...


@dataclass(frozen=True, slots=True)
class StateAccount:
    """An account as the state trie holds it."""

    nonce: int = 0
    balance: int = 0
    storage_root: bytes = EMPTY_ROOT
    code_hash: bytes = EMPTY_CODE_HASH

    @property
    def is_empty(self) -> bool:
        """Tell whether EIP-161 treats the account as absent."""
        return self.nonce == 0 and self.balance == 0 and self.code_hash == EMPTY_CODE_HASH


@dataclass(frozen=True, slots=True)
class StateChanges:
    """What one block adds to the store."""

    root: bytes
    nodes: list[tuple[bytes, bytes]]
    codes: list[tuple[bytes, bytes]]


_Undo: TypeAlias = Callable[[], object]
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class StateDatabase:
    """The state at one root and the changes made on top of it.

    It has the methods of `eth.abc.AccountDatabaseAPI` that the EVM uses. Not safe for concurrent
    use. Between blocks, `commit_block` leaves the decoded tries in place, so that the next block
    finds them.
    """

    def __init__(self, store: NodeStore, root: bytes) -> None:
        self._store = store
        self._root = root
        self._reset_tries()
        self._accounts: dict[bytes, StateAccount | None] = {}
        self._storage: dict[bytes, dict[int, int]] = {}
        self._original: dict[bytes, dict[int, int]] = {}
        self._wiped: set[bytes] = set()
        self._dirty_accounts: set[bytes] = set()
        self._dirty_slots: dict[bytes, set[int]] = {}
        self._new_codes: dict[bytes, bytes] = {}
        self._codes: dict[bytes, bytes] = {}  # as read: few contracts, called all the time
        self._warm: set[bytes | tuple[bytes, int]] = set()
        self._transient: dict[tuple[bytes, int], bytes] = {}
        self._undo: list[_Undo] = []

    def _reset_tries(self) -> None:
        self._account_trie = Trie(self._store.node, self._root)
        self._storage_tries: dict[bytes, Trie] = {}

    # accounts

    def account(self, address: bytes) -> StateAccount | None:
        """Return an account, None where there is none."""
        try:
            return self._accounts[address]
        except KeyError:
            encoded = self._account_trie.get(keccak256(address))
            account = None if encoded is None else _decode_account(encoded)
            self._accounts[address] = account
            return account

    def _set_account(self, address: bytes, account: StateAccount | None) -> None:
        before = self.account(address)
        was_dirty = address in self._dirty_accounts

        def undo() -> None:
            self._accounts[address] = before
            if not was_dirty:
                self._dirty_accounts.discard(address)

        self._undo.append(undo)
        self._accounts[address] = account
        self._dirty_accounts.add(address)

    def get_balance(self, address: bytes) -> int:
        """Return the balance; there is no currency, so it is zero."""
        account = self.account(address)
        return 0 if account is None else account.balance

    def set_balance(self, address: bytes, balance: int) -> None:
        """Set the balance."""
        self._set_account(
            address, replace(self.account(address) or StateAccount(), balance=balance)
        )

    def get_nonce(self, address: bytes) -> int:
        """Return the number of transactions sent or contracts created."""
        account = self.account(address)
        return 0 if account is None else account.nonce

    def set_nonce(self, address: bytes, nonce: int) -> None:
        """Set the nonce.

        Raises:
            AssertionError: It does not fit 64 bits (EIP-2681).
        """
        if nonce > _MAX_UINT64:
            raise AssertionError("nonces are bounded by admission")
        self._set_account(address, replace(self.account(address) or StateAccount(), nonce=nonce))

    def increment_nonce(self, address: bytes) -> None:
        """Count one more transaction or creation."""
        self.set_nonce(address, self.get_nonce(address) + 1)

    def touch_account(self, address: bytes) -> None:
        """Do nothing: without balances a touch never makes or removes an account."""

    def account_exists(self, address: bytes) -> bool:
        """Tell whether the state holds the account."""
        return self.account(address) is not None

    def account_is_empty(self, address: bytes) -> bool:
        """Tell whether the account is absent or empty."""
        account = self.account(address)
        return account is None or account.is_empty

    def account_has_code_or_nonce(self, address: bytes) -> bool:
        """Tell whether a contract cannot be created here."""
        account = self.account(address)
        return account is not None and (account.nonce != 0 or account.code_hash != EMPTY_CODE_HASH)

    def delete_account(self, address: bytes) -> None:
        """Remove an account and its storage."""
        self.delete_storage(address)
        self._set_account(address, None)

    # code

    def get_code_hash(self, address: bytes) -> bytes:
        """Return the keccak hash of the code."""
        account = self.account(address)
        return EMPTY_CODE_HASH if account is None else account.code_hash

    def get_code(self, address: bytes) -> bytes:
        """Return the code, empty where there is none."""
        return self.code_of_hash(self.get_code_hash(address))

    def code_of_hash(self, code_hash: bytes) -> bytes:
        """Return code by its hash."""
        if code_hash == EMPTY_CODE_HASH:
            return b""
        code = self._new_codes.get(code_hash) or self._codes.get(code_hash)
        if code is None:
            code = self._store.code(code_hash)
            if code is None:
                raise StoreError("read code", f"{code_hash.hex()} is missing: restore the store")
            self._codes[code_hash] = code
        return code

    def set_code(self, address: bytes, code: bytes) -> None:
        """Set the code of a contract just created."""
        code_hash = keccak256(code)
        self._new_codes[code_hash] = code  # stays after a revert: addressed by content
        account = self.account(address) or StateAccount()
        self._set_account(address, replace(account, code_hash=code_hash))

    # storage

    def get_storage(self, address: bytes, slot: int, from_journal: bool = True) -> int:
        """Return a slot's value; `from_journal=False` gives it as it was before the transaction."""
        if not from_journal:
            original = self._original.get(address)
            if original is not None and slot in original:
                return original[slot]
        slots = self._storage.get(address)
        if slots is None:
            slots = self._storage[address] = {}
        value = slots.get(slot)
        if value is None:
            value = slots[slot] = self._read_slot(address, slot)
        return value

    def _read_slot(self, address: bytes, slot: int) -> int:
        if address in self._wiped:
            return 0
        trie = self._storage_trie(address)
        encoded = trie.get(keccak256(slot.to_bytes(32, "big")))
        if encoded is None:
            return 0
        value = decode_raw(encoded, True, False)[0]
        return int.from_bytes(value, "big")

    def _storage_trie(self, address: bytes) -> Trie:
        trie = self._storage_tries.get(address)
        if trie is None:
            account = self.account(address)
            root = EMPTY_ROOT if account is None else account.storage_root
            trie = self._storage_tries[address] = Trie(self._store.node, root)
        return trie

    def set_storage(self, address: bytes, slot: int, value: int) -> None:
        """Set a slot; zero deletes it."""
        before = self.get_storage(address, slot)
        if before == value:
            return
        slots = self._storage[address]
        dirty = self._dirty_slots.setdefault(address, set())
        original = self._original.setdefault(address, {})
        first = slot not in original
        if first:
            original[slot] = before

        def undo() -> None:
            slots[slot] = before
            if first:
                original.pop(slot, None)

        self._undo.append(undo)
        slots[slot] = value
        dirty.add(slot)

    def delete_storage(self, address: bytes) -> None:
        """Empty an account's storage (self-destruct of a contract made in this transaction)."""
        slots, dirty = self._storage.get(address), self._dirty_slots.get(address)
        was_wiped = address in self._wiped

        def undo() -> None:
            _restore(self._storage, address, slots)
            _restore(self._dirty_slots, address, dirty)
            if not was_wiped:
                self._wiped.discard(address)

        self._undo.append(undo)
        self._storage[address] = {}
        self._dirty_slots[address] = set()
        self._wiped.add(address)

    # transient storage (EIP-1153)

    def get_transient(self, address: bytes, slot: int) -> bytes:
        """Return a transient slot, empty where this transaction has not set it."""
        return self._transient.get((address, slot), b"")

    def set_transient(self, address: bytes, slot: int, value: bytes) -> None:
        """Set a transient slot until the end of the transaction."""
        place = (address, slot)
        before = self._transient.get(place)
        self._undo.append(lambda: _restore(self._transient, place, before))
        self._transient[place] = value

    # warm addresses and slots (EIP-2929)

    def is_address_warm(self, address: bytes) -> bool:
        """Tell whether this transaction has touched the address."""
        return address in self._warm

    def mark_address_warm(self, address: bytes) -> None:
        """Remember that this transaction has touched the address."""
        self._mark(address)

    def is_storage_warm(self, address: bytes, slot: int) -> bool:
        """Tell whether this transaction has touched the slot."""
        return (address, slot) in self._warm

    def mark_storage_warm(self, address: bytes, slot: int) -> None:
        """Remember that this transaction has touched the slot."""
        self._mark((address, slot))

    def _mark(self, key: bytes | tuple[bytes, int]) -> None:
        if key not in self._warm:
            self._warm.add(key)
            self._undo.append(lambda: self._warm.discard(key))

    # reverting and committing

    def record(self) -> int:
        """Return a checkpoint."""
        return len(self._undo)

    def discard(self, checkpoint: int) -> None:
        """Undo all since a checkpoint."""
        while len(self._undo) > checkpoint:
            self._undo.pop()()

    def lock_changes(self) -> None:
        """Begin the next transaction: what was done before can no longer be undone."""
        self._undo.clear()
        self._warm.clear()
        self._original.clear()
        self._transient.clear()

    def commit_block(self) -> StateChanges:
        """Write all changes into the tries and return what the store has to add."""
        self.lock_changes()
        nodes: list[tuple[bytes, bytes]] = []

        def write(node_hash: bytes, encoded: bytes) -> None:
            nodes.append((node_hash, encoded))

        for address, dirty in self._dirty_slots.items():
            account = self.account(address)
            if account is None:
                self._storage_tries.pop(address, None)
                continue
            root = self._commit_storage(address, dirty, write)
            self._accounts[address] = replace(account, storage_root=root)
            self._dirty_accounts.add(address)
        for address in self._dirty_accounts:
            account = self._accounts[address]
            encoded = b"" if account is None else _encode_account(account)
            self._account_trie.set(keccak256(address), encoded)
        self._root = self._account_trie.commit(write)
        codes = list(self._new_codes.items())
        self._forget()
        return StateChanges(self._root, nodes, codes)

    def _commit_storage(
        self, address: bytes, dirty: set[int], write: Callable[[bytes, bytes], None]
    ) -> bytes:
        if address in self._wiped:
            self._storage_tries[address] = Trie(self._store.node, EMPTY_ROOT)
        trie = self._storage_trie(address)
        slots = self._storage[address]
        for slot in dirty:
            value = slots[slot]
            encoded = encode_raw(value.to_bytes((value.bit_length() + 7) // 8, "big"))
            trie.set(keccak256(slot.to_bytes(32, "big")), encoded if value else b"")
        return trie.commit(write)

    def _forget(self) -> None:
        self._accounts.clear()
        self._storage.clear()
        self._dirty_accounts.clear()
        self._dirty_slots.clear()
        self._wiped.clear()
        self._new_codes.clear()
        loaded = self._account_trie.loaded + sum(t.loaded for t in self._storage_tries.values())
        if loaded > MAX_LOADED_NODES:
            self._reset_tries()


def _restore(mapping: dict[_Key, _Value], key: _Key, value: _Value | None) -> None:
    if value is None:
        mapping.pop(key, None)
    else:
        mapping[key] = value


def _decode_account(encoded: bytes) -> StateAccount:
    nonce, balance, storage_root, code_hash = decode_raw(encoded, True, False)[0]
    return StateAccount(
        int.from_bytes(nonce, "big"), int.from_bytes(balance, "big"), storage_root, code_hash
    )


def _encode_account(account: StateAccount) -> bytes:
    nonce = account.nonce.to_bytes((account.nonce.bit_length() + 7) // 8, "big")
    balance = account.balance.to_bytes((account.balance.bit_length() + 7) // 8, "big")
    encoded: bytes = encode_raw([nonce, balance, account.storage_root, account.code_hash])
    return encoded
