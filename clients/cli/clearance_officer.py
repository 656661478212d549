"""The officer's commands of `tradeseal clearance`, at customs' own door with its token."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from clients.cli.clearance_options import (
    WAIT_DEFAULT,
    Document,
    Name,
    Opened,
    Reason,
    opened,
    read_document,
    show_rows,
    tell,
)
from clients.cli.session import (
    URL_DEFAULT,
    AsJson,
    KeyFile,
    Url,
    Wait,
    answer,
    failing_plainly,
    parse_identifier,
)
from clients.sdk.clearance import Stated
from contracts.clearance.records import Channel, CheckKind, CheckOutcome

Outcome = Annotated[Literal["consistent", "finding"], typer.Option(help="What was found.")]
Deed = Callable[[Opened], Stated]
_QUEUE = ("declaration_no", "channel", "stage", "office", "direction", "holds", "registered_at")
_OVERRIDE = (
    *("declaration_no", "digest", "kind", "value", "fact", "reason", "content"),
    *("officer", "approver", "approved_at"),
)
override = typer.Typer(name="override", help="Departures from the rules.", no_args_is_help=True)


def add_officer_commands(app: typer.Typer) -> None:
    """Add the officer's commands to a group."""
    for command in (queue, check, inspect, hold, lift, seize, cancel, release, clear, ask, times):
        app.command()(command)
    app.add_typer(override)


def queue(
    *,
    channel: Annotated[
        Literal["green", "yellow", "red"] | None, typer.Option(help="Only this channel.")
    ] = None,
    office: Annotated[str | None, typer.Option(help="Code of a customs office.")] = None,
    stage: Annotated[str | None, typer.Option(help="Such as channelled.")] = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List declarations, the first registered first."""
    with failing_plainly(as_json=as_json), opened(url) as found:
        show_rows(found.clearance.officer.queue(channel, office, stage), _QUEUE, as_json=as_json)


def check(
    name: Name,
    *,
    outcome: Outcome,
    document: Document,
    key: KeyFile,
    wait: Wait = WAIT_DEFAULT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Report what a check of documents found."""
    chosen = CheckOutcome[outcome.upper()]
    _do(
        lambda found: found.clearance.officer.check_documents(
            name, chosen, read_document(document), found.signer()
        ),
        (url, key, wait),
        as_json=as_json,
    )


def inspect(
    name: Name,
    *,
    outcome: Outcome,
    document: Document,
    key: KeyFile,
    wait: Wait = WAIT_DEFAULT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Report what an inspection of goods found."""
    chosen = CheckOutcome[outcome.upper()]
    _do(
        lambda found: found.clearance.officer.inspect(
            name, chosen, read_document(document), found.signer()
        ),
        (url, key, wait),
        as_json=as_json,
    )


def hold(
    name: Name,
    *,
    reason: Reason,
    key: KeyFile,
    wait: Wait = WAIT_DEFAULT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Hold a declaration for a reason."""
    _do(
        lambda found: found.clearance.officer.hold(name, reason, found.signer()),
        (url, key, wait),
        as_json=as_json,
    )


def lift(
    name: Name,
    *,
    reason: Reason,
    key: KeyFile,
    wait: Wait = WAIT_DEFAULT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Lift the hold of a reason."""
    _do(
        lambda found: found.clearance.officer.lift(name, reason, found.signer()),
        (url, key, wait),
        as_json=as_json,
    )


def seize(
    name: Name,
    *,
    reason: Reason,
    key: KeyFile,
    wait: Wait = WAIT_DEFAULT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Seize the goods: the declaration's end."""
    _do(
        lambda found: found.clearance.officer.seize(name, reason, found.signer()),
        (url, key, wait),
        as_json=as_json,
    )


def cancel(
    name: Name,
    *,
    reason: Reason,
    key: KeyFile,
    wait: Wait = WAIT_DEFAULT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Cancel a declaration whose goods have not left."""
    _do(
        lambda found: found.clearance.officer.cancel(name, reason, found.signer()),
        (url, key, wait),
        as_json=as_json,
    )


def release(
    name: Name,
    *,
    storage: Annotated[bool, typer.Option("--storage", help="To storage only.")] = False,
    key: KeyFile,
    wait: Wait = WAIT_DEFAULT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Release goods, or let them be brought to storage."""

    def deed(found: Opened) -> Stated:
        officer = found.clearance.officer
        return (officer.store if storage else officer.release)(name, found.signer())

    _do(deed, (url, key, wait), as_json=as_json)


def clear(
    name: Name,
    *,
    key: KeyFile,
    wait: Wait = WAIT_DEFAULT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Clear goods; the office does it by itself as soon as nothing is missing."""
    _do(
        lambda found: found.clearance.officer.clear(name, found.signer()),
        (url, key, wait),
        as_json=as_json,
    )


def ask(name: Name, *, document: Document, url: Url = URL_DEFAULT, as_json: AsJson = False) -> None:
    """Ask the declarant something."""
    with failing_plainly(as_json=as_json), opened(url) as found:
        digest = found.clearance.officer.ask(name, read_document(document))
        answer({"digest": "0x" + digest.hex()}, as_json=as_json)


def times(
    *,
    since: Annotated[str | None, typer.Option(help="First day, YYYY-MM-DD.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day.")] = None,
    form: Annotated[Literal["json", "csv", "svg"], typer.Option("--format")] = "csv",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; else it is printed.")
    ] = None,
    url: Url = URL_DEFAULT,
) -> None:
    """Study times of release."""
    with failing_plainly(as_json=False), opened(url) as found:
        content = found.clearance.reports.times_as(form, since, until)
        if output is None:
            typer.echo(content.decode(), nl=False)
        else:
            output.write_bytes(content)


@override.command()
def propose(
    name: Name,
    *,
    reason: Reason,
    document: Document,
    key: KeyFile,
    channel: Annotated[
        Literal["green", "yellow"] | None, typer.Option(help="The milder channel.")
    ] = None,
    fact: Annotated[str | None, typer.Option(help="The fact to waive.")] = None,
    finding: Annotated[
        Literal["documents", "inspection"] | None, typer.Option(help="The finding to set aside.")
    ] = None,
    wait: Wait = WAIT_DEFAULT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Ask to depart from what the rules say; another officer must approve."""
    if sum(each is not None for each in (channel, fact, finding)) != 1:
        raise typer.BadParameter("give one of --channel, --fact and --finding")

    def deed(found: Opened) -> Stated:
        asked, statement = found.clearance.overrides, read_document(document)
        if channel is not None:
            wanted = Channel[channel.upper()]
            return asked.propose_channel(name, wanted, reason, statement, found.signer())
        if fact is not None:
            waived = parse_identifier(fact)
            return asked.propose_waiver(name, waived, reason, statement, found.signer())
        kind = CheckKind[str(finding).upper()]
        return asked.propose_check(name, kind, reason, statement, found.signer())

    _do(deed, (url, key, wait), as_json=as_json)


@override.command()
def approve(
    name: Name,
    digest: Annotated[str, typer.Argument(help="Of the request: 0x and 64 digits.")],
    *,
    key: KeyFile,
    wait: Wait = WAIT_DEFAULT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Approve what another officer asked for; it holds at once."""
    subject = parse_identifier(digest)
    _do(
        lambda found: found.clearance.overrides.approve(name, subject, found.signer()),
        (url, key, wait),
        as_json=as_json,
    )


@override.command(name="list")
def list_(*, url: Url = URL_DEFAULT, as_json: AsJson = False) -> None:
    """List every override: who asked, why, and who approved."""
    with failing_plainly(as_json=as_json), opened(url) as found:
        show_rows(found.clearance.reports.overrides(), _OVERRIDE, as_json=as_json)


def _do(deed: Deed, where: tuple[str, Path, int], *, as_json: bool) -> None:
    url, key, wait = where
    with failing_plainly(as_json=as_json), opened(url, key) as found:
        tell(found, deed(found), wait, as_json=as_json)
