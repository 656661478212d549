"""Tables of declarations as CSV: read strictly, line by line."""

import csv
from collections.abc import Iterator
from io import TextIOBase
from pathlib import Path
from typing import Final

from api.risk.model.errors import ItemError, TableError
from api.risk.model.item import COLUMNS, LABELS, Item, parse_item

_LONGEST: Final = 4096
"""Characters of one row; the rows of the layout have about 150."""


def load_items(path: Path, *, labelled: bool = False) -> list[Item]:
    """Read a whole table.

    Args:
        path: CSV in UTF-8 with the columns of `COLUMNS`, with or without those of `LABELS`.
        labelled: Whether each row must have its labels.

    Raises:
        TableError: The file cannot be read, lacks a column, or has one twice or unknown, or a
            declaration stands in it twice.
        ItemError: A row cannot be used; names line and column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            items = list(read_items(file, path.name))
    except OSError as fault:
        raise TableError(path.name, fault.strerror or "cannot be read", "name a file") from fault
    except UnicodeDecodeError as fault:
        raise TableError(path.name, "is not in UTF-8", "save the table as CSV in UTF-8") from fault
    if labelled:
        _require_labels(items)
    return items


def read_items(file: TextIOBase, name: str) -> Iterator[Item]:
    """Yield the items of an open table.

    Raises:
        TableError: It is no table of this layout, or a declaration stands in it twice.
        ItemError: A row cannot be used.
    """
    rows = csv.reader(_short_lines(file, name), strict=True)
    header = next(rows, None)
    _require_header(header, name)
    assert header is not None  # noqa: S101
    seen: set[str] = set()
    try:
        for cells in rows:
            item = _item(header, cells, rows.line_num)
            if item.declaration_id in seen:
                remedy = "keep one row per declaration"
                raise ItemError(
                    rows.line_num, COLUMNS[0], item.declaration_id, "stands twice", remedy
                )
            seen.add(item.declaration_id)
            yield item
    except csv.Error as fault:
        raise TableError(name, f"line {rows.line_num}: {fault}", "save the table again") from fault


def _short_lines(file: TextIOBase, name: str) -> Iterator[str]:
    number = 0
    while line := file.readline(_LONGEST + 1):
        number += 1
        if len(line) > _LONGEST:
            raise TableError(name, f"line {number} is too long", f"at most {_LONGEST} characters")
        yield line


def _require_header(header: list[str] | None, name: str) -> None:
    if header is None:
        raise TableError(name, "is empty", "give a header and rows")
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise TableError(name, f"has no column {', '.join(missing)}", "give all columns")
    extra = [column for column in header if column not in {*COLUMNS, *LABELS}]
    if extra:
        raise TableError(name, f"has an unknown column {', '.join(extra)}", "leave it out")
    if len(set(header)) != len(header):
        raise TableError(name, "has a column twice", "give each column once")


def _item(header: list[str], cells: list[str], line: int) -> Item:
    if len(cells) != len(header):
        problem = f"has {len(cells)} cells instead of {len(header)}"
        raise ItemError(line, "row", "", problem, "give one cell per column")
    return parse_item(dict(zip(header, cells, strict=True)), line)


def _require_labels(items: list[Item]) -> None:
    for number, item in enumerate(items, start=2):
        if item.fraud is None:
            remedy = "train and measure on checked declarations only: not inspected is no label"
            raise ItemError(number, LABELS[0], "", "is missing", remedy)
