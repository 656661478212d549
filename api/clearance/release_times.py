"""From what the ledger says of declarations to the time-release study.

Every time is the block time in which the ledger took the record: the same for everybody, and no
signer's own. Goods are lodged when their declaration is registered, accepted when its channel is
first decided. Declarations are read by pages; what stays in memory is one time per stage.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
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
from node.indexer.tables import LedgerRecord
from node.organisation import OrganisationNode
from node.settlement.tables import CreditRow

_PAGE: Final = 500
_CARGO: Final = {
    CargoEvent.ARRIVED: Stage.ARRIVAL,
    CargoEvent.UNLOADED: Stage.UNLOAD,
    CargoEvent.EXITED: Stage.GATE_OUT,
}
_EVENTS: Final = {
    "DeclarationRegistered": Stage.LODGE,
    "ChannelDecided": Stage.ACCEPT,
    "FactStated": Stage.OTHER_AGENCIES,
}
_CHECKS: Final = {
    CheckKind.DOCUMENTS: Stage.DOCUMENT_CHECK,
    CheckKind.INSPECTION: Stage.INSPECT,
}


def release_times(node: OrganisationNode, since: int, until: int) -> Study:
    """Study the declarations that the ledger registered in a period and whose channel is decided.

    Args:
        node: Customs' node.
        since: First second of block time.
        until: First second behind it.
    """
    facts: dict[str, CaseFacts] = {}
    return study_times(_times(node, (since, until), facts), facts)


def _times(
    node: OrganisationNode, period: tuple[int, int], facts: dict[str, CaseFacts]
) -> Iterator[StageTime]:
    """Yield times page by page; note the facts of each page's cases before its times."""
    customs, after = node.folder.config.organisation, (-1, "")
    while True:
        with node.reading() as session:
            rows = ClearanceQueries(session).registered(customs, period, after, _PAGE)
            modes = _modes(node, [row.object_id for row in rows])
            decided = [row for row in rows if row.channel and row.object_id in modes]
            facts |= {row.object_id: _facts(row, modes) for row in decided}
            names = [row.object_id for row in decided]
            yield from _marked(session, names)
            yield from _paid(session, names)
        if len(rows) < _PAGE:
            return
        after = (rows[-1].round, rows[-1].object_id)


def _facts(row: ClearanceRow, modes: Mapping[str, str]) -> CaseFacts:
    return CaseFacts(Channel(row.channel).name.lower(), modes[row.object_id])


def _marked(session: Session, objects: Sequence[str]) -> Iterator[StageTime]:
    query = select(ClearanceMarkRow).where(ClearanceMarkRow.object_id.in_(objects))
    for mark in session.scalars(query):
        stage = _stage(mark)
        if stage is not None:
            yield StageTime(mark.object_id, stage, mark.block_time)


def _stage(mark: ClearanceMarkRow) -> Stage | None:
    """Return the stage that an event marks; of others no time is measured."""
    kind = json.loads(mark.detail).get("kind", 0)
    match mark.event:
        case "CargoStated":
            return _CARGO[CargoEvent(kind)]
        case "CheckReported":
            return _CHECKS[CheckKind(kind)]
        case "ClearanceGranted":
            return None if kind == GrantKind.STORE else Stage.RELEASE
        case event:
            return _EVENTS.get(event)


def _modes(node: OrganisationNode, objects: Sequence[str]) -> dict[str, str]:
    query = (
        select(DeclarationFile.object_id, DeclarationVersion.content)
        .join(
            DeclarationVersion,
            DeclarationVersion.declaration_no == DeclarationFile.declaration_no,
        )
        .where(DeclarationVersion.amendment == 0, DeclarationFile.object_id.in_(objects))
    )
    with node.state.read() as session:
        return {
            name: json.loads(content)["transport"]["mode"]
            for name, content in session.execute(query)
        }


def _paid(session: Session, objects: Sequence[str]) -> Iterator[StageTime]:
    query = (
        select(CreditRow.object_id, LedgerRecord.block_time)
        .join(LedgerRecord, LedgerRecord.digest == CreditRow.notice)
        .where(CreditRow.object_id.in_(objects), CreditRow.status == CreditStatus.ACCEPTED)
    )
    for name, at in session.execute(query):
        yield StageTime(name, Stage.PAY, at)
