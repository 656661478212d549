"""The proof bundle, `tradeseal-bundle/1`: everything about one object, provable offline.

Only canonical bytes are read, so one bundle has one file. Specification:
docs/formats/bundle.md.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Self, cast

from chain.proofs.constants import ADDRESS_SIZE, HASH_SIZE, Address20, Hash32
from contracts.bundles.errors import MemberError
from contracts.bundles.json_text import Json, parse_canonical, write_canonical
from contracts.bundles.members import Members, read_data, read_text, write_data

FORMAT: Final = "tradeseal-bundle/1"
MAX_BUNDLE_BYTES: Final = 32 << 20
"""Far above a certificate of 999 items with a claim each; bounds memory."""

MAX_NODES: Final = 50_000
MAX_RECORDS: Final = 10_000
MAX_CHANGES: Final = 1_000
MAX_CONTRACTS: Final = 100
MAX_DISCLOSURES: Final = 20_000
_MAX_DOMAIN: Final = 32


@dataclass(frozen=True, slots=True)
class Seal:
    """A CometBFT header, the votes for it and the set that voted, as protobuf bytes."""

    header: bytes
    commit: bytes
    validator_set: bytes

    def to_json(self) -> dict[str, Json]:
        """Return the JSON form."""
        return {
            "header": write_data(self.header),
            "commit": write_data(self.commit),
            "validatorSet": write_data(self.validator_set),
        }

    @classmethod
    def from_json(cls, value: object, path: str) -> Self:
        """Read the JSON form.

        Raises:
            MemberError: A member is missing, unknown or has the wrong form.
        """
        members = Members(value, path, "header", "commit", "validatorSet")
        return cls(members.data("header"), members.data("commit"), members.data("validatorSet"))


@dataclass(frozen=True, slots=True)
class StorageNodes:
    """Trie nodes of one contract's storage."""

    address: Address20
    nodes: tuple[bytes, ...]

    def to_json(self) -> dict[str, Json]:
        """Return the JSON form."""
        return {"address": write_data(self.address), "nodes": _write_nodes(self.nodes)}

    @classmethod
    def from_json(cls, value: object, path: str) -> Self:
        """Read the JSON form.

        Raises:
            MemberError: A member is missing, unknown or has the wrong form.
        """
        members = Members(value, path, "address", "nodes")
        address = Address20(members.data("address", ADDRESS_SIZE))
        return cls(address, _read_nodes(members))


@dataclass(frozen=True, slots=True)
class Document:
    """An issuer-signed document with the disclosures that the holder shows.

    Attributes:
        jws: The exact compact JWS whose SHA-256 the ledger holds.
        disclosures: The disclosures shown, in the holder's order.
        key: SubjectPublicKeyInfo (DER) of the P-256 key that signed.
    """

    jws: str
    disclosures: tuple[str, ...]
    key: bytes

    def to_json(self) -> dict[str, Json]:
        """Return the JSON form."""
        return {
            "jws": self.jws,
            "disclosures": list(self.disclosures),
            "key": write_data(self.key),
        }

    @classmethod
    def from_json(cls, value: object, path: str) -> Self:
        """Read the JSON form.

        Raises:
            MemberError: A member is missing, unknown or has the wrong form.
        """
        members = Members(value, path, "jws", "disclosures", "key")
        disclosures = members.elements("disclosures", MAX_DISCLOSURES, read_text)
        return cls(members.text("jws"), disclosures, members.data("key"))


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything a verifier needs about one object.

    Attributes:
        domain: Whose object it is, such as "origin".
        object_id: Identifier of the object.
        seal: The newest sealed header.
        evm_header: RLP of the EVM header that the seal's app_hash names.
        changes: Earlier seals that lead over changes of validators, oldest first.
        state: Nodes of the state trie, sorted.
        storage: Nodes of the contracts' storage tries, sorted by address.
        records: The object's signed records, oldest first, as parsed JSON.
        document: The document, None where it is not shown.
    """

    domain: str
    object_id: Hash32
    seal: Seal
    evm_header: bytes
    changes: tuple[Seal, ...]
    state: tuple[bytes, ...]
    storage: tuple[StorageNodes, ...]
    records: tuple[Json, ...]
    document: Document | None

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a bundle.

        Raises:
            JsonFormError: The bytes are not canonical JSON of the demanded form.
            MemberError: A member is missing, unknown or has the wrong form.
        """
        members = Members(
            parse_canonical(data, MAX_BUNDLE_BYTES),
            "",
            "format",
            "object",
            "seal",
            "evmHeader",
            "validatorChanges",
            "state",
            "storage",
            "records",
            "document",
        )
        members.constant("format", FORMAT)
        thing = Members(members.value("object"), "object", "domain", "id")
        document = members.value("document")
        return cls(
            _read_domain(thing),
            Hash32(thing.data("id", HASH_SIZE)),
            Seal.from_json(members.value("seal"), "seal"),
            members.data("evmHeader"),
            members.elements("validatorChanges", MAX_CHANGES, Seal.from_json),
            _read_nodes(Members(members.value("state"), "state", "nodes")),
            _read_storage(members),
            members.elements("records", MAX_RECORDS, _read_record),
            None if document is None else Document.from_json(document, "document"),
        )

    def to_json(self) -> dict[str, Json]:
        """Return the JSON form."""
        return {
            "format": FORMAT,
            "object": {"domain": self.domain, "id": write_data(self.object_id)},
            "seal": self.seal.to_json(),
            "evmHeader": write_data(self.evm_header),
            "validatorChanges": [change.to_json() for change in self.changes],
            "state": {"nodes": _write_nodes(self.state)},
            "storage": [item.to_json() for item in self.storage],
            "records": list(self.records),
            "document": None if self.document is None else self.document.to_json(),
        }

    def to_bytes(self) -> bytes:
        """Return the file."""
        return write_canonical(self.to_json())


def sorted_nodes(nodes: set[bytes]) -> tuple[bytes, ...]:
    """Return trie nodes in the one order that a bundle may have: by their bytes."""
    return tuple(sorted(nodes))


def _read_domain(members: Members) -> str:
    domain = members.text("domain")
    if not 0 < len(domain) <= _MAX_DOMAIN or not (domain.isascii() and domain.isalpha()):
        raise MemberError("object.domain", "it must have 1 to 32 ASCII letters")
    return domain


def _read_nodes(members: Members) -> tuple[bytes, ...]:
    nodes = members.elements("nodes", MAX_NODES, read_data)
    if any(left >= right for left, right in pairwise(nodes)):
        raise MemberError(members.path("nodes"), "the nodes must be sorted, none twice")
    return nodes


def _write_nodes(nodes: tuple[bytes, ...]) -> list[Json]:
    return [write_data(node) for node in nodes]


def _read_storage(members: Members) -> tuple[StorageNodes, ...]:
    storage = members.elements("storage", MAX_CONTRACTS, StorageNodes.from_json)
    addresses = [item.address for item in storage]
    if any(left >= right for left, right in pairwise(addresses)):
        raise MemberError("storage", "the contracts must be sorted by address, none twice")
    return storage


def _read_record(value: object, path: str) -> Json:
    if not isinstance(value, dict):
        raise MemberError(path, "it must be a signed record")
    return cast("Json", value)
