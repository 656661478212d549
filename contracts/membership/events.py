"""Events of Membership."""

from dataclasses import dataclass
from typing import ClassVar, Final

from contracts.events import Address, Bool, Data, Event, Recorded, Refused
from contracts.records.fields import Bytes2, Bytes20, Bytes32, UInt8, UInt32, UInt64, UInt256


@dataclass(frozen=True, slots=True)
class OrganisationSet(Event):
    """An organisation was admitted or changed."""

    NAME: ClassVar[str] = "OrganisationSet"
    INDEXED: ClassVar[int] = 1
    organisation: Bytes32
    roles: UInt32
    country: Bytes2
    governing: Bool
    active: Bool


@dataclass(frozen=True, slots=True)
class KeySet(Event):
    """A key was bound to an organisation; `material` as in `KeyAdd`."""

    NAME: ClassVar[str] = "KeySet"
    INDEXED: ClassVar[int] = 2
    key: Bytes32
    organisation: Bytes32
    purposes: UInt32
    valid_from: UInt64
    valid_until: UInt64
    material: Data


@dataclass(frozen=True, slots=True)
class KeyRevoked(Event):
    """A key was revoked, or marked as compromised since a time (0: not marked)."""

    NAME: ClassVar[str] = "KeyRevoked"
    INDEXED: ClassVar[int] = 2
    key: Bytes32
    organisation: Bytes32
    revoked_at: UInt64
    compromised_since: UInt64


@dataclass(frozen=True, slots=True)
class ValidatorSet(Event):
    """A validator, run by an organisation, got this power; 0 removes it."""

    NAME: ClassVar[str] = "ValidatorSet"
    INDEXED: ClassVar[int] = 2
    public_key: Bytes32
    organisation: Bytes32
    power: UInt64


@dataclass(frozen=True, slots=True)
class MisbehaviourReported(Event):
    """A governing organisation's node saw a validator misbehave.

    Attributes:
        object: `contracts.membership.misbehaviour.misbehaviour_id`.
        organisation: Who reports.
        kind: A `Misbehaviour`.
        validator: The validator's CometBFT address.
        height: CometBFT height of the misbehaviour.
        time: Its header's time in seconds.
        total_power: Power of all validators there.
        reports: How many organisations have reported it, this one included.
    """

    NAME: ClassVar[str] = "MisbehaviourReported"
    INDEXED: ClassVar[int] = 2
    object: Bytes32
    organisation: Bytes32
    kind: UInt8
    validator: Bytes20
    height: UInt64
    time: UInt64
    total_power: UInt64
    reports: UInt256


@dataclass(frozen=True, slots=True)
class ContractSet(Event):
    """A contract speaks for a domain from a block on."""

    NAME: ClassVar[str] = "ContractSet"
    INDEXED: ClassVar[int] = 2
    domain: Bytes32
    contract: Address
    code_hash: Bytes32
    from_block: UInt256
    index: UInt256


@dataclass(frozen=True, slots=True)
class IdentifierKeySet(Event):
    """An organisation, or the consortium (zero), committed to an identifier key."""

    NAME: ClassVar[str] = "IdentifierKeySet"
    INDEXED: ClassVar[int] = 2
    organisation: Bytes32
    name: Bytes32
    commitment: Bytes32


@dataclass(frozen=True, slots=True)
class Decided(Event):
    """More than two thirds of the governing organisations decided a proposal."""

    NAME: ClassVar[str] = "Decided"
    INDEXED: ClassVar[int] = 2
    sequence: UInt64
    digest: Bytes32
    votes: UInt256
    action: Data


MEMBERSHIP_EVENTS: Final[tuple[type[Event], ...]] = (
    Recorded,
    Refused,
    OrganisationSet,
    KeySet,
    KeyRevoked,
    ValidatorSet,
    MisbehaviourReported,
    ContractSet,
    IdentifierKeySet,
    Decided,
)
