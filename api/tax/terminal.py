"""An assessment for the terminal: every step, then the taxes, then what is due."""

from typing import Final

from rich.console import Console
from rich.table import Table

from api.tax.amounts import grouped
from api.tax.assessment import Assessment
from api.tax.charges import rate_text
from api.tax.replay import Replay
from api.tax.rules import texts
from api.tax.settlement import Settlement
from api.tax.trace import Step, trace

_WIDTH: Final = 120


def show_assessment(console: Console, found: Assessment, language: str) -> None:
    """Print the trace, the taxes of each line, and the totals.

    Args:
        console: Where to.
        found: What was assessed.
        language: "vi" or "en".
    """
    said = texts()
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(said["head.line"][language], justify="right")
    table.add_column(said["head.step"][language], overflow="fold", ratio=3)
    table.add_column(said["head.formula"][language], overflow="fold", ratio=3)
    table.add_column(said["head.law"][language], overflow="fold", ratio=2, style="dim")
    for step in trace(found):
        table.add_row(*_row(step, language))
    console.print(table)
    console.print(_totals(found, language))
    kind = said[f"kind.{found.kind.value}"][language]
    heading = said["total.heading"][language]
    console.print(f"{heading}: {grouped(found.total)} VND ({kind})", style="bold")


def show_settlement(console: Console, found: Settlement, language: str) -> None:
    """Print what changes between two assessments, per tax."""
    said = texts()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("head.tax", "head.before", "head.after", "head.difference"):
        table.add_column(said[name][language], justify="left" if name == "head.tax" else "right")
    for tax in found.taxes:
        amounts = (grouped(one) for one in (tax.before, tax.after, tax.difference))
        table.add_row(said[f"tax.{tax.tax.value}"][language], *amounts)
    console.print(table)
    collect, refund = said["total.collect"][language], said["total.refund"][language]
    console.print(f"{collect}: {grouped(found.to_collect)} VND", style="bold")
    console.print(f"{refund}: {grouped(found.to_refund)} VND", style="bold")
    if found.is_late:
        console.print(said["total.late"][language].format(day=found.due_on), style="yellow")


def show_replay(console: Console, found: Replay, language: str) -> None:
    """Print whether an assessment repeats, and where it does not."""
    said = texts()
    if found.repeats:
        console.print(said["replay.repeats"][language])
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("head.place", "head.recorded", "head.recomputed"):
        table.add_column(said[name][language], overflow="fold")
    for difference in found.differences:
        table.add_row(difference.place, difference.recorded, difference.recomputed)
    console.print(table)
    console.print(said["replay.differs"][language])


def terminal(*, stderr: bool = False) -> Console:
    """Return a console that prints texts as they are."""
    console = Console(highlight=False, markup=False, stderr=stderr)
    if not console.is_terminal:
        console.width = _WIDTH  # files and pipes have none of their own
    return console


def _row(step: Step, language: str) -> tuple[str, str, str, str]:
    line = str(step.line) if step.line else ""
    return line, step.text(language), step.formula, step.law


def _totals(found: Assessment, language: str) -> Table:
    said = texts()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("head.line", "head.tax", "head.rate", "head.base", "head.amount"):
        right = name in {"head.base", "head.amount"}
        table.add_column(said[name][language], justify="right" if right else "left")
    for line in found.lines:
        for tax in line.taxes:
            name = said[f"tax.{tax.tax.value}"][language]
            cells = (rate_text(tax.rate), grouped(tax.base), grouped(tax.amount))
            table.add_row(str(line.line.number), name, *cells)
    return table
