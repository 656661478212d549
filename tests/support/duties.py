"""Parties that pay duties: honest records, built from the amounts that the ledger hides."""

import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from support.network import DAY, VN_BANK, VN_CUSTOMS, Member, Network, Outcome, salt, thing

from contracts.commitments import Opening, Point, commit
from contracts.commitments.curve import IDENTITY, ORDER
from contracts.payments.identifiers import guarantee_id
from contracts.payments.records import (
    AssessmentIssue,
    AssessmentKind,
    CoverKind,
    CoverPost,
    CreditDecide,
    CreditDecision,
    CreditNotify,
    DeclarationAmend,
    DrawDecide,
    DrawDecision,
    GuaranteeChange,
    GuaranteeDraw,
    GuaranteeGrant,
    GuaranteeKind,
    RefundPost,
    ReversalNotify,
)
from contracts.payments.settlement import drawn_share, settled_share
from contracts.records import Record

NOTHING = Opening(0, 0)


def opening(amount: int) -> Opening:
    return Opening(amount, secrets.randbelow(ORDER))


def point(hidden: Opening) -> Point:
    return IDENTITY if hidden == NOTHING else commit(hidden)


@dataclass
class Dues:
    """A declaration as customs knows it."""

    id: bytes
    due: Opening = NOTHING
    paid: Opening = NOTHING
    covered: Opening = NOTHING
    assessment: bytes = bytes(32)
    sequence: int = 0
    kind: int = AssessmentKind.FINAL
    shares: tuple[int, int] = (0, 0)

    def shares_of(self, paid: Opening, covered: Opening, due: Opening | None = None) -> Any:
        whole = (self.due if due is None else due).value
        total = settled_share(paid.value + covered.value, whole)
        return settled_share(paid.value, whole), total


@dataclass
class Guaranteed:
    """A guarantee as its bank and customs know it."""

    id: bytes
    limit: Opening
    drawn: Opening = NOTHING


@dataclass
class Duties:
    """Builds records; what succeeded is noted by `run`."""

    network: Network
    dues: dict[bytes, Dues] = field(default_factory=dict)
    guarantees: dict[bytes, Guaranteed] = field(default_factory=dict)
    credits: dict[bytes, Opening] = field(default_factory=dict)
    draws: dict[bytes, tuple[bytes, bytes, Opening]] = field(default_factory=dict)

    def digest(self, record: Record) -> bytes:
        return record.digest(self.network.payments.domain)

    def run(self, record: Record, member: Member) -> Outcome:
        return self.network.run(record, member.officer)

    def settled(self, declaration: bytes) -> bool:
        self.network.seal()
        return self.network.payments.is_settled(declaration)

    # What is due

    def assess_record(
        self, declaration: bytes, due: Opening, kind: int = AssessmentKind.FINAL, **changes: Any
    ) -> AssessmentIssue:
        known = self.dues.setdefault(declaration, Dues(declaration))
        paid, total = known.shares_of(known.paid, known.covered, due)
        hidden = point(due)
        values = {
            "object": declaration,
            "sequence": known.sequence + 1,
            "amendment": 0,
            "kind": kind,
            "content": salt(),
            "commitment_x": hidden.x,
            "commitment_y": hidden.y,
            "paid_share": paid,
            "total_share": total,
            "assessed_at": self.network.now,
            "expires": self.network.soon,
        }
        return AssessmentIssue(**(values | changes))

    def note_assessment(self, record: AssessmentIssue, due: Opening) -> None:
        self.dues[record.object] = replace(
            self.dues[record.object],
            due=due,
            kind=record.kind,
            sequence=record.sequence,
            assessment=self.digest(record),
            shares=(record.paid_share, record.total_share),
        )

    def assess(
        self, amount: int, declaration: bytes | None = None, kind: int | None = None, **changes: Any
    ) -> bytes:
        """Assess a declaration, a new one where none is given; return its identifier."""
        name = declaration or thing()
        usual = AssessmentKind.FINAL if amount else AssessmentKind.ZERO
        due = opening(amount) if amount else NOTHING
        record = self.assess_record(name, due, kind or usual, **changes)
        self.run(record, VN_CUSTOMS)
        self.note_assessment(record, due)
        return name

    def amend_record(self, declaration: bytes, amendment: int, **changes: Any) -> DeclarationAmend:
        values = {
            "object": declaration,
            "amendment": amendment,
            "amended_at": self.network.now,
            "expires": self.network.soon,
        }
        return DeclarationAmend(**(values | changes))

    # What is paid

    def credit_record(self, declaration: bytes, amount: Opening, **changes: Any) -> CreditNotify:
        hidden = point(amount)
        values = {
            "object": declaration,
            "credit": salt(),
            "assessment": self.dues[declaration].assessment,
            "commitment_x": hidden.x,
            "commitment_y": hidden.y,
            "content": salt(),
            "credited_at": self.network.now,
            "expires": self.network.soon,
        }
        return CreditNotify(**(values | changes))

    def credit(self, declaration: bytes, amount: int, bank: Member = VN_BANK) -> bytes:
        """Let a bank state a credit; return the digest of its notice."""
        hidden = opening(amount)
        record = self.credit_record(declaration, hidden)
        self.run(record, bank)
        self.credits[self.digest(record)] = hidden
        return self.digest(record)

    def decide_record(
        self, declaration: bytes, notice: bytes, kind: int = CreditDecision.ACCEPT, **changes: Any
    ) -> CreditDecide:
        known = self.dues[declaration]
        paid = self.paid_after(declaration, notice, kind)
        moved = kind in {CreditDecision.ACCEPT, CreditDecision.REVERSE}
        shares = known.shares_of(paid, known.covered) if moved else known.shares
        hidden = point(paid)
        values = {
            "object": declaration,
            "notice": notice,
            "kind": kind,
            "assessment": known.assessment,
            "paid_before": known.shares[0],
            "paid_after": shares[0],
            "total_after": shares[1],
            "commitment_x": hidden.x,
            "commitment_y": hidden.y,
            "reason": bytes(32),
            "decided_at": self.network.now,
            "expires": self.network.soon,
        }
        return CreditDecide(**(values | changes))

    def paid_after(self, declaration: bytes, notice: bytes, kind: int) -> Opening:
        paid, amount = self.dues[declaration].paid, self.credits[notice]
        if kind == CreditDecision.ACCEPT:
            return paid + amount
        if kind == CreditDecision.REVERSE and paid.value >= amount.value:
            return paid - amount
        return paid

    def note_decision(self, record: CreditDecide) -> None:
        known = self.dues[record.object]
        known.paid = self.paid_after(record.object, record.notice, record.kind)
        known.shares = (record.paid_after, record.total_after)

    def decide(
        self, declaration: bytes, notice: bytes, kind: int = CreditDecision.ACCEPT
    ) -> Outcome:
        record = self.decide_record(declaration, notice, kind)
        outcome = self.run(record, VN_CUSTOMS)
        self.note_decision(record)
        return outcome

    def pay(self, declaration: bytes, amount: int) -> bytes:
        """State a credit and countersign it; return the digest of its notice."""
        notice = self.credit(declaration, amount)
        self.decide(declaration, notice)
        return notice

    def reverse_record(self, declaration: bytes, notice: bytes, **changes: Any) -> ReversalNotify:
        values = {
            "object": declaration,
            "notice": notice,
            "content": salt(),
            "reversed_at": self.network.now,
            "expires": self.network.soon,
        }
        return ReversalNotify(**(values | changes))

    def refund_record(
        self, declaration: bytes, amount: Opening, toward: bytes = bytes(32), **changes: Any
    ) -> RefundPost:
        known = self.dues[declaration]
        enough = known.paid.value >= amount.value
        rest, hidden = point(known.paid - amount if enough else known.paid), point(amount)
        values = {
            "object": declaration,
            "refund": salt(),
            "toward": toward,
            "assessment": known.assessment,
            "quantity_x": hidden.x,
            "quantity_y": hidden.y,
            "commitment_x": rest.x,
            "commitment_y": rest.y,
            "content": salt(),
            "refunded_at": self.network.now,
            "expires": self.network.soon,
        }
        return RefundPost(**(values | changes))

    def note_refund(self, record: RefundPost, amount: Opening) -> None:
        self.dues[record.object].paid -= amount
        self.credits[self.digest(record)] = amount

    # What is guaranteed

    def grant_record(
        self, limit: Opening, declaration: bytes = bytes(32), bank: Member = VN_BANK, **changes: Any
    ) -> GuaranteeGrant:
        number, hidden = changes.pop("number", salt()), point(limit)
        single = declaration != bytes(32)
        values = {
            "object": guarantee_id(bank.id, number),
            "number": number,
            "kind": GuaranteeKind.SINGLE if single else GuaranteeKind.GENERAL,
            "declaration": declaration,
            "limit_x": hidden.x,
            "limit_y": hidden.y,
            "content": salt(),
            "valid_from": self.network.now - DAY,
            "valid_to": self.network.now + 30 * DAY,
            "granted_at": self.network.now,
            "expires": self.network.soon,
        }
        return GuaranteeGrant(**(values | changes))

    def grant(self, limit: int, declaration: bytes = bytes(32), **changes: Any) -> bytes:
        hidden = opening(limit)
        record = self.grant_record(hidden, declaration, **changes)
        self.run(record, VN_BANK)
        self.guarantees[record.object] = Guaranteed(record.object, hidden)
        return record.object

    def change_record(self, guarantee: bytes, valid_to: int, **changes: Any) -> GuaranteeChange:
        values = {
            "object": guarantee,
            "valid_to": valid_to,
            "changed_at": self.network.now,
            "expires": self.network.soon,
        }
        return GuaranteeChange(**(values | changes))

    def draw_record(
        self, guarantee: bytes, declaration: bytes, amount: Opening, **changes: Any
    ) -> GuaranteeDraw:
        hidden = point(amount)
        values = {
            "object": guarantee,
            "declaration": declaration,
            "assessment": self.dues[declaration].assessment,
            "quantity_x": hidden.x,
            "quantity_y": hidden.y,
            "content": salt(),
            "drawn_at": self.network.now,
            "expires": self.network.soon,
        }
        return GuaranteeDraw(**(values | changes))

    def draw(
        self, guarantee: bytes, declaration: bytes, amount: int, member: Member = VN_BANK
    ) -> bytes:
        """Ask for a draw; return its digest."""
        hidden = opening(amount)
        record = self.draw_record(guarantee, declaration, hidden)
        self.run(record, member)
        self.draws[self.digest(record)] = (guarantee, declaration, hidden)
        return self.digest(record)

    def draw_decide_record(
        self, draw: bytes, kind: int = DrawDecision.ACCEPT, **changes: Any
    ) -> DrawDecide:
        guarantee = self.guarantees[self.draws[draw][0]]
        after = self.drawn_after(draw, kind)
        hidden = point(after)
        values = {
            "object": guarantee.id,
            "draw": draw,
            "kind": kind,
            "share_before": drawn_share(guarantee.drawn.value, guarantee.limit.value),
            "share_after": drawn_share(after.value, guarantee.limit.value),
            "commitment_x": hidden.x,
            "commitment_y": hidden.y,
            "reason": bytes(32),
            "decided_at": self.network.now,
            "expires": self.network.soon,
        }
        return DrawDecide(**(values | changes))

    def drawn_after(self, draw: bytes, kind: int) -> Opening:
        guarantee, amount = self.guarantees[self.draws[draw][0]], self.draws[draw][2]
        if kind == DrawDecision.ACCEPT:
            return guarantee.drawn + amount
        if kind == DrawDecision.RESTORE and guarantee.drawn.value >= amount.value:
            return guarantee.drawn - amount
        return guarantee.drawn

    def decide_draw(self, draw: bytes, kind: int = DrawDecision.ACCEPT) -> Outcome:
        record = self.draw_decide_record(draw, kind)
        outcome = self.run(record, VN_CUSTOMS)
        self.guarantees[record.object].drawn = self.drawn_after(draw, kind)
        return outcome

    def cover_record(self, draw: bytes, kind: int = CoverKind.ADD, **changes: Any) -> CoverPost:
        declaration = changes.pop("object", self.draws[draw][1])
        known, after = self.dues[declaration], self.covered_after(draw, kind)
        hidden = point(after)
        values = {
            "object": declaration,
            "draw": draw,
            "kind": kind,
            "assessment": known.assessment,
            "total_before": known.shares[1],
            "total_after": known.shares_of(known.paid, after)[1],
            "commitment_x": hidden.x,
            "commitment_y": hidden.y,
            "covered_at": self.network.now,
            "expires": self.network.soon,
        }
        return CoverPost(**(values | changes))

    def covered_after(self, draw: bytes, kind: int) -> Opening:
        known, amount = self.dues[self.draws[draw][1]], self.draws[draw][2]
        if kind == CoverKind.ADD:
            return known.covered + amount
        return known.covered - amount if known.covered.value >= amount.value else known.covered

    def note_cover(self, record: CoverPost) -> None:
        known = self.dues[record.object]
        known.covered = self.covered_after(record.draw, record.kind)
        known.shares = (known.shares[0], record.total_after)

    def cover(self, draw: bytes, kind: int = CoverKind.ADD) -> Outcome:
        record = self.cover_record(draw, kind)
        outcome = self.run(record, VN_CUSTOMS)
        self.note_cover(record)
        return outcome

    def guarantee(self, declaration: bytes, amount: int, **changes: Any) -> bytes:
        """Grant, draw, countersign and cover; return the draw's digest."""
        draw = self.draw(self.grant(amount, **changes), declaration, amount)
        self.decide_draw(draw)
        self.cover(draw)
        return draw
