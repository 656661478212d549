"""The `tradeseal` command, assembled from the sub-commands that each installed layer registers.

A layer names its commands in the entry point group `tradeseal.commands`: a Typer application
becomes a group of commands, a function a command. A layer whose packages are not installed is left
out, so the small installation of an auditor has `tradeseal verify` and no ledger.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Final

import typer

GROUP: Final = "tradeseal.commands"


def assemble() -> typer.Typer:
    """Return the command with all sub-commands whose packages are installed."""
    app = typer.Typer(
        name="tradeseal",
        help="Facts about goods that cross borders: recorded, enforced, provable offline.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def tradeseal() -> None:
        """Facts about goods that cross borders: recorded, enforced, provable offline."""

    for entry in sorted(entry_points(group=GROUP), key=lambda found: found.name):
        _add(app, entry)
    return app


def _add(app: typer.Typer, entry: EntryPoint) -> None:
    try:
        command = entry.load()
    except ModuleNotFoundError as exc:
        if (exc.name or "").split(".")[0] in {"chain", "contracts", "node", "api", "clients"}:
            raise
        return  # a layer that is not installed
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=entry.name)
    else:
        app.command(name=entry.name)(command)


def main() -> None:
    """Run the command."""
    assemble()()
