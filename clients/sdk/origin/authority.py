"""What issuing authorities do: decide, issue, send, answer doubts, withdraw."""

from collections.abc import Callable, Collection, Sequence

from cryptography.hazmat.primitives.asymmetric import ec

from clients.sdk.answers import LedgerInfo
from clients.sdk.errors import AnswerError
from clients.sdk.keystore import SigningKey
from clients.sdk.openings import ClaimOpening
from clients.sdk.origin.desk import (
    LIFETIME_SECONDS,
    NONE,
    Decision,
    Desk,
    Handed,
    content_hash,
    new_reason,
)
from clients.sdk.origin.issuing import (
    IssuedCertificate,
    IssuerKeys,
    Links,
    ParentDraw,
    draw_records,
    identifier_of,
    issue_record,
    sign_document,
)
from contracts.documents.cid import parse_cid
from contracts.documents.sd_jwt import document_hash
from contracts.documents.sealed import SD_JWT_TYPE
from contracts.issuance.records import (
    ApplicationKind,
    ApplicationStep,
    ExporterAuthorise,
    ExporterWithdraw,
)
from contracts.origin.certificate import CertificateForm
from contracts.origin.records import CertificateCancel, CertificateSupersede, MessageKind
from contracts.records.signed import SignedRecord

_NO_LINKS = Links()


class Authority(Desk):
    """What is signed by issuing authorities, and by certified exporters for themselves."""

    # Applications

    def request_information(
        self, application: bytes, content: bytes, key: SigningKey, now: int
    ) -> Handed:
        """Ask the exporter for information; it fetches the content by its manifest."""
        applicant = self.application(application).part("application").bytes32("applicant")
        record = _step(
            application, ApplicationKind.REQUEST_INFORMATION, now, document=content_hash(content)
        )
        return self._hand(record, key, content, [applicant])

    def refuse(self, application: bytes, reason: str, key: SigningKey, now: int) -> Decision:
        """Refuse an application; the reason stays off the ledger."""
        salt, reason_hash = new_reason(reason)
        record = _step(application, ApplicationKind.REFUSE, now, reason=reason_hash)
        return Decision(self._submit(record, key), salt)

    def approve(
        self, application: bytes, certificate: bytes, key: SigningKey, now: int
    ) -> SignedRecord:
        """Approve an application for the certificate of an identifier."""
        record = _step(application, ApplicationKind.APPROVE, now, reference=certificate)
        return self._submit(record, key)

    # Issuing

    def prepare_issue(
        self,
        form: CertificateForm,
        keys: IssuerKeys,
        ledger: LedgerInfo,
        now: int,
        links: Links = _NO_LINKS,
        *,
        holder: ec.EllipticCurvePublicKey | None = None,
    ) -> IssuedCertificate:
        """Make and sign document and record of a certificate; nothing is sent.

        Args:
            form: The checked form.
            keys: The officer's keys.
            ledger: What records are signed for.
            now: Seconds since 1970.
            links: What it hangs on.
            holder: The P-256 key that the holder shows itself by; None for no key binding.
        """
        document = sign_document(form, keys, holder)
        record = issue_record(form, document, keys, links, now)
        return IssuedCertificate(
            record.object, document, self._records.sign(record, keys.officer, ledger)
        )

    def issue(
        self,
        form: CertificateForm,
        keys: IssuerKeys,
        now: int,
        readers: Collection[bytes] = (),
        links: Links = _NO_LINKS,
        *,
        holder: ec.EllipticCurvePublicKey | None = None,
    ) -> IssuedCertificate:
        """Issue a certificate: hand over its record, then its document.

        Exporting customs has certified its items' export lines before. The document is sealed
        for the issuer's own organisation, customs of the importing country, and further readers,
        such as the exporter. On return the door has durably promised to carry the record;
        follow its digest.

        Args:
            form: The checked form.
            keys: The officer's keys.
            now: Seconds since 1970.
            readers: Further organisations that read the document.
            links: What it hangs on: application, authorisation, what it replaces.
            holder: The P-256 key that the holder shows itself by; None for no key binding.
        """
        ledger = self._records.ledger()
        issued = self.prepare_issue(form, keys, ledger, now, links, holder=holder)
        self._records.submit(issued.signed)
        self._seal(issued, form, readers)
        return issued

    def issue_back_to_back(
        self,
        form: CertificateForm,
        keys: IssuerKeys,
        parent: bytes,
        *,
        draws: Sequence[ParentDraw],
        accepted: Sequence[ClaimOpening],
        now: int,
        readers: Collection[bytes] = (),
        application: bytes = NONE,
        on_draws: Callable[[tuple[ClaimOpening, ...]], object] = lambda _: None,
    ) -> IssuedCertificate:
        """Issue a certificate on the strength of another; it draws what it certifies there.

        Draws and issue are accepted together or not at all. Keep the openings of the draws with
        those of the claims accepted on the parent: who draws next needs them.

        Args:
            form: The child's checked form.
            keys: The officer's keys.
            parent: The parent's identifier.
            draws: One for each item of the child, in its order.
            accepted: Openings of what is drawn on the parent so far.
            now: Seconds since 1970.
            readers: Further organisations that read the document.
            application: The approved application that it answers.
            on_draws: Told the openings of the draws before they are handed over: they cannot
                be made again.

        Raises:
            CommitmentError: An opening of what is drawn is missing.
            DrawdownError: The quantities cannot make a share.
        """
        ledger = self._records.ledger()
        links = Links(application=application, parent=parent)
        issued = self.prepare_issue(form, keys, ledger, now, links)
        made = draw_records(self.certificate(parent), issued.id, draws, accepted, now)
        signed = [self._records.sign(record, keys.officer, ledger) for record, _ in made]
        openings = tuple(
            ClaimOpening(parent, draw.digest, record.item, part)
            for draw, (record, part) in zip(signed, made, strict=True)
        )
        on_draws(openings)
        self._records.submit_together([*signed, issued.signed])
        self._seal(issued, form, readers)
        return IssuedCertificate(issued.id, issued.document, issued.signed, openings)

    def identifier(self, form: CertificateForm, key: bytes) -> bytes:
        """Return the identifier that a certificate will have on the ledger."""
        return identifier_of(form, key)

    # Afterwards

    def transmit(
        self, certificate: bytes, key: SigningKey, now: int, manifest: bytes | None = None
    ) -> SignedRecord:
        """Send a certificate to importing customs by hand; a node with a clerk does it itself.

        Args:
            certificate: Its identifier.
            key: The officer's key.
            now: Seconds since 1970.
            manifest: SHA-256 digest in the CID of its document's manifest; the first that the
                door lists if left out.

        Raises:
            AnswerError: The door lists none.
        """
        document = self.certificate(certificate).document
        if manifest is None:
            listed = self._documents.manifests(document)
            if not listed:
                raise AnswerError("manifests", "are none")
            manifest = parse_cid(listed[0].text("manifest")).digest
        return self.tell(
            certificate, MessageKind.TRANSMIT, key, now, reference=manifest, document=document
        )

    def copy(
        self,
        certificate: bytes,
        form: CertificateForm,
        keys: IssuerKeys,
        now: int,
        readers: Collection[bytes] = (),
    ) -> IssuedCertificate:
        """Make a certified true copy, which draws nothing."""
        document = sign_document(form, keys)
        signed = self.tell(
            certificate,
            MessageKind.COPY,
            keys.officer,
            now,
            document=document_hash(document),
        )
        copy = IssuedCertificate(certificate, document, signed)
        self._seal(copy, form, readers)
        return copy

    def state_erasure(
        self, certificate: bytes, key: SigningKey, now: int, document: bytes | None = None
    ) -> SignedRecord:
        """State on the ledger that a document is legally erased; `erase` it once that is final.

        Args:
            certificate: Its identifier.
            key: The officer's key.
            now: Seconds since 1970.
            document: What is erased; the certificate's own document if left out.
        """
        erased = self.certificate(certificate).document if document is None else document
        return self.tell(certificate, MessageKind.ERASE, key, now, document=erased)

    def erase(self, certificate: bytes, document: bytes | None = None) -> bytes:
        """Erase a document from the door's vault for good; return its digest."""
        erased = self.certificate(certificate).document if document is None else document
        self._documents.erase(erased, "legal erasure")
        return erased

    def cancel(self, certificate: bytes, reason: str, key: SigningKey, now: int) -> Decision:
        """Cancel a certificate as its issuer; the reason stays off the ledger."""
        salt, reason_hash = new_reason(reason)
        record = CertificateCancel(certificate, reason_hash, now, now + LIFETIME_SECONDS)
        return Decision(self._submit(record, key), salt)

    def supersede(
        self, certificate: bytes, successor: bytes, reason: str, key: SigningKey, now: int
    ) -> Decision:
        """Take a certificate out of force for a corrected one, which is issued afterwards."""
        salt, reason_hash = new_reason(reason)
        record = CertificateSupersede(
            certificate, successor, reason_hash, now, now + LIFETIME_SECONDS
        )
        return Decision(self._submit(record, key), salt)

    # Certified exporters

    def authorise_exporter(
        self,
        exporter: bytes,
        organisation: bytes,
        *,
        goods: bytes,
        validity: tuple[int, int],
        key: SigningKey,
        now: int,
    ) -> SignedRecord:
        """Authorise a certified exporter.

        Args:
            exporter: Keyed hash of its code.
            organisation: Its identifier in Membership.
            goods: RFC 9162 root over the authorised goods.
            validity: First second, and first second after it.
            key: The officer's key.
            now: Seconds since 1970.
        """
        first, end = validity
        record = ExporterAuthorise(
            exporter, organisation, goods, first, end, now, now + LIFETIME_SECONDS
        )
        return self._submit(record, key)

    def withdraw_exporter(
        self, exporter: bytes, reason: str, key: SigningKey, now: int
    ) -> Decision:
        """Withdraw a certified exporter's authorisation; the reason stays off the ledger."""
        salt, reason_hash = new_reason(reason)
        record = ExporterWithdraw(exporter, reason_hash, now, now + LIFETIME_SECONDS)
        return Decision(self._submit(record, key), salt)

    def _seal(
        self, issued: IssuedCertificate, form: CertificateForm, readers: Collection[bytes]
    ) -> None:
        customs = self._documents.customs_of(form.importing_country)
        content = issued.document.encode()
        self._keep(issued.signed, content, SD_JWT_TYPE, {*customs, *readers})


def _step(
    application: bytes,
    kind: ApplicationKind,
    now: int,
    *,
    reference: bytes = NONE,
    document: bytes = NONE,
    reason: bytes = NONE,
) -> ApplicationStep:
    return ApplicationStep(
        object=application,
        kind=int(kind),
        reference=reference,
        document=document,
        reason=reason,
        stated_at=now,
        expires=now + LIFETIME_SECONDS,
    )
