"""Which certificates a caller may see, as part of every query."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, or_, select

from node.issuance.tables import ApplicationRow
from node.membership.tables import KeyRow
from node.origin.tables import CertificateRow, ClaimRow


@dataclass(frozen=True, slots=True)
class Scope:
    """What a caller may see.

    An authority (customs, issuing authority, auditor) sees the certificates of its country,
    issued or imported: an intermediate country so sees the parents and their children.
    Everybody sees the certificates whose document its organisation holds, which its own
    application led to, or which it issued: a holder learns of a certificate by receiving the
    document. A declarant sees the certificates that it claimed from, with its own claims alone.

    Attributes:
        country: The authority's country; None for callers that are none.
        organisation: The caller's organisation, which sees what it issued itself.
        held_documents: Digests of the documents in its organisation's folder.
    """

    country: str | None
    organisation: str
    held_documents: Collection[str]

    def condition(self) -> ColumnElement[bool]:
        """Return which certificates are visible, as part of a query."""
        return or_(self.whole(), CertificateRow.object_id.in_(self._claimed()))

    def whole(self) -> ColumnElement[bool]:
        """Return which certificates are visible with everybody's claims."""
        seen = [
            CertificateRow.document.in_(sorted(self.held_documents)),
            CertificateRow.issuer == self.organisation,
            CertificateRow.application.in_(self._applied()),
        ]
        if self.country is not None:
            seen.append(CertificateRow.issuing_country == self.country)
            seen.append(CertificateRow.importing_country == self.country)
        return or_(*seen)

    def own_claims(self) -> ColumnElement[bool]:
        """Return which claims the caller's organisation made."""
        # The contract names the declarant's organisation; other ledgers' events may name its key.
        own = ClaimRow.declarant_key == self.organisation
        return or_(own, ClaimRow.declarant_key.in_(self._keys()))

    def _claimed(self) -> Select[str]:
        return select(ClaimRow.object_id).where(self.own_claims())

    def _applied(self) -> Select[str]:
        applicant = ApplicationRow.applicant == self.organisation
        return select(ApplicationRow.object_id).where(applicant)

    def _keys(self) -> Select[str]:
        return select(KeyRow.id).where(KeyRow.organisation == self.organisation)
