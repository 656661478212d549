"""Private Kubo nodes as processes of this test run."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.ports import free_port

from node.vault.errors import KuboProgramError
from node.vault.kubo_folder import KuboSettings, configure_kubo, init_kubo, kubo_environment
from node.vault.kubo_program import find_kubo


@dataclass
class KuboNode:
    """One node; start it again after it was stopped."""

    program: Path
    folder: Path
    swarm_key: bytes
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.api_port, self.swarm_port = free_port(), free_port()
        self.peer_id = init_kubo(self.program, self.folder, self.settings(), self.swarm_key)

    def settings(self, peers: Sequence[KuboNode] = ()) -> KuboSettings:
        others = tuple((peer.peer_id, peer.swarm) for peer in peers)
        return KuboSettings(self.api, self.swarm, others)

    @property
    def api(self) -> str:
        return f"/ip4/127.0.0.1/tcp/{self.api_port}"

    @property
    def swarm(self) -> str:
        return f"/ip4/127.0.0.1/tcp/{self.swarm_port}"

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.program), "daemon"],
                env=kubo_environment(os.environ, self.folder),
                stdout=log,
                stderr=log,
            )
        self.wait_for("id", bool)

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run the program's own command against this node."""
        return subprocess.run(
            [str(self.program), *arguments],
            env=kubo_environment(os.environ, self.folder),
            input=stdin,
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout

    def wait_for(self, call: str, condition) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
        deadline = time.monotonic() + 30
        while True:
            try:
                url = f"http://127.0.0.1:{self.api_port}/api/v0/{call}"
                with urllib.request.urlopen(urllib.request.Request(url, method="POST")) as answer:
                    if condition(json.load(answer)):
                        return
            except OSError:
                pass
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None


def kubo_program() -> Path:
    """Return the program, or skip the test where it is missing."""
    try:
        return find_kubo(os.environ)
    except KuboProgramError as error:
        pytest.skip(f"no Kubo: {error}")


def connected_pair(folder: Path) -> tuple[KuboNode, KuboNode]:
    """Return two started nodes of one private network, connected to each other."""
    key = secrets.token_bytes(32)
    first, second = (KuboNode(kubo_program(), folder / name, key) for name in ("a", "b"))
    configure_kubo(second.folder, second.settings([first]))
    for node in (first, second):
        node.start()
    # At once: by itself a node first waits some seconds.
    second.run("swarm", "connect", f"{first.swarm}/p2p/{first.peer_id}")
    first.wait_for("swarm/peers", lambda answer: bool(answer.get("Peers")))
    return first, second
