"""How far a declaration's debt is, on a day: derived, never stored.

ASSESSED → GUARANTEED | DUE → PAID | OVERDUE → COERCED → SETTLED | FROZEN | WRITTEN_OFF.
"""

from datetime import date
from enum import StrEnum

from node.debt.account import Account
from node.debt.coercion import STOP_CUSTOMS, in_force
from node.debt.law import Law
from node.debt.model import NO_DAY, Declaration, Item


class DebtState(StrEnum):
    """How far a debt is.

    Assessed until its goods are released, or guaranteed; due until its last day; paid if never
    late, else settled.
    """

    ASSESSED = "assessed"
    GUARANTEED = "guaranteed"
    DUE = "due"
    PAID = "paid"
    OVERDUE = "overdue"
    COERCED = "coerced"
    SETTLED = "settled"
    FROZEN = "frozen"
    WRITTEN_OFF = "written_off"


def debt_state(account: Account, law: Law, number: str, day: date) -> DebtState:
    """Return how far a declaration's debt is on a day.

    Args:
        account: The account on that day, with all items of the declaration.
        law: The rules.
        number: The declaration, which has been assessed.
        day: The day.
    """
    declaration = account.declarations[number]
    items = [account.items[entry] for entry in declaration.items]
    owing = [item for item in items if item.is_open]
    if not owing:
        return _closed(items)
    if any(item.is_frozen for item in owing):
        return DebtState.FROZEN
    if any(item.due_on < day for item in owing):
        enforced = any(each.covers(number) for each in in_force(account, law, day))
        return DebtState.COERCED if enforced else DebtState.OVERDUE
    if _is_guaranteed(declaration, owing, day):
        return DebtState.GUARANTEED
    released = any(item.due_on != NO_DAY for item in owing)
    return DebtState.DUE if released else DebtState.ASSESSED


def is_stopping(account: Account, law: Law, number: str, day: date) -> bool:
    """Say whether a declaration's debt is a reason why customs procedures are stopped."""
    found = in_force(account, law, day)
    return any(each.kind == STOP_CUSTOMS and each.covers(number) for each in found)


def _closed(items: list[Item]) -> DebtState:
    if any(item.written_off for item in items):
        return DebtState.WRITTEN_OFF
    late = any(item.settled_on is not None and item.settled_on > item.due_on for item in items)
    return DebtState.SETTLED if late else DebtState.PAID


def _is_guaranteed(declaration: Declaration, owing: list[Item], day: date) -> bool:
    valid = sum(cover.amount for cover in declaration.covers if cover.valid_to >= day)
    return 0 < sum(item.owed for item in owing) <= valid
