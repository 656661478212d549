"""Ledger processes without the seconds that Python takes to import them.

A process that has imported everything forks one child for each ledger; the child then runs
`tradeseal ledger join` as if it had been started by itself. It is killed like any other.

    python -m support.forks
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import httpx

TESTS = Path(__file__).parent.parent
PRELOADED = ("chain.cli", "clients.cli.main", "uvicorn", "web3", "eth_account")


class Forked:
    """A process that somebody else started; like `subprocess.Popen` as far as it is needed."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._handle: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._handle = None

    def poll(self) -> int | None:
        """Return None while it runs; its exit code is not known."""
        return 0 if self._has_ended(0) else None

    def wait(self, timeout: float | None = None) -> int:
        if not self._has_ended(timeout):
            raise subprocess.TimeoutExpired("a forked ledger", timeout or 0)
        return 0

    def kill(self) -> None:
        if self.poll() is None and self._handle is not None:
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def _has_ended(self, timeout: float | None) -> bool:
        if self._handle is None:
            return True
        if not select.select([self._handle], [], [], timeout)[0]:
            return False
        os.close(self._handle)
        self._handle = None
        return True


class ForkServer:
    """The process that forks; ends with this one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.forks"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(TESTS)},
            text=True,
        )
        atexit.register(self.close)

    def fork(
        self, arguments: Sequence[str], folder: Path, log: Path, environment: Mapping[str, str]
    ) -> Forked:
        """Start `tradeseal` with these arguments in a folder."""
        order = [list(arguments), str(folder), str(log), dict(environment)]
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return Forked(int(self._process.stdout.readline()))

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()


@cache
def fork_server() -> ForkServer:
    """Return this test process' own."""
    return ForkServer()


def main() -> None:
    """Fork a child for each line of standard input, and write its process id."""
    for module in PRELOADED:
        importlib.import_module(module)
    httpx.Client().close()  # imports what it needs
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _become(*json.loads(line))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _become(arguments: list[str], folder: str, log: str, environment: dict[str, str]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    code = 1
    try:
        os.chdir(folder)
        out = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        null = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((null, 0), (out, 1), (out, 2)):
            os.dup2(source, target)
        os.environ.update(environment)
        sys.argv = ["tradeseal", *arguments]
        from clients.cli.main import main as tradeseal

        tradeseal()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
