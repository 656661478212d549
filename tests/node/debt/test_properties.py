"""What holds for every account, whatever is booked."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.debts import LAW, RATES, Entries

from node.debt.account import Account, counting, replay
from node.debt.balance import account_balance
from node.debt.model import NO_DAY, Entry, Kind, Part
from node.debt.statement import build_statement

START = date(2026, 6, 1)
NUMBERS = ("D-1", "D-2", "D-3")
CASES = settings(max_examples=60, deadline=None)

days = st.integers(0, 90).map(lambda days: START + timedelta(days=days))
amounts = st.integers(1, 10**9)
steps = st.lists(
    st.tuples(
        st.sampled_from(["charge", "fine", "credit", "reduce", "guarantee", "release", "freeze"]),
        st.sampled_from(NUMBERS),
        days,
        amounts,
    ),
    max_size=25,
)


def entries_of(found: list[Any]) -> Entries:
    entries = Entries()
    for number in NUMBERS:
        entries.assess(number, START, released_on=None)
    for kind, number, day, amount in found:
        if kind in {"charge", "fine"}:
            entries.charge(number, amount, day, tax="fine" if kind == "fine" else "vat")
        elif kind == "credit":
            entries.add(Kind.CREDIT, day, amount, declaration_no=number)
        elif kind == "reduce":
            entries.add(
                Kind.REDUCTION, day, amount, declaration_no=number, tax="vat", sub_item="vat"
            )
        elif kind == "guarantee":
            details = {"guarantee": "G", "valid_to": (day + timedelta(days=20)).isoformat()}
            entries.add(Kind.GUARANTEE, day, amount, declaration_no=number, details=details)
        elif kind == "release":
            entries.add(Kind.RELEASE, day, declaration_no=number)
        else:
            entries.add(Kind.FREEZE, day)
    return entries


def with_reversals(entries: Entries, chosen: list[int]) -> list[Entry]:
    """Reverse some payments, each at most once."""
    payments = [entry for entry in entries.found if entry.kind is Kind.CREDIT]
    targets = {number % len(payments) for number in chosen} if payments else set()
    for place in sorted(targets):
        entry = payments[place]
        details = {"kind": entry.kind.value, "reason": "r"}
        target = entry.sequence
        day = entry.effective_on
        entries.add(Kind.REVERSAL, day, entry.amount, target=target, details=details)
    return entries.found


@CASES
@given(steps, st.lists(st.integers(0, 50), max_size=4))
def test_money_is_conserved(found: list[Any], chosen: list[int]) -> None:
    account = replay(LAW, RATES, with_reversals(entries_of(found), chosen))
    totals, items = account.totals, account.items.values()
    owed = sum(item.owed for item in items)
    applied = sum(totals.applied.values())
    principal = totals.applied[Part.TAX] + totals.applied[Part.FINE]
    charged = totals.charged + totals.fined - totals.reduced
    assert owed == charged + totals.released - principal - totals.written_principal
    assert account.unapplied == totals.credited - totals.paid_out + totals.released - applied
    assert all(0 <= item.owed <= item.amount for item in items)
    assert all(account.interest_due(item, START + timedelta(days=200)) >= 0 for item in items)
    # Money waits only where nothing is owed.
    assert account.unapplied == 0 or not account.order


@CASES
@given(steps)
def test_money_goes_to_the_earliest_due_first(found: list[Any]) -> None:
    account = Account(LAW, RATES)
    for entry in counting(entries_of(found).found):
        effect = account.advance(entry)
        if entry.kind is not Kind.CREDIT or not effect.applied:
            continue
        day = entry.effective_on
        paid = [account.items[each.entry] for each in effect.applied]
        overdue = [item.due_on for item in paid if item.due_on < day]
        assert overdue == sorted(overdue)
        # A current debt got money only after the last overdue one was paid whole.
        if any(item.due_on >= day for item in paid):
            assert not list(account.overdue(day))
        dues = [
            (item.due_on, list(Part).index(each.part))
            for item, each in zip(paid, effect.applied, strict=True)
            if item.due_on < day
        ]
        assert dues == sorted(dues)


@CASES
@given(steps, st.lists(st.integers(0, 50), max_size=4), st.integers(0, 150))
def test_a_statement_closes_with_the_balance_of_its_day(
    found: list[Any], chosen: list[int], passed: int
) -> None:
    on = START + timedelta(days=passed)
    entries = [
        entry for entry in with_reversals(entries_of(found), chosen) if entry.effective_on <= on
    ]
    balance = account_balance(replay(LAW, RATES, entries), "t", on)
    account = Account(LAW, RATES, records=True)
    statement = build_statement(account, entries, "t", on=on)
    assert statement.closing == balance.total
    assert (statement.tax, statement.fine) == (balance.tax, balance.fine)
    running = statement.rows[-1].balance if statement.rows else 0
    assert running == balance.tax + balance.fine - balance.unapplied
    for each in statement.open_items:
        accrued = sum(accrual.amount for accrual in each.accruals)
        assert (accrued + 50_000) // 100_000 == each.interest
        for accrual in each.accruals:
            assert accrual.amount == accrual.principal * accrual.rate * accrual.days


@CASES
@given(steps, st.integers(0, 25))
def test_going_on_from_a_kept_account_gives_the_same_as_beginning_anew(
    found: list[Any], cut: int
) -> None:
    ordered = counting(entries_of(found).found)
    whole = Account(LAW, RATES)
    for entry in ordered:
        whole.advance(entry)
    kept = replay(LAW, RATES, ordered[:cut])
    restored = Account(LAW, RATES)
    restored.unapplied, restored.declarations = kept.unapplied, kept.declarations
    for item in kept.items.values():
        restored.restore(item)
    for entry in ordered[cut:]:
        restored.advance(entry)
    on = START + timedelta(days=120)
    assert account_balance(restored, "t", on) == account_balance(whole, "t", on)
    assert restored.order == whole.order


@CASES
@given(steps)
def test_nothing_is_overdue_before_it_is_due(found: list[Any]) -> None:
    account = replay(LAW, RATES, entries_of(found).found)
    for item in account.items.values():
        if item.due_on != NO_DAY and not item.accrued:
            assert account.interest_due(item, item.due_on) >= 0
            assert item.settled_on is None or item.interest_paid >= 0
    assert [due for due, _ in account.order] == sorted(due for due, _ in account.order)
