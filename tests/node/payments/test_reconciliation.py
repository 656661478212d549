"""Reconciliation of a bank's statement: every type of break, its negative twin, and the streams."""

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.errors import StorageError
from node.payments.errors import StatementUnusableError
from node.payments.reconciliation import (
    BookedCredit,
    Break,
    BreakKind,
    Counts,
    clearing_day,
    is_overdue,
    reconciled,
)
from node.payments.statement_rows import BadRow, StatementRow, read_statement

DAY = date(2026, 11, 23)
TAX, OTHER_TAX = "0100109106", "0300588569"
DECL, OTHER_DECL = "10512345678", "10512345679"
HEADER = b"pay_id,tax_id,declaration_no,amount,currency,value_date,reference\n"


def stated(
    line: int, pay_id: str, amount: int = 100, decl: str = DECL, tax: str = TAX
) -> StatementRow:
    return StatementRow(line, pay_id, tax, decl, amount, DAY, "")


def booked(pay_id: str, amount: int = 100, decl: str = DECL, tax: str = TAX) -> BookedCredit:
    return BookedCredit(pay_id, tax, decl, amount)


def run(
    statement: list[StatementRow | BadRow], credits_: list[BookedCredit]
) -> tuple[Counts, list[Break]]:
    with reconciled(statement, credits_) as found:
        return found.counts(), list(found.breaks())


def kinds(breaks: list[Break]) -> list[tuple[str, str]]:
    return [(found.kind.value, found.pay_id) for found in breaks]


def test_equal_sides_match_in_any_order() -> None:
    counts, breaks = run([stated(2, "A"), stated(3, "B", 7)], [booked("B", 7), booked("A")])
    assert breaks == []
    assert (counts.matched, counts.matched_by_content, counts.stated, counts.booked) == (2, 0, 2, 2)
    assert counts.breaks == dict.fromkeys(BreakKind, 0)


@pytest.mark.parametrize(
    ("statement", "credits_", "expected"),
    [
        ([stated(2, "A")], [], [("MISSING_AT_CUSTOMS", "A")]),
        ([], [booked("A")], [("MISSING_AT_BANK", "A")]),
        ([stated(2, "A", 99)], [booked("A")], [("AMOUNT_DIFF", "A")]),
        ([stated(2, "A", decl=OTHER_DECL)], [booked("A")], [("WRONG_DECL", "A")]),
        ([stated(2, "A", tax=OTHER_TAX)], [booked("A")], [("WRONG_DECL", "A")]),
        (
            [stated(2, "A", 99, OTHER_DECL)],
            [booked("A")],
            [("AMOUNT_DIFF", "A"), ("WRONG_DECL", "A")],
        ),
        ([stated(2, "A"), stated(3, "A")], [booked("A")], [("DUPLICATE", "A")]),
        ([stated(2, "A")], [booked("A"), booked("A")], [("DUPLICATE", "A")]),
        (
            [stated(2, "A"), stated(3, "A")],
            [],
            [("DUPLICATE", "A"), ("MISSING_AT_CUSTOMS", "A")],
        ),
        ([stated(2, "A")], [booked("B")], []),
        (
            [stated(2, "A", 99)],
            [booked("B")],
            [("MISSING_AT_BANK", "B"), ("MISSING_AT_CUSTOMS", "A")],
        ),
        ([stated(2, "A"), stated(3, "C")], [booked("B")], [("MISSING_AT_CUSTOMS", "C")]),
        ([stated(2, "A")], [booked("B"), booked("C")], [("MISSING_AT_BANK", "C")]),
        ([stated(2, "A"), stated(3, "C")], [booked("A")], [("MISSING_AT_CUSTOMS", "C")]),
    ],
)
def test_breaks(
    statement: list[StatementRow | BadRow],
    credits_: list[BookedCredit],
    expected: list[tuple[str, str]],
) -> None:
    counts, breaks = run(statement, credits_)
    assert kinds(breaks) == expected
    assert sum(counts.breaks.values()) == len(expected)


def test_a_break_names_both_sides_and_what_to_do() -> None:
    _, [found] = run([stated(5, "A", 99)], [booked("A")])
    assert found.stated is not None
    assert found.booked is not None
    assert (found.stated.place, found.stated.amount) == (5, 99)
    assert (found.booked.place, found.booked.amount) == (1, 100)
    assert "trace it with the bank" in found.en
    assert "tra soát" in found.vi


def test_of_duplicates_the_one_that_agrees_counts() -> None:
    counts, [found] = run([stated(2, "A", 99), stated(3, "A")], [booked("A")])
    assert counts.matched == 1
    assert found.kind is BreakKind.DUPLICATE
    assert found.stated is not None
    assert found.stated.place == 2


def test_of_equal_duplicates_the_first_counts() -> None:
    _, [found] = run([stated(2, "A"), stated(3, "A")], [booked("A")])
    assert found.stated is not None
    assert found.stated.place == 3


def test_a_line_that_cannot_be_read_is_the_reason_of_what_it_lacks() -> None:
    bad = BadRow(2, "amount", "'x' is not whole dong", "A")
    counts, breaks = run([bad], [booked("A"), booked("B", 5)])
    assert counts.bad == 1
    texts = {found.pay_id: found.en for found in breaks}
    assert "cannot be read" in texts["A"]
    assert "cannot be read" not in texts["B"]
    with reconciled([bad], []) as found:
        assert list(found.bad_rows()) == [bad]


def test_nothing_on_either_side() -> None:
    counts, breaks = run([], [])
    assert (counts.stated, counts.booked, breaks) == (0, 0, [])


def test_no_temporary_file_is_left(tmp_path: Path) -> None:
    with reconciled([stated(2, "A")], [booked("A")], tmp_path):
        assert list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []


def test_a_statement_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[StatementRow]:
        yield stated(2, "A")
        raise StatementUnusableError("lost")

    with pytest.raises(StatementUnusableError), reconciled(broken(), [], tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_line_given_twice_by_the_caller_is_a_fault_of_storage(tmp_path: Path) -> None:
    with pytest.raises(StorageError), reconciled([stated(2, "A"), stated(2, "B")], [], tmp_path):
        pass


_PAY = st.sampled_from(["A", "B", "C", "D"])
_AMOUNT = st.integers(1, 3)
_DECL = st.sampled_from([DECL, OTHER_DECL])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(_PAY, _AMOUNT, _DECL), max_size=8),
    st.lists(st.tuples(_PAY, _AMOUNT, _DECL), max_size=8),
)
def test_every_row_is_matched_or_in_a_break(
    left: list[tuple[str, int, str]], right: list[tuple[str, int, str]]
) -> None:
    statement: list[StatementRow | BadRow] = [
        stated(line, pay, amount, decl) for line, (pay, amount, decl) in enumerate(left, 2)
    ]
    counts, breaks = run(statement, [booked(*row) for row in right])
    in_breaks = {found.stated.place for found in breaks if found.stated is not None}
    booked_in_breaks = {found.booked.place for found in breaks if found.booked is not None}
    agreeing = counts.matched + counts.matched_by_content
    assert agreeing + len(in_breaks) == len(left)
    assert agreeing + len(booked_in_breaks) == len(right)


def rows(text: bytes, day: date | None = DAY) -> list[StatementRow | BadRow]:
    return list(read_statement(io.BytesIO(text), day))


GOOD = f"PAY-1,{TAX},{DECL},63525000,VND,2026-11-23,Nộp thuế\n".encode()


def test_a_statement_is_read() -> None:
    expected = StatementRow(2, "PAY-1", TAX, DECL, 63_525_000, DAY, "Nộp thuế")
    assert rows(HEADER + GOOD) == [expected]
    assert rows(b"\xef\xbb\xbf" + HEADER.replace(b"\n", b"\r\n") + GOOD) == [expected]


@pytest.mark.parametrize("text", [b"", b"pay_id\n", GOOD, b"\xff\n", b'"\n'])
def test_a_statement_without_its_header_is_refused(text: bytes) -> None:
    with pytest.raises(StatementUnusableError, match="line 1"):
        rows(text)


@pytest.mark.parametrize(
    ("old", "new", "column", "pay_id"),
    [
        (b"PAY-1", b"", "pay_id", ""),
        (b"PAY-1", b" PAY", "pay_id", ""),
        (TAX.encode(), b"01", "tax_id", "PAY-1"),
        (DECL.encode(), b"", "declaration_no", "PAY-1"),
        (b"63525000", b"0", "amount", "PAY-1"),
        (b"63525000", b"-5", "amount", "PAY-1"),
        (b"63525000", b"1e6", "amount", "PAY-1"),
        (b"63525000", b"1.5", "amount", "PAY-1"),
        (b"63525000", b"9" * 19, "amount", "PAY-1"),
        (b"VND", b"USD", "currency", "PAY-1"),
        (b"2026-11-23", b"2026-02-30", "value_date", "PAY-1"),
        (b"2026-11-23", b"23/11/2026", "value_date", "PAY-1"),
        (b"2026-11-23", b"2026-11-22", "value_date", "PAY-1"),
        (b" thu", b"\x00", "reference", "PAY-1"),
        (b" thu", b"N" * 200, "reference", "PAY-1"),
        (b",VND", b"", "", ""),
        (b" thu", b"\xff", "", ""),
        (b" thu", b'"x"y,', "", ""),
        (b" thu", b"N" * 2_000, "", ""),
    ],
)
def test_a_bad_row_names_its_line_and_stops_no_other(
    old: bytes, new: bytes, column: str, pay_id: str
) -> None:
    text = HEADER + GOOD.replace(b"PAY-1", b"PAY-0") + GOOD.replace(old, new) + b"\n" + GOOD
    first, bad, last = rows(text)
    assert isinstance(first, StatementRow)
    assert isinstance(bad, BadRow)
    assert isinstance(last, StatementRow)
    assert (bad.line, bad.column, bad.pay_id) == (3, column, pay_id)
    assert bad.problem
    assert last.line == 5


def test_rows_of_any_day_where_no_day_is_asked() -> None:
    assert isinstance(rows(HEADER + GOOD.replace(b"-23,", b"-22,"), None)[0], StatementRow)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_stop_the_reading(data: bytes) -> None:
    found = rows(HEADER + data)
    assert all(isinstance(row, StatementRow | BadRow) for row in found)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 23), date(2026, 11, 24)),  # Monday
        (date(2026, 11, 26), date(2026, 11, 27)),  # Thursday
        (date(2026, 11, 27), date(2026, 11, 30)),  # Friday
        (date(2026, 11, 28), date(2026, 11, 30)),  # Saturday
        (date(2026, 11, 29), date(2026, 11, 30)),  # Sunday
        (date(2026, 12, 31), date(2027, 1, 1)),  # no calendar of holidays
    ],
)
def test_breaks_clear_on_the_next_working_day(day: date, expected: date) -> None:
    assert clearing_day(day) == expected
    assert not is_overdue(day, expected)
    assert is_overdue(day, date.fromordinal(expected.toordinal() + 1))


def test_holidays_are_the_callers() -> None:
    holiday = frozenset({date(2027, 1, 1)})
    assert clearing_day(date(2026, 12, 31), holiday) == date(2027, 1, 4)
    assert not is_overdue(date(2026, 12, 31), date(2027, 1, 4), holiday)
