"""Keeps processes running: restart always, with a growing pause; ends them in order.

CometBFT exits with code 0 when its application dies, so an exit code says nothing here: whatever
ends is started again until the supervisor is told to stop. Sometimes it hangs instead while it
stops, so it is ended when its application has. One event loop in the main thread
starts all processes; when that thread dies, however it dies, the kernel ends them too.
"""

import asyncio
import logging
import os
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from chain.errors import LedgerError
from node.errors import NodeError
from node.network.processes import ProcessSpec, end_left_over, end_process, start_process

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 10.0
STEADY_SECONDS: Final = 10.0
"""Whoever has run so long has started well: its next end is a new one."""

LOG_LIMIT_BYTES: Final = 64 * 1024 * 1024
"""A log that grows beyond this is moved to NAME.log.1, in place of the one before."""

BOUND_END_SECONDS: Final = 3.0
"""How long a process may take to end by itself after the one that it is bound to has."""

_LOG_CHECK_SECONDS: Final = 30.0
_PORT_POLL_SECONDS: Final = 0.1


class State(StrEnum):
    """What a supervised process is doing."""

    WAITING = "waiting"
    RUNNING = "running"
    RESTARTING = "restarting"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Standing:
    """One process as an operator sees it."""

    group: str
    name: str
    state: State
    pid: int | None
    restarts: int


class Supervised:
    """One process that is started again whenever it ends."""

    def __init__(self, spec: ProcessSpec, on_end: Callable[[ProcessSpec], None]) -> None:
        self.spec = spec
        self._on_end = on_end
        self._state = State.WAITING
        self._restarts = 0
        self._process: asyncio.subprocess.Process | None = None
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._idle = asyncio.Event()
        self._idle.set()

    def standing(self) -> Standing:
        """Return what it is doing."""
        process = self._process
        pid = process.pid if process is not None and process.returncode is None else None
        return Standing(self.spec.group, self.spec.name, self._state, pid, self._restarts)

    async def keep(self) -> None:
        """Run it for ever; cancelled by the supervisor after it has ended the process."""
        pause = FIRST_PAUSE_SECONDS
        clock = asyncio.get_running_loop().time
        while True:
            await self._until_wanted()
            began = clock()
            code = await self._run_once()
            self._on_end(self.spec)
            if not self._wanted.is_set():
                continue
            if clock() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            self._restarts += 1
            self._state = State.RESTARTING
            logger.warning(
                "%s/%s ended with %s: starts again in %.1f s",
                self.spec.group, self.spec.name, code, pause,
            )  # fmt: skip
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def end(self, state: State) -> None:
        """End the process and keep it ended; returns when it has."""
        self._wanted.clear()
        self._state = state
        if self._process is not None:
            await end_process(self._process)
        await self._idle.wait()

    async def renew(self) -> None:
        """End the process, so that it is started again."""
        if self._process is not None:
            await end_process(self._process, BOUND_END_SECONDS)

    def resume(self) -> None:
        """Let it run again."""
        self._wanted.set()

    async def _until_wanted(self) -> None:
        self._idle.set()
        await self._wanted.wait()
        self._state = State.WAITING
        while self.spec.after and not await _accepts(self.spec.after):
            await asyncio.sleep(_PORT_POLL_SECONDS)
            await self._wanted.wait()

    async def _run_once(self) -> int:
        if not self._wanted.is_set():
            return 0
        self._idle.clear()
        try:
            self.spec.prepare()
            self._process = await start_process(self.spec)
            if not self._wanted.is_set():
                self._process.terminate()  # told to end while it was being started
            else:
                self._state = State.RUNNING
            return await self._process.wait()
        finally:
            self._idle.set()


class Supervisor:
    """Several processes, of one organisation or of many."""

    def __init__(self, specs: Sequence[ProcessSpec]) -> None:
        """Take over processes; they end in the reverse of this order within their group."""
        self._all = [Supervised(spec, self._renew_bound) for spec in specs]
        self._stop = asyncio.Event()
        self._renewals: set[asyncio.Task[None]] = set()

    def standings(self, group: str | None = None) -> list[Standing]:
        """Return what all processes are doing, or those of one group."""
        found = (one.standing() for one in self._all)
        return [one for one in found if group in {None, one.group}]

    def request_stop(self) -> None:
        """Let `run` end all processes and return."""
        self._stop.set()

    async def run(self) -> None:
        """Keep all processes until asked to stop; none is left on return.

        Raises:
            NodeError: A process could not be prepared or started, for a fault of this machine.
            LedgerError: The same, of the engine's home.
            OSError: The same, of logs.
        """
        for one in self._all:
            for name in ("logs", "run"):
                (one.spec.folder / name).mkdir(mode=0o700, exist_ok=True)
            if end_left_over(one.spec):
                logger.warning("%s/%s was left over: ended", one.spec.group, one.spec.name)
        try:
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(one.keep()) for one in self._all]
                running.append(tasks.create_task(self._limit_logs()))
                tasks.create_task(self._end_when_asked(running))
        except* (NodeError, LedgerError, OSError) as group:
            # What failed first is the cause; the others were cancelled for it.
            raise group.exceptions[0] from None
        finally:
            await self._end_all()

    async def pause(self, group: str, names: Collection[str]) -> None:
        """End some processes of a group and keep them ended until `resume`."""
        for one in reversed(self._all):
            if one.spec.group == group and one.spec.name in names:
                await one.end(State.PAUSED)

    def resume(self, group: str, names: Collection[str]) -> None:
        """Start processes again that were paused."""
        for one in self._all:
            if one.spec.group == group and one.spec.name in names and not self._stop.is_set():
                one.resume()

    def _renew_bound(self, ended: ProcessSpec) -> None:
        for one in self._all:
            if one.spec.group == ended.group and one.spec.bound_to == ended.name:
                task = asyncio.create_task(one.renew())
                self._renewals.add(task)
                task.add_done_callback(self._renewals.discard)

    async def _end_when_asked(self, running: Sequence[asyncio.Task[None]]) -> None:
        await self._stop.wait()
        await self._end_all()
        for task in running:
            task.cancel()

    async def _end_all(self) -> None:
        groups = {one.spec.group for one in self._all}
        await asyncio.gather(*(self._end_group(group) for group in groups))

    async def _end_group(self, group: str) -> None:
        for one in reversed(self._all):
            if one.spec.group == group:
                await one.end(State.STOPPED)
                one.spec.pid_file.unlink(missing_ok=True)

    async def _limit_logs(self) -> None:
        while True:
            for one in self._all:
                limit_log(one.spec.log)
            await asyncio.sleep(_LOG_CHECK_SECONDS)


def limit_log(path: Path, limit: int = LOG_LIMIT_BYTES) -> None:
    """Move a log aside that has grown beyond a size; who writes appends, and goes on at its start.

    Lines written between the copying and the cutting are lost.
    """
    if not path.exists() or path.stat().st_size <= limit:
        return
    shutil.copyfile(path, path.with_name(f"{path.name}.1"))
    os.truncate(path, 0)


async def _accepts(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return False
    writer.close()
    await asyncio.wait([asyncio.ensure_future(writer.wait_closed())])
    return True
