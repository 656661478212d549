"""Documents: sealed here for their readers, and checked against their digest when they come.

The door gets ciphertext and wrapped keys. It opens a document for those of its own organisation
who may read it, and logs that it did.
"""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from clients.sdk.answers import Answer
from clients.sdk.connection import Connection
from clients.sdk.errors import AnswerError, InputError
from clients.sdk.membership import Membership, pages
from contracts.documents.cid import Cid, parse_cid
from contracts.documents.hpke import is_material
from contracts.documents.sealed import (
    SD_JWT_TYPE,
    SealedDocument,
    document_commitment,
    seal_document,
)
from contracts.errors import CidError
from contracts.membership.keys import material_key_id

_CONTENT_TYPE: Final = "application/octet-stream"
_JSON_TYPE: Final = "application/json"


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document that a door keeps.

    Attributes:
        digest: What it is committed to by, 32 bytes.
        manifest: CID of the manifest; `manifest.digest` is what a transmission names.
        content: CID of the ciphertext.
    """

    digest: bytes
    manifest: Cid
    content: Cid

    @classmethod
    def read(cls, answer: Answer) -> "StoredDocument":
        """Read what a door says of a kept document."""
        return cls(answer.bytes32("digest"), _cid(answer, "manifest"), _cid(answer, "content"))


class Documents:
    """Documents over one connection."""

    def __init__(self, connection: Connection) -> None:
        """Use a connection."""
        self._connection = connection
        self._membership = Membership(connection)

    def put(self, document: str, readers: Collection[bytes] = ()) -> bytes:
        """Seal and send an SD-JWT that a submitted record commits to; return its digest.

        Args:
            document: JWS~disclosure~…~
            readers: Organisations that read it beside the door's own.

        Raises:
            InputError: One of the readers has no encryption key in force.
            ServerRefusedError: The door refused it.
            AnswerError: The door kept something else.
        """
        return self.put_file(document.encode(), SD_JWT_TYPE, readers).digest

    def put_file(
        self,
        content: bytes,
        media_type: str,
        readers: Collection[bytes] = (),
        name: str | None = None,
    ) -> StoredDocument:
        """Seal and send any document that something commits to.

        Args:
            content: At most 50 MiB.
            media_type: Lower case, without parameters.
            readers: Organisations that read it beside the door's own.
            name: File name, readable for whoever holds the manifest.

        Raises:
            InputError: One of the readers has no encryption key in force.
            ManifestError: It is too large, or type or name are none.
            ServerRefusedError: The door refused it.
            AnswerError: The door kept something else.
        """
        own = self._connection.get("/v1/vault").bytes32("organisation")
        materials = [
            material
            for organisation in sorted({own, *readers})
            for material in self.encryption_keys(organisation)
        ]
        return self._send(seal_document(content, media_type, materials, name))

    def encryption_keys(self, organisation: bytes) -> list[bytes]:
        """Return an organisation's encryption keys in force, each checked against its key id.

        Raises:
            InputError: It has none.
            AnswerError: A key is not the one that its identifier names.
        """
        now = datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        keys = [
            _checked(key)
            for key in self._membership.keys(organisation)
            if "encrypt" in key.texts("purposes") and _is_in_force(key, now)
        ]
        # The ledger keeps any bytes as a key; one that is none must not stop the others.
        found = [key for key in keys if is_material(key)]
        if not found:
            problem = "has no encryption key in force; let its admin key add one"
            raise InputError(f"organisation 0x{organisation.hex()}", problem)
        return found

    def customs_of(self, country: str) -> list[bytes]:
        """Return a country's active customs organisations that documents can be sealed for."""
        return [
            organisation.bytes32("id")
            for organisation in self._membership.organisations()
            if "customs" in organisation.texts("roles")
            and organisation.text("country") == country
            and organisation.truth("active")
            and self._has_key(organisation.bytes32("id"))
        ]

    def get(self, digest: bytes, purpose: str = "read") -> str:
        """Return the SD-JWT of a digest.

        Args:
            digest: What the ledger commits to.
            purpose: Why; the door logs it.

        Raises:
            ServerRefusedError: It is not held there, or not shown to this caller.
            AnswerError: The door gives another document.
        """
        content = self._content(digest, purpose)
        try:
            document = content.decode("ascii")
        except UnicodeDecodeError as error:
            raise AnswerError("document", "is no SD-JWT") from error
        if document_commitment(content, SD_JWT_TYPE) != digest:
            raise AnswerError("document", "is another one than asked for")
        return document

    def get_file(self, digest: bytes, purpose: str = "read") -> bytes:
        """Return any document of a digest, an SD-JWT too.

        Raises:
            ServerRefusedError: It is not held there, or not shown to this caller.
            AnswerError: The door gives another document.
        """
        content = self._content(digest, purpose)
        kinds = ("application/octet-stream", SD_JWT_TYPE)
        if digest not in {document_commitment(content, kind) for kind in kinds}:
            raise AnswerError("document", "is another one than asked for")
        return content

    def manifests(self, digest: bytes) -> list[Answer]:
        """Return a document's manifests, the fullest first."""
        path = f"/v1/documents/0x{digest.hex()}/manifests"
        return self._connection.get(path).objects("items")

    def share(
        self, digest: bytes, readers: Collection[bytes], purpose: str = "share"
    ) -> StoredDocument:
        """Let other organisations read a document that the door holds.

        Raises:
            ServerRefusedError: It is not held there, or a reader has no encryption key.
        """
        body = _json_list("organisations", readers)
        path = f"/v1/documents/0x{digest.hex()}/readers"
        answer = self._connection.post(path, body, _JSON_TYPE, parameters={"purpose": purpose})
        return StoredDocument.read(answer)

    def fetch(self, manifest: Cid, sender: bytes) -> StoredDocument:
        """Let the door fetch what another organisation sealed for its own.

        Raises:
            ServerRefusedError: Nothing commits to it, or it is not sealed for this door.
            ServerFailedError: Neither IPFS nor the sender's node gives it.
        """
        body = f'{{"manifest":"{manifest}","sender":"0x{sender.hex()}"}}'.encode()
        return StoredDocument.read(self._connection.post("/v1/vault/fetches", body, _JSON_TYPE))

    def erase(self, digest: bytes, purpose: str = "erasure") -> None:
        """Erase a document from the door's vault for good.

        Raises:
            ServerRefusedError: The caller may not.
        """
        self._connection.delete(f"/v1/documents/0x{digest.hex()}", purpose=purpose)

    def accesses(self, digest: bytes | None = None) -> Iterator[Answer]:
        """Yield who did what with documents, the newest first."""
        chosen = {} if digest is None else {"document": f"0x{digest.hex()}"}
        yield from pages(self._connection, "/v1/documents/accesses", **chosen)

    def _send(self, sealed: SealedDocument) -> StoredDocument:
        manifest = sealed.manifest
        kept = self._connection.post("/v1/vault/contents", sealed.ciphertext, _CONTENT_TYPE)
        if _cid(kept, "content") != manifest.content:
            raise AnswerError("content", "is another one's")
        answer = self._connection.post("/v1/vault/manifests", manifest.to_bytes(), _JSON_TYPE)
        stored = StoredDocument.read(answer)
        if (stored.digest, stored.manifest) != (manifest.document, manifest.cid):
            raise AnswerError("digest", "is another document's")
        return stored

    def _content(self, digest: bytes, purpose: str) -> bytes:
        return self._connection.get_bytes(f"/v1/documents/0x{digest.hex()}", purpose=purpose)

    def _has_key(self, organisation: bytes) -> bool:
        try:
            return bool(self.encryption_keys(organisation))
        except InputError:
            return False


def _is_in_force(key: Answer, now: str) -> bool:
    until = key.text_or_none("valid_until")
    return key.text_or_none("revoked_at") is None and (until is None or now < until)


def _checked(key: Answer) -> bytes:
    try:
        material = bytes.fromhex(key.text("material").removeprefix("0x"))
    except ValueError as error:
        raise AnswerError("material", "is not hexadecimal") from error
    if material_key_id(material) != key.bytes32("id"):
        raise AnswerError("material", "is not the key that the identifier names")
    return material


def _cid(answer: Answer, name: str) -> Cid:
    try:
        return parse_cid(answer.text(name))
    except CidError as error:
        raise AnswerError(name, "is no CID") from error


def _json_list(name: str, items: Collection[bytes]) -> bytes:
    texts = ",".join(f'"0x{item.hex()}"' for item in items)
    return f'{{"{name}":[{texts}]}}'.encode()
