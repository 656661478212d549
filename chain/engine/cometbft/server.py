"""The ABCI socket server: one thread for each of CometBFT's four connections.

Garbage closes its connection and harms nobody else. A fault while answering is told to CometBFT,
which then ends, and to the owner, who must end this process: what was half computed must not
become a result.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from chain.engine.cometbft.abci_pb2 import Request, Response, ResponseException
from chain.engine.cometbft.wire import encode_response, read_request
from chain.errors import AbciAddressError, AbciFrameError

MAX_CONNECTIONS: Final = 16
"""CometBFT opens four; the rest is for a second one that starts while the first one ends."""

_BACKLOG: Final = 16
_SOCKET_MODE: Final = 0o600

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
        threading.Thread(target=self._accept, name="abci-accept", daemon=True).start()

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
            except OSError:
                return  # closed
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
            with connection, connection.makefile("rb") as reader, connection.makefile("wb") as out:
                self._converse(reader, out)
        except AbciFrameError as exc:
            logger.warning("an ABCI connection is closed: %s", exc)
        except OSError as exc:
            logger.debug("an ABCI connection broke: %s", exc)
        finally:
            with self._lock:
                self._connections.discard(connection)

    def _converse(self, reader: BinaryIO, out: BinaryIO) -> None:
        while (request := read_request(reader)) is not None:
            try:
                response = self._answer(request)
            except BaseException as exc:
                # A local fault must never become a result: the owner ends the process.
                logger.critical("answering CometBFT failed: %s", exc, exc_info=True)
                self._report(exc, out)
                return
            out.write(encode_response(response))
            if request.HasField("flush"):
                out.flush()

    def _report(self, fault: BaseException, out: BinaryIO) -> None:
        text = str(fault) or type(fault).__name__
        self._on_fault(fault)
        with contextlib.suppress(OSError):
            out.write(encode_response(Response(exception=ResponseException(error=text))))
            out.flush()


def _listen(address: str) -> socket.socket:
    kind, separator, place = address.partition("://")
    try:
        if separator and kind == "unix" and place:
            return _listen_unix(Path(place))
        host, colon, port = place.rpartition(":")
        if kind == "tcp" and colon and port.isdigit():
            return socket.create_server((host, int(port)), backlog=_BACKLOG, reuse_port=False)
    except (OSError, OverflowError) as exc:
        raise AbciAddressError(address, str(exc)) from exc
    raise AbciAddressError(address, "give unix://PATH or tcp://HOST:PORT")


def _listen_unix(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)  # left over: the store's lock keeps a second process off
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    previous = os.umask(0o777 & ~_SOCKET_MODE)
    try:
        listener.bind(str(path))
    finally:
        os.umask(previous)
    listener.listen(_BACKLOG)
    return listener
