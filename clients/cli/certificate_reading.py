"""Commands that read: certificates, applications, claims, what was sent and received."""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, cast

import typer
from rich.console import Console
from rich.table import Table

from clients.cli.certificate_page import ClaimView, LedgerView, certificate_page
from clients.cli.session import (
    URL_DEFAULT,
    AsJson,
    Identifier,
    Url,
    answer,
    failing_plainly,
    now,
    open_client,
    parse_identifier,
)
from clients.sdk import Client
from clients.sdk.answers import Answer
from clients.sdk.errors import ServerRefusedError
from clients.sdk.views import CertificateView
from contracts.documents.sd_jwt import VerifiedDocument

commands = typer.Typer()
_GONE: Final = frozenset({"document_unknown", "document_erased"})


@commands.command(name="list")
def list_command(
    *,
    status: Annotated[str | None, typer.Option(help="issued, cancelled or superseded.")] = None,
    exchange: Annotated[
        str | None, typer.Option(help="not_sent, sent, acknowledged, received or failed.")
    ] = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List the certificates that you may see."""
    wanted = {} if exchange is None else {"exchange": exchange}
    with failing_plainly(as_json=as_json), open_client(url) as client:
        rows = [row.members() for row in client.origin.certificates(status, **wanted)]
    names = ("id", "form", "status", "exchange", "issuing_country", "importing_country")
    titles = ("certificate", "form", "status", "exchange", "from", "to", "expires")
    _print(rows, (*names, "expires_at"), titles, as_json=as_json)


@commands.command()
def show(certificate: Identifier, *, url: Url = URL_DEFAULT, as_json: AsJson = False) -> None:
    """Show a certificate as a page: its boxes as far as your door reads them, and the ledger."""
    identifier = parse_identifier(certificate)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        view = client.origin.certificate(identifier)
        if as_json:
            answer(view.answer, as_json=True)
            return
        document = _document(client, identifier)
    claims = {} if document is None else document.claims
    hidden = 0 if document is None else document.hidden
    Console(width=None).print(certificate_page(claims, ledger_view(view, now()), hidden))


@commands.command()
def applications(
    *,
    status: Annotated[
        str | None,
        typer.Option(help="open, information_requested, refused, approved or withdrawn."),
    ] = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List applications: your own, or those that your authority decides."""
    with failing_plainly(as_json=as_json), open_client(url) as client:
        rows = [row.members() for row in client.origin.applications(status)]
    names = ("id", "status", "applicant", "certificate", "applied_at")
    _print(rows, names, ("application", *names[1:]), as_json=as_json)


@commands.command()
def application(
    application: Annotated[str, typer.Argument(help="The application's identifier.")],
    *,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Show one application with its steps and the lines certified for it."""
    identifier = parse_identifier(application)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        answer(client.origin.application(identifier).members(), as_json=as_json)


@commands.command()
def claims(
    *,
    status: Annotated[str | None, typer.Option(help="pending, accepted or rejected.")] = None,
    verification: Annotated[
        str | None, typer.Option(help="Such as requested, interim, valid or invalid.")
    ] = None,
    due_within: Annotated[
        int | None, typer.Option(min=0, help="Days: open verifications with a nearer deadline.")
    ] = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List claims: to decide, to verify, or your own."""
    due = None if due_within is None else str(now() + due_within * 86_400)
    given = {"status": status, "verification": verification, "due_before": due}
    wanted = {name: value for name, value in given.items() if value is not None}
    with failing_plainly(as_json=as_json), open_client(url) as client:
        rows = [row.members() for row in client.origin.claims(**wanted)]
    names = ("digest", "certificate", "item", "status", "verification", "reply_by", "conclude_by")
    _print(rows, names, ("claim", *names[1:]), as_json=as_json)


@commands.command()
def inbox(
    *,
    box: Annotated[str, typer.Option(help="waiting, received or failed.")] = "waiting",
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List what other administrations sent to your country, and what your node makes of it."""
    with failing_plainly(as_json=as_json), open_client(url) as client:
        rows = [_incoming(row) for row in client.origin.inbox(box)]
    names = ("id", "form", "issuing_country", "exchange", "answer", "problem", "codes")
    _print(rows, names, ("certificate", *names[1:]), as_json=as_json)


@commands.command()
def sent(
    *,
    state: Annotated[
        str | None, typer.Option(help="not_sent, sent, acknowledged, received or failed.")
    ] = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List your country's certificates, and why the other side refused some."""
    with failing_plainly(as_json=as_json), open_client(url) as client:
        rows = [_outgoing(row) for row in client.origin.sent(state)]
    names = ("id", "form", "importing_country", "exchange", "codes")
    _print(rows, names, ("certificate", *names[1:]), as_json=as_json)


def ledger_view(view: CertificateView, at: int) -> LedgerView:
    """Return what the door tells of the ledger, as the page shows it."""
    certificate = Answer(view.answer).part("certificate")
    return LedgerView(
        certificate="0x" + view.id.hex(),
        status="expired" if view.status == "issued" and view.is_expired(at) else view.status,
        exchange=view.exchange,
        paper=certificate.truth("paper"),
        as_of=f"block {certificate.integer('changed_block')}",
        shares={number: item.share for number, item in view.items.items()},
        claims=tuple(
            ClaimView(
                item=claim.item,
                status=claim.status,
                verification="" if claim.verification == "none" else claim.verification,
                claim="0x" + claim.digest.hex(),
            )
            for claim in view.claims
        ),
    )


def _document(client: Client, certificate: bytes) -> VerifiedDocument | None:
    """Return the document that the door reads, None where it does not hold it."""
    try:
        return client.origin.document(certificate, now())
    except ServerRefusedError as error:
        if error.code not in _GONE:
            raise
        return None


def _incoming(row: Answer) -> dict[str, object]:
    members = row.part("certificate").members()
    receipt = row.members().get("receipt")
    if not isinstance(receipt, dict):
        return members
    found = Answer(cast("dict[str, Any]", receipt))
    codes = [finding.text("code") for finding in found.objects("findings")]
    return {
        **members,
        "answer": found.text("state"),
        "problem": found.text_or_none("problem"),
        "codes": codes,
    }


def _outgoing(row: Answer) -> dict[str, object]:
    members = row.part("certificate").members()
    refusal = row.members().get("refusal")
    codes = Answer(cast("dict[str, Any]", refusal)).texts("codes") if refusal else []
    return {**members, "codes": codes}


def _print(
    rows: Iterable[Mapping[str, object]],
    names: Iterable[str],
    titles: Iterable[str],
    *,
    as_json: bool,
) -> None:
    listed, columns = list(rows), list(names)
    if as_json:
        typer.echo(json.dumps(listed))
        return
    table = Table(box=None)
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in listed:
        table.add_row(*(_cell(row.get(name)) for name in columns))
    Console().print(table)


def _cell(value: object) -> str:
    if isinstance(value, list):
        return " ".join(str(item) for item in cast("list[object]", value))
    return "" if value is None else str(value)
