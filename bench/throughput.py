"""Committed transactions per second through eth_sendRawTransaction, and where the time goes."""

from __future__ import annotations

import cProfile
import json
import os
import pstats
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from common import peak_memory_mb, save, workload
from support.chain import EVM_CHAIN_ID, TestSealingKey, account, genesis

from chain.engine.solo import SoloEngine
from chain.ledger import open_solo
from chain.rpc.provider import LedgerProvider

COUNT = 2_000
PER_BLOCK = 100
ROUNDS = 3
HERE = Path(__file__).parent
ANVIL = HERE.parent / "tests/e2e/javascript/node_modules/.bin/anvil"
SENDER = account(901).address[2:].lower()
PARTS = {
    "JSON-RPC and admission": ("make_request",),
    "execution: EVM": ("apply_computation",),
    "execution: membership's answers": ("_check",),
    "execution: receipts, blooms, logs": ("bloom_of", "to_bytes", "_logs"),
    "tries and state roots": ("commit_block", "ordered_trie_root"),
    "headers, commits, signatures": ("_propose", "_sign"),
    "store": ("write",),
}


def ours(raws: list[bytes]) -> float:
    """Send everything while the engine seals; stop the clock when all is committed."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_solo(Path(folder), genesis(), TestSealingKey()) as ledger,
    ):
        provider = LedgerProvider(ledger)
        hexes = ["0x" + raw.hex() for raw in raws]
        started = time.perf_counter()
        for raw in hexes:
            answer = provider.make_request("eth_sendRawTransaction", [raw])  # type: ignore[arg-type]
            assert "result" in answer, answer
        sender = bytes.fromhex(SENDER)
        while ledger.application.nonce(sender) < len(raws):
            ledger.engine.wait_beyond(ledger.engine.tip.height, 1)
        return len(raws) / (time.perf_counter() - started)


def in_own_process(script: str, *options: str) -> float:
    """Run one side in a process of its own, so that neither inherits the other's memory."""
    command = [sys.executable, str(HERE / script), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1])["tps"])


def plain(*options: str) -> float:
    """Run the baseline."""
    return in_own_process("plain_loop.py", str(COUNT), str(PER_BLOCK), *options)


def anvil(raws: list[bytes]) -> float | None:
    """Send the same transactions to anvil, whose genesis gets the same code."""
    if not ANVIL.exists():
        return None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [str(ANVIL), "--port", str(port), "--chain-id", str(EVM_CHAIN_ID), "--base-fee", "0",
         "--gas-price", "0", "--gas-limit", "2000000000", "--block-time", "1", "--silent"],
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        return _anvil(url, raws)
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # the npm wrapper and the binary that it starts
        process.wait()


def _anvil(url: str, raws: list[bytes]) -> float:
    from support.chain import EXERCISE, Chain  # noqa: PLC0415

    client = httpx.Client(timeout=60)

    def call(method: str, *params: object) -> object:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        return client.post(url, json=body).json().get("result")

    deadline = time.monotonic() + 20
    while True:
        try:
            call("eth_chainId")
            break
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    with tempfile.TemporaryDirectory() as folder:
        chain = Chain(Path(folder))
        code = chain.web3.eth.get_code(chain.exercise.address).hex()
        chain.close()
    call("anvil_setCode", "0x" + EXERCISE.hex(), "0x" + code.removeprefix("0x"))
    call("anvil_setBlockTimestampInterval", 0)
    started = time.perf_counter()
    for first in range(0, len(raws), 500):
        batch = [
            {"jsonrpc": "2.0", "id": i, "method": "eth_sendRawTransaction",
             "params": ["0x" + raw.hex()]}
            for i, raw in enumerate(raws[first : first + 500])
        ]  # fmt: skip
        answers = client.post(url, json=batch).json()
        assert all("result" in answer for answer in answers), answers[0]
    while int(str(call("eth_getTransactionCount", "0x" + SENDER, "latest")), 16) < len(raws):
        time.sleep(0.02)
    return len(raws) / (time.perf_counter() - started)


def where_time_goes(raws: list[bytes]) -> dict[str, float]:
    """Profile sending and sealing in one thread; return shares of the whole in percent."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_solo(Path(folder), genesis(), TestSealingKey(), start=False) as ledger,
    ):
        provider = LedgerProvider(ledger)
        assert isinstance(ledger.engine, SoloEngine)
        profile = cProfile.Profile()
        profile.enable()
        for raw in raws:
            provider.make_request("eth_sendRawTransaction", ["0x" + raw.hex()])  # type: ignore[arg-type]
        while ledger.application.nonce(bytes.fromhex(SENDER)) < len(raws):
            ledger.engine.seal_next()
        profile.disable()
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    total = sum(entry[2] for entry in stats.values())
    shares: dict[str, float] = {}
    for part, names in PARTS.items():
        cumulative = sum(
            entry[3]
            for (file, _, name), entry in stats.items()
            if name in names and ("/chain/" in file or "/eth/" in file)
        )
        shares[part] = round(100 * cumulative / total, 1)
    shares["execution: EVM"] = round(
        shares["execution: EVM"] - shares["execution: membership's answers"], 1
    )
    shares["everything else"] = round(100 - sum(shares.values()), 1)
    return shares


def main() -> None:
    """Measure in turn, several rounds, and keep medians."""
    raws = workload(COUNT)
    if "--ours" in sys.argv:
        print(json.dumps({"tps": ours(raws)}))
        return
    rounds: dict[str, list[float]] = {"ours": [], "plain": [], "plain_libraries": []}
    for _ in range(ROUNDS):
        rounds["plain"].append(plain())
        rounds["ours"].append(in_own_process("throughput.py", "--ours"))
        rounds["plain_libraries"].append(plain("--libraries"))
    anvil_tps = anvil(raws)
    median = {name: statistics.median(values) for name, values in rounds.items()}
    save(
        "throughput",
        {
            "transactions": COUNT,
            "tps_ours": round(median["ours"], 1),
            "tps_plain_py_evm": round(median["plain"], 1),
            "tps_plain_py_evm_same_c_libraries": round(median["plain_libraries"], 1),
            "tps_anvil": None if anvil_tps is None else round(anvil_tps, 1),
            "ratio_to_plain_py_evm": round(median["ours"] / median["plain"], 2),
            "ratio_to_plain_py_evm_same_c_libraries": round(
                median["ours"] / median["plain_libraries"], 2
            ),
            "ratio_to_anvil": None if anvil_tps is None else round(median["ours"] / anvil_tps, 3),
            "all_rounds": {name: [round(v, 1) for v in values] for name, values in rounds.items()},
            "where_time_goes_percent_profiled": where_time_goes(raws[:1_000]),
            "peak_memory_mb": round(peak_memory_mb(), 1),
        },
    )


if __name__ == "__main__":
    main()
