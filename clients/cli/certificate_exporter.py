"""Commands of exporters and declarants: apply, supply information, withdraw, claim."""

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from clients.cli.certificate_options import WAIT, JsonFile, Reason, quantity_of, read_content
from clients.cli.session import (
    URL_DEFAULT,
    AsJson,
    Identifier,
    KeyFile,
    Url,
    Wait,
    answer,
    failing_plainly,
    follow,
    now,
    open_client,
    parse_identifier,
)
from clients.sdk.files import load_password, write_private
from clients.sdk.keystore import load_identifier_key, load_signing_key
from contracts.origin.identifiers import declaration_line_id

commands = typer.Typer()

Application = Annotated[str, typer.Argument(help="The application's identifier.")]


@commands.command()
def apply(
    file: JsonFile,
    *,
    authority: Annotated[str, typer.Option(help="The issuing organisation that decides.")],
    key: KeyFile,
    application: Annotated[
        str | None, typer.Option(help="Its identifier; a new random one if left out.")
    ] = None,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Apply for a certificate; the authority fetches the application by its manifest."""
    chosen = secrets.token_bytes(32) if application is None else parse_identifier(application)
    decider = parse_identifier(authority)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        signer = load_signing_key(key, load_password(os.environ))
        handed = client.origin.apply(chosen, decider, read_content(file), signer, now())
        state = follow(client, handed.signed.digest, wait, as_json=as_json)
        told = {"application": "0x" + chosen.hex(), "manifest": str(handed.stored.manifest)}
        answer({**told, **state}, as_json=as_json)


@commands.command()
def supply(
    application: Application,
    file: JsonFile,
    *,
    key: KeyFile,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Supply the information that the authority asked for."""
    identifier = parse_identifier(application)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        signer = load_signing_key(key, load_password(os.environ))
        handed = client.origin.supply(identifier, read_content(file), signer, now())
        state = follow(client, handed.signed.digest, wait, as_json=as_json)
        answer({"manifest": str(handed.stored.manifest), **state}, as_json=as_json)


@commands.command()
def withdraw(
    application: Application,
    *,
    reason: Reason,
    key: KeyFile,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Withdraw an application that is not decided."""
    identifier = parse_identifier(application)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        signer = load_signing_key(key, load_password(os.environ))
        decision = client.origin.withdraw(identifier, reason, signer, now())
        state = follow(client, decision.signed.digest, wait, as_json=as_json)
        answer({"salt": decision.salt.hex(), **state}, as_json=as_json)


@commands.command()
def claim(
    certificate: Identifier,
    *,
    item: Annotated[int, typer.Option(min=1, max=999, help="Item number.")],
    quantity: Annotated[str, typer.Option(help="In the item's unit, as in the certificate.")],
    declaration: Annotated[str, typer.Option(help="Number of the import declaration.")],
    line: Annotated[int, typer.Option(min=1, help="Line of the declaration.")],
    declaration_key: Annotated[Path, typer.Option(help="Identifier key of declarations.")],
    key: KeyFile,
    opening: Annotated[Path, typer.Option(help="New file for the opening: a secret.")],
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Claim part of an item; importing customs needs the opening to accept it."""
    identifier = parse_identifier(certificate)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        signed, made = client.origin.prepare_claim(
            identifier,
            item=item,
            quantity=quantity_of(quantity),
            declaration=declaration_line_id(
                load_identifier_key(declaration_key), declaration, line
            ),
            key=load_signing_key(key, load_password(os.environ)),
            ledger=client.records.ledger(),
            now=now(),
        )
        write_private(opening, made.to_bytes())  # before the claim exists: it cannot be remade
        client.records.submit(signed)
        state = follow(client, signed.digest, wait, as_json=as_json)
        answer({"claim": "0x" + signed.digest.hex(), **state}, as_json=as_json)
