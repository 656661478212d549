"""What was assessed: per line, per tax, in total; written once, replayed bit for bit."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

import rfc8785

from api.tax.amounts import ZERO, number_text
from api.tax.charges import Tax, TaxLine, rate_text
from api.tax.exchange import Publisher, Quotation
from api.tax.model import Declaration, Line, Stage
from api.tax.reliefs import Admitted
from api.tax.rules import Provision, rule_set
from api.tax.sources import Choice, RuleVersion
from api.tax.structure import instant_text, write
from api.tax.valuation import LineValue

ASSESSMENT_FORMAT: Final = "tradeseal-assessment/1"
CURRENCY: Final = "VND"


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
        return sum((tax.amount for tax in self.taxes), ZERO)


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
        amounts: dict[Tax, Decimal] = {}
        sub_items: dict[Tax, str] = {}
        for line in self.lines:
            for tax in line.taxes:
                amounts[tax.tax] = amounts.get(tax.tax, ZERO) + tax.amount
                sub_items[tax.tax] = tax.sub_item
        return tuple(TaxTotal(tax, sub_items[tax], amounts[tax]) for tax in Tax if tax in amounts)

    @cached_property
    def total(self) -> Decimal:
        """What is due in all, whole dong."""
        return sum((tax.amount for tax in self.taxes), ZERO)

    @property
    def customs_value(self) -> Decimal:
        """The customs value of all lines, whole dong."""
        return sum((line.value.customs_value for line in self.lines), ZERO)

    @property
    def relieved(self) -> Decimal:
        """What reliefs took away, whole dong."""
        return sum((tax.relieved for line in self.lines for tax in line.taxes), ZERO)

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

    def members(self, *, trace: bool = True) -> dict[str, Any]:
        """Return the assessment as JSON members.

        Args:
            trace: Whether to explain each step; the figures are the same without.
        """
        found: dict[str, Any] = {
            "format": ASSESSMENT_FORMAT,
            "declaration_no": self.declaration.number,
            "amendment": self.declaration.amendment,
            "taxpayer": self.declaration.taxpayer,
            "registered_at": instant_text(self.declaration.registered_at),
            "direction": self.declaration.kind.value,
            "stage": self.declaration.stage.value,
            "kind": self.kind.value,
            "currency": CURRENCY,
            "day": self.day.isoformat(),
            "exchange_rates": [_quotation(one) for one in self.quotations],
            "lines": [_line(one) for one in self.lines],
            "taxes": [_total(one) for one in self.taxes],
            "total": number_text(self.total),
            "rules": [_version(one) for one in self.rules],
            "declaration": write(self.declaration),
        }
        if self.declaration.office is not None:
            found["office"] = self.declaration.office
        if self.final_due_on is not None:
            found["final_due_on"] = self.final_due_on.isoformat()
        if trace:
            found["trace"] = [step.members() for step in self.trace()]
        return found

    def to_bytes(self) -> bytes:
        """Return the canonical JSON (RFC 8785) that `replay` recomputes."""
        return rfc8785.dumps(self.members())


def _quotation(found: Quotation) -> dict[str, str]:
    if found.publisher is Publisher.HOME:
        return {"currency": found.currency, "rate": "1", "publisher": found.publisher.value}
    return {
        "currency": found.currency,
        "rate": number_text(found.rate),
        "date": found.date.isoformat(),
        "publisher": found.publisher.value,
        "source": found.source,
    }


def _line(found: LineAssessment) -> dict[str, Any]:
    return {
        "line": found.line.number,
        "hs": found.line.hs,
        "procedure": found.procedure.name,
        "customs_value": number_text(found.value.customs_value),
        "taxes": [_tax(tax) for tax in found.taxes],
        "total": number_text(found.total),
    }


def _tax(found: TaxLine) -> dict[str, str]:
    members = {
        "tax": found.tax.value,
        "sub_item": found.sub_item,
        "base": number_text(found.base),
        "rate": rate_text(found.rate),
        "amount": number_text(found.amount),
    }
    if found.quantity is not None:
        members["quantity"] = number_text(found.quantity)
    if found.relief is not None:
        members["relief"] = found.relief
        members["relieved"] = number_text(found.relieved)
    return members


def _total(found: TaxTotal) -> dict[str, str]:
    return {
        "tax": found.tax.value,
        "sub_item": found.sub_item,
        "amount": number_text(found.amount),
    }


def _version(found: RuleVersion) -> dict[str, str]:
    return {
        "rule_set": found.rule_set,
        "version": found.version,
        "effective_from": found.effective_from.isoformat(),
    }
