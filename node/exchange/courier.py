"""How documents of certificates travel between organisations, as the exchange needs it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Protocol

from node.errors import NodeError

REFUSAL_TYPE: Final = "application/json"


class DocumentUnavailableError(NodeError):
    """A document cannot be had now; it is asked for again later."""

    def __init__(self, document: str, reason: str) -> None:
        super().__init__(document, reason)
        self.document = document
        self.reason = reason

    def __str__(self) -> str:
        return f"document {self.document} cannot be had: {self.reason}; it is asked for again"


class DocumentUnreadableError(NodeError):
    """What was sent under a document's manifest can never be read: its sender has to mend it."""

    def __init__(self, document: str, reason: str) -> None:
        super().__init__(document, reason)
        self.document = document
        self.reason = reason

    def __str__(self) -> str:
        return f"document {self.document} cannot be read: {self.reason}; send it again, mended"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A document that was put where its recipients fetch it.

    Attributes:
        manifest: SHA-256 digest in its manifest's CID, 0x and 64 digits.
        document: SHA-256 of the document.
    """

    manifest: str
    document: str


class Courier(Protocol):
    """Fetches and hands out documents; safe to repeat, and nothing fetched is believed."""

    def manifest(self, document: str, recipients: Collection[str]) -> str | None:
        """Return what a transmission names, so that its recipients find the document.

        Args:
            document: What the ledger commits to, 0x and 64 digits.
            recipients: Organisations that must be able to open it.

        Returns:
            The digest of its newest manifest for them; None while it is not held.

        Raises:
            DocumentUnavailableError: It was erased, or a recipient cannot be given it now.
            StorageError: The disk refused.
        """
        ...

    def fetch(self, manifest: str, sender: str, document: str) -> bytes:
        """Return a document that another organisation sent; kept here on return.

        Args:
            manifest: What the transmission named.
            sender: The sending organisation.
            document: What the ledger commits to.

        Raises:
            DocumentUnavailableError: It cannot be had now.
            DocumentUnreadableError: What was sent is no document at all.
            StorageError: The disk refused.
        """
        ...

    def send(self, content: bytes, media_type: str, recipients: Collection[str]) -> Parcel | None:
        """Put a document where its recipients fetch it; None where there is no such way.

        Raises:
            DocumentUnavailableError: A recipient cannot be given it now.
            StorageError: The disk refused.
        """
        ...
