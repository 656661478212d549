"""The book: what is booked, what is refused, and what was known when."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from support.debts import Desk, lines

from node.debt.balance import account_balance
from node.debt.errors import (
    DebtConflictError,
    DebtInputError,
    DebtRefusedError,
    EntryUnknownError,
    TaxpayerUnknownError,
)
from node.debt.model import Part, Terms
from node.debt.requests import Charge, ChargeLine, Credit, Guarantee, Refund
from node.debt.states import DebtState
from node.debt.tables import DebtBookingRow, DebtEntryRow

DUE = date(2026, 8, 1)
PAID = date(2026, 9, 1)
DAY = timedelta(days=1)
MILLION = 1_000_000


def booked(desk: Desk) -> tuple[int, int]:
    with desk.state.read() as session:
        mine = DebtEntryRow.taxpayer == desk.taxpayer
        entries = session.scalar(select(func.count()).select_from(DebtEntryRow).where(mine))
        own = DebtBookingRow.taxpayer == desk.taxpayer
        bookings = session.scalar(select(func.count()).select_from(DebtBookingRow).where(own))
    return entries or 0, bookings or 0


def check(desk: Desk) -> None:
    """The kept items say what the entries say, now and later."""
    for day in (desk.book.today(), date(2027, 3, 1)):
        kept = desk.book.balance(desk.taxpayer, day)
        assert kept == account_balance(desk.book.account(desk.taxpayer, day), desk.taxpayer, day)
        statement = desk.book.statement(desk.taxpayer, day)
        assert statement.closing == kept.total
        assert statement.interest == kept.interest
        shown = statement.rows[-1].balance if statement.rows else 0
        assert shown == kept.tax + kept.fine - kept.unapplied


def test_a_charge_is_owed_and_a_payment_settles_it(desk: Desk) -> None:
    outcome = desk.charge("D", {"import_duty": 100 * MILLION, "vat": 50 * MILLION})
    assert (outcome.kind, len(outcome.entries), outcome.is_repeated) == ("charge", 3, False)
    balance = desk.book.balance(desk.taxpayer, DUE + 31 * DAY)
    assert (balance.tax, balance.interest, balance.open_items) == (150 * MILLION, 1_350_000, 2)
    assert balance.overdue == balance.total == 151_350_000
    paid = desk.credit("1", 151_350_000, DUE + 31 * DAY, declaration_no="D")
    assert paid.applied_to("D") == 151_350_000
    assert paid.applied_to("other") == 0
    assert desk.total() == 0
    check(desk)


def test_what_is_paid_too_much_waits_for_the_next_charge(desk: Desk) -> None:
    desk.charge("D", {"vat": MILLION})
    assert desk.credit("1", 3 * MILLION, DUE).unapplied == 2 * MILLION
    assert desk.total() == -2 * MILLION
    outcome = desk.charge("E", {"vat": MILLION}, day=PAID)
    assert [(each.declaration_no, each.amount) for each in outcome.applied] == [("E", MILLION)]
    assert desk.total() == -MILLION
    check(desk)


def test_a_payment_before_its_charge_finds_it(desk: Desk) -> None:
    desk.credit("1", MILLION, DUE - DAY)
    desk.charge("D", {"vat": MILLION})
    assert desk.total() == 0
    check(desk)


def test_the_same_again_has_no_second_effect(desk: Desk) -> None:
    first = desk.charge("D", {"vat": MILLION}), desk.credit("1", 400_000, PAID)
    before = booked(desk), desk.total()
    again = desk.charge("D", {"vat": MILLION}), desk.credit("1", 400_000, PAID)
    assert [each.is_repeated for each in again] == [True, True]
    assert tuple(replace(each, is_repeated=False) for each in again) == first
    assert (booked(desk), desk.total()) == before


@pytest.mark.parametrize(
    "changes",
    [{"amount": Decimal(400_001)}, {"received_on": PAID + DAY}, {"declaration_no": "D"}],
    ids=lambda changes: next(iter(changes)),
)
def test_the_same_key_with_other_content_is_refused(desk: Desk, changes: dict[str, Any]) -> None:
    desk.charge("D", {"vat": MILLION})
    desk.credit("1", 400_000, PAID)
    before = booked(desk), desk.total()
    with pytest.raises(DebtConflictError, match="was booked as a credit") as caught:
        desk.credit("1", **({"amount": 400_000, "day": PAID} | changes))
    assert caught.value.source.endswith('"bank","1"]')
    assert (booked(desk), desk.total()) == before


def test_the_same_key_for_another_taxpayer_is_refused(desk: Desk) -> None:
    desk.credit("1", MILLION, PAID)
    with pytest.raises(DebtConflictError):
        desk.credit("1", MILLION, PAID, taxpayer="9999999999")
    with pytest.raises(TaxpayerUnknownError):
        desk.book.balance("9999999999")


# Corrections


def test_a_reversed_payment_was_never_made(desk: Desk) -> None:
    desk.charge("D", {"vat": 100 * MILLION})
    desk.credit("1", 50 * MILLION, DUE)
    desk.credit("2", 50 * MILLION, PAID)
    before = desk.clock.now
    earlier = desk.book.statement(desk.taxpayer)
    desk.clock.now += timedelta(days=1)
    desk.book.reverse(desk.source("bank", "1"), reason="the bank took it back")
    # The second payment goes to the tax; the interest since the due date is owed again.
    balance = desk.book.balance(desk.taxpayer, PAID)
    assert (balance.tax, balance.interest) == (50 * MILLION, 900_000)
    assert desk.book.statement(desk.taxpayer, earlier.on, before).rows == earlier.rows
    assert desk.total(PAID, before) == 450_000
    rows = desk.book.statement(desk.taxpayer).rows
    mistake, correction = (
        row
        for row in rows
        if row.change in {-50 * MILLION, 50 * MILLION} and row.entry.effective_on == DUE
    )
    assert mistake.reversed_by == correction.entry.sequence
    assert correction.entry.target == mistake.entry.sequence
    check(desk)


def test_what_is_not_booked_or_reversed_already_is_not_reversed(desk: Desk) -> None:
    desk.credit("1", MILLION, PAID)
    source = desk.source("bank", "1")
    first = desk.book.reverse(source, reason="r")
    assert desk.book.reverse(source, reason="r") == replace(first, is_repeated=True)
    with pytest.raises(DebtConflictError):
        desk.book.reverse(source, reason="another")
    with pytest.raises(DebtRefusedError, match="reversed"):
        desk.book.reverse(source, reason="r", key=desk.source("again"))
    with pytest.raises(DebtRefusedError, match="irreversible"):
        desk.book.reverse(("reversal", *source), reason="r")
    with pytest.raises(EntryUnknownError):
        desk.book.reverse(desk.source("bank", "2"), reason="r")
    assert desk.total() == 0


def test_a_later_assessment_books_the_differences(desk: Desk) -> None:
    desk.charge("D", {"import_duty": 100 * MILLION, "vat": 40 * MILLION, "fine": MILLION})
    desk.credit("1", 141 * MILLION, DUE)
    before = desk.clock.now
    desk.clock.now += timedelta(days=1)
    desk.charge("D", {"import_duty": 110 * MILLION, "vat": 35 * MILLION}, assessment=2)
    # 10 million more, 6 million less: 4 million are owed since the first due date.
    balance = desk.book.balance(desk.taxpayer, DUE + 31 * DAY)
    assert (balance.tax, balance.interest) == (4 * MILLION, 36_000)
    assert desk.total(DUE + 31 * DAY, before) == 0
    check(desk)
    desk.charge("D", {}, assessment=3)
    assert desk.total() == -141 * MILLION
    check(desk)


def test_an_older_assessment_is_refused(desk: Desk) -> None:
    desk.charge("D", {"vat": MILLION}, assessment=2)
    with pytest.raises(DebtRefusedError, match="assessment_stale") as caught:
        desk.charge("D", {"vat": 2 * MILLION}, assessment=1)
    assert caught.value.vietnamese
    with pytest.raises(DebtRefusedError, match="assessment_stale"):
        desk.charge("D", {"vat": 2 * MILLION}, assessment=2, source=desk.source("x"))
    assert desk.total(DUE) == MILLION


def test_assessments_are_reversed_from_the_last(desk: Desk) -> None:
    first = desk.charge("D", {"vat": MILLION})
    second = desk.charge("D", {"vat": 3 * MILLION}, assessment=2)
    with pytest.raises(DebtRefusedError, match="assessment 2 stands on it"):
        desk.book.reverse(first.source, reason="r")
    desk.book.reverse(second.source, reason="r")
    assert desk.total(DUE) == MILLION
    desk.charge("D", {"vat": 2 * MILLION}, assessment=2, source=desk.source("anew"))
    assert desk.total(DUE) == 2 * MILLION
    check(desk)


# Bad input


GOOD = Charge("0100109106", ("k",), "D", lines({"vat": 5}), DUE, DUE)


@pytest.mark.parametrize(
    ("changes", "member"),
    [
        ({"taxpayer": "123"}, "taxpayer"),
        ({"declaration_no": "a b"}, "declaration_no"),
        ({"declaration_no": ""}, "declaration_no"),
        ({"source": ()}, "source"),
        ({"source": ("a", "")}, "source"),
        ({"source": ("a\n",)}, "source"),
        ({"source": ("a" * 256,)}, "source"),
        ({"organisation": "0x12"}, "organisation"),
        ({"assessment": 0}, "assessment"),
        ({"assessment": 1 << 16}, "assessment"),
        ({"terms": Terms.DECISION}, "due_on"),
        ({"currency": "USD"}, "currency"),
        ({"lines": lines({"vat": 0})}, "lines[0].amount"),
        ({"lines": lines({"vat": -5})}, "lines[0].amount"),
        ({"lines": [ChargeLine("vat", "1702", Decimal("1.5"))]}, "lines[0].amount"),
        ({"lines": [ChargeLine("vat", "1702", Decimal("NaN"))]}, "lines[0].amount"),
        ({"lines": [ChargeLine("vat", "1702", Decimal(10**13))]}, "lines[0].amount"),
        ({"lines": [ChargeLine("", "1702", Decimal(1))]}, "lines[0].tax"),
        ({"lines": [ChargeLine("vat", "a b", Decimal(1))]}, "lines[0].sub_item"),
        ({"lines": lines({"vat": 5}) * 2}, "lines[1]"),
        ({"lines": lines({"vat": 5}) * 10_001}, "lines"),
    ],
)
def test_a_charge_that_cannot_be_booked(desk: Desk, changes: dict[str, Any], member: str) -> None:
    asked = replace(GOOD, **({"taxpayer": desk.taxpayer} | changes))
    with pytest.raises(DebtInputError) as caught:
        desk.book.charge(asked)
    assert caught.value.member == member
    assert booked(desk) == (0, 0)


@pytest.mark.parametrize(
    ("changes", "member"),
    [
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal(-1)}, "amount"),
        ({"amount": Decimal("0.5")}, "amount"),
        ({"amount": Decimal("Infinity")}, "amount"),
        ({"currency": "USD"}, "currency"),
        ({"declaration_no": "\u0111"}, "declaration_no"),
        ({"received_on": date(2026, 11, 25)}, "received_on"),
        ({"taxpayer": "01001091060"}, "taxpayer"),
    ],
)
def test_a_payment_that_cannot_be_booked(desk: Desk, changes: dict[str, Any], member: str) -> None:
    with pytest.raises(DebtInputError) as caught:
        desk.credit("1", **({"amount": 5, "day": PAID} | changes))
    assert caught.value.member == member
    assert booked(desk) == (0, 0)


def test_a_payment_of_tomorrow_is_taken(desk: Desk) -> None:
    assert desk.credit("1", 5, date(2026, 11, 24)).unapplied == 5


# Guarantees and releases


def guarantee(desk: Desk, amount: int, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "taxpayer": desk.taxpayer,
        "declaration_no": "D",
        "guarantee": "G-1",
        "amount": Decimal(amount),
        "granted_on": DUE,
        "valid_to": date(2026, 12, 31),
        "source": desk.source("guarantee"),
    }
    return desk.book.guarantee(Guarantee(**(values | changes)))


def state(desk: Desk, day: date) -> DebtState:
    return desk.book.state(desk.taxpayer, "D", day)


def test_a_guaranteed_debt_is_due_later_with_interest_from_release(desk: Desk) -> None:
    desk.charge("D", {"vat": 100 * MILLION}, released_on=None)
    assert state(desk, DUE) is DebtState.ASSESSED
    guarantee(desk, 100 * MILLION)
    assert state(desk, DUE) is DebtState.GUARANTEED
    released = DUE + 2 * DAY
    desk.book.release(desk.taxpayer, "D", released, desk.source("release"))
    due = DUE + 30 * DAY
    assert state(desk, due) is DebtState.GUARANTEED
    assert state(desk, due + DAY) is DebtState.OVERDUE
    assert desk.book.balance(desk.taxpayer, due).interest == 28 * 30_000
    assert desk.book.balance(desk.taxpayer, due).overdue == 0
    check(desk)
    desk.book.reverse(desk.source("guarantee"), reason="withdrawn")
    assert state(desk, released) is DebtState.DUE
    assert state(desk, released + DAY) is DebtState.OVERDUE
    check(desk)


def test_a_guarantee_needs_its_declaration_and_its_days(desk: Desk) -> None:
    desk.charge("E", {"vat": MILLION})
    with pytest.raises(EntryUnknownError, match="assessment of declaration"):
        guarantee(desk, MILLION)
    with pytest.raises(DebtInputError, match="valid_to"):
        guarantee(desk, MILLION, valid_to=DUE - DAY)
    with pytest.raises(DebtInputError, match="amount"):
        guarantee(desk, 0)
    with pytest.raises(EntryUnknownError):
        desk.book.release(desk.taxpayer, "D", DUE, desk.source("release"))
    with pytest.raises(TaxpayerUnknownError):
        desk.book.release("9999999998", "D", DUE, desk.source("release"))


# States


def test_states_of_a_debt_that_is_paid_in_time_and_one_that_is_not(desk: Desk) -> None:
    desk.charge("D", {"vat": MILLION})
    assert state(desk, DUE) is DebtState.DUE
    assert state(desk, DUE + DAY) is DebtState.OVERDUE
    desk.credit("1", 400_000, DUE)
    assert state(desk, DUE) is DebtState.DUE
    desk.credit("2", 600_000, DUE)
    assert state(desk, DUE + DAY) is DebtState.PAID
    desk.charge("E", {"vat": MILLION}, day=PAID)
    desk.credit("3", MILLION, PAID + 3 * DAY)
    assert desk.book.state(desk.taxpayer, "E") is DebtState.OVERDUE  # its interest
    desk.credit("4", 600, PAID + 3 * DAY)
    assert desk.book.state(desk.taxpayer, "E") is DebtState.SETTLED
    assert desk.book.state(desk.taxpayer, "E", PAID + DAY) is DebtState.OVERDUE
    with pytest.raises(EntryUnknownError):
        desk.book.state(desk.taxpayer, "E", DUE)


def test_nothing_owed_is_paid(desk: Desk) -> None:
    desk.charge("D", {})
    assert state(desk, DUE) is DebtState.PAID


# Money back


def test_unapplied_money_may_go_back_and_no_more(desk: Desk) -> None:
    desk.credit("1", MILLION, PAID)
    refund = Refund(desk.taxpayer, Decimal(400_000), PAID, desk.source("refund"))
    assert desk.book.refund(refund).unapplied == 600_000
    assert desk.book.refund(refund).is_repeated
    with pytest.raises(DebtRefusedError, match="refund_too_large"):
        desk.book.refund(replace(refund, amount=Decimal(600_001), source=desk.source("r2")))
    assert desk.total() == -600_000
    # Money that proves not to be there is owed back, and the next money goes there first.
    desk.book.reverse(desk.source("bank", "1"), reason="bounced")
    assert desk.total() == 400_000
    assert desk.credit("2", 500_000, PAID).unapplied == 100_000
    check(desk)


# Reading


def test_the_past_is_read_as_it_is_known_now_and_as_it_was(desk: Desk) -> None:
    desk.charge("D", {"vat": MILLION})
    known = desk.clock.now
    desk.clock.now += timedelta(days=3)
    desk.credit("late", MILLION, DUE)
    assert desk.total(DUE - DAY) == 0
    assert desk.total(DUE) == 0
    assert desk.total(DUE, known) == MILLION
    assert desk.total(DUE, known - timedelta(days=1)) == 0
    check(desk)


def test_a_statement_opens_where_the_one_before_closed(desk: Desk) -> None:
    desk.charge("D", {"vat": MILLION})
    desk.credit("1", 300_000, DUE + 5 * DAY)
    desk.credit("2", 300_000, PAID)
    first = desk.book.statement(desk.taxpayer, PAID - DAY)
    second = desk.book.statement(desk.taxpayer, PAID + 5 * DAY, since=PAID)
    assert second.opening == first.rows[-1].balance == 700_000
    assert [row.entry.effective_on for row in second.rows] == [PAID]
    (item,) = second.open_items
    assert [(each.principal, each.days) for each in item.accruals] == [
        (1_000_000, 4),
        (700_000, 26),
        (400_000, 5),
    ]
    assert sum(each.amount for each in item.accruals) == item.interest * 100_000
    assert second.rules[0] == "interest-108-2025"


def test_interest_across_the_change_of_law_is_shown_in_two_parts(desk: Desk) -> None:
    start = date(2026, 6, 25)
    desk.charge("D", {"vat": 100 * MILLION}, day=start)
    (item,) = desk.book.statement(desk.taxpayer, date(2026, 7, 11)).open_items
    assert [(each.first, each.last, each.days) for each in item.accruals] == [
        (date(2026, 6, 26), date(2026, 6, 30), 5),
        (date(2026, 7, 1), date(2026, 7, 10), 10),
    ]
    assert item.interest == 450_000


def test_the_day_is_vietnams(desk: Desk) -> None:
    desk.clock.now = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert desk.book.today() == date(2026, 11, 24)
    desk.clock.now = datetime(2026, 11, 23, 16, 59, tzinfo=UTC)
    assert desk.book.today() == date(2026, 11, 23)


def test_the_book_is_built_again_from_its_entries(desk: Desk) -> None:
    desk.charge("D", {"vat": 100 * MILLION, "fine": MILLION})
    desk.credit("1", 50 * MILLION, PAID)
    before = desk.book.balance(desk.taxpayer)
    desk.book.rebuild(desk.taxpayer)
    assert desk.book.balance(desk.taxpayer) == before
    desk.credit("2", 60 * MILLION, PAID)
    check(desk)
    with pytest.raises(TaxpayerUnknownError):
        desk.book.rebuild("9999999997")


def test_a_clock_that_goes_back_books_no_earlier(desk: Desk) -> None:
    first = desk.credit("1", 5, PAID)
    desk.clock.now -= timedelta(days=1)
    assert desk.credit("2", 5, PAID).booked_at == first.booked_at


def test_fines_are_owed_as_fines(desk: Desk) -> None:
    fine = [ChargeLine("fine", "4254", Decimal(MILLION), Part.FINE)]
    desk.charge("QD-1", {}, lines=fine, terms=Terms.DECISION, due_on=PAID)
    balance = desk.book.balance(desk.taxpayer)
    assert (balance.tax, balance.fine, balance.interest) == (0, MILLION, 0)
    desk.charge("QD-1", {}, assessment=2)
    assert desk.total() == 0
    check(desk)


def test_credits_are_known_by_their_fields() -> None:
    assert Credit("0100109106", Decimal(1), PAID, ("b", "1")).currency == "VND"
