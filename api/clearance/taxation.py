"""What taxes need of a declaration: from the declared record to the tax computation's; pure.

What no declaration says (whether a certificate is accepted, whether goods bear the reduced
VAT, remedies, reliefs) is given beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from api.tax import model as tax
from api.tax.errors import MemberError
from api.tax.structure import read, write
from contracts.clearance.declaration import Cost, Declaration, DeclarationNumber, Line

WITHOUT_PREFERENCE: Final = frozenset({"MFN", "ORDINARY"})
_TEXT_LIMIT: Final = 200
"""Characters of a text that the tax computation keeps."""


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What is known of a line beside the declaration.

    Attributes:
        direct_consignment: Whether the goods came as the agreement's rule asks.
        vat_reduced: Whether they are eligible for the reduced rate; None is not said.
        vat_treatment: What the law of VAT says of them.
        duty_percent: The percentage chosen where the tariff's cell has several.
        volume_m3: Cubic metres, for costs by volume.
        remedies: Duties in defence of trade.
        special_consumption: How they stand to that tax.
        environmental_protection: How they stand to that one.
        reliefs: What is claimed.
        rates: Given with the line; the tariff is then not asked.
    """

    direct_consignment: bool = True
    vat_reduced: bool | None = None
    vat_treatment: tax.VatTreatment = tax.VatTreatment.STANDARD
    duty_percent: Decimal | None = None
    volume_m3: Decimal | None = None
    remedies: tuple[tax.Remedy, ...] = ()
    special_consumption: tax.Excise | None = None
    environmental_protection: tax.Excise | None = None
    reliefs: tuple[tax.Relief, ...] = ()
    rates: tax.GivenRates | None = None


@dataclass(frozen=True, slots=True)
class TaxContext:
    """What is known of a declaration beside it.

    Attributes:
        registered_at: The tax point, UTC.
        certificates: State of each certificate by its number; one that is not named is
            announced only, and gives no preference yet.
        lines: What is known of lines, by number.
        counterparty: With whom the goods are exchanged.
        stage: Whether all that decides the taxes is known.
        released_on: Day of release, for a provisional assessment.
        basis: By what shared costs are shared.
    """

    registered_at: datetime
    certificates: Mapping[str, tax.CertificateState]
    lines: Mapping[int, LineFacts]
    counterparty: tax.Counterparty = tax.Counterparty.FOREIGN
    stage: tax.Stage = tax.Stage.FINAL
    released_on: date | None = None
    basis: tax.Basis = tax.Basis.VALUE


def tax_declaration(declaration: Declaration, context: TaxContext) -> tax.Declaration:
    """Return what the tax computation reads of a declaration.

    Its number is the one that amendments keep, the first 11 digits, as payments and debts
    know it.

    Args:
        declaration: One that `check_declaration` finds no error in.
        context: What is known beside it.

    Raises:
        MemberError: It has no number yet, or something that the computation does not take,
            such as more lines; names the member.
        DeclarationNumberError: Its number is none.
    """
    if declaration.declaration_no is None:
        problem = "the declaration is not registered"
        raise MemberError("declaration.number", problem, "register it first")
    number = DeclarationNumber.parse(declaration.declaration_no)
    invoice = declaration.invoices[0]
    found = tax.Declaration(
        format=tax.DECLARATION_FORMAT,
        number=number.stem,
        amendment=number.amendment,
        kind=tax.Direction(declaration.direction),
        registered_at=context.registered_at,
        taxpayer=declaration.trader.tax_code or "",
        procedure=declaration.procedure,
        incoterm=invoice.incoterm,
        place=_short(invoice.place),
        currency=invoice.currency,
        lines=tuple(_line(each, context) for each in declaration.lines),
        office=declaration.office,
        counterparty=context.counterparty,
        stage=context.stage,
        released_on=context.released_on,
        basis=context.basis,
        costs=tuple(_cost(each) for each in declaration.costs),
    )
    # Read back: only what the computation's own reader takes is replayed later.
    return read(tax.Declaration, write(found), "declaration")


def _line(line: Line, context: TaxContext) -> tax.Line:
    facts = context.lines.get(line.number, LineFacts())
    found = tax.Line(
        number=line.number,
        hs=line.hs,
        description=_short(line.description),
        quantity=tax.Quantity(line.quantity.value, line.quantity.unit),
        value=tax.Money(line.price_amount, line.price_currency),
        origin=line.origin_country,
        net_mass_kg=line.net_mass_kg,
        procedure=line.procedure,
        preference=_preference(line, context, facts),
    )
    return replace(
        found,
        volume_m3=facts.volume_m3,
        remedies=facts.remedies,
        special_consumption=facts.special_consumption,
        environmental_protection=facts.environmental_protection,
        vat_reduced=facts.vat_reduced,
        vat_treatment=facts.vat_treatment,
        duty_percent=facts.duty_percent,
        reliefs=facts.reliefs,
        rates=facts.rates,
    )


def _preference(line: Line, context: TaxContext, facts: LineFacts) -> tax.Preference | None:
    if line.preference is None or line.preference in WITHOUT_PREFERENCE:
        return None
    claim = line.certificate
    if claim is None:
        state, reference = tax.CertificateState.EXEMPT, None
    else:
        reference = claim.reference_no
        state = context.certificates.get(reference, tax.CertificateState.PENDING)
    return tax.Preference(line.preference, state, facts.direct_consignment, reference)


def _cost(cost: Cost) -> tax.Cost:
    evidence = None if cost.evidence is None else _short(cost.evidence)
    return tax.Cost(tax.CostKind(cost.kind), tax.Money(cost.amount, cost.currency), evidence)


def _short(text: str) -> str:
    return text.strip()[:_TEXT_LIMIT]
