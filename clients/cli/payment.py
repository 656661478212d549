"""`tradeseal payment`: what payers, banks and customs' officers ask of customs' door.

Exit codes: 0 done, and for `status` settled; 1 refused, or not settled; 2 not known: ask again;
64 unusable input.
"""

import json
import os
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from clients.cli.session import (
    EXIT_REFUSED,
    URL_DEFAULT,
    AsJson,
    KeyFile,
    Url,
    answer,
    failing_plainly,
    parse_identifier,
)
from clients.sdk.answers import Answer
from clients.sdk.connection import Connection
from clients.sdk.files import load_password, read_input, read_private
from clients.sdk.keystore import load_identifier_key, load_signing_key
from clients.sdk.payments import Bank, MemberConnection, Payer, PaymentDesk
from contracts.payments.messages import SIZE_LIMIT, PaymentOrder

app = typer.Typer(name="payment", help="Payments of duties and taxes.", no_args_is_help=True)

Customs = Annotated[str, typer.Option(help="Customs' organisation: 0x and 64 digits.")]
_ITEM: Final = ("kind", "reference", "declaration_no", "total", "state", "code", "detail")


@app.command()
def order(
    file: Annotated[Path, typer.Argument(help="The order: payment_order as JSON.")],
    *,
    customs: Customs,
    key: KeyFile,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Order a payment, as an enterprise; the same again is the same order."""
    with failing_plainly(as_json=as_json), _member(url, customs, key) as connection:
        wanted = PaymentOrder.parse_text(read_input(file, SIZE_LIMIT))
        answer(Payer(connection).order(wanted).members(), as_json=as_json)


@app.command()
def status(
    declaration_no: Annotated[str, typer.Argument(help="The declaration's number.")],
    *,
    customs: Annotated[
        str | None, typer.Option(help="Customs' organisation, where a key asks.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", help="An enterprise's key; else a token asks.")
    ] = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Tell how a declaration stands; exit code 1 where it is not settled."""
    with failing_plainly(as_json=as_json):
        if key is not None and customs is not None:
            with _member(url, customs, key) as connection:
                found = Payer(connection).status(declaration_no)
        else:
            with _desk(url) as desk:
                found = desk.status(declaration_no)
        settled = found.truth("settled")
        if as_json:
            typer.echo(json.dumps(found.members()))
        else:
            _show_status(found)
    if not settled:
        raise typer.Exit(EXIT_REFUSED)


@app.command()
def inbox(
    *,
    customs: Customs,
    organisation: Annotated[str, typer.Option(help="The bank: 0x and 64 digits.")],
    key: KeyFile,
    identifier_key: Annotated[Path, typer.Option(help="The consortium's key of payments.")],
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List the payment orders to a bank."""
    with failing_plainly(as_json=as_json), _member(url, customs, key) as connection:
        own = "0x" + parse_identifier(organisation).hex()
        secret = load_signing_key(key, load_password(os.environ))
        bank = Bank(connection, own, secret, load_identifier_key(identifier_key))
        rows: list[Mapping[str, object]] = [
            {
                "pay_id": found.order.pay_id,
                "declaration_no": found.order.declaration_no,
                "total": str(found.order.total),
                "state": found.state,
                "assessment": "0x" + found.assessment.hex(),
            }
            for found in bank.orders()
        ]
        _list(rows, as_json=as_json)


@app.command()
def credits(  # noqa: A001  the word of the trade
    *,
    state: Annotated[str | None, typer.Option(help="Such as refused.")] = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List credits, reversals and refunds at customs' desk."""
    with failing_plainly(as_json=as_json), _desk(url) as desk:
        _list((_chosen(item, _ITEM) for item in desk.credits(state)), as_json=as_json)


@app.command()
def breaks(*, url: Url = URL_DEFAULT, as_json: AsJson = False) -> None:
    """List what banks' statements and the booked credits do not agree on."""
    names = ("number", "bank", "day", "kind", "pay_id", "due")
    with failing_plainly(as_json=as_json), _desk(url) as desk:
        _list((_chosen(item, names) for item in desk.breaks()), as_json=as_json)


@contextmanager
def _member(url: str, customs: str, key: Path) -> Generator[MemberConnection]:
    asked = "0x" + parse_identifier(customs).hex()
    secret = load_signing_key(key, load_password(os.environ))
    connection = MemberConnection(url, asked, secret)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _desk(url: str) -> Generator[PaymentDesk]:
    token = os.environ.get("TRADESEAL_TOKEN")
    if name := os.environ.get("TRADESEAL_TOKEN_FILE"):
        token = read_private(Path(name)).decode("ascii", "replace").strip()
    connection = Connection(url, token)
    try:
        yield PaymentDesk(connection)
    finally:
        connection.close()


def _chosen(item: Answer, names: tuple[str, ...]) -> dict[str, object]:
    return {name: item.members().get(name) for name in names}


def _list(rows: Iterable[Mapping[str, object]], *, as_json: bool) -> None:
    found = list(rows)
    if as_json:
        typer.echo(json.dumps(found))
        return
    for row in found:
        typer.echo("  ".join(f"{name}={value}" for name, value in row.items() if value is not None))


def _show_status(found: Answer) -> None:
    for name in ("declaration_no", "kind", "total", "paid", "covered", "missing", "surplus"):
        typer.echo(f"{name}: {found.members().get(name)}")
    typer.echo(f"settled: {'yes' if found.truth('settled') else 'no'}")
    for reason in found.objects("reasons"):
        typer.echo(f"  {reason.text('code')}: {reason.text('vi')} / {reason.text('en')}")
