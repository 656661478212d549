"""The columns of the tariff and the agreements behind them, with their countries by date.

`columns.json` has 25 columns: ordinary, MFN, 19 agreements, VAT, special consumption, export and
environment. A country's goods may claim a column from the day the agreement binds both sides.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from api.tax.errors import TariffDataError
from api.tax.tariff.dated import Dated, dated, in_force, read_data


class ColumnKind(StrEnum):
    """What a column is for."""

    ORDINARY = "ordinary"
    MFN = "mfn"
    PREFERENCE = "preference"
    VAT = "vat"
    SPECIAL_CONSUMPTION = "special_consumption"
    EXPORT = "export"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: As in version files, such as `acfta`.
        kind: What it is for.
        vi: Name in Vietnamese.
        en: Name in English.
        aliases: Other spellings of the header.
        agreement: Short name such as ATIGA, for a preference; else empty.
        countries: Versions of the list of countries.
        parties: What the letters of party overrides mean, versions by letter.
    """

    name: str
    kind: ColumnKind
    vi: str
    en: str
    aliases: tuple[str, ...] = ()
    agreement: str = ""
    countries: tuple[Dated, ...] = ()
    parties: tuple[tuple[str, tuple[Dated, ...]], ...] = ()

    def members(self, on: date) -> Dated | None:
        """Return the countries whose goods may claim the column on a day, None before any."""
        return _members(self.name, on)

    def party_countries(self, letters: str, on: date) -> tuple[str, ...]:
        """Return the countries that the letters of an override mean on a day, () if none.

        A party is named by its letter in the data, or by its country's two-letter code.
        """
        versions = dict(self.parties).get(letters)
        if versions is not None:
            found = in_force(versions, on)
            return () if found is None else found.value
        members = self.members(on)
        return (letters,) if members is not None and letters in members.value else ()


@cache
def columns() -> tuple[Column, ...]:
    """Return all columns, in the order of the table."""
    return tuple(_column(entry) for entry in read_data("columns")["columns"])


def column(name: str) -> Column:
    """Return a column by its name.

    Raises:
        TariffDataError: There is no such column.
    """
    found = _by_name().get(name)
    if found is None:
        raise TariffDataError("columns.json", f"no column {name}")
    return found


def column_of_header(header: str) -> Column | None:
    """Return the column that a header of a file means, None if it means none."""
    return _by_header().get(header.strip().lower())


def column_of_agreement(agreement: str) -> Column | None:
    """Return the column of an agreement such as ATIGA, None if there is none."""
    return next((found for found in preferences() if found.agreement == agreement.upper()), None)


@cache
def preferences() -> tuple[Column, ...]:
    """Return the columns of agreements, in the order of the table."""
    return tuple(found for found in columns() if found.kind is ColumnKind.PREFERENCE)


@lru_cache(maxsize=4_096)
def _members(name: str, on: date) -> Dated | None:
    return in_force(column(name).countries, on)


@cache
def _by_name() -> dict[str, Column]:
    return {found.name: found for found in columns()}


@cache
def _by_header() -> dict[str, Column]:
    return {name: found for found in columns() for name in (found.name, *found.aliases)}


def _column(entry: dict[str, Any]) -> Column:
    name = entry["name"]
    parties = entry.get("parties", {})
    return Column(
        name=name,
        kind=ColumnKind(entry["kind"]),
        vi=entry["vi"],
        en=entry["en"],
        aliases=tuple(entry["aliases"]),
        agreement=entry.get("agreement", ""),
        countries=tuple(dated(f"{name} countries", found) for found in entry.get("countries", ())),
        parties=tuple(
            (letter, tuple(dated(f"{name} party {letter}", found) for found in versions))
            for letter, versions in parties.items()
        ),
    )
