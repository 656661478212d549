"""Getting a document that another organisation sealed for this one.

Each block is looked for here, then in the own IPFS network, then at the sender's node. Its CID is
checked before it is stored, and the document is opened before its manifest is kept.
"""

from contracts.documents.cid import RAW, Cid
from contracts.documents.manifest import MANIFEST_LIMIT, Manifest
from contracts.documents.sealed import CIPHERTEXT_LIMIT
from contracts.errors import ManifestError
from node.vault.access import Access, Act
from node.vault.content import Intake
from node.vault.peers import Peers
from node.vault.vault import Kept, Vault


class Fetcher:
    """Fetches into one vault."""

    def __init__(self, vault: Vault, peers: Peers) -> None:
        """Fetch from some doors."""
        self._vault = vault
        self._peers = peers

    def fetch(self, manifest: Cid, sender: str, access: Access) -> Kept:
        """Get a document by its manifest; durable on return, and nothing where it is held.

        Args:
            manifest: The manifest's CID, a raw block.
            sender: The organisation that sent it.
            access: Who asks, and why.

        Raises:
            ManifestError: What came is no manifest.
            UnsealError: It is not sealed for this organisation.
            DocumentErasedError: The document was erased here: nothing of it is fetched.
            DocumentUncommittedError: Nothing commits to the document.
            PeerUnknownError: No door of the sender is known.
            PeerRefusedError: Its node does not give it.
            ContentForeignError: Other bytes came; nothing was kept.
            StorageError: The disk refused.
        """
        if manifest.codec != RAW:
            raise ManifestError(f"{manifest} is no raw block", "name the manifest's own CID")
        data = self._manifest(manifest, sender)
        parsed = Manifest.parse(data)
        document = "0x" + parsed.document.hex()
        self._vault.require_wanted(document)
        if not self._vault.holds(parsed.content):
            # As large as the manifest says, so that a sender cannot fill the disk.
            with self._vault.intake(min(CIPHERTEXT_LIMIT, parsed.ciphertext_size)) as intake:
                self._bring(parsed.content, sender, intake)
                self._vault.keep_content(intake)
        kept = self._vault.keep_manifest(data)
        self._vault.log.write(Act.FETCH, document, access)
        return kept

    def _manifest(self, cid: Cid, sender: str) -> bytes:
        if self._vault.holds(cid):
            return self._vault.read_sealed(cid)
        with self._vault.intake(MANIFEST_LIMIT) as intake:
            self._bring(cid, sender, intake)
            return intake.path.read_bytes()

    def _bring(self, cid: Cid, sender: str, intake: Intake) -> None:
        if not self._vault.fetch_from_network(cid, intake):
            intake.restart()  # it may have broken off half-way
            self._peers.fetch(cid, sender, intake)
