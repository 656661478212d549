"""Judges of guarantees: granted, changed, drawn for a declaration, released when it is paid.

A draw becomes three records in one transaction: the request, customs' countersignature over the
opened amount (the guarantee's share rounded up), and the cover of the declaration (its share
rounded down). Released, it is taken off the declaration and given back to the guarantee.
"""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.commitments.pedersen import Opening, commit
from contracts.membership.keys import Role
from contracts.payments.messages import GuaranteeNotice
from contracts.payments.records import (
    CoverKind,
    CoverPost,
    DrawDecide,
    DrawDecision,
    GuaranteeChange,
    GuaranteeDraw,
    GuaranteeKind,
)
from contracts.payments.settlement import drawn_share
from contracts.payments.state import COVERS_LIMIT
from contracts.records.record import Record
from contracts.records.signed import SignedRecord
from node.payments.credits import PAYABLE, require_latest
from node.payments.errors import (
    GuaranteeExhaustedError,
    GuaranteeUnknownError,
    NothingDueError,
    PaymentMismatchError,
    PaymentStateError,
)
from node.payments.judging import (
    LIFETIME_SECONDS,
    Bench,
    Effect,
    NotYetError,
    Plan,
    bytes_of,
    declaration_of,
)
from node.payments.tables import (
    ItemKind,
    ItemState,
    PaymentDeclaration,
    PaymentGuarantee,
    PaymentItem,
)

_NONE: Final = bytes(32)


class GuaranteeJudge:
    """Judges guarantees and draws on them."""

    def __init__(self, bench: Bench) -> None:
        """Judge with what judges share."""
        self._bench = bench

    def grant(self, session: Session, item: PaymentItem, now: int) -> Plan:
        """Take a bank's guarantee.

        Raises:
            PaymentRefusedError: It is not of a bank's key in force.
        """
        del session
        signed = self._bench.signed_of(item)
        self._bench.signers.require(signed, item.organisation, Role.BANK, now)
        notice = GuaranteeNotice.parse_text(item.content.encode())
        single = notice.declaration_nos[0] if notice.declaration_nos else None
        values: dict[str, str | int | None] = {
            "bank": item.organisation,
            "number": notice.number,
            "kind": int(GuaranteeKind[notice.kind.upper()]),
            "taxpayer": notice.tax_id,
            "declaration_no": single,
            "limit": notice.limit,
            "valid_from": notice.valid_from,
            "valid_to": notice.valid_to,
        }
        object_id = "0x" + signed.record.object.hex()
        return Plan([signed], Effect(guarantees={object_id: values}))

    def change(self, session: Session, item: PaymentItem, now: int) -> Plan:
        """Move a guarantee's end, as its bank states.

        Raises:
            NotYetError: The guarantee is not final yet.
            PaymentStateError: It would end earlier while something is drawn.
        """
        guarantee, signed = self._guarantee_of(session, item), self._bench.signed_of(item)
        record = signed.record
        if not isinstance(record, GuaranteeChange):
            raise AssertionError(item.name)
        self._bench.signers.require(signed, guarantee.bank, Role.BANK, now)
        if record.valid_to <= guarantee.valid_to and guarantee.share:
            raise PaymentStateError(f"guarantee {guarantee.number} is drawn")
        values = {"valid_to": record.valid_to}
        return Plan([signed], Effect(guarantees={guarantee.object_id: values}))

    def draw(self, session: Session, item: PaymentItem, now: int) -> Plan:
        """Let a guarantee cover a declaration.

        Raises:
            NotYetError: Guarantee or assessment are not final yet.
            PaymentRefusedError: It may not be drawn on for this, or not so far.
        """
        guarantee, row = self._guarantee_of(session, item), declaration_of(session, item)
        signed = self._bench.signed_of(item)
        record = signed.record
        if not isinstance(record, GuaranteeDraw):
            raise AssertionError(item.name)
        self._bench.signers.require(signed, item.organisation, Role.BANK | Role.ENTERPRISE, now)
        require_latest(row, record.assessment)
        self._require_usable(session, guarantee, row, now)
        drawn = self._bench.drawn(guarantee) + self._bench.amount(item)
        if drawn.value > guarantee.limit:
            left = str(guarantee.limit - guarantee.drawn)
            raise GuaranteeExhaustedError(guarantee.number, left)
        covered = self._bench.covered(row) + self._bench.amount(item)
        records: list[Record | SignedRecord] = [
            self._decision(guarantee, item, drawn, DrawDecision.ACCEPT, now),
            self._cover(row, item, covered, CoverKind.ADD, now),
        ]
        if not self._bench.is_anchored(item):
            records.insert(0, signed)
        return Plan(records, self._effect(guarantee, row, drawn, covered))

    def release(self, session: Session, item: PaymentItem, now: int) -> Plan:
        """Give a draw back to its guarantee, because the declaration is paid.

        Raises:
            PaymentStateError: It covers nothing.
        """
        draw = session.scalar(select(PaymentItem).where(PaymentItem.name == item.refers))
        if draw is None or draw.state != ItemState.DONE:
            raise PaymentStateError(f"draw {item.refers} covers nothing")
        guarantee, row = self._guarantee_of(session, draw), declaration_of(session, draw)
        amount = self._bench.amount(draw)
        covered, drawn = self._bench.covered(row) - amount, self._bench.drawn(guarantee) - amount
        records = [
            self._cover(row, draw, covered, CoverKind.RELEASE, now),
            self._decision(guarantee, draw, drawn, DrawDecision.RESTORE, now),
        ]
        effect = self._effect(guarantee, row, drawn, covered, {draw.name: ItemState.RELEASED})
        return Plan(records, effect)

    def _effect(
        self,
        guarantee: PaymentGuarantee,
        row: PaymentDeclaration,
        drawn: Opening,
        covered: Opening,
        items: dict[str, str] | None = None,
    ) -> Effect:
        values: dict[str, str | int | None] = {
            "drawn": drawn.value,
            "drawn_blinding": self._bench.box.seal(f"drawn {guarantee.object_id}", drawn),
            "share": drawn_share(drawn.value, guarantee.limit),
        }
        return Effect(
            declarations={row.declaration_no: self._bench.covered_values(row, covered)},
            guarantees={guarantee.object_id: values},
            items=items or {},
        )

    def _decision(
        self,
        guarantee: PaymentGuarantee,
        draw: PaymentItem,
        drawn: Opening,
        kind: DrawDecision,
        now: int,
    ) -> DrawDecide:
        point = commit(drawn)
        return DrawDecide(
            object=bytes_of(guarantee.object_id),
            draw=bytes_of(draw.name),
            kind=int(kind),
            share_before=guarantee.share,
            share_after=drawn_share(drawn.value, guarantee.limit),
            commitment_x=point.x,
            commitment_y=point.y,
            reason=_NONE,
            decided_at=now,
            expires=now + LIFETIME_SECONDS,
        )

    def _cover(
        self,
        row: PaymentDeclaration,
        draw: PaymentItem,
        covered: Opening,
        kind: CoverKind,
        now: int,
    ) -> CoverPost:
        point, values = commit(covered), self._bench.covered_values(row, covered)
        total = values["total_share"]
        if not isinstance(total, int):
            raise AssertionError(total)
        return CoverPost(
            object=bytes_of(row.object_id),
            draw=bytes_of(draw.name),
            kind=int(kind),
            assessment=bytes_of(row.assessment or ""),
            total_before=row.total_share,
            total_after=total,
            commitment_x=point.x,
            commitment_y=point.y,
            covered_at=now,
            expires=now + LIFETIME_SECONDS,
        )

    @staticmethod
    def _guarantee_of(session: Session, item: PaymentItem) -> PaymentGuarantee:
        guarantee = session.get(PaymentGuarantee, item.refers)
        if guarantee is not None:
            return guarantee
        waiting = select(PaymentItem.state).where(
            PaymentItem.kind == ItemKind.GUARANTEE, PaymentItem.refers == item.refers
        )
        if session.scalar(waiting.limit(1)) in {ItemState.RECEIVED, ItemState.UNDER_WAY}:
            raise NotYetError(f"guarantee {item.reference} is not final yet")
        raise GuaranteeUnknownError(item.reference)

    @staticmethod
    def _require_usable(
        session: Session, guarantee: PaymentGuarantee, row: PaymentDeclaration, now: int
    ) -> None:
        if row.kind not in PAYABLE:
            raise NothingDueError(row.declaration_no)
        if guarantee.taxpayer != row.taxpayer:
            raise PaymentMismatchError("taxpayer", guarantee.taxpayer, row.taxpayer)
        single = guarantee.declaration_no
        if single is not None and single != row.declaration_no:
            raise PaymentMismatchError("declaration_no", single, row.declaration_no)
        if not guarantee.valid_from <= now < guarantee.valid_to:
            raise PaymentStateError(f"guarantee {guarantee.number} is not valid now")
        covers = select(PaymentItem.name).where(
            PaymentItem.kind == ItemKind.DRAW,
            PaymentItem.declaration_no == row.declaration_no,
            PaymentItem.state == ItemState.DONE,
        )
        if len(list(session.scalars(covers))) >= COVERS_LIMIT:
            raise PaymentStateError(f"{COVERS_LIMIT} draws cover {row.declaration_no} already")
