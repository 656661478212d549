"""Coercion: what may be decided, and whether customs procedures are stopped. Pure.

Source: `rules/coercion.json`: Law 38/2019/QH14, Articles 124 and 125, until 2026-06-30; Law
108/2025/QH15, Article 49, and Decree 252/2026/ND-CP, Article 68, from 2026-07-01.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from node.debt.account import Account
from node.debt.errors import DebtRefusedError
from node.debt.law import CoercionRule, Law
from node.debt.model import Exemption, Item, Measure

STOP_CUSTOMS = "stop_customs"


@dataclass(frozen=True, slots=True)
class StopCustoms:
    """Whether customs procedures are stopped for a taxpayer.

    Attributes:
        on: The day asked for.
        decided: Whether a decision holds on it.
        since: Its first day.
        reference: Its number.
        reason: Its reason.
        rules: The version of the law it was read by.
        exemptions: Declarations that clear nevertheless.
    """

    on: date
    decided: bool
    since: date | None
    reference: str | None
    reason: str | None
    rules: str
    exemptions: tuple[str, ...]

    def blocks(self, declaration_no: str) -> bool:
        """Say whether a declaration may not clear."""
        return self.decided and declaration_no not in self.exemptions


def in_force(account: Account, law: Law, day: date) -> list[Measure]:
    """Return the measures that hold on a day, in the order of their decisions.

    Where the law of the decision's day says so, one ends when what it enforces is paid.
    """
    found = account.enforcing(day)
    if not found:
        return []
    owing = [item.declaration_no for item in account.overdue(day) if not item.is_frozen]

    def is_alive(measure: Measure) -> bool:
        rule = law.coercion.on(measure.decided_on)
        return not rule.ends_when_paid or any(measure.covers(number) for number in owing)

    return [measure for measure in found if is_alive(measure)]


def stop_customs(account: Account, law: Law, day: date) -> StopCustoms:
    """Return whether customs procedures are stopped on a day."""
    rules = law.coercion.on(day).version.id
    stops = [each for each in in_force(account, law, day) if each.kind == STOP_CUSTOMS]
    if not stops:
        return StopCustoms(day, False, None, None, None, rules, ())
    first = min(stops, key=lambda measure: (measure.effective_from, measure.reference))
    exempt = {
        number
        for exemption in account.exemptions.values()
        if exemption.holds(day)
        for number in exemption.declarations
    }
    return StopCustoms(
        day,
        True,
        first.effective_from,
        first.reference,
        first.reason,
        rules,
        tuple(sorted(exempt)),
    )


def exemptions_in_force(account: Account, day: date) -> list[Exemption]:
    """Return the exemptions that hold on a day."""
    return [each for each in account.exemptions.values() if each.holds(day)]


def require_measure(
    account: Account, law: Law, measure: Measure, skipped: Mapping[str, str]
) -> None:
    """Refuse a decision to enforce that the law of its day does not allow.

    Args:
        account: The account on the day of the decision.
        law: The rules.
        measure: The decision.
        skipped: Why measures before it in the law's order cannot be applied, by name.

    Raises:
        DebtRefusedError: codes "reference_used", "measure_unknown", "nothing_overdue",
            "not_overdue_enough", "out_of_sequence", "effective_date".

    Source: Law 38/2019/QH14, Articles 124 and 125(3); Decree 252/2026/ND-CP, coercion clauses 4(c)
    and 5(a), Article 68.
    """
    rule = law.coercion.on(measure.decided_on)
    if measure.reference in account.measures or measure.reference in account.exemptions:
        problem = f"decision {measure.reference} is booked already"
        raise DebtRefusedError("reference_used", problem, "number the decision anew")
    if measure.kind not in rule.measures:
        problem = f"{rule.version.id} knows no measure {measure.kind[:40]!r}"
        raise DebtRefusedError("measure_unknown", problem, f"use {', '.join(rule.measures)}")
    _require_overdue(account, rule, measure)
    _require_sequence(account, rule, measure, skipped)
    own = measure.kind in rule.own_effective_date
    starts, decided = measure.effective_from, measure.decided_on
    if starts < decided or (not own and starts != decided):
        problem = f"{measure.kind} from {starts} does not fit a decision of {decided}"
        remedy = "name a day not before it" if own else "it takes effect on the day it is signed"
        raise DebtRefusedError("effective_date", problem, remedy)


def _require_overdue(account: Account, rule: CoercionRule, measure: Measure) -> None:
    day = measure.decided_on
    found: list[Item] = [
        item
        for item in account.overdue(day)
        if measure.covers(item.declaration_no) and not item.is_frozen
    ]
    if not found:
        problem = f"nothing it enforces is overdue on {day}"
        raise DebtRefusedError("nothing_overdue", problem, "read the account first")
    late = max((day - item.due_on).days for item in found)
    if late <= rule.trigger_days:
        problem = f"the oldest debt is {late} days overdue, {rule.version.id} asks for more than "
        problem += f"{rule.trigger_days}"
        raise DebtRefusedError("not_overdue_enough", problem, "decide later")


def _require_sequence(
    account: Account, rule: CoercionRule, measure: Measure, skipped: Mapping[str, str]
) -> None:
    if not rule.in_sequence:
        return
    taken = {each.kind for each in account.measures.values()} | skipped.keys()
    before = rule.measures[: rule.measures.index(measure.kind)]
    missing = [name for name in before if name not in taken]
    if missing:
        problem = f"{rule.version.id} puts {', '.join(missing)} before {measure.kind}"
        remedy = "decide those first, or say in `skipped` why each cannot be applied"
        raise DebtRefusedError("out_of_sequence", problem, remedy)
