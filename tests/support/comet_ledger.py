"""A ledger in this process that a CometBFT of its own orders: one validator, real time.

With `pytest --ledger network` the tests of contracts, node, API and clients run on it instead of
the embedded engine. Blocks come by themselves; tests that move the clock are skipped.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from support.ports import free_port

from chain.engine.cometbft.binary import find_cometbft
from chain.engine.cometbft.engine import CometEngine
from chain.engine.cometbft.home import EngineHome, EngineSettings
from chain.errors import EngineProgramError
from chain.genesis import Genesis
from chain.ledger import Ledger, open_network
from chain.store.keyvalue import KeyValueStore

VARIABLE = "TRADESEAL_TEST_LEDGER"
TIMEOUT_S = 30.0
QUICK = {
    'timeout_commit = "100ms"': 'timeout_commit = "1ms"',
    'create_empty_blocks_interval = "10s"': 'create_empty_blocks_interval = "300ms"',
}


@dataclass(frozen=True, slots=True)
class CometLedger(Ledger):
    """A ledger whose engine ends with it."""

    process: subprocess.Popen[bytes]

    def close(self) -> None:
        Ledger.close(self)
        self.process.kill()  # it ends when its application goes, but not always
        self.process.wait()


def cometbft() -> str:
    """Return the program, or skip the test where it is missing."""
    try:
        return str(find_cometbft(os.environ))
    except EngineProgramError as error:
        pytest.skip(f"no CometBFT: {error}")


def is_network() -> bool:
    """Say whether the tests run on a network's ledger."""
    return os.environ.get(VARIABLE) == "network"


def skip_on_network(reason: str) -> None:
    if is_network():
        pytest.skip(f"not on a network: {reason}")


def comet_ledger(store: KeyValueStore, genesis: Genesis, key: Ed25519PrivateKey) -> Ledger:
    """Open a network's ledger and start its only validator."""
    folder = Path(tempfile.mkdtemp(prefix="comet-"))
    rpc_port = free_port()
    home = EngineHome(folder / "engine")
    abci = f"unix://{folder}/abci.sock"
    settings = EngineSettings(
        name="test",
        application=abci,
        peer_address=f"127.0.0.1:{free_port()}",
        rpc_address=f"127.0.0.1:{rpc_port}",
        metrics_address=f"127.0.0.1:{free_port()}",
    )
    home.write_settings(settings, genesis)
    home.write_keys(key, key)
    config = home.path / "config" / "config.toml"
    text = config.read_text()
    for slow, quick in QUICK.items():
        assert slow in text
        text = text.replace(slow, quick)
    config.write_text(text)
    ledger = open_network(store, genesis, abci=abci, engine_url=f"http://127.0.0.1:{rpc_port}")
    with (folder / "engine.log").open("wb") as log:
        command = [cometbft(), "start", "--home", str(home.path)]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    opened = CometLedger(ledger.application, ledger.engine, process)
    if not ledger.engine.wait_beyond(0, TIMEOUT_S):
        opened.close()
        raise AssertionError((folder / "engine.log").read_text()[-4000:])
    return opened


def seal(ledger: Ledger, heights: int) -> None:
    """Wait until what waits is final, and a further height has come for each that is asked for."""
    engine = ledger.engine
    assert isinstance(engine, CometEngine)
    deadline = time.monotonic() + TIMEOUT_S
    for _ in range(heights):
        height = engine.tip.height
        while len(engine._pool) or engine.tip.height == height:
            assert time.monotonic() < deadline, "no block came"
            engine.wait_beyond(engine.tip.height, 1)
