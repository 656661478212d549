"""What all roles share: keep a document at customs' door, sign the record that commits to it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from clients.sdk.answers import Answer, RecordStatus
from clients.sdk.connection import Connection
from clients.sdk.errors import AnswerError, InputError
from clients.sdk.keystore import SigningKey
from clients.sdk.records import Records
from contracts.clearance.papers import new_salt, paper_content
from contracts.records.record import Record

LIFETIME_SECONDS: Final = 86_400
"""For how long the ledger accepts a record from here."""
PATH: Final = "/v1/clearance"
JSON_TYPE: Final = "application/json"
_ID_DIGITS: Final = 66


@dataclass(frozen=True, slots=True)
class Stated:
    """A record that a door promised to carry.

    Attributes:
        digest: The record's digest: follow it with `Records.follow`.
        content: What it commits to: the digest of the document that is kept, zeros for none.
        status: How far it was when it was handed over.
    """

    digest: bytes
    content: bytes
    status: RecordStatus


@dataclass(frozen=True, slots=True)
class Kept:
    """A document that customs' door keeps.

    Attributes:
        declaration: The declaration's identifier on the ledger, 32 bytes.
        content: Digest of the document with its salt: what a record commits to.
    """

    declaration: bytes
    content: bytes


class Desk:
    """Documents at customs' door, and records at the signer's own."""

    def __init__(
        self, connection: Connection, records: Records, clock: Callable[[], float]
    ) -> None:
        """Use a connection to customs' door, and the records of the signer's own."""
        self._connection = connection
        self._records = records
        self._clock = clock

    def now(self) -> int:
        """Return the time in seconds since 1970."""
        return int(self._clock())

    def standing(self, name: str) -> Answer:
        """Tell how a declaration stands."""
        return self._connection.get(f"{PATH}/declarations/{name}")

    def object_of(self, name: str) -> bytes:
        """Return a declaration's identifier on the ledger, 32 bytes; asks where it is a number."""
        if name.startswith("0x") and len(name) == _ID_DIGITS:
            try:
                return bytes.fromhex(name[2:])
            except ValueError as error:
                raise InputError(name, "is no identifier; give 0x and 64 digits") from error
        return self.standing(name).bytes32("object")

    def keep(self, name: str, kind: str, document: Mapping[str, Any]) -> Kept:
        """Keep a document at customs' door; return what a record commits to.

        Args:
            name: The declaration's number or identifier.
            kind: What it is, such as "inspection".
            document: JSON, numbers whole, at most 64 KiB.

        Raises:
            RecordFormatError: It has no canonical form.
            ServerRefusedError: The door does not keep it.
            AnswerError: The door kept something else, or for another declaration.
        """
        salt = new_salt()
        content = paper_content(document, salt)
        body = {"kind": kind, "document": dict(document), "salt": salt}
        kept = self.post(f"{PATH}/declarations/{name}/papers", body)
        if kept.bytes32("digest") != content:
            raise AnswerError("digest", "is another document's")
        declaration = kept.bytes32("object")
        if name.startswith("0x") and declaration != self.object_of(name):
            raise AnswerError("object", "is another declaration's")
        return Kept(declaration, content)

    def hand_over(self, record: Record, key: SigningKey, content: bytes = bytes(32)) -> Stated:
        """Sign a record here and hand it to the signer's own door.

        Raises:
            ServerRefusedError: The door refused it.
        """
        signed = self._records.sign(record, key, self._records.ledger())
        return Stated(signed.digest, content, self._records.submit(signed))

    def post(self, path: str, value: Mapping[str, object]) -> Answer:
        """Send a JSON object and return the one that comes back."""
        return self._connection.post(path, json.dumps(value).encode(), JSON_TYPE)


def ascii_code(text: str, size: int = 32) -> bytes:
    """Return a code as records have it: ASCII, filled with zeros.

    Raises:
        InputError: It has another form.
    """
    if not (text.isascii() and text.isprintable() and 0 < len(text) <= size):
        raise InputError(f"code {text[:80]!r}", f"give 1 to {size} printable ASCII characters")
    return text.encode("ascii").ljust(size, b"\0")
