"""`tradeseal network` and `tradeseal node run|backup|restore`, as an operator types them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_account import Account
from support.founded import EXAMPLE
from support.ports import free_ports
from web3 import Web3

from chain.engine.cometbft.binary import find_cometbft
from chain.engine.cometbft.home import NEVER, EngineHome
from chain.errors import EngineProgramError
from contracts.abi import selector
from node.folder import open_folder
from node.keys.accounts import load_account
from node.network.plan import PORTS
from node.network.processes import identity

ROOT = Path(__file__).parents[2]
TOOL = Path(sys.executable).with_name("tradeseal")
NAMES = ["customs-vn", "port-hph", "bank-vn", "customs-id", "moit-vn"]
GAS = 100_000

pytestmark = pytest.mark.slow


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [str(TOOL), *(str(argument) for argument in arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=240,
        env=os.environ | environment,
    )  # fmt: skip


@cache
def engine() -> Path:
    try:
        return find_cometbft(os.environ)
    except EngineProgramError as error:
        pytest.skip(str(error))


@dataclass
class Running:
    """A network in a folder."""

    folder: Path

    def status(self) -> dict[str, Any]:
        answer = run("network", "status", "--folder", self.folder, "--json")
        status: dict[str, Any] = json.loads(answer.stdout)
        assert (answer.returncode == 0) == status["well"]
        return status

    def until_well(self, seconds: float = 240) -> dict[str, dict[str, Any]]:
        deadline = time.monotonic() + seconds
        while not (status := self.status())["well"]:
            assert time.monotonic() < deadline, status
            time.sleep(0.5)
        return {one["name"]: one for one in status["organisations"]}

    def pid(self, name: str, process: str) -> int:
        pids = {one["name"]: one["pid"] for one in self.until_well()[name]["processes"]}
        return int(pids[process])

    def all_pids(self) -> list[int]:
        processes = [one["processes"] for one in self.until_well().values()]
        return [each["pid"] for one in processes for each in one]

    def web3(self, name: str) -> Web3:
        return Web3(Web3.HTTPProvider(open_folder(self.folder / name).config.ledger_url))

    def send(self, name: str) -> bytes:
        """Send one transaction of an organisation's account; return its hash once it is final."""
        folder = open_folder(self.folder / name)
        password = (self.folder / "passwords" / name).read_bytes().removesuffix(b"\n")
        account = load_account(folder.keys / "account.json", password)
        web3 = self.web3(name)
        data = selector("maySend(address)") + bytes(12) + bytes.fromhex(account.address[2:])
        signed = Account.sign_transaction(
            {
                "to": Web3.to_checksum_address(folder.config.membership),
                "data": data,
                "nonce": web3.eth.get_transaction_count(account.address),
                "gas": GAS,
                "gasPrice": 0,
                "value": 0,
                "chainId": folder.config.evm_chain_id,
            },
            account.key,
        )
        digest = web3.eth.send_raw_transaction(signed.raw_transaction)
        receipt = web3.eth.wait_for_transaction_receipt(digest, timeout=60)
        assert receipt["status"] == 1
        return bytes(digest)

    def agreed(self, digest: bytes, names: list[str]) -> None:
        """Check that all see the transaction in the same block."""
        blocks = {
            bytes(self.web3(name).eth.wait_for_transaction_receipt(digest, 60)["blockHash"])
            for name in names
        }
        assert len(blocks) == 1


def init(folder: Path, *options: str) -> None:
    made = run(
        "network", "init", "--organisations", EXAMPLE, "--folder", folder, "--weak-keys",
        "--first-port", free_ports(len(NAMES) * PORTS), *options,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    engine()
    folder = tmp_path_factory.mktemp("up") / "network"
    init(folder)
    up = run("network", "up", "--folder", folder, "--detach")
    assert up.returncode == 0, up.stderr
    running = Running(folder)
    try:
        running.until_well()
        yield running
    finally:
        run("network", "down", "--folder", folder)


def test_it_validates_follows_and_agrees(network: Running) -> None:
    statuses = network.until_well()
    assert {name: one["validating"] for name, one in statuses.items()} == {
        name: name != "moit-vn" for name in NAMES
    }
    assert {one["peers"] for one in statuses.values()} == {4}
    network.agreed(network.send("moit-vn"), NAMES)  # a follower's members send as well
    network.agreed(network.send("bank-vn"), NAMES)


def test_a_second_supervisor_is_refused(network: Running) -> None:
    again = run("network", "up", "--folder", network.folder)
    assert (again.returncode, "running already" in again.stderr) == (1, True)
    password = str(network.folder / "passwords" / "bank-vn")
    alone = run("node", "run", network.folder / "bank-vn", TRADESEAL_PASSWORD_FILE=password)
    assert (alone.returncode, "running already" in alone.stderr) == (1, True)
    network.until_well()


@pytest.mark.parametrize("process", ["engine", "ledger", "door"])
def test_a_killed_process_comes_back_and_agrees(network: Running, process: str) -> None:
    killed = network.pid("port-hph", process)
    os.kill(killed, signal.SIGKILL)
    digest = network.send("customs-vn")  # three of four go on
    deadline = time.monotonic() + 60
    while network.pid("port-hph", process) == killed:
        assert time.monotonic() < deadline
    network.agreed(digest, NAMES)


def test_the_door_answers(network: Running) -> None:
    settings = open_folder(network.folder / "customs-vn").config.network
    assert settings is not None
    health = httpx.get(f"http://{settings.door}/v1/health", timeout=20)
    assert (health.status_code, health.json()["organisation"]) == (200, "customs-vn")


def test_logs_are_shown_per_organisation(network: Running) -> None:
    shown = run("network", "logs", "--folder", network.folder, "--organisation", "bank-vn")
    assert re.findall(r"^== (.*)$", shown.stdout, re.MULTILINE) == [
        "bank-vn/door", "bank-vn/engine", "bank-vn/ledger",
    ]  # fmt: skip


def test_only_the_door_knows_the_password(network: Running) -> None:
    found = {
        process: "TRADESEAL_PASSWORD" in Path(
            f"/proc/{network.pid('bank-vn', process)}/environ"
        ).read_text()
        for process in ("engine", "ledger", "door")
    }  # fmt: skip
    assert found == {"engine": False, "ledger": False, "door": True}


def kill_supervisor(network: Running) -> None:
    """Kill what runs the network; all its processes have to end with it."""
    pids = network.all_pids()
    assert len(pids) == 3 * len(NAMES)
    parent = Path(f"/proc/{pids[0]}/stat").read_text().rpartition(")")[2].split()[1]
    os.kill(int(parent), signal.SIGKILL)
    deadline = time.monotonic() + 20
    while any(identity(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    shown = run("network", "status", "--folder", network.folder)
    assert (shown.returncode, "down" in shown.stdout) == (1, True)


def test_after_a_killed_supervisor_and_a_lost_folder_all_go_on(
    network: Running, tmp_path: Path
) -> None:
    backup, lost = tmp_path / "bank-vn.backup", network.folder / "bank-vn"
    engine_before = network.pid("bank-vn", "engine")
    done = run("node", "backup", lost, backup)
    assert done.returncode == 0, done.stderr
    assert network.pid("bank-vn", "engine") != engine_before  # it was paused, and resumed
    after_backup = network.send("bank-vn")  # its account has gone on since
    kill_supervisor(network)
    signed = EngineHome(lost / "engine").read_sign_state().height
    shutil.rmtree(lost)

    done = run("node", "restore", backup, lost)
    assert done.returncode == 0, done.stderr
    assert run("node", "restore", backup, lost).returncode == 1  # occupied
    home = EngineHome(lost / "engine")
    assert home.read_sign_state().height == NEVER
    assert run("network", "up", "--folder", network.folder, "--detach").returncode == 0
    network.agreed(after_backup, NAMES)
    statuses = network.until_well()  # well means that it signs again
    assert statuses["bank-vn"]["validating"]
    assert signed < home.read_sign_state().height < NEVER
    network.agreed(network.send("bank-vn"), NAMES)


def test_a_fifth_organisation_follows_from_genesis_and_peers(network: Running) -> None:
    known = open_folder(network.folder / "bank-vn").config.network
    assert known is not None
    peer = known.peers[0]
    folder = network.folder.parent / "agency-vn"
    joined = run(
        "node", "join", folder, "--name", "agency-vn", "--country", "VN",
        "--genesis", network.folder / "genesis.json", "--peer", peer, "--weak-keys", "--json",
        "--first-port", free_ports(PORTS), TRADESEAL_PASSWORD="a password for the fifth",
    )  # fmt: skip
    assert joined.returncode == 0, joined.stderr
    told = json.loads(joined.stdout)
    assert len(told["validator_key"]) == 64
    assert told["peer"].startswith(told["node_id"])
    with subprocess.Popen(
        [TOOL, "node", "run", folder],
        env=os.environ | {"TRADESEAL_PASSWORD": "a password for the fifth"},
    ) as process:
        try:
            digest = network.send("customs-vn")
            ledger = Web3(Web3.HTTPProvider(open_folder(folder).config.ledger_url))
            deadline = time.monotonic() + 240
            while not ledger.is_connected():
                assert time.monotonic() < deadline
                time.sleep(0.2)
            receipt = ledger.eth.wait_for_transaction_receipt(digest, 60)
            wanted = network.web3("customs-vn").eth.get_transaction_receipt(digest)
            assert receipt["blockHash"] == wanted["blockHash"]
        finally:
            process.terminate()
            assert process.wait(60) == 0


def test_down_leaves_no_process(network: Running) -> None:
    pids = network.all_pids()
    assert run("network", "down", "--folder", network.folder).returncode == 0
    assert not [pid for pid in pids if identity(pid)]
    again = run("network", "down", "--folder", network.folder)
    assert (again.returncode, "nothing runs" in again.stderr) == (1, True)
    assert not list(network.folder.rglob("*_key.json"))  # no key is left in the clear


# docker-compose.yml


@dataclass(frozen=True)
class Service:
    """What the compose file says of one of our services."""

    name: str
    command: list[str]
    environment: dict[str, str]


def services() -> dict[str, Service]:
    """Read our services, whose commands and environments stand as JSON in the file."""
    text = (ROOT / "docker-compose.yml").read_text().partition("\nservices:\n")[2]
    text = re.split(r"\n(?=[a-z])", text)[0]
    found = {}
    for block in re.split(r"\n(?=  [a-z0-9-]+:\n)", "\n" + text):
        name = re.search(r"^  ([a-z0-9-]+):$", block, re.MULTILINE)
        if name is not None and "<<: *organisation" in block:
            command = re.search(r"^    command: (\[.*\])$", block, re.MULTILINE)
            environment = re.search(r"^    environment: (\{.*\})$", block, re.MULTILINE)
            assert command is not None
            found[name[1]] = Service(
                name[1], json.loads(command[1]), json.loads(environment[1]) if environment else {}
            )
    return found


def test_compose_names_the_examples_organisations() -> None:
    ours = services()
    assert set(ours) == {"found", *NAMES}
    for name in NAMES:
        assert ours[name].command == ["node", "run", f"/data/network/{name}"]


def test_compose_takes_the_file() -> None:
    program = os.environ.get("TRADESEAL_DOCKER_COMPOSE") or shutil.which("docker-compose")
    if program is None:
        pytest.skip("docker-compose is not installed, and TRADESEAL_DOCKER_COMPOSE names none")
    shown = subprocess.run(
        [program, "-f", ROOT / "docker-compose.yml", "--profile", "found", "config",
         "--format", "json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    resolved = json.loads(shown.stdout)["services"]
    for service in services().values():
        assert resolved[service.name]["command"] == service.command
        assert (resolved[service.name].get("environment") or {}) == service.environment
    assert {"postgresql", "kubo"} <= set(resolved)


def test_the_services_commands_run_as_the_file_gives_them(tmp_path: Path) -> None:
    engine()
    data = tmp_path / "data"
    data.mkdir(mode=0o700)

    def mapped(text: str) -> str:
        return text.replace("/data", str(data)).replace("/opt/tradeseal", str(ROOT))

    ours = services()
    founding = [mapped(item) for item in ours["found"].command]
    founding.remove("--by-name")  # one machine has one name
    options = ["--weak-keys", "--first-port", str(free_ports(len(NAMES) * PORTS))]
    made = run(*founding, *options)
    assert made.returncode == 0, made.stderr
    running: list[subprocess.Popen[bytes]] = []
    try:
        for name in NAMES:
            environment = {key: mapped(text) for key, text in ours[name].environment.items()}
            command = [str(TOOL), *(mapped(item) for item in ours[name].command)]
            running.append(subprocess.Popen(command, env=os.environ | environment))
        network = Running(data / "network")
        network.until_well(240)
        network.agreed(network.send("port-hph"), NAMES)
        pids = network.all_pids()
    finally:
        for process in running:
            process.terminate()
        codes = [process.wait(60) for process in running]
    assert codes == [0] * len(NAMES)
    assert not [pid for pid in pids if identity(pid)]
