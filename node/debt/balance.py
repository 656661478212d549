"""What a taxpayer owes on a day: from the kept items by one query, or from an account."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from node.debt.account import Account
from node.debt.interest import Rates
from node.debt.law import RATE_SCALE
from node.debt.model import Part
from node.debt.tables import DebtItemRow, DebtTaxpayerRow


@dataclass(frozen=True, slots=True)
class Balance:
    """What is owed, VND.

    Attributes:
        on: The day: what would settle everything if it were paid then.
        tax: Taxes.
        interest: Late payment interest up to the day.
        fine: Fines.
        unapplied: Money that nothing was owed for; below zero where a refund is to be paid back.
        total: All that is owed less that money.
        overdue: Of taxes, interest and fines, what was due before the day.
        open_items: Charges of which something is owed.
    """

    taxpayer: str
    on: date
    tax: Decimal
    interest: Decimal
    fine: Decimal
    unapplied: Decimal
    total: Decimal
    overdue: Decimal
    open_items: int


def interest_column(rate: int) -> ColumnElement[int]:
    """Return an item's interest in whole dong at a cumulative rate, for a query."""
    passed = case((DebtItemRow.mark < rate, rate - DebtItemRow.mark), else_=0)
    accrued = DebtItemRow.accrued + DebtItemRow.bearing * passed
    whole: ColumnElement[int] = (accrued + RATE_SCALE // 2) // RATE_SCALE
    return whole - DebtItemRow.interest_paid


def kept_balance(session: Session, row: DebtTaxpayerRow, on: date, rates: Rates) -> Balance:
    """Return the balance on a day that no entry is effective after, without reading entries."""
    interest = interest_column(rates.at_payment(on))
    is_overdue = DebtItemRow.due_on < on.isoformat()
    is_fine = DebtItemRow.part == Part.FINE.value
    query = select(
        func.sum(case((is_fine, 0), else_=DebtItemRow.owed)),
        func.sum(interest),
        func.sum(case((is_fine, DebtItemRow.owed), else_=0)),
        func.sum(case((is_overdue, DebtItemRow.owed + interest), else_=0)),
        func.count(),
    ).where(DebtItemRow.taxpayer == row.tax_id, DebtItemRow.is_open)
    found = session.execute(query).one()
    values = [int(value or 0) for value in found]
    return _balance(row.tax_id, on, values, row.unapplied)


def account_balance(account: Account, taxpayer: str, on: date) -> Balance:
    """Return the balance of an account that took no entry effective after a day."""
    tax = interest = fine = overdue = 0
    for _, number in account.order:
        item = account.items[number]
        due = account.interest_due(item, on)
        interest += due
        tax += item.owed if item.part is Part.TAX else 0
        fine += item.owed if item.part is Part.FINE else 0
        overdue += item.owed + due if item.due_on < on else 0
    values = [tax, interest, fine, overdue, len(account.order)]
    return _balance(taxpayer, on, values, account.unapplied)


def _balance(taxpayer: str, on: date, values: list[int], unapplied: int) -> Balance:
    tax, interest, fine, overdue, count = values
    total = tax + interest + fine - unapplied
    return Balance(
        taxpayer,
        on,
        Decimal(tax),
        Decimal(interest),
        Decimal(fine),
        Decimal(unapplied),
        Decimal(total),
        Decimal(overdue),
        count,
    )
