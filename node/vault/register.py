"""Which manifests, contents and erasures the vault knows, in SQL."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from contracts.documents.cid import Cid
from contracts.documents.manifest import Manifest
from node.database.database import Database
from node.vault.errors import DocumentErasedError
from node.vault.tables import AttachmentRow, ErasureRow, ManifestRow, PendingRow


@dataclass(frozen=True, slots=True)
class Held:
    """A manifest that is held.

    Attributes:
        manifest: Its CID.
        content: CID of the ciphertext.
        document: What it commits to, 0x and 64 digits.
        weight: How much of an SD-JWT it discloses.
    """

    manifest: str
    content: str
    document: str
    weight: int


class Register:
    """The vault's tables in one state database."""

    def __init__(self, state: Database, clock: Callable[[], datetime]) -> None:
        """Work on a migrated state database."""
        self._state = state
        self._clock = clock

    def expect(self, content: Cid) -> None:
        """Note a content before it is stored, so that it is not forgotten if nothing follows."""
        row = PendingRow(str(content), int(self._clock().timestamp()))
        with self._state.write() as session:
            session.merge(row)

    def add(self, manifest: Manifest, weight: int, attachments: Collection[str]) -> None:
        """Hold a manifest whose content is stored; the same one again changes nothing.

        Raises:
            DocumentErasedError: Its document was erased.
        """
        try:
            self._add(manifest, weight, attachments)
        except IntegrityError:
            self._add(manifest, weight, attachments)  # another thread was faster: now it is there

    def _add(self, manifest: Manifest, weight: int, attachments: Collection[str]) -> None:
        name, document = str(manifest.cid), "0x" + manifest.document.hex()
        with self._state.write() as session:
            _require_kept(session, document)
            session.execute(delete(PendingRow).where(PendingRow.content == str(manifest.content)))
            if session.scalar(select(ManifestRow).where(ManifestRow.manifest == name)) is None:
                session.add(
                    ManifestRow(
                        manifest=name,
                        content=str(manifest.content),
                        document=document,
                        media_type=manifest.media_type,
                        size=manifest.size,
                        weight=weight,
                        received_at=self._now(),
                    )
                )
            for attachment in attachments:
                session.merge(AttachmentRow(attachment=attachment, document=document))

    def of_document(self, document: str) -> list[Held]:
        """Return a document's manifests, the fullest first, of these the newest.

        Raises:
            DocumentErasedError: It was erased.
        """
        query = select(ManifestRow).where(ManifestRow.document == document)
        order = (ManifestRow.weight.desc(), ManifestRow.sequence.desc())
        with self._state.read() as session:
            _require_kept(session, document)
            return [_held(row) for row in session.scalars(query.order_by(*order))]

    def naming(self, cid: Cid) -> list[Held]:
        """Return the manifests that a CID is, or whose content it is."""
        text = str(cid)
        query = select(ManifestRow).where(
            (ManifestRow.manifest == text) | (ManifestRow.content == text)
        )
        with self._state.read() as session:
            return [_held(row) for row in session.scalars(query)]

    def documents(self) -> frozenset[str]:
        """Return every document that is held."""
        erased = select(ErasureRow.document)
        query = select(ManifestRow.document).where(ManifestRow.document.not_in(erased)).distinct()
        with self._state.read() as session:
            return frozenset(session.scalars(query))

    def parents(self, attachment: str) -> list[str]:
        """Return the held documents that commit to an attachment."""
        query = select(AttachmentRow.document).where(AttachmentRow.attachment == attachment)
        with self._state.read() as session:
            return list(session.scalars(query))

    def is_erased(self, document: str) -> bool:
        """Return whether a document was erased."""
        with self._state.read() as session:
            return session.get(ErasureRow, document) is not None

    def erase(self, document: str) -> None:
        """Note for good that a document is erased; its bytes go afterwards."""
        row = ErasureRow(document=document, erased_at=self._now())
        with self._state.write() as session:
            if session.get(ErasureRow, document) is None:
                session.add(row)

    def leftovers(self) -> list[Held]:
        """Return manifests of erased documents, whose bytes a crash may have left."""
        erased = select(ErasureRow.document)
        query = select(ManifestRow).where(ManifestRow.document.in_(erased))
        with self._state.read() as session:
            return [_held(row) for row in session.scalars(query)]

    def forget(self, held: Held) -> None:
        """Forget a manifest whose bytes are gone."""
        with self._state.write() as session:
            session.execute(delete(ManifestRow).where(ManifestRow.manifest == held.manifest))
            session.execute(delete(AttachmentRow).where(AttachmentRow.document == held.document))

    def abandoned(self, before: int) -> list[str]:
        """Return contents that came before a time, seconds, and that no manifest names."""
        named = select(ManifestRow.content)
        query = select(PendingRow.content).where(
            PendingRow.received_at < before, PendingRow.content.not_in(named)
        )
        with self._state.read() as session:
            return list(session.scalars(query))

    def abandon(self, content: str) -> None:
        """Forget a pending content."""
        with self._state.write() as session:
            session.execute(delete(PendingRow).where(PendingRow.content == content))

    def _now(self) -> str:
        return self._clock().astimezone(UTC).isoformat(timespec="milliseconds")


def _require_kept(session: Session, document: str) -> None:
    if session.get(ErasureRow, document) is not None:
        raise DocumentErasedError(document)


def _held(row: ManifestRow) -> Held:
    return Held(row.manifest, row.content, row.document, row.weight)
