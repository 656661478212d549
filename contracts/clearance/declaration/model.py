"""A customs declaration, import or export: header and lines as typed values; pure.

Names are those of the WCO Data Model in this project's spelling. Amounts, quantities and
masses are exact decimals, written as strings; ordinals are integers.

Source: WCO Data Model (classes Declaration, GoodsShipment, Consignment,
GovernmentAgencyGoodsItem); Circular 39/2018/TT-BTC, Annex I, indicators of the declaration.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, TypeAlias

from contracts.clearance.declaration import kinds as k
from contracts.clearance.declaration.kinds import of
from contracts.clearance.declaration.objects import Many, Object
from contracts.origin.identifiers import LINE_LIMIT

FORMAT: Final = "tradeseal-declaration/1"
ORDINARY_FLOW: Final = "ordinary"
EXPRESS_FLOW: Final = "express_low_value"
IMPORT: Final = "import"
EXPORT: Final = "export"
LIST_LIMIT: Final = 999
CLAIMS_LIMIT: Final = 9
Date: TypeAlias = date  # fields are called date, too


@dataclass(frozen=True, slots=True)
class Party:
    """Who declares, imports, exports or acts for another.

    Attributes:
        name: As registered.
        address: In one line.
        country: ISO 3166-1.
        tax_code: In its own country; needed of the party whose country's customs is declared to.
    """

    name: str = field(metadata=of(k.WORDS))
    address: str = field(metadata=of(k.WORDS))
    country: str = field(metadata=of(k.COUNTRY))
    tax_code: str | None = field(default=None, metadata=of(k.TAX_CODE, optional=True))


@dataclass(frozen=True, slots=True)
class TransportDocument:
    """A bill of lading, air waybill or consignment note.

    Attributes:
        type: UNCL 1001, such as 705 for a bill of lading.
        number: Its number.
        issued_on: Its day.
    """

    type: str = field(metadata=of(k.DOCUMENT_TYPE))
    number: str = field(metadata=of(k.REFERENCE))
    issued_on: Date | None = field(default=None, metadata=of(k.DATE, optional=True))


@dataclass(frozen=True, slots=True)
class Transport:
    """How the goods cross the border.

    Attributes:
        mode: UNECE Recommendation 19, such as 1 for sea.
        means: Name or number of the means: vessel, flight, plate.
        departure_country: Where the goods are sent from.
        destination_country: Where they go.
        loading: UN/LOCODE of the place of loading.
        discharge: UN/LOCODE of the place of discharge.
        documents: What was issued for the carriage.
        arrives_on: Import: day of arrival. Export: day of departure.
    """

    mode: str = field(metadata=of(k.MODE))
    means: str = field(metadata=of(k.WORDS))
    departure_country: str = field(metadata=of(k.COUNTRY))
    destination_country: str = field(metadata=of(k.COUNTRY))
    loading: str = field(metadata=of(k.LOCATION))
    discharge: str = field(metadata=of(k.LOCATION))
    documents: tuple[TransportDocument, ...] = field(
        default=(), metadata=of(Many(Object(TransportDocument), LIST_LIMIT), optional=True)
    )
    arrives_on: Date | None = field(default=None, metadata=of(k.DATE, optional=True))


@dataclass(frozen=True, slots=True)
class Container:
    """A container with its seals.

    Attributes:
        number: ISO 6346, with check digit.
        size_type: ISO 6346 size and type, such as 22G1.
        seals: Numbers of its seals.
    """

    number: str = field(metadata=of(k.CONTAINER_NO))
    size_type: str | None = field(default=None, metadata=of(k.SIZE_TYPE, optional=True))
    seals: tuple[str, ...] = field(default=(), metadata=of(Many(k.SEAL, 9), optional=True))


@dataclass(frozen=True, slots=True)
class Invoice:
    """A commercial invoice.

    Attributes:
        number: Its number; lines name it.
        date: Its day.
        amount: Its total.
        currency: ISO 4217.
        incoterm: Term of delivery, Incoterms 2020.
        place: The term's named place.
    """

    number: str = field(metadata=of(k.REFERENCE))
    date: Date = field(metadata=of(k.DATE))
    amount: Decimal = field(metadata=of(k.AMOUNT))
    currency: str = field(metadata=of(k.MONEY_CODE))
    incoterm: str = field(metadata=of(k.INCOTERM))
    place: str = field(metadata=of(k.WORDS))


@dataclass(frozen=True, slots=True)
class Packages:
    """Number of packages with their Recommendation 21 type."""

    count: int = field(metadata=of(k.COUNT))
    type: str = field(metadata=of(k.PACKAGE_TYPE))


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity with its UN/ECE Recommendation 20 unit."""

    value: Decimal = field(metadata=of(k.POSITIVE))
    unit: str = field(metadata=of(k.MEASURE_UNIT))


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost beside the price that counts toward the customs value, or is taken from it.

    Attributes:
        kind: What it is.
        amount: 0 says that it was not incurred.
        currency: ISO 4217.
        evidence: The document; a zero needs one.
    """

    kind: str = field(metadata=of(k.COST_KIND))
    amount: Decimal = field(metadata=of(k.AMOUNT))
    currency: str = field(metadata=of(k.MONEY_CODE))
    evidence: str | None = field(default=None, metadata=of(k.WORDS, optional=True))


@dataclass(frozen=True, slots=True)
class Permit:
    """A licence or the result of a specialised inspection.

    Attributes:
        kind: What it is.
        number: Its number; lines name it.
        agency: Who issued it.
        valid_until: Last day of its validity.
    """

    kind: str = field(metadata=of(k.PERMIT_KIND))
    number: str = field(metadata=of(k.REFERENCE))
    agency: str = field(metadata=of(k.WORDS))
    valid_until: Date = field(metadata=of(k.DATE))


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate of origin that lines rest on.

    Attributes:
        form: Short name of the form, such as D.
        reference_no: Its number, unique in the issuing country.
        issuing_country: ISO 3166-1.
        issued_on: Its day.
        back_to_back: Whether an intermediate party issued it on another's original.
    """

    form: str = field(metadata=of(k.CERTIFICATE_FORM))
    reference_no: str = field(metadata=of(k.REFERENCE))
    issuing_country: str = field(metadata=of(k.COUNTRY))
    issued_on: Date = field(metadata=of(k.DATE))
    back_to_back: bool = field(default=False, metadata=of(k.BOOLEAN, optional=True))


@dataclass(frozen=True, slots=True)
class CertificateClaim:
    """The item of a certificate that a line rests on.

    Attributes:
        reference_no: Number of a certificate of the header.
        item: The item, from 1.
    """

    reference_no: str = field(metadata=of(k.REFERENCE))
    item: int = field(metadata=of(k.COUNT))


@dataclass(frozen=True, slots=True)
class SupportingDocument:
    """A document that comes with the declaration.

    Attributes:
        type: UNCL 1001, such as 271 for a packing list.
        number: Its number.
        sha256: SHA-256 of the file, 64 lower-case digits.
    """

    type: str = field(metadata=of(k.DOCUMENT_TYPE))
    number: str = field(metadata=of(k.REFERENCE))
    sha256: str = field(metadata=of(k.SHA256))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of goods.

    Attributes:
        number: From 1, without gaps.
        hs: Line of the tariff, 8 digits.
        description: Of the goods.
        origin_country: ISO 3166-1.
        quantity: With its unit.
        net_mass_kg: Kilograms.
        price_amount: Price paid or payable for the line.
        price_currency: ISO 4217; the invoice's.
        invoice: Number of an invoice of the header.
        preference: `ORDINARY`, `MFN`, or the agreement whose rate is claimed, such as ATIGA.
        certificates: What the claim rests on; more than one contradict each other.
        permits: Numbers of permits of the header.
        procedure: The header's where None.
    """

    number: int = field(metadata=of(k.LINE_NUMBER))
    hs: str = field(metadata=of(k.HS))
    description: str = field(metadata=of(k.WORDS))
    origin_country: str = field(metadata=of(k.COUNTRY))
    quantity: Measure = field(metadata=of(Object(Measure)))
    net_mass_kg: Decimal = field(metadata=of(k.POSITIVE))
    price_amount: Decimal = field(metadata=of(k.AMOUNT))
    price_currency: str = field(metadata=of(k.MONEY_CODE))
    invoice: str = field(metadata=of(k.REFERENCE))
    preference: str | None = field(default=None, metadata=of(k.PREFERENCE, optional=True))
    certificates: tuple[CertificateClaim, ...] = field(
        default=(), metadata=of(Many(Object(CertificateClaim), CLAIMS_LIMIT), optional=True)
    )
    permits: tuple[str, ...] = field(
        default=(), metadata=of(Many(k.REFERENCE, CLAIMS_LIMIT), optional=True)
    )
    procedure: str | None = field(default=None, metadata=of(k.PROCEDURE, optional=True))

    @property
    def certificate(self) -> CertificateClaim | None:
        """The claim that the line rests on; None without one."""
        return self.certificates[0] if self.certificates else None


@dataclass(frozen=True, slots=True)
class Declaration:
    """An import or export declaration.

    Attributes:
        format: `tradeseal-declaration/1`.
        direction: `import` or `export`.
        country: Whose customs is declared to.
        procedure: The procedure's code, such as A11.
        office: The customs office.
        declared_on: Day on which the declarant made it.
        declarant: Who declares and answers for it.
        importer: Who imports.
        exporter: Who exports.
        transport: How the goods cross the border.
        invoices: At least one.
        packages: Of the whole consignment.
        gross_mass_kg: Of the whole consignment, kilograms.
        lines: At least one.
        salt: 32 random bytes, 64 lower-case digits; keeps what is guessed from being
            confirmed by the content's hash.
        declaration_no: 12 digits, the last its amendment count; None before registration.
        agent: Who acts for the declarant.
        ucr: Unique consignment reference.
        flow: `ordinary` or `express_low_value`.
        containers: Each once.
        costs: Beside the prices.
        permits: Each once.
        certificates: Each once.
        documents: What comes with it.
    """

    format: str = field(metadata=of(k.FORMAT))
    direction: str = field(metadata=of(k.DIRECTION))
    country: str = field(metadata=of(k.COUNTRY))
    procedure: str = field(metadata=of(k.PROCEDURE))
    office: str = field(metadata=of(k.OFFICE))
    declared_on: Date = field(metadata=of(k.DATE))
    declarant: Party = field(metadata=of(Object(Party)))
    importer: Party = field(metadata=of(Object(Party)))
    exporter: Party = field(metadata=of(Object(Party)))
    transport: Transport = field(metadata=of(Object(Transport)))
    invoices: tuple[Invoice, ...] = field(metadata=of(Many(Object(Invoice), LIST_LIMIT, 1)))
    packages: Packages = field(metadata=of(Object(Packages)))
    gross_mass_kg: Decimal = field(metadata=of(k.POSITIVE))
    lines: tuple[Line, ...] = field(metadata=of(Many(Object(Line), LINE_LIMIT, 1)))
    salt: str = field(metadata=of(k.SALT))
    declaration_no: str | None = field(default=None, metadata=of(k.DECLARATION_NO, optional=True))
    agent: Party | None = field(default=None, metadata=of(Object(Party), optional=True))
    ucr: str | None = field(default=None, metadata=of(k.UCR, optional=True))
    flow: str = field(default=ORDINARY_FLOW, metadata=of(k.FLOW, optional=True))
    containers: tuple[Container, ...] = field(
        default=(), metadata=of(Many(Object(Container), LIST_LIMIT), optional=True)
    )
    costs: tuple[Cost, ...] = field(
        default=(), metadata=of(Many(Object(Cost), LIST_LIMIT), optional=True)
    )
    permits: tuple[Permit, ...] = field(
        default=(), metadata=of(Many(Object(Permit), LIST_LIMIT), optional=True)
    )
    certificates: tuple[Certificate, ...] = field(
        default=(), metadata=of(Many(Object(Certificate), LIST_LIMIT), optional=True)
    )
    documents: tuple[SupportingDocument, ...] = field(
        default=(), metadata=of(Many(Object(SupportingDocument), LIST_LIMIT), optional=True)
    )

    @property
    def is_import(self) -> bool:
        """Whether goods come in."""
        return self.direction == IMPORT

    @property
    def trader(self) -> Party:
        """The party at home, who owes the dues: importer or exporter."""
        return self.importer if self.is_import else self.exporter

    @property
    def partner(self) -> Party:
        """The party abroad."""
        return self.exporter if self.is_import else self.importer
