"""Tables of the outbox, in the state database."""

from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from node.database.schema import ADDRESS, BYTES32, StateTable


class EntryStatus(StrEnum):
    """How far a record has come.

    waiting → carried → final | refused. Back from carried to waiting when the transaction
    that carried it lost its nonce to another one.
    """

    WAITING = "waiting"
    CARRIED = "carried"
    FINAL = "final"
    REFUSED = "refused"


class TransactionStatus(StrEnum):
    """How far a transaction has come.

    pending → final, or displaced (another transaction has its nonce), or refused (the ledger
    will never take it; its nonce is free again).
    """

    PENDING = "pending"
    FINAL = "final"
    DISPLACED = "displaced"
    REFUSED = "refused"


class OutboxTransaction(StateTable):
    """One signed transaction of the organisation's account."""

    __tablename__ = "outbox_transactions"

    hash: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    account: Mapped[str] = mapped_column(String(ADDRESS))
    nonce: Mapped[int] = mapped_column(BigInteger)
    raw: Mapped[str] = mapped_column(Text)
    status: Mapped[TransactionStatus] = mapped_column(String(16))
    block_number: Mapped[int | None] = mapped_column(BigInteger, default=None)

    __table_args__ = (
        # The database itself keeps two live transactions off one nonce.
        Index(
            "uq_outbox_transactions_live_nonce",
            "account",
            "nonce",
            unique=True,
            sqlite_where=text("status IN ('pending', 'final')"),
            postgresql_where=text("status IN ('pending', 'final')"),
        ),
        Index("ix_outbox_transactions_status", "status"),
    )


class OutboxEntry(StateTable):
    """One record that this node has promised to carry."""

    __tablename__ = "outbox_entries"

    digest: Mapped[str] = mapped_column(String(BYTES32), unique=True)
    type_name: Mapped[str] = mapped_column(String(64))
    contract: Mapped[str] = mapped_column(String(ADDRESS))
    object_id: Mapped[str] = mapped_column(String(BYTES32))
    record: Mapped[str] = mapped_column(Text)
    accepted_at: Mapped[str] = mapped_column(String(32))
    status: Mapped[EntryStatus] = mapped_column(String(16), default=EntryStatus.WAITING)
    transaction_hash: Mapped[str | None] = mapped_column(
        String(BYTES32), ForeignKey("outbox_transactions.hash"), default=None
    )
    block_number: Mapped[int | None] = mapped_column(BigInteger, default=None)
    reason: Mapped[str | None] = mapped_column(Text, default=None)
    correlation_id: Mapped[str | None] = mapped_column(String(64), default=None)
    # What names several records that one transaction carries, all or nothing.
    together: Mapped[str | None] = mapped_column(String(BYTES32), default=None)
    sequence: Mapped[int] = mapped_column(
        # SQLite counts up by itself only in a column of type INTEGER.
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
        init=False,
    )

    __table_args__ = (
        Index("ix_outbox_entries_status_sequence", "status", "sequence"),
        Index("ix_outbox_entries_transaction_hash", "transaction_hash"),
        Index("ix_outbox_entries_together", "together"),
    )


class OutboxAccount(StateTable):
    """The next nonce of an account; its row is locked while one is given out."""

    __tablename__ = "outbox_accounts"

    address: Mapped[str] = mapped_column(String(ADDRESS), primary_key=True)
    next_nonce: Mapped[int] = mapped_column(BigInteger)


class IdempotencyKey(StateTable):
    """A caller's name for one request, so that a repeated one has no second effect."""

    __tablename__ = "idempotency_keys"

    scope: Mapped[str] = mapped_column(String(128), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(BYTES32))
    digest: Mapped[str] = mapped_column(String(BYTES32))
    used_at: Mapped[str] = mapped_column(String(32))
