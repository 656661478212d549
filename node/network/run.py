"""Run organisations of a network: engine, ledger and door of each, in one supervisor.

`tradeseal node run` runs one, `tradeseal network up` all of a folder; nothing else differs.
"""

import asyncio
import logging
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx

from chain.engine.cometbft.binary import check_version, find_cometbft
from chain.engine.cometbft.home import EngineHome, EngineSettings, SignState
from chain.errors import EngineProgramError, GenesisError
from chain.genesis import Genesis, parse_genesis
from node.config import NetworkSettings
from node.errors import GenesisForeignError, LedgerAnswerError
from node.files import hold_lock, make_private_folder
from node.folder import GENESIS_NAME, OrganisationFolder, open_folder
from node.keys.passwords import VARIABLE, load_password
from node.network.control import ControlServer
from node.network.engine_keys import EngineKeys, load_engine_keys
from node.network.errors import AlreadyRunningError, NotNetworkedError, ProgramMissingError
from node.network.processes import ProcessSpec
from node.network.rejoin import RejoinGuard, mark_restored, parse_sealed
from node.network.supervisor import Supervisor

logger = logging.getLogger(__name__)

ENGINE: Final = "engine"
LEDGER: Final = "ledger"
DOOR: Final = "door"
LOCK_NAME: Final = "run.lock"
ABCI_ADDRESS: Final = "unix://abci.sock"
"""Relative to the organisation's folder, where both run: a whole path may be too long for it."""

_REJOIN_POLL_SECONDS: Final = 0.5
_RPC_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Programs:
    """What the processes run."""

    cometbft: Path
    tradeseal: Path


def find_programs(environment: Mapping[str, str]) -> Programs:
    """Return the programs, the engine's version checked.

    Raises:
        ProgramMissingError: One is not installed; the text says how to get it.
    """
    try:
        cometbft = find_cometbft(environment)
        check_version(cometbft)
    except EngineProgramError as error:
        raise ProgramMissingError(str(error)) from error
    tradeseal = Path(sys.executable).with_name("tradeseal")
    if not tradeseal.exists():
        found = shutil.which("tradeseal", path=environment.get("PATH", os.defpath))
        if found is None:
            raise ProgramMissingError("the program tradeseal is not installed: pip install it")
        tradeseal = Path(found)
    return Programs(cometbft, tradeseal)


@dataclass(frozen=True, slots=True)
class OrganisationRun:
    """One organisation, ready to be run.

    Attributes:
        folder: Where it lives.
        settings: Where its processes listen.
        genesis: What founded its network.
        keys: Its engine's keys.
        guard: Whether its engine may sign.
        environment: For its processes; the door's holds the password, the others' does not.
    """

    folder: OrganisationFolder
    settings: NetworkSettings
    genesis: Genesis
    keys: EngineKeys
    guard: RejoinGuard
    environment: Mapping[str, str]

    @property
    def name(self) -> str:
        """Its agreed name."""
        return self.folder.config.name

    @property
    def home(self) -> EngineHome:
        """Its engine's home."""
        return engine_home(self.folder)

    def engine_settings(self) -> EngineSettings:
        """Return the settings of its engine."""
        return EngineSettings(
            name=self.name,
            application=ABCI_ADDRESS,
            peer_address=self.settings.peer,
            rpc_address=self.settings.engine,
            metrics_address=self.settings.engine_metrics,
            peers=self.settings.peers,
        )

    def prepare_home(self, now: datetime) -> None:
        """Begin with nothing signed on the very first start, and with nothing known otherwise.

        Who removes the engine's data, to fetch it again, removes what it signed as well: such an
        engine has to find its way back like a restored one.

        Args:
            now: The time; no other instance with its key runs.

        Raises:
            StorageError: The disk refused.
            StoreError: The same.
        """
        if self.home.sign_state_path.exists():
            return
        if (self.folder.path / "logs" / f"{ENGINE}.log").exists():
            make_private_folder(self.home.path)
            mark_restored(self.home, now, 0)
            logger.warning("%s: what its engine signed is lost: it follows first", self.name)
        else:
            self.home.write_sign_state(SignState.nothing())

    def prepare_engine(self) -> None:
        """Write the engine's home; before each start.

        Raises:
            StoreError: What it signed last is missing, or the disk refused.
        """
        self.home.read_sign_state()
        self.home.write_settings(self.engine_settings(), self.genesis)
        self.guard.enforce()
        self.home.write_keys(self.keys.node, self.keys.validator)

    def prepare_ledger(self) -> None:
        """Remove the socket that a killed ledger has left."""
        (self.folder.path / ABCI_ADDRESS.removeprefix("unix://")).unlink(missing_ok=True)

    def specs(self, programs: Programs) -> list[ProcessSpec]:
        """Return its processes, in the order in which they start."""
        path = self.folder.path.absolute()
        door_environment = dict(self.environment)
        environment = {
            name: value for name, value in door_environment.items() if not name.startswith(VARIABLE)
        }
        return [
            ProcessSpec(
                self.name, LEDGER, self._ledger_command(programs), path, environment,
                prepare=self.prepare_ledger,
            ),
            ProcessSpec(
                self.name, ENGINE, (str(programs.cometbft), "start", "--home", ENGINE), path,
                environment, bound_to=LEDGER, prepare=self.prepare_engine,
            ),
            ProcessSpec(
                self.name, DOOR, self._door_command(programs), path, door_environment,
                after=_dialled(self.settings.ledger),
            ),
        ]  # fmt: skip

    def _ledger_command(self, programs: Programs) -> tuple[str, ...]:
        host, _, port = self.settings.ledger.rpartition(":")
        return (
            str(programs.tradeseal), "ledger", "join",
            "--folder", "ledger",
            "--genesis", GENESIS_NAME,
            "--abci", ABCI_ADDRESS,
            "--engine", f"http://{self.settings.engine}",
            "--host", host,
            "--port", port,
            "--metrics", self.settings.ledger_metrics,
        )  # fmt: skip

    def _door_command(self, programs: Programs) -> tuple[str, ...]:
        host, _, port = self.settings.door.rpartition(":")
        return (
            str(programs.tradeseal), "node", "serve", ".",
            "--host", host,
            "--port", port,
            "--metrics", self.settings.door_metrics,
        )  # fmt: skip


def engine_home(folder: OrganisationFolder) -> EngineHome:
    """Return where an organisation's engine lives."""
    return EngineHome(folder.path / ENGINE)


def open_run(path: Path, environment: Mapping[str, str]) -> OrganisationRun:
    """Open an organisation's folder to run it.

    Args:
        path: Its folder.
        environment: Usually `os.environ`; tells the password.

    Raises:
        NodeError: Something in the folder is wrong, or it runs no engine of its own.
    """
    folder = open_folder(path)
    content = folder.read_genesis()
    if folder.config.network is None or content is None:
        raise NotNetworkedError(path)
    try:
        genesis = parse_genesis(content)
    except GenesisError as error:
        raise GenesisForeignError(folder.genesis, str(error)) from error
    keys = load_engine_keys(folder, load_password(environment))
    own = dict(environment)
    if name := own.get(f"{VARIABLE}_FILE"):
        own[f"{VARIABLE}_FILE"] = str(Path(name).absolute())
    guard = RejoinGuard(engine_home(folder), keys.validator_address)
    return OrganisationRun(folder, folder.config.network, genesis, keys, guard, own)


def run_organisations(
    runs: Sequence[OrganisationRun], programs: Programs, network: Path | None = None
) -> None:
    """Run organisations until a signal or a `stop` ends it; no process is left on return.

    Args:
        runs: What to run.
        programs: What the processes run.
        network: The folder of the whole network, where another supervisor must not run.

    Raises:
        AlreadyRunningError: One of them runs already.
        NodeError: A process could not be started, for a fault of this machine.
        LedgerError: The same.
    """
    with _locked([run.folder.path for run in runs] + ([network] if network else [])):
        for run in runs:
            run.prepare_home(datetime.now(UTC))
        try:
            asyncio.run(_run(runs, programs, network))
        finally:
            for run in runs:
                run.home.remove_keys()


async def _run(runs: Sequence[OrganisationRun], programs: Programs, network: Path | None) -> None:
    supervisor = Supervisor([spec for run in runs for spec in run.specs(programs)])
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, supervisor.request_stop)
    async with AsyncExitStack() as stack:
        for run in runs:
            control = ControlServer(supervisor, run.folder.path, run.name)
            await stack.enter_async_context(_listening(control))
            await stack.enter_async_context(_watching(run, supervisor))
        if network is not None:
            await stack.enter_async_context(_listening(ControlServer(supervisor, network, None)))
        await supervisor.run()


@asynccontextmanager
async def _listening(control: ControlServer) -> AsyncIterator[None]:
    await control.start()
    try:
        yield
    finally:
        control.close()


@asynccontextmanager
async def _watching(run: OrganisationRun, supervisor: Supervisor) -> AsyncIterator[None]:
    task = asyncio.create_task(watch_rejoin(run, supervisor))
    task.add_done_callback(lambda _: supervisor.request_stop() if _has_failed(task) else None)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
    if _has_failed(task):
        task.result()  # raises what stopped the supervisor


def _has_failed(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is not None


async def watch_rejoin(run: OrganisationRun, supervisor: Supervisor) -> None:
    """Give a restored engine its vote back when no older instance can have signed any more."""
    while run.guard.is_pending:
        await asyncio.sleep(_REJOIN_POLL_SECONDS)
        try:
            answer = await asyncio.to_thread(_ask_commit, run.settings.engine)
            height = run.guard.release_height(parse_sealed(answer))
        except (httpx.HTTPError, ValueError, LedgerAnswerError):
            continue  # it starts, or has no block yet
        if height is None:
            continue
        await supervisor.pause(run.name, [ENGINE])
        run.guard.release(height)
        logger.warning("%s signs again, above height %d", run.name, height)
        supervisor.resume(run.name, [ENGINE])


def _ask_commit(address: str) -> object:
    answer = httpx.get(f"http://{address}/commit", timeout=_RPC_SECONDS)
    return answer.raise_for_status().json()


def _dialled(address: str) -> str:
    host, _, port = address.rpartition(":")
    return f"127.0.0.1:{port}" if host == "0.0.0.0" else address  # noqa: S104  not listened on


@contextmanager
def _locked(folders: Sequence[Path]) -> Iterator[None]:
    if not folders:
        yield
        return
    with hold_lock(folders[0] / LOCK_NAME) as held:
        if not held:
            raise AlreadyRunningError(folders[0])
        with _locked(folders[1:]):
            yield
