"""A node publishes what its organisation owes: once, at once, and again after a crash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.beacons import secret_of
from support.organisations import CUSTOMS_VN, ISSUER, PASSWORD
from typer.testing import CliRunner

import node.beacon.cli as beacon_cli
from contracts.beacon.errors import BeaconDrawError, BeaconKeyError, BeaconProofError
from contracts.beacon.state import SeedStanding
from node.beacon.beacon import open_beacon
from node.beacon.cli import app
from node.beacon.desk import DrawDesk
from node.beacon.keys import BEACON_KEY_NAME, create_beacon_key, load_beacon_key
from node.beacon.rounds import ClearanceRounds
from node.clearance.tables import ClearanceRow
from node.errors import FolderOccupiedError, KeyFileError, PasswordWrongError
from node.files import create_private
from node.keys.validators import create_validator_key
from node.outbox.tables import EntryStatus

if TYPE_CHECKING:
    from conftest import Panel


def test_seed_is_there_as_soon_as_blocks_allow(seated: Panel) -> None:
    number = seated.round()
    since = seated.network.web3.eth.get_block(number)["timestamp"]
    seated.settle()
    seed = seated.contract.seed("VN", number, since)
    assert seed.standing is SeedStanding.COMPLETE
    assert seated.network.web3.eth.block_number <= number + 2


def test_many_rounds_go_together(seated: Panel) -> None:
    places = [("VN", seated.block()) for _ in range(3)]
    seated.wanted += places
    before = seated.network.web3.eth.block_number
    seated.settle()
    assert seated.network.web3.eth.block_number <= before + 2
    for _, number in seated.wanted:
        for member in (CUSTOMS_VN, ISSUER):
            assert seated.contract.output("VN", number, seated.key(member)) is not None


def test_started_again_it_promises_nothing_twice(seated: Panel) -> None:
    number = seated.round()
    node = seated.nodes[CUSTOMS_VN.name]
    promised = []
    publisher = seated.start(CUSTOMS_VN)
    assert publisher.step(lambda records: promised.extend(records) or [])  # killed before it
    again = seated.start(CUSTOMS_VN)
    assert again.step(lambda records: [node.submit(one) for one in records])
    assert not again.step(lambda records: [node.submit(one) for one in records])
    # Killed after it: the outbox knows the record by its digest.
    assert not seated.start(CUSTOMS_VN).step(lambda records: promised.extend(records) or [])
    assert len(promised) == 1
    seated.settle()
    assert seated.contract.output("VN", number, seated.key(CUSTOMS_VN)) is not None
    assert node.outbox.find("0x" + promised[0].digest.hex()).status is EntryStatus.FINAL


def test_another_carrier_was_faster(seated: Panel) -> None:
    number = seated.round()
    seated.settle()
    node = seated.nodes[CUSTOMS_VN.name]
    counts = node.outbox.counts()
    assert not seated.start(CUSTOMS_VN).step(lambda _: pytest.fail("nothing is owed"))
    assert node.outbox.counts() == counts
    assert seated.contract.output("VN", number, seated.key(CUSTOMS_VN)) is not None


def test_without_a_seat_nothing_is_owed(panel: Panel) -> None:
    panel.round()
    assert not panel.start(ISSUER).step(lambda _: pytest.fail("nothing is owed"))


def test_rounds_of_long_ago_are_not_asked_for(panel: Panel) -> None:
    assert panel.block() == 1
    panel.wanted.append(("VN", 1))
    panel.asked.clear()
    panel.start(ISSUER).step(lambda _: pytest.fail("nothing is owed"))
    assert panel.asked == [0]
    panel.start(ISSUER)
    publisher = panel.nodes[ISSUER.name].beacon
    assert publisher is not None
    publisher.step(lambda _: pytest.fail("nothing is owed"))
    publisher.step(lambda _: pytest.fail("nothing is owed"))
    assert panel.asked[-1] == 1


def test_rounds_are_those_of_declarations(panel: Panel) -> None:
    node = panel.nodes[ISSUER.name]
    zero = "0x" + bytes(32).hex()
    with node.read.write() as session:
        for place, number in enumerate((5, 5, 9)):
            name = "0x" + (b"VN" + bytes([place]) * 30).hex()
            session.add(
                ClearanceRow(
                    object_id=name,
                    contract=zero[:42],
                    customs=zero,
                    registration=zero,
                    direction=1,
                    procedure="A11",
                    office="02CI",
                    rank=1,
                    rate=0,
                    round=number,
                    round_time=0,
                    content=zero,
                    certificates=0,
                    facts=0,
                    registered_at=0,
                    changed_block=number,
                    consignment=None,
                    transport=None,
                )
            )
    rounds = ClearanceRounds(node.read)
    assert rounds(4) == {("VN", 5), ("VN", 9)}
    assert rounds(5) == {("VN", 9)}
    assert not rounds(9)


# ------------------------------------------------------------------------ keys


def test_key_file(tmp_path: Path) -> None:
    path = tmp_path / BEACON_KEY_NAME
    made = create_beacon_key(path, PASSWORD)
    assert load_beacon_key(path, PASSWORD) == made
    assert b"ENCRYPTED" in path.read_bytes()
    with pytest.raises(FolderOccupiedError):
        create_beacon_key(path, PASSWORD)
    with pytest.raises(PasswordWrongError):
        load_beacon_key(path, b"another")
    with pytest.raises(KeyFileError, match="no such file"):
        load_beacon_key(tmp_path / "none.pem", PASSWORD)
    create_private(tmp_path / "plain.pem", made.to_pem(None))
    with pytest.raises(KeyFileError, match="not an encrypted"):
        load_beacon_key(tmp_path / "plain.pem", PASSWORD)
    create_validator_key(tmp_path / "validator.pem", PASSWORD)
    with pytest.raises(KeyFileError, match="no RSA key"):
        load_beacon_key(tmp_path / "validator.pem", PASSWORD)


def test_without_keys_it_stays_away(panel: Panel) -> None:
    node = panel.nodes[ISSUER.name]
    parts = (node.read, node.outbox, node.ledger)
    assert open_beacon(node.folder, *parts, (PASSWORD, None)) is None
    (node.folder.keys / BEACON_KEY_NAME).unlink()
    assert open_beacon(node.folder, *parts, (PASSWORD, ISSUER.officer.secret)) is None


# ----------------------------------------------------------------------- draws


def test_draw_is_checked_without_a_ledger(seated: Panel, tmp_path: Path) -> None:
    number = seated.round()
    since = seated.network.web3.eth.get_block(number)["timestamp"]
    node = seated.nodes[ISSUER.name]
    desk = DrawDesk(node.read, node.ledger, node.folder.config.evm_chain_id)
    with pytest.raises(BeaconDrawError, match="has no output"):
        desk.file("VN", number, b"\7" * 32, 50_000)
    seated.settle()
    found = desk.file("VN", number, b"\7" * 32, 1_000_000)
    text = json.dumps(found.to_json())
    assert type(found).from_json(json.loads(text)) == found
    seed = seated.contract.seed("VN", number, since).value

    path = tmp_path / "draw.json"
    path.write_text(text)
    answer = CliRunner().invoke(app, ["check", str(path), "--json"])
    assert answer.exit_code == 0
    shown = json.loads(answer.stdout)
    assert shown["drawn"] is True
    assert shown["seed"] == "0x" + seed.hex()

    broken = json.loads(text)
    broken["round"] = str(number + 1)
    with pytest.raises(BeaconProofError):
        type(found).from_json(broken).check()
    path.write_text(json.dumps(broken))
    assert CliRunner().invoke(app, ["check", str(path)]).exit_code == 1
    broken = json.loads(text)
    broken["panel"][0]["organisation"] = "0x" + bytes(32).hex()
    with pytest.raises(BeaconKeyError):
        type(found).from_json(broken).check()
    broken["panel"] = [seat for seat in json.loads(text)["panel"] if seat["customs"]]
    with pytest.raises(BeaconDrawError, match="somebody else"):
        type(found).from_json(broken).check()


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"format": "tradeseal-beacon-draw/1"}', "[" * 100_000],
)
def test_file_that_is_no_draw(tmp_path: Path, text: str) -> None:
    path = tmp_path / "draw.json"
    path.write_text(text)
    answer = CliRunner().invoke(app, ["check", str(path)])
    assert answer.exit_code == 1
    assert "error: draw:" in answer.output


def test_file_that_is_not_there(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["check", str(tmp_path / "none.json")]).exit_code == 64


# -------------------------------------------------------------------- commands


def test_commands_seat_and_end_a_key(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADESEAL_PASSWORD", PASSWORD.decode())
    opened = {str(node.folder.path): node.folder for node in panel.nodes.values()}
    monkeypatch.setattr(
        beacon_cli, "open_node", lambda path, *_: panel.network.node(opened[str(path)])
    )
    monkeypatch.setattr(beacon_cli, "now", panel.network.now)
    issuer, customs = (str(panel.nodes[one.name].folder.path) for one in (ISSUER, CUSTOMS_VN))
    key = "0x" + panel.key(ISSUER).hex()

    def run(*arguments: str) -> dict[str, object]:
        answer = CliRunner().invoke(app, [*arguments, "--json"])
        assert answer.exit_code == 0, answer.output
        panel.settle()
        return dict(json.loads(answer.stdout))

    officer = ("--officer", "clerk.json")
    assert run("register", issuer, *officer)["key"] == key
    run("admit", customs, key, *officer)
    assert run("panel", customs)["keys"] == [key]
    run("end", issuer, key, *officer)
    assert run("panel", customs)["keys"] == []
    again = CliRunner().invoke(app, ["key", issuer])
    assert again.exit_code == 1
    assert secret_of(ISSUER.name).modulus.hex() not in again.output
