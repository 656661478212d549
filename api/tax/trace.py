"""How an assessment came about: each step with law, source, numbers, in Vietnamese and English.

Steps are made only when asked for: an assessment keeps every figure that they name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from api.tax.amounts import ZERO, grouped, number_text, summed
from api.tax.assessment import Assessment, LineAssessment, TaxTotal
from api.tax.charges import CUSTOMS_VALUE, TaxLine, charge_rule, charge_rules, rate_text
from api.tax.exchange import Publisher, Quotation, exchange_rule
from api.tax.model import Basis, Counterparty, Direction, Rate
from api.tax.rules import Provision, rule_set, texts
from api.tax.sources import GIVEN, Choice
from api.tax.valuation import (
    LineValue,
    Part,
    basis_weights,
    dong_text,
    valuation_rule,
    valuation_rules,
)

TIMES: Final = "\N{MULTIPLICATION SIGN}"
_Weights = Mapping[Basis, tuple[Sequence[Decimal], Decimal]]
_REFERENCE: Final = "@"
"""A figure that begins so is looked up in the language of the text."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        line: Number of the line, 0 for the whole declaration.
        name: What was done.
        law: The clause that it follows.
        source: The instrument.
        formula: The computation with its numbers, the same in every language; empty if none.
        figures: What the text names.
    """

    line: int
    name: str
    law: str
    source: str
    formula: str
    figures: Mapping[str, str]

    def text(self, language: str) -> str:
        """Explain the step in "vi" or "en"."""
        known = texts()
        shown = {
            key: known[value[1:]][language] if value.startswith(_REFERENCE) else value
            for key, value in self.figures.items()
        }
        for key, value in self.figures.items():
            if key.endswith(f"_{language}"):
                shown[key.removesuffix(f"_{language}")] = value
        said = known[self.name][language].format(**shown).strip()
        return said[:1].upper() + said[1:]


def trace(assessment: Assessment) -> tuple[Step, ...]:
    """Return every step, in the order taken."""
    return tuple(_steps(assessment))


def _steps(found: Assessment) -> Iterator[Step]:
    yield _by("day", valuation_rule("day", found.day), day=found.day.isoformat())
    for quotation in found.quotations:
        if quotation.publisher is not Publisher.HOME:
            yield _exchange(found, quotation)
    yield from _shared_costs(found)
    weights = _shared_weights(found)
    for place in range(len(found.lines)):
        yield from _line_steps(found, place, weights)
    for total in found.taxes:
        yield _tax_total(found, total)
    yield _total(found)
    if found.final_due_on is not None:
        limit = rule_set("limits", found.day).provision("provisional")
        yield _by("provisional", limit, day=found.final_due_on.isoformat())


def _by(
    name: str, provision: Provision, *, line: int = 0, formula: str = "", **figures: str
) -> Step:
    return Step(line, name, provision.law, provision.source, formula, figures)


def _exchange(found: Assessment, quotation: Quotation) -> Step:
    weekly = quotation.publisher is Publisher.VIETCOMBANK_TRANSFER_BUYING
    rule = exchange_rule("weekly" if weekly else "latest", found.day)
    return Step(
        0,
        "exchange",
        rule.law,
        quotation.source,
        f"1 {quotation.currency} = {grouped(quotation.rate)} VND",
        {
            "currency": quotation.currency,
            "publisher": f"@publisher.{quotation.publisher.value}",
            "date": quotation.date.isoformat(),
        },
    )


def _shared_costs(found: Assessment) -> Iterator[Step]:
    effects = valuation_rules(found.day).effects[found.declaration.kind.value]
    rule = valuation_rule("effects", found.day)
    shared = iter(found.lines[0].value.parts)
    for cost in found.declaration.costs:
        name, effect = f"@cost.{cost.kind.value}", effects[cost.kind.value]
        if effect not in {"add", "deduct"}:
            yield _by("cost_ignored", rule, cost=name)
            continue
        part = next(shared)
        basis = cost.basis or found.declaration.basis
        yield _by(
            "cost_whole",
            rule,
            formula=_converted(dong_text(cost.amount), part),
            cost=name,
            effect=f"@effect.{effect}",
            basis=f"@basis.{basis.value}",
        )


def _converted(amount: str, part: Part) -> str:
    return f"{amount} {TIMES} {grouped(part.rate)} = {grouped(part.whole)} VND"


def _line_steps(found: Assessment, place: int, weights: _Weights) -> Iterator[Step]:
    line = found.lines[place]
    number = line.line.number
    yield from _value_steps(found, place, weights)
    for choice in line.choices:
        yield from _rate_steps(number, choice)
    for relief in line.reliefs:
        value = relief.provision.value
        papers = ", ".join(one.reference for one in relief.claim.documents)
        yield _by(
            "relief",
            relief.provision,
            line=number,
            documents=papers or "-",
            name_vi=value["vi"],
            name_en=value["en"],
        )
    declaration = found.declaration
    at_home = declaration.kind is Direction.IMPORT and declaration.counterparty is Counterparty.EPE
    if at_home:
        law = "Decree 18/2021/NĐ-CP, Art. 1.10; Law 107/2016/QH13, Art. 2.2"
        yield Step(number, "epe_to_domestic", law, law, "", {})
    for index, tax in enumerate(line.taxes):
        yield _tax_step(found, line, index, tax)
    formula = _sum([tax.amount for tax in line.taxes], line.total)
    yield _by("line_total", charge_rule("rounding", found.day), line=number, formula=formula)


def _value_steps(found: Assessment, place: int, weights: _Weights) -> Iterator[Step]:
    line = found.lines[place]
    value, number = line.value, line.line.number
    rule = valuation_rule("price", found.day)
    price = (
        f"{dong_text(line.line.value)} {TIMES} {grouped(value.rate)} = {grouped(value.price)} VND"
    )
    yield _by("price", rule, line=number, formula=price)
    for part in value.parts:
        yield _part_step(found, place, part, weights)
    terms = valuation_rule("incoterms", found.day)
    yield _by("customs_value", terms, line=number, formula=_value_formula(value))


def _part_step(found: Assessment, place: int, part: Part, weights: _Weights) -> Step:
    number, kind = found.lines[place].line.number, part.cost.kind.value
    effects = valuation_rule("effects", found.day)
    effect = effects.value[found.declaration.kind.value][kind]
    figures = {"cost": f"@cost.{kind}", "effect": f"@effect.{effect}"}
    if part.basis is None:
        formula = _converted(dong_text(part.cost.amount), part)
        return Step(number, "part_own", effects.law, effects.source, formula, figures)
    rule = valuation_rule("apportioning", found.day)
    each, whole = weights[part.basis]
    formula = (
        f"{grouped(part.whole)} {TIMES} {grouped(each[place])} / {grouped(whole)}"
        f" = {grouped(abs(part.amount))} VND"
    )
    return Step(number, "part_shared", rule.law, rule.source, formula, figures)


def _shared_weights(found: Assessment) -> _Weights:
    lines = found.declaration.lines
    bases = {part.basis for part in found.lines[0].value.parts if part.basis is not None}
    each = {basis: basis_weights(lines, basis, "declaration") for basis in bases}
    return {basis: (weights, summed(weights)) for basis, weights in each.items()}


def _value_formula(value: LineValue) -> str:
    text = grouped(value.price)
    for part in value.parts:
        text += f" {'-' if part.amount < ZERO else '+'} {grouped(abs(part.amount))}"
    return f"{text} = {grouped(value.customs_value)} VND"


def _rate_steps(number: int, choice: Choice) -> Iterator[Step]:
    figures = {"tax": f"@tax.{choice.tax.value}", "column": choice.column}
    for reason in choice.reasons:
        law = reason.source or choice.law
        said = {"reason_vi": reason.vi, "reason_en": reason.en}
        yield Step(number, "reason", law, law, "", said)
    name = "rate" if choice.reasons else "rate_category"
    name = "rate_given" if choice.column == GIVEN else name
    yield Step(number, name, choice.law, choice.law, "", figures | {"rate": choice.shown})


def _tax_step(found: Assessment, line: LineAssessment, place: int, tax: TaxLine) -> Step:
    law = str(charge_rule("laws", found.day).value[tax.tax.value])
    source = charge_rule("order", found.day).source
    formula, figures = _tax_formula(found, line, place, tax), {"tax": f"@tax.{tax.tax.value}"}
    if tax.relief is None:
        return Step(line.line.number, "tax", law, source, formula, figures)
    names = next(one.provision.value for one in line.reliefs if one.claim.code == tax.relief)
    figures |= {"relief_vi": names["vi"], "relief_en": names["en"]}
    figures["relieved"] = grouped(tax.relieved)
    return Step(line.line.number, "tax_relieved", law, source, formula, figures)


def _tax_formula(found: Assessment, line: LineAssessment, place: int, tax: TaxLine) -> str:
    exact = tax.relieved if tax.relief is not None else tax.amount
    parts = []
    if tax.rate.percent is not None:
        names = charge_rules(found.day).bases[tax.tax]
        before = [line.value.customs_value] if CUSTOMS_VALUE in names else []
        before += [one.amount for one in line.taxes[:place] if one.tax.value in names]
        summed = " + ".join(grouped(amount) for amount in before if amount or len(before) == 1)
        base = f"({summed})" if " + " in summed else summed or "0"
        parts.append(f"{base} {TIMES} {number_text(tax.rate.percent)}%")
    if tax.rate.per_unit is not None and tax.quantity is not None:
        per_unit = rate_text(Rate(per_unit=tax.rate.per_unit))
        parts.append(f"{grouped(tax.quantity)} {TIMES} {per_unit}{_foreign(found, tax)}")
    return f"{' + '.join(parts)} = {grouped(exact)} VND"


def _foreign(found: Assessment, tax: TaxLine) -> str:
    if tax.rate.per_unit is None:
        raise AssertionError(tax)
    for quotation in found.quotations:
        same = quotation.currency == tax.rate.per_unit.currency
        if same and quotation.publisher is not Publisher.HOME:
            return f" {TIMES} {grouped(quotation.rate)}"
    return ""


def _tax_total(found: Assessment, total: TaxTotal) -> Step:
    amounts = [tax.amount for line in found.lines for tax in line.taxes if tax.tax is total.tax]
    return _by(
        "tax_total",
        charge_rule("sub_items", found.day),
        formula=_sum(amounts, total.amount),
        tax=f"@tax.{total.tax.value}",
        sub_item=total.sub_item,
    )


def _total(found: Assessment) -> Step:
    formula = _sum([tax.amount for tax in found.taxes], found.total)
    return _by("total", charge_rule("rounding", found.day), formula=formula)


_SHOWN: Final = 8
"""More terms than this are counted, not listed: nobody adds them up by eye."""


def _sum(amounts: Sequence[Decimal], whole: Decimal) -> str:
    if len(amounts) > _SHOWN:
        shown = " + ".join(grouped(amount) for amount in amounts[:_SHOWN])
        return f"{shown} + … ({len(amounts)}) = {grouped(whole)} VND"
    return f"{' + '.join(grouped(amount) for amount in amounts) or '0'} = {grouped(whole)} VND"
