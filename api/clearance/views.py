"""From rows to the schemas of clearance."""

import json
from collections.abc import Sequence

from api.clearance.queries import LedgerView
from api.clearance.schemas import (
    Decision,
    Fact,
    Mark,
    Message,
    Override,
    Paper,
    Reason,
    Receipt,
    Standing,
    Summary,
)
from api.clearance.waiting import Reason as Found
from api.clearance.waiting import standing_holds, waits_for
from api.schemas import time_text
from contracts.clearance.declaration import DeclarationNumber
from contracts.clearance.records import (
    CargoEvent,
    Channel,
    CheckKind,
    CheckOutcome,
    Direction,
    FactKind,
    OverrideKind,
)
from contracts.clearance.state import DrawOutcome, FactStatus, Stage
from node.clearance.tables import (
    ClearanceAskRow,
    ClearanceFactRow,
    ClearanceMarkRow,
    ClearancePaper,
    ClearanceRow,
    DeclarationFile,
    DeclarationVersion,
)
from node.settlement.queries import Settlement


def number_of(file: DeclarationFile) -> str:
    """Return a declaration's number of 12 digits."""
    return str(DeclarationNumber(file.declaration_no, file.amendment))


def receipt_of(file: DeclarationFile, warnings: list[dict[str, str]]) -> Receipt:
    """Return the schema of a declaration that was taken in."""
    return Receipt(
        declaration_no=number_of(file),
        object=file.object_id,
        reference=file.reference,
        received_at=time_text(file.received_at),
        warnings=warnings,
    )


def paper_of(paper: ClearancePaper) -> Paper:
    """Return a document's schema."""
    return Paper(
        digest=paper.digest,
        kind=paper.kind,
        document=json.loads(paper.content),
        salt=paper.salt,
        made_at=time_text(paper.made_at),
    )


def message_of(paper: ClearancePaper) -> Message:
    """Return the schema of a question or an answer."""
    return Message(
        digest=paper.digest,
        kind=paper.kind,
        document=json.loads(paper.content),
        made_at=time_text(paper.made_at),
    )


def fact_of(row: ClearanceFactRow, now: int) -> Fact:
    """Return a fact's schema."""
    return Fact(
        declaration=row.object_id,
        fact=row.fact,
        kind=FactKind(row.kind).name.lower(),
        agency=row.agency,
        status=FactStatus(row.status).name.lower(),
        late=row.status == FactStatus.OPEN and row.due_at < now,
        due_at=time_text(row.due_at),
        awaited_at=time_text(row.awaited_at),
        stated_at=None if row.stated_at is None else time_text(row.stated_at),
        content=row.content,
    )


def override_of(row: ClearanceAskRow, number: str | None) -> Override:
    """Return an override's schema."""
    kind = OverrideKind(row.kind)
    value = None
    if kind is OverrideKind.CHANNEL:
        value = Channel(row.value).name.lower()
    elif kind is OverrideKind.CHECK:
        value = CheckKind(row.value).name.lower()
    return Override(
        declaration=row.object_id,
        declaration_no=number,
        digest=row.digest,
        kind=kind.name.lower(),
        value=value,
        fact=row.fact,
        amendment=row.amendment,
        reason=row.reason,
        content=row.content,
        officer=row.officer,
        asked_at=time_text(row.asked_at),
        approver=row.approver,
        approved_at=None if row.approved_at is None else time_text(row.approved_at),
        approved=row.approver is not None,
    )


def mark_of(row: ClearanceMarkRow) -> Mark:
    """Return the schema of something that happened."""
    return Mark(
        event=row.event,
        at=time_text(row.at),
        block=row.block_number,
        block_time=time_text(row.block_time),
        detail=json.loads(row.detail),
    )


def summary_of(row: ClearanceRow, file: DeclarationFile | None) -> Summary:
    """Return a declaration's schema in a queue."""
    return Summary(
        object=row.object_id,
        declaration_no=None if file is None else number_of(file),
        direction=Direction(row.direction).name.lower(),
        procedure=row.procedure,
        office=row.office,
        stage=Stage(row.stage).name.lower(),
        channel=_channel(row),
        amendment=row.amendment,
        documents=_outcome(row.documents),
        inspection=_outcome(row.inspection),
        open_facts=row.open,
        failed_facts=row.failed,
        holds=row.holds,
        overrides=row.overrides,
        cargo=_cargo(row.cargo),
        may_leave=Stage.STORED <= row.stage <= Stage.CLEARED and not row.holds,
        consignment=row.consignment,
        transport=row.transport,
        registered_at=time_text(row.registered_at),
    )


def standing_of(
    file: DeclarationFile, view: LedgerView | None, settlement: Settlement | None, now: int
) -> Standing:
    """Return how a declaration stands.

    Args:
        file: Its file.
        view: What the ledger says, None before registration.
        settlement: How its dues stand, None where nothing was assessed.
        now: The time in seconds.
    """
    row = None if view is None else view.row
    number = number_of(file)
    found: list[Found] = waits_for(file, view, settlement, now)
    return Standing(
        declaration_no=number,
        object=file.object_id,
        reference=file.reference,
        declarant=file.declarant,
        taxpayer=file.taxpayer,
        office=file.office,
        state=file.state,
        detail=file.detail,
        received_at=time_text(file.received_at),
        amendment=file.amendment,
        stage="received" if row is None else Stage(row.stage).name.lower(),
        channel=None if row is None else _channel(row),
        decided=row is not None and row.decided == file.amendment + 1,
        decision=None if row is None else row.decision,
        draw=DrawOutcome(0 if row is None else row.draw).name.lower(),
        rank=None if row is None else row.rank,
        rate_ppm=None if row is None else row.rate,
        documents=None if row is None else _outcome(row.documents),
        inspection=None if row is None else _outcome(row.inspection),
        certificates=0 if row is None else row.certificates,
        claims=0 if row is None else row.claims,
        settled=settlement is not None and settlement.is_settled(now),
        holds=[] if view is None else standing_holds(view.marks),
        cargo=[] if row is None else _cargo(row.cargo),
        facts=[] if view is None else [fact_of(each, now) for each in view.facts],
        overrides=[] if view is None else [override_of(each, number) for each in view.asks],
        waiting=[Reason(code=each.code, vi=each.vi, en=each.en) for each in found],
        timeline=[] if view is None else [mark_of(each) for each in view.marks],
    )


def decision_of(
    file: DeclarationFile,
    version: DeclarationVersion,
    row: ClearanceRow | None,
    marks: Sequence[ClearanceMarkRow],
) -> Decision:
    """Return a decision with what the ledger says of it.

    Args:
        file: The declaration's file.
        version: The decided version.
        row: How the declaration stands on the ledger, None before it is registered.
        marks: What happened to it, in the order of the ledger.
    """
    count = version.amendment
    decided = _detail(marks, "ChannelDecided", count)
    entered = _detail(marks, "AmendmentRegistered", count)
    drawn = _detail(marks, "DrawResolved") or {}
    if not count:
        entered = _detail(marks, "DeclarationRegistered")
    return Decision(
        declaration_no=str(DeclarationNumber(version.declaration_no, count)),
        object=file.object_id,
        amendment=count,
        document=version.decision or "",
        salt=version.decision_salt or "",
        committed=_text(decided, "decision"),
        content=_text(entered, "content"),
        channel=None if decided is None else Channel(int(decided["channel"])).name.lower(),
        registration=None if row is None else row.registration,
        rank=None if row is None else row.rank,
        round=None if row is None else row.round,
        rate_ppm=None if row is None else row.rate,
        draw=None if row is None else DrawOutcome(row.draw).name.lower(),
        seed=_text(drawn, "seed"),
    )


def _detail(
    marks: Sequence[ClearanceMarkRow], event: str, amendment: int | None = None
) -> dict[str, str | int] | None:
    for mark in marks:
        if mark.event == event:
            detail: dict[str, str | int] = json.loads(mark.detail)
            if amendment is None or detail["amendment"] == amendment:
                return detail
    return None


def _text(detail: dict[str, str | int] | None, name: str) -> str | None:
    value = None if detail is None else detail.get(name)
    return None if value is None else str(value)


def _channel(row: ClearanceRow) -> str | None:
    return Channel(row.channel).name.lower() if row.channel else None


def _outcome(value: int) -> str | None:
    return CheckOutcome(value).name.lower() if value else None


def _cargo(value: int) -> list[str]:
    return [str(each.name).lower() for each in CargoEvent if value & each]
