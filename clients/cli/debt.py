"""`tradeseal debt …`: who owes what, statements, and what customs decides about it."""

import csv
import sys
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from clients.cli.session import URL_DEFAULT, AsJson, Url, answer, failing_plainly, open_client
from clients.sdk.answers import Answer
from clients.sdk.debt import Debtor
from clients.sdk.errors import InputError

app = typer.Typer(
    name="debt", help="What taxpayers owe: lists, statements, decisions.", no_args_is_help=True
)
LANGUAGES: Final = ("vi", "en")

TaxId = Annotated[str, typer.Argument(help="Tax id: 10 digits, 10-3, or 12.")]
OnDay = Annotated[str | None, typer.Option("--on", help="Closing day, such as 2026-11-23.")]
KnownAt = Annotated[
    str | None, typer.Option(help="As it was known then: RFC 3339, UTC; leaves later entries out.")
]
Reference = Annotated[str, typer.Option(help="The decision's or request's number.")]
Reason = Annotated[str, typer.Option(help="Why.")]
Decided = Annotated[str | None, typer.Option("--on", help="The day it is signed; today if not.")]
Starts = Annotated[str | None, typer.Option("--from", help="First day; the day of signing if not.")]
Ends = Annotated[str | None, typer.Option("--to", help="Last day; no end if not.")]
Declarations = Annotated[
    list[str] | None, typer.Option("--declaration", help="Declaration; several times for more.")
]


@app.command(name="list")
def list_debtors(
    *,
    over_90_days: Annotated[bool, typer.Option(help="Only debts overdue for longer.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Taxpayers on a page.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="The `next` of the page before.")] = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List taxpayers by what is overdue."""
    with failing_plainly(as_json=as_json), open_client(url) as client:
        page = client.debts.taxpayers(cursor, limit=limit, over_90_days=over_90_days)
    if as_json:
        items: list[object] = [_debtor(each) for each in page.items]
        answer({"items": items, "next": page.next}, as_json=True)
        return
    table = Table("Tax id", "Overdue", "Owed", "1-30", "31-60", "61-90", "> 90", "Oldest due")
    for each in page.items:
        amounts = [each.overdue, each.owed, *each.bands]
        table.add_row(each.tax_id, *map(_grouped, amounts), each.oldest_due or "")
    _print(table)
    if page.next is not None:
        typer.echo(f"next: {page.next}")


@app.command()
def show(
    tax_id: TaxId,
    *,
    on: OnDay = None,
    known_at: KnownAt = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Show what a taxpayer owes, and what is decided."""
    with failing_plainly(as_json=as_json), open_client(url) as client:
        found = client.debts.taxpayer(tax_id, on, known_at)
        balance = found.part("balance").members()
        decided = [(name, found.objects(name)) for name in ("measures", "exemptions", "refunds")]
    if as_json:
        answer(found.members(), as_json=True)
        return
    answer(balance, as_json=False)
    for name, items in decided:
        for item in items:
            told = ", ".join(f"{key} {value}" for key, value in item.members().items() if value)
            typer.echo(f"{name}: {told}")


@app.command()
def statement(
    tax_id: TaxId,
    *,
    on: OnDay = None,
    since: Annotated[str | None, typer.Option(help="First day that is shown.")] = None,
    known_at: KnownAt = None,
    language: Annotated[str, typer.Option(help="vi or en.")] = "vi",
    as_csv: Annotated[bool, typer.Option("--csv", help="The rows as CSV.")] = False,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Show a statement of account at any day, as known at any time."""
    with failing_plainly(as_json=as_json), open_client(url) as client:
        if language not in LANGUAGES:
            raise InputError("--language", f"{language!r} is neither vi nor en")
        found = client.debts.statement(tax_id, on, known_at, since)
        if as_json:
            answer(found.members(), as_json=True)
        elif as_csv:
            _write_csv(found)
        else:
            _show_statement(found, language)


@app.command()
def stop(
    tax_id: TaxId,
    *,
    reference: Reference,
    reason: Reason,
    measure: Annotated[str, typer.Option(help="Which measure.")] = "stop_customs",
    on: Decided = None,
    starts: Starts = None,
    ends: Ends = None,
    declarations: Declarations = None,
    skipped: Annotated[
        list[str] | None,
        typer.Option(help="MEASURE=WHY one before it cannot be applied, before 2026-07-01."),
    ] = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Decide to enforce: stop customs procedures, or another measure."""
    day = on or _today()
    with failing_plainly(as_json=as_json), open_client(url) as client:
        reasons = dict(_pair(text) for text in skipped or ())
        booked = client.debts.measure(
            tax_id,
            reference,
            measure,
            decided_on=day,
            effective_from=starts or day,
            reason=reason,
            effective_to=ends,
            declarations=declarations or (),
            skipped=reasons,
        )
        _booked(booked, as_json=as_json)


@app.command()
def release(
    tax_id: TaxId,
    *,
    reference: Reference,
    reason: Reason,
    on: Decided = None,
    starts: Starts = None,
    ends: Ends = None,
    declarations: Declarations = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Let declarations clear nevertheless, or with none named, end the decision of that number."""
    day = on or _today()
    with failing_plainly(as_json=as_json), open_client(url) as client:
        if declarations:
            booked = client.debts.exempt(
                tax_id,
                reference,
                declarations,
                decided_on=day,
                effective_from=starts or day,
                reason=reason,
                effective_to=ends,
            )
        else:
            booked = client.debts.revoke(
                tax_id, reference, decided_on=day, effective_from=starts or day, reason=reason
            )
        _booked(booked, as_json=as_json)


@app.command()
def arrears(
    tax_id: TaxId,
    act: Annotated[str, typer.Argument(help="freeze, thaw or write_off.")],
    *,
    reference: Reference,
    reason: Reason,
    declaration: Annotated[str | None, typer.Option(help="Whose debt; all arrears if not.")] = None,
    on: Decided = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Freeze arrears, lift the freeze, or write a declaration's debt off."""
    with failing_plainly(as_json=as_json), open_client(url) as client:
        booked = client.debts.decide_arrears(
            tax_id,
            act,
            reference,
            decided_on=on or _today(),
            reason=reason,
            declaration_no=declaration,
        )
        _booked(booked, as_json=as_json)


@app.command()
def refund(
    tax_id: TaxId,
    step: Annotated[str, typer.Argument(help="request, check, approve, refuse or pay.")],
    *,
    reference: Reference,
    reason: Annotated[
        str,
        typer.Option(help="Why; for a request: overpaid, origin_verified, re_exported, …"),
    ],
    amount: Annotated[str | None, typer.Option(help="VND, of a request.")] = None,
    declaration: Annotated[str | None, typer.Option(help="Whose tax is owed no longer.")] = None,
    lines: Annotated[
        list[str] | None, typer.Option("--line", help="TAX/SUB-ITEM=VND; several for more.")
    ] = None,
    check: Annotated[str, typer.Option(help="before or after the decision.")] = "before",
    on: Decided = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Request a refund, or go on with one."""
    day = on or _today()
    with failing_plainly(as_json=as_json), open_client(url) as client:
        if step != "request":
            booked = client.debts.refund_step(
                tax_id, reference, step, decided_on=day, reason=reason
            )
        else:
            booked = client.debts.request_refund(
                tax_id,
                reference,
                reason,
                _amount("--amount", amount or ""),
                requested_on=day,
                declaration_no=declaration,
                lines=[_line(text) for text in lines or ()],
                check=check,
            )
        _booked(booked, as_json=as_json)


def _booked(booked: Answer, *, as_json: bool) -> None:
    if as_json:
        answer(booked.members(), as_json=True)
        return
    told: dict[str, object] = {"taxpayer": booked.text("taxpayer"), "booked": booked.text("kind")}
    told["at"] = booked.text("booked_at")
    if booked.truth("repeated"):
        told["repeated"] = "it was booked before; nothing changed"
    for each in booked.objects("applied"):
        told[f"to {each.text('declaration_no')} {each.text('part')}"] = each.text("amount")
    answer(told, as_json=False)


def _show_statement(found: Answer, language: str) -> None:
    words = found.part("headings")
    kinds = found.part("kinds")
    title = f"{words.part('statement').text(language)} {found.text('taxpayer')} {found.text('on')}"
    table = Table("", "", "", "VND", "±", "=", title=title)
    table.add_row("", words.part("opening").text(language), "", "", "", found.text("opening"))
    for row in found.objects("rows"):
        what = [row.text_or_none(name) for name in ("declaration_no", "tax", "sub_item")]
        table.add_row(
            row.text("effective_on"),
            kinds.part(row.text("kind")).text(language),
            " ".join(each for each in what if each),
            *(_grouped(Decimal(row.text(name))) for name in ("amount", "change", "balance")),
        )
    _print(table)
    for item in found.objects("open_items"):
        for accrual in item.objects("accruals"):
            place = f"{item.text('declaration_no')} {item.text('tax')}"
            days = f"{accrual.text('first_day')}…{accrual.text('last_day')}"
            interest = words.part("interest").text(language)
            typer.echo(f"{interest}: {place} {days}: {accrual.text('formula')}")
    closing = found.part("closing")
    for name in ("tax", "interest", "fine", "unapplied"):
        typer.echo(f"{words.part(name).text(language)}: {_grouped(Decimal(closing.text(name)))}")
    total = _grouped(Decimal(closing.text("total")))
    typer.echo(f"{words.part('closing').text(language)}: {total}")


def _write_csv(found: Answer) -> None:
    names = ("effective_on", "booked_at", "kind", "declaration_no", "tax", "sub_item")
    numbers = ("amount", "change", "balance", "interest_paid")
    writer = csv.writer(sys.stdout)
    writer.writerow((*names, *numbers))
    for row in found.objects("rows"):
        texts = [_plain(row.text_or_none(name) or "") for name in names]
        writer.writerow((*texts, *(row.text(name) for name in numbers)))


def _plain(text: str) -> str:
    # A spreadsheet would take it for a formula.
    return "'" + text if text[:1] in "=+-@" and text else text


def _debtor(found: Debtor) -> dict[str, object]:
    return {
        "tax_id": found.tax_id,
        "overdue": str(found.overdue),
        "owed": str(found.owed),
        "bands": [str(each) for each in found.bands],
        "over_90_days": found.is_over_90_days,
        "oldest_due": found.oldest_due,
    }


def _line(text: str) -> tuple[str, str, Decimal]:
    name, amount = _pair(text)
    tax, _, sub_item = name.partition("/")
    return tax, sub_item, _amount("--line", amount)


def _pair(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not (name and mark and value):
        raise InputError(text[:80], "is not of the form NAME=VALUE")
    return name, value


def _amount(option: str, text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise InputError(option, f"{text[:40]!r} is no amount of VND") from error


def _grouped(amount: Decimal) -> str:
    return f"{amount:,.0f}"


def _print(table: Table) -> None:
    Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 140).print(table)


def _today() -> str:
    return date.today().isoformat()  # noqa: DTZ011  the officer's own day
