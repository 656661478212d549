"""One process of an organisation: how it is started, found again, and ended."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from node.errors import StorageError
from node.files import FILE_MODE, replace_private

END_SECONDS: Final = 15.0
"""How long a process may take to end when asked, before it is killed."""

_POLL_SECONDS: Final = 0.05
_IS_LINUX: Final = sys.platform == "linux"

# Runs in the new process before the program: the kernel kills it when the supervisor dies, however
# that happens. A supervisor that died in between is no longer the parent.
_BOUND: Final = (
    "import ctypes,os,signal,sys;"
    "ctypes.CDLL(None).prctl(1,signal.SIGKILL);"
    "os.getppid()==int(sys.argv[1]) or sys.exit(1);"
    "os.execvp(sys.argv[2],sys.argv[2:])"
)


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """How one process is run.

    Attributes:
        group: The organisation it belongs to.
        name: What it is: engine, ledger or door.
        command: Program and arguments.
        folder: Its working directory.
        environment: Its environment variables, all of them.
        after: host:port that has to accept connections before it is started.
        bound_to: Name of a process of its group at whose end it is ended and started anew.
        prepare: Called before each start; what it raises ends the supervisor.
    """

    group: str
    name: str
    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    after: str | None = None
    bound_to: str | None = None
    prepare: Callable[[], None] = field(default=lambda: None)

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.folder / "logs" / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        """Where the running process is written down."""
        return self.folder / "run" / f"{self.name}.pid"


async def start_process(spec: ProcessSpec) -> asyncio.subprocess.Process:
    """Start a process that dies with this one; must be called by the main thread.

    Raises:
        StorageError: Its log or its pid file cannot be written, or it cannot be started.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    command = spec.command
    if _IS_LINUX:
        command = (sys.executable, "-I", "-S", "-c", _BOUND, str(os.getpid()), *command)
    try:
        log = os.open(spec.log, flags, FILE_MODE)
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=spec.folder,
                env=dict(spec.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a terminal's interrupt is for the supervisor
            )
        finally:
            os.close(log)
    except OSError as error:
        raise StorageError(" ".join(spec.command[:3]), error.strerror or str(error)) from error
    document = {"pid": process.pid, "identity": identity(process.pid)}
    replace_private(spec.pid_file, json.dumps(document).encode())
    return process


async def end_process(process: asyncio.subprocess.Process, seconds: float = END_SECONDS) -> None:
    """Ask a process to end, wait, and kill it when it takes too long."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        process.kill()
        await process.wait()


def end_left_over(spec: ProcessSpec, seconds: float = END_SECONDS) -> bool:
    """End what an earlier supervisor left running; return whether there was something.

    Another process that has the number by now is not touched.
    """
    try:
        document = json.loads(spec.pid_file.read_bytes())
        pid, known = int(document["pid"]), document["identity"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    spec.pid_file.unlink(missing_ok=True)
    if known is None or identity(pid) != known:
        return False
    deadline = time.monotonic() + seconds
    os.kill(pid, signal.SIGTERM)
    while identity(pid) == known:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(_POLL_SECONDS)
    return True


def identity(pid: int) -> str | None:
    """Return what tells a process from a later one with its number; None when it has ended."""
    if not _IS_LINUX:
        return _started(pid)
    try:
        # After the command's name, which may hold anything: first the state, 20th the start.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields[19]


def _started(pid: int) -> str | None:
    found = subprocess.run(
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or None
