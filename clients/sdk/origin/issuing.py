"""Making certificates: the signed document, the record that puts it into force, the draws."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from clients.sdk.keystore import SigningKey
from clients.sdk.openings import ClaimOpening, counted, total
from clients.sdk.origin.desk import LIFETIME_SECONDS, NONE
from clients.sdk.views import CertificateView, ItemView
from contracts.commitments.curve import ORDER
from contracts.commitments.pedersen import Opening, commit, verify_opening
from contracts.documents.chain import chain_header
from contracts.documents.key_binding import holder_claim
from contracts.documents.sd_jwt import document_hash, issue_sd_jwt
from contracts.documents.x509 import document_key_id
from contracts.origin.certificate import DOCUMENT_TYPE, CertificateForm, certificate_claims
from contracts.origin.drawdown import scaled_quantity, share_of
from contracts.origin.identifiers import certificate_id, consignment_id
from contracts.origin.records import CertificateDraw, CertificateIssue
from contracts.records.signed import SignedRecord

FORM: Final = "D"
_FORM_SIZE: Final = 8


@dataclass(frozen=True, slots=True)
class IssuerKeys:
    """What an issuing authority's officer, or a certified exporter, needs.

    Attributes:
        officer: Signs the record.
        document: Signs the document.
        identifier: The country's identifier key of the year, 32 bytes.
        organisation: The issuing organisation's identifier in Membership.
        chain: Certificates of the document key, its own first. They stand in the header, but
            for a certificate of origin of a day on which one of them was not valid:
            Membership vouches for the key all the same.
    """

    officer: SigningKey
    document: ec.EllipticCurvePrivateKey
    identifier: bytes
    organisation: bytes
    chain: tuple[x509.Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Links:
    """What a certificate hangs on; 32 zero bytes where there is none.

    Attributes:
        application: The approved application that it answers.
        authorisation: The certified exporter's, for a self-certification.
        parent: What it is issued back-to-back from.
        supersedes: What it replaces.
    """

    application: bytes = NONE
    authorisation: bytes = NONE
    parent: bytes = NONE
    supersedes: bytes = NONE


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A certificate that is ready to be submitted.

    Attributes:
        id: Its identifier on the ledger.
        document: The full SD-JWT, for its holder.
        signed: The record that puts it into force.
        draws: Of a certificate issued back-to-back: the openings of its draws.
    """

    id: bytes
    document: str
    signed: SignedRecord
    draws: tuple[ClaimOpening, ...] = ()


@dataclass(frozen=True, slots=True)
class ParentDraw:
    """What one item of a back-to-back certificate draws on its parent.

    Attributes:
        item: The parent's item number.
        quantity: The part, in the item's unit.
        whole: The item's quantity in the parent.
    """

    item: int
    quantity: Decimal
    whole: Decimal


def identifier_of(form: CertificateForm, key: bytes) -> bytes:
    """Return a certificate's identifier on the ledger.

    Args:
        form: The certificate.
        key: The issuing country's identifier key of the year.
    """
    return certificate_id(key, form.issued_in, form.form, form.reference_no)


def sign_document(
    form: CertificateForm, keys: IssuerKeys, holder: ec.EllipticCurvePublicKey | None = None
) -> str:
    """Return a certificate's SD-JWT with all its disclosures.

    Args:
        form: The checked form.
        keys: The officer's keys.
        holder: The P-256 key that the holder shows itself by; None for no key binding.
    """
    payload = certificate_claims(form, identifier_of(form, keys.identifier), keys.organisation)
    if holder is not None:
        payload["cnf"] = holder_claim(holder)
    header: dict[str, object] = {"typ": DOCUMENT_TYPE}
    if keys.chain and _covers(keys.chain, form.issued_at):
        header["x5c"] = chain_header(keys.chain)
    return issue_sd_jwt(payload, keys.document, header)


def _covers(chain: Sequence[x509.Certificate], at: int) -> bool:
    day = datetime.fromtimestamp(at, UTC)
    return all(one.not_valid_before_utc <= day <= one.not_valid_after_utc for one in chain)


def issue_record(
    form: CertificateForm, document: str, keys: IssuerKeys, links: Links, now: int
) -> CertificateIssue:
    """Return the record that puts a certificate into force."""
    return CertificateIssue(
        object=identifier_of(form, keys.identifier),
        document=document_hash(document),
        document_key=document_key_id(keys.document.public_key()),
        form=form.form.encode().ljust(_FORM_SIZE, b"\0"),
        issuing_country=form.issued_in.encode(),
        importing_country=form.importing_country.encode(),
        items=len(form.items),
        consignment=consignment_id(keys.identifier, form.consignment),
        application=links.application,
        authorisation=links.authorisation,
        parent=links.parent,
        supersedes=links.supersedes,
        issued_at=form.issued_at,
        expires_at=form.expires_at,
        expires=now + LIFETIME_SECONDS,
    )


def draw_records(
    parent: CertificateView,
    child: bytes,
    draws: Sequence[ParentDraw],
    accepted: Sequence[ClaimOpening],
    now: int,
) -> list[tuple[CertificateDraw, Opening]]:
    """Return the records that draw a parent's items, in the child's order, with openings.

    Args:
        parent: The parent as the door tells it.
        child: The child's identifier.
        draws: One for each item of the child.
        accepted: Openings of what is drawn on the parent so far.
        now: Seconds since 1970.

    Raises:
        CommitmentError: An opening of what is drawn is missing.
        DrawdownError: The quantities cannot make a share.
    """
    drawn: dict[int, tuple[int, Opening]] = {}
    made: list[tuple[CertificateDraw, Opening]] = []
    for place, draw in enumerate(draws):
        if draw.item not in drawn:
            state = parent.items.get(draw.item, ItemView.untouched())
            before = total(counted(parent, accepted, draw.item))
            verify_opening(state.commitment, before)
            drawn[draw.item] = state.share, before
        share, before = drawn[draw.item]
        part = Opening(scaled_quantity(draw.quantity), secrets.randbelow(ORDER))
        after = before + part
        share_after = share_of(after.value, scaled_quantity(draw.whole))
        record = CertificateDraw(
            object=parent.id,
            item=draw.item,
            child=child,
            child_item=place + 1,
            share_before=share,
            share_after=share_after,
            commitment_x=commit(after).x,
            commitment_y=commit(after).y,
            quantity_x=commit(part).x,
            quantity_y=commit(part).y,
            drawn_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        drawn[draw.item] = share_after, after
        made.append((record, part))
    return made
