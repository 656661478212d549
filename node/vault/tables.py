"""Tables of the vault, in the state database: what is held, what was erased, who read what."""

from typing import Final

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from node.database.schema import BYTES32, StateTable

CID: Final = 59
TEXT: Final = 128
_TIME: Final = 32
# SQLite counts up by itself only in a column of type INTEGER.
_Sequence = BigInteger().with_variant(Integer, "sqlite")


class ManifestRow(StateTable):
    """One manifest that this organisation can open; its content is stored."""

    __tablename__ = "vault_manifests"

    manifest: Mapped[str] = mapped_column(String(CID), unique=True)
    content: Mapped[str] = mapped_column(String(CID))
    document: Mapped[str] = mapped_column(String(BYTES32))
    media_type: Mapped[str] = mapped_column(String(TEXT))
    size: Mapped[int] = mapped_column(BigInteger)
    weight: Mapped[int] = mapped_column(Integer)
    received_at: Mapped[str] = mapped_column(String(_TIME))
    sequence: Mapped[int] = mapped_column(
        _Sequence, primary_key=True, autoincrement=True, init=False
    )

    __table_args__ = (
        Index("ix_vault_manifests_document", "document"),
        Index("ix_vault_manifests_content", "content"),
    )


class PendingRow(StateTable):
    """A content that came, or is about to come, and that no manifest names yet."""

    __tablename__ = "vault_pending"

    content: Mapped[str] = mapped_column(String(CID), primary_key=True)
    received_at: Mapped[int] = mapped_column(BigInteger)


class AttachmentRow(StateTable):
    """A document that a held SD-JWT commits to in a field that is always shown."""

    __tablename__ = "vault_attachments"

    attachment: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    document: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)


class ErasureRow(StateTable):
    """A document that was erased; it is not taken again."""

    __tablename__ = "vault_erasures"

    document: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    erased_at: Mapped[str] = mapped_column(String(_TIME))


class AccessRow(StateTable):
    """Who did what with which document, when, and for what purpose."""

    __tablename__ = "vault_accesses"

    at: Mapped[str] = mapped_column(String(_TIME))
    document: Mapped[str] = mapped_column(String(BYTES32))
    act: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(TEXT))
    role: Mapped[str] = mapped_column(String(32))
    post: Mapped[str] = mapped_column(String(TEXT))
    purpose: Mapped[str] = mapped_column(String(TEXT))
    sequence: Mapped[int] = mapped_column(
        _Sequence, primary_key=True, autoincrement=True, init=False
    )

    __table_args__ = (Index("ix_vault_accesses_document", "document", "sequence"),)
