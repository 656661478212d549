"""From events of the origin contract to its read models."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.abi import Log
from contracts.events import Event
from contracts.origin.binding import OriginContract
from contracts.origin.events import (
    CertificateCancelled,
    CertificateIssued,
    ClaimAccepted,
    ClaimMade,
    ClaimRejected,
)
from contracts.origin.records import DOMAIN
from node.database.values import ascii_name, bounded, hexadecimal
from node.ledger import Block
from node.membership.tables import ContractRow
from node.origin.tables import CertificateRow, CertificateStatus, ClaimRow, ClaimStatus, ItemRow


class OriginProjection:
    """Keeps certificates, items and claims as the origin contracts have them."""

    def apply(self, session: Session, block: Block, logs: Sequence[Log]) -> None:
        """Write what a block changes."""
        if not logs:
            return
        query = select(ContractRow.address).where(ContractRow.domain == DOMAIN)
        contracts = set(session.scalars(query))
        for log in logs:
            if hexadecimal(log.address) in contracts:
                event = OriginContract.decode(log)
                if event is not None:
                    _write(session, event, log, block.number)


def _write(session: Session, event: Event, log: Log, number: int) -> None:
    match event:
        case CertificateIssued():
            _write_issue(session, event, hexadecimal(log.address), number)
        case ClaimMade():
            session.add(_claim(event, number))
        case ClaimAccepted():
            _decide(session, event, ClaimStatus.ACCEPTED, event.accepted_at, number)
        case ClaimRejected():
            _decide(session, event, ClaimStatus.REJECTED, event.rejected_at, number)
        case CertificateCancelled():
            row = session.get_one(CertificateRow, hexadecimal(event.certificate))
            row.status = CertificateStatus.CANCELLED
            row.cancelled_at = bounded(event.cancelled_at)
            row.changed_block = number
        case _:
            pass  # records have their own projection
    session.flush()


def _write_issue(session: Session, event: CertificateIssued, contract: str, number: int) -> None:
    session.add(
        CertificateRow(
            object_id=hexadecimal(event.certificate),
            contract=contract,
            status=CertificateStatus.ISSUED,
            issuer=hexadecimal(event.issuer),
            issuing_country=ascii_name(event.issuing_country),
            importing_country=ascii_name(event.importing_country),
            items=event.items,
            consignment=hexadecimal(event.consignment),
            document=hexadecimal(event.document),
            document_key=hexadecimal(event.document_key),
            issued_at=bounded(event.issued_at),
            expires_at=bounded(event.expires_at),
            cancelled_at=None,
            issued_block=number,
            changed_block=number,
        )
    )


def _claim(event: ClaimMade, number: int) -> ClaimRow:
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
        decided_at=None,
        decided_by=None,
        claimed_block=number,
        changed_block=number,
    )


def _decide(
    session: Session,
    event: ClaimAccepted | ClaimRejected,
    status: ClaimStatus,
    decided_at: int,
    number: int,
) -> None:
    claim = session.get_one(ClaimRow, hexadecimal(event.claim))
    claim.status = status
    claim.decided_at = bounded(decided_at)
    claim.decided_by = hexadecimal(event.customs)
    claim.changed_block = number
    session.get_one(CertificateRow, claim.object_id).changed_block = number
    session.merge(
        ItemRow(
            object_id=claim.object_id,
            item=event.item,
            share=event.share,
            commitment_x=str(event.commitment_x),
            commitment_y=str(event.commitment_y),
        )
    )
