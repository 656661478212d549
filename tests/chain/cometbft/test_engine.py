"""A real CometBFT with one validator: what is sent becomes final, whatever happens around it."""

from __future__ import annotations

import contextlib
import json
import os
import random
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import httpx
import psutil
import pytest
from support.abci import AbciClient, echo, frame
from support.comet import CometNetwork, Organisation, Sender
from support.faults import MemoryStore
from support.network import VN_AUTHORITY
from support.ports import free_port

from chain.engine.cometbft.wire import MAX_FRAME_BYTES, encode_size
from chain.errors import (
    AbciAddressError,
    EngineStoppedError,
    EngineUnavailableError,
    GenesisError,
    NonceError,
)
from chain.genesis import parse_genesis
from chain.ledger import open_network
from chain.proofs.comet import Commit, Header, ValidatorSet, verify_commit
from chain.proofs.evm import EvmHeader
from chain.proofs.keccak import keccak256
from chain.rpc.server import MAX_REQUEST_BYTES
from chain.store.keyvalue import RocksStore

MEGABYTE = 1_000_000
MOST_GROWTH = 120 * MEGABYTE
FINAL_S = 60


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CometNetwork]:
    with CometNetwork(tmp_path_factory.mktemp("network"), validators=1, forked=True) as made:
        yield made


@pytest.fixture
def one(network: CometNetwork) -> Organisation:
    """The only organisation; alive when each test begins."""
    (organisation,) = network.organisations
    organisation.revive()
    network.wait_until(organisation.is_ready)
    return organisation


@pytest.fixture
def sender(one: Organisation) -> Sender:
    address = "0x" + VN_AUTHORITY.carrier.address.hex()
    return Sender(VN_AUTHORITY, int(one.request("eth_getTransactionCount", address, "latest"), 16))


def receipt_of(one: Organisation, transaction_hash: bytes) -> dict[str, Any] | None:
    found = one.request("eth_getTransactionReceipt", "0x" + transaction_hash.hex())
    return None if found is None else dict(found)


def await_final(
    network: CometNetwork, one: Organisation, hashes: Sequence[bytes]
) -> list[dict[str, Any]]:
    """Wait until transactions are final, and return their receipts."""
    found: dict[bytes, dict[str, Any]] = {}

    def done() -> bool:
        for each in hashes:
            if each not in found and (receipt := receipt_of(one, each)) is not None:
                found[each] = receipt
        return len(found) == len(hashes)

    network.wait_until(done, FINAL_S)
    return [found[each] for each in hashes]


def commit_one(network: CometNetwork, one: Organisation, sender: Sender) -> dict[str, Any]:
    (receipt,) = await_final(network, one, [sender.send(one)])
    assert receipt["status"] == "0x1"
    return receipt


def seal_of(network: CometNetwork, one: Organisation, number: str) -> dict[str, str]:
    seal: dict[str, str] = {}

    def sealed() -> bool:
        with contextlib.suppress(AssertionError):
            seal.update(one.request("tradeseal_getSeal", number))
        return bool(seal)

    network.wait_until(sealed)
    return seal


# what is sent becomes final and provable


def test_a_transaction_becomes_final_and_provable(
    network: CometNetwork, one: Organisation, sender: Sender
) -> None:
    receipt = commit_one(network, one, sender)
    seal = seal_of(network, one, receipt["blockNumber"])
    header, commit = (
        kind.from_bytes(bytes.fromhex(seal[name][2:]))
        for kind, name in ((Header, "header"), (Commit, "commit"))
    )
    validators = ValidatorSet.from_bytes(bytes.fromhex(seal["validatorSet"][2:]))
    assert validators == network.parsed_genesis.validator_set()
    assert header.validators_hash == validators.hash()
    verify_commit(network.parsed_genesis.chain_id, validators, header, commit)
    evm_header = EvmHeader.from_rlp(bytes.fromhex(seal["evmHeader"][2:]))
    assert header.app_hash == evm_header.hash() == bytes.fromhex(receipt["blockHash"][2:])


def test_how_the_engine_stands_is_told(one: Organisation) -> None:
    status = one.status()
    assert (status["catchingUp"], status["peers"], status["validating"]) == (False, "0x0", True)
    assert status["waiting"] == "0x0"
    assert int(status["height"], 16) > int(status["evmBlockNumber"], 16)
    assert one.request("eth_syncing") is False


def test_the_same_transaction_again_has_no_second_effect(
    network: CometNetwork, one: Organisation, sender: Sender
) -> None:
    transaction_hash = sender.send(one)
    raw = "0x" + sender.taken[transaction_hash].hex()
    with contextlib.suppress(AssertionError):  # waits still, or is final already
        assert one.request("eth_sendRawTransaction", raw) == "0x" + transaction_hash.hex()
    await_final(network, one, [transaction_hash])
    with pytest.raises(AssertionError, match="nonce too low"):
        one.request("eth_sendRawTransaction", raw)


def test_a_gap_is_refused_with_the_nonce_that_comes_next(one: Organisation, sender: Sender) -> None:
    sender.nonce += 1
    with pytest.raises(AssertionError, match=f"next nonce .* is {sender.nonce - 1}"):
        sender.send(one)


# crashes


def test_what_waits_while_the_engine_is_dead_comes_through(
    network: CometNetwork, one: Organisation, sender: Sender
) -> None:
    one.kill("engine")
    hashes = [sender.send(one) for _ in range(12)]
    assert receipt_of(one, hashes[0]) is None
    for method in ("tradeseal_status", "eth_syncing"):
        with pytest.raises(AssertionError, match=r"CometBFT at .* does not answer"):
            one.request(method)
    assert int(one.request("eth_blockNumber"), 16) >= 0  # what is there can be read
    one.start_engine()
    receipts = await_final(network, one, hashes)
    assert {receipt["status"] for receipt in receipts} == {"0x1"}


def test_a_killed_ledger_comes_back_where_it_was(
    network: CometNetwork, one: Organisation, sender: Sender
) -> None:
    before = commit_one(network, one, sender)
    hashes = [sender.send(one) for _ in range(8)]
    one.kill("ledger")
    one.revive()
    network.wait_until(one.is_ready)
    assert receipt_of(one, bytes.fromhex(before["transactionHash"][2:])) == before
    for each in hashes:  # as an outbox does
        with contextlib.suppress(AssertionError):  # it is final already
            one.request("eth_sendRawTransaction", "0x" + sender.taken[each].hex())
    receipts = await_final(network, one, hashes)
    assert {receipt["status"] for receipt in receipts} == {"0x1"}


# garbage


class Attack:
    """Does something to a socket over and over, in a thread, until the test is done."""

    def __init__(self, *attempts: Any) -> None:
        self._attempts = attempts
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.rounds = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            for attempt in self._attempts:
                with contextlib.suppress(OSError):
                    attempt()
            self.rounds += 1


def memory(one: Organisation) -> int:
    processes = (one.engine, one.ledger)
    return sum(psutil.Process(each.pid).memory_info().rss for each in processes if each is not None)


def goes_on_under(network: CometNetwork, one: Organisation, sender: Sender, attack: Attack) -> None:
    """Check that transactions become final under an attack, with the same two processes."""
    assert one.engine is not None
    assert one.ledger is not None
    pids = (one.engine.pid, one.ledger.pid)
    commit_one(network, one, sender)
    before = memory(one)
    with attack:
        network.wait_until(lambda: attack.rounds > 0)
        for _ in range(5):
            commit_one(network, one, sender)
        network.wait_until(lambda: attack.rounds > 2)
        assert memory(one) - before < MOST_GROWTH
    assert (one.engine.pid, one.ledger.pid) == pids
    assert one.engine.poll() is None
    assert one.ledger.poll() is None
    commit_one(network, one, sender)


GARBAGE = [
    random.Random(7).randbytes(20_000),
    b"\xff" * 5_000,
    encode_size(MAX_FRAME_BYTES) + b"\x0a" * MEGABYTE,
    encode_size(2**40),
    frame(b"\xfa\x07\x00"),
    bytes.fromhex("16030100c4010000c00303") + bytes(200),
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"",
]


def test_garbage_on_the_abci_socket(
    network: CometNetwork, one: Organisation, sender: Sender
) -> None:
    address = "unix://" + os.path.relpath(one.folder / "abci.sock")

    def garbage() -> None:
        for content in GARBAGE:
            with AbciClient(address, timeout_s=0.1) as client, contextlib.suppress(OSError):
                client.send(content)
                client.receive()

    def crowd() -> None:
        with ExitStack() as stack:
            for number in range(60):
                client = stack.enter_context(AbciClient(address, timeout_s=0.1))
                with contextlib.suppress(OSError):
                    client.send(frame(echo("never whole"))[: number % 4])

    goes_on_under(network, one, sender, Attack(garbage, crowd))


def tcp_attempts(port: int, contents: Sequence[bytes]) -> tuple[Any, Any]:
    def garbage() -> None:
        for content in contents:
            with (
                socket.create_connection(("127.0.0.1", port), timeout=0.1) as connection,
                contextlib.suppress(OSError),
            ):
                connection.sendall(content)
                connection.recv(1_000)

    def crowd() -> None:
        with ExitStack() as stack:
            for number in range(100):
                connection = socket.create_connection(("127.0.0.1", port), timeout=1)
                stack.enter_context(connection)
                with contextlib.suppress(OSError):
                    connection.sendall(contents[number % len(contents)][: number % 7])
            time.sleep(0.2)

    return garbage, crowd


def test_garbage_on_the_peers_port(
    network: CometNetwork, one: Organisation, sender: Sender
) -> None:
    # CometBFT's secret connection begins with a length and a key of 32 bytes
    hello = b"\x22\x0a\x20" + random.Random(8).randbytes(32)
    contents = [*GARBAGE, hello, hello + bytes(1_044) * 5, hello[:20]]
    goes_on_under(network, one, sender, Attack(*tcp_attempts(one.p2p_port, contents)))


def test_garbage_on_the_json_rpc_port(
    network: CometNetwork, one: Organisation, sender: Sender
) -> None:
    batch = json.dumps(
        [{"jsonrpc": "2.0", "id": 1, "method": "eth_sendRawTransaction", "params": ["0x02"]}] * 900
    ).encode()
    bodies = [
        b"[" * 1_000_000,
        b'{"a":' * 200_000,
        b"\xff" * 100_000,
        batch,
        b"x" * (MAX_REQUEST_BYTES + 1),
    ]

    def odd_bodies() -> None:
        for body in bodies:
            with contextlib.suppress(httpx.HTTPError):
                httpx.post(one.url, content=body, timeout=20, trust_env=False)

    def never_ending() -> None:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        with ExitStack() as stack:
            for _ in range(20):
                connection = socket.create_connection(("127.0.0.1", one.rpc_port), timeout=1)
                stack.enter_context(connection)
                connection.sendall(head + b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            time.sleep(0.2)

    contents = [*GARBAGE, b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"A" * 300_000]
    attack = Attack(odd_bodies, never_ending, *tcp_attempts(one.rpc_port, contents))
    goes_on_under(network, one, sender, attack)
    large = httpx.post(one.url, content=bodies[-1], timeout=20, trust_env=False)
    assert large.status_code == 413


# without CometBFT


def test_a_ledger_whose_engine_never_came_takes_and_waits(
    network: CometNetwork, tmp_path: Path
) -> None:
    engine_url = f"http://127.0.0.1:{free_port()}"
    abci = f"unix://{tmp_path}/abci.sock"

    sender = Sender(VN_AUTHORITY)
    with open_network(
        MemoryStore(), network.parsed_genesis, abci=abci, engine_url=engine_url
    ) as ledger:
        engine = ledger.engine
        raw = sender.next()
        assert engine.submit(raw) == engine.submit(raw) == keccak256(raw)
        assert engine.pending(keccak256(raw)) is not None
        assert engine.next_nonce(VN_AUTHORITY.carrier.address) == 1
        sender.nonce += 1
        with pytest.raises(NonceError):
            engine.submit(sender.next())
        with pytest.raises(EngineUnavailableError, match="does not answer"):
            engine.standing()
        assert engine.seal(1) is None
        assert (engine.newest_sealed_height(), engine.validator_changes(0, 9)) == (0, [])
        assert not engine.wait_beyond(0, 0.05)
        engine.stop()
        engine.join()
        with pytest.raises(EngineStoppedError, match="start the ledger again"):
            engine.submit(sender.next())


def test_an_address_that_cannot_be_used_is_refused_and_the_store_released(
    network: CometNetwork, tmp_path: Path
) -> None:

    for _ in range(2):
        with pytest.raises(AbciAddressError, match="give unix://PATH or tcp://HOST:PORT"):
            open_network(
                RocksStore(tmp_path / "ledger"),
                network.parsed_genesis,
                abci="nowhere",
                engine_url="http://127.0.0.1:1",
            )


def test_a_genesis_with_other_validators_than_membership_is_refused(network: CometNetwork) -> None:

    document = json.loads(network.genesis)
    document["validators"][0]["power"] = "11"
    with pytest.raises(GenesisError, match="name the same keys and powers in both"):
        open_network(
            MemoryStore(),
            parse_genesis(json.dumps(document).encode()),
            abci="tcp://127.0.0.1:0",
            engine_url="http://127.0.0.1:1",
        )
