"""The officer's list: taxpayers by what is overdue, in pages."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from node.debt.balance import interest_column
from node.debt.interest import Rates
from node.debt.tables import DebtItemRow, DebtTaxpayerRow

BANDS: Final = (30, 60, 90)
"""Days overdue that end an age band; the last one is open."""


@dataclass(frozen=True, slots=True)
class Debtor:
    """One taxpayer of the list, VND.

    Attributes:
        tax_id: Its tax id.
        organisation: Its identifier in Membership, where it has one.
        overdue: Taxes, interest and fines due before the day.
        owed: Everything owed.
        bands: Of what is overdue: up to 30, 60 and 90 days, and longer.
        oldest_due: Earliest due date of what is overdue.
    """

    tax_id: str
    organisation: str | None
    overdue: Decimal
    owed: Decimal
    bands: tuple[Decimal, ...]
    oldest_due: date | None

    @property
    def is_over_90_days(self) -> bool:
        """Whether something is overdue for more than 90 days."""
        return self.bands[-1] > 0


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list: behind a taxpayer with an overdue amount."""

    overdue: int
    tax_id: str


def debtors(
    session: Session,
    rates: Rates,
    day: date,
    limit: int,
    *,
    after: Place | None = None,
    organisation: str | None = None,
    only_over_90: bool = False,
) -> list[Debtor]:
    """Return taxpayers by overdue amount, the greatest first; equal ones by tax id.

    Args:
        session: The transaction.
        rates: Cumulative rates.
        day: As of which day, not before the last entries: today or later.
        limit: Most taxpayers.
        after: Where to begin.
        organisation: Only the taxpayers of this organisation.
        only_over_90: Only those with something overdue for more than 90 days.
    """
    owed = DebtItemRow.owed + interest_column(rates.at_payment(day))
    edges = [day, *(day - timedelta(days=days) for days in BANDS)]
    texts = [edge.isoformat() for edge in edges]
    is_overdue = DebtItemRow.due_on < texts[0]
    conditions = [
        and_(DebtItemRow.due_on < high, DebtItemRow.due_on >= low) for high, low in pairwise(texts)
    ]
    conditions.append(DebtItemRow.due_on < texts[-1])
    # A sum of BIGINT is NUMERIC on PostgreSQL; whole dong either way.
    overdue = func.coalesce(func.sum(case((is_overdue, owed), else_=0)), 0)
    bands = [func.coalesce(func.sum(case((each, owed), else_=0)), 0) for each in conditions]
    tax_id = DebtTaxpayerRow.tax_id
    query = (
        select(
            tax_id,
            DebtTaxpayerRow.organisation,
            overdue,
            func.coalesce(func.sum(owed), 0),
            func.min(case((is_overdue, DebtItemRow.due_on), else_=None)),
            *bands,
        )
        .outerjoin(DebtItemRow, and_(DebtItemRow.taxpayer == tax_id, DebtItemRow.is_open))
        .group_by(tax_id, DebtTaxpayerRow.organisation)
        .order_by(overdue.desc(), tax_id)
        .limit(limit)
    )
    if organisation is not None:
        query = query.where(DebtTaxpayerRow.organisation == organisation)
    if after is not None:
        behind = and_(overdue == after.overdue, tax_id > after.tax_id)
        query = query.having(or_(overdue < after.overdue, behind))
    if only_over_90:
        query = query.having(bands[-1] > 0)
    return [
        Debtor(
            row[0],
            row[1],
            Decimal(int(row[2])),
            Decimal(int(row[3])),
            tuple(Decimal(int(each)) for each in row[5:]),
            None if row[4] is None else date.fromisoformat(row[4]),
        )
        for row in session.execute(query)
    ]
