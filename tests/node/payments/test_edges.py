"""The rarer ways: what cannot be judged yet, what is stale, what a ledger undoes half-way."""

from dataclasses import replace
from typing import Any

import pytest
from support.organisations import CUSTOMS_VN, EXPORTER, GENESIS_TIME, Signer
from support.paying import DECLARATION, OFFICE, TAXPAYER, Paying, assessment, salt

from contracts.commitments.pedersen import Opening
from contracts.payments.messages import CreditNotice, PaymentLine, RefundDecision
from node.payments import errors
from node.payments.customs import Registration
from node.payments.sealing import OpeningBox
from node.payments.signers import Signers
from node.payments.tables import ItemKind, ItemState

REGISTRATION = Registration(GENESIS_TIME, OFFICE, EXPORTER.hex_id)


def kinds(paying: Paying, kind: ItemKind) -> list[Any]:
    return [item for item in paying.row().items if item.kind == kind]


@pytest.mark.parametrize(
    "change",
    [
        {"currency": "USD"},
        {"total": "5"},
        {"total": 5},
        {"total": "-5"},
        {"kind": "zero"},
        {"kind": "other"},
        {"amendment": "x"},
        {"taxpayer": "1"},
        {"taxes": "no"},
        {"taxes": [{"tax": "import_duty", "sub_item": "1901", "amount": "500000"}] * 2},
        {"more": float("nan")},
    ],
)
def test_an_unusable_assessment_is_refused(paying: Paying, change: dict[str, Any]) -> None:
    with pytest.raises(errors.AssessmentUnusableError):
        paying.node.payments.customs.assess(assessment() | change, REGISTRATION, salt(), paying.now)
    with pytest.raises(errors.DeclarationUnknownError):
        paying.row()


def test_an_assessment_needs_a_salt(paying: Paying) -> None:
    with pytest.raises(errors.AssessmentUnusableError, match="salt"):
        paying.node.payments.customs.assess(assessment(), REGISTRATION, "5a", paying.now)


def test_a_declaration_keeps_its_taxpayer_and_its_day(paying: Paying) -> None:
    paying.assess()
    desk = paying.node.payments.customs
    other = assessment(5, taxpayer="0109999999")
    with pytest.raises(errors.PaymentMismatchError):
        desk.assess(other, REGISTRATION, salt(), paying.now)
    desk.amend(DECLARATION, 2, paying.now)
    desk.amend(DECLARATION, 2, paying.now)
    paying.settle()
    with pytest.raises(errors.PaymentStateError):
        desk.assess(assessment(5, amendment="1"), REGISTRATION, salt(), paying.now)
    desk.amend(DECLARATION, 1, paying.now)
    paying.settle()
    assert [item.state for item in kinds(paying, ItemKind.AMENDMENT)] == ["done", "refused"]


def test_a_stale_signature_of_an_officer_is_refused(paying: Paying) -> None:
    desk = paying.node.payments.customs
    item = desk.assess(assessment(), REGISTRATION, salt(), paying.now, by_officer=True)
    record = desk.prepare(item, paying.now)
    stale = replace(record, paid_share=1)
    signed = paying.sign(stale, CUSTOMS_VN.officer)
    assert desk.sign(item.name, signed, paying.now).state == ItemState.RECEIVED
    assert desk.sign(item.name, signed, paying.now).state == ItemState.RECEIVED
    paying.settle()
    good = paying.sign(record, CUSTOMS_VN.officer)
    with pytest.raises(errors.PaymentStateError):
        desk.sign("0x" + "00" * 32, good, paying.now)
    with pytest.raises(errors.PaymentSignerError):
        desk.sign(item.name, paying.sign(record, Signer("nobody")), paying.now)
    (refused,) = kinds(paying, ItemKind.ASSESSMENT)
    assert (refused.state, refused.code) == (ItemState.REFUSED, "payment_state")
    desk.sign(item.name, good, paying.now)
    paying.settle()
    assert kinds(paying, ItemKind.ASSESSMENT)[0].state == ItemState.DONE


def test_a_refund_is_paid_from_what_nothing_is_owed_for(paying: Paying) -> None:
    paying.assess()
    paying.assess(50, "107000000099")
    paying.pay(1_000_100)
    paying.settle()
    desk = paying.node.payments.customs
    decision = RefundDecision("R1", TAXPAYER, DECLARATION, None, 60, "VND", "back", salt())
    desk.refund(decision, paying.now)
    paying.settle()
    assert kinds(paying, ItemKind.REFUND)[0].code == "payment_state"
    desk.refund(replace(decision, number="R2", total=50), paying.now)
    desk.refund(replace(decision, number="R2", total=50, salt=salt()), paying.now)
    with pytest.raises(errors.PaymentConflictError):
        desk.refund(replace(decision, number="R2", total=7), paying.now)
    with pytest.raises(errors.PaymentMismatchError):
        desk.refund(replace(decision, number="R3", tax_id="0109999999"), paying.now)
    paying.settle()
    assert [item.state for item in kinds(paying, ItemKind.REFUND)] == ["refused", "done"]
    assert paying.row().surplus == 50
    assert paying.node.debt.balance(TAXPAYER).unapplied == 0


def test_a_cover_that_the_ledger_refuses_is_signed_anew(
    paying: Paying, monkeypatch: pytest.MonkeyPatch
) -> None:
    paying.assess()
    paying.guarantee(500_000)
    paying.settle()
    draw = paying.draw(400_000)
    with monkeypatch.context() as patch:
        real = Signers.require
        patch.setattr(Signers, "require", real)
        patch.setattr(
            "node.payments.guarantees.LIFETIME_SECONDS", -1_000_000
        )  # customs' own records have lapsed when they come
        paying.settle()
    for _ in range(6):
        paying.network.time += 60
        paying.settle()
    item = paying.node.payments.queries.item(draw.name)
    assert item is not None
    assert item.state == ItemState.DONE
    assert paying.row().declaration.covered == 400_000
    assert paying.row().missing == 600_000


def test_a_draw_waits_for_its_guarantee_and_none_is_unknown(paying: Paying) -> None:
    paying.assess()
    paying.draw(5, "G9")
    paying.settle()
    assert kinds(paying, ItemKind.DRAW)[0].code == "guarantee_unknown"


def test_an_expired_guarantee_covers_nothing(paying: Paying) -> None:
    paying.assess()
    paying.guarantee(1_000_000, valid_to=paying.now + 100)
    paying.settle()
    paying.draw(1_000_000)
    paying.settle()
    assert paying.row().obstacles == ()
    paying.network.time += 200
    assert paying.row().obstacles == ("guarantee_expired",)
    paying.draw(1)
    paying.settle()
    assert kinds(paying, ItemKind.DRAW)[1].code == "payment_state"


def test_nothing_is_paid_where_nothing_is_due(paying: Paying) -> None:
    paying.assess(0)
    with pytest.raises(errors.NothingDueError):
        paying.node.payments.orders.order(paying.order(), None, paying.now)
    paying.pay()
    paying.settle()
    assert kinds(paying, ItemKind.CREDIT)[0].code == "nothing_due"


def test_sealed_openings_open_under_their_key_alone() -> None:
    opening = Opening(5, 6)
    text = OpeningBox(b"\x01" * 32).seal("paid X", opening)
    assert OpeningBox(b"\x01" * 32).open("paid X", 5, text) == opening
    for key, owner in ((b"\x02", "paid X"), (b"\x01", "paid Y")):
        with pytest.raises(errors.OpeningLostError, match="another account key"):
            OpeningBox(key * 32).open(owner, 5, text)


def test_a_node_without_a_clerk_decides_nothing(paying: Paying) -> None:
    node = paying.network.node(paying.network.organisation(EXPORTER))
    assert not node.payments.is_open
    with pytest.raises(errors.OfficeClosedError, match="clerk"):
        node.payments.intake()
    assert "put it there" in str(errors.IdentifierKeyAbsentError("payments"))


def test_what_members_repeat_or_contradict(paying: Paying) -> None:
    paying.assess()
    item = paying.pay()
    notice = CreditNotice.parse_text(item.content.encode())
    digest = bytes.fromhex(item.name[2:])
    with pytest.raises(errors.AmountMismatchError):
        paying.reverse(digest, replace(notice, total=7, lines=(PaymentLine("1901", 7),)))
    with pytest.raises(errors.PaymentMismatchError):
        paying.reverse(digest, replace(notice, pay_id="P9"))
    first = paying.reverse(digest, notice)
    assert paying.reverse(digest, notice).name == first.name
    granted = paying.guarantee(500)
    assert paying.guarantee(500).name == granted.name
    with pytest.raises(errors.PaymentConflictError):
        paying.guarantee(501)
    with pytest.raises(errors.DeclarationUnknownError):
        paying.guarantee(5, "G2", kind="single", declaration_nos=("NOPE",))
    with pytest.raises(errors.GuaranteeUnknownError):
        paying.change(paying.now + 5, "G7")
    with pytest.raises(errors.IdentifierMismatchError):
        paying.draw(5, object=b"\x01" * 32)
    with pytest.raises(errors.AssessmentSupersededError):
        paying.draw(5, assessment=b"\x01" * 32)
