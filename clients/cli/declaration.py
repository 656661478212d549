"""`tradeseal declaration`: declarations from JSON or XLSX, checked without any server.

Exit codes: 0 nothing stands against it; 1 something does; 64 unusable input.
"""

import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from clients.cli.session import EXIT_REFUSED, AsJson, failing_plainly
from clients.sdk.errors import InputError
from clients.sdk.files import read_input, write_private
from clients.sdk.workbooks import WORKBOOK_LIMIT, sheets_from, write_workbook
from contracts.clearance.declaration import (
    Declaration,
    Finding,
    check_declaration,
    declaration_bytes,
    parse_declaration,
    read_declaration,
)
from contracts.clearance.declaration.amendments import Stage, changes, check_amendment
from contracts.clearance.declaration.reading import SIZE_LIMIT
from contracts.clearance.declaration.sheets import read_sheets, sheets_of, template

app = typer.Typer(name="declaration", help="Import and export declarations.", no_args_is_help=True)
_SALT_SIZE: Final = 32
_ZIP: Final = b"PK"
File = Annotated[Path, typer.Argument(help="A declaration as JSON or XLSX.")]
Day = Annotated[
    str | None, typer.Option("--on", help="Day of the check, YYYY-MM-DD; today if left out.")
]
Output = Annotated[Path, typer.Option("--output", "-o", help="The file to write.")]


@app.command()
def check(file: File, *, on: Day = None, as_json: AsJson = False) -> None:
    """Name all that is wrong with a declaration, in Vietnamese and English."""
    with failing_plainly(as_json=as_json):
        day = _day(on)
        read, found = _read(file)
        if read is not None:
            found = [("", each) for each in check_declaration(read, day)]
        _show(found, as_json=as_json)
    if any(each.is_error for _, each in found):
        raise typer.Exit(EXIT_REFUSED)


@app.command()
def convert(file: File, *, output: Output, as_json: AsJson = False) -> None:
    """Turn XLSX into JSON, with a new salt, or JSON into XLSX; the output's ending decides."""
    with failing_plainly(as_json=as_json):
        read, found = _read(file)
        if read is not None and output.suffix.lower() == ".xlsx":
            write_workbook(output, sheets_of(read))
        elif read is not None:
            write_private(output, declaration_bytes(read), replace=True)
        else:
            _show(found, as_json=as_json)
    if read is None:
        raise typer.Exit(EXIT_REFUSED)


@app.command(name="template")
def template_command(*, output: Output, as_json: AsJson = False) -> None:
    """Write the empty workbook of a declaration."""
    with failing_plainly(as_json=as_json):
        write_workbook(output, template())


@app.command(name="changes")
def changes_command(
    before: Annotated[Path, typer.Argument(help="The version that stands.")],
    after: Annotated[Path, typer.Argument(help="The one that shall.")],
    *,
    stage: Annotated[Stage, typer.Option(help="How far the declaration is.")] = Stage.REGISTERED,
    on: Day = None,
    as_json: AsJson = False,
) -> None:
    """Name what an amendment changes; exit code 1 where a change is no longer allowed."""
    with failing_plainly(as_json=as_json):
        day = _day(on)
        earlier, later = _require(before), _require(after)
        found = check_amendment(earlier, later, stage, day)
        differences = changes(earlier, later)
        if as_json:
            members = {
                "changes": [each.to_json() for each in differences],
                "findings": [each.to_json() for each in found],
            }
            typer.echo(json.dumps(members, ensure_ascii=False))
        else:
            rows = [(each.field, _brief(each.before), _brief(each.after)) for each in differences]
            _table(("field", "before", "after"), rows)
            _show([("", each) for each in found], as_json=False)
    if found:
        raise typer.Exit(EXIT_REFUSED)


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError("--on", "it is no day; write YYYY-MM-DD") from error


def _require(path: Path) -> Declaration:
    read, found = _read(path)
    if read is None:
        problem = f"{found[0][0] or found[0][1].field} {found[0][1].en}"
        raise InputError(str(path), f"{problem}; run tradeseal declaration check")
    return read


def _read(path: Path) -> tuple[Declaration | None, list[tuple[str, Finding]]]:
    """Return a declaration, or none and the findings of its form, each with its cell."""
    content = read_input(path, max(WORKBOOK_LIMIT, SIZE_LIMIT))
    if not content.startswith(_ZIP):
        read = parse_declaration(content)
        if isinstance(read, Declaration):
            return read, []
        return None, [("", each) for each in read]
    sheets = read_sheets(sheets_from(content, path.name), secrets.token_hex(_SALT_SIZE))
    read = read_declaration(sheets.value)
    if isinstance(read, Declaration) and not sheets.findings:
        return read, []
    faults = () if isinstance(read, Declaration) else read
    placed = [(each.field, each) for each in sheets.findings]
    return None, placed + [(sheets.cell(each.field), each) for each in faults]


def _show(found: Sequence[tuple[str, Finding]], *, as_json: bool) -> None:
    if as_json:
        members = [each.to_json() | ({"cell": cell} if cell else {}) for cell, each in found]
        typer.echo(json.dumps({"findings": members}, ensure_ascii=False))
        return
    if not found:
        typer.echo("nothing stands against it")
        return
    rows = [
        (each.severity.value, cell or each.field, f"{each.vi}\n{each.en}") for cell, each in found
    ]
    _table(("severity", "field", "what"), rows)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(box=None)
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, markup=False).print(table)


def _brief(value: object) -> str:
    return "-" if value is None else json.dumps(value, ensure_ascii=False)
