"""What every role does with certificates: read, sign, hand over, tell."""

import hashlib
import re
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from chain.proofs.keccak import keccak256
from clients.sdk.answers import Answer
from clients.sdk.connection import Connection
from clients.sdk.documents import Documents, StoredDocument
from clients.sdk.errors import (
    AnswerError,
    InputError,
    RecordRefusedError,
    ServerRefusedError,
)
from clients.sdk.keystore import SigningKey
from clients.sdk.membership import Membership, pages
from clients.sdk.records import Records
from clients.sdk.views import CertificateView
from contracts.documents.key_binding import KeyBinding
from contracts.documents.sd_jwt import (
    VerifiedDocument,
    disclosed_claims,
    document_hash,
    verify_sd_jwt,
)
from contracts.documents.x509 import parse_public_key_info
from contracts.origin.certificate import DOCUMENT_TYPE, CertificateForm, certificate_from_claims
from contracts.origin.records import CertificateMessage, MessageKind, VerificationKind
from contracts.origin.records import VerificationStep as VerificationStepRecord
from contracts.records.record import Record
from contracts.records.signed import SignedRecord

# How long a record waits for the ledger before it lapses, unless the caller says otherwise.
LIFETIME_SECONDS: Final = 3_600
JSON_TYPE: Final = "application/json"
NONE: Final = bytes(32)
_SALT_SIZE: Final = 16
_NAME_SIZE: Final = 32
_CERTIFICATE: Final = re.compile(r"0x[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision with the salt that opens its reason's hash.

    Attributes:
        signed: The submitted record; it holds keccak256(salt ‖ reason).
        salt: To be kept with the reason, which stays off the ledger.
    """

    signed: SignedRecord
    salt: bytes


@dataclass(frozen=True, slots=True)
class Handed:
    """A record with the document that it commits to.

    Attributes:
        signed: The submitted record.
        stored: The sealed document; its recipients fetch it by `stored.manifest`.
    """

    signed: SignedRecord
    stored: StoredDocument


class Desk:
    """Certificates over one connection, as far as every role needs them."""

    def __init__(self, connection: Connection) -> None:
        """Use a connection."""
        self._connection = connection
        self._records = Records(connection)
        self._documents = Documents(connection)
        self._membership = Membership(connection)

    # Reading

    def certificates(self, status: str | None = None, **wanted: str) -> Iterator[Answer]:
        """Yield the certificates that the caller may see.

        Args:
            status: issued, cancelled or superseded; None for any.
            wanted: exchange, issuing_country, importing_country or parent.
        """
        parameters = wanted if status is None else {"status": status, **wanted}
        yield from pages(self._connection, "/v1/origin/certificates", **parameters)

    def certificate(self, certificate: bytes) -> CertificateView:
        """Return one certificate."""
        path = f"/v1/origin/certificates/0x{certificate.hex()}"
        return CertificateView.read(self._connection.get(path))

    def claims(self, **wanted: str) -> Iterator[Answer]:
        """Yield the claims that the caller may see.

        Args:
            wanted: status, verification, due_before, issuing_country or importing_country.
        """
        yield from pages(self._connection, "/v1/origin/claims", **wanted)

    def applications(self, status: str | None = None) -> Iterator[Answer]:
        """Yield the applications that the caller may see."""
        parameters = {} if status is None else {"status": status}
        yield from pages(self._connection, "/v1/issuance/applications", **parameters)

    def application(self, application: bytes) -> Answer:
        """Return one application with its steps and the lines certified for it."""
        return self._connection.get(f"/v1/issuance/applications/0x{application.hex()}")

    def exporters(self) -> Iterator[Answer]:
        """Yield certified exporters."""
        yield from pages(self._connection, "/v1/issuance/exporters")

    def document(self, certificate: bytes, now: int, purpose: str = "read") -> VerifiedDocument:
        """Return a certificate's verified document, checked against what the door tells.

        Raises:
            AnswerError: Document or key are not those that the certificate names.
            PresentationError: The document is not its issuer's.
        """
        view = self.certificate(certificate)
        document = self._documents.get(view.document, purpose)
        material = self._membership.document_key_material(view.issuer, view.document_key)
        return verify_sd_jwt(document, parse_public_key_info(material), DOCUMENT_TYPE, now)

    def verify_presentation(
        self, presentation: str, now: int, binding: KeyBinding | None = None
    ) -> tuple[VerifiedDocument, CertificateView]:
        """Verify chosen fields that a holder shows, against the certificate they are of.

        Args:
            presentation: JWS ~ disclosure ~ … ~, and a KB-JWT exactly where `binding` is given.
            now: Seconds since 1970.
            binding: What is asked of the holder; None for no key binding.

        Returns:
            What is shown, and the certificate as the door tells it.

        Raises:
            PresentationError: It breaks a rule, or is not its issuer's.
            AnswerError: The certificate commits to another document.
            InputError: It names no certificate.
            ServerRefusedError: The door does not show the certificate.
        """
        shown = presentation if binding is None else presentation.rpartition("~")[0] + "~"
        named = disclosed_claims(shown).get("certificate")
        if not isinstance(named, str) or _CERTIFICATE.fullmatch(named) is None:
            raise InputError("presentation", "it names no certificate")
        view = self.certificate(bytes.fromhex(named[2:]))
        if document_hash(presentation) != view.document:
            raise AnswerError("document", "is another one than the presentation's")
        material = self._membership.document_key_material(view.issuer, view.document_key)
        key = parse_public_key_info(material)
        return verify_sd_jwt(presentation, key, DOCUMENT_TYPE, now, binding), view

    def form(self, certificate: bytes, now: int) -> CertificateForm:
        """Return a certificate's content, its document checked against what the door tells.

        Raises:
            AnswerError: Document or key are not those that the certificate names.
            PresentationError: The document is not its issuer's.
            FormError: The door's document does not disclose all of the form.
        """
        return certificate_from_claims(self.document(certificate, now).claims)

    # Telling

    def tell(
        self,
        certificate: bytes,
        kind: MessageKind,
        key: SigningKey,
        now: int,
        *,
        reference: bytes | None = None,
        document: bytes = NONE,
        reason: bytes = NONE,
    ) -> SignedRecord:
        """Tell the other administration something about a certificate.

        Args:
            certificate: The certificate's identifier.
            kind: What is said.
            key: The officer's key.
            now: Seconds since 1970.
            reference: The message's identifier; a new one if left out.
            document: What it brings, copies or erases.
            reason: Salted hash of the reason.
        """
        record = CertificateMessage(
            object=certificate,
            kind=int(kind),
            reference=secrets.token_bytes(_NAME_SIZE) if reference is None else reference,
            document=document,
            reason=reason,
            sent_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        return self._submit(record, key)

    def step_verification(
        self,
        certificate: bytes,
        claim: bytes,
        kind: VerificationKind,
        key: SigningKey,
        now: int,
        *,
        content: bytes,
        readers: Collection[bytes] = (),
        reply_by: int = 0,
    ) -> Handed:
        """Take the next step of a claim's verification, as either side.

        Args:
            certificate: The certificate's identifier.
            claim: Digest of the doubted claim.
            kind: The step.
            key: The officer's key.
            now: Seconds since 1970.
            content: The answer, notice, consent or report: JSON.
            readers: Organisations that read it.
            reply_by: For the notice of a visit: until when consent is awaited.
        """
        record = VerificationStepRecord(
            object=certificate,
            claim=claim,
            kind=int(kind),
            document=content_hash(content),
            reply_by=reply_by,
            stated_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        return self._hand(record, key, content, readers)

    def _submit(self, record: Record, key: SigningKey) -> SignedRecord:
        signed = self._records.sign(record, key, self._records.ledger())
        self._records.submit(signed)
        return signed

    def _hand(
        self, record: Record, key: SigningKey, content: bytes, readers: Collection[bytes]
    ) -> Handed:
        # The record first: a vault takes only what something commits to.
        signed = self._submit(record, key)
        return Handed(signed, self._keep(signed, content, JSON_TYPE, readers))

    def _keep(
        self, signed: SignedRecord, content: bytes, media_type: str, readers: Collection[bytes]
    ) -> StoredDocument:
        """Seal and send the document of a record that was handed over.

        Raises:
            RecordRefusedError: The ledger has refused the record, so that nothing commits to it.
        """
        try:
            return self._documents.put_file(content, media_type, readers)
        except ServerRefusedError as error:
            status = self._records.status(signed.digest)
            if status.status != "refused":
                raise
            reason = status.reason or "no reason given"
            raise RecordRefusedError("0x" + signed.digest.hex(), reason) from error


def new_reason(reason: str) -> tuple[bytes, bytes]:
    """Return a new salt, and the salted hash of a reason."""
    salt = secrets.token_bytes(_SALT_SIZE)
    return salt, keccak256(salt + reason.encode())


def content_hash(content: bytes) -> bytes:
    """Return what a record commits to of a document that is no SD-JWT."""
    return hashlib.sha256(content).digest()
