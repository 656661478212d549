"""The keys that open documents sealed for the organisation.

encryption.pem     the key in use: ML-KEM-768 and X25519, encrypted PKCS #8
encryption-*.pem   keys that were rotated out: they still open what was sealed for them

Membership holds the public part; its key id is the SHA-256 of it.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from contracts.documents.hpke import EncryptionKey
from contracts.documents.manifest import Manifest
from contracts.errors import KeyDocumentError
from node.errors import KeyFileError
from node.files import create_private, read_private
from node.vault.errors import EncryptionKeyMissingError

ENCRYPTION_KEY_NAME: Final = "encryption.pem"
_RETIRED: Final = "encryption-*.pem"


class EncryptionKeys:
    """An organisation's encryption keys, opened."""

    def __init__(self, folder: Path, current: EncryptionKey | None, retired: Iterable[EncryptionKey]
                 ) -> None:  # fmt: skip
        """Hold keys; `current` is None where the organisation has none yet."""
        self._folder = folder
        self._current = current
        keys = [*retired, *([current] if current else ())]
        self._all: Mapping[bytes, EncryptionKey] = {key.key_id: key for key in keys}

    @property
    def current(self) -> EncryptionKey:
        """The key that others seal for.

        Raises:
            EncryptionKeyMissingError: There is none.
        """
        if self._current is None:
            raise EncryptionKeyMissingError(self._folder)
        return self._current

    def opening(self, manifest: Manifest) -> EncryptionKey:
        """Return the key among a manifest's readers; the current one where none is.

        Raises:
            EncryptionKeyMissingError: There is no key at all.
        """
        for wrap in manifest.wraps:
            if (key := self._all.get(wrap.recipient)) is not None:
                return key
        return self.current


def create_encryption_key(folder: Path, password: bytes) -> EncryptionKey:
    """Make a new random key and keep it in the organisation's key folder.

    Raises:
        FolderOccupiedError: The file exists; it is not touched.
        StorageError: The disk refused; no key exists.
    """
    key = EncryptionKey.new()
    create_private(folder / ENCRYPTION_KEY_NAME, key.to_pem(password))
    return key


def load_encryption_keys(folder: Path, password: bytes) -> EncryptionKeys:
    """Open the keys in the organisation's key folder; there may be none.

    Raises:
        KeyFileError: A file holds another kind of key, or the password does not open it.
        LooseModeError: Others may read one.
    """
    path = folder / ENCRYPTION_KEY_NAME
    current = _load(path, password) if path.exists() else None
    retired = [_load(other, password) for other in sorted(folder.glob(_RETIRED))]
    return EncryptionKeys(folder, current, retired)


def _load(path: Path, password: bytes) -> EncryptionKey:
    try:
        return EncryptionKey.from_pem(read_private(path), password)
    except KeyDocumentError as error:
        raise KeyFileError(path, f"{error.problem}; {error.remedy}") from error
