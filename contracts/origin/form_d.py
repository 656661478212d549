"""A certificate of origin Form D as typed boxes; pure.

First slice: the normal and retroactive issue. Box 4 is importing customs' and stands
on the ledger as records, not here.

Source: ATIGA, Annex 7 (Form D and overleaf notes).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Final

from contracts.origin.form_rules import expiry_date

FLAGS: Final = (
    "third_country_invoicing",
    "exhibition",
    "accumulation",
    "de_minimis",
    "back_to_back",
    "issued_retroactively",
    "partial_cumulation",
)


@dataclass(frozen=True, slots=True)
class Party:
    """Box 1 or 2: exporter or consignee."""

    name: str
    address: str
    country: str
    tax_id: str | None = None


@dataclass(frozen=True, slots=True)
class Transport:
    """Box 3: means of transport and route, as far as known."""

    departure_date: date
    means_name: str
    port_of_discharge: str
    route: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity with its UN/ECE Recommendation 20 unit."""

    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its ISO 4217 currency."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Packages:
    """Number of packages with their Recommendation 21 type."""

    count: int
    type: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """Box 10: number and date of an invoice."""

    number: str
    date: date


@dataclass(frozen=True, slots=True)
class Company:
    """Box 7: the company that invoices from a third country."""

    name: str
    country: str


@dataclass(frozen=True, slots=True)
class Item:
    """Boxes 5 to 10 of one item.

    Attributes:
        item_no: Box 5, counted from 1.
        marks_numbers: Box 6.
        packages: Box 7.
        goods_description: Box 7.
        quantity: Box 7; what claims draw from.
        hs_code: Box 7, of the importing country, 6 to 8 digits.
        origin_criterion: Box 8.
        gross_weight: Box 9.
        fob_value: Box 9, where a regional value content is claimed.
        invoice: Box 10.
        third_country_company: Box 7, where a third country invoices.
    """

    item_no: int
    marks_numbers: str
    packages: Packages
    goods_description: str
    quantity: Measure
    hs_code: str
    origin_criterion: str
    gross_weight: Measure
    invoice: Invoice
    fob_value: Money | None = None
    third_country_company: Company | None = None


@dataclass(frozen=True, slots=True)
class ExporterDeclaration:
    """Box 11."""

    produced_in: str
    exported_to: str
    place: str
    date: date
    signatory: str


@dataclass(frozen=True, slots=True)
class Certification:
    """Box 12; the electronic signature is the document's."""

    place: str
    date: date
    authority: str


@dataclass(frozen=True, slots=True)
class FormD:
    """A certificate of origin Form D.

    Attributes:
        reference_no: Number of the certificate, unique in the issuing country.
        issued_in: Issuing country.
        issuing_body: Name of the issuing authority.
        consignment: Unique consignment reference (UCR).
        exporter: Box 1.
        consignee: Box 2.
        transport: Box 3.
        items: Boxes 5 to 10.
        exporter_declaration: Box 11.
        certification: Box 12.
        flags: Box 13, the ticked ones.
    """

    reference_no: str
    issued_in: str
    issuing_body: str
    consignment: str
    exporter: Party
    consignee: Party
    transport: Transport
    items: tuple[Item, ...]
    exporter_declaration: ExporterDeclaration
    certification: Certification
    flags: frozenset[str]

    @property
    def importing_country(self) -> str:
        """The country whose customs may accept claims."""
        return self.consignee.country

    @property
    def issued_at(self) -> int:
        """Start of the day of certification, seconds; days begin at UTC+09:00."""
        return _seconds(self.certification.date)

    @property
    def expires_at(self) -> int:
        """First second after the certificate's validity."""
        return _seconds(expiry_date(self.certification.date))


def _seconds(day: date) -> int:
    # The easternmost time of the parties: a day that has begun anywhere has begun.
    zone = timezone(timedelta(hours=9))
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
