"""Declarations from workbooks: what comes back, and the cell of each fault."""

import sys
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from clients.sdk.errors import InputError
from clients.sdk.workbooks import read_workbook, sheets_from, write_workbook
from contracts.clearance.declaration import Declaration, read_declaration
from contracts.clearance.declaration.example import NAMES, example
from contracts.clearance.declaration.sheets import (
    HEADER,
    SheetReading,
    cell_name,
    header_columns,
    layouts,
    read_sheets,
    sheets_of,
    template,
)

SALT = "a" * 64


def read(name: str, **sheets: Any) -> SheetReading:
    return read_sheets(sheets_of(example(name)) | sheets, example(name).salt)


@pytest.mark.parametrize("name", NAMES)
def test_sheets_come_back(name: str) -> None:
    found = read(name)
    assert found.findings == ()
    assert read_declaration(found.value) == example(name)


@pytest.mark.parametrize("name", NAMES)
def test_workbook_comes_back(name: str, tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    file = tmp_path / "declaration.xlsx"
    write_workbook(file, sheets_of(example(name)))
    found = read_sheets(read_workbook(file), example(name).salt)
    assert found.findings == ()
    assert read_declaration(found.value) == example(name)


def test_a_fault_names_its_cell() -> None:
    sheets = sheets_of(example("import_green"))
    row, column = 2, sheets["lines"][0].index("hs")
    sheets["lines"][row][column] = "8513"
    found = read_sheets(sheets, SALT)
    faults = read_declaration(found.value)
    assert isinstance(faults, tuple)
    assert [found.cell(each.field) for each in faults] == [f"lines!{cell_name(column, row)}"]


def test_an_empty_cell_is_a_missing_field_there() -> None:
    sheets = sheets_of(example("import_green"))
    row = next(i for i, each in enumerate(sheets[HEADER]) if each[0] == "importer.name")
    sheets[HEADER][row][1] = ""
    found = read_sheets(sheets, SALT)
    faults = read_declaration(found.value)
    assert isinstance(faults, tuple)
    assert (faults[0].code, found.cell(faults[0].field)) == ("DECL_MISSING", f"{HEADER}!B{row + 1}")


def test_empty_rows_do_not_count_and_cells_stay_right() -> None:
    sheets = sheets_of(example("import_green"))
    sheets["lines"].insert(1, [])
    sheets["lines"][3][0] = "x"
    found = read_sheets(sheets, SALT)
    faults = read_declaration(found.value)
    assert isinstance(faults, tuple)
    assert (faults[0].field, found.cell(faults[0].field)) == ("/lines/1/number", "lines!A4")


def test_unknown_and_missing_sheets_and_columns() -> None:
    sheets = sheets_of(example("import_red"))
    del sheets[HEADER]
    sheets["notes"] = [["x"]]
    sheets["lines"][0][0] = "No."
    found = read_sheets(sheets, SALT).findings
    assert {(each.code, each.field) for each in found} == {
        ("DECL_SHEET_MISSING", "header"),
        ("DECL_SHEET_UNKNOWN", "notes"),
        ("DECL_COLUMN_UNKNOWN", "lines!A1"),
        ("DECL_COLUMN_MISSING", "lines"),
    }


def test_unknown_and_missing_header_fields() -> None:
    found = read("import_red", header=[["field", "value"], ["colour", "red"], ["office", "03CC"]])
    named = {(each.code, each.field) for each in found.findings}
    assert ("DECL_COLUMN_UNKNOWN", "header!A2") in named
    assert len(found.findings) == len(header_columns())
    assert found.value["office"] == "03CC"


def test_a_field_named_twice_is_unknown_the_second_time() -> None:
    rows = [*sheets_of(example("import_red"))[HEADER], ["office", "03EE"]]
    found = read("import_red", header=rows)
    assert [each.code for each in found.findings] == ["DECL_COLUMN_UNKNOWN"]
    assert found.value["office"] == "03CC"


def test_template_has_every_sheet_and_no_data() -> None:
    found = template()
    assert set(found) == {HEADER, *(each.name for each in layouts())}
    assert not isinstance(read_declaration(read_sheets(found, SALT).value), Declaration)


@pytest.mark.parametrize(("column", "name"), [(0, "A1"), (25, "Z1"), (26, "AA1"), (701, "ZZ1")])
def test_names_of_cells(column: int, name: str) -> None:
    assert cell_name(column, 0) == name


def test_cells_as_they_would_be_typed(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append([12.0, 0.1, 1e-7, datetime(2026, 11, 23), True, None, " x ", 7])  # noqa: DTZ001
    book.active.append([None, None])
    file = tmp_path / "cells.xlsx"
    book.save(file)
    (rows,) = read_workbook(file).values()
    assert rows == [["12", "0.1", "0.0000001", "2026-11-23", "true", "", "x", "7"]]


def test_a_text_never_becomes_a_formula(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    file = tmp_path / "formula.xlsx"
    write_workbook(file, {"header": [["=1+1"]]})
    assert openpyxl.load_workbook(file)["header"]["A1"].data_type == "s"
    assert read_workbook(file) == {"header": [["=1+1"]]}


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"name,value\n", b"\x00" * 100])
def test_no_workbook(data: bytes) -> None:
    pytest.importorskip("openpyxl")
    with pytest.raises(InputError, match="no readable XLSX"):
        sheets_from(data, "file.xlsx")


def test_an_archive_that_unpacks_to_too_much(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    file = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"\0" * (129 << 20))
    with pytest.raises(InputError, match="too large"):
        read_workbook(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.xlsx"):
        read_workbook(tmp_path / "none.xlsx")
    with pytest.raises(InputError, match=r"cannot be written|No such file"):
        write_workbook(tmp_path / "no" / "file.xlsx", template())


def test_a_workbook_of_too_many_sheets_or_columns(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    file = tmp_path / "many.xlsx"
    write_workbook(file, {f"s{number}": [["x"]] for number in range(51)})
    with pytest.raises(InputError, match="more than 50 sheets"):
        read_workbook(file)
    write_workbook(file, {"lines": [["x"] * 101]})
    with pytest.raises(InputError, match="sheet lines has more than"):
        read_workbook(file)


def test_without_openpyxl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(InputError, match="the extra xlsx"):
        write_workbook(tmp_path / "file.xlsx", template())
