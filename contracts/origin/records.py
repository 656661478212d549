"""What is signed about a certificate of origin, in the order of its fields.

The object of every record is the certificate's identifier: the keyed hash of its
reference number (`contracts.origin.identifiers`). Times without "expires" are event
times as the signer claims them, in seconds since 1970 UTC. Where a field names nothing,
it holds zeros.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Final

from contracts.records.fields import Bytes2, Bytes8, Bytes32, UInt8, UInt16, UInt64, UInt256
from contracts.records.record import Record

DOMAIN: Final = "origin"


class MessageKind(IntEnum):
    """What a `CertificateMessage` says (the ASEAN Single Window's messages)."""

    TRANSMIT = 1
    ACKNOWLEDGE = 2
    REFUSE = 3
    RECEIVE = 4
    PAPER = 5
    COPY = 6
    CONSENT = 7
    ERASE = 8


class VerificationKind(IntEnum):
    """What a `VerificationStep` says."""

    INTERIM = 1
    VALID = 2
    INVALID = 3
    VISIT_NOTICE = 4
    VISIT_CONSENT = 5
    VISIT_REFUSAL = 6
    VISIT_REPORT = 7


@dataclass(frozen=True, slots=True)
class CertificateIssue(Record):
    """An issuing authority, or a certified exporter, puts a certificate into force.

    Attributes:
        document: SHA-256 of the exact issuer-signed compact JWS.
        document_key: Key id of the P-256 key that signed the document.
        form: Short name of the form in ASCII, padded on the right, such as "D".
        issuing_country: ISO 3166 alpha-2 code in ASCII.
        importing_country: ISO 3166 alpha-2 code in ASCII.
        items: Number of items, 1 to 999; claims name them 1..items.
        consignment: Keyed hash of the consignment's reference (UCR).
        application: The application that it answers, approved for this certificate.
        authorisation: The certified exporter's authorisation, for a self-certification.
        parent: The certificate that it is issued back-to-back from.
        supersedes: The certificate that it replaces.
        issued_at: When it was issued.
        expires_at: First second at which it can no longer be claimed.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "CertificateIssue"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    document: Bytes32
    document_key: Bytes32
    form: Bytes8
    issuing_country: Bytes2
    importing_country: Bytes2
    items: UInt16
    consignment: Bytes32
    application: Bytes32
    authorisation: Bytes32
    parent: Bytes32
    supersedes: Bytes32
    issued_at: UInt64
    expires_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class CertificateMessage(Record):
    """One administration tells the other about a certificate.

    Attributes:
        kind: A `MessageKind`.
        reference: Identifier of the message; for a transmission the SHA-256 digest in the
            CID of the document's manifest, so that the recipient knows what to fetch.
        document: SHA-256 of the document that the message brings, copies or erases.
        reason: Salted hash of the reason or error codes, which stay off the ledger.
        sent_at: When it was sent.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "CertificateMessage"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    kind: UInt8
    reference: Bytes32
    document: Bytes32
    reason: Bytes32
    sent_at: UInt64
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
class ClaimDoubt(Record):
    """Importing customs asks the issuing side to verify what a claim rests on.

    Attributes:
        claim: Digest of the claim, pending or accepted.
        reason: Salted hash of the reason, which stays off the ledger.
        document: SHA-256 of the request.
        reply_by: Block time until which the first answer is awaited.
        conclude_by: Block time until which the result is awaited.
        doubted_at: When customs asked.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "ClaimDoubt"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    claim: Bytes32
    reason: Bytes32
    document: Bytes32
    reply_by: UInt64
    conclude_by: UInt64
    doubted_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class VerificationStep(Record):
    """One side takes the next step of a verification.

    Attributes:
        claim: Digest of the doubted claim.
        kind: A `VerificationKind`.
        document: SHA-256 of the answer, consent or report.
        reply_by: For the notice of a visit: block time until which consent is awaited;
            0 for every other step.
        stated_at: When it was taken.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "VerificationStep"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    claim: Bytes32
    kind: UInt8
    document: Bytes32
    reply_by: UInt64
    stated_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class CertificateDraw(Record):
    """An intermediate country draws a parent's item for an item of a child.

    It stands as an accepted claim on the parent, named by its digest, and is accepted
    only in one transaction with the child's issue.

    Attributes:
        item: The parent's item number, from 1.
        child: Identifier of the certificate that is issued back-to-back.
        child_item: The child's item number; the draws name them 1, 2, 3 and so on.
        share_before: The parent's item's share before, in 1/10,000 of the whole.
        share_after: Its share with this part, rounded up.
        commitment_x: Its commitment with this part, x.
        commitment_y: The same point's y.
        quantity_x: Commitment to the part, x.
        quantity_y: The same point's y.
        drawn_at: When it was drawn.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "CertificateDraw"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    item: UInt16
    child: Bytes32
    child_item: UInt16
    share_before: UInt16
    share_after: UInt16
    commitment_x: UInt256
    commitment_y: UInt256
    quantity_x: UInt256
    quantity_y: UInt256
    drawn_at: UInt64
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


@dataclass(frozen=True, slots=True)
class CertificateSupersede(Record):
    """The issuing organisation takes the certificate out of force for a corrected one.

    Attributes:
        successor: Identifier of the certificate that replaces it.
        reason: Salted hash of the reason, which stays off the ledger.
        superseded_at: When the issuer replaced it.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "CertificateSupersede"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    successor: Bytes32
    reason: Bytes32
    superseded_at: UInt64
    expires: UInt64


ORIGIN_RECORDS: Final[tuple[type[Record], ...]] = (
    CertificateIssue,
    CertificateMessage,
    CertificateClaim,
    ClaimAccept,
    ClaimReject,
    ClaimReverse,
    ClaimDoubt,
    VerificationStep,
    CertificateDraw,
    CertificateCancel,
    CertificateSupersede,
)
