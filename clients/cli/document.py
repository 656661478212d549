"""`tradeseal document`: sealed documents in your organisation's vault.

Exit codes: 0 done; 1 refused by the door; 2 not known yet: ask again; 64 unusable input.
"""

import json
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from clients.cli.session import (
    URL_DEFAULT,
    AsJson,
    Url,
    answer,
    failing_plainly,
    open_client,
    parse_identifier,
)
from clients.sdk.documents import StoredDocument
from clients.sdk.files import read_input, write_private
from contracts.documents.cid import parse_cid
from contracts.documents.manifest import DOCUMENT_LIMIT
from contracts.documents.sealed import SD_JWT_TYPE

app = typer.Typer(name="document", help="Sealed documents of the vault.", no_args_is_help=True)
_COLUMNS: Final = ("at", "act", "document", "subject", "role", "post", "purpose")

Digest = Annotated[str, typer.Argument(help="SHA-256 of the document: 0x and 64 digits.")]
Readers = Annotated[
    list[str] | None,
    typer.Option("--reader", help="Organisation that reads it too; give it again for more."),
]
Purpose = Annotated[str, typer.Option(help="Why: kept in the log of accesses.")]


@app.command()
def put(
    file: Annotated[Path, typer.Argument(help="The document; at most 50 MiB.")],
    *,
    media_type: Annotated[
        str, typer.Option(help=f"Such as application/pdf; {SD_JWT_TYPE} for a signed form.")
    ],
    reader: Readers = None,
    name: Annotated[
        str | None, typer.Option(help="File name, readable for who holds the manifest.")
    ] = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Seal a document here, for your organisation and others, and keep it in your vault."""
    readers = [parse_identifier(text) for text in reader or ()]
    with failing_plainly(as_json=as_json), open_client(url) as client:
        content = read_input(file, DOCUMENT_LIMIT)
        stored = client.documents.put_file(content, media_type, readers, name)
        answer(_told(stored), as_json=as_json)


@app.command()
def get(
    digest: Digest,
    output: Annotated[Path, typer.Option("--output", "-o", help="The new file, of mode 0600.")],
    *,
    purpose: Purpose = "read",
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Read a document; the door logs who, when and why."""
    wanted = parse_identifier(digest)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        content = client.documents.get_file(wanted, purpose)
        write_private(output, content)
        answer({"file": str(output), "size": len(content)}, as_json=as_json)


@app.command()
def share(
    digest: Digest,
    *,
    reader: Readers = None,
    purpose: Purpose = "share",
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Let other organisations read a document that your vault holds."""
    wanted = parse_identifier(digest)
    readers = [parse_identifier(text) for text in reader or ()]
    if not readers:
        raise typer.BadParameter("name at least one", param_hint="--reader")
    with failing_plainly(as_json=as_json), open_client(url) as client:
        answer(_told(client.documents.share(wanted, readers, purpose)), as_json=as_json)


@app.command()
def fetch(
    manifest: Annotated[str, typer.Argument(help="CID of the manifest.")],
    *,
    sender: Annotated[str, typer.Option(help="The organisation that sealed it for yours.")],
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Let your door fetch a document that another organisation sealed for yours."""
    organisation = parse_identifier(sender)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        stored = client.documents.fetch(parse_cid(manifest), organisation)
        answer(_told(stored), as_json=as_json)


@app.command()
def erase(
    digest: Digest,
    *,
    purpose: Purpose = "erasure",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before erasing.")] = False,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Erase a document from your vault for good; the ledger stays as it is."""
    wanted = parse_identifier(digest)
    if not yes:
        typer.confirm(f"Erase {digest} for good?", abort=True)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        client.documents.erase(wanted, purpose)
        answer({"erased": digest}, as_json=as_json)


@app.command()
def log(
    digest: Annotated[str | None, typer.Argument(help="Only this document's.")] = None,
    *,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List who did what with documents, the newest first (for auditors and operators)."""
    wanted = None if digest is None else parse_identifier(digest)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        rows = [row.members() for row in client.documents.accesses(wanted)]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table(box=None)
    for title in _COLUMNS:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(str(row.get(name)) for name in _COLUMNS))
    Console().print(table)


def _told(stored: StoredDocument) -> dict[str, object]:
    return {
        "document": "0x" + stored.digest.hex(),
        "manifest": str(stored.manifest),
        "manifest_digest": "0x" + stored.manifest.digest.hex(),
        "content": str(stored.content),
    }
