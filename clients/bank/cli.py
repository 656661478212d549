"""`tradeseal bank`: a bank in a process of its own, for trials of customs' door.

Exit codes: 0 everything is known; 1 customs refused something for good; 2 the door did not
answer in time; 64 unusable input.
"""

import json
import os
import time
from pathlib import Path
from typing import Annotated

import typer

from clients.bank.memory import Memory
from clients.bank.simulator import Faults, Simulator
from clients.cli.session import (
    EXIT_REFUSED,
    EXIT_UNKNOWN,
    AsJson,
    KeyFile,
    failing_plainly,
    parse_identifier,
)
from clients.sdk.errors import ServerFailedError, ServerUnreachableError
from clients.sdk.files import load_password
from clients.sdk.keystore import load_identifier_key, load_signing_key
from clients.sdk.payments import Bank, MemberConnection

app = typer.Typer(name="bank", help="A simulated bank.", no_args_is_help=True)

Share = Annotated[float, typer.Option(min=0.0, max=1.0)]


@app.callback()
def bank() -> None:
    """A simulated bank."""


@app.command()
def simulate(
    *,
    door: Annotated[str, typer.Option(help="Customs' door.")],
    customs: Annotated[str, typer.Option(help="Customs' organisation: 0x and 64 digits.")],
    organisation: Annotated[str, typer.Option(help="The bank: 0x and 64 digits.")],
    key: KeyFile,
    identifier_key: Annotated[Path, typer.Option(help="The consortium's key of payments.")],
    state: Annotated[Path, typer.Option(help="What the bank must not forget.")],
    seed: Annotated[int, typer.Option(help="Decides which faults come when.")] = 0,
    delay: Annotated[int, typer.Option(min=0, help="Ticks until a credit, at most.")] = 0,
    duplicate: Share = 0.0,
    reorder: Annotated[bool, typer.Option("--reorder")] = False,
    lose: Share = 0.0,
    reverse: Share = 0.0,
    tick: Annotated[float, typer.Option(min=0.0, help="Seconds between ticks.")] = 1.0,
    once: Annotated[
        bool, typer.Option("--once", help="End when all that came so far is known.")
    ] = False,
    wait: Annotated[float, typer.Option(min=0.0, help="With --once: seconds at most.")] = 120.0,
    as_json: AsJson = False,
) -> None:
    """Take orders, answer, credit and take back, with faults; until it is interrupted."""
    with failing_plainly(as_json=as_json):
        own, asked = parse_identifier(organisation), parse_identifier(customs)
        secret = load_signing_key(key, load_password(os.environ))
        connection = MemberConnection(door, "0x" + asked.hex(), secret)
        client = Bank(connection, "0x" + own.hex(), secret, load_identifier_key(identifier_key))
        memory = Memory.load(state)
        faults = Faults(seed, delay, duplicate, reorder, lose, reverse)
        simulator = Simulator(client, memory, faults, time.time)
        try:
            is_known = _run(simulator, tick, wait if once else None)
        except KeyboardInterrupt:
            is_known = True
        finally:
            connection.close()
    _tell(memory, as_json=as_json)
    if not is_known:
        raise typer.Exit(EXIT_UNKNOWN)
    if any(payment.code for payment in memory.payments.values()):
        raise typer.Exit(EXIT_REFUSED)


def _run(simulator: Simulator, tick: float, wait: float | None) -> bool:
    """Do ticks; return whether everything was known before the time was over.

    Args:
        simulator: The bank.
        tick: Seconds between ticks.
        wait: Seconds at most, ending as soon as everything is known; None for ever.
    """
    end = None if wait is None else time.monotonic() + wait
    while True:
        try:
            busy = simulator.step()
        except (ServerUnreachableError, ServerFailedError) as error:
            typer.echo(f"{error}; asked again", err=True)
            busy = True
        if end is not None and not busy:
            return True
        if end is not None and time.monotonic() >= end:
            return False
        time.sleep(tick)


def _tell(memory: Memory, *, as_json: bool) -> None:
    rows = [
        {
            "pay_id": each.pay_id,
            "credited": each.credited,
            "reversed": each.reversed,
            "code": each.code,
            "sent": each.sent,
        }
        for each in memory.payments.values()
    ]
    if as_json:
        typer.echo(json.dumps({"ticks": memory.tick, "payments": rows}))
        return
    for row in rows:
        typer.echo(" ".join(f"{name}={value}" for name, value in row.items() if value))
