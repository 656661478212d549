"""Commands of issuing authorities: decide, issue, also back-to-back, copy, send."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from clients.cli.certificate_options import (
    WAIT,
    Book,
    DocumentKey,
    FormFile,
    IdentifierKeyFile,
    IssuerName,
    Output,
    Readers,
    keep,
    quantity_of,
    read_book,
    read_content,
    read_form,
    read_public_key,
    whole_of,
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
from clients.sdk.files import load_password, write_private
from clients.sdk.keystore import (
    load_document_chain,
    load_document_key,
    load_identifier_key,
    load_signing_key,
)
from clients.sdk.openings import ClaimOpening
from clients.sdk.origin import IssuerKeys, Links, ParentDraw
from contracts.documents.cid import parse_cid
from contracts.origin.certificate import CertificateForm

commands = typer.Typer()

_NONE = bytes(32)
Named = Annotated[str | None, typer.Option(help="Identifier: 0x and 64 hexadecimal digits.")]


@commands.command()
def decide(
    application: Annotated[str, typer.Argument(help="The application's identifier.")],
    *,
    approve: Annotated[
        Path | None, typer.Option(help="Approve it for the certificate of this JSON file.")
    ] = None,
    identifier_key: Annotated[
        Path | None, typer.Option(help="Identifier key of the year, to approve.")
    ] = None,
    refuse: Annotated[str | None, typer.Option(help="Refuse it for this reason.")] = None,
    request: Annotated[
        Path | None, typer.Option(help="Ask for the information of this JSON file.")
    ] = None,
    key: KeyFile,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Decide on an application: approve, refuse, or request information."""
    identifier = parse_identifier(application)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        if sum(choice is not None for choice in (approve, refuse, request)) != 1:
            raise InputError("decision", "give exactly one of --approve, --refuse and --request")
        officer = load_signing_key(key, load_password(os.environ))
        told: dict[str, object] = {}
        if approve is not None:
            if identifier_key is None:
                raise InputError("--identifier-key", "an approval names the certificate by it")
            form, secret = read_form(approve), load_identifier_key(identifier_key)
            certificate = client.origin.identifier(form, secret)
            signed = client.origin.approve(identifier, certificate, officer, now())
            told["certificate"] = "0x" + certificate.hex()
        elif refuse is not None:
            decision = client.origin.refuse(identifier, refuse, officer, now())
            signed, told["salt"] = decision.signed, decision.salt.hex()
        else:
            content = read_content(request or Path())
            handed = client.origin.request_information(identifier, content, officer, now())
            signed, told["manifest"] = handed.signed, str(handed.stored.manifest)
        state = follow(client, signed.digest, wait, as_json=as_json)
        answer({**told, **state}, as_json=as_json)


@commands.command()
def issue(
    file: FormFile,
    *,
    key: KeyFile,
    document_key: DocumentKey,
    identifier_key: IdentifierKeyFile,
    organisation: IssuerName,
    application: Named = None,
    authorisation: Named = None,
    supersedes: Named = None,
    holder: Annotated[
        Path | None, typer.Option(help="The holder's P-256 public key (PEM), to bind it to that.")
    ] = None,
    reader: Readers = None,
    output: Output = None,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Issue a certificate: sign document and record, hand both over, wait for the ledger.

    For an application, or what it replaces, name that; a certified exporter names its
    authorisation. Exporting customs has certified the items' lines before.
    """
    links = Links(
        application=_name(application),
        authorisation=_name(authorisation),
        supersedes=_name(supersedes),
    )
    readers = [parse_identifier(text) for text in reader or ()]
    issuer = parse_identifier(organisation)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        keys = _keys(key, document_key, identifier_key, issuer)
        bound = None if holder is None else read_public_key(holder)
        form = read_form(file)
        issued = client.origin.issue(form, keys, now(), readers, links, holder=bound)
        if output is not None:
            write_private(output, issued.document.encode(), replace=True)
        state = follow(client, issued.signed.digest, wait, as_json=as_json)
        answer({"certificate": "0x" + issued.id.hex(), **state}, as_json=as_json)


@commands.command()
def back_to_back(
    file: FormFile,
    *,
    parent: Annotated[str, typer.Option(help="The certificate that it draws on.")],
    draw: Annotated[
        list[str],
        typer.Option(help="ITEM:QUANTITY of the parent, one for each item of the new one."),
    ],
    book: Book,
    key: KeyFile,
    document_key: DocumentKey,
    identifier_key: IdentifierKeyFile,
    organisation: IssuerName,
    application: Named = None,
    reader: Readers = None,
    output: Output = None,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Issue a certificate on the strength of another one; draws and issue stand together."""
    original, issuer = parse_identifier(parent), parse_identifier(organisation)
    readers = [parse_identifier(text) for text in reader or ()]
    with failing_plainly(as_json=as_json), open_client(url) as client:
        form = read_form(file)
        issued = client.origin.issue_back_to_back(
            form,
            _keys(key, document_key, identifier_key, issuer),
            original,
            draws=[_draw(text, client.origin.form(original, now())) for text in draw],
            accepted=read_book(book),
            now=now(),
            readers=readers,
            application=_name(application),
            on_draws=partial(_keep_all, book),
        )
        if output is not None:
            write_private(output, issued.document.encode(), replace=True)
        state = follow(client, issued.signed.digest, wait, as_json=as_json)
        drawn = ["0x" + opening.claim.hex() for opening in issued.draws]
        told = {"certificate": "0x" + issued.id.hex(), "draws": drawn}
        answer({**told, **state}, as_json=as_json)


@commands.command()
def copy(
    certificate: Identifier,
    file: FormFile,
    *,
    key: KeyFile,
    document_key: DocumentKey,
    identifier_key: IdentifierKeyFile,
    organisation: IssuerName,
    output: Annotated[Path, typer.Option("--output", "-o", help="The copy.")],
    reader: Readers = None,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Make a certified true copy; the form names its day in certified_copy, and draws nothing."""
    identifier, issuer = parse_identifier(certificate), parse_identifier(organisation)
    readers = [parse_identifier(text) for text in reader or ()]
    with failing_plainly(as_json=as_json), open_client(url) as client:
        form = read_form(file)
        if form.certified_copy is None:
            raise InputError(str(file), "certified_copy is missing: the day of the copy")
        keys = _keys(key, document_key, identifier_key, issuer)
        if client.origin.identifier(form, keys.identifier) != identifier:
            raise InputError(str(file), "it is another certificate's form")
        made = client.origin.copy(identifier, form, keys, now(), readers)
        write_private(output, made.document.encode(), replace=True)
        state = follow(client, made.signed.digest, wait, as_json=as_json)
        answer({"file": str(output), **state}, as_json=as_json)


@commands.command()
def transmit(
    certificate: Identifier,
    *,
    manifest: Annotated[
        str | None, typer.Option(help="CID of the document's manifest; the newest if left out.")
    ] = None,
    key: KeyFile,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Send a certificate to importing customs by hand; a node with a clerk's key does it itself."""
    identifier = parse_identifier(certificate)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        officer = load_signing_key(key, load_password(os.environ))
        named = None if manifest is None else parse_cid(manifest).digest
        signed = client.origin.transmit(identifier, officer, now(), named)
        answer(follow(client, signed.digest, wait, as_json=as_json), as_json=as_json)


def _keys(key: Path, document_key: Path, identifier_key: Path, issuer: bytes) -> IssuerKeys:
    password = load_password(os.environ)
    return IssuerKeys(
        load_signing_key(key, password),
        load_document_key(document_key, password),
        load_identifier_key(identifier_key),
        issuer,
        load_document_chain(document_key),
    )


def _keep_all(book: Path, openings: Sequence[ClaimOpening]) -> None:
    for opening in openings:
        keep(book, opening.claim, opening)


def _name(text: str | None) -> bytes:
    return _NONE if text is None else parse_identifier(text)


def _draw(text: str, parent: CertificateForm) -> ParentDraw:
    item, _, quantity = text.partition(":")
    if not item.isascii() or not item.isdigit() or not quantity:
        raise InputError("--draw", f"{text[:40]!r} is not ITEM:QUANTITY, such as 1:250.5")
    number = int(item)
    return ParentDraw(number, quantity_of(quantity), whole_of(parent, number))
