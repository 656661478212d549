"""The dated rules, and each rule beside its negative twin. No I/O."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.debts import LAW, RATES, Entries

from node.debt.errors import DebtInputError, DebtRefusedError, DebtRuleError
from node.debt.interest import NO_MARK, rounded
from node.debt.law import RATE_SCALE, RuleSet, parse_rules, penalty, require_refundable
from node.debt.model import NO_DAY, Kind, Part, Terms

VECTORS = Path(__file__).parents[3] / ".." / "shared" / "data" / "test_vectors.json"
CHANGE = date(2026, 7, 1)
DAY = timedelta(days=1)
SETS = [LAW.interest, LAW.terms, LAW.application, LAW.penalties, LAW.coercion, LAW.refunds]


@pytest.mark.parametrize("rules", SETS, ids=lambda rules: rules.name)
def test_versions_follow_each_other_without_a_gap(rules: RuleSet[Any]) -> None:
    for before, after in zip(rules.versions, rules.versions[1:], strict=False):
        assert before.version.effective_to == after.version.effective_from - DAY
    assert rules.versions[-1].version.effective_to is None
    assert all(rule.version.source and rule.version.evidence for rule in rules.versions)


@pytest.mark.parametrize("name", ["interest", "application", "penalties", "coercion", "refunds"])
def test_the_law_changes_on_the_first_of_july_2026(name: str) -> None:
    rules = getattr(LAW, name)
    assert rules.on(CHANGE - DAY).version.id != rules.on(CHANGE).version.id


@pytest.mark.parametrize("rules", SETS, ids=lambda rules: rules.name)
def test_there_is_no_rule_before_the_first(rules: RuleSet[Any]) -> None:
    first = rules.versions[0].version.effective_from
    assert rules.on(first) is rules.versions[0]
    with pytest.raises(DebtRuleError, match="no version"):
        rules.on(first - DAY)


def test_a_set_with_a_gap_has_no_rule_in_it() -> None:
    ended = replace(
        LAW.terms.versions[0],
        version=replace(LAW.terms.versions[0].version, effective_to=date(2026, 1, 1)),
    )
    with pytest.raises(DebtRuleError, match="2026-01-02"):
        RuleSet("terms", [ended]).on(date(2026, 1, 2))


def test_overlapping_or_missing_versions_are_refused() -> None:
    with pytest.raises(DebtRuleError, match="overlap"):
        RuleSet("interest", [LAW.interest.versions[0]] * 2)
    with pytest.raises(DebtRuleError, match="no version"):
        RuleSet("interest", [])


@pytest.mark.parametrize(
    "text", ["", "{}", '{"versions": [{}]}', '{"versions": [{"id": "x", "effective_to": 1}]}']
)
def test_an_unreadable_file_is_refused(text: str) -> None:
    with pytest.raises(DebtRuleError, match="unreadable"):
        parse_rules("terms", text, lambda version, _: version)  # type: ignore[arg-type, return-value]


def test_late_interest_of_the_shared_vectors() -> None:
    if not VECTORS.exists():
        pytest.skip("the shared vectors are not here")
    for vector in json.loads(VECTORS.read_text())["late_interest"]:
        for due in (date(2026, 1, 31), date(2026, 6, 15), date(2026, 9, 30)):
            entries = Entries()
            entries.assess("D", due)
            item_entry = entries.charge("D", vector["principal"], due)
            account = entries.account()
            item = account.items[item_entry.sequence]
            # The day of payment does not count: 30 days lie between.
            paid_on = due + timedelta(days=vector["days"] + 1)
            assert account.interest_due(item, paid_on) == vector["interest"]
            assert account.interest_due(item, paid_on - DAY) < vector["interest"]


@pytest.mark.parametrize("days", [0, 1, 2, 31, 400])
def test_interest_is_the_cumulative_rate_times_the_principal(days: int) -> None:
    due = date(2026, 6, 20)
    until = due + timedelta(days=days)
    assert RATES.until(until) - RATES.until(due) == 30 * days
    assert (
        sum(
            (last - first).days + 1
            for first, last, _ in RATES.periods(RATES.until(due), RATES.until(until))
        )
        == days
    )


def test_nothing_accrues_before_the_first_version() -> None:
    first = LAW.interest.versions[0].version.effective_from
    assert RATES.until(first - DAY) == RATES.at_payment(first - DAY) == 0
    assert RATES.after_release(first - DAY) == 0
    assert not RATES.bears("tax", first - DAY)
    assert RATES.until(first) == LAW.interest.versions[0].rate


@pytest.mark.parametrize(
    ("accrued", "whole"), [(0, 0), (49_999, 0), (50_000, 1), (149_999, 1), (150_000, 2)]
)
def test_halves_of_a_dong_are_rounded_up(accrued: int, whole: int) -> None:
    assert RATE_SCALE == 100_000
    assert rounded(accrued) == whole


@pytest.mark.parametrize(
    ("finder", "share"), [("self_found", "0.10"), ("found_by_customs", "0.20")]
)
@pytest.mark.parametrize("day", [CHANGE - DAY, CHANGE])
def test_penalties(finder: str, share: str, day: date) -> None:
    assert penalty(LAW, Decimal(1_000_005), finder, day) == (
        Decimal(1_000_005) * Decimal(share)
    ).quantize(Decimal(1), "ROUND_HALF_UP")


def test_no_penalty_for_nothing_or_by_nobody() -> None:
    with pytest.raises(DebtInputError, match="finder"):
        penalty(LAW, Decimal(1), "somebody", CHANGE)
    with pytest.raises(DebtInputError, match="not above zero"):
        penalty(LAW, Decimal(0), "self_found", CHANGE)


def test_refund_reasons() -> None:
    for reason in ("overpaid", "origin_verified", "re_exported", "export_production"):
        require_refundable(LAW.refunds.on(CHANGE), reason)
    with pytest.raises(DebtRefusedError, match="refund_reason"):
        require_refundable(LAW.refunds.on(CHANGE), "because")


# Due dates


def due(**details: Any) -> tuple[date, int]:
    entries = Entries()
    day = date(2026, 8, 3)
    entries.assess("D", day, **details)
    charge = entries.charge("D", 100, day)
    item = entries.account().items[charge.sequence]
    return item.due_on, item.mark


def test_before_release_nothing_is_due_and_nothing_accrues() -> None:
    assert due(released_on=None) == (NO_DAY, NO_MARK)


def test_what_is_released_is_due_that_day() -> None:
    assert due(released_on="2026-08-05")[0] == date(2026, 8, 5)


@pytest.mark.parametrize(
    ("registered", "expected"),
    [
        ("2026-08-03", date(2026, 9, 10)),
        ("2026-08-31", date(2026, 9, 10)),
        ("2026-12-31", date(2027, 1, 10)),
        ("2028-01-31", date(2028, 2, 10)),
    ],
)
def test_priority_enterprises_pay_by_the_tenth_of_the_next_month(
    registered: str, expected: date
) -> None:
    assert due(terms=Terms.MONTHLY.value, registered_on=registered)[0] == expected


def test_a_named_day_comes_before_the_terms() -> None:
    assert due(terms=Terms.DECISION.value, due_on="2026-10-01")[0] == date(2026, 10, 1)
    assert due(due_on="2026-10-01")[0] == date(2026, 10, 1)


def guaranteed(amount: int, valid_to: str, *, released: date | None) -> tuple[date, int]:
    entries = Entries()
    day = date(2026, 8, 3)
    entries.assess("D", day, released_on=None)
    charge = entries.charge("D", 100, day)
    details = {"guarantee": "G", "valid_to": valid_to}
    entries.add(Kind.GUARANTEE, day, amount, declaration_no="D", details=details)
    if released:
        entries.add(Kind.RELEASE, released, declaration_no="D")
    item = entries.account().items[charge.sequence]
    return item.due_on, item.mark


@pytest.mark.parametrize(
    ("valid_to", "expected"),
    [("2026-08-20", date(2026, 8, 20)), ("2026-12-31", date(2026, 9, 2))],
)
def test_a_guarantee_defers_by_at_most_thirty_days(valid_to: str, expected: date) -> None:
    released = date(2026, 8, 4)
    due_on, mark = guaranteed(100, valid_to, released=released)
    assert due_on == expected
    # Interest counts from the day of release.
    assert mark == RATES.until(released - DAY)


def test_a_guarantee_of_less_defers_nothing() -> None:
    released = date(2026, 8, 4)
    assert guaranteed(99, "2026-12-31", released=released) == (released, RATES.until(released))


def test_guaranteed_goods_that_stay_bear_interest_from_the_due_date_alone() -> None:
    due_on, mark = guaranteed(100, "2026-08-20", released=None)
    assert (due_on, mark) == (date(2026, 8, 20), RATES.until(due_on))


def test_a_release_after_the_due_date_changes_nothing() -> None:
    late = guaranteed(100, "2026-08-20", released=date(2026, 8, 25))
    assert late == guaranteed(100, "2026-08-20", released=None)


# Order of money


def applied(
    amount: int, day: date, *, enforced: str | None = None, named: str | None = None
) -> Any:
    """Pay into an account with an old fine, two taxes of one day, and two current charges."""
    entries = Entries()
    start = date(2026, 1, 5)
    entries.assess("old", start)
    entries.charge("old", 1_000, start, tax="import_duty")
    entries.charge("old", 500, start, tax="fine")
    entries.assess("older", start - DAY)
    entries.charge("older", 1_000, start - DAY)
    for number in ("now-1", "now-2"):
        entries.assess(number, day)
        entries.charge(number, 2_000, day)
    if enforced:
        details = {
            "reference": "M",
            "measure": "account_debit",
            "effective_from": day.isoformat(),
            "declarations": [enforced],
            "officer": "o",
            "reason": "r",
        }
        entries.add(Kind.MEASURE, day, details=details)
    entries.add(Kind.CREDIT, day, amount, declaration_no=named)
    account = entries.account()
    effect = replay_last(account, entries)
    return [(each.declaration_no, each.part.value, each.amount) for each in effect.applied]


def replay_last(_: Any, entries: Entries) -> Any:
    from node.debt.account import Account, counting

    account = Account(LAW, RATES)
    return [account.advance(entry) for entry in counting(entries.found)][-1]


@pytest.mark.parametrize("day", [date(2026, 6, 30), CHANGE])
def test_arrears_come_first_the_earliest_due_before_others(day: date) -> None:
    interest = {
        number: 1_000 * 3 * (day - start - DAY).days
        for number, start in (("older", date(2026, 1, 4)), ("old", date(2026, 1, 5)))
    }
    expected = [
        ("older", "tax", 1_000),
        ("older", "interest", (interest["older"] + 5_000) // 10_000),
        ("old", "tax", 1_000),
        ("old", "interest", (interest["old"] + 5_000) // 10_000),
        ("old", "fine", 500),
        ("now-1", "tax", 2_000),
    ]
    paid = sum(amount for *_, amount in expected)
    assert applied(paid, day) == expected
    assert applied(1_001, day)[1:] == [("older", "interest", 1)]


@pytest.mark.parametrize("day", [date(2026, 6, 30), CHANGE])
def test_enforced_arrears_come_before_older_ones(day: date) -> None:
    assert applied(1_200, day, enforced="old")[0] == ("old", "tax", 1_000)
    assert applied(1_200, day, enforced="now-1")[0] == ("older", "tax", 1_000)


def test_a_named_declaration_comes_first_among_current_ones_alone() -> None:
    day = date(2026, 1, 4)
    entries = Entries()
    for number in ("a", "b"):
        entries.assess(number, day)
        entries.charge(number, 100, day)
    entries.add(Kind.CREDIT, day, 100, declaration_no="b")
    assert [each.declaration_no for each in replay_last(None, entries).applied] == ["b"]
    assert applied(1_000, CHANGE, named="now-2") == [("older", "tax", 1_000)]
    assert applied(10**6, CHANGE, named="now-2")[-2][0] == "now-2"


def test_the_order_is_data() -> None:
    rule = LAW.application.on(CHANGE)
    other = replace(
        rule,
        version=replace(rule.version, id="other"),
        inside=("part", "due_on"),
        parts=(Part.FINE, Part.TAX, Part.INTEREST),
        named_first=False,
        classes=("overdue", "enforced", "current"),
    )
    law = replace(LAW, application=RuleSet("application", [other]))
    from node.debt.account import Account, counting

    entries = Entries()
    start = date(2026, 1, 5)
    entries.assess("a", start)
    entries.charge("a", 100, start)
    entries.assess("b", start + DAY)
    entries.charge("b", 100, start + DAY)
    entries.charge("b", 100, start + DAY, tax="fine")
    entries.add(Kind.CREDIT, CHANGE, 150, declaration_no="b")
    account = Account(law, RATES)
    effect = [account.advance(entry) for entry in counting(entries.found)][-1]
    assert [(each.declaration_no, each.part) for each in effect.applied] == [
        ("b", Part.FINE),
        ("a", Part.TAX),
    ]


def test_fines_bear_no_interest() -> None:
    entries = Entries()
    entries.assess("D", date(2026, 1, 5))
    fine = entries.charge("D", 10**6, date(2026, 1, 5), tax="fine")
    account = entries.account()
    assert account.interest_due(account.items[fine.sequence], CHANGE) == 0
