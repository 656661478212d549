"""What the ledger asks of CometBFT over HTTP, where CometBFT answers, refuses, or does not."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from support.ports import free_port

from chain.engine.cometbft import rpc as rpc_module
from chain.engine.cometbft.relay import Relay
from chain.engine.cometbft.rpc import MAX_BATCH, EngineRpc, EngineStatus
from chain.errors import EngineUnavailableError
from chain.machine.transaction import Transaction
from chain.proofs.comet import BlockIDFlag, Commit, Header
from chain.proofs.keccak import keccak256

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "comet.json").read_text()
)


@dataclass
class FakeComet:
    """Answers JSON-RPC over HTTP as CometBFT does, until a test says otherwise."""

    mempool: list[bytes] = field(default_factory=list)
    room: int = 10**6
    refusals: list[str] = field(default_factory=list)
    """What the next transactions are refused with; an empty text lets one through."""
    trouble: Callable[[BaseHTTPRequestHandler], bool] | None = None
    """Answers instead; False where it leaves that to CometBFT."""
    results: dict[str, Any] = field(default_factory=dict)
    requests: list[Any] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                fake.serve(self)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"]))
        if self.trouble is not None and self.trouble(handler):
            return
        request = json.loads(body)
        self.requests.append(request)
        batch = request if isinstance(request, list) else [request]
        answers = [self._answer(each) for each in batch]
        respond(handler, json.dumps(answers if isinstance(request, list) else answers[0]).encode())

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        answer = {"jsonrpc": "2.0", "id": request["id"]}
        if request["method"] != "broadcast_tx_async":
            result = self.results.get(request["method"], {})
            return answer | (result if "error" in result else {"result": result})
        raw = base64.b64decode(request["params"]["tx"])
        refusal = self.refusals.pop(0) if self.refusals else ""
        if not refusal and raw in self.mempool:
            refusal = "tx already exists in cache"
        if not refusal and len(self.mempool) >= self.room:
            refusal = "mempool is full: number of txs 1 (max: 1)"
        if refusal:
            error = {"code": -32603, "message": "Internal error", "data": refusal}
            return answer | {"error": error}
        self.mempool.append(raw)
        return answer | {"result": {"code": 0, "hash": keccak256(raw).hex()}}


def respond(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def comet() -> Iterator[FakeComet]:
    fake = FakeComet()
    yield fake
    fake.close()


@pytest.fixture
def rpc(comet: FakeComet) -> Iterator[EngineRpc]:
    made = EngineRpc(comet.url)
    yield made
    made.close()


def unexpected(fault: BaseException) -> None:
    raise AssertionError(fault)


@pytest.fixture
def relay(rpc: EngineRpc) -> Iterator[Relay]:
    made = Relay(rpc, unexpected)
    yield made
    made.close()


def transaction(number: int) -> Transaction:
    raw = b"transaction %d" % number
    return Transaction(
        raw, keccak256(raw), 1, 2, number, 21_000, bytes(20), b"", (), (0, 1, 1), bytes(20), 0, 0
    )


def sent(count: int) -> list[bytes]:
    return [transaction(number).raw for number in range(count)]


def wait_for(condition: Callable[[], bool], timeout_s: float = 15) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# how CometBFT misbehaves


def not_json(handler: BaseHTTPRequestHandler) -> bool:
    respond(handler, b"<html>502</html>")
    return True


def deep_json(handler: BaseHTTPRequestHandler) -> bool:
    respond(handler, b"[" * 100_000)
    return True


def closed(handler: BaseHTTPRequestHandler) -> bool:
    handler.close_connection = True
    handler.connection.close()
    return True


def cut_off(handler: BaseHTTPRequestHandler) -> bool:
    handler.send_response(200)
    handler.send_header("content-length", "1000")
    handler.end_headers()
    handler.wfile.write(b'[{"jsonrpc"')
    return closed(handler)


def answering(content: Any) -> Callable[[BaseHTTPRequestHandler], bool]:
    def trouble(handler: BaseHTTPRequestHandler) -> bool:
        respond(handler, json.dumps(content).encode())
        return True

    return trouble


TROUBLES = {
    "not JSON": (not_json, "not JSON"),
    "JSON without end": (deep_json, "not JSON"),
    "closed": (closed, ""),
    "cut off": (cut_off, ""),
    "null": (answering(None), ""),
    "a number": (answering(5), ""),
    "an empty batch": (answering([]), ""),
    "numbers": (answering([1, 2, 3]), ""),
    "strings": (answering(["a"] * 6), ""),
    "null ids": (answering([{"id": None, "result": 1}] * 6), ""),
    "ids that are no ids": (answering([{"id": "0", "result": []}] * 6), ""),
    "NaN": (answering(float("nan")), ""),
    "an object": (answering({}), ""),
    "one error": (answering({"error": {"code": -32600, "message": "batch too large"}}), ""),
}


# the relay


def test_transactions_arrive_in_order(comet: FakeComet, relay: Relay) -> None:
    relay.send(transaction(number) for number in range(3 * MAX_BATCH + 7))
    wait_for(lambda: len(comet.mempool) == 3 * MAX_BATCH + 7)
    assert comet.mempool == sent(3 * MAX_BATCH + 7)
    assert max(len(batch) for batch in comet.requests) <= MAX_BATCH + 1


def test_what_is_on_its_way_is_sent_once(comet: FakeComet, relay: Relay) -> None:
    for _ in range(3):
        relay.send(transaction(number) for number in range(50))
    relay.send([transaction(50)])
    wait_for(lambda: len(comet.mempool) == 51)
    assert comet.mempool == sent(51)


def test_what_comet_knows_already_is_done(comet: FakeComet, relay: Relay) -> None:
    comet.mempool = sent(1)
    relay.send([transaction(0), transaction(1)])
    wait_for(lambda: len(comet.mempool) == 2)
    time.sleep(0.5)  # it would be sent again by then
    assert len(comet.requests) == 1


def test_refusals_are_sent_again(comet: FakeComet, relay: Relay) -> None:
    comet.refusals = ["", "mempool is full", "mempool is full", "", "mempool is full"]
    relay.send(transaction(number) for number in range(4))
    wait_for(lambda: len(comet.mempool) == 4)
    assert comet.mempool[:2] == [transaction(0).raw, transaction(3).raw]
    assert sorted(comet.mempool) == sent(4)


def test_a_full_mempool_is_waited_for(comet: FakeComet, relay: Relay) -> None:
    comet.room = 3
    relay.send(transaction(number) for number in range(10))
    wait_for(lambda: len(comet.mempool) == 3)
    comet.room = 10
    wait_for(lambda: len(comet.mempool) == 10)
    assert sorted(comet.mempool) == sent(10)


@pytest.mark.parametrize("name", TROUBLES)
def test_nothing_is_lost_when_comet_answers_wrongly(
    comet: FakeComet, relay: Relay, name: str
) -> None:
    seen = []

    def trouble(handler: BaseHTTPRequestHandler) -> bool:
        seen.append(1)
        with contextlib.suppress(OSError):
            TROUBLES[name][0](handler)
        return True

    comet.trouble = trouble
    relay.send(transaction(number) for number in range(5))
    wait_for(lambda: len(seen) >= 2)
    comet.trouble = None
    wait_for(lambda: len(comet.mempool) == 5)
    assert comet.mempool == sent(5)


def test_answers_in_another_order_belong_to_their_requests(
    comet: FakeComet, rpc: EngineRpc
) -> None:
    full = {"code": -32603, "message": "Internal error", "data": "mempool is full"}
    answers = [{"id": 2, "result": {}}, {"id": 1, "error": full}, {"id": 0, "result": {}}]
    comet.trouble = answering(answers)
    assert rpc.broadcast([b"a", b"b"]) == [None, "Internal error: mempool is full"]


def test_a_missing_answer_counts_as_a_refusal(comet: FakeComet, rpc: EngineRpc) -> None:
    comet.trouble = answering([{"id": 0, "result": {}}, {"id": 7, "result": {}}, {"id": 2}])
    assert rpc.broadcast([b"a", b"b"]) == [None, "no answer"]


def test_a_comet_that_starts_later_gets_everything() -> None:
    port = free_port()
    rpc = EngineRpc(f"http://127.0.0.1:{port}")
    relay = Relay(rpc, unexpected)
    relay.send(transaction(number) for number in range(20))
    time.sleep(0.3)
    comet = FakeComet(port=port)
    wait_for(lambda: len(comet.mempool) == 20)
    assert comet.mempool == sent(20)
    relay.close()
    rpc.close()
    comet.close()


def test_a_relay_can_be_closed_while_comet_is_away() -> None:
    rpc = EngineRpc(f"http://127.0.0.1:{free_port()}")
    relay = Relay(rpc, unexpected)
    relay.send([transaction(0)])
    started = time.monotonic()
    relay.close()
    assert time.monotonic() - started < 5
    rpc.close()


def test_a_fault_of_the_relay_reaches_its_owner(caplog: pytest.LogCaptureFixture) -> None:
    rpc = EngineRpc(f"http://127.0.0.1:{free_port()}")
    faults: list[BaseException] = []
    relay = Relay(rpc, faults.append)
    relay.send([replace(transaction(0), raw="no bytes")])  # type: ignore[arg-type]
    wait_for(lambda: faults)
    assert isinstance(faults[0], TypeError)
    assert "the thread relay failed" in caplog.text
    relay.close()
    rpc.close()


# what it says about itself

STATUS = {
    "sync_info": {"latest_block_height": "17", "catching_up": False},
    "validator_info": {"voting_power": "10"},
}


def test_status(comet: FakeComet, rpc: EngineRpc) -> None:
    comet.results = {"status": STATUS, "net_info": {"n_peers": "3"}}
    assert rpc.status() == EngineStatus(17, False, 10, 3)


@pytest.mark.parametrize("name", TROUBLES)
def test_a_wrong_answer_is_no_status(comet: FakeComet, rpc: EngineRpc, name: str) -> None:
    trouble, text = TROUBLES[name]
    comet.trouble = trouble
    with pytest.raises(EngineUnavailableError) as refused:
        rpc.status()
    assert str(refused.value).startswith(f"CometBFT at {comet.url} does not answer (")
    assert text in str(refused.value)
    assert refused.value.reason


@pytest.mark.parametrize(
    "results",
    [
        {},
        {"status": STATUS},
        {"status": STATUS, "net_info": {"n_peers": "many"}},
        {"status": STATUS | {"sync_info": None}, "net_info": {"n_peers": "3"}},
        {"status": {"error": {"code": -32603, "message": "busy"}}, "net_info": {"n_peers": "3"}},
    ],
)
def test_an_incomplete_answer_is_no_status(
    comet: FakeComet, rpc: EngineRpc, results: dict[str, Any]
) -> None:
    comet.results = results
    with pytest.raises(EngineUnavailableError, match="its status cannot be read"):
        rpc.status()


def test_a_comet_that_is_away_is_said_so() -> None:
    rpc = EngineRpc(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(EngineUnavailableError, match=r"does not answer \(.*[Rr]efused"):
        rpc.status()
    rpc.close()


def test_a_slow_comet_is_not_waited_for_for_ever(
    comet: FakeComet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rpc_module, "_TIMEOUT_S", 0.2)
    rpc, release = EngineRpc(comet.url), threading.Event()

    def slow(handler: BaseHTTPRequestHandler) -> bool:
        release.wait(5)
        return closed(handler)

    comet.trouble = slow
    started = time.monotonic()
    with pytest.raises(EngineUnavailableError, match="timed out"):
        rpc.status()
    assert time.monotonic() - started < 3
    release.set()
    rpc.close()


# commits, as CometBFT's own code made them

HEADER = Header.from_bytes(bytes.fromhex(VECTORS["headers"][0]["bytes"]))


def commit_of(header: Header, index: int = 0) -> Commit:
    made = Commit.from_bytes(bytes.fromhex(VECTORS["commits"][index]["bytes"]))
    block_id = replace(made.block_id, hash=header.hash())
    return replace(made, height=header.height, block_id=block_id)


def time_text(time_ns: int) -> str:
    moment = datetime.fromtimestamp(time_ns // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{time_ns % 10**9:09d}".rstrip("0")
    return f"{moment}.{fraction}Z" if fraction else f"{moment}Z"


def block_id_json(block_id: Any) -> dict[str, Any]:
    parts = {"total": block_id.parts.total, "hash": block_id.parts.hash.hex().upper()}
    return {"hash": block_id.hash.hex().upper(), "parts": parts}


def commit_json(header: Header, commit: Commit) -> dict[str, Any]:
    """Return the `commit` answer as CometBFT writes it."""
    names = (
        "last_commit_hash",
        "data_hash",
        "validators_hash",
        "next_validators_hash",
        "consensus_hash",
        "app_hash",
        "last_results_hash",
        "evidence_hash",
        "proposer_address",
    )
    version = {"block": str(header.block_version)}
    if header.app_version:
        version["app"] = str(header.app_version)
    absent = {
        "block_id_flag": 1,
        "validator_address": "",
        "timestamp": "0001-01-01T00:00:00Z",
        "signature": None,
    }
    return {
        "canonical": True,
        "signed_header": {
            "header": {name: getattr(header, name).hex().upper() for name in names}
            | {
                "version": version,
                "chain_id": header.chain_id,
                "height": str(header.height),
                "time": time_text(header.time),
                "last_block_id": block_id_json(header.last_block_id),
            },
            "commit": {
                "height": str(commit.height),
                "round": commit.round,
                "block_id": block_id_json(commit.block_id),
                "signatures": [
                    absent
                    if vote.flag is BlockIDFlag.ABSENT
                    else {
                        "block_id_flag": int(vote.flag),
                        "validator_address": vote.validator_address.hex().upper(),
                        "timestamp": time_text(vote.time),
                        "signature": base64.b64encode(vote.signature).decode(),
                    }
                    for vote in commit.signatures
                ],
            },
        },
    }


def test_a_commit_is_read_as_it_was_signed(comet: FakeComet, rpc: EngineRpc) -> None:
    headers = [Header.from_bytes(bytes.fromhex(each["bytes"])) for each in VECTORS["headers"]]
    for index in range(len(VECTORS["commits"])):
        header = headers[index % len(headers)]
        commit = commit_of(header, index)
        comet.results = {"commit": commit_json(header, commit)}
        assert rpc.signed_header(header.height) == (header, commit)
        assert comet.requests[-1]["params"] == {"height": str(header.height)}


def test_a_height_without_a_commit_is_none(comet: FakeComet, rpc: EngineRpc) -> None:
    comet.results = {"commit": {"error": {"code": -32603, "message": "height 9 must be less"}}}
    assert rpc.signed_header(9) is None


NO_BLOCK = block_id_json(commit_of(HEADER).block_id) | {"hash": "00" * 32}
FORGERIES: dict[str, tuple[str, str, Any]] = {
    "another app hash": ("header", "app_hash", "00" * 32),
    "other validators": ("header", "validators_hash", "00" * 32),
    "another time": ("header", "time", "2026-01-01T00:00:00.5Z"),
    "another chain": ("header", "chain_id", "another"),
    "another height": ("header", "height", str(HEADER.height + 1)),
    "another block": ("commit", "block_id", NO_BLOCK),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_commit_is_refused(comet: FakeComet, rpc: EngineRpc, name: str) -> None:
    part, member, value = FORGERIES[name]
    answer = commit_json(HEADER, commit_of(HEADER))
    answer["signed_header"][part][member] = value
    comet.results = {"commit": answer}
    with pytest.raises(EngineUnavailableError, match="does not fit"):
        rpc.signed_header(HEADER.height)


@pytest.mark.parametrize(
    ("part", "member", "value"),
    [
        ("header", "time", "yesterday"),
        ("header", "time", "2026-13-01T00:00:00Z"),
        ("header", "height", None),
        ("header", "app_hash", "xyz"),
        ("header", "app_hash", 5),
        ("header", "app_hash", "00" * 10**5),
        ("header", "chain_id", 5),
        ("header", "chain_id", "x" * 100),
        ("header", "height", "99999999999999999999999"),
        ("header", "time", 5),
        ("header", "time", "9999-12-31T23:59:59.99999999999999999999Z"),
        ("header", "proposer_address", "00"),
        ("header", "last_block_id", None),
        ("header", "version", []),
        ("commit", "signatures", None),
        ("commit", "signatures", [{"block_id_flag": 9}]),
        ("commit", "signatures", [5]),
        ("commit", "round", "x"),
    ],
)
def test_a_commit_that_cannot_be_read_is_refused(
    comet: FakeComet, rpc: EngineRpc, part: str, member: str, value: Any
) -> None:
    answer = commit_json(HEADER, commit_of(HEADER))
    answer["signed_header"][part][member] = value
    comet.results = {"commit": answer}
    with pytest.raises(EngineUnavailableError, match=r"its commit (of|cannot)"):
        rpc.signed_header(HEADER.height)


# where consensus stands


def consensus(height: int, step: int, block: dict[str, Any] | None) -> dict[str, Any]:
    return {"round_state": {"height": str(height), "step": step, "proposal_block": block}}


def test_what_the_others_agreed_on_is_seen_while_they_commit(
    comet: FakeComet, rpc: EngineRpc
) -> None:
    block = {"header": {"height": "9", "app_hash": "AB" * 32}}
    for state, agreed in (
        (consensus(9, 8, block), b"\xab" * 32),
        (consensus(9, 6, block), None),
        (consensus(8, 8, block), None),
        (consensus(9, 8, None), None),
        (consensus(9, 8, {"header": {"height": "8", "app_hash": "AB" * 32}}), None),
    ):
        comet.results = {"dump_consensus_state": state}
        assert rpc.agreed_app_hash(9) == agreed


@pytest.mark.parametrize("name", TROUBLES)
def test_a_wrong_answer_says_nothing_about_consensus(
    comet: FakeComet, rpc: EngineRpc, name: str
) -> None:
    comet.trouble = TROUBLES[name][0]
    with pytest.raises(EngineUnavailableError):
        rpc.agreed_app_hash(9)
