"""The folder of a private Kubo node: no peers but those with the same swarm key, no discovery.

    swarm.key    the network's shared secret, 0600
    config       as `ipfs init` writes it, with everything that talks to strangers switched off

Source: Kubo 0.42, docs/config.md; docs/experimental-features.md, "Private Networks".
"""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from node.files import create_private, make_private_folder, replace_private
from node.vault.errors import KuboFolderError

ENVIRONMENT: Final[Mapping[str, str]] = {
    # Refuses to start where the swarm key is missing; it cannot share a port with others then.
    "LIBP2P_FORCE_PNET": "1",
    "LIBP2P_TCP_MUX": "false",
    "IPFS_TELEMETRY": "off",
}
SWARM_KEY_SIZE: Final = 32
_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class KuboSettings:
    """Where one Kubo node listens, and whom it keeps a connection to.

    Attributes:
        api: Multiaddress of its API, for its own organisation only.
        swarm: Multiaddress for the other nodes.
        peers: Other nodes: peer id and multiaddress.
    """

    api: str
    swarm: str
    peers: tuple[tuple[str, str], ...] = ()


def init_kubo(program: Path, folder: Path, settings: KuboSettings, swarm_key: bytes) -> str:
    """Make the folder of a private node; return its peer id.

    Args:
        program: The `ipfs` program.
        folder: The new folder.
        settings: Where it listens.
        swarm_key: The network's secret, 32 bytes.

    Raises:
        KuboFolderError: It cannot be made.
        FolderOccupiedError: It is there already.
    """
    if len(swarm_key) != SWARM_KEY_SIZE:
        raise AssertionError(len(swarm_key))
    make_private_folder(folder)
    try:
        subprocess.run(
            [str(program), "init", "--empty-repo"],
            env=kubo_environment(os.environ, folder),
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise KuboFolderError(folder, f"it cannot be made ({error})") from error
    create_private(folder / "swarm.key", swarm_key_file(swarm_key))
    return configure_kubo(folder, settings)


def configure_kubo(folder: Path, settings: KuboSettings) -> str:
    """Write a node's settings; return its peer id.

    Raises:
        KuboFolderError: The folder holds no configuration.
        StorageError: The disk refused.
    """
    path = folder / "config"
    try:
        config: dict[str, Any] = json.loads(path.read_bytes())
        peer_id = str(config["Identity"]["PeerID"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KuboFolderError(folder, f"its config cannot be read ({error})") from error
    _merge(config, private_settings(settings))
    for mount in config["Datastore"]["Spec"]["mounts"]:
        if mount.get("type") == "flatfs":
            mount["sync"] = True  # a content that was promised is on disk
    replace_private(path, json.dumps(config, indent=2).encode() + b"\n")
    return peer_id


def kubo_environment(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the environment that the node's programs run in."""
    return {**environment, **ENVIRONMENT, "IPFS_PATH": str(folder)}


def swarm_key_file(key: bytes) -> bytes:
    """Return the text of `swarm.key`."""
    return f"/key/swarm/psk/1.0.0/\n/base16/\n{key.hex()}\n".encode()


def private_settings(settings: KuboSettings) -> dict[str, Any]:
    """Return what differs from Kubo's defaults, by section."""
    off = {"Enabled": False}
    return {
        "Addresses": {"API": settings.api, "Swarm": [settings.swarm], "Gateway": []},
        "Bootstrap": [],
        "Routing": {"Type": "none", "DelegatedRouters": []},
        "Ipns": {"DelegatedPublishers": []},
        "DNS": {"Resolvers": {}},
        "Discovery": {"MDNS": off},
        "Peering": {"Peers": _peers(settings.peers)},
        "AutoConf": off,
        "AutoTLS": off,
        "HTTPRetrieval": off,
        "Provide": off,
        "Plugins": {"Plugins": {"telemetry": {"Config": {"Mode": "off"}}}},
        "Version": {"SwarmCheckEnabled": False},
        "Swarm": {
            "DisableNatPortMap": True,
            "RelayClient": off,
            "RelayService": off,
            "Transports": {"Network": {"Relay": False}},
        },
    }


def _peers(peers: Sequence[tuple[str, str]]) -> list[dict[str, object]]:
    return [{"ID": peer_id, "Addrs": [address]} for peer_id, address in peers]


def _merge(target: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if isinstance(value, dict) and value and isinstance(target.get(name), dict):
            _merge(target[name], value)
        else:
            target[name] = value  # also in place of null, Kubo's own default
