"""`tradeseal node run`, `join`, `backup` and `restore`, beside the other commands of a node."""

import os
import re
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from chain.errors import GenesisError, LedgerError
from contracts.membership.keys import Role, organisation_id
from node.config import PEER, parse_config
from node.console import AsJson, Folder, answer, failing_plainly, now
from node.files import hold_lock
from node.keys.accounts import DEMONSTRATION, STRONG
from node.keys.passwords import load_password
from node.network.backup import write_backup
from node.network.errors import AlreadyRunningError
from node.network.founding import config_of, join_network
from node.network.plan import FIRST_PORT, LOOPBACK, PlannedOrganisation
from node.network.restore import restore_backup
from node.network.run import LOCK_NAME, find_programs, open_run

EXIT_USAGE: Final = 64
SignFrom = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="After a restoration only: sign from this height on. You answer for it that the "
        "instance before signed nothing at it or above.",
    ),
]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to `tradeseal node`."""
    app.command()(run)
    app.command()(join)
    app.command()(backup)
    app.command()(restore)


def run(folder: Folder, *, sign_from: SignFrom = None) -> None:
    """Run the organisation's engine, ledger and API until interrupted; each is kept running."""
    with failing_plainly():
        find_programs(os.environ)
        opened = open_run(folder, os.environ)
        try:
            with hold_lock(folder / LOCK_NAME) as held:
                if not held:
                    raise AlreadyRunningError(folder)
                if sign_from is not None:
                    opened.guard.sign_from(sign_from)
        except LedgerError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(1) from error
    typer.echo(f"running {opened.name}; logs in {folder}/logs")
    sys.stdout.flush()
    # -P: a folder named `node` where somebody stands is not ours.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "node.network", str(folder)])  # noqa: S606


def join(
    folder: Folder,
    *,
    name: Annotated[str, typer.Option(help="Agreed short name, lower case.")],
    country: Annotated[str, typer.Option(help="ISO 3166-1 alpha-2 code.")],
    genesis: Annotated[Path, typer.Option(help="The network's genesis file.")],
    peer: Annotated[list[str], typer.Option(help="An engine of the network, id@host:port.")],
    host: Annotated[str, typer.Option(help="Where the others reach this one.")] = LOOPBACK,
    first_port: Annotated[
        int, typer.Option(min=1, max=60_000, help="The first of ten ports.")
    ] = FIRST_PORT,
    weak_keys: Annotated[
        bool, typer.Option(help="Cheap password hashing, for demonstrations only.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the folder of an organisation that follows a running network.

    Prints what the others need to vote it in: its keys, its validator key, and its engine's name
    among the peers.
    """
    with failing_plainly():
        for given in peer:
            if re.fullmatch(PEER, given) is None:
                _refuse(f"--peer {given!r} does not have the form id@host:port")
        planned = PlannedOrganisation(
            name, name, country, Role(0), False, 0, host, first_port
        )  # fmt: skip
        try:
            content = genesis.read_bytes()
            parse_config(config_of(planned, 1, bytes(20)).to_toml(), folder)  # refuses bad names
            password, cost = load_password(os.environ), DEMONSTRATION if weak_keys else STRONG
            member = join_network(
                folder, planned, content, tuple(peer), password, now=now(), cost=cost
            )
        except OSError as error:
            _refuse(f"{genesis} cannot be read: {error.strerror}")
        except GenesisError as error:
            _refuse(str(error))
        organisation = {"organisation": "0x" + organisation_id(name).hex()}
        peer_name = {"peer": planned.peer_address(member.node_id)}
        answer(organisation | member.public() | peer_name, as_json=as_json)


def backup(
    folder: Folder,
    file: Annotated[Path, typer.Argument(help="The backup to write; must not exist.")],
    *,
    without_chain: Annotated[
        bool, typer.Option(help="Leave out what the other organisations can give again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write keys, documents, outbox and chain data to one file, checksummed.

    Where the node runs, its engine and ledger are paused for as long as the copying takes.
    """
    with failing_plainly():
        written = write_backup(folder, file, now(), with_chain=not without_chain)
        answer(written.summary(), as_json=as_json)


def restore(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    folder: Folder,
    *,
    as_json: AsJson = False,
) -> None:
    """Put a backup back into a new folder, after checking all of it.

    The instance that was backed up must have been stopped for good. The restored one follows, and
    signs again as soon as the chain shows that the old one cannot have signed any more.
    """
    with failing_plainly():
        answer(restore_backup(file, folder, now()).summary(), as_json=as_json)


def _refuse(text: str) -> None:
    typer.echo(f"error: {text}", err=True)
    raise typer.Exit(EXIT_USAGE)
