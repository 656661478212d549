"""What the commands of clearance share: whose door, whose key, how to answer."""

import json
import os
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from clients.cli.session import AsJson, Url, answer, follow, open_client, parse_identifier
from clients.sdk import Client
from clients.sdk.answers import Answer
from clients.sdk.clearance import Clearance, MemberConnection, Stated
from clients.sdk.errors import InputError
from clients.sdk.files import load_password, read_input
from clients.sdk.json_input import parse_json
from clients.sdk.keystore import SigningKey, load_signing_key

__all__ = ["AsJson", "Url"]

DOCUMENT_LIMIT: Final = 64 * 1024
WAIT_DEFAULT: Final = 60
Name = Annotated[str, typer.Argument(help="The declaration's number, or its identifier.")]
Reason = Annotated[str, typer.Option(help="Code of the reason, such as IPR.")]
Door = Annotated[
    str | None, typer.Option(help="Customs' API, where --url is another organisation's.")
]
Customs = Annotated[
    str | None,
    typer.Option(help="Customs' organisation: 0x and 64 digits; then the key asks, not a token."),
]
OptionalKey = Annotated[
    Path | None, typer.Option("--key", help="Keystore file of the member's key.")
]
Document = Annotated[
    Path, typer.Option(help="The document: a JSON object, numbers whole, at most 64 KiB.")
]


@dataclass(frozen=True, slots=True)
class Opened:
    """Clearance at customs' door, and the caller's own."""

    client: Client
    clearance: Clearance
    key: SigningKey | None

    def signer(self) -> SigningKey:
        """Return the caller's key.

        Raises:
            InputError: None was named.
        """
        if self.key is None:
            raise InputError("--key", "is missing; name the keystore file of the signing key")
        return self.key


@contextmanager
def opened(
    url: str, key: Path | None = None, customs: str | None = None, door: str | None = None
) -> Generator[Opened]:
    """Open the caller's own door, and customs' where it is another.

    Args:
        url: The caller's own door.
        key: Keystore file.
        customs: Customs' organisation where a member asks; None at customs' own desk.
        door: Customs' door; the same as `url` where left out.
    """
    secret = None if key is None else load_signing_key(key, load_password(os.environ))
    with open_client(url) as client:
        if customs is None:
            yield Opened(client, client.clearance, secret)
            return
        if secret is None:
            raise InputError("--key", "is missing; a member's key signs what it asks")
        asked = "0x" + parse_identifier(customs).hex()
        connection = MemberConnection(door or url, asked, secret)
        try:
            yield Opened(client, client.clearance.at(connection), secret)
        finally:
            connection.close()


def read_document(path: Path) -> dict[str, object]:
    """Return a JSON object from a file.

    Raises:
        InputError: It cannot be read or is none.
    """
    try:
        value = parse_json(read_input(path, DOCUMENT_LIMIT))
    except ValueError as error:
        raise InputError(str(path), "is no JSON; give one object") from error
    return dict(Answer(value, str(path)).members())


def tell(found: Opened, stated: Stated, wait: int, *, as_json: bool) -> None:
    """Wait for a record and say how far it came."""
    known = follow(found.client, stated.digest, wait, as_json=as_json)
    answer(known | {"content": "0x" + stated.content.hex()}, as_json=as_json)


def show_rows(items: Iterable[Answer], names: tuple[str, ...], *, as_json: bool) -> None:
    """Print some members of each item."""
    found = [item.members() for item in items]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for item in found:
        shown = ((name, item.get(name)) for name in names)
        typer.echo("  ".join(f"{name}={value}" for name, value in shown if value is not None))


def show_standing(found: Answer, *, as_json: bool) -> None:
    """Print how a declaration stands and what it waits for."""
    if as_json:
        typer.echo(json.dumps(found.members(), ensure_ascii=False))
        return
    for name in ("declaration_no", "object", "stage", "channel", "draw", "amendment", "settled"):
        typer.echo(f"{name}: {_plain(found.members().get(name))}")
    for reason in found.objects("waiting"):
        typer.echo(f"  {reason.text('code')}: {reason.text('vi')} / {reason.text('en')}")


def show_receipt(value: Mapping[str, object], *, as_json: bool) -> None:
    """Print the receipt of a declaration."""
    if as_json:
        typer.echo(json.dumps(value, ensure_ascii=False))
        return
    for name in ("declaration_no", "object", "reference", "received_at"):
        typer.echo(f"{name}: {value.get(name)}")
    for warning in Answer(value).objects("warnings"):
        typer.echo(f"  {warning.text('field')}: {warning.text('vi')} / {warning.text('en')}")


def _plain(value: object) -> object:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
