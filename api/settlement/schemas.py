"""Schemas of settlement; amounts are hidden on the ledger and are not here."""

from pydantic import Field

from api.schemas import Bytes32, Model, Time, time_text
from contracts.payments.records import AssessmentKind, GuaranteeKind
from contracts.payments.state import CreditStatus, DrawStatus
from node.settlement.queries import Settlement as Found


class Credit(Model):
    """A bank's credit, or a refund."""

    notice: Bytes32 = Field(description="Digest of the record that states it.")
    organisation: Bytes32
    status: str = Field(examples=["accepted"])
    stated_at: Time | None
    changed_block: int = Field(examples=[1042])


class Draw(Model):
    """A draw on a guarantee."""

    draw: Bytes32 = Field(description="Digest of the record that asks for it.")
    guarantee: Bytes32
    bank: Bytes32
    kind: str = Field(examples=["general"])
    status: str = Field(examples=["covering"])
    valid_from: Time | None
    valid_to: Time | None


class Settlement(Model):
    """How a declaration's dues stand."""

    declaration: Bytes32
    settled: bool = Field(description="What the contract answers at this time.")
    at: Time | None = Field(description="The time that it is answered for.")
    kind: str = Field(examples=["final"])
    sequence: int = Field(examples=[1], description="Number of the latest assessment.")
    amendment: int = Field(examples=[0])
    assessed_amendment: int = Field(examples=[0])
    paid_share: int = Field(examples=[10_000], description="In 1/10,000, rounded down.")
    total_share: int = Field(
        examples=[10_000], description="Paid or guaranteed, in 1/10,000, rounded down."
    )
    reversals: int = Field(examples=[0], description="Credits that banks take back, undecided.")
    assessment: Bytes32
    content: Bytes32 = Field(description="Salted SHA-256 of the assessment.")
    customs: Bytes32
    assessed_at: Time | None
    credits: list[Credit]
    draws: list[Draw]
    changed_block: int = Field(examples=[1042])


def settlement_of(found: Found, now: int) -> Settlement:
    """Return a declaration's schema.

    Args:
        found: How it stands.
        now: The time in seconds.
    """
    row = found.row
    return Settlement(
        declaration=row.object_id,
        settled=found.is_settled(now),
        at=time_text(now),
        kind=AssessmentKind(row.kind).name.lower(),
        sequence=row.sequence,
        amendment=row.amendment,
        assessed_amendment=row.assessed,
        paid_share=row.paid_share,
        total_share=row.total_share,
        reversals=row.reversals,
        assessment=row.assessment,
        content=row.content,
        customs=row.customs,
        assessed_at=time_text(row.assessed_at),
        credits=[
            Credit(
                notice=credit.notice,
                organisation=credit.organisation,
                status=CreditStatus(credit.status).name.lower(),
                stated_at=time_text(credit.stated_at),
                changed_block=credit.changed_block,
            )
            for credit in found.credits
        ],
        draws=[
            Draw(
                draw=draw.draw,
                guarantee=draw.guarantee,
                bank=guarantee.bank,
                kind=GuaranteeKind(guarantee.kind).name.lower(),
                status=DrawStatus(draw.status).name.lower(),
                valid_from=time_text(guarantee.valid_from),
                valid_to=time_text(guarantee.valid_to),
            )
            for draw, guarantee in found.draws
        ],
        changed_block=row.changed_block,
    )
