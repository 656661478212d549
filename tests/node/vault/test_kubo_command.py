"""`tradeseal node kubo`, its program and its folder."""

import json
import os
import stat
from pathlib import Path

import pytest
from support.kubo import KuboNode, kubo_program
from typer.testing import CliRunner, Result

from node.cli import app
from node.vault.errors import KuboFolderError, KuboProgramError
from node.vault.kubo_folder import KuboSettings, configure_kubo, private_settings
from node.vault.kubo_program import VARIABLE, find_kubo


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["kubo", *(str(argument) for argument in arguments)])


def test_two_folders_of_one_private_network(tmp_path: Path) -> None:
    kubo_program()
    key = tmp_path / "swarm.key"
    first = call(tmp_path / "a", "--swarm-key", key, "--json")
    assert first.exit_code == 0, first.output
    made = json.loads(first.stdout)
    peer = made["peer"]
    second = call(tmp_path / "b", "--swarm-key", key, "--peer", peer, "--swarm",
                  "/ip4/127.0.0.1/tcp/4002", "--json")  # fmt: skip
    assert second.exit_code == 0, second.output
    keys = {(tmp_path / name / "swarm.key").read_bytes() for name in ("a", "b")}
    assert keys == {key.read_bytes()}
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    config = json.loads((tmp_path / "b" / "config").read_bytes())
    peer_id, _, address = peer.partition("@")
    assert config["Peering"]["Peers"] == [{"ID": peer_id, "Addrs": [address]}]
    assert "LIBP2P_FORCE_PNET=1" in made["run"]
    assert "IPFS_TELEMETRY=off" in made["run"]
    again = call(tmp_path / "a", "--swarm-key", key)
    assert again.exit_code == 1


def test_nothing_talks_to_strangers(kubo_pair: tuple[KuboNode, KuboNode]) -> None:
    config = json.loads((kubo_pair[0].folder / "config").read_bytes())
    settings = private_settings(kubo_pair[0].settings())
    for section in ("Bootstrap", "Routing", "Discovery", "AutoConf", "AutoTLS", "Provide"):
        assert (
            config[section] == config[section] | settings[section]
            if isinstance(settings[section], dict)
            else config[section] == settings[section]
        )
    assert config["Addresses"]["Gateway"] == []
    (flatfs,) = [m for m in config["Datastore"]["Spec"]["mounts"] if m["type"] == "flatfs"]
    assert flatfs["sync"] is True
    log = (kubo_pair[0].folder / "log").read_text()
    assert "Swarm is limited to private network" in log
    assert "telemetry will be enabled" not in log


@pytest.mark.parametrize("text", ["", "Qm", "/ip4/1.2.3.4/tcp/1", "x" * 50 + "@host:1"])
def test_a_peer_must_be_named_whole(tmp_path: Path, text: str) -> None:
    refused = call(tmp_path / "a", "--swarm-key", tmp_path / "key", "--peer", text)
    assert refused.exit_code == 1
    assert "names no peer" in refused.stderr
    assert not (tmp_path / "a").exists()


def test_a_swarm_key_must_be_one(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.touch(0o600)
    key.write_text("secret")
    assert "no swarm key" in call(tmp_path / "a", "--swarm-key", key).stderr


def test_a_folder_without_configuration(tmp_path: Path) -> None:
    settings = KuboSettings("/ip4/127.0.0.1/tcp/1", "/ip4/127.0.0.1/tcp/2")
    with pytest.raises(KuboFolderError):
        configure_kubo(tmp_path, settings)
    (tmp_path / "config").write_text("{}")
    with pytest.raises(KuboFolderError):
        configure_kubo(tmp_path, settings)


@pytest.mark.parametrize("says", ["ipfs version 0.41.9", "ipfs version x", "", "ipfs 0.42.0"])
def test_another_program_is_refused(tmp_path: Path, says: str) -> None:
    program = tmp_path / "ipfs"
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o700)
    with pytest.raises(KuboProgramError, match=r"0\.42\.0 is needed"):
        find_kubo({VARIABLE: str(program)})
    program.write_text("#!/bin/sh\necho 'ipfs version 0.43.1-dev'\n")
    assert find_kubo({VARIABLE: str(program)}) == program
    program.write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(KuboProgramError, match="does not run"):
        find_kubo({VARIABLE: str(program)})


def test_a_missing_program_is_told(tmp_path: Path) -> None:
    with pytest.raises(KuboProgramError, match="make kubo"):
        find_kubo({VARIABLE: str(tmp_path / "none"), "PATH": os.defpath})
