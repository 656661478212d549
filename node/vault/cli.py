"""`tradeseal node kubo`: make the folder of a private Kubo node for an organisation's vault."""

import os
import re
import secrets
from pathlib import Path
from typing import Annotated, Final

import typer

from node.console import AsJson, answer, failing_plainly
from node.files import create_private, read_private
from node.vault.errors import KuboFolderError
from node.vault.kubo_folder import (
    SWARM_KEY_SIZE,
    KuboSettings,
    init_kubo,
    kubo_environment,
    swarm_key_file,
)
from node.vault.kubo_program import find_kubo

_PEER: Final = re.compile(r"([A-Za-z0-9]{40,64})@(/[A-Za-z0-9./:-]{1,250})")
_KEY: Final = re.compile(rb"/key/swarm/psk/1\.0\.0/\n/base16/\n([0-9a-f]{64})\n")

_API: Final = "/ip4/127.0.0.1/tcp/5001"
_SWARM: Final = "/ip4/127.0.0.1/tcp/4001"


def kubo(
    folder: Annotated[Path, typer.Argument(help="The Kubo node's new folder (IPFS_PATH).")],
    *,
    swarm_key: Annotated[
        Path, typer.Option(help="The private network's key; made where it is missing.")
    ],
    api: Annotated[str, typer.Option(help="Where it listens for this organisation alone.")] = _API,
    swarm: Annotated[str, typer.Option(help="Where it listens for the other nodes.")] = _SWARM,
    peer: Annotated[
        list[str] | None, typer.Option(help="Another node as PEER-ID@/ip4/…/tcp/…; give more.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the folder of a private Kubo node, with everything that talks to strangers off."""
    with failing_plainly():
        peers = tuple(_peer(folder, text) for text in peer or ())
        key = _swarm_key(swarm_key)
        program = find_kubo(os.environ)
        peer_id = init_kubo(program, folder, KuboSettings(api, swarm, peers), key)
        variables = kubo_environment({}, folder.absolute())
        answer(
            {
                "peer": f"{peer_id}@{swarm}",
                "setting": f'[vault] kubo = "{api}"',
                "run": " ".join([*(f"{k}={v}" for k, v in variables.items()), f"{program} daemon"]),
            },
            as_json=as_json,
        )


def _peer(folder: Path, text: str) -> tuple[str, str]:
    found = _PEER.fullmatch(text)
    if found is None:
        raise KuboFolderError(folder, f"{text[:80]!r} names no peer: give PEER-ID@/ip4/…/tcp/…")
    return found[1], found[2]


def _swarm_key(path: Path) -> bytes:
    try:
        content = read_private(path)
    except FileNotFoundError:
        content = swarm_key_file(secrets.token_bytes(SWARM_KEY_SIZE))
        create_private(path, content)
    found = _KEY.fullmatch(content)
    if found is None:
        raise KuboFolderError(path, "it is no swarm key: two lines and 64 lower-case digits")
    return bytes.fromhex(found[1].decode())
