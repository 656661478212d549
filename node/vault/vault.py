"""The vault of one organisation: sealed documents in, opened documents out, every access logged.

Only ciphertext and manifests are kept; a document is opened in memory for whoever may read it.
A document is held from the moment its manifest is in the register:

    (1) the content is noted as pending, then stored        a crash leaves it to `resume`
    (2) its manifest is stored
    (3) the register holds the manifest                     from here on it is found

Erasing goes the other way: the register notes the erasure for good, then manifests and contents go;
`resume` finishes what a crash interrupted.
"""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from contracts.documents.cid import Cid, parse_cid
from contracts.documents.manifest import MANIFEST_LIMIT, Manifest
from contracts.documents.sealed import (
    CIPHERTEXT_LIMIT,
    document_commitment,
    open_document,
    seal_document,
    share_document,
)
from node.database.database import Database
from node.errors import DocumentUncommittedError, DocumentUnknownError
from node.files import make_private_folder
from node.keys.encryption import EncryptionKeys
from node.vault.access import Access, AccessLog, Act
from node.vault.content import ContentStore, Intake, sweep
from node.vault.directory import Directory
from node.vault.errors import ContentUnknownError, DocumentErasedError
from node.vault.examined import Examined, examine
from node.vault.register import Held, Register

INCOMING: Final = "incoming"
_OPENED_AT_ONCE: Final = 4
"""Documents that are decrypted at the same time: each takes up to 150 MB of memory."""

_ABANDONED_SECONDS: Final = 24 * 3_600
"""A content that no manifest has named for so long is removed."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A document that is held.

    Attributes:
        document: What it is committed to by, 0x and 64 digits.
        manifest: The manifest that was kept, or the better one that was there.
    """

    document: str
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Opened:
    """A document, verified as a whole.

    Attributes:
        content: Its bytes.
        manifest: What it was opened with.
    """

    content: bytes
    manifest: Manifest


class Vault:
    """Sealed documents of one organisation; safe for many threads and processes."""

    def __init__(
        self,
        folder: Path,
        store: ContentStore,
        state: Database,
        *,
        keys: EncryptionKeys,
        directory: Directory,
        clock: Callable[[], datetime],
        is_committed: Callable[[str], bool] | None = None,
    ) -> None:
        """Open the vault in a private folder.

        Args:
            folder: For bytes on their way in; made where it is missing.
            store: Keeps contents and manifests.
            state: Keeps register and log.
            keys: The organisation's encryption keys.
            directory: Knows everybody's keys.
            clock: Gives the time.
            is_committed: Whether something commits to a document; everything is, for None.

        Raises:
            LooseModeError: Others may enter the folder.
            StorageError: It cannot be made.
        """
        self._incoming = folder / INCOMING
        make_private_folder(self._incoming)
        self._store = store
        self._register = Register(state, clock)
        self._keys = keys
        self._directory = directory
        self._clock = clock
        self._opening = threading.BoundedSemaphore(_OPENED_AT_ONCE)
        self._is_committed = is_committed or (lambda _: True)
        self.log = AccessLog(state, clock)

    # in

    def intake(self, limit: int = CIPHERTEXT_LIMIT) -> Intake:
        """Begin to take a ciphertext's bytes.

        Raises:
            StorageError: The disk refused.
        """
        return Intake(self._incoming, limit)

    def keep_content(self, intake: Intake) -> Cid:
        """Keep a ciphertext; durable on return. Its manifest is to follow within a day.

        Raises:
            StorageError: The disk refused.
            VaultUnavailableError: What stores it does not answer.
        """
        self._register.expect(intake.finish())
        return self._store.adopt(intake)

    def keep_manifest(self, data: bytes, *, is_own: bool = False) -> Kept:
        """Keep a manifest whose content is stored; durable on return.

        The document is opened, so that only what this organisation can read and what something
        commits to is kept.

        Args:
            data: The manifest's canonical bytes.
            is_own: Whether the node itself made it, before anything can commit to it.

        Raises:
            ManifestError: It is no manifest.
            DocumentErasedError: The document was erased here.
            DocumentUncommittedError: Nothing commits to it.
            ContentUnknownError: Its content is not stored here.
            UnsealError: It does not open with this organisation's key.
            DocumentMalformedError: It says that it is an SD-JWT, and is none.
        """
        manifest = Manifest.parse(data)
        self._require_wanted(_name(manifest.document), is_own=is_own)
        content = self._opened(manifest)
        return self._hold(manifest, examine(content, manifest.media_type))

    def keep_document(
        self,
        content: bytes,
        media_type: str,
        organisations: Collection[str] = (),
        *,
        is_own: bool = False,
    ) -> Kept:
        """Seal a document for this organisation, and others, and keep it; durable on return.

        Where a presentation that discloses as much is held already, and nobody else shall read
        it, nothing changes.

        Args:
            content: The document.
            media_type: Of the document.
            organisations: Who else reads it: identifiers in Membership.
            is_own: Whether the node itself made it, before anything can commit to it.

        Raises:
            DocumentErasedError: It was erased here.
            DocumentUncommittedError: Nothing commits to it.
            DocumentMalformedError: It says that it is an SD-JWT, and is none.
            ManifestError: It is too large, or its media type is none.
            EncryptionKeyMissingError: This organisation has no encryption key.
            RecipientUnknownError: One of the others has none in force.
        """
        examined = examine(content, media_type)
        document = _name(document_commitment(content, media_type))
        self._require_wanted(document, is_own=is_own)
        present = self._register.of_document(document)
        if present and present[0].weight >= examined.weight and not organisations:
            return Kept(document, self._manifest(present[0]))
        materials = [self._keys.current.material, *self._materials(organisations)]
        sealed = seal_document(content, media_type, materials)
        with self.intake() as intake:
            intake.write(sealed.ciphertext)
            self.keep_content(intake)
        return self._hold(sealed.manifest, examined)

    # out

    def open(self, document: str, access: Access, act: Act = Act.READ) -> Opened:
        """Return a document; that it is released is logged durably before.

        Raises:
            DocumentUnknownError: It is not held here.
            DocumentErasedError: It was erased here.
            UnsealError: What is held does not open any more.
            ContentForeignError: What stores it gives other bytes.
            VaultUnavailableError: What stores it does not answer.
            StorageError: The disk refused, or the access cannot be logged.
        """
        held = self._best(document)
        manifest = self._manifest(held)
        content = self._opened(manifest)
        self.log.write(act, document, access)
        return Opened(content, manifest)

    def documents(self) -> frozenset[str]:
        """Return the digests of all documents held here."""
        return self._register.documents()

    def parents(self, attachment: str) -> list[str]:
        """Return the held documents that commit to an attachment."""
        return self._register.parents(attachment)

    def is_erased(self, document: str) -> bool:
        """Return whether a document was erased here."""
        return self._register.is_erased(document)

    def manifests(self, document: str) -> list[Manifest]:
        """Return a document's manifests, the fullest first, of these the newest.

        Raises:
            DocumentUnknownError: It is not held here.
            DocumentErasedError: It was erased here.
        """
        self._best(document)
        return [self._manifest(held) for held in self._register.of_document(document)]

    def readers_of(self, cid: Cid) -> frozenset[str]:
        """Return the organisations that a stored manifest or content is sealed for."""
        readers: frozenset[str] = frozenset()
        for held in self._register.naming(cid):
            if not self._register.is_erased(held.document):
                wraps = self._manifest(held).wraps
                readers |= self._directory.readers([wrap.recipient for wrap in wraps])
        return readers

    def read_sealed(self, cid: Cid) -> bytes:
        """Return a stored manifest or content as it is.

        Raises:
            ContentUnknownError: It is not stored here.
        """
        return self._store.read(cid, CIPHERTEXT_LIMIT)

    # changes

    def share(self, document: str, organisations: Collection[str], access: Access) -> Kept:
        """Let others read a document: a further manifest of the same ciphertext.

        Raises:
            DocumentUnknownError: It is not held here.
            DocumentErasedError: It was erased here.
            RecipientUnknownError: One of them has no encryption key in force.
            ManifestError: There would be too many readers.
        """
        held = self._best(document)
        manifest = self._manifest(held)
        key = self._keys.opening(manifest)
        wider = share_document(manifest, key, self._materials(organisations))
        self.log.write(Act.SHARE, document, access)
        if wider == manifest:
            return Kept(document, manifest)
        self.keep_sealed_manifest(wider)
        self._register.add(wider, held.weight, ())
        return Kept(document, wider)

    def erase(self, document: str, access: Access) -> None:
        """Erase a document for good: ciphertext and wraps go, and it is not taken again.

        Raises:
            StorageError: The disk refused; `resume` finishes it.
            VaultUnavailableError: What stores it does not answer; `resume` finishes it.
        """
        self.log.write(Act.ERASE, document, access)
        self._register.erase(document)
        self.resume()

    def resume(self) -> None:
        """Finish erasures that were interrupted, and remove contents that nothing names.

        Raises:
            StorageError: The disk refused.
            VaultUnavailableError: What stores them does not answer.
        """
        for held in self._register.leftovers():
            self._store.erase(parse_cid(held.manifest))
            self._store.erase(parse_cid(held.content))
            self._register.forget(held)
        before = int(self._clock().timestamp()) - _ABANDONED_SECONDS
        for content in self._register.abandoned(before):
            self._store.erase(parse_cid(content))
            self._register.abandon(content)
        sweep(self._incoming, before)

    def require_wanted(self, document: str) -> None:
        """Refuse a document that would not be kept.

        Raises:
            DocumentErasedError: It was erased here.
            DocumentUncommittedError: Nothing commits to it.
        """
        self._require_wanted(document, is_own=False)

    # parts

    def _opened(self, manifest: Manifest) -> bytes:
        with self._opening:
            ciphertext = self._store.read(manifest.content, CIPHERTEXT_LIMIT)
            return open_document(manifest, ciphertext, self._keys.opening(manifest))

    def keep_sealed_manifest(self, manifest: Manifest) -> None:
        """Store a manifest without holding it: nothing finds it before the register does.

        Raises:
            StorageError: The disk refused.
            VaultUnavailableError: What stores it does not answer.
        """
        with self.intake(MANIFEST_LIMIT) as intake:
            intake.write(manifest.to_bytes())
            self._store.adopt(intake)

    def holds(self, cid: Cid) -> bool:
        """Return whether a content is stored here."""
        return self._store.has(cid)

    def fetch_from_network(self, cid: Cid, intake: Intake) -> bool:
        """Get a content from the store's own network; see `ContentStore.fetch`."""
        return self._store.fetch(cid, intake)

    def _hold(self, manifest: Manifest, examined: Examined) -> Kept:
        self.keep_sealed_manifest(manifest)
        document = _name(manifest.document)
        self._register.add(manifest, examined.weight, examined.attachments)
        if self._register.is_erased(document):  # meanwhile, by another process
            self.resume()
            raise DocumentErasedError(document)
        return Kept(document, manifest)

    def _best(self, document: str) -> Held:
        present = self._register.of_document(document)
        if not present:
            raise DocumentUnknownError(document[:80])
        return present[0]

    def _manifest(self, held: Held) -> Manifest:
        try:
            return Manifest.parse(self._store.read(parse_cid(held.manifest), MANIFEST_LIMIT))
        except ContentUnknownError as error:
            raise DocumentUnknownError(held.document) from error

    def _materials(self, organisations: Collection[str]) -> list[bytes]:
        return [
            material
            for organisation in sorted(set(organisations))
            for material in self._directory.materials(organisation)
        ]

    def _require_wanted(self, document: str, *, is_own: bool) -> None:
        if self._register.is_erased(document):
            raise DocumentErasedError(document)
        if not is_own and not self._is_committed(document):
            raise DocumentUncommittedError(document)


def _name(digest: bytes) -> str:
    return "0x" + digest.hex()
