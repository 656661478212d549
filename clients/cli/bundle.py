"""`tradeseal bundle`: write proof bundles, which `tradeseal verify` checks offline.

Exit codes: 0 done; 1 refused; 2 not provable yet, or the door does not answer; 64 unusable
input.
"""

import hashlib
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from clients.cli.session import (
    URL_DEFAULT,
    AsJson,
    Identifier,
    Url,
    answer,
    failing_plainly,
    open_client,
    parse_identifier,
)
from clients.sdk.errors import InputError

app = typer.Typer(name="bundle", help="Proof bundles.", no_args_is_help=True)


@app.callback()
def bundle() -> None:
    """Proof bundles."""


@app.command()
def certificate(
    certificate: Identifier,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    *,
    document: Annotated[bool, typer.Option(help="Whether to add the document.")] = True,
    since_height: Annotated[
        int, typer.Option(min=0, help="Height that the receiver's trust file stands at.")
    ] = 0,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Write the proof bundle of a certificate to a file."""
    identifier = parse_identifier(certificate)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        with Console(stderr=True, quiet=as_json).status("collecting the proof"):
            content = client.proofs.certificate_bundle(
                identifier, since_height=since_height, with_document=document
            )
        try:
            output.write_bytes(content)
        except OSError as error:
            raise InputError(str(output), error.strerror or str(error)) from error
        result = {
            "file": str(output),
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        answer(result, as_json=as_json)
