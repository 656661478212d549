"""Keeps what is final: the debt book is told first, then everything in one transaction.

Between the two the program may end. Told again, the debt book finds the source booked; the step
is still open, so nothing else has moved the declaration meanwhile.
"""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from node.database.database import Database
from node.payments.assessments import Assessment
from node.payments.debts import Debts
from node.payments.judging import Effect, Values
from node.payments.tables import (
    ItemKind,
    ItemState,
    OrderState,
    PaymentDeclaration,
    PaymentGuarantee,
    PaymentItem,
    PaymentOrderRow,
    PaymentStep,
)

# The legal day of payments is Vietnam's, which has had no summer time since 1975.
_LOCAL: Final = timezone(timedelta(hours=7))


class Booking:
    """Books finished steps."""

    def __init__(self, state: Database, debts: Debts) -> None:
        """Keep in the state database and tell a debt book."""
        self._state = state
        self._debts = debts

    def book(self, step: PaymentStep, now: int) -> None:
        """Keep a step whose records are final.

        Args:
            step: The step, still open.
            now: The time in seconds.

        Raises:
            StorageError: A database refused; the step stays open.
        """
        effect = Effect.from_text(step.effect)
        with self._state.read() as session:
            item = _item(session, step.item)
            row = session.get(PaymentDeclaration, item.declaration_no)
            self._tell(session, item, row, effect, step)
        with self._state.write() as session:
            kept = session.get_one(PaymentStep, step.name)
            if kept.is_open:
                kept.is_open = False
                _keep(session, _item(session, step.item), effect, now)

    def _tell(
        self,
        session: Session,
        item: PaymentItem,
        row: PaymentDeclaration | None,
        effect: Effect,
        step: PaymentStep,
    ) -> None:
        on = day_of(step.at)
        if row is None or item.kind in {ItemKind.AMENDMENT, ItemKind.CHANGE}:
            return
        if item.kind == ItemKind.ASSESSMENT:
            document = json.loads(item.content)
            source = str(effect.declarations[row.declaration_no]["assessment"])
            self._debts.assessed(row, Assessment.read(document), source)
        elif item.kind == ItemKind.CREDIT and effect.state == ItemState.DONE:
            self._debts.credited(row, item, on)
        elif item.kind == ItemKind.REVERSAL:
            credit = _item(session, item.refers or "")
            self._debts.reversed(row, credit, item.name, on)
        elif item.kind == ItemKind.REFUND and effect.turned is None:
            self._debts.refunded(row, item, on)
        elif item.kind == ItemKind.TURNED:
            giver = session.get_one(PaymentDeclaration, item.reference)
            self._debts.turned(giver, row, item, on)
        elif item.kind == ItemKind.DRAW:
            guarantee = session.get_one(PaymentGuarantee, item.refers)
            self._debts.guaranteed(row, item, guarantee.valid_to, on)
        elif item.kind == ItemKind.RELEASE:
            self._debts.released(row, _item(session, item.refers or ""), item.name, on)


def day_of(now: int) -> date:
    """Return the day in Vietnam of a time in seconds."""
    return datetime.fromtimestamp(now, UTC).astimezone(_LOCAL).date()


def _keep(session: Session, item: PaymentItem, effect: Effect, now: int) -> None:
    item.state, item.decided_at = effect.state, now
    item.code = item.detail = None
    for number, values in effect.declarations.items():
        _set(session.get_one(PaymentDeclaration, number), values)
    for object_id, values in effect.guarantees.items():
        guarantee = session.get(PaymentGuarantee, object_id)
        if guarantee is None:
            session.add(PaymentGuarantee(object_id=object_id, **values))  # type: ignore[arg-type]  # as the judge wrote them
        else:
            _set(guarantee, values)
    for name, state in effect.items.items():
        _item(session, name).state = ItemState(state)
    for bank, pay_id in effect.orders:
        query = select(PaymentOrderRow).where(
            PaymentOrderRow.bank == bank, PaymentOrderRow.pay_id == pay_id
        )
        for order in session.scalars(query):
            order.state = OrderState.CREDITED
    for name in effect.releases:
        _release(session, _item(session, name), now)
    if effect.turned is not None:
        _turn(session, item, effect.turned, now)


def _set(row: PaymentDeclaration | PaymentGuarantee, values: Values) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _release(session: Session, draw: PaymentItem, now: int) -> None:
    session.add(
        PaymentItem(
            name=_follows("release", draw.name),
            kind=ItemKind.RELEASE,
            organisation=draw.organisation,
            reference=draw.reference,
            declaration_no=draw.declaration_no,
            refers=draw.name,
            content="{}",
            amount=draw.amount,
            blinding=None,
            record=None,
            received_at=now,
        )
    )


def _turn(session: Session, refund: PaymentItem, turned: Values, now: int) -> None:
    # The blinding stays sealed for the refund: the judge opens it under that name.
    session.add(
        PaymentItem(
            name=_follows("turned", refund.name),
            kind=ItemKind.TURNED,
            organisation=refund.organisation,
            reference=refund.declaration_no or "",
            declaration_no=str(turned["declaration_no"]),
            refers=str(turned["notice"]),
            content=refund.content,
            amount=refund.amount,
            blinding=str(turned["blinding"]),
            record=None,
            received_at=now,
        )
    )


def _follows(kind: str, name: str) -> str:
    return "0x" + hashlib.sha256(f"{kind} {name}".encode()).hexdigest()


def _item(session: Session, name: str) -> PaymentItem:
    found = session.scalar(select(PaymentItem).where(PaymentItem.name == name))
    if found is None:
        raise AssertionError(name)
    return found
