"""Read models of origin: certificates, their items, messages and claims."""

from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from node.database.schema import ADDRESS, BYTES32, COUNTRY, ReadTable

# Decimal digits of a number below 2**256.
_UINT256_DIGITS = 78
# A form's name of 8 bytes, or 0x and its digits.
_FORM = 18


class CertificateStatus(StrEnum):
    """Standing of a certificate on the ledger; expiry follows from the block time."""

    ISSUED = "issued"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


class Exchange(StrEnum):
    """How far a certificate has come between the administrations."""

    NOT_SENT = "not_sent"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    RECEIVED = "received"
    FAILED = "failed"


class ClaimStatus(StrEnum):
    """Standing of a claim."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class VerificationState(StrEnum):
    """How far the verification of a claim has come."""

    NONE = "none"
    REQUESTED = "requested"
    INTERIM = "interim"
    VISIT_NOTICED = "visit_noticed"
    VISIT_CONSENTED = "visit_consented"
    VISIT_REPORTED = "visit_reported"
    VALID = "valid"
    INVALID = "invalid"
    VISIT_REFUSED = "visit_refused"


class CertificateRow(ReadTable):
    """A certificate of origin; what is not here stands in its document, off the ledger."""

    __tablename__ = "certificates"

    object_id: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    contract: Mapped[str] = mapped_column(String(ADDRESS))
    status: Mapped[CertificateStatus] = mapped_column(String(16))
    issuer: Mapped[str] = mapped_column(String(BYTES32))
    form: Mapped[str] = mapped_column(String(_FORM))
    issuing_country: Mapped[str] = mapped_column(String(COUNTRY))
    importing_country: Mapped[str] = mapped_column(String(COUNTRY))
    items: Mapped[int] = mapped_column(Integer)
    consignment: Mapped[str] = mapped_column(String(BYTES32))
    document: Mapped[str] = mapped_column(String(BYTES32))
    document_key: Mapped[str] = mapped_column(String(BYTES32))
    application: Mapped[str | None] = mapped_column(String(BYTES32))
    authorisation: Mapped[str | None] = mapped_column(String(BYTES32))
    parent: Mapped[str | None] = mapped_column(String(BYTES32))
    supersedes: Mapped[str | None] = mapped_column(String(BYTES32))
    issued_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    issued_block: Mapped[int] = mapped_column(BigInteger)
    issued_time: Mapped[int] = mapped_column(BigInteger)
    changed_block: Mapped[int] = mapped_column(BigInteger)
    exchange: Mapped[Exchange] = mapped_column(String(16), default=Exchange.NOT_SENT)
    paper: Mapped[bool] = mapped_column(Boolean, default=False)
    consented: Mapped[bool] = mapped_column(Boolean, default=False)
    transmission: Mapped[str | None] = mapped_column(String(BYTES32), default=None)
    successor: Mapped[str | None] = mapped_column(String(BYTES32), default=None)
    cancelled_at: Mapped[int | None] = mapped_column(BigInteger, default=None)
    superseded_at: Mapped[int | None] = mapped_column(BigInteger, default=None)

    __table_args__ = (
        Index("ix_certificates_document", "document"),
        Index("ix_certificates_issuing_country", "issuing_country", "object_id"),
        Index("ix_certificates_importing_country", "importing_country", "exchange", "object_id"),
        Index("ix_certificates_issuer", "issuer", "exchange", "object_id"),
        Index("ix_certificates_consignment", "consignment"),
        Index("ix_certificates_parent", "parent"),
        Index("ix_certificates_application", "application"),
    )


class ItemRow(ReadTable):
    """How far one item of a certificate is drawn."""

    __tablename__ = "certificate_items"

    object_id: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    item: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    share: Mapped[int] = mapped_column(Integer)
    commitment_x: Mapped[str] = mapped_column(String(_UINT256_DIGITS))
    commitment_y: Mapped[str] = mapped_column(String(_UINT256_DIGITS))


class MessageRow(ReadTable):
    """What one administration told the other about a certificate; its digest names it."""

    __tablename__ = "certificate_messages"

    digest: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    object_id: Mapped[str] = mapped_column(String(BYTES32))
    position: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[int] = mapped_column(Integer)
    exchange: Mapped[Exchange] = mapped_column(String(16))
    organisation: Mapped[str] = mapped_column(String(BYTES32))
    reference: Mapped[str] = mapped_column(String(BYTES32))
    document: Mapped[str | None] = mapped_column(String(BYTES32))
    reason: Mapped[str | None] = mapped_column(String(BYTES32))
    sent_at: Mapped[int] = mapped_column(BigInteger)
    block_number: Mapped[int] = mapped_column(BigInteger)
    block_time: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        Index("ix_certificate_messages_object_id", "object_id", "position"),
        Index("ix_certificate_messages_document", "document"),
    )


class ClaimRow(ReadTable):
    """One claim on one item, or a child's draw; its record's digest names it."""

    __tablename__ = "certificate_claims"

    digest: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    object_id: Mapped[str] = mapped_column(String(BYTES32))
    item: Mapped[int] = mapped_column(Integer)
    status: Mapped[ClaimStatus] = mapped_column(String(16))
    commitment_x: Mapped[str] = mapped_column(String(_UINT256_DIGITS))
    commitment_y: Mapped[str] = mapped_column(String(_UINT256_DIGITS))
    claimed_at: Mapped[int] = mapped_column(BigInteger)
    claimed_block: Mapped[int] = mapped_column(BigInteger)
    changed_block: Mapped[int] = mapped_column(BigInteger)
    declarant_key: Mapped[str | None] = mapped_column(String(BYTES32), default=None)
    declaration: Mapped[str | None] = mapped_column(String(BYTES32), default=None)
    child: Mapped[str | None] = mapped_column(String(BYTES32), default=None)
    child_item: Mapped[int | None] = mapped_column(Integer, default=None)
    decided_at: Mapped[int | None] = mapped_column(BigInteger, default=None)
    decided_by: Mapped[str | None] = mapped_column(String(BYTES32), default=None)
    verification: Mapped[VerificationState] = mapped_column(
        String(16), default=VerificationState.NONE
    )
    doubted_at: Mapped[int | None] = mapped_column(BigInteger, default=None)
    doubt_document: Mapped[str | None] = mapped_column(String(BYTES32), default=None)
    reply_by: Mapped[int | None] = mapped_column(BigInteger, default=None)
    conclude_by: Mapped[int | None] = mapped_column(BigInteger, default=None)

    __table_args__ = (
        Index("ix_certificate_claims_object_id", "object_id", "claimed_block", "digest"),
        Index("ix_certificate_claims_declarant_key", "declarant_key"),
        Index("ix_certificate_claims_status", "status", "digest"),
        Index("ix_certificate_claims_child", "child"),
    )


class VerificationStepRow(ReadTable):
    """One step of a claim's verification, the doubt that began it not among them."""

    __tablename__ = "verification_steps"

    digest: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    object_id: Mapped[str] = mapped_column(String(BYTES32))
    claim: Mapped[str] = mapped_column(String(BYTES32))
    position: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[int] = mapped_column(Integer)
    verification: Mapped[VerificationState] = mapped_column(String(16))
    organisation: Mapped[str] = mapped_column(String(BYTES32))
    document: Mapped[str | None] = mapped_column(String(BYTES32))
    reply_by: Mapped[int | None] = mapped_column(BigInteger)
    stated_at: Mapped[int] = mapped_column(BigInteger)
    block_number: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        Index("ix_verification_steps_object_id", "object_id", "position"),
        Index("ix_verification_steps_document", "document"),
    )
