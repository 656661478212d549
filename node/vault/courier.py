"""The exchange's courier over the vault: documents travel sealed, by their manifests."""

from collections.abc import Collection

from contracts.documents.cid import Cid
from contracts.documents.manifest import Manifest
from contracts.errors import ManifestError, UnsealError
from node.errors import (
    DocumentMalformedError,
    DocumentUncommittedError,
    DocumentUnknownError,
)
from node.exchange.courier import DocumentUnavailableError, DocumentUnreadableError, Parcel
from node.vault.access import NODE_ROLE, Access, Act
from node.vault.directory import Directory
from node.vault.errors import (
    ContentForeignError,
    ContentTooLargeError,
    ContentUnknownError,
    DocumentErasedError,
    EncryptionKeyMissingError,
    PeerRefusedError,
    PeerUnknownError,
    RecipientUnknownError,
    VaultUnavailableError,
)
from node.vault.fetching import Fetcher
from node.vault.vault import Vault

_UNAVAILABLE = (
    ContentForeignError,
    ContentTooLargeError,
    ContentUnknownError,
    DocumentErasedError,
    DocumentMalformedError,
    DocumentUncommittedError,
    DocumentUnknownError,
    EncryptionKeyMissingError,
    ManifestError,
    PeerRefusedError,
    PeerUnknownError,
    RecipientUnknownError,
    UnsealError,
    VaultUnavailableError,
)


class VaultCourier:
    """Hands documents out of, and into, one organisation's vault."""

    def __init__(self, vault: Vault, fetcher: Fetcher, directory: Directory, name: str) -> None:
        """Act in the name of one organisation's node.

        Args:
            vault: Where documents are held.
            fetcher: Fetches what others sent.
            directory: Knows everybody's keys.
            name: The organisation's short name, for the log of accesses.
        """
        self._vault = vault
        self._fetcher = fetcher
        self._directory = directory
        self._name = name

    def manifest(self, document: str, recipients: Collection[str]) -> str | None:
        """Return the digest of the newest manifest that all recipients can open.

        Where none of them has been given the key, the document is shared with them.

        Raises:
            DocumentUnavailableError: It was erased, or a recipient has no encryption key.
        """
        try:
            for manifest in self._vault.manifests(document):
                if self._readers(manifest).issuperset(recipients):
                    return _digest(manifest)
            kept = self._vault.share(document, recipients, self._access("exchange: transmission"))
        except DocumentUnknownError:
            return None
        except _UNAVAILABLE as error:
            raise DocumentUnavailableError(document, str(error)) from error
        return _digest(kept.manifest)

    def fetch(self, manifest: str, sender: str, document: str) -> bytes:
        """Return a document that another organisation sent; kept here on return.

        Raises:
            DocumentUnavailableError: It cannot be had now, or is another document.
            DocumentUnreadableError: What was sent is no document at all.
            StorageError: The disk refused.
        """
        access = self._access("exchange: examination")
        try:
            if document not in self._vault.documents():
                cid = Cid.raw(bytes.fromhex(manifest[2:]))
                kept = self._fetcher.fetch(cid, sender, access)
                if kept.document != document:
                    raise DocumentUnknownError(document)
            return self._vault.open(document, access, Act.READ).content
        except (DocumentMalformedError, ManifestError) as error:
            raise DocumentUnreadableError(document, str(error)) from error
        except _UNAVAILABLE as error:
            raise DocumentUnavailableError(document, str(error)) from error

    def send(self, content: bytes, media_type: str, recipients: Collection[str]) -> Parcel | None:
        """Seal a document that this node made, for itself and its recipients.

        Raises:
            DocumentUnavailableError: It cannot be sealed for them now.
            StorageError: The disk refused.
        """
        try:
            kept = self._vault.keep_document(content, media_type, recipients, is_own=True)
        except _UNAVAILABLE as error:
            raise DocumentUnavailableError("of this node", str(error)) from error
        return Parcel(_digest(kept.manifest), kept.document)

    def _readers(self, manifest: Manifest) -> frozenset[str]:
        return self._directory.readers([wrap.recipient for wrap in manifest.wraps])

    def _access(self, purpose: str) -> Access:
        return Access(self._name, NODE_ROLE, self._name, purpose)


def _digest(manifest: Manifest) -> str:
    return "0x" + manifest.cid.digest.hex()
