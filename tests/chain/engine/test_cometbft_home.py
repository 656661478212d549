"""The engine's home and program: files as CometBFT reads them, versions as we tried them."""

from __future__ import annotations

import base64
import json
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from support.chain import genesis_json

from chain.engine.cometbft.binary import VARIABLE, check_version, find_cometbft
from chain.engine.cometbft.home import (
    NEVER,
    NO_ROUND,
    EngineHome,
    EngineSettings,
    SignState,
    config_text,
    genesis_document,
    node_id,
    node_key_document,
    validator_key_document,
)
from chain.errors import EngineProgramError, StoreError
from chain.genesis import parse_genesis

PEER = "ab" * 20 + "@port.example:26656"
SETTINGS = EngineSettings(
    'customs "vn"', "unix://abci.sock", "0.0.0.0:1", "127.0.0.1:2", "127.0.0.1:3", (PEER, PEER)
)
GENESIS = parse_genesis(genesis_json())


def program(path: Path, answer: str) -> Path:
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    return path


def test_settings_are_toml_with_what_trials_found() -> None:
    config = tomllib.loads(config_text(SETTINGS))
    assert config["moniker"] == 'customs "vn"'
    assert config["proxy_app"] == "unix://abci.sock"
    assert config["p2p"]["persistent_peers"] == f"{PEER},{PEER}"
    assert config["p2p"]["pex"] is False
    assert config["p2p"]["flush_throttle_timeout"] == "5ms"
    assert config["consensus"]["create_empty_blocks_interval"] == "10s"
    assert config["consensus"]["peer_gossip_sleep_duration"] == "5ms"
    assert config["mempool"]["recheck"] is True
    assert config["mempool"]["max_tx_bytes"] == 131_072
    assert config["rpc"]["laddr"] == "tcp://127.0.0.1:2"


def test_genesis_is_determined_by_the_ledgers() -> None:
    document = json.loads(genesis_document(GENESIS))
    assert document["chain_id"] == GENESIS.chain_id
    assert document["app_hash"] == ""
    assert document["consensus_params"]["block"] == {"max_bytes": "4194304", "max_gas": "-1"}
    validator = document["validators"][0]
    public = base64.b64decode(validator["pub_key"]["value"])
    assert public == GENESIS.validators[0].public_key
    assert validator["address"] == node_id(public).upper()
    assert genesis_document(GENESIS) == genesis_document(GENESIS)


def test_the_program_names_keys_as_we_do(tmp_path: Path) -> None:
    cometbft = the_program()
    key = Ed25519PrivateKey.generate()
    home = EngineHome(tmp_path / "engine")
    home.write_settings(SETTINGS, GENESIS)
    home.write_keys(key, key)
    told = {
        command: subprocess.run(
            [cometbft, command, "--home", home.path], capture_output=True, text=True, check=True
        ).stdout
        for command in ("show-node-id", "show-validator")
    }
    public = key.public_key().public_bytes_raw()
    assert told["show-node-id"].strip() == node_id(public)
    assert json.loads(told["show-validator"])["value"] == base64.b64encode(public).decode()


def test_files_are_private_and_an_older_sign_state_stays(tmp_path: Path) -> None:
    home = EngineHome(tmp_path / "engine")
    home.write_settings(SETTINGS, GENESIS)
    assert home.read_sign_state() == SignState.nothing()
    home.write_sign_state(SignState(7, 0, 3))
    home.write_settings(SETTINGS, GENESIS)
    assert home.read_sign_state() == SignState(7, 0, 3)
    key = Ed25519PrivateKey.generate()
    home.write_keys(key, key)
    files = [path for path in home.path.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert len(files) == 5
    home.remove_keys()
    assert not list(home.path.rglob("*key*"))


def test_all_of_a_height_leaves_no_round_of_it() -> None:
    assert SignState.all_of(9) == SignState(9, NO_ROUND, 3)
    assert NEVER == 2**63 - 1


@pytest.mark.parametrize("content", [b"", b"{}", b'{"height": "x", "round": 0, "step": 0}'])
def test_a_damaged_sign_state_is_never_read_as_nothing(tmp_path: Path, content: bytes) -> None:
    home = EngineHome(tmp_path / "engine")
    home.write_sign_state(SignState.nothing())
    home.sign_state_path.write_bytes(content)
    with pytest.raises(StoreError, match="restore"):
        home.read_sign_state()


def test_key_files_hold_the_key() -> None:
    key = Ed25519PrivateKey.generate()
    value = base64.b64encode(key.private_bytes_raw() + key.public_key().public_bytes_raw()).decode()
    assert json.loads(node_key_document(key))["priv_key"]["value"] == value
    assert json.loads(validator_key_document(key))["priv_key"]["value"] == value


@pytest.mark.parametrize("version", ["0.38.26", "0.38.31", "v0.38.26+5f5f1a2"])
def test_tried_versions_are_taken(tmp_path: Path, version: str) -> None:
    assert check_version(program(tmp_path / "cometbft", version)) == version


@pytest.mark.parametrize("version", ["0.38.25", "0.37.26", "1.0.1", "0.39.30", "", "something"])
def test_other_versions_are_refused(tmp_path: Path, version: str) -> None:
    with pytest.raises(EngineProgramError, match="is needed"):
        check_version(program(tmp_path / "cometbft", version))


def test_what_does_not_run_is_refused(tmp_path: Path) -> None:
    broken = program(tmp_path / "cometbft", "0.38.26")
    broken.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(EngineProgramError, match="does not run"):
        check_version(broken)


def test_the_variable_comes_before_the_path(tmp_path: Path) -> None:
    (tmp_path / "path").mkdir()
    on_path = program(tmp_path / "path" / "cometbft", "0.38.26")
    named = program(tmp_path / "named", "0.38.26")
    environment = {"PATH": str(on_path.parent)}
    assert find_cometbft(environment) == on_path
    assert find_cometbft(environment | {VARIABLE: str(named)}) == named


def test_a_missing_named_program_is_not_replaced_by_another(tmp_path: Path) -> None:
    with pytest.raises(EngineProgramError, match=VARIABLE):
        find_cometbft({VARIABLE: str(tmp_path / "nothing")})


def the_program() -> Path:
    try:
        return find_cometbft({"PATH": "/usr/local/bin:/usr/bin:/bin"})
    except EngineProgramError as error:
        pytest.skip(f"{error}")
