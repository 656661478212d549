"""Judges of money: credits, what their banks take back, refunds, money turned elsewhere.

A credit counts once it is countersigned over its opened amount:

(1) The signature is of a bank's key in force.
(2) The record is for this declaration, made for its latest assessment.
(3) The record commits to the notice and to its amount, and its identifier is the keyed hash of
    bank and payment id (all checked when it came in, `node.payments.intake`, and kept since).
(4) Customs states the new cumulative amount and its share, rounded down.
"""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.commitments.pedersen import Opening, commit
from contracts.membership.keys import Role
from contracts.payments.identifiers import refund_id
from contracts.payments.messages import RefundDecision, content_hash
from contracts.payments.records import CreditDecide, CreditDecision, CreditNotify, RefundPost
from contracts.payments.state import WHOLE
from contracts.records.record import Record
from contracts.records.signed import SignedRecord
from node.payments.errors import (
    AssessmentSupersededError,
    NothingDueError,
    PaymentStateError,
)
from node.payments.judging import (
    LIFETIME_SECONDS,
    Bench,
    Effect,
    NotYetError,
    Plan,
    Values,
    bytes_of,
    declaration_of,
    follow_name,
)
from node.payments.tables import (
    ItemKind,
    ItemState,
    OrderState,
    PaymentDeclaration,
    PaymentItem,
    PaymentOrderRow,
)

_NONE: Final = bytes(32)
PAYABLE: Final = frozenset({1, 2})
"""Kinds of assessment that leave something to pay: provisional and final."""


class CreditJudge:
    """Judges credits, reversals, refunds."""

    def __init__(self, bench: Bench) -> None:
        """Judge with what judges share."""
        self._bench = bench

    def credit(self, session: Session, item: PaymentItem, now: int) -> Plan:
        """Accept a bank's credit.

        Raises:
            PaymentRefusedError: It cannot count.
            NotYetError: A reversal of the declaration is to be decided before.
        """
        row, signed = declaration_of(session, item), self._bench.signed_of(item)
        record = signed.record
        if not isinstance(record, CreditNotify):
            raise AssertionError(item.name)
        self._bench.signers.require(signed, item.organisation, Role.BANK, now)  # (1)
        require_latest(row, record.assessment)  # (2)
        reversal = self._early_reversal(session, item)
        if reversal is not None:
            return self._withdrawn(item, signed, reversal)
        if row.kind not in PAYABLE:
            raise NothingDueError(row.declaration_no)
        decide, values = self._decision(row, item, CreditDecision.ACCEPT, now)  # (4)
        records = self._with_notice(item, signed, decide)
        orders = self._orders(session, item)
        effect = Effect(
            declarations={row.declaration_no: values},
            orders=orders,
            releases=_released(session, row, values),
        )
        return Plan(records, effect)

    def reversal(self, session: Session, item: PaymentItem, now: int) -> Plan:
        """Take back a credit, as its bank states.

        Raises:
            NotYetError: The credit is not decided yet, or has not come.
            PaymentStateError: The credit does not count.
        """
        credit = self._credit_of(session, item, now)
        if credit.state in {ItemState.RECEIVED, ItemState.UNDER_WAY}:
            raise NotYetError(f"credit {credit.reference} is not decided yet")
        if credit.state != ItemState.DONE:
            raise PaymentStateError(f"credit {credit.reference} is {credit.state}")
        row, signed = declaration_of(session, credit), self._bench.signed_of(item)
        self._bench.signers.require(signed, item.organisation, Role.BANK, now)
        decide, values = self._decision(row, credit, CreditDecision.REVERSE, now)
        effect = Effect(
            declarations={row.declaration_no: values},
            items={credit.name: ItemState.REVERSED},
        )
        return Plan(self._with_notice(item, signed, decide), effect)

    def refund(self, session: Session, item: PaymentItem, now: int) -> Plan:
        """Pay back what is paid too much, or turn it toward another declaration.

        Raises:
            PaymentStateError: Less is paid too much, or the declaration is not settled by
                payments alone.
        """
        row = declaration_of(session, item)
        message = RefundDecision.parse_text(item.content.encode())
        surplus = row.paid - (row.total if row.kind in PAYABLE else 0)
        is_settled = row.kind not in PAYABLE or row.paid_share == WHOLE
        if item.amount > surplus or not is_settled or row.assessed != row.amendment:
            raise PaymentStateError(f"{surplus} dong is paid too much on {row.declaration_no}")
        amount, toward = self._bench.amount(item), self._toward(session, message)
        if toward is None and self._bench.refundable(row.taxpayer) < item.amount:
            raise PaymentStateError("the law applies the money to other debts first")
        stays = self._bench.paid(row) - amount
        record = RefundPost(
            object=bytes_of(row.object_id),
            refund=refund_id(self._bench.keys.consortium(), row.customs_code, message.number),
            toward=_NONE if toward is None else bytes_of(toward.object_id),
            assessment=bytes_of(row.assessment or ""),
            quantity_x=commit(amount).x,
            quantity_y=commit(amount).y,
            commitment_x=commit(stays).x,
            commitment_y=commit(stays).y,
            content=content_hash(message),
            refunded_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        values = self._bench.paid_values(row, stays)
        # The contract keeps the shares of a refund as they are: both stay whole.
        del values["paid_share"], values["total_share"]
        turned = None if toward is None else self._turned(item, amount, toward)
        return Plan([record], Effect(declarations={row.declaration_no: values}, turned=turned))

    def turned(self, session: Session, item: PaymentItem, now: int) -> Plan:
        """Accept money that customs turned toward a declaration.

        Raises:
            NotYetError: Its declaration has no assessment to pay.
        """
        row = declaration_of(session, item)
        if row.assessment is None:
            raise NotYetError(f"declaration {row.declaration_no} is not assessed yet")
        decide, values = self._decision(row, item, CreditDecision.ACCEPT, now)
        releases = _released(session, row, values)
        return Plan([decide], Effect(declarations={row.declaration_no: values}, releases=releases))

    def _turned(self, item: PaymentItem, amount: Opening, toward: PaymentDeclaration) -> Values:
        name = follow_name("turned", item.name)
        return {
            "declaration_no": toward.declaration_no,
            "blinding": self._bench.box.seal(f"item {name}", amount),
            "notice": "",  # the digest, which is known once it is signed
        }

    def _decision(
        self, row: PaymentDeclaration, credit: PaymentItem, kind: CreditDecision, now: int
    ) -> tuple[CreditDecide, Values]:
        before, amount = self._bench.paid(row), self._bench.amount(credit)
        if kind is CreditDecision.REVERSE and amount.value > before.value:
            raise PaymentStateError(f"credit {credit.reference} was paid back since")
        after = before - amount if kind is CreditDecision.REVERSE else before + amount
        values = self._bench.paid_values(row, after)
        record = CreditDecide(
            object=bytes_of(row.object_id),
            notice=bytes_of(_notice(credit)),
            kind=int(kind),
            assessment=bytes_of(row.assessment or ""),
            paid_before=row.paid_share,
            paid_after=_share(values, "paid_share"),
            total_after=_share(values, "total_share"),
            commitment_x=commit(after).x,
            commitment_y=commit(after).y,
            reason=_NONE,
            decided_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        return record, values

    def _with_notice(
        self, item: PaymentItem, signed: SignedRecord, decide: Record
    ) -> list[Record | SignedRecord]:
        """Return the bank's record and customs' answer; the first only while it is needed."""
        return [decide] if self._bench.is_anchored(item) else [signed, decide]

    def _withdrawn(self, item: PaymentItem, signed: SignedRecord, reversal: PaymentItem) -> Plan:
        # The bank took it back before customs decided: both statements, and no money moves.
        records: list[Record | SignedRecord] = [self._bench.signed_of(reversal)]
        if not self._bench.is_anchored(item):
            records.insert(0, signed)
        effect = Effect(state=ItemState.WITHDRAWN, items={reversal.name: ItemState.DONE})
        return Plan(records, effect)

    @staticmethod
    def _early_reversal(session: Session, item: PaymentItem) -> PaymentItem | None:
        query = select(PaymentItem).where(
            PaymentItem.kind == ItemKind.REVERSAL,
            PaymentItem.refers == item.name,
            PaymentItem.organisation == item.organisation,
            PaymentItem.declaration_no == item.declaration_no,
            PaymentItem.state == ItemState.RECEIVED,
        )
        return session.scalar(query.limit(1))

    def _credit_of(self, session: Session, item: PaymentItem, now: int) -> PaymentItem:
        query = select(PaymentItem).where(PaymentItem.name == item.refers)
        credit = session.scalar(query)
        if credit is None or credit.organisation != item.organisation:
            if self._bench.signed_of(item).record.expires < now:
                raise PaymentStateError(f"credit {item.reference} has not come in time")
            raise NotYetError(f"credit {item.reference} has not come yet")
        if credit.declaration_no != item.declaration_no:
            raise PaymentStateError(f"credit {item.reference} is for another declaration")
        return credit

    @staticmethod
    def _orders(session: Session, item: PaymentItem) -> list[list[str]]:
        query = select(PaymentOrderRow.state).where(
            PaymentOrderRow.bank == item.organisation, PaymentOrderRow.pay_id == item.reference
        )
        state = session.scalar(query)
        if state is None or state == OrderState.CREDITED:
            return []
        return [[item.organisation, item.reference]]

    @staticmethod
    def _toward(session: Session, message: RefundDecision) -> PaymentDeclaration | None:
        if message.toward is None:
            return None
        row = session.get(PaymentDeclaration, message.toward)
        if row is None or not row.sequence:
            raise NotYetError(f"declaration {message.toward} is not assessed yet")
        return row


def require_latest(row: PaymentDeclaration, assessment: bytes) -> None:
    """Refuse what was made for another assessment than the latest.

    Raises:
        NotYetError: None is final yet.
        AssessmentSupersededError: It was.
    """
    if row.assessment is None:
        raise NotYetError(f"the assessment of {row.declaration_no} is not final yet")
    if bytes_of(row.assessment) != assessment:
        raise AssessmentSupersededError("0x" + assessment.hex(), row.assessment)


def _notice(credit: PaymentItem) -> str:
    # Money that was turned here is named by the refund it comes from.
    return credit.refers or "" if credit.kind == ItemKind.TURNED else credit.name


def _share(values: Values, name: str) -> int:
    value = values[name]
    if not isinstance(value, int):
        raise AssertionError(name)
    return value


def _released(session: Session, row: PaymentDeclaration, values: Values) -> list[str]:
    """Return the draws that are free again once payments alone settle the declaration."""
    if _share(values, "paid_share") < WHOLE:
        return []
    query = select(PaymentItem.name).where(
        PaymentItem.kind == ItemKind.DRAW,
        PaymentItem.declaration_no == row.declaration_no,
        PaymentItem.state == ItemState.DONE,
    )
    return list(session.scalars(query))
