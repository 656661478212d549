"""Content by CID in a local folder: one file each, whole or not there."""

from pathlib import Path

from contracts.documents.cid import Cid, file_cid
from node.errors import StorageError
from node.files import make_private_folder, read_private_limited, sync_folder
from node.vault.content import Intake
from node.vault.errors import ContentForeignError, ContentTooLargeError, ContentUnknownError


class FolderStore:
    """Content in one private folder."""

    def __init__(self, folder: Path) -> None:
        """Keep content in a folder, which is made where it is missing.

        Raises:
            LooseModeError: Others may enter it.
            StorageError: It cannot be made.
        """
        make_private_folder(folder)
        self._folder = folder

    @property
    def where(self) -> str:
        """What the content lies in."""
        return str(self._folder)

    def adopt(self, intake: Intake) -> Cid:
        """Give the intake's file its name; of two at the same time either one stands."""
        cid = intake.finish()
        try:
            intake.path.replace(self._folder / str(cid))
        except OSError as error:
            raise StorageError(self.where, error.strerror or str(error)) from error
        sync_folder(self._folder)
        return cid

    def read(self, cid: Cid, limit: int) -> bytes:
        """Return a content, verified."""
        path = self._folder / str(cid)
        try:
            content = read_private_limited(path, limit + 1)
        except FileNotFoundError as error:
            raise ContentUnknownError(str(cid)) from error
        if len(content) > limit:
            raise ContentTooLargeError(limit)
        if file_cid(content) != cid:
            raise ContentForeignError(str(path), str(cid))
        return content

    def has(self, cid: Cid) -> bool:
        """Return whether a content is stored here."""
        return (self._folder / str(cid)).is_file()

    def fetch(self, cid: Cid, intake: Intake) -> bool:  # noqa: ARG002  the folder has no network
        """Return False: nothing stands behind the folder."""
        return False

    def erase(self, cid: Cid) -> None:
        """Remove a content's file."""
        try:
            (self._folder / str(cid)).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(self.where, error.strerror or str(error)) from error
        sync_folder(self._folder)
