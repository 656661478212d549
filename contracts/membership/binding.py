"""Membership as Python sees it: typed reads, and calls for what it accepts."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from contracts.abi import (
    array,
    compose,
    dynamic_bytes,
    pairs,
    record_part,
    record_tuple,
    selector,
    words,
)
from contracts.calls import Call
from contracts.events import Event
from contracts.ledger import BlockTag
from contracts.membership.events import MEMBERSHIP_EVENTS
from contracts.membership.keys import address_key_id, domain_word
from contracts.membership.records import (
    GOVERNANCE,
    IdentifierKeyCommit,
    KeyAdd,
    KeyRevoke,
    KeyRotate,
    MisbehaviourReport,
    Proposal,
)
from contracts.membership.state import Key, Organisation, Validator, Version
from contracts.records.binding import RecordBookContract
from contracts.records.record import Record

_DECIDE_GAS: Final = 600_000
_VOTE_GAS: Final = 25_000
_INSTALL_GAS: Final = 1_200_000
_CODE_BYTE_GAS: Final = 320


class MembershipContract(RecordBookContract):
    """The Membership contract; proposals go through `decide` and `install`."""

    FUNCTIONS: ClassVar[Mapping[type[Record], tuple[str, int]]] = {
        KeyAdd: ("addKey", 400_000),
        KeyRotate: ("rotateKey", 450_000),
        KeyRevoke: ("revokeKey", 250_000),
        IdentifierKeyCommit: ("commitIdentifierKey", 250_000),
        MisbehaviourReport: ("reportMisbehaviour", 300_000),
    }
    EVENTS: ClassVar[tuple[type[Event], ...]] = MEMBERSHIP_EVENTS

    # Writes

    def decide(self, proposal: Proposal, signatures: Sequence[bytes]) -> Call:
        """Return the call that carries out a proposal.

        Args:
            proposal: What was voted on.
            signatures: One admin key's signature per organisation, in ascending
                order of the organisations' identifiers.
        """
        signature = f"decide({record_tuple(Proposal)},bytes[])"
        votes = array([dynamic_bytes(vote) for vote in signatures])
        data = selector(signature) + compose([record_part(proposal), votes])
        return Call(self.address, data, _DECIDE_GAS + _VOTE_GAS * len(signatures))

    def install(self, proposal: Proposal, signatures: Sequence[bytes], init_code: bytes) -> Call:
        """Return the call that creates a contract as a proposal decides.

        Args:
            proposal: Its action comes from `governance.install_contract`.
            signatures: As in `decide`.
            init_code: The code whose hash the action names.
        """
        signature = f"install({record_tuple(Proposal)},bytes[],bytes)"
        votes = array([dynamic_bytes(vote) for vote in signatures])
        parts = [record_part(proposal), votes, dynamic_bytes(init_code)]
        gas = _INSTALL_GAS + _VOTE_GAS * len(signatures) + _CODE_BYTE_GAS * len(init_code)
        return Call(self.address, selector(signature) + compose(parts), gas)

    # Reads

    def organisation(self, organisation: bytes, block: BlockTag = "latest") -> Organisation | None:
        """Return an organisation, or None when it was never admitted."""
        (value,) = self._integers("organisationWord(bytes32)", 1, block, organisation)
        return Organisation.from_word(organisation, value)

    def key(self, key_id: bytes, block: BlockTag = "latest") -> Key | None:
        """Return a key, or None when it was never bound."""
        owner, state = words(self._read("keyWords(bytes32)", block, key_id), 2, "keyWords")
        return Key.from_words(key_id, owner, int.from_bytes(state, "big"))

    def validators(self, block: BlockTag = "latest") -> tuple[Validator, ...]:
        """Return who validates."""
        answer = pairs(self._read("validators()", block), "validators")
        return tuple(Validator(public_key, power) for public_key, power in answer)

    def validator_organisation(self, address: bytes, block: BlockTag = "latest") -> bytes | None:
        """Return who runs or ran the validator of a CometBFT address; None for a stranger."""
        answer = self._read("validatorOrganisation(bytes20)", block, address.ljust(32, b"\0"))
        (organisation,) = words(answer, 1, "validatorOrganisation")
        return organisation if organisation != bytes(32) else None

    def has_reported(
        self, misbehaviour: bytes, organisation: bytes, block: BlockTag = "latest"
    ) -> bool:
        """Say whether an organisation reported a misbehaviour."""
        signature = "hasReported(bytes32,bytes32)"
        (reported,) = self._integers(signature, 1, block, misbehaviour, organisation)
        return reported == 1

    def versions(self, domain: str, block: BlockTag = "latest") -> tuple[Version, ...]:
        """Return every contract that speaks or spoke for a domain, oldest first."""
        name = domain_word(domain)
        (count,) = self._integers("versionCount(bytes32)", 1, block, name)
        found = (self._version(name, index, block) for index in range(count))
        return tuple(version for version in found if version is not None)

    def contract_of(self, domain: str, block: BlockTag = "latest") -> bytes | None:
        """Return the address that speaks for a domain in the given block, or None.

        "latest" asks who will speak in the next block.
        """
        number = self.ledger.block_number() + 1 if block == "latest" else block
        spoken = [v for v in self.versions(domain, block) if v.from_block <= number]
        return spoken[-1].contract if spoken else None

    def may_send(self, address: bytes, block: BlockTag = "latest") -> bool:
        """Say whether an account may carry transactions."""
        return self.sender(address, block) is not None

    def sender(self, address: bytes, block: BlockTag = "latest") -> bytes | None:
        """Return the organisation for which an account may carry transactions, or None."""
        answer = self._read("maySend(address)", block, address_key_id(address))
        (organisation,) = words(answer, 1, "maySend")
        return organisation if organisation != bytes(32) else None

    def may_call(self, address: bytes, block: BlockTag = "latest") -> bool:
        """Say whether a transaction may be sent to an address."""
        (allowed,) = self._integers("mayCall(address)", 1, block, address_key_id(address))
        return allowed == 1

    def identifier_key(
        self, organisation: bytes, name: str, block: BlockTag = "latest"
    ) -> bytes | None:
        """Return the commitment to an identifier key; zero organisation: the consortium's."""
        answer = self._read(
            "identifierKeys(bytes32,bytes32)", block, organisation, domain_word(name)
        )
        (commitment,) = words(answer, 1, "identifierKeys")
        return commitment if commitment != bytes(32) else None

    def governing_count(self, block: BlockTag = "latest") -> int:
        """Return how many organisations vote."""
        (count,) = self._integers("governingCount()", 1, block)
        return count

    def governance_sequence(self, block: BlockTag = "latest") -> int:
        """Return the sequence that the next proposal must have."""
        return self.object_head(GOVERNANCE, block).count

    def _version(self, name: bytes, index: int, block: BlockTag) -> Version | None:
        answer = self._read("versionWords(bytes32,uint256)", block, name, index)
        place, code_hash = words(answer, 2, "versionWords")
        return Version.from_words(int.from_bytes(place, "big"), code_hash)
