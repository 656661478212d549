"""Questions about certificates of origin, each within its caller's scope."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from contracts.origin.records import DOMAIN
from node.errors import CertificateUnknownError
from node.indexer.tables import LedgerRecord
from node.origin.tables import CertificateRow, CertificateStatus, ClaimRow, ItemRow


@dataclass(frozen=True, slots=True)
class Scope:
    """What a caller may see.

    An authority (customs, issuing authority, auditor) sees the certificates of its country,
    issued or imported. Everybody sees the certificates whose document its organisation holds:
    a holder learns of a certificate by receiving the document.

    Attributes:
        country: The authority's country; None for callers that are none.
        organisation: The caller's organisation, which sees what it issued itself.
        held_documents: Digests of the documents in its organisation's folder.
    """

    country: str | None
    organisation: str
    held_documents: Collection[str]

    def condition(self) -> ColumnElement[bool]:
        """Return the scope as part of a query."""
        held = CertificateRow.document.in_(sorted(self.held_documents))
        own = CertificateRow.issuer == self.organisation
        if self.country is None:
            return or_(held, own)
        return or_(
            held,
            own,
            CertificateRow.issuing_country == self.country,
            CertificateRow.importing_country == self.country,
        )


@dataclass(frozen=True, slots=True)
class CertificateDetails:
    """A certificate with its items, claims and length of history."""

    certificate: CertificateRow
    items: list[ItemRow]
    claims: list[ClaimRow]
    count: int
    head: str


class OriginQueries:
    """Reads of one session within one scope."""

    def __init__(self, session: Session, scope: Scope) -> None:
        """Read in one session."""
        self._session = session
        self._scope = scope

    def certificates(
        self, after: str | None, limit: int, status: CertificateStatus | None = None
    ) -> list[CertificateRow]:
        """Return the visible certificates by identifier, those behind `after`."""
        query = self._visible()
        if status is not None:
            query = query.where(CertificateRow.status == status)
        if after is not None:
            query = query.where(CertificateRow.object_id > after)
        return list(self._session.scalars(query.order_by(CertificateRow.object_id).limit(limit)))

    def certificate(self, certificate: str) -> CertificateDetails:
        """Return one certificate.

        Raises:
            CertificateUnknownError: None of this identifier is visible.
        """
        row = self._one(certificate)
        items = select(ItemRow).where(ItemRow.object_id == certificate).order_by(ItemRow.item)
        claims = (
            select(ClaimRow)
            .where(ClaimRow.object_id == certificate)
            .order_by(ClaimRow.claimed_block, ClaimRow.digest)
        )
        history = self.history(certificate)
        return CertificateDetails(
            row,
            list(self._session.scalars(items)),
            list(self._session.scalars(claims)),
            count=history[-1].position if history else 0,
            head=history[-1].head if history else "0x" + "0" * 64,
        )

    def history(self, certificate: str) -> list[LedgerRecord]:
        """Return a certificate's records in their order.

        Raises:
            CertificateUnknownError: None of this identifier is visible.
        """
        self._one(certificate)
        query = (
            select(LedgerRecord)
            .where(LedgerRecord.domain == DOMAIN, LedgerRecord.object_id == certificate)
            .order_by(LedgerRecord.position)
        )
        return list(self._session.scalars(query))

    def sees_document(self, digest: str) -> bool:
        """Return whether a visible certificate commits to a document."""
        query = self._visible().where(CertificateRow.document == digest).limit(1)
        return self._session.scalar(query) is not None

    def _visible(self) -> Select[CertificateRow]:
        return select(CertificateRow).where(self._scope.condition())

    def _one(self, certificate: str) -> CertificateRow:
        row = self._session.scalar(self._visible().where(CertificateRow.object_id == certificate))
        if row is None:
            raise CertificateUnknownError(certificate[:80])
        return row
