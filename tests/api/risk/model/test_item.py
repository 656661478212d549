"""Rows are read strictly: each field missing, malformed or out of range is named."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from api.risk.model.errors import ItemError, TableError
from api.risk.model.item import COLUMNS, goods_key, parse_item
from api.risk.model.table import load_items

OPTIONAL = {"Seller ID", "Courier ID"}
BAD = [
    ("Declaration ID", "a b"),
    ("Date", "2020-02-30"),
    ("Date", "20200101"),
    ("Date", "1889-01-01"),
    ("Office ID", "é"),
    ("Process Type", "B B"),
    ("Import Type", "1" * 13),
    ("Import Use", "-"),
    ("Payment Type", " 11"),
    ("Mode of Transport", "10\n"),
    ("Declarant ID", "x" * 41),
    ("Importer ID", "a;b"),
    ("Seller ID", "?"),
    ("Courier ID", "?"),
    ("HS6 Code", "10121"),
    ("HS6 Code", "10121.0"),
    ("HS6 Code", "٠١٠١٢١"),
    ("Country of Departure", "cn"),
    ("Country of Origin", "CHN"),
    ("Tax Rate", "-1"),
    ("Tax Rate", "1001"),
    ("Tax Type", ""),
    ("Country of Origin Indicator", "\x00"),
    ("Net Mass", "1e3"),
    ("Net Mass", "NaN"),
    ("Net Mass", "1000000000.1"),
    ("Item Price", "1,5"),
    ("Item Price", "1000000000000001"),
    ("Item Price", "Infinity"),
    ("Fraud", "2"),
    ("Critical Fraud", "3"),
]


def test_a_row_is_read_with_its_types(rows: list[dict[str, str]]) -> None:
    item = parse_item({**rows[0], "HS6 Code": "010121", "Net Mass": "12.50"}, 2)
    assert item.hs6 == "010121"
    assert item.net_mass == Decimal("12.50")
    assert goods_key(item) == "010121|12.5"


@pytest.mark.parametrize("column", COLUMNS)
def test_each_column_must_be_there(rows: list[dict[str, str]], column: str) -> None:
    row = {name: text for name, text in rows[0].items() if name != column}
    with pytest.raises(ItemError) as refused:
        parse_item(row, 17)
    assert (refused.value.line, refused.value.column) == (17, column)


@pytest.mark.parametrize("column", COLUMNS)
def test_only_seller_and_courier_may_be_empty(rows: list[dict[str, str]], column: str) -> None:
    row = {**rows[0], column: ""}
    if column in OPTIONAL:
        parse_item(row, 2)
        return
    with pytest.raises(ItemError) as refused:
        parse_item(row, 2)
    assert refused.value.column == column


@pytest.mark.parametrize(("column", "text"), BAD)
def test_each_field_out_of_range_is_named_with_its_line(
    rows: list[dict[str, str]], column: str, text: str
) -> None:
    with pytest.raises(ItemError) as refused:
        parse_item({**rows[0], column: text}, 5)
    assert refused.value.column == column
    assert str(refused.value).startswith(f"line 5, {column}")


def test_labels_may_be_left_out_but_not_contradict(rows: list[dict[str, str]]) -> None:
    assert parse_item({**rows[0], "Fraud": "", "Critical Fraud": ""}, 2).fraud is None
    assert parse_item({**rows[0], "Fraud": "1", "Critical Fraud": "2"}, 2).critical == 2
    with pytest.raises(ItemError, match="contradicts"):
        parse_item({**rows[0], "Fraud": "0", "Critical Fraud": "1"}, 2)


def test_a_table_is_read_with_and_without_labels(
    tmp_path: Path, rows: list[dict[str, str]], write_table: Callable[..., Path]
) -> None:
    assert len(load_items(write_table(tmp_path / "a.csv", rows), labelled=True)) == len(rows)
    plain = write_table(tmp_path / "b.csv", rows, labels=False)
    assert {item.fraud for item in load_items(plain)} == {None}
    with pytest.raises(ItemError, match="not inspected is no label"):
        load_items(plain, labelled=True)


def test_a_table_names_its_bad_line(
    tmp_path: Path, rows: list[dict[str, str]], write_table: Callable[..., Path]
) -> None:
    rows[3] = {**rows[3], "Net Mass": "heavy"}
    with pytest.raises(ItemError, match=r"^line 5, Net Mass"):
        load_items(write_table(tmp_path / "a.csv", rows))


def test_a_declaration_stands_once(
    tmp_path: Path, rows: list[dict[str, str]], write_table: Callable[..., Path]
) -> None:
    with pytest.raises(ItemError, match="stands twice"):
        load_items(write_table(tmp_path / "a.csv", [rows[0], rows[0]]))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "has no column"),
        (",".join(COLUMNS).encode() + b",Colour\n", "unknown column"),
        (",".join((*COLUMNS, "Date")).encode() + b"\n", "twice"),
        (b"\xff\xfe", "not in UTF-8"),
        (b"x" * 5000, "too long"),
        (",".join(COLUMNS).encode() + b"\n1,2\n", "2 cells instead of 20"),
        (",".join(COLUMNS).encode() + b'\n"1"2,\n', "line 2"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises((TableError, ItemError), match=problem):
        load_items(path)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"absent\.csv"):
        load_items(tmp_path / "absent.csv")
