"""Commands of customs about certificates: export lines, receipt, consent."""

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from clients.cli.certificate_options import (
    WAIT,
    LineBook,
    keep,
    quantity_of,
    read_line_book,
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
from clients.sdk.errors import InputError
from clients.sdk.files import load_password
from clients.sdk.keystore import load_identifier_key, load_signing_key
from clients.sdk.origin.customs import LinePart
from contracts.origin.identifiers import export_line_id
from contracts.origin.records import MessageKind

commands = typer.Typer()

Item = Annotated[int, typer.Option(min=1, max=999, help="Item number.")]
Declaration = Annotated[str, typer.Option(help="Number of the export declaration.")]
Line = Annotated[int, typer.Option(min=1, help="Line of the declaration.")]
DeclarationKey = Annotated[Path, typer.Option(help="Identifier key of declarations.")]
Whole = Annotated[str, typer.Option(help="Quantity of the whole line.")]
_ANSWERS: Final = {
    "acknowledge": MessageKind.ACKNOWLEDGE,
    "receive": MessageKind.RECEIVE,
    "paper": MessageKind.PAPER,
}


@commands.command()
def certify_line(
    certificate: Identifier,
    *,
    item: Item,
    quantity: Annotated[str, typer.Option(help="The part that the item is certified from.")],
    whole: Whole,
    declaration: Declaration,
    line: Line,
    declaration_key: DeclarationKey,
    book: LineBook,
    key: KeyFile,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Countersign, as exporting customs, that an item is certified from an export line."""
    identifier = parse_identifier(certificate)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        officer = load_signing_key(key, load_password(os.environ))
        name = _line(identifier, declaration_key, declaration, line)
        part = LinePart(name, identifier, item, quantity_of(quantity), quantity_of(whole))
        signed, opening = client.origin.prepare_line(part, read_line_book(book), officer, now())
        keep(book, opening.record, opening)  # before it counts: it cannot be remade
        client.records.submit(signed)
        state = follow(client, signed.digest, wait, as_json=as_json)
        answer({"line": "0x" + name.hex(), **state}, as_json=as_json)


@commands.command()
def release_line(
    certificate: Identifier,
    *,
    item: Item,
    whole: Whole,
    declaration: Declaration,
    line: Line,
    declaration_key: DeclarationKey,
    book: LineBook,
    key: KeyFile,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Give an item's part of an export line back: never issued, or withdrawn and not drawn."""
    identifier = parse_identifier(certificate)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        officer = load_signing_key(key, load_password(os.environ))
        name = _line(identifier, declaration_key, declaration, line)
        known = read_line_book(book)
        standing = client.origin.line(name).parts
        found = [
            part
            for part in known
            if (part.line, part.certificate, part.item) == (name, identifier, item)
            and part.record in standing
        ]
        if not found:
            raise InputError(str(book), "it holds no opening of such a part")
        signed = client.origin.release_line(found[0], known, quantity_of(whole), officer, now())
        state = follow(client, signed.digest, wait, as_json=as_json)
        answer({"line": "0x" + name.hex(), **state}, as_json=as_json)


@commands.command()
def receive(
    certificate: Identifier,
    *,
    how: Annotated[
        str, typer.Option("--as", help="receive, acknowledge, or paper where the exchange failed.")
    ] = "receive",
    refuse: Annotated[
        list[str] | None,
        typer.Option(help="Refuse it with this code; give it again for more."),
    ] = None,
    key: KeyFile,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Answer a transmission by hand; a node with a clerk's key does it itself."""
    identifier = parse_identifier(certificate)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        if how not in _ANSWERS:
            raise InputError("--as", f"give one of {', '.join(_ANSWERS)}")
        officer = load_signing_key(key, load_password(os.environ))
        told: dict[str, object] = {}
        if refuse:
            decision = client.origin.refuse_message(identifier, refuse, officer, now())
            signed, told["salt"] = decision.signed, decision.salt.hex()
        else:
            signed = client.origin.tell(identifier, _ANSWERS[how], officer, now())
        state = follow(client, signed.digest, wait, as_json=as_json)
        answer({**told, **state}, as_json=as_json)


@commands.command()
def consent(
    certificate: Identifier,
    *,
    key: KeyFile,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Consent, as importing customs, to the issuer's withdrawing what is drawn."""
    identifier = parse_identifier(certificate)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        officer = load_signing_key(key, load_password(os.environ))
        signed = client.origin.consent(identifier, officer, now())
        answer(follow(client, signed.digest, wait, as_json=as_json), as_json=as_json)


def _line(certificate: bytes, key: Path, declaration: str, line: int) -> bytes:
    """Return a line's identifier; a certificate's begins with its country, which is the line's."""
    country = certificate[:2].decode("ascii", "replace")
    return export_line_id(load_identifier_key(key), country, declaration, line)
