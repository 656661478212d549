"""The file that names a network's founding organisations; pure.

[network]
chain_id = "tradeseal-example"
evm_chain_id = "74301"
genesis_time = "2026-01-01T00:00:00Z"   # optional: now

[[organisation]]
name = "customs-vn"                     # agreed by all: its identifier comes from it
title = "Viet Nam Customs"
country = "VN"
roles = ["customs"]
governing = true                        # votes in Membership
power = 10                              # of its validator; 0 for a follower
host = "127.0.0.1"                      # optional: where the others reach it
first_port = 26600                      # optional: the first of ten ports it takes
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NoReturn

from contracts.membership.keys import Role, organisation_id
from node.config import PROCESS_ADDRESSES, NetworkSettings
from node.network.errors import PlanError

FIRST_PORT: Final = 26_600
PORTS: Final = 10
"""Ports that each organisation takes, the unused ones for what comes later."""

PASSWORDS: Final = "passwords"
"""Folder of a network's passwords, one file per organisation."""

LOOPBACK: Final = "127.0.0.1"
_ANY: Final = "0.0.0.0"  # noqa: S104  what an engine on a machine of its own listens on
_PRIVATE: Final = frozenset({"engine"})
_ROLES: Final = {str(role.name).lower().replace("_", "-"): role for role in Role}
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}")
_CHAIN_ID = re.compile(r"[A-Za-z0-9._-]{1,50}")
_DECIMAL = re.compile(r"[1-9][0-9]{0,17}")
_MAX_POWER: Final = 1 << 50
_LAST_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class PlannedOrganisation:
    """One founding organisation.

    Attributes:
        name: Agreed short name.
        title: Name for people.
        country: ISO 3166-1 alpha-2 code.
        roles: What it is.
        governing: Whether it votes in Membership.
        power: Voting power of its validator, 0 for a follower.
        host: Where the others reach it.
        first_port: The first of its ports.
    """

    name: str
    title: str
    country: str
    roles: Role
    governing: bool
    power: int
    host: str
    first_port: int

    @property
    def id(self) -> bytes:
        """Identifier in Membership."""
        return organisation_id(self.name)

    def settings(self, peers: tuple[str, ...]) -> NetworkSettings:
        """Return where its processes listen."""
        return listening(self.first_port, peers, open_to_others=self.host != LOOPBACK)

    @property
    def door_url(self) -> str:
        """Where the others' nodes reach its API."""
        return f"http://{self.host}:{self.settings(()).door.rpartition(':')[2]}"

    def peer_address(self, node_id: str) -> str:
        """Return how the others' engines name and reach its engine."""
        return f"{node_id}@{self.host}:{self.first_port}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A network to be founded."""

    chain_id: str
    evm_chain_id: int
    genesis_time: datetime
    organisations: tuple[PlannedOrganisation, ...]


def listening(first_port: int, peers: tuple[str, ...], *, open_to_others: bool) -> NetworkSettings:
    """Return where the processes of one organisation listen.

    Args:
        first_port: Port for the engine's peers; the others follow it.
        peers: Other organisations' engines.
        open_to_others: Listen on all of the machine's addresses; the engine's RPC, which obeys
            whoever reaches it, listens on loopback all the same.
    """
    addresses = {
        name: f"{_ANY if open_to_others and name not in _PRIVATE else LOOPBACK}:{first_port + i}"
        for i, name in enumerate(PROCESS_ADDRESSES)
    }
    return NetworkSettings(
        peer=addresses["peer"],
        engine=addresses["engine"],
        engine_metrics=addresses["engine_metrics"],
        ledger=addresses["ledger"],
        ledger_metrics=addresses["ledger_metrics"],
        door=addresses["door"],
        door_metrics=addresses["door_metrics"],
        peers=peers,
    )


def parse_plan(
    text: str, path: Path, now: datetime, *, by_name: bool = False, first_port: int = FIRST_PORT
) -> Plan:
    """Return the network that a file describes.

    Args:
        text: TOML as the module's example shows it; unknown settings are refused.
        path: Where the text comes from, for messages.
        now: The genesis time where the file gives none.
        by_name: Organisations without `host` are reached under their own names.
        first_port: The first port of the first organisation without `first_port`.

    Raises:
        PlanError: The text is not such a file, or no network could be founded like this.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanError(path, str(error)) from error
    top = _Table(path, "the file", document)
    network = _Table(path, "[network]", top.take("network", dict))
    entries = top.take("organisation", list)
    top.refuse_rest()
    organisations = tuple(
        _organisation(_Table(path, f"organisation {i + 1}", entry), i, by_name, first_port)
        for i, entry in enumerate(entries)
    )
    plan = Plan(
        chain_id=network.text("chain_id", _CHAIN_ID),
        evm_chain_id=int(network.text("evm_chain_id", _DECIMAL)),
        genesis_time=_time(network, now),
        organisations=organisations,
    )
    network.refuse_rest()
    _require_viable(plan, path)
    return plan


def _organisation(
    table: "_Table", index: int, by_name: bool, first_port: int
) -> PlannedOrganisation:
    name = table.text("name", _NAME)
    organisation = PlannedOrganisation(
        name=name,
        title=table.text("title", re.compile(r"[^\x00-\x1f]{1,200}")),
        country=table.text("country", re.compile(r"[A-Z]{2}")),
        roles=_roles(table),
        governing=table.take("governing", bool),
        power=table.number("power", 0, _MAX_POWER),
        host=table.text("host", _HOST, name if by_name else LOOPBACK),
        first_port=table.number("first_port", 1, _LAST_PORT - PORTS, first_port + index * PORTS),
    )
    table.refuse_rest()
    return organisation


def _roles(table: "_Table") -> Role:
    roles = Role(0)
    for name in table.take("roles", list):
        if name not in _ROLES:
            table.refuse(f"no role {name!r}: choose from {', '.join(_ROLES)}")
        roles |= _ROLES[name]
    return roles


def _time(table: "_Table", now: datetime) -> datetime:
    default = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    form = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
    text = table.text("genesis_time", form, default)
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise PlanError(table.path, f"genesis_time: {error}") from error


def _require_viable(plan: Plan, path: Path) -> None:
    names = [organisation.name for organisation in plan.organisations]
    if len(set(names)) != len(names):
        raise PlanError(path, "two organisations have the same name")
    if not any(organisation.governing for organisation in plan.organisations):
        raise PlanError(path, "no organisation governs: let at least one have governing = true")
    if not any(organisation.power for organisation in plan.organisations):
        raise PlanError(path, "nobody validates: give at least one organisation power")
    blocks = sorted((item.host, item.first_port) for item in plan.organisations)
    for (host, port), (other, next_port) in pairwise(blocks):
        if host == other and next_port - port < PORTS:
            raise PlanError(path, f"two organisations on {host} share ports: keep {PORTS} apart")


class _Table:
    """Takes settings out of a TOML table, so that what nobody took is an error."""

    def __init__(self, path: Path, where: str, table: object) -> None:
        self.path = path
        self._where = where
        if not isinstance(table, Mapping):
            self.refuse("it is not a table")
        self._left: dict[str, Any] = dict(table)

    def refuse(self, reason: str) -> NoReturn:
        raise PlanError(self.path, f"{self._where}: {reason}")

    def take(self, key: str, kind: type[Any], default: object = None) -> Any:
        value = self._left.pop(key, default)
        if value is None:
            self.refuse(f"{key} is missing")
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.refuse(f"{key} = {value!r} is not a {kind.__name__}")
        return value

    def text(self, key: str, form: re.Pattern[str], default: str | None = None) -> str:
        value = str(self.take(key, str, default))
        if form.fullmatch(value) is None:
            self.refuse(f"{key} = {value!r} does not have the form {form.pattern}")
        return value

    def number(self, key: str, least: int, most: int, default: int | None = None) -> int:
        value = int(self.take(key, int, default))
        if not least <= value <= most:
            self.refuse(f"{key} = {value} is not between {least} and {most}")
        return value

    def refuse_rest(self) -> None:
        if self._left:
            self.refuse(f"unknown settings: {', '.join(sorted(self._left))}")
