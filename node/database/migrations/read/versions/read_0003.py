"""Certificates for their whole life: messages, verification, export lines; applications."""

import sqlalchemy as sa
from alembic import op

revision = "read_0003"
down_revision = "read_0002"
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
)
_NEW = (
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


def upgrade() -> None:
    """Empty everything, so that the indexer begins anew, and create the new tables."""
    for table in _KEPT:
        op.execute(sa.table(table).delete())
    for table in ("certificate_claims", "certificate_items", "certificates"):
        op.drop_table(table)
    op.create_table(
        "application_steps",
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(length=66), nullable=False),
        sa.Column("reference", sa.String(length=66), nullable=True),
        sa.Column("document", sa.String(length=66), nullable=True),
        sa.Column("reason", sa.String(length=66), nullable=True),
        sa.Column("stated_at", sa.BigInteger(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_application_steps")),
    )
    op.create_index(
        "ix_application_steps_document", "application_steps", ["document"], unique=False
    )
    op.create_index(
        "ix_application_steps_object_id",
        "application_steps",
        ["object_id", "position"],
        unique=False,
    )
    op.create_table(
        "applications",
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("contract", sa.String(length=42), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("applicant", sa.String(length=66), nullable=False),
        sa.Column("authority", sa.String(length=66), nullable=False),
        sa.Column("country", sa.String(length=6), nullable=False),
        sa.Column("document", sa.String(length=66), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=False),
        sa.Column("applied_block", sa.BigInteger(), nullable=False),
        sa.Column("changed_block", sa.BigInteger(), nullable=False),
        sa.Column("certificate", sa.String(length=66), nullable=True),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_applications")),
    )
    op.create_index(
        "ix_applications_applicant", "applications", ["applicant", "object_id"], unique=False
    )
    op.create_index(
        "ix_applications_authority",
        "applications",
        ["authority", "status", "object_id"],
        unique=False,
    )
    op.create_index("ix_applications_certificate", "applications", ["certificate"], unique=False)
    op.create_index(
        "ix_applications_country", "applications", ["country", "status", "object_id"], unique=False
    )
    op.create_index("ix_applications_document", "applications", ["document"], unique=False)
    op.create_table(
        "certificate_claims",
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("commitment_x", sa.String(length=78), nullable=False),
        sa.Column("commitment_y", sa.String(length=78), nullable=False),
        sa.Column("claimed_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_block", sa.BigInteger(), nullable=False),
        sa.Column("changed_block", sa.BigInteger(), nullable=False),
        sa.Column("declarant_key", sa.String(length=66), nullable=True),
        sa.Column("declaration", sa.String(length=66), nullable=True),
        sa.Column("child", sa.String(length=66), nullable=True),
        sa.Column("child_item", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=66), nullable=True),
        sa.Column("verification", sa.String(length=16), nullable=False),
        sa.Column("doubted_at", sa.BigInteger(), nullable=True),
        sa.Column("doubt_document", sa.String(length=66), nullable=True),
        sa.Column("reply_by", sa.BigInteger(), nullable=True),
        sa.Column("conclude_by", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_certificate_claims")),
    )
    op.create_index("ix_certificate_claims_child", "certificate_claims", ["child"], unique=False)
    op.create_index(
        "ix_certificate_claims_declarant_key", "certificate_claims", ["declarant_key"], unique=False
    )
    op.create_index(
        "ix_certificate_claims_object_id",
        "certificate_claims",
        ["object_id", "claimed_block", "digest"],
        unique=False,
    )
    op.create_index(
        "ix_certificate_claims_status", "certificate_claims", ["status", "digest"], unique=False
    )
    op.create_table(
        "certificate_items",
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("item", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("commitment_x", sa.String(length=78), nullable=False),
        sa.Column("commitment_y", sa.String(length=78), nullable=False),
        sa.PrimaryKeyConstraint("object_id", "item", name=op.f("pk_certificate_items")),
    )
    op.create_table(
        "certificate_messages",
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("exchange", sa.String(length=16), nullable=False),
        sa.Column("organisation", sa.String(length=66), nullable=False),
        sa.Column("reference", sa.String(length=66), nullable=False),
        sa.Column("document", sa.String(length=66), nullable=True),
        sa.Column("reason", sa.String(length=66), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_certificate_messages")),
    )
    op.create_index(
        "ix_certificate_messages_document", "certificate_messages", ["document"], unique=False
    )
    op.create_index(
        "ix_certificate_messages_object_id",
        "certificate_messages",
        ["object_id", "position"],
        unique=False,
    )
    op.create_table(
        "certificates",
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("contract", sa.String(length=42), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("issuer", sa.String(length=66), nullable=False),
        sa.Column("form", sa.String(length=18), nullable=False),
        sa.Column("issuing_country", sa.String(length=6), nullable=False),
        sa.Column("importing_country", sa.String(length=6), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("consignment", sa.String(length=66), nullable=False),
        sa.Column("document", sa.String(length=66), nullable=False),
        sa.Column("document_key", sa.String(length=66), nullable=False),
        sa.Column("application", sa.String(length=66), nullable=True),
        sa.Column("authorisation", sa.String(length=66), nullable=True),
        sa.Column("parent", sa.String(length=66), nullable=True),
        sa.Column("supersedes", sa.String(length=66), nullable=True),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("issued_block", sa.BigInteger(), nullable=False),
        sa.Column("issued_time", sa.BigInteger(), nullable=False),
        sa.Column("changed_block", sa.BigInteger(), nullable=False),
        sa.Column("exchange", sa.String(length=16), nullable=False),
        sa.Column("paper", sa.Boolean(), nullable=False),
        sa.Column("consented", sa.Boolean(), nullable=False),
        sa.Column("transmission", sa.String(length=66), nullable=True),
        sa.Column("successor", sa.String(length=66), nullable=True),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_certificates")),
    )
    op.create_index("ix_certificates_application", "certificates", ["application"], unique=False)
    op.create_index("ix_certificates_consignment", "certificates", ["consignment"], unique=False)
    op.create_index("ix_certificates_document", "certificates", ["document"], unique=False)
    op.create_index(
        "ix_certificates_importing_country",
        "certificates",
        ["importing_country", "exchange", "object_id"],
        unique=False,
    )
    op.create_index(
        "ix_certificates_issuer", "certificates", ["issuer", "exchange", "object_id"], unique=False
    )
    op.create_index(
        "ix_certificates_issuing_country",
        "certificates",
        ["issuing_country", "object_id"],
        unique=False,
    )
    op.create_index("ix_certificates_parent", "certificates", ["parent"], unique=False)
    op.create_table(
        "certified_exporters",
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("contract", sa.String(length=42), nullable=False),
        sa.Column("organisation", sa.String(length=66), nullable=False),
        sa.Column("authority", sa.String(length=66), nullable=False),
        sa.Column("country", sa.String(length=6), nullable=False),
        sa.Column("goods", sa.String(length=66), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("authorised_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_block", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_certified_exporters")),
    )
    op.create_index(
        "ix_certified_exporters_country",
        "certified_exporters",
        ["country", "object_id"],
        unique=False,
    )
    op.create_table(
        "certified_lines",
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("line", sa.String(length=66), nullable=False),
        sa.Column("customs", sa.String(length=66), nullable=False),
        sa.Column("quantity_x", sa.String(length=78), nullable=False),
        sa.Column("quantity_y", sa.String(length=78), nullable=False),
        sa.Column("certified_at", sa.BigInteger(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_certified_lines")),
    )
    op.create_index("ix_certified_lines_line", "certified_lines", ["line", "digest"], unique=False)
    op.create_index(
        "ix_certified_lines_object_id",
        "certified_lines",
        ["object_id", "item", "digest"],
        unique=False,
    )
    op.create_table(
        "export_lines",
        sa.Column("line", sa.String(length=66), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("commitment_x", sa.String(length=78), nullable=False),
        sa.Column("commitment_y", sa.String(length=78), nullable=False),
        sa.Column("customs", sa.String(length=66), nullable=False),
        sa.Column("changed_block", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("line", name=op.f("pk_export_lines")),
    )
    op.create_table(
        "verification_steps",
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("object_id", sa.String(length=66), nullable=False),
        sa.Column("claim", sa.String(length=66), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("verification", sa.String(length=16), nullable=False),
        sa.Column("organisation", sa.String(length=66), nullable=False),
        sa.Column("document", sa.String(length=66), nullable=True),
        sa.Column("reply_by", sa.BigInteger(), nullable=True),
        sa.Column("stated_at", sa.BigInteger(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_verification_steps")),
    )
    op.create_index(
        "ix_verification_steps_document", "verification_steps", ["document"], unique=False
    )
    op.create_index(
        "ix_verification_steps_object_id",
        "verification_steps",
        ["object_id", "position"],
        unique=False,
    )


def downgrade() -> None:
    """Drop them; what stood before is made by a rebuild with the older program."""
    for table in _NEW:
        op.drop_table(table)
