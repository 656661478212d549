"""Coercion on both sides of 2026-07-01, freezes, write-offs and refunds."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from support.debts import Desk, lines

from node.debt.decisions import (
    DebtDecision,
    ExemptionDecision,
    MeasureDecision,
    RefundRequest,
    RefundStep,
    Revocation,
)
from node.debt.errors import DebtInputError, DebtRefusedError, EntryUnknownError
from node.debt.model import RefundState
from node.debt.states import DebtState, is_stopping

DAY = timedelta(days=1)
MILLION = 1_000_000
NEW = date(2026, 11, 20)
OLD = date(2026, 6, 30)


def measure(desk: Desk, day: date, kind: str = "stop_customs", **changes: Any) -> MeasureDecision:
    values: dict[str, Any] = {
        "taxpayer": desk.taxpayer,
        "reference": f"QD-{kind}",
        "measure": kind,
        "decided_on": day,
        "effective_from": day,
        "officer": "customs/officer-1",
        "reason": "arrears of more than 90 days",
    }
    return MeasureDecision(**(values | changes))


def decide(desk: Desk, decision: MeasureDecision) -> Any:
    return desk.book.decisions.measure(decision, desk.source(decision.reference))


@pytest.fixture
def debtor(desk: Desk) -> Desk:
    """Owe 100 million, 200 days before the later of the days."""
    desk.charge("D", {"vat": 100 * MILLION}, day=date(2026, 3, 1))
    desk.charge("E", {"vat": 10 * MILLION}, day=NEW)
    return desk


def stopped(desk: Desk, day: date) -> bool:
    return desk.book.stop_customs(desk.taxpayer, day).decided


def test_the_new_law_takes_measures_at_once_and_stops_from_its_own_day(debtor: Desk) -> None:
    starts = NEW + 3 * DAY
    assert not stopped(debtor, NEW)
    decide(debtor, measure(debtor, NEW, "third_party"))
    decide(debtor, measure(debtor, NEW, effective_from=starts))
    assert not stopped(debtor, starts - DAY)
    found = debtor.book.stop_customs(debtor.taxpayer, starts)
    assert (found.decided, found.since, found.reference) == (True, starts, "QD-stop_customs")
    assert found.rules == "coercion-252-2026"
    assert found.blocks("anything")
    assert debtor.book.state(debtor.taxpayer, "D", starts) is DebtState.COERCED
    account = debtor.book.account(debtor.taxpayer, starts)
    assert is_stopping(account, debtor.book.law, "D", starts)


def test_the_new_law_gives_other_measures_no_day_of_their_own(debtor: Desk) -> None:
    with pytest.raises(DebtRefusedError, match="effective_date"):
        decide(debtor, measure(debtor, NEW, "account_debit", effective_from=NEW + DAY))
    with pytest.raises(DebtRefusedError, match="effective_date"):
        decide(debtor, measure(debtor, NEW, effective_from=NEW - DAY))


def test_the_old_law_takes_measures_in_sequence(debtor: Desk) -> None:
    with pytest.raises(DebtRefusedError, match="account_debit, salary_deduction before"):
        decide(debtor, measure(debtor, OLD))
    decide(debtor, measure(debtor, OLD, "account_debit"))
    with pytest.raises(DebtRefusedError, match="salary_deduction before"):
        decide(debtor, measure(debtor, OLD))
    decide(debtor, measure(debtor, OLD, skipped={"salary_deduction": "an enterprise"}))
    assert stopped(debtor, OLD)
    assert debtor.book.stop_customs(debtor.taxpayer, OLD).rules == "coercion-38-2019"


def test_the_old_law_gives_no_day_of_its_own(debtor: Desk) -> None:
    skipped = {"account_debit": "empty", "salary_deduction": "an enterprise"}
    later = measure(debtor, OLD, effective_from=OLD + DAY, skipped=skipped)
    with pytest.raises(DebtRefusedError, match="effective_date"):
        decide(debtor, later)


@pytest.mark.parametrize("day", [OLD, NEW])
def test_ninety_days_are_not_enough(desk: Desk, day: date) -> None:
    skipped = {"account_debit": "empty", "salary_deduction": "an enterprise"}
    desk.charge("D", {"vat": MILLION}, day=day - 90 * DAY)
    with pytest.raises(DebtRefusedError, match="not_overdue_enough"):
        decide(desk, measure(desk, day, skipped=skipped))
    decide(desk, measure(desk, day + DAY, skipped=skipped))


def test_what_is_not_overdue_is_not_enforced(debtor: Desk) -> None:
    with pytest.raises(DebtRefusedError, match="nothing_overdue"):
        decide(debtor, measure(debtor, NEW, declarations=("E",)))
    decide(debtor, measure(debtor, NEW, declarations=("D",)))
    assert debtor.book.state(debtor.taxpayer, "E", NEW + 2 * DAY) is DebtState.OVERDUE


def test_an_unknown_measure_or_a_used_number_is_refused(debtor: Desk) -> None:
    with pytest.raises(DebtRefusedError, match="measure_unknown"):
        decide(debtor, measure(debtor, NEW, "prison"))
    decide(debtor, measure(debtor, NEW))
    assert decide(debtor, measure(debtor, NEW)).is_repeated
    again = measure(debtor, NEW)
    with pytest.raises(DebtRefusedError, match="reference_used"):
        debtor.book.decisions.measure(again, debtor.source("another key"))


@pytest.mark.parametrize(
    ("changes", "member"),
    [
        ({"officer": ""}, "officer"),
        ({"reason": " "}, "reason"),
        ({"reference": "a b"}, "reference"),
        ({"effective_to": NEW - DAY}, "effective_to"),
        ({"decided_on": date(2026, 12, 1), "effective_from": date(2026, 12, 1)}, "decided_on"),
    ],
)
def test_a_decision_that_cannot_be_booked(
    debtor: Desk, changes: dict[str, Any], member: str
) -> None:
    with pytest.raises(DebtInputError) as caught:
        debtor.book.decisions.measure(measure(debtor, NEW, **changes), debtor.source("m"))
    assert caught.value.member == member


def test_a_measure_ends_when_it_is_paid_and_lives_again_when_the_payment_is_not(
    debtor: Desk,
) -> None:
    decide(debtor, measure(debtor, NEW, declarations=("D",)))
    owed = debtor.book.balance(debtor.taxpayer, NEW)
    debtor.credit("1", int(owed.total), NEW)
    assert not stopped(debtor, NEW)
    debtor.book.reverse(debtor.source("bank", "1"), reason="bounced")
    assert stopped(debtor, NEW)


def test_a_measure_ends_on_its_last_day(debtor: Desk) -> None:
    decide(debtor, measure(debtor, NEW, effective_to=NEW + DAY))
    assert stopped(debtor, NEW + DAY)
    assert not stopped(debtor, NEW + 2 * DAY)


def revoke(desk: Desk, reference: str, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "taxpayer": desk.taxpayer,
        "reference": reference,
        "decided_on": NEW + DAY,
        "effective_from": NEW + 2 * DAY,
        "officer": "o",
        "reason": "instalments were granted",
    }
    decision = Revocation(**(values | changes))
    return desk.book.decisions.revoke(decision, desk.source("revocation", reference))


def test_a_revoked_measure_counts_until_its_day(debtor: Desk) -> None:
    decide(debtor, measure(debtor, NEW))
    with pytest.raises(DebtInputError, match="decided_on"):
        revoke(debtor, "QD-stop_customs", decided_on=NEW - DAY)
    with pytest.raises(EntryUnknownError):
        revoke(debtor, "QD-other")
    revoke(debtor, "QD-stop_customs")
    assert stopped(debtor, NEW + DAY)
    assert not stopped(debtor, NEW + 2 * DAY)
    again = Revocation(debtor.taxpayer, "QD-stop_customs", NEW + DAY, NEW + DAY, "o", "r")
    with pytest.raises(DebtRefusedError, match="revoked"):
        debtor.book.decisions.revoke(again, debtor.source("again"))


def exempt(desk: Desk, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "taxpayer": desk.taxpayer,
        "reference": "MT-1",
        "declarations": ("X-1", "X-2"),
        "decided_on": NEW,
        "effective_from": NEW + DAY,
        "officer": "o",
        "reason": "medicine",
    }
    decision = ExemptionDecision(**(values | changes))
    return desk.book.decisions.exempt(decision, desk.source("exemption", decision.reference))


def test_exempt_declarations_clear_nevertheless(debtor: Desk) -> None:
    decide(debtor, measure(debtor, NEW))
    exempt(debtor, effective_to=NEW + 2 * DAY)
    blocks = [
        (found.blocks("X-1"), found.blocks("X-3"))
        for day in range(4)
        for found in [debtor.book.stop_customs(debtor.taxpayer, NEW + day * DAY)]
    ]
    assert blocks == [(True, True), (False, True), (False, True), (True, True)]
    with pytest.raises(DebtRefusedError, match="reference_used"):
        exempt(debtor, reference="QD-stop_customs")
    with pytest.raises(DebtInputError, match="declarations"):
        exempt(debtor, reference="MT-2", declarations=())
    revoke(debtor, "MT-1")
    assert debtor.book.stop_customs(debtor.taxpayer, NEW + 2 * DAY).blocks("X-1")


def test_who_owes_nothing_is_not_stopped(desk: Desk) -> None:
    assert not desk.book.stop_customs("9999999996").decided
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    assert desk.book.stop_customs("9999999996", moment).on == date(2026, 11, 23)


def test_what_was_decided_is_known_since_it_was_booked(debtor: Desk) -> None:
    before = debtor.clock.now
    decide(debtor, measure(debtor, NEW))
    assert stopped(debtor, NEW)
    assert not debtor.book.stop_customs(debtor.taxpayer, NEW, before).decided


# Freezes and write-offs


def arrears(desk: Desk, day: date, number: str | None = None) -> DebtDecision:
    return DebtDecision(desk.taxpayer, day, "o", "insolvent", number)


def test_frozen_arrears_bear_no_interest_and_are_not_enforced(debtor: Desk) -> None:
    decisions = debtor.book.decisions
    day = date(2026, 10, 1)
    with pytest.raises(DebtRefusedError, match="nothing_overdue"):
        decisions.thaw(arrears(debtor, day), debtor.source("thaw"))
    with pytest.raises(DebtRefusedError, match="nothing_overdue"):
        decisions.freeze(arrears(debtor, day, "E"), debtor.source("freeze"))
    decisions.freeze(arrears(debtor, day), debtor.source("freeze"))
    then = debtor.book.balance(debtor.taxpayer, day).interest
    assert debtor.book.balance(debtor.taxpayer, NEW).interest == then
    assert debtor.book.state(debtor.taxpayer, "D") is DebtState.FROZEN
    with pytest.raises(DebtRefusedError, match="nothing_overdue"):
        decide(debtor, measure(debtor, NEW))
    decisions.thaw(arrears(debtor, NEW), debtor.source("thaw"))
    assert debtor.book.balance(debtor.taxpayer, NEW + DAY).interest > then
    assert debtor.book.state(debtor.taxpayer, "D", NEW + DAY) is DebtState.OVERDUE


def test_what_is_written_off_is_owed_no_more(debtor: Desk) -> None:
    decisions = debtor.book.decisions
    with pytest.raises(DebtInputError, match="declaration_no"):
        decisions.write_off(arrears(debtor, NEW), debtor.source("w"))
    with pytest.raises(DebtRefusedError, match="nothing_owed"):
        decisions.write_off(arrears(debtor, NEW, "F"), debtor.source("w"))
    decisions.write_off(arrears(debtor, NEW, "D"), debtor.source("w"))
    assert debtor.book.state(debtor.taxpayer, "D") is DebtState.WRITTEN_OFF
    assert debtor.total(NEW) == 10 * MILLION
    rows = debtor.book.statement(debtor.taxpayer, NEW).rows
    off = next(row for row in rows if row.entry.kind == "write_off")
    assert off.entry.amount == -off.change + off.interest
    debtor.book.reverse(debtor.source("w"), reason="money was found")
    assert debtor.book.state(debtor.taxpayer, "D") is DebtState.OVERDUE


# Refunds


def request(desk: Desk, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "taxpayer": desk.taxpayer,
        "reference": "HT-1",
        "reason": "overpaid",
        "amount": Decimal(MILLION),
        "requested_on": NEW,
    }
    asked = RefundRequest(**(values | changes))
    return desk.book.decisions.request_refund(asked, desk.source("refund", asked.reference))


def step(desk: Desk, name: str, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "taxpayer": desk.taxpayer,
        "reference": "HT-1",
        "decided_on": NEW,
        "officer": "o",
        "reason": "documents fit",
    }
    decided = RefundStep(**(values | changes))
    return getattr(desk.book.decisions, name)(decided, desk.source(name))


def refund_state(desk: Desk) -> RefundState:
    return desk.book.standing(desk.taxpayer).refunds["HT-1"].state


def test_overpaid_money_goes_back_after_its_check(desk: Desk) -> None:
    desk.credit("1", MILLION, NEW)
    with pytest.raises(DebtRefusedError, match="refund_too_large"):
        request(desk, amount=Decimal(MILLION + 1))
    request(desk)
    assert refund_state(desk) is RefundState.REQUESTED
    with pytest.raises(DebtRefusedError, match="refund_check"):
        step(desk, "approve_refund")
    step(desk, "check_refund")
    with pytest.raises(DebtRefusedError, match="refund_state"):
        step(desk, "pay_refund")
    step(desk, "approve_refund")
    assert refund_state(desk) is RefundState.APPROVED
    step(desk, "pay_refund")
    assert refund_state(desk) is RefundState.PAID
    assert desk.total() == 0


def test_a_tax_that_is_no_longer_owed_pays_arrears_first(desk: Desk) -> None:
    desk.charge("D", {"import_duty": 10 * MILLION}, day=date(2026, 10, 1))
    desk.credit("1", 10 * MILLION, date(2026, 10, 1))
    desk.charge("E", {"vat": 4 * MILLION}, day=NEW - DAY)
    given = {
        "reason": "origin_verified",
        "declaration_no": "D",
        "lines": tuple(lines({"import_duty": 10 * MILLION})),
        "check": "after",
    }
    with pytest.raises(DebtInputError, match="sum"):
        request(desk, amount=Decimal(5), **given)
    request(desk, amount=Decimal(10 * MILLION), **given)
    step(desk, "approve_refund")
    refund = desk.book.standing(desk.taxpayer).refunds["HT-1"]
    assert (refund.state, refund.approved, refund.offset) == (
        RefundState.APPROVED,
        10 * MILLION,
        4 * MILLION,
    )
    assert step(desk, "pay_refund").unapplied == 0
    assert desk.book.standing(desk.taxpayer).refunds["HT-1"].paid == 6 * MILLION
    assert desk.total() == 0


def test_a_refund_that_arrears_take_whole_is_offset(desk: Desk) -> None:
    desk.charge("D", {"import_duty": 3 * MILLION}, day=date(2026, 10, 1))
    desk.credit("1", 3 * MILLION, date(2026, 10, 1))
    desk.charge("E", {"vat": 4 * MILLION}, day=NEW - DAY)
    request(
        desk,
        reason="re_exported",
        declaration_no="D",
        amount=Decimal(3 * MILLION),
        lines=tuple(lines({"import_duty": 3 * MILLION})),
    )
    step(desk, "check_refund")
    step(desk, "approve_refund")
    assert refund_state(desk) is RefundState.OFFSET
    with pytest.raises(DebtRefusedError, match="refund_state"):
        step(desk, "pay_refund")
    assert desk.total(NEW) == MILLION


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"reason": "because", "declaration_no": "D"}, "refund_reason"),
        ({"reason": "re_exported", "declaration_no": "D", "check": "after"}, "refund_check"),
        ({"reason": "origin_verified", "declaration_no": "E"}, "refund_too_large"),
    ],
)
def test_a_refund_that_the_law_does_not_know(
    desk: Desk, changes: dict[str, Any], problem: str
) -> None:
    desk.charge("D", {"vat": MILLION})
    with pytest.raises(DebtRefusedError, match=problem):
        request(desk, lines=tuple(lines({"vat": MILLION})), **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"check": "never"},
        {"reason": "re_exported"},
        {"declaration_no": "D"},
        {"amount": Decimal(-1)},
        {"reference": ""},
    ],
)
def test_a_request_that_cannot_be_booked(desk: Desk, changes: dict[str, Any]) -> None:
    desk.credit("1", MILLION, NEW)
    with pytest.raises(DebtInputError):
        request(desk, **changes)


def test_a_refused_refund_ends(desk: Desk) -> None:
    desk.credit("1", MILLION, NEW)
    request(desk)
    with pytest.raises(DebtRefusedError, match="reference_used"):
        desk.book.decisions.request_refund(
            replace(
                RefundRequest(desk.taxpayer, "HT-1", "overpaid", Decimal(1), NEW), check="after"
            ),
            desk.source("another"),
        )
    with pytest.raises(EntryUnknownError):
        step(desk, "check_refund", reference="HT-2")
    with pytest.raises(DebtInputError, match="decided_on"):
        step(desk, "refuse_refund", decided_on=NEW - DAY)
    step(desk, "refuse_refund")
    assert refund_state(desk) is RefundState.REFUSED
    with pytest.raises(DebtRefusedError, match="refund_state"):
        step(desk, "approve_refund")


def test_money_that_a_new_debt_took_is_not_refunded(desk: Desk) -> None:
    desk.credit("1", MILLION, NEW)
    request(desk, check="after")
    desk.charge("D", {"vat": MILLION}, day=NEW)
    with pytest.raises(DebtRefusedError, match="debts are paid first"):
        step(desk, "approve_refund")
