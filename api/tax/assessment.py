"""What was assessed: per line, per tax, in total. `document` writes it, `trace` explains it."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from api.tax.amounts import summed
from api.tax.charges import Tax, TaxLine
from api.tax.exchange import Quotation
from api.tax.model import Declaration, Line, Stage
from api.tax.reliefs import Admitted
from api.tax.rules import Provision, rule_set
from api.tax.sources import Choice, RuleVersion
from api.tax.valuation import LineValue


class Kind(StrEnum):
    """What an assessment is, as the ledger's contract of payments numbers it."""

    PROVISIONAL = "provisional"
    FINAL = "final"
    ZERO = "zero"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True)
class LineAssessment:
    """One line.

    Attributes:
        procedure: The procedure that applies.
        value: How the customs value came about.
        choices: Why each rate applies.
        reliefs: What was claimed and admitted.
        taxes: In legal order.
    """

    line: Line
    procedure: Provision
    value: LineValue
    choices: tuple[Choice, ...]
    reliefs: tuple[Admitted, ...]
    taxes: tuple[TaxLine, ...]

    @property
    def total(self) -> Decimal:
        """What is due for the line, whole dong."""
        return summed(tax.amount for tax in self.taxes)


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """What is due of one tax over all lines, whole dong."""

    tax: Tax
    sub_item: str
    amount: Decimal


@dataclass(frozen=True)
class Assessment:
    """What is due for a declaration.

    Attributes:
        day: Whose rules and rates applied.
        quotations: Exchange rates used, by currency.
        rules: Versions of every rule set used.
    """

    declaration: Declaration
    day: date
    lines: tuple[LineAssessment, ...]
    quotations: tuple[Quotation, ...]
    rules: tuple[RuleVersion, ...]

    @cached_property
    def taxes(self) -> tuple[TaxTotal, ...]:
        """Totals by tax, in legal order; taxes of no line are left out."""
        amounts: dict[Tax, list[Decimal]] = {}
        sub_items: dict[Tax, str] = {}
        for line in self.lines:
            for tax in line.taxes:
                amounts.setdefault(tax.tax, []).append(tax.amount)
                sub_items[tax.tax] = tax.sub_item
        return tuple(
            TaxTotal(tax, sub_items[tax], summed(amounts[tax])) for tax in Tax if tax in amounts
        )

    @cached_property
    def total(self) -> Decimal:
        """What is due in all, whole dong."""
        return summed(tax.amount for tax in self.taxes)

    @property
    def customs_value(self) -> Decimal:
        """The customs value of all lines, whole dong."""
        return summed(line.value.customs_value for line in self.lines)

    @property
    def relieved(self) -> Decimal:
        """What reliefs took away, whole dong."""
        return summed(tax.relieved for line in self.lines for tax in line.taxes)

    @property
    def kind(self) -> Kind:
        """What the assessment is: nothing due is `ZERO`, or `EXEMPT` where a relief made it so."""
        if not self.total:
            return Kind.EXEMPT if any(line.reliefs for line in self.lines) else Kind.ZERO
        provisional = self.declaration.stage is Stage.PROVISIONAL
        return Kind.PROVISIONAL if provisional else Kind.FINAL

    @property
    def final_due_on(self) -> date | None:
        """The last day for what makes a provisional assessment final; None for others.

        Source: Circular 38/2015/TT-BTC, Art. 33.
        """
        if self.declaration.stage is not Stage.PROVISIONAL:
            return None
        limit = rule_set("limits", self.day).provision("provisional").value
        return (self.declaration.released_on or self.day) + timedelta(days=int(limit["days"]))
