"""Proof bundles of certificates, from the ledger, the read models and the documents.

Nothing in a bundle is believed: whoever receives it verifies it with a trust file alone.
"""

import json

from sqlalchemy.orm import Session

from chain.proofs.constants import Address20, Hash32
from contracts.bundles.bundle import Bundle, Document
from contracts.bundles.collect import BundleRequest, collect_bundle
from contracts.bundles.errors import CollectError
from contracts.bundles.rpc_source import RpcProofSource
from contracts.bundles.trust import MembershipLayout
from contracts.documents.sealed import SD_JWT_TYPE
from contracts.origin.records import DOMAIN
from contracts.records import SignedRecord
from contracts.records.catalogue import parse_signed_record
from node.errors import BundleUnavailableError, DocumentUnknownError, LedgerAnswerError
from node.ledger import LedgerGateway
from node.membership.tables import KeyRow
from node.origin.queries import OriginQueries
from node.origin.tables import CertificateRow
from node.vault.access import Access, Act
from node.vault.errors import DocumentErasedError
from node.vault.vault import Vault


class CertificateBundles:
    """Builds bundles of what a caller may see."""

    def __init__(
        self, ledger: LedgerGateway, vault: Vault, membership: bytes, chain_id: int
    ) -> None:
        """Build from one ledger and one organisation's vault."""
        self._source = RpcProofSource(
            lambda method, parameters: ledger.request(method, *parameters)
        )
        self._vault = vault
        self._membership = Address20(membership)
        self._chain_id = chain_id

    def build(
        self,
        session: Session,
        queries: OriginQueries,
        certificate: str,
        *,
        since_height: int = 0,
        reader: Access | None = None,
    ) -> Bundle:
        """Return the bundle of a certificate at the newest seal.

        Args:
            session: On the read models.
            queries: The caller's view of them.
            certificate: The certificate's identifier.
            since_height: Height that the receiver's trust file stands at.
            reader: Who gets it, to add the document where this organisation holds it; None
                for a bundle without.

        Raises:
            CertificateUnknownError: None of this identifier is visible.
            BundleUnavailableError: The ledger has not sealed it yet, or a record is missing.
            LedgerUnavailableError: The ledger does not answer.
        """
        row = queries.certificate(certificate).certificate
        records = [self._signed(certificate, item.record) for item in queries.history(certificate)]
        request = BundleRequest(
            domain=DOMAIN,
            object_id=Hash32(bytes.fromhex(certificate[2:])),
            records=records,
            document=self._document(session, row, reader) if reader else None,
            key_ids=(bytes.fromhex(row.document_key[2:]),),
            since_height=since_height,
        )
        try:
            return collect_bundle(self._source, self._membership, MembershipLayout(), request)
        except (CollectError, LedgerAnswerError) as error:
            raise BundleUnavailableError(certificate, str(error)) from error

    def _signed(self, certificate: str, text: str | None) -> SignedRecord:
        if text is None:
            raise BundleUnavailableError(certificate, "a record could not be read from the ledger")
        return parse_signed_record(json.loads(text), self._chain_id)

    def _document(self, session: Session, row: CertificateRow, reader: Access) -> Document | None:
        try:
            opened = self._vault.open(row.document, reader, Act.PROVE)
        except (DocumentUnknownError, DocumentErasedError):
            return None
        if opened.manifest.media_type != SD_JWT_TYPE:
            return None  # its issuer committed to something that is no certificate
        content = opened.content.decode("ascii")
        key = session.get(KeyRow, row.document_key)
        if key is None:
            raise BundleUnavailableError(row.object_id, "its document's key is unknown")
        jws, *disclosures = content.split("~")
        return Document(jws, tuple(disclosures[:-1]), bytes.fromhex(key.material[2:]))
