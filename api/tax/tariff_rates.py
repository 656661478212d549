"""Rates from the tariff: duty by origin and claim, VAT by eligibility, marks of excises."""

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from api.tax.amounts import ZERO
from api.tax.charges import Tax
from api.tax.errors import TariffRefusedError, TaxError
from api.tax.model import (
    CertificateState,
    Counterparty,
    Declaration,
    Direction,
    Line,
    PerUnit,
    Preference,
    Rate,
)
from api.tax.sources import Choice, LineRates, RuleVersion
from api.tax.tariff.cells import Duty
from api.tax.tariff.rates import (
    RateChoice,
    RateQuestion,
    bears_environmental_protection,
    bears_special_consumption,
    choose_export_rate,
    choose_import_rate,
)
from api.tax.tariff.schedule import Tariff
from api.tax.tariff.vat import VatQuestion, VatTreatment, choose_vat

_KEPT: Final = 65_536
"""Answers kept: a tariff has about 11,000 lines, and most goods come from few origins."""
_NOT_SUBJECT: Final = "*"


class _Question(NamedTuple):
    """All that the answer depends on."""

    hs: str
    day: date
    export: bool
    origin: str
    agreement: str
    certificate: CertificateState | None
    direct: bool
    from_zone: bool
    alternative: Decimal | None
    treatment: str
    eligible: bool | None
    excise: bool | None


class TariffRates:
    """Answers from a tariff; the same question is answered from memory."""

    def __init__(self, tariff: Tariff) -> None:
        self._tariff = tariff
        self._answered = lru_cache(_KEPT)(self._answer)

    def rates(self, declaration: Declaration, line: Line, day: date, path: str) -> LineRates:
        """Return duty and VAT of a line on a day.

        Raises:
            TariffRefusedError: The tariff has no such line, or no rate for it.
        """
        claim = line.preference
        question = _Question(
            line.hs,
            day,
            declaration.kind is Direction.EXPORT,
            line.origin,
            "" if claim is None else claim.agreement,
            None if claim is None else claim.certificate,
            claim is not None and claim.direct_consignment,
            declaration.counterparty is Counterparty.EPE,
            line.duty_percent,
            line.vat_treatment.value,
            line.vat_reduced,
            True if line.special_consumption is not None else None,
        )
        try:
            return self._answered(question)
        except TaxError as error:
            raise TariffRefusedError(path, str(error), error.code) from error

    def versions(self, day: date) -> tuple[RuleVersion, ...]:
        """Return the decrees in force on a day, earlier before later."""
        return tuple(
            RuleVersion("tariff", version.decree, version.effective_from)
            for version in self._tariff.in_force(day)
        )

    def _answer(self, asked: _Question) -> LineRates:
        line = self._tariff.lookup(asked.hs, asked.day)
        if asked.export:
            choice = choose_export_rate(line, asked.alternative)
            rate = _rate(choice.duty)
            return LineRates({Tax.EXPORT_DUTY: rate}, (_duty(Tax.EXPORT_DUTY, choice),))
        claim = None
        if asked.certificate is not None:
            claim = Preference(asked.agreement, asked.certificate, asked.direct)
        question = RateQuestion(asked.origin, claim, asked.from_zone, asked.alternative)
        choice = choose_import_rate(line, question)
        facts = VatQuestion(VatTreatment(asked.treatment), asked.eligible, asked.excise)
        vat = choose_vat(line, facts)
        rates = {Tax.IMPORT_DUTY: _rate(choice.duty)}
        shown = _NOT_SUBJECT
        if vat.percent is not None:
            rates[Tax.VAT] = Rate(vat.percent)
            shown = f"{vat.percent:f}%"
        choices = (
            _duty(Tax.IMPORT_DUTY, choice),
            Choice(Tax.VAT, "vat", vat.decree, shown, vat.steps),
        )
        return LineRates(
            rates,
            choices,
            needs_special_consumption=bears_special_consumption(line),
            needs_environmental_protection=bears_environmental_protection(line),
        )


def _rate(duty: Duty) -> Rate:
    per_unit = PerUnit(duty.amount, duty.unit, duty.currency) if duty.unit else None
    plain = per_unit is None or duty.percent != ZERO
    return Rate(duty.percent if plain else None, per_unit)


def _duty(tax: Tax, choice: RateChoice) -> Choice:
    reasons = (*choice.steps, *choice.warnings)
    shown = f"{choice.duty}%" if choice.duty.is_ad_valorem else str(choice.duty)
    return Choice(tax, choice.column, choice.decree, shown, reasons)
