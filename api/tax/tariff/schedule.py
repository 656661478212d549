"""The tariff as versions by date: which cells of a line are in force on a day, and whose they are.

A later decree wins on the cells it has and on no others: a table of fuels with the MFN column alone
leaves every other line, and the preferences of its own lines, as they were.

Source: Decree 26/2023/ND-CP, and Decree 72/2026/ND-CP, which changes single lines of it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

from api.tax.errors import TariffCodeError, TariffConflictError, TariffDateError
from api.tax.tariff.cells import Cell, Empty
from api.tax.tariff.grammar import parse_cell

HS_DIGITS: Final = 8
_HS: Final = re.compile(r"[0-9]{8}")
_NEAREST: Final = 5
_EMPTY: Final = Cell(Empty())


@dataclass(frozen=True, slots=True)
class Row:
    """One line of one decree's table.

    Attributes:
        hs: 8 digits.
        description: In English or Vietnamese, as the file has it.
        unit: As the file has it.
        cells: Canonical text by column, only columns that the file has.
    """

    hs: str
    description: str
    unit: str
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Version:
    """One decree's table.

    Attributes:
        decree: Its number, such as 26/2023/ND-CP.
        source: Where the table was taken from.
        effective_from: First day.
        effective_to: First day on which it no longer applies; None for no end.
        columns: Names of the columns that the file has.
        rows: By HS code.
    """

    decree: str
    source: str
    effective_from: date
    effective_to: date | None
    columns: tuple[str, ...]
    rows: Mapping[str, Row]

    def applies(self, on: date) -> bool:
        """Whether the table is in force on a day."""
        return self.effective_from <= on and (self.effective_to is None or on < self.effective_to)

    @property
    def title(self) -> str:
        """Decree and first day, to name the version by."""
        end = "" if self.effective_to is None else f" until before {self.effective_to}"
        return f"{self.decree} from {self.effective_from}{end}"


@dataclass(frozen=True, slots=True)
class TariffLine:
    """One line of the tariff on one day.

    Attributes:
        hs: 8 digits.
        on: The day.
        description: Of the newest version that describes it.
        unit: The same.
        cells: By column; a column that no version has is not there.
        decrees: Which decree each cell comes from, by column.
    """

    hs: str
    on: date
    description: str
    unit: str
    cells: Mapping[str, Cell]
    decrees: Mapping[str, str]

    def cell(self, column: str) -> Cell:
        """Return the cell of a column, an empty one where no version has it."""
        return self.cells.get(column, _EMPTY)

    def decree(self, column: str) -> str:
        """Return which decree a cell comes from, empty where no version has it."""
        return self.decrees.get(column, "")


@dataclass(frozen=True, slots=True)
class Tariff:
    """All versions that are held.

    Attributes:
        versions: Earlier before later.
    """

    versions: tuple[Version, ...] = field(default=())

    @classmethod
    def of(cls, versions: Iterable[Version]) -> "Tariff":
        """Return the tariff of some versions.

        Raises:
            TariffConflictError: Two decrees of one day say different things of one cell.
        """
        ordered = sorted(versions, key=lambda found: (found.effective_from, found.decree))
        for place, first in enumerate(ordered):
            for second in ordered[place + 1 :]:
                if second.effective_from != first.effective_from:
                    break
                _refuse_contradiction(first, second)
        return cls(tuple(ordered))

    def lookup(self, hs: str, on: date) -> TariffLine:
        """Return a line as it stands on a day.

        Args:
            hs: 8 digits.
            on: The day of registration of the declaration.

        Raises:
            TariffDateError: No version is in force on the day.
            TariffCodeError: The code has not 8 digits, or no version in force has it.
        """
        applying = [version for version in self.versions if version.applies(on)]
        if not applying:
            known = tuple(version.title for version in self.versions)
            raise TariffDateError(on.isoformat(), known)
        rows = [(version, version.rows[hs]) for version in applying if hs in version.rows]
        if not rows:
            raise self._unknown(hs, applying, on)
        cells: dict[str, Cell] = {}
        decrees: dict[str, str] = {}
        for version, row in rows:  # the later one overwrites
            for column, text in row.cells.items():
                cells[column] = parse_cell(text)
                decrees[column] = version.decree
        return TariffLine(
            hs=hs,
            on=on,
            description=next((row.description for _, row in reversed(rows) if row.description), ""),
            unit=next((row.unit for _, row in reversed(rows) if row.unit), ""),
            cells=MappingProxyType(cells),
            decrees=MappingProxyType(decrees),
        )

    def in_force(self, on: date) -> tuple[Version, ...]:
        """Return the versions in force on a day, earlier before later."""
        return tuple(version for version in self.versions if version.applies(on))

    def _unknown(self, hs: str, applying: list[Version], on: date) -> TariffCodeError:
        known = sorted({code for version in applying for code in version.rows})
        near = nearest(hs, known)
        if _HS.fullmatch(hs):
            problem = f"no line of the tariff on {on}; correct the code, or import the decree's row"
        elif hs.isascii() and hs.isdigit() and len(hs) < HS_DIGITS:
            problem = f"has {len(hs)} digits; declare the line of 8 digits below it"
        else:
            problem = "is no code; send 8 digits without dots"
        return TariffCodeError(hs[: HS_DIGITS * 2], problem, near)


def nearest(hs: str, known: list[str]) -> tuple[str, ...]:
    """Return known codes that share the longest beginning with one, at least its chapter."""
    for length in (6, 5, 4, 3, 2):
        found = [code for code in known if len(hs) >= length and code[:length] == hs[:length]]
        if found:
            return tuple(found[:_NEAREST])
    return ()


def _refuse_contradiction(first: Version, second: Version) -> None:
    for hs in sorted(first.rows.keys() & second.rows.keys()):
        ours, theirs = first.rows[hs].cells, second.rows[hs].cells
        for column in sorted(ours.keys() & theirs.keys()):
            if ours[column] != theirs[column]:
                raise TariffConflictError(
                    f"{hs}, column {column}",
                    f"{first.title} says {ours[column]!r}, {second.title} says {theirs[column]!r}",
                    "let one of the decrees take effect on its own day",
                )
