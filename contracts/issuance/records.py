"""What is signed before a certificate of origin is issued.

The object of a record is an application, chosen by the exporter; a certified exporter's
authorisation, the keyed hash of its code; or a line of an export declaration, the keyed
hash of both. Times without "expires" are event
times as the signer claims them, in seconds since 1970 UTC. Where a field names nothing,
it holds zeros.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Final

from contracts.records.fields import Bytes32, UInt8, UInt16, UInt64, UInt256
from contracts.records.record import Record

DOMAIN: Final = "issuance"


class ApplicationKind(IntEnum):
    """What an `ApplicationStep` says."""

    REQUEST_INFORMATION = 1
    SUPPLY_INFORMATION = 2
    REFUSE = 3
    APPROVE = 4
    WITHDRAW = 5


@dataclass(frozen=True, slots=True)
class CertificateApply(Record):
    """An exporter applies for a certificate.

    Attributes:
        authority: The issuing organisation that is to decide.
        document: SHA-256 of the application.
        applied_at: When the exporter applied.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "CertificateApply"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    authority: Bytes32
    document: Bytes32
    applied_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class ApplicationStep(Record):
    """The exporter or the authority takes an application further.

    Attributes:
        kind: An `ApplicationKind`.
        reference: For an approval the identifier of the certificate to be issued.
        document: SHA-256 of what was asked or supplied.
        reason: Salted hash of the reason, which stays off the ledger.
        stated_at: When the step was taken.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "ApplicationStep"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    kind: UInt8
    reference: Bytes32
    document: Bytes32
    reason: Bytes32
    stated_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class ExporterAuthorise(Record):
    """A competent authority authorises a certified exporter, or renews it.

    Source: ATIGA, Annex 8, Rules 12A to 12D (ASEAN-wide self-certification).

    Attributes:
        organisation: The exporter.
        goods: RFC 9162 root over the authorised goods; a declaration proves its own.
        valid_from: First second of the authorisation.
        valid_to: First second after it.
        authorised_at: When the authority decided.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "ExporterAuthorise"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    organisation: Bytes32
    goods: Bytes32
    valid_from: UInt64
    valid_to: UInt64
    authorised_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class ExporterWithdraw(Record):
    """A competent authority withdraws a certified exporter's authorisation.

    Attributes:
        reason: Salted hash of the reason, which stays off the ledger.
        withdrawn_at: When the authority decided.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "ExporterWithdraw"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    reason: Bytes32
    withdrawn_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class LineCertify(Record):
    """Exporting customs countersigns that an item is certified out of an export line.

    It precedes the issue. Several lines may make one item, and one line several items,
    of several certificates, never beyond its whole.

    Attributes:
        certificate: Identifier of the certificate.
        item: Item number, from 1.
        share_before: The line's certified share before, in 1/10,000 of the whole.
        share_after: The line's share with this part, rounded up.
        commitment_x: Commitment to the line's certified quantity with this part, x.
        commitment_y: The same point's y.
        quantity_x: Commitment to the part, x.
        quantity_y: The same point's y.
        certified_at: When customs countersigned it.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "LineCertify"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    certificate: Bytes32
    item: UInt16
    share_before: UInt16
    share_after: UInt16
    commitment_x: UInt256
    commitment_y: UInt256
    quantity_x: UInt256
    quantity_y: UInt256
    certified_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class LineRelease(Record):
    """Exporting customs gives an item's part of an export line back.

    Accepted where the certificate was never issued, or is out of force and nothing of
    the item is drawn.

    Attributes:
        certificate: Identifier of the certificate.
        item: Item number, from 1.
        share_before: The line's certified share before, in 1/10,000 of the whole.
        share_after: The line's share without this part, rounded up.
        commitment_x: Commitment to the line's certified quantity without it, x.
        commitment_y: The same point's y.
        released_at: When customs released it.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "LineRelease"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    certificate: Bytes32
    item: UInt16
    share_before: UInt16
    share_after: UInt16
    commitment_x: UInt256
    commitment_y: UInt256
    released_at: UInt64
    expires: UInt64


ISSUANCE_RECORDS: Final[tuple[type[Record], ...]] = (
    CertificateApply,
    ApplicationStep,
    ExporterAuthorise,
    ExporterWithdraw,
    LineCertify,
    LineRelease,
)
