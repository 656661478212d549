"""The vault: manifests held, contents pending, attachments, erasures, accesses."""

import sqlalchemy as sa
from alembic import op

revision = "state_0005"
down_revision = "state_0004"
branch_labels = None
depends_on = None


def _sequence() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("sequence", kind, autoincrement=True, nullable=False)


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "vault_manifests",
        sa.Column("manifest", sa.String(length=59), nullable=False),
        sa.Column("content", sa.String(length=59), nullable=False),
        sa.Column("document", sa.String(length=66), nullable=False),
        sa.Column("media_type", sa.String(length=128), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        _sequence(),
        sa.PrimaryKeyConstraint("sequence", name="pk_vault_manifests"),
        sa.UniqueConstraint("manifest", name="uq_vault_manifests_manifest"),
    )
    op.create_index("ix_vault_manifests_document", "vault_manifests", ["document"], unique=False)
    op.create_index("ix_vault_manifests_content", "vault_manifests", ["content"], unique=False)
    op.create_table(
        "vault_pending",
        sa.Column("content", sa.String(length=59), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("content", name="pk_vault_pending"),
    )
    op.create_table(
        "vault_attachments",
        sa.Column("attachment", sa.String(length=66), nullable=False),
        sa.Column("document", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("attachment", "document", name="pk_vault_attachments"),
    )
    op.create_table(
        "vault_erasures",
        sa.Column("document", sa.String(length=66), nullable=False),
        sa.Column("erased_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("document", name="pk_vault_erasures"),
    )
    op.create_table(
        "vault_accesses",
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("document", sa.String(length=66), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("post", sa.String(length=128), nullable=False),
        sa.Column("purpose", sa.String(length=128), nullable=False),
        _sequence(),
        sa.PrimaryKeyConstraint("sequence", name="pk_vault_accesses"),
    )
    op.create_index(
        "ix_vault_accesses_document", "vault_accesses", ["document", "sequence"], unique=False
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_vault_accesses_document", table_name="vault_accesses")
    op.drop_table("vault_accesses")
    op.drop_table("vault_erasures")
    op.drop_table("vault_attachments")
    op.drop_table("vault_pending")
    op.drop_index("ix_vault_manifests_content", table_name="vault_manifests")
    op.drop_index("ix_vault_manifests_document", table_name="vault_manifests")
    op.drop_table("vault_manifests")
