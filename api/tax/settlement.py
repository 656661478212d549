"""What changes between two assessments of one declaration: to collect, or to refund, per tax.

A provisional assessment lets goods be released; the final one settles the difference. A proof of
origin that comes later, or is confirmed, gives the preference back from the tax point on.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from api.tax.amounts import EXACT, ZERO, number_text, summed
from api.tax.assess import assess, tax_day
from api.tax.assessment import Assessment
from api.tax.charges import Tax
from api.tax.errors import ContradictionError, TimeLimitError
from api.tax.exchange import RateTable
from api.tax.model import CertificateState, Declaration, Preference, Stage
from api.tax.rules import Provision, rule_set
from api.tax.sources import RateSource

SETTLEMENT_FORMAT: Final = "tradeseal-tax-settlement/1"
_OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class TaxDifference:
    """One tax before and after, whole dong.

    Attributes:
        difference: After less before: above zero to collect, below zero to refund.
    """

    tax: Tax
    sub_item: str
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        """What is still due, or below zero what was paid too much."""
        return EXACT.subtract(self.after, self.before)


@dataclass(frozen=True, slots=True)
class Settlement:
    """The difference between two assessments of one declaration.

    Attributes:
        due_on: Last day for the final figures; None where no limit applies.
        settled_on: Day on which they came.
    """

    before: Assessment
    after: Assessment
    taxes: tuple[TaxDifference, ...]
    settled_on: date
    due_on: date | None

    @property
    def to_collect(self) -> Decimal:
        """What is still due, summed over the taxes that rose; whole dong."""
        return summed(tax.difference for tax in self.taxes if tax.difference > ZERO)

    @property
    def to_refund(self) -> Decimal:
        """What was assessed too much, summed over the taxes that fell; whole dong."""
        return summed(EXACT.minus(tax.difference) for tax in self.taxes if tax.difference < ZERO)

    @property
    def is_late(self) -> bool:
        """Whether the final figures came after their last day."""
        return self.due_on is not None and self.settled_on > self.due_on

    def members(self) -> dict[str, Any]:
        """Return the settlement as JSON members."""
        return {
            "format": SETTLEMENT_FORMAT,
            "declaration_no": self.after.declaration.number,
            "amendments": [self.before.declaration.amendment, self.after.declaration.amendment],
            "settled_on": self.settled_on.isoformat(),
            "due_on": None if self.due_on is None else self.due_on.isoformat(),
            "late": self.is_late,
            "taxes": [_difference(tax) for tax in self.taxes],
            "to_collect": number_text(self.to_collect),
            "to_refund": number_text(self.to_refund),
        }


def settle(
    before: Assessment, after: Assessment, settled_on: date, due_on: date | None = None
) -> Settlement:
    """Return what changes between two assessments of one declaration.

    Raises:
        ContradictionError: They are not of one declaration and taxpayer, or have another tax
            point.
    """
    first, second = before.declaration, after.declaration
    for name in ("number", "taxpayer", "kind", "registered_at"):
        if getattr(first, name) != getattr(second, name):
            problem = f"{getattr(first, name)} became {getattr(second, name)}"
            remedy = "settle two assessments of one declaration"
            raise ContradictionError(f"declaration.{name}", problem, remedy)
    was = {tax.tax: tax for tax in before.taxes}
    now = {tax.tax: tax for tax in after.taxes}
    taxes = tuple(
        TaxDifference(
            tax,
            (now.get(tax) or was[tax]).sub_item,
            was[tax].amount if tax in was else ZERO,
            now[tax].amount if tax in now else ZERO,
        )
        for tax in Tax
        if tax in was or tax in now
    )
    return Settlement(before, after, taxes, settled_on, due_on)


def finalise(
    provisional: Assessment,
    final: Declaration,
    tariff: RateSource | None,
    rates: RateTable,
    settled_on: date,
) -> Settlement:
    """Assess the final figures of goods that were released, at the rates of the tax point.

    Args:
        provisional: What was assessed for the release.
        final: The declaration with its final figures.
        tariff: As for `assess`.
        rates: As for `assess`.
        settled_on: Day on which the final figures came; later than allowed is told, not refused.

    Raises:
        ContradictionError: The first is not provisional, or the second is.
        TaxError: As `assess` raises.

    Source: Customs Law 54/2014/QH13, Art. 36; Circular 38/2015/TT-BTC, Art. 33.
    """
    if provisional.declaration.stage is not Stage.PROVISIONAL:
        remedy = "settle an assessment that was made for release"
        raise ContradictionError("declaration.stage", "the first is not provisional", remedy)
    if final.stage is not Stage.FINAL:
        remedy = "send the final figures with stage final"
        raise ContradictionError("declaration.stage", "the second is provisional", remedy)
    after = assess(final, tariff, rates)
    return settle(provisional, after, settled_on, provisional.final_due_on)


def with_late_proof(
    assessed: Assessment,
    proofs: Mapping[int, Preference],
    tariff: RateSource | None,
    rates: RateTable,
    presented_on: date,
) -> Settlement:
    """Assess a declaration again with proofs of origin that came after registration.

    Args:
        assessed: What was assessed without them.
        proofs: By the number of the line, what is presented or was confirmed.
        tariff: As for `assess`.
        rates: As for `assess`.
        presented_on: Day on which they came.

    Raises:
        ContradictionError: A line did not announce the preference when it was registered.
        TimeLimitError: Presented after the agreement's last day.
        TaxError: As `assess` raises.

    Source: Circular 33/2023/TT-BTC, Art. 12 and 15.
    """
    declaration, last = assessed.declaration, None
    lines = list(declaration.lines)
    places = {line.number: place for place, line in enumerate(lines)}
    for number, proof in sorted(proofs.items()):
        path = f"declaration.lines[{places.get(number, number)}].preference"
        announced = lines[places[number]].preference if number in places else None
        if announced is None or announced.agreement != proof.agreement:
            problem = f"{proof.agreement} was not announced for line {number} when registered"
            raise ContradictionError(path, problem, "the rate without preference stands")
        if announced.certificate is CertificateState.PENDING:
            last = late_proof_until(declaration, proof.agreement)
            if presented_on > last:
                raise TimeLimitError(path, f"the preference of {proof.agreement}", str(last))
        lines[places[number]] = replace(lines[places[number]], preference=proof)
    amended = replace(declaration, amendment=declaration.amendment + 1, lines=tuple(lines))
    return settle(assessed, assess(amended, tariff, rates), presented_on, last)


def late_proof_until(declaration: Declaration, agreement: str) -> date:
    """Return the last day for a proof of origin that was announced at registration.

    Source: Circular 33/2023/TT-BTC, Art. 12.
    """
    registered = tax_day(declaration.registered_at)
    limits = _limit("late_origin_proof", registered).value
    found = limits.get(agreement, limits[_OTHER])
    if "days" in found:
        return registered + timedelta(days=int(found["days"]))
    return _months_later(registered, int(found["months"]))


def _limit(name: str, day: date) -> Provision:
    return rule_set("limits", day).provision(name)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _difference(found: TaxDifference) -> dict[str, str]:
    return {
        "tax": found.tax.value,
        "sub_item": found.sub_item,
        "before": number_text(found.before),
        "after": number_text(found.after),
        "difference": number_text(found.difference),
    }
