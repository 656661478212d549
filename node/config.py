"""The configuration of one organisation: a TOML file in its folder.

Example::

    format = "tradeseal-organisation/1"
    name = "customs-id"

    [ledger]
    url = "http://127.0.0.1:8545"     # or "embedded": the process hosts the ledger itself
    evm_chain_id = "7742"
    membership = "0x3a0dc9e5a4c8b29a3b1a8ffb8ca4f5e8bd7c6a11"

    [organisation]
    id = "0x…32 bytes"                # as Membership knows it
    country = "ID"

    [database]
    read = "sqlite:///read.db"        # relative to the folder
    state = "postgresql+psycopg://tradeseal@localhost/customs_id_state"

    [network]                         # where this organisation runs an engine of its own
    peer = "0.0.0.0:26656"            # listens for the other organisations' engines
    engine = "127.0.0.1:26657"        # the engine's RPC, for its own ledger only
    engine_metrics = "127.0.0.1:26660"
    ledger = "127.0.0.1:8545"         # Ethereum JSON-RPC
    ledger_metrics = "127.0.0.1:8546"
    door = "127.0.0.1:8640"           # the API
    door_metrics = "127.0.0.1:8641"
    peers = ["3ab1…40 digits@port.example:26656"]

    [exchange]                        # what customs or an issuing authority's node does by itself
    clerk = "clerk.json"              # its key in keys/, of purpose SIGN in Membership

    [vault]                           # where sealed documents lie; without it, in the folder
    kubo = "/ip4/127.0.0.1/tcp/5001"

    [webhooks]                        # receivers that need neither https nor a public address
    hosts = ["127.0.0.1:9000"]

    [peers]                           # doors of others, by their name or identifier
    customs-vn = "https://door.customs.example"
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.membership.keys import organisation_id
from node.errors import ConfigError

FORMAT: Final = "tradeseal-organisation/1"
FILE_NAME: Final = "organisation.toml"
EMBEDDED: Final = "embedded"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
_BYTES32 = re.compile(r"0x[0-9a-f]{64}")
_DECIMAL = re.compile(r"[1-9][0-9]{0,77}")
_URL = re.compile(r"embedded|https?://[\x21-\x7e]+")
_DATABASE = re.compile(r"(sqlite:///|postgresql\+psycopg://)[\x21-\x7e]+")
_KEY_FILE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\.json")
_MULTIADDRESS = re.compile(r"/(?:ip4|ip6|dns|dns4|dns6)/[A-Za-z0-9.:-]{1,253}/tcp/[1-9][0-9]{0,4}")
_PEER_URL = re.compile(r"https?://[\x21-\x7e]{1,1000}")
_LISTEN = re.compile(r"[A-Za-z0-9.-]{1,253}:[1-9][0-9]{0,4}")
PEER: Final = re.compile(r"[0-9a-f]{40}@[A-Za-z0-9.-]{1,253}:[1-9][0-9]{0,4}")
"""How a peer is named: the identifier of its engine, and where it is reached."""

PROCESS_ADDRESSES: Final = (
    "peer",
    "engine",
    "engine_metrics",
    "ledger",
    "ledger_metrics",
    "door",
    "door_metrics",
)


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Where the processes of an organisation listen, as host:port, and whom its engine dials.

    Attributes:
        peer: The engine, for other engines.
        engine: The engine's RPC, for the organisation's own ledger.
        engine_metrics: The engine's Prometheus end point.
        ledger: The ledger's Ethereum JSON-RPC.
        ledger_metrics: The ledger's Prometheus end point.
        door: The API.
        door_metrics: The API's Prometheus end point.
        peers: Other organisations' engines, each as id@host:port.
    """

    peer: str
    engine: str
    engine_metrics: str
    ledger: str
    ledger_metrics: str
    door: str
    door_metrics: str
    peers: tuple[str, ...] = ()

    @property
    def addresses(self) -> dict[str, str]:
        """All addresses that something listens at, by name."""
        return {name: getattr(self, name) for name in PROCESS_ADDRESSES}

    def to_toml(self) -> str:
        """Return the section's text."""
        lines = [f'{name} = "{address}"\n' for name, address in self.addresses.items()]
        names = ", ".join(f'"{peer}"' for peer in self.peers)
        return "\n[network]\n" + "".join(lines) + f"peers = [{names}]\n"


@dataclass(frozen=True, slots=True)
class OrganisationConfig:
    """One organisation's settings.

    Attributes:
        name: Short name of the folder's organisation, for people and logs.
        organisation: Its identifier in Membership, 0x and 64 hex digits.
        country: ISO 3166-1 alpha-2 code of the country it acts for.
        ledger_url: JSON-RPC endpoint, or "embedded".
        evm_chain_id: Chain id that every transaction and record binds to.
        membership: Address of the Membership contract.
        read_database: URL of the rebuildable database.
        state_database: URL of the database that is backed up.
        network: How its own engine runs; None where it uses somebody's ledger.
        clerk: Name in keys/ of the key by which the node sends and receives certificates by
            itself; None: it does where keys/clerk.json exists.
        kubo: Multiaddress of the API of its own Kubo node; None: documents lie in the folder.
        doors: Other organisations' APIs: identifier, 0x and 64 digits, and URL.
        webhook_hosts: host:port of webhooks' receivers without https or a public address.
    """

    name: str
    organisation: str
    country: str
    ledger_url: str
    evm_chain_id: int
    membership: str
    read_database: str = "sqlite:///read.db"
    state_database: str = "sqlite:///state.db"
    network: NetworkSettings | None = None
    clerk: str | None = None
    kubo: str | None = None
    doors: tuple[tuple[str, str], ...] = ()
    webhook_hosts: tuple[str, ...] = ()

    def to_toml(self) -> str:
        """Return the file's text."""
        return (
            f'format = "{FORMAT}"\n'
            f'name = "{self.name}"\n\n'
            "[ledger]\n"
            f'url = "{self.ledger_url}"\n'
            f'evm_chain_id = "{self.evm_chain_id}"\n'
            f'membership = "{self.membership}"\n\n'
            "[organisation]\n"
            f'id = "{self.organisation}"\n'
            f'country = "{self.country}"\n\n'
            "[database]\n"
            f'read = "{self.read_database}"\n'
            f'state = "{self.state_database}"\n'
        ) + "".join(
            (
                self.network.to_toml() if self.network else "",
                f'\n[exchange]\nclerk = "{self.clerk}"\n' if self.clerk else "",
                f'\n[vault]\nkubo = "{self.kubo}"\n' if self.kubo else "",
                self._webhooks(),
                "\n[peers]\n" if self.doors else "",
                *(f'"{name}" = "{url}"\n' for name, url in self.doors),
            )
        )

    def _webhooks(self) -> str:
        hosts = ", ".join(f'"{host}"' for host in self.webhook_hosts)
        return f"\n[webhooks]\nhosts = [{hosts}]\n" if hosts else ""


def parse_config(text: str, path: Path) -> OrganisationConfig:
    """Return the settings a configuration text holds.

    Args:
        text: TOML as the module's example shows it; unknown settings are refused.
        path: Where the text comes from, for messages.

    Raises:
        ConfigError: The text is not such a configuration.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(path, str(error)) from error
    reader = _Reader(path, table)
    if (found := reader.text("", "format", re.compile(r".*"))) != FORMAT:
        raise ConfigError(path, f"format is {found!r}, this program reads {FORMAT!r}")
    config = OrganisationConfig(
        name=reader.text("", "name", _NAME),
        organisation=reader.text("organisation", "id", _BYTES32),
        country=reader.text("organisation", "country", _COUNTRY),
        ledger_url=reader.text("ledger", "url", _URL),
        evm_chain_id=int(reader.text("ledger", "evm_chain_id", _DECIMAL)),
        membership=reader.text("ledger", "membership", _ADDRESS),
        read_database=reader.text("database", "read", _DATABASE),
        state_database=reader.text("database", "state", _DATABASE),
        network=_network(reader) if reader.has_section("network") else None,
        clerk=reader.text("exchange", "clerk", _KEY_FILE)
        if reader.has_section("exchange")
        else None,
        kubo=reader.text("vault", "kubo", _MULTIADDRESS) if reader.has_section("vault") else None,
        doors=tuple(reader.doors("peers")),
        webhook_hosts=reader.texts("webhooks", "hosts", _LISTEN)
        if reader.has_section("webhooks")
        else (),
    )
    reader.refuse_rest()
    if config.read_database == config.state_database:
        raise ConfigError(path, "database.read and database.state are the same database")
    return config


def _network(reader: "_Reader") -> NetworkSettings:
    addresses = {name: reader.text("network", name, _LISTEN) for name in PROCESS_ADDRESSES}
    return NetworkSettings(**addresses, peers=reader.texts("network", "peers", PEER))


class _Reader:
    """Takes settings out of a TOML table, so that what nobody took is an error."""

    def __init__(self, path: Path, table: dict[str, object]) -> None:
        self._path = path
        self._left: dict[str, object] = {}
        for key, value in table.items():
            if isinstance(value, dict):
                self._left |= {f"{key}.{name}": inner for name, inner in value.items()}
            else:
                self._left[key] = value

    def has_section(self, section: str) -> bool:
        return any(name.startswith(f"{section}.") for name in self._left)

    def text(self, section: str, key: str, form: re.Pattern[str]) -> str:
        name = f"{section}.{key}" if section else key
        return self._matching(name, self._take(name), form)

    def texts(self, section: str, key: str, form: re.Pattern[str]) -> tuple[str, ...]:
        name = f"{section}.{key}"
        values = self._take(name)
        if not isinstance(values, list):
            raise ConfigError(self._path, f"{name} = {values!r} is not a list of texts")
        return tuple(self._matching(name, value, form) for value in values)

    def doors(self, section: str) -> Iterator[tuple[str, str]]:
        """Yield the identifier and URL of each organisation that a section names."""
        names = [name for name in self._left if name.startswith(f"{section}.")]
        for name in names:
            organisation = name.removeprefix(f"{section}.")
            url = self._matching(name, self._take(name), _PEER_URL).rstrip("/")
            if _BYTES32.fullmatch(organisation) is None:
                plain = self._matching(name, organisation, _NAME)
                organisation = "0x" + organisation_id(plain).hex()
            yield organisation, url

    def _take(self, name: str) -> object:
        value = self._left.pop(name, None)
        if value is None:
            raise ConfigError(self._path, f"the setting {name} is missing")
        return value

    def _matching(self, name: str, value: object, form: re.Pattern[str]) -> str:
        if not isinstance(value, str) or form.fullmatch(value) is None:
            raise ConfigError(
                self._path, f"{name} = {value!r} does not have the form {form.pattern}"
            )
        return value

    def refuse_rest(self) -> None:
        if self._left:
            names = ", ".join(sorted(self._left))
            raise ConfigError(self._path, f"unknown settings: {names}")
