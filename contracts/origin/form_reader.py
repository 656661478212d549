"""Reads the JSON form of a certificate field by field; every error names the field."""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any, Final, cast

from contracts.errors import FormError

_TEXT_LIMIT: Final = 4_000
_REFERENCE: Final = re.compile(r"[A-Z0-9](?:[A-Z0-9./-]{0,33}[A-Z0-9])?")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_PORT: Final = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
_HS_CODE: Final = re.compile(r"[0-9]{6}(?:[0-9]{2})?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_QUANTITY: Final = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,6})?")
_CODE: Final = re.compile(r"[A-Z0-9]*")
_INTEGER_LIMIT: Final = 1_000_000_000
_CHAPTERS: Final = frozenset(range(1, 98)) - {77}


class FormReader:
    """Takes fields out of one object of a form.

    Args:
        value: The decoded JSON object.
        path: Where it stands in the form, for messages.
    """

    def __init__(self, value: object, path: str = "") -> None:
        self._path = path
        if not isinstance(value, dict):
            raise FormError(path or "form", "is no object", "give its fields in braces")
        self._fields = dict(cast("dict[str, Any]", value))

    def has(self, name: str) -> bool:
        """Say whether an optional field is there."""
        return name in self._fields

    def end(self) -> None:
        """Refuse fields that nobody took.

        Raises:
            FormError: One is left.
        """
        for name in self._fields:
            raise FormError(self._at(str(name)[:80]), "does not belong here", "leave it out")

    def object(self, name: str) -> "FormReader":
        """Take an object."""
        return FormReader(self._take(name), self._at(name))

    def objects(self, name: str, limit: int) -> list["FormReader"]:
        """Take an array of 1 to `limit` objects."""
        value = self._take(name)
        if not isinstance(value, list) or not 0 < len(cast("list[object]", value)) <= limit:
            raise FormError(self._at(name), "is no list of items", f"give 1 to {limit}")
        elements = cast("list[object]", value)
        return [FormReader(item, f"{self._at(name)}[{i}]") for i, item in enumerate(elements)]

    def text(self, name: str) -> str:
        """Take a text: not blank, NFC, without control characters."""
        value = self._string(name)
        if not value.strip() or len(value) > _TEXT_LIMIT:
            self._refuse(name, f"has {len(value)} characters", f"write 1 to {_TEXT_LIMIT}")
        if unicodedata.normalize("NFC", value) != value:
            self._refuse(name, "is not in normal form C", "normalise the text to NFC")
        if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in value):
            self._refuse(name, "holds control characters", "write plain text on one line")
        return value

    def reference(self, name: str) -> str:
        """Take a reference number in its one spelling."""
        remedy = "write 1 to 35 of A-Z, 0-9 and inner . / - without spaces"
        return self._match(name, _REFERENCE, remedy)

    def country(self, name: str) -> str:
        """Take an ISO 3166 alpha-2 code."""
        return self._match(name, _COUNTRY, "write the two-letter country code, such as VN")

    def port(self, name: str) -> str:
        """Take a UN/LOCODE."""
        return self._match(name, _PORT, "write the five-letter UN/LOCODE, such as VNCLI")

    def hs_code(self, name: str) -> str:
        """Take an HS code of 6 or 8 digits in an existing chapter."""
        remedy = "write 6 or 8 digits without dots"
        value = self._match(name, _HS_CODE, remedy)
        if int(value[:2]) not in _CHAPTERS:
            self._refuse(name, f"names chapter {value[:2]}", "use a chapter of HS 2022")
        return value

    def code(self, name: str, shortest: int, longest: int) -> str:
        """Take a code of upper-case letters and digits."""
        remedy = f"write {shortest} to {longest} upper-case letters or digits"
        value = self._match(name, _CODE, remedy)
        if not shortest <= len(value) <= longest:
            self._refuse(name, f"{value[:20]!r} has another length", remedy)
        return value

    def quantity(self, name: str) -> Decimal:
        """Take a decimal number above zero, written as a string."""
        remedy = "write it as a string of digits, at most six after the point, above zero"
        value = Decimal(self._match(name, _QUANTITY, remedy))
        if not value:
            self._refuse(name, "is zero", remedy)
        return value

    def integer(self, name: str) -> int:
        """Take a whole number from 1."""
        value = self._take(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < _INTEGER_LIMIT:
            raise FormError(self._at(name), "is no count", "give a whole number from 1")
        return value

    def date(self, name: str) -> date:
        """Take a calendar date."""
        remedy = "write it as YYYY-MM-DD"
        value = self._match(name, _DATE, remedy)
        try:
            return date.fromisoformat(value)
        except ValueError as fault:
            raise FormError(self._at(name), f"{value} is no date", remedy) from fault

    def flag(self, name: str) -> bool:
        """Take true or false."""
        value = self._take(name)
        if not isinstance(value, bool):
            raise FormError(self._at(name), "is neither true nor false", "write true or false")
        return value

    def _match(self, name: str, pattern: re.Pattern[str], remedy: str) -> str:
        value = self._string(name)
        if not pattern.fullmatch(value):
            self._refuse(name, f"{value[:40]!r} has another form", remedy)
        return value

    def _string(self, name: str) -> str:
        value = self._take(name)
        if not isinstance(value, str):
            raise FormError(self._at(name), "is no text", "write it in quotation marks")
        return value

    def _take(self, name: str) -> Any:
        if name not in self._fields:
            raise FormError(self._at(name), "is missing", "give it")
        return self._fields.pop(name)

    def _refuse(self, name: str, problem: str, remedy: str) -> None:
        raise FormError(self._at(name), problem, remedy)

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name
