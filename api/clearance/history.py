"""What customs knows of a declarant: its declarations, debts and the decisions against it."""

from datetime import date, datetime

from api.clearance.profile import Known, Profile
from api.risk.compliance import (
    Evaluation,
    History,
    OverdueTax,
    compliance_rules,
    evaluate,
    evaluation_day,
)
from api.risk.compliance.data import Section
from contracts.clearance.declaration import Declaration
from node.debt.errors import TaxpayerUnknownError
from node.organisation import OrganisationNode


def evaluation(
    node: OrganisationNode, declaration: Declaration, profile: Profile, at: datetime
) -> Evaluation:
    """Return a declarant's level and rank on the day of a time.

    Args:
        node: Customs' node, with its files and its debt book.
        declaration: Whose declarant is evaluated.
        profile: What the office knows beside.
        at: UTC.

    Raises:
        HistoryError: What is known contradicts itself.
    """
    code = declaration.trader.tax_code or ""
    known, day = profile.declarant(code), evaluation_day(at)
    days = node.clearance.files.registered_days(code)
    firsts = [*days, *([known.active_since] if known.active_since else [])]
    history = History(
        declarant=code,
        active_since=min(firsts, default=None),
        sector=known.sector,
        declarations=days,
        violations=known.violations,
        overdue=overdue_taxes(node, code, day),
        aeo=known.aeo,
    )
    return evaluate(history, day)


def overdue_taxes(node: OrganisationNode, taxpayer: str, day: date) -> tuple[OverdueTax, ...]:
    """Return what a taxpayer owes past its day, and what it paid too late.

    A taxpayer of whom the debt book knows nothing owes nothing.
    """
    try:
        account = node.debt.standing(taxpayer)
    except TaxpayerUnknownError:
        return ()
    return tuple(
        OverdueTax(item.declaration_no, item.due_on, item.settled_on)
        for item in account.items.values()
        if item.due_on < (item.settled_on or day) and (item.owed or item.settled_on)
    )


def overdue_days(node: OrganisationNode, taxpayer: str, day: date) -> int:
    """Return for how many days the oldest unpaid tax is overdue, 0 for none."""
    owed = overdue_taxes(node, taxpayer, day)
    return max((each.days(day) for each in owed if each.paid_on is None), default=0)


def prior_violation(known: Known, day: date) -> str:
    """Return the gravest decision of the days that count: `none`, `minor` or `serious`.

    Serious is what bars a level of compliance: smuggling, evasion, illegal transport.
    """
    rules = compliance_rules(day)
    recent = [
        rules.sections.get(each.kind)
        for each in known.violations
        if each.annulled_on is None and 0 < (day - each.decided_on).days <= rules.window_days
    ]
    if not recent:
        return "none"
    return "serious" if Section.BAR in recent else "minor"
