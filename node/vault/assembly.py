"""The parts that documents need, put together for one organisation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from node.database.database import Database
from node.folder import OrganisationFolder
from node.keys.encryption import EncryptionKeys
from node.vault.commitments import Commitments
from node.vault.content import ContentStore
from node.vault.courier import VaultCourier
from node.vault.directory import Directory
from node.vault.fetching import Fetcher
from node.vault.folder_store import FolderStore
from node.vault.kubo_store import KuboStore
from node.vault.peers import Peers
from node.vault.register import Register
from node.vault.vault import Vault

CONTENTS: Final = "contents"


@dataclass(frozen=True, slots=True)
class DocumentParts:
    """How documents come and go.

    Attributes:
        vault: What is held.
        directory: Whose key is whose.
        peers: Other members' doors.
        fetcher: Gets what others sealed for this organisation.
        courier: What the exchange sends and fetches through.
    """

    vault: Vault
    directory: Directory
    peers: Peers
    fetcher: Fetcher
    courier: VaultCourier


def open_documents(
    folder: OrganisationFolder,
    read: Database,
    state: Database,
    keys: EncryptionKeys,
    *,
    secret: bytes,
    clock: Callable[[], datetime],
) -> DocumentParts:
    """Open the vault of an organisation and what belongs to it.

    Args:
        folder: The organisation's folder.
        read: Its read models.
        state: Its state database.
        keys: Its encryption keys.
        secret: The key of its account, which signs requests to other members' doors.
        clock: Gives the time.

    Raises:
        LooseModeError: Others may enter the vault's folder.
        StorageError: It cannot be made.
    """
    config = folder.config
    directory = Directory(read, clock)
    vault = Vault(
        folder.vault,
        _store(folder),
        state,
        keys=keys,
        directory=directory,
        clock=clock,
        is_committed=Commitments(read, state, Register(state, clock)),
    )
    peers = Peers(config.doors, secret, clock)
    fetcher = Fetcher(vault, peers)
    courier = VaultCourier(vault, fetcher, directory, config.name)
    return DocumentParts(vault, directory, peers, fetcher, courier)


def _store(folder: OrganisationFolder) -> ContentStore:
    if folder.config.kubo is not None:
        return KuboStore(folder.config.kubo)
    return FolderStore(folder.vault / CONTENTS)
