"""Reading a table file: CSV, or XLSX where openpyxl is installed; cells as texts."""

import csv
import importlib
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from api.tax.errors import TariffFileError

TABLE_LIMIT: Final = 64 << 20
"""Bytes of a file, and of an XLSX file unpacked four times as many."""
ROWS_LIMIT: Final = 100_000
"""The nomenclature has about 12,000 lines."""
COLUMNS_LIMIT: Final = 200
_UNPACKED_FACTOR: Final = 4


def read_table(path: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield number, from 1, and cells of each row that is not empty.

    Raises:
        TariffFileError: The file cannot be read, is too large, or is neither CSV nor XLSX.
    """
    try:
        if path.stat().st_size > TABLE_LIMIT:
            problem = f"has more than {TABLE_LIMIT} bytes"
            raise TariffFileError(path.name, problem, "split it, or leave out other sheets")
        data = path.read_bytes()
    except OSError as error:
        problem = error.strerror or str(error)
        raise TariffFileError(str(path), problem, "name a file that can be read") from error
    rows = _xlsx_rows(data, path.name) if data.startswith(b"PK") else _csv_rows(data, path.name)
    for number, cells in rows:
        if number > ROWS_LIMIT or len(cells) > COLUMNS_LIMIT:
            problem = f"has more than {ROWS_LIMIT} rows or {COLUMNS_LIMIT} columns"
            raise TariffFileError(path.name, problem, "keep the table of the tariff alone")
        if any(cells):
            yield number, cells


def _csv_rows(data: bytes, name: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problem = f"line {line} is not UTF-8"
        raise TariffFileError(name, problem, "save it as CSV UTF-8") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            yield reader.line_num, tuple(cell.strip() for cell in cells)
    except csv.Error as error:
        problem = f"line {reader.line_num}: {error}"
        raise TariffFileError(name, problem, "quote cells that hold commas or quotes") from error


def _xlsx_rows(data: bytes, name: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    try:
        openpyxl: Any = importlib.import_module("openpyxl")
    except ImportError as error:
        remedy = "save it as CSV UTF-8, or install openpyxl"
        raise TariffFileError(name, "is XLSX, and openpyxl is not installed", remedy) from error
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > TABLE_LIMIT * _UNPACKED_FACTOR:
            raise TariffFileError(name, "unpacks to too much", "keep the table alone")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        rows = [list(cells) for cells in book.worksheets[0].iter_rows(values_only=True)]
        book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError, EOFError) as error:
        remedy = "save it again as XLSX, or as CSV UTF-8"
        raise TariffFileError(name, f"is no readable XLSX file ({error})", remedy) from error
    for number, cells in enumerate(rows, 1):
        yield number, tuple(_text(cell) for cell in cells)


def _text(cell: object) -> str:
    """Return a spreadsheet's value as it would be typed.

    A number is written with `.`; the format of a date cannot be undone, so that its text fails
    in the grammar instead of passing as a rate.
    """
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date | time):
        return f"date {cell}"
    return str(cell).strip()
