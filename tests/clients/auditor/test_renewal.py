from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result
from vectors import reader
from vectors.parties import (
    LATER,
    SealingKey,
)
from vectors.world import (
    NS,
    sealed_again,
    validator_set,
)

from chain.proofs import comet
from chain.proofs.constants import TimeNs
from clients.auditor import Question, Verdict, renew_trust, verify_bundle
from clients.auditor.cli import renew
from clients.auditor.errors import UndeterminedError, UnusableError
from contracts.bundles import Bundle, Trust

CASES: dict[str, Any] = {case["name"]: case for case in reader.cases()}


def arguments(name: str) -> tuple[bytes, Trust, Question]:
    case = CASES[name]
    return reader.case_bundle(case), reader.case_trust(case), reader.case_question(case)


@pytest.mark.parametrize("name", ["drawn", "four-one-absent", "next", "changes", "cancelled"])
def test_the_renewed_file_believes_the_same_bundle(name: str) -> None:
    data, trust, question = arguments(name)
    renewed = renew_trust(data, trust, question)
    header = comet.Header.from_bytes(Bundle.parse(data).seal.header)
    assert renewed.checkpoint.height == header.height
    assert renewed.checkpoint.header_hash == header.hash()
    assert renewed.validator_set().hash() == header.next_validators_hash
    assert Trust.parse(renewed.to_bytes()) == renewed
    late = replace(question, now=TimeNs(header.time + 1))
    assert verify_bundle(data, renewed, replace(late, at=late.now)).steps[1].verdict == "valid"


def test_names_are_kept_where_keys_stay() -> None:
    renewed = renew_trust(*arguments("next"))
    names = {item.name for item in renewed.validators}
    stranger = comet.validator_address(SealingKey("validator 4").public_key).hex()
    assert names == {"validator 1", "validator 2", "validator 3", stranger}


def test_what_was_a_gap_is_none_after_renewal() -> None:
    data, trust, question = arguments("gap")
    assert verify_bundle(data, trust, question).verdict is Verdict.UNDETERMINED
    renewed = renew_trust(*arguments("changes"))
    assert verify_bundle(data, renewed, question).verdict is Verdict.VALID


def test_it_only_moves_forward() -> None:
    data, trust, question = arguments("same-set-earlier")
    with pytest.raises(UnusableError, match="not above the checkpoint's 95"):
        renew_trust(data, trust, question)


def test_not_into_a_change_of_validators() -> None:
    data, trust, question = arguments("drawn")
    leaving = sealed_again(
        Bundle.parse(data),
        [(SealingKey(), 10)],
        next_validators_hash=validator_set(LATER).hash(),
    )
    with pytest.raises(UndeterminedError, match="the validators change right after"):
        renew_trust(leaving.to_bytes(), trust, question)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = reader.case_question(CASES["drawn"]).now
    monkeypatch.setattr(time, "time_ns", lambda: now + 60 * NS)


def run(folder: Path, name: str, output: Path) -> Result:
    data, trust, _ = arguments(name)
    (folder / "bundle.json").write_bytes(data)
    (folder / "trust.json").write_bytes(trust.to_bytes())
    app = typer.Typer()
    app.command()(renew)
    names = [str(folder / "bundle.json"), "--trust", str(folder / "trust.json")]
    return CliRunner().invoke(app, [*names, "--output", str(output)])


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("drawn", 0, "checkpoint at height"),
        ("forged", 1, "Ed25519 signature refused"),
        ("gap", 2, "the validators changed too much"),
        ("truncated", 64, "not a usable file"),
    ],
)
def test_command(tmp_path: Path, name: str, code: int, words: str) -> None:
    output = tmp_path / "renewed.json"
    result = run(tmp_path, name, output)
    assert result.exit_code == code
    assert words in result.output
    assert output.exists() == (code == 0)


@pytest.mark.usefixtures("clock")
def test_command_that_cannot_write(tmp_path: Path) -> None:
    result = run(tmp_path, "drawn", tmp_path / "absent" / "renewed.json")
    assert result.exit_code == 64
    assert "name a place to write to" in result.output
