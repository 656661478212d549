"""Determinations through the API, the SDK and the command."""

import functools
import json
from pathlib import Path
from typing import Any

import pytest
from support.doors import Door
from typer.testing import CliRunner

import clients.cli.session
from api.origin.determination.replay import replay
from api.tokens import Role
from clients.cli import origin
from clients.sdk import Client
from clients.sdk.errors import ServerRefusedError

CASE = Path(__file__).parents[3] / "examples" / "origin_case.json"


def case(**changes: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(CASE.read_text())
    return value | changes


@pytest.mark.parametrize("role", [Role.ISSUING_AUTHORITY, Role.AUDITOR, Role.OPERATOR])
def test_whoever_is_known_may_ask(door: Door, role: Role) -> None:
    with door.client(role) as client:
        answer = client.post("/v1/origin/determinations", json=case())
    assert answer.status_code == 200
    assert answer.json()["criterion"] == "64%"
    assert answer.json()["flags"] == ["accumulation"]
    assert replay(answer.content).is_originating


def test_nobody_else_may(door: Door) -> None:
    with door.client() as client:
        assert client.post("/v1/origin/determinations", json=case()).status_code == 401


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"date": "20 November"}, "origin_case_invalid", "case.date"),
        ({"agreement": "USMCA"}, "origin_rules_unknown", "known are ACFTA"),
    ],
)
def test_what_cannot_be_determined_is_a_problem(
    door: Door, changes: dict[str, Any], code: str, text: str
) -> None:
    sdk = door.sdk(Role.AUDITOR)
    with pytest.raises(ServerRefusedError) as caught:
        sdk.determinations.determine(case(**changes))
    assert (caught.value.status, caught.value.code) == (422, code)
    assert text in caught.value.detail


def test_the_sdk_keeps_the_bytes_that_replay(door: Door) -> None:
    found = door.sdk(Role.AUDITOR).determinations.determine(case())
    assert (found.outcome, found.criterion, found.preference) == ("originating", "64%", True)
    assert replay(found.to_bytes()).criterion == found.criterion
    assert all(outcome in {"passed", "failed", "noted"} for outcome, _, _ in found.steps("vi"))


@pytest.fixture
def sit(door: Door, monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setenv("TRADESEAL_TOKEN", door.token(Role.ISSUING_AUTHORITY))
    client = functools.partial(Client, transport=door.transport)
    monkeypatch.setattr(clients.cli.session, "Client", client)
    return door


def run(*arguments: object, command: str = "determine") -> Any:
    return CliRunner().invoke(origin.app, [command, *(str(part) for part in arguments)])


def test_a_kept_decision_repeats_and_a_changed_one_does_not(sit: Door, tmp_path: Path) -> None:
    del sit
    kept = tmp_path / "decision.json"
    assert run(CASE, "--output", kept).exit_code == 0
    result = run(kept, command="replay")
    assert (result.exit_code, "the decision repeats" in result.output) == (0, True)
    result = run(kept, "--json", command="replay")
    assert json.loads(result.output) == json.loads(kept.read_bytes())
    kept.chmod(0o600)
    kept.write_text(kept.read_text().replace('"criterion":"64%"', '"criterion":"65%"'))
    result = run(kept, "--json", command="replay")
    assert result.exit_code == 1
    assert "decision.criterion differs" in json.loads(result.output)["message"]


def test_the_command_explains(sit: Door) -> None:
    del sit
    result = run(CASE, "--language", "vi")
    assert result.exit_code == 0, result.output
    assert "ATIGA Art. 29" in result.output
    assert "Hàm lượng" in result.output
    assert "box 8: 64%" in result.output


def test_the_command_keeps_the_decision(sit: Door, tmp_path: Path) -> None:
    del sit
    kept = tmp_path / "decision.json"
    result = run(CASE, "--output", kept, "--json")
    assert json.loads(result.output)["outcome"] == "originating"
    assert replay(kept.read_bytes()).is_originating


def test_the_command_tells_by_its_exit_code(sit: Door, tmp_path: Path) -> None:
    del sit
    file = tmp_path / "case.json"
    file.write_text(json.dumps(case(transits=[{"country": "HK"}])))
    result = run(file)
    assert (result.exit_code, "not_originating" in result.output) == (1, True)
    file.write_text("[]")
    assert run(file).exit_code == 64
    file.write_text("{")
    assert run(file).exit_code == 64
