"""Ports for the processes of tests, of which several runs may go on beside each other."""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

# Below what the kernel gives to outgoing connections.
_PORTS = range(10_000, 32_000)
_CLAIMS = Path(tempfile.gettempdir()) / f"tradeseal-test-ports-{os.getuid()}"
_TRIES = 1_000


def free_port() -> int:
    """Return a port of this machine that nobody uses and no test was given."""
    return free_ports(1)


def free_ports(count: int) -> int:
    """Return the first of as many ports in a row, this process's until it ends."""
    dice = random.SystemRandom()
    _CLAIMS.mkdir(exist_ok=True)
    with (_CLAIMS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for _ in range(_TRIES):
            first = dice.randrange(_PORTS.start, _PORTS.stop - count)
            ports = range(first, first + count)
            if all(_is_free(port) for port in ports):
                for port in ports:
                    (_CLAIMS / str(port)).write_text(str(os.getpid()))
                return first
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    claim = _CLAIMS / str(port)
    if claim.exists() and Path(f"/proc/{claim.read_text()}").exists():
        return False
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
