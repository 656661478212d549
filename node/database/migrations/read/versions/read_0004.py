"""Settlement of duties: how declarations stand, credits, guarantees, draws."""

import sqlalchemy as sa
from alembic import op

revision = "read_0004"
down_revision = "read_0003"
branch_labels = None
depends_on = None

_KEPT = (
    "cursor",
    "records",
    "organisations",
    "keys",
    "contracts",
    "identifier_keys",
    "validator_seats",
    "misbehaviour_reports",
    "decisions",
    "application_steps",
    "applications",
    "certificate_claims",
    "certificate_items",
    "certificate_messages",
    "certificates",
    "certified_exporters",
    "certified_lines",
    "export_lines",
    "verification_steps",
)
_NEW = ("settlement_credits", "settlement_draws", "settlement_guarantees", "settlements")


def upgrade() -> None:
    """Empty everything, so that the indexer begins anew, and create the new tables."""
    for table in _KEPT:
        op.execute(sa.table(table).delete())
    op.create_table(
        "settlement_credits",
        sa.Column("notice", sa.String(length=66), nullable=False),
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("organisation", sa.String(length=66), nullable=False),
        sa.Column("credit", sa.String(length=66), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(length=66), nullable=False),
        sa.Column("amount_x", sa.String(length=78), nullable=False),
        sa.Column("amount_y", sa.String(length=78), nullable=False),
        sa.Column("stated_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_block", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("notice", name=op.f("pk_settlement_credits")),
    )
    op.create_index(
        "ix_settlement_credits_object_id",
        "settlement_credits",
        ["object_id", "notice"],
        unique=False,
    )
    op.create_index(
        "ix_settlement_credits_organisation",
        "settlement_credits",
        ["organisation", "notice"],
        unique=False,
    )
    op.create_table(
        "settlement_draws",
        sa.Column("draw", sa.String(length=66), nullable=False),
        sa.Column("guarantee", sa.String(length=66), nullable=False),
        sa.Column("declaration", sa.String(length=66), nullable=False),
        sa.Column("organisation", sa.String(length=66), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("changed_block", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("draw", name=op.f("pk_settlement_draws")),
    )
    op.create_index(
        "ix_settlement_draws_declaration", "settlement_draws", ["declaration", "draw"], unique=False
    )
    op.create_index(
        "ix_settlement_draws_guarantee", "settlement_draws", ["guarantee", "draw"], unique=False
    )
    op.create_table(
        "settlement_guarantees",
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("bank", sa.String(length=66), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("declaration", sa.String(length=66), nullable=True),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.String(length=66), nullable=False),
        sa.Column("changed_block", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_settlement_guarantees")),
    )
    op.create_index(
        "ix_settlement_guarantees_bank",
        "settlement_guarantees",
        ["bank", "object_id"],
        unique=False,
    )
    op.create_table(
        "settlements",
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("contract", sa.String(length=42), nullable=False),
        sa.Column("customs", sa.String(length=66), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("amendment", sa.Integer(), nullable=False),
        sa.Column("assessed", sa.Integer(), nullable=False),
        sa.Column("paid_share", sa.Integer(), nullable=False),
        sa.Column("total_share", sa.Integer(), nullable=False),
        sa.Column("reversals", sa.Integer(), nullable=False),
        sa.Column("assessment", sa.String(length=66), nullable=False),
        sa.Column("content", sa.String(length=66), nullable=False),
        sa.Column("due_x", sa.String(length=78), nullable=False),
        sa.Column("due_y", sa.String(length=78), nullable=False),
        sa.Column("assessed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_block", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_settlements")),
    )
    op.create_index("ix_settlements_customs", "settlements", ["customs", "object_id"], unique=False)


def downgrade() -> None:
    """Drop them; what stood before is made by a rebuild with the older program."""
    for table in _NEW:
        op.drop_table(table)
