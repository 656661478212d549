"""The `tradeseal` command, assembled from the sub-commands that each installed layer registers.

A layer names its commands in the entry point group `tradeseal.commands`: a Typer application
becomes a group of commands, a function a command. A layer whose packages are not installed is left
out, so the small installation of an auditor has `tradeseal verify` and no ledger. Only the command
that is called is imported: verification does not wait for a state machine. A layer adds a command
to another one's group, say `clearance`, in the entry point group `tradeseal.commands.clearance`.
"""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, entry_points
from typing import Final

import typer

GROUP: Final = "tradeseal.commands"
EXIT_USAGE: Final = 64
"""EX_USAGE of sysexits.h."""


def assemble(called: str | None = None) -> typer.Typer:
    """Return the command with the sub-commands whose packages are installed.

    Args:
        called: Name of the only sub-command that is needed, None for all.
    """
    app = typer.Typer(
        name="tradeseal",
        help="Facts about goods that cross borders: recorded, enforced, provable offline.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def tradeseal() -> None:
        """Facts about goods that cross borders: recorded, enforced, provable offline."""

    entries = sorted(entry_points(group=GROUP), key=lambda found: found.name)
    names = {entry.name for entry in entries}
    for entry in entries:
        if called not in names or entry.name == called:
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
        known = {each.name for each in command.registered_commands}
        for more in entry_points(group=f"{GROUP}.{entry.name}"):
            if more.name not in known:
                _add(command, more)
    else:
        app.command(name=entry.name)(command)


def main() -> None:
    """Run the command; a wrong call of it exits with 64, not with the 2 of "undetermined"."""
    usage_error = typer.BadParameter.__mro__[1]
    usage_error.exit_code = EXIT_USAGE  # type: ignore[attr-defined] # UsageError, which typer hides
    called = sys.argv[1] if len(sys.argv) > 1 else None
    assemble(called)()
