"""A certificate's life on a test network, one sound record at a time."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from support.network import DAY, ID_CUSTOMS, ID_IMPORTER, VN_AUTHORITY, Network, Outcome, salt

from contracts.commitments import Opening, Point, commit
from contracts.commitments.curve import ORDER
from contracts.origin.drawdown import share_of
from contracts.origin.records import (
    CertificateCancel,
    CertificateClaim,
    CertificateIssue,
    ClaimAccept,
    ClaimReject,
    ClaimReverse,
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A pending claim with what only its parties know."""

    digest: bytes
    certificate: bytes
    item: int
    opening: Opening

    @property
    def commitment(self) -> Point:
        return commit(self.opening)


@dataclass
class Trade:
    """Builds and sends records; every field can be changed by keyword."""

    network: Network
    whole: int = 900
    openings: dict[tuple[bytes, int], Opening] = field(default_factory=dict)

    def issue_record(self, **changes: Any) -> CertificateIssue:
        now = self.network.now
        values = {
            "object": salt(),
            "document": salt(),
            "document_key": VN_AUTHORITY.document_key,
            "issuing_country": b"VN",
            "importing_country": b"ID",
            "items": 2,
            "consignment": salt(),
            "issued_at": now,
            "expires_at": now + 300 * DAY,
            "expires": self.network.soon,
        }
        return CertificateIssue(**(values | changes))

    def issue(self, **changes: Any) -> bytes:
        record = self.issue_record(**changes)
        self.network.run(record, VN_AUTHORITY.officer)
        return record.object

    def claim_record(
        self, certificate: bytes, opening: Opening, **changes: Any
    ) -> CertificateClaim:
        point = commit(opening)
        values = {
            "object": certificate,
            "item": 1,
            "declaration": salt(),
            "commitment_x": point.x,
            "commitment_y": point.y,
            "claimed_at": self.network.now,
            "expires": self.network.soon,
        }
        return CertificateClaim(**(values | changes))

    def claim(self, certificate: bytes, quantity: int = 300, **changes: Any) -> Claimed:
        opening = Opening(quantity, secrets.randbelow(ORDER))
        record = self.claim_record(certificate, opening, **changes)
        signed = self.network.sign(record, ID_IMPORTER.officer)
        self.network.send(self.network.carry(signed))
        return Claimed(signed.digest, certificate, record.item, opening)

    def accept_record(self, claimed: Claimed, **changes: Any) -> ClaimAccept:
        before = self.drawn(claimed)
        after = before + claimed.opening
        point = commit(after)
        values = {
            "object": claimed.certificate,
            "claim": claimed.digest,
            "share_before": share_of(before.value, self.whole),
            "share_after": share_of(after.value, self.whole),
            "commitment_x": point.x,
            "commitment_y": point.y,
            "accepted_at": self.network.now,
            "expires": self.network.soon,
        }
        return ClaimAccept(**(values | changes))

    def accept(self, claimed: Claimed) -> Outcome:
        outcome = self.network.run(self.accept_record(claimed), ID_CUSTOMS.officer)
        place = (claimed.certificate, claimed.item)
        self.openings[place] = self.drawn(claimed) + claimed.opening
        return outcome

    def reject_record(self, claimed: Claimed, **changes: Any) -> ClaimReject:
        values = {
            "object": claimed.certificate,
            "claim": claimed.digest,
            "reason": salt(),
            "rejected_at": self.network.now,
            "expires": self.network.soon,
        }
        return ClaimReject(**(values | changes))

    def reverse_record(self, claimed: Claimed, **changes: Any) -> ClaimReverse:
        before = self.drawn(claimed)
        after = before - claimed.opening
        point = commit(after)
        values = {
            "object": claimed.certificate,
            "claim": claimed.digest,
            "share_before": share_of(before.value, self.whole),
            "share_after": share_of(after.value, self.whole),
            "commitment_x": point.x,
            "commitment_y": point.y,
            "reason": salt(),
            "rejected_at": self.network.now,
            "expires": self.network.soon,
        }
        return ClaimReverse(**(values | changes))

    def reverse(self, claimed: Claimed) -> Outcome:
        outcome = self.network.run(self.reverse_record(claimed), ID_CUSTOMS.officer)
        place = (claimed.certificate, claimed.item)
        self.openings[place] = self.drawn(claimed) - claimed.opening
        return outcome

    def cancel_record(self, certificate: bytes, **changes: Any) -> CertificateCancel:
        values = {
            "object": certificate,
            "reason": salt(),
            "cancelled_at": self.network.now,
            "expires": self.network.soon,
        }
        return CertificateCancel(**(values | changes))

    def drawn(self, claimed: Claimed) -> Opening:
        return self.openings.get((claimed.certificate, claimed.item), Opening(0, 0))
