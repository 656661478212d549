"""Commands of issuers that take something back: cancel, replace, erase."""

import os
from typing import Annotated

import typer

from clients.cli.certificate_options import (
    WAIT,
    FormFile,
    IdentifierKeyFile,
    Reason,
    read_form,
)
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
from clients.sdk.files import load_password
from clients.sdk.keystore import load_identifier_key, load_signing_key

commands = typer.Typer()


@commands.command()
def cancel(
    certificate: Identifier,
    *,
    reason: Reason,
    key: KeyFile,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Cancel a certificate as its issuer; once drawn, only with consent of importing customs."""
    identifier = parse_identifier(certificate)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        officer = load_signing_key(key, load_password(os.environ))
        decision = client.origin.cancel(identifier, reason, officer, now())
        state = follow(client, decision.signed.digest, wait, as_json=as_json)
        answer({"salt": decision.salt.hex(), **state}, as_json=as_json)


@commands.command()
def replace(
    certificate: Identifier,
    file: FormFile,
    *,
    identifier_key: IdentifierKeyFile,
    reason: Reason,
    key: KeyFile,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Take a certificate out of force for a corrected one, the certificate of a JSON file.

    Then customs releases its lines and certifies them for the new one, and
    `issue --supersedes` puts that into force.
    """
    identifier = parse_identifier(certificate)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        officer = load_signing_key(key, load_password(os.environ))
        form, secret = read_form(file), load_identifier_key(identifier_key)
        successor = client.origin.identifier(form, secret)
        decision = client.origin.supersede(identifier, successor, reason, officer, now())
        state = follow(client, decision.signed.digest, wait, as_json=as_json)
        told = {"successor": "0x" + successor.hex(), "salt": decision.salt.hex()}
        answer({**told, **state}, as_json=as_json)


@commands.command()
def erase(
    certificate: Identifier,
    *,
    document: Annotated[
        str | None, typer.Option(help="Digest; the certificate's own if left out.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before erasing.")] = False,
    key: KeyFile,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Erase a document for good, and state so on the ledger: it then reads as erased."""
    identifier = parse_identifier(certificate)
    chosen = None if document is None else parse_identifier(document)
    if not yes:
        typer.confirm(f"Erase the document of {certificate} for good?", abort=True)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        officer = load_signing_key(key, load_password(os.environ))
        signed = client.origin.state_erasure(identifier, officer, now(), chosen)
        # The door erases only what the ledger says is erased, not what it may yet refuse.
        state = follow(client, signed.digest, max(wait, 1), as_json=as_json)
        digest = client.origin.erase(identifier, chosen)
        answer({"erased": "0x" + digest.hex(), **state}, as_json=as_json)
