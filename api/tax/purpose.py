"""Change of purpose: goods that came in without tax stay in the country, and are taxed then.

A product made of untaxed material is taxed by the material embodied in it, at the norm that was
actually used; material sold as it is, by its quantity. Value, rates and exchange rate are those of
the day of the new declaration.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Annotated, Final

from api.tax.amounts import EXACT, HUNDRED, ZERO, rounded
from api.tax.assess import tax_day
from api.tax.errors import ContradictionError, EvidenceMissingError
from api.tax.model import (
    DECLARATION_FORMAT,
    Country,
    Currency,
    Declaration,
    Direction,
    Document,
    Excise,
    GivenRates,
    HsCode,
    Line,
    Money,
    Number,
    Office,
    Quantity,
    Relief,
    Taxpayer,
    Text,
    Unit,
    VatTreatment,
)
from api.tax.rules import rule_set
from api.tax.structure import Pattern

CHANGE_FORMAT: Final = "tradeseal-change-of-purpose/1"
_PROCEDURE: Final = "A42"
_TERM: Final = "CIF"  # the value at import is CIF already: nothing is added to it
_SCRAP: Final = "scrap_within_norm"
_PAPER: Final = "settlement_report"
_FINEST: Final = Decimal("1e-9")  # what a number of the declaration can hold


@dataclass(frozen=True, slots=True)
class Norm:
    """How much of a material one unit of a product used.

    Attributes:
        quantity: In the material's unit, waste and loss within the actual norm included.
    """

    material: Text
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Product:
    """A product that stays in the country.

    Attributes:
        quantity: In the product's own unit.
    """

    code: Text
    quantity: Decimal
    norms: tuple[Norm, ...]


@dataclass(frozen=True, slots=True)
class Surplus:
    """Material or scrap that stays in the country as it is.

    Attributes:
        quantity: In the material's unit.
        imported: What was imported of it under the contract, for the limit of the relief.
        report: The settlement report that shows it; None claims no relief.
    """

    material: Text
    quantity: Decimal
    imported: Decimal
    report: Text | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """A material that came in without tax.

    Attributes:
        unit_value: Customs value of one unit, in the change's currency.
        imported_by: The declaration by which it came in.
    """

    code: Text
    hs: HsCode
    description: Text
    unit: Unit
    unit_value: Decimal
    origin: Country
    imported_by: Number
    special_consumption: Excise | None = None
    environmental_protection: Excise | None = None
    vat_reduced: bool | None = None
    vat_treatment: VatTreatment = VatTreatment.STANDARD
    rates: GivenRates | None = None


@dataclass(frozen=True, slots=True)
class ChangeOfPurpose:
    """What changes its purpose."""

    format: Annotated[str, Pattern(r"tradeseal-change-of-purpose/1", CHANGE_FORMAT)]
    number: Number
    registered_at: datetime
    taxpayer: Taxpayer
    currency: Currency
    place: Text
    materials: tuple[Material, ...]
    products: tuple[Product, ...] = ()
    surplus: tuple[Surplus, ...] = ()
    office: Office | None = None


def embodied(change: ChangeOfPurpose) -> dict[str, Decimal]:
    """Return by material what is embodied in the products, in the material's unit.

    Raises:
        ContradictionError: A norm names a material that is not listed.

    Source: Circular 38/2015/TT-BTC, Art. 21 and 55.3.
    """
    known = {material.code for material in change.materials}
    found: dict[str, Decimal] = {}
    with localcontext(EXACT):
        for place, product in enumerate(change.products):
            for index, norm in enumerate(product.norms):
                if norm.material not in known:
                    path = f"change.products[{place}].norms[{index}].material"
                    raise ContradictionError(path, f"{norm.material} is not listed", "list it")
                used = product.quantity * norm.quantity
                found[norm.material] = found.get(norm.material, ZERO) + used
    return found


def new_declaration(change: ChangeOfPurpose) -> Declaration:
    """Return the new declaration (A42) of the material, to be assessed on its own day.

    Raises:
        ContradictionError: A material is listed twice or not at all, or nothing stays.
        EvidenceMissingError: A relief is claimed without its import quantity.

    Source: Decree 08/2015/NĐ-CP, Art. 25; Circular 38/2015/TT-BTC, Art. 21 and 55.3.
    """
    codes = [material.code for material in change.materials]
    if len(set(codes)) < len(codes):
        problem = "lists a material twice"
        raise ContradictionError("change.materials", problem, "list each once")
    lines = tuple(_lines(change))
    if not lines:
        raise ContradictionError("change", "nothing changes its purpose", "name what stays")
    return Declaration(
        format=DECLARATION_FORMAT,
        number=change.number,
        amendment=0,
        kind=Direction.IMPORT,
        registered_at=change.registered_at,
        taxpayer=change.taxpayer,
        office=change.office,
        procedure=_PROCEDURE,
        incoterm=_TERM,
        place=change.place,
        currency=change.currency,
        lines=lines,
    )


def _lines(change: ChangeOfPurpose) -> Iterator[Line]:
    number, used = 0, embodied(change)
    for material in change.materials:
        if used.get(material.code):
            number += 1
            yield _line(change, number, material, used[material.code], ())
    by_code = {material.code: material for material in change.materials}
    for place, surplus in enumerate(change.surplus):
        path = f"change.surplus[{place}]"
        if surplus.material not in by_code:
            problem = f"{surplus.material} is not listed"
            raise ContradictionError(f"{path}.material", problem, "list it")
        number += 1
        reliefs = _reliefs(surplus, change, path)
        yield _line(change, number, by_code[surplus.material], surplus.quantity, reliefs)


def _line(
    change: ChangeOfPurpose,
    number: int,
    material: Material,
    quantity: Decimal,
    reliefs: tuple[Relief, ...],
) -> Line:
    with localcontext(EXACT):
        value = quantity * material.unit_value
    return Line(
        number=number,
        hs=material.hs,
        description=material.description,
        quantity=Quantity(rounded(quantity, _FINEST, "ROUND_HALF_UP"), material.unit),
        value=Money(rounded(value, _FINEST, "ROUND_HALF_UP"), change.currency),
        origin=material.origin,
        special_consumption=material.special_consumption,
        environmental_protection=material.environmental_protection,
        vat_reduced=material.vat_reduced,
        vat_treatment=material.vat_treatment,
        rates=material.rates,
        reliefs=reliefs,
    )


def _reliefs(surplus: Surplus, change: ChangeOfPurpose, path: str) -> tuple[Relief, ...]:
    if surplus.report is None:
        return ()
    if not surplus.imported:
        raise EvidenceMissingError(f"{path}.imported", _SCRAP, "the imported quantity")
    if not is_within_share(surplus, tax_day(change.registered_at)):
        return ()
    return (Relief(_SCRAP, (Document(_PAPER, surplus.report),)),)


def is_within_share(surplus: Surplus, day: date) -> bool:
    """Tell whether a surplus is within the share of the import that stays free of duty.

    Source: Decree 134/2016/NĐ-CP, Art. 10.4.
    """
    percent = Decimal(rule_set("limits", day).provision("surplus_share").value)
    with localcontext(EXACT):
        return surplus.quantity * HUNDRED <= surplus.imported * percent
