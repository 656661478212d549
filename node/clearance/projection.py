"""From events of the clearance contract to its read models."""

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contracts.abi import Log
from contracts.clearance.binding import ClearanceContract
from contracts.clearance.events import (
    AmendmentRegistered,
    Approved,
    CargoStated,
    ChannelDecided,
    CheckReported,
    ClaimNamed,
    ClearanceGranted,
    DeclarationCancelled,
    DeclarationRegistered,
    DrawResolved,
    FactAwaited,
    FactStated,
    HoldPosted,
    OverrideAsked,
    RatesAsked,
)
from contracts.clearance.records import DOMAIN, CheckKind, FactKind, HoldKind, OverrideKind
from contracts.clearance.state import FactStatus, Stage, channel_floor
from contracts.events import Event, Recorded, Refused
from node.clearance.tables import (
    ClearanceAskRow,
    ClearanceFactRow,
    ClearanceMarkRow,
    ClearanceRow,
)
from node.database.values import ascii_name, bounded, hexadecimal, hexadecimal_or_none
from node.ledger import Block
from node.membership.tables import ContractRow

_CONSISTENT: Final = 1
_TIMES: Final = (
    *("registered_at", "amended_at", "decided_at", "named_at", "checked_at", "awaited_at"),
    *("stated_at", "granted_at", "posted_at", "cancelled_at", "asked_at", "approved_at"),
    *("taken_at",),
)


class ClearanceProjection:
    """Keeps declarations, facts, overrides and histories as the clearance contracts have them."""

    def apply(self, session: Session, block: Block, logs: Sequence[Log]) -> None:
        """Write what a block changes; it comes after Membership's projection."""
        if not logs:
            return
        query = select(ContractRow.address).where(ContractRow.domain == DOMAIN)
        contracts = set(session.scalars(query))
        digest = ""
        for log in logs:
            contract = hexadecimal(log.address)
            if contract not in contracts:
                continue
            event = ClearanceContract.decode(log)
            if isinstance(event, Recorded):
                digest = hexadecimal(event.digest)
            elif event is not None:
                _write(session, event, block, contract, digest)
                session.flush()


def _write(session: Session, event: Event, block: Block, contract: str, digest: str) -> None:
    match event:
        case DeclarationRegistered():
            session.add(_registered(event, contract, block))
            session.flush()
        case RatesAsked():
            session.add(_rates(event, digest))
            return
        case OverrideAsked():
            session.add(_override(event, digest))
        case Approved():
            if not _write_approval(session, event):
                return
        case Refused():
            return
        case _:
            _change(session, session.get_one(ClearanceRow, _object(event)), event)
    _mark(session, event, block)


def _object(event: Any) -> str:
    return hexadecimal(event.object if isinstance(event, Approved) else event.declaration)


def _registered(event: DeclarationRegistered, contract: str, block: Block) -> ClearanceRow:
    return ClearanceRow(
        object_id=hexadecimal(event.declaration),
        contract=contract,
        customs=hexadecimal(event.customs),
        registration=hexadecimal(event.registration),
        direction=event.direction,
        procedure=ascii_name(event.procedure),
        office=ascii_name(event.office),
        rank=event.rank,
        rate=event.rate,
        round=block.number,
        round_time=block.timestamp,
        consignment=hexadecimal_or_none(event.consignment),
        transport=hexadecimal_or_none(event.transport),
        content=hexadecimal(event.content),
        certificates=event.certificates,
        facts=event.facts,
        registered_at=bounded(event.registered_at),
        changed_block=block.number,
    )


def _rates(event: RatesAsked, digest: str) -> ClearanceAskRow:
    return ClearanceAskRow(
        digest=digest,
        object_id=hexadecimal(event.object),
        kind=0,
        value=0,
        amendment=0,
        fact=None,
        rates=str(event.rates),
        reason="",
        content=None,
        officer=hexadecimal(event.customs),
        asked_at=bounded(event.set_at),
    )


def _override(event: OverrideAsked, digest: str) -> ClearanceAskRow:
    return ClearanceAskRow(
        digest=digest,
        object_id=hexadecimal(event.declaration),
        kind=event.kind,
        value=event.value,
        amendment=event.amendment,
        fact=hexadecimal_or_none(event.fact),
        rates=None,
        reason=ascii_name(event.reason),
        content=hexadecimal(event.content),
        officer=hexadecimal(event.officer),
        asked_at=bounded(event.asked_at),
    )


def _write_approval(session: Session, event: Approved) -> bool:
    """Write an approval; return whether a declaration stands otherwise now."""
    ask = session.get_one(ClearanceAskRow, hexadecimal(event.subject))
    ask.officer = hexadecimal(event.officer)
    ask.approver, ask.approved_at = hexadecimal(event.approver), bounded(event.approved_at)
    if not ask.kind:
        return False
    row = session.get_one(ClearanceRow, ask.object_id)
    row.overrides += 1
    if ask.kind == OverrideKind.CHANNEL:
        row.channel = ask.value
    elif ask.kind == OverrideKind.FACT:
        fact = session.get_one(ClearanceFactRow, (ask.object_id, ask.fact))
        _restate(row, fact, FactStatus.WAIVED)
    elif ask.value == CheckKind.DOCUMENTS:
        row.documents = _CONSISTENT
    else:
        row.inspection = _CONSISTENT
    return True


def _restate(row: ClearanceRow, fact: ClearanceFactRow, status: FactStatus) -> None:
    if fact.status == FactStatus.OPEN:
        row.open -= 1
        row.later -= fact.kind >= FactKind.LABORATORY
    row.failed += (status == FactStatus.FAILED) - (fact.status == FactStatus.FAILED)
    fact.status = status


def _change(session: Session, row: ClearanceRow, event: Event) -> None:
    match event:
        case AmendmentRegistered():
            row.amendment, row.content = event.amendment, hexadecimal(event.content)
            row.certificates, row.facts = event.certificates, event.facts
            row.channel = channel_floor(row.channel, row.documents, row.inspection)
            row.claims = row.documents = row.inspection = 0
        case ChannelDecided():
            row.channel, row.draw = event.channel, event.draw
            row.decided, row.decision = event.amendment + 1, hexadecimal(event.decision)
            row.stage = max(row.stage, Stage.CHANNELLED)
        case DrawResolved():
            row.draw = event.draw
        case ClaimNamed():
            row.claims += 1
        case CheckReported(kind=CheckKind.DOCUMENTS):
            row.documents = event.outcome
        case CheckReported():
            row.inspection = event.outcome
        case _:
            _change_goods(session, row, event)


def _change_goods(session: Session, row: ClearanceRow, event: Event) -> None:
    match event:
        case FactAwaited():
            _await(session, row, event)
        case FactStated():
            fact = session.get_one(ClearanceFactRow, (row.object_id, hexadecimal(event.fact)))
            _restate(row, fact, FactStatus(event.outcome))
            fact.content, fact.stated_at = hexadecimal(event.content), bounded(event.stated_at)
        case CargoStated():
            row.cargo |= event.kind
        case ClearanceGranted():
            row.stage = event.kind
        case HoldPosted(kind=HoldKind.SEIZE):
            row.stage = Stage.SEIZED
        case HoldPosted():
            row.holds += 1 if event.kind == HoldKind.PLACE else -1
        case DeclarationCancelled():
            row.stage = Stage.CANCELLED
        case _:  # of evidence, only the history knows
            pass


def _await(session: Session, row: ClearanceRow, event: FactAwaited) -> None:
    row.awaited += 1
    row.open += 1
    row.later += event.kind >= FactKind.LABORATORY
    session.add(
        ClearanceFactRow(
            object_id=row.object_id,
            fact=hexadecimal(event.fact),
            agency=hexadecimal(event.agency),
            kind=event.kind,
            due_at=bounded(event.due_at),
            awaited_at=bounded(event.awaited_at),
        )
    )


def _mark(session: Session, event: Any, block: Block) -> None:
    name = _object(event)
    query = select(func.count()).where(ClearanceMarkRow.object_id == name)
    detail = {field.name: _json(getattr(event, field.name)) for field in fields(event)}
    claimed = [getattr(event, name) for name in _TIMES if hasattr(event, name)]
    session.add(
        ClearanceMarkRow(
            object_id=name,
            place=session.scalar(query) or 0,
            event=event.NAME,
            detail=json.dumps(detail, sort_keys=True),
            at=bounded(claimed[0]) if claimed else block.timestamp,
            block_number=block.number,
            block_time=block.timestamp,
        )
    )
    session.get_one(ClearanceRow, name).changed_block = block.number


def _json(value: object) -> str | int:
    return hexadecimal(value) if isinstance(value, bytes) else int(str(value))
