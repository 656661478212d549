"""The case: what is asked, as typed values. `structure` reads and writes it as JSON."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from api.origin.determination.structure import Pattern

CASE_FORMAT: Final = "tradeseal-origin-case/1"

Format = Annotated[str, Pattern(r"tradeseal-origin-case/1", CASE_FORMAT)]
Name = Annotated[str, Pattern(r"[A-Z][A-Z0-9-]{1,19}", "the name of an agreement, such as ATIGA")]
Country = Annotated[str, Pattern(r"[A-Z]{2}", "a country code of ISO 3166-1, such as VN")]
Currency = Annotated[str, Pattern(r"[A-Z]{3}", "a currency code of ISO 4217, such as USD")]
Unit = Annotated[str, Pattern(r"[A-Z0-9]{2,3}", "a unit of UN/ECE Rec 20, such as KGM")]
HsCode = Annotated[str, Pattern(r"[0-9]{6,10}", "6 to 10 digits without points")]
HsVersion = Annotated[str, Pattern(r"[0-9]{4}", "the year of the HS version, such as 2022")]
Code = Annotated[str, Pattern(r"[a-z][a-z_-]{0,59}", "a code of lower-case letters, - and _")]
Text = Annotated[str, Pattern(r"(?!\s)[^\x00-\x1f\x7f]{1,200}", "1 to 200 characters")]


class Method(StrEnum):
    """How a regional value content is computed."""

    BUILD_DOWN = "build_down"
    BUILD_UP = "build_up"
    NET_COST = "net_cost"
    FOCUSED = "focused"


class Kind(StrEnum):
    """What a line of the bill of materials is."""

    MATERIAL = "material"
    INDIRECT = "indirect"
    RETAIL_PACKING = "retail_packing"
    TRANSPORT_PACKING = "transport_packing"
    ACCESSORY = "accessory"


class Status(StrEnum):
    """What is known of a material's origin."""

    ORIGINATING = "originating"
    PARTIAL = "partial"
    NON_ORIGINATING = "non_originating"
    UNDETERMINED = "undetermined"


class Basis(StrEnum):
    """What a material's value is."""

    CIF = "cif"
    EARLIEST_PRICE = "earliest_price"
    TRANSACTION = "transaction"


class EvidenceKind(StrEnum):
    """What an originating status rests on."""

    OWN_PRODUCTION = "own_production"
    SUPPLIER_CERTIFICATE = "supplier_certificate"


class InventoryMethod(StrEnum):
    """How fungible materials are told apart."""

    SEGREGATION = "segregation"
    AVERAGE = "average"
    FIFO = "fifo"


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
class Values:
    """The values of the good, one currency; what a rule needs and lacks, fails.

    Attributes:
        fob: Free on board: ex-factory price and other costs until shipment.
        ex_works: Ex-works price.
        net_cost: Total cost without promotion, royalties, shipping and the like.
        adjusted: Value of the good as the agreement adjusts it, for the focused method.
    """

    fob: Money | None = None
    ex_works: Money | None = None
    net_cost: Money | None = None
    adjusted: Money | None = None


@dataclass(frozen=True, slots=True)
class Good:
    """The good whose origin is asked.

    Attributes:
        wholly_obtained: The category that it is wholly obtained under, if that is claimed.
    """

    description: Text
    hs_code: HsCode
    hs_version: HsVersion
    values: Values
    wholly_obtained: Code | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a material's status rests on.

    Attributes:
        country: Where it was produced or certified.
        agreement: The agreement of the supplier's certificate.
        rvc: The content the certificate states, in percent.
    """

    kind: EvidenceKind
    reference: Text
    country: Country
    agreement: Name | None = None
    rvc: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """A line of the bill of materials.

    Attributes:
        pool: The pool of fungible materials it was taken from.
        invoiced_separately: For accessories.
    """

    description: Text
    hs_code: HsCode
    hs_version: HsVersion
    value: Money
    basis: Basis
    status: Status
    kind: Kind = Kind.MATERIAL
    evidence: Evidence | None = None
    quantity: Quantity | None = None
    pool: Code | None = None
    invoiced_separately: bool = False


@dataclass(frozen=True, slots=True)
class Costs:
    """What the producer adds."""

    labour: Money | None = None
    overhead: Money | None = None
    other: Money | None = None
    profit: Money | None = None


@dataclass(frozen=True, slots=True)
class Transit:
    """A stop on the way outside exporting and importing party."""

    country: Country
    documents: tuple[Code, ...] = ()
    entered_trade: bool = False
    operations: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class Lot:
    """What came into a pool at one time."""

    received: date
    quantity: Decimal
    value: Decimal
    originating: bool


@dataclass(frozen=True, slots=True)
class Pool:
    """A stock of fungible materials, opening balance first."""

    name: Code
    method: InventoryMethod
    lots: tuple[Lot, ...] = ()


@dataclass(frozen=True, slots=True)
class Practice:
    """What the producer has chosen for this good for its fiscal year.

    Attributes:
        ends: Last day of the fiscal year.
    """

    begins: date
    ends: date
    rvc_method: Method | None = None
    inventory_method: InventoryMethod | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked.

    Attributes:
        date: The day whose rules apply.
        operations: What was done to the materials, codes of `rules/operations.json`.
        processes: Specific processes carried out, as rules name them.
        transits: Stops on the way, in order.
        rvc_method: How a value content is computed; the agreement's first method if absent.
    """

    format: Format
    agreement: Name
    date: date
    exporting_party: Country
    importing_party: Country
    good: Good
    materials: tuple[Material, ...]
    operations: tuple[Code, ...]
    costs: Costs = Costs()
    processes: tuple[Code, ...] = ()
    transits: tuple[Transit, ...] = ()
    pools: tuple[Pool, ...] = ()
    practice: Practice | None = None
    rvc_method: Method | None = None
