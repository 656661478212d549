"""What is signed about a declaration on its way to clearance.

The object of a record is the declaration: the keyed hash of its number that begins with the
two letters of its country, as in the records of payments. Customs of that country signs
unless a record says otherwise. Times without "expires" are event times as the signer claims
them, in seconds since 1970 UTC. Where a field names nothing, it holds zeros.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import ClassVar, Final

from contracts.records.fields import Bytes8, Bytes20, Bytes32, UInt8, UInt16, UInt64, UInt256
from contracts.records.record import Record

DOMAIN: Final = "clearance"


class Direction(IntEnum):
    """Which way the goods go."""

    IMPORT = 1
    EXPORT = 2


class Channel(IntEnum):
    """How strictly a declaration is checked: not, its documents, or its goods too."""

    GREEN = 1
    YELLOW = 2
    RED = 3


class CheckKind(IntEnum):
    """What an officer checked."""

    DOCUMENTS = 1
    INSPECTION = 2


class CheckOutcome(IntEnum):
    """What a check found."""

    CONSISTENT = 1
    FINDING = 2


class FactKind(IntEnum):
    """What a fact is about; release need not wait for the last three (Customs Law, Art. 36)."""

    PERMIT = 1
    SPECIALISED = 2
    LABORATORY = 3
    VALUATION = 4
    CLASSIFICATION = 5


class FactOutcome(IntEnum):
    """What an agency states of a fact."""

    PASSED = 1
    FAILED = 2


class CargoEvent(IntFlag):
    """What happened to the goods in the supervised area."""

    ARRIVED = 1
    UNLOADED = 2
    EXITED = 4


class GrantKind(IntEnum):
    """What customs grants: bring to storage, release, clear."""

    STORE = 3
    RELEASE = 4
    CLEAR = 5


class HoldKind(IntEnum):
    """What a `HoldPost` does."""

    PLACE = 1
    LIFT = 2
    SEIZE = 3


class OverrideKind(IntEnum):
    """What an override replaces: the channel, an awaited fact, a check's finding."""

    CHANNEL = 1
    FACT = 2
    CHECK = 3


class EvidenceKind(IntEnum):
    """What a piece of evidence was made by."""

    SCANNER = 1
    CAMERA = 2
    SCALE = 3
    LABORATORY = 4


@dataclass(frozen=True, slots=True)
class RatesSet(Record):
    """Customs asks for other rates at which declarations of each risk rank are drawn.

    They hold for declarations registered after another key of customs approved. The object
    is `contracts.clearance.identifiers.rates_id` of the country.

    Attributes:
        rates: 1/1,000,000 for each rank, 24 bits each, rank 1 in the lowest.
        set_at: When it was asked for.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "RatesSet"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    rates: UInt256
    set_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class DeclarationRegister(Record):
    """Customs registers a declaration: the tax point, and the round of its draw.

    Attributes:
        direction: A `Direction`.
        procedure: Code of the customs procedure, ASCII.
        office: Code of the customs office, ASCII.
        rank: Risk rank of the declarant, 1 to 9, fixed before anybody knows the draw.
        content: Salted SHA-256 of the declaration.
        consignment: Keyed hash of its UCR.
        transport: Keyed hash of its transport document.
        certificates: How many certificate claims it rests on.
        facts: How many facts of agencies it must await.
        registered_at: When it was registered.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "DeclarationRegister"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    direction: UInt8
    procedure: Bytes8
    office: Bytes32
    rank: UInt8
    content: Bytes32
    consignment: Bytes32
    transport: Bytes32
    certificates: UInt8
    facts: UInt8
    registered_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class AmendmentRegister(Record):
    """Customs registers an amendment: claims are named, and the channel decided, anew.

    Attributes:
        amendment: The amendment count: one more than before.
        content: Salted SHA-256 of the declaration as amended.
        certificates: How many certificate claims it rests on now.
        facts: How many facts it must await in all, no fewer than before.
        amended_at: When it was registered.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "AmendmentRegister"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    amendment: UInt16
    content: Bytes32
    certificates: UInt8
    facts: UInt8
    amended_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class ChannelDecide(Record):
    """Customs decides the channel; one milder than the draw is refused.

    Attributes:
        amendment: The amendment count that it decides on.
        channel: A `Channel`, never milder than one decided before.
        decision: SHA-256 of the decision document, which names the salted content.
        decided_at: When it was decided.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "ChannelDecide"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    amendment: UInt16
    channel: UInt8
    decision: Bytes32
    decided_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class ClaimName(Record):
    """Customs names a claim on a certificate of origin that the declaration rests on.

    Attributes:
        certificate: The certificate's identifier.
        claim: Digest of its `CertificateClaim`, which names this declaration; the five
            fields that follow are what that record says, so that the contract can tell.
        origin: The origin contract that the claim was signed for.
        item: The claimed item.
        commitment_x: Commitment to the claimed quantity, x.
        commitment_y: The same point's y.
        claimed_at: When the claim was made.
        claim_expires: Last block time at which the claim's record was accepted.
        named_at: When it was named.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "ClaimName"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    certificate: Bytes32
    claim: Bytes32
    origin: Bytes20
    item: UInt16
    commitment_x: UInt256
    commitment_y: UInt256
    claimed_at: UInt64
    claim_expires: UInt64
    named_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class CheckReport(Record):
    """An officer reports what a check of documents or goods found.

    Attributes:
        amendment: The amendment count that was checked.
        kind: A `CheckKind`.
        outcome: A `CheckOutcome`.
        content: Salted SHA-256 of the report.
        checked_at: When the check ended.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "CheckReport"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    amendment: UInt16
    kind: UInt8
    outcome: UInt8
    content: Bytes32
    checked_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class FactAwait(Record):
    """Customs names a fact that clearance waits for, and who is to state it.

    Attributes:
        fact: Identifier of the fact, of this declaration once.
        kind: A `FactKind`.
        agency: Organisation that states it.
        due_at: When it is to be stated.
        awaited_at: When it was asked for.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "FactAwait"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    fact: Bytes32
    kind: UInt8
    agency: Bytes32
    due_at: UInt64
    awaited_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class FactState(Record):
    """The agency that is asked states a fact, or states it anew.

    Attributes:
        fact: Identifier of the awaited fact.
        outcome: A `FactOutcome`.
        content: Salted SHA-256 of the agency's document.
        stated_at: When it was stated.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "FactState"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    fact: Bytes32
    outcome: UInt8
    content: Bytes32
    stated_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class CargoState(Record):
    """A port or warehouse of the country states what happened to the goods.

    Attributes:
        kind: A `CargoEvent`; each happens once, and the exit only where goods may leave.
        content: Salted SHA-256 of its message.
        stated_at: When it happened.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "CargoState"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    kind: UInt8
    content: Bytes32
    stated_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class ClearanceGrant(Record):
    """Customs lets goods go to storage, releases or clears them.

    Attributes:
        kind: A `GrantKind`.
        amendment: The amendment count that it rests on.
        granted_at: When it was granted.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "ClearanceGrant"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    kind: UInt8
    amendment: UInt16
    granted_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class HoldPost(Record):
    """Customs places a hold, lifts it, or seizes the goods.

    Attributes:
        kind: A `HoldKind`.
        reason: ASCII code of the reason; holds of one reason do not add up.
        posted_at: When it was decided.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "HoldPost"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    kind: UInt8
    reason: Bytes32
    posted_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class DeclarationCancel(Record):
    """Customs cancels a declaration whose goods have not left.

    Attributes:
        reason: ASCII code of the reason.
        cancelled_at: When it was cancelled.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "DeclarationCancel"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    reason: Bytes32
    cancelled_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class OverrideAsk(Record):
    """An officer asks to depart from what the rules say; a second one must approve.

    Attributes:
        amendment: The amendment count that it is about.
        kind: An `OverrideKind`.
        value: The milder `Channel`, or the `CheckKind` whose finding is set aside.
        fact: The fact that is waived.
        reason: ASCII code of the reason.
        content: Salted SHA-256 of the officer's statement.
        asked_at: When it was asked for.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "OverrideAsk"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    amendment: UInt16
    kind: UInt8
    value: UInt8
    fact: Bytes32
    reason: Bytes32
    content: Bytes32
    asked_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class Approval(Record):
    """Another key of the same customs approves what was asked for; it holds now.

    Attributes:
        subject: Digest of the `OverrideAsk` or `RatesSet`.
        approved_at: When it was approved.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "Approval"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    subject: Bytes32
    approved_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class EvidenceLink(Record):
    """Customs, a port or an agency of the country links evidence to a declaration.

    Attributes:
        kind: An `EvidenceKind`.
        container: Number of the container, ASCII.
        content: SHA-256 of the image, weight ticket or laboratory sheet.
        device: Identifier of the device.
        operator: Keyed hash of who operated it.
        taken_at: When it was taken.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "EvidenceLink"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    kind: UInt8
    container: Bytes32
    content: Bytes32
    device: Bytes32
    operator: Bytes32
    taken_at: UInt64
    expires: UInt64


CLEARANCE_RECORDS: Final[tuple[type[Record], ...]] = (
    RatesSet,
    DeclarationRegister,
    AmendmentRegister,
    ChannelDecide,
    ClaimName,
    CheckReport,
    FactAwait,
    FactState,
    CargoState,
    ClearanceGrant,
    HoldPost,
    DeclarationCancel,
    OverrideAsk,
    Approval,
    EvidenceLink,
)
"""Every record type of this domain."""
