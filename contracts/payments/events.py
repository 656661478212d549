"""Events of the payments contract; each follows the `Recorded` of its record."""

from dataclasses import dataclass
from typing import ClassVar, Final

from contracts.events import Event, Recorded, Refused
from contracts.records.fields import Bytes32, UInt8, UInt16, UInt64, UInt256


@dataclass(frozen=True, slots=True)
class AssessmentIssued(Event):
    """Customs stated what is due; the commitment is to the total."""

    NAME: ClassVar[str] = "AssessmentIssued"
    INDEXED: ClassVar[int] = 3
    declaration: Bytes32
    customs: Bytes32
    assessment: Bytes32
    sequence: UInt16
    amendment: UInt16
    kind: UInt8
    content: Bytes32
    commitment_x: UInt256
    commitment_y: UInt256
    paid_share: UInt16
    total_share: UInt16
    assessed_at: UInt64


@dataclass(frozen=True, slots=True)
class DeclarationAmended(Event):
    """A declaration was amended."""

    NAME: ClassVar[str] = "DeclarationAmended"
    INDEXED: ClassVar[int] = 2
    declaration: Bytes32
    customs: Bytes32
    amendment: UInt16
    amended_at: UInt64


@dataclass(frozen=True, slots=True)
class CreditNotified(Event):
    """A bank stated a credit, which is pending; the commitment is to its amount."""

    NAME: ClassVar[str] = "CreditNotified"
    INDEXED: ClassVar[int] = 3
    declaration: Bytes32
    bank: Bytes32
    notice: Bytes32
    credit: Bytes32
    assessment: Bytes32
    commitment_x: UInt256
    commitment_y: UInt256
    content: Bytes32
    credited_at: UInt64


@dataclass(frozen=True, slots=True)
class ReversalNotified(Event):
    """A bank takes a credit back; the status is the credit's new one."""

    NAME: ClassVar[str] = "ReversalNotified"
    INDEXED: ClassVar[int] = 3
    declaration: Bytes32
    bank: Bytes32
    notice: Bytes32
    status: UInt8
    content: Bytes32
    reversed_at: UInt64


@dataclass(frozen=True, slots=True)
class CreditDecided(Event):
    """Customs decided on a credit or its reversal; shares and commitment are the declaration's."""

    NAME: ClassVar[str] = "CreditDecided"
    INDEXED: ClassVar[int] = 3
    declaration: Bytes32
    customs: Bytes32
    notice: Bytes32
    kind: UInt8
    paid_share: UInt16
    total_share: UInt16
    commitment_x: UInt256
    commitment_y: UInt256
    reason: Bytes32
    decided_at: UInt64


@dataclass(frozen=True, slots=True)
class Refunded(Event):
    """Customs paid back or turned toward another declaration; `notice` is the record's digest."""

    NAME: ClassVar[str] = "Refunded"
    INDEXED: ClassVar[int] = 3
    declaration: Bytes32
    toward: Bytes32
    notice: Bytes32
    customs: Bytes32
    refund: Bytes32
    quantity_x: UInt256
    quantity_y: UInt256
    commitment_x: UInt256
    commitment_y: UInt256
    content: Bytes32
    refunded_at: UInt64


@dataclass(frozen=True, slots=True)
class GuaranteeGranted(Event):
    """A bank granted a guarantee."""

    NAME: ClassVar[str] = "GuaranteeGranted"
    INDEXED: ClassVar[int] = 3
    guarantee: Bytes32
    bank: Bytes32
    declaration: Bytes32
    number: Bytes32
    kind: UInt8
    limit_x: UInt256
    limit_y: UInt256
    content: Bytes32
    valid_from: UInt64
    valid_to: UInt64
    granted_at: UInt64


@dataclass(frozen=True, slots=True)
class GuaranteeChanged(Event):
    """A guarantee ends at another time."""

    NAME: ClassVar[str] = "GuaranteeChanged"
    INDEXED: ClassVar[int] = 2
    guarantee: Bytes32
    bank: Bytes32
    valid_to: UInt64
    changed_at: UInt64


@dataclass(frozen=True, slots=True)
class GuaranteeDrawn(Event):
    """A draw was asked for, which is pending."""

    NAME: ClassVar[str] = "GuaranteeDrawn"
    INDEXED: ClassVar[int] = 3
    guarantee: Bytes32
    declaration: Bytes32
    draw: Bytes32
    organisation: Bytes32
    assessment: Bytes32
    quantity_x: UInt256
    quantity_y: UInt256
    content: Bytes32
    drawn_at: UInt64


@dataclass(frozen=True, slots=True)
class DrawDecided(Event):
    """Customs decided on a draw; share and commitment are the guarantee's."""

    NAME: ClassVar[str] = "DrawDecided"
    INDEXED: ClassVar[int] = 3
    guarantee: Bytes32
    declaration: Bytes32
    draw: Bytes32
    customs: Bytes32
    kind: UInt8
    share: UInt16
    commitment_x: UInt256
    commitment_y: UInt256
    reason: Bytes32
    decided_at: UInt64


@dataclass(frozen=True, slots=True)
class CoverPosted(Event):
    """A draw covers its declaration, or no longer; the commitment is to all that covers it."""

    NAME: ClassVar[str] = "CoverPosted"
    INDEXED: ClassVar[int] = 3
    declaration: Bytes32
    customs: Bytes32
    draw: Bytes32
    kind: UInt8
    total_share: UInt16
    commitment_x: UInt256
    commitment_y: UInt256
    covered_at: UInt64


PAYMENTS_EVENTS: Final[tuple[type[Event], ...]] = (
    Recorded,
    Refused,
    AssessmentIssued,
    DeclarationAmended,
    CreditNotified,
    ReversalNotified,
    CreditDecided,
    Refunded,
    GuaranteeGranted,
    GuaranteeChanged,
    GuaranteeDrawn,
    DrawDecided,
    CoverPosted,
)
