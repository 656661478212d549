"""Decisions made again: by what is kept, by what the ledger says, in a fresh process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.clearance_doors import ClearanceDoor, channelled

from api.clearance.kept import KeptDecision, Replayed, replay_kept
from api.clearance.sources import DoorSource
from api.risk.model.model import default_model
from api.risk.rules import by_hash
from api.tokens import Role
from clients.sdk.clearance import Clearance


@pytest.fixture(scope="module")
def kept(door: ClearanceDoor) -> tuple[DoorSource, dict[str, object]]:
    """Return customs' door as a replay asks it, and one decision of it."""
    number = channelled(door, "export", "K-1").text("declaration_no")
    found = door.desk().clearance.reports.decision(number).members()
    return DoorSource(door.client(Role.AUDITOR)), found


@pytest.mark.parametrize(
    ("member", "value", "path"),
    [
        ("committed", "0x" + "5c" * 32, "(ledger).decision"),
        ("content", "0x" + "5c" * 32, "(ledger).content"),
        ("channel", "red", "(ledger).channel"),
        ("registration", "0x" + "5c" * 32, "(ledger).registration"),
        ("rank", 1, "(ledger).rank"),
        ("rate_ppm", 1, "(ledger).rate_ppm"),
        ("draw", "drawn", "(ledger).draw"),
        ("seed", "0x" + "5c" * 32, "(ledger).seed"),
        ("round", 1, "(ledger).round"),
        ("amendment", 1, "declaration_no"),
    ],
)
def test_a_replay_names_what_the_ledger_says_otherwise(
    kept: tuple[DoorSource, dict[str, object]], member: str, value: object, path: str
) -> None:
    source, item = kept
    models = {default_model().hash: default_model()}

    def replay(members: dict[str, object]) -> Replayed:
        found = KeptDecision.from_json(members)
        return replay_kept([found], by_hash, models.get, source.seed)[0]

    sound = replay(item)
    assert (sound.identical, sound.missing) == (True, ())
    wrong = replay(item | {member: value})
    assert [each.path for each in wrong.differences] == [path]
    assert not wrong.identical


def test_a_replay_makes_the_seed_again_from_the_outputs(
    kept: tuple[DoorSource, dict[str, object]],
) -> None:
    source, item = kept
    found = KeptDecision.from_json(item)
    models = {default_model().hash: default_model()}
    (other,) = replay_kept([found], by_hash, models.get, lambda _country, _round: b"\x01" * 32)
    assert [each.path for each in other.differences] == ["(beacon).seed"]
    (unknown,) = replay_kept([found], by_hash, lambda _: None, lambda _country, _round: None)
    assert (unknown.identical, unknown.missing) == (False, ("model", "seed"))
    assert source.seed("VN", 10**9) is None


def replayed(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `tradeseal clearance replay` in a process of its own."""
    command = [str(Path(sys.executable).parent / "tradeseal"), "clearance", "replay", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)


@pytest.mark.slow
def test_a_fresh_process_replays_every_decision(
    door: ClearanceDoor, desk: Clearance, tmp_path: Path
) -> None:
    channelled(door, "export", "A-1")
    kept = [each.members() for each in desk.reports.decisions()]
    same = replayed("--all", "--folder", str(door.home))
    assert same.returncode == 0, same.stdout + same.stderr
    assert f"{len(kept)} of {len(kept)} decisions identical" in same.stdout
    changed = [dict(each) for each in kept]
    document = str(changed[0]["document"])
    changed[0]["document"] = document.replace('"rank":8', '"rank":7')
    file = tmp_path / "decisions.json"
    file.write_text(json.dumps({"items": changed}))
    other = replayed("--all", "--file", str(file), "--json")
    assert other.returncode == 1, other.stdout + other.stderr
    found = {each["declaration_no"]: each for each in json.loads(other.stdout)}
    wrong = found[str(changed[0]["declaration_no"])]
    paths = {each["path"] for each in wrong["differences"]}
    assert {"(ledger).decision", "(ledger).rank"} <= paths
    assert sum(not each["identical"] for each in found.values()) == 1
