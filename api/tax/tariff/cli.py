"""`tradeseal tax tariff`: importing tables of tariffs, and what stands in them on a day.

Exit codes: 0 done, 1 refused (the message says what to do), 64 unusable input.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api.tax.errors import TariffFileError, TaxError
from api.tax.tariff.columns import column, columns
from api.tax.tariff.files import load_tariff, store_version
from api.tax.tariff.importing import ImportReport, TableFinding, import_table
from api.tax.tariff.schedule import TariffLine

tariff_app = typer.Typer(name="tariff", help="Tariffs by date.", no_args_is_help=True)
EXIT_REFUSED: Final = 1
EXIT_UNUSABLE: Final = 64
_SHOWN: Final = 50

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]


@tariff_app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="The table, CSV in UTF-8 or XLSX.")],
    *,
    decree: Annotated[str, typer.Option(help="Number of the decree, as 26/2023/ND-CP.")],
    begins: Annotated[str, typer.Option("--from", help="First day, as 2023-07-15.")],
    into: Annotated[Path, typer.Option(help="Folder of the versions.")],
    ends: Annotated[
        str | None, typer.Option("--to", help="First day on which it no longer applies.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(help="Where the table was taken from; the file's name if left out."),
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Write the good rows, leave the bad ones out.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check a table, row by row, and keep it as a version of the tariff."""
    with _failing(as_json=as_json):
        last = None if ends is None else _day(ends, "--to")
        report = import_table(file, decree, source or file.name, _day(begins, "--from"), last)
        kept = report.good > 0 and (report.bad == 0 or skip_bad)
        path, new = store_version(report.version, into) if kept else (None, False)
    if as_json:
        typer.echo(json.dumps(_report(report, path, new=new), ensure_ascii=False))
    else:
        _show_report(report, path, new=new)
    if path is None:
        raise typer.Exit(EXIT_REFUSED)


@tariff_app.command()
def show(
    hs: Annotated[str, typer.Argument(help="The 8 digits of a line.")],
    *,
    folder: Annotated[Path, typer.Option(help="Folder of the versions.")],
    on: Annotated[str, typer.Option("--on", help="The day, as 2026-11-23.")],
    as_json: AsJson = False,
) -> None:
    """Show a line of the tariff as it stands on a day, and which decree each cell comes from."""
    with _failing(as_json=as_json):
        line = load_tariff(folder).lookup(hs.replace(".", ""), _day(on, "--on"))
    if as_json:
        typer.echo(json.dumps(_line(line), ensure_ascii=False))
        return
    console = Console(soft_wrap=True)
    unit = f" ({line.unit})" if line.unit else ""
    console.print(f"{line.hs}  {line.description}{unit}, {line.on}", markup=False, highlight=False)
    table = Table("column", "cell", "decree", "name", box=None)
    for name in _ordered(line):
        cell, decree = str(line.cell(name)), line.decree(name)
        table.add_row(name, escape(cell), escape(decree), escape(column(name).en))
    console.print(table)


@contextmanager
def _failing(*, as_json: bool) -> Iterator[None]:
    """End with a code and one text instead of a traceback."""
    try:
        yield
    except TaxError as error:
        if as_json:
            problem = {"code": error.code, "error": str(error)}
            typer.echo(json.dumps(problem, ensure_ascii=False), err=True)
        else:
            text = f"[red]error:[/] {escape(str(error))}"
            Console(stderr=True).print(text, highlight=False, soft_wrap=True)
        unusable = isinstance(error, TariffFileError)
        raise typer.Exit(EXIT_UNUSABLE if unusable else EXIT_REFUSED) from error


def _day(text: str, option: str) -> date:
    """Return a day.

    Raises:
        TariffFileError: The text is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise TariffFileError(option, f"{text!r} is no day", "write it as 2026-11-23") from error


def _ordered(line: TariffLine) -> list[str]:
    return [found.name for found in columns() if found.name in line.cells]


def _line(line: TariffLine) -> dict[str, Any]:
    return {
        "hs": line.hs,
        "on": line.on.isoformat(),
        "description": line.description,
        "unit": line.unit,
        "cells": {
            name: {"cell": str(line.cell(name)), "decree": line.decree(name)}
            for name in _ordered(line)
        },
    }


def _report(report: ImportReport, path: Path | None, *, new: bool) -> dict[str, Any]:
    return {
        "written": None if path is None else str(path),
        "new": new,
        "good": report.good,
        "bad": report.bad,
        "findings": [_finding(found) for found in report.findings],
    }


def _finding(found: TableFinding) -> dict[str, Any]:
    return {
        "row": found.row,
        "column": found.column,
        "position": found.position,
        "cell": found.cell,
        "problem": found.problem,
    }


def _show_report(report: ImportReport, path: Path | None, *, new: bool) -> None:
    console = Console(stderr=path is None, soft_wrap=True)
    for found in report.findings[:_SHOWN]:
        console.print(str(found), markup=False, highlight=False)
    if len(report.findings) > _SHOWN:
        console.print(f"… and {len(report.findings) - _SHOWN} more; --json lists all")
    console.print(f"{report.good} rows good, {report.bad} bad")
    if path is None:
        text = "nothing written: correct the rows, or leave them out with --skip-bad"
        console.print(text if report.good else "nothing written: no row can be used")
    else:
        state = "written" if new else "unchanged"
        console.print(f"{state}: {path}", markup=False, highlight=False)
