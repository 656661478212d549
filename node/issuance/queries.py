"""Questions about applications and certified exporters, within their caller's scope."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from node.errors import ApplicationUnknownError, ExporterUnknownError, LineUnknownError
from node.issuance.tables import (
    ApplicationRow,
    ApplicationStatus,
    ApplicationStepRow,
    CertifiedLineRow,
    ExporterRow,
    LineRow,
)
from node.membership.tables import OrganisationRow


@dataclass(frozen=True, slots=True)
class IssuanceScope:
    """Whose applications a caller may see: its own, and an authority those of its country.

    Attributes:
        organisation: The caller's organisation.
        country: Its country where it is customs or an issuing authority, None elsewhere.
    """

    organisation: str
    country: str | None

    def condition(self) -> ColumnElement[bool]:
        """Return the scope as part of a query."""
        own = or_(
            ApplicationRow.applicant == self.organisation,
            ApplicationRow.authority == self.organisation,
        )
        return own if self.country is None else or_(own, ApplicationRow.country == self.country)

    def lines(self) -> ColumnElement[bool]:
        """Return which export lines are visible: an authority those of its country's customs."""
        country = OrganisationRow.country == (self.country or "")
        return LineRow.customs.in_(select(OrganisationRow.id).where(country))


@dataclass(frozen=True, slots=True)
class ApplicationDetails:
    """An application with its steps, oldest first."""

    application: ApplicationRow
    steps: Sequence[ApplicationStepRow]


class IssuanceQueries:
    """Reads of one session within one scope; the directory of exporters is every member's."""

    def __init__(self, session: Session, scope: IssuanceScope) -> None:
        """Read in one session."""
        self._session = session
        self._scope = scope

    def applications(
        self, after: str | None, limit: int, status: ApplicationStatus | None = None
    ) -> list[ApplicationRow]:
        """Return the visible applications by identifier, those behind `after`."""
        query = self._visible()
        if status is not None:
            query = query.where(ApplicationRow.status == status)
        if after is not None:
            query = query.where(ApplicationRow.object_id > after)
        return list(self._session.scalars(query.order_by(ApplicationRow.object_id).limit(limit)))

    def application(self, identifier: str) -> ApplicationDetails:
        """Return one application.

        Raises:
            ApplicationUnknownError: None of this identifier is visible.
        """
        row = self._session.scalar(self._visible().where(ApplicationRow.object_id == identifier))
        if row is None:
            raise ApplicationUnknownError(identifier[:80])
        query = (
            select(ApplicationStepRow)
            .where(ApplicationStepRow.object_id == identifier)
            .order_by(ApplicationStepRow.position)
        )
        return ApplicationDetails(row, list(self._session.scalars(query)))

    def approving(self, certificate: str) -> ApplicationRow | None:
        """Return the visible application that a certificate is approved by, None without."""
        query = self._visible().where(ApplicationRow.certificate == certificate)
        return self._session.scalar(query.limit(1))

    def exporters(self, after: str | None, limit: int) -> list[ExporterRow]:
        """Return certified exporters by identifier, those behind `after`."""
        query = select(ExporterRow).order_by(ExporterRow.object_id).limit(limit)
        if after is not None:
            query = query.where(ExporterRow.object_id > after)
        return list(self._session.scalars(query))

    def exporter(self, identifier: str) -> ExporterRow:
        """Return one certified exporter.

        Raises:
            ExporterUnknownError: There is none of this identifier.
        """
        row = self._session.get(ExporterRow, identifier)
        if row is None:
            raise ExporterUnknownError(identifier[:80])
        return row

    def line(self, line: str) -> LineRow:
        """Return how far an export line is certified.

        Raises:
            LineUnknownError: No part of it is certified, or the caller may not see it.
        """
        row = self._session.scalar(select(LineRow).where(LineRow.line == line, self._scope.lines()))
        if row is None:
            raise LineUnknownError(line[:80])
        return row

    def standing_parts(self, line: str) -> list[CertifiedLineRow]:
        """Return the parts of a visible export line that are certified and not released."""
        query = (
            select(CertifiedLineRow)
            .join(LineRow, LineRow.line == CertifiedLineRow.line)
            .where(
                CertifiedLineRow.line == line,
                CertifiedLineRow.released_at.is_(None),
                self._scope.lines(),
            )
            .order_by(CertifiedLineRow.block_number, CertifiedLineRow.digest)
        )
        return list(self._session.scalars(query))

    def certified_lines(self, certificate: str) -> list[CertifiedLineRow]:
        """Return the visible export lines that a certificate's items are certified from.

        Also those of a certificate that is not issued yet, for the authority that waits for
        them and the exporter whose application is approved.
        """
        order = (CertifiedLineRow.item, CertifiedLineRow.block_number, CertifiedLineRow.digest)
        query = (
            select(CertifiedLineRow)
            .where(CertifiedLineRow.object_id == certificate)
            .order_by(*order)
        )
        if self.approving(certificate) is None:
            query = query.join(LineRow, LineRow.line == CertifiedLineRow.line)
            query = query.where(self._scope.lines())
        return list(self._session.scalars(query))

    def sees_document(self, digest: str) -> bool:
        """Return whether a visible application or one of its steps commits to a document."""
        direct = self._visible().where(ApplicationRow.document == digest)
        if self._session.scalar(direct.limit(1)) is not None:
            return True
        steps = select(ApplicationStepRow.object_id).where(ApplicationStepRow.document == digest)
        named = self._visible().where(ApplicationRow.object_id.in_(steps))
        return self._session.scalar(named.limit(1)) is not None

    def _visible(self) -> Select[ApplicationRow]:
        return select(ApplicationRow).where(self._scope.condition())
