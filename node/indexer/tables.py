"""How far the read database has followed the ledger, and every record it met."""

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from node.database.schema import ADDRESS, BYTES32, ReadTable


class Cursor(ReadTable):
    """The last block whose events are in the read models; one row."""

    __tablename__ = "cursor"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    block_number: Mapped[int] = mapped_column(BigInteger)
    block_hash: Mapped[str] = mapped_column(String(BYTES32))
    block_time: Mapped[int] = mapped_column(BigInteger)
    genesis_hash: Mapped[str] = mapped_column(String(BYTES32))


class LedgerRecord(ReadTable):
    """One signed record that the ledger accepted, as its transaction carried it."""

    __tablename__ = "records"

    digest: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    domain: Mapped[str] = mapped_column(String(BYTES32))
    contract: Mapped[str] = mapped_column(String(ADDRESS))
    type_name: Mapped[str] = mapped_column(String(64))
    object_id: Mapped[str] = mapped_column(String(BYTES32))
    position: Mapped[int] = mapped_column(BigInteger)
    head: Mapped[str] = mapped_column(String(BYTES32))
    signer_key: Mapped[str] = mapped_column(String(BYTES32))
    block_number: Mapped[int] = mapped_column(BigInteger)
    block_time: Mapped[int] = mapped_column(BigInteger)
    transaction_hash: Mapped[str] = mapped_column(String(BYTES32))
    log_index: Mapped[int] = mapped_column(BigInteger)
    record: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("uq_records_domain_object_position", "domain", "object_id", "position", unique=True),
        Index("ix_records_block_number", "block_number", "log_index"),
    )
