"""From events of the origin contract to its read models."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.abi import Log
from contracts.events import Event, Recorded
from contracts.origin.binding import OriginContract
from contracts.origin.events import (
    CertificateCancelled,
    CertificateDrawn,
    CertificateIssued,
    CertificateMessaged,
    CertificateSuperseded,
    ClaimAccepted,
    ClaimDoubted,
    ClaimMade,
    ClaimRejected,
    VerificationStepped,
)
from contracts.origin.records import DOMAIN, MessageKind
from node.database.values import bounded, hexadecimal
from node.ledger import Block
from node.membership.tables import ContractRow
from node.origin.rows import (
    certificate_row,
    claim_row,
    draw_row,
    item_row,
    message_row,
    step_row,
    verification_of,
)
from node.origin.tables import (
    CertificateRow,
    CertificateStatus,
    ClaimRow,
    ClaimStatus,
    VerificationState,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event stands.

    Attributes:
        block: The block that holds it.
        contract: The contract that said it.
        digest: The digest of its record, 0x and 64 digits.
        position: The record's place in its object's history, from 1.
    """

    block: Block
    contract: str
    digest: str
    position: int


class OriginProjection:
    """Keeps certificates, items, claims and export lines as the origin contracts have them."""

    def apply(self, session: Session, block: Block, logs: Sequence[Log]) -> None:
        """Write what a block changes."""
        if not logs:
            return
        query = select(ContractRow.address).where(ContractRow.domain == DOMAIN)
        contracts = set(session.scalars(query))
        digest, position = "", 0
        for log in logs:
            contract = hexadecimal(log.address)
            if contract not in contracts:
                continue
            event = OriginContract.decode(log)
            if isinstance(event, Recorded):  # it precedes its record's own event
                digest, position = hexadecimal(event.digest), bounded(event.count)
            elif event is not None:
                _write(session, event, Place(block, contract, digest, position))
                session.flush()


def _write(session: Session, event: Event, place: Place) -> None:
    match event:
        case CertificateIssued():
            session.add(certificate_row(event, place.block, place.contract))
        case CertificateMessaged():
            _write_message(session, event, place)
        case CertificateCancelled():
            row = _changed(session, event.certificate, place.block)
            row.status = CertificateStatus.CANCELLED
            row.cancelled_at = bounded(event.cancelled_at)
        case CertificateSuperseded():
            row = _changed(session, event.certificate, place.block)
            row.status = CertificateStatus.SUPERSEDED
            row.superseded_at = bounded(event.superseded_at)
            row.successor = hexadecimal(event.successor)
        case _:
            _write_claim(session, event, place)


def _write_claim(session: Session, event: Event, place: Place) -> None:
    match event:
        case ClaimMade():
            session.add(claim_row(event, place.block.number))
            _changed(session, event.certificate, place.block)
        case ClaimAccepted():
            _decide(session, event, ClaimStatus.ACCEPTED, event.accepted_at, place)
        case ClaimRejected():
            _decide(session, event, ClaimStatus.REJECTED, event.rejected_at, place)
        case CertificateDrawn():
            session.add(draw_row(event, place.block.number))
            session.merge(item_row(event))
            _changed(session, event.certificate, place.block)
        case ClaimDoubted():
            _write_doubt(session, event, place)
        case VerificationStepped():
            _write_step(session, event, place)
        case _:
            pass  # refused calls leave no trace here


def _write_message(session: Session, event: CertificateMessaged, place: Place) -> None:
    message = message_row(event, place.block, place.digest, place.position)
    session.add(message)
    row = _changed(session, event.certificate, place.block)
    row.exchange = message.exchange
    match message.kind:
        case MessageKind.TRANSMIT:
            row.transmission = message.digest
        case MessageKind.PAPER:
            row.paper = True
        case MessageKind.CONSENT:
            row.consented = True
        case _:
            pass  # the others change nothing but the state of exchange


def _write_doubt(session: Session, event: ClaimDoubted, place: Place) -> None:
    claim = session.get_one(ClaimRow, hexadecimal(event.claim))
    claim.verification = VerificationState.REQUESTED
    claim.doubted_at = bounded(event.doubted_at)
    claim.doubt_document = hexadecimal(event.document)
    claim.reply_by = bounded(event.reply_by)
    claim.conclude_by = bounded(event.conclude_by)
    claim.changed_block = place.block.number
    _changed(session, event.certificate, place.block)


def _write_step(session: Session, event: VerificationStepped, place: Place) -> None:
    session.add(step_row(event, place.block.number, place.digest, place.position))
    claim = session.get_one(ClaimRow, hexadecimal(event.claim))
    claim.verification = verification_of(event.verification)
    if event.reply_by:
        claim.reply_by = bounded(event.reply_by)
    claim.changed_block = place.block.number
    _changed(session, event.certificate, place.block)


def _decide(
    session: Session,
    event: ClaimAccepted | ClaimRejected,
    status: ClaimStatus,
    decided_at: int,
    place: Place,
) -> None:
    claim = session.get_one(ClaimRow, hexadecimal(event.claim))
    claim.status = status
    claim.decided_at = bounded(decided_at)
    claim.decided_by = hexadecimal(event.customs)
    claim.changed_block = place.block.number
    _changed(session, event.certificate, place.block)
    session.merge(item_row(event))


def _changed(session: Session, certificate: bytes, block: Block) -> CertificateRow:
    row = session.get_one(CertificateRow, hexadecimal(certificate))
    row.changed_block = block.number
    return row
