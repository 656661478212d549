"""What organisations sign about themselves and about the network.

An organisation's own acts have its identifier as object and its history's length as
sequence; a proposal has the governance object and that object's length.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

from contracts.records.fields import Bytes20, Bytes32, DynamicBytes, UInt8, UInt32, UInt64
from contracts.records.record import Record

DOMAIN: Final = "membership"
GOVERNANCE: Final = b"governance".ljust(32, b"\0")
MATERIAL_LIMIT: Final = 2048
ACTION_LIMIT: Final = 4096


@dataclass(frozen=True, slots=True)
class KeyAdd(Record):
    """An organisation's admin key adds a key.

    Attributes:
        sequence: Number of records in the organisation's history.
        key: Key id (`contracts.membership.keys`).
        purposes: Bit mask of `KeyPurpose`.
        valid_from: First block time of validity, seconds; 0 means at once.
        valid_until: First block time after it; `NO_END` for none.
        material: The public key whose SHA-256 is the key id, or, for a secp256k1
            key, its own signature over `KeyPossession`.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "KeyAdd"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    sequence: UInt64
    key: Bytes32
    purposes: UInt32
    valid_from: UInt64
    valid_until: UInt64
    material: Annotated[bytes, DynamicBytes(MATERIAL_LIMIT)]
    expires: UInt64


@dataclass(frozen=True, slots=True)
class KeyRotate(Record):
    """An organisation's admin key replaces a key by a new one of the same purposes.

    Attributes:
        sequence: Number of records in the organisation's history.
        key: Key id that is revoked.
        successor: Key id that takes its place, at once.
        valid_until: First block time after the successor's validity; `NO_END` for none.
        material: As in `KeyAdd`, of the successor.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "KeyRotate"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    sequence: UInt64
    key: Bytes32
    successor: Bytes32
    valid_until: UInt64
    material: Annotated[bytes, DynamicBytes(MATERIAL_LIMIT)]
    expires: UInt64


@dataclass(frozen=True, slots=True)
class KeyRevoke(Record):
    """An organisation's admin key revokes a key at once.

    Attributes:
        sequence: Number of records in the organisation's history.
        key: Key id.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "KeyRevoke"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    sequence: UInt64
    key: Bytes32
    expires: UInt64


@dataclass(frozen=True, slots=True)
class IdentifierKeyCommit(Record):
    """An organisation commits, once per name, to one of its identifier keys.

    Attributes:
        sequence: Number of records in the organisation's history.
        name: ASCII name padded on the right, such as "certificates-2026".
        commitment: SHA-256 over the key (`contracts.origin.identifiers`).
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "IdentifierKeyCommit"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    sequence: UInt64
    name: Bytes32
    commitment: Bytes32
    expires: UInt64


@dataclass(frozen=True, slots=True)
class MisbehaviourReport(Record):
    """A governing organisation's node saw a validator misbehave; a CARRY key signs.

    Attributes:
        object: `contracts.membership.misbehaviour.misbehaviour_id`.
        organisation: Who reports, so that no two organisations' reports are one record.
        kind: A `Misbehaviour`.
        validator: The validator's CometBFT address.
        height: CometBFT height of the misbehaviour.
        time: Its header's time in seconds.
        total_power: Power of all validators there.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "MisbehaviourReport"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    organisation: Bytes32
    kind: UInt8
    validator: Bytes20
    height: UInt64
    time: UInt64
    total_power: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class Proposal(Record):
    """What governing organisations vote on: one call of a governance function.

    Attributes:
        sequence: Number of proposals decided so far.
        action: Calldata of the function (`contracts.membership.governance`).
        expires: Last block time at which the votes are counted.
    """

    TYPE_NAME: ClassVar[str] = "Proposal"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    sequence: UInt64
    action: Annotated[bytes, DynamicBytes(ACTION_LIMIT)]
    expires: UInt64


@dataclass(frozen=True, slots=True)
class KeyPossession(Record):
    """A new secp256k1 key says that it belongs to the organisation in `object`.

    It travels as `material` of the record that adds the key, so that nobody can
    bind a key that he does not hold.

    Attributes:
        key: Key id of the signing key.
        expires: Equal to the `expires` of the record that adds the key.
    """

    TYPE_NAME: ClassVar[str] = "KeyPossession"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    key: Bytes32
    expires: UInt64


MEMBERSHIP_RECORDS: Final[tuple[type[Record], ...]] = (
    KeyAdd,
    KeyRotate,
    KeyRevoke,
    IdentifierKeyCommit,
    MisbehaviourReport,
    Proposal,
)
