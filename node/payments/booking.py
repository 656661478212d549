"""Keeps what is final: the debt book is told first, then everything in one transaction.

Between the two the program may end. Told again, the debt book finds the source booked; the step
is still open, so nothing else has moved the declaration meanwhile.
"""

import json
import logging
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.observability.events import log_event
from node.database.database import Database
from node.debt.errors import DebtError
from node.payments.assessments import Assessment
from node.payments.debts import Debts
from node.payments.judging import Effect, Values, follow_name
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

logger = logging.getLogger(__name__)

# The legal day of payments is Vietnam's, which has had no summer time since 1975.
_LOCAL: Final = timezone(timedelta(hours=7))


class Booking:
    """Books finished steps."""

    def __init__(self, state: Database, debts: Debts) -> None:
        """Keep in the state database and tell a debt book."""
        self._state = state
        self._debts = debts

    def book(self, step: PaymentStep, now: int) -> bool:
        """Keep a step whose records are final.

        Args:
            step: The step, still open.
            now: The time in seconds.

        Returns:
            Whether it is booked; else the debt book refuses it, and an operator must look.

        Raises:
            StorageError: A database refused; the step stays open.
        """
        effect = Effect.from_text(step.effect)
        try:
            with self._state.read() as session:
                self._tell(session, _item(session, step.item), effect, step)
        except DebtError as error:
            self._note(step, error)
            return False
        with self._state.write() as session:
            kept = session.get_one(PaymentStep, step.name)
            if kept.is_open:
                kept.is_open = False
                _keep(session, _item(session, step.item), effect, now)
        return True

    def _tell(self, session: Session, item: PaymentItem, effect: Effect, step: PaymentStep) -> None:
        if item.kind == ItemKind.ASSESSMENT:
            row = session.get_one(PaymentDeclaration, item.declaration_no)
            assessment = Assessment.read(json.loads(item.content)["assessment"])
            sequence = effect.declarations[row.declaration_no]["sequence"]
            days = (day_of(row.registered_at), day_of(step.at))
            self._debts.assessed(row, assessment, int(sequence or 0), days)
        elif item.kind == ItemKind.CREDIT and effect.state == ItemState.DONE:
            row = session.get_one(PaymentDeclaration, item.declaration_no)
            credited_at = int(json.loads(item.record or "{}")["message"]["creditedAt"])
            self._debts.credited(row, item, day_of(min(credited_at, step.at)))
        elif item.kind == ItemKind.REVERSAL:
            self._debts.reversed(_item(session, item.refers or ""), item)
        elif item.kind == ItemKind.REFUND and effect.turned is None:
            row = session.get_one(PaymentDeclaration, item.declaration_no)
            self._debts.refunded(row, item, day_of(step.at))
        elif item.kind == ItemKind.DRAW:
            guarantee = session.get_one(PaymentGuarantee, item.refers)
            days = (day_of(step.at), day_of(guarantee.valid_to - 1))
            self._debts.guaranteed(item, guarantee, days)

    def _note(self, step: PaymentStep, error: DebtError) -> None:
        log_event(logger, logging.ERROR, "debt book refuses a payment", reason=str(error))
        with self._state.write() as session:
            _item(session, step.item).detail = f"the debt book refuses it: {error}"


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
            name=follow_name("release", draw.name),
            kind=ItemKind.RELEASE,
            organisation=draw.organisation,
            reference=draw.reference,
            declaration_no=draw.declaration_no,
            refers=draw.name,
            content=json.dumps({"guarantee": draw.refers}),
            amount=draw.amount,
            blinding=None,
            record=None,
            received_at=now,
        )
    )


def _turn(session: Session, refund: PaymentItem, turned: Values, now: int) -> None:
    session.add(
        PaymentItem(
            name=follow_name("turned", refund.name),
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


def _item(session: Session, name: str) -> PaymentItem:
    found = session.scalar(select(PaymentItem).where(PaymentItem.name == name))
    if found is None:
        raise AssertionError(name)
    return found
