"""A certificate of origin as typed boxes; pure.

One record for all forms: the thirteen boxes of Form D, and the boxes that other forms
have beside them. Which form needs and allows which is data (`contracts.origin.rules`).
Box 4 is importing customs' and stands on the ledger as records, not here.

Source: ATIGA, Annex 7 (Form D and overleaf notes); RCEP, certificate of origin; CPTPP,
Annex 3-B; EVFTA, Protocol 1 (movement certificate EUR.1).
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Final, TypeAlias

from contracts.origin.form_kinds import (
    CERTIFIER,
    COUNT,
    COUNTRY,
    CURRENCY,
    DAY,
    FORM,
    HS_CODE,
    LINE,
    PACKAGE,
    PORT,
    QUANTITY,
    REFERENCE_NUMBER,
    TEXT,
    UNIT,
    of,
)
from contracts.origin.form_objects import Flags, Many, Object
from contracts.origin.form_rules import expiry_date
from contracts.origin.rules import form_rules

Date: TypeAlias = date  # fields are called date, too
FLAGS: Final = (
    "third_country_invoicing",
    "exhibition",
    "accumulation",
    "de_minimis",
    "back_to_back",
    "issued_retroactively",
    "partial_cumulation",
)
ITEMS_LIMIT: Final = 999
# What the contract of origin accepts at most, seconds of a leap year.
LEDGER_VALIDITY_SECONDS: Final = 366 * 86_400
_LINES_LIMIT: Final = 99
_INVOICES_LIMIT: Final = 99


@dataclass(frozen=True, slots=True)
class Party:
    """Box 1 or 2, or the producer's: who sends, receives or makes the goods."""

    name: str = field(metadata=of(TEXT))
    address: str = field(metadata=of(TEXT))
    country: str = field(metadata=of(COUNTRY))
    tax_id: str | None = field(default=None, metadata=of(TEXT))


@dataclass(frozen=True, slots=True)
class Transport:
    """Box 3: means of transport and route, as far as known."""

    departure_date: Date = field(metadata=of(DAY))
    means_name: str = field(metadata=of(TEXT))
    port_of_discharge: str = field(metadata=of(PORT))
    route: str = field(metadata=of(TEXT))


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity with its UN/ECE Recommendation 20 unit."""

    value: Decimal = field(metadata=of(QUANTITY))
    unit: str = field(metadata=of(UNIT))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its ISO 4217 currency."""

    amount: Decimal = field(metadata=of(QUANTITY))
    currency: str = field(metadata=of(CURRENCY))


@dataclass(frozen=True, slots=True)
class Packages:
    """Number of packages with their Recommendation 21 type."""

    count: int = field(metadata=of(COUNT))
    type: str = field(metadata=of(PACKAGE))


@dataclass(frozen=True, slots=True)
class Invoice:
    """Box 10: number and date of an invoice."""

    number: str = field(metadata=of(TEXT))
    date: Date = field(metadata=of(DAY))


@dataclass(frozen=True, slots=True)
class Company:
    """Box 7: the company that invoices from a third country."""

    name: str = field(metadata=of(TEXT))
    country: str = field(metadata=of(COUNTRY))


@dataclass(frozen=True, slots=True)
class ExportLine:
    """A line of an export declaration, and how much of it an item certifies.

    Attributes:
        declaration_no: Number of the export declaration.
        line: The line, from 1.
        quantity: The part of the line, in the item's unit.
    """

    declaration_no: str = field(metadata=of(REFERENCE_NUMBER))
    line: int = field(metadata=of(LINE))
    quantity: Decimal = field(metadata=of(QUANTITY))


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
        origin_criterion: Box 8; None on forms without this box.
        gross_weight: Box 9; None where another quantity is given.
        invoice: Box 10.
        fob_value: Box 9, where the agreement asks for it.
        third_country_company: Box 7, where a third country invoices.
        other_quantity: Box 9, instead of or beside the gross weight.
        ex_works_value: Ex-works price, under agreements that count on it.
        net_cost_value: Net cost, under agreements that count on it.
        origin_country: Country of origin, where the form asks for it by item.
        further_invoices: Box 10, where goods of one item stand on several.
        export_lines: The lines of export declarations that the item certifies.
    """

    item_no: int = field(metadata=of(COUNT))
    marks_numbers: str = field(metadata=of(TEXT))
    packages: Packages = field(metadata=of(Object(Packages)))
    goods_description: str = field(metadata=of(TEXT))
    quantity: Measure = field(metadata=of(Object(Measure)))
    hs_code: str = field(metadata=of(HS_CODE))
    origin_criterion: str | None = field(metadata=of(TEXT, optional=True))
    gross_weight: Measure | None = field(metadata=of(Object(Measure), optional=True))
    invoice: Invoice = field(metadata=of(Object(Invoice)))
    fob_value: Money | None = field(default=None, metadata=of(Object(Money)))
    third_country_company: Company | None = field(default=None, metadata=of(Object(Company)))
    other_quantity: Measure | None = field(default=None, metadata=of(Object(Measure)))
    ex_works_value: Money | None = field(default=None, metadata=of(Object(Money)))
    net_cost_value: Money | None = field(default=None, metadata=of(Object(Money)))
    origin_country: str | None = field(default=None, metadata=of(COUNTRY))
    further_invoices: tuple[Invoice, ...] = field(
        default=(), metadata=of(Many(Object(Invoice), _INVOICES_LIMIT))
    )
    export_lines: tuple[ExportLine, ...] = field(
        default=(), metadata=of(Many(Object(ExportLine), _LINES_LIMIT))
    )


@dataclass(frozen=True, slots=True)
class ExporterDeclaration:
    """Box 11: what the exporter declares."""

    produced_in: str = field(metadata=of(COUNTRY))
    exported_to: str = field(metadata=of(COUNTRY))
    place: str = field(metadata=of(TEXT))
    date: Date = field(metadata=of(DAY))
    signatory: str = field(metadata=of(TEXT))


@dataclass(frozen=True, slots=True)
class Certification:
    """Box 12; the electronic signature is the document's.

    Attributes:
        place: Where it was certified.
        date: When.
        authority: Name of the authority, or of the exporter, producer or importer
            that certifies by itself.
        certified_by: `exporter`, `producer` or `importer`; None for an authority.
        exporter_code: Registration of a certified, approved or registered exporter.
    """

    place: str = field(metadata=of(TEXT))
    date: Date = field(metadata=of(DAY))
    authority: str = field(metadata=of(TEXT))
    certified_by: str | None = field(default=None, metadata=of(CERTIFIER))
    exporter_code: str | None = field(default=None, metadata=of(REFERENCE_NUMBER))


@dataclass(frozen=True, slots=True)
class Parent:
    """The certificate on which a back-to-back certificate draws.

    Attributes:
        issued_in: Country that issued it.
        reference_no: Its number.
        issued: Its day of issue.
        expiry: First day on which it is no longer valid.
    """

    issued_in: str = field(metadata=of(COUNTRY))
    reference_no: str = field(metadata=of(REFERENCE_NUMBER))
    issued: Date = field(metadata=of(DAY))
    expiry: Date = field(metadata=of(DAY))


@dataclass(frozen=True, slots=True)
class Exhibition:
    """Where goods were shown before they were sold."""

    name: str = field(metadata=of(TEXT))
    address: str = field(metadata=of(TEXT))
    country: str = field(metadata=of(COUNTRY))


@dataclass(frozen=True, slots=True)
class ExportDocument:
    """Box 11 of a movement certificate EUR.1: customs' endorsement."""

    form: str = field(metadata=of(TEXT))
    number: str = field(metadata=of(REFERENCE_NUMBER))
    office: str = field(metadata=of(TEXT))
    date: Date = field(metadata=of(DAY))


@dataclass(frozen=True, slots=True)
class BlanketPeriod:
    """The days for which one certification covers several shipments."""

    first: Date = field(metadata=of(DAY))
    last: Date = field(metadata=of(DAY))


@dataclass(frozen=True, slots=True)
class CertificateForm:
    """A certificate of origin of any form.

    Attributes:
        reference_no: Number of the certificate, unique in the issuing country.
        issued_in: Issuing country.
        issuing_body: Name of the issuing authority.
        consignment: Unique consignment reference (UCR).
        exporter: Box 1.
        consignee: Box 2.
        transport: Box 3; None where the form does without.
        items: Boxes 5 to 10.
        exporter_declaration: Box 11; None where the form does without.
        certification: Box 12.
        flags: Box 13, the ticked ones.
        form: Short name of the form, at most 8 characters.
        producer: Who made the goods, on forms that ask.
        parent: The certificate a back-to-back certificate draws on.
        exhibition: Where the goods were shown, if they were.
        replaces: Number of the certificate that this one supersedes.
        certified_copy: Day on which this certified true copy was made; all else is
            the original's, its number and date too.
        remarks: Box 7 of a EUR.1, box 14 of a Form RCEP.
        export_document: Box 11 of a EUR.1.
        blanket_period: For what days a CPTPP certification counts.
    """

    reference_no: str = field(metadata=of(REFERENCE_NUMBER))
    issued_in: str = field(metadata=of(COUNTRY))
    issuing_body: str = field(metadata=of(TEXT))
    consignment: str = field(metadata=of(REFERENCE_NUMBER))
    exporter: Party = field(metadata=of(Object(Party)))
    consignee: Party = field(metadata=of(Object(Party)))
    transport: Transport | None = field(metadata=of(Object(Transport), optional=True))
    items: tuple[Item, ...] = field(metadata=of(Many(Object(Item), ITEMS_LIMIT)))
    exporter_declaration: ExporterDeclaration | None = field(
        metadata=of(Object(ExporterDeclaration), optional=True)
    )
    certification: Certification = field(metadata=of(Object(Certification)))
    flags: frozenset[str] = field(metadata=of(Flags(FLAGS)))
    form: str = field(default="D", metadata=of(FORM))
    producer: Party | None = field(default=None, metadata=of(Object(Party)))
    parent: Parent | None = field(default=None, metadata=of(Object(Parent)))
    exhibition: Exhibition | None = field(default=None, metadata=of(Object(Exhibition)))
    replaces: str | None = field(default=None, metadata=of(REFERENCE_NUMBER))
    certified_copy: Date | None = field(default=None, metadata=of(DAY))
    remarks: str | None = field(default=None, metadata=of(TEXT))
    export_document: ExportDocument | None = field(
        default=None, metadata=of(Object(ExportDocument))
    )
    blanket_period: BlanketPeriod | None = field(default=None, metadata=of(Object(BlanketPeriod)))

    @property
    def importing_country(self) -> str:
        """The country whose customs may accept claims."""
        return self.consignee.country

    @property
    def origin_country(self) -> str:
        """Where the goods were produced: on a back-to-back certificate, not its issuer's."""
        declaration = self.exporter_declaration
        return self.issued_in if declaration is None else declaration.produced_in

    @property
    def issued_at(self) -> int:
        """Start of the day of certification, seconds, in the easternmost party's time."""
        return self._seconds(self.certification.date)

    @property
    def expires_at(self) -> int:
        """First second after the certificate's validity, which no parent's ends before.

        A form without an end of its own is claimed on the ledger for a year, too.
        """
        return min(self._seconds(self.expiry), self.issued_at + LEDGER_VALIDITY_SECONDS)

    @property
    def expiry(self) -> date:
        """First day on which the certificate is no longer valid."""
        own = expiry_date(self.form, self.certification.date)
        return own if self.parent is None else min(own, self.parent.expiry)

    def _seconds(self, day: date) -> int:
        # The easternmost time of the parties: a day that has begun anywhere has begun.
        hours = form_rules(self.form, self.certification.date).issue_day_begins_utc_hours
        zone = timezone(timedelta(hours=hours))
        return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
