"""Events of the origin contract; each follows the `Recorded` of its record."""

from dataclasses import dataclass
from typing import ClassVar, Final

from contracts.events import Event, Recorded, Refused
from contracts.records.fields import Bytes2, Bytes32, UInt16, UInt64, UInt256


@dataclass(frozen=True, slots=True)
class CertificateIssued(Event):
    """A certificate is in force; the fields are those of `CertificateIssue`."""

    NAME: ClassVar[str] = "CertificateIssued"
    INDEXED: ClassVar[int] = 3
    certificate: Bytes32
    issuer: Bytes32
    consignment: Bytes32
    document: Bytes32
    document_key: Bytes32
    issuing_country: Bytes2
    importing_country: Bytes2
    items: UInt16
    issued_at: UInt64
    expires_at: UInt64


@dataclass(frozen=True, slots=True)
class ClaimMade(Event):
    """A claim is pending."""

    NAME: ClassVar[str] = "ClaimMade"
    INDEXED: ClassVar[int] = 3
    certificate: Bytes32
    claim: Bytes32
    declarant: Bytes32
    item: UInt16
    declaration: Bytes32
    commitment_x: UInt256
    commitment_y: UInt256
    claimed_at: UInt64


@dataclass(frozen=True, slots=True)
class ClaimAccepted(Event):
    """A claim was drawn; share and commitment are the item's new ones."""

    NAME: ClassVar[str] = "ClaimAccepted"
    INDEXED: ClassVar[int] = 3
    certificate: Bytes32
    claim: Bytes32
    customs: Bytes32
    item: UInt16
    share: UInt16
    commitment_x: UInt256
    commitment_y: UInt256
    accepted_at: UInt64


@dataclass(frozen=True, slots=True)
class ClaimRejected(Event):
    """A claim was rejected; share and commitment are the item's, restored if drawn."""

    NAME: ClassVar[str] = "ClaimRejected"
    INDEXED: ClassVar[int] = 3
    certificate: Bytes32
    claim: Bytes32
    customs: Bytes32
    item: UInt16
    share: UInt16
    commitment_x: UInt256
    commitment_y: UInt256
    reason: Bytes32
    rejected_at: UInt64


@dataclass(frozen=True, slots=True)
class CertificateCancelled(Event):
    """A certificate is out of force."""

    NAME: ClassVar[str] = "CertificateCancelled"
    INDEXED: ClassVar[int] = 2
    certificate: Bytes32
    issuer: Bytes32
    reason: Bytes32
    cancelled_at: UInt64


ORIGIN_EVENTS: Final[tuple[type[Event], ...]] = (
    Recorded,
    Refused,
    CertificateIssued,
    ClaimMade,
    ClaimAccepted,
    ClaimRejected,
    CertificateCancelled,
)
