"""Payments: declarations, guarantees, orders, items, steps, statements, breaks."""

import sqlalchemy as sa
from alembic import op

revision = "state_0008"
down_revision = "state_0007"
branch_labels = None
depends_on = None


def _sequence() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("sequence", kind, autoincrement=True, nullable=False)


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "payment_declarations",
        sa.Column("declaration_no", sa.String(length=35), nullable=False),
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("taxpayer", sa.String(length=16), nullable=False),
        sa.Column("declarant", sa.String(length=66), nullable=True),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("customs_code", sa.String(length=12), nullable=False),
        sa.Column("amendment", sa.Integer(), nullable=False),
        sa.Column("assessed", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("assessment", sa.String(length=66), nullable=True),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("paid_blinding", sa.Text(), nullable=True),
        sa.Column("covered", sa.BigInteger(), nullable=False),
        sa.Column("covered_blinding", sa.Text(), nullable=True),
        sa.Column("paid_share", sa.Integer(), nullable=False),
        sa.Column("total_share", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("declaration_no", name="pk_payment_declarations"),
        sa.UniqueConstraint("object_id", name="uq_payment_declarations_object_id"),
    )
    op.create_index(
        "ix_payment_declarations_taxpayer", "payment_declarations", ["taxpayer"], unique=False
    )
    op.create_table(
        "payment_guarantees",
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("bank", sa.String(length=66), nullable=False),
        sa.Column("number", sa.String(length=35), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("taxpayer", sa.String(length=16), nullable=False),
        sa.Column("declaration_no", sa.String(length=35), nullable=True),
        sa.Column("limit", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("drawn", sa.BigInteger(), nullable=False),
        sa.Column("drawn_blinding", sa.Text(), nullable=True),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("object_id", name="pk_payment_guarantees"),
    )
    op.create_index(
        "ix_payment_guarantees_bank", "payment_guarantees", ["bank", "number"], unique=False
    )
    op.create_table(
        "payment_orders",
        sa.Column("bank", sa.String(length=66), nullable=False),
        sa.Column("pay_id", sa.String(length=35), nullable=False),
        sa.Column("declaration_no", sa.String(length=35), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=66), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        _sequence(),
        sa.PrimaryKeyConstraint("sequence", name="pk_payment_orders"),
    )
    op.create_index(
        "ix_payment_orders_bank_sequence", "payment_orders", ["bank", "sequence"], unique=False
    )
    op.create_index(
        "ix_payment_orders_declaration_no", "payment_orders", ["declaration_no"], unique=False
    )
    op.create_index(
        "uq_payment_orders_bank_pay_id", "payment_orders", ["bank", "pay_id"], unique=True
    )
    op.create_table(
        "payment_items",
        sa.Column("name", sa.String(length=66), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("organisation", sa.String(length=66), nullable=False),
        sa.Column("reference", sa.String(length=35), nullable=False),
        sa.Column("declaration_no", sa.String(length=35), nullable=True),
        sa.Column("refers", sa.String(length=66), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("blinding", sa.Text(), nullable=True),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        _sequence(),
        sa.PrimaryKeyConstraint("sequence", name="pk_payment_items"),
        sa.UniqueConstraint("name", name="uq_payment_items_name"),
    )
    op.create_index(
        "ix_payment_items_declaration_no",
        "payment_items",
        ["declaration_no", "sequence"],
        unique=False,
    )
    op.create_index(
        "ix_payment_items_reference",
        "payment_items",
        ["organisation", "kind", "reference"],
        unique=False,
    )
    op.create_index("ix_payment_items_state", "payment_items", ["state", "sequence"], unique=False)
    op.create_table(
        "payment_steps",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("item", sa.String(length=66), nullable=False),
        sa.Column("subjects", sa.Text(), nullable=False),
        sa.Column("records", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_payment_steps"),
    )
    op.create_index("ix_payment_steps_is_open", "payment_steps", ["is_open"], unique=False)
    op.create_table(
        "payment_statements",
        sa.Column("bank", sa.String(length=66), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("content_hash", sa.String(length=66), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bank", "day", name="pk_payment_statements"),
    )
    op.create_table(
        "payment_breaks",
        sa.Column("bank", sa.String(length=66), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("pay_id", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("due", sa.String(length=10), nullable=False),
        sa.Column("cleared_by", sa.String(length=128), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        _sequence(),
        sa.PrimaryKeyConstraint("sequence", name="pk_payment_breaks"),
    )
    op.create_index("ix_payment_breaks_bank", "payment_breaks", ["bank", "day"], unique=False)
    op.create_index(
        "ix_payment_breaks_cleared_by", "payment_breaks", ["cleared_by", "sequence"], unique=False
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_payment_breaks_cleared_by", table_name="payment_breaks")
    op.drop_index("ix_payment_breaks_bank", table_name="payment_breaks")
    op.drop_table("payment_breaks")
    op.drop_table("payment_statements")
    op.drop_index("ix_payment_steps_is_open", table_name="payment_steps")
    op.drop_table("payment_steps")
    op.drop_index("ix_payment_items_state", table_name="payment_items")
    op.drop_index("ix_payment_items_reference", table_name="payment_items")
    op.drop_index("ix_payment_items_declaration_no", table_name="payment_items")
    op.drop_table("payment_items")
    op.drop_index("uq_payment_orders_bank_pay_id", table_name="payment_orders")
    op.drop_index("ix_payment_orders_declaration_no", table_name="payment_orders")
    op.drop_index("ix_payment_orders_bank_sequence", table_name="payment_orders")
    op.drop_table("payment_orders")
    op.drop_index("ix_payment_guarantees_bank", table_name="payment_guarantees")
    op.drop_table("payment_guarantees")
    op.drop_index("ix_payment_declarations_taxpayer", table_name="payment_declarations")
    op.drop_table("payment_declarations")
