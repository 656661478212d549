"""Schemas of certificates of origin."""

from typing import Any, Final

from pydantic import Field

from api.schemas import Address, Bytes32, Model, Time, time_text
from node.indexer.tables import LedgerRecord
from node.origin.queries import CertificateDetails
from node.origin.tables import CertificateRow, CertificateStatus, ClaimRow, ClaimStatus, ItemRow


class CertificateSummary(Model):
    """A certificate as the ledger has it; its content stands in the document."""

    id: Bytes32
    status: CertificateStatus
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
    contract: Address
    changed_block: int = Field(examples=[1042])


class CertificatePage(Model):
    """Some certificates."""

    items: list[CertificateSummary]
    next: str | None = Field(description="Cursor of the next page, null on the last.")


class Item(Model):
    """How far one item is drawn."""

    item: int = Field(examples=[1])
    share: int = Field(examples=[3334], description="1/10,000 of the whole, rounded up.")
    commitment_x: str
    commitment_y: str


class Claim(Model):
    """One claim."""

    digest: Bytes32
    item: int = Field(examples=[1])
    status: ClaimStatus
    declarant_key: Bytes32
    declaration: Bytes32
    commitment_x: str
    commitment_y: str
    claimed_at: Time | None
    decided_at: Time | None
    decided_by: Bytes32 | None


class Certificate(Model):
    """A certificate with items and claims."""

    certificate: CertificateSummary
    count: int = Field(examples=[3], description="Records in its history.")
    head: Bytes32
    drawn: list[Item] = Field(description="Items not listed are untouched.")
    claims: list[Claim]
    document_held: bool = Field(description="Whether this organisation holds the document.")


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


class Prepared(Model):
    """A record that waits for its signature."""

    record: dict[str, Any] = Field(description="Signed record without its signature.")
    digest: Bytes32 = Field(description="What the key signs.")
    typed_data: dict[str, Any] = Field(description="The same for eth_signTypedData_v4.")


PREPARE_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": [
                        "certificate",
                        "object",
                        "document",
                        "document_key",
                        "consignment",
                        "expires_in",
                    ],
                    "additionalProperties": False,
                    "properties": {
                        "certificate": {
                            "type": "object",
                            "description": "Form D in the form of contracts.origin.certificate.",
                        },
                        "object": {"type": "string", "description": "Keyed hash of its number."},
                        "document": {"type": "string", "description": "SHA-256 of the JWS."},
                        "document_key": {"type": "string", "description": "Key id."},
                        "consignment": {"type": "string", "description": "Keyed hash."},
                        "expires_in": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 604800,
                            "description": "Seconds of block time the record stays acceptable.",
                        },
                    },
                }
            }
        },
    }
}


def summary_of(row: CertificateRow) -> CertificateSummary:
    """Return a row's schema."""
    return CertificateSummary(
        id=row.object_id,
        status=CertificateStatus(row.status),
        issuer=row.issuer,
        issuing_country=row.issuing_country,
        importing_country=row.importing_country,
        items=row.items,
        consignment=row.consignment,
        document=row.document,
        document_key=row.document_key,
        issued_at=time_text(row.issued_at),
        expires_at=time_text(row.expires_at),
        cancelled_at=None if row.cancelled_at is None else time_text(row.cancelled_at),
        contract=row.contract,
        changed_block=row.changed_block,
    )


def certificate_of(details: CertificateDetails, *, document_held: bool) -> Certificate:
    """Return a certificate's schema."""
    return Certificate(
        certificate=summary_of(details.certificate),
        count=details.count,
        head=details.head,
        drawn=[_item_of(item) for item in details.items],
        claims=[_claim_of(claim) for claim in details.claims],
        document_held=document_held,
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


def _item_of(row: ItemRow) -> Item:
    return Item(
        item=row.item,
        share=row.share,
        commitment_x=row.commitment_x,
        commitment_y=row.commitment_y,
    )


def _claim_of(row: ClaimRow) -> Claim:
    return Claim(
        digest=row.digest,
        item=row.item,
        status=ClaimStatus(row.status),
        declarant_key=row.declarant_key,
        declaration=row.declaration,
        commitment_x=row.commitment_x,
        commitment_y=row.commitment_y,
        claimed_at=time_text(row.claimed_at),
        decided_at=None if row.decided_at is None else time_text(row.decided_at),
        decided_by=row.decided_by,
    )
