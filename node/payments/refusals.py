"""What is refused here does not stay pending on the ledger.

A bank may put a credit on the ledger by itself. Refused here, it would stay pending there, and
the bank could not state it again. So customs says on the ledger, too, that it is refused, once
it is there; what has lapsed without coming there needs no answer.
"""

import json
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.commitments.pedersen import commit
from contracts.payments.records import CreditDecide, CreditDecision, CreditNotify
from node.outbox.outbox import hex32
from node.payments.errors import PaymentStateError
from node.payments.judging import (
    LIFETIME_SECONDS,
    Bench,
    Effect,
    NotYetError,
    Plan,
    bytes_of,
    declaration_of,
    follow_name,
)
from node.payments.tables import ItemKind, ItemState, PaymentDeclaration, PaymentItem

_NONE: Final = bytes(32)


def note_refusal(session: Session, credit: PaymentItem, object_id: bytes, now: int) -> None:
    """Let the office refuse a credit on the ledger, where it is or comes there.

    Args:
        session: Writes to the state database.
        credit: The refused credit.
        object_id: The declaration that its record names.
        now: Seconds since 1970.
    """
    about = PaymentDeclaration.object_id == hex32(object_id)
    row = session.scalar(select(PaymentDeclaration).where(about))
    if row is None or row.assessment is None:
        return  # The ledger takes no credit for it.
    name = follow_name("refusal", credit.name)
    known = session.scalar(select(PaymentItem).where(PaymentItem.name == name))
    if known is not None:
        if known.state != ItemState.REFUSED:
            return
        session.delete(known)
        session.flush()
    session.add(
        PaymentItem(
            name=name,
            kind=ItemKind.REFUSAL,
            organisation=credit.organisation,
            reference=credit.reference,
            declaration_no=row.declaration_no,
            refers=credit.name,
            content=json.dumps({"code": credit.code}),
            amount=0,
            blinding=None,
            record=None,
            received_at=now,
        )
    )


class RefusalJudge:
    """Judges what is refused here and may be pending on the ledger."""

    def __init__(self, bench: Bench) -> None:
        """Judge with what judges share."""
        self._bench = bench

    def refusal(self, session: Session, item: PaymentItem, now: int) -> Plan:
        """Refuse a credit on the ledger.

        Raises:
            NotYetError: It may still come there, or the declaration is to be assessed before.
            PaymentStateError: It stands after all, or lapsed without coming there.
        """
        credit = session.scalar(select(PaymentItem).where(PaymentItem.name == item.refers))
        if credit is None or credit.state != ItemState.REFUSED:
            raise PaymentStateError(f"credit {item.reference} is not refused")
        record = self._bench.signed_of(credit).record
        if not isinstance(record, CreditNotify):
            raise AssertionError(credit.name)
        if not self._bench.is_on_ledger(credit):
            if record.expires < now:
                raise PaymentStateError(f"credit {item.reference} did not come to the ledger")
            raise NotYetError(f"credit {item.reference} is not on the ledger")
        row = declaration_of(session, item)
        if row.assessed != row.amendment:
            raise NotYetError(f"declaration {row.declaration_no} is to be assessed")
        point = commit(self._bench.paid(row))
        decide = CreditDecide(
            object=bytes_of(row.object_id),
            notice=bytes_of(credit.name),
            kind=int(CreditDecision.REFUSE),
            assessment=bytes_of(row.assessment or ""),
            paid_before=row.paid_share,
            paid_after=row.paid_share,
            total_after=row.total_share,
            commitment_x=point.x,
            commitment_y=point.y,
            reason=_NONE,
            decided_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        return Plan([decide], Effect())
