"""Workbooks (XLSX) as sheets of texts, and back; needs openpyxl, the extra `xlsx`."""

import importlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from clients.sdk.errors import InputError
from clients.sdk.files import read_input

WORKBOOK_LIMIT: Final = 16 << 20
"""Bytes of a workbook; unpacked eight times as many."""
ROWS_LIMIT: Final = 10_000
"""Rows of a sheet: a row of names and as many lines as a declaration has."""
COLUMNS_LIMIT: Final = 100
SHEETS_LIMIT: Final = 50
_UNPACKED_FACTOR: Final = 8
_TEXT_FORMAT: Final = "@"
_STRING: Final = "s"


def read_workbook(path: Path) -> dict[str, list[list[str]]]:
    """Return the rows of every sheet, each cell as it would be typed.

    Raises:
        InputError: It cannot be read, is no XLSX file or too large; openpyxl is missing.
    """
    return sheets_from(read_input(path, WORKBOOK_LIMIT), path.name)


def sheets_from(data: bytes, name: str) -> dict[str, list[list[str]]]:
    """Return the rows of every sheet of a workbook's bytes.

    Args:
        data: The file.
        name: Its name, for messages.

    Raises:
        InputError: It is no XLSX file or too large; openpyxl is missing.
    """
    openpyxl = _openpyxl(name)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if len(data) > WORKBOOK_LIMIT or unpacked > WORKBOOK_LIMIT * _UNPACKED_FACTOR:
            raise InputError(name, "is too large; keep the sheets of the template alone")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        return {str(sheet.title): _rows(sheet, name) for sheet in _sheets(book, name)}
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        IndexError,
        AttributeError,
        TypeError,
        OSError,
        EOFError,
        SyntaxError,
        NotImplementedError,
    ) as error:
        # openpyxl lets the errors of its parts through, those of the XML parser among them.
        problem = f"is no readable XLSX file ({type(error).__name__})"
        raise InputError(name, f"{problem}; save it again as XLSX") from error


def write_workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[str]]]) -> None:
    """Write sheets, every cell as text, the first row fixed.

    Raises:
        InputError: It cannot be written; openpyxl is missing.
    """
    book = _openpyxl(path.name).Workbook(write_only=False)
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        for number, row in enumerate(rows, 1):
            for column, text in enumerate(row, 1):
                cell = sheet.cell(number, column)
                cell.number_format = _TEXT_FORMAT
                # As text: a cell that begins with = must not become a formula.
                if text:
                    cell.value, cell.data_type = text, _STRING
    try:
        book.save(path)
    except OSError as error:
        problem = error.strerror or "cannot be written"
        raise InputError(str(path), f"{problem}; name a file in a folder that exists") from error


def _openpyxl(name: str) -> Any:
    try:
        return importlib.import_module("openpyxl")
    except ImportError as error:
        remedy = "install openpyxl (the extra xlsx), or send JSON"
        raise InputError(name, f"is XLSX, and openpyxl is not installed; {remedy}") from error


def _sheets(book: Any, name: str) -> list[Any]:
    sheets = list(book.worksheets)
    if len(sheets) > SHEETS_LIMIT:
        raise InputError(name, f"has more than {SHEETS_LIMIT} sheets; use the template")
    return sheets


def _rows(sheet: Any, name: str) -> list[list[str]]:
    rows: list[list[str]] = []
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        texts = [_text(cell) for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        if len(texts) > COLUMNS_LIMIT or (texts and number > ROWS_LIMIT):
            bounds = f"{ROWS_LIMIT} rows or {COLUMNS_LIMIT} columns"
            problem = f"sheet {sheet.title} has more than {bounds}; use the template"
            raise InputError(name, problem)
        if number <= ROWS_LIMIT:
            rows.append(texts)
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _text(cell: object) -> str:
    """Return a cell's value as it would be typed: dates in ISO form, numbers without exponent."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else format(Decimal(repr(cell)), "f")
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).strip()
