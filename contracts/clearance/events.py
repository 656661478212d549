"""Events of the clearance contract; `DrawResolved` follows no record."""

from dataclasses import dataclass
from typing import ClassVar, Final

from contracts.events import Event, Recorded, Refused
from contracts.records.fields import Bytes8, Bytes32, UInt8, UInt16, UInt32, UInt64, UInt256


@dataclass(frozen=True, slots=True)
class DeclarationRegistered(Event):
    """A declaration was registered; the rate is the one of its draw, in 1/1,000,000."""

    NAME: ClassVar[str] = "DeclarationRegistered"
    INDEXED: ClassVar[int] = 3
    declaration: Bytes32
    customs: Bytes32
    registration: Bytes32
    direction: UInt8
    procedure: Bytes8
    office: Bytes32
    rank: UInt8
    rate: UInt32
    content: Bytes32
    consignment: Bytes32
    transport: Bytes32
    certificates: UInt8
    facts: UInt8
    registered_at: UInt64


@dataclass(frozen=True, slots=True)
class AmendmentRegistered(Event):
    """An amendment was registered."""

    NAME: ClassVar[str] = "AmendmentRegistered"
    INDEXED: ClassVar[int] = 2
    declaration: Bytes32
    customs: Bytes32
    amendment: UInt16
    content: Bytes32
    certificates: UInt8
    facts: UInt8
    amended_at: UInt64


@dataclass(frozen=True, slots=True)
class ChannelDecided(Event):
    """A channel was decided."""

    NAME: ClassVar[str] = "ChannelDecided"
    INDEXED: ClassVar[int] = 2
    declaration: Bytes32
    customs: Bytes32
    amendment: UInt16
    channel: UInt8
    draw: UInt8
    decision: Bytes32
    decided_at: UInt64


@dataclass(frozen=True, slots=True)
class ClaimNamed(Event):
    """A claim on a certificate of origin was named."""

    NAME: ClassVar[str] = "ClaimNamed"
    INDEXED: ClassVar[int] = 3
    declaration: Bytes32
    certificate: Bytes32
    claim: Bytes32
    named_at: UInt64


@dataclass(frozen=True, slots=True)
class CheckReported(Event):
    """An officer reported a check."""

    NAME: ClassVar[str] = "CheckReported"
    INDEXED: ClassVar[int] = 3
    declaration: Bytes32
    customs: Bytes32
    officer: Bytes32
    amendment: UInt16
    kind: UInt8
    outcome: UInt8
    content: Bytes32
    checked_at: UInt64


@dataclass(frozen=True, slots=True)
class FactAwaited(Event):
    """A fact is awaited."""

    NAME: ClassVar[str] = "FactAwaited"
    INDEXED: ClassVar[int] = 3
    declaration: Bytes32
    fact: Bytes32
    agency: Bytes32
    kind: UInt8
    due_at: UInt64
    awaited_at: UInt64


@dataclass(frozen=True, slots=True)
class FactStated(Event):
    """An agency stated a fact."""

    NAME: ClassVar[str] = "FactStated"
    INDEXED: ClassVar[int] = 3
    declaration: Bytes32
    fact: Bytes32
    agency: Bytes32
    outcome: UInt8
    content: Bytes32
    stated_at: UInt64


@dataclass(frozen=True, slots=True)
class CargoStated(Event):
    """A port stated what happened to the goods."""

    NAME: ClassVar[str] = "CargoStated"
    INDEXED: ClassVar[int] = 2
    declaration: Bytes32
    port: Bytes32
    kind: UInt8
    content: Bytes32
    stated_at: UInt64


@dataclass(frozen=True, slots=True)
class EvidenceLinked(Event):
    """Evidence was linked."""

    NAME: ClassVar[str] = "EvidenceLinked"
    INDEXED: ClassVar[int] = 2
    declaration: Bytes32
    organisation: Bytes32
    kind: UInt8
    container: Bytes32
    content: Bytes32
    device: Bytes32
    operator: Bytes32
    taken_at: UInt64


@dataclass(frozen=True, slots=True)
class ClearanceGranted(Event):
    """Goods may go to storage, are released or cleared; it counts the overrides behind it."""

    NAME: ClassVar[str] = "ClearanceGranted"
    INDEXED: ClassVar[int] = 2
    declaration: Bytes32
    customs: Bytes32
    kind: UInt8
    amendment: UInt16
    overrides: UInt8
    granted_at: UInt64


@dataclass(frozen=True, slots=True)
class HoldPosted(Event):
    """A hold was placed or lifted, or goods were seized."""

    NAME: ClassVar[str] = "HoldPosted"
    INDEXED: ClassVar[int] = 2
    declaration: Bytes32
    customs: Bytes32
    kind: UInt8
    reason: Bytes32
    posted_at: UInt64


@dataclass(frozen=True, slots=True)
class DeclarationCancelled(Event):
    """A declaration was cancelled."""

    NAME: ClassVar[str] = "DeclarationCancelled"
    INDEXED: ClassVar[int] = 2
    declaration: Bytes32
    customs: Bytes32
    reason: Bytes32
    cancelled_at: UInt64


@dataclass(frozen=True, slots=True)
class OverrideAsked(Event):
    """An officer asks to depart from the rules."""

    NAME: ClassVar[str] = "OverrideAsked"
    INDEXED: ClassVar[int] = 3
    declaration: Bytes32
    customs: Bytes32
    officer: Bytes32
    amendment: UInt16
    kind: UInt8
    value: UInt8
    fact: Bytes32
    reason: Bytes32
    content: Bytes32
    asked_at: UInt64


@dataclass(frozen=True, slots=True)
class RatesAsked(Event):
    """Customs asks for other rates of inspection."""

    NAME: ClassVar[str] = "RatesAsked"
    INDEXED: ClassVar[int] = 2
    object: Bytes32
    customs: Bytes32
    rates: UInt256
    set_at: UInt64


@dataclass(frozen=True, slots=True)
class Approved(Event):
    """A second officer approved."""

    NAME: ClassVar[str] = "Approved"
    INDEXED: ClassVar[int] = 3
    object: Bytes32
    subject: Bytes32
    officer: Bytes32
    approver: Bytes32
    approved_at: UInt64


@dataclass(frozen=True, slots=True)
class DrawResolved(Event):
    """A draw is known: 1 spared, 2 drawn; the seed is zeros where none was given or needed."""

    NAME: ClassVar[str] = "DrawResolved"
    INDEXED: ClassVar[int] = 1
    declaration: Bytes32
    draw: UInt8
    seed: Bytes32


CLEARANCE_EVENTS: Final[tuple[type[Event], ...]] = (
    Recorded,
    Refused,
    DeclarationRegistered,
    AmendmentRegistered,
    ChannelDecided,
    ClaimNamed,
    CheckReported,
    FactAwaited,
    FactStated,
    CargoStated,
    EvidenceLinked,
    ClearanceGranted,
    HoldPosted,
    DeclarationCancelled,
    OverrideAsked,
    RatesAsked,
    Approved,
    DrawResolved,
)
"""What the contract logs."""
