"""The commands of agencies and ports: records go to their own door, documents to customs'."""

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from clients.cli.clearance_options import (
    WAIT_DEFAULT,
    Customs,
    Document,
    Door,
    Name,
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
    failing_plainly,
    parse_identifier,
)
from clients.sdk.clearance import Taken
from clients.sdk.files import read_input
from contracts.clearance.records import CargoEvent, EvidenceKind, FactOutcome

_EVIDENCE_LIMIT: Final = 50 << 20
_FACT: Final = ("declaration", "fact", "kind", "status", "late", "due_at")
_PASS: Final = ("object", "stage", "office", "direction", "cargo", "registered_at")


def add_field_commands(app: typer.Typer) -> None:
    """Add the commands of agencies and ports to a group."""
    for command in (facts, fact, passes, cargo, evidence):
        app.command()(command)


def facts(
    *,
    every: Annotated[bool, typer.Option("--all", help="Stated ones too.")] = False,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List what this agency is to state, by deadline."""
    with failing_plainly(as_json=as_json), opened(url) as found:
        rows = found.clearance.agency.facts(is_open=not every)
        show_rows(rows, _FACT, as_json=as_json)


def fact(
    name: Name,
    digest: Annotated[str, typer.Argument(metavar="FACT", help="Identifier of the fact.")],
    *,
    outcome: Annotated[Literal["passed", "failed"], typer.Option(help="What is stated.")],
    document: Document,
    key: KeyFile,
    customs: Customs = None,
    door: Door = None,
    wait: Wait = WAIT_DEFAULT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """State a fact, as the agency that is asked."""
    named, chosen = parse_identifier(digest), FactOutcome[outcome.upper()]
    with failing_plainly(as_json=as_json), opened(url, key, customs, door) as found:
        told = read_document(document)
        stated = found.clearance.agency.state(name, named, chosen, told, found.signer())
        tell(found, stated, wait, as_json=as_json)


def passes(*, url: Url = URL_DEFAULT, as_json: AsJson = False) -> None:
    """List the declarations whose goods may leave and have not."""
    with failing_plainly(as_json=as_json), opened(url) as found:
        show_rows(found.clearance.port.passes(), _PASS, as_json=as_json)


def cargo(
    name: Name,
    event: Annotated[Literal["arrived", "unloaded", "exited"], typer.Argument()],
    *,
    document: Document,
    key: KeyFile,
    customs: Customs = None,
    door: Door = None,
    wait: Wait = WAIT_DEFAULT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """State what happened to goods, as a port."""
    with failing_plainly(as_json=as_json), opened(url, key, customs, door) as found:
        happened, told = CargoEvent[event.upper()], read_document(document)
        stated = found.clearance.port.state(name, happened, told, found.signer())
        tell(found, stated, wait, as_json=as_json)


def evidence(
    name: Name,
    file: Annotated[Path, typer.Argument(help="Image, weight ticket or laboratory sheet.")],
    *,
    kind: Annotated[
        Literal["scanner", "camera", "scale", "laboratory"], typer.Option(help="What made it.")
    ],
    container: Annotated[str, typer.Option(help="Number of the container.")],
    device: Annotated[str, typer.Option(help="Identifier of the device.")],
    operator: Annotated[str, typer.Option(help="Who operated it.")],
    key: KeyFile,
    image: Annotated[
        Literal["clear", "unreadable", "anomaly"] | None,
        typer.Option(help="What a scanner's image shows."),
    ] = None,
    gross_kg: Annotated[str | None, typer.Option(help="What a scale weighed.")] = None,
    tare_kg: Annotated[str | None, typer.Option(help="Vehicle and container empty.")] = None,
    customs: Customs = None,
    door: Door = None,
    wait: Wait = WAIT_DEFAULT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Link a piece of evidence to a declaration and a container."""
    with failing_plainly(as_json=as_json), opened(url, key, customs, door) as found:
        said = {"image": image, "gross_kg": gross_kg, "tare_kg": tare_kg}
        reading = {name: value for name, value in said.items() if value is not None}
        made_by = EvidenceKind[kind.upper()]
        taken = Taken(made_by, container, device, operator, reading=reading or None)
        content = read_input(file, _EVIDENCE_LIMIT)
        stated = found.clearance.port.evidence(name, content, taken, found.signer())
        tell(found, stated, wait, as_json=as_json)
