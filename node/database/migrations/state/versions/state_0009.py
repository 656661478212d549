"""Clearance: files of declarations, their versions, papers, steps of the office."""

import sqlalchemy as sa
from alembic import op

revision = "state_0009"
down_revision = "state_0008"
branch_labels = None
depends_on = None

_NEW = ("clearance_papers", "clearance_steps", "declaration_files", "declaration_versions")


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "clearance_papers",
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("declaration_no", sa.String(length=35), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_clearance_papers"),
    )
    op.create_index(
        "ix_clearance_papers_declaration_no",
        "clearance_papers",
        ["declaration_no", "made_at"],
        unique=False,
    )
    op.create_table(
        "clearance_steps",
        sa.Column("name", sa.String(length=66), nullable=False),
        sa.Column("declaration_no", sa.String(length=35), nullable=False),
        sa.Column("records", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_clearance_steps"),
    )
    op.create_index(
        "ix_clearance_steps_declaration_no",
        "clearance_steps",
        ["declaration_no", "is_open"],
        unique=False,
    )
    op.create_index(
        "ix_clearance_steps_open", "clearance_steps", ["is_open", "at", "name"], unique=False
    )
    op.create_table(
        "declaration_files",
        sa.Column("declaration_no", sa.String(length=35), nullable=False),
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("declarant", sa.String(length=66), nullable=False),
        sa.Column("office", sa.String(length=32), nullable=False),
        sa.Column("taxpayer", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("amendment", sa.Integer(), nullable=False),
        sa.Column("assessed", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("intake", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("declaration_no", name="pk_declaration_files"),
        sa.UniqueConstraint("object_id", name="uq_declaration_files_object_id"),
    )
    op.create_index(
        "ix_declaration_files_open",
        "declaration_files",
        ["state", "next_at", "declaration_no"],
        unique=False,
    )
    op.create_index(
        "ix_declaration_files_reference",
        "declaration_files",
        ["declarant", "reference"],
        unique=True,
    )
    op.create_index(
        "ix_declaration_files_taxpayer",
        "declaration_files",
        ["taxpayer", "registered_at"],
        unique=False,
    )
    op.create_table(
        "declaration_versions",
        sa.Column("declaration_no", sa.String(length=35), nullable=False),
        sa.Column("amendment", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decision_salt", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("declaration_no", "amendment", name="pk_declaration_versions"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in _NEW:
        op.drop_table(table)
