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
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

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
    """

    name: str
    organisation: str
    country: str
    ledger_url: str
    evm_chain_id: int
    membership: str
    read_database: str = "sqlite:///read.db"
    state_database: str = "sqlite:///state.db"

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
        )


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
    )
    reader.refuse_rest()
    if config.read_database == config.state_database:
        raise ConfigError(path, "database.read and database.state are the same database")
    return config


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

    def text(self, section: str, key: str, form: re.Pattern[str]) -> str:
        name = f"{section}.{key}" if section else key
        value = self._left.pop(name, None)
        if value is None:
            raise ConfigError(self._path, f"the setting {name} is missing")
        if not isinstance(value, str) or form.fullmatch(value) is None:
            raise ConfigError(
                self._path, f"{name} = {value!r} does not have the form {form.pattern}"
            )
        return value

    def refuse_rest(self) -> None:
        if self._left:
            names = ", ".join(sorted(self._left))
            raise ConfigError(self._path, f"unknown settings: {names}")
