"""A ledger and one organisation's node, each served by its command in a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from support.organisations import (
    CHAIN_ID,
    ISSUER,
    MEMBERSHIP,
    PASSWORD,
    SealingKey,
    encryption_pem,
    genesis_bytes,
)
from support.ports import free_port

from api.tokens import Caller, Role, TokenIssuer
from node.config import OrganisationConfig
from node.files import create_private
from node.folder import create_folder
from node.keys.accounts import DEMONSTRATION, import_account
from node.keys.encryption import ENCRYPTION_KEY_NAME
from node.keys.tokens import create_token_key

START_SECONDS = 60


@dataclass
class Served:
    """One command; its log lines lie in a file."""

    arguments: list[str]
    log: Path
    process: subprocess.Popen[str] | None = None
    metrics_url: str = ""

    def start(self) -> None:
        """Start it, and wait until it says where its metrics are."""
        command = [str(Path(sys.executable).parent / "tradeseal"), *self.arguments]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True,
                env=os.environ | {"TRADESEAL_PASSWORD": PASSWORD.decode()},
            )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.fullmatch(r"metrics on (http://\S+)\n", line)
        assert found is not None, line + self.log.read_text()
        self.metrics_url = found[1]

    def lines(self) -> list[dict[str, Any]]:
        """Return its log; every line must be one JSON object."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def said(self, message: str, **fields: Any) -> list[dict[str, Any]]:
        """Return the log's lines with a message and fields."""
        return [
            line
            for line in self.lines()
            if line["message"] == message and fields.items() <= line.items()
        ]

    def metric(self, name: str) -> float | None:
        """Scrape one series, named as Prometheus shows it; None where it is absent."""
        for line in httpx.get(self.metrics_url, timeout=10).text.splitlines():
            series, _, value = line.rpartition(" ")
            if series == name:
                return float(value)
        return None

    def stop(self) -> int:
        """Ask it to stop and return its exit code; 0 where it was never started."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


@dataclass
class ServedOrganisation:
    """The authority's node and the ledger behind it."""

    folder: Path
    ledger: Served = field(init=False)
    node: Served = field(init=False)
    token: str = field(init=False)
    url: str = field(init=False)

    def __post_init__(self) -> None:
        ledger_port, node_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{node_port}"
        home = self._make(f"http://127.0.0.1:{ledger_port}")
        self.ledger = Served(
            [
                "ledger", "serve", "--folder", str(self.folder / "ledger"),
                "--genesis", str(self.folder / "genesis.json"),
                "--key", str(self.folder / "sealing.pem"),
                "--port", str(ledger_port), "--metrics", "127.0.0.1:0",
            ],
            self.folder / "ledger.log",
        )  # fmt: skip
        self.node = Served(
            ["node", "serve", str(home), "--port", str(node_port), "--metrics", "0"],
            self.folder / "node.log",
        )

    def _make(self, ledger_url: str) -> Path:
        """Make keys and folders; return the organisation's."""
        (self.folder / "genesis.json").write_bytes(genesis_bytes())
        sealing = SealingKey._key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSWORD)
        )
        create_private(self.folder / "sealing.pem", sealing)
        config = OrganisationConfig(
            name=ISSUER.name,
            organisation=ISSUER.hex_id,
            country=ISSUER.country,
            ledger_url=ledger_url,
            evm_chain_id=CHAIN_ID,
            membership="0x" + MEMBERSHIP.hex(),
        )
        made = create_folder(self.folder / "organisation", config, genesis_bytes())
        import_account(made.keys / "account.json", ISSUER.carrier.secret, PASSWORD, DEMONSTRATION)
        create_private(made.keys / ENCRYPTION_KEY_NAME, encryption_pem(ISSUER.name))
        issuer = TokenIssuer(create_token_key(made.keys, PASSWORD))
        caller = Caller("officer-1", ISSUER.hex_id, Role.ISSUING_AUTHORITY, "VNHPH")
        self.token = issuer.issue(caller, int(time.time()), 3_600)
        return made.path

    def start(self) -> None:
        """Start both, and wait until the node knows the ledger."""
        self.ledger.start()
        self.node.start()
        wait_until(self._is_level)

    def _is_level(self) -> bool:
        try:
            return bool(httpx.get(f"{self.url}/v1/health").json()["status"] == "ok")
        except httpx.ConnectError:
            return False

    def stop(self) -> None:
        """Stop both."""
        self.node.stop()
        self.ledger.stop()


def wait_until(condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    """Wait for a condition, and fail when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
