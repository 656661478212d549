"""`tradeseal clearance` against a door in this process: what it says, with which exit code."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.clearance_doors import (
    AGENCY,
    DECLARANT,
    PORT,
    SECOND,
    STRANGER,
    ClearanceDoor,
    channelled,
    codes,
    declared,
)
from support.organisations import CUSTOMS_VN, Signer
from typer.testing import CliRunner

import clients.cli.session
from clients.cli import clearance_options
from clients.cli.clearance import app
from clients.cli.declaration import app as declaration
from clients.sdk import Client
from clients.sdk.clearance import Clearance, MemberConnection
from clients.sdk.files import write_private
from clients.sdk.keystore import DEMONSTRATION, SigningKey, _seal
from contracts.clearance.records import FactKind

PASSWORD = "a password"
Run = Callable[..., Any]


@pytest.fixture
def run(door: ClearanceDoor, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what types a command and reads its JSON."""

    def client(url: str, token: str | None) -> Client:
        made = Client(url, token, transport=door.transport)
        made.clearance = Clearance(made._connection, made.records, door._time)
        return made

    member = functools.partial(MemberConnection, transport=door.transport, clock=door._time)
    monkeypatch.setattr(clients.cli.session, "Client", client)
    monkeypatch.setattr(clearance_options, "MemberConnection", member)
    monkeypatch.setenv("TRADESEAL_TOKEN", door.office_token())
    monkeypatch.setenv("TRADESEAL_PASSWORD", PASSWORD)

    def typed(*arguments: object, code: int = 0) -> Any:
        found = CliRunner().invoke(app, [*map(str, arguments), "--json"])
        assert found.exit_code == code, found.output
        door.settle()
        return json.loads(found.output)

    return typed


def keystore(folder: Path, signer: Signer) -> Path:
    path = folder / f"{signer.label}.json"
    if not path.exists():
        write_private(path, _seal(SigningKey(signer.secret), PASSWORD.encode(), DEMONSTRATION))
    return path


def written(folder: Path, value: object, name: str = "document.json") -> Path:
    file = folder / name
    file.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return file


def test_a_declarant_types(run: Run, tmp_path: Path) -> None:
    own = ("--customs", CUSTOMS_VN.hex_id, "--key", keystore(tmp_path, DECLARANT.officer))
    book = tmp_path / "a.xlsx"
    pytest.importorskip("openpyxl")
    file = written(tmp_path, declared("export", "CLI-1"))
    assert CliRunner().invoke(declaration, ["convert", str(file), "-o", str(book)]).exit_code == 0
    first = run("submit", book, "--reference", "CLI-1", *own)
    number = first["declaration_no"]
    assert run("submit", book, "--reference", "CLI-1", *own)["declaration_no"] == number
    assert run("show", number, *own)["stage"] in {"received", "registered"}
    assert [each["code"] for each in run("waiting", number, *own)] == ["draw"]
    run("answer", number, "--document", written(tmp_path, {"words": "yes"}), *own)
    assert [each["kind"] for each in run("messages", number, *own)] == ["answer"]
    run("follow", number, "--wait", "0", *own, code=2)
    broken = written(tmp_path, declared("export", "CLI-2", gross_mass_kg="1"), "b.json")
    found = run("submit", broken, "--reference", "CLI-2", *own, code=1)["findings"]
    assert {"vi", "en", "field", "code"} <= found[0].keys()
    other = ("--customs", CUSTOMS_VN.hex_id, "--key", keystore(tmp_path, STRANGER.officer))
    assert "is not known here" in run("show", number, *other, code=1)["message"]
    assert "--key" in run("show", number, "--customs", CUSTOMS_VN.hex_id, code=64)["message"]


def test_officers_type(run: Run, door: ClearanceDoor, tmp_path: Path) -> None:
    number = channelled(door, "import_yellow", "CLI-3").text("declaration_no")
    show = door.desk().clearance.officer.show
    key = ("--key", keystore(tmp_path, CUSTOMS_VN.officer), "--wait", "0")
    second = ("--key", keystore(tmp_path, SECOND), "--wait", "0")
    paper = ("--document", written(tmp_path, {"found": "a slip"}))
    assert number in {each["declaration_no"] for each in run("queue", "--channel", "yellow")}
    run("ask", number, *paper)
    run("check", number, "--outcome", "finding", *paper, *key)
    assert "documents_finding" in codes(show(number))
    run("hold", number, "--reason", "IPR", *key)
    assert show(number).texts("holds") == ["IPR"]
    run("lift", number, "--reason", "IPR", *key)
    change = ("--finding", "documents", "--reason", "SLIP")
    asked = run("override", "propose", number, *change, *paper, *key)
    run("override", "approve", number, asked["digest"], *second)
    assert "documents_finding" not in codes(show(number))
    listed = {each["digest"]: each for each in run("override", "list")}
    assert listed[asked["digest"]]["content"] == asked["content"]
    wrong = run("hold", number, "--reason", "é", *key, code=64)
    assert "printable ASCII" in wrong["message"]


def test_a_port_and_an_agency_type(run: Run, door: ClearanceDoor, tmp_path: Path) -> None:
    desk = door.desk().clearance
    number = channelled(door, "import_yellow", "CLI-4").text("declaration_no")
    paper = ("--document", written(tmp_path, {"berth": "3"}), "--wait", "0")
    there = ("--customs", CUSTOMS_VN.hex_id)
    port = (*there, "--key", keystore(tmp_path, PORT.officer))
    agency = (*there, "--key", keystore(tmp_path, AGENCY.officer))
    run("cargo", number, "arrived", *paper, *port)
    image = written(tmp_path, {}, "image.bin")
    made = ("--container", "MSCU1234565", "--device", "XRAY-3", "--operator", "an inspector")
    run("evidence", number, image, "--kind", "scanner", *made, "--wait", "0", *port)
    assert desk.officer.show(number).texts("cargo") == ["arrived"]
    due = door.network.time + 3_600
    asked = ("sample 9", AGENCY.id, SigningKey(CUSTOMS_VN.officer.secret))
    awaited = desk.officer.await_fact(number, FactKind.LABORATORY, *asked, due_at=due)
    assert door.take(awaited) is None
    (fact,) = [one for one in desk.agency.facts(AGENCY.id) if one.text("kind") == "laboratory"]
    run("fact", number, fact.text("fact"), "--outcome", "passed", *paper, *agency)
    assert "fact" not in codes(desk.officer.show(number))
