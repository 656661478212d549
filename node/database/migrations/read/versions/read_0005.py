"""Clearance: declarations, facts, histories, what officers asked for."""

import sqlalchemy as sa
from alembic import op

revision = "read_0005"
down_revision = "read_0004"
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
    "settlement_credits",
    "settlement_draws",
    "settlement_guarantees",
    "settlements",
)
_NEW = ("clearance_asks", "clearance_facts", "clearance_marks", "clearances")


def upgrade() -> None:
    """Empty everything, so that the indexer begins anew, and create the new tables."""
    for table in _KEPT:
        op.execute(sa.table(table).delete())
    op.create_table(
        "clearance_asks",
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("amendment", sa.Integer(), nullable=False),
        sa.Column("fact", sa.String(length=66), nullable=True),
        sa.Column("rates", sa.String(length=78), nullable=True),
        sa.Column("reason", sa.String(length=66), nullable=False),
        sa.Column("content", sa.String(length=66), nullable=True),
        sa.Column("officer", sa.String(length=66), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("approver", sa.String(length=66), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_clearance_asks"),
    )
    op.create_index(
        "ix_clearance_asks_object_id", "clearance_asks", ["object_id", "digest"], unique=False
    )
    op.create_table(
        "clearance_facts",
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("fact", sa.String(length=66), nullable=False),
        sa.Column("agency", sa.String(length=66), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("awaited_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(length=66), nullable=True),
        sa.Column("stated_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("object_id", "fact", name="pk_clearance_facts"),
    )
    op.create_index(
        "ix_clearance_facts_agency", "clearance_facts", ["agency", "status", "due_at"], unique=False
    )
    op.create_table(
        "clearance_marks",
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("object_id", "place", name="pk_clearance_marks"),
    )
    op.create_index(
        "ix_clearance_marks_event", "clearance_marks", ["event", "block_number"], unique=False
    )
    op.create_table(
        "clearances",
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("contract", sa.String(length=42), nullable=False),
        sa.Column("customs", sa.String(length=66), nullable=False),
        sa.Column("registration", sa.String(length=66), nullable=False),
        sa.Column("direction", sa.Integer(), nullable=False),
        sa.Column("procedure", sa.String(length=66), nullable=False),
        sa.Column("office", sa.String(length=66), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("round_time", sa.BigInteger(), nullable=False),
        sa.Column("consignment", sa.String(length=66), nullable=True),
        sa.Column("transport", sa.String(length=66), nullable=True),
        sa.Column("content", sa.String(length=66), nullable=False),
        sa.Column("certificates", sa.Integer(), nullable=False),
        sa.Column("facts", sa.Integer(), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_block", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Integer(), nullable=False),
        sa.Column("amendment", sa.Integer(), nullable=False),
        sa.Column("decided", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=66), nullable=True),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("awaited", sa.Integer(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("later", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("inspection", sa.Integer(), nullable=False),
        sa.Column("holds", sa.Integer(), nullable=False),
        sa.Column("draw", sa.Integer(), nullable=False),
        sa.Column("overrides", sa.Integer(), nullable=False),
        sa.Column("cargo", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("object_id", name="pk_clearances"),
    )
    op.create_index(
        "ix_clearances_consignment", "clearances", ["consignment", "round"], unique=False
    )
    op.create_index(
        "ix_clearances_queue",
        "clearances",
        ["customs", "office", "stage", "channel", "object_id"],
        unique=False,
    )
    op.create_index("ix_clearances_round", "clearances", ["round", "object_id"], unique=False)
    op.create_index("ix_clearances_transport", "clearances", ["transport", "round"], unique=False)


def downgrade() -> None:
    """Drop them; what stood before is made by a rebuild with the older program."""
    for table in _NEW:
        op.drop_table(table)
