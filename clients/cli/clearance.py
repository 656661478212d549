"""`tradeseal clearance`: declarations at customs' door, by declarant, officer, agency, port.

Exit codes: 0 done, and for `follow` cleared; 1 refused, or not cleared; 2 not known yet: ask again;
64 unusable input.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from clients.cli.clearance_field import add_field_commands
from clients.cli.clearance_officer import add_officer_commands
from clients.cli.clearance_options import (
    Customs,
    Document,
    Door,
    Name,
    OptionalKey,
    opened,
    read_document,
    show_receipt,
    show_rows,
    show_standing,
)
from clients.cli.session import EXIT_REFUSED, URL_DEFAULT, AsJson, Url, answer, failing_plainly
from clients.sdk.answers import Answer
from clients.sdk.clearance import read_declaration_file
from clients.sdk.errors import InputError, ServerRefusedError
from clients.sdk.files import write_private

app = typer.Typer(
    name="clearance", help="Declarations, from submission to clearance.", no_args_is_help=True
)
_WORKBOOK: Final = ".xlsx"
_END: Final = "cleared"
File = Annotated[Path, typer.Argument(help="The declaration, as JSON or XLSX.")]


@app.command()
def submit(
    file: File,
    *,
    reference: Annotated[str, typer.Option(help="Your own: the same again is the same.")],
    customs: Customs = None,
    key: OptionalKey = None,
    door: Door = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Hand in a declaration; of a workbook the JSON that was sent is kept beside it."""
    with _naming_findings(as_json=as_json), opened(url, key, customs, door) as found:
        receipt = found.clearance.declarant.submit(_declaration(file), reference)
        show_receipt(receipt.members(), as_json=as_json)


@app.command()
def amend(
    name: Name,
    file: File,
    *,
    customs: Customs = None,
    key: OptionalKey = None,
    door: Door = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Amend a declaration, whole; the same again is the same amendment."""
    with _naming_findings(as_json=as_json), opened(url, key, customs, door) as found:
        receipt = found.clearance.declarant.amend(name, _declaration(file))
        show_receipt(receipt.members(), as_json=as_json)


@app.command()
def show(
    name: Name,
    *,
    customs: Customs = None,
    key: OptionalKey = None,
    door: Door = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Tell how a declaration stands, and what it waits for."""
    with failing_plainly(as_json=as_json), opened(url, key, customs, door) as found:
        show_standing(found.clearance.declarant.show(name), as_json=as_json)


@app.command()
def follow(
    name: Name,
    *,
    until: Annotated[str, typer.Option(help="A stage, such as channelled.")] = _END,
    wait: Annotated[int, typer.Option(min=0, max=86_400, help="Seconds to wait.")] = 60,
    customs: Customs = None,
    key: OptionalKey = None,
    door: Door = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Wait until a declaration reaches a stage; exit code 1 where it ended elsewhere."""
    with failing_plainly(as_json=as_json), opened(url, key, customs, door) as found:
        standing = found.clearance.declarant.follow(name, [until], timeout=float(wait))
        show_standing(standing, as_json=as_json)
        reached = standing.text("stage")
    if reached != until:
        raise typer.Exit(EXIT_REFUSED)


@app.command(name="answer")
def answer_(
    name: Name,
    *,
    document: Document,
    customs: Customs = None,
    key: OptionalKey = None,
    door: Door = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Answer what an officer asks; the document is kept with the declaration."""
    with failing_plainly(as_json=as_json), opened(url, key, customs, door) as found:
        digest = found.clearance.declarant.answer(name, read_document(document))
        answer({"digest": "0x" + digest.hex()}, as_json=as_json)


@app.command()
def messages(
    name: Name,
    *,
    customs: Customs = None,
    key: OptionalKey = None,
    door: Door = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List what officers ask and the declarant answered."""
    with failing_plainly(as_json=as_json), opened(url, key, customs, door) as found:
        rows = found.clearance.declarant.messages(name)
        show_rows(rows, ("made_at", "kind", "document", "digest"), as_json=as_json)


@app.command()
def waiting(
    name: Name,
    *,
    customs: Customs = None,
    key: OptionalKey = None,
    door: Door = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List what a declaration waits for, and for whom."""
    with failing_plainly(as_json=as_json), opened(url, key, customs, door) as found:
        reasons = found.clearance.declarant.show(name).objects("waiting")
        show_rows(reasons, ("code", "vi", "en"), as_json=as_json)


@contextmanager
def _naming_findings(*, as_json: bool) -> Generator[None]:
    """Name all that is wrong with a declaration, in Vietnamese and English, and fail plainly."""
    with failing_plainly(as_json=as_json):
        try:
            yield
        except ServerRefusedError as error:
            if "findings" not in error.members:
                raise
            findings = Answer(error.members).objects("findings")
            if as_json:
                members = [each.members() for each in findings]
                typer.echo(json.dumps({"findings": members}, ensure_ascii=False))
            else:
                show_rows(findings, ("severity", "field", "vi", "en"), as_json=False)
            raise typer.Exit(EXIT_REFUSED) from error


def _declaration(path: Path) -> dict[str, object]:
    """Return a declaration; a workbook's JSON is written once, so that its salt stays.

    Raises:
        InputError: It cannot be read, or the workbook is another than the one sent before.
    """
    if path.suffix.lower() != _WORKBOOK:
        return read_declaration_file(path)
    kept = path.with_suffix(".sent.json")
    if not kept.exists():
        made = read_declaration_file(path)
        write_private(kept, json.dumps(made, ensure_ascii=False, indent=1).encode())
        return made
    sent = read_declaration_file(kept)
    if read_declaration_file(path, str(sent["salt"])) != sent:
        problem = "is another workbook's; remove it to hand in the workbook as it is now"
        raise InputError(str(kept), problem)
    return sent


add_officer_commands(app)
add_field_commands(app)
