"""Payment orders and their acknowledgements: once for a bank and payment id, in any order."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.payments.messages import (
    BankAcknowledgement,
    CreditNotice,
    PaymentOrder,
    content_hash,
)
from node.database.database import Database
from node.outbox.outbox import hex32
from node.payments.credits import PAYABLE
from node.payments.errors import (
    AmountMismatchError,
    ContentMismatchError,
    DeclarationUnknownError,
    NothingDueError,
    OrderUnknownError,
    PaymentConflictError,
    PaymentMismatchError,
)
from node.payments.signers import Signers
from node.payments.tables import (
    ItemKind,
    ItemState,
    OrderState,
    PaymentDeclaration,
    PaymentItem,
    PaymentOrderRow,
)

_COMPARED = ("tax_id", "declaration_no", "customs_code", "treasury_code", "chapter")
_LIVE = (ItemState.RECEIVED, ItemState.UNDER_WAY, ItemState.DONE)


class Orders:
    """Takes payers' orders and banks' acknowledgements; durable on return."""

    def __init__(self, state: Database, signers: Signers) -> None:
        """Keep in the state database."""
        self._state = state
        self._signers = signers

    def order(self, order: PaymentOrder, payer: str | None, now: int) -> PaymentOrderRow:
        """Take a payment order; the same again is the same.

        Args:
            order: What is to be paid.
            payer: The paying member's organisation, None for customs' own desk.
            now: Seconds since 1970.

        Raises:
            PaymentRefusedError: Bank, declaration or taxpayer are not known or do not fit, or
                the number came with another order.
        """
        self._signers.require_bank(order.bank)
        with self._state.write() as session:
            row = session.get(PaymentDeclaration, order.declaration_no)
            if row is None or row.assessment is None or payer not in {None, row.declarant}:
                raise DeclarationUnknownError(order.declaration_no)
            _require_same("tax_id", order.tax_id, row.taxpayer)
            _require_same("customs_code", order.customs_code, row.customs_code)
            if row.kind not in PAYABLE:
                raise NothingDueError(order.declaration_no)
            known = find_order(session, order.bank, order.pay_id)
            if known is not None:
                _require_repeated(known, order)
                return known
            state = _state_of(session, order)
            kept = PaymentOrderRow(
                bank=order.bank,
                pay_id=order.pay_id,
                declaration_no=order.declaration_no,
                total=order.total,
                content=order.to_bytes().decode(),
                content_hash=hex32(content_hash(order)),
                received_at=now,
                state=state,
            )
            session.add(kept)
            session.flush()
            return kept

    def acknowledge(self, bank: str, answer: BankAcknowledgement) -> PaymentOrderRow:
        """Take a bank's acknowledgement; the same again is the same.

        Raises:
            PaymentRefusedError: There is no such order of the bank, it is another one, or the
                bank said something else before.
        """
        with self._state.write() as session:
            row = find_order(session, bank, answer.pay_id)
            if row is None or answer.bank != bank:
                raise OrderUnknownError(answer.pay_id)
            if answer.order != row.content_hash:
                raise ContentMismatchError
            if row.answer is not None:
                kept = BankAcknowledgement.parse_text(row.answer.encode())
                if (kept.answer, kept.reason) != (answer.answer, answer.reason):
                    raise PaymentConflictError(answer.pay_id)
                return row
            row.answer = answer.to_bytes().decode()
            if row.state == OrderState.OPEN:
                row.state = OrderState(answer.answer)
            return row


def find_order(session: Session, bank: str, pay_id: str) -> PaymentOrderRow | None:
    """Return a bank's order, None where there is none."""
    query = select(PaymentOrderRow).where(
        PaymentOrderRow.bank == bank, PaymentOrderRow.pay_id == pay_id
    )
    return session.scalar(query)


def require_order(row: PaymentOrderRow, notice: CreditNotice) -> None:
    """Refuse a credit that is not what the payer ordered.

    Raises:
        AmountMismatchError: Another amount, in total or of a tax.
        PaymentMismatchError: Another member.
    """
    order = PaymentOrder.parse_text(row.content.encode())
    _require_agreement(order, notice)
    if notice.order is not None:
        _require_same("order", notice.order, row.content_hash)


def _require_agreement(order: PaymentOrder, notice: CreditNotice) -> None:
    if notice.total != order.total or set(notice.lines) != set(order.lines):
        raise AmountMismatchError("total", str(notice.total), str(order.total))
    for name in _COMPARED:
        _require_same(name, getattr(notice, name), getattr(order, name))


def _require_repeated(known: PaymentOrderRow, order: PaymentOrder) -> None:
    kept = PaymentOrder.parse_text(known.content.encode()).to_json() | {"salt": ""}
    if kept != order.to_json() | {"salt": ""}:
        raise PaymentConflictError(order.pay_id)


def _state_of(session: Session, order: PaymentOrder) -> OrderState:
    """Return the state of a new order; its credit may have come before it."""
    query = select(PaymentItem).where(
        PaymentItem.kind == ItemKind.CREDIT,
        PaymentItem.organisation == order.bank,
        PaymentItem.reference == order.pay_id,
        PaymentItem.state.in_(_LIVE),
    )
    credit = session.scalar(query.limit(1))
    if credit is None:
        return OrderState.OPEN
    try:
        _require_agreement(order, CreditNotice.parse_text(credit.content.encode()))
    except PaymentMismatchError as error:
        raise PaymentConflictError(order.pay_id) from error
    return OrderState.CREDITED if credit.state == ItemState.DONE else OrderState.OPEN


def _require_same(name: str, actual: str, expected: str) -> None:
    if actual != expected:
        raise PaymentMismatchError(name, actual, expected)
