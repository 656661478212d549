"""The `tradeseal ledger` commands: the ledger embedded, and one replica of a network's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from chain.errors import LedgerError, MetricsAddressError
from chain.genesis import load_genesis
from chain.ledger import Ledger, open_network, open_solo
from chain.observability.endpoint import (
    MetricsAddress,
    parse_metrics_address,
    serving_metrics,
)
from chain.observability.logs import LogFormat, configure_logging, report_failure
from chain.rpc.http import serve as serve_http
from chain.sealing_key import load_sealing_key, password_from_environment
from chain.store.keyvalue import RocksStore

EXIT_USAGE: Final = 64
EXIT_FAULT: Final = 70

Metrics = Annotated[
    str | None, typer.Option(metavar="HOST:PORT", help="Serve metrics to Prometheus here.")
]
Log = Annotated[
    LogFormat | None,
    typer.Option(
        "--log-format", help="Log lines; text on a terminal, else json.", show_default=False
    ),
]

app = typer.Typer(help="Run a ledger.", no_args_is_help=True)


@app.callback()
def ledger() -> None:
    """Run a ledger: embedded, or one replica of a network's."""


@app.command()
def serve(
    folder: Annotated[Path, typer.Option(help="Folder of the ledger.")],
    genesis: Annotated[Path, typer.Option(help="Genesis file.")],
    key: Annotated[Path, typer.Option(help="Sealing key, Ed25519 in PKCS #8 PEM, mode 0600.")],
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8545,
    metrics: Metrics = None,
    log_format: Log = None,
) -> None:
    """Serve Ethereum JSON-RPC over HTTP until interrupted.

    Exit codes: 0 stopped on request, 64 unusable input, 70 the store or the engine failed.
    TRADESEAL_PASSWORD_FILE names the file with the key's password; else TRADESEAL_PASSWORD is it.
    """
    chosen = configure_logging(log_format)
    try:
        address = None if metrics is None else parse_metrics_address(metrics)
        sealing_key = load_sealing_key(key, password_from_environment(os.environ))
        opened = open_solo(folder, load_genesis(genesis), sealing_key)
    except LedgerError as exc:
        report_failure(chosen, str(exc))
        raise typer.Exit(EXIT_USAGE) from exc
    with opened:
        _serve(opened, host, port, address, chosen)


@app.command()
def join(
    folder: Annotated[Path, typer.Option(help="Folder of this replica.")],
    genesis: Annotated[Path, typer.Option(help="Genesis file of the network.")],
    abci: Annotated[
        str, typer.Option(help="Where CometBFT connects to: unix://PATH or tcp://HOST:PORT.")
    ],
    engine: Annotated[str, typer.Option(help="CometBFT's own RPC, http://HOST:PORT.")],
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8545,
    metrics: Metrics = None,
    log_format: Log = None,
) -> None:
    """Execute what a network's CometBFT orders, and serve Ethereum JSON-RPC over HTTP.

    CometBFT is started beside it and may come and go. Exit codes: 0 stopped on request, 64
    unusable input, 70 the store or the engine failed: start both again.
    """
    chosen = configure_logging(log_format)
    try:
        address = None if metrics is None else parse_metrics_address(metrics)
        founded_by = load_genesis(genesis)
        opened = open_network(RocksStore(folder), founded_by, abci=abci, engine_url=engine)
    except LedgerError as exc:
        report_failure(chosen, str(exc))
        raise typer.Exit(EXIT_USAGE) from exc
    with opened:
        _serve(opened, host, port, address, chosen)


def _serve(
    opened: Ledger, host: str, port: int, metrics: MetricsAddress | None, log_format: LogFormat
) -> None:
    """Serve a ledger, and its metrics where an address is given, until it ends."""
    try:
        with serving_metrics(opened.engine.metrics.registry, metrics) as served:
            if served is not None:
                typer.echo(f"metrics on http://{served}/metrics")
            typer.echo(f"listening on http://{host}:{port}")
            orderly = serve_http(opened, host, port)
    except MetricsAddressError as exc:
        report_failure(log_format, str(exc))
        raise typer.Exit(EXIT_USAGE) from exc
    if not orderly:
        report_failure(log_format, "the engine stopped after a fault: see the log")
        raise typer.Exit(EXIT_FAULT)
