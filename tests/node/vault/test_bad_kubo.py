"""A Kubo that is down, slow, or lies: typed errors, in time, and nothing kept."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from support.ports import free_port

from contracts.documents.cid import Cid, file_cid
from node.vault.content import Intake
from node.vault.errors import (
    ContentForeignError,
    ContentTooLargeError,
    ContentUnknownError,
    VaultUnavailableError,
)
from node.vault.kubo_store import KuboStore

Make = Callable[..., Intake]
CID = Cid.of_block(b"wanted")
Answers = dict[str, tuple[int, bytes]]


class Liar:
    """Answers as Kubo's API does, with whatever a test says."""

    def __init__(self) -> None:
        self.answers: Answers = {}
        self.is_cut_short = False
        liar = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                command = self.path.split("?")[0].removeprefix("/api/v0/")
                self._drain()
                status, content = liar.answers[command]
                self.send_response(status)
                length = len(content) + (100 if liar.is_cut_short else 0)
                self.send_header("Content-Length", str(length))
                if status != 200:
                    self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(content)
                self.close_connection = True

            def _drain(self) -> None:
                if self.headers.get("Transfer-Encoding") == "chunked":
                    while size := int(self.rfile.readline().split(b";")[0], 16):
                        self.rfile.read(size + 2)
                    self.rfile.readline()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    @property
    def store(self) -> KuboStore:
        return KuboStore(f"/ip4/127.0.0.1/tcp/{self.server.server_port}", read_seconds=2)

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def liar() -> Iterator[Liar]:
    made = Liar()
    yield made
    made.close()


@pytest.fixture
def hanging() -> Iterator[KuboStore]:
    """A socket that takes the connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        yield KuboStore(
            f"/ip4/127.0.0.1/tcp/{port}", connect_seconds=0.3, read_seconds=0.3, fetch_seconds=0.3
        )


def attempts(store: KuboStore, intake: Make) -> list[Callable[[], object]]:
    return [
        lambda: store.read(CID, 100),
        lambda: store.has(CID),
        lambda: store.erase(CID),
        lambda: store.adopt(intake(b"content")),
    ]


def test_down(intake: Make) -> None:
    store = KuboStore(f"/ip4/127.0.0.1/tcp/{free_port()}")
    for attempt in [*attempts(store, intake), lambda: store.fetch(CID, intake())]:
        with pytest.raises(VaultUnavailableError, match="check that it runs"):
            attempt()


def test_slow(hanging: KuboStore, intake: Make) -> None:
    for attempt in attempts(hanging, intake):
        with pytest.raises(VaultUnavailableError, match=r"no answer in 0\.3 s|Protocol"):
            attempt()


def test_slow_in_the_middle_of_a_large_upload(hanging: KuboStore, intake: Make) -> None:
    with pytest.raises(VaultUnavailableError):
        hanging.adopt(intake(bytes(20 << 20)))


def test_other_bytes(liar: Liar, intake: Make) -> None:
    liar.answers["cat"] = (200, b"w4nted")
    with pytest.raises(ContentForeignError, match=str(CID)):
        liar.store.read(CID, 100)
    with pytest.raises(ContentForeignError, match=str(CID)):
        liar.store.fetch(CID, intake())
    liar.answers["cat"] = (200, b"wanted")
    assert liar.store.read(CID, 100) == b"wanted"


def test_bytes_without_end(liar: Liar, intake: Make) -> None:
    liar.answers["cat"] = (200, bytes(10_000_000))
    with pytest.raises(ContentTooLargeError):
        liar.store.read(CID, 1_000)
    with pytest.raises(ContentTooLargeError):
        liar.store.fetch(CID, intake(limit=1_000))


def test_an_answer_that_breaks_off(liar: Liar) -> None:
    liar.answers["cat"] = (200, b"wanted")
    liar.is_cut_short = True
    with pytest.raises(VaultUnavailableError):
        liar.store.read(CID, 100)


@pytest.mark.parametrize("name", [str(CID), "QmForeign", ""])
def test_something_else_added(liar: Liar, intake: Make, name: str) -> None:
    liar.answers["add"] = (200, json.dumps({"Name": "x", "Hash": name, "Size": "7"}).encode())
    with pytest.raises(ContentForeignError, match=str(file_cid(b"content"))):
        liar.store.adopt(intake(b"content"))


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"not json", b'{"Hash":5}', b"\xff"])
def test_an_answer_to_add_that_is_none(liar: Liar, intake: Make, content: bytes) -> None:
    liar.answers["add"] = (200, content)
    with pytest.raises((VaultUnavailableError, ContentForeignError)):
        liar.store.adopt(intake(b"content"))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b'{"Message":"block was not found locally (offline): ipld: could not find x","Code":0}',
         ContentUnknownError),
        (b'{"Message":"disk is full","Code":0}', VaultUnavailableError),
        (b"<html>no JSON</html>", VaultUnavailableError),
        (b"", VaultUnavailableError),
    ],
    ids=["absent", "full", "html", "empty"],
)  # fmt: skip
def test_status_500(liar: Liar, message: bytes, expected: type[Exception]) -> None:
    liar.answers["cat"] = (500, message)
    with pytest.raises(expected):
        liar.store.read(CID, 100)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"not json", b'{"Keys":5}'])
def test_an_answer_about_pins_that_is_none(liar: Liar, content: bytes) -> None:
    liar.answers |= {"pin/ls": (200, content), "pin/rm": (200, content), "repo/gc": (200, content)}
    with pytest.raises(VaultUnavailableError):
        liar.store.has(CID)
    with pytest.raises(VaultUnavailableError):
        liar.store.erase(CID)
