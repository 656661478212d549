"""Which documents certificates commit to."""

from sqlalchemy import select

from node.database.database import Database
from node.origin.tables import CertificateRow
from node.outbox.outbox import Outbox


class CommittedDocuments:
    """Knows the commitments on the ledger and those this node promised to carry."""

    def __init__(self, read: Database, outbox: Outbox) -> None:
        """Look into both databases."""
        self._read = read
        self._outbox = outbox

    def __call__(self, digest: str) -> bool:
        """Return whether a certificate commits to a document's digest.

        Raises:
            StorageError: A database refused.
        """
        query = select(CertificateRow.object_id).where(CertificateRow.document == digest)
        with self._read.read() as session:
            if session.scalar(query.limit(1)) is not None:
                return True
        return self._outbox.is_promised("CertificateIssue", "document", digest)
