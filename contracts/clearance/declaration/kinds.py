"""The kinds of values in a declaration: how each is read, written and described; pure.

Most are those of certificates of origin, so that one thing is spelt one way. Each has the
code of the finding that a wrong value gives.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from contracts.errors import FormError
from contracts.origin.form_kinds import COUNTRY as COUNTRY_CODE
from contracts.origin.form_kinds import (
    CURRENCY,
    DAY,
    FORM,
    PACKAGE,
    PORT,
    REFERENCE_NUMBER,
    TEXT,
    UNIT,
    Choice,
    Code,
    Count,
    HsCode,
    Kind,
)
from contracts.origin.identifiers import LINE_LIMIT

DECIMAL_FORM: Final = r"(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,6})?"
"""At most 15 digits and six after the point: what the tax computation takes, too."""


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal number, written as a string.

    Attributes:
        may_be_zero: Whether 0 is one; goods free of charge have a price of 0.
    """

    may_be_zero: bool

    def read(self, value: object, path: str) -> Decimal:
        """Read it."""
        number = Decimal(Code(DECIMAL_FORM, "write digits").read(value, path))
        if not number and not self.may_be_zero:
            raise FormError(path, "is zero", "write a number above zero")
        return number

    def write(self, value: Decimal) -> str:
        """Write all its digits."""
        return f"{value:f}"

    def schema(self) -> dict[str, Any]:
        """Describe it."""
        found: dict[str, Any] = {"type": "string", "pattern": f"^(?:{DECIMAL_FORM})$"}
        return found if self.may_be_zero else found | {"not": {"pattern": "^[0.]*$"}}


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def read(self, value: object, path: str) -> bool:
        """Read it."""
        if not isinstance(value, bool):
            raise FormError(path, "is neither true nor false", "write true or false")
        return value

    def write(self, value: bool) -> bool:
        """Write it as it is."""
        return value

    def schema(self) -> dict[str, Any]:
        """Describe it."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class TariffLine:
    """The eight digits of a line of the tariff, in an existing chapter, in both directions.

    Source: Circular 31/2022/TT-BTC, the nomenclature of exports and imports; six digits
    name no line of it.
    """

    def read(self, value: object, path: str) -> str:
        """Read it."""
        text = Code("[0-9]{8}", "write 8 digits without dots").read(value, path)
        return HsCode().read(text, path)

    def write(self, value: str) -> str:
        """Write it as it is."""
        return value

    def schema(self) -> dict[str, Any]:
        """Describe it."""
        return {"type": "string", "pattern": "^(?:[0-9]{8})$"}


@dataclass(frozen=True, slots=True)
class Value:
    """A value with the code of its finding.

    Attributes:
        code: Code of the finding where it is not of its kind; texts.json says it.
        kind: How it is read.
    """

    code: str
    kind: Kind

    def read(self, value: object) -> str | int | bool | date | Decimal:
        """Read it.

        Raises:
            FormError: It is not of its kind.
        """
        found: str | int | bool | date | Decimal = self.kind.read(value, "")
        return found

    def write(self, value: Any) -> str | int | bool:
        """Write it."""
        found: str | int | bool = self.kind.write(value)
        return found

    def schema(self) -> dict[str, Any]:
        """Describe it."""
        return self.kind.schema()


def choice(code: str, *values: str) -> Value:
    """Return a kind that is one of some words."""
    return Value(code, Choice(frozenset(values), "use a known one"))


def pattern(code: str, expression: str) -> Value:
    """Return a kind that is text of one pattern."""
    return Value(code, Code(expression, "write it in its form"))


WORDS: Final = Value("DECL_TEXT", TEXT)
REFERENCE: Final = Value("DECL_REFERENCE", REFERENCE_NUMBER)
COUNTRY: Final = Value("DECL_COUNTRY", COUNTRY_CODE)
LOCATION: Final = Value("DECL_LOCATION", PORT)
HS: Final = Value("DECL_HS", TariffLine())
MONEY_CODE: Final = Value("DECL_CURRENCY", CURRENCY)
MEASURE_UNIT: Final = Value("DECL_UNIT", UNIT)
PACKAGE_TYPE: Final = Value("DECL_PACKAGE", PACKAGE)
CERTIFICATE_FORM: Final = Value("DECL_CERTIFICATE_FORM", FORM)
DATE: Final = Value("DECL_DATE", DAY)
AMOUNT: Final = Value("DECL_AMOUNT", Number(may_be_zero=True))
POSITIVE: Final = Value("DECL_QUANTITY", Number(may_be_zero=False))
COUNT: Final = Value("DECL_COUNT", Count())
LINE_NUMBER: Final = Value("DECL_COUNT", Count(LINE_LIMIT))
BOOLEAN: Final = Value("DECL_BOOLEAN", Flag())
DIRECTION: Final = choice("DECL_DIRECTION", "import", "export")
FLOW: Final = choice("DECL_FLOW", "ordinary", "express_low_value")
FORMAT: Final = choice("DECL_FORMAT", "tradeseal-declaration/1")
DECLARATION_NO: Final = pattern("DECL_NUMBER", "[0-9]{12}")
PROCEDURE: Final = pattern("DECL_PROCEDURE_FORM", "[A-Z][0-9]{2}")
OFFICE: Final = pattern("DECL_OFFICE", "[0-9A-Z]{4,6}")
TAX_CODE: Final = pattern("DECL_TAX_CODE", "[0-9A-Z](?:[0-9A-Z./-]{0,33}[0-9A-Z])?")
UCR: Final = pattern("DECL_UCR", "[0-9][A-Z]{2}[A-Z0-9](?:[A-Z0-9./-]{0,30}[A-Z0-9])")
MODE: Final = pattern("DECL_TRANSPORT_MODE", "[0-9]")
DOCUMENT_TYPE: Final = pattern("DECL_DOCUMENT_TYPE", "[1-9][0-9]{0,2}")
CONTAINER_NO: Final = pattern("DECL_CONTAINER_FORM", "[A-Z]{3}[UJZ][0-9]{7}")
SIZE_TYPE: Final = pattern("DECL_SIZE_TYPE", "[0-9A-Z]{2}[0-9A-Z]{2}")
SEAL: Final = pattern("DECL_SEAL", "[A-Z0-9](?:[A-Z0-9./-]{0,33}[A-Z0-9])?")
INCOTERM: Final = choice(
    "DECL_INCOTERM",
    *("EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP"),
)
COST_KIND: Final = choice(
    "DECL_COST_KIND",
    *("freight", "insurance", "export_inland", "assists", "royalties", "selling_commission"),
    *("buying_commission", "packing", "containers", "proceeds", "inland_transport"),
    *("post_import_works", "import_taxes", "interest"),
)
PERMIT_KIND: Final = choice(
    "DECL_PERMIT_KIND",
    *("import_licence", "export_licence", "quota", "plant_quarantine", "animal_quarantine"),
    *("food_safety", "quality_inspection", "medical_device", "cultural", "chemical", "other"),
)
PREFERENCE: Final = pattern("DECL_PREFERENCE", "ORDINARY|MFN|[A-Z][A-Z0-9-]{1,19}")
SHA256: Final = pattern("DECL_SHA256", "[0-9a-f]{64}")
SALT: Final = pattern("DECL_SALT", "[0-9a-f]{64}")


def of(kind: object, *, optional: bool = False) -> Mapping[str, Any]:
    """Return the metadata of a field of this kind.

    Args:
        kind: A `Value`, `Object` or `Many`.
        optional: Whether the field may be left out; it then has a default.
    """
    return {"kind": kind, "optional": optional}
