"""What is known of a declarant, and how it is evaluated; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from api.risk.compliance.errors import HistoryError


class Sector(StrEnum):
    """How risky the declarant's line of business is, as customs lists it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the one before the end.

    Attributes:
        start: First day.
        end: First day after it, None while it lasts.
    """

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        """Refuse a period that ends before it starts."""
        if self.end is not None and self.end <= self.start:
            raise HistoryError("aeo", f"ends on {self.end}, not after its start", "correct it")

    def holds(self, day: date) -> bool:
        """Say whether a day is in it."""
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class Violation:
    """A decision that penalises the declarant.

    Attributes:
        decision: Its number.
        kind: Code of the violation, one that the criteria know.
        decided_on: Its day.
        annulled_on: The day it was annulled, if it was.
    """

    decision: str
    kind: str
    decided_on: date
    annulled_on: date | None = None

    def __post_init__(self) -> None:
        """Refuse an annulment before the decision."""
        if self.annulled_on is not None and self.annulled_on < self.decided_on:
            place = f"violations.{self.decision}"
            raise HistoryError(place, "is annulled before it was decided", "correct the days")

    def counts(self, first: date, day: date) -> bool:
        """Say whether it was decided from `first` to before `day`, and stood on `day`."""
        stands = self.annulled_on is None or self.annulled_on >= day
        return first <= self.decided_on < day and stands


@dataclass(frozen=True, slots=True)
class OverdueTax:
    """A tax that was not paid in time.

    Attributes:
        declaration_no: Of which declaration.
        due_on: Last day on which it was to be paid.
        paid_on: The day it was paid, None while it is not.
    """

    declaration_no: str
    due_on: date
    paid_on: date | None = None

    def days(self, day: date) -> int:
        """Return for how many days it is overdue at the beginning of a day, 0 if it is not."""
        if self.paid_on is not None and self.paid_on < day:
            return 0
        return max(0, (day - self.due_on).days)


@dataclass(frozen=True, slots=True)
class History:
    """What customs knows of a declarant.

    Attributes:
        declarant: Its identifier.
        active_since: Day of its first declaration, None before it.
        sector: Its line of business.
        declarations: How many it registered, by day.
        violations: Decisions against it.
        overdue: Taxes that were not paid in time.
        aeo: When it was recognised as authorised economic operator.
        warnings: When customs warned of it internally.
    """

    declarant: str
    active_since: date | None
    sector: Sector
    declarations: Mapping[date, int]
    violations: tuple[Violation, ...] = ()
    overdue: tuple[OverdueTax, ...] = ()
    aeo: tuple[Period, ...] = ()
    warnings: tuple[Period, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        numbers = [each.decision for each in self.violations]
        if len(set(numbers)) < len(numbers):
            raise HistoryError("violations", "name a decision twice", "give each once")
        for day, count in self.declarations.items():
            if count < 0:
                raise HistoryError(f"declarations.{day}", "is below zero", "correct it")
            if count and (self.active_since is None or day < self.active_since):
                remedy = "let active_since be the first declaration's day"
                raise HistoryError(f"declarations.{day}", "precedes active_since", remedy)


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason of an evaluation.

    Attributes:
        rule: The criterion's name.
        vi: In Vietnamese.
        en: In English.
    """

    rule: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a declarant stands from one midnight to the next.

    Attributes:
        declarant: Its identifier.
        day: The day in Viet Nam at whose beginning it was evaluated.
        first: First day that counted; the last one is the day before `day`.
        level: Compliance level, 1 to 5.
        rank: Risk rank, 1 to 9.
        declarations: How many it registered in that time.
        weighty: Penalties of the graver section in that time.
        light: Penalties of the lighter section in that time.
        grounds: The criteria that decided, in order.
        rules: Version of the criteria.
        rules_hash: Their SHA-256.
    """

    declarant: str
    day: date
    first: date
    level: int
    rank: int
    declarations: int
    weighty: int
    light: int
    grounds: tuple[Ground, ...]
    rules: str
    rules_hash: bytes
