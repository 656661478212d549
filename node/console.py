"""What the commands of a node share: their arguments, answers and failures."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from node.errors import NodeError

Folder = Annotated[Path, typer.Argument(help="The organisation's folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]


def now() -> datetime:
    """Return the time, for what a node itself writes down."""
    return datetime.now(UTC)


@contextmanager
def failing_plainly() -> Iterator[None]:
    """End with exit code 1 and one line of text instead of a traceback."""
    try:
        yield
    except NodeError as error:
        # Escaped: a text that names a section, such as [network], must keep it.
        text = f"[red]error:[/] {escape(str(error))}"
        Console(stderr=True).print(text, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error


def answer(value: dict[str, Any], *, as_json: bool) -> None:
    """Print a result, for people or for programs."""
    if as_json:
        typer.echo(json.dumps(value))
        return
    for name, item in value.items():
        typer.echo(f"{name}: {item}")
