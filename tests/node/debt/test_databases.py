"""On each database: repeats in any order, writers side by side, and crashes in the middle."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from support.debts import Desk

from node.database.database import Database
from node.debt import booking
from node.debt.balance import account_balance
from node.debt.listing import Place
from node.debt.tables import (
    DebtBookingRow,
    DebtDeclarationRow,
    DebtEntryRow,
    DebtItemRow,
    DebtTaxpayerRow,
)

DUE = date(2026, 8, 1)
TABLES = (DebtTaxpayerRow, DebtBookingRow, DebtEntryRow, DebtDeclarationRow, DebtItemRow)


def counts(state: Database) -> list[int]:
    with state.read() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


def check(desk: Desk) -> None:
    book, taxpayer = desk.book, desk.taxpayer
    day = book.today()
    kept = book.balance(taxpayer)
    assert kept == account_balance(book.account(taxpayer), taxpayer, day)


def acts(desk: Desk) -> list[Any]:
    found: list[Any] = [
        lambda number=number: desk.charge(
            f"D-{number}", {"vat": 1_000_000 + number}, day=date(2026, 7, 20 + number)
        )
        for number in range(4)
    ]
    found += [
        lambda number=number: desk.credit(str(number), 700_000, date(2026, 8, 1 + number))
        for number in range(4)
    ]
    return found


@pytest.mark.parametrize("seed", range(3))
def test_repeats_in_any_order_give_the_same_book(state: Database, seed: int) -> None:
    plain, mixed = Desk(state), Desk(state)
    for act in acts(plain):
        act()
    shuffled = acts(mixed) * 3
    random.Random(seed).shuffle(shuffled)
    for act in shuffled:
        act()
        check(mixed)
    assert mixed.total() == plain.total()
    items = [
        sorted(
            (item.amount, item.owed, item.interest_paid)
            for item in desk.book.account(desk.taxpayer).items.values()
        )
        for desk in (plain, mixed)
    ]
    assert items[0] == items[1]
    check(mixed)


def test_writers_side_by_side_lose_and_double_nothing(state: Database) -> None:
    desk = Desk(state)
    desk.charge("D", {"vat": 10_000})
    # Each payment comes three times, to a new account and a known one, from eight threads.
    other = Desk(state)
    jobs = [
        (each, str(number), 1_000 + number)
        for number in range(8)
        for each in (desk, other)
        for _ in range(3)
    ]
    random.Random(5).shuffle(jobs)
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda job: job[0].credit(job[1], job[2], DUE), jobs))
    assert sum(not outcome.is_repeated for outcome in outcomes) == 16
    paid = sum(1_000 + number for number in range(8))
    assert (desk.total(DUE), other.total()) == (10_000 - paid, -paid)
    for each in (desk, other):
        check(each)
        sequences = [entry.sequence for entry in each.book.entries(each.taxpayer)]
        assert sequences == sorted(set(sequences))


@pytest.mark.parametrize(
    "place", ["add_entries", "save_account", "save_declarations", "note_entries", "write_outcome"]
)
def test_a_crash_in_the_middle_books_nothing(
    state: Database, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, known = Desk(state), Desk(state)
    known.charge("K", {"vat": 5_000})
    before = counts(state), known.total(DUE)
    real = getattr(booking, place)

    def crash(*arguments: Any, **named: Any) -> Any:
        real(*arguments, **named)
        raise OSError("the power went")

    with monkeypatch.context() as broken:
        broken.setattr(booking, place, crash)
        with pytest.raises(OSError, match="power"):
            desk.charge("D", {"vat": 1_000})
        with pytest.raises(OSError, match="power"):
            known.credit("1", 2_000, DUE)
        with pytest.raises(OSError, match="power"):
            known.charge("K", {"vat": 1_000}, assessment=2)
    assert (counts(state), known.total(DUE)) == before
    assert not desk.charge("D", {"vat": 1_000}).is_repeated
    assert not known.credit("1", 2_000, DUE).is_repeated
    assert known.total(DUE) == 3_000


def test_the_officers_list_by_what_is_overdue(state: Database) -> None:
    desks = [
        Desk(state, organisation="0x" + "ab" * 32 if place == 1 else None) for place in range(4)
    ]
    for place, desk in enumerate(desks):
        day = [date(2026, 11, 22), date(2026, 10, 1), date(2026, 6, 1), date(2026, 11, 23)][place]
        desk.charge("D", {"vat": 1_000_000 * (1 + place % 2)}, day=day)
    book = desks[0].book
    found = book.debtors(10)
    mine = {desk.taxpayer for desk in desks}
    listed = [each for each in found if each.tax_id in mine]
    # 53 days of 2 million, 175 of one, one day of one, and what is not overdue.
    assert [each.tax_id for each in listed] == [desks[n].taxpayer for n in (1, 2, 0, 3)]
    first, second, third, last = listed
    assert first.overdue == first.bands[1] == first.owed == 2_000_000 + 52 * 600
    assert second.is_over_90_days
    assert (second.oldest_due, third.bands[0]) == (date(2026, 6, 1), 1_000_000)
    assert (last.overdue, last.owed, last.oldest_due) == (0, 2_000_000, None)
    pages, after = [], None
    while page := book.debtors(1, after=after):
        pages += page
        after = Place(int(page[0].overdue), page[0].tax_id)
    assert pages == found
    assert [each.tax_id for each in book.debtors(10, only_over_90=True)] == [desks[2].taxpayer]
    organisation = "0x" + "ab" * 32
    assert [each.tax_id for each in book.debtors(10, organisation=organisation)] == [
        desks[1].taxpayer
    ]
    assert book.organisation_of(desks[1].taxpayer) == organisation
    # What is kept by itself agrees with what the account of each says.
    assert all(each.owed == book.balance(each.tax_id).total for each in listed)
