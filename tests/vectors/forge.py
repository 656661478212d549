"""Bundles over states that no honest contract makes, under a seal that counts.

The validators are believed and the contracts are not: what a contract would never
store must still be refused by the verifier itself.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import rlp as reference_rlp
from trie import HexaryTrie
from vectors.parties import (
    ISSUER,
    SealingKey,
)
from vectors.world import (
    CHAIN_ID,
    MEMBERSHIP,
    sealed_again,
)

from chain.proofs import rlp
from chain.proofs.constants import Hash32
from chain.proofs.errors import MissingNodeError
from chain.proofs.evm import Account, EvmHeader
from chain.proofs.heads import fold, initial_head
from chain.proofs.keccak import keccak256
from chain.proofs.trie import StateWitness
from contracts.bundles import Bundle, MembershipLayout, StorageNodes
from contracts.bundles.bundle import sorted_nodes
from contracts.bundles.slots import MembershipSlots
from contracts.membership.keys import address_key_id
from contracts.membership.layout import object_slots, record_slot
from contracts.membership.state import Version
from contracts.records.catalogue import parse_signed_record
from contracts.records.signed import SignedRecord

SLOTS = MembershipSlots(MembershipLayout())


@dataclass
class Forge:
    """The facts of a bundle, free to be changed; `bundle` seals them again."""

    original: Bundle
    records: list[SignedRecord] = field(default_factory=list)
    storage: dict[bytes, dict[int, int]] = field(default_factory=dict)
    accounts: dict[bytes, Account] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.header = EvmHeader.from_rlp(self.original.evm_header)
        self._witness = StateWitness(self.header.state_root, self.original.state)
        for item in self.original.storage:
            self._witness.add_storage(item.address, item.nodes)
            account = self._witness.account(item.address)
            assert account is not None
            self.accounts[item.address] = account
            self.storage[item.address] = {}
        self.records = [parse_signed_record(item, CHAIN_ID) for item in self.original.records]
        self._read_registry()
        self.read_records()

    @property
    def origin(self) -> bytes:
        return self.records[0].domain.contract

    def read(self, address: bytes, slot: int) -> int:
        value = self._witness.slot(address, slot.to_bytes(32, "big"))
        self.storage[address][slot] = value
        return value

    def _read_registry(self) -> None:
        for index in range(self.read(MEMBERSHIP, SLOTS.version_count("origin"))):
            place, code = SLOTS.version("origin", index)
            version = Version.from_words(
                self.read(MEMBERSHIP, place), self.read(MEMBERSHIP, code).to_bytes(32, "big")
            )
            assert version is not None
            for slot in object_slots(self.original.object_id):
                # An older contract's count is not shown once a newer one has the object.
                with suppress(MissingNodeError):
                    self.read(version.contract, slot)

    def read_records(self) -> None:
        keys = {address_key_id(record.recover()) for record in self.records}
        for key_id in keys | {ISSUER.document_key.key_id}:
            owner, state = SLOTS.key(key_id)
            organisation = self.read(MEMBERSHIP, owner).to_bytes(32, "big")
            self.read(MEMBERSHIP, state)
            self.read(MEMBERSHIP, SLOTS.organisation(organisation))
        for record in self.records:
            self.read(record.domain.contract, record_slot(record.digest))

    def set_history(self, records: list[SignedRecord]) -> None:
        """Let the ledger hold exactly these records, each anchored like the one it replaces."""
        before = [record_slot(record.digest) for record in self.records]
        anchors = [self.storage[self.origin].pop(slot) for slot in before]
        start = initial_head("origin", CHAIN_ID, self.original.object_id)
        count_slot, head_slot = object_slots(self.original.object_id)
        store = self.storage[self.origin]
        store[count_slot] = len(records)
        head = fold(start, [record.digest for record in records])
        store[head_slot] = int.from_bytes(head, "big")
        for record, anchor in zip(records, anchors, strict=False):
            store[record_slot(record.digest)] = anchor
        self.records = records

    def bundle(self, **changes: Any) -> Bundle:
        """Return the bundle over the changed facts, sealed by the trusted validator."""
        state: dict[bytes, bytes] = {}
        storage: list[StorageNodes] = []
        for address, slots in self.storage.items():
            root, nodes = whole_trie(
                {
                    keccak256(slot.to_bytes(32, "big")): rlp.encode(rlp.encode_integer(value))
                    for slot, value in slots.items()
                    if value
                }
            )
            account = replace(self.accounts[address], storage_root=root)
            state[keccak256(address)] = account.to_rlp()
            storage.append(StorageNodes(address, nodes))  # type: ignore[arg-type]
        root, nodes = whole_trie(state)
        header = replace(self.header, state_root=root, **changes.pop("evm", {}))
        values: dict[str, Any] = {
            "evm_header": header.to_rlp(),
            "state": nodes,
            "storage": tuple(sorted(storage, key=lambda item: item.address)),
            "records": tuple(record.to_json() for record in self.records),
        }
        bundle = replace(self.original, **(values | changes))
        return sealed_again(bundle, [(SealingKey(), 10)], app_hash=header.hash())


def whole_trie(entries: dict[bytes, bytes]) -> tuple[Hash32, tuple[bytes, ...]]:
    """Return the root and all nodes of a trie."""
    nodes: dict[bytes, bytes] = {}
    built = HexaryTrie(nodes, prune=True)
    for key, value in entries.items():
        built[key] = value
    root = Hash32(bytes(built.root_hash))
    if not entries:
        return root, ()
    reachable = {reference_rlp.encode(node) for key in entries for node in built.get_proof(key)}
    return root, sorted_nodes({node for node in reachable if len(node) >= 32})
