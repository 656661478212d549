"""The request that a record came with."""

import sqlalchemy as sa
from alembic import op

revision = "state_0002"
down_revision = "state_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add its correlation id; records from before have none."""
    op.add_column(
        "outbox_entries", sa.Column("correlation_id", sa.String(length=64), nullable=True)
    )


def downgrade() -> None:
    """Forget it."""
    with op.batch_alter_table("outbox_entries") as table:
        table.drop_column("correlation_id")
