"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "read_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "certificate_claims",
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("declarant_key", sa.String(length=66), nullable=False),
        sa.Column("declaration", sa.String(length=66), nullable=False),
        sa.Column("commitment_x", sa.String(length=78), nullable=False),
        sa.Column("commitment_y", sa.String(length=78), nullable=False),
        sa.Column("claimed_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=66), nullable=True),
        sa.Column("claimed_block", sa.BigInteger(), nullable=False),
        sa.Column("changed_block", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_certificate_claims"),
    )
    op.create_index(
        "ix_certificate_claims_object_id",
        "certificate_claims",
        ["object_id", "claimed_block", "digest"],
        unique=False,
    )
    op.create_table(
        "certificate_items",
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("item", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("commitment_x", sa.String(length=78), nullable=False),
        sa.Column("commitment_y", sa.String(length=78), nullable=False),
        sa.PrimaryKeyConstraint("object_id", "item", name="pk_certificate_items"),
    )
    op.create_table(
        "certificates",
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("contract", sa.String(length=42), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("issuer", sa.String(length=66), nullable=False),
        sa.Column("issuing_country", sa.String(length=6), nullable=False),
        sa.Column("importing_country", sa.String(length=6), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("consignment", sa.String(length=66), nullable=False),
        sa.Column("document", sa.String(length=66), nullable=False),
        sa.Column("document_key", sa.String(length=66), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True),
        sa.Column("issued_block", sa.BigInteger(), nullable=False),
        sa.Column("changed_block", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("object_id", name="pk_certificates"),
    )
    op.create_index("ix_certificates_consignment", "certificates", ["consignment"], unique=False)
    op.create_index("ix_certificates_document", "certificates", ["document"], unique=False)
    op.create_index(
        "ix_certificates_importing_country",
        "certificates",
        ["importing_country", "object_id"],
        unique=False,
    )
    op.create_index(
        "ix_certificates_issuing_country",
        "certificates",
        ["issuing_country", "object_id"],
        unique=False,
    )
    op.create_table(
        "contracts",
        sa.Column("domain", sa.String(length=66), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("address", sa.String(length=42), nullable=False),
        sa.Column("code_hash", sa.String(length=66), nullable=False),
        sa.Column("from_block", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("domain", "version", name="pk_contracts"),
        sa.UniqueConstraint("address", name="uq_contracts_address"),
    )
    op.create_table(
        "cursor",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.String(length=66), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("genesis_hash", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cursor"),
    )
    op.create_table(
        "identifier_keys",
        sa.Column("organisation", sa.String(length=66), nullable=False),
        sa.Column("name", sa.String(length=66), nullable=False),
        sa.Column("commitment", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "name", name="pk_identifier_keys"),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.String(length=66), nullable=False),
        sa.Column("organisation", sa.String(length=66), nullable=False),
        sa.Column("purposes", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=False),
        sa.Column("compromised_since", sa.BigInteger(), nullable=False),
        sa.Column("material", sa.Text(), nullable=False),
        sa.Column("since_block", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
    )
    op.create_index("ix_keys_organisation", "keys", ["organisation", "id"], unique=False)
    op.create_table(
        "organisations",
        sa.Column("id", sa.String(length=66), nullable=False),
        sa.Column("roles", sa.BigInteger(), nullable=False),
        sa.Column("country", sa.String(length=6), nullable=False),
        sa.Column("governing", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("since_block", sa.BigInteger(), nullable=False),
        sa.Column("changed_block", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisations"),
    )
    op.create_table(
        "records",
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("domain", sa.String(length=66), nullable=False),
        sa.Column("contract", sa.String(length=42), nullable=False),
        sa.Column("type_name", sa.String(length=64), nullable=False),
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.String(length=66), nullable=False),
        sa.Column("signer_key", sa.String(length=66), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_records"),
    )
    op.create_index(
        "ix_records_block_number", "records", ["block_number", "log_index"], unique=False
    )
    op.create_index(
        "uq_records_domain_object_position",
        "records",
        ["domain", "object_id", "position"],
        unique=True,
    )
    op.create_table(
        "validators",
        sa.Column("public_key", sa.String(length=66), nullable=False),
        sa.Column("power", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("public_key", name="pk_validators"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("validators")
    op.drop_index("uq_records_domain_object_position", table_name="records")
    op.drop_index("ix_records_block_number", table_name="records")
    op.drop_table("records")
    op.drop_table("organisations")
    op.drop_index("ix_keys_organisation", table_name="keys")
    op.drop_table("keys")
    op.drop_table("identifier_keys")
    op.drop_table("cursor")
    op.drop_table("contracts")
    op.drop_index("ix_certificates_issuing_country", table_name="certificates")
    op.drop_index("ix_certificates_importing_country", table_name="certificates")
    op.drop_index("ix_certificates_document", table_name="certificates")
    op.drop_index("ix_certificates_consignment", table_name="certificates")
    op.drop_table("certificates")
    op.drop_table("certificate_items")
    op.drop_index("ix_certificate_claims_object_id", table_name="certificate_claims")
    op.drop_table("certificate_claims")
