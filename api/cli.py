"""`tradeseal node serve` beside the other commands of a node, and `tradeseal token`.

Exit codes: 0 done, 1 refused or failed (the message says what to do), 64 unusable input.
"""

import os
from typing import Annotated

import typer
import uvicorn

from api.app import create_app
from api.errors import TokenInvalidError
from api.tokens import Caller, Role, TokenIssuer, TokenVerifier
from node.cli import AsJson, Folder, answer, app, failing_plainly, now, opened
from node.folder import open_folder
from node.keys.passwords import load_password
from node.keys.tokens import load_token_key

__all__ = ["app", "token_app"]

token_app = typer.Typer(name="token", help="Bearer tokens of a local issuer.", no_args_is_help=True)


@app.command()
def serve(
    folder: Folder,
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port, 0 for any.")] = 8640,
) -> None:
    """Serve the organisation's API, and carry and follow in the background."""
    with failing_plainly(), opened(folder) as node:
        node.check_ledger()
        key = load_token_key(node.folder.keys, load_password(os.environ))
        application = create_app(node, TokenVerifier(key.public_key()))
        config = uvicorn.Config(
            application, host=host, port=port, log_level="warning", server_header=False
        )
        server = uvicorn.Server(config)
        # A fault of this machine ends the process: whoever supervises it starts it again.
        node.start(on_fault=lambda: setattr(server, "should_exit", True))
        server.run()
        if faults := node.condition().faults:
            typer.echo("error: " + "; ".join(faults), err=True)
            raise typer.Exit(1)


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
