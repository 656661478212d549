"""`tradeseal node` and `tradeseal token`, typed."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from support.logs import logging_kept
from support.organisations import (
    CHAIN_ID,
    ISSUER,
    MEMBERSHIP,
    Network,
    certificate_id,
    genesis_bytes,
)
from typer.testing import CliRunner, Result

import node.cli
from api.cli import app, token_app
from api.tokens import Role, TokenVerifier
from node.database import migration
from node.errors import StorageError
from node.folder import open_folder
from node.indexer.indexer import Indexer
from node.keys.tokens import load_token_key

PASSWORD = "a password for commands"


@pytest.fixture(autouse=True)
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give a command what a process of its own would have."""
    monkeypatch.setenv("TRADESEAL_PASSWORD", PASSWORD)
    with logging_kept():
        yield


def call(command: Any, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def init(folder: Path, tmp_path: Path, **changes: str) -> Result:
    (tmp_path / "genesis.json").write_bytes(genesis_bytes())
    options = {
        "name": "authority-vn",
        "organisation": ISSUER.hex_id,
        "country": "VN",
        "chain-id": str(CHAIN_ID),
        "membership": "0x" + MEMBERSHIP.hex(),
        "ledger": "http://127.0.0.1:1",
        "genesis": str(tmp_path / "genesis.json"),
    } | changes
    pairs = [item for name, value in options.items() for item in (f"--{name}", value)]
    return call(app, "init", folder, *pairs, "--weak-keys", "--json")


def test_an_organisation_is_made_once(tmp_path: Path) -> None:
    made = init(tmp_path / "vn", tmp_path)
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["account"].startswith("0x")
    names = {path.name for path in (tmp_path / "vn" / "keys").iterdir()}
    assert names == {
        "account.json",
        "authority.crt",
        "authority.pem",
        "document.crt",
        "document.pem",
        "encryption.pem",
        "token.pem",
    }
    again = init(tmp_path / "vn", tmp_path)
    assert again.exit_code == 1
    assert "never overwritten" in again.stderr


def test_what_cannot_be_configured_is_refused(tmp_path: Path) -> None:
    result = init(tmp_path / "vn", tmp_path, country="Viet Nam")
    assert result.exit_code == 1
    assert "organisation.country" in result.stderr
    assert not (tmp_path / "vn").exists()


def test_without_a_password_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRADESEAL_PASSWORD")
    result = init(tmp_path / "vn", tmp_path)
    assert result.exit_code == 1
    assert not (tmp_path / "vn").exists()


def newest(purpose: str) -> str:
    found = (Path(migration.__file__).parent / "migrations" / purpose).glob("versions/*_*.py")
    return max(path.stem for path in found if path.stem != "__init__")


def test_databases_are_migrated(tmp_path: Path) -> None:
    init(tmp_path / "vn", tmp_path)
    migrated = call(app, "migrate", tmp_path / "vn", "--json")
    assert json.loads(migrated.stdout) == {"read": newest("read"), "state": newest("state")}


def test_a_silent_ledger_is_named(tmp_path: Path) -> None:
    init(tmp_path / "vn", tmp_path)
    for command in ("status", "rebuild", "serve"):
        result = call(app, command, tmp_path / "vn")
        assert result.exit_code == 1
        assert "http://127.0.0.1:1" in result.stderr


@pytest.fixture
def served(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of an organisation whose ledger is in this process."""
    init(tmp_path / "vn", tmp_path)
    real = node.cli.open_node

    def opened(path: Path, password: bytes, clock: Any, web3: Any = None) -> Any:
        del web3
        return real(path, password, clock, network.web3)

    monkeypatch.setattr(node.cli, "open_node", opened)
    return tmp_path / "vn"


def test_status_and_rebuild_tell_where_the_node_is(network: Network, served: Path) -> None:
    member = network.node(network.organisation(ISSUER))
    network.settle(member)
    member.submit(network.issue(certificate_id("a")))
    network.settle(member)
    rebuilt = json.loads(call(app, "rebuild", served, "--json").stdout)
    assert rebuilt["block"] == 2  # export lines, certificate
    status = json.loads(call(app, "status", served, "--json").stdout)
    assert (status["block"], status["ledger_block"]) == (2, 2)
    assert json.loads(call(app, "rebuild", served, "--json").stdout) == rebuilt
    assert "block: 2" in call(app, "rebuild", served).stdout


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Give the servers that were run; none of them opens a socket."""
    seen: list[Any] = []

    def run(server: uvicorn.Server) -> None:
        seen.append(server)

    monkeypatch.setattr(uvicorn.Server, "run", run)
    return seen


def test_serve_opens_the_door(served: Path, servers: list[Any]) -> None:
    result = call(app, "serve", served, "--port", 8641)
    assert result.exit_code == 0, result.output
    (server,) = servers
    assert (server.config.host, server.config.port) == ("127.0.0.1", 8641)
    assert server.config.app.title == "Tradeseal"
    assert not server.should_exit


@pytest.mark.usefixtures("servers")
def test_serve_ends_at_a_fault(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> int:
        raise StorageError("the read database", "disk full")

    def run(server: uvicorn.Server) -> None:
        for _ in range(1_000):
            if server.should_exit:
                return
            threading.Event().wait(0.01)
        pytest.fail("the server goes on")

    monkeypatch.setattr(Indexer, "follow", fail)
    monkeypatch.setattr(uvicorn.Server, "run", run)
    result = call(app, "serve", served)
    assert result.exit_code == 1
    assert "disk full" in result.stderr
    assert {json.loads(line)["level"] for line in result.stderr.splitlines()} == {"critical"}


def test_metrics_are_served_where_they_are_asked_for(served: Path, servers: list[Any]) -> None:
    asked = call(app, "serve", served, "--metrics", "0")
    assert asked.exit_code == 0, asked.output
    assert asked.stdout.startswith("metrics on http://127.0.0.1:")
    assert "metrics" not in call(app, "serve", served).output
    assert len(servers) == 2


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_an_address_that_is_none_ends_the_command(
    served: Path, servers: list[Any], log_format: str
) -> None:
    result = call(app, "serve", served, "--metrics", "here", "--log-format", log_format)
    assert result.exit_code == 64
    (line,) = result.stderr.splitlines()
    assert "give HOST:PORT" in (json.loads(line)["message"] if log_format == "json" else line)
    assert servers == []


def test_a_token_is_issued_for_the_folder(tmp_path: Path) -> None:
    init(tmp_path / "vn", tmp_path)
    arguments = ("--subject", "officer-1", "--role", "issuing_authority", "--post", "VNHAN")
    result = call(token_app, "issue", tmp_path / "vn", *arguments, "--json")
    token = json.loads(result.stdout)["token"]
    key = load_token_key(open_folder(tmp_path / "vn").keys, PASSWORD.encode())
    now = int(node.cli.now().timestamp())
    caller = TokenVerifier(key.public_key()).verify(token, now)
    assert (caller.role, caller.post) == (Role.ISSUING_AUTHORITY, "VNHAN")
    plain = call(token_app, "issue", tmp_path / "vn", *arguments)
    assert plain.stdout.count(".") == 2


def test_a_strange_subject_gets_no_token(tmp_path: Path) -> None:
    init(tmp_path / "vn", tmp_path)
    arguments = ("--subject", "", "--role", "customs", "--post", "VNHAN")
    assert call(token_app, "issue", tmp_path / "vn", *arguments).exit_code == 64
