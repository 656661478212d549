"""A certificate's life on a test network, one sound record at a time."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from support.network import (
    DAY,
    ID_CUSTOMS,
    ID_IMPORTER,
    VN_AUTHORITY,
    VN_CUSTOMS,
    Member,
    Network,
    Outcome,
    salt,
    thing,
)

from contracts.commitments import Opening, Point, commit
from contracts.commitments.curve import ORDER
from contracts.issuance.records import LineCertify, LineRelease
from contracts.origin.drawdown import share_of
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
    VerificationKind,
    VerificationStep,
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


@dataclass(frozen=True, slots=True)
class Part:
    """An item's part of an export line, with what only customs knows."""

    certificate: bytes
    item: int
    line: bytes
    opening: Opening


@dataclass
class Trade:
    """Builds and sends records; every field can be changed by keyword."""

    network: Network
    whole: int = 900
    openings: dict[tuple[bytes, int], Opening] = field(default_factory=dict)

    lines: dict[bytes, Opening] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)

    def issue_record(self, *, covered: bool = True, **changes: Any) -> CertificateIssue:
        """Build a record; its export lines are certified first."""
        now = self.network.now
        values = {
            "object": thing(changes.get("issuing_country", b"VN").decode()),
            "document": salt(),
            "document_key": VN_AUTHORITY.document_key,
            "form": b"D".ljust(8, b"\0"),
            "issuing_country": b"VN",
            "importing_country": b"ID",
            "items": 2,
            "consignment": salt(),
            "application": bytes(32),
            "authorisation": bytes(32),
            "parent": bytes(32),
            "supersedes": bytes(32),
            "issued_at": now,
            "expires_at": now + 300 * DAY,
            "expires": self.network.soon,
        }
        record = CertificateIssue(**(values | changes))
        if covered and 0 < record.items < 10 and record.object[:2] == b"VN":
            self.cover(record.object, record.items)
        return record

    def cover(self, certificate: bytes, items: int, customs: Member = VN_CUSTOMS) -> None:
        """Certify a line of its own for each item, where none is certified yet."""
        known = {part.item for part in self.parts if part.certificate == certificate}
        if known or self.network.origin.certificate(certificate) is not None:
            return
        calls = []
        for item in range(1, items + 1):
            part = Part(
                certificate,
                item,
                thing(customs.country),
                Opening(self.whole, secrets.randbelow(ORDER)),
            )
            signed = self.network.sign(self.certify_record(part), customs.officer)
            calls.append(self.network.carry(signed))
            self.note(part)
        outcome = self.network.send(self.network.issuance.submit(calls))
        assert len(outcome.events) == 2 * items, outcome

    def note(self, part: Part) -> None:
        self.parts.append(part)
        self.lines[part.line] = self.certified(part.line) + part.opening

    def certified(self, line: bytes) -> Opening:
        return self.lines.get(line, Opening(0, 0))

    def certify_record(self, part: Part, **changes: Any) -> LineCertify:
        before = self.certified(part.line)
        after, quantity = commit(before + part.opening), commit(part.opening)
        values = {
            "object": part.line,
            "certificate": part.certificate,
            "item": part.item,
            "share_before": share_of(before.value, self.whole),
            "share_after": share_of((before + part.opening).value, self.whole),
            "commitment_x": after.x,
            "commitment_y": after.y,
            "quantity_x": quantity.x,
            "quantity_y": quantity.y,
            "certified_at": self.network.now,
            "expires": self.network.soon,
        }
        return LineCertify(**(values | changes))

    def certify(self, part: Part, customs: Member = VN_CUSTOMS) -> Outcome:
        outcome = self.network.run(self.certify_record(part), customs.officer)
        self.note(part)
        return outcome

    def release_record(self, part: Part, **changes: Any) -> LineRelease:
        before = self.certified(part.line)
        after = before - part.opening
        point = commit(after)
        values = {
            "object": part.line,
            "certificate": part.certificate,
            "item": part.item,
            "share_before": share_of(before.value, self.whole),
            "share_after": share_of(after.value, self.whole),
            "commitment_x": point.x,
            "commitment_y": point.y,
            "released_at": self.network.now,
            "expires": self.network.soon,
        }
        return LineRelease(**(values | changes))

    def release(self, part: Part, customs: Member = VN_CUSTOMS) -> Outcome:
        outcome = self.network.run(self.release_record(part), customs.officer)
        self.lines[part.line] = self.certified(part.line) - part.opening
        self.parts.remove(part)
        return outcome

    def issue(self, *, received: bool = True, **changes: Any) -> bytes:
        record = self.issue_record(**changes)
        self.network.run(record, VN_AUTHORITY.officer)
        if received:
            self.receive(record.object)
        return record.object

    def message_record(self, certificate: bytes, kind: int, **changes: Any) -> CertificateMessage:
        values = {
            "object": certificate,
            "kind": kind,
            "reference": salt(),
            "document": salt(),
            "reason": salt(),
            "sent_at": self.network.now,
            "expires": self.network.soon,
        }
        return CertificateMessage(**(values | changes))

    def tell(self, certificate: bytes, kind: int, member: Member, **changes: Any) -> Outcome:
        record = self.message_record(certificate, kind, **changes)
        return self.network.run(record, member.officer)

    def receive(
        self,
        certificate: bytes,
        sender: Member = VN_AUTHORITY,
        receiver: Member = ID_CUSTOMS,
    ) -> None:
        """Send a certificate and receive it, in one transaction."""
        steps = ((MessageKind.TRANSMIT, sender), (MessageKind.RECEIVE, receiver))
        calls = [
            self.network.carry(
                self.network.sign(self.message_record(certificate, kind), member.officer)
            )
            for kind, member in steps
        ]
        outcome = self.network.send(self.network.origin.submit(calls))
        assert len(outcome.events) == 4, outcome

    def doubt_record(self, claimed: Claimed, **changes: Any) -> ClaimDoubt:
        now = self.network.now
        values = {
            "object": claimed.certificate,
            "claim": claimed.digest,
            "reason": salt(),
            "document": salt(),
            "reply_by": now + 90 * DAY,
            "conclude_by": now + 180 * DAY,
            "doubted_at": now,
            "expires": self.network.soon,
        }
        return ClaimDoubt(**(values | changes))

    def step_record(self, claimed: Claimed, kind: int, **changes: Any) -> VerificationStep:
        now = self.network.now
        notice = kind == VerificationKind.VISIT_NOTICE
        values = {
            "object": claimed.certificate,
            "claim": claimed.digest,
            "kind": kind,
            "document": salt(),
            "reply_by": now + 30 * DAY if notice else 0,
            "stated_at": now,
            "expires": self.network.soon,
        }
        return VerificationStep(**(values | changes))

    def draw_record(
        self, parent: bytes, child: bytes, opening: Opening, **changes: Any
    ) -> CertificateDraw:
        item = changes.get("item", 1)
        before = self.openings.get((parent, item), Opening(0, 0))
        after, quantity = commit(before + opening), commit(opening)
        values = {
            "object": parent,
            "item": item,
            "child": child,
            "child_item": 1,
            "share_before": share_of(before.value, self.whole),
            "share_after": share_of((before + opening).value, self.whole),
            "commitment_x": after.x,
            "commitment_y": after.y,
            "quantity_x": quantity.x,
            "quantity_y": quantity.y,
            "drawn_at": self.network.now,
            "expires": self.network.soon,
        }
        return CertificateDraw(**(values | changes))

    def supersede_record(
        self, certificate: bytes, successor: bytes, **changes: Any
    ) -> CertificateSupersede:
        values = {
            "object": certificate,
            "successor": successor,
            "reason": salt(),
            "superseded_at": self.network.now,
            "expires": self.network.soon,
        }
        return CertificateSupersede(**(values | changes))

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
