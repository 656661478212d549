"""Which rate of VAT applies at import, among the alternatives of the tariff's cell, and why.

    (1) Goods that are not subject need `*` in the cell, goods of the low rate 5.
    (2) Other goods bear the standard rate, unless the cell offers the reduced one, a reduction is
        in force on the day, and the goods are eligible.
    (3) Eligibility: what the declaration says, since the decree lists products more finely than
        the tariff; else special consumption tax and the excluded headings of `vat.json` decide.
    (4) A cell with one rate leaves no choice, and a reduced rate outlives no decree.

The order of alternatives in a cell says nothing: both `10/8` and `8/10` stand in the tables.

Source: Law 48/2024/QH15, Articles 5 and 9; Decree 174/2025/ND-CP, Article 1.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from api.tax.errors import VatChoiceError
from api.tax.tariff.cells import Alternatives, Duty, Excluded
from api.tax.tariff.dated import Dated, provision
from api.tax.tariff.rates import bears_special_consumption
from api.tax.tariff.schedule import TariffLine
from api.tax.tariff.steps import Step, step

VAT: Final = "vat"
_DATA: Final = "vat"


class VatTreatment(StrEnum):
    """What the law says of goods, apart from any reduction."""

    STANDARD = "standard"
    LOW = "low"
    NOT_SUBJECT = "not_subject"


@dataclass(frozen=True, slots=True)
class VatQuestion:
    """What the goods are.

    Attributes:
        treatment: By the law's own lists.
        eligible: Whether the goods are eligible for a reduction; None if the declaration does not
            say, and the tariff decides.
        special_consumption: Whether they bear that tax; None to go by the tariff's mark.
    """

    treatment: VatTreatment = VatTreatment.STANDARD
    eligible: bool | None = None
    special_consumption: bool | None = None


@dataclass(frozen=True, slots=True)
class VatChoice:
    """The rate of VAT, and why.

    Attributes:
        percent: None if the goods are not subject.
        steps: What was considered, in order; the last one was taken.
        decree: The decree of the cell.
    """

    percent: Decimal | None
    steps: tuple[Step, ...]
    decree: str


def choose_vat(line: TariffLine, question: VatQuestion) -> VatChoice:
    """Return the rate of VAT of a line of the tariff.

    Raises:
        VatChoiceError: The cell is empty or no list of rates, lacks the rate that the goods bear,
            or has a reduced rate alone on a day without reduction.
    """
    options = _options(line)
    percent, steps = _chosen(line, question, options)
    return VatChoice(percent, steps, line.decree(VAT))


def _options(line: TariffLine) -> tuple[Decimal | None, ...]:
    value = line.cell(VAT).value
    if isinstance(value, Alternatives):
        return value.options
    if isinstance(value, Excluded):
        return (None,)
    if isinstance(value, Duty) and value.is_ad_valorem:
        return (value.percent,)
    shown = str(value)
    problem = f"{shown!r} is no rate of VAT" if shown else "the cell is empty"
    raise VatChoiceError(line.hs, VAT, problem, "import the row with its VAT, or give the rate")


def _chosen(
    line: TariffLine, question: VatQuestion, options: tuple[Decimal | None, ...]
) -> tuple[Decimal | None, tuple[Step, ...]]:
    if len(options) == 1:
        return _single(line, options[0])
    if question.treatment is VatTreatment.NOT_SUBJECT:
        return _offered(line, options, None), (_not_subject(line),)
    rule = _rate(line, question.treatment.value)
    if question.treatment is VatTreatment.LOW:
        percent = _offered(line, options, Decimal(rule.text))
        return percent, (_plain("vat-low", rule),)
    percent, reasons = _reduction(line, question, options)
    if percent is not None:
        return percent, reasons
    standard = _offered(line, options, Decimal(rule.text))
    return standard, (*reasons, _plain("vat-standard", rule))


def _reduction(
    line: TariffLine, question: VatQuestion, options: tuple[Decimal | None, ...]
) -> tuple[Decimal | None, tuple[Step, ...]]:
    """Return the reduced rate, or None and why it does not apply."""
    rule = provision(_DATA, "reduced", line.on)
    if rule is None:
        return None, (step("vat-no-reduction-in-force", VAT, taken=False, on=line.on),)
    percent = Decimal(rule.text)
    if percent not in options:
        cell = line.cell(VAT)
        return None, (step("vat-not-offered", VAT, taken=False, cell=cell, rate=rule.text),)
    if question.eligible is not None:
        code = "vat-declared-eligible" if question.eligible else "vat-declared-ineligible"
        note = step(code, VAT, taken=False)
        return (percent, (note, _reduced(rule))) if question.eligible else (None, (note,))
    left_out = _left_out(line, question)
    return (percent, (_reduced(rule),)) if left_out is None else (None, (left_out,))


def _single(line: TariffLine, option: Decimal | None) -> tuple[Decimal | None, tuple[Step, ...]]:
    if option is None:
        return None, (_not_subject(line),)
    lasting = {Decimal(_rate(line, name).text) for name in ("standard", "low")} | {Decimal(0)}
    reduction = provision(_DATA, "reduced", line.on)
    if option not in lasting and (reduction is None or option != Decimal(reduction.text)):
        problem = f"{option:f} % is no rate of VAT on {line.on}"
        raise VatChoiceError(line.hs, VAT, problem, "import the tariff of that day, or give a rate")
    decree = line.decree(VAT)
    return option, (step("vat-cell", VAT, taken=True, rate=f"{option:f}", decree=decree),)


def _left_out(line: TariffLine, question: VatQuestion) -> Step | None:
    """Return why goods are left out of the reduction, None if they are eligible."""
    bears = question.special_consumption
    if bears is None:
        bears = bears_special_consumption(line)
    by_tax = provision(_DATA, "reduction_excludes_special_consumption", line.on)
    if bears and by_tax is not None and not _covers("special_consumption_not_excluded", line):
        law = by_tax.citation
        code = "vat-excluded-special-consumption"
        return step(code, VAT, taken=False, law=law, source=law)
    groups = provision(_DATA, "reduction_excluded", line.on)
    group = _covers("reduction_excluded", line)
    if groups is not None and group:
        law = groups.citation
        return step("vat-excluded-group", VAT, taken=False, group=group, law=law, source=law)
    return None


def _covers(name: str, line: TariffLine) -> str:
    """Return the chapter or heading of a list that a code falls under, "" for none."""
    found = provision(_DATA, name, line.on)
    codes = () if found is None else found.value
    return next((code for code in codes if line.hs.startswith(code)), "")


def _offered(
    line: TariffLine, options: tuple[Decimal | None, ...], wanted: Decimal | None
) -> Decimal | None:
    if wanted not in options:
        shown = "not subject" if wanted is None else f"{wanted:f} %"
        problem = f"{str(line.cell(VAT))!r} does not offer {shown}"
        raise VatChoiceError(line.hs, VAT, problem, "correct what the goods are declared to be")
    return wanted


def _rate(line: TariffLine, name: str) -> Dated:
    found = provision(_DATA, name, line.on)
    if found is None:
        problem = f"no {name} rate of VAT is known on {line.on}"
        raise VatChoiceError(line.hs, VAT, problem, "give the line its rate of VAT")
    return found


def _not_subject(line: TariffLine) -> Step:
    return step("vat-not-subject", VAT, taken=True, law=line.decree(VAT))


def _plain(code: str, rule: Dated) -> Step:
    law = rule.citation
    return step(code, VAT, taken=True, rate=rule.text, law=law, source=law)


def _reduced(rule: Dated) -> Step:
    law = rule.citation
    until = _last_day(rule.effective_to)
    return step("vat-reduced", VAT, taken=True, rate=rule.text, until=until, law=law, source=law)


def _last_day(end: date | None) -> str:
    return "?" if end is None else (end - timedelta(days=1)).isoformat()
