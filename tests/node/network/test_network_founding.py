"""A founded network's folders, and the commands around them."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from support.founded import EXAMPLE, example_plan, found
from typer.testing import CliRunner, Result

from api.cli import app as node_app
from chain.genesis import load_genesis
from contracts.bundles.trust import Trust
from contracts.origin.identifiers import key_commitment
from node.beacon.keys import load_beacon_key
from node.config import NetworkSettings, parse_config
from node.errors import ConfigError, PasswordWrongError
from node.folder import open_folder
from node.keys.accounts import load_account
from node.keys.encryption import load_encryption_keys
from node.network.cli import app
from node.network.doctor import Finding, examine
from node.network.engine_keys import load_engine_keys
from node.network.run import open_run
from node.trust import trust_of

NAMES = {"customs-vn", "port-hph", "bank-vn", "customs-id", "moit-vn"}
PEER = "ab" * 20 + "@port.example:26600"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("founded") / "network"
    found(folder, example_plan())
    return folder


def call(command: Any, *arguments: object, **environment: str) -> Result:
    return CliRunner().invoke(command, [str(item) for item in arguments], env=environment)


def password_of(network: Path, name: str) -> bytes:
    return (network / "passwords" / name).read_bytes().removesuffix(b"\n")


def test_all_found_the_same_ledger(network: Path) -> None:
    files = {(network / name / "genesis.json").read_bytes() for name in NAMES}
    assert files == {(network / "genesis.json").read_bytes()}
    genesis = load_genesis(network / "genesis.json")
    assert [one.name for one in genesis.validators] == [
        "customs-vn", "port-hph", "bank-vn", "customs-id",
    ]  # fmt: skip
    trust = Trust.parse((network / "trust.json").read_bytes())
    assert trust.evm_genesis_hash == trust_of(genesis).evm_genesis_hash


def test_each_knows_all_others_and_not_itself(network: Path) -> None:
    for name in NAMES:
        folder = open_folder(network / name)
        keys = load_engine_keys(folder, password_of(network, name))
        settings = folder.config.network
        assert settings is not None
        assert len(settings.peers) == len(NAMES) - 1
        assert not [peer for peer in settings.peers if peer.startswith(keys.node_id)]
    named = open_folder(network / "bank-vn").config.network
    port = load_engine_keys(open_folder(network / "port-hph"), password_of(network, "port-hph"))
    listens = open_folder(network / "port-hph").config.network
    assert named is not None
    assert listens is not None
    assert f"{port.node_id}@{listens.peer}" in named.peers


def test_passwords_are_apart_and_different(network: Path) -> None:
    passwords = {password_of(network, name) for name in NAMES}
    assert len(passwords) == len(NAMES)
    load_account(network / "bank-vn" / "keys" / "account.json", password_of(network, "bank-vn"))
    with pytest.raises(PasswordWrongError):
        load_account(
            network / "bank-vn" / "keys" / "account.json", password_of(network, "port-hph")
        )
    modes = {stat.S_IMODE(path.stat().st_mode) for path in network.rglob("*") if path.is_file()}
    assert modes == {0o600}


def holders(network: Path, name: str) -> dict[str, bytes]:
    found = network.glob(f"*/keys/identifiers/{name}.key")
    return {path.parts[-4]: path.read_bytes() for path in found}


def test_the_key_of_certificate_identifiers_is_with_its_authority_and_customs(
    network: Path,
) -> None:
    held = holders(network, "moit-vn")
    assert set(held) == {"moit-vn", "customs-vn", "customs-id"}
    assert len(set(held.values())) == 1


def test_keys_of_declarations_and_payments_are_with_those_who_open_them(network: Path) -> None:
    assert set(holders(network, "customs-vn")) == {"customs-vn"}
    shared = holders(network, "payments")
    assert set(shared) == {"customs-vn", "customs-id", "bank-vn"}
    assert len(set(shared.values())) == 1
    genesis = (network / "genesis.json").read_text()
    assert key_commitment(bytes.fromhex(shared["bank-vn"].decode())).hex() in genesis


def test_customs_authorities_and_ports_act_by_themselves(network: Path) -> None:
    clerks = {path.parts[-3] for path in network.glob("*/keys/clerk.json")}
    assert clerks == {"moit-vn", "customs-vn", "customs-id", "port-hph"}
    genesis = (network / "genesis.json").read_text()
    for name in clerks:
        key = load_account(network / name / "keys" / "clerk.json", password_of(network, name))
        assert key.address[2:].lower() in genesis


def test_customs_and_ports_have_a_key_of_the_random_beacon(network: Path) -> None:
    paths = {path.parts[-3]: path for path in network.glob("*/keys/beacon.pem")}
    assert paths.keys() == {"customs-vn", "customs-id", "port-hph"}
    keys = {load_beacon_key(path, password_of(network, name)) for name, path in paths.items()}
    assert len(keys) == 3


def test_processes_listen_where_the_settings_say(network: Path) -> None:
    name = str(network / "passwords" / "bank-vn")
    run = open_run(network / "bank-vn", {"TRADESEAL_PASSWORD_FILE": name})
    assert run.engine_settings().peer_address == run.settings.peer
    assert run.engine_settings().application == "unix://abci.sock"
    assert run.folder.config.ledger_url == f"http://{run.settings.ledger}"


def test_each_knows_the_others_doors_and_can_open_documents(network: Path) -> None:
    for name in NAMES:
        folder = open_folder(network / name)
        doors = dict(folder.config.doors)
        assert len(doors) == len(NAMES) - 1
        assert folder.config.organisation not in doors
        keys = load_encryption_keys(folder.keys, password_of(network, name))
        genesis = (network / "genesis.json").read_text()
        assert keys.current.material.hex() in genesis  # for everybody to seal for
    bank = open_folder(network / "bank-vn").config
    assert bank.network is not None
    seen = dict(open_folder(network / "customs-id").config.doors)[bank.organisation]
    assert seen == f"http://{bank.network.door}"


def test_an_occupied_folder_is_not_founded_again(network: Path) -> None:
    before = (network / "genesis.json").read_bytes()
    again = call(app, "init", "--organisations", EXAMPLE, "--folder", network, "--weak-keys")
    assert (again.exit_code, "never overwritten" in again.stderr) == (1, True)
    assert (network / "genesis.json").read_bytes() == before


@pytest.mark.parametrize(("text", "code"), [(None, 64), ("[network]", 1), ("\udcff", 64)])
def test_an_unusable_file_founds_nothing(tmp_path: Path, text: str | None, code: int) -> None:
    if text is not None:
        (tmp_path / "file.toml").write_bytes(text.encode(errors="surrogateescape"))
    options = ("--organisations", tmp_path / "file.toml", "--folder", tmp_path / "network")
    refused = call(app, "init", *options)
    assert (refused.exit_code, refused.stderr.startswith("error: ")) == (code, True)
    assert not (tmp_path / "network").exists()


@pytest.mark.parametrize("command", ["up", "down", "status", "logs"])
def test_without_a_network_every_command_says_so(tmp_path: Path, command: str) -> None:
    refused = call(app, command, "--folder", tmp_path)
    assert refused.exit_code == 1
    assert "network init" in refused.stderr or "network up" in refused.stderr


def test_a_folder_with_somebody_elses_ledger_is_not_run(tmp_path: Path) -> None:
    made = call(
        node_app, "init", tmp_path / "plain", "--name", "plain", "--organisation",
        "0x" + "11" * 32, "--country", "VN", "--chain-id", "1", "--membership",
        "0x" + "22" * 20, "--ledger", "http://127.0.0.1:1", "--weak-keys",
        TRADESEAL_PASSWORD="a password",
    )  # fmt: skip
    assert made.exit_code == 0, made.stderr
    refused = call(
        node_app, "run", tmp_path / "plain",
        TRADESEAL_PASSWORD="a password", TRADESEAL_COMETBFT=str(fake_engine(tmp_path)),
    )  # fmt: skip
    assert (refused.exit_code, "[network]" in refused.stderr) == (1, True)


def fake_engine(folder: Path) -> Path:
    """A program that only tells its version."""
    path = folder / "cometbft"
    path.write_text("#!/bin/sh\necho 0.38.26\n")
    path.chmod(0o755)
    return path


def join(folder: Path, network: Path, **changes: object) -> Result:
    options = {
        "name": "agency-vn", "country": "VN", "genesis": network / "genesis.json", "peer": PEER,
    } | changes  # fmt: skip
    pairs = [item for name, value in options.items() for item in (f"--{name}", value)]
    return call(
        node_app, "join", folder, *pairs, "--weak-keys", "--json",
        TRADESEAL_PASSWORD="a password",
    )  # fmt: skip


def test_a_newcomer_tells_what_the_others_need(network: Path, tmp_path: Path) -> None:
    joined = join(tmp_path / "agency", network, host="agency.example")
    assert joined.exit_code == 0, joined.stderr
    told = json.loads(joined.stdout)
    folder = open_folder(tmp_path / "agency")
    keys = load_engine_keys(folder, b"a password")
    assert told["validator_key"] == keys.validator.public_key().public_bytes_raw().hex()
    assert told["peer"] == f"{keys.node_id}@agency.example:26600"
    assert told["organisation"] == folder.config.organisation
    assert len(bytes.fromhex(told["admin_key"][2:])) == 32
    assert folder.config.network is not None
    assert folder.config.network.peers == (PEER,)
    assert folder.config.evm_chain_id == load_genesis(network / "genesis.json").evm_chain_id


@pytest.mark.parametrize(
    ("changes", "code", "reason"),
    [
        ({"peer": "customs.example:26600"}, 64, "id@host:port"),
        ({"genesis": "/nowhere/genesis.json"}, 64, "cannot be read"),
        ({"genesis": EXAMPLE}, 64, "genesis"),
        ({"name": "Agency VN"}, 1, "does not have the form"),
        ({"country": "vn"}, 1, "does not have the form"),
    ],
)
def test_a_wrong_newcomer_is_not_made(
    network: Path, tmp_path: Path, changes: dict[str, object], code: int, reason: str
) -> None:
    refused = join(tmp_path / "agency", network, **changes)
    assert (refused.exit_code, reason in refused.stderr) == (code, True), refused.stderr
    assert not (tmp_path / "agency").exists()


# the doctor


def test_a_missing_engine_is_found_and_told(tmp_path: Path) -> None:
    told = call(app, "doctor", "--folder", tmp_path, TRADESEAL_COMETBFT=str(tmp_path / "none"))
    assert told.exit_code == 1
    assert "no such program" in told.stdout


def test_a_whole_machine_is_well(tmp_path: Path) -> None:
    checks = examine(tmp_path, {"TRADESEAL_COMETBFT": str(fake_engine(tmp_path)), "PATH": ""})
    assert {check.name: check.finding for check in checks} == {
        "python": Finding.GOOD,
        "cometbft": Finding.GOOD,
        "go": Finding.NOTE,
        "disk": Finding.GOOD,
        "open files": Finding.GOOD,
        "postgresql": Finding.NOTE,
        "kubo": Finding.NOTE,
    }


def test_what_is_named_has_to_answer_and_ports_have_to_be_free(tmp_path: Path) -> None:
    environment = {
        "TRADESEAL_COMETBFT": str(fake_engine(tmp_path)),
        "PATH": "",
        "TRADESEAL_KUBO": "http://127.0.0.1:1",
        "TRADESEAL_POSTGRESQL": "postgresql://127.0.0.1:x/",
    }
    checks = {one.name: one for one in examine(tmp_path, environment, ["203.0.113.1:80"])}
    for name in ("kubo", "postgresql", "ports"):
        assert checks[name].finding is Finding.MISSING
    assert "organisation.toml" in checks["ports"].text


# settings


def text_with(settings: NetworkSettings | None, network: Path) -> str:
    text = (network / "bank-vn" / "organisation.toml").read_text().partition("\n[network]")[0]
    return text + (settings.to_toml() if settings else "")


def test_settings_are_read_as_they_were_written(network: Path) -> None:
    config = open_folder(network / "bank-vn").config
    assert parse_config(config.to_toml(), network) == config
    assert parse_config(text_with(None, network), network).network is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("peers = [", 'peers = ["port.example:26600", '),
        ("peers = [", "peers = [7, "),
        ("peers = [", 'colour = "red"\npeers = ['),
        ('door = "127.0.0.1:', 'door = "'),
        ('door = "127.0.0.1:', 'gate = "127.0.0.1:'),
    ],
)
def test_wrong_settings_are_refused(network: Path, before: str, after: str) -> None:
    text = (network / "bank-vn" / "organisation.toml").read_text()
    assert before in text
    with pytest.raises(ConfigError, match="network"):
        parse_config(text.replace(before, after), network)
