"""From a table file to a version of the tariff, with a report of every row that cannot be used."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from api.tax.errors import TariffCellError, TariffFileError
from api.tax.tariff.cells import Cell, Duty, FactorOfMfn, Mark
from api.tax.tariff.columns import Column, ColumnKind, column, column_of_header
from api.tax.tariff.grammar import parse_cell
from api.tax.tariff.schedule import HS_DIGITS, Row, Version
from api.tax.tariff.tables import read_table

_CODE_HEADERS: Final = ("hs8", "hs", "hs_code", "ma_hs")
_TEXT_HEADERS: Final = {
    "desc_en": "description",
    "desc_vi": "description",
    "description": "description",
    "unit_vi": "unit",
    "unit": "unit",
}
_DECREE: Final = re.compile(r"[0-9A-Za-z][\w/. -]{0,79}")
_TEXT_LIMIT: Final = 2_000
_HS: Final = re.compile(r"[0-9]{8}|[0-9]{4}\.[0-9]{2}\.[0-9]{2}")


@dataclass(frozen=True, slots=True)
class TableFinding:
    """What is wrong with one cell, or with a row or the header.

    Attributes:
        row: Number of the row in the file, from 1; the header has its own number.
        column: Header of the column, empty for the whole row.
        position: Of the character in the cell, from 1; 0 where the whole cell is meant.
        cell: The text, shortened.
        problem: What is wrong and what to do.
    """

    row: int
    column: str
    position: int
    cell: str
    problem: str

    def __str__(self) -> str:
        place = f"row {self.row}" + (f", column {self.column}" if self.column else "")
        return f"{place}, {self.cell!r}: {self.problem}"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import found.

    Attributes:
        version: The good rows.
        good: How many.
        bad: How many rows were refused.
        findings: Why, in the order of the file.
    """

    version: Version
    good: int
    bad: int
    findings: tuple[TableFinding, ...]


@dataclass(frozen=True, slots=True)
class _Header:
    """Which place of a row holds what."""

    row: int
    code: int
    texts: tuple[tuple[int, str], ...]
    columns: tuple[tuple[int, str, Column], ...]
    width: int


def import_table(
    path: Path, decree: str, source: str, effective_from: date, effective_to: date | None = None
) -> ImportReport:
    """Return the version that a table file gives, and what is wrong with the file.

    Args:
        path: CSV in UTF-8, or XLSX; the first row names the columns.
        decree: Number of the decree, such as 26/2023/ND-CP.
        source: Where the table was taken from.
        effective_from: First day.
        effective_to: First day on which the table no longer applies, None for no end.

    Raises:
        TariffFileError: There is no table: the file cannot be read, has no usable header, or the
            days contradict each other.
    """
    if not (_DECREE.fullmatch(decree) and source.isprintable()):
        problem = f"{decree[:40]!r} from {source[:40]!r} names no decree and source"
        raise TariffFileError(path.name, problem, "name it by its number, as 26/2023/ND-CP")
    if effective_to is not None and effective_to <= effective_from:
        problem = f"ends on {effective_to}, before it begins on {effective_from}"
        raise TariffFileError(path.name, problem, "give the first day after its last one")
    table = read_table(path)
    header = _header(table, path.name)
    rows: dict[str, Row] = {}
    findings: list[TableFinding] = []
    first_rows: dict[str, int] = {}
    bad = 0
    for number, cells in table:
        row, problems = _row(number, cells, header, effective_from)
        if row is not None and row.hs in first_rows:
            text = f"stands in row {first_rows[row.hs]} already; keep one of the two"
            problems = (TableFinding(number, "hs8", 0, row.hs, text),)
        if row is None or problems:
            bad += 1
            findings.extend(problems)
            continue
        first_rows[row.hs] = number
        rows[row.hs] = row
    columns = tuple(sorted(one.name for _, _, one in header.columns))
    version = Version(decree, source, effective_from, effective_to, columns, MappingProxyType(rows))
    return ImportReport(version, len(rows), bad, tuple(findings))


def _header(table: Iterator[tuple[int, tuple[str, ...]]], name: str) -> _Header:
    number, names = next(table, (0, ()))
    while names and not names[-1]:
        names = names[:-1]
    lowered = [text.strip().lower() for text in names]
    codes = [place for place, text in enumerate(lowered) if text in _CODE_HEADERS]
    if len(codes) != 1:
        problem = f"the header has {len(codes)} columns of codes"
        raise TariffFileError(name, problem, "name one column hs8")
    columns: list[tuple[int, str, Column]] = []
    texts: list[tuple[int, str]] = []
    for place, text in enumerate(lowered):
        known = column_of_header(text)
        if known is not None:
            columns.append((place, names[place], known))
        elif text in _TEXT_HEADERS:
            texts.append((place, _TEXT_HEADERS[text]))
        elif place != codes[0]:
            problem = f"the header names an unknown column {names[place][:40]!r}"
            raise TariffFileError(name, problem, "remove the column, or correct its name")
    found = [one.name for _, _, one in columns]
    if twice := sorted({one for one in found if found.count(one) > 1}):
        raise TariffFileError(name, f"column {twice[0]} stands twice", "keep one of the two")
    if not columns:
        raise TariffFileError(name, "the header names no column of rates", "add one, such as nkud")
    return _Header(number, codes[0], tuple(texts), tuple(columns), len(names))


def _row(
    number: int, cells: tuple[str, ...], header: _Header, on: date
) -> tuple[Row | None, tuple[TableFinding, ...]]:
    """Return a row, None if its code cannot be used, and what is wrong with it."""
    cells, rest = cells[: header.width], cells[header.width :]
    if len(cells) != header.width or any(rest):
        found = f"has {len(cells) + len(rest)} cells, the header {header.width}"
        text = f"{found}; quote cells that hold commas"
        return None, (TableFinding(number, "", 0, cells[0][:40], text),)
    code = cells[header.code]
    if (problem := _code_problem(code)) is not None:
        return None, (TableFinding(number, "hs8", 0, code[:40], problem),)
    findings: list[TableFinding] = []
    texts: dict[str, str] = {}
    for place, text in header.texts:
        if len(cells[place]) > _TEXT_LIMIT:
            problem = f"has more than {_TEXT_LIMIT} characters; shorten it"
            findings.append(TableFinding(number, text, 0, cells[place][:40], problem))
        texts[text] = texts.get(text) or cells[place]
    values: dict[str, str] = {}
    for place, name, target in header.columns:
        try:
            values[target.name] = _canonical(cells[place], target.name, on)
        except TariffCellError as error:
            position = error.position + 1
            shown = error.cell[:80]
            findings.append(TableFinding(number, name, position, shown, error.problem))
    row = Row(
        code.replace(".", ""),
        texts.get("description", ""),
        texts.get("unit", ""),
        MappingProxyType(values),
    )
    return row, tuple(findings)


def _code_problem(code: str) -> str | None:
    if _HS.fullmatch(code):
        return None
    if code.isascii() and code.isdigit() and len(code) == HS_DIGITS - 1:
        return "has 7 digits: a leading zero was lost; format the column as text"
    if code.isascii() and code.isdigit():
        return f"has {len(code)} digits; give the 8 digits of a line"
    return "is no HS code; give 8 digits, such as 85122020 or 8512.20.20"


@lru_cache(maxsize=8_192)
def _canonical(text: str, name: str, on: date) -> str:
    """Return the canonical text of a cell of a column; a table repeats few texts many times.

    Raises:
        TariffCellError: It is no cell, or says what its column cannot say.
    """
    return str(_checked(parse_cell(text), column(name), on, text))


def _checked(cell: Cell, place: Column, on: date, text: str) -> Cell:
    """Return a cell, checked against its column: countries, parties, forms.

    Raises:
        TariffCellError: It says what its column cannot say.
    """
    if isinstance(cell.value, Mark) and place.kind is not ColumnKind.SPECIAL_CONSUMPTION:
        raise _misplaced(text, "", "a rate", "the mark ĐB belongs into column ttdb")
    if isinstance(cell.value, FactorOfMfn) and place.kind is not ColumnKind.ORDINARY:
        remedy = "a part of the MFN rate belongs into column nktt"
        raise _misplaced(text, "%", "a rate of its own", remedy)
    is_amount = isinstance(cell.value, Duty) and not cell.value.is_ad_valorem
    if place.kind is ColumnKind.VAT and is_amount:
        raise _misplaced(text, "/", "a percentage", "VAT is a percentage")
    members = place.members(on)
    countries = () if members is None else members.value
    for country in cell.exclusions:
        if country not in countries:
            remedy = f"{country} is no party of {place.agreement or place.name} on {on}"
            raise _misplaced(text, country, "a party of the agreement", remedy)
    for override in cell.overrides:
        if not place.party_countries(override.party, on):
            remedy = f"column {place.name} knows no party {override.party} on {on}"
            raise _misplaced(text, override.party, "a party of the agreement", remedy)
    return cell


def _misplaced(text: str, what: str, expected: str, remedy: str) -> TariffCellError:
    return TariffCellError(text, max(text.find(what), 0), expected, remedy)
