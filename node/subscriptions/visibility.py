"""Which events a subscriber may see, as part of the query that reads them.

(1) What concerns Membership is every member's.
(2) What an organisation signed, it may see.
(3) An event about a certificate, application or export line is seen by who may see that thing; of
    a certificate that it merely claimed from, a declarant sees no other declarants' claims.
(4) An event about payments is seen by customs of the declaration's country, of a guarantee by
    those who drew on it, and by the banks whose credit or guarantee it is.
(5) Events of a domain without a rule here are seen under (2) alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from contracts.issuance.records import DOMAIN as ISSUANCE
from contracts.membership.records import DOMAIN as MEMBERSHIP
from contracts.origin.records import DOMAIN as ORIGIN
from contracts.payments.records import DOMAIN as PAYMENTS
from node.database.values import hexadecimal
from node.indexer.tables import LedgerRecord
from node.issuance.queries import IssuanceScope
from node.issuance.tables import ApplicationRow, ExporterRow, LineRow
from node.membership.tables import KeyRow
from node.origin.scope import Scope
from node.origin.tables import CertificateRow, ClaimRow
from node.settlement.tables import CreditRow, DrawRow, GuaranteeRow, SettlementRow
from node.subscriptions.events import Event

_CLAIMS: Final = frozenset({"CertificateClaim", "CertificateDraw"})


@dataclass(frozen=True, slots=True)
class Visibility:
    """What one subscriber may see now.

    Attributes:
        scope: Of certificates; None for callers that see Membership alone.
    """

    scope: Scope | None

    def condition(self) -> ColumnElement[bool]:
        """Return which records may be seen, before `hide` has its say."""
        seen = [LedgerRecord.domain == MEMBERSHIP]  # (1)
        if self.scope is not None:
            seen.append(LedgerRecord.signer_key.in_(_own_keys(self.scope)))  # (2)
            seen.append(_origin(self.scope))  # (3)
            seen.append(_payments(self.scope))  # (4)
            seen.append(_issuance(IssuanceScope(self.scope.organisation, self.scope.country)))
        return or_(*seen)

    def hide(self, session: Session, events: Iterable[Event]) -> list[Event]:
        """Return the events without other declarants' claims on certificates seen in part."""
        found = list(events)
        told = {event.id for event in found if event.domain == ORIGIN and _claim_of(event)}
        if self.scope is None or not told:
            return found
        objects = {event.object for event in found if event.id in told}
        whole = set(
            session.scalars(
                select(CertificateRow.object_id).where(
                    CertificateRow.object_id.in_(objects), self.scope.whole()
                )
            )
        )
        own = set(
            session.scalars(
                select(ClaimRow.digest).where(
                    ClaimRow.object_id.in_(objects), self.scope.own_claims()
                )
            )
        )
        keys = set(session.scalars(_own_keys(self.scope)))
        return [
            event
            for event in found
            if event.id not in told
            or event.object in whole
            or event.signer_key in keys
            or _claim_of(event) in own
        ]


def _own_keys(scope: Scope) -> Select[str]:
    return select(KeyRow.id).where(KeyRow.organisation == scope.organisation)


def _origin(scope: Scope) -> ColumnElement[bool]:
    visible = select(CertificateRow.object_id).where(scope.condition())
    return and_(LedgerRecord.domain == ORIGIN, LedgerRecord.object_id.in_(visible))


def _issuance(scope: IssuanceScope) -> ColumnElement[bool]:
    applications = select(ApplicationRow.object_id).where(scope.condition())
    # The directory of certified exporters is every member's.
    objects = applications.union(
        select(ExporterRow.object_id), select(LineRow.line).where(scope.lines())
    )
    return and_(LedgerRecord.domain == ISSUANCE, LedgerRecord.object_id.in_(objects))


def _payments(scope: Scope) -> ColumnElement[bool]:
    """What customs of a country, or a bank, has to do with."""
    own = scope.organisation
    objects = select(CreditRow.object_id).where(CreditRow.organisation == own)
    guarantees = select(GuaranteeRow.object_id).where(GuaranteeRow.bank == own)
    seen = [LedgerRecord.object_id.in_(objects.union(guarantees))]
    if scope.country is not None:
        prefix = hexadecimal(scope.country.encode("ascii"))  # a declaration begins with it
        assessed = select(SettlementRow.object_id).where(SettlementRow.object_id.startswith(prefix))
        drawn = select(DrawRow.guarantee).where(DrawRow.declaration.startswith(prefix))
        seen.append(LedgerRecord.object_id.in_(assessed.union(drawn)))
    return and_(LedgerRecord.domain == PAYMENTS, or_(*seen))


def _claim_of(event: Event) -> str | None:
    """Return the claim that an event is about: itself, or the one its record names."""
    if event.type in _CLAIMS:
        return event.id
    message = (event.record or {}).get("message", {})
    claim = message.get("claim")
    return claim if isinstance(claim, str) else None
