"""The debt book: taxpayers, bookings, entries, declarations, items."""

import sqlalchemy as sa
from alembic import op

revision = "state_0007"
down_revision = "state_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "debt_taxpayers",
        sa.Column("tax_id", sa.String(length=16), nullable=False),
        sa.Column("organisation", sa.String(length=66), nullable=True),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("last_effective", sa.String(length=10), nullable=False),
        sa.Column("last_booked", sa.String(length=32), nullable=False),
        sa.Column("unapplied", sa.BigInteger(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tax_id", name="pk_debt_taxpayers"),
    )
    op.create_index(
        "ix_debt_taxpayers_organisation", "debt_taxpayers", ["organisation"], unique=False
    )
    op.create_table(
        "debt_bookings",
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("taxpayer", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("content", sa.String(length=66), nullable=False),
        sa.Column("booked_at", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["taxpayer"], ["debt_taxpayers.tax_id"], name="fk_debt_bookings_taxpayer"
        ),
        sa.PrimaryKeyConstraint("source", name="pk_debt_bookings"),
    )
    op.create_index("ix_debt_bookings_taxpayer", "debt_bookings", ["taxpayer"], unique=False)
    op.create_table(
        "debt_entries",
        sa.Column("taxpayer", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("effective_on", sa.String(length=10), nullable=False),
        sa.Column("booked_at", sa.String(length=32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("declaration_no", sa.String(length=64), nullable=True),
        sa.Column("tax", sa.String(length=32), nullable=True),
        sa.Column("sub_item", sa.String(length=32), nullable=True),
        sa.Column("target", sa.BigInteger(), nullable=True),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column(
            "sequence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["taxpayer"], ["debt_taxpayers.tax_id"], name="fk_debt_entries_taxpayer"
        ),
        sa.PrimaryKeyConstraint("sequence", name="pk_debt_entries"),
    )
    op.create_index(
        "ix_debt_entries_taxpayer",
        "debt_entries",
        ["taxpayer", "effective_on", "sequence"],
        unique=False,
    )
    op.create_index("ix_debt_entries_source", "debt_entries", ["source"], unique=False)
    op.create_table(
        "debt_declarations",
        sa.Column("taxpayer", sa.String(length=16), nullable=False),
        sa.Column("declaration_no", sa.String(length=64), nullable=False),
        sa.Column("assessment", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("taxpayer", "declaration_no", name="pk_debt_declarations"),
    )
    _items()


def _items() -> None:
    op.create_table(
        "debt_items",
        sa.Column("taxpayer", sa.String(length=16), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("declaration_no", sa.String(length=64), nullable=False),
        sa.Column("part", sa.String(length=32), nullable=False),
        sa.Column("tax", sa.String(length=32), nullable=False),
        sa.Column("sub_item", sa.String(length=32), nullable=False),
        sa.Column("effective_on", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.String(length=10), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("bearing", sa.BigInteger(), nullable=False),
        sa.Column("accrued", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("interest_paid", sa.BigInteger(), nullable=False),
        sa.Column("written_off", sa.BigInteger(), nullable=False),
        sa.Column("is_frozen", sa.Boolean(), nullable=False),
        sa.Column("settled_on", sa.String(length=10), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("taxpayer", "entry", name="pk_debt_items"),
    )
    op.create_index(
        "ix_debt_items_open", "debt_items", ["taxpayer", "is_open", "due_on"], unique=False
    )
    op.create_index(
        "ix_debt_items_declaration", "debt_items", ["taxpayer", "declaration_no"], unique=False
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_debt_items_declaration", table_name="debt_items")
    op.drop_index("ix_debt_items_open", table_name="debt_items")
    op.drop_table("debt_items")
    op.drop_table("debt_declarations")
    op.drop_index("ix_debt_entries_source", table_name="debt_entries")
    op.drop_index("ix_debt_entries_taxpayer", table_name="debt_entries")
    op.drop_table("debt_entries")
    op.drop_index("ix_debt_bookings_taxpayer", table_name="debt_bookings")
    op.drop_table("debt_bookings")
    op.drop_index("ix_debt_taxpayers_organisation", table_name="debt_taxpayers")
    op.drop_table("debt_taxpayers")
