"""Schemas of the debt book; amounts are whole dong, written as strings."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from fastapi import Path
from pydantic import AfterValidator, Field

from api.schemas import Bytes32, Model
from node.debt.balance import Balance
from node.debt.coercion import StopCustoms
from node.debt.listing import Debtor
from node.debt.outcome import Outcome

TAX_ID: Final = r"^(?:[0-9]{10}(?:-[0-9]{3})?|[0-9]{12})$"
_LIST_LIMIT: Final = 1_000


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("is no date") from error
    return text


def _moment(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("is no time") from error
    return text


Amount = Annotated[str, Field(pattern=r"^-?[0-9]{1,20}$", examples=["900000"])]
Asked = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,12}$", examples=["900000"])]
Day = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", examples=["2026-11-23"]),
    AfterValidator(_day),
]
Moment = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z$",
        examples=["2026-11-23T09:30:00Z"],
    ),
    AfterValidator(_moment),
]
TaxId = Annotated[
    str, Path(pattern=TAX_ID, description="10 digits, 10-3, or 12.", examples=["0100109106"])
]
Reference = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,64}$", examples=["125/QD-HQ"])]
Reason = Annotated[str, Field(min_length=1, max_length=2_000)]
Numbers = Annotated[list[Reference], Field(max_length=_LIST_LIMIT)]


class BalanceShown(Model):
    """What is owed on a day."""

    on: Day
    tax: Amount
    interest: Amount
    fine: Amount
    unapplied: Amount = Field(description="Money that nothing is owed for.")
    total: Amount
    overdue: Amount
    open_items: int

    @classmethod
    def of(cls, balance: Balance) -> "BalanceShown":
        """Show a balance."""
        return cls(
            on=balance.on.isoformat(),
            tax=str(balance.tax),
            interest=str(balance.interest),
            fine=str(balance.fine),
            unapplied=str(balance.unapplied),
            total=str(balance.total),
            overdue=str(balance.overdue),
            open_items=balance.open_items,
        )


class DebtorShown(Model):
    """One taxpayer of the officer's list."""

    tax_id: str = Field(examples=["0100109106"])
    organisation: Bytes32 | None
    overdue: Amount
    owed: Amount
    bands: list[Amount] = Field(description="Overdue up to 30, 60 and 90 days, and longer.")
    over_90_days: bool
    oldest_due: Day | None

    @classmethod
    def of(cls, debtor: Debtor) -> "DebtorShown":
        """Show a taxpayer."""
        return cls(
            tax_id=debtor.tax_id,
            organisation=debtor.organisation,
            overdue=str(debtor.overdue),
            owed=str(debtor.owed),
            bands=[str(each) for each in debtor.bands],
            over_90_days=debtor.is_over_90_days,
            oldest_due=None if debtor.oldest_due is None else debtor.oldest_due.isoformat(),
        )


class DebtorPage(Model):
    """One page of the officer's list."""

    items: list[DebtorShown]
    next: str | None


class MeasureShown(Model):
    """A decision to enforce."""

    reference: str
    measure: str = Field(examples=["stop_customs"])
    decided_on: Day
    effective_from: Day
    effective_to: Day | None
    declarations: list[str]
    officer: str
    reason: str
    revoked_on: Day | None
    in_force: bool


class ExemptionShown(Model):
    """Declarations that clear although customs procedures are stopped."""

    reference: str
    declarations: list[str]
    effective_from: Day
    effective_to: Day | None
    officer: str
    reason: str
    revoked_on: Day | None


class RefundShown(Model):
    """A refund and how far it is."""

    reference: str
    reason: str
    declaration_no: str | None
    amount: Amount
    state: str = Field(examples=["requested"])
    check: str
    requested_on: Day
    approved: Amount
    offset: Amount
    paid: Amount


class TaxpayerShown(Model):
    """What is known of a taxpayer now."""

    tax_id: str
    organisation: Bytes32 | None
    balance: BalanceShown
    measures: list[MeasureShown]
    exemptions: list[ExemptionShown]
    refunds: list[RefundShown]


class StopCustomsShown(Model):
    """Whether customs procedures are stopped."""

    on: Day
    decided: bool
    since: Day | None
    reference: str | None
    reason: str | None
    rules: str
    exemptions: list[str]

    @classmethod
    def of(cls, found: StopCustoms) -> "StopCustomsShown":
        """Show the fact."""
        return cls(
            on=found.on.isoformat(),
            decided=found.decided,
            since=None if found.since is None else found.since.isoformat(),
            reference=found.reference,
            reason=found.reason,
            rules=found.rules,
            exemptions=list(found.exemptions),
        )


class MeasureAsked(Model):
    """A decision to enforce."""

    reference: Reference
    measure: str = Field(pattern=r"^[a-z_]{1,32}$", examples=["stop_customs"])
    decided_on: Day
    effective_from: Day
    effective_to: Day | None = None
    declarations: Numbers = Field(default=[])
    reason: Reason
    skipped: dict[str, str] = Field(
        default={},
        max_length=10,
        description="Why measures before it cannot be applied, where the law has an order.",
    )


class ExemptionAsked(Model):
    """A decision that declarations clear nevertheless."""

    reference: Reference
    declarations: Numbers = Field(min_length=1)
    decided_on: Day
    effective_from: Day
    effective_to: Day | None = None
    reason: Reason


class RevocationAsked(Model):
    """A decision that a measure or an exemption counts no more."""

    reference: Reference = Field(description="The revoked decision's number.")
    decided_on: Day
    effective_from: Day
    reason: Reason


class ArrearsAsked(Model):
    """A decision on arrears."""

    act: Literal["freeze", "thaw", "write_off"]
    reference: Reference
    declaration_no: Reference | None = None
    decided_on: Day
    reason: Reason


class RefundLine(Model):
    """A tax that is no longer owed."""

    tax: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,32}$", examples=["import_duty"])
    sub_item: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,32}$", examples=["1901"])
    amount: Asked


class RefundAsked(Model):
    """A request for a refund."""

    reference: Reference
    reason: str = Field(pattern=r"^[a-z_]{1,32}$", examples=["origin_verified"])
    amount: Asked
    requested_on: Day
    declaration_no: Reference | None = None
    lines: list[RefundLine] = Field(default=[], max_length=_LIST_LIMIT)
    check: Literal["before", "after"] = "before"


class RefundStepAsked(Model):
    """A step of a refund."""

    reference: Reference
    step: Literal["check", "approve", "refuse", "pay"]
    decided_on: Day
    reason: Reason


class AppliedShown(Model):
    """Money that went to one part of one charge."""

    entry: int
    declaration_no: str
    tax: str
    sub_item: str
    part: str
    amount: Amount


class Booked(Model):
    """What a booking did."""

    taxpayer: str
    kind: str
    source: list[str]
    booked_at: str
    entries: list[int]
    applied: list[AppliedShown]
    unapplied: Amount
    repeated: bool = Field(description="Whether it was booked before: this call had no effect.")

    @classmethod
    def of(cls, outcome: Outcome) -> "Booked":
        """Show an outcome."""
        applied: list[dict[str, Any]] = [
            {
                "entry": each.entry,
                "declaration_no": each.declaration_no,
                "tax": each.tax,
                "sub_item": each.sub_item,
                "part": each.part,
                "amount": str(each.amount),
            }
            for each in outcome.applied
        ]
        return cls(
            taxpayer=outcome.taxpayer,
            kind=outcome.kind,
            source=list(outcome.source),
            booked_at=outcome.booked_at,
            entries=list(outcome.entries),
            applied=[AppliedShown(**each) for each in applied],
            unapplied=str(outcome.unapplied),
            repeated=outcome.is_repeated,
        )


def day_of(text: str) -> date:
    """Return a day that its schema checked."""
    return date.fromisoformat(text)


def day_or_none(text: str | None) -> date | None:
    """Return a day that its schema checked, or None."""
    return None if text is None else date.fromisoformat(text)


def amount_of(text: str) -> Decimal:
    """Return an amount that its schema checked."""
    return Decimal(text)
