"""Events of the origin contract; each follows the `Recorded` of its record."""

from dataclasses import dataclass
from typing import ClassVar, Final

from contracts.events import Event, Recorded, Refused
from contracts.records.fields import Bytes2, Bytes8, Bytes32, UInt8, UInt16, UInt64, UInt256


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
    form: Bytes8
    issuing_country: Bytes2
    importing_country: Bytes2
    items: UInt16
    application: Bytes32
    authorisation: Bytes32
    parent: Bytes32
    supersedes: Bytes32
    issued_at: UInt64
    expires_at: UInt64


@dataclass(frozen=True, slots=True)
class CertificateMessaged(Event):
    """One administration told the other; `exchange` is the certificate's state after it."""

    NAME: ClassVar[str] = "CertificateMessaged"
    INDEXED: ClassVar[int] = 3
    certificate: Bytes32
    reference: Bytes32
    organisation: Bytes32
    kind: UInt8
    exchange: UInt8
    document: Bytes32
    reason: Bytes32
    sent_at: UInt64


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
class ClaimDoubted(Event):
    """The verification of a claim began."""

    NAME: ClassVar[str] = "ClaimDoubted"
    INDEXED: ClassVar[int] = 3
    certificate: Bytes32
    claim: Bytes32
    customs: Bytes32
    reason: Bytes32
    document: Bytes32
    reply_by: UInt64
    conclude_by: UInt64
    doubted_at: UInt64


@dataclass(frozen=True, slots=True)
class VerificationStepped(Event):
    """A verification went further; `verification` is the claim's state after it."""

    NAME: ClassVar[str] = "VerificationStepped"
    INDEXED: ClassVar[int] = 3
    certificate: Bytes32
    claim: Bytes32
    organisation: Bytes32
    kind: UInt8
    verification: UInt8
    document: Bytes32
    reply_by: UInt64
    stated_at: UInt64


@dataclass(frozen=True, slots=True)
class CertificateDrawn(Event):
    """A child certificate drew on a parent's item; `claim` names the draw."""

    NAME: ClassVar[str] = "CertificateDrawn"
    INDEXED: ClassVar[int] = 3
    certificate: Bytes32
    claim: Bytes32
    child: Bytes32
    organisation: Bytes32
    item: UInt16
    child_item: UInt16
    share: UInt16
    commitment_x: UInt256
    commitment_y: UInt256
    quantity_x: UInt256
    quantity_y: UInt256
    drawn_at: UInt64


@dataclass(frozen=True, slots=True)
class CertificateCancelled(Event):
    """A certificate is out of force."""

    NAME: ClassVar[str] = "CertificateCancelled"
    INDEXED: ClassVar[int] = 2
    certificate: Bytes32
    issuer: Bytes32
    reason: Bytes32
    cancelled_at: UInt64


@dataclass(frozen=True, slots=True)
class CertificateSuperseded(Event):
    """A certificate is out of force, for a corrected one."""

    NAME: ClassVar[str] = "CertificateSuperseded"
    INDEXED: ClassVar[int] = 3
    certificate: Bytes32
    successor: Bytes32
    issuer: Bytes32
    reason: Bytes32
    superseded_at: UInt64


ORIGIN_EVENTS: Final[tuple[type[Event], ...]] = (
    Recorded,
    Refused,
    CertificateIssued,
    CertificateMessaged,
    ClaimMade,
    ClaimAccepted,
    ClaimRejected,
    ClaimDoubted,
    VerificationStepped,
    CertificateDrawn,
    CertificateCancelled,
    CertificateSuperseded,
)
