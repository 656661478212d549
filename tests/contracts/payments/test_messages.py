"""Payment messages: one JSON form, one hash, precise faults."""

from typing import Any

import pytest

from contracts.payments.messages import (
    BankAcknowledgement,
    CreditNotice,
    DrawRequest,
    GuaranteeNotice,
    MessageFault,
    PaymentMessage,
    PaymentMessageError,
    PaymentOrder,
    RefundDecision,
    ReversalNotice,
    bank_code,
    content_hash,
)

BANK = "0x" + "ab" * 32
SALT = "5a" * 32
ORDER: dict[str, Any] = {
    "type": "payment_order",
    "pay_id": "P1",
    "tax_id": "0101234567",
    "payer": "Công ty Ví dụ",
    "declaration_no": "107000000011",
    "declaration_date": "2026-01-01",
    "customs_code": "02CI",
    "treasury_code": "TR01",
    "chapter": "755",
    "lines": [{"sub_item": "1901", "amount": "6"}, {"sub_item": "1702", "amount": "4"}],
    "total": "10",
    "currency": "VND",
    "bank": BANK,
    "value_date": "2026-01-02",
    "salt": SALT,
}
CREDIT = ORDER | {"type": "credit_notice", "order": None}
REVERSAL: dict[str, Any] = {
    "type": "reversal_notice", "pay_id": "P1", "bank": BANK, "declaration_no": "D1",
    "notice": "0x" + "01" * 32, "total": "10", "currency": "VND", "value_date": "2026-01-02",
    "reason": "mistake", "salt": SALT,
}  # fmt: skip
GUARANTEE: dict[str, Any] = {
    "type": "guarantee_notice", "number": "G1", "kind": "single", "bank": BANK,
    "tax_id": "0101234567", "beneficiary": "02CI", "declaration_nos": ["D1"], "limit": "10",
    "currency": "VND", "valid_from": "1", "valid_to": "2", "salt": SALT,
}  # fmt: skip
DRAW: dict[str, Any] = {
    "type": "draw_request", "number": "G1", "bank": BANK, "tax_id": "0101234567",
    "declaration_no": "D1", "total": "10", "currency": "VND", "salt": SALT,
}  # fmt: skip
REFUND: dict[str, Any] = {
    "type": "refund_decision", "number": "R1", "tax_id": "0101234567", "declaration_no": "D1",
    "toward": None, "total": "10", "currency": "VND", "reason": "paid twice", "salt": SALT,
}  # fmt: skip
ANSWER: dict[str, Any] = {
    "type": "bank_acknowledgement", "pay_id": "P1", "bank": BANK, "order": "0x" + "01" * 32,
    "answer": "accepted", "reason": None, "salt": SALT,
}  # fmt: skip
GOOD: list[tuple[type[PaymentMessage], dict[str, Any]]] = [
    (PaymentOrder, ORDER),
    (CreditNotice, CREDIT),
    (ReversalNotice, REVERSAL),
    (GuaranteeNotice, GUARANTEE),
    (DrawRequest, DRAW),
    (RefundDecision, REFUND),
    (BankAcknowledgement, ANSWER),
]


@pytest.mark.parametrize(("kind", "value"), GOOD, ids=[kind.__name__ for kind, _ in GOOD])
def test_a_message_reads_back_to_the_byte(
    kind: type[PaymentMessage], value: dict[str, Any]
) -> None:
    message = kind.parse(value)
    assert message.to_json() == value
    again = kind.parse_text(message.to_bytes())
    assert again == message
    assert content_hash(again) == content_hash(message)
    assert content_hash(kind.parse(value | {"salt": "5b" * 32})) != content_hash(message)


BAD: list[tuple[type[PaymentMessage], dict[str, Any], str, MessageFault]] = [
    (PaymentOrder, {"currency": "USD"}, "currency", MessageFault.CURRENCY),
    (PaymentOrder, {"total": "11"}, "total", MessageFault.AMOUNT),
    (CreditNotice, {"total": "9"}, "total", MessageFault.AMOUNT),
    (PaymentOrder, {"total": "-10"}, "total", MessageFault.MALFORMED),
    (PaymentOrder, {"total": 10}, "total", MessageFault.MALFORMED),
    (PaymentOrder, {"total": "010"}, "total", MessageFault.MALFORMED),
    (PaymentOrder, {"total": "10.5"}, "total", MessageFault.MALFORMED),
    (PaymentOrder, {"total": "0"}, "total", MessageFault.MALFORMED),
    (PaymentOrder, {"total": str(10**13)}, "total", MessageFault.MALFORMED),
    (PaymentOrder, {"lines": []}, "lines", MessageFault.MALFORMED),
    (PaymentOrder, {"lines": {}}, "lines", MessageFault.MALFORMED),
    (PaymentOrder, {"lines": [1]}, "lines[0]", MessageFault.MALFORMED),
    (PaymentOrder, {"lines": ORDER["lines"][:1] * 2}, "lines", MessageFault.MALFORMED),
    (PaymentOrder, {"lines": ORDER["lines"] * 60}, "lines", MessageFault.MALFORMED),
    (PaymentOrder, {"tax_id": "01"}, "tax_id", MessageFault.MALFORMED),
    (PaymentOrder, {"payer": " x"}, "payer", MessageFault.MALFORMED),
    (PaymentOrder, {"payer": ""}, "payer", MessageFault.MALFORMED),
    (PaymentOrder, {"pay_id": "p1"}, "pay_id", MessageFault.MALFORMED),
    (PaymentOrder, {"declaration_date": "2026-02-30"}, "declaration_date", MessageFault.MALFORMED),
    (PaymentOrder, {"bank": "0x12"}, "bank", MessageFault.MALFORMED),
    (PaymentOrder, {"type": "credit_notice"}, "type", MessageFault.MALFORMED),
    (PaymentOrder, {"more": "x"}, "more", MessageFault.MALFORMED),
    (GuaranteeNotice, {"valid_to": "1"}, "valid_to", MessageFault.MALFORMED),
    (GuaranteeNotice, {"valid_to": "x"}, "valid_to", MessageFault.MALFORMED),
    (GuaranteeNotice, {"declaration_nos": []}, "declaration_nos", MessageFault.MALFORMED),
    (GuaranteeNotice, {"kind": "general"}, "declaration_nos", MessageFault.MALFORMED),
    (GuaranteeNotice, {"kind": "double"}, "kind", MessageFault.MALFORMED),
]


@pytest.mark.parametrize(("kind", "change", "field", "fault"), BAD)
def test_a_bad_member_is_named(
    kind: type[PaymentMessage], change: dict[str, Any], field: str, fault: MessageFault
) -> None:
    good = dict(GOOD)[kind]
    with pytest.raises(PaymentMessageError) as caught:
        kind.parse(good | change)
    assert (caught.value.field, caught.value.fault) == (field, fault)
    assert caught.value.remedy in str(caught.value)


def test_what_is_no_object_or_misses_a_member_is_refused() -> None:
    with pytest.raises(PaymentMessageError, match="no object"):
        PaymentOrder.parse([])
    with pytest.raises(PaymentMessageError, match="missing"):
        PaymentOrder.parse({"type": "payment_order"})
    for text in (b"{", b'{"a":1}', b'{"a":"x","a":"y"}'):
        with pytest.raises(PaymentMessageError, match="strict JSON"):
            PaymentOrder.parse_text(text)


def test_a_banks_code_follows_from_its_organisation() -> None:
    assert bank_code(BANK) == "AB" * 16
