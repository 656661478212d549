"""From events of the payments contract to its read models."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.abi import Log
from contracts.events import Event
from contracts.payments.binding import PaymentsContract
from contracts.payments.events import (
    AssessmentIssued,
    CoverPosted,
    CreditDecided,
    CreditNotified,
    DeclarationAmended,
    DrawDecided,
    GuaranteeChanged,
    GuaranteeDrawn,
    GuaranteeGranted,
    Refunded,
    ReversalNotified,
)
from contracts.payments.records import DOMAIN, CoverKind, CreditDecision, DrawDecision
from contracts.payments.state import CreditStatus, DrawStatus
from node.database.values import bounded, hexadecimal, hexadecimal_or_none
from node.ledger import Block
from node.membership.tables import ContractRow
from node.settlement.tables import CreditRow, DrawRow, GuaranteeRow, SettlementRow

_DECIDED: Final = {
    CreditDecision.ACCEPT: CreditStatus.ACCEPTED,
    CreditDecision.REFUSE: CreditStatus.REFUSED,
    CreditDecision.REVERSE: CreditStatus.REVERSED,
    CreditDecision.KEEP: CreditStatus.ACCEPTED,
}
_DRAWN: Final = {
    DrawDecision.ACCEPT: DrawStatus.ACCEPTED,
    DrawDecision.REFUSE: DrawStatus.REFUSED,
    DrawDecision.RESTORE: DrawStatus.RESTORED,
}


class SettlementProjection:
    """Keeps declarations, credits, guarantees and draws as the payments contracts have them."""

    def apply(self, session: Session, block: Block, logs: Sequence[Log]) -> None:
        """Write what a block changes; it comes after Membership's projection."""
        if not logs:
            return
        query = select(ContractRow.address).where(ContractRow.domain == DOMAIN)
        contracts = set(session.scalars(query))
        for log in logs:
            contract = hexadecimal(log.address)
            if contract not in contracts:
                continue
            event = PaymentsContract.decode(log)
            match event:
                case AssessmentIssued():
                    _write_assessment(session, event, contract, block.number)
                case DeclarationAmended() | CoverPosted():
                    _write_standing(session, event, block.number)
                case CreditNotified() | Refunded():
                    session.add(_credit(event, block.number))
                case CreditDecided() | ReversalNotified():
                    _write_credit(session, event, block.number)
                case _:
                    _write_guarantee(session, event, block.number)
            session.flush()


def _write_assessment(
    session: Session, event: AssessmentIssued, contract: str, number: int
) -> None:
    before = session.get(SettlementRow, hexadecimal(event.declaration))
    session.merge(
        SettlementRow(
            object_id=hexadecimal(event.declaration),
            contract=contract,
            customs=hexadecimal(event.customs),
            kind=event.kind,
            sequence=event.sequence,
            amendment=event.amendment,
            assessed=event.amendment,
            paid_share=event.paid_share,
            total_share=event.total_share,
            reversals=0 if before is None else before.reversals,
            assessment=hexadecimal(event.assessment),
            content=hexadecimal(event.content),
            due_x=str(event.commitment_x),
            due_y=str(event.commitment_y),
            assessed_at=bounded(event.assessed_at),
            changed_block=number,
        )
    )


def _write_standing(session: Session, event: DeclarationAmended | CoverPosted, number: int) -> None:
    row = session.get_one(SettlementRow, hexadecimal(event.declaration))
    row.changed_block = number
    if isinstance(event, DeclarationAmended):
        row.amendment = event.amendment
        return
    row.total_share = event.total_share
    added = event.kind == CoverKind.ADD
    status = DrawStatus.COVERING if added else DrawStatus.ACCEPTED
    _write_draw(session, event.draw, status, number)


def _credit(event: CreditNotified | Refunded, number: int) -> CreditRow:
    if isinstance(event, CreditNotified):
        return CreditRow(
            notice=hexadecimal(event.notice),
            object_id=hexadecimal(event.declaration),
            organisation=hexadecimal(event.bank),
            credit=hexadecimal(event.credit),
            status=CreditStatus.PENDING,
            content=hexadecimal(event.content),
            amount_x=str(event.commitment_x),
            amount_y=str(event.commitment_y),
            stated_at=bounded(event.credited_at),
            changed_block=number,
        )
    toward = hexadecimal_or_none(event.toward)
    return CreditRow(
        notice=hexadecimal(event.notice),
        object_id=toward or hexadecimal(event.declaration),
        organisation=hexadecimal(event.customs),
        credit=hexadecimal(event.refund),
        status=CreditStatus.PAID_OUT if toward is None else CreditStatus.TURNED,
        content=hexadecimal(event.content),
        amount_x=str(event.quantity_x),
        amount_y=str(event.quantity_y),
        stated_at=bounded(event.refunded_at),
        changed_block=number,
    )


def _write_credit(session: Session, event: CreditDecided | ReversalNotified, number: int) -> None:
    credit = session.get_one(CreditRow, hexadecimal(event.notice))
    standing = session.get_one(SettlementRow, hexadecimal(event.declaration))
    credit.changed_block = standing.changed_block = number
    if isinstance(event, ReversalNotified):
        credit.status = event.status
        standing.reversals += event.status == CreditStatus.REVERSING
        return
    standing.reversals -= event.kind in {CreditDecision.REVERSE, CreditDecision.KEEP}
    credit.status = _DECIDED[CreditDecision(event.kind)]
    standing.paid_share = event.paid_share
    standing.total_share = event.total_share


def _write_guarantee(session: Session, event: Event | None, number: int) -> None:
    match event:
        case GuaranteeGranted():
            session.add(
                GuaranteeRow(
                    object_id=hexadecimal(event.guarantee),
                    bank=hexadecimal(event.bank),
                    kind=event.kind,
                    declaration=hexadecimal_or_none(event.declaration),
                    share=0,
                    valid_from=bounded(event.valid_from),
                    valid_to=bounded(event.valid_to),
                    content=hexadecimal(event.content),
                    changed_block=number,
                )
            )
        case GuaranteeChanged():
            row = session.get_one(GuaranteeRow, hexadecimal(event.guarantee))
            row.valid_to, row.changed_block = bounded(event.valid_to), number
        case GuaranteeDrawn():
            session.add(
                DrawRow(
                    draw=hexadecimal(event.draw),
                    guarantee=hexadecimal(event.guarantee),
                    declaration=hexadecimal(event.declaration),
                    organisation=hexadecimal(event.organisation),
                    status=DrawStatus.PENDING,
                    changed_block=number,
                )
            )
        case DrawDecided():
            row = session.get_one(GuaranteeRow, hexadecimal(event.guarantee))
            row.share, row.changed_block = event.share, number
            _write_draw(session, event.draw, _DRAWN[DrawDecision(event.kind)], number)
        case _:
            pass  # `Recorded` and `Refused` change nothing here


def _write_draw(session: Session, draw: bytes, status: DrawStatus, number: int) -> None:
    row = session.get_one(DrawRow, hexadecimal(draw))
    row.status, row.changed_block = status, number
