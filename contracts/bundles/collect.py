"""Gather a bundle from a node's answers.

Nothing here is believed: whoever receives the bundle verifies it. A record
that was accepted after the seal's block is left out, since the seal does not
cover it yet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, cast

from chain.proofs.constants import HASH_SIZE, Address20, Hash32
from contracts.bundles.bundle import Bundle, Document, Seal, StorageNodes, sorted_nodes
from contracts.bundles.errors import CollectError
from contracts.bundles.json_text import Json
from contracts.bundles.slots import MembershipSlots
from contracts.bundles.trust import MembershipLayout
from contracts.membership.keys import address_key_id
from contracts.membership.layout import object_slots, record_slot
from contracts.membership.state import Version
from contracts.origin.layout import certificate_slots, parent_slot
from contracts.origin.records import CertificateIssue
from contracts.records.signed import SignedRecord

_NOBODY: Final = bytes(HASH_SIZE)
_LINEAGE_LIMIT: Final = 8


@dataclass(frozen=True, slots=True)
class SealedBlock:
    """The newest sealed header and the EVM block that it names.

    Attributes:
        block: EVM block number.
        height: CometBFT height of the header.
        evm_header: RLP of the EVM header.
        seal: Header, commit and validators.
    """

    block: int
    height: int
    evm_header: bytes
    seal: Seal


@dataclass(frozen=True, slots=True)
class StorageProof:
    """What a node answers to `eth_getProof`.

    Attributes:
        account_nodes: Nodes of the state trie.
        storage_nodes: Nodes of the storage trie, of all slots together.
        values: What stands in each slot, by its number.
    """

    account_nodes: tuple[bytes, ...]
    storage_nodes: tuple[bytes, ...]
    values: dict[int, int]


class ProofSource(Protocol):
    """A node that answers with proofs; each call may fail with the node's own error."""

    def latest_seal(self) -> SealedBlock:
        """Return the newest sealed header and the EVM block that it names."""
        ...

    def validator_changes(self, from_height: int, to_height: int) -> Sequence[Seal]:
        """Return the seals at which the validators change, from and to included."""
        ...

    def proof(self, address: bytes, slots: Sequence[int], block: int) -> StorageProof:
        """Return account and storage proofs at a block."""
        ...


@dataclass(frozen=True, slots=True)
class BundleRequest:
    """What a bundle shall show.

    Attributes:
        domain: Domain of the object, such as "origin".
        object_id: Identifier of the object, 32 bytes.
        records: The object's signed records as the node knows them, oldest first.
        document: The document, None where it is not to be shown.
        key_ids: Keys to prove besides the signers', such as the document's.
        since_height: Height that the receiver's trust file stands at; changes of
            validators after it are added.
    """

    domain: str
    object_id: Hash32
    records: Sequence[SignedRecord]
    document: Document | None = None
    key_ids: Sequence[bytes] = ()
    since_height: int = 0


@dataclass(slots=True)
class _Nodes:
    """Nodes gathered so far."""

    source: ProofSource
    block: int
    state: set[bytes] = field(default_factory=set[bytes])
    storage: dict[bytes, set[bytes]] = field(default_factory=dict[bytes, set[bytes]])

    def read(self, address: bytes, slots: Iterable[int]) -> dict[int, int]:
        """Gather the proofs of slots and return their values."""
        wanted = sorted(set(slots))
        proof = self.source.proof(address, wanted, self.block)
        self.state |= _referable(proof.account_nodes)
        nodes = self.storage.setdefault(address, set())
        nodes |= _referable(proof.storage_nodes)
        if not set(wanted) <= proof.values.keys():
            raise CollectError(f"proof of contract 0x{address.hex()}", "a slot is left out")
        return proof.values


def collect_bundle(
    source: ProofSource, membership: Address20, layout: MembershipLayout, request: BundleRequest
) -> Bundle:
    """Gather everything that proves an object at the newest seal.

    Args:
        source: The node to ask.
        membership: Address of the Membership contract.
        layout: Where Membership keeps what is proved.
        request: What the bundle shall show.

    Raises:
        CollectError: The node's answers do not fit together, or the object is
            not sealed yet.
    """
    sealed = source.latest_seal()
    nodes = _Nodes(source, sealed.block)
    slots = MembershipSlots(layout)
    versions = _read_versions(nodes, membership, slots, request.domain)
    count = _read_head(nodes, versions, request)
    if count > len(request.records):
        raise CollectError(
            f"object 0x{request.object_id.hex()}",
            f"the ledger holds {count} records, only {len(request.records)} are known here",
        )
    records = request.records[:count]
    _read_anchors(nodes, records)
    _read_signers(nodes, membership, slots, records, request.key_ids)
    _read_lineage(nodes, versions, records)
    return Bundle(
        request.domain,
        request.object_id,
        sealed.seal,
        sealed.evm_header,
        _changes(source, request.since_height, sealed.height),
        sorted_nodes(nodes.state),
        tuple(
            StorageNodes(Address20(address), sorted_nodes(found))
            for address, found in sorted(nodes.storage.items())
        ),
        tuple(cast("Json", record.to_json()) for record in records),
        request.document,
    )


def _read_versions(
    nodes: _Nodes, membership: bytes, slots: MembershipSlots, domain: str
) -> list[Version]:
    """Gather the registry of a domain; return its versions that had begun."""
    count_slot = slots.version_count(domain)
    count = nodes.read(membership, (count_slot,))[count_slot]
    pairs = [slots.version(domain, index) for index in range(count)]
    values = nodes.read(membership, [slot for pair in pairs for slot in pair])
    found = (
        Version.from_words(values[place], values[code].to_bytes(HASH_SIZE, "big"))
        for place, code in pairs
    )
    begun = [item for item in found if item is not None and item.from_block <= nodes.block]
    if not begun:
        raise CollectError(f"domain {domain}", f"no contract speaks for it in block {nodes.block}")
    return begun


def _read_head(nodes: _Nodes, versions: Sequence[Version], request: BundleRequest) -> int:
    """Gather the object's head from the newest contract that knows it; return its count."""
    count_slot, head_slot = object_slots(request.object_id)
    for version in reversed(versions):
        count = nodes.read(version.contract, (count_slot, head_slot))[count_slot]
        if count:
            return count
    raise CollectError(
        f"object 0x{request.object_id.hex()}",
        f"the ledger holds none of domain {request.domain} in block {nodes.block}",
    )


def _read_anchors(nodes: _Nodes, records: Sequence[SignedRecord]) -> None:
    wanted: dict[bytes, list[int]] = {}
    for record in records:
        wanted.setdefault(record.domain.contract, []).append(record_slot(record.digest))
    for contract, anchors in wanted.items():
        nodes.read(contract, anchors)


def _read_signers(
    nodes: _Nodes,
    membership: bytes,
    slots: MembershipSlots,
    records: Sequence[SignedRecord],
    key_ids: Sequence[bytes],
) -> None:
    """Gather the entries of all keys, and of the organisations that own them."""
    signers = {address_key_id(record.recover()) for record in records} | set(key_ids)
    pairs = [slots.key(key_id) for key_id in sorted(signers)]
    values = nodes.read(membership, [slot for pair in pairs for slot in pair])
    owners = {values[owner].to_bytes(HASH_SIZE, "big") for owner, _ in pairs}
    nodes.read(membership, [slots.organisation(owner) for owner in sorted(owners)])


def _read_lineage(
    nodes: _Nodes, versions: Sequence[Version], records: Sequence[SignedRecord]
) -> None:
    """Gather what a certificate was issued back-to-back from, up to the first."""
    issues = [one.record for one in records if isinstance(one.record, CertificateIssue)]
    parent = issues[0].parent if issues else _NOBODY
    for _ in range(_LINEAGE_LIMIT):
        if parent == _NOBODY:
            return
        slots = (*certificate_slots(parent), parent_slot(parent))
        found = [nodes.read(version.contract, slots)[slots[-1]] for version in reversed(versions)]
        parent = next((value for value in found if value), 0).to_bytes(HASH_SIZE, "big")


def _changes(source: ProofSource, since: int, height: int) -> tuple[Seal, ...]:
    """Return the changes of validators between the trusted and the sealed height."""
    if height - since <= 1:
        return ()
    return tuple(source.validator_changes(since + 1, height - 1))


def _referable(nodes: Iterable[bytes]) -> set[bytes]:
    """Return the nodes that something refers to by hash; shorter ones stand in their parents."""
    return {node for node in nodes if len(node) >= HASH_SIZE}
