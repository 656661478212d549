"""What a booking answers, and how the answer is kept for whoever asks again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from node.debt.account import Effect
from node.debt.model import Entry, Kind
from node.debt.requests import Source
from node.debt.tables import DebtBookingRow, DebtTaxpayerRow


@dataclass(frozen=True, slots=True)
class AppliedMoney:
    """Money that went to one part of one charge.

    Attributes:
        entry: Sequence of the charge's entry.
        part: tax, interest or fine.
        amount: VND.
    """

    entry: int
    declaration_no: str
    tax: str
    sub_item: str
    part: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a booking did.

    Attributes:
        taxpayer: Tax id.
        kind: What was booked.
        source: The caller's key.
        booked_at: When, RFC 3339 with microseconds, UTC.
        entries: Sequences of its entries.
        applied: Where money went: its own, or money that lay there.
        unapplied: Money of the taxpayer that nothing is owed for, afterwards.
        is_repeated: Whether it was booked before, so that this call had no effect.
    """

    taxpayer: str
    kind: str
    source: Source
    booked_at: str
    entries: tuple[int, ...]
    applied: tuple[AppliedMoney, ...]
    unapplied: Decimal
    is_repeated: bool = False

    def applied_to(self, declaration_no: str) -> Decimal:
        """Return what of the money went to a declaration, interest and fines included."""
        amounts = (each.amount for each in self.applied if each.declaration_no == declaration_no)
        return sum(amounts, Decimal(0))


def outcome_of(
    row: DebtTaxpayerRow, kind: Kind, entries: Sequence[Entry], effects: Sequence[Effect], key: str
) -> Outcome:
    """Return what entries did, which were just booked."""
    applied = tuple(
        AppliedMoney(
            each.entry,
            each.declaration_no,
            each.tax,
            each.sub_item,
            each.part.value,
            Decimal(each.amount),
        )
        for effect in effects
        for each in effect.applied
    )
    return Outcome(
        row.tax_id,
        kind.value,
        tuple(json.loads(key)),
        row.last_booked,
        tuple(entry.sequence for entry in entries),
        applied,
        Decimal(row.unapplied),
    )


def write_outcome(outcome: Outcome) -> str:
    """Return an answer as text."""
    applied = [
        [each.entry, each.declaration_no, each.tax, each.sub_item, each.part, str(each.amount)]
        for each in outcome.applied
    ]
    return json.dumps(
        {"entries": outcome.entries, "applied": applied, "unapplied": str(outcome.unapplied)}
    )


def read_outcome(booking: DebtBookingRow) -> Outcome:
    """Return the answer that a booking got."""
    value = json.loads(booking.outcome)
    applied = tuple(
        AppliedMoney(entry, number, tax, sub_item, part, Decimal(amount))
        for entry, number, tax, sub_item, part, amount in value["applied"]
    )
    return Outcome(
        booking.taxpayer,
        booking.kind,
        tuple(json.loads(booking.source)),
        booking.booked_at,
        tuple(value["entries"]),
        applied,
        Decimal(value["unapplied"]),
    )
