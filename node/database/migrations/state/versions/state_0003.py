"""Proposals with their votes, and how far misbehaviour is reported."""

import sqlalchemy as sa
from alembic import op

revision = "state_0003"
down_revision = "state_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "proposals",
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("ballot", sa.Text(), nullable=False),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_proposals"),
    )
    op.create_table(
        "proposal_votes",
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("key", sa.String(length=66), nullable=False),
        sa.Column("signature", sa.String(length=132), nullable=False),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["proposals.digest"], name="fk_proposal_votes_digest"),
        sa.PrimaryKeyConstraint("digest", "key", name="pk_proposal_votes"),
    )
    op.create_table(
        "misbehaviour_position",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_misbehaviour_position"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("misbehaviour_position")
    op.drop_table("proposal_votes")
    op.drop_table("proposals")
