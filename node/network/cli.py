"""`tradeseal network`: found and run all organisations of a network on one machine.

Exit codes: 0 done and well, 1 refused, failed or not well (the message says what to do),
64 unusable input.
"""

import json
import logging
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chain.errors import LedgerError
from chain.observability.logs import configure_logging
from contracts.errors import ContractError
from node.console import AsJson, answer, failing_plainly, now
from node.errors import StorageError
from node.files import hold_lock
from node.folder import OrganisationFolder
from node.keys.passwords import VARIABLE
from node.network.control import ask_status, ask_stop
from node.network.doctor import Finding, examine
from node.network.errors import AlreadyRunningError, NotRunningError, NotStartedError
from node.network.plan import FIRST_PORT, PASSWORDS, parse_plan
from node.network.processes import END_SECONDS
from node.network.run import LOCK_NAME, find_programs, open_run, run_organisations
from node.network.status import OrganisationStatus, is_well, network_status, organisations_of
from node.network.supervisor import State

app = typer.Typer(
    name="network",
    help="A network of organisations on one machine: found, run, look, stop.",
    no_args_is_help=True,
)

Folder = Annotated[Path, typer.Option(help="The network's folder.")]
EXIT_USAGE: Final = 64
_START_SECONDS: Final = 180.0
_POLL_SECONDS: Final = 0.1
_UNKNOWN: Final = "?"


@app.command()
def init(
    organisations: Annotated[Path, typer.Option(help="File that names the organisations.")],
    folder: Folder,
    *,
    by_name: Annotated[
        bool, typer.Option(help="Each is reached under its own name, as in docker-compose.yml.")
    ] = False,
    first_port: Annotated[
        int, typer.Option(min=1, max=60_000, help="First port; each organisation takes ten.")
    ] = FIRST_PORT,
    weak_keys: Annotated[
        bool, typer.Option(help="Cheap password hashing, for demonstrations only.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make all organisations' folders with their keys, the genesis and the trust file."""
    # Only this command makes keys and executes contracts; the others start without all of that.
    from node.keys.accounts import DEMONSTRATION, STRONG  # noqa: PLC0415
    from node.network.founding import found_network  # noqa: PLC0415

    with failing_plainly():
        try:
            text = organisations.read_text()
        except (OSError, UnicodeDecodeError) as error:
            typer.echo(f"error: {organisations} cannot be read: {error}", err=True)
            raise typer.Exit(EXIT_USAGE) from error
        plan = parse_plan(text, organisations, now(), by_name=by_name, first_port=first_port)
        try:
            made = found_network(folder, plan, now(), DEMONSTRATION if weak_keys else STRONG)
        except (LedgerError, ContractError) as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(EXIT_USAGE) from error
    if as_json:
        answer({name: member.public() for name, member in made.items()}, as_json=True)
        return
    answer({name: member.node_id for name, member in made.items()}, as_json=False)
    typer.echo(f"next: tradeseal network up --folder {folder}")


@app.command()
def doctor(folder: Folder = Path("network"), *, as_json: AsJson = False) -> None:
    """Say what is missing on this machine and how to get it; exit code 1 when something is."""
    with failing_plainly():
        is_up = _is_locked(folder)
        members = organisations_of(folder) if any(folder.glob("*/organisation.toml")) else []
        # Its own processes listen there when it runs.
        addresses = [] if is_up else _addresses(members)
        checks = examine(folder, os.environ, addresses)
    if as_json:
        answer({"checks": [asdict(check) for check in checks]}, as_json=True)
    else:
        console = Console()
        style = {Finding.GOOD: "green", Finding.NOTE: "yellow", Finding.MISSING: "red"}
        for check in checks:
            mark = f"[{style[check.finding]}]{check.finding:8}[/]"
            text = f"{mark} {check.name}: {escape(check.text)}"
            console.print(text, highlight=False, soft_wrap=True)
    if any(check.finding is Finding.MISSING for check in checks):
        raise typer.Exit(1)


@app.command()
def up(
    folder: Folder,
    *,
    detach: Annotated[bool, typer.Option(help="Return when all processes run.")] = False,
) -> None:
    """Run all organisations until interrupted, or in the background."""
    with failing_plainly():
        if detach:
            _start_detached(folder)
            return
        runs = [open_run(member.path, _environment(folder, member)) for member in
                organisations_of(folder)]  # fmt: skip
        configure_logging(None)
        logging.getLogger("httpx").setLevel(logging.WARNING)
        typer.echo(f"running {', '.join(run.name for run in runs)}; logs in {folder}/*/logs")
        try:
            run_organisations(runs, find_programs(os.environ), folder)
        except (LedgerError, OSError) as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(1) from error


@app.command()
def down(folder: Folder) -> None:
    """Stop all organisations; returns when no process is left."""
    with failing_plainly():
        ask_stop(folder)
        deadline = time.monotonic() + 4 * END_SECONDS
        while _is_locked(folder):
            if time.monotonic() > deadline:
                raise StorageError(f"stopping {folder}", "its supervisor has not ended yet")
            time.sleep(_POLL_SECONDS)


@app.command()
def status(folder: Folder, *, as_json: AsJson = False) -> None:
    """Show heights, peers and processes; exit code 0 only when all is well."""
    with failing_plainly():
        statuses = network_status(organisations_of(folder))
    well = is_well(statuses)
    if as_json:
        organisations = [asdict(status) for status in statuses]
        typer.echo(json.dumps({"well": well, "organisations": organisations}))
    else:
        Console().print(_table(statuses))
    if not well:
        raise typer.Exit(1)


@app.command()
def logs(
    folder: Folder,
    *,
    organisation: Annotated[str | None, typer.Option(help="Only this one's.")] = None,
    process: Annotated[str | None, typer.Option(help="engine, ledger or door.")] = None,
    lines: Annotated[int, typer.Option(min=1, max=10_000, help="Last lines of each.")] = 20,
) -> None:
    """Show the last lines of the processes' logs."""
    with failing_plainly():
        members = organisations_of(folder)
    for member in members:
        if organisation in {None, member.config.name}:
            for path in sorted((member.path / "logs").glob(f"{process or '*'}.log")):
                typer.echo(f"== {member.config.name}/{path.stem}")
                with path.open(errors="replace") as file:
                    typer.echo("".join(_last(file.readlines(), lines)), nl=False)


def _last(items: list[str], count: int) -> list[str]:
    return items[-count:]


def _environment(folder: Path, member: OrganisationFolder) -> dict[str, str]:
    """Return the environment of one organisation: its own password, nobody else's."""
    environment = dict(os.environ)
    password = folder / PASSWORDS / member.config.name
    if password.exists():
        environment.pop(VARIABLE, None)
        environment[f"{VARIABLE}_FILE"] = str(password)
    return environment


def _addresses(members: Sequence[OrganisationFolder]) -> list[str]:
    settings = [member.config.network for member in members]
    return [address for one in settings if one for address in one.addresses.values()]


def _is_locked(folder: Path) -> bool:
    if not (folder / LOCK_NAME).exists():
        return False
    with hold_lock(folder / LOCK_NAME) as held:
        return not held


def _start_detached(folder: Path) -> None:
    organisations_of(folder)  # refuses what cannot be run, while somebody reads it
    if _is_locked(folder):
        raise AlreadyRunningError(folder)
    command = [str(find_programs(os.environ).tradeseal), "network", "up", "--folder", str(folder)]
    log = folder / "network.log"
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "ab") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    deadline = time.monotonic() + _START_SECONDS
    while not _all_run(folder):
        if process.poll() is not None or time.monotonic() > deadline:
            tail = log.read_text(errors="replace").splitlines()[-1:]
            raise NotStartedError(folder, " ".join(tail))
        time.sleep(_POLL_SECONDS)


def _all_run(folder: Path) -> bool:
    try:
        return all(one.state is State.RUNNING for one in ask_status(folder))
    except NotRunningError:
        return False


def _table(statuses: Sequence[OrganisationStatus]) -> Table:
    table = Table(box=box.SIMPLE)
    table.add_column("organisation", no_wrap=True)
    table.add_column("is", min_width=len("validator"))
    for column in ("engine", "ledger", "peers", "waiting"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("processes")
    for status in statuses:
        numbers = (status.engine_height, status.ledger_height, status.peers, status.waiting)
        table.add_row(
            status.name,
            _kind(status),
            *(_UNKNOWN if number is None else str(number) for number in numbers),
            _processes(status),
        )
    return table


def _processes(status: OrganisationStatus) -> str:
    if status.is_running:
        return "running"
    troubled = [one for one in status.processes if one.state is not State.RUNNING]
    names = ", ".join(f"{one.name} {one.state}" for one in troubled)
    return names or ("no answer" if status.processes else "down")


def _kind(status: OrganisationStatus) -> str:
    if status.validating is None:
        return _UNKNOWN
    kind = "validator" if status.validating else "follower"
    if status.restored:
        return f"{kind}, restored: does not sign yet"
    return f"{kind}, catching up" if status.catching_up else kind
