"""What risk rules are told of a declaration at the moment of its decision.

Each fact comes from the ledger, the debt book, the office's profile or the declaration itself; what
nobody here knows is left out, and no rule reads silence as harmless.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from sqlalchemy import select

from api.clearance.evidence import evidence_facts
from api.clearance.history import overdue_days, prior_violation
from api.clearance.profile import Profile, Requirement
from api.clearance.taxation import WITHOUT_PREFERENCE
from api.risk.compliance import evaluation_day
from api.risk.rules.facts import Json
from contracts.clearance.declaration import Declaration
from contracts.clearance.records import FactKind
from contracts.clearance.state import FactStatus
from node.clearance.assessor import CaseFile, FactNeed
from node.clearance.tables import ClearanceFactRow
from node.organisation import OrganisationNode
from node.origin.tables import (
    CertificateRow,
    CertificateStatus,
    ClaimRow,
    ClaimStatus,
    VerificationState,
)

_HOUR_SECONDS: Final = 3_600
_EXPRESS: Final = "express_low_value"
_DOUBTED: Final = frozenset(
    {
        VerificationState.REQUESTED,
        VerificationState.INTERIM,
        VerificationState.VISIT_NOTICED,
        VerificationState.VISIT_CONSENTED,
    }
)
_REFUSED: Final = frozenset({VerificationState.INVALID, VerificationState.VISIT_REFUSED})

CustomsValue = Callable[[CaseFile], Decimal | None]


class Claimed(NamedTuple):
    """A claim on an item of a certificate, as the ledger has it.

    Attributes:
        claim: Its standing.
        verification: How far its verification has come.
        certificate: The certificate's standing.
        expires_at: When the certificate's validity ends, seconds.
    """

    claim: ClaimStatus
    verification: VerificationState
    certificate: CertificateStatus
    expires_at: int


def certificate_states(found: Iterable[Claimed], wanted: int, declared_at: int) -> tuple[str, ...]:
    """Return the states of the certificates that a declaration claims, each once.

    Args:
        found: Its claims on the ledger.
        wanted: How many items of certificates it claims.
        declared_at: When it was registered, seconds.
    """
    claims = list(found)
    states = {_state(each, declared_at) for each in claims}
    if len(claims) < wanted:
        states.add("not_received")
    return tuple(sorted(states))


def _state(found: Claimed, declared_at: int) -> str:
    if found.certificate is not CertificateStatus.ISSUED:
        return found.certificate.value
    if found.claim is ClaimStatus.REJECTED or found.verification in _REFUSED:
        return "rejected"
    if found.verification in _DOUBTED:
        return "doubted"
    if declared_at > found.expires_at:
        return "expired"
    return "accepted" if found.claim is ClaimStatus.ACCEPTED else "valid"


def least_facts(declaration: Declaration, stopped: str) -> dict[str, Json]:
    """Return the facts without which nothing is decided."""
    return {
        "direction": declaration.direction,
        "stop_customs": stopped,
        "embargo": "none",
        "permit": "not_required",
        "specialised_inspection": "not_required",
    }


def stopped(node: OrganisationNode, declaration: Declaration, number: str, at: datetime) -> str:
    """Return whether procedures are stopped for the taxpayer's debt."""
    found = node.debt.stop_customs(declaration.trader.tax_code or "", at)
    if found.blocks(number):
        return "stopped"
    return "exempt" if found.blocks("") else "none"


class FactFinder:
    """Finds facts at one customs office."""

    def __init__(self, node: OrganisationNode, customs_value: CustomsValue) -> None:
        """Look into a node.

        Args:
            node: Customs' node.
            customs_value: Gives a declaration's value in dong, None where it cannot be computed.
        """
        self._node = node
        self._customs_value = customs_value

    def find(
        self, declaration: Declaration, case: CaseFile, profile: Profile, at: datetime
    ) -> dict[str, Json]:
        """Return all that is known of a declaration.

        Args:
            declaration: As it reads.
            case: Its file.
            profile: What the office knows beside.
            at: UTC.
        """
        node, day = self._node, evaluation_day(at)
        taxpayer = declaration.trader.tax_code or ""
        preferred = [line for line in declaration.lines if _is_preferred(line.preference)]
        facts = least_facts(declaration, stopped(node, declaration, case.declaration_no, at))
        facts["procedure"] = declaration.procedure
        facts["embargo"] = "listed" if _is_banned(declaration, profile) else "none"
        facts["permit"] = _permit(declaration, profile, day)
        facts["specialised_inspection"] = _inspected(node, declaration, case, profile, day)
        facts["certificates"] = _certificates(node, declaration, case)
        facts["preference"] = bool(preferred)
        facts["countries_of_origin"] = tuple(sorted({line.origin_country for line in preferred}))
        facts["country_of_departure"] = declaration.transport.departure_country
        facts["declared_gross_kg"] = _plain(declaration.gross_mass_kg)
        facts["tax_overdue_days"] = str(overdue_days(node, taxpayer, day))
        facts["prior_violation"] = prior_violation(profile.declarant(taxpayer), day)
        facts |= evidence_facts(node, declaration, case.declaration_no)
        facts["express"] = declaration.flow == _EXPRESS
        if facts["express"] and (value := self._customs_value(case)) is not None:
            facts["customs_value"] = _plain(value)
        return facts


def needs(declaration: Declaration, profile: Profile, day: date, now: int) -> tuple[FactNeed, ...]:
    """Return the facts of agencies that clearance must wait for."""
    return tuple(
        FactNeed(
            each.kind,
            each.agency,
            f"{each.permit or each.kind.name.lower()} {each.hs}",
            now + each.hours * _HOUR_SECONDS,
        )
        for each in _required(declaration, profile, day)
        if each.agency
    )


def _required(declaration: Declaration, profile: Profile, day: date) -> list[Requirement]:
    codes = {line.hs for line in declaration.lines}
    return [
        each
        for each in profile.requirements
        if each.applies(declaration.direction, day)
        and any(code.startswith(each.hs) for code in codes)
    ]


def _permit(declaration: Declaration, profile: Profile, day: date) -> str:
    wanted = {
        each.permit for each in _required(declaration, profile, day) if each.kind is FactKind.PERMIT
    }
    if not wanted:
        return "not_required"
    named = [permit for permit in declaration.permits if permit.kind in wanted]
    if wanted - {permit.kind for permit in named}:
        return "missing"
    return "expired" if any(permit.valid_until < day for permit in named) else "valid"


def _is_banned(declaration: Declaration, profile: Profile) -> bool:
    countries = {
        declaration.transport.departure_country,
        declaration.transport.destination_country,
        declaration.partner.country,
        *(line.origin_country for line in declaration.lines),
    }
    goods = any(
        line.hs.startswith(banned) for line in declaration.lines for banned in profile.banned_goods
    )
    return goods or bool(countries & profile.banned_countries)


def _inspected(
    node: OrganisationNode, declaration: Declaration, case: CaseFile, profile: Profile, day: date
) -> str:
    wanted = [
        each for each in _required(declaration, profile, day) if each.kind is not FactKind.PERMIT
    ]
    if not wanted:
        return "not_required"
    file = node.clearance.files.find(case.declaration_no)
    query = select(ClearanceFactRow.status).where(
        ClearanceFactRow.object_id == file.object_id,
        ClearanceFactRow.kind != FactKind.PERMIT,
    )
    with node.reading() as session:
        found = set(session.scalars(query))
    if FactStatus.FAILED in found:
        return "failed"
    return "awaited" if FactStatus.OPEN in found or not found else "passed"


def _certificates(
    node: OrganisationNode, declaration: Declaration, case: CaseFile
) -> tuple[str, ...]:
    wanted = {
        (claim.reference_no, claim.item)
        for line in declaration.lines
        for claim in line.certificates
    }
    if not wanted:
        return ()
    file = node.clearance.files.find(case.declaration_no)
    query = (
        select(
            ClaimRow.status, ClaimRow.verification, CertificateRow.status, CertificateRow.expires_at
        )
        .join(CertificateRow, CertificateRow.object_id == ClaimRow.object_id)
        .where(ClaimRow.declaration == file.object_id)
    )
    with node.reading() as session:
        found = [
            Claimed(
                ClaimStatus(claim),
                VerificationState(verification),
                CertificateStatus(certificate),
                expires_at,
            )
            for claim, verification, certificate, expires_at in session.execute(query)
        ]
    return certificate_states(found, len(wanted), case.registered_at)


def _is_preferred(preference: str | None) -> bool:
    return preference is not None and preference not in WITHOUT_PREFERENCE


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
