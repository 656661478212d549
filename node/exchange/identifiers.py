"""The identifier keys that an organisation was given, by what Membership keeps of them."""

from pathlib import Path
from typing import Final

from contracts.origin.identifiers import KEY_SIZE, key_commitment
from node.database.values import hexadecimal
from node.errors import KeyFileError
from node.files import read_private

FOLDER_NAME: Final = "identifiers"
_PATTERN: Final = "*.key"


class IdentifierKeys:
    """Keys in `keys/identifiers/`, each 64 hexadecimal digits in a file `….key` of mode 0600."""

    def __init__(self, keys: Path) -> None:
        """Look into an organisation's folder of keys; read again whenever a key is missing."""
        self._folder = keys / FOLDER_NAME
        self._known: dict[str, bytes] = {}

    def find(self, commitment: str) -> bytes | None:
        """Return the key of a commitment, None where it is not here.

        Raises:
            KeyFileError: A file is no identifier key.
            LooseModeError: Others may read one.
        """
        if commitment not in self._known:
            self._load()
        return self._known.get(commitment)

    def _load(self) -> None:
        for path in sorted(self._folder.glob(_PATTERN)):
            text = read_private(path).strip()
            try:
                key = bytes.fromhex(text.decode("ascii"))
            except ValueError as error:
                raise KeyFileError(path, "not 64 hexadecimal digits") from error
            if len(key) != KEY_SIZE:
                raise KeyFileError(path, "not 64 hexadecimal digits")
            self._known[hexadecimal(key_commitment(key))] = key
