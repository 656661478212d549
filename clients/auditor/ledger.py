"""Steps 5 and 6: Membership, and which contract speaks for a domain."""

from dataclasses import dataclass

from chain.proofs.errors import MissingNodeError
from chain.proofs.evm import EvmHeader
from chain.proofs.trie import StateWitness
from clients.auditor.errors import BrokenLinkError, UndeterminedError
from contracts.bundles import Bundle, Trust
from contracts.bundles.slots import MembershipSlots
from contracts.membership.state import Key, Organisation, Version

MAX_VERSIONS = 1_000
"""Far above the number of upgrades of any domain; bounds the work."""


class ProvedState:
    """The state at the seal's block, as far as the bundle proves it.

    Each read either is proved, or raises: `UndeterminedError` where the bundle
    lacks the nodes, `ProofError` where they are wrong.
    """

    __slots__ = ("_keys", "_organisations", "_slots", "_witness", "header", "membership")

    def __init__(self, bundle: Bundle, trust: Trust, header: EvmHeader) -> None:
        self.header = header
        self.membership = trust.membership
        self._slots = MembershipSlots(trust.layout)
        self._keys: dict[bytes, Key | None] = {}
        self._organisations: dict[bytes, Organisation | None] = {}
        self._witness = StateWitness(header.state_root, bundle.state)
        for storage in bundle.storage:
            with_account = f"the account of contract 0x{storage.address.hex()}"
            try:
                self._witness.add_storage(storage.address, storage.nodes)
            except MissingNodeError as exc:
                raise _missing(with_account) from exc

    def code_hash(self, address: bytes, what: str) -> bytes:
        """Return the code hash of an account that must exist."""
        try:
            account = self._witness.account(address)
        except MissingNodeError as exc:
            raise _missing(f"the account of {what}, 0x{address.hex()}") from exc
        if account is None:
            raise BrokenLinkError(f"there is no account of {what} at 0x{address.hex()}")
        return account.code_hash

    def read(self, address: bytes, slot: int, what: str) -> int:
        """Return what a contract stores in a slot.

        Args:
            address: The contract.
            slot: Number of the slot.
            what: Name of what is read, for messages.
        """
        try:
            return self._witness.slot(address, slot.to_bytes(32, "big"))
        except MissingNodeError as exc:
            raise _missing(what) from exc

    def key(self, key_id: bytes) -> Key | None:
        """Return a key of Membership, None where there is none."""
        if key_id not in self._keys:
            owner, state = self._slots.key(key_id)
            what = f"Membership's entry of key 0x{key_id.hex()}"
            organisation = self.read(self.membership, owner, what).to_bytes(32, "big")
            word = self.read(self.membership, state, what)
            self._keys[key_id] = Key.from_words(key_id, organisation, word)
        return self._keys[key_id]

    def organisation(self, identifier: bytes) -> Organisation | None:
        """Return an organisation of Membership, None where there is none."""
        if identifier not in self._organisations:
            what = f"Membership's entry of organisation 0x{identifier.hex()}"
            word = self.read(self.membership, self._slots.organisation(identifier), what)
            self._organisations[identifier] = Organisation.from_word(identifier, word)
        return self._organisations[identifier]

    def versions(self, domain: str) -> list[Version]:
        """Return every contract that speaks or spoke for a domain, oldest first."""
        what = f"the registry of domain {domain}"
        count = self.read(self.membership, self._slots.version_count(domain), what)
        if count > MAX_VERSIONS:
            raise BrokenLinkError(f"{what} has {count} versions, at most {MAX_VERSIONS} are read")
        versions: list[Version] = []
        for index in range(count):
            place, code_hash = self._slots.version(domain, index)
            version = Version.from_words(
                self.read(self.membership, place, what),
                self.read(self.membership, code_hash, what).to_bytes(32, "big"),
            )
            if version is None:
                raise BrokenLinkError(f"{what} has no version {index}, though it counts {count}")
            versions.append(version)
        return versions


@dataclass(frozen=True, slots=True)
class Registry:
    """Which contracts speak and spoke for a domain, at the seal's block.

    Attributes:
        domain: The domain.
        versions: All that had begun by the seal's block, oldest first.
    """

    domain: str
    versions: tuple[Version, ...]

    def speaker_at(self, block: int) -> Version | None:
        """Return the version that spoke in a block, None before the first."""
        begun = [version for version in self.versions if version.from_block <= block]
        return begun[-1] if begun else None


def verify_membership(bundle: Bundle, trust: Trust, header: EvmHeader) -> ProvedState:
    """Verify that the trusted Membership contract stands at its address; return the state.

    Steps:
        (1) The bundle's trie nodes hang together from the header's state root.
        (2) The account at the trusted address has the trusted code.

    Raises:
        BrokenLinkError: There is no account, or it has another code.
        UndeterminedError: The bundle lacks an account whose storage it shows.
        ProofError: A node is wrong, or refers to nothing.
    """
    # Step 1
    state = ProvedState(bundle, trust, header)
    # Step 2
    code_hash = state.code_hash(trust.membership, "Membership")
    if code_hash != trust.membership_code_hash:
        raise BrokenLinkError(
            f"Membership has code {code_hash.hex()}, trusted is {trust.membership_code_hash.hex()}"
        )
    return state


def verify_registry(state: ProvedState, domain: str) -> Registry:
    """Verify which contracts speak and spoke for a domain, by Membership's word.

    Steps:
        (1) Membership's registry is proved whole, in order of the first blocks.
        (2) One contract speaks at the seal's block.
        (3) It has the code that the registry names.

    Raises:
        BrokenLinkError: A step fails.
        UndeterminedError: The bundle lacks a part of the registry.
        ProofError: A proof is wrong.
    """
    # Step 1
    versions = state.versions(domain)
    starts = [version.from_block for version in versions]
    if starts != sorted(starts):
        raise BrokenLinkError(f"the registry of domain {domain} is not in order")
    # Step 2
    begun = tuple(item for item in versions if item.from_block <= state.header.number)
    if not begun:
        raise BrokenLinkError(f"no contract speaks for domain {domain}")
    # Step 3
    require_code(state, begun[-1], domain)
    return Registry(domain, begun)


def require_code(state: ProvedState, version: Version, domain: str) -> None:
    """Demand that a contract has the code that the registry names.

    Raises:
        BrokenLinkError: It has another.
        UndeterminedError: The bundle lacks its account.
    """
    code_hash = state.code_hash(version.contract, f"the contract of {domain}")
    if code_hash != version.code_hash:
        raise BrokenLinkError(
            f"the contract of {domain} has code {code_hash.hex()}, "
            f"the registry names {version.code_hash.hex()}"
        )


def _missing(what: str) -> UndeterminedError:
    return UndeterminedError(f"the bundle lacks the proof of {what}; ask for a complete bundle")
