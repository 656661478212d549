"""The history of validators, reports of misbehaviour, decisions."""

import sqlalchemy as sa
from alembic import op

revision = "read_0002"
down_revision = "read_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them; the rows come from the ledger, as all of this database."""
    op.drop_table("validators")
    op.create_table(
        "validator_seats",
        sa.Column("public_key", sa.String(length=66), nullable=False),
        sa.Column("from_block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("address", sa.String(length=42), nullable=False),
        sa.Column("organisation", sa.String(length=66), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("power", sa.BigInteger(), nullable=False),
        sa.Column("until_block", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("public_key", "from_block", name="pk_validator_seats"),
    )
    op.create_index(
        "ix_validator_seats_from_block",
        "validator_seats",
        ["from_block", "public_key"],
        unique=False,
    )
    op.create_table(
        "misbehaviour_reports",
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("organisation", sa.String(length=66), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("validator", sa.String(length=42), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("total_power", sa.BigInteger(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("object_id", "organisation", name="pk_misbehaviour_reports"),
    )
    op.create_table(
        "decisions",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("votes", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_decisions"),
        sa.UniqueConstraint("digest", name="uq_decisions_digest"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("decisions")
    op.drop_table("misbehaviour_reports")
    op.drop_index("ix_validator_seats_from_block", table_name="validator_seats")
    op.drop_table("validator_seats")
    op.create_table(
        "validators",
        sa.Column("public_key", sa.String(length=66), nullable=False),
        sa.Column("power", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("public_key", name="pk_validators"),
    )
