"""What a certificate's records make of it, and the words in which rules refuse; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from contracts.commitments.curve import IDENTITY, Point
from contracts.errors import CommitmentError
from contracts.membership.keys import Role
from contracts.origin.records import CertificateIssue
from contracts.origin.state import (
    WHOLE,
    CertificateState,
    CertificateStatus,
    ClaimState,
    ExchangeState,
    ItemState,
)
from contracts.records.record import Record

CLOCK_SKEW: Final = 300
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
        claims: Claims by digest, draws of children among them.
        children: Children by the digest of the draw that was made for them.
        successor: The certificate that replaced it, empty without one.
        erased: Documents whose erasure the issuer declared.
    """

    certificate: CertificateState | None = None
    issue: CertificateIssue | None = None
    items: Mapping[int, ItemState] = field(default_factory=dict[int, ItemState])
    claims: Mapping[bytes, ClaimState] = field(default_factory=dict[bytes, ClaimState])
    children: Mapping[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    successor: bytes = b""
    erased: frozenset[bytes] = frozenset()

    def item(self, number: int) -> ItemState:
        """Return how far an item is drawn."""
        return self.items.get(number, _NOTHING)

    def with_certificate(self, certificate: CertificateState) -> "CertificateHistory":
        """Return the history with the certificate in another state."""
        return replace(self, certificate=certificate)

    def with_claim(self, digest: bytes, claim: ClaimState) -> "CertificateHistory":
        """Return the history with a claim in another state."""
        return replace(self, claims={**self.claims, digest: claim})

    def with_item(self, number: int, item: ItemState) -> "CertificateHistory":
        """Return the history with an item drawn otherwise."""
        return replace(self, items={**self.items, number: item})


class BrokenRuleError(Exception):
    """A rule refuses a record, in the contract's words."""


def rule(kept: bool, reason: str) -> None:
    """Refuse a record unless a rule is kept.

    Raises:
        BrokenRuleError: It is not.
    """
    if not kept:
        raise BrokenRuleError(reason)


def known(history: CertificateHistory, record: Record) -> CertificateState:
    """Return the certificate, which was issued."""
    found = history.certificate
    if found is None or found.id != record.object:
        raise BrokenRuleError("origin: unknown certificate")
    return found


def in_force(history: CertificateHistory, record: Record) -> CertificateState:
    """Return the certificate, which was issued, not cancelled and not replaced."""
    found = known(history, record)
    rule(found.status is not CertificateStatus.CANCELLED, "origin: certificate cancelled")
    rule(found.status is not CertificateStatus.SUPERSEDED, "origin: certificate superseded")
    return found


def require_role(entry: HistoryEntry, allowed: Role) -> None:
    """Demand that the signer's organisation has one of the roles."""
    rule(bool(entry.roles & allowed), "members: role")


def require_importing(certificate: CertificateState, entry: HistoryEntry, allowed: Role) -> None:
    """Demand a signer of the importing country in one of the roles."""
    require_role(entry, allowed)
    importing = certificate.importing_country
    rule(entry.country == importing, "origin: not of the importing country")


def require_exporting(certificate: CertificateState, entry: HistoryEntry, allowed: Role) -> None:
    """Demand a signer of the issuing country in one of the roles."""
    require_role(entry, allowed)
    issuing = certificate.issuing_country
    rule(entry.country == issuing, "origin: not of the issuing country")


def require_claimable(certificate: CertificateState, entry: HistoryEntry, item: int) -> None:
    """Demand that an item can be claimed: received, unexpired, and it exists."""
    received = certificate.exchange is ExchangeState.RECEIVED
    rule(received, "origin: certificate not received")
    rule(entry.time < certificate.expires_at, "origin: certificate expired")
    rule(0 < item <= certificate.items, "origin: no such item")


def require_past(entry: HistoryEntry, event_time: int) -> None:
    """Demand an event time that has come, but for the skew of clocks."""
    rule(event_time <= entry.time + CLOCK_SKEW, "members: event time")


def point(x: int, y: int) -> Point:
    """Return a commitment that hides something."""
    try:
        found = Point(x, y)
    except CommitmentError as fault:
        raise BrokenRuleError("origin: commitment") from fault
    rule(found != IDENTITY, "origin: commitment")
    return found


def drawn(before: ItemState, part: Point, share_before: int, after: ItemState) -> ItemState:
    """Return what is posted as an item's state with a part drawn, if it can be."""
    rule(before.share == share_before, "drawdown: share has changed")
    rule(after.share >= share_before, "drawdown: share falls")
    rule(after.share <= WHOLE, "drawdown: beyond the whole")
    return _posted(before.commitment + part, after)


def restored(before: ItemState, part: Point, share_before: int, after: ItemState) -> ItemState:
    """Return what is posted as an item's state with a part given back, if it can be."""
    rule(before.share == share_before, "drawdown: share has changed")
    rule(after.share <= share_before, "drawdown: share rises")
    return _posted(before.commitment - part, after)


def posted(share: int, x: int, y: int) -> ItemState:
    """Return the state that a record posts.

    Raises:
        BrokenRuleError: Its commitment is no point of the curve.
    """
    try:
        return ItemState(share, Point(x, y))
    except CommitmentError as fault:
        raise BrokenRuleError("drawdown: commitment") from fault


def _posted(expected: Point, after: ItemState) -> ItemState:
    rule(expected == after.commitment, "drawdown: commitment")
    rule((expected == IDENTITY) == (after.share == 0), "drawdown: share")
    return after
