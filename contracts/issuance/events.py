"""Events of the issuance contract; each follows the `Recorded` of its record."""

from dataclasses import dataclass
from typing import ClassVar, Final

from contracts.events import Event, Recorded, Refused
from contracts.records.fields import Bytes2, Bytes32, UInt8, UInt16, UInt64, UInt256


@dataclass(frozen=True, slots=True)
class ApplicationMade(Event):
    """An exporter applied for a certificate."""

    NAME: ClassVar[str] = "ApplicationMade"
    INDEXED: ClassVar[int] = 3
    application: Bytes32
    applicant: Bytes32
    authority: Bytes32
    document: Bytes32
    applied_at: UInt64


@dataclass(frozen=True, slots=True)
class ApplicationStepped(Event):
    """An application went further; the fields are those of `ApplicationStep`."""

    NAME: ClassVar[str] = "ApplicationStepped"
    INDEXED: ClassVar[int] = 3
    application: Bytes32
    organisation: Bytes32
    reference: Bytes32
    kind: UInt8
    document: Bytes32
    reason: Bytes32
    stated_at: UInt64


@dataclass(frozen=True, slots=True)
class ExporterAuthorised(Event):
    """A certified exporter is authorised, or its authorisation renewed."""

    NAME: ClassVar[str] = "ExporterAuthorised"
    INDEXED: ClassVar[int] = 3
    exporter: Bytes32
    organisation: Bytes32
    authority: Bytes32
    country: Bytes2
    goods: Bytes32
    valid_from: UInt64
    valid_to: UInt64
    authorised_at: UInt64


@dataclass(frozen=True, slots=True)
class ExporterWithdrawn(Event):
    """A certified exporter's authorisation is withdrawn."""

    NAME: ClassVar[str] = "ExporterWithdrawn"
    INDEXED: ClassVar[int] = 2
    exporter: Bytes32
    authority: Bytes32
    reason: Bytes32
    withdrawn_at: UInt64


@dataclass(frozen=True, slots=True)
class LineCertified(Event):
    """Part of an export line is certified for an item; share and commitment are the line's."""

    NAME: ClassVar[str] = "LineCertified"
    INDEXED: ClassVar[int] = 3
    line: Bytes32
    certificate: Bytes32
    customs: Bytes32
    item: UInt16
    share: UInt16
    commitment_x: UInt256
    commitment_y: UInt256
    quantity_x: UInt256
    quantity_y: UInt256
    certified_at: UInt64


@dataclass(frozen=True, slots=True)
class LineReleased(Event):
    """An item's part of an export line is free again; share and commitment are the line's."""

    NAME: ClassVar[str] = "LineReleased"
    INDEXED: ClassVar[int] = 3
    line: Bytes32
    certificate: Bytes32
    customs: Bytes32
    item: UInt16
    share: UInt16
    commitment_x: UInt256
    commitment_y: UInt256
    released_at: UInt64


ISSUANCE_EVENTS: Final[tuple[type[Event], ...]] = (
    Recorded,
    Refused,
    ApplicationMade,
    ApplicationStepped,
    ExporterAuthorised,
    ExporterWithdrawn,
    LineCertified,
    LineReleased,
)
