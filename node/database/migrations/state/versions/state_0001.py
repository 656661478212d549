"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "state_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.String(length=66), nullable=False),
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("used_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name="pk_idempotency_keys"),
    )
    op.create_table(
        "outbox_accounts",
        sa.Column("address", sa.String(length=42), nullable=False),
        sa.Column("next_nonce", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_outbox_accounts"),
    )
    op.create_table(
        "outbox_transactions",
        sa.Column("hash", sa.String(length=66), nullable=False),
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name="pk_outbox_transactions"),
    )
    op.create_index(
        "ix_outbox_transactions_status", "outbox_transactions", ["status"], unique=False
    )
    op.create_index(
        "uq_outbox_transactions_live_nonce",
        "outbox_transactions",
        ["account", "nonce"],
        unique=True,
        sqlite_where=sa.text("status IN ('pending', 'final')"),
        postgresql_where=sa.text("status IN ('pending', 'final')"),
    )
    op.create_table(
        "outbox_entries",
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("type_name", sa.String(length=64), nullable=False),
        sa.Column("contract", sa.String(length=42), nullable=False),
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "sequence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["transaction_hash"],
            ["outbox_transactions.hash"],
            name="fk_outbox_entries_transaction_hash",
        ),
        sa.PrimaryKeyConstraint("sequence", name="pk_outbox_entries"),
        sa.UniqueConstraint("digest", name="uq_outbox_entries_digest"),
    )
    op.create_index(
        "ix_outbox_entries_status_sequence", "outbox_entries", ["status", "sequence"], unique=False
    )
    op.create_index(
        "ix_outbox_entries_transaction_hash", "outbox_entries", ["transaction_hash"], unique=False
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_outbox_entries_transaction_hash", table_name="outbox_entries")
    op.drop_index("ix_outbox_entries_status_sequence", table_name="outbox_entries")
    op.drop_table("outbox_entries")
    op.drop_index(
        "uq_outbox_transactions_live_nonce",
        table_name="outbox_transactions",
        sqlite_where=sa.text("status IN ('pending', 'final')"),
        postgresql_where=sa.text("status IN ('pending', 'final')"),
    )
    op.drop_index("ix_outbox_transactions_status", table_name="outbox_transactions")
    op.drop_table("outbox_transactions")
    op.drop_table("outbox_accounts")
    op.drop_table("idempotency_keys")
