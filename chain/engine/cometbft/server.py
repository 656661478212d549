"""The ABCI socket server: one thread for each of CometBFT's four connections.

Garbage closes its connection and harms nobody else. A fault while answering is told to CometBFT,
which then ends, and to the owner, who must end this process: what was half computed must not
become a result.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

from chain.engine.cometbft.abci_pb2 import Request, Response, ResponseException
from chain.engine.cometbft.guard import guarded_thread
from chain.engine.cometbft.wire import encode_response, read_request
from chain.errors import AbciAddressError, AbciFrameError

MAX_CONNECTIONS: Final = 16
"""CometBFT opens four; the rest is for a second one that starts while the first one ends."""

FRAME_TIMEOUT_S: Final = 30.0
"""A frame that has begun must be whole by then; between frames a connection may rest for ever."""

_BACKLOG: Final = 128
_SOCKET_MODE: Final = 0o600
_PORT: Final = re.compile("[0-9]{1,5}")
_MAX_PORT: Final = 65_535
_RETRY_S: Final = 0.1
_REPORT_TIMEOUT_S: Final = 1.0

logger = logging.getLogger(__name__)

Answer = Callable[[Request], Response]


class AbciServer:
    """Listens on `address` and answers with `answer`, which several threads may call.

    Args:
        address: "unix://PATH" (mode 0600) or "tcp://HOST:PORT" (loopback, or a network of its own:
            whoever reaches it can feed this process blocks).
        answer: Gives the response to a request.
        on_fault: Told what `answer` raised; called once for each fault.

    Raises:
        AbciAddressError: Nothing can listen there.
    """

    def __init__(
        self, address: str, answer: Answer, on_fault: Callable[[BaseException], None]
    ) -> None:
        self._answer = answer
        self._on_fault = on_fault
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._closed = False
        self._listener = _listen(address)
        guarded_thread("abci-accept", self._accept, on_fault).start()

    @property
    def port(self) -> int:
        """The TCP port; 0 for a Unix socket."""
        name = self._listener.getsockname()
        return name[1] if isinstance(name, tuple) else 0

    def close(self) -> None:
        """Stop listening and break the connections."""
        with self._lock:
            self._closed = True
            connections = list(self._connections)
        for connection in (self._listener, *connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError as exc:
                if self._closed:
                    return
                logger.warning("an ABCI connection cannot be taken: %s", exc)
                time.sleep(_RETRY_S)  # such as while too many files are open
                continue
            with self._lock:
                refused = self._closed or len(self._connections) >= MAX_CONNECTIONS
                if not refused:
                    self._connections.add(connection)
            if refused:
                logger.warning("an ABCI connection is refused: %d are open", MAX_CONNECTIONS)
                connection.close()
                continue
            threading.Thread(
                target=self._serve, args=(connection,), name="abci", daemon=True
            ).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("wb") as out:
                self._converse(connection, out)
        except AbciFrameError as exc:
            logger.warning("an ABCI connection is closed: %s", exc)
        except OSError as exc:
            logger.debug("an ABCI connection broke: %s", exc)
        finally:
            with self._lock:
                self._connections.discard(connection)

    def _converse(self, connection: socket.socket, out: BinaryIO) -> None:
        incoming = _Incoming(connection)
        reader = io.BufferedReader(incoming)
        while incoming.rest(reader) and (request := read_request(reader)) is not None:
            try:
                response = self._answer(request)
            except BaseException as exc:
                # A local fault must never become a result: the owner ends the process.
                logger.critical("answering CometBFT failed: %s", exc, exc_info=True)
                self._report(exc, connection, out)
                return
            out.write(encode_response(response))
            if request.HasField("flush"):
                out.flush()

    def _report(self, fault: BaseException, connection: socket.socket, out: BinaryIO) -> None:
        """Tell CometBFT first: the owner breaks the connections."""
        text = str(fault) or type(fault).__name__
        connection.settimeout(_REPORT_TIMEOUT_S)
        with contextlib.suppress(OSError):
            out.write(encode_response(Response(exception=ResponseException(error=text))))
            out.flush()
        self._on_fault(fault)


class _Incoming(io.RawIOBase):
    """What comes from a connection; a frame has to come within `FRAME_TIMEOUT_S`."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._deadline: float | None = None

    def readable(self) -> bool:
        return True

    def rest(self, reader: io.BufferedReader[Any]) -> bool:
        """Wait until a frame begins; False where the stream ends instead."""
        self._deadline = None
        begun = bool(reader.peek(1))
        self._deadline = time.monotonic() + FRAME_TIMEOUT_S
        return begun

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # typeshed: any buffer
        if self._deadline is None:
            return self._connection.recv_into(buffer)
        late = AbciFrameError(f"a frame took longer than {FRAME_TIMEOUT_S:g} s")
        left_s = self._deadline - time.monotonic()
        if left_s <= 0:
            raise late
        try:
            self._connection.settimeout(left_s)
            return self._connection.recv_into(buffer)
        except TimeoutError as exc:
            raise late from exc
        finally:
            self._connection.settimeout(None)


def _listen(address: str) -> socket.socket:
    kind, separator, place = address.partition("://")
    try:
        if separator and kind == "unix" and place:
            return _listen_unix(Path(place))
        host, _, port = place.rpartition(":")
        if kind == "tcp" and host and _PORT.fullmatch(port) and int(port) <= _MAX_PORT:
            return socket.create_server((host, int(port)), backlog=_BACKLOG, reuse_port=False)
    except OSError as exc:
        raise AbciAddressError(address, str(exc)) from exc
    raise AbciAddressError(address, "give unix://PATH or tcp://HOST:PORT")


def _listen_unix(path: Path) -> socket.socket:
    if path.is_socket():
        path.unlink()  # left over: the store's lock keeps a second process off
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    previous = os.umask(0o777 & ~_SOCKET_MODE)
    try:
        listener.bind(str(path))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(previous)
    return listener
