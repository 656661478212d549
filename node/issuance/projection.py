"""From events of the issuance contract to its read models."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.abi import Log
from contracts.events import Event, Recorded
from contracts.issuance.binding import IssuanceContract
from contracts.issuance.events import (
    ApplicationMade,
    ApplicationStepped,
    ExporterAuthorised,
    ExporterWithdrawn,
    LineCertified,
    LineReleased,
)
from contracts.issuance.records import DOMAIN, ApplicationKind
from node.database.values import ascii_name, bounded, hexadecimal, hexadecimal_or_none
from node.issuance.tables import (
    ApplicationRow,
    ApplicationStatus,
    ApplicationStepRow,
    CertifiedLineRow,
    ExporterRow,
    LineRow,
)
from node.ledger import Block
from node.membership.tables import ContractRow, OrganisationRow

_STATUS: Final = {
    ApplicationKind.REQUEST_INFORMATION: ApplicationStatus.INFORMATION_REQUESTED,
    ApplicationKind.SUPPLY_INFORMATION: ApplicationStatus.OPEN,
    ApplicationKind.REFUSE: ApplicationStatus.REFUSED,
    ApplicationKind.APPROVE: ApplicationStatus.APPROVED,
    ApplicationKind.WITHDRAW: ApplicationStatus.WITHDRAWN,
}


class IssuanceProjection:
    """Keeps applications, exporters and export lines as the issuance contracts have them."""

    def apply(self, session: Session, block: Block, logs: Sequence[Log]) -> None:
        """Write what a block changes; it comes after Membership's projection."""
        if not logs:
            return
        query = select(ContractRow.address).where(ContractRow.domain == DOMAIN)
        contracts = set(session.scalars(query))
        digest, position = "", 0
        for log in logs:
            contract = hexadecimal(log.address)
            if contract not in contracts:
                continue
            event = IssuanceContract.decode(log)
            match event:
                case Recorded():  # it precedes its record's own event
                    digest, position = hexadecimal(event.digest), bounded(event.count)
                case ApplicationMade():
                    _write_application(session, event, contract, block.number)
                case ApplicationStepped():
                    _write_step(session, event, digest, position, block.number)
                case LineCertified() | LineReleased():
                    _write_line(session, event, digest, block.number)
                case _:
                    _write_exporter(session, event, contract, block.number)
            session.flush()


def _write_application(
    session: Session, event: ApplicationMade, contract: str, number: int
) -> None:
    authority = session.get(OrganisationRow, hexadecimal(event.authority))
    session.add(
        ApplicationRow(
            object_id=hexadecimal(event.application),
            contract=contract,
            status=ApplicationStatus.OPEN,
            applicant=hexadecimal(event.applicant),
            authority=hexadecimal(event.authority),
            country="" if authority is None else authority.country,
            document=hexadecimal(event.document),
            applied_at=bounded(event.applied_at),
            applied_block=number,
            changed_block=number,
        )
    )


def _write_step(
    session: Session, event: ApplicationStepped, digest: str, position: int, number: int
) -> None:
    session.add(
        ApplicationStepRow(
            digest=digest,
            object_id=hexadecimal(event.application),
            position=position,
            kind=event.kind,
            organisation=hexadecimal(event.organisation),
            reference=hexadecimal_or_none(event.reference),
            document=hexadecimal_or_none(event.document),
            reason=hexadecimal_or_none(event.reason),
            stated_at=bounded(event.stated_at),
            block_number=number,
        )
    )
    row = session.get_one(ApplicationRow, hexadecimal(event.application))
    row.status = _STATUS[ApplicationKind(event.kind)]
    row.changed_block = number
    if event.kind == ApplicationKind.APPROVE:
        row.certificate = hexadecimal(event.reference)


def _write_exporter(session: Session, event: Event | None, contract: str, number: int) -> None:
    match event:
        case ExporterAuthorised():
            session.merge(
                ExporterRow(
                    object_id=hexadecimal(event.exporter),
                    contract=contract,
                    organisation=hexadecimal(event.organisation),
                    authority=hexadecimal(event.authority),
                    country=ascii_name(event.country),
                    goods=hexadecimal(event.goods),
                    valid_from=bounded(event.valid_from),
                    valid_to=bounded(event.valid_to),
                    authorised_at=bounded(event.authorised_at),
                    changed_block=number,
                    withdrawn_at=None,
                )
            )
        case ExporterWithdrawn():
            row = session.get_one(ExporterRow, hexadecimal(event.exporter))
            row.withdrawn_at = bounded(event.withdrawn_at)
            row.changed_block = number
        case _:
            pass  # refused calls leave no trace here


def _write_line(
    session: Session, event: LineCertified | LineReleased, digest: str, number: int
) -> None:
    session.merge(_line(event, number))
    if isinstance(event, LineCertified):
        session.add(_certified(event, number, digest))
        return
    query = select(CertifiedLineRow).where(
        CertifiedLineRow.object_id == hexadecimal(event.certificate),
        CertifiedLineRow.item == event.item,
        CertifiedLineRow.line == hexadecimal(event.line),
        CertifiedLineRow.released_at.is_(None),
    )
    for row in session.scalars(query):
        row.released_at = bounded(event.released_at)


def _line(event: LineCertified | LineReleased, number: int) -> LineRow:
    return LineRow(
        line=hexadecimal(event.line),
        share=event.share,
        commitment_x=str(event.commitment_x),
        commitment_y=str(event.commitment_y),
        customs=hexadecimal(event.customs),
        changed_block=number,
    )


def _certified(event: LineCertified, number: int, digest: str) -> CertifiedLineRow:
    return CertifiedLineRow(
        digest=digest,
        object_id=hexadecimal(event.certificate),
        item=event.item,
        line=hexadecimal(event.line),
        customs=hexadecimal(event.customs),
        quantity_x=str(event.quantity_x),
        quantity_y=str(event.quantity_y),
        certified_at=bounded(event.certified_at),
        block_number=number,
    )
