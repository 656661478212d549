"""The rules of what others than the officer know: facts, cargo, evidence, claims; pure."""

from dataclasses import replace
from typing import Final

from contracts.clearance.book import ZEROS, ClearanceBook, Elsewhere, Signing, demand
from contracts.clearance.records import (
    CargoEvent,
    CargoState,
    ClaimName,
    EvidenceKind,
    EvidenceLink,
    FactAwait,
    FactKind,
    FactOutcome,
    FactState,
)
from contracts.clearance.state import ClearanceState, FactRecord, FactStatus
from contracts.membership.keys import Role
from contracts.origin.records import CertificateClaim
from contracts.origin.state import CertificateStatus, ClaimStatus, Verification
from contracts.records.record import RecordDomain

FACTS_LIMIT: Final = 200
CLAIMS_LIMIT: Final = 32
_TRUSTED: Final = {Verification.NONE, Verification.VALID, Verification.VISIT_REPORTED}


def await_fact(book: ClearanceBook, record: FactAwait, signing: Signing) -> None:
    """Name a fact that clearance waits for."""
    signing.require_customs(record.object, record.awaited_at)
    found = book.pending(record.object)
    demand(record.kind in set(FactKind), "fact kind")
    demand(record.agency != ZEROS, "agency")
    demand((record.object, record.fact) not in book.facts, "fact is awaited")
    demand(found.awaited < FACTS_LIMIT, "too many facts")
    kind = FactKind(record.kind)
    book.facts[record.object, record.fact] = FactRecord(record.agency, kind, FactStatus.OPEN)
    book.declarations[record.object] = replace(
        found,
        awaited=found.awaited + 1,
        open=found.open + 1,
        later=found.later + (kind >= FactKind.LABORATORY),
    )


def state_fact(book: ClearanceBook, record: FactState, signing: Signing) -> None:
    """State an awaited fact, or state it anew."""
    signing.require_past(record.stated_at)
    demand(record.outcome in set(FactOutcome), "fact outcome")
    book.pending(record.object)
    fact = book.facts.get((record.object, record.fact))
    demand(fact is not None, "fact is not awaited")
    demand(fact is not None and fact.agency == signing.organisation, "another agency's fact")
    demand(fact is not None and fact.status is not FactStatus.WAIVED, "fact is waived")
    restate(book, record.object, record.fact, FactStatus(record.outcome))


def restate(book: ClearanceBook, declaration: bytes, name: bytes, status: FactStatus) -> None:
    """Keep an awaited fact's outcome, and count it.

    Args:
        book: What was kept so far.
        declaration: Its identifier.
        name: The fact.
        status: Passed, failed or waived.
    """
    fact, found = book.facts[declaration, name], book.declarations[declaration]
    was_open = fact.status is FactStatus.OPEN
    was_failed = fact.status is FactStatus.FAILED
    book.facts[declaration, name] = replace(fact, status=status)
    book.declarations[declaration] = replace(
        found,
        open=found.open - was_open,
        later=found.later - (was_open and fact.kind >= FactKind.LABORATORY),
        failed=found.failed - was_failed + (status is FactStatus.FAILED),
    )


def state_cargo(book: ClearanceBook, record: CargoState, signing: Signing) -> None:
    """State what happened to the goods; they exit only where they may leave."""
    signing.require_member(record.object, Role.PORT)
    signing.require_past(record.stated_at)
    found = book.active(record.object)
    demand(record.kind in {one.value for one in CargoEvent}, "cargo kind")
    event = CargoEvent(record.kind)
    demand(event not in found.cargo, "stated already")
    demand(event is not CargoEvent.EXITED or found.may_leave, "goods may not leave")
    book.declarations[record.object] = replace(found, cargo=found.cargo | event)


def link_evidence(book: ClearanceBook, record: EvidenceLink, signing: Signing) -> None:
    """Link evidence to a registered declaration; the history alone keeps it."""
    signing.require_member(record.object, Role.CUSTOMS | Role.PORT | Role.AGENCY)
    signing.require_past(record.taken_at)
    book.known(record.object)
    demand(record.kind in set(EvidenceKind), "evidence kind")
    demand(record.content != ZEROS, "content")


def name_claim(
    book: ClearanceBook, record: ClaimName, signing: Signing, elsewhere: Elsewhere, chain_id: int
) -> None:
    """Name a claim of this declaration; its digest tells it from another's.

    Args:
        book: What was kept so far.
        record: The record.
        signing: Who signed it.
        elsewhere: What origin says.
        chain_id: EIP-155 id of the chain.
    """
    signing.require_customs(record.object, record.named_at)
    found = book.pending(record.object)
    shown = CertificateClaim(
        object=record.certificate,
        item=record.item,
        declaration=record.object,
        commitment_x=record.commitment_x,
        commitment_y=record.commitment_y,
        claimed_at=record.claimed_at,
        expires=record.claim_expires,
    )
    digest = shown.digest(RecordDomain(chain_id, record.origin))
    demand(digest == record.claim, "claim digest")
    demand(elsewhere.claim(record.certificate, record.claim) is not None, "unknown claim")
    demand(found.claims < CLAIMS_LIMIT, "too many claims")
    demand(found.claims < found.certificates, "more claims than declared")
    named = book.claims.get(record.object, ())
    demand(record.claim not in {claim for _, claim in named}, "claim is named")
    book.claims[record.object] = (*named, (record.certificate, record.claim))
    book.declarations[record.object] = replace(found, claims=found.claims + 1)


def require_accepted(book: ClearanceBook, found: ClearanceState, elsewhere: Elsewhere) -> None:
    """Refuse a declaration one of whose claims is missing, not accepted or doubted.

    Args:
        book: What was kept so far.
        found: How the declaration stands.
        elsewhere: What origin says.
    """
    demand(found.claims == found.certificates, "claims are not named")
    for certificate, name in book.claims.get(found.id, ()):
        claim, state = elsewhere.claim(certificate, name), elsewhere.certificate(certificate)
        accepted = claim is not None and claim.status is ClaimStatus.ACCEPTED
        trusted = claim is not None and claim.verification in _TRUSTED
        demand(accepted and trusted, "claim is not accepted")
        in_force = state is not None and state.status is CertificateStatus.ISSUED
        demand(in_force, "certificate is not in force")
        own = state is not None and state.importing_country.encode("ascii") == found.id[:2]
        demand(own, "another country accepted")
