"""`tradeseal risk`: train, score, watch and compare models of fraud in declarations.

Exit codes: 0 done; 1 drift that asks for action; 64 unusable input; 69 a model is refused, or
LightGBM is missing.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from api.risk.model.compare import compare as compare_models
from api.risk.model.drift import Standing
from api.risk.model.drift import drifts as drifts_of
from api.risk.model.errors import ModelRefusedError, ModelUnavailableError, RiskModelError
from api.risk.model.model import DEFAULT_FOLDER, Model
from api.risk.model.scoring import score_items, write_scores
from api.risk.model.table import load_items
from api.risk.model.training import LICENCE
from api.risk.model.training import train as train_model

EXIT_DRIFT: Final = 1
EXIT_UNUSABLE: Final = 64
EXIT_UNAVAILABLE: Final = 69
"""EX_UNAVAILABLE of sysexits.h."""
_DAY: Final = "%Y-%m-%d"

Table_ = Annotated[Path, typer.Argument(help="Declarations as CSV, with or without labels.")]
ModelFolder = Annotated[
    Path, typer.Option("--model", help="Folder of a model; the one of the package if left out.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]

app = typer.Typer(name="risk", help="Risk of declarations.", no_args_is_help=True)


@app.callback()
def risk() -> None:
    """Risk of declarations: train, score, watch and compare models."""


@app.command()
def train(
    train_table: Annotated[Path, typer.Argument(help="Checked declarations as CSV.")],
    valid_table: Annotated[
        Path | None, typer.Argument(help="Later ones to measure on; else the last fifth.")
    ] = None,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write.")],
    name: Annotated[str, typer.Option(help="Of the model.")] = "declarations",
    licence: Annotated[str, typer.Option(help="Terms of model and data.")] = LICENCE,
    as_json: AsJson = False,
) -> None:
    """Train a model; the same tables give the same bytes. Prints its card."""
    with _failing(as_json=as_json):
        model = train_model(train_table, valid_table, output, name=name, licence=licence)
    if as_json:
        _answer({**_named(model), "folder": str(output), "card": dict(model.card)})
    else:
        typer.echo(model.card_text)
        typer.echo(f"written: {output}, hash {model.hash.hex()}")


@app.command()
def score(
    table: Table_,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="CSV of scores to write.")],
    model: ModelFolder = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Score declarations in the order of days; labels that the table has are not read."""
    with _failing(as_json=as_json):
        loaded = Model.load(model)
        found = score_items(loaded, load_items(table))
        try:
            write_scores(output, found)
        except OSError as fault:
            _refuse(f"{output}: {fault.strerror}; name a file that can be written", "risk-output")
    if as_json:
        _answer({**_named(loaded), "rows": len(found), "written": str(output)})
    else:
        typer.echo(f"{len(found)} declarations scored: {output}")


@app.command()
def drift(
    table: Table_,
    *,
    model: ModelFolder = DEFAULT_FOLDER,
    on: Annotated[
        datetime | None, typer.Option(formats=[_DAY], help="Day whose thresholds count.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare declarations and their scores with those the model was measured on."""
    with _failing(as_json=as_json):
        loaded = Model.load(model)
        items = load_items(table)
        found = score_items(loaded, items, explain=False)
        rows, ppms = [one.row for one in found], [one.score.ppm for one in found]
        day = (on or datetime.now(UTC)).date()
        distances = drifts_of(loaded.card["reference"], rows, ppms, day) if found else ()
    if as_json:
        features = [
            {"feature": one.feature, "psi": one.psi, "standing": one.standing.value}
            for one in distances
        ]
        _answer({**_named(loaded), "rows": len(rows), "features": features})
    else:
        shown = Table("feature", "PSI", "standing")
        for one in distances:
            shown.add_row(one.feature, f"{one.psi:.4f}", one.standing.value)
        Console().print(shown)
    if any(one.standing is Standing.ACT for one in distances):
        raise typer.Exit(EXIT_DRIFT)


@app.command()
def compare(
    table: Table_,
    challenger: Annotated[Path, typer.Argument(help="Folder of the model on trial.")],
    *,
    model: ModelFolder = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Let two models score the same declarations: agreement, and figures where labels are."""
    with _failing(as_json=as_json):
        items = load_items(table)
        found = compare_models(Model.load(model), Model.load(challenger), items)
    if as_json:
        _answer(found)
    else:
        _show_comparison(found)


@app.command()
def card(*, model: ModelFolder = DEFAULT_FOLDER, as_json: AsJson = False) -> None:
    """Print the card of a model, after checking every byte of it."""
    with _failing(as_json=as_json):
        loaded = Model.load(model)
    if as_json:
        _answer({**_named(loaded), "card": dict(loaded.card)})
    else:
        typer.echo(loaded.card_text)
        typer.echo(f"{loaded.name} {loaded.version}, hash {loaded.hash.hex()}")


def _named(model: Model) -> dict[str, Any]:
    return {"model": model.name, "version": model.version, "hash": model.hash.hex()}


def _answer(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


def _show_comparison(found: dict[str, Any]) -> None:
    shown = Table("", "champion", "challenger")
    for part, title in (("unseen_goods", "goods never seen"), ("all_goods", "all goods")):
        sides = [found[side][part] for side in ("champion", "challenger")]
        shown.add_row(f"{title}: rows", *(str(one["rows"]) for one in sides))
        shown.add_row("  AUC", *(str(one["auc"]) for one in sides))
        for share in ("5", "10"):
            shown.add_row(
                f"  precision {share} %", *(str(one["precision"][share]) for one in sides)
            )
    Console().print(shown)
    agreed = found["agreement"]
    typer.echo(f"rank correlation {agreed['rank_correlation']}; same top {agreed['same_top']}")


@contextmanager
def _failing(*, as_json: bool) -> Iterator[None]:
    try:
        yield
    except RiskModelError as error:
        if as_json:
            _answer({"error": error.code, "detail": str(error)})
        else:
            typer.echo(f"{error.code}: {error}", err=True)
        refused = isinstance(error, (ModelRefusedError, ModelUnavailableError))
        raise typer.Exit(EXIT_UNAVAILABLE if refused else EXIT_UNUSABLE) from error


def _refuse(text: str, code: str) -> None:
    typer.echo(f"{code}: {text}", err=True)
    raise typer.Exit(EXIT_UNUSABLE)
