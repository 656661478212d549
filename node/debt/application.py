"""The order in which money is applied to what is owed.

Source: DOMAIN rules in `rules/application.json`: enforced arrears, other arrears, current debts;
inside, earliest due first; tax before interest before fines.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import attrgetter

from node.debt.law import ApplicationRule
from node.debt.model import Item, Part

Order = Sequence[tuple[int, int]]
"""Open items as (ordinal of the due date, entry), ascending."""


def payables(
    order: Order,
    items: Mapping[int, Item],
    day: date,
    rule: ApplicationRule,
    *,
    is_enforced: Callable[[Item], bool] | None,
    named: str | None = None,
) -> Iterator[tuple[Item, Part]]:
    """Yield what money goes to, in the order of the law; the caller stops when it is used up.

    Args:
        order: Open items; not changed while this runs.
        items: All items by entry.
        day: The day of the money.
        rule: The order in force on that day.
        is_enforced: Whether a measure enforces an item; None where none is in force.
        named: The declaration that the payer names.
    """
    split = bisect_left(order, (day.toordinal(), 0))

    def overdue(enforced: bool) -> Iterator[Item]:
        for place in range(split):
            item = items[order[place][1]]
            if is_enforced is None or is_enforced(item) is enforced:
                yield item

    def current() -> Iterator[Item]:
        for place in range(split, len(order)):
            yield items[order[place][1]]

    for kind in rule.classes:
        if kind == "current":
            yield from _current(current, rule, named if rule.named_first else None)
        elif kind == "overdue" or is_enforced is not None:
            yield from _inside(overdue(kind == "enforced"), rule)


def _current(
    current: Callable[[], Iterator[Item]], rule: ApplicationRule, named: str | None
) -> Iterator[tuple[Item, Part]]:
    if named is None:
        yield from _inside(current(), rule)
        return
    yield from _inside((item for item in current() if item.declaration_no == named), rule)
    yield from _inside((item for item in current() if item.declaration_no != named), rule)


def _inside(found: Iterable[Item], rule: ApplicationRule) -> Iterator[tuple[Item, Part]]:
    if rule.inside[0] == "part":
        yield from _by_part(found, rule)
        return
    for _, group in groupby(found, key=attrgetter("due_on")):
        yield from _by_part(group, rule)


def _by_part(found: Iterable[Item], rule: ApplicationRule) -> Iterator[tuple[Item, Part]]:
    first, *others = rule.parts
    seen: list[Item] = []
    for item in found:  # lazily: the money is often used up by the first
        seen.append(item)
        if _takes(item, first):
            yield item, first
    for part in others:
        for item in seen:
            if _takes(item, part):
                yield item, part


def _takes(item: Item, part: Part) -> bool:
    """Say whether money for a part may go to an item; many wait for their interest alone."""
    if part is Part.INTEREST:  # it accrues on taxes and, where a rule says so, on fines too
        return True
    return item.part is part and item.owed > 0
