"""What is due for a declaration: pure, the same input gives the same bytes.

(0) the rules of the tax point's day      (1) the declaration is consistent
(2) the exchange rate of the right week   (3) the customs value of each line
(4) the rates of each line                (5) its reliefs
(6) its taxes in legal order              (7) totals, and the rule sets used
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Final

from api.tax.amounts import EXACT, ZERO
from api.tax.assessment import Assessment, LineAssessment
from api.tax.charges import Tax, TaxLine, charge_rules, charges
from api.tax.errors import ContradictionError, MemberError
from api.tax.exchange import Publisher, Quotation, RateTable
from api.tax.model import Declaration, Direction, Line, Rate, Stage
from api.tax.reliefs import (
    ZERO_RATE,
    Admitted,
    Consignment,
    admitted,
    check_procedure,
    relieved_taxes,
)
from api.tax.rules import first_day, rule_set
from api.tax.sources import RateSource, Resolved, RuleVersion, line_rates, per_unit_currencies
from api.tax.valuation import LineValue, customs_values, valuation_rule

ALWAYS_USED: Final = ("charges", "exchange", "procedures", "valuation")
FIRST_DAY: Final = first_day("valuation")
_NO_RELIEF: Final[Mapping[Tax, str]] = {}


def tax_day(registered_at: datetime) -> date:
    """Return the day of a tax point in Viet Nam, whose rules and rates apply."""
    offset = valuation_rule("day", FIRST_DAY).value["offset_minutes"]
    return (registered_at + timedelta(minutes=int(offset))).date()


def assess(
    declaration: Declaration,
    tariff: RateSource | None,
    rates: RateTable,
    rules_on: date | None = None,
) -> Assessment:
    """Return what is due for a declaration, with everything that explains it.

    Args:
        declaration: What is declared.
        tariff: Answers for lines that give no rates of their own; None if all do.
        rates: Exchange rates.
        rules_on: Whose rules and rates apply; the day of the tax point if None.

    Raises:
        DeclarationError: The declaration cannot be assessed as it stands; names the member.
        TaxError: The tariff has no rate for a line.

    Source: Circular 38/2015/TT-BTC, Art. 35 to 38.
    """
    with localcontext(EXACT):
        day = rules_on or tax_day(declaration.registered_at)
        return _Work(declaration, tariff, rates, day).assessment()


@dataclass(slots=True)
class _Work:
    declaration: Declaration
    tariff: RateSource | None
    table: RateTable
    day: date
    quotations: dict[str, Quotation] = field(default_factory=dict)
    values: tuple[LineValue, ...] = ()
    resolved: Sequence[Resolved] = ()

    def assessment(self) -> Assessment:
        # (0) the rules of the day
        if self.day < FIRST_DAY:
            problem = f"the rules begin on {FIRST_DAY}"
            raise MemberError("declaration.registered_at", problem, "choose a later day")
        # (1) what contradicts itself is an error, not an assessment
        _check(self.declaration)
        # (2), (3) the values in dong
        self.values = customs_values(self.declaration, self.day, self.to_dong)
        # (4) every rate, before any relief
        self.resolved = [
            line_rates(self.declaration, line, self.tariff, self.day, _path(place))
            for place, line in enumerate(self.declaration.lines)
        ]
        # (5), (6) reliefs are measured by the whole consignment
        consignment = Consignment(
            sum((value.customs_value for value in self.values), ZERO), self.without_relief
        )
        lines = tuple(
            self.line(place, line, consignment) for place, line in enumerate(self.declaration.lines)
        )
        # (7) what was used
        return Assessment(
            declaration=self.declaration,
            day=self.day,
            lines=lines,
            quotations=tuple(self.quotations[name] for name in sorted(self.quotations)),
            rules=self.versions(),
        )

    def to_dong(self, currency: str, path: str) -> Decimal:
        """Return dong per unit of a currency, and keep which rate it was."""
        found = self.quotations.get(currency)
        if found is None:
            found = self.table.quotation(currency, self.day, path)
            self.quotations[currency] = found
        return found.rate

    def line(self, place: int, line: Line, consignment: Consignment) -> LineAssessment:
        """Assess one line."""
        path = _path(place)
        code = line.procedure or self.declaration.procedure
        allowed = check_procedure(self.declaration, code, self.day, f"{path}.procedure")
        reliefs: tuple[Admitted, ...] = ()
        relieved = _NO_RELIEF
        resolved = self.resolved[place]
        if line.reliefs:
            reliefs = admitted(
                self.declaration, line, allowed, consignment=consignment, day=self.day, path=path
            )
            relieved = relieved_taxes(reliefs)
            if any(relief.status == ZERO_RATE for relief in reliefs):
                resolved.rates[Tax.VAT] = Rate(ZERO)
        taxes = self.taxes(place, relieved)
        return LineAssessment(
            line=line,
            procedure=allowed,
            value=self.values[place],
            choices=tuple(resolved.choices),
            reliefs=reliefs,
            taxes=taxes,
        )

    def taxes(self, place: int, relieved: Mapping[Tax, str]) -> tuple[TaxLine, ...]:
        """Return the taxes of one line."""
        rates, rules = self.resolved[place].rates, charge_rules(self.day)
        order = rules.order[self.declaration.kind.value]
        if self.declaration.kind is Direction.EXPORT and Tax.VAT in rates:
            order = (*order, Tax.VAT)
        path = _path(place)
        dong = {name: self.to_dong(name, path) for name in per_unit_currencies(rates)}
        value = self.values[place].customs_value
        line = self.declaration.lines[place]
        return charges(
            line,
            value,
            rules,
            order=order,
            rates=rates,
            dong_per_unit=dong,
            relieved=relieved,
            path=path,
        )

    def without_relief(self, taxes: tuple[Tax, ...]) -> Decimal:
        """Return what some taxes would come to over all lines without any relief."""
        return sum(
            (
                tax.amount
                for place in range(len(self.values))
                for tax in self.taxes(place, _NO_RELIEF)
                if tax.tax in taxes
            ),
            ZERO,
        )

    def versions(self) -> tuple[RuleVersion, ...]:
        """Return the rule sets used, by name."""
        names = {*ALWAYS_USED}
        for found in self.resolved:
            names |= found.used
        if any(line.reliefs for line in self.declaration.lines):
            names.add("reliefs")
        if self.declaration.stage is Stage.PROVISIONAL:
            names.add("limits")
        sets = [rule_set(name, self.day) for name in sorted(names)]
        versions = [RuleVersion(one.name, one.version, one.effective_from) for one in sets]
        used = self.quotations.values()
        foreign = [one.date for one in used if one.publisher is not Publisher.HOME]
        if foreign:
            versions.append(RuleVersion("exchange_rates", self.table.version, max(foreign)))
        if self.tariff is not None and any(one.rates is None for one in self.declaration.lines):
            versions += self.tariff.versions(self.day)
        return tuple(versions)


def _check(declaration: Declaration) -> None:
    if not declaration.lines:
        raise MemberError("declaration.lines", "is empty", "declare at least one line")
    numbers: dict[int, int] = {}
    for place, line in enumerate(declaration.lines):
        path = f"{_path(place)}.number"
        if line.number < 1:
            raise MemberError(path, "is zero", "number lines from 1")
        if line.number in numbers:
            problem = f"is also the number of line {numbers[line.number]} of the list"
            raise ContradictionError(path, problem, "give each line its own number")
        numbers[line.number] = place
    released = declaration.released_on
    if released is not None and declaration.stage is not Stage.PROVISIONAL:
        problem = "stands in a final declaration"
        raise ContradictionError("declaration.released_on", problem, "say provisional, or leave it")
    if released is not None and released < tax_day(declaration.registered_at):
        problem = "lies before the registration"
        raise ContradictionError("declaration.released_on", problem, "correct one of the two")


def _path(place: int) -> str:
    return f"declaration.lines[{place}]"
