"""`tradeseal node serve` beside the other commands of a node, and `tradeseal token`.

Exit codes: 0 done, 1 refused or failed (the message says what to do), 64 unusable input.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
import uvicorn

from api.app import create_app
from api.errors import TokenInvalidError
from api.tokens import Caller, Role, TokenIssuer, TokenVerifier
from chain.cli import Log, Metrics
from chain.errors import MetricsAddressError
from chain.observability.endpoint import parse_metrics_address, serving_metrics
from chain.observability.logs import LogFormat, configure_logging, report_failure
from node.cli import app, opened
from node.console import AsJson, Folder, answer, failing_plainly, now
from node.errors import NodeError
from node.folder import open_folder
from node.keys.passwords import load_password
from node.keys.tokens import load_token_key
from node.network.commands import add_commands

__all__ = ["app", "token_app"]

add_commands(app)
token_app = typer.Typer(name="token", help="Bearer tokens of a local issuer.", no_args_is_help=True)


@app.command()
def serve(
    folder: Folder,
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port, 0 for any.")] = 8640,
    metrics: Metrics = None,
    log_format: Log = None,
) -> None:
    """Serve the organisation's API, and carry and follow in the background."""
    chosen = configure_logging(log_format)
    with _failing(chosen), opened(folder) as node:
        address = None if metrics is None else parse_metrics_address(metrics)
        node.check_ledger()
        key = load_token_key(node.folder.keys, load_password(os.environ))
        application = create_app(node, TokenVerifier(key.public_key()))
        config = uvicorn.Config(
            application,
            host=host,
            port=port,
            log_config=None,
            log_level="warning",
            access_log=False,  # the application logs each request itself, with its id
            server_header=False,
        )
        server = uvicorn.Server(config)
        application.state.is_ending = lambda: server.should_exit  # ends streams of events
        # A fault of this machine ends the process: whoever supervises it starts it again.
        node.start(on_fault=lambda: setattr(server, "should_exit", True))
        with serving_metrics(node.metrics.registry, address) as served:
            if served is not None:
                typer.echo(f"metrics on http://{served}/metrics")
            server.run()
        if faults := node.condition().faults:
            report_failure(chosen, "; ".join(faults))
            raise typer.Exit(1)


@contextmanager
def _failing(log_format: LogFormat) -> Iterator[None]:
    """End with an exit code and one line in the format of the log instead of a traceback."""
    try:
        yield
    except (NodeError, MetricsAddressError) as error:
        report_failure(log_format, str(error))
        raise typer.Exit(64 if isinstance(error, MetricsAddressError) else 1) from error


@token_app.callback()
def token() -> None:
    """Bearer tokens of a local issuer."""


@token_app.command()
def issue(
    folder: Folder,
    *,
    subject: Annotated[str, typer.Option(help="The person or system.")],
    role: Annotated[Role, typer.Option(help="What it acts as.")],
    post: Annotated[str, typer.Option(help="Where it acts, such as a border gate.")],
    hours: Annotated[int, typer.Option(min=1, max=24, help="Hours of validity.")] = 8,
    as_json: AsJson = False,
) -> None:
    """Issue a token for the API of the organisation in a folder."""
    with failing_plainly():
        place = open_folder(folder)
        issuer = TokenIssuer(load_token_key(place.keys, load_password(os.environ)))
        caller = Caller(subject, place.config.organisation, role, post)
        try:
            text = issuer.issue(caller, int(now().timestamp()), hours * 3_600)
        except TokenInvalidError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(64) from error
    if as_json:
        answer({"token": text}, as_json=True)
    else:
        typer.echo(text)
