"""Replay of a certificate's records by the contract's rules; pure.

A verifier that holds every record of a certificate, in the order that the head seals,
learns from it the state that the contract keeps. Reasons are the contract's own words.
What depends on Membership (key validity, roles at the time) is given with each entry.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from contracts.commitments.curve import IDENTITY, Point
from contracts.errors import CommitmentError, HistoryError
from contracts.membership.keys import Role
from contracts.origin.records import (
    CertificateCancel,
    CertificateClaim,
    CertificateIssue,
    ClaimAccept,
    ClaimReject,
    ClaimReverse,
)
from contracts.origin.state import (
    WHOLE,
    CertificateState,
    CertificateStatus,
    ClaimState,
    ClaimStatus,
    ItemState,
)
from contracts.records.record import Record

CLOCK_SKEW: Final = 300
VALIDITY_LIMIT: Final = 366 * 86_400
ITEMS_LIMIT: Final = 999
_NOTHING: Final = ItemState()


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One accepted record with what Membership says of its signer.

    Attributes:
        record: The record.
        digest: Its digest.
        organisation: The signer's organisation.
        roles: What that organisation is.
        country: Its country, ISO 3166 alpha-2.
        time: Block time at which the record was anchored, seconds.
        document_owner: For an issue, the organisation of its document key.
    """

    record: Record
    digest: bytes
    organisation: bytes
    roles: Role
    country: str
    time: int
    document_owner: bytes = b""


@dataclass(frozen=True, slots=True)
class CertificateHistory:
    """A certificate as its records make it.

    Attributes:
        certificate: Its state; None before it is issued.
        issue: The record that issued it.
        items: Drawn items by number; others are untouched.
        claims: Claims by digest.
    """

    certificate: CertificateState | None = None
    issue: CertificateIssue | None = None
    items: Mapping[int, ItemState] = field(default_factory=dict[int, ItemState])
    claims: Mapping[bytes, ClaimState] = field(default_factory=dict[bytes, ClaimState])

    def item(self, number: int) -> ItemState:
        """Return how far an item is drawn."""
        return self.items.get(number, _NOTHING)


class _BrokenRuleError(Exception):
    """A rule refuses a record, in the contract's words."""


def replay(entries: Iterable[HistoryEntry]) -> CertificateHistory:
    """Return the state that records leave, oldest first.

    Raises:
        HistoryError: A record is none that the contract accepts at its place.
    """
    history = CertificateHistory()
    for index, entry in enumerate(entries):
        try:
            history = apply(history, entry)
        except _BrokenRuleError as fault:
            raise HistoryError(index, str(fault)) from fault
    return history


def refusal(history: CertificateHistory, entry: HistoryEntry) -> str | None:
    """Return why the contract would refuse a record next, or None if it accepts it."""
    try:
        apply(history, entry)
    except _BrokenRuleError as fault:
        return str(fault)
    return None


def apply(history: CertificateHistory, entry: HistoryEntry) -> CertificateHistory:
    """Return the state after one more record.

    Raises:
        _BrokenRuleError: The contract refuses it; use `replay` or `refusal`.
    """
    record = entry.record
    _rule(entry.time <= record.expires, "records: expired")
    match record:
        case CertificateIssue():
            return _issue(history, entry, record)
        case CertificateClaim():
            return _claim(history, entry, record)
        case ClaimAccept():
            return _accept(history, entry, record)
        case ClaimReject():
            return _reject(history, entry, record)
        case ClaimReverse():
            return _reverse(history, entry, record)
        case CertificateCancel():
            return _cancel(history, entry, record)
        case _:
            raise _BrokenRuleError("origin: no record of a certificate")


def _issue(
    history: CertificateHistory, entry: HistoryEntry, record: CertificateIssue
) -> CertificateHistory:
    _rule(Role.ISSUING_AUTHORITY in entry.roles, "origin: not an issuing authority")
    country = record.issuing_country.decode("ascii", "replace")
    _rule(entry.country == country, "origin: not of the issuing country")
    _require_sound(entry, record)
    _rule(
        entry.document_owner == entry.organisation, "origin: document key of another organisation"
    )
    _rule(history.certificate is None, "origin: certificate exists")
    state = CertificateState(
        id=record.object,
        status=CertificateStatus.ISSUED,
        issuer=entry.organisation,
        issuing_country=country,
        importing_country=record.importing_country.decode("ascii"),
        items=record.items,
        issued_at=record.issued_at,
        expires_at=record.expires_at,
        accepted=0,
    )
    return replace(history, certificate=state, issue=record)


def _require_sound(entry: HistoryEntry, record: CertificateIssue) -> None:
    _rule(record.importing_country != record.issuing_country, "origin: importing country")
    letters = record.importing_country
    _rule(letters.isalpha() and letters.isupper(), "origin: importing country")
    _rule(0 < record.items <= ITEMS_LIMIT, "origin: items")
    _rule(any(record.document), "origin: document")
    _require_past(entry, record.issued_at)
    _rule(entry.time < record.expires_at, "origin: certificate expired")
    _rule(record.expires_at <= record.issued_at + VALIDITY_LIMIT, "origin: validity")


def _claim(
    history: CertificateHistory, entry: HistoryEntry, record: CertificateClaim
) -> CertificateHistory:
    certificate = _in_force(history, record)
    _require_importing(certificate, entry, Role.CUSTOMS | Role.ENTERPRISE)
    _rule(entry.time < certificate.expires_at, "origin: certificate expired")
    _rule(0 < record.item <= certificate.items, "origin: no such item")
    _require_past(entry, record.claimed_at)
    commitment = _point(record.commitment_x, record.commitment_y)
    _rule(commitment != IDENTITY, "origin: commitment")
    claim = ClaimState(record.item, ClaimStatus.PENDING, commitment)
    return replace(history, claims={**history.claims, entry.digest: claim})


def _accept(
    history: CertificateHistory, entry: HistoryEntry, record: ClaimAccept
) -> CertificateHistory:
    certificate = _in_force(history, record)
    _require_importing(certificate, entry, Role.CUSTOMS)
    claim = _claim_in(history, record.claim, ClaimStatus.PENDING)
    _require_past(entry, record.accepted_at)
    item = history.item(claim.item)
    _rule(item.share == record.share_before, "origin: share has changed")
    _rule(record.share_after >= record.share_before, "origin: share falls")
    _rule(record.share_after <= WHOLE, "origin: beyond the whole")
    after = item.commitment + claim.commitment
    _require_posted(after, record)
    drawn = ItemState(record.share_after, after)
    changed = replace(certificate, accepted=certificate.accepted + 1)
    settled = replace(claim, status=ClaimStatus.ACCEPTED)
    return _settled(history, changed, record.claim, settled, drawn)


def _reject(
    history: CertificateHistory, entry: HistoryEntry, record: ClaimReject
) -> CertificateHistory:
    certificate = _known(history, record)
    _require_importing(certificate, entry, Role.CUSTOMS)
    claim = _claim_in(history, record.claim, ClaimStatus.PENDING)
    _require_past(entry, record.rejected_at)
    refused = replace(claim, status=ClaimStatus.REJECTED)
    return replace(history, claims={**history.claims, record.claim: refused})


def _reverse(
    history: CertificateHistory, entry: HistoryEntry, record: ClaimReverse
) -> CertificateHistory:
    certificate = _in_force(history, record)
    _require_importing(certificate, entry, Role.CUSTOMS)
    claim = _claim_in(history, record.claim, ClaimStatus.ACCEPTED)
    _require_past(entry, record.rejected_at)
    item = history.item(claim.item)
    _rule(item.share == record.share_before, "origin: share has changed")
    _rule(record.share_after <= record.share_before, "origin: share rises")
    after = item.commitment - claim.commitment
    _require_posted(after, record)
    restored = ItemState(record.share_after, after)
    changed = replace(certificate, accepted=certificate.accepted - 1)
    settled = replace(claim, status=ClaimStatus.REJECTED)
    return _settled(history, changed, record.claim, settled, restored)


def _cancel(
    history: CertificateHistory, entry: HistoryEntry, record: CertificateCancel
) -> CertificateHistory:
    certificate = _in_force(history, record)
    _rule(entry.organisation == certificate.issuer, "origin: not the issuer")
    _rule(certificate.accepted == 0, "origin: claims are accepted")
    _require_past(entry, record.cancelled_at)
    cancelled = replace(certificate, status=CertificateStatus.CANCELLED)
    return replace(history, certificate=cancelled)


def _settled(
    history: CertificateHistory,
    certificate: CertificateState,
    digest: bytes,
    claim: ClaimState,
    item: ItemState,
) -> CertificateHistory:
    return replace(
        history,
        certificate=certificate,
        items={**history.items, claim.item: item},
        claims={**history.claims, digest: claim},
    )


def _known(history: CertificateHistory, record: Record) -> CertificateState:
    found = history.certificate
    if found is None or found.id != record.object:
        raise _BrokenRuleError("origin: unknown certificate")
    return found


def _in_force(history: CertificateHistory, record: Record) -> CertificateState:
    found = _known(history, record)
    _rule(found.status is CertificateStatus.ISSUED, "origin: certificate cancelled")
    return found


def _claim_in(history: CertificateHistory, digest: bytes, status: ClaimStatus) -> ClaimState:
    found = history.claims.get(digest)
    if found is None:
        raise _BrokenRuleError("origin: unknown claim")
    _rule(found.status is status, f"origin: claim is not {status.name.lower()}")
    return found


def _require_importing(certificate: CertificateState, entry: HistoryEntry, allowed: Role) -> None:
    _rule(bool(entry.roles & allowed), "origin: role")
    importing = certificate.importing_country
    _rule(entry.country == importing, "origin: not of the importing country")


def _require_posted(expected: Point, record: ClaimAccept | ClaimReverse) -> None:
    posted = (record.commitment_x, record.commitment_y)
    _rule((expected.x, expected.y) == posted, "origin: commitment")
    _rule((expected == IDENTITY) == (record.share_after == 0), "origin: share")


def _require_past(entry: HistoryEntry, event_time: int) -> None:
    _rule(event_time <= entry.time + CLOCK_SKEW, "origin: event time")


def _point(x: int, y: int) -> Point:
    try:
        return Point(x, y)
    except CommitmentError as fault:
        raise _BrokenRuleError("origin: commitment") from fault


def _rule(kept: bool, reason: str) -> None:
    if not kept:
        raise _BrokenRuleError(reason)
