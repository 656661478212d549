"""One declared item, as a typed row; pure.

The columns are those of the public set of Korean import declarations: one item each. Codes are
strings, so that a heading keeps its leading zero; mass and price are Decimal.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from api.risk.model.errors import ItemError

_PRICE_LIMIT: Final = Decimal(10) ** 15
_MASS_LIMIT: Final = Decimal(10) ** 9
_RATE_LIMIT: Final = Decimal(1000)
_YEARS: Final = range(1990, 2101)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a declaration.

    Attributes:
        declaration_id: Identifier of the declaration, 1..40 characters.
        day: Day of registration.
        office: Customs office, as all codes here 1..12 letters and digits.
        process_type: Kind of processing.
        import_type: Kind of import.
        import_use: Use of the goods.
        payment_type: Terms of payment.
        transport: Mode of transport.
        declarant: Identifier of the declarant.
        importer: Identifier of the importer.
        seller: Identifier of the seller abroad, empty where none is declared.
        courier: Identifier of the courier, empty where none is declared.
        hs6: Subheading of the Harmonized System, six digits.
        departure: Country of departure, ISO 3166 alpha-2 (ZZ where unknown).
        origin: Country of origin, likewise.
        tax_rate: Rate of duty in percent, 0..1000.
        tax_type: Kind of the rate; preferential kinds begin with F.
        origin_indicator: How the origin is marked on the goods.
        net_mass: Net mass in kg, 0..10⁹.
        price: Price of the item in the declaration's currency, 0..10¹⁵.
        fraud: Whether a check found fraud; None where nobody has looked.
        critical: 0 no fraud, 1 fraud, 2 critical fraud; None where nobody has looked.
    """

    declaration_id: str
    day: date
    office: str
    process_type: str
    import_type: str
    import_use: str
    payment_type: str
    transport: str
    declarant: str
    importer: str
    seller: str
    courier: str
    hs6: str
    departure: str
    origin: str
    tax_rate: Decimal
    tax_type: str
    origin_indicator: str
    net_mass: Decimal
    price: Decimal
    fraud: bool | None = None
    critical: int | None = None


def goods_key(item: Item) -> str:
    """Return what two items have in common when they declare the same goods: HS6 and net mass."""
    return f"{item.hs6}|{plain(item.net_mass)}"


def plain(value: Decimal) -> str:
    """Return one text per value, whatever zeros it was written with."""
    return format(value.normalize(), "f")


_Reader = Callable[[str], object]


class _Unfit(Exception):  # noqa: N818
    """A text is not of its form; carries problem and remedy."""


def _matching(pattern: str, remedy: str) -> _Reader:
    expression = re.compile(pattern)

    def read(text: str) -> str:
        if expression.fullmatch(text) is None:
            raise _Unfit("is not of its form", remedy)
        return text

    return read


def _number(limit: Decimal, unit: str) -> _Reader:
    expression = re.compile(r"[0-9]{1,16}(\.[0-9]{1,24})?")

    def read(text: str) -> Decimal:
        if expression.fullmatch(text) is None:
            raise _Unfit("is no decimal number", f"write {unit} as 12.5, without sign or exponent")
        value = Decimal(text)
        if value > limit:
            raise _Unfit("is out of range", f"{unit} is between 0 and {limit:f}")
        return value

    return read


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError as fault:
        raise _Unfit("is no day", "write it as 2021-03-31") from fault
    if len(text) != len("2021-03-31") or found.year not in _YEARS:
        raise _Unfit("is out of range", "write it as 2021-03-31, in the years 1990 to 2100")
    return found


_CODE: Final = _matching("[A-Za-z0-9]{1,12}", "give 1 to 12 letters or digits")
_PARTY: Final = _matching("[A-Za-z0-9-]{1,40}", "give 1 to 40 letters, digits or hyphens")
_COUNTRY: Final = _matching("[A-Z]{2}", "give the ISO 3166 code in two capital letters")

_FIELDS: Final[dict[str, tuple[str, _Reader]]] = {
    "Declaration ID": ("declaration_id", _PARTY),
    "Date": ("day", _day),
    "Office ID": ("office", _CODE),
    "Process Type": ("process_type", _CODE),
    "Import Type": ("import_type", _CODE),
    "Import Use": ("import_use", _CODE),
    "Payment Type": ("payment_type", _CODE),
    "Mode of Transport": ("transport", _CODE),
    "Declarant ID": ("declarant", _PARTY),
    "Importer ID": ("importer", _PARTY),
    "Seller ID": ("seller", _PARTY),
    "Courier ID": ("courier", _PARTY),
    "HS6 Code": ("hs6", _matching("[0-9]{6}", "give six digits as text; keep a leading zero")),
    "Country of Departure": ("departure", _COUNTRY),
    "Country of Origin": ("origin", _COUNTRY),
    "Tax Rate": ("tax_rate", _number(_RATE_LIMIT, "the rate in percent")),
    "Tax Type": ("tax_type", _CODE),
    "Country of Origin Indicator": ("origin_indicator", _CODE),
    "Net Mass": ("net_mass", _number(_MASS_LIMIT, "the mass in kg")),
    "Item Price": ("price", _number(_PRICE_LIMIT, "the price")),
}
COLUMNS: Final = tuple(_FIELDS)
"""Columns that every table has."""
LABELS: Final = ("Fraud", "Critical Fraud")
"""Columns that only a table of checked declarations has."""
_OPTIONAL: Final = frozenset({"Seller ID", "Courier ID"})


def parse_item(row: Mapping[str, str], line: int) -> Item:
    """Read one row.

    Args:
        row: Text by column; the columns of `LABELS` may be absent, or empty, together.
        line: Where the row stands, for messages, from 1.

    Raises:
        ItemError: A field is missing, malformed or out of range, or the labels contradict.
    """
    members = {name: _field(row, column, line) for column, (name, _) in _FIELDS.items()}
    fraud, critical = _labels(row, line)
    return Item(**members, fraud=fraud, critical=critical)  # type: ignore[arg-type]


def _field(row: Mapping[str, str], column: str, line: int) -> object:
    text = row.get(column)
    if text is None:
        raise ItemError(line, column, "", "is missing", "give all columns in every row")
    if text == "":
        if column in _OPTIONAL:
            return ""
        raise ItemError(line, column, "", "is empty", "only seller and courier may be")
    try:
        return _FIELDS[column][1](text)
    except _Unfit as unfit:
        problem, remedy = unfit.args
        raise ItemError(line, column, text, problem, remedy) from None


def _labels(row: Mapping[str, str], line: int) -> tuple[bool | None, int | None]:
    fraud, critical = (row.get(column) or "" for column in LABELS)
    if not fraud and not critical:
        return None, None
    if fraud not in {"0", "1"}:
        raise ItemError(line, LABELS[0], fraud, "is no label", "give 0 or 1, or leave both empty")
    if critical not in {"", "0", "1", "2"}:
        raise ItemError(line, LABELS[1], critical, "is no label", "give 0, 1 or 2")
    if critical and (critical != "0") != (fraud == "1"):
        remedy = "critical fraud is fraud, and no fraud is 0 in both columns"
        raise ItemError(line, LABELS[1], critical, "contradicts Fraud", remedy)
    return fraud == "1", int(critical) if critical else int(fraud)
