"""From assessment to settlement, and back, without a person."""

import pytest
from support.paying import DECLARATION, PAYMENTS, TAXPAYER, Paying

from contracts.ledger import Ledger
from contracts.payments.binding import PaymentsContract
from contracts.payments.messages import CreditNotice, RefundDecision
from node.payments.errors import (
    AssessmentSupersededError,
    DeclarationUnknownError,
    PaymentConflictError,
    PaymentRefusedError,
)
from node.payments.queries import Obstacle
from node.payments.tables import ItemKind, ItemState

SECOND = "107000000012"


def is_settled(paying: Paying, number: str = DECLARATION) -> bool:
    contract = PaymentsContract(Ledger(paying.network.web3), PAYMENTS)
    return contract.is_settled(paying.object_id(number))


def owed(paying: Paying) -> int:
    account = paying.node.debt.account(TAXPAYER)
    return sum(item.owed for item in account.items.values())


def states(paying: Paying, kind: ItemKind, number: str = DECLARATION) -> list[ItemState]:
    return [item.state for item in paying.row(number).items if item.kind == kind]


def test_a_credit_settles_a_declaration(paying: Paying) -> None:
    paying.assess()
    assert paying.row().obstacles == (Obstacle.UNPAID,)
    assert not is_settled(paying)
    assert owed(paying) == 1_000_000
    paying.pay()
    paying.settle()
    standing = paying.row()
    assert (standing.obstacles, standing.missing, standing.surplus) == ((), 0, 0)
    assert is_settled(paying)
    assert owed(paying) == 0


def test_an_underpayment_does_not_settle_and_its_rest_does(paying: Paying) -> None:
    paying.assess()
    paying.pay(999_999)
    paying.settle()
    assert paying.row().missing == 1
    assert paying.row().declaration.paid_share == 9_999
    assert not is_settled(paying)
    paying.pay(1, "P2")
    paying.settle()
    assert is_settled(paying)


def test_an_overpayment_stays_the_taxpayers_credit_and_pays_another_declaration(
    paying: Paying,
) -> None:
    paying.assess()
    paying.assess(200_000, SECOND)
    paying.pay(1_300_000)
    paying.settle()
    assert paying.row().surplus == 300_000
    decision = RefundDecision(
        "R1", TAXPAYER, DECLARATION, SECOND, 200_000, "VND", "offset", "5a" * 32
    )
    paying.node.payments.customs.refund(decision, paying.now)
    paying.settle()
    assert paying.row().surplus == 100_000
    assert is_settled(paying)
    assert is_settled(paying, SECOND)
    assert states(paying, ItemKind.TURNED, SECOND) == [ItemState.DONE]


def test_more_than_is_paid_too_much_is_not_refunded(paying: Paying) -> None:
    paying.assess()
    paying.pay(1_000_001)
    paying.settle()
    decision = RefundDecision("R1", TAXPAYER, DECLARATION, None, 2, "VND", "back", "5a" * 32)
    paying.node.payments.customs.refund(decision, paying.now)
    paying.settle()
    assert states(paying, ItemKind.REFUND) == [ItemState.REFUSED]
    assert paying.row().surplus == 1


def test_a_reversal_unsettles_and_the_debt_is_back(paying: Paying) -> None:
    paying.assess()
    item = paying.pay()
    paying.settle()
    notice = CreditNotice.parse_text(item.content.encode())
    paying.reverse(bytes.fromhex(item.name[2:]), notice)
    paying.settle()
    assert not is_settled(paying)
    assert paying.row().missing == 1_000_000
    assert owed(paying) == 1_000_000
    assert states(paying, ItemKind.CREDIT) == [ItemState.REVERSED]
    with pytest.raises(PaymentConflictError):
        paying.pay()  # the payment id is spent


def test_a_reversal_before_its_credit_leaves_nothing_booked(paying: Paying) -> None:
    paying.assess()
    handed, notice = paying.credit()
    paying.reverse(handed.signed.digest, notice)
    paying.node.payments.intake().credit(handed, notice, paying.now)
    paying.settle()
    assert states(paying, ItemKind.CREDIT) == [ItemState.WITHDRAWN]
    assert owed(paying) == 1_000_000
    assert not is_settled(paying)


def test_a_credit_for_an_older_assessment_is_told_the_latest(paying: Paying) -> None:
    paying.assess()
    handed, notice = paying.credit()
    paying.assess(1_500_000, amendment="1")
    with pytest.raises(AssessmentSupersededError) as caught:
        paying.node.payments.intake().credit(handed, notice, paying.now)
    assert caught.value.about[1] == paying.row().declaration.assessment
    assert owed(paying) == 1_500_000
    paying.pay(1_500_000, "P2")
    paying.settle()
    assert is_settled(paying)


def test_an_amendment_unsettles_until_it_is_assessed(paying: Paying) -> None:
    paying.assess()
    paying.pay()
    paying.settle()
    paying.node.payments.customs.amend(DECLARATION, 1, paying.now)
    paying.settle()
    assert paying.row().obstacles == (Obstacle.AMENDED,)
    assert not is_settled(paying)
    paying.assess(1_000_000, amendment="1")
    assert is_settled(paying)
    assert paying.row().obstacles == ()


def test_nothing_due_is_settled_by_customs_signature(paying: Paying) -> None:
    paying.assess(0)
    assert is_settled(paying)
    assert paying.row().obstacles == ()


def test_an_unknown_declaration_is_refused(paying: Paying) -> None:
    with pytest.raises(DeclarationUnknownError):
        paying.node.payments.queries.standing("NOPE", paying.now)
    with pytest.raises(PaymentRefusedError):
        paying.node.payments.customs.amend("NOPE", 1, paying.now)


def test_a_guarantee_covers_and_is_restored_when_the_money_comes(paying: Paying) -> None:
    paying.assess()
    paying.guarantee(700_000)
    paying.draw(600_000)
    paying.pay(400_000)
    paying.settle()
    assert is_settled(paying)
    (row,) = paying.node.payments.queries.guarantees("", 10)
    assert (row.drawn, row.share) == (600_000, 8_572)
    paying.pay(600_000, "P2")
    paying.settle()
    (row,) = paying.node.payments.queries.guarantees("", 10)
    assert (row.drawn, row.share) == (0, 0)
    assert states(paying, ItemKind.DRAW) == [ItemState.RELEASED]
    assert states(paying, ItemKind.RELEASE) == [ItemState.DONE]
    assert is_settled(paying)


def test_a_guarantee_is_not_overdrawn(paying: Paying) -> None:
    paying.assess()
    paying.guarantee(500_000)
    paying.settle()
    paying.draw(500_001)
    paying.settle()
    (draw,) = [item for item in paying.row().items if item.kind == ItemKind.DRAW]
    assert (draw.state, draw.code) == (ItemState.REFUSED, "guarantee_exhausted")
    assert not is_settled(paying)


def test_a_single_guarantee_covers_no_other_declaration(paying: Paying) -> None:
    paying.assess()
    paying.assess(1_000, SECOND)
    paying.guarantee(500_000, kind="single", declaration_nos=(DECLARATION,))
    paying.draw(1_000, declaration_no=SECOND)
    paying.settle()
    (draw,) = [item for item in paying.row(SECOND).items if item.kind == ItemKind.DRAW]
    assert draw.code == "payment_mismatch"


def test_a_guarantee_moves_its_end(paying: Paying) -> None:
    paying.guarantee(500_000)
    paying.settle()
    later = paying.now + 90 * 86_400
    paying.change(later)
    paying.settle()
    (row,) = paying.node.payments.queries.guarantees("", 10)
    assert row.valid_to == later
