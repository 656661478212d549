"""What is refused books nothing, and says why."""

from dataclasses import replace
from typing import Any

import pytest
from support.organisations import EXPORTER, Signer
from support.paying import BANK, OTHER_BANK, Paying

from contracts.commitments.pedersen import Opening
from contracts.payments.messages import BankAcknowledgement, content_hash
from node.payments import errors
from node.payments.tables import ItemState, OrderState

UNKNOWN = Signer("nobody")


def refuse(paying: Paying, expected: type[errors.PaymentRefusedError], **changes: Any) -> None:
    handed, notice = paying.credit(**changes)
    with pytest.raises(expected) as caught:
        paying.node.payments.intake().credit(handed, notice, paying.now)
    assert caught.value.code
    assert caught.value.vietnamese
    assert str(caught.value)
    paying.settle()
    assert paying.row().declaration.paid == 0


@pytest.fixture
def assessed(paying: Paying) -> Paying:
    paying.assess()
    return paying


def test_forged_and_unfit_credits_are_refused(assessed: Paying) -> None:
    digest = b"\x07" * 32
    notice = assessed.notice()
    cases: list[tuple[type[errors.PaymentRefusedError], dict[str, Any]]] = [
        (errors.PaymentSignerError, {"signer": UNKNOWN}),
        (errors.PaymentSignerError, {"signer": OTHER_BANK.officer}),
        (errors.PaymentSignerError, {"signer": BANK.carrier}),
        (errors.PaymentSignerError, {"bank": EXPORTER}),
        (errors.ContentMismatchError, {"content": digest}),
        (errors.IdentifierMismatchError, {"credit": digest}),
        (errors.IdentifierMismatchError, {"object": b"VN" + bytes(30)}),
        (errors.AssessmentSupersededError, {"assessment": digest}),
        (errors.RecordUnfitError, {"expires": assessed.now + 1}),
        (errors.AmountMismatchError, {"opening": Opening(1, 5)}),
        (errors.PaymentMismatchError, {"notice": replace(notice, tax_id="0109999999")}),
        (errors.PaymentMismatchError, {"bank": OTHER_BANK}),
    ]
    for expected, changes in cases:
        refuse(assessed, expected, **changes)


def test_another_opening_is_refused(assessed: Paying) -> None:
    handed, notice = assessed.credit()
    for opening in (None, Opening(notice.total, 3)):
        with pytest.raises(errors.OpeningMismatchError):
            assessed.node.payments.intake().credit(
                replace(handed, opening=opening), notice, assessed.now
            )


def test_a_refused_credit_is_shown_and_may_come_again(assessed: Paying) -> None:
    handed, notice = assessed.credit(opening=Opening(1, 5))
    intake = assessed.node.payments.intake()
    for _ in range(2):
        with pytest.raises(errors.AmountMismatchError):
            intake.credit(handed, notice, assessed.now)
    (item,) = [item for item in assessed.row().items if item.kind == "credit"]
    assert (item.state, item.code) == (ItemState.REFUSED, "amount_mismatch")
    assessed.pay()
    assessed.settle()
    assert assessed.row().missing == 0


def test_the_same_credit_counts_once(assessed: Paying) -> None:
    handed, notice = assessed.credit()
    intake = assessed.node.payments.intake()
    first = intake.credit(handed, notice, assessed.now)
    assert intake.credit(handed, notice, assessed.now).name == first.name
    again, _ = assessed.credit(notice)  # signed anew, with another blinding
    assert intake.credit(again, notice, assessed.now).name == first.name
    other = assessed.notice(5)
    with pytest.raises(errors.PaymentConflictError):
        intake.credit(*assessed.credit(other), assessed.now)
    assessed.settle()
    assert assessed.row().declaration.paid == 1_000_000


def test_orders_are_taken_once_and_their_credits_must_agree(assessed: Paying) -> None:
    orders = assessed.node.payments.orders
    order = assessed.order()
    kept = orders.order(order, EXPORTER.hex_id, assessed.now)
    assert orders.order(order, None, assessed.now).sequence == kept.sequence
    again = replace(order, salt="77" * 32)
    assert orders.order(again, None, assessed.now).sequence == kept.sequence
    with pytest.raises(errors.PaymentConflictError):
        orders.order(assessed.order(7), None, assessed.now)
    with pytest.raises(errors.AmountMismatchError):
        assessed.pay(999_999)
    with pytest.raises(errors.PaymentMismatchError):
        assessed.pay(chapter="999")
    assessed.pay()
    assessed.settle()
    (row,) = assessed.node.payments.queries.inbox(BANK.hex_id, 0, 10)
    assert row.state == OrderState.CREDITED


def test_orders_that_fit_nothing_are_refused(assessed: Paying) -> None:
    orders = assessed.node.payments.orders
    for expected, order, payer in (
        (errors.BankUnknownError, assessed.order(bank=EXPORTER.hex_id), None),
        (errors.DeclarationUnknownError, assessed.order(declaration_no="NOPE"), None),
        (errors.DeclarationUnknownError, assessed.order(), OTHER_BANK.hex_id),
        (errors.PaymentMismatchError, assessed.order(tax_id="0109999999"), None),
        (errors.PaymentMismatchError, assessed.order(customs_code="99XX"), None),
    ):
        with pytest.raises(expected):
            orders.order(order, payer, assessed.now)
    assert assessed.node.payments.queries.inbox(BANK.hex_id, 0, 10) == []


def test_a_credit_may_come_before_its_order(assessed: Paying) -> None:
    assessed.pay()
    assessed.settle()
    orders = assessed.node.payments.orders
    with pytest.raises(errors.PaymentConflictError):
        orders.order(assessed.order(3), None, assessed.now)
    assert orders.order(assessed.order(), None, assessed.now).state == OrderState.CREDITED


def test_acknowledgements(assessed: Paying) -> None:
    orders = assessed.node.payments.orders
    order = assessed.order()
    orders.order(order, None, assessed.now)
    name = "0x" + content_hash(order).hex()
    answer = BankAcknowledgement("P1", BANK.hex_id, name, "accepted", None, "11" * 32)
    assert orders.acknowledge(BANK.hex_id, answer).state == OrderState.ACCEPTED
    assert orders.acknowledge(BANK.hex_id, answer).state == OrderState.ACCEPTED
    with pytest.raises(errors.PaymentConflictError):
        orders.acknowledge(BANK.hex_id, replace(answer, answer="rejected", reason="no money"))
    with pytest.raises(errors.ContentMismatchError):
        orders.acknowledge(BANK.hex_id, replace(answer, order="0x" + "00" * 32))
    with pytest.raises(errors.OrderUnknownError):
        orders.acknowledge(OTHER_BANK.hex_id, answer)
