"""From what happened to declarations to the time-release study."""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.clearance.queries import ClearanceQueries
from api.clearance.timing import CaseFacts, Stage, StageTime, Study, study_times
from contracts.clearance.records import CargoEvent, Channel, CheckKind, GrantKind
from contracts.payments.state import CreditStatus
from node.clearance.tables import (
    ClearanceMarkRow,
    ClearanceRow,
    DeclarationFile,
    DeclarationVersion,
)
from node.organisation import OrganisationNode
from node.settlement.tables import CreditRow

_PAGE: Final = 1_000
_CARGO: Final = {
    CargoEvent.ARRIVED: Stage.ARRIVAL,
    CargoEvent.UNLOADED: Stage.UNLOAD,
    CargoEvent.EXITED: Stage.GATE_OUT,
}
_CHECKS: Final = {
    CheckKind.DOCUMENTS: Stage.DOCUMENT_CHECK,
    CheckKind.INSPECTION: Stage.INSPECT,
}


def release_times(node: OrganisationNode, since: int, until: int) -> Study:
    """Study the declarations that an office registered in a period and whose channel is decided.

    Args:
        node: Customs' node.
        since: First second.
        until: First second behind it.
    """
    files = _files(node, since, until)
    modes = _modes(node, files)
    events: list[StageTime] = []
    facts: dict[str, CaseFacts] = {}
    with node.reading() as session:
        channels = _channels(session, [file.object_id for file in files])
        for file in files:
            if channel := channels.get(file.object_id):
                name = Channel(channel).name.lower()
                facts[file.object_id] = CaseFacts(name, modes[file.declaration_no])
                events.append(StageTime(file.object_id, Stage.LODGE, file.received_at))
        for mark in ClearanceQueries(session).marks(list(facts)):
            events.extend(_events(mark))
        events.extend(_paid(session, list(facts)))
    return study_times(events, facts)


def _events(mark: ClearanceMarkRow) -> Iterator[StageTime]:
    detail = json.loads(mark.detail)
    name = mark.object_id
    match mark.event:
        case "DeclarationRegistered":
            yield StageTime(name, Stage.ACCEPT, mark.block_time)
        case "CargoStated":
            yield StageTime(name, _CARGO[CargoEvent(detail["kind"])], mark.at)
        case "CheckReported":
            yield StageTime(name, _CHECKS[CheckKind(detail["kind"])], mark.at)
        case "FactStated":
            yield StageTime(name, Stage.OTHER_AGENCIES, mark.at)
        case "ClearanceGranted" if detail["kind"] != GrantKind.STORE:
            yield StageTime(name, Stage.RELEASE, mark.block_time)
        case _:  # of other events no stage is measured
            pass


def _files(node: OrganisationNode, since: int, until: int) -> list[DeclarationFile]:
    query = select(DeclarationFile).where(
        DeclarationFile.registered_at >= since, DeclarationFile.registered_at < until
    )
    with node.state.read() as session:
        return list(session.scalars(query.order_by(DeclarationFile.declaration_no)))


def _modes(node: OrganisationNode, files: Sequence[DeclarationFile]) -> dict[str, str]:
    found: dict[str, str] = {}
    numbers = [file.declaration_no for file in files]
    with node.state.read() as session:
        for start in range(0, len(numbers), _PAGE):
            query = select(DeclarationVersion).where(
                DeclarationVersion.amendment == 0,
                DeclarationVersion.declaration_no.in_(numbers[start : start + _PAGE]),
            )
            for version in session.scalars(query):
                content = json.loads(version.content)
                found[version.declaration_no] = content["transport"]["mode"]
    return found


def _channels(session: Session, objects: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(objects), _PAGE):
        query = select(ClearanceRow.object_id, ClearanceRow.channel).where(
            ClearanceRow.object_id.in_(objects[start : start + _PAGE])
        )
        found |= {row.object_id: row.channel for row in session.execute(query)}
    return found


def _paid(session: Session, objects: Sequence[str]) -> Iterator[StageTime]:
    for start in range(0, len(objects), _PAGE):
        query = select(CreditRow.object_id, CreditRow.stated_at).where(
            CreditRow.object_id.in_(objects[start : start + _PAGE]),
            CreditRow.status == CreditStatus.ACCEPTED,
        )
        for name, at in session.execute(query):
            yield StageTime(name, Stage.PAY, at)
