"""What the debt book is made of: entries, and what follows from them. No I/O, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

NO_DAY: Final = date(9999, 12, 31)
"""Due on no day yet: the goods are not released."""
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Kind(StrEnum):
    """What an entry says."""

    ASSESSMENT = "assessment"
    CHARGE = "charge"
    FINE = "fine"
    REDUCTION = "reduction"
    CREDIT = "credit"
    PAYOUT = "payout"
    WRITE_OFF = "write_off"
    REVERSAL = "reversal"
    GUARANTEE = "guarantee"
    RELEASE = "release"
    MEASURE = "measure"
    REVOCATION = "revocation"
    EXEMPTION = "exemption"
    FREEZE = "freeze"
    THAW = "thaw"
    REFUND_REQUEST = "refund_request"
    REFUND_CHECK = "refund_check"
    REFUND_DECISION = "refund_decision"


class Part(StrEnum):
    """What money is applied to."""

    TAX = "tax"
    INTEREST = "interest"
    FINE = "fine"


class Terms(StrEnum):
    """When a charge is due.

    before_release: on the day of release; under a guarantee, later.
    monthly: by a day of the next month, for priority enterprises.
    decision: on the day that the assessment names.
    """

    BEFORE_RELEASE = "before_release"
    MONTHLY = "monthly"
    DECISION = "decision"


class Entry(NamedTuple):  # built by the hundred thousand: a third of a frozen dataclass's time
    """One entry, never changed.

    Attributes:
        sequence: Its place among all, ascending in the order of booking.
        source: Key of the booking it belongs to.
        effective_on: The day on which it counts.
        booked_at: When the book learned of it, RFC 3339 with microseconds, UTC.
        amount: Whole dong, >= 0.
        target: The entry it corrects.
        details: What only its kind has.
    """

    sequence: int
    source: str
    kind: Kind
    effective_on: date
    booked_at: str
    amount: int = 0
    declaration_no: str | None = None
    tax: str | None = None
    sub_item: str | None = None
    target: int | None = None
    details: Mapping[str, Any] = NOTHING


@dataclass(slots=True)
class Item:
    """What one charge has become; see `DebtItemRow`.

    Attributes:
        mark: The cumulative rate up to which interest accrued.
        bearing: What bears interest now.
        written_off: Principal that was written off.
    """

    entry: int
    declaration_no: str
    part: Part
    tax: str
    sub_item: str
    effective_on: date
    due_on: date
    amount: int
    owed: int
    bearing: int
    accrued: int
    mark: int
    interest_paid: int = 0
    written_off: int = 0
    is_frozen: bool = False
    settled_on: date | None = None
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Cover:
    """A guarantee of a declaration.

    Attributes:
        guarantee: Its number.
        amount: Whole dong.
        valid_to: Last day.
    """

    guarantee: str
    amount: int
    valid_to: date


@dataclass(slots=True)
class Declaration:
    """What is known of a declaration.

    Attributes:
        assessment: Number of the assessment in force.
        effective_on: The day of its first assessment, on which corrections count too.
        due_on: The day that the assessment names.
    """

    number: str
    assessment: int
    effective_on: date
    registered_on: date
    terms: Terms
    due_on: date | None = None
    released_on: date | None = None
    covers: list[Cover] = field(default_factory=list[Cover])
    items: list[int] = field(default_factory=list[int])


@dataclass(frozen=True, slots=True)
class Measure:
    """A decision to enforce.

    Attributes:
        reference: The decision's number.
        kind: Such as stop_customs.
        decided_on: When it was signed.
        effective_from: First day.
        effective_to: Last day, None for no end.
        declarations: What it enforces; empty for every arrears.
        officer: Who decided.
        reason: Why.
        revoked_on: First day on which it no longer counts.
    """

    reference: str
    kind: str
    decided_on: date
    effective_from: date
    effective_to: date | None
    declarations: tuple[str, ...]
    officer: str
    reason: str
    revoked_on: date | None = None

    def holds(self, day: date) -> bool:
        """Say whether its dates hold; whether anything is left to enforce is not asked."""
        ended = self.effective_to is not None and day > self.effective_to
        revoked = self.revoked_on is not None and day >= self.revoked_on
        return self.effective_from <= day and not ended and not revoked

    def covers(self, declaration_no: str) -> bool:
        """Say whether it enforces a declaration's debt."""
        return not self.declarations or declaration_no in self.declarations


@dataclass(frozen=True, slots=True)
class Exemption:
    """Declarations that clear although customs procedures are stopped.

    Attributes:
        reference: The decision's number.
        declarations: Which.
        decided_on: When it was signed.
        effective_from: First day.
        effective_to: Last day, None for no end.
        revoked_on: First day on which it no longer counts.
    """

    reference: str
    declarations: tuple[str, ...]
    decided_on: date
    effective_from: date
    effective_to: date | None
    officer: str
    reason: str
    revoked_on: date | None = None

    def holds(self, day: date) -> bool:
        """Say whether it counts on a day."""
        ended = self.effective_to is not None and day > self.effective_to
        revoked = self.revoked_on is not None and day >= self.revoked_on
        return self.effective_from <= day and not ended and not revoked


class RefundState(StrEnum):
    """How far a refund is.

    requested → checking → approved → offset | paid; or refused. Checked after the approval,
    it goes from requested to approved at once.
    """

    REQUESTED = "requested"
    CHECKING = "checking"
    APPROVED = "approved"
    OFFSET = "offset"
    PAID = "paid"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund and how far it is.

    Attributes:
        reference: The request's number.
        reason: Why, as the law names it.
        amount: Whole dong, as requested.
        declaration_no: Of which declaration, None for money that nothing was owed for.
        check: before or after the approval.
        offset: What of it arrears took.
        paid: What was paid out.
    """

    reference: str
    reason: str
    amount: int
    declaration_no: str | None
    check: str
    state: RefundState
    requested_on: date
    approved: int = 0
    offset: int = 0
    paid: int = 0


class Applied(NamedTuple):
    """Money that went to one part of one charge.

    Attributes:
        entry: The charge.
        amount: Whole dong.
    """

    entry: int
    declaration_no: str
    tax: str
    sub_item: str
    part: Part
    amount: int
