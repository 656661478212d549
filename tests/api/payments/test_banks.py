"""Banks, payers and officers at customs' door."""

import pytest
from support.organisations import CUSTOMS_ID, CUSTOMS_VN, EXPORTER, GENESIS_TIME, IMPORTER, Signer
from support.paying import BANK, DECLARATION, OFFICE, OTHER_BANK, PAYMENTS_KEY, TAXPAYER, assessment
from support.payment_doors import PaymentDoor

from api.paging import write_cursor
from api.tokens import Role
from clients.bank.memory import Memory
from clients.bank.simulator import Faults, Simulator
from clients.sdk.errors import ServerRefusedError
from clients.sdk.keystore import SigningKey
from clients.sdk.payments import Payer
from contracts.member_requests import MemberRequest, body_hash
from contracts.payments.messages import DrawRequest, GuaranteeNotice, RefundDecision


def refused(code: str, call: object, *arguments: object, **named: object) -> ServerRefusedError:
    with pytest.raises(ServerRefusedError) as caught:
        call(*arguments, **named)  # type: ignore[operator]
    assert caught.value.code == code, caught.value
    return caught.value


def test_an_order_becomes_a_credit_and_settles(assessed: PaymentDoor) -> None:
    paying, bank, payer = assessed.paying, assessed.bank(), assessed.payer()
    order = paying.order()
    assert payer.order(order).text("state") == "open"
    assert payer.order(order).text("state") == "open"
    page = bank.inbox()
    (found,) = page.orders
    assert found.order == order
    assert bank.send(bank.acknowledgement(found)).text("state") == "accepted"
    credit = bank.credit(found, page.domain, paying.now)
    assert bank.send(credit).text("state") == "received"
    assessed.settle()
    assert bank.send(credit).text("state") == "done"
    assert bank.item(credit.digest).text("state") == "done"
    standing = payer.status(DECLARATION)
    assert standing.truth("settled")
    assert (standing.text("paid"), standing.text("missing")) == ("1000000", "0")
    (row,) = assessed.desk().credits()
    assert row.text("state") == "done"
    assert bank.inbox(page.next).orders == ()
    reversal = bank.reversal(credit, page.domain, "mistake", "2026-01-02", paying.now)
    bank.send(reversal)
    assessed.settle()
    assert [reason.text("code") for reason in payer.status(DECLARATION).objects("reasons")] == [
        "unpaid"
    ]


def test_an_officer_signs_an_assessment(door: PaymentDoor) -> None:
    officer = SigningKey(CUSTOMS_VN.officer.secret)
    values = (assessment(), GENESIS_TIME, OFFICE)
    assert door.desk().assess(*values, key=officer).text("state") == "received"
    door.settle()
    assert door.desk().status(DECLARATION).integer("sequence") == 1
    assert door.desk().assess(*values, key=officer).text("state") == "done"
    stranger = SigningKey(Signer("stranger").secret)
    other = (assessment(7, "X9"), GENESIS_TIME, OFFICE)
    refused("payment_signer", door.desk().assess, *other, key=stranger)


def test_whoever_is_no_member_of_the_role_does_not_pass(assessed: PaymentDoor) -> None:
    connection = assessed.signed(BANK, Signer("stranger"))
    refused("member_unproven", connection.get, "/v1/payments/bank/inbox")
    refused("member_unproven", assessed.signed(EXPORTER).get, "/v1/payments/bank/inbox")
    refused("member_unproven", assessed.payer(BANK).status, DECLARATION)
    refused("declaration_unknown", Payer(assessed.signed(EXPORTER)).status, "X")
    refused("permission_missing", assessed.desk(Role.AUDITOR).status, DECLARATION)
    with assessed.client() as client:
        assert client.get("/v1/payments/bank/inbox").json()["code"] == "member_unproven"


def test_a_signature_is_for_one_body_one_door_and_one_minute(assessed: PaymentDoor) -> None:
    path, now = "/v1/payments/bank/acknowledgements", assessed.network.time
    cases = [
        (CUSTOMS_VN.hex_id, now, b"{}", 422),
        (CUSTOMS_VN.hex_id, now, b"[]", 401),
        (CUSTOMS_ID.hex_id, now, b"{}", 401),
        (CUSTOMS_VN.hex_id, now - 61, b"{}", 401),
    ]
    with assessed.client() as client:
        for organisation, at, body, status in cases:
            request = MemberRequest("POST", path, organisation, at, body_hash(b"{}"))
            header = request.sign(BANK.officer.secret)
            headers = {"Authorization": header, "Content-Type": "application/json"}
            answer = client.post(path, content=body, headers=headers)
            assert answer.status_code == status, answer.text


def test_a_signature_is_for_one_path(assessed: PaymentDoor) -> None:
    signed = "/v1/payments/bank/inbox?limit=5"
    request = MemberRequest("GET", signed, CUSTOMS_VN.hex_id, assessed.network.time, body_hash(b""))
    headers = {"Authorization": request.sign(BANK.officer.secret)}
    with assessed.client() as client:
        for path, status in (
            (signed, 200),
            ("/v1/payments/bank/inbox?limit=6", 401),
            (f"/v1/payments/items/0x{'00' * 32}", 401),
        ):
            assert client.get(path, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("last", "status"), [("7", 200), ("\u00b2", 400), ("9" * 30, 400), ("-1", 400)]
)
def test_a_forged_cursor_has_its_code(assessed: PaymentDoor, last: str, status: int) -> None:
    path = f"/v1/payments/bank/inbox?cursor={write_cursor('payment-inbox', last)}"
    request = MemberRequest("GET", path, CUSTOMS_VN.hex_id, assessed.network.time, body_hash(b""))
    headers = {"Authorization": request.sign(BANK.officer.secret)}
    with assessed.client() as client:
        assert client.get(path, headers=headers).status_code == status


def test_another_enterprise_sees_and_orders_nothing(assessed: PaymentDoor) -> None:
    order = assessed.paying.order()
    stranger = assessed.payer(IMPORTER)
    refused("declaration_unknown", stranger.order, order)
    refused("declaration_unknown", stranger.status, DECLARATION)
    assert assessed.payer().order(order).text("state") == "open"


def test_bad_bodies_have_their_codes(assessed: PaymentDoor) -> None:
    paying, connection = assessed.paying, assessed.signed(EXPORTER)
    order = paying.order().to_json()
    cases = [
        ("payment_currency", order | {"currency": "USD"}),
        ("payment_amount_mismatch", order | {"total": "7"}),
        ("payment_message_malformed", order | {"total": "-7"}),
        ("payment_message_malformed", order | {"more": "x"}),
        ("bank_unknown", order | {"bank": EXPORTER.hex_id}),
        ("declaration_unknown", order | {"declaration_no": "NOPE"}),
    ]
    for code, body in cases:
        refused(code, connection.post_json, "/v1/payments/orders", body)
    bank = assessed.signed(BANK)
    for place in ("credits", "reversals", "guarantees", "changes"):
        refused("body_malformed", bank.post_json, f"/v1/payments/bank/{place}", {"x": "y"})
    refused("order_unknown", assessed.bank().send, _answer(assessed))
    refused("credit_unknown", assessed.bank().item, "0x" + "00" * 32)


def _answer(door: PaymentDoor) -> object:
    bank, paying = door.bank(OTHER_BANK), door.paying
    door.payer().order(paying.order(pay_id="OWN"))
    (found,) = door.bank().inbox().orders
    return bank.acknowledgement(found)


def test_a_credit_with_a_bad_opening_is_refused_and_shown(assessed: PaymentDoor) -> None:
    bank, paying = assessed.bank(), assessed.paying
    assessed.payer().order(paying.order())
    page = bank.inbox()
    credit = bank.credit(page.orders[0], page.domain, paying.now)
    for opening in ({"value": "1", "blinding": "1"}, {"value": "x", "blinding": "1"}, "no"):
        body = {**credit.body, "opening": opening}
        refused("opening_mismatch", assessed.signed(BANK).post_json, credit.path, body)
    (row,) = assessed.desk().credits("refused")
    assert row.text("code") == "opening_mismatch"
    assert assessed.desk().status(DECLARATION).text("paid") == "0"


def test_a_guarantee_is_granted_changed_and_drawn(assessed: PaymentDoor) -> None:
    bank, paying = assessed.bank(), assessed.paying
    domain = bank.inbox().domain
    notice = GuaranteeNotice(
        "G1", "general", BANK.hex_id, TAXPAYER, OFFICE, (), 2_000_000, "VND",
        GENESIS_TIME, GENESIS_TIME + 30 * 86_400, "11" * 32,
    )  # fmt: skip
    bank.send(bank.guarantee(notice, domain, paying.now))
    assessed.settle()
    bank.send(bank.change("G1", GENESIS_TIME + 60 * 86_400, domain, paying.now))
    request = DrawRequest("G1", BANK.hex_id, TAXPAYER, DECLARATION, 1_000_000, "VND", "12" * 32)
    key = SigningKey(EXPORTER.officer.secret)
    assessed.payer().draw(request, PAYMENTS_KEY, domain, key, paying.now)
    assessed.settle()
    (row,) = assessed.desk().guarantees()
    assert (row.text("drawn"), row.text("remaining")) == ("1000000", "1000000")
    assert assessed.payer().status(DECLARATION).truth("settled")


def test_officers_amend_and_refund(assessed: PaymentDoor) -> None:
    desk = assessed.desk()
    decision = RefundDecision("R1", TAXPAYER, DECLARATION, None, 1, "VND", "back", "5a" * 32)
    assert desk.refund(decision).text("state") == "received"
    assert desk.amend(DECLARATION, 1).text("state") == "received"
    assessed.settle()
    codes = [reason.text("code") for reason in desk.status(DECLARATION).objects("reasons")]
    assert "amended" in codes
    refused("declaration_unknown", desk.amend, "NOPE", 1)
    refused("assessment_unusable", desk.assess, {"total": "1"}, GENESIS_TIME, OFFICE)


def test_a_statement_shows_what_is_missing(assessed: PaymentDoor) -> None:
    bank, paying, desk = assessed.bank(), assessed.paying, assessed.desk()
    paying.pay()
    assessed.settle()
    header = "pay_id,tax_id,declaration_no,amount,currency,value_date,reference\n"
    rows = f"P9,{TAXPAYER},{DECLARATION},5,VND,2026-01-01,none\n"
    found = bank.statement("2026-01-01", (header + rows).encode())
    assert (found.integer("rows"), found.integer("breaks")) == (1, 2)
    kinds = {row.text("kind"): row.integer("number") for row in desk.breaks()}
    assert kinds.keys() == {"MISSING_AT_CUSTOMS", "MISSING_AT_BANK"}
    assert desk.clear(kinds["MISSING_AT_BANK"], "came a day later").text("note")
    refused("break_unknown", desk.clear, kinds["MISSING_AT_BANK"], "again")
    found = bank.statement("2026-01-01", (header + rows).encode())
    assert found.integer("breaks") == 1
    (left,) = desk.breaks()
    assert left.text("kind") == "MISSING_AT_CUSTOMS"
    refused("statement_unusable", bank.statement, "2026-01-01", b"no header\n")


def test_a_bad_line_of_a_statement_stops_no_other(assessed: PaymentDoor) -> None:
    bank = assessed.bank()
    header = "pay_id,tax_id,declaration_no,amount,currency,value_date,reference\n"
    good = f"P9,{TAXPAYER},{DECLARATION},5,VND,2026-01-01,none\n"
    bad = f"P8,{TAXPAYER},{DECLARATION},five,VND,2026-01-01,none\n"
    found = bank.statement("2026-01-01", (header + bad + good).encode())
    assert (found.integer("bad"), found.integer("breaks")) == (1, 1)
    (row,) = found.objects("bad_rows")
    assert (row.integer("line"), row.text("column")) == (2, "amount")
    (left,) = assessed.desk().breaks()
    assert left.text("kind") == "MISSING_AT_CUSTOMS"
    corrected = bank.statement("2026-01-01", (header + bad.replace("five", "6") + good).encode())
    assert (corrected.integer("bad"), corrected.integer("breaks")) == (0, 2)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_bank_that_behaves_badly_books_each_payment_once(
    assessed: PaymentDoor, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    paying, payer = assessed.paying, assessed.payer()
    for number in range(4):
        payer.order(paying.order(250_000, f"P{number}"))
    faults = Faults(seed, delay=2, duplicate=0.5, reorder=True, lose=0.4, reverse=0.3)
    path = tmp_path_factory.mktemp("bank") / "bank.json"
    for _ in range(60):
        # Begun anew in each tick, as after a kill: the books are all it has.
        busy = Simulator(
            assessed.bank(), Memory.load(path), faults, lambda: float(paying.now)
        ).step()
        assessed.settle()
        if not busy:
            break
    memory = Memory.load(path)
    assert {each.credited for each in memory.payments.values()} == {"done"}
    kept = [each for each in memory.payments.values() if each.reversed != "done"]
    standing = paying.row()
    assert standing.declaration.paid == 250_000 * len(kept)
    assert standing.missing == 1_000_000 - 250_000 * len(kept)
    account = paying.node.debt.account(TAXPAYER)
    assert sum(item.owed for item in account.items.values()) == standing.missing
