"""The folder of one organisation.

organisation.toml   settings (node.config)
genesis.json        the ledger's genesis file, where it has one
keys/               keystore and key files, 0600; clerk.json signs what the node does by itself,
                    beacon.pem makes the outputs of the random beacon
keys/identifiers/   identifier keys that the organisation was given, each in a file ….key
vault/              sealed documents and their manifests by content, 0600
read.db             read models; can be thrown away and rebuilt
state.db            outbox and idempotency keys; to be backed up

Where the organisation runs an engine of its own (node.network):

engine/             the home of CometBFT
ledger/             the state machine's store
logs/, run/         what its processes say, and which they are
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from node.config import FILE_NAME, OrganisationConfig, parse_config
from node.errors import ConfigError, FolderMissingError, FolderOccupiedError
from node.files import (
    check_private_folder,
    create_private,
    make_private_folder,
    read_private,
    replace_private,
)

GENESIS_NAME: Final = "genesis.json"


@dataclass(frozen=True, slots=True)
class OrganisationFolder:
    """Paths of one organisation; the folder exists with strict modes."""

    path: Path
    config: OrganisationConfig

    @property
    def keys(self) -> Path:
        """Where the keys lie."""
        return self.path / "keys"

    @property
    def vault(self) -> Path:
        """Where sealed documents lie."""
        return self.path / "vault"

    @property
    def genesis(self) -> Path:
        """Where the ledger's genesis file lies, if it has one."""
        return self.path / GENESIS_NAME

    @property
    def carrier_lock(self) -> Path:
        """What keeps a second process from carrying the same outbox."""
        return self.path / "carrier.lock"

    def read_genesis(self) -> bytes | None:
        """Return the genesis file, None where the ledger has none.

        Raises:
            LooseModeError: Others may write it.
            StorageError: It cannot be read.
        """
        try:
            return read_private(self.genesis)
        except FileNotFoundError:
            return None

    @property
    def read_url(self) -> str:
        """Database URL of the read models, with an absolute path."""
        return self._absolute(self.config.read_database)

    @property
    def state_url(self) -> str:
        """Database URL of outbox and idempotency keys, with an absolute path."""
        return self._absolute(self.config.state_database)

    def _absolute(self, url: str) -> str:
        prefix = "sqlite:///"
        if not url.startswith(prefix):
            return url
        return prefix + str(self.path.absolute() / url.removeprefix(prefix))


def create_folder(
    path: Path, config: OrganisationConfig, genesis: bytes | None = None
) -> OrganisationFolder:
    """Make the folder of a new organisation.

    Args:
        path: The new folder, or an empty one of mode 0700.
        config: Its settings.
        genesis: The ledger's genesis file, where it has one.

    Raises:
        FolderOccupiedError: An organisation lives there already.
        LooseModeError: The folder exists and others may enter it.
        StorageError: The disk refused.
    """
    if (path / FILE_NAME).exists():
        raise FolderOccupiedError(path / FILE_NAME)
    folder = OrganisationFolder(path, config)
    for place in (path, folder.keys, folder.vault):
        make_private_folder(place)
    if genesis is not None:
        replace_private(folder.genesis, genesis)
    # Last: a folder without its configuration is no organisation, and can be made again.
    create_private(path / FILE_NAME, config.to_toml().encode())
    return folder


def open_folder(path: Path) -> OrganisationFolder:
    """Return the organisation that lives in a folder.

    Raises:
        FolderMissingError: There is none.
        LooseModeError: Others may use the folder or its files.
        ConfigError: Its configuration is wrong.
    """
    try:
        text = read_private(path / FILE_NAME).decode()
    except FileNotFoundError as error:
        raise FolderMissingError(path) from error
    except UnicodeDecodeError as error:
        raise ConfigError(path / FILE_NAME, "the file is not UTF-8 text") from error
    folder = OrganisationFolder(path, parse_config(text, path / FILE_NAME))
    for place in (path, folder.keys):
        check_private_folder(place)
    make_private_folder(folder.vault)
    return folder
