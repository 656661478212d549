"""Which rates apply to a line: given with it, or chosen by a tariff.

The tariff is asked through `RateSource`, so that the engine knows no file format; `tariff_rates`
answers with the project's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Final, Protocol

from api.tax.charges import Tax, rate_text
from api.tax.errors import ContradictionError, ExciseError, RateMissingError
from api.tax.model import Declaration, Direction, Excise, Line, PerUnit, Rate
from api.tax.rules import Provision, rule_set
from api.tax.structure import read

GIVEN: Final = "given"


class Reason(Protocol):
    """One consideration in the choice of a rate, made into texts when it is shown."""

    @property
    def vi(self) -> str:
        """In Vietnamese."""
        ...

    @property
    def en(self) -> str:
        """In English."""
        ...

    @property
    def source(self) -> str:
        """The provision, empty for a cell of the tariff."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """Why a rate applies.

    Attributes:
        tax: Of which tax.
        column: Column of the tariff, category of the dated data, or `given`.
        law: The clause, or where the rate stands.
        shown: The rate as text, `*` where the goods are not subject.
        reasons: What was considered.
    """

    tax: Tax
    column: str
    law: str
    shown: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class LineRates:
    """The rates of one line.

    Attributes:
        rates: By tax; a tax that is not there is not charged.
        choices: Why, in the order of the taxes.
        needs_special_consumption: Whether the tariff marks the goods for that tax.
        needs_environmental_protection: Whether the tariff marks the goods for that tax.
    """

    rates: Mapping[Tax, Rate]
    choices: tuple[Choice, ...]
    needs_special_consumption: bool = False
    needs_environmental_protection: bool = False


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """A rule set that an assessment used."""

    rule_set: str
    version: str
    effective_from: date


class RateSource(Protocol):
    """Answers for all lines of the goods' nomenclature.

    Each call is pure: the same arguments give the same answer.
    """

    def rates(self, declaration: Declaration, line: Line, day: date, path: str) -> LineRates:
        """Return duty and VAT of a line on a day.

        Raises:
            TaxError: The tariff has no such line, or no rate for it; names the line by `path`.
        """
        ...

    def versions(self, day: date) -> tuple[RuleVersion, ...]:
        """Return the versions that answer on a day."""
        ...


@dataclass(slots=True)
class Resolved:
    """The rates of a line with everything beside the tariff."""

    rates: dict[Tax, Rate] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    used: set[str] = field(default_factory=set)


def line_rates(
    declaration: Declaration, line: Line, tariff: RateSource | None, day: date, path: str
) -> Resolved:
    """Return every rate of a line: duty and VAT, remedies, special consumption, environment.

    Raises:
        RateMissingError: Neither the line nor a tariff gives a rate.
        ExciseError: The tariff marks the goods for an excise that the line says nothing of.
        ContradictionError: A remedy stands twice, or beside an export.
    """
    if line.rates is not None:
        found = _given(declaration, line, path)
    elif tariff is not None:
        found = tariff.rates(declaration, line, day, path)
    else:
        remedy = "give the line its rates, or name a tariff"
        raise RateMissingError(path, "duty", remedy)
    resolved = Resolved(dict(found.rates), list(found.choices))
    if declaration.kind is Direction.EXPORT:
        if line.remedies or line.special_consumption or line.environmental_protection:
            problem = "an export bears no tax but export duty"
            raise ContradictionError(path, problem, "leave remedies and excises out")
        return resolved
    if line.remedies:
        _add_remedies(resolved, line, path)
    if line.special_consumption or found.needs_special_consumption:
        _add_excise(resolved, line.special_consumption, Tax.SPECIAL_CONSUMPTION, day, path)
    if line.environmental_protection or found.needs_environmental_protection:
        _add_excise(
            resolved, line.environmental_protection, Tax.ENVIRONMENTAL_PROTECTION, day, path
        )
    return resolved


def _given(declaration: Declaration, line: Line, path: str) -> LineRates:
    given = line.rates
    if given is None:
        raise AssertionError(line)
    if given.duty.percent is None and given.duty.per_unit is None:
        raise RateMissingError(f"{path}.rates.duty", "duty", "give a percentage, or per unit")
    duty = Tax.IMPORT_DUTY if declaration.kind is Direction.IMPORT else Tax.EXPORT_DUTY
    rates = {duty: given.duty}
    choices = [Choice(duty, GIVEN, given.reference, rate_text(given.duty))]
    if given.vat_percent is not None and duty is Tax.IMPORT_DUTY:
        rates[Tax.VAT] = vat = Rate(given.vat_percent)
        choices.append(Choice(Tax.VAT, GIVEN, given.reference, rate_text(vat)))
    return LineRates(rates, tuple(choices))


def _add_remedies(resolved: Resolved, line: Line, path: str) -> None:
    for place, remedy in enumerate(line.remedies):
        tax = Tax(remedy.kind.value)
        if tax in resolved.rates:
            problem = f"is the second {remedy.kind.value}"
            raise ContradictionError(f"{path}.remedies[{place}]", problem, "send one of each")
        resolved.rates[tax] = rate = Rate(remedy.percent)
        resolved.choices.append(Choice(tax, GIVEN, remedy.reference, rate_text(rate)))


_SETS: Final = {
    Tax.SPECIAL_CONSUMPTION: "special_consumption",
    Tax.ENVIRONMENTAL_PROTECTION: "environment",
}


def _add_excise(resolved: Resolved, excise: Excise | None, tax: Tax, day: date, path: str) -> None:
    place = f"{path}.{tax.value}"
    if excise is None:
        problem, remedy = "the tariff marks these goods for it", "name the category, or the rate"
        raise ExciseError(place, tax.value, problem, remedy)
    if (excise.rate is None) == (excise.category is None):
        raise ExciseError(place, tax.value, "give a category or a rate", "send one of the two")
    if excise.rate is not None:
        if excise.rate.percent is None and excise.rate.per_unit is None:
            raise RateMissingError(f"{place}.rate", tax.value, "give a percentage, or per unit")
        if excise.reference is None:
            raise ExciseError(place, tax.value, "a rate without source", "send its reference")
        resolved.rates[tax] = excise.rate
        resolved.choices.append(Choice(tax, GIVEN, excise.reference, rate_text(excise.rate)))
        return
    category = _categories(_SETS[tax], day).get(str(excise.category))
    if category is None:
        known = ", ".join(sorted(_categories(_SETS[tax], day)))
        problem, remedy = f"{excise.category} is no category on {day}", f"known are {known}"
        raise ExciseError(f"{place}.category", tax.value, problem, remedy)
    rate, law = category
    resolved.rates[tax] = rate
    resolved.choices.append(Choice(tax, str(excise.category), law, rate_text(rate)))
    resolved.used.add(_SETS[tax])


@cache
def _categories(name: str, day: date) -> Mapping[str, tuple[Rate, str]]:
    provisions = rule_set(name, day).provisions.values()
    return {one.name: (_rate_of(one), f"{one.law}; {one.source}") for one in provisions}


def _rate_of(provision: Provision) -> Rate:
    members = {"percent", "per_unit"}
    value = {key: one for key, one in provision.value.items() if key in members and one is not None}
    return read(Rate, value, provision.name)


def per_unit_currencies(rates: Mapping[Tax, Rate]) -> set[str]:
    """Return the currencies that amounts per unit of these rates stand in."""
    found: list[PerUnit | None] = [rate.per_unit for rate in rates.values()]
    return {rate.currency for rate in found if rate is not None}
