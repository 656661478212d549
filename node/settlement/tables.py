"""Read models of payments: how declarations stand, credits, guarantees and draws on them."""

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from node.database.schema import ADDRESS, BYTES32, ReadTable

# Decimal digits of a number below 2**256.
_UINT256_DIGITS = 78


class SettlementRow(ReadTable):
    """How a declaration's dues stand by its latest assessment."""

    __tablename__ = "settlements"

    object_id: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    contract: Mapped[str] = mapped_column(String(ADDRESS))
    customs: Mapped[str] = mapped_column(String(BYTES32))
    kind: Mapped[int] = mapped_column(Integer)
    sequence: Mapped[int] = mapped_column(Integer)
    amendment: Mapped[int] = mapped_column(Integer)
    assessed: Mapped[int] = mapped_column(Integer)
    paid_share: Mapped[int] = mapped_column(Integer)
    total_share: Mapped[int] = mapped_column(Integer)
    reversals: Mapped[int] = mapped_column(Integer)
    assessment: Mapped[str] = mapped_column(String(BYTES32))
    content: Mapped[str] = mapped_column(String(BYTES32))
    due_x: Mapped[str] = mapped_column(String(_UINT256_DIGITS))
    due_y: Mapped[str] = mapped_column(String(_UINT256_DIGITS))
    assessed_at: Mapped[int] = mapped_column(BigInteger)
    changed_block: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_settlements_customs", "customs", "object_id"),)


class CreditRow(ReadTable):
    """A bank's credit, or a refund; the digest of its record names it."""

    __tablename__ = "settlement_credits"

    notice: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    object_id: Mapped[str] = mapped_column(String(BYTES32))
    organisation: Mapped[str] = mapped_column(String(BYTES32))
    credit: Mapped[str] = mapped_column(String(BYTES32))
    status: Mapped[int] = mapped_column(Integer)
    content: Mapped[str] = mapped_column(String(BYTES32))
    amount_x: Mapped[str] = mapped_column(String(_UINT256_DIGITS))
    amount_y: Mapped[str] = mapped_column(String(_UINT256_DIGITS))
    stated_at: Mapped[int] = mapped_column(BigInteger)
    changed_block: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        Index("ix_settlement_credits_object_id", "object_id", "notice"),
        Index("ix_settlement_credits_organisation", "organisation", "notice"),
    )


class GuaranteeRow(ReadTable):
    """A bank's guarantee."""

    __tablename__ = "settlement_guarantees"

    object_id: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    bank: Mapped[str] = mapped_column(String(BYTES32))
    kind: Mapped[int] = mapped_column(Integer)
    declaration: Mapped[str | None] = mapped_column(String(BYTES32))
    share: Mapped[int] = mapped_column(Integer)
    valid_from: Mapped[int] = mapped_column(BigInteger)
    valid_to: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[str] = mapped_column(String(BYTES32))
    changed_block: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_settlement_guarantees_bank", "bank", "object_id"),)


class DrawRow(ReadTable):
    """A draw on a guarantee for a declaration; the digest of its record names it."""

    __tablename__ = "settlement_draws"

    draw: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    guarantee: Mapped[str] = mapped_column(String(BYTES32))
    declaration: Mapped[str] = mapped_column(String(BYTES32))
    organisation: Mapped[str] = mapped_column(String(BYTES32))
    status: Mapped[int] = mapped_column(Integer)
    changed_block: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        Index("ix_settlement_draws_declaration", "declaration", "draw"),
        Index("ix_settlement_draws_guarantee", "guarantee", "draw"),
    )
