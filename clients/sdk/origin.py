"""Certificates of origin: issue, claim, decide, cancel; all made and signed here."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from chain.proofs.keccak import keccak256
from clients.sdk.answers import Answer, LedgerInfo
from clients.sdk.connection import Connection
from clients.sdk.documents import Documents
from clients.sdk.keystore import SigningKey
from clients.sdk.membership import Membership, pages
from clients.sdk.openings import ClaimOpening, total
from clients.sdk.records import Records
from clients.sdk.views import CertificateView, ItemView
from contracts.commitments.curve import ORDER
from contracts.commitments.pedersen import Opening, commit, verify_opening
from contracts.documents.sd_jwt import document_hash, issue_sd_jwt, verify_sd_jwt
from contracts.documents.x509 import document_key_id, parse_public_key_info
from contracts.origin.certificate import (
    DOCUMENT_TYPE,
    FormD,
    form_d_claims,
    form_d_from_claims,
)
from contracts.origin.drawdown import scaled_quantity, share_of
from contracts.origin.identifiers import certificate_id, consignment_id
from contracts.origin.records import (
    CertificateCancel,
    CertificateClaim,
    CertificateIssue,
    ClaimAccept,
    ClaimReject,
)
from contracts.records.record import Record
from contracts.records.signed import SignedRecord

FORM: Final = "D"
# How long a record waits for the ledger before it lapses, unless the caller says otherwise.
LIFETIME_SECONDS: Final = 3_600
_SALT_SIZE: Final = 16


@dataclass(frozen=True, slots=True)
class IssuerKeys:
    """What an issuing authority's officer needs.

    Attributes:
        officer: Signs the record.
        document: Signs the document.
        identifier: The country's identifier key of the year, 32 bytes.
        organisation: The issuing organisation's identifier in Membership.
    """

    officer: SigningKey
    document: ec.EllipticCurvePrivateKey
    identifier: bytes
    organisation: bytes


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A certificate that is ready to be submitted.

    Attributes:
        id: Its identifier on the ledger.
        document: The full SD-JWT, for its holder.
        signed: The record that puts it into force.
    """

    id: bytes
    document: str
    signed: SignedRecord


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision with the salt that opens its reason's hash.

    Attributes:
        signed: The submitted record; it holds keccak256(salt ‖ reason).
        salt: To be kept with the reason, which stays off the ledger.
    """

    signed: SignedRecord
    salt: bytes


class Origin:
    """Certificates of origin over one connection."""

    def __init__(self, connection: Connection) -> None:
        """Use a connection."""
        self._connection = connection
        self._records = Records(connection)
        self._documents = Documents(connection)
        self._membership = Membership(connection)

    def certificates(self, status: str | None = None) -> Iterator[Answer]:
        """Yield the certificates that the caller may see."""
        parameters = {} if status is None else {"status": status}
        yield from pages(self._connection, "/v1/origin/certificates", **parameters)

    def certificate(self, certificate: bytes) -> CertificateView:
        """Return one certificate."""
        path = f"/v1/origin/certificates/0x{certificate.hex()}"
        return CertificateView.read(self._connection.get(path))

    def prepare_issue(
        self, form: FormD, keys: IssuerKeys, ledger: LedgerInfo, now: int
    ) -> IssuedCertificate:
        """Make and sign document and record of a certificate; nothing is sent.

        Args:
            form: The checked Form D.
            keys: The officer's keys.
            ledger: What records are signed for.
            now: Seconds since 1970.
        """
        identifier = certificate_id(keys.identifier, form.issued_in, FORM, form.reference_no)
        payload = form_d_claims(form, identifier, keys.organisation)
        document = issue_sd_jwt(payload, keys.document, {"typ": DOCUMENT_TYPE})
        record = CertificateIssue(
            object=identifier,
            document=document_hash(document),
            document_key=document_key_id(keys.document.public_key()),
            issuing_country=form.issued_in.encode(),
            importing_country=form.importing_country.encode(),
            items=len(form.items),
            consignment=consignment_id(keys.identifier, form.consignment),
            issued_at=form.issued_at,
            expires_at=form.expires_at,
            expires=now + LIFETIME_SECONDS,
        )
        signed = self._records.sign(record, keys.officer, ledger)
        return IssuedCertificate(identifier, document, signed)

    def issue(self, form: FormD, keys: IssuerKeys, now: int) -> IssuedCertificate:
        """Issue a certificate: hand over its record, then its document.

        On return the door has durably promised to carry the record; follow its digest.
        """
        issued = self.prepare_issue(form, keys, self._records.ledger(), now)
        self._records.submit(issued.signed)
        self._documents.put(issued.document)
        return issued

    def claim(
        self,
        certificate: bytes,
        *,
        item: int,
        quantity: Decimal,
        declaration: bytes,
        key: SigningKey,
        now: int,
    ) -> ClaimOpening:
        """Claim part of an item; return the opening, which importing customs needs.

        Args:
            certificate: The certificate's identifier.
            item: Item number, from 1.
            quantity: In the item's unit, at most six decimal places.
            declaration: Keyed hash of the import declaration and its line.
            key: The declarant's key.
            now: Seconds since 1970.
        """
        signed, opening = self.prepare_claim(
            certificate,
            item=item,
            quantity=quantity,
            declaration=declaration,
            key=key,
            ledger=self._records.ledger(),
            now=now,
        )
        self._records.submit(signed)
        return opening

    def prepare_claim(
        self,
        certificate: bytes,
        *,
        item: int,
        quantity: Decimal,
        declaration: bytes,
        key: SigningKey,
        ledger: LedgerInfo,
        now: int,
    ) -> tuple[SignedRecord, ClaimOpening]:
        """Make and sign a claim; nothing is sent, so that the opening can be kept before."""
        opening = Opening(scaled_quantity(quantity), secrets.randbelow(ORDER))
        point = commit(opening)
        record = CertificateClaim(
            object=certificate,
            item=item,
            declaration=declaration,
            commitment_x=point.x,
            commitment_y=point.y,
            claimed_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        signed = self._records.sign(record, key, ledger)
        return signed, ClaimOpening(certificate, signed.digest, item, opening)

    def accept(
        self,
        claim: ClaimOpening,
        accepted: Sequence[ClaimOpening],
        whole: Decimal,
        key: SigningKey,
        now: int,
    ) -> SignedRecord:
        """Accept a claim as importing customs.

        Args:
            claim: The claim's opening, from the declarant.
            accepted: Openings of the claims accepted before, of any item.
            whole: The item's quantity in the certificate.
            key: The customs officer's key.
            now: Seconds since 1970.

        Raises:
            CommitmentError: An opening is not the claim's, or one accepted before is missing.
            DrawdownError: The quantities cannot make a share.
            InputError: The certificate has no such claim.
        """
        view = self.certificate(claim.certificate)
        seen = view.claim(claim.claim)
        verify_opening(seen.commitment, claim.opening)
        before = total(opening.opening for opening in self._counted(view, accepted, claim.item))
        state = view.items.get(claim.item, ItemView(0, commit(Opening(0, 0))))
        verify_opening(state.commitment, before)
        after = before + claim.opening
        record = ClaimAccept(
            object=claim.certificate,
            claim=claim.claim,
            share_before=state.share,
            share_after=share_of(after.value, scaled_quantity(whole)),
            commitment_x=commit(after).x,
            commitment_y=commit(after).y,
            accepted_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        return self._submit(record, key)

    def reject(
        self, certificate: bytes, claim: bytes, reason: str, key: SigningKey, now: int
    ) -> Decision:
        """Reject a pending claim as importing customs; the reason stays off the ledger."""
        salt, expires = secrets.token_bytes(_SALT_SIZE), now + LIFETIME_SECONDS
        record = ClaimReject(certificate, claim, _reason_hash(salt, reason), now, expires)
        return Decision(self._submit(record, key), salt)

    def cancel(self, certificate: bytes, reason: str, key: SigningKey, now: int) -> Decision:
        """Cancel a certificate as its issuer; the reason stays off the ledger."""
        salt, expires = secrets.token_bytes(_SALT_SIZE), now + LIFETIME_SECONDS
        record = CertificateCancel(certificate, _reason_hash(salt, reason), now, expires)
        return Decision(self._submit(record, key), salt)

    def form(self, certificate: bytes, now: int) -> FormD:
        """Return a certificate's content, its document checked against what the door tells.

        Raises:
            AnswerError: Document or key are not those that the certificate names.
            PresentationError: The document is not its issuer's.
            FormError: The door's document does not disclose all of the form.
        """
        view = self.certificate(certificate)
        document = self._documents.get(view.document)
        material = self._membership.document_key_material(view.issuer, view.document_key)
        key = parse_public_key_info(material)
        return form_d_from_claims(verify_sd_jwt(document, key, DOCUMENT_TYPE, now).claims)

    def _submit(self, record: Record, key: SigningKey) -> SignedRecord:
        signed = self._records.sign(record, key, self._records.ledger())
        self._records.submit(signed)
        return signed

    @staticmethod
    def _counted(
        view: CertificateView, accepted: Sequence[ClaimOpening], item: int
    ) -> Iterator[ClaimOpening]:
        drawn = {claim.digest for claim in view.claims if claim.status == "accepted"}
        for opening in accepted:
            if opening.claim in drawn and opening.item == item:
                yield opening


def _reason_hash(salt: bytes, reason: str) -> bytes:
    return keccak256(salt + reason.encode())
