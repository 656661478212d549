"""Questions about certificates of origin, each within its caller's scope."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from contracts.origin.records import DOMAIN
from node.errors import CertificateUnknownError
from node.indexer.tables import LedgerRecord
from node.issuance.tables import CertifiedLineRow
from node.origin.scope import Scope
from node.origin.tables import (
    CertificateRow,
    CertificateStatus,
    ClaimRow,
    ClaimStatus,
    Exchange,
    ItemRow,
    MessageRow,
    VerificationState,
    VerificationStepRow,
)

__all__ = ["CertificateDetails", "CertificateFilter", "ClaimFilter", "OriginQueries", "Scope"]

_NO_HEAD = "0x" + "0" * 64
_NEWEST = LedgerRecord.position.desc()
_DECIDED = (
    VerificationState.NONE,
    VerificationState.VALID,
    VerificationState.INVALID,
    VerificationState.VISIT_REFUSED,
)
_Row = TypeVar("_Row", ItemRow, MessageRow, VerificationStepRow)


@dataclass(frozen=True, slots=True)
class CertificateFilter:
    """Which of the visible certificates are wanted; None for any.

    Attributes:
        status: Standing on the ledger.
        exchanges: How far it has come between the administrations: one of these.
        issuing_country: Where it was issued.
        importing_country: Where it is claimed.
        parent: What it was issued back-to-back from.
    """

    status: CertificateStatus | None = None
    exchanges: tuple[Exchange, ...] | None = None
    issuing_country: str | None = None
    importing_country: str | None = None
    parent: str | None = None

    def apply(self, query: Select[CertificateRow]) -> Select[CertificateRow]:
        """Return a query with these conditions."""
        for column, value in (
            (CertificateRow.status, self.status),
            (CertificateRow.issuing_country, self.issuing_country),
            (CertificateRow.importing_country, self.importing_country),
            (CertificateRow.parent, self.parent),
        ):
            if value is not None:
                query = query.where(column == value)
        if self.exchanges is not None:
            query = query.where(CertificateRow.exchange.in_(self.exchanges))
        return query


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """Which of the visible claims are wanted; None for any.

    Attributes:
        status: The claim's standing.
        verification: How far its verification has come.
        due_before: Block time in seconds: an open verification whose next deadline is earlier.
        importing_country: Whose customs decide.
        issuing_country: Whose authority answers.
    """

    status: ClaimStatus | None = None
    verification: VerificationState | None = None
    due_before: int | None = None
    importing_country: str | None = None
    issuing_country: str | None = None


@dataclass(frozen=True, slots=True)
class CertificateDetails:
    """A certificate with everything that the caller may see of it.

    Attributes:
        certificate: The certificate.
        items: Its drawn items.
        claims: Claims and draws; a mere declarant's own.
        count: Records in its history.
        head: The history's head.
        messages: What the administrations told each other, oldest first.
        steps: Steps of verifications, oldest first.
        lines: Export lines that its items are certified from.
        children: Identifiers of the certificates issued back-to-back from it.
    """

    certificate: CertificateRow
    items: Sequence[ItemRow]
    claims: Sequence[ClaimRow]
    count: int
    head: str
    messages: Sequence[MessageRow] = field(default=())
    steps: Sequence[VerificationStepRow] = field(default=())
    lines: Sequence[CertifiedLineRow] = field(default=())
    children: Sequence[str] = field(default=())


class OriginQueries:
    """Reads of one session within one scope."""

    def __init__(self, session: Session, scope: Scope) -> None:
        """Read in one session."""
        self._session = session
        self._scope = scope

    def certificates(
        self,
        after: str | None,
        limit: int,
        status: CertificateStatus | None = None,
        wanted: CertificateFilter | None = None,
    ) -> list[CertificateRow]:
        """Return the visible certificates by identifier, those behind `after`."""
        query = (wanted or CertificateFilter(status=status)).apply(self._visible())
        if after is not None:
            query = query.where(CertificateRow.object_id > after)
        return list(self._session.scalars(query.order_by(CertificateRow.object_id).limit(limit)))

    def certificate(self, certificate: str) -> CertificateDetails:
        """Return one certificate.

        Raises:
            CertificateUnknownError: None of this identifier is visible.
        """
        row = self._one(certificate)
        claims = self._claims_of(certificate)
        shown = {claim.digest for claim in claims}
        last = self._session.scalar(self._records(certificate).order_by(_NEWEST).limit(1))
        return CertificateDetails(
            row,
            self._of(ItemRow, certificate, ItemRow.item),
            claims,
            count=0 if last is None else last.position,
            head=_NO_HEAD if last is None else last.head,
            messages=self._of(MessageRow, certificate, MessageRow.position),
            steps=[
                step
                for step in self._of(VerificationStepRow, certificate, VerificationStepRow.position)
                if step.claim in shown
            ],
            lines=self._lines_of(certificate),
            children=sorted({claim.child for claim in claims if claim.child is not None}),
        )

    def history(self, certificate: str) -> list[LedgerRecord]:
        """Return a certificate's records in their order.

        Raises:
            CertificateUnknownError: None of this identifier is visible.
        """
        self._one(certificate)
        query = self._records(certificate).order_by(LedgerRecord.position)
        return list(self._session.scalars(query))

    def claims(self, after: str | None, limit: int, wanted: ClaimFilter) -> list[ClaimRow]:
        """Return claims on the visible certificates by digest, those behind `after`."""
        query = (
            select(ClaimRow)
            .join(CertificateRow, CertificateRow.object_id == ClaimRow.object_id)
            .where(or_(self._scope.whole(), self._scope.own_claims()))
        )
        for column, value in (
            (ClaimRow.status, wanted.status),
            (ClaimRow.verification, wanted.verification),
            (CertificateRow.importing_country, wanted.importing_country),
            (CertificateRow.issuing_country, wanted.issuing_country),
        ):
            if value is not None:
                query = query.where(column == value)
        if wanted.due_before is not None:
            due = or_(
                ClaimRow.reply_by < wanted.due_before, ClaimRow.conclude_by < wanted.due_before
            )
            query = query.where(ClaimRow.verification.not_in(_DECIDED), due)
        if after is not None:
            query = query.where(ClaimRow.digest > after)
        return list(self._session.scalars(query.order_by(ClaimRow.digest).limit(limit)))

    def sees_document(self, digest: str) -> bool:
        """Return whether a visible certificate, or what was said of it, commits to a document."""
        said = select(MessageRow.object_id).where(MessageRow.document == digest)
        steps = select(VerificationStepRow.object_id).where(VerificationStepRow.document == digest)
        doubts = select(ClaimRow.object_id).where(ClaimRow.doubt_document == digest)
        query = select(CertificateRow).where(
            or_(
                (CertificateRow.document == digest) & self._scope.condition(),
                CertificateRow.object_id.in_(said.union(steps, doubts)) & self._scope.whole(),
            )
        )
        return self._session.scalar(query.limit(1)) is not None

    def _claims_of(self, certificate: str) -> list[ClaimRow]:
        query = (
            select(ClaimRow)
            .where(ClaimRow.object_id == certificate)
            .order_by(ClaimRow.claimed_block, ClaimRow.digest)
        )
        whole = select(CertificateRow.object_id).where(
            CertificateRow.object_id == certificate, self._scope.whole()
        )
        if self._session.scalar(whole) is None:
            query = query.where(self._scope.own_claims())
        return list(self._session.scalars(query))

    def _lines_of(self, certificate: str) -> list[CertifiedLineRow]:
        query = select(CertifiedLineRow).where(CertifiedLineRow.object_id == certificate)
        order = (CertifiedLineRow.item, CertifiedLineRow.block_number, CertifiedLineRow.digest)
        return list(self._session.scalars(query.order_by(*order)))

    def _of(
        self, table: type[_Row], certificate: str, order: InstrumentedAttribute[int]
    ) -> list[_Row]:
        query = select(table).where(table.object_id == certificate).order_by(order)
        return list(self._session.scalars(query))

    @staticmethod
    def _records(certificate: str) -> Select[LedgerRecord]:
        return select(LedgerRecord).where(
            LedgerRecord.domain == DOMAIN, LedgerRecord.object_id == certificate
        )

    def _visible(self) -> Select[CertificateRow]:
        return select(CertificateRow).where(self._scope.condition())

    def _find(self, certificate: str) -> CertificateRow | None:
        return self._session.scalar(self._visible().where(CertificateRow.object_id == certificate))

    def _one(self, certificate: str) -> CertificateRow:
        row = self._find(certificate)
        if row is None:
            raise CertificateUnknownError(certificate[:80])
        return row
