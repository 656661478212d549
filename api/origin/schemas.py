"""Schemas of certificates of origin."""

from datetime import UTC, datetime
from typing import Final

from pydantic import Field

from api.origin.parts import (
    CertifiedLine,
    Claim,
    Item,
    Message,
    VerificationStep,
    certified_line_of,
    claim_of,
    item_of,
    message_of,
    step_of,
    time_or_none,
)
from api.schemas import Address, Bytes32, Model, Time, time_text
from contracts.errors import FormError
from contracts.origin.rules import form_rules
from node.indexer.tables import LedgerRecord
from node.origin.queries import CertificateDetails
from node.origin.tables import CertificateRow, CertificateStatus, Exchange

# 9999-12-30: what a date can hold.
_LAST_DAY: Final = 253_402_214_400


class CertificateSummary(Model):
    """A certificate as the ledger has it; its content stands in the document."""

    id: Bytes32
    status: CertificateStatus
    form: str = Field(examples=["D"])
    issuer: Bytes32
    issuing_country: str = Field(examples=["VN"])
    importing_country: str = Field(examples=["ID"])
    items: int = Field(examples=[2])
    consignment: Bytes32
    document: Bytes32 = Field(description="SHA-256 of the issuer-signed JWS.")
    document_key: Bytes32
    issued_at: Time | None
    expires_at: Time | None
    cancelled_at: Time | None
    superseded_at: Time | None
    successor: Bytes32 | None = Field(description="The certificate that replaces it.")
    supersedes: Bytes32 | None = Field(description="The certificate that it replaces.")
    parent: Bytes32 | None = Field(description="What it was issued back-to-back from.")
    application: Bytes32 | None
    authorisation: Bytes32 | None = Field(description="Of a self-certification.")
    exchange: Exchange
    paper: bool = Field(description="Whether it was received on paper.")
    consented: bool = Field(description="Whether importing customs consents to withdrawing it.")
    transmission: Bytes32 | None = Field(description="Digest of the newest transmission.")
    contract: Address
    changed_block: int = Field(examples=[1042])


class CertificatePage(Model):
    """Some certificates."""

    items: list[CertificateSummary]
    next: str | None = Field(description="Cursor of the next page, null on the last.")


class ClaimPage(Model):
    """Some claims."""

    items: list[Claim]
    next: str | None = Field(description="Cursor of the next page, null on the last.")


class Deadlines(Model):
    """Days that each step of a verification may take, by the agreement of the form."""

    agreement: str = Field(examples=["ATIGA"])
    reply_days: int = Field(examples=[90])
    conclude_days: int = Field(examples=[180])
    visit_consent_days: int = Field(examples=[30])
    visit_days: int = Field(examples=[60])
    is_verified: bool = Field(description="False where the constants are to be checked first.")


class Certificate(Model):
    """A certificate with items and claims."""

    certificate: CertificateSummary
    count: int = Field(examples=[3], description="Records in its history.")
    head: Bytes32
    drawn: list[Item] = Field(description="Items not listed are untouched.")
    claims: list[Claim]
    document_held: bool = Field(description="Whether this organisation holds the document.")
    messages: list[Message]
    verification: list[VerificationStep]
    lines: list[CertifiedLine]
    children: list[Bytes32]
    deadlines: Deadlines | None = Field(description="Null for a form without known rules.")


class HistoryRecord(Model):
    """One record of a certificate's history."""

    position: int = Field(examples=[1])
    digest: Bytes32
    type: str = Field(examples=["CertificateIssue"])
    head: Bytes32
    signer_key: Bytes32
    block: int = Field(examples=[1042])
    block_time: Time | None
    transaction: Bytes32


class History(Model):
    """A certificate's records, oldest first."""

    items: list[HistoryRecord]


def summary_of(row: CertificateRow) -> CertificateSummary:
    """Return a row's schema."""
    return CertificateSummary(
        id=row.object_id,
        status=CertificateStatus(row.status),
        form=row.form,
        issuer=row.issuer,
        issuing_country=row.issuing_country,
        importing_country=row.importing_country,
        items=row.items,
        consignment=row.consignment,
        document=row.document,
        document_key=row.document_key,
        issued_at=time_text(row.issued_at),
        expires_at=time_text(row.expires_at),
        cancelled_at=time_or_none(row.cancelled_at),
        superseded_at=time_or_none(row.superseded_at),
        successor=row.successor,
        supersedes=row.supersedes,
        parent=row.parent,
        application=row.application,
        authorisation=row.authorisation,
        exchange=Exchange(row.exchange),
        paper=row.paper,
        consented=row.consented,
        transmission=row.transmission,
        contract=row.contract,
        changed_block=row.changed_block,
    )


def certificate_of(details: CertificateDetails, *, document_held: bool) -> Certificate:
    """Return a certificate's schema."""
    return Certificate(
        certificate=summary_of(details.certificate),
        count=details.count,
        head=details.head,
        drawn=[item_of(item) for item in details.items],
        claims=[claim_of(claim) for claim in details.claims],
        document_held=document_held,
        messages=[message_of(message) for message in details.messages],
        verification=[step_of(step) for step in details.steps],
        lines=[certified_line_of(line) for line in details.lines],
        children=list(details.children),
        deadlines=_deadlines_of(details.certificate),
    )


def history_of(rows: list[LedgerRecord]) -> History:
    """Return a history's schema."""
    return History(
        items=[
            HistoryRecord(
                position=row.position,
                digest=row.digest,
                type=row.type_name,
                head=row.head,
                signer_key=row.signer_key,
                block=row.block_number,
                block_time=time_text(row.block_time),
                transaction=row.transaction_hash,
            )
            for row in rows
        ]
    )


def _deadlines_of(row: CertificateRow) -> Deadlines | None:
    day = datetime.fromtimestamp(min(row.issued_at, _LAST_DAY), UTC).date()
    try:
        rules = form_rules(row.form, day)
    except FormError:
        return None
    return Deadlines(
        agreement=rules.agreement,
        reply_days=rules.verification.reply_days,
        conclude_days=rules.verification.conclude_days,
        visit_consent_days=rules.verification.visit_consent_days,
        visit_days=rules.verification.visit_days,
        is_verified="verification" not in rules.unverified,
    )
