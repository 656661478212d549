"""What of the bill of materials originates, in full or in part, and what has to change its code.

Source: ATIGA Art. 29, 30, 34 to 36.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from api.origin.determination.decision import Step, noted
from api.origin.determination.errors import CaseError
from api.origin.determination.exact import ZERO, amount_text, difference, share, total
from api.origin.determination.model import (
    Basis,
    Case,
    Evidence,
    EvidenceKind,
    Kind,
    Material,
    Status,
)
from api.origin.determination.rules import Rules

_PACKING: Final = frozenset({Kind.RETAIL_PACKING, Kind.ACCESSORY})
_BASES: Final = {
    Status.NON_ORIGINATING: (Basis.CIF, Basis.EARLIEST_PRICE),
    Status.UNDETERMINED: (Basis.EARLIEST_PRICE,),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A material as it counts.

    Attributes:
        number: Its place in the bill, from 1.
        originating: How much of its value counts as originating.
        non_originating: The rest, its part of VNM.
        shifts: Whether a change of classification is asked of it.
        cumulated: Whether it originates in another party.
    """

    number: int
    material: Material
    originating: Decimal
    non_originating: Decimal
    shifts: bool
    cumulated: bool


@dataclass(frozen=True, slots=True)
class Composition:
    """The bill of materials as it counts."""

    lines: tuple[Line, ...]
    steps: tuple[Step, ...]

    @property
    def originating(self) -> Decimal:
        """Value that counts as originating."""
        return total(line.originating for line in self.lines)

    @property
    def non_originating(self) -> Decimal:
        """VNM: value of the non-originating materials."""
        return total(line.non_originating for line in self.lines)

    @property
    def is_exclusive(self) -> bool:
        """Whether nothing non-originating is in the good."""
        return not any(line.shifts or line.non_originating for line in self.lines)


def compose(case: Case, rules: Rules) -> Composition:
    """Return how each material counts.

    Raises:
        CaseError: A status has no evidence, or a value another basis than its status asks for.
    """
    lines: list[Line] = []
    steps: list[Step] = []
    for number, material in enumerate(case.materials, 1):
        if material.kind is Kind.TRANSPORT_PACKING:
            steps.append(_packing_step(number, material, rules, ZERO))
            continue
        line, explained = _line(number, material, case, rules)
        lines.append(line)
        steps += explained
    composition = Composition(tuple(lines), tuple(steps))
    summary = noted(
        "materials",
        rules.provision("cumulation"),
        originating=amount_text(composition.originating),
        non_originating=amount_text(composition.non_originating),
        currency=currency_of(case),
    )
    return Composition(composition.lines, (*composition.steps, summary))


def currency_of(case: Case) -> str:
    """Return the currency of all values: that of the good's first one.

    Raises:
        CaseError: The good has no value at all.
    """
    values = case.good.values
    for money in (values.fob, values.ex_works, values.adjusted, values.net_cost):
        if money is not None:
            return money.currency
    raise CaseError("case.good.values", "is empty", "give the value that the rule rests on")


def _line(number: int, material: Material, case: Case, rules: Rules) -> tuple[Line, list[Step]]:
    value = material.value.amount
    if material.kind is Kind.INDIRECT:
        provision = rules.provision("indirect_materials")
        step = noted("indirect_materials", provision, line=str(number), value=amount_text(value))
        return Line(number, material, value, ZERO, shifts=False, cumulated=False), [step]
    _require_counted(number, material)
    counted, in_full, steps = _originating(number, material, case, rules)
    amount = ZERO if counted is None else counted
    if material.kind in _PACKING:
        steps.append(_packing_step(number, material, rules, value))
    line = Line(
        number,
        material,
        amount,
        difference(value, amount),
        shifts=not in_full and material.kind not in _PACKING,
        cumulated=counted is not None and _country(material) != case.exporting_party,
    )
    return line, steps


def _require_counted(number: int, material: Material) -> None:
    path = f"case.materials[{number - 1}]"
    if material.kind is Kind.ACCESSORY and material.invoiced_separately:
        remedy = "take it out of the bill and determine its origin by itself"
        raise CaseError(path, "is invoiced separately, so it is a good of its own", remedy)
    allowed = _BASES.get(material.status, tuple(Basis))
    if material.basis not in allowed:
        raise CaseError(
            f"{path}.basis",
            f"is {material.basis} for a material that is {material.status}",
            f"value it as {' or '.join(allowed)}",
        )


def _originating(
    number: int, material: Material, case: Case, rules: Rules
) -> tuple[Decimal | None, bool, list[Step]]:
    """Return how much of a material counts, whether it originates in full, and why.

    None where nothing of it can count.
    """
    if material.status not in {Status.ORIGINATING, Status.PARTIAL}:
        return None, False, []
    evidence = _evidence(number, material)
    provision = rules.provision("cumulation")
    if not _is_cumulable(evidence, case, rules):
        figures = {"agreement": case.agreement, "country": evidence.country}
        return None, False, [noted("not_cumulable", provision, line=str(number), **figures)]
    if material.status is Status.PARTIAL:
        return _partial(number, material, evidence, rules)
    value = material.value.amount
    figures = {"country": evidence.country, "value": amount_text(value)}
    return value, True, [noted("full_cumulation", provision, line=str(number), **figures)]


def _partial(
    number: int, material: Material, evidence: Evidence, rules: Rules
) -> tuple[Decimal, bool, list[Step]]:
    """Return what counts of a material whose certificate states a content.

    Source: ATIGA Art. 30.2: in proportion from 20 % on; from 40 % on it originates in full.
    """
    provision = rules.provision("cumulation")
    path = f"case.materials[{number - 1}]"
    if evidence.rvc is None:
        raise CaseError(f"{path}.evidence.rvc", "is missing", "state the certificate's content")
    if provision.value is None:
        remedy = f"{rules.agreement} has no partial cumulation: send it as non_originating"
        raise CaseError(f"{path}.status", "is partial", remedy)
    value = material.value.amount
    counted = counted_value(value, evidence.rvc, provision.value)
    figures = {
        "rvc": amount_text(evidence.rvc),
        "value": amount_text(value),
        "counted": amount_text(counted),
    }
    in_full = evidence.rvc >= Decimal(provision.value["ceiling"])
    return counted, in_full, [noted("partial_cumulation", provision, line=str(number), **figures)]


def counted_value(value: Decimal, rvc: Decimal, bounds: dict[str, str]) -> Decimal:
    """Return how much of a material's value counts under partial cumulation.

    Args:
        value: The material's value, >= 0.
        rvc: The content its certificate states, in percent.
        bounds: `floor`, below which nothing counts, and `ceiling`, from which all does.

    Source: ATIGA Art. 30.2.
    """
    if rvc >= Decimal(bounds["ceiling"]):
        return value
    return share(value, rvc) if rvc >= Decimal(bounds["floor"]) else ZERO


def _evidence(number: int, material: Material) -> Evidence:
    path = f"case.materials[{number - 1}].evidence"
    found = material.evidence
    if found is None:
        remedy = "name what the status rests on, or send the material as undetermined"
        raise CaseError(path, "is missing", remedy)
    certified = found.kind is EvidenceKind.SUPPLIER_CERTIFICATE
    if certified and found.agreement is None:
        raise CaseError(f"{path}.agreement", "is missing", "name the certificate's agreement")
    if material.status is Status.PARTIAL and not certified:
        remedy = "only a supplier's certificate states a content"
        raise CaseError(f"{path}.kind", f"is {found.kind}", remedy)
    return found


def _is_cumulable(evidence: Evidence, case: Case, rules: Rules) -> bool:
    if evidence.kind is EvidenceKind.OWN_PRODUCTION:
        return evidence.country == case.exporting_party
    parties = rules.provision("parties").texts()
    return evidence.agreement == case.agreement and evidence.country in parties


def _country(material: Material) -> str | None:
    return None if material.evidence is None else material.evidence.country


def _packing_step(number: int, material: Material, rules: Rules, counted: Decimal) -> Step:
    provision = rules.provision("packing_accessories")
    figures = {"kind": material.kind.value, "counted": amount_text(counted)}
    return noted("packing_accessories", provision, line=str(number), **figures)
