"""`node restore`: a backup back into a new folder, all of it or nothing."""

import secrets
import shutil
from datetime import datetime
from pathlib import Path

from chain.engine.cometbft.home import NEVER
from chain.errors import LedgerError
from node.config import FILE_NAME, parse_config
from node.errors import FolderOccupiedError, StorageError
from node.files import make_private_folder
from node.folder import OrganisationFolder
from node.network.archive import Manifest, check_archive, extract_archive
from node.network.backup import STATE_COPY
from node.network.database_copy import POSTGRESQL, copy_in
from node.network.errors import BackupDamagedError
from node.network.rejoin import mark_restored
from node.network.run import engine_home


def restore_backup(file: Path, path: Path, now: datetime) -> Manifest:
    """Put a backup back; return what was in it.

    (1) Every byte of the file is checked before anything is written.
    (2) The files go into a folder beside the new one, which gets its name last.
    (3) The engine's home is marked: it follows without a vote (`node.network.rejoin`).
    (4) A database in PostgreSQL is filled in one transaction; it must be empty.

    Args:
        file: The backup.
        path: The new folder, or an empty one.
        now: The time of the restoration; the instance before has stopped for good.

    Raises:
        BackupDamagedError: The file is no whole backup.
        FolderOccupiedError: There is something in the folder already.
        StorageError: The disk or the database refused; the folder is not there.
    """
    if path.exists() and any(path.iterdir()):
        raise FolderOccupiedError(path)
    manifest = check_archive(file)
    path.absolute().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.absolute().with_name(f".{path.name}.restoring-{secrets.token_hex(8)}")
    try:
        make_private_folder(aside)
        extract_archive(file, manifest, aside)
        _complete(file, aside, manifest, now)
        aside.rename(path)
    except (OSError, LedgerError) as error:
        raise StorageError(f"restoring {path}", str(error)) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return manifest


def _complete(file: Path, aside: Path, manifest: Manifest, now: datetime) -> None:
    try:
        text = (aside / FILE_NAME).read_text()
    except FileNotFoundError as error:
        raise BackupDamagedError(file, f"it holds no {FILE_NAME}") from error
    folder = OrganisationFolder(aside, parse_config(text, aside / FILE_NAME))
    for place in (folder.keys, folder.vault, aside / "engine", aside / "engine" / "data"):
        make_private_folder(place)
    mark_restored(engine_home(folder), now, _signed(manifest))
    copy = aside / STATE_COPY
    if manifest.database == POSTGRESQL:
        copy_in(folder.state_url, copy)
        copy.unlink()
    else:
        target = Path(folder.state_url.removeprefix("sqlite:///"))
        if target.exists():
            raise FolderOccupiedError(target)
        shutil.move(copy, target)


def _signed(manifest: Manifest) -> int:
    # The backup of a node that was itself restored, and did not sign yet, tells no height.
    return 0 if manifest.signed_height == NEVER else manifest.signed_height
