"""`tradeseal ledger serve` in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from support.chain import TestSealingKey, genesis_json
from support.ports import free_port
from web3 import Web3


@dataclass
class LedgerProcess:
    """A ledger served over HTTP; start it again after a kill."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    port: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "genesis.json").write_bytes(genesis_json())
        private_key = Ed25519PrivateKey.from_private_bytes(TestSealingKey().seed)
        key = self.folder / "sealing.pem"
        key.touch(0o600)
        key.write_bytes(
            private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Web3:
        self.port = free_port()
        command = [str(Path(sys.executable).parent / "tradeseal"), "ledger", "serve"]
        options = {
            "--folder": self.folder / "ledger",
            "--genesis": self.folder / "genesis.json",
            "--key": self.folder / "sealing.pem",
            "--port": self.port,
        }
        for name, value in options.items():
            command += [name, str(value)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        web3 = Web3(Web3.HTTPProvider(self.url))
        deadline = time.monotonic() + 30
        while not web3.is_connected():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError((self.folder / "log").read_text())
            time.sleep(0.02)
        return web3

    def kill(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)
