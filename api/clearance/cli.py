"""`tradeseal clearance replay`: decisions made again, bit for bit.

Exit codes: 0 all identical; 1 something differs, each member is named; 2 the door does not
answer; 64 unusable input; 69 rules or a model are not here.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Annotated, Final

import typer

from api.clearance.errors import SourceError
from api.clearance.kept import KeptDecision, Replayed, replay_kept
from api.clearance.sources import DoorSource, FileSource, FolderSource, Source
from api.risk.decision import DecisionError
from api.risk.model.errors import RiskModelError
from api.risk.model.model import Model, default_model
from api.risk.rules import by_hash
from node.errors import NodeError
from node.files import read_private

EXIT_DIFFERENT: Final = 1
EXIT_UNKNOWN: Final = 2
EXIT_UNUSABLE: Final = 64
EXIT_UNAVAILABLE: Final = 69
"""EX_UNAVAILABLE of sysexits.h."""
_URL: Final = "http://127.0.0.1:8640"
_SHOWN: Final = 20

Number = Annotated[
    str | None, typer.Argument(help="A declaration's number; all its amendments are replayed.")
]


def replay(
    number: Number = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Replay every decision.")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Read an organisation's folder in place of a door.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="Read a file of decisions in place of a door.")
    ] = None,
    model: Annotated[
        list[Path] | None, typer.Option(help="Folder of one more model that decided.")
    ] = None,
    url: Annotated[str, typer.Option(envvar="TRADESEAL_URL", help="Customs' API.")] = _URL,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON value.")] = False,
) -> None:
    """Decide again from what is kept; name every member that differs from it or the ledger."""
    if every == (number is not None):
        _refuse("name one declaration, or give --all")
    if folder is not None and file is not None:
        _refuse("give --folder or --file, not both")
    with _failing(as_json=as_json):
        source = _source(folder, file, url)
        found = list(_replayed(source, number, _models(model or ())))
    if number is not None and not found:
        _refuse(f"{number} has no decision here")
    _show(found, as_json=as_json)
    if any(each.differences for each in found):
        raise typer.Exit(EXIT_DIFFERENT)
    if not all(each.identical for each in found):
        raise typer.Exit(EXIT_UNAVAILABLE)


def _replayed(source: Source, number: str | None, models: dict[bytes, Model]) -> Iterator[Replayed]:
    for page in source.pages(number):
        yield from replay_kept(_ordered(page), by_hash, models.get, source.seed)


def _ordered(page: Sequence[KeptDecision]) -> Sequence[KeptDecision]:
    return sorted(page, key=lambda each: (each.name, each.amendment or 0))


def _source(folder: Path | None, file: Path | None, url: str) -> Source:
    if folder is not None:
        return FolderSource(folder)
    if file is not None:
        return FileSource(file)
    token = os.environ.get("TRADESEAL_TOKEN")
    if name := os.environ.get("TRADESEAL_TOKEN_FILE"):
        token = read_private(Path(name)).decode("ascii", "replace").strip()
    return DoorSource.at(url, token)


@cache
def _default() -> Model:
    return default_model()


def _models(folders: Iterable[Path]) -> dict[bytes, Model]:
    loaded = [_default(), *(Model.load(folder) for folder in folders)]
    return {model.hash: model for model in loaded}


def _show(found: Sequence[Replayed], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([_members(each) for each in found], ensure_ascii=False))
        return
    for each in found:
        for difference in each.differences[:_SHOWN]:
            what = f"{difference.path} is {difference.recorded}, comes out {difference.recomputed}"
            typer.echo(f"{each.name}: {what}")
        hidden = len(each.differences) - _SHOWN
        if hidden > 0:
            typer.echo(f"{each.name}: and {hidden} more")
        if not each.differences and not each.identical:
            typer.echo(f"{each.name}: not here: {', '.join(each.missing)}")
    same = sum(each.identical for each in found)
    typer.echo(f"{same} of {len(found)} decisions identical")
    for what, text in (("ledger", "the ledger"), ("seed", "the beacon's outputs")):
        if absent := sum(what in each.missing for each in found):
            typer.echo(f"{absent} not compared with {text}: not at hand")


def _members(each: Replayed) -> dict[str, object]:
    differences = [
        {"path": one.path, "recorded": one.recorded, "recomputed": one.recomputed}
        for one in each.differences
    ]
    return {
        "declaration_no": each.name,
        "identical": each.identical,
        "differences": differences,
        "missing": list(each.missing),
    }


@contextmanager
def _failing(*, as_json: bool) -> Iterator[None]:
    try:
        yield
    except SourceError as error:
        _end(str(error), EXIT_UNKNOWN if error.is_silent else EXIT_UNUSABLE, as_json=as_json)
    except RiskModelError as error:
        _end(str(error), EXIT_UNAVAILABLE, as_json=as_json)
    except (DecisionError, NodeError) as error:
        _end(str(error), EXIT_UNUSABLE, as_json=as_json)


def _end(text: str, code: int, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"error": text}, ensure_ascii=False))
    else:
        typer.echo(f"error: {text}", err=True)
    raise typer.Exit(code)


def _refuse(text: str) -> None:
    typer.echo(f"error: {text}", err=True)
    raise typer.Exit(EXIT_UNUSABLE)
