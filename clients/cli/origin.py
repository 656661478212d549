"""`tradeseal origin`: whether a good originates under an agreement, explained.

Exit codes: 0 it originates; 1 it does not, or the door refused the case; 2 not known: ask again;
64 unusable input.
"""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, cast

import typer
from rich.console import Console
from rich.table import Table

from clients.cli.session import (
    EXIT_REFUSED,
    URL_DEFAULT,
    AsJson,
    Url,
    failing_plainly,
    open_client,
)
from clients.sdk.determination import Determination
from clients.sdk.errors import InputError
from clients.sdk.files import read_input, write_private
from clients.sdk.json_input import parse_json

app = typer.Typer(name="origin", help="Rules of origin.", no_args_is_help=True)
_CASE_LIMIT: Final = 1 << 18


class Language(StrEnum):
    """In which language steps are explained."""

    ENGLISH = "en"
    VIETNAMESE = "vi"


@app.command()
def determine(
    file: Annotated[Path, typer.Argument(help="The case as JSON.")],
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Keep the decision, to replay it.")
    ] = None,
    language: Annotated[Language, typer.Option(help="Of the explanation.")] = Language.ENGLISH,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Determine the origin of a good; each step names its clause and figures."""
    with failing_plainly(as_json=as_json), open_client(url) as client:
        found = client.determinations.determine(_read_object(file))
        if output is not None:
            write_private(output, found.to_bytes(), replace=True)
        if as_json:
            typer.echo(json.dumps(found.answer.members()))
        else:
            _show(found, language)
    if found.outcome != "originating":
        raise typer.Exit(EXIT_REFUSED)


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A decision that was kept.")],
    *,
    language: Annotated[Language, typer.Option(help="Of the explanation.")] = Language.ENGLISH,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Recompute a kept decision from its own case; exit code 1 where it does not repeat."""
    with failing_plainly(as_json=as_json), open_client(url) as client:
        found = client.determinations.replay(_read_object(file))
        if as_json:
            typer.echo(json.dumps(found.answer.members()))
        else:
            _show(found, language)
            typer.echo("the decision repeats")


def _read_object(path: Path) -> dict[str, object]:
    try:
        value = parse_json(read_input(path, _CASE_LIMIT))
    except ValueError as error:
        raise InputError(str(path), "it is no JSON") from error
    if not isinstance(value, dict):
        raise InputError(str(path), "it is no JSON object")
    return cast("dict[str, object]", value)


def _show(found: Determination, language: Language) -> None:
    table = Table(box=None)
    for title in ("step", "clause", "why"):
        table.add_column(title, overflow="fold")
    for step in found.steps(language):
        table.add_row(*step)
    console = Console(highlight=False, markup=False)
    console.print(table)
    console.print(f"outcome: {found.outcome}", soft_wrap=True)
    console.print(f"box 8: {found.criterion or '-'}", soft_wrap=True)
