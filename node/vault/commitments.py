"""Which documents something commits to: a record on the ledger or on its way, or a document."""

import json

from sqlalchemy import select, union_all

from node.database.database import Database
from node.issuance.tables import ApplicationRow, ApplicationStepRow
from node.origin.tables import CertificateRow, ClaimRow, MessageRow, VerificationStepRow
from node.outbox.tables import EntryStatus, OutboxEntry
from node.vault.register import Register

_COLUMNS = (
    CertificateRow.document,
    MessageRow.document,
    VerificationStepRow.document,
    ClaimRow.doubt_document,
    ApplicationRow.document,
    ApplicationStepRow.document,
)


class Commitments:
    """Knows what is committed to, so that the vault takes nothing else."""

    def __init__(self, read: Database, state: Database, register: Register) -> None:
        """Look into both databases."""
        self._read = read
        self._state = state
        self._register = register

    def __call__(self, document: str) -> bool:
        """Return whether anything commits to a document.

        Args:
            document: 0x and 64 digits.

        Raises:
            StorageError: A database refused.
        """
        return (
            self._is_recorded(document)
            or bool(self._register.parents(document))
            or self._is_promised(document)
        )

    def _is_recorded(self, document: str) -> bool:
        query = union_all(*(select(column).where(column == document) for column in _COLUMNS))
        with self._read.read() as session:
            return session.execute(query.limit(1)).first() is not None

    def _is_promised(self, document: str) -> bool:
        query = select(OutboxEntry.record).where(
            OutboxEntry.status != EntryStatus.REFUSED, OutboxEntry.record.contains(document)
        )
        with self._state.read() as session:
            texts = session.scalars(query)
            return any(json.loads(text)["message"].get("document") == document for text in texts)
