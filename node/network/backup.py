"""`node backup`: one organisation's folder into one file.

    in it                                   why not
    organisation.toml, genesis.json
    keys/, vault/ (both encrypted)           engine/config/: written anew from keys and settings
    state.db, or a dump of PostgreSQL       read.db: rebuilt from the ledger
    ledger/, engine/data/                   logs/, run/, sockets, locks

Passwords are not in it. Ledger and engine data are copied while both stand still; without them the
restored node fetches every block from the others again.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from chain.errors import LedgerError
from chain.genesis import parse_genesis
from node.config import FILE_NAME
from node.errors import FolderOccupiedError, GenesisForeignError, StorageError
from node.files import hold_lock
from node.folder import GENESIS_NAME, OrganisationFolder, open_folder
from node.network.archive import ArchiveWriter, Manifest, archive_writer
from node.network.control import paused
from node.network.database_copy import copy_out, kind_of_database
from node.network.errors import BackupError, NotNetworkedError, NotRunningError
from node.network.run import ENGINE, LEDGER, LOCK_NAME, engine_home

STATE_COPY: Final = "state.copy"
"""Name of the database's copy in a backup."""

_CHAIN_FOLDERS: Final = ("ledger", "engine/data")
_HOLDS_NOTHING: Final = frozenset({"LOCK"})
"""Lock files of RocksDB and goleveldb."""


def write_backup(path: Path, file: Path, now: datetime, *, with_chain: bool = True) -> Manifest:
    """Write the backup of an organisation; return what is in it.

    Args:
        path: The organisation's folder.
        file: The backup, which must not exist.
        now: The time, for the manifest.
        with_chain: Whether to copy ledger and engine data.

    Raises:
        NodeError: Something in the folder is wrong, or the disk refused; there is no file.
        BackupError: Engine and ledger run, but not under a supervisor that could pause them.
    """
    folder = open_folder(path)
    if file.exists():
        raise FolderOccupiedError(file)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=path) as scratch, ExitStack() as held:
        copy = Path(scratch) / STATE_COPY
        copy_out(folder.state_url, copy)
        writer = held.enter_context(archive_writer(file))
        for source in _plain_files(folder):
            writer.add(source, str(source.relative_to(path)))
        writer.add(copy, STATE_COPY)
        # Engine and ledger stand still only for their own files, which come last.
        with _standing_still(path) if with_chain else ExitStack():
            signed = _add_chain(folder, writer) if with_chain else _signed_height(folder)
        manifest = Manifest(
            organisation=folder.config.name,
            chain_id=_chain_id(folder),
            created=now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            with_chain=with_chain,
            signed_height=signed,
            database=kind_of_database(folder.state_url),
            files=tuple(writer.entries),
        )
        writer.finish(manifest)
    return manifest


def _plain_files(folder: OrganisationFolder) -> Iterator[Path]:
    yield folder.path / FILE_NAME
    yield folder.path / GENESIS_NAME
    for place in (folder.keys, folder.vault):
        for path in sorted(place.rglob("*")):
            # Half-written files of a crash begin with a dot: they hold nothing promised.
            if path.is_file() and not path.name.startswith("."):
                yield path


def _add_chain(folder: OrganisationFolder, writer: ArchiveWriter) -> int:
    for place in _CHAIN_FOLDERS:
        for path in sorted((folder.path / place).rglob("*")):
            if path.is_file() and path.name not in _HOLDS_NOTHING:
                writer.add(path, str(path.relative_to(folder.path)))
    return _signed_height(folder)


def _signed_height(folder: OrganisationFolder) -> int:
    home = engine_home(folder)
    try:
        return home.read_sign_state().height if home.sign_state_path.exists() else 0
    except LedgerError as error:
        raise BackupError(str(error)) from error


def _chain_id(folder: OrganisationFolder) -> str:
    content = folder.read_genesis()
    if content is None:
        raise NotNetworkedError(folder.path)
    try:
        return parse_genesis(content).chain_id
    except LedgerError as error:
        raise GenesisForeignError(folder.genesis, str(error)) from error


@contextmanager
def _standing_still(path: Path) -> Iterator[None]:
    """Hold engine and ledger, by pausing them or by keeping them from starting."""
    with hold_lock(path / LOCK_NAME) as held:
        if held:
            yield
            return
        try:
            with paused(path, [ENGINE, LEDGER]):
                yield
        except NotRunningError as error:
            reason = (
                f"{path} is in use, but no supervisor answers that could pause its engine: stop "
                "what runs there, or back up with --without-chain"
            )
            raise BackupError(reason) from error
        except OSError as error:
            raise StorageError(f"copying {path}", error.strerror or str(error)) from error
