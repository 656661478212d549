"""The network: transactions per second, latency, replay, memory and disk, as ratios in one run.

Compared on the same machine in the same minutes, with transactions of the same size:

- CometBFT's own kvstore application, one and four validators: what the engine costs without us;
- solo: what the state machine does without the engine.

Four validators on few cores share them: each executes every transaction.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
from common import save, workload
from support.chain import genesis
from support.comet import (
    CometNetwork,
    Organisation,
    cometbft,
    open_genesis,
    peer_key,
    validator_key,
)
from support.ports import free_port
from support.server import LedgerProcess

from chain.engine.cometbft.home import EngineHome, EngineSettings, node_id
from chain.genesis import parse_genesis

SENDERS = 8
"""Accounts, each a member of its own, that share the load."""

BATCH = 50
MB = 1 << 20


def raws_of(count: int, first_sender: int = 901) -> list[list[bytes]]:
    """Return transactions of several senders, about `count` in total."""
    return [workload(count // SENDERS, first_sender + at) for at in range(SENDERS)]


def hand_in(url: str, raws: list[bytes]) -> None:
    """Send transactions in their order; where too many wait, wait a little."""
    with httpx.Client(timeout=60, trust_env=False) as client:
        at = 0
        while at < len(raws):
            body = [
                {
                    "jsonrpc": "2.0",
                    "id": index,
                    "method": "eth_sendRawTransaction",
                    "params": ["0x" + raw.hex()],
                }
                for index, raw in enumerate(raws[at : at + BATCH])
            ]
            answers = client.post(url, json=body).json()
            taken = next((i for i, each in enumerate(answers) if "error" in each), len(answers))
            at += taken
            if taken < len(body):
                time.sleep(0.05)


def request(url: str, method: str, *parameters: Any) -> Any:
    """Ask one JSON-RPC question."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
    return httpx.post(url, json=body, timeout=60, trust_env=False).json()["result"]


def await_nonces(url: str, senders: list[str], nonce: int) -> None:
    """Wait until each sender's transactions are final."""
    for sender in senders:
        while int(request(url, "eth_getTransactionCount", sender, "latest"), 16) < nonce:
            time.sleep(0.02)


def addresses(count: int, first_sender: int = 901) -> list[str]:
    """Return the senders' addresses."""
    from support.chain import account  # noqa: PLC0415

    return [account(first_sender + at).address for at in range(count)]


def throughput(urls: list[str], lines: list[list[bytes]], first_sender: int = 901) -> float:
    """Return transactions per second, from the first sending to the last one being final."""
    started = time.perf_counter()
    threads = [
        threading.Thread(target=hand_in, args=(urls[at % len(urls)], line))
        for at, line in enumerate(lines)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    await_nonces(urls[0], addresses(len(lines), first_sender), len(lines[0]))
    return sum(map(len, lines)) / (time.perf_counter() - started)


def latencies(url: str, raws: list[bytes], pause_s: float) -> list[float]:
    """Return seconds from sending to being readable, one transaction at a time."""
    found = []
    with httpx.Client(timeout=60, trust_env=False) as client:

        def ask(method: str, *parameters: Any) -> Any:
            body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
            return client.post(url, json=body).json()["result"]

        for raw in raws:
            started = time.perf_counter()
            transaction = ask("eth_sendRawTransaction", "0x" + raw.hex())
            while ask("eth_getTransactionReceipt", transaction) is None:
                time.sleep(0.001)
            found.append(time.perf_counter() - started)
            time.sleep(pause_s)
    return found


def spread(seconds: list[float]) -> dict[str, float]:
    """Return p50, p95 and p99 in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {f"p{at}_ms": round(cuts[at - 1] * 1e3, 1) for at in (50, 95, 99)}


@contextlib.contextmanager
def kvstore(count: int) -> Iterator[list[str]]:
    """Run CometBFT's kvstore application inside each of `count` validators."""
    names = [f"validator-{at}" for at in range(count)]
    founded = parse_genesis(open_genesis(names))
    ports = [(free_port(), free_port(), free_port()) for _ in names]
    ids = [node_id(peer_key(name).public_key().public_bytes_raw()) for name in names]
    processes = []
    with tempfile.TemporaryDirectory() as folder:
        for at, name in enumerate(names):
            home = EngineHome(Path(folder) / name)
            settings = EngineSettings(
                name=name,
                application="kvstore",
                peer_address=f"127.0.0.1:{ports[at][0]}",
                rpc_address=f"127.0.0.1:{ports[at][1]}",
                metrics_address=f"127.0.0.1:{ports[at][2]}",
                peers=tuple(
                    f"{ids[other]}@127.0.0.1:{ports[other][0]}"
                    for other in range(count)
                    if other != at
                ),
            )
            home.write_settings(settings, founded)
            home.write_keys(peer_key(name), validator_key(name))
            command = [cometbft(), "start", "--home", str(home.path)]
            processes.append(
                subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )
        try:
            urls = [f"http://127.0.0.1:{port}" for _, port, _ in ports]
            _await(lambda: all(_height(url) >= 1 for url in urls))
            yield urls
        finally:
            for process in processes:
                process.kill()
                process.wait()


def _height(url: str) -> int:
    try:
        status = httpx.get(f"{url}/status", timeout=5, trust_env=False).json()["result"]
    except httpx.HTTPError:
        return 0
    caught_up = not status["sync_info"]["catching_up"]
    return int(status["sync_info"]["latest_block_height"]) if caught_up else 0


def _await(condition: Callable[[], bool], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it did not start")
        time.sleep(0.05)


def kvstore_throughput(validators: int, count: int, size: int) -> float:
    """Return transactions per second of the kvstore application."""
    with kvstore(validators) as urls, httpx.Client(timeout=60, trust_env=False) as client:

        def stored() -> int:
            return int(
                client.get(f"{urls[0]}/abci_info")
                .json()["result"]["response"]["data"]
                .split(":")[1][:-1]
            )

        started, at = time.perf_counter(), 0
        while at < count:
            batch = [
                {
                    "jsonrpc": "2.0",
                    "id": index,
                    "method": "broadcast_tx_async",
                    "params": {
                        "tx": base64.b64encode(f"k{index}=".ljust(size, "v").encode()).decode()
                    },
                }
                for index in range(at, min(count, at + 100))
            ]
            answers = client.post(urls[0], json=batch).json()
            refused = [each for each in answers if "error" in each]
            at += 0 if refused else len(batch)
            if refused:  # the mempool is full: those that were taken already are known to it
                time.sleep(0.02)
                if "already exists" in str(refused[0]) and len(refused) == len(batch):
                    at += len(batch)
        while stored() < count:
            time.sleep(0.01)
        return count / (time.perf_counter() - started)


def solo_throughput(lines: list[list[bytes]]) -> float:
    """Return transactions per second of the embedded engine, behind HTTP as the network is."""
    assert genesis()
    with tempfile.TemporaryDirectory() as folder:
        server = LedgerProcess(Path(folder) / "solo")
        server.start()
        try:
            return throughput([server.url], lines)
        finally:
            server.stop()


@dataclass
class Usage:
    """Processor seconds, memory and disk of one organisation."""

    engine_s: float
    ledger_s: float
    engine_mb: float
    ledger_mb: float
    engine_disk: int
    ledger_disk: int

    @classmethod
    def of(cls, one: Organisation) -> Usage:
        """Measure now."""
        assert one.engine is not None
        assert one.ledger is not None
        engine, ledger = psutil.Process(one.engine.pid), psutil.Process(one.ledger.pid)

        def seconds(process: psutil.Process) -> float:
            times = process.cpu_times()
            return float(times.user + times.system)

        return cls(
            seconds(engine),
            seconds(ledger),
            engine.memory_info().rss / MB,
            ledger.memory_info().rss / MB,
            _bytes(one.folder / "engine"),
            _bytes(one.folder / "ledger"),
        )


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def metric(one: Organisation, name: str) -> float:
    """Return a sum that the ledger shows to Prometheus."""
    text = httpx.get(f"http://127.0.0.1:{one.ledger_metrics_port}/metrics", trust_env=False).text
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name + " "))


def where_time_goes(one: Organisation, before: Usage, count: int) -> dict[str, float]:
    """Return milliseconds per transaction of one organisation."""
    after = Usage.of(one)
    execution = metric(one, "tradeseal_ledger_execution_seconds_sum")
    writing = metric(one, "tradeseal_ledger_commit_seconds_sum")
    ledger, engine = after.ledger_s - before.ledger_s, after.engine_s - before.engine_s
    return {
        "ledger_processor_ms": round(ledger / count * 1e3, 3),
        "of_it_execution_wall_ms": round(execution / count * 1e3, 3),
        "of_it_commit_wall_ms": round(writing / count * 1e3, 3),
        "engine_processor_ms": round(engine / count * 1e3, 3),
    }


def measure(validators: int, count: int, folder: Path) -> dict[str, Any]:
    """Measure a network of some validators."""
    names = [f"validator-{at}" for at in range(validators)]
    lines = raws_of(count)
    with CometNetwork(folder, validators=validators, genesis=open_genesis(names)) as network:
        urls = [one.url for one in network.organisations]
        quiet = latencies(urls[0], workload(60, 951), pause_s=0.6)
        before = Usage.of(network.organisations[0])
        rate = throughput(urls, lines)
        usage = where_time_goes(network.organisations[0], before, count)
        busy = half_load(urls, rate)
    return {
        "transactions_per_s": round(rate, 1),
        "idle": spread(quiet),
        "half_load": spread(busy),
        "one_organisation_per_transaction": usage,
    }


def half_load(urls: list[str], rate: float) -> list[float]:
    """Return latencies while others send half of what the network can do."""
    stop = threading.Event()
    background = workload(int(rate * 30), 961)

    def send() -> None:
        started = time.perf_counter()
        for index in range(0, len(background), 5):
            if stop.is_set():
                return
            hand_in(urls[-1], background[index : index + 5])
            ahead = index / (rate / 2) - (time.perf_counter() - started)
            time.sleep(max(0.0, ahead))

    thread = threading.Thread(target=send)
    thread.start()
    time.sleep(1)
    try:
        return latencies(urls[0], workload(60, 952), pause_s=0.05)
    finally:
        stop.set()
        thread.join()


def long_run(count: int, folder: Path) -> dict[str, Any]:
    """Measure memory, disk and replay of one validator after many transactions."""
    names = ["validator-0"]
    with CometNetwork(folder, validators=1, genesis=open_genesis(names)) as network:
        one = network.organisations[0]
        empty = Usage.of(one)
        rate = throughput([one.url], raws_of(count, 1_001), 1_001)
        used = Usage.of(one)
        height, number = int(one.status()["height"], 16), int(one.status()["evmBlockNumber"], 16)
        one.kill()
        shutil.rmtree(one.folder / "ledger")
        started = time.perf_counter()
        one.start()
        _await(lambda: (one.height() or 0) >= height, 3_600)
        replay = time.perf_counter() - started
    return {
        "transactions": count,
        "transactions_per_s": round(rate, 1),
        "engine_mb": round(used.engine_mb, 1),
        "ledger_mb": round(used.ledger_mb, 1),
        "engine_bytes_per_transaction": round((used.engine_disk - empty.engine_disk) / count),
        "ledger_bytes_per_transaction": round((used.ledger_disk - empty.ledger_disk) / count),
        "replay_heights_per_s": round(height / replay, 1),
        "replay_evm_blocks": number,
        "replay_transactions_per_s": round(count / replay, 1),
    }


def main() -> None:
    """Measure all of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--long", type=int, default=50_000)
    options = parser.parse_args()
    size = len(workload(1)[0])
    with tempfile.TemporaryDirectory() as folder:
        kv = {n: kvstore_throughput(n, options.count * 5, size) for n in (1, 4)}
        solo = solo_throughput(raws_of(options.count))
        networks = {n: measure(n, options.count, Path(folder) / str(n)) for n in (1, 4)}
        long = long_run(options.long, Path(folder) / "long") if options.long else None
    figures: dict[str, Any] = {
        "transaction_bytes": size,
        "transactions": options.count,
        "solo_transactions_per_s": round(solo, 1),
    }
    for count, found in networks.items():
        rate = found["transactions_per_s"]
        figures[f"validators_{count}"] = found | {
            "kvstore_transactions_per_s": round(kv[count], 1),
            "ratio_to_kvstore": round(rate / kv[count], 3),
            "ratio_to_solo": round(rate / solo, 3),
        }
    if long is not None:
        figures["long_run_one_validator"] = long
    save("network", figures)


if __name__ == "__main__":
    sys.exit(main())
