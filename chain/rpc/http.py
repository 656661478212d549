"""JSON-RPC over HTTP: a small ASGI application for uvicorn."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from chain.observability.correlation import HEADER, correlated, parse_correlation
from chain.rpc.server import MAX_REQUEST_BYTES, JsonRpcServer

if TYPE_CHECKING:
    from chain.ledger import Ledger

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

REQUEST_TIMEOUT_S: Final = 30.0
"""A client that sends its request slower than this is cut off."""

MAX_CONNECTIONS: Final = 512
_CORRELATION: Final = HEADER.lower().encode()
_PLAIN: Final = b"text/plain; charset=utf-8"

logger = logging.getLogger(__name__)


class _RefusedError(Exception):
    """The HTTP request itself cannot be used."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason


class HttpApplication:
    """ASGI application that answers POST requests with JSON-RPC."""

    def __init__(self, server: JsonRpcServer) -> None:
        self._server = server

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection's request."""
        if scope["type"] != "http":
            raise AssertionError("uvicorn is configured for HTTP alone")
        try:
            body = await _read_body(scope, receive)
        except _RefusedError as refused:
            await _respond(send, refused.status, refused.reason.encode(), _PLAIN)
            return
        with correlated(_correlation_of(scope)):
            answer = await asyncio.to_thread(self._server.answer, body)
        if answer is None:
            await _respond(send, 204, b"", _PLAIN)
        else:
            await _respond(send, 200, answer, b"application/json")


def _correlation_of(scope: Message) -> str | None:
    sent = dict(scope["headers"]).get(_CORRELATION)
    return None if sent is None else parse_correlation(sent.decode("latin-1"))


async def _read_body(scope: Message, receive: Receive) -> bytes:
    if scope["method"] != "POST":
        raise _RefusedError(405, "send JSON-RPC with POST")
    too_large = f"the request is larger than {MAX_REQUEST_BYTES} bytes"
    length = dict(scope["headers"]).get(b"content-length", b"0")
    if not length.isdigit() or int(length) > MAX_REQUEST_BYTES:
        raise _RefusedError(413, too_large)
    body = bytearray()
    try:
        async with asyncio.timeout(REQUEST_TIMEOUT_S):
            while True:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > MAX_REQUEST_BYTES:
                    raise _RefusedError(413, too_large)
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError as exc:
        raise _RefusedError(408, f"the request took over {REQUEST_TIMEOUT_S:.0f} s") from exc


async def _respond(send: Send, status: int, body: bytes, content_type: bytes) -> None:
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def serve(ledger: Ledger, host: str, port: int) -> bool:
    """Serve a ledger until the process is asked to stop.

    Returns:
        True after an orderly stop, False where the engine stopped by itself (a fault of disk or
        memory): the caller must end the process with an error.
    """
    config = uvicorn.Config(
        HttpApplication(JsonRpcServer(ledger)),
        host=host,
        port=port,
        log_config=None,
        log_level="warning",
        lifespan="off",
        ws="none",
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    faulted = threading.Event()

    def watch() -> None:
        ledger.engine.join()
        if not server.should_exit:
            faulted.set()
            server.should_exit = True

    threading.Thread(target=watch, name="engine-watch", daemon=True).start()
    # uvicorn stops at these signals and then raises them again: by then the ledger must be closed
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    server.run()
    return not faulted.is_set()
