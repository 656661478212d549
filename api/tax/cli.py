"""`tradeseal tax`: what is due for a declaration, without ledger, account or network.

Exit codes: 0 assessed, or the replay repeats; 1 it does not repeat; 64 unusable input.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from api.tax.assess import assess as assess_declaration
from api.tax.assessment import Assessment
from api.tax.document import assessment_members
from api.tax.errors import DeclarationError, MemberError, TaxError
from api.tax.example import example_rates, example_tariff
from api.tax.exchange import RateTable, parse_table
from api.tax.model import Declaration
from api.tax.purpose import CHANGE_FORMAT, ChangeOfPurpose, new_declaration
from api.tax.replay import replay as replay_assessment
from api.tax.settlement import finalise
from api.tax.structure import read
from api.tax.tariff.cli import tariff_app
from api.tax.tariff.files import load_tariff
from api.tax.tariff_rates import TariffRates
from api.tax.terminal import show_assessment, show_replay, show_settlement, terminal
from contracts.documents.encoding import parse_json
from contracts.errors import PresentationError

EXIT_DIFFERS: Final = 1
EXIT_UNUSABLE: Final = 64
_FILE_LIMIT: Final = 16 << 20
_DAY: Final = "%Y-%m-%d"


class Language(StrEnum):
    """In which language steps are explained."""

    ENGLISH = "en"
    VIETNAMESE = "vi"


File = Annotated[Path, typer.Argument(help="The declaration, or change of purpose, as JSON.")]
Folder = Annotated[
    Path | None, typer.Option("--tariff", help="Folder of tariff versions; an example if left out.")
]
Rates = Annotated[
    Path | None, typer.Option("--rates", help="Table of exchange rates; an example if left out.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]
Lang = Annotated[Language, typer.Option("--lang", help="Of the explanation.")]

app = typer.Typer(name="tax", help="Taxes of a declaration.", no_args_is_help=True)
app.add_typer(tariff_app)


@app.callback()
def tax() -> None:
    """Taxes of a declaration: assessed, explained, replayed."""


@app.command()
def assess(
    file: File,
    *,
    tariff: Folder = None,
    rates: Rates = None,
    as_json: AsJson = False,
    language: Lang = Language.ENGLISH,
) -> None:
    """Assess a declaration; each step names its law, its source and its numbers."""
    with _failing(language, as_json=as_json):
        found = _assessed(_declaration(file), tariff, rates)
    if as_json:
        typer.echo(json.dumps(assessment_members(found), ensure_ascii=False))
    else:
        show_assessment(terminal(), found, language.value)


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="An assessment that `assess --json` wrote.")],
    *,
    tariff: Folder = None,
    rates: Rates = None,
    as_json: AsJson = False,
    language: Lang = Language.ENGLISH,
) -> None:
    """Assess a recorded declaration again and say what differs; exit code 1 if anything does."""
    with _failing(language, as_json=as_json):
        found = replay_assessment(_content(file), _rates_of(tariff), _table(rates))
    if as_json:
        differences = [
            {"place": one.place, "recorded": one.recorded, "recomputed": one.recomputed}
            for one in found.differences
        ]
        typer.echo(json.dumps({"repeats": found.repeats, "differences": differences}))
    else:
        show_replay(terminal(), found, language.value)
    if not found.repeats:
        raise typer.Exit(EXIT_DIFFERS)


@app.command()
def settle(
    provisional: Annotated[Path, typer.Argument(help="The declaration as it was for release.")],
    final: Annotated[Path, typer.Argument(help="The declaration with its final figures.")],
    *,
    on: Annotated[datetime, typer.Option(formats=[_DAY], help="Day of the final figures.")],
    tariff: Folder = None,
    rates: Rates = None,
    as_json: AsJson = False,
    language: Lang = Language.ENGLISH,
) -> None:
    """Say what a final declaration changes after a release: to collect, or to refund."""
    with _failing(language, as_json=as_json):
        before = _assessed(_declaration(provisional), tariff, rates)
        source, table = _rates_of(tariff), _table(rates)
        found = finalise(before, _declaration(final), source, table, on.date())
    if as_json:
        typer.echo(json.dumps(found.members()))
    else:
        show_settlement(terminal(), found, language.value)


@contextmanager
def _failing(language: Language, *, as_json: bool) -> Iterator[None]:
    """End with exit code 64 and what to do, for people or as one JSON object."""
    try:
        yield
    except TaxError as error:
        known = error if isinstance(error, DeclarationError) else None
        text = str(error) if known is None else known.text(language.value)
        if as_json:
            problem = {"code": error.code, "error": text}
            if known is not None:
                problem["path"] = known.path
            typer.echo(json.dumps(problem, ensure_ascii=False), err=True)
        else:
            terminal(stderr=True).print(f"{error.code}: {text}", soft_wrap=True)
        raise typer.Exit(EXIT_UNUSABLE) from error


def _assessed(declaration: Declaration, tariff: Path | None, rates: Path | None) -> Assessment:
    return assess_declaration(declaration, _rates_of(tariff), _table(rates))


def _declaration(path: Path) -> Declaration:
    value = _parsed(path)
    if isinstance(value, dict) and value.get("format") == CHANGE_FORMAT:
        return new_declaration(read(ChangeOfPurpose, value, "change"))
    return read(Declaration, value, "declaration")


def _rates_of(folder: Path | None) -> TariffRates:
    return TariffRates(example_tariff() if folder is None else load_tariff(folder))


def _table(path: Path | None) -> RateTable:
    return example_rates() if path is None else parse_table(_parsed(path))


def _parsed(path: Path) -> Any:
    try:
        return parse_json(_content(path), str(path))
    except PresentationError as error:
        remedy = "send one JSON object, numbers as strings, each name once"
        raise MemberError(str(path), "is no acceptable JSON", remedy) from error


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_FILE_LIMIT + 1)
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise MemberError(str(path), reason, "name a file that can be read") from error
    if len(content) > _FILE_LIMIT:
        raise MemberError(str(path), "is too large", f"send at most {_FILE_LIMIT} bytes")
    return content
