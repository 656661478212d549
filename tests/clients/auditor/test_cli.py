"""`tradeseal verify` as people and scripts meet it."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import NoReturn

import pytest
import typer
from typer.testing import CliRunner, Result
from vectors import reader

from chain.proofs.constants import TimeNs
from clients.auditor.cli import parse_duration, verify
from clients.auditor.errors import UnusableError
from contracts.bundles.members import write_time

CASES = {case["name"]: case for case in reader.cases()}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("the verifier opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)


def run(folder: Path, name: str, *options: str) -> Result:
    case = CASES[name]
    bundle, trust = folder / "bundle.json", folder / "trust.json"
    bundle.write_bytes(reader.case_bundle(case))
    trust.write_bytes(reader.case_trust(case).to_bytes())
    given = ["--at", case["at"], "--max-age", case["maxAge"] + "s"]
    app = typer.Typer()
    app.command()(verify)
    arguments = [str(bundle), "--trust", str(trust), *given, *options]
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    # The vectors are of 2026; any later clock would find their trust expired one day.
    monkeypatch.setattr(time, "time_ns", lambda: 1_790_000_000_000_000_000)


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("drawn", 0, ["VALID", "9 record(s)", "6667 of 10,000", "block"]),
        ("removed-last", 1, ["INVALID", "history: ", "one or more were removed", "skipped"]),
        ("forged", 1, ["INVALID", "seal: ", "Ed25519"]),
        ("max-age-1s", 2, ["UNDETERMINED", "age: ", "ask for a fresh bundle"]),
        ("compromised", 2, ["UNDETERMINED", "signers: ", "is reported compromised since"]),
        ("cancelled", 1, ["INVALID", "standing: ", "is cancelled"]),
    ],
)
def test_verdicts(tmp_path: Path, name: str, code: int, words: list[str]) -> None:
    result = run(tmp_path, name)
    assert result.exit_code == code, result.output
    flat = " ".join(result.output.split())
    for word in words:
        assert word in flat


def test_json_has_every_step(tmp_path: Path) -> None:
    result = run(tmp_path, "reordered", "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["format"] == "tradeseal-verification/1"
    assert report["verdict"] == "invalid"
    assert [step["name"] for step in report["steps"]][:2] == ["form", "seal"]
    assert {step["verdict"] for step in report["steps"][7:]} == {"skipped"}


def test_json_carries_what_is_proved(tmp_path: Path) -> None:
    report = json.loads(run(tmp_path, "drawn", "--json").stdout)
    assert report["facts"]["shares"] == {"1": "6667"}
    assert report["facts"]["document"]["exporter"]["name"] == "Song Hong Textiles JSC"
    assert report["sealedAt"]["height"]


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_unusable_files_exit_64(tmp_path: Path, options: tuple[str, ...]) -> None:
    result = run(tmp_path, "truncated", *options)
    assert result.exit_code == 64
    assert "not a usable file" in result.output
    assert ("error" in json.loads(result.stdout)) if options else not result.stdout


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--max-age", "1y"), "is no duration"),
        (("--at", "yesterday"), "is no time"),
        (("--at", "2099-01-01T00:00:00Z"), "lies in the future"),
        (("--trust", "/nowhere"), "No such file"),
    ],
)
def test_unusable_questions_exit_64(tmp_path: Path, options: tuple[str, str], reason: str) -> None:
    result = run(tmp_path, "drawn", *options)
    assert result.exit_code == 64
    assert reason in result.output


def test_a_bundle_that_is_no_trust_file(tmp_path: Path) -> None:
    result = run(tmp_path, "drawn", "--trust", str(tmp_path / "bundle.json"))
    assert result.exit_code == 64
    assert "chainId: it is missing" in result.output


def test_now_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES["drawn"]
    now = reader.case_question(case).now
    monkeypatch.setattr(time, "time_ns", lambda: now)
    result = run(tmp_path, "drawn", "--at", "now", "--max-age", "1h")
    assert result.exit_code == 0
    assert write_time(TimeNs(now)) in result.output


def test_durations() -> None:
    assert [parse_duration(text) for text in ("0s", "2m", "3h", "1d")] == [
        0,
        120 * 10**9,
        10_800 * 10**9,
        86_400 * 10**9,
    ]
    for text in ("", "1", "s", "-1s", "1.5h", "1w", "1 s", "9" * 20 + "s"):
        with pytest.raises(UnusableError):
            parse_duration(text)


def test_long_times_and_identifiers_are_short_for_people(tmp_path: Path) -> None:
    result = run(tmp_path, "drawn", "--at", "2026-04-03T03:40:00Z", "--max-age", "7d")
    flat = " ".join(result.output.split())
    assert "2 d 4 h 6 min before the time asked about" in flat
    assert "0x9dda0ce3…9a96" in flat
    report = json.loads(run(tmp_path, "drawn", "--json").stdout)
    assert "0x9dda0ce36c4cf9505b77fc56167078d04ab49a96" in report["steps"][4]["established"][0]
