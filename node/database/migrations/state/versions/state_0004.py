"""Records that go together, and what a national node does by itself."""

import sqlalchemy as sa
from alembic import op

revision = "state_0004"
down_revision = "state_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    op.add_column("outbox_entries", sa.Column("together", sa.String(length=66), nullable=True))
    op.create_index("ix_outbox_entries_together", "outbox_entries", ["together"], unique=False)
    op.create_table(
        "exchange_tasks",
        sa.Column("transmission", sa.String(length=66), nullable=False),
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("findings", sa.Text(), nullable=True),
        sa.Column("salt", sa.String(length=66), nullable=True),
        sa.Column("answers", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("transmission", name="pk_exchange_tasks"),
    )
    op.create_index("ix_exchange_tasks_state", "exchange_tasks", ["state", "next_at"], unique=False)
    op.create_index("ix_exchange_tasks_object_id", "exchange_tasks", ["object_id"], unique=False)
    op.create_table(
        "exchange_dispatches",
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("manifest", sa.String(length=66), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("object_id", "manifest", name="pk_exchange_dispatches"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("exchange_dispatches")
    op.drop_index("ix_exchange_tasks_object_id", table_name="exchange_tasks")
    op.drop_index("ix_exchange_tasks_state", table_name="exchange_tasks")
    op.drop_table("exchange_tasks")
    op.drop_index("ix_outbox_entries_together", table_name="outbox_entries")
    op.drop_column("outbox_entries", "together")
