"""The declaration as far as taxes need it: what is declared, as typed values.

`structure` reads it from JSON and writes it back.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from api.tax.structure import Pattern

DECLARATION_FORMAT: Final = "tradeseal-tax-declaration/1"

Format = Annotated[str, Pattern(r"tradeseal-tax-declaration/1", DECLARATION_FORMAT)]
Number = Annotated[str, Pattern(r"[0-9]{11,12}", "a declaration number of 11 or 12 digits")]
Taxpayer = Annotated[
    str, Pattern(r"[0-9]{10}(?:-[0-9]{3})?|[0-9]{12}", "a tax code of 10, 10-3 or 12 digits")
]
Office = Annotated[str, Pattern(r"[0-9A-Z]{4,6}", "a customs office of 4 to 6 characters")]
Procedure = Annotated[str, Pattern(r"[A-Z][0-9]{2}", "a procedure code such as A11")]
Incoterm = Annotated[str, Pattern(r"[A-Z]{3}", "a term of delivery such as FOB")]
Country = Annotated[str, Pattern(r"[A-Z]{2}", "a country code of ISO 3166-1, such as JP")]
Currency = Annotated[str, Pattern(r"[A-Z]{3}", "a currency code of ISO 4217, such as USD")]
Unit = Annotated[str, Pattern(r"[A-Z0-9]{2,3}", "a unit of UN/ECE Rec 20, such as KGM")]
HsCode = Annotated[str, Pattern(r"[0-9]{8}", "the 8 digits of a line of the tariff")]
Code = Annotated[str, Pattern(r"[a-z][a-z0-9_]{0,59}", "a code of lower-case letters, digits, _")]
Agreement = Annotated[str, Pattern(r"[A-Z][A-Z0-9-]{1,19}", "an agreement, such as ATIGA")]
Text = Annotated[str, Pattern(r"(?!\s)[^\x00-\x1f\x7f]{1,200}", "1 to 200 characters")]


class Direction(StrEnum):
    """Which way the goods go."""

    IMPORT = "import"
    EXPORT = "export"


class Counterparty(StrEnum):
    """With whom the goods are exchanged.

    `EPE` is an export processing enterprise: abroad to the domestic market, at home to foreigners.
    """

    FOREIGN = "foreign"
    EPE = "epe"
    DOMESTIC = "domestic"


class Stage(StrEnum):
    """Whether all that decides the taxes is known."""

    FINAL = "final"
    PROVISIONAL = "provisional"


class Basis(StrEnum):
    """By what a cost of several lines is shared."""

    VALUE = "value"
    WEIGHT = "weight"
    VOLUME = "volume"
    QUANTITY = "quantity"


class CostKind(StrEnum):
    """What a cost is. `rules/valuation.json` says what it does to the value."""

    FREIGHT = "freight"
    INSURANCE = "insurance"
    EXPORT_INLAND = "export_inland"
    ASSISTS = "assists"
    ROYALTIES = "royalties"
    SELLING_COMMISSION = "selling_commission"
    BUYING_COMMISSION = "buying_commission"
    PACKING = "packing"
    CONTAINERS = "containers"
    PROCEEDS = "proceeds"
    INLAND_TRANSPORT = "inland_transport"
    POST_IMPORT_WORKS = "post_import_works"
    IMPORT_TAXES = "import_taxes"
    INTEREST = "interest"


class CertificateState(StrEnum):
    """What is known of the proof of origin.

    `PENDING` is announced and not yet there, `VERIFYING` is in doubt, `EXEMPT` needs none.
    """

    VALID = "valid"
    PENDING = "pending"
    VERIFYING = "verifying"
    REJECTED = "rejected"
    EXEMPT = "exempt"
    ABSENT = "absent"


class VatTreatment(StrEnum):
    """What the law of VAT says of goods by its own lists."""

    STANDARD = "standard"
    LOW = "low"
    NOT_SUBJECT = "not_subject"


class RemedyKind(StrEnum):
    """A duty in defence of trade."""

    SAFEGUARD = "safeguard"
    ANTI_DUMPING = "anti_dumping"
    COUNTERVAILING = "countervailing"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount >= 0 of a currency."""

    amount: Decimal
    currency: Currency


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity >= 0 of a unit."""

    value: Decimal
    unit: Unit


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost beside the price, or a part of the price that does not count.

    Attributes:
        amount: >= 0 in any currency with a rate; 0 says that it was not incurred.
        evidence: The document; a zero and every deduction need one.
        basis: By what it is shared among the lines; the declaration's if None.
    """

    kind: CostKind
    amount: Money
    evidence: Text | None = None
    basis: Basis | None = None


@dataclass(frozen=True, slots=True)
class PerUnit:
    """An amount per unit of goods, VND unless it says another currency."""

    amount: Decimal
    unit: Unit
    currency: Currency = "VND"


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate: a percentage of the base, an amount per unit, or both summed.

    Attributes:
        percent: >= 0, of the tax's base.
        per_unit: Per unit of the goods' quantity.
    """

    percent: Decimal | None = None
    per_unit: PerUnit | None = None


@dataclass(frozen=True, slots=True)
class Excise:
    """How goods stand to special consumption or environmental protection tax.

    Attributes:
        category: A category of the dated data, which has the rate.
        rate: The rate itself, with its `reference`.
        reference: Where the rate stands.
    """

    category: Code | None = None
    rate: Rate | None = None
    reference: Text | None = None


@dataclass(frozen=True, slots=True)
class Remedy:
    """A duty in defence of trade on these goods.

    Attributes:
        reference: The decision that imposes it.
    """

    kind: RemedyKind
    percent: Decimal
    reference: Text


@dataclass(frozen=True, slots=True)
class Preference:
    """A claim of a special preferential rate.

    Attributes:
        direct_consignment: Whether the goods came as the agreement's rule asks.
    """

    agreement: Agreement
    certificate: CertificateState
    direct_consignment: bool
    reference: Text | None = None


@dataclass(frozen=True, slots=True)
class GivenRates:
    """Rates given with the line, which the tariff is then not asked for.

    Attributes:
        duty: Of import or export duty.
        reference: Where they stand.
    """

    duty: Rate
    reference: Text
    vat_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document that a relief rests on."""

    kind: Code
    reference: Text


@dataclass(frozen=True, slots=True)
class Relief:
    """A claim that goods are not dutiable, exempt or under another rate.

    Attributes:
        code: A relief of `rules/reliefs.json`.
    """

    code: Code
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the declaration.

    Attributes:
        number: From 1, each once.
        value: Price paid or payable for the line, in the declaration's currency.
        net_mass_kg: Kilograms, for costs by weight and rates per kilogram.
        volume_m3: Cubic metres, for costs by volume.
        procedure: The declaration's if None.
        costs: Costs of this line alone.
        vat_reduced: Whether the goods are eligible for the reduced rate of VAT; None is not said.
        vat_treatment: What the law of VAT says of the goods, apart from any reduction.
        duty_percent: The percentage chosen where the tariff's cell has several.
        rates: Given with the line; the tariff is asked if None.
    """

    number: int
    hs: HsCode
    description: Text
    quantity: Quantity
    value: Money
    origin: Country
    net_mass_kg: Decimal | None = None
    volume_m3: Decimal | None = None
    procedure: Procedure | None = None
    preference: Preference | None = None
    costs: tuple[Cost, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    special_consumption: Excise | None = None
    environmental_protection: Excise | None = None
    vat_reduced: bool | None = None
    vat_treatment: VatTreatment = VatTreatment.STANDARD
    duty_percent: Decimal | None = None
    reliefs: tuple[Relief, ...] = ()
    rates: GivenRates | None = None


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is declared.

    Attributes:
        amendment: 0 as registered, then 1, 2, …
        registered_at: The tax point: its day decides rates and rules.
        place: The named place of the term of delivery.
        costs: Shared by all lines.
        basis: By what shared costs are shared where they say nothing else.
        released_on: Day of release, for a provisional assessment.
    """

    format: Format
    number: Number
    amendment: int
    kind: Direction
    registered_at: datetime
    taxpayer: Taxpayer
    procedure: Procedure
    incoterm: Incoterm
    place: Text
    currency: Currency
    lines: tuple[Line, ...]
    office: Office | None = None
    counterparty: Counterparty = Counterparty.FOREIGN
    stage: Stage = Stage.FINAL
    released_on: date | None = None
    basis: Basis = Basis.VALUE
    costs: tuple[Cost, ...] = ()
