"""The entries that a request becomes, decided on the account as it stands."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from node.debt.account import Account
from node.debt.errors import DebtInputError, DebtRefusedError, EntryUnknownError
from node.debt.law import Law
from node.debt.model import Entry, Kind, Part
from node.debt.requests import Charge
from node.debt.store import entries_of
from node.debt.tables import DebtEntryRow, DebtTaxpayerRow

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that is not booked yet."""

    kind: Kind
    effective_on: date
    amount: int = 0
    declaration_no: str | None = None
    tax: str | None = None
    sub_item: str | None = None
    target: int | None = None
    details: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """What a booking is decided on.

    Attributes:
        session: The transaction, which holds the taxpayer's row.
        account: The account with the open items, and all of the booking's declaration.
        row: The taxpayer's row.
        today: The legal day.
        law: The rules.
    """

    session: Session
    account: Account
    row: DebtTaxpayerRow
    today: date
    law: Law


def charge_drafts(moment: Moment, charge: Charge) -> list[Draft]:
    """Return the entries of an assessment: what it says, and what it changes.

    Raises:
        DebtRefusedError: code "assessment_stale".
    """
    number = charge.declaration_no
    before = moment.account.declarations.get(number)
    if before is not None and charge.assessment <= before.assessment:
        problem = f"assessment {before.assessment} of {number} is booked already"
        raise DebtRefusedError("assessment_stale", problem, "number the next one higher")
    day = before.effective_on if before else charge.assessed_on
    details = {
        "assessment": charge.assessment,
        "registered_on": charge.registered_on.isoformat(),
        "terms": charge.terms.value,
        "due_on": charge.due_on.isoformat() if charge.due_on else None,
        "released_on": charge.released_on.isoformat() if charge.released_on else None,
    }
    drafts = [Draft(Kind.ASSESSMENT, day, 0, number, details=details)]
    owed: dict[tuple[Part, str, str], int] = {}
    for entry in before.items if before else ():
        item = moment.account.items[entry]
        key = (item.part, item.tax, item.sub_item)
        owed[key] = owed.get(key, 0) + item.amount
    for line in charge.lines:
        key = (line.part, line.tax, line.sub_item)
        drafts += _difference(key, int(line.amount) - owed.pop(key, 0), day, number)
    for key, amount in owed.items():
        drafts += _difference(key, -amount, day, number)
    return drafts


def _difference(key: tuple[Part, str, str], change: int, day: date, number: str) -> list[Draft]:
    part, tax, sub_item = key
    if change > 0:
        kind = Kind.FINE if part is Part.FINE else Kind.CHARGE
        return [Draft(kind, day, change, number, tax, sub_item)]
    if change < 0:
        details = {"part": part.value}
        return [Draft(Kind.REDUCTION, day, -change, number, tax, sub_item, details=details)]
    return []


def reversal_drafts(moment: Moment, source: str, reason: str) -> list[Draft]:
    """Return one entry per entry of a booking: it takes all of it back."""
    taxpayer = moment.row.tax_id
    found = entries_of(moment.session, taxpayer, DebtEntryRow.source == source)
    targets = [entry.sequence for entry in found]
    known = DebtEntryRow.taxpayer == taxpayer
    is_reversed = DebtEntryRow.target.in_(targets)
    if moment.session.scalar(select(DebtEntryRow.sequence).where(known, is_reversed).limit(1)):
        raise DebtRefusedError("reversed", f"{source} is reversed already", "nothing is left to do")
    if any(entry.kind not in _REVERSIBLE for entry in found):
        problem = f"{source} is a {found[0].kind}, which is not reversed"
        raise DebtRefusedError("irreversible", problem, "revoke or decide anew instead")
    for entry in found:
        if entry.kind is Kind.ASSESSMENT:
            _require_latest(moment, entry)
    return [
        Draft(
            Kind.REVERSAL,
            entry.effective_on,
            entry.amount,
            entry.declaration_no,
            entry.tax,
            entry.sub_item,
            entry.sequence,
            {"reason": reason, "kind": entry.kind.value},
        )
        for entry in found
    ]


_REVERSIBLE: Final = frozenset(
    {Kind.ASSESSMENT, Kind.CHARGE, Kind.FINE, Kind.REDUCTION, Kind.CREDIT, Kind.GUARANTEE}
    | {Kind.RELEASE, Kind.PAYOUT, Kind.WRITE_OFF, Kind.FREEZE, Kind.THAW}
)


def _require_latest(moment: Moment, assessment: Entry) -> None:
    of_declaration = DebtEntryRow.declaration_no == assessment.declaration_no
    entries = entries_of(moment.session, moment.row.tax_id, of_declaration)
    gone = {entry.target for entry in entries if entry.kind is Kind.REVERSAL}
    for entry in entries:
        is_later = entry.kind is Kind.ASSESSMENT and entry.sequence > assessment.sequence
        if is_later and entry.sequence not in gone:
            problem = f"assessment {entry.details['assessment']} stands on it"
            raise DebtRefusedError("assessment_stale", problem, "reverse that one first")


def first_day(moment: Moment, number: str) -> date:
    """Return the day of a declaration's first assessment.

    Raises:
        EntryUnknownError: It has none.
    """
    declaration = moment.account.declarations.get(number)
    if declaration is None:
        raise EntryUnknownError("assessment of declaration", number[:64])
    return declaration.effective_on


def require_past(member: str, day: date, today: date) -> None:
    """Refuse a day that lies ahead by more than one: clocks of banks differ.

    Raises:
        DebtInputError: It does.
    """
    if day > today + _DAY:
        remedy = f"send a day up to {(today + _DAY).isoformat()}"
        raise DebtInputError(member, f"{day.isoformat()} lies ahead", remedy)
