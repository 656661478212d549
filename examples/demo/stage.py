"""What the demonstration prints, and how it waits for doors that follow at their own pace."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from rich.console import Console
from rich.markup import escape

from clients.sdk.errors import InputError, ServerRefusedError

PATIENCE_SECONDS: Final = 20.0
_Answer = TypeVar("_Answer")


class SurprisedError(Exception):
    """Something that must be refused was not, or the other way round."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"the demonstration did not go as it must: {self.what}"


class Stage:
    """Numbers the scenes and prints what happens."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._scene = 0
        self._started = time.monotonic()

    def scene(self, title: str) -> None:
        """Begin the next scene."""
        self._scene += 1
        elapsed = time.monotonic() - self._started
        self._console.print(f"\n[bold]{self._scene}. {title}[/bold] [dim]{elapsed:.1f} s[/dim]")

    def done(self, text: str) -> None:
        """Say what was done."""
        self._print("[green]✓[/green]", text)

    def refused(self, text: str) -> None:
        """Say what was refused, as it must be."""
        self._print("[red]✗[/red]", text)

    def doubtful(self, text: str) -> None:
        """Say what could not be determined, as it must be."""
        self._print("[yellow]?[/yellow]", text)

    def _print(self, mark: str, text: str) -> None:
        self._console.print(f"   {mark} {escape(text)}", highlight=False, soft_wrap=True)

    def plain(self, text: str) -> None:
        """Print a line as it is."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


def until(ask: Callable[[], _Answer]) -> _Answer:
    """Ask until a door knows what it is asked for: it follows the ledger at its own pace.

    An answer of False is asked for again, too.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            answer = ask()
        except (ServerRefusedError, InputError):
            if time.monotonic() > deadline:
                raise
        else:
            if answer is not False:
                return answer
            if time.monotonic() > deadline:
                raise SurprisedError(f"nothing happened within {PATIENCE_SECONDS:.0f} s")
        time.sleep(0.02)
