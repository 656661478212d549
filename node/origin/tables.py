"""Read models of origin: certificates, their items and claims."""

from enum import StrEnum

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from node.database.schema import ADDRESS, BYTES32, COUNTRY, ReadTable

# Decimal digits of a number below 2**256.
_UINT256_DIGITS = 78


class CertificateStatus(StrEnum):
    """Standing of a certificate on the ledger; expiry follows from the block time."""

    ISSUED = "issued"
    CANCELLED = "cancelled"


class ClaimStatus(StrEnum):
    """Standing of a claim."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class CertificateRow(ReadTable):
    """A certificate of origin; what is not here stands in its document, off the ledger."""

    __tablename__ = "certificates"

    object_id: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    contract: Mapped[str] = mapped_column(String(ADDRESS))
    status: Mapped[CertificateStatus] = mapped_column(String(16))
    issuer: Mapped[str] = mapped_column(String(BYTES32))
    issuing_country: Mapped[str] = mapped_column(String(COUNTRY))
    importing_country: Mapped[str] = mapped_column(String(COUNTRY))
    items: Mapped[int] = mapped_column(Integer)
    consignment: Mapped[str] = mapped_column(String(BYTES32))
    document: Mapped[str] = mapped_column(String(BYTES32))
    document_key: Mapped[str] = mapped_column(String(BYTES32))
    issued_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    cancelled_at: Mapped[int | None] = mapped_column(BigInteger)
    issued_block: Mapped[int] = mapped_column(BigInteger)
    changed_block: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        Index("ix_certificates_document", "document"),
        Index("ix_certificates_issuing_country", "issuing_country", "object_id"),
        Index("ix_certificates_importing_country", "importing_country", "object_id"),
        Index("ix_certificates_consignment", "consignment"),
    )


class ItemRow(ReadTable):
    """How far one item of a certificate is drawn."""

    __tablename__ = "certificate_items"

    object_id: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    item: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    share: Mapped[int] = mapped_column(Integer)
    commitment_x: Mapped[str] = mapped_column(String(_UINT256_DIGITS))
    commitment_y: Mapped[str] = mapped_column(String(_UINT256_DIGITS))


class ClaimRow(ReadTable):
    """One claim on one item; its record's digest names it."""

    __tablename__ = "certificate_claims"

    digest: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    object_id: Mapped[str] = mapped_column(String(BYTES32))
    item: Mapped[int] = mapped_column(Integer)
    status: Mapped[ClaimStatus] = mapped_column(String(16))
    declarant_key: Mapped[str] = mapped_column(String(BYTES32))
    declaration: Mapped[str] = mapped_column(String(BYTES32))
    commitment_x: Mapped[str] = mapped_column(String(_UINT256_DIGITS))
    commitment_y: Mapped[str] = mapped_column(String(_UINT256_DIGITS))
    claimed_at: Mapped[int] = mapped_column(BigInteger)
    decided_at: Mapped[int | None] = mapped_column(BigInteger)
    decided_by: Mapped[str | None] = mapped_column(String(BYTES32))
    claimed_block: Mapped[int] = mapped_column(BigInteger)
    changed_block: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        Index("ix_certificate_claims_object_id", "object_id", "claimed_block", "digest"),
    )
