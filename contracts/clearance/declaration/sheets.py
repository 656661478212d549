"""A declaration as the sheets of a workbook, and where in them a fault stands; pure.

The sheet `header` has one field per row, its name and its value; every other sheet one row
per element under a row of names. The layout follows from the model. Cells are texts:
reading and writing files is the clients' part.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

from contracts.clearance.declaration.findings import Finding, finding
from contracts.clearance.declaration.kinds import BOOLEAN, COUNT, LINE_NUMBER, Value
from contracts.clearance.declaration.model import FORMAT, Declaration
from contracts.clearance.declaration.objects import FieldKind, Many, Object, members_of
from contracts.clearance.declaration.reading import declaration_json

HEADER: Final = "header"
SEPARATOR: Final = ";"
_LEFT_OUT: Final = frozenset({"format", "salt"})
_COUNTS: Final = frozenset({COUNT, LINE_NUMBER})
_COUNT_DIGITS: Final = 9
_TRUTH: Final = {"true": True, "false": False}
_LETTERS: Final = 26
Rows: TypeAlias = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Column:
    """A field in a sheet.

    Attributes:
        name: Path of the field within its row, joined by dots.
        kind: Of the value; a list of values stands in one cell.
        claim: Whether the field belongs to a list of which the sheet holds one element.
    """

    name: str
    kind: Value | Many
    claim: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """A sheet of a list.

    Attributes:
        name: Of the sheet.
        path: Where the list stands in the declaration.
        columns: Its columns.
    """

    name: str
    path: tuple[str, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class SheetReading:
    """What the sheets of a workbook say.

    Attributes:
        value: For `read_declaration`.
        cells: Where each field stands, such as `lines!D5`, by its JSON pointer.
        findings: What is wrong with the sheets themselves; their `field` is the cell.
    """

    value: dict[str, Any]
    cells: Mapping[str, str]
    findings: tuple[Finding, ...]

    def cell(self, pointer: str) -> str:
        """Return the cell of a field, or of the nearest that holds it; empty for none."""
        while pointer and pointer not in self.cells:
            pointer = pointer.rpartition("/")[0]
        return self.cells.get(pointer, "")


def layouts() -> tuple[Layout, ...]:
    """Return the sheets of the lists, in the order of the model."""
    return tuple(_lists(Declaration, ()))


def header_columns() -> tuple[Column, ...]:
    """Return the fields of the sheet `header`."""
    return tuple(_columns(Declaration, "", nested=False))


def template() -> dict[str, list[list[str]]]:
    """Return the empty sheets, by name."""
    found = {HEADER: [["field", "value"], *([each.name, ""] for each in header_columns())]}
    for layout in layouts():
        found[layout.name] = [[each.name for each in layout.columns]]
    return found


def sheets_of(declaration: Declaration) -> dict[str, list[list[str]]]:
    """Return a declaration as sheets; of several certificates of a line, the first."""
    value = declaration_json(declaration)
    found = template()
    found[HEADER] = [
        ["field", "value"],
        *([each.name, _cell(value, each)] for each in header_columns()),
    ]
    for layout in layouts():
        rows = cast("list[dict[str, Any]]", _reach(value, layout.path) or [])
        found[layout.name] += [[_cell(row, each) for each in layout.columns] for row in rows]
    return found


def read_sheets(sheets: Mapping[str, Rows], salt: str) -> SheetReading:
    """Read the sheets of a workbook into the JSON form of a declaration.

    Args:
        sheets: Rows of cells as texts, by name of the sheet.
        salt: 32 random bytes, 64 lower-case digits.
    """
    work = _Work()
    known = {HEADER, *(each.name for each in layouts())}
    for name in sheets:
        if name not in known:
            work.fault("DECL_SHEET_UNKNOWN", name, sheet=name)
    if HEADER in sheets:
        work.header(sheets[HEADER])
    else:
        work.fault("DECL_SHEET_MISSING", HEADER, sheet=HEADER)
    for layout in layouts():
        if layout.name in sheets:
            work.list(layout, sheets[layout.name])
    value = {"format": FORMAT} | work.value | {"salt": salt}
    return SheetReading(value, work.cells, tuple(work.findings))


def cell_name(column: int, row: int) -> str:
    """Return the name of a cell, such as D5.

    Args:
        column: From 0.
        row: From 0.
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


class _Work:
    """Collects what the sheets say."""

    def __init__(self) -> None:
        self.value: dict[str, Any] = {}
        self.cells: dict[str, str] = {}
        self.findings: list[Finding] = []

    def fault(self, code: str, field: str, /, **facts: str) -> None:
        self.findings.append(finding(code, field, **facts))

    def header(self, rows: Rows) -> None:
        columns = {each.name: each for each in header_columns()}
        for number, row in enumerate(rows[1:], 1):
            name = row[0] if row else ""
            column = columns.pop(name, None)
            if column is not None:
                cell = f"{HEADER}!{cell_name(1, number)}"
                self.put(self.value, column, row[1] if len(row) > 1 else "", "", cell)
            elif any(row):
                field = f"{HEADER}!{cell_name(0, number)}"
                self.fault("DECL_COLUMN_UNKNOWN", field, sheet=HEADER, column=name)
        for name in columns:
            self.fault("DECL_COLUMN_MISSING", HEADER, sheet=HEADER, column=name)

    def list(self, layout: Layout, rows: Rows) -> None:
        names = list(rows[0]) if rows else []
        columns = {each.name: each for each in layout.columns}
        placed: list[tuple[int, Column]] = []
        for position, name in enumerate(names):
            column = columns.pop(name, None)
            if column is not None:
                placed.append((position, column))
            elif name:
                field = f"{layout.name}!{cell_name(position, 0)}"
                self.fault("DECL_COLUMN_UNKNOWN", field, sheet=layout.name, column=name)
        for name in columns:
            self.fault("DECL_COLUMN_MISSING", layout.name, sheet=layout.name, column=name)
        self.rows(layout, placed, rows)

    def rows(self, layout: Layout, placed: Sequence[tuple[int, Column]], rows: Rows) -> None:
        elements: list[dict[str, Any]] = []
        pointer = "/" + "/".join(layout.path)
        self.cells[pointer] = layout.name
        for number, row in enumerate(rows[1:], 1):
            if not any(row):
                continue
            element: dict[str, Any] = {}
            at = f"{pointer}/{len(elements)}"
            self.cells[at] = f"{layout.name}!{cell_name(0, number)}"
            for position, column in placed:
                text = row[position] if position < len(row) else ""
                cell = f"{layout.name}!{cell_name(position, number)}"
                self.put(element, column, text, at, cell)
            elements.append(element)
        if elements:
            _holder(self.value, layout.path)[layout.path[-1]] = elements

    def put(self, holder: dict[str, Any], column: Column, text: str, at: str, cell: str) -> None:
        """Put the value of a cell into its object, and keep where it stands."""
        path = column.name.split(".")
        if column.claim:
            path = [path[0], "0", *path[1:]]
        self.cells[f"{at}/{'/'.join(path)}"] = cell
        if not text:
            return
        if column.claim:
            (claim,) = holder.setdefault(path[0], [{}])
            claim[path[-1]] = _value(column.kind, text)
        else:
            _holder(holder, path)[path[-1]] = _value(column.kind, text)


def _holder(value: dict[str, Any], path: Sequence[str]) -> dict[str, Any]:
    for name in path[:-1]:
        value = value.setdefault(name, {})
    return value


def _value(kind: Value | Many, text: str) -> Any:
    """Return a cell's text as JSON; what is no count or truth value stays text."""
    if isinstance(kind, Many):
        return [each.strip() for each in text.split(SEPARATOR)]
    if kind in _COUNTS and text.isascii() and text.isdigit() and len(text) <= _COUNT_DIGITS:
        return int(text)
    return _TRUTH.get(text.lower(), text) if kind == BOOLEAN else text


def _lists(model: type[Any], path: tuple[str, ...]) -> Iterator[Layout]:
    for name, member in members_of(model).items():
        kind, at = member.kind, (*path, name)
        if isinstance(kind, Many) and isinstance(kind.kind, Object):
            yield Layout("_".join(at), at, tuple(_columns(kind.kind.model, "", nested=True)))
        elif isinstance(kind, Object):
            yield from _lists(kind.model, at)


def _columns(model: type[Any], prefix: str, *, nested: bool) -> Iterator[Column]:
    for name, member in members_of(model).items():
        if name not in _LEFT_OUT:
            yield from _column(f"{prefix}{name}", member.kind, nested=nested)


def _column(name: str, kind: FieldKind, *, nested: bool) -> Iterator[Column]:
    if isinstance(kind, Object):
        yield from _columns(kind.model, f"{name}.", nested=nested)
    elif isinstance(kind, Value) or isinstance(kind.kind, Value):
        yield Column(name, kind)
    elif nested:
        for each in _columns(kind.kind.model, f"{name}.", nested=True):
            yield Column(each.name, each.kind, claim=True)


def _reach(value: Any, path: Sequence[str]) -> Any:
    """Return what stands at a path, in lists in their first element; None where nothing does."""
    for name in path:
        if isinstance(value, list):
            value = cast("Sequence[Any]", value)[0]
        value = cast("dict[str, Any]", value).get(name)
        if value is None:
            return None
    return value


def _cell(value: dict[str, Any], column: Column) -> str:
    found = _reach(value, column.name.split("."))
    if found is None or found == []:
        return ""
    if isinstance(column.kind, Many):
        return SEPARATOR.join(found)
    return str(found).lower() if isinstance(found, bool) else str(found)
