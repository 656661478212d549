"""Tables of clearance: what the ledger says of declarations, and what an office holds of them."""

from enum import StrEnum

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from node.database.schema import ADDRESS, BYTES32, ReadTable, StateTable

_CODE = 32
_UINT256_DIGITS = 78
_NUMBER = 35


class ClearanceRow(ReadTable):
    """How a declaration stands (`contracts.clearance.state.ClearanceState`); 0 is "none yet"."""

    __tablename__ = "clearances"

    object_id: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    contract: Mapped[str] = mapped_column(String(ADDRESS))
    customs: Mapped[str] = mapped_column(String(BYTES32))
    registration: Mapped[str] = mapped_column(String(BYTES32))
    direction: Mapped[int] = mapped_column(Integer)
    procedure: Mapped[str] = mapped_column(String(BYTES32))
    office: Mapped[str] = mapped_column(String(BYTES32))
    rank: Mapped[int] = mapped_column(Integer)
    rate: Mapped[int] = mapped_column(Integer)
    round: Mapped[int] = mapped_column(BigInteger)
    round_time: Mapped[int] = mapped_column(BigInteger)
    consignment: Mapped[str | None] = mapped_column(String(BYTES32))
    transport: Mapped[str | None] = mapped_column(String(BYTES32))
    content: Mapped[str] = mapped_column(String(BYTES32))
    certificates: Mapped[int] = mapped_column(Integer)
    facts: Mapped[int] = mapped_column(Integer)
    registered_at: Mapped[int] = mapped_column(BigInteger)
    changed_block: Mapped[int] = mapped_column(BigInteger)
    stage: Mapped[int] = mapped_column(Integer, default=1)
    channel: Mapped[int] = mapped_column(Integer, default=0)
    amendment: Mapped[int] = mapped_column(Integer, default=0)
    decided: Mapped[int] = mapped_column(Integer, default=0)
    """The amendment that the channel was decided on, plus one."""
    decision: Mapped[str | None] = mapped_column(String(BYTES32), default=None)
    claims: Mapped[int] = mapped_column(Integer, default=0)
    awaited: Mapped[int] = mapped_column(Integer, default=0)
    open: Mapped[int] = mapped_column(Integer, default=0)
    later: Mapped[int] = mapped_column(Integer, default=0)
    failed: Mapped[int] = mapped_column(Integer, default=0)
    documents: Mapped[int] = mapped_column(Integer, default=0)
    inspection: Mapped[int] = mapped_column(Integer, default=0)
    holds: Mapped[int] = mapped_column(Integer, default=0)
    draw: Mapped[int] = mapped_column(Integer, default=0)
    overrides: Mapped[int] = mapped_column(Integer, default=0)
    cargo: Mapped[int] = mapped_column(Integer, default=0)

    __table_args__ = (
        Index("ix_clearances_queue", "customs", "office", "stage", "channel", "object_id"),
        Index("ix_clearances_consignment", "consignment", "round"),
        Index("ix_clearances_transport", "transport", "round"),
        Index("ix_clearances_round", "round", "object_id"),
    )


class ClearanceFactRow(ReadTable):
    """A fact that a declaration awaits."""

    __tablename__ = "clearance_facts"

    object_id: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    fact: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    agency: Mapped[str] = mapped_column(String(BYTES32))
    kind: Mapped[int] = mapped_column(Integer)
    due_at: Mapped[int] = mapped_column(BigInteger)
    awaited_at: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[int] = mapped_column(Integer, default=0)
    content: Mapped[str | None] = mapped_column(String(BYTES32), default=None)
    stated_at: Mapped[int | None] = mapped_column(BigInteger, default=None)

    __table_args__ = (Index("ix_clearance_facts_agency", "agency", "status", "due_at"),)


class ClearanceMarkRow(ReadTable):
    """Something that happened to a declaration, in the order of the ledger."""

    __tablename__ = "clearance_marks"

    object_id: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    event: Mapped[str] = mapped_column(String(_CODE))
    detail: Mapped[str] = mapped_column(Text)
    """The event's fields as JSON."""
    at: Mapped[int] = mapped_column(BigInteger)
    """When its signer says it happened."""
    block_number: Mapped[int] = mapped_column(BigInteger)
    block_time: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_clearance_marks_event", "event", "block_number"),)


class ClearanceAskRow(ReadTable):
    """What an officer asked for: an override, or other rates of inspection (kind 0)."""

    __tablename__ = "clearance_asks"

    digest: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    object_id: Mapped[str] = mapped_column(String(BYTES32))
    kind: Mapped[int] = mapped_column(Integer)
    value: Mapped[int] = mapped_column(Integer)
    amendment: Mapped[int] = mapped_column(Integer)
    fact: Mapped[str | None] = mapped_column(String(BYTES32))
    rates: Mapped[str | None] = mapped_column(String(_UINT256_DIGITS))
    reason: Mapped[str] = mapped_column(String(BYTES32))
    content: Mapped[str | None] = mapped_column(String(BYTES32))
    """Of the statement that an override rests on."""
    officer: Mapped[str] = mapped_column(String(BYTES32))
    asked_at: Mapped[int] = mapped_column(BigInteger)
    approver: Mapped[str | None] = mapped_column(String(BYTES32), default=None)
    approved_at: Mapped[int | None] = mapped_column(BigInteger, default=None)

    __table_args__ = (Index("ix_clearance_asks_object_id", "object_id", "digest"),)


class FileState(StrEnum):
    """How far an office has come with a declaration's file."""

    OPEN = "open"
    REFUSED = "refused"
    CLOSED = "closed"


class DeclarationFile(StateTable):
    """A declaration that an office took in."""

    __tablename__ = "declaration_files"

    declaration_no: Mapped[str] = mapped_column(String(_NUMBER), primary_key=True)
    """Without its amendment count."""
    object_id: Mapped[str] = mapped_column(String(BYTES32), unique=True)
    declarant: Mapped[str] = mapped_column(String(BYTES32))
    """Who handed it in: an organisation, or the caller's subject."""
    office: Mapped[str] = mapped_column(String(_CODE))
    taxpayer: Mapped[str] = mapped_column(String(16))
    reference: Mapped[str] = mapped_column(String(64))
    """The declarant's own reference: the same again is the same declaration."""
    received_at: Mapped[int] = mapped_column(BigInteger)
    registered_at: Mapped[int] = mapped_column(BigInteger)
    amendment: Mapped[int] = mapped_column(Integer, default=0)
    assessed: Mapped[int] = mapped_column(Integer, default=-1)
    """The amendment whose dues payments was told of."""
    state: Mapped[FileState] = mapped_column(String(16), default=FileState.OPEN)
    intake: Mapped[str] = mapped_column(Text, default="{}")
    """What the assessor found at registration, as JSON."""
    next_at: Mapped[int] = mapped_column(BigInteger, default=0)
    detail: Mapped[str | None] = mapped_column(Text, default=None)
    """Why nothing moves, for people."""

    __table_args__ = (
        Index("ix_declaration_files_open", "state", "next_at", "declaration_no"),
        Index("ix_declaration_files_taxpayer", "taxpayer", "registered_at"),
        Index("ix_declaration_files_reference", "declarant", "reference", unique=True),
    )


class DeclarationVersion(StateTable):
    """A declaration as it read under one amendment count."""

    __tablename__ = "declaration_versions"

    declaration_no: Mapped[str] = mapped_column(String(_NUMBER), primary_key=True)
    amendment: Mapped[int] = mapped_column(Integer, primary_key=True)
    content: Mapped[str] = mapped_column(Text)
    """The declaration, canonical JSON."""
    salt: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(BYTES32))
    received_at: Mapped[int] = mapped_column(BigInteger)
    decision: Mapped[str | None] = mapped_column(Text, default=None)
    """The decision document, canonical JSON."""
    decision_salt: Mapped[str | None] = mapped_column(String(64), default=None)


class ClearancePaper(StateTable):
    """A document behind a record: a check's report, an officer's statement, evidence."""

    __tablename__ = "clearance_papers"

    digest: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    declaration_no: Mapped[str] = mapped_column(String(_NUMBER))
    kind: Mapped[str] = mapped_column(String(_CODE))
    content: Mapped[str] = mapped_column(Text)
    salt: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_clearance_papers_declaration_no", "declaration_no", "made_at"),)


class ClearanceStep(StateTable):
    """Records that the office signed and that are not final yet."""

    __tablename__ = "clearance_steps"

    name: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    """The first record's digest."""
    declaration_no: Mapped[str] = mapped_column(String(_NUMBER))
    records: Mapped[str] = mapped_column(Text)
    at: Mapped[int] = mapped_column(BigInteger)
    is_open: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (
        Index("ix_clearance_steps_open", "is_open", "at", "name"),
        Index("ix_clearance_steps_declaration_no", "declaration_no", "is_open"),
    )
