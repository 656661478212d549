"""`tradeseal certificate`: certificates of origin, signed here and carried by your door.

Exit codes: 0 done; 1 refused, by the door or by the ledger; 2 not known yet: ask again;
64 unusable input.
"""

import json
import os
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

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
from clients.sdk.errors import InputError
from clients.sdk.files import load_password, read_input, read_private, write_private
from clients.sdk.json_input import parse_json
from clients.sdk.keystore import load_document_key, load_identifier_key, load_signing_key
from clients.sdk.openings import SIZE_LIMIT, ClaimOpening
from clients.sdk.origin import IssuerKeys
from contracts.origin.certificate import FormD, parse_form_d
from contracts.origin.identifiers import declaration_line_id

app = typer.Typer(name="certificate", help="Certificates of origin (Form D).", no_args_is_help=True)
_FORM_LIMIT: Final = 4 << 20
_WAIT: Final = 60

Reason = Annotated[str, typer.Option(help="Why; only a salted hash goes to the ledger.")]
Book = Annotated[Path, typer.Option(help="Folder of the openings accepted so far.")]


@app.command()
def issue(
    file: Annotated[Path, typer.Argument(help="The Form D as JSON.")],
    *,
    key: KeyFile,
    document_key: Annotated[Path, typer.Option(help="P-256 key file (PEM).")],
    identifier_key: Annotated[Path, typer.Option(help="Identifier key of the year.")],
    organisation: Annotated[str, typer.Option(help="The issuing organisation's identifier.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Keep the document.")
    ] = None,
    wait: Wait = _WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Issue a certificate: sign document and record, hand both over, wait for the ledger."""
    issuer = parse_identifier(organisation)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        password = load_password(os.environ)
        keys = IssuerKeys(
            load_signing_key(key, password),
            load_document_key(document_key, password),
            load_identifier_key(identifier_key),
            issuer,
        )
        issued = client.origin.issue(_read_form(file), keys, now())
        if output is not None:
            write_private(output, issued.document.encode(), replace=True)
        state = follow(client, issued.signed.digest, wait, as_json=as_json)
        answer({"certificate": "0x" + issued.id.hex(), **state}, as_json=as_json)


@app.command(name="list")
def list_command(
    *,
    status: Annotated[str | None, typer.Option(help="issued or cancelled.")] = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List the certificates that you may see."""
    with failing_plainly(as_json=as_json), open_client(url) as client:
        rows = [row.members() for row in client.origin.certificates(status)]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    names = ("id", "status", "issuing_country", "importing_country", "items", "expires_at")
    table = Table(box=None)
    for title in ("certificate", "status", "from", "to", "items", "expires"):
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(str(row.get(name)) for name in names))
    Console().print(table)


@app.command()
def show(certificate: Identifier, *, url: Url = URL_DEFAULT, as_json: AsJson = False) -> None:
    """Show a certificate with its drawn items and claims."""
    identifier = parse_identifier(certificate)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        view = client.origin.certificate(identifier)
        answer(view.answer, as_json=as_json)


@app.command()
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
    wait: Wait = _WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Claim part of an item; importing customs needs the opening to accept it."""
    identifier = parse_identifier(certificate)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        signed, made = client.origin.prepare_claim(
            identifier,
            item=item,
            quantity=_quantity(quantity),
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


@app.command()
def accept(
    opening: Annotated[Path, typer.Argument(help="The claim's opening, from the declarant.")],
    *,
    book: Book,
    key: KeyFile,
    wait: Wait = _WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Accept a claim as importing customs, which has opened and checked it."""
    with failing_plainly(as_json=as_json), open_client(url) as client:
        officer = load_signing_key(key, load_password(os.environ))
        wanted = ClaimOpening.parse(read_input(opening, SIZE_LIMIT), str(opening))
        form = client.origin.form(wanted.certificate, now())
        whole = _whole(form, wanted.item)
        before = _read_book(book, wanted)
        _keep(book, wanted)  # counted once the ledger has accepted it
        signed = client.origin.accept(wanted, before, whole, officer, now())
        state = follow(client, signed.digest, wait, as_json=as_json)
        answer({"claim": "0x" + wanted.claim.hex(), **state}, as_json=as_json)


@app.command()
def reject(
    certificate: Identifier,
    claim: Annotated[str, typer.Argument(help="The claim's digest.")],
    *,
    reason: Reason,
    key: KeyFile,
    wait: Wait = _WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Reject a pending claim as importing customs."""
    identifier, digest = parse_identifier(certificate), parse_identifier(claim)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        officer = load_signing_key(key, load_password(os.environ))
        decision = client.origin.reject(identifier, digest, reason, officer, now())
        state = follow(client, decision.signed.digest, wait, as_json=as_json)
        answer({"salt": decision.salt.hex(), **state}, as_json=as_json)


@app.command()
def cancel(
    certificate: Identifier,
    *,
    reason: Reason,
    key: KeyFile,
    wait: Wait = _WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Cancel a certificate as its issuer."""
    identifier = parse_identifier(certificate)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        officer = load_signing_key(key, load_password(os.environ))
        decision = client.origin.cancel(identifier, reason, officer, now())
        state = follow(client, decision.signed.digest, wait, as_json=as_json)
        answer({"salt": decision.salt.hex(), **state}, as_json=as_json)


def _read_form(path: Path) -> FormD:
    try:
        value = parse_json(read_input(path, _FORM_LIMIT))
    except ValueError as error:
        raise InputError(str(path), "it is no JSON") from error
    return parse_form_d(value)


def _quantity(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise InputError("quantity", f"{text[:40]!r} is no decimal number") from error


def _whole(form: FormD, number: int) -> Decimal:
    for item in form.items:
        if item.item_no == number:
            return item.quantity.value
    raise InputError("opening", f"the certificate has no item {number}")


def _read_book(book: Path, wanted: ClaimOpening) -> list[ClaimOpening]:
    found = [
        ClaimOpening.parse(read_private(path), str(path)) for path in sorted(book.glob("*.json"))
    ]
    return [
        opening
        for opening in found
        if opening.certificate == wanted.certificate and opening.claim != wanted.claim
    ]


def _keep(book: Path, opening: ClaimOpening) -> None:
    try:
        book.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(str(book), error.strerror or str(error)) from error
    path = book / f"{opening.claim.hex()}.json"
    write_private(path, opening.to_bytes(), replace=True)
