"""The ABCI socket: garbage harms its own connection alone, a fault is told and never a result."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import socket
import stat
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from support.abci import FLUSH, AbciClient, echo, frame

from chain.engine.cometbft import abci_pb2 as abci
from chain.engine.cometbft import server as server_module
from chain.engine.cometbft.server import MAX_CONNECTIONS, AbciServer
from chain.engine.cometbft.wire import MAX_FRAME_BYTES, encode_size
from chain.errors import AbciAddressError

MEGABYTE = 1_000_000


class BrokenOnPurposeError(Exception):
    """What the answering side raises."""


@dataclass
class Served:
    """A server that echoes, and what it told its owner."""

    address: str
    faults: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = AbciServer(self.address, self._answer, self._on_fault)
        if self.address.startswith("tcp"):
            self.address = f"tcp://127.0.0.1:{self.server.port}"

    def _answer(self, request: abci.Request) -> abci.Response:
        if request.HasField("flush"):
            return abci.Response(flush=abci.ResponseFlush())
        if request.echo.message == "break":
            raise BrokenOnPurposeError("broken on purpose")
        return abci.Response(echo=abci.ResponseEcho(message=request.echo.message))

    def _on_fault(self, fault: BaseException) -> None:
        self.faults.append(fault)
        self.server.close()


@pytest.fixture(params=["unix", "tcp"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    unix = request.param == "unix"
    made = Served(f"unix://{tmp_path}/abci.sock" if unix else "tcp://127.0.0.1:0")
    yield made
    made.server.close()


def converse(client: AbciClient, text: str = "hello") -> None:
    response = client.ask(echo(text))
    assert response is not None
    assert response.echo.message == text


def is_closed(client: AbciClient) -> bool:
    try:
        return client.receive() is None
    except ConnectionError:
        return True


def test_requests_are_answered_in_order(served: Served) -> None:
    with AbciClient(served.address) as client:
        client.send(b"".join(frame(echo(str(number))) for number in range(500)) + frame(FLUSH))
        for number in range(500):
            response = client.receive()
            assert response is not None
            assert response.echo.message == str(number)
    assert not served.faults


def test_nothing_is_sent_before_it_is_asked_for(served: Served) -> None:
    with AbciClient(served.address, timeout_s=0.2) as client:
        client.send(frame(echo("waits")))
        with pytest.raises(TimeoutError):
            client.socket.recv(1)


def test_the_answer_is_told_in_small_pieces_too(served: Served) -> None:
    with AbciClient(served.address) as client:
        for byte in frame(echo("slowly")) + frame(FLUSH):
            client.send(bytes([byte]))
            time.sleep(0.002)
        response = client.receive()
        assert response is not None
        assert response.echo.message == "slowly"


GARBAGE = {
    "random bytes": random.Random(1).randbytes(5_000),
    "a length without end": b"\xff" * 1_000,
    "a huge length": encode_size(2**34) + b"x" * 1_000,
    "more than the largest frame": encode_size(MAX_FRAME_BYTES + 1),
    "an unknown kind": frame(b"\xfa\x07\x00"),
    "an empty frame": b"\x00" * 100,
    "no protobuf": frame(b"\xff" * 100),
    "HTTP": b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello" * 10,
    "a TLS hello": bytes.fromhex("16030100c4010000c00303") + bytes(200),
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_closes_its_own_connection_alone(served: Served, name: str) -> None:
    with AbciClient(served.address) as other:
        converse(other, "before")
        for _ in range(3):
            with AbciClient(served.address) as client:
                with contextlib.suppress(OSError):
                    client.send(GARBAGE[name])
                    client.socket.shutdown(socket.SHUT_WR)
                assert is_closed(client)
        converse(other, "after")
    assert not served.faults


def test_a_frame_that_ends_early_is_no_request(served: Served) -> None:
    with AbciClient(served.address) as other, AbciClient(served.address) as client:
        client.send(frame(echo("cut off"))[:-1])
        client.socket.shutdown(socket.SHUT_WR)
        assert is_closed(client)
        converse(other)


def test_half_open_connections_harm_nobody(served: Served) -> None:
    with AbciClient(served.address) as other, contextlib.ExitStack() as stack:
        for number in range(MAX_CONNECTIONS - 1):
            client = stack.enter_context(AbciClient(served.address))
            client.send(frame(echo("never whole"))[: number % 5])
        converse(other)
    with AbciClient(served.address) as later:  # the places are free again
        deadline = time.monotonic() + 10
        while (response := _try(later)) is None:
            assert time.monotonic() < deadline
            later = AbciClient(served.address)  # noqa: PLW2901
        assert response.echo.message == "later"


def _try(client: AbciClient) -> abci.Response | None:
    with contextlib.suppress(ConnectionError):
        return client.ask(echo("later"))
    return None


def test_a_slow_loris_is_cut_off(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "FRAME_TIMEOUT_S", 0.3)
    with AbciClient(served.address) as other, AbciClient(served.address) as client:
        started = time.monotonic()
        with contextlib.suppress(ConnectionError):
            for byte in frame(echo("x" * 1_000)):
                client.send(bytes([byte]))
                time.sleep(0.05)
        assert time.monotonic() - started < 5
        assert is_closed(client)
        converse(other)  # rested longer than a frame may take


def test_a_silent_beginning_of_a_frame_is_cut_off(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "FRAME_TIMEOUT_S", 0.2)
    with AbciClient(served.address, timeout_s=5) as client:
        client.send(encode_size(1_000) + b"x")
        assert is_closed(client)
    with AbciClient(served.address) as client:  # between frames there is no hurry
        converse(client)
        time.sleep(0.5)
        converse(client)


def test_a_hundred_connections_at_once(served: Served) -> None:
    with AbciClient(served.address) as other, contextlib.ExitStack() as stack:
        converse(other)
        crowd = [stack.enter_context(AbciClient(served.address)) for _ in range(100)]
        converse(other)
        refused = 0
        for client in crowd:
            client.socket.settimeout(0.05)
            with contextlib.suppress(TimeoutError):
                refused += is_closed(client)
        assert refused >= 100 - MAX_CONNECTIONS
        converse(other)
        assert sum(thread.name == "abci" for thread in threading.enumerate()) <= MAX_CONNECTIONS


def test_garbage_does_not_stay_in_memory(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    # pytest would keep the log's records, and with their errors what was read
    monkeypatch.setattr(server_module.logger, "disabled", True)
    process = psutil.Process()

    def attack() -> None:
        for length in (MAX_FRAME_BYTES, MAX_FRAME_BYTES // 2):
            with AbciClient(served.address) as client, contextlib.suppress(ConnectionError):
                client.send(encode_size(length) + b"\xff" * MEGABYTE)
        for content in GARBAGE.values():
            with AbciClient(served.address) as client, contextlib.suppress(ConnectionError):
                client.send(content * 10)

    for _ in range(20):  # until the allocator has what it keeps
        attack()
    before = process.memory_info().rss
    for _ in range(60):
        attack()  # 120 MB that are read, 1,500 MB that are announced
    deadline = time.monotonic() + 10
    while any(thread.name == "abci" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert process.memory_info().rss - before < 100 * MEGABYTE
    assert process.num_fds() < 300
    with AbciClient(served.address) as client:
        converse(client)


def test_a_stated_length_takes_no_memory_by_itself(served: Served) -> None:
    before = psutil.Process().memory_info().rss
    with contextlib.ExitStack() as stack:
        for _ in range(MAX_CONNECTIONS - 1):
            client = stack.enter_context(AbciClient(served.address))
            client.send(encode_size(MAX_FRAME_BYTES) + b"\x0a")
        time.sleep(0.2)
        assert psutil.Process().memory_info().rss - before < 30 * MEGABYTE


# faults


def test_a_fault_is_told_to_both_sides_once(served: Served) -> None:
    with AbciClient(served.address) as client, AbciClient(served.address) as other:
        converse(other)
        response = client.ask(echo("break"))
        assert response is not None
        assert response.exception.error == "broken on purpose"
        assert is_closed(client)
        assert is_closed(other)  # the owner has closed the server
    assert [type(fault) for fault in served.faults] == [BrokenOnPurposeError]


def test_a_fault_is_told_to_the_owner_when_nobody_listens(served: Served) -> None:
    with AbciClient(served.address) as client:
        client.send(frame(echo("break")))
    deadline = time.monotonic() + 5
    while not served.faults and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(served.faults) == 1


def test_a_fault_is_told_to_the_owner_when_answers_are_not_read(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_REPORT_TIMEOUT_S", 0.2)
    with AbciClient(served.address) as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.send(frame(echo("x" * 4_000)))  # stays in the server's own buffer
        client.send(frame(echo("break")))
        deadline = time.monotonic() + 5
        while not served.faults and time.monotonic() < deadline:
            time.sleep(0.01)
    assert len(served.faults) == 1


def test_a_closed_server_takes_nobody(served: Served) -> None:
    with AbciClient(served.address) as client:
        converse(client)
        served.server.close()
        served.server.close()
        assert is_closed(client)
    with pytest.raises(ConnectionError):
        AbciClient(served.address)
    assert not served.faults


def test_too_many_open_files_are_waited_for(served: Served) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with AbciClient(served.address) as other:
        converse(other)
        lowest = os.dup(0)
        os.close(lowest)
        waiting = socket.socket(
            socket.AF_UNIX if served.address.startswith("unix") else socket.AF_INET
        )
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
        try:
            waiting.settimeout(5)
            place = served.address.partition("://")[2]
            host, _, port = place.rpartition(":")
            waiting.connect((host, int(port)) if host else place)
            waiting.sendall(frame(echo("patient")) + frame(FLUSH))
            time.sleep(0.3)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert waiting.recv(100)
        waiting.close()
        converse(other)


# addresses


def test_the_unix_socket_is_the_owners_alone(tmp_path: Path) -> None:
    served = Served(f"unix://{tmp_path}/abci.sock")
    assert stat.S_IMODE((tmp_path / "abci.sock").stat().st_mode) == 0o600
    assert served.server.port == 0
    served.server.close()


def test_a_socket_left_over_is_replaced(tmp_path: Path) -> None:
    address = f"unix://{tmp_path}/abci.sock"
    Served(address).server.close()
    assert (tmp_path / "abci.sock").is_socket()
    again = Served(address)
    with AbciClient(address) as client:
        converse(client)
    again.server.close()


def test_a_file_that_is_no_socket_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "genesis.json"
    path.write_text("precious")
    with pytest.raises(AbciAddressError, match=r"genesis\.json"):
        Served(f"unix://{path}")
    assert path.read_text() == "precious"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "abci.sock",
        "unix://",
        "http://127.0.0.1:26658",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:",
        "tcp://:26658",
        "tcp://127.0.0.1:http",
        "tcp://127.0.0.1:²",
        "tcp://127.0.0.1:70000",
        "tcp://203.0.113.1:26658",
        "tcp://no.such.host.invalid:26658",
        "unix:///no/such/folder/abci.sock",
        "unix://" + "x" * 200,
    ],
)
def test_an_address_that_cannot_be_used_is_named(address: str) -> None:
    with pytest.raises(AbciAddressError) as refused:
        Served(address)
    assert refused.value.address == address
    assert address in str(refused.value)


def test_an_address_in_use_is_refused(served: Served) -> None:
    if served.address.startswith("unix"):
        pytest.skip("a Unix socket is replaced: the lock of the store keeps a second process off")
    with pytest.raises(AbciAddressError, match="in use"):
        Served(served.address)
