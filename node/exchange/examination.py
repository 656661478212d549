"""What importing customs' node checks of a certificate before it counts as received.

(1) The document is the one that the ledger commits to.
(2) Its key was the issuer's document key in Membership when the certificate was anchored.
(3) Its signature and validity hold at that time.
(4) Its boxes can be read, none is withheld, and they break no rule of the form.
(5) Its number gives the identifier on the ledger, under the issuing country's key.
(6) Its form, countries, items, consignment and validity are those of the ledger.

Whoever reads a finding reads it in Vietnamese or English; programs read the code.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.documents.sd_jwt import VerifiedDocument, verify_sd_jwt
from contracts.documents.x509 import parse_public_key_info
from contracts.errors import ContractError, FormError
from contracts.membership.keys import KeyPurpose
from contracts.membership.state import Key
from contracts.origin.certificate import (
    CLAIM_TYPE,
    DOCUMENT_TYPE,
    CertificateForm,
    examinable_from_claims,
)
from contracts.origin.findings.codes import Code
from contracts.origin.findings.context import ExaminationContext
from contracts.origin.findings.examiner import examine
from contracts.origin.identifiers import certificate_id
from node.database.values import hexadecimal
from node.errors import DocumentMalformedError
from node.exchange.identifiers import IdentifierKeys
from node.membership.tables import IdentifierKeyRow, KeyRow, OrganisationRow
from node.origin.tables import CertificateRow
from node.vault.examined import document_digest

# Names in Membership of the keys under which certificates are identified, one a year.
_CERTIFICATE_KEYS: Final = "certificates-"
SCHEMA: Final = "COO_SCHEMA"
"""The document or a box cannot be read: a technical refusal."""
_SAID_LIMIT: Final = 80


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        code: One of the codes of `contracts.origin.findings`, or `SCHEMA`.
        field: Where, such as "items[0].hs_code".
        vi: The text in Vietnamese.
        en: The text in English.
    """

    code: str
    field: str
    vi: str
    en: str


class IdentifierKeyMissingError(Exception):
    """The issuing country's identifier key is not here: nothing can be said yet."""

    def __init__(self, country: str) -> None:
        super().__init__(country)
        self.country = country

    def __str__(self) -> str:
        return (
            f"no identifier key of {self.country} is in keys/identifiers; "
            "ask its authority for the key of the year and put it there"
        )


class Examiner:
    """Checks documents against read models and keys; changes nothing."""

    def __init__(self, keys: IdentifierKeys) -> None:
        """Use the identifier keys that this organisation was given."""
        self._keys = keys

    def faults(
        self, session: Session, row: CertificateRow, content: bytes, presented_at: int
    ) -> list[Fault]:
        """Return what is wrong with a document; nothing where it is sound.

        Args:
            session: On the read models.
            row: The certificate as the ledger has it.
            content: The document.
            presented_at: When it was presented, seconds.

        Raises:
            IdentifierKeyMissingError: The issuing country's key of the year is not here.
            KeyFileError: A file of identifier keys is damaged.
            StorageError: The read database refused.
        """
        try:
            verified = self._verified(session, row, content)
            form = examinable_from_claims(verified.claims)  # (4)
            context = ExaminationContext(
                day=datetime.fromtimestamp(presented_at, UTC).date(), signature_verified=True
            )
            found = examine(form, context)
        except _FaultError as error:
            return [error.fault]
        except FormError as error:
            return [_fault(SCHEMA, error.field, "ô khai không đọc được", str(error))]
        faults = [_fault(each.code, each.field, each.vi, each.en) for each in found]
        if not self._is_named(session, row, form):
            text = "it does not give the identifier on the ledger"
            faults.append(
                _fault(
                    Code.DUPLICATE_REFERENCE,
                    "reference_no",
                    "số tham chiếu không khớp sổ cái",
                    text,
                )
            )
        return [*faults, *_withheld(form, verified), *_differences(row, form, verified)]

    def _verified(self, session: Session, row: CertificateRow, content: bytes) -> VerifiedDocument:
        try:
            digest = document_digest(content)  # (1)
        except DocumentMalformedError as error:
            raise _FaultError(unreadable(str(error))) from error
        if digest != row.document:
            text = "the ledger commits to another document"
            raise _FaultError(
                _fault(Code.SIGNATURE_INVALID, "document", "không đúng tài liệu", text)
            )
        material = _material(session, row)  # (2)
        try:
            key = parse_public_key_info(material)
            compact = content.decode("ascii")
            return verify_sd_jwt(compact, key, DOCUMENT_TYPE, row.issued_time)  # (3)
        except ContractError as error:
            vi = "chữ ký số không hợp lệ"
            fault = _fault(Code.SIGNATURE_INVALID, "document", vi, str(error))
            raise _FaultError(fault) from error

    def _is_named(self, session: Session, row: CertificateRow, form: CertificateForm) -> bool:
        """Check (5); one of the keys that the country's organisations use must fit."""
        query = (
            select(IdentifierKeyRow.commitment)
            .join(OrganisationRow, OrganisationRow.id == IdentifierKeyRow.organisation)
            .where(OrganisationRow.country == row.issuing_country)
            .where(IdentifierKeyRow.name.startswith(_CERTIFICATE_KEYS))
            .distinct()
        )
        found = [self._keys.find(commitment) for commitment in session.scalars(query)]
        names = {
            hexadecimal(certificate_id(key, form.issued_in, form.form, form.reference_no))
            for key in found
            if key is not None
        }
        if row.object_id in names:
            return True
        if not found or None in found:
            # It may be named under a key that is still to come: no fault of the document.
            raise IdentifierKeyMissingError(row.issuing_country)
        return False


class _FaultError(Exception):
    """Ends the examination: what follows cannot be judged."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def _material(session: Session, row: CertificateRow) -> bytes:
    found = session.get(KeyRow, row.document_key)
    unknown = _FaultError(
        _fault(
            Code.ISSUER_UNKNOWN,
            "document_key",
            "khoá ký không thuộc cơ quan cấp",
            "the key was not the issuer's document key when the certificate was anchored",
        )
    )
    if found is None or found.organisation != row.issuer:
        raise unknown
    key = Key(
        id=bytes.fromhex(found.id[2:]),
        organisation=bytes.fromhex(found.organisation[2:]),
        purposes=KeyPurpose(found.purposes),
        valid_from=found.valid_from,
        valid_until=found.valid_until,
        revoked_at=found.revoked_at,
        compromised_since=found.compromised_since,
    )
    at = row.issued_time
    if KeyPurpose.DOCUMENT not in key.purposes or not key.is_valid_at(at) or key.is_doubtful_at(at):
        raise unknown
    return bytes.fromhex(found.material[2:])


def _withheld(form: CertificateForm, verified: VerifiedDocument) -> Iterator[Fault]:
    """Yield what the sender left out of the document, but for the lines of export declarations.

    An undisclosed digest does not tell its box, so each item may have one: its export lines'.
    """
    inner = [place for place in verified.hidden_in if "export_lines" not in place]
    allowed = {("items", index) for index, item in enumerate(form.items) if not item.export_lines}
    for place in sorted({str(place) for place in inner if inner.count(place) > (place in allowed)}):
        text = f"the sender withholds a box in {place}; ask for the whole document"
        yield _fault(SCHEMA, "document", "thiếu ô khai", text)


def _differences(
    row: CertificateRow, form: CertificateForm, verified: VerifiedDocument
) -> Iterator[Fault]:
    """Check (6)."""
    for field, said, recorded in (
        ("certificate", verified.claims.get("certificate"), row.object_id),
        ("iss", verified.claims.get("iss"), row.issuer),
        ("form", form.form, row.form),
        ("issued_in", form.issued_in, row.issuing_country),
        ("consignee.country", form.importing_country, row.importing_country),
        ("items", str(len(form.items)), str(row.items)),
        ("certification.date", str(form.issued_at), str(row.issued_at)),
        ("certification.date", str(form.expires_at), str(row.expires_at)),
        ("vct", verified.claims.get("vct"), CLAIM_TYPE),
        ("iat", verified.claims.get("iat"), row.issued_at),
        ("exp", verified.claims.get("exp"), row.expires_at),
    ):
        if said != recorded:
            en = f"the document says {str(said)[:_SAID_LIMIT]!a}, the ledger {recorded}"
            yield _fault(Code.SIGNATURE_INVALID, field, "tài liệu khác với sổ cái", en)


def unreadable(reason: str) -> Fault:
    """Return what is said of a document that cannot be read."""
    return _fault(SCHEMA, "document", "tài liệu không đọc được", reason)


def _fault(code: str, field: str, vi: str, en: str) -> Fault:
    return Fault(str(code), field, vi, en)
