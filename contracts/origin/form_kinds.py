"""The kinds of values in a certificate: how each is read, written and described; pure.

One description serves the parser, the JSON Schema and the XML schema, so that they
cannot disagree.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol

from contracts.errors import FormError
from contracts.origin.form_letters import describe_foreign_letter
from contracts.origin.identifiers import LINE_LIMIT, REFERENCE, REFERENCE_REMEDY
from contracts.origin.rules import known_forms
from contracts.origin.rules.codes import countries, currencies, units

TEXT_LIMIT: Final = 4_000
_COUNT_LIMIT: Final = 999_999_999
_LAST_YEAR: Final = 2_999
"""Periods are counted from every day, and must not end after the last one that there is."""
_CHAPTERS: Final = frozenset(range(1, 98)) - {77}
_NONCHARACTERS: Final = 0xFFFE
_UNSEEN: Final = frozenset("\u00ad\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
                           "\u2066\u2067\u2068\u2069")  # fmt: skip
"""Marks that reorder or hide text; the joiners of Asian scripts are not among them."""


class Kind(Protocol):
    """One kind of value."""

    def read(self, value: object, path: str) -> Any:
        """Return the typed value.

        Raises:
            FormError: It is not of this kind; the error names the path.
        """
        ...

    def write(self, value: Any) -> Any:
        """Return the value in its JSON form."""
        ...

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema; it refuses nothing that `read` takes."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """Words for people: not blank, NFC, on one line."""

    def read(self, value: object, path: str) -> str:
        """Read it."""
        text = _string(value, path)
        if not text.strip() or len(text) > TEXT_LIMIT:
            raise FormError(
                path, f"has {len(text)} characters", f"write 1 to {TEXT_LIMIT}, not all blank"
            )
        if text.isascii() and text.isprintable():
            return text
        if not unicodedata.is_normalized("NFC", text):
            raise FormError(path, "is not in normal form C", "normalise the text to NFC")
        for position, letter in enumerate(text, 1):
            if _is_control(letter):
                raise FormError(
                    path,
                    f"holds control character U+{ord(letter):04X} at position {position}",
                    "write plain text on one line",
                )
        return text

    def write(self, value: str) -> str:
        """Write it as it is."""
        return value

    def schema(self) -> dict[str, Any]:
        """Describe it."""
        return {"type": "string", "minLength": 1, "maxLength": TEXT_LIMIT, "pattern": r"\S"}


@dataclass(frozen=True, slots=True)
class Code:
    """Text of one pattern, all ASCII.

    Attributes:
        pattern: What the whole text matches; portable to JSON Schema and XML Schema.
        remedy: What to do where it does not.
    """

    pattern: str
    remedy: str

    def read(self, value: object, path: str) -> str:
        """Read it."""
        text = _string(value, path)
        if foreign := describe_foreign_letter(text):
            raise FormError(path, foreign, self.remedy)
        if not re.fullmatch(self.pattern, text):
            raise FormError(path, f"{text[:40]!r} has another form", self.remedy)
        return text

    def write(self, value: str) -> str:
        """Write it as it is."""
        return value

    def schema(self) -> dict[str, Any]:
        """Describe it."""
        return {"type": "string", "pattern": f"^(?:{self.pattern})$"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a list of codes.

    Attributes:
        values: The codes.
        remedy: What to do with another.
    """

    values: frozenset[str]
    remedy: str

    def read(self, value: object, path: str) -> str:
        """Read it."""
        text = _string(value, path)
        if text not in self.values:
            problem = describe_foreign_letter(text) or f"{text[:40]!r} is unknown"
            raise FormError(path, problem, self.remedy)
        return text

    def write(self, value: str) -> str:
        """Write it as it is."""
        return value

    def schema(self) -> dict[str, Any]:
        """Describe it."""
        return {"type": "string", "enum": sorted(self.values)}


@dataclass(frozen=True, slots=True)
class HsCode:
    """An HS code of 6 or 8 digits in an existing chapter."""

    def read(self, value: object, path: str) -> str:
        """Read it."""
        text = Code("[0-9]{6}(?:[0-9]{2})?", "write 6 or 8 digits without dots").read(value, path)
        if int(text[:2]) not in _CHAPTERS:
            raise FormError(path, f"names chapter {text[:2]}", "use a chapter of HS 2022")
        return text

    def write(self, value: str) -> str:
        """Write it as it is."""
        return value

    def schema(self) -> dict[str, Any]:
        """Describe it."""
        return {"type": "string", "pattern": "^(?:[0-9]{6}(?:[0-9]{2})?)$"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A decimal number above zero, written as a string."""

    def read(self, value: object, path: str) -> Decimal:
        """Read it."""
        remedy = "write it as a string of digits, at most six after the point, above zero"
        number = Decimal(Code(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,6})?", remedy).read(value, path))
        if not number:
            raise FormError(path, "is zero", remedy)
        return number

    def write(self, value: Decimal) -> str:
        """Write all its digits."""
        return f"{value:f}"

    def schema(self) -> dict[str, Any]:
        """Describe it."""
        return {"type": "string", "pattern": r"^(?:(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,6})?)$"}


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number from 1.

    Attributes:
        limit: The largest.
    """

    limit: int = _COUNT_LIMIT

    def read(self, value: object, path: str) -> int:
        """Read it."""
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= self.limit:
            raise FormError(path, "is no count", f"give a whole number from 1 to {self.limit}")
        return value

    def write(self, value: int) -> int:
        """Write it as it is."""
        return value

    def schema(self) -> dict[str, Any]:
        """Describe it."""
        return {"type": "integer", "minimum": 1, "maximum": self.limit}


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar date."""

    def read(self, value: object, path: str) -> date:
        """Read it."""
        remedy = "write it as YYYY-MM-DD"
        text = Code("[0-9]{4}-[0-9]{2}-[0-9]{2}", remedy).read(value, path)
        try:
            day = date.fromisoformat(text)
        except ValueError as fault:
            raise FormError(path, f"{text} is no date", remedy) from fault
        if day.year > _LAST_YEAR:
            raise FormError(path, f"{text} is no date of a paper", remedy)
        return day

    def write(self, value: date) -> str:
        """Write it as ISO 8601 has it."""
        return value.isoformat()

    def schema(self) -> dict[str, Any]:
        """Describe it."""
        return {
            "type": "string",
            "format": "date",
            "pattern": "^(?:[0-9]{4}-[0-9]{2}-[0-9]{2})$",
        }


TEXT: Final = Text()
REFERENCE_NUMBER: Final = Code(REFERENCE.pattern, REFERENCE_REMEDY)
COUNTRY: Final = Choice(countries(), "write the two-letter country code, such as VN")
PORT: Final = Code("[A-Z]{2}[A-Z2-9]{3}", "write the five-letter UN/LOCODE, such as VNCLI")
HS_CODE: Final = HsCode()
CURRENCY: Final = Choice(currencies(), "write a currency code in use, such as USD")
UNIT: Final = Choice(
    frozenset(units()), "write a unit of UN/ECE Recommendation 20 for goods, such as KGM"
)
PACKAGE: Final = Code(
    "[A-Z0-9]{2}", "write the two-character code of UN/ECE Recommendation 21, such as CT"
)
QUANTITY: Final = Quantity()
COUNT: Final = Count()
LINE: Final = Count(LINE_LIMIT)
DAY: Final = Day()
FORM: Final = Choice(frozenset(known_forms()), "write the short name of a form, such as D")
CERTIFIER: Final = Choice(
    frozenset({"exporter", "producer", "importer"}),
    "write exporter, producer or importer; leave it out for an authority",
)


def of(kind: Kind, *, optional: bool = False) -> Mapping[str, Any]:
    """Return the metadata of a field of this kind.

    Args:
        kind: The kind.
        optional: Whether the field may be left out though it has no default.
    """
    return {"kind": kind, "optional": optional}


def _is_control(letter: str) -> bool:
    return (
        unicodedata.category(letter) in {"Cc", "Cs"}
        or letter in _UNSEEN
        or ord(letter) & _NONCHARACTERS == _NONCHARACTERS
    )


def _string(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise FormError(path, "is no text", "write it in quotation marks")
    return value
