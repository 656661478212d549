"""Schemas of what belongs to a certificate: items, claims, messages, verification steps."""

from typing import Final

from pydantic import Field

from api.schemas import Bytes32, Model, Time, time_text
from contracts.origin.records import MessageKind, VerificationKind
from node.issuance.tables import CertifiedLineRow
from node.origin.tables import (
    ClaimRow,
    ClaimStatus,
    Exchange,
    ItemRow,
    MessageRow,
    VerificationState,
    VerificationStepRow,
)

_MESSAGES: Final = {int(kind): kind.name.lower() for kind in MessageKind}
_STEPS: Final = {int(kind): kind.name.lower() for kind in VerificationKind}


class Item(Model):
    """How far one item is drawn."""

    item: int = Field(examples=[1])
    share: int = Field(examples=[3334], description="1/10,000 of the whole, rounded up.")
    commitment_x: str
    commitment_y: str


class Claim(Model):
    """One claim, or the draw of a certificate issued back-to-back."""

    digest: Bytes32
    certificate: Bytes32
    item: int = Field(examples=[1])
    status: ClaimStatus
    declarant_key: Bytes32 | None
    declaration: Bytes32 | None
    child: Bytes32 | None = Field(description="Of a draw: the certificate issued back-to-back.")
    child_item: int | None
    commitment_x: str
    commitment_y: str
    claimed_at: Time | None
    decided_at: Time | None
    decided_by: Bytes32 | None
    verification: VerificationState
    doubted_at: Time | None
    doubt_document: Bytes32 | None
    reply_by: Time | None = Field(description="Block time until which an answer is awaited.")
    conclude_by: Time | None = Field(description="Block time until which the result is awaited.")


class Message(Model):
    """What one administration told the other."""

    digest: Bytes32
    kind: str = Field(examples=["transmit"])
    exchange: Exchange = Field(description="The state of exchange after it.")
    organisation: Bytes32
    reference: Bytes32
    document: Bytes32 | None
    reason: Bytes32 | None
    sent_at: Time | None
    block: int = Field(examples=[1042])


class VerificationStep(Model):
    """One step of the verification of a claim."""

    digest: Bytes32
    claim: Bytes32
    kind: str = Field(examples=["interim"])
    verification: VerificationState = Field(description="The claim's state after it.")
    organisation: Bytes32
    document: Bytes32 | None
    reply_by: Time | None
    stated_at: Time | None
    block: int = Field(examples=[1042])


class CertifiedLine(Model):
    """Part of an export line that an item is certified from."""

    digest: Bytes32
    certificate: Bytes32
    item: int = Field(examples=[1])
    line: Bytes32
    customs: Bytes32
    quantity_x: str
    quantity_y: str
    certified_at: Time | None
    released_at: Time | None


def item_of(row: ItemRow) -> Item:
    """Return a drawn item's schema."""
    return Item(
        item=row.item,
        share=row.share,
        commitment_x=row.commitment_x,
        commitment_y=row.commitment_y,
    )


def claim_of(row: ClaimRow) -> Claim:
    """Return a claim's schema."""
    return Claim(
        digest=row.digest,
        certificate=row.object_id,
        item=row.item,
        status=ClaimStatus(row.status),
        declarant_key=row.declarant_key,
        declaration=row.declaration,
        child=row.child,
        child_item=row.child_item,
        commitment_x=row.commitment_x,
        commitment_y=row.commitment_y,
        claimed_at=time_text(row.claimed_at),
        decided_at=time_or_none(row.decided_at),
        decided_by=row.decided_by,
        verification=VerificationState(row.verification),
        doubted_at=time_or_none(row.doubted_at),
        doubt_document=row.doubt_document,
        reply_by=time_or_none(row.reply_by),
        conclude_by=time_or_none(row.conclude_by),
    )


def message_of(row: MessageRow) -> Message:
    """Return a message's schema."""
    return Message(
        digest=row.digest,
        kind=_MESSAGES[row.kind],
        exchange=Exchange(row.exchange),
        organisation=row.organisation,
        reference=row.reference,
        document=row.document,
        reason=row.reason,
        sent_at=time_text(row.sent_at),
        block=row.block_number,
    )


def step_of(row: VerificationStepRow) -> VerificationStep:
    """Return a verification step's schema."""
    return VerificationStep(
        digest=row.digest,
        claim=row.claim,
        kind=_STEPS[row.kind],
        verification=VerificationState(row.verification),
        organisation=row.organisation,
        document=row.document,
        reply_by=time_or_none(row.reply_by),
        stated_at=time_text(row.stated_at),
        block=row.block_number,
    )


def certified_line_of(row: CertifiedLineRow) -> CertifiedLine:
    """Return a certified part's schema."""
    return CertifiedLine(
        digest=row.digest,
        certificate=row.object_id,
        item=row.item,
        line=row.line,
        customs=row.customs,
        quantity_x=row.quantity_x,
        quantity_y=row.quantity_y,
        certified_at=time_text(row.certified_at),
        released_at=time_or_none(row.released_at),
    )


def time_or_none(seconds: int | None) -> str | None:
    """Return a time as RFC 3339, None where there is none."""
    return None if seconds is None else time_text(seconds)
