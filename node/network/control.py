"""How other processes speak to a supervisor: one JSON line each way over a Unix socket.

`status` answers the standing of processes, `stop` answers and ends the supervisor, `pause` ends
the named processes and holds them for as long as the caller keeps the connection: whoever paused
and died has resumed.
"""

import asyncio
import json
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from node.network.errors import NotRunningError
from node.network.supervisor import Standing, State, Supervisor

SOCKET_NAME: Final = "control.sock"
_TIMEOUT_SECONDS: Final = 60.0
_LINE_LIMIT: Final = 65_536


class ControlServer:
    """Answers for one group of a supervisor, or for all of them."""

    def __init__(self, supervisor: Supervisor, folder: Path, group: str | None) -> None:
        """Prepare to listen in a folder; None answers for all groups."""
        self._supervisor = supervisor
        self._folder = folder
        self._group = group
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; only the owner of the folder can connect."""
        with _address(self._folder) as address:
            (self._folder / SOCKET_NAME).unlink(missing_ok=True)
            self._server = await asyncio.start_unix_server(self._serve, address)
            (self._folder / SOCKET_NAME).chmod(0o600)

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
        (self._folder / SOCKET_NAME).unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await reader.readline()
            request = json.loads(line) if line else {}
            await self._answer(request, reader, writer)
        except (ValueError, ConnectionError):
            pass  # not one of ours, or gone: nothing was changed
        finally:
            writer.close()

    async def _answer(
        self, request: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        command = request.get("command") if isinstance(request, dict) else None
        if command == "pause" and self._group is not None:
            await self._pause(self._group, request.get("names", []), reader, writer)
            return
        standings = self._supervisor.standings(self._group)
        known = command in {"status", "stop"}
        await _send(writer, {"processes": [asdict(one) for one in standings]} if known else {})
        if command == "stop":
            self._supervisor.request_stop()

    async def _pause(
        self,
        group: str,
        names: Sequence[str],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        try:
            await self._supervisor.pause(group, names)
            await _send(writer, {"paused": list(names)})
            await reader.read()  # until the caller closes, or dies
        finally:
            self._supervisor.resume(group, names)


async def _send(writer: asyncio.StreamWriter, answer: dict[str, Any]) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")
    await writer.drain()


def ask_status(folder: Path) -> list[Standing]:
    """Return what the processes of a running supervisor do.

    Raises:
        NotRunningError: No supervisor answers in this folder.
    """
    with _asked(folder, {"command": "status"}) as answer:
        return [
            Standing(one["group"], one["name"], State(one["state"]), one["pid"], one["restarts"])
            for one in answer["processes"]
        ]


def ask_stop(folder: Path) -> None:
    """Tell a running supervisor to stop; returns before it has.

    Raises:
        NotRunningError: No supervisor answers in this folder.
    """
    with _asked(folder, {"command": "stop"}):
        return


@contextmanager
def paused(folder: Path, names: Sequence[str]) -> Iterator[None]:
    """Hold processes of an organisation for the duration of the block.

    Raises:
        NotRunningError: No supervisor answers in this folder.
    """
    with _asked(folder, {"command": "pause", "names": list(names)}):
        yield


@contextmanager
def _asked(folder: Path, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_TIMEOUT_SECONDS)
        try:
            with _address(folder) as address:
                connection.connect(address)
            connection.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(_line(connection))
        except (OSError, ValueError) as error:
            raise NotRunningError(folder) from error
        yield answer


def _line(connection: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n") and len(line) < _LINE_LIMIT:
        part = connection.recv(_LINE_LIMIT)
        if not part:
            break
        line += part
    return line


@contextmanager
def _address(folder: Path) -> Iterator[str]:
    """Give the socket's address: a path may be longer than the 107 bytes that one holds."""
    plain = str(folder.absolute() / SOCKET_NAME)
    if len(os.fsencode(plain)) <= _ADDRESS_BYTES or not Path("/proc/self/fd").exists():
        yield plain
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET_NAME}"
    finally:
        os.close(descriptor)


_ADDRESS_BYTES: Final = 103
