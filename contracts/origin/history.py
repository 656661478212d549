"""Replay of a certificate's records by the contract's rules; pure.

A verifier that holds every record of a certificate, in the order that the head seals,
learns from it the state that the contract keeps. Reasons are the contract's own words.
What depends on Membership (key validity, roles at the time) is given with each entry.
What depends on other objects (an application, a certified exporter, export lines, the
parent of a certificate issued back-to-back) is left to their own histories and to the
contract, whose code the registry names.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from contracts.errors import HistoryError
from contracts.membership.keys import Role
from contracts.origin import claim_rules
from contracts.origin.records import (
    CertificateCancel,
    CertificateClaim,
    CertificateDraw,
    CertificateIssue,
    CertificateMessage,
    CertificateSupersede,
    ClaimAccept,
    ClaimDoubt,
    ClaimReject,
    ClaimReverse,
    MessageKind,
    VerificationStep,
)
from contracts.origin.replay import (
    CLOCK_SKEW,
    BrokenRuleError,
    CertificateHistory,
    HistoryEntry,
    drawn,
    in_force,
    known,
    point,
    posted,
    require_claimable,
    require_exporting,
    require_importing,
    require_past,
    rule,
)
from contracts.origin.state import (
    CertificateState,
    CertificateStatus,
    ClaimState,
    ClaimStatus,
    ExchangeState,
)
from contracts.records.record import Record

__all__ = ["CLOCK_SKEW", "CertificateHistory", "HistoryEntry", "refusal", "replay"]

VALIDITY_LIMIT: Final = 366 * 86_400
ITEMS_LIMIT: Final = 999
_NOBODY: Final = bytes(32)
_SENT: Final = frozenset({ExchangeState.SENT, ExchangeState.ACKNOWLEDGED})
_UNSENT: Final = frozenset({ExchangeState.NOT_SENT, ExchangeState.FAILED})
# Message → from which states it leads where, and why it does not from others.
_EXCHANGES: Final = {
    MessageKind.TRANSMIT: (_UNSENT, ExchangeState.SENT, "origin: already sent"),
    MessageKind.ACKNOWLEDGE: (
        frozenset({ExchangeState.SENT}),
        ExchangeState.ACKNOWLEDGED,
        "origin: not sent",
    ),
    MessageKind.REFUSE: (_SENT, ExchangeState.FAILED, "origin: not sent"),
    MessageKind.RECEIVE: (_SENT, ExchangeState.RECEIVED, "origin: not sent"),
    MessageKind.PAPER: (_SENT | _UNSENT, ExchangeState.RECEIVED, "origin: already received"),
}

Rule = Callable[[CertificateHistory, HistoryEntry, Any], CertificateHistory]


def replay(entries: Iterable[HistoryEntry]) -> CertificateHistory:
    """Return the state that records leave, oldest first.

    Raises:
        HistoryError: A record is none that the contract accepts at its place.
    """
    history = CertificateHistory()
    for index, entry in enumerate(entries):
        try:
            history = apply(history, entry)
        except BrokenRuleError as fault:
            raise HistoryError(index, str(fault)) from fault
    return history


def refusal(history: CertificateHistory, entry: HistoryEntry) -> str | None:
    """Return why the contract would refuse a record next, or None if it accepts it."""
    try:
        apply(history, entry)
    except BrokenRuleError as fault:
        return str(fault)
    return None


def apply(history: CertificateHistory, entry: HistoryEntry) -> CertificateHistory:
    """Return the state after one more record.

    Raises:
        BrokenRuleError: The contract refuses it; use `replay` or `refusal`.
    """
    record = entry.record
    rule(entry.time <= record.expires, "records: expired")
    found = _RULES.get(type(record))
    if found is None:
        raise BrokenRuleError("origin: no record of a certificate")
    return found(history, entry, record)


def _issue(
    history: CertificateHistory, entry: HistoryEntry, record: CertificateIssue
) -> CertificateHistory:
    if record.authorisation == _NOBODY:
        issuing = Role.ISSUING_AUTHORITY in entry.roles
        rule(issuing, "origin: not an issuing authority")
        country = record.issuing_country.decode("ascii", "replace")
        rule(entry.country == country, "origin: not of the issuing country")
    rule(record.object[:2] == record.issuing_country, "origin: identifier")
    owner = entry.document_owner
    rule(owner == entry.organisation, "origin: document key of another organisation")
    _require_sound(entry, record)
    rule(history.certificate is None, "origin: certificate exists")
    state = CertificateState(
        id=record.object,
        status=CertificateStatus.ISSUED,
        issuer=entry.organisation,
        issuing_country=record.issuing_country.decode("ascii", "replace"),
        importing_country=record.importing_country.decode("ascii"),
        items=record.items,
        issued_at=record.issued_at,
        expires_at=record.expires_at,
        accepted=0,
    )
    return replace(history, certificate=state, issue=record)


def _require_sound(entry: HistoryEntry, record: CertificateIssue) -> None:
    rule(record.importing_country != record.issuing_country, "origin: importing country")
    letters = record.importing_country
    rule(letters.isalpha() and letters.isupper(), "origin: importing country")
    rule(0 < record.items <= ITEMS_LIMIT, "origin: items")
    rule(any(record.document), "origin: document")
    rule(any(record.form), "origin: form")
    require_past(entry, record.issued_at)
    rule(entry.time < record.expires_at, "origin: certificate expired")
    rule(record.expires_at <= record.issued_at + VALIDITY_LIMIT, "origin: validity")


def _tell(
    history: CertificateHistory, entry: HistoryEntry, record: CertificateMessage
) -> CertificateHistory:
    erasure = record.kind == MessageKind.ERASE
    certificate = known(history, record) if erasure else in_force(history, record)
    _require_speaker(certificate, entry, record.kind)
    require_past(entry, record.sent_at)
    changed = history.with_certificate(_told(certificate, entry, record))
    return replace(changed, erased=changed.erased | {record.document}) if erasure else changed


def _require_speaker(certificate: CertificateState, entry: HistoryEntry, kind: int) -> None:
    if kind == MessageKind.TRANSMIT:
        require_exporting(certificate, entry, Role.CUSTOMS | Role.ISSUING_AUTHORITY)
    elif kind in {MessageKind.COPY, MessageKind.ERASE}:
        _require_issuer(certificate, entry)
    else:
        require_importing(certificate, entry, Role.CUSTOMS)


def _told(
    certificate: CertificateState, entry: HistoryEntry, record: CertificateMessage
) -> CertificateState:
    if record.kind in _EXCHANGES:
        sources, after, reason = _EXCHANGES[MessageKind(record.kind)]
        rule(certificate.exchange in sources, reason)
        paper = certificate.paper or record.kind == MessageKind.PAPER
        return replace(certificate, exchange=after, paper=paper)
    if record.kind == MessageKind.CONSENT:
        return replace(certificate, consented=True)
    rule(record.kind in {MessageKind.COPY, MessageKind.ERASE}, "origin: message kind")
    rule(any(record.document), "origin: document")
    if record.kind == MessageKind.COPY:
        latest = certificate.issued_at + VALIDITY_LIMIT
        rule(entry.time <= latest, "origin: too late for a copy")
    return certificate


def _draw(
    history: CertificateHistory, entry: HistoryEntry, record: CertificateDraw
) -> CertificateHistory:
    certificate = in_force(history, record)
    require_importing(certificate, entry, Role.CUSTOMS | Role.ISSUING_AUTHORITY)
    require_claimable(certificate, entry, record.item)
    require_past(entry, record.drawn_at)
    part = point(record.quantity_x, record.quantity_y)
    rule(any(record.child), "origin: child")
    after = posted(record.share_after, record.commitment_x, record.commitment_y)
    item = drawn(history.item(record.item), part, record.share_before, after)
    made = ClaimState(record.item, ClaimStatus.ACCEPTED, part, draw=True)
    counted = replace(certificate, accepted=certificate.accepted + 1)
    changed = history.with_certificate(counted).with_item(record.item, item)
    changed = changed.with_claim(entry.digest, made)
    return replace(changed, children={**changed.children, entry.digest: record.child})


def _cancel(
    history: CertificateHistory, entry: HistoryEntry, record: CertificateCancel
) -> CertificateHistory:
    certificate = _withdrawable(history, entry, record)
    require_past(entry, record.cancelled_at)
    return history.with_certificate(replace(certificate, status=CertificateStatus.CANCELLED))


def _supersede(
    history: CertificateHistory, entry: HistoryEntry, record: CertificateSupersede
) -> CertificateHistory:
    certificate = _withdrawable(history, entry, record)
    require_past(entry, record.superseded_at)
    rule(any(record.successor) and record.successor != record.object, "origin: successor")
    withdrawn = replace(certificate, status=CertificateStatus.SUPERSEDED)
    return replace(history.with_certificate(withdrawn), successor=record.successor)


def _withdrawable(
    history: CertificateHistory, entry: HistoryEntry, record: Record
) -> CertificateState:
    certificate = in_force(history, record)
    _require_issuer(certificate, entry)
    unused = certificate.accepted == 0
    rule(unused or certificate.consented, "origin: claims are accepted")
    return certificate


def _require_issuer(certificate: CertificateState, entry: HistoryEntry) -> None:
    rule(entry.organisation == certificate.issuer, "origin: not the issuer")


_RULES: Final[dict[type[Record], Rule]] = {
    CertificateIssue: _issue,
    CertificateMessage: _tell,
    CertificateClaim: claim_rules.claim,
    ClaimAccept: claim_rules.accept,
    ClaimReject: claim_rules.reject,
    ClaimReverse: claim_rules.reverse,
    ClaimDoubt: claim_rules.doubt,
    VerificationStep: claim_rules.step,
    CertificateDraw: _draw,
    CertificateCancel: _cancel,
    CertificateSupersede: _supersede,
}
