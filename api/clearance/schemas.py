"""Schemas of clearance."""

import json
from typing import Any

from pydantic import Field

from api.clearance.queries import LedgerView
from api.clearance.waiting import Reason as Found
from api.clearance.waiting import standing_holds, waits_for
from api.schemas import Bytes32, Model, Time, time_text
from contracts.clearance.declaration import DeclarationNumber
from contracts.clearance.records import (
    CargoEvent,
    Channel,
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

CANONICAL_LIMIT = 1 << 16


class Submission(Model):
    """What a declarant hands in."""

    reference: str = Field(pattern=r"^[!-~]{1,64}$", examples=["2026-0042"])
    declaration: dict[str, Any] = Field(description="tradeseal-declaration/1.")


class Amending(Model):
    """A declaration as it reads now."""

    declaration: dict[str, Any] = Field(description="tradeseal-declaration/1, whole.")


class PaperBody(Model):
    """A document that a record will commit to."""

    kind: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$", examples=["inspection"])
    document: dict[str, Any] = Field(description="JSON, numbers whole, at most 64 KiB.")
    salt: str = Field(pattern=r"^[0-9a-f]{64}$")


class Receipt(Model):
    """A declaration that was taken in."""

    declaration_no: str = Field(examples=["107000000010"], description="12 digits.")
    object: Bytes32
    reference: str
    received_at: Time | None
    warnings: list[dict[str, str]] = Field(description="What is worth a look.")


class PaperReceipt(Model):
    """A document that is kept."""

    digest: Bytes32 = Field(description="What the record's field `content` must be.")


class Paper(Model):
    """A document behind a record."""

    digest: Bytes32
    kind: str
    document: dict[str, Any]
    salt: str
    made_at: Time | None


class Papers(Model):
    """The documents of a declaration."""

    items: list[Paper]


class Reason(Model):
    """Why a declaration is not cleared yet."""

    code: str = Field(examples=["payment"])
    vi: str
    en: str


class Fact(Model):
    """A fact that a declaration awaits."""

    declaration: Bytes32
    fact: Bytes32
    kind: str = Field(examples=["permit"])
    agency: Bytes32
    status: str = Field(examples=["open"])
    late: bool
    due_at: Time | None
    awaited_at: Time | None
    stated_at: Time | None
    content: Bytes32 | None


class Facts(Model):
    """Some facts."""

    items: list[Fact]
    next: str | None


class Override(Model):
    """A departure from what the rules say: who asked, why, who approved."""

    declaration: Bytes32
    declaration_no: str | None
    digest: Bytes32 = Field(description="Of the request; an approval names it.")
    kind: str = Field(examples=["channel"])
    value: str | None = Field(examples=["green"])
    fact: Bytes32 | None
    amendment: int
    reason: str
    officer: Bytes32
    asked_at: Time | None
    approver: Bytes32 | None
    approved_at: Time | None
    approved: bool


class Overrides(Model):
    """Some overrides."""

    items: list[Override]
    next: str | None


class Mark(Model):
    """Something that happened."""

    event: str = Field(examples=["ChannelDecided"])
    at: Time | None = Field(description="When its signer says it happened.")
    block: int
    block_time: Time | None
    detail: dict[str, Any]


class Summary(Model):
    """A declaration in a queue."""

    object: Bytes32
    declaration_no: str | None = Field(description="Known to its own customs alone.")
    direction: str = Field(examples=["import"])
    procedure: str
    office: str
    stage: str = Field(examples=["channelled"])
    channel: str | None = Field(examples=["yellow"])
    amendment: int
    documents: str | None
    inspection: str | None
    open_facts: int
    failed_facts: int
    holds: int
    overrides: int
    cargo: list[str]
    may_leave: bool
    consignment: Bytes32 | None
    transport: Bytes32 | None
    registered_at: Time | None


class Summaries(Model):
    """Some declarations."""

    items: list[Summary]
    next: str | None


class Standing(Model):
    """How a declaration stands."""

    declaration_no: str
    object: Bytes32
    reference: str
    declarant: str
    taxpayer: str
    office: str
    state: str = Field(examples=["open"], description="Of the office's file.")
    detail: str | None = Field(description="What the ledger refused last.")
    received_at: Time | None
    amendment: int
    stage: str = Field(examples=["received"], description="received: not on the ledger yet.")
    channel: str | None
    decided: bool = Field(description="Whether the channel is decided as it now reads.")
    decision: Bytes32 | None
    draw: str = Field(examples=["spared"])
    rank: int | None
    rate_ppm: int | None
    documents: str | None
    inspection: str | None
    certificates: int
    claims: int
    settled: bool
    holds: list[str] = Field(description="Reasons of the holds that stand.")
    cargo: list[str]
    facts: list[Fact]
    overrides: list[Override]
    waiting: list[Reason]
    timeline: list[Mark]


class Decision(Model):
    """A decision with what it takes to make it again."""

    declaration_no: str
    amendment: int
    document: str = Field(description="tradeseal-decision/1, its exact bytes as UTF-8.")
    salt: str
    committed: Bytes32 | None = Field(description="What the ledger committed to.")
    registration: Bytes32 | None
    round: int | None
    rate_ppm: int | None
    seed: Bytes32 | None = Field(description="As the contract read it; zeros where it read none.")


class Decisions(Model):
    """Some decisions."""

    items: list[Decision]
    next: str | None


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
        value = "documents" if row.value == 1 else "inspection"
    return Override(
        declaration=row.object_id,
        declaration_no=number,
        digest=row.digest,
        kind=kind.name.lower(),
        value=value,
        fact=row.fact,
        amendment=row.amendment,
        reason=row.reason,
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


def decision_of(version: DeclarationVersion, view: LedgerView | None) -> Decision:
    """Return a decision with what the ledger says of it."""
    row = None if view is None else view.row
    marks = [] if view is None else view.marks
    return Decision(
        declaration_no=str(DeclarationNumber(version.declaration_no, version.amendment)),
        amendment=version.amendment,
        document=version.decision or "",
        salt=version.decision_salt or "",
        committed=_detail(marks, "ChannelDecided", "decision", version.amendment),
        registration=None if row is None else row.registration,
        round=None if row is None else row.round,
        rate_ppm=None if row is None else row.rate,
        seed=_detail(marks, "DrawResolved", "seed", None),
    )


def _detail(marks: Any, event: str, name: str, amendment: int | None) -> str | None:
    for mark in marks:
        detail = json.loads(mark.detail)
        if mark.event == event and (amendment is None or detail["amendment"] == amendment):
            found: str = detail[name]
            return found
    return None


def _channel(row: ClearanceRow) -> str | None:
    return Channel(row.channel).name.lower() if row.channel else None


def _outcome(value: int) -> str | None:
    return CheckOutcome(value).name.lower() if value else None


def _cargo(value: int) -> list[str]:
    return [str(each.name).lower() for each in CargoEvent if value & each]
