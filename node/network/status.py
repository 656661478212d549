"""How the organisations of a network are doing, asked from their processes."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from node.config import FILE_NAME, NetworkSettings
from node.folder import OrganisationFolder, open_folder
from node.network.control import ask_status
from node.network.errors import NetworkMissingError, NotRunningError
from node.network.rejoin import MARK_NAME
from node.network.run import engine_home
from node.network.supervisor import Standing, State

LAG_BLOCKS: Final = 5
"""Heights that one organisation may be behind the newest at the moment of asking."""

_TIMEOUT_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class OrganisationStatus:
    """One organisation at one moment; None is what did not answer.

    Attributes:
        name: Its agreed name.
        validating: Whether its engine's key is in the validator set.
        restored: Whether it follows without a vote until it may sign again.
        engine_height: Newest height of its engine.
        ledger_height: Newest height that its ledger has executed.
        block: Newest EVM block.
        peers: Engines it is connected to.
        waiting: Transactions in its mempool.
        catching_up: Whether its engine is still fetching blocks.
        processes: What its processes do; empty where no supervisor runs.
    """

    name: str
    validating: bool | None
    restored: bool
    engine_height: int | None
    ledger_height: int | None
    block: int | None
    peers: int | None
    waiting: int | None
    catching_up: bool | None
    processes: tuple[Standing, ...]

    @property
    def is_running(self) -> bool:
        """Whether all its processes run and answer."""
        running = self.processes and all(one.state is State.RUNNING for one in self.processes)
        return bool(running) and None not in {self.engine_height, self.ledger_height}


def organisations_of(network: Path) -> list[OrganisationFolder]:
    """Return the organisations in a network's folder that run an engine, by name.

    Raises:
        NetworkMissingError: There are none.
        NodeError: One of the folders is wrong.
    """
    paths = sorted(path.parent for path in network.glob(f"*/{FILE_NAME}"))
    found = [folder for path in paths if (folder := open_folder(path)).config.network]
    if not found:
        raise NetworkMissingError(network)
    return found


def network_status(folders: Sequence[OrganisationFolder]) -> list[OrganisationStatus]:
    """Ask all organisations at once."""
    with ThreadPoolExecutor(len(folders)) as threads:
        return list(threads.map(organisation_status, folders))


def is_well(statuses: Sequence[OrganisationStatus]) -> bool:
    """Return whether all run, are connected, and stand at the same height but for a few."""
    if not all(status.is_running for status in statuses):
        return False
    heights = [status.ledger_height or 0 for status in statuses]
    alone = len(statuses) == 1
    return max(heights) - min(heights) <= LAG_BLOCKS and all(
        (alone or status.peers) and not status.catching_up and not status.restored
        for status in statuses
    )


def organisation_status(folder: OrganisationFolder) -> OrganisationStatus:
    """Ask one organisation's supervisor, engine and ledger."""
    settings = folder.config.network
    if settings is None:
        raise AssertionError(folder.path)
    engine = _engine(settings, "status")
    sync, own = engine.get("sync_info", {}), engine.get("validator_info", {})
    ledger = _ledger(folder.config.ledger_url)
    return OrganisationStatus(
        name=folder.config.name,
        validating=int(own["voting_power"]) > 0 if "voting_power" in own else None,
        restored=(engine_home(folder).path / MARK_NAME).exists(),
        engine_height=_number(sync.get("latest_block_height")),
        ledger_height=_number(ledger.get("height")),
        block=_number(ledger.get("evmBlockNumber")),
        peers=_number(_engine(settings, "net_info").get("n_peers")),
        waiting=_number(_engine(settings, "num_unconfirmed_txs").get("total")),
        catching_up=sync.get("catching_up"),
        processes=tuple(_processes(folder.path)),
    )


def _processes(path: Path) -> list[Standing]:
    try:
        return ask_status(path)
    except NotRunningError:
        return []


def _engine(settings: NetworkSettings, method: str) -> dict[str, Any]:
    try:
        answer = httpx.get(f"http://{settings.engine}/{method}", timeout=_TIMEOUT_SECONDS)
        result = answer.json()["result"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return {}
    return result if isinstance(result, dict) else {}


def _ledger(url: str) -> dict[str, Any]:
    request = {"jsonrpc": "2.0", "id": 1, "method": "tradeseal_status", "params": []}
    try:
        result = httpx.post(url, json=request, timeout=_TIMEOUT_SECONDS).json()["result"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return {}
    return result if isinstance(result, dict) else {}


def _number(value: object) -> int | None:
    if isinstance(value, int):
        return value
    if not isinstance(value, str):
        return None
    return int(value, 16) if value.startswith("0x") else int(value)
