"""`tradeseal membership`: what organisations decide together, and who validates.

A proposal is drafted at one door, voted on with admin keys (at that door, at another one, or on
a machine without a network, where the proposal travels as a file), and carried by any node once
more than two thirds of the governing organisations have signed it.

Exit codes: 0 done; 1 refused; 2 not known yet, or the door does not answer; 64 unusable input.
"""

import json
import os
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from clients.cli.proposals import app as propose_app
from clients.cli.proposals import ballot_words, show_state, write_ballot
from clients.cli.session import (
    EXIT_REFUSED,
    URL_DEFAULT,
    AsJson,
    KeyFile,
    Url,
    answer,
    failing_plainly,
    open_client,
    parse_identifier,
)
from clients.sdk.answers import Answer
from clients.sdk.errors import AnswerError
from clients.sdk.files import load_password, read_input
from clients.sdk.governance import FILE_LIMIT, parse_ballot
from clients.sdk.keystore import load_signing_key
from contracts.membership.ballot import Ballot

app = typer.Typer(
    name="membership", help="Decisions of the consortium; validators.", no_args_is_help=True
)
app.add_typer(propose_app, name="propose")

Chosen = Annotated[
    str, typer.Argument(metavar="PROPOSAL", help="Its file, or its digest at your door.")
]
_VALIDATOR_COLUMNS: Final = ("public_key", "power", "organisation", "name", "from_block")


@app.command()
def vote(
    proposal: Chosen,
    *,
    key: KeyFile,
    offline: Annotated[
        bool, typer.Option(help="Only add the vote to the file; no door is asked.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before signing.")] = False,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Sign a proposal with an admin key, after showing what it would do."""
    file = _file(proposal)
    if offline and file is None:
        raise typer.BadParameter("needs the proposal's file", param_hint="--offline")
    with failing_plainly(as_json=as_json):
        ballot = _fetch(proposal, url) if file is None else _read(file)
        _confirm(ballot, is_sure=yes)
        signer = load_signing_key(key, load_password(os.environ))
        if file is not None:
            ballot = ballot.sign(signer.secret)
            write_ballot(file, ballot, replace=True)
        if offline:
            told = {"proposal": "0x" + ballot.digest.hex(), "votes": len(ballot.votes)}
            answer(told, as_json=as_json)
            return
        with open_client(url) as client:
            if file is None:
                show_state(client.governance.vote(ballot, signer), as_json=as_json)
            else:
                show_state(client.governance.propose(ballot), as_json=as_json)


@app.command()
def show(
    proposal: Annotated[
        str | None, typer.Argument(metavar="PROPOSAL", help="A file or digest; none: all.")
    ] = None,
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Keep it in a file, to pass on.")
    ] = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Show what a proposal would do and who signed it; a file is read without any door."""
    with failing_plainly(as_json=as_json):
        if proposal is None:
            _show_all(url, as_json=as_json)
        elif (file := _file(proposal)) is not None:
            ballot = _read(file)
            keys = ["0x" + ballot.voter(one).hex() for one in ballot.votes]
            told = {"proposal": "0x" + ballot.digest.hex(), **ballot_words(ballot), "keys": keys}
            answer(told, as_json=as_json)
        else:
            with open_client(url) as client:
                state = client.governance.find(parse_identifier(proposal))
            if output is not None and state.ballot is not None:
                write_ballot(output, state.ballot, replace=False)
            show_state(state, as_json=as_json)


@app.command()
def submit(proposal: Chosen, *, url: Url = URL_DEFAULT, as_json: AsJson = False) -> None:
    """Hand in a proposal's file with its votes, and let the door carry what is decided."""
    file = _file(proposal)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        if file is not None:
            digest = client.governance.propose(_read(file)).digest
        else:
            digest = parse_identifier(proposal)
        show_state(client.governance.submit(digest), as_json=as_json)


@app.command()
def validators(
    *,
    at_block: Annotated[int | None, typer.Option(min=0, help="At the end of this block.")] = None,
    history: Annotated[bool, typer.Option(help="Who ever validated.")] = False,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List who validates."""
    with failing_plainly(as_json=as_json), open_client(url) as client:
        rows = client.membership.validators(at_block, is_history=history)
    _print_rows(rows, (*_VALIDATOR_COLUMNS, "until_block"), as_json=as_json)


@app.command()
def misbehaviour(*, url: Url = URL_DEFAULT, as_json: AsJson = False) -> None:
    """List what organisations' nodes saw validators do."""
    with failing_plainly(as_json=as_json), open_client(url) as client:
        rows = list(client.membership.misbehaviour())
    columns = ("kind", "validator", "organisation", "height", "time", "reported_by")
    _print_rows(rows, columns, as_json=as_json)


def _file(proposal: str) -> Path | None:
    path = Path(proposal)
    return path if path.exists() or not proposal.startswith("0x") else None


def _read(file: Path) -> Ballot:
    return parse_ballot(read_input(file, FILE_LIMIT), str(file))


def _fetch(proposal: str, url: str) -> Ballot:
    with open_client(url) as client:
        state = client.governance.find(parse_identifier(proposal))
    if state.ballot is None:
        raise AnswerError("ballot", "is missing")
    return state.ballot


def _confirm(ballot: Ballot, *, is_sure: bool) -> None:
    if is_sure:
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    for name, value in ballot_words(ballot).items():
        console.print(f"{name}: {value}")
    if not typer.confirm("Sign this?", err=True):
        raise typer.Exit(EXIT_REFUSED)


def _show_all(url: str, *, as_json: bool) -> None:
    with open_client(url) as client:
        found = client.governance.proposals()
    rows: list[dict[str, Any]] = [
        {
            "proposal": "0x" + state.digest.hex(),
            "status": state.status,
            "votes": state.counted,
            "needed": state.needed,
        }
        for state in found
    ]
    _print_table(rows, ("proposal", "status", "votes", "needed"), as_json=as_json)


def _print_rows(rows: list[Answer], columns: tuple[str, ...], *, as_json: bool) -> None:
    _print_table([row.members() for row in rows], columns, as_json=as_json)


def _print_table(rows: list[dict[str, Any]], columns: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table(box=None)
    for name in columns:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(str(row.get(name)) for name in columns))
    Console().print(table)
