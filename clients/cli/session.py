"""What all commands share: where the door is, how to answer, how to fail.

Exit codes: 0 done; 1 refused, by the door or by the ledger; 2 not known yet (the door does not
answer, or the ledger has not answered in time: ask again); 64 unusable input.
"""

import json
import os
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from clients.sdk import Client
from clients.sdk.answers import RecordStatus
from clients.sdk.errors import (
    AnswerError,
    ClientError,
    NotYetFinalError,
    RecordRefusedError,
    ServerFailedError,
    ServerRefusedError,
    ServerUnreachableError,
)
from clients.sdk.files import read_private
from contracts.errors import ContractError

EXIT_REFUSED: Final = 1
EXIT_UNKNOWN: Final = 2
EXIT_UNUSABLE: Final = 64

Url = Annotated[str, typer.Option("--url", envvar="TRADESEAL_URL", help="Your organisation's API.")]
URL_DEFAULT: Final = "http://127.0.0.1:8640"
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON value.")]
Wait = Annotated[
    int, typer.Option(min=0, max=3600, help="Seconds to wait for the ledger; 0 for none.")
]
KeyFile = Annotated[Path, typer.Option("--key", help="Keystore file of the signing key.")]
Identifier = Annotated[str, typer.Argument(help="Identifier: 0x and 64 hexadecimal digits.")]

_IDENTIFIER_SIZE: Final = 32


@contextmanager
def failing_plainly(*, as_json: bool) -> Generator[None]:
    """End with an exit code and one message instead of a traceback."""
    try:
        yield
    except (ClientError, ContractError) as error:
        code = _exit_code(error)
        if as_json:
            typer.echo(json.dumps({"error": type(error).__name__, "message": str(error)}))
        else:
            Console(stderr=True, highlight=False, soft_wrap=True, markup=False).print(
                f"error: {error}"
            )
        raise typer.Exit(code) from error


def open_client(url: str) -> Client:
    """Return a client with the token that the environment names.

    `TRADESEAL_TOKEN_FILE` names a file of mode 0600, else `TRADESEAL_TOKEN` is the token.
    """
    token = os.environ.get("TRADESEAL_TOKEN")
    if name := os.environ.get("TRADESEAL_TOKEN_FILE"):
        token = read_private(Path(name)).decode("ascii", "replace").strip()
    return Client(url, token)


def now() -> int:
    """Return the time in seconds since 1970."""
    return int(time.time())


def parse_identifier(text: str) -> bytes:
    """Return the 32 bytes of an identifier.

    Raises:
        typer.Exit: It is none; with exit code 64.
    """
    digits = text.removeprefix("0x")
    if len(digits) != 2 * _IDENTIFIER_SIZE or set(digits) - set("0123456789abcdef"):
        typer.echo(f"error: {text[:80]!r} is no identifier: give 0x and 64 digits", err=True)
        raise typer.Exit(EXIT_UNUSABLE)
    return bytes.fromhex(digits)


def answer(value: Mapping[str, object], *, as_json: bool) -> None:
    """Print a result, for people or for programs."""
    if as_json:
        typer.echo(json.dumps(value))
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for name, item in value.items():
        console.print(f"{name}: {item}")


def follow(client: Client, digest: bytes, wait: int, *, as_json: bool) -> dict[str, object]:
    """Wait for a record, showing how far it is; return what is known.

    Raises:
        RecordRefusedError: The ledger refused it.
        NotYetFinalError: It is not final in time.
    """
    shown = "0x" + digest.hex()
    if not wait:
        return {"digest": shown, "status": client.records.status(digest).status}
    console = Console(stderr=True, quiet=as_json or not sys.stderr.isatty())
    with console.status("promised; waiting for the ledger") as status:

        def tell(found: RecordStatus) -> None:
            status.update(f"{found.status}; waiting for the ledger")

        final = client.records.follow(digest, float(wait), tell)
    return {"digest": shown, "status": final.status, "block": final.block}


def _exit_code(error: Exception) -> int:
    if isinstance(error, ServerFailedError | ServerUnreachableError | NotYetFinalError):
        return EXIT_UNKNOWN
    if isinstance(error, ServerRefusedError | RecordRefusedError | AnswerError):
        return EXIT_REFUSED
    return EXIT_UNUSABLE
