"""One taxpayer's account: what follows from its entries, taken in the order of their effect.

An account takes entries one by one (`advance`), by effective day and then by sequence. Taking all
of them gives the same account as going on from a kept one: the book does the latter, and the former
after a correction, which counts on the day of what it corrects.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from node.debt.application import payables
from node.debt.interest import NO_MARK, Rates, rounded
from node.debt.law import Law
from node.debt.model import (
    NO_DAY,
    Applied,
    Cover,
    Declaration,
    Entry,
    Exemption,
    Item,
    Kind,
    Measure,
    Part,
    Refund,
    RefundState,
    Terms,
)


@dataclass(slots=True)
class Totals:
    """Sums over the entries an account took, whole dong.

    charged + fined - reduced = what items amount to; credited - paid_out = applied to taxes,
    interest and fines - released + unapplied.
    """

    charged: int = 0
    fined: int = 0
    reduced: int = 0
    credited: int = 0
    paid_out: int = 0
    released: int = 0
    written_principal: int = 0
    written_interest: int = 0
    applied: dict[Part, int] = field(default_factory=lambda: dict.fromkeys(Part, 0))


class Effect(NamedTuple):
    """What one entry did.

    Attributes:
        principal: Change of taxes and fines owed less unapplied money, whole dong.
        interest: Interest that was paid or written off with it.
        applied: Where money went, its own or what lay there.
        released: Money that it made free again.
    """

    principal: int
    interest: int
    applied: tuple[Applied, ...]
    released: int = 0


class Account:
    """What follows from entries.

    Attributes:
        items: Charges by entry.
        order: The open ones as (ordinal of the due date, entry), ascending.
        declarations: By number.
        unapplied: Money that nothing was owed for; below zero where a refund was paid from money
            that proved not to be there.
        measures: Decisions to enforce, by reference.
        exemptions: By reference.
        refunds: By reference.
        totals: Sums since the account was empty.
        changed: Entries of the items that changed since `changed` was last emptied.
        accruals: With `records`, by item: (principal, mark before, mark after).
    """

    def __init__(self, law: Law, rates: Rates, *, records: bool = False) -> None:
        """Begin empty; with `records`, keep how interest accrued."""
        self._law = law
        self._rates = rates
        self._records = records
        self.accruals: dict[int, list[tuple[int, int, int]]] = {}
        self.items: dict[int, Item] = {}
        self.order: list[tuple[int, int]] = []
        self.declarations: dict[str, Declaration] = {}
        self.unapplied = 0
        self.measures: dict[str, Measure] = {}
        self.exemptions: dict[str, Exemption] = {}
        self.refunds: dict[str, Refund] = {}
        self.totals = Totals()
        self.changed: set[int] = set()
        self._applied: list[Applied] = []
        self._interest = 0
        self._released = 0
        self._taken: dict[str, int] = {}

    def advance(self, entry: Entry) -> Effect:
        """Take one entry; the ones before it were taken before."""
        self._applied, self._interest, self._released = [], 0, 0
        principal = _STEPS[entry.kind](self, entry)
        if self.unapplied > 0 and self.order and entry.kind in _MOVING:
            named = entry.declaration_no if entry.kind is Kind.CREDIT else None
            principal += self._apply(entry.effective_on, named)
        if entry.kind is Kind.REDUCTION and (reference := entry.details.get("refund")):
            used = entry.amount - self._released + sum(each.amount for each in self._applied)
            self._taken[reference] = self._taken.get(reference, 0) + used
        return Effect(principal, self._interest, tuple(self._applied), self._released)

    def interest_due(self, item: Item, on: date) -> int:
        """Return the interest owed by who pays on a day, whole dong."""
        return self._interest_at(item, self._rates.at_payment(on))

    def accrue(self, on: date) -> None:
        """Let interest of every open item accrue as it counts for who pays on a day."""
        for _, number in self.order:
            self._settle(self.items[number], on)

    @property
    def rates(self) -> Rates:
        """Return the cumulative rates it works by."""
        return self._rates

    def rules_on(self, day: date) -> tuple[str, ...]:
        """Return the versions of the law that hold on a day."""
        law = self._law
        rules = (law.interest, law.terms, law.application, law.coercion, law.refunds)
        return tuple(rule.on(day).version.id for rule in rules)

    def enforcing(self, day: date) -> list[Measure]:
        """Return the measures whose dates hold."""
        return [measure for measure in self.measures.values() if measure.holds(day)]

    def overdue(self, day: date) -> Iterable[Item]:
        """Yield open items that are due before a day, earliest first."""
        for place in range(bisect_left(self.order, (day.toordinal(), 0))):
            yield self.items[self.order[place][1]]

    def restore(self, item: Item) -> None:
        """Put back a kept item."""
        self.items[item.entry] = item
        if item.is_open:
            insort(self.order, (item.due_on.toordinal(), item.entry))

    # Charges

    def _assess(self, entry: Entry) -> int:
        details, number = entry.details, entry.declaration_no or ""
        before = self.declarations.get(number)
        released = details.get("released_on")
        named = details.get("due_on")
        self.declarations[number] = Declaration(
            number,
            details["assessment"],
            before.effective_on if before else entry.effective_on,
            date.fromisoformat(details["registered_on"]),
            Terms(details["terms"]),
            date.fromisoformat(named) if named else None,
            date.fromisoformat(released) if released else before.released_on if before else None,
            before.covers if before else [],
            before.items if before else [],
        )
        return 0

    def _charge(self, entry: Entry) -> int:
        number = entry.declaration_no or ""
        declaration = self.declarations[number]
        part = Part.FINE if entry.kind is Kind.FINE else Part.TAX
        due_on = self._due(declaration, is_covered=False)
        item = Item(
            entry.sequence,
            number,
            part,
            entry.tax or "",
            entry.sub_item or "",
            entry.effective_on,
            due_on,
            entry.amount,
            entry.amount,
            0,
            0,
            self._mark(declaration, due_on, is_covered=False),
        )
        item.bearing = self._bearing(item)
        declaration.items.append(entry.sequence)
        self.restore(item)
        self.changed.add(item.entry)
        if part is Part.FINE:
            self.totals.fined += entry.amount
        else:
            self.totals.charged += entry.amount
        return entry.amount

    def _reduce(self, entry: Entry) -> int:
        declaration = self.declarations.get(entry.declaration_no or "")
        left, day = entry.amount, entry.effective_on
        part = Part(entry.details.get("part", Part.TAX))
        # The newest first: what an assessment added goes before what it was added to.
        for number in reversed(declaration.items if declaration else []):
            item = self.items[number]
            if (item.part, item.tax, item.sub_item) == (part, entry.tax, entry.sub_item) and left:
                left -= self._cut(item, left, day)
        return -(entry.amount - left)

    def _cut(self, item: Item, wanted: int, day: date) -> int:
        cut = min(wanted, item.amount - item.written_off)
        self._settle(item, day)
        unpaid = min(item.owed, cut)
        item.amount -= cut
        item.owed -= unpaid
        item.bearing = self._bearing(item)
        self.unapplied += cut - unpaid
        self._released += cut - unpaid
        self.totals.released += cut - unpaid
        self.totals.reduced += cut
        self._close(item, day)
        return cut

    # Money

    def _credit(self, entry: Entry) -> int:
        self.unapplied += entry.amount
        self.totals.credited += entry.amount
        return -entry.amount

    def _pay_out(self, entry: Entry) -> int:
        self.unapplied -= entry.amount
        self.totals.paid_out += entry.amount
        if (reference := entry.details.get("refund")) and reference in self.refunds:
            refund = self.refunds[reference]
            paid = refund.paid + entry.amount
            self.refunds[reference] = replace(refund, paid=paid, state=RefundState.PAID)
        return entry.amount

    def _write_off(self, entry: Entry) -> int:
        declaration = self.declarations.get(entry.declaration_no or "")
        principal = 0
        for number in declaration.items if declaration else []:
            item = self.items[number]
            if not item.is_open:
                continue
            self._settle(item, entry.effective_on)
            interest = rounded(item.accrued) - item.interest_paid
            item.interest_paid += interest
            item.written_off += item.owed
            principal += item.owed
            item.owed = item.bearing = 0
            self._interest += interest
            self.totals.written_interest += interest
            self._close(item, entry.effective_on)
        self.totals.written_principal += principal
        return -principal

    def _apply(self, day: date, named: str | None) -> int:
        """Apply unapplied money; return how much of it went to interest."""
        rule = self._law.application.on(day)
        measures = self.enforcing(day)
        touched: list[Item] = []

        def is_enforced(item: Item) -> bool:
            return any(measure.covers(item.declaration_no) for measure in measures)

        interest = 0
        found = payables(
            self.order,
            self.items,
            day,
            rule,
            is_enforced=is_enforced if measures else None,
            named=named,
        )
        for item, part in found:
            paid = self._pay(item, part, day)
            if paid:
                touched.append(item)
                interest += paid if part is Part.INTEREST else 0
            if self.unapplied <= 0:
                break
        for item in touched:
            self._close(item, day)
        self._interest += interest
        return interest

    def _pay(self, item: Item, part: Part, day: date) -> int:
        self._settle(item, day)
        if part is Part.INTEREST:
            paid = min(rounded(item.accrued) - item.interest_paid, self.unapplied)
            item.interest_paid += paid
        else:
            paid = min(item.owed, self.unapplied)
            item.owed -= paid
            item.bearing = self._bearing(item)
        if paid:
            self.unapplied -= paid
            self.totals.applied[part] += paid
            self._applied.append(
                Applied(item.entry, item.declaration_no, item.tax, item.sub_item, part, paid)
            )
        return paid

    # Terms

    def _guarantee(self, entry: Entry) -> int:
        declaration = self.declarations.get(entry.declaration_no or "")
        if declaration is not None:
            details = entry.details
            valid_to = date.fromisoformat(details["valid_to"])
            declaration.covers.append(Cover(details["guarantee"], entry.amount, valid_to))
            self._schedule(declaration, entry.effective_on)
        return 0

    def _release(self, entry: Entry) -> int:
        declaration = self.declarations.get(entry.declaration_no or "")
        if declaration is not None:
            declaration.released_on = entry.effective_on
            self._schedule(declaration, entry.effective_on)
        return 0

    def _schedule(self, declaration: Declaration, day: date) -> None:
        """Set due dates anew; what is overdue on the day stays so."""
        pool = sum(cover.amount for cover in declaration.covers)
        for number in declaration.items:
            item = self.items[number]
            if not item.is_open:
                continue
            is_covered = item.owed <= pool
            pool -= item.owed if is_covered else 0
            if item.due_on < day:
                continue
            place = bisect_left(self.order, (item.due_on.toordinal(), item.entry))
            del self.order[place]
            item.due_on = self._due(declaration, is_covered=is_covered)
            item.mark = self._mark(declaration, item.due_on, is_covered=is_covered)
            insort(self.order, (item.due_on.toordinal(), item.entry))
            self.changed.add(item.entry)

    def _due(self, declaration: Declaration, *, is_covered: bool) -> date:
        if declaration.due_on is not None:
            return declaration.due_on
        registered = declaration.registered_on
        rule = self._law.terms.on(registered)
        if declaration.terms is Terms.MONTHLY:
            following = (registered.replace(day=1) + timedelta(days=31)).replace(day=1)
            return following.replace(day=rule.monthly_day)
        if is_covered:
            ends = min(cover.valid_to for cover in declaration.covers)
            return min(ends, registered + timedelta(days=rule.guarantee_days))
        return declaration.released_on or NO_DAY

    def _mark(self, declaration: Declaration, due_on: date, *, is_covered: bool) -> int:
        if due_on == NO_DAY:
            return NO_MARK
        guaranteed = is_covered and declaration.terms is Terms.BEFORE_RELEASE
        if guaranteed and declaration.due_on is None and declaration.released_on is not None:
            return self._rates.after_release(declaration.released_on)
        return self._rates.until(due_on)

    # Decisions

    def _measure(self, entry: Entry) -> int:
        details = entry.details
        measure = Measure(
            details["reference"],
            details["measure"],
            entry.effective_on,
            date.fromisoformat(details["effective_from"]),
            _day_or_none(details, "effective_to"),
            tuple(details["declarations"]),
            details["officer"],
            details["reason"],
        )
        self.measures[measure.reference] = measure
        return 0

    def _exempt(self, entry: Entry) -> int:
        details = entry.details
        exemption = Exemption(
            details["reference"],
            tuple(details["declarations"]),
            entry.effective_on,
            date.fromisoformat(details["effective_from"]),
            _day_or_none(details, "effective_to"),
            details["officer"],
            details["reason"],
        )
        self.exemptions[exemption.reference] = exemption
        return 0

    def _revoke(self, entry: Entry) -> int:
        reference = entry.details["reference"]
        ends = date.fromisoformat(entry.details["effective_from"])
        if reference in self.measures:
            self.measures[reference] = replace(self.measures[reference], revoked_on=ends)
        if reference in self.exemptions:
            self.exemptions[reference] = replace(self.exemptions[reference], revoked_on=ends)
        return 0

    def _freeze(self, entry: Entry) -> int:
        self._freezing(entry, is_frozen=True)
        return 0

    def _thaw(self, entry: Entry) -> int:
        self._freezing(entry, is_frozen=False)
        return 0

    def _freezing(self, entry: Entry, *, is_frozen: bool) -> None:
        for _, number in self.order:
            item = self.items[number]
            wanted = entry.declaration_no in {None, item.declaration_no}
            if wanted and item.due_on < entry.effective_on and item.is_frozen is not is_frozen:
                self._settle(item, entry.effective_on)
                item.is_frozen = is_frozen
                item.bearing = self._bearing(item)

    def _request(self, entry: Entry) -> int:
        details = entry.details
        self.refunds[details["reference"]] = Refund(
            details["reference"],
            details["reason"],
            entry.amount,
            entry.declaration_no,
            details["check"],
            RefundState.REQUESTED,
            entry.effective_on,
        )
        return 0

    def _check(self, entry: Entry) -> int:
        refund = self.refunds[entry.details["reference"]]
        self.refunds[refund.reference] = replace(refund, state=RefundState.CHECKING)
        return 0

    def _decide(self, entry: Entry) -> int:
        details = entry.details
        refund = self.refunds[details["reference"]]
        state = RefundState(details["state"])
        # What unpaid taxes and other debts took before it could be paid out.
        offset = min(entry.amount, self._taken.pop(refund.reference, 0))
        if state is RefundState.APPROVED and offset == entry.amount:
            state = RefundState.OFFSET
        self.refunds[refund.reference] = replace(
            refund, state=state, approved=entry.amount, offset=offset
        )
        return 0

    def _reverse(self, entry: Entry) -> int:
        raise AssertionError(entry.sequence)  # `counting` takes both out

    # Items

    def _settle(self, item: Item, day: date) -> None:
        """Let interest accrue as it counts for who pays on a day."""
        rate = self._rates.at_payment(day)
        if rate > item.mark:
            if self._records and item.bearing:
                accrual = (item.bearing, item.mark, rate)
                self.accruals.setdefault(item.entry, []).append(accrual)
            item.accrued += item.bearing * (rate - item.mark)
            item.mark = rate
        self.changed.add(item.entry)

    def _interest_at(self, item: Item, rate: int) -> int:
        accrued = item.accrued + item.bearing * max(0, rate - item.mark)
        return rounded(accrued) - item.interest_paid

    def _bearing(self, item: Item) -> int:
        bears = not item.is_frozen and self._rates.bears(item.part, item.effective_on)
        return item.owed if bears else 0

    def _close(self, item: Item, day: date) -> None:
        if not item.is_open or item.owed or rounded(item.accrued) > item.interest_paid:
            return
        item.is_open, item.settled_on = False, day
        place = bisect_left(self.order, (item.due_on.toordinal(), item.entry))
        del self.order[place]


def _day_or_none(details: Mapping[str, Any], name: str) -> date | None:
    text = details.get(name)
    return None if text is None else date.fromisoformat(text)


_STEPS: dict[Kind, Callable[[Account, Entry], int]] = {
    Kind.ASSESSMENT: Account._assess,  # noqa: SLF001  its own module
    Kind.CHARGE: Account._charge,  # noqa: SLF001
    Kind.FINE: Account._charge,  # noqa: SLF001
    Kind.REDUCTION: Account._reduce,  # noqa: SLF001
    Kind.CREDIT: Account._credit,  # noqa: SLF001
    Kind.PAYOUT: Account._pay_out,  # noqa: SLF001
    Kind.WRITE_OFF: Account._write_off,  # noqa: SLF001
    Kind.REVERSAL: Account._reverse,  # noqa: SLF001
    Kind.GUARANTEE: Account._guarantee,  # noqa: SLF001
    Kind.RELEASE: Account._release,  # noqa: SLF001
    Kind.MEASURE: Account._measure,  # noqa: SLF001
    Kind.REVOCATION: Account._revoke,  # noqa: SLF001
    Kind.EXEMPTION: Account._exempt,  # noqa: SLF001
    Kind.FREEZE: Account._freeze,  # noqa: SLF001
    Kind.THAW: Account._thaw,  # noqa: SLF001
    Kind.REFUND_REQUEST: Account._request,  # noqa: SLF001
    Kind.REFUND_CHECK: Account._check,  # noqa: SLF001
    Kind.REFUND_DECISION: Account._decide,  # noqa: SLF001
}
# After which money that lay there may find a debt.
_MOVING = frozenset({Kind.CREDIT, Kind.CHARGE, Kind.FINE, Kind.REDUCTION, Kind.PAYOUT})


def counting(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that count, in the order of their effect: without reversed ones."""
    found = list(entries)
    reversed_ones = {entry.target for entry in found if entry.kind is Kind.REVERSAL}
    if reversed_ones:
        found = [
            entry
            for entry in found
            if entry.kind is not Kind.REVERSAL and entry.sequence not in reversed_ones
        ]
    found.sort(key=lambda entry: (entry.effective_on, entry.sequence))
    return found


def replay(law: Law, rates: Rates, entries: Iterable[Entry]) -> Account:
    """Return the account that follows from entries in any order."""
    account = Account(law, rates)
    for entry in counting(entries):
        account.advance(entry)
    return account
