"""Certificates with real documents, as national nodes exchange them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select
from support.organisations import (
    IDENTIFIER_KEY,
    ISSUER,
    Member,
    Network,
    Signer,
)

from clients.sdk.keystore import SigningKey
from clients.sdk.origin.issuing import IssuerKeys, Links, issue_record, sign_document
from contracts.documents.sealed import SD_JWT_TYPE
from contracts.origin.certificate import CertificateForm, parse_certificate
from contracts.origin.records import CertificateIssue, MessageKind
from contracts.records.signed import SignedRecord
from node.organisation import OrganisationNode
from node.origin.tables import CertificateRow, MessageRow

EXAMPLE = Path(__file__).parents[2] / "examples" / "form_d.json"
DAY_AFTER = 1_795_500_000  # 2026-11-24: a day after the example was certified


def example_form(**changes: Any) -> CertificateForm:
    return parse_certificate(json.loads(EXAMPLE.read_text()) | changes)


def issuer_keys(member: Member = ISSUER, signer: Signer | None = None) -> IssuerKeys:
    officer = SigningKey((signer or member.officer).secret)
    return IssuerKeys(officer, member.document_secret, IDENTIFIER_KEY, member.id)


@dataclass(frozen=True)
class Certified:
    """A signed issue with the document that it commits to."""

    signed: SignedRecord
    document: str

    @property
    def id(self) -> bytes:
        return self.signed.record.object

    @property
    def name(self) -> str:
        return "0x" + self.id.hex()

    @property
    def digest(self) -> str:
        assert isinstance(self.signed.record, CertificateIssue)
        return "0x" + self.signed.record.document.hex()


def certify(network: Network, boxes: CertificateForm | None = None, **changes: Any) -> Certified:
    """Sign a certificate whose export lines are on the ledger."""
    form = boxes or example_form()
    document = sign_document(form, issuer_keys())
    record = issue_record(form, document, issuer_keys(), Links(), network.time)
    record = replace(record, expires=network.soon, **changes)
    network.cover(record.object, record.items)
    return Certified(network.sign(record, ISSUER.officer), document)


def hand_over(node: OrganisationNode, certified: Certified, *readers: Member) -> str:
    """Seal the document in a node's vault; return the digest of its manifest."""
    content = certified.document.encode()
    kept = node.vault.keep_document(content, SD_JWT_TYPE, [one.hex_id for one in readers])
    return "0x" + kept.manifest.cid.digest.hex()


def transmitted(network: Network, certified: Certified) -> SignedRecord:
    """Put issue and transmission on the ledger; return the transmission."""
    sent = network.message(
        certified.id, MessageKind.TRANSMIT, document=bytes.fromhex(certified.digest[2:])
    )
    network.record(certified.signed)
    network.record(sent)
    return sent


def row_of(node: OrganisationNode, certificate: str) -> CertificateRow:
    with node.reading() as session:
        return session.get_one(CertificateRow, certificate)


def messages_of(node: OrganisationNode, certificate: str) -> list[MessageKind]:
    query = select(MessageRow.kind).where(MessageRow.object_id == certificate)
    with node.reading() as session:
        kinds = session.scalars(query.order_by(MessageRow.position))
        return [MessageKind(kind) for kind in kinds]
