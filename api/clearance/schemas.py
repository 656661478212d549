"""Schemas of clearance."""

from typing import Any

from pydantic import Field

from api.schemas import Bytes32, Model, Time


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
    object: Bytes32 = Field(description="The declaration on the ledger: the record's object.")


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


class Answering(Model):
    """What a declarant answers."""

    document: dict[str, Any] = Field(description="JSON, numbers whole, at most 64 KiB.")
    salt: str = Field(pattern=r"^[0-9a-f]{64}$")


class Message(Model):
    """A question of an officer, or a declarant's answer."""

    digest: Bytes32
    kind: str = Field(examples=["question"], description="question or answer.")
    document: dict[str, Any]
    made_at: Time | None


class Messages(Model):
    """What officers asked of a declarant, and what was answered, the oldest first."""

    items: list[Message]


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
    content: Bytes32 | None = Field(
        description="Of the statement that both officers signed: one of the declaration's papers."
    )
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
    """A decision with what it takes to make it again, and what the ledger says of it.

    What the ledger says is null until the decision is final there.
    """

    declaration_no: str
    object: Bytes32
    amendment: int
    document: str = Field(description="tradeseal-decision/1, its exact bytes as UTF-8.")
    salt: str = Field(description="The document's own; without it nobody can guess the document.")
    committed: Bytes32 | None = Field(description="SHA-256 of the document, by the ledger.")
    content: Bytes32 | None = Field(description="Of the declaration as registered or amended.")
    channel: str | None = Field(examples=["yellow"], description="As decided on the ledger.")
    registration: Bytes32 | None
    rank: int | None = Field(description="Risk rank as registered.")
    round: int | None
    rate_ppm: int | None
    draw: str | None = Field(examples=["spared"], description="unresolved, spared or drawn.")
    seed: Bytes32 | None = Field(description="As the contract read it; zeros where it read none.")


class Decisions(Model):
    """Some decisions."""

    items: list[Decision]
    next: str | None


class Rates(Model):
    """How often declarations of each rank are drawn; null where no rates were set."""

    country: str = Field(examples=["VN"])
    rates_ppm: list[int] | None = Field(description="Nine, rank 1 first, in 1/1,000,000.")
