"""`tradeseal node`: make, migrate, inspect and rebuild an organisation's node.

Exit codes: 0 done, 1 refused or failed (the message says what to do), 64 unusable input.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from web3 import Web3

from chain.errors import GenesisError
from chain.genesis import load_genesis
from node.config import OrganisationConfig, parse_config
from node.console import AsJson, Folder, answer, failing_plainly, now
from node.database.database import Database, Purpose
from node.database.migration import current_revision, migrate
from node.folder import create_folder, open_folder
from node.indexer.dump import dump_digest
from node.keys.accounts import DEMONSTRATION, STRONG, create_account
from node.keys.documents import create_document_identity
from node.keys.encryption import create_encryption_key
from node.keys.passwords import load_password
from node.keys.tokens import create_token_key
from node.organisation import ACCOUNT_NAME, OrganisationNode, open_node
from node.trust import trust_of
from node.vault.cli import kubo

app = typer.Typer(
    name="node",
    help="One organisation's node: keys, outbox, read models, documents.",
    no_args_is_help=True,
)


app.command()(kubo)


@app.command()
def init(
    folder: Folder,
    *,
    name: Annotated[str, typer.Option(help="Short name, lower case.")],
    organisation: Annotated[str, typer.Option(help="Identifier in Membership, 0x and 64 digits.")],
    country: Annotated[str, typer.Option(help="ISO 3166-1 alpha-2 code.")],
    chain_id: Annotated[int, typer.Option(help="EVM chain id of the ledger.")],
    membership: Annotated[str, typer.Option(help="Address of the Membership contract.")],
    ledger: Annotated[str, typer.Option(help="JSON-RPC address of the ledger.")],
    genesis: Annotated[Path | None, typer.Option(help="The ledger's genesis file.")] = None,
    weak_keys: Annotated[
        bool, typer.Option(help="Cheap password hashing, for demonstrations only.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the folder of an organisation with its new keys."""
    with failing_plainly():
        config = OrganisationConfig(name, organisation, country, ledger, chain_id, membership)
        parse_config(config.to_toml(), folder)  # refuses what the file could not hold
        password = load_password(os.environ)
        made = create_folder(folder, config, genesis.read_bytes() if genesis else None)
        cost = DEMONSTRATION if weak_keys else STRONG
        account = create_account(made.keys / ACCOUNT_NAME, password, cost)
        time = int(now().timestamp())
        create_token_key(made.keys, password)
        encryption = create_encryption_key(made.keys, password)
        identity = create_document_identity(made.keys, name, country, password, time)
        result = {
            "folder": str(folder),
            "account": account.address.lower(),
            "document_key": "0x" + identity.key_id.hex(),
            "encryption_key": "0x" + encryption.key_id.hex(),
            "encryption_material": "0x" + encryption.material.hex(),
        }
        answer(result, as_json=as_json)


@app.command(name="migrate")
def migrate_command(folder: Folder, as_json: AsJson = False) -> None:
    """Bring both databases to the schema of this program."""
    with failing_plainly():
        place = open_folder(folder)
        revisions: dict[str, Any] = {}
        for purpose, url in ((Purpose.READ, place.read_url), (Purpose.STATE, place.state_url)):
            database = Database(url, purpose)
            migrate(database)
            revisions[str(purpose)] = current_revision(database)
            database.close()
        answer(revisions, as_json=as_json)


@app.command()
def status(folder: Folder, as_json: AsJson = False) -> None:
    """Tell how far the node has followed the ledger, and what waits in its outbox."""
    with failing_plainly(), opened(folder) as node:
        position = node.indexer.position()
        counts = {str(status): number for status, number in node.outbox.counts().items()}
        result = {
            "organisation": node.folder.config.name,
            "block": position.block_number if position else None,
            "ledger_block": node.ledger.latest_number(),
            "outbox": counts,
            "documents": len(node.vault.documents()),
        }
        answer(result, as_json=as_json)


@app.command()
def rebuild(folder: Folder, as_json: AsJson = False) -> None:
    """Throw the read models away and build them again from the ledger alone."""
    with failing_plainly(), opened(folder) as node, _progress(quiet=as_json) as progress:
        node.check_ledger()
        task = progress.add_task("blocks")
        last = node.indexer.rebuild(
            lambda done, total: progress.update(task, completed=done, total=total)
        )
    with failing_plainly():
        database = Database(open_folder(folder).read_url, Purpose.READ)
        result = {"block": last, "sha256": dump_digest(database)}
        database.close()
        answer(result, as_json=as_json)


@app.command()
def trust(
    genesis: Annotated[Path, typer.Option(help="The ledger's genesis file.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The trust file to write.")],
    *,
    days: Annotated[int, typer.Option(min=1, help="Days for which it is relied upon.")] = 365,
    as_json: AsJson = False,
) -> None:
    """Make the trust file of a ledger from its genesis file; no server is asked."""
    with failing_plainly():
        try:
            made = trust_of(load_genesis(genesis), days * 86_400)
        except GenesisError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(64) from error
        output.write_bytes(made.to_bytes())
        answer(
            {"chain_id": made.chain_id, "genesis": "0x" + made.evm_genesis_hash.hex()},
            as_json=as_json,
        )


@contextmanager
def opened(folder: Path, web3: Web3 | None = None) -> Iterator[OrganisationNode]:
    """Open the organisation in a folder, and close it in the end."""
    node = open_node(folder, load_password(os.environ), now, web3)
    try:
        yield node
    finally:
        node.close()


def _progress(*, quiet: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True, quiet=quiet)
    return Progress(*columns, TimeElapsedColumn(), console=console, transient=True)
