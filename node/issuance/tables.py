"""Read models of issuance: applications, certified exporters, certified export lines."""

from enum import StrEnum

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from node.database.schema import ADDRESS, BYTES32, COUNTRY, ReadTable

# Decimal digits of a number below 2**256.
_UINT256_DIGITS = 78


class ApplicationStatus(StrEnum):
    """Standing of an application."""

    OPEN = "open"
    INFORMATION_REQUESTED = "information_requested"
    REFUSED = "refused"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class ApplicationRow(ReadTable):
    """An application for a certificate."""

    __tablename__ = "applications"

    object_id: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    contract: Mapped[str] = mapped_column(String(ADDRESS))
    status: Mapped[ApplicationStatus] = mapped_column(String(24))
    applicant: Mapped[str] = mapped_column(String(BYTES32))
    authority: Mapped[str] = mapped_column(String(BYTES32))
    country: Mapped[str] = mapped_column(String(COUNTRY))
    document: Mapped[str] = mapped_column(String(BYTES32))
    applied_at: Mapped[int] = mapped_column(BigInteger)
    applied_block: Mapped[int] = mapped_column(BigInteger)
    changed_block: Mapped[int] = mapped_column(BigInteger)
    certificate: Mapped[str | None] = mapped_column(String(BYTES32), default=None)

    __table_args__ = (
        Index("ix_applications_applicant", "applicant", "object_id"),
        Index("ix_applications_authority", "authority", "status", "object_id"),
        Index("ix_applications_country", "country", "status", "object_id"),
        Index("ix_applications_certificate", "certificate"),
        Index("ix_applications_document", "document"),
    )


class ApplicationStepRow(ReadTable):
    """One step of an application; its record's digest names it."""

    __tablename__ = "application_steps"

    digest: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    object_id: Mapped[str] = mapped_column(String(BYTES32))
    position: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[int] = mapped_column(Integer)
    organisation: Mapped[str] = mapped_column(String(BYTES32))
    reference: Mapped[str | None] = mapped_column(String(BYTES32))
    document: Mapped[str | None] = mapped_column(String(BYTES32))
    reason: Mapped[str | None] = mapped_column(String(BYTES32))
    stated_at: Mapped[int] = mapped_column(BigInteger)
    block_number: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        Index("ix_application_steps_object_id", "object_id", "position"),
        Index("ix_application_steps_document", "document"),
    )


class ExporterRow(ReadTable):
    """A certified exporter's authorisation, the newest of its identifier."""

    __tablename__ = "certified_exporters"

    object_id: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    contract: Mapped[str] = mapped_column(String(ADDRESS))
    organisation: Mapped[str] = mapped_column(String(BYTES32))
    authority: Mapped[str] = mapped_column(String(BYTES32))
    country: Mapped[str] = mapped_column(String(COUNTRY))
    goods: Mapped[str] = mapped_column(String(BYTES32))
    valid_from: Mapped[int] = mapped_column(BigInteger)
    valid_to: Mapped[int] = mapped_column(BigInteger)
    authorised_at: Mapped[int] = mapped_column(BigInteger)
    changed_block: Mapped[int] = mapped_column(BigInteger)
    withdrawn_at: Mapped[int | None] = mapped_column(BigInteger, default=None)

    __table_args__ = (Index("ix_certified_exporters_country", "country", "object_id"),)


class LineRow(ReadTable):
    """How far one line of an export declaration is certified."""

    __tablename__ = "export_lines"

    line: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    share: Mapped[int] = mapped_column(Integer)
    commitment_x: Mapped[str] = mapped_column(String(_UINT256_DIGITS))
    commitment_y: Mapped[str] = mapped_column(String(_UINT256_DIGITS))
    customs: Mapped[str] = mapped_column(String(BYTES32))
    changed_block: Mapped[int] = mapped_column(BigInteger)


class CertifiedLineRow(ReadTable):
    """The part of an export line that an item is certified from; its digest names it."""

    __tablename__ = "certified_lines"

    digest: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    object_id: Mapped[str] = mapped_column(String(BYTES32))
    item: Mapped[int] = mapped_column(Integer)
    line: Mapped[str] = mapped_column(String(BYTES32))
    customs: Mapped[str] = mapped_column(String(BYTES32))
    quantity_x: Mapped[str] = mapped_column(String(_UINT256_DIGITS))
    quantity_y: Mapped[str] = mapped_column(String(_UINT256_DIGITS))
    certified_at: Mapped[int] = mapped_column(BigInteger)
    block_number: Mapped[int] = mapped_column(BigInteger)
    released_at: Mapped[int | None] = mapped_column(BigInteger, default=None)

    __table_args__ = (
        Index("ix_certified_lines_object_id", "object_id", "item", "digest"),
        Index("ix_certified_lines_line", "line", "digest"),
    )
