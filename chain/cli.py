"""The `tradeseal ledger` commands."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Annotated, Final

import typer

from chain.errors import LedgerError
from chain.genesis import load_genesis
from chain.ledger import open_solo
from chain.rpc.http import serve as serve_http
from chain.sealing_key import load_sealing_key, password_from_environment

EXIT_USAGE: Final = 64
EXIT_FAULT: Final = 70

app = typer.Typer(help="Run the embedded ledger.", no_args_is_help=True)


@app.callback()
def ledger() -> None:
    """Run the embedded ledger."""


@app.command()
def serve(
    folder: Annotated[Path, typer.Option(help="Folder of the ledger.")],
    genesis: Annotated[Path, typer.Option(help="Genesis file.")],
    key: Annotated[Path, typer.Option(help="Sealing key, Ed25519 in PKCS #8 PEM, mode 0600.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8545,
) -> None:
    """Serve Ethereum JSON-RPC over HTTP until interrupted.

    Exit codes: 0 stopped on request, 64 unusable input, 70 the store or the engine failed.
    TRADESEAL_PASSWORD_FILE names the file with the key's password; else TRADESEAL_PASSWORD is it.
    """
    logging.basicConfig(level=logging.INFO)
    try:
        sealing_key = load_sealing_key(key, password_from_environment(os.environ))
        opened = open_solo(folder, load_genesis(genesis), sealing_key)
    except LedgerError as exc:
        typer.echo(f"tradeseal: {exc}", err=True)
        raise typer.Exit(EXIT_USAGE) from exc
    with opened:
        typer.echo(f"listening on http://{host}:{port}")
        orderly = serve_http(opened, host, port)
    if not orderly:
        typer.echo("tradeseal: the engine stopped after a fault: see the log", err=True)
        raise typer.Exit(EXIT_FAULT)
