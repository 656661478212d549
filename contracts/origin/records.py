"""What is signed about a certificate of origin, in the order of its fields.

The object of every record is the certificate's identifier: the keyed hash of its
reference number (`contracts.origin.identifiers`). Times without "expires" are event
times as the signer claims them, in seconds since 1970 UTC.
"""

from dataclasses import dataclass
from typing import ClassVar, Final

from contracts.records.fields import Bytes2, Bytes32, UInt16, UInt64, UInt256
from contracts.records.record import Record

DOMAIN: Final = "origin"


@dataclass(frozen=True, slots=True)
class CertificateIssue(Record):
    """An issuing authority puts a certificate into force.

    Attributes:
        document: SHA-256 of the exact issuer-signed compact JWS.
        document_key: Key id of the P-256 key that signed the document.
        issuing_country: ISO 3166 alpha-2 code in ASCII.
        importing_country: ISO 3166 alpha-2 code in ASCII.
        items: Number of items, 1 to 999; claims name them 1..items.
        consignment: Keyed hash of the consignment's reference (UCR).
        issued_at: When the authority issued it.
        expires_at: First second at which it can no longer be claimed.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "CertificateIssue"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    document: Bytes32
    document_key: Bytes32
    issuing_country: Bytes2
    importing_country: Bytes2
    items: UInt16
    consignment: Bytes32
    issued_at: UInt64
    expires_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class CertificateClaim(Record):
    """A declarant claims part of one item; the record's digest identifies the claim.

    Attributes:
        item: Item number, from 1.
        declaration: Keyed hash of the import declaration and its line.
        commitment_x: Pedersen commitment to the claimed quantity, x on bn254.
        commitment_y: The same point's y.
        claimed_at: When the declarant claimed it.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "CertificateClaim"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    item: UInt16
    declaration: Bytes32
    commitment_x: UInt256
    commitment_y: UInt256
    claimed_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class ClaimAccept(Record):
    """Importing customs accepts a pending claim and posts the item's new state.

    Attributes:
        claim: Digest of the claim.
        share_before: The item's share before, in 1/10,000 of the whole.
        share_after: The item's share with this claim drawn, rounded up.
        commitment_x: The item's commitment with this claim added, x.
        commitment_y: The same point's y.
        accepted_at: When customs accepted it.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "ClaimAccept"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    claim: Bytes32
    share_before: UInt16
    share_after: UInt16
    commitment_x: UInt256
    commitment_y: UInt256
    accepted_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class ClaimReject(Record):
    """Importing customs rejects a pending claim: nothing was drawn, nothing changes.

    Attributes:
        claim: Digest of the claim.
        reason: Salted hash of the reason, which stays off the ledger.
        rejected_at: When customs rejected it.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "ClaimReject"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    claim: Bytes32
    reason: Bytes32
    rejected_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class ClaimReverse(Record):
    """Importing customs rejects a claim it had accepted and restores its part.

    Attributes:
        claim: Digest of the claim.
        share_before: The item's share before, in 1/10,000 of the whole.
        share_after: The item's share without this claim, rounded up.
        commitment_x: The item's commitment with this claim taken out, x.
        commitment_y: The same point's y.
        reason: Salted hash of the reason, which stays off the ledger.
        rejected_at: When customs rejected it.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "ClaimReverse"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    claim: Bytes32
    share_before: UInt16
    share_after: UInt16
    commitment_x: UInt256
    commitment_y: UInt256
    reason: Bytes32
    rejected_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class CertificateCancel(Record):
    """The issuing organisation takes the certificate out of force.

    Attributes:
        reason: Salted hash of the reason, which stays off the ledger.
        cancelled_at: When the authority cancelled it.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "CertificateCancel"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    reason: Bytes32
    cancelled_at: UInt64
    expires: UInt64


ORIGIN_RECORDS: Final[tuple[type[Record], ...]] = (
    CertificateIssue,
    CertificateClaim,
    ClaimAccept,
    ClaimReject,
    ClaimReverse,
    CertificateCancel,
)
