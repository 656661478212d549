"""JSON-RPC over HTTP, as `tradeseal ledger serve` serves it; clients of other makers."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.chain import EVM_CHAIN_ID, EXERCISE, account, compiled, sign_call
from support.server import LedgerProcess
from web3 import Web3

from chain.rpc.server import MAX_REQUEST_BYTES

JAVASCRIPT = Path(__file__).parent / "javascript"
SENDER = account(61)
EXERCISE_ADDRESS = Web3.to_checksum_address(EXERCISE)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LedgerProcess]:
    process = LedgerProcess(tmp_path_factory.mktemp("served"))
    process.start()
    yield process
    assert process.stop() == 0


@pytest.fixture
def web3(server: LedgerProcess) -> Web3:
    return Web3(Web3.HTTPProvider(server.url))


def test_web3_sends_and_reads(web3: Web3) -> None:
    exercise = web3.eth.contract(address=EXERCISE_ADDRESS, abi=compiled("exercise")["abi"])
    raw = sign_call(SENDER, exercise.functions.put(5, 55), nonce=0)
    receipt = web3.eth.wait_for_transaction_receipt(web3.eth.send_raw_transaction(raw), 20)
    assert receipt["status"] == 1
    assert exercise.functions.values(5).call() == 55


@pytest.mark.parametrize(
    ("content", "status"),
    [(b'{"jsonrpc":"2.0","method":"eth_chainId"}', 204), (b"{", 200), (b"[" * 200_000, 200)],
)
def test_status_codes(server: LedgerProcess, content: bytes, status: int) -> None:
    assert httpx.post(server.url, content=content).status_code == status


def test_only_post_is_served(server: LedgerProcess) -> None:
    assert httpx.get(server.url).status_code == 405


def test_a_request_too_large_is_cut_off(server: LedgerProcess) -> None:
    large = httpx.post(server.url, content=b"x" * (MAX_REQUEST_BYTES + 1))
    assert (large.status_code, str(MAX_REQUEST_BYTES) in large.text) == (413, True)

    def endless() -> Iterator[bytes]:
        for _ in range(MAX_REQUEST_BYTES // 1_000_000 + 2):
            yield b"x" * 1_000_000

    assert httpx.post(server.url, content=endless()).status_code == 413


def test_garbage_on_the_socket_does_not_stop_the_server(server: LedgerProcess, web3: Web3) -> None:
    for garbage in (b"\x00\xff" * 500, b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b""):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(garbage)
    assert web3.eth.chain_id == EVM_CHAIN_ID


def test_a_second_server_on_the_folder_says_why_it_cannot(server: LedgerProcess) -> None:
    command = str(Path(sys.executable).parent / "tradeseal")
    second = subprocess.run(
        [
            command, "ledger", "serve",
            "--folder", str(server.folder / "ledger"),
            "--genesis", str(server.folder / "genesis.json"),
            "--key", str(server.folder / "sealing.pem"),
            "--port", "0",
        ],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert second.returncode == 64
    assert "another process holds" in second.stderr


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    process = LedgerProcess(tmp_path / "open")
    (process.folder / "sealing.pem").chmod(0o644)
    with pytest.raises(AssertionError, match="chmod 600"):
        process.start()


def node_tool(name: str) -> str:
    tool = JAVASCRIPT / "node_modules" / ".bin" / name
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed")
    if not tool.exists() and name != "ethers":
        pytest.skip("run `npm install` in tests/e2e/javascript first (make test does where npm is)")
    return str(tool)


@pytest.mark.node_js
def test_ethers_sends_reads_and_sees_refusals(server: LedgerProcess) -> None:
    node_tool("ethers")
    if not (JAVASCRIPT / "node_modules" / "ethers").exists():
        pytest.skip("run `npm install` in tests/e2e/javascript first (make test does where npm is)")
    result = subprocess.run(
        ["node", "ethers.mjs", server.url, EXERCISE_ADDRESS, account(62).key.hex()],
        cwd=JAVASCRIPT, input=json.dumps(compiled("exercise")["abi"]),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    seen = json.loads(result.stdout)
    assert seen["chainId"] == str(EVM_CHAIN_ID)
    assert seen["status"] == 1
    assert seen["value"] == "66"
    assert seen["logs"] == 1
    assert "refused on purpose" in seen["refusal"]
    assert seen["proofSlots"] == 1


@pytest.mark.node_js
def test_cast_sends_and_reads(server: LedgerProcess) -> None:
    cast = node_tool("cast")

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [cast, *arguments, "--rpc-url", server.url],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    assert run("chain-id") == str(EVM_CHAIN_ID)
    sent = run(
        "send", EXERCISE_ADDRESS, "put(uint256,uint256)", "8", "88",
        "--private-key", account(63).key.hex(), "--json", "--legacy",
    )  # fmt: skip
    assert json.loads(sent)["status"] == "0x1"
    assert run("call", EXERCISE_ADDRESS, "values(uint256)(uint256)", "8") == "88"
    assert int(run("block-number")) >= 1
    assert json.loads(run("proof", EXERCISE_ADDRESS, "0x0"))["codeHash"].startswith("0x")
    assert run("nonce", account(63).address) == "1"
