"""A receiver of webhooks: a small HTTP server that takes, fails, hangs, redirects and dies."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from support.ports import free_port


class Mood(Enum):
    TAKE = 200
    FAIL = 500
    REFUSE = 400
    REDIRECT = 302
    GONE = 410
    HANG = 0


@dataclass(frozen=True)
class Delivered:
    """One request, with the mood it met."""

    headers: dict[str, str]
    body: bytes
    mood: Mood

    @property
    def event(self) -> str:
        return self.headers["tradeseal-event"]


@dataclass
class WebhookReceiver:
    """Serves one port; start it again after `die`."""

    port: int = field(default_factory=free_port)
    mood: Mood = Mood.TAKE
    requests: list[Delivered] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server: ThreadingHTTPServer | None = None
        self._released = threading.Event()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/events"

    @property
    def taken(self) -> list[str]:
        """Identifiers of the events that it took, in the order it took them."""
        return [request.event for request in self.requests if request.mood is Mood.TAKE]

    def start(self) -> WebhookReceiver:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver._serve(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._released.clear()
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def die(self) -> None:
        self._released.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def wait_for(self, number: int, seconds: float = 10.0) -> list[str]:
        """Return what it took once that is so many events."""
        deadline = time.monotonic() + seconds
        while len(self.taken) < number:
            if time.monotonic() > deadline:
                raise AssertionError((number, self.taken))
            time.sleep(0.01)
        return self.taken

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"]))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        mood = self.mood
        self.requests.append(Delivered(headers, body, mood))
        if mood is Mood.HANG:
            self._released.wait(30)
            return
        handler.send_response(mood.value)
        if mood is Mood.REDIRECT:
            handler.send_header("Location", self.url)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
