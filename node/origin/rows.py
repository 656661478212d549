"""From one event of the origin contract to one row; pure."""

from typing import Final

from contracts.origin.events import (
    CertificateDrawn,
    CertificateIssued,
    CertificateMessaged,
    ClaimAccepted,
    ClaimMade,
    ClaimRejected,
    VerificationStepped,
)
from contracts.origin.state import ExchangeState, Verification
from node.database.values import ascii_name, bounded, hexadecimal, hexadecimal_or_none
from node.ledger import Block
from node.origin.tables import (
    CertificateRow,
    CertificateStatus,
    ClaimRow,
    ClaimStatus,
    Exchange,
    ItemRow,
    MessageRow,
    VerificationState,
    VerificationStepRow,
)

# By name, so that a state without a counterpart here fails at import.
_EXCHANGE: Final = {int(state): Exchange[state.name] for state in ExchangeState}
_VERIFICATION: Final = {int(state): VerificationState[state.name] for state in Verification}


def exchange_of(state: int) -> Exchange:
    """Return the ledger's state of exchange as the read models write it."""
    return _EXCHANGE[state]


def verification_of(state: int) -> VerificationState:
    """Return the ledger's state of a verification as the read models write it."""
    return _VERIFICATION[state]


def certificate_row(event: CertificateIssued, block: Block, contract: str) -> CertificateRow:
    """Return a new certificate."""
    return CertificateRow(
        object_id=hexadecimal(event.certificate),
        contract=contract,
        status=CertificateStatus.ISSUED,
        issuer=hexadecimal(event.issuer),
        form=ascii_name(event.form),
        issuing_country=ascii_name(event.issuing_country),
        importing_country=ascii_name(event.importing_country),
        items=event.items,
        consignment=hexadecimal(event.consignment),
        document=hexadecimal(event.document),
        document_key=hexadecimal(event.document_key),
        application=hexadecimal_or_none(event.application),
        authorisation=hexadecimal_or_none(event.authorisation),
        parent=hexadecimal_or_none(event.parent),
        supersedes=hexadecimal_or_none(event.supersedes),
        issued_at=bounded(event.issued_at),
        expires_at=bounded(event.expires_at),
        issued_block=block.number,
        issued_time=block.timestamp,
        changed_block=block.number,
    )


def message_row(event: CertificateMessaged, block: Block, digest: str, position: int) -> MessageRow:
    """Return a new message."""
    return MessageRow(
        digest=digest,
        object_id=hexadecimal(event.certificate),
        position=position,
        kind=event.kind,
        exchange=exchange_of(event.exchange),
        organisation=hexadecimal(event.organisation),
        reference=hexadecimal(event.reference),
        document=hexadecimal_or_none(event.document),
        reason=hexadecimal_or_none(event.reason),
        sent_at=bounded(event.sent_at),
        block_number=block.number,
        block_time=block.timestamp,
    )


def claim_row(event: ClaimMade, number: int) -> ClaimRow:
    """Return a new claim."""
    return ClaimRow(
        digest=hexadecimal(event.claim),
        object_id=hexadecimal(event.certificate),
        item=event.item,
        status=ClaimStatus.PENDING,
        declarant_key=hexadecimal(event.declarant),
        declaration=hexadecimal(event.declaration),
        commitment_x=str(event.commitment_x),
        commitment_y=str(event.commitment_y),
        claimed_at=bounded(event.claimed_at),
        claimed_block=number,
        changed_block=number,
    )


def draw_row(event: CertificateDrawn, number: int) -> ClaimRow:
    """Return a child's draw, which is an accepted claim on its parent."""
    return ClaimRow(
        digest=hexadecimal(event.claim),
        object_id=hexadecimal(event.certificate),
        item=event.item,
        status=ClaimStatus.ACCEPTED,
        child=hexadecimal(event.child),
        child_item=event.child_item,
        commitment_x=str(event.quantity_x),
        commitment_y=str(event.quantity_y),
        claimed_at=bounded(event.drawn_at),
        decided_at=bounded(event.drawn_at),
        decided_by=hexadecimal(event.organisation),
        claimed_block=number,
        changed_block=number,
    )


def item_row(event: ClaimAccepted | ClaimRejected | CertificateDrawn) -> ItemRow:
    """Return how far an item is drawn after an event."""
    return ItemRow(
        object_id=hexadecimal(event.certificate),
        item=event.item,
        share=event.share,
        commitment_x=str(event.commitment_x),
        commitment_y=str(event.commitment_y),
    )


def step_row(
    event: VerificationStepped, number: int, digest: str, position: int
) -> VerificationStepRow:
    """Return a step of a verification."""
    return VerificationStepRow(
        digest=digest,
        object_id=hexadecimal(event.certificate),
        claim=hexadecimal(event.claim),
        position=position,
        kind=event.kind,
        verification=verification_of(event.verification),
        organisation=hexadecimal(event.organisation),
        document=hexadecimal_or_none(event.document),
        reply_by=bounded(event.reply_by) or None,
        stated_at=bounded(event.stated_at),
        block_number=number,
    )
