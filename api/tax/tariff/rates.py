"""Which rate of duty applies to a line: ordinary, MFN or a special preferential one, and why.

    (1) Without a claim: MFN where the origin has that treatment, else ordinary.
    (2) A claim names an agreement. Its column is taken if, in this order, the proof of origin
        stands, the goods came directly, the agreement binds the origin on the day, and the cell
        gives that origin a rate.
    (3) What fails falls back to (1), with the reason. A proof that is late leaves the rate that
        would apply in `pending`: the difference is settled when it is shown.
    (4) A preference is a benefit that is claimed, never imposed: where the claimed column is dearer
        than (1), the rate of (1) is taken. Another agreement's column is never taken by itself,
        however cheap; a warning names the cheapest that the origin could claim.

Source: Law 107/2016/QH13, Article 5.3; Decree 26/2023/ND-CP.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from api.tax.errors import RateUnavailableError
from api.tax.model import CertificateState, Preference
from api.tax.tariff.cells import Cell, Duty, Empty, Excluded, FactorOfMfn
from api.tax.tariff.columns import Column, column_of_agreement, preferences
from api.tax.tariff.computable import computable_duty
from api.tax.tariff.dated import provision
from api.tax.tariff.schedule import TariffLine
from api.tax.tariff.steps import Step, step

ORDINARY: Final = "nktt"
MFN: Final = "nkud"
EXPORT: Final = "xk"
_HUNDRED: Final = Decimal(100)
_TREATMENTS: Final = ("mfn_members", "mfn_bilateral", "mfn_bilateral_unverified")
_USABLE: Final = {CertificateState.VALID, CertificateState.EXEMPT}


@dataclass(frozen=True, slots=True)
class RateQuestion:
    """What decides beside the line of the tariff.

    Attributes:
        origin: Country of origin, ISO 3166-1 alpha-2; empty if it is not determined.
        preference: The claim, with the state of its proof of origin; None if none is made.
        domestic_zone: Whether the goods come from a non-tariff zone of Viet Nam.
        alternative: The percentage chosen where the cell has several.
    """

    origin: str
    preference: Preference | None = None
    domestic_zone: bool = False
    alternative: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RateChoice:
    """The rate that applies, and why.

    Attributes:
        column: The column it comes from.
        duty: The rate.
        decree: The decree of the cell.
        steps: What was considered, in order; the last one was taken.
        warnings: What the declarant may want to know; nothing follows from it.
        pending: The rate once a late proof of origin is shown; None unless one is announced.
    """

    column: str
    duty: Duty
    decree: str
    steps: tuple[Step, ...]
    warnings: tuple[Step, ...] = ()
    pending: Duty | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """A rate, or why there is none."""

    duty: Duty | None
    reason: Step


def choose_import_rate(line: TariffLine, question: RateQuestion) -> RateChoice:
    """Return the rate of import duty of a line of the tariff.

    Raises:
        RateUnavailableError: The claim names no agreement of the tariff, the cell refers elsewhere
            or leaves a choice that the question does not make, or there is no MFN rate to fall
            back to.
    """
    preference = question.preference
    if preference is None:
        return _choose_base(line, question, ())
    column = column_of_agreement(preference.agreement)
    if column is None:
        known = ", ".join(found.agreement for found in preferences())
        problem = f"the tariff has no column of {preference.agreement}"
        raise RateUnavailableError(line.hs, "preference", problem, f"claim one of {known}")
    if (refusal := _claim_refusal(preference, column)) is not None:
        choice = _choose_base(line, question, (refusal,), column)
        if preference.certificate is not CertificateState.PENDING:
            return choice
        return _with_pending(choice, line, question, column)
    found = _preferential(line, question, column)
    if found.duty is None:
        return _choose_base(line, question, (found.reason,), column)
    return _choose_lower(line, question, column, found.duty, found.reason)


def choose_export_rate(line: TariffLine, alternative: Decimal | None = None) -> RateChoice:
    """Return the rate of export duty; 0 where the export tariff does not list the goods.

    Args:
        line: The line of the tariff.
        alternative: The percentage chosen where the cell has several.

    Raises:
        RateUnavailableError: The cell refers elsewhere or leaves a choice that is not made.
    """
    cell = line.cell(EXPORT)
    if isinstance(cell.value, Empty | Excluded):
        reason = step("export-unlisted", EXPORT, taken=True, hs=line.hs)
        return RateChoice(EXPORT, Duty(), line.decree(EXPORT), (reason,))
    duty = computable_duty(line, EXPORT, cell, alternative)
    reason = step("export", EXPORT, taken=True, rate=_shown(duty), decree=line.decree(EXPORT))
    return RateChoice(EXPORT, duty, line.decree(EXPORT), (reason,))


def bears_special_consumption(line: TariffLine) -> bool:
    """Tell whether the tariff marks the goods for special consumption tax."""
    return not isinstance(line.cell("ttdb").value, Empty | Excluded)


def bears_environmental_protection(line: TariffLine) -> bool:
    """Tell whether the tariff marks the goods for environmental protection tax."""
    return not isinstance(line.cell("bvmt").value, Empty | Excluded)


def has_mfn_treatment(origin: str, on: date) -> bool:
    """Tell whether goods of an origin have most-favoured-nation treatment on a day."""
    return _mfn_citation(origin, on) is not None


# (1) without a preference, or when it fails


def _choose_base(
    line: TariffLine,
    question: RateQuestion,
    before: tuple[Step, ...],
    claimed: Column | None = None,
) -> RateChoice:
    column, found = _base(line, question)
    if found.duty is None:
        raise AssertionError(found)
    return RateChoice(
        column=column,
        duty=found.duty,
        decree=line.decree(column),
        steps=(*before, found.reason),
        warnings=_cheaper(line, question, found.duty, claimed),
    )


def _base(line: TariffLine, question: RateQuestion) -> tuple[str, _Found]:
    citation = _mfn_citation(question.origin, line.on)
    if citation is not None:
        duty = computable_duty(line, MFN, line.cell(MFN), question.alternative)
        reason = _reason("mfn", MFN, line, question, rate=_shown(duty), source=citation)
        return MFN, _Found(duty, reason)
    return ORDINARY, _ordinary(line, question)


def _ordinary(line: TariffLine, question: RateQuestion) -> _Found:
    """Return the ordinary rate: as listed, else a part of the MFN rate by law."""
    value = line.cell(ORDINARY).value
    source = ""
    if isinstance(value, FactorOfMfn):
        factor = value.percent
    elif isinstance(value, Empty):
        by_law = provision("treatment", "ordinary_factor", line.on)
        if by_law is None:
            problem = f"no ordinary rate is listed, and no factor is in force on {line.on}"
            raise RateUnavailableError(line.hs, ORDINARY, problem, "give the line its rate")
        factor, source = Decimal(by_law.text), by_law.citation
    else:
        duty = computable_duty(line, ORDINARY, line.cell(ORDINARY), question.alternative)
        reason = _reason("ordinary-listed", ORDINARY, line, question, rate=_shown(duty))
        return _Found(duty, reason)
    mfn = computable_duty(line, MFN, line.cell(MFN), question.alternative)
    duty = mfn.times(factor / _HUNDRED)
    reason = _reason(
        "ordinary-factor",
        ORDINARY,
        line,
        question,
        factor=f"{factor:f}",
        mfn=_shown(mfn),
        rate=_shown(duty),
        source=source,
    )
    return _Found(duty, reason)


def _mfn_citation(origin: str, on: date) -> str | None:
    for name in _TREATMENTS:
        found = provision("treatment", name, on)
        if found is not None and origin in found.value:
            return found.citation
    return None


# (2) what the claim leads to


def _claim_refusal(preference: Preference, column: Column) -> Step | None:
    """Return why a claim fails before the tariff is asked, None if it does not."""
    if preference.certificate not in _USABLE:
        code = f"certificate-{preference.certificate.value}"
        return step(code, column.name, taken=False, agreement=column.agreement)
    if not preference.direct_consignment:
        return step("indirect", column.name, taken=False, agreement=column.agreement)
    return None


def _preferential(line: TariffLine, question: RateQuestion, column: Column) -> _Found:
    """Return what a column gives to the origin."""
    duty, code, party = _evaluated(line, question, column)
    if duty is None:
        return _refused(code, line, question, column)
    members = column.members(line.on)
    reason = _reason(
        code,
        column.name,
        line,
        question,
        agreement=column.agreement,
        party=party,
        rate=_shown(duty),
        source="" if members is None else members.citation,
    )
    return _Found(duty, reason)


def _evaluated(
    line: TariffLine, question: RateQuestion, column: Column
) -> tuple[Duty | None, str, str]:
    """Return the rate if there is one, the code of the reason, and the party of an override."""
    members = column.members(line.on)
    if members is None:
        return None, "agreement-not-in-force", ""
    if question.origin not in members.value and not _from_domestic_zone(line, question):
        return None, "not-a-party", ""
    cell = line.cell(column.name)
    if question.origin in cell.exclusions:
        return None, "origin-excluded", ""
    party = _party(cell, column, question.origin, line.on)
    value = cell.value if not party else cell.party_overrides[party]
    if isinstance(value, Excluded | Empty):
        return None, "no-preference", party
    duty = computable_duty(line, column.name, Cell(value), question.alternative)
    return duty, "preference-party" if party else "preference", party


def _party(cell: Cell, column: Column, origin: str, on: date) -> str:
    """Return the letters of the override that the origin falls under, "" for none."""
    named = (found.party for found in cell.overrides)
    return next((party for party in named if origin in column.party_countries(party, on)), "")


def _from_domestic_zone(line: TariffLine, question: RateQuestion) -> bool:
    if not question.domestic_zone:
        return False
    found = provision("treatment", "domestic_zone", line.on)
    return found is not None and question.origin in found.value


def _refused(code: str, line: TariffLine, question: RateQuestion, column: Column) -> _Found:
    reason = step(
        code,
        column.name,
        taken=False,
        agreement=column.agreement,
        origin=question.origin or "?",
        on=line.on,
        hs=line.hs,
        cell=line.cell(column.name),
    )
    return _Found(None, reason)


# (3) late proofs, (4) the lower rate


def _with_pending(
    choice: RateChoice, line: TariffLine, question: RateQuestion, column: Column
) -> RateChoice:
    found = _preferential(line, question, column)
    if found.duty is None or found.duty.is_above(choice.duty):
        return choice
    return RateChoice(
        choice.column, choice.duty, choice.decree, choice.steps, choice.warnings, found.duty
    )


def _choose_lower(
    line: TariffLine, question: RateQuestion, column: Column, duty: Duty, reason: Step
) -> RateChoice:
    """Return the claimed rate, or the one without claim where that is lower."""
    figures = {"agreement": column.agreement, "rate": _shown(duty)}
    notes: tuple[Step, ...] = ()
    try:
        base = _choose_base(line, question, (), column)
    except RateUnavailableError:
        base = None  # nothing to compare with: the claimed column alone has a rate
    if base is not None:
        above = duty.is_above(base.duty)
        if above:
            dearer = step("dearer", column.name, taken=False, base=_shown(base.duty), **figures)
            steps = (dearer, *base.steps)
            return RateChoice(base.column, base.duty, base.decree, steps, base.warnings)
        if above is None:
            code, shown = "incomparable", _shown(base.duty)
            notes = (step(code, column.name, taken=True, base=shown, **figures),)
    warnings = (*notes, *_cheaper(line, question, duty, column))
    return RateChoice(column.name, duty, line.decree(column.name), (reason,), warnings)


def _cheaper(
    line: TariffLine, question: RateQuestion, chosen: Duty, claimed: Column | None
) -> tuple[Step, ...]:
    """Return a warning about the cheapest column that the origin could claim, if one is lower."""
    best: tuple[Column, Duty] | None = None
    lowest = chosen
    for column in preferences():
        if column is claimed:
            continue
        try:
            duty, _, _ = _evaluated(line, question, column)
        except RateUnavailableError:
            continue  # a cell that refers elsewhere is no offer
        if duty is not None and lowest.is_above(duty):
            best, lowest = (column, duty), duty
    if best is None:
        return ()
    column, duty = best
    figures = {"agreement": column.agreement, "rate": _shown(duty), "origin": question.origin}
    return (step("cheaper", column.name, taken=False, **figures),)


def _reason(
    code: str,
    column: str,
    line: TariffLine,
    question: RateQuestion,
    *,
    source: str = "",
    **figures: object,
) -> Step:
    origin, decree = question.origin or "?", line.decree(column) or source
    values = {"origin": origin, "decree": decree, **figures}
    return step(code, column, taken=True, source=source, **values)


def _shown(duty: Duty) -> str:
    return f"{duty} %" if duty.is_ad_valorem else str(duty)
