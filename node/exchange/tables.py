"""What the exchange worker must not forget, in the state database."""

from enum import StrEnum

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from node.database.schema import BYTES32, StateTable


class TaskState(StrEnum):
    """How far the answer to a transmission has come.

    waiting (for the document) → judged (answers signed, not yet final) → received | refused.
    Settled where somebody else answered before: an officer, or paper.
    """

    WAITING = "waiting"
    JUDGED = "judged"
    RECEIVED = "received"
    REFUSED = "refused"
    SETTLED = "settled"


class ExchangeTask(StateTable):
    """A transmission to this country, named by its record's digest; times are seconds.

    Attributes:
        transmission: Digest of the transmission's record.
        object_id: The certificate.
        state: How far it has come.
        attempts: Fruitless attempts to get the document.
        next_at: No attempt before this time.
        since: When it was first seen.
        problem: Why it waits; None while it does not.
        findings: JSON list of what is wrong with the document; None before it is judged.
        salt: Opens the reason's hash on the ledger, where it was refused.
        answers: JSON list of the signed records that answer it.
    """

    __tablename__ = "exchange_tasks"

    transmission: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    object_id: Mapped[str] = mapped_column(String(BYTES32))
    state: Mapped[TaskState] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer)
    next_at: Mapped[int] = mapped_column(BigInteger)
    since: Mapped[int] = mapped_column(BigInteger)
    problem: Mapped[str | None] = mapped_column(Text, default=None)
    findings: Mapped[str | None] = mapped_column(Text, default=None)
    salt: Mapped[str | None] = mapped_column(String(BYTES32), default=None)
    answers: Mapped[str | None] = mapped_column(Text, default=None)

    __table_args__ = (
        Index("ix_exchange_tasks_state", "state", "next_at"),
        Index("ix_exchange_tasks_object_id", "object_id"),
    )


class ExchangeDispatch(StateTable):
    """A transmission that this node signed, one for each manifest of a certificate.

    Attributes:
        object_id: The certificate.
        manifest: What the transmission names.
        record: The signed transmission.
        digest: Its digest.
        since: When it was signed, seconds.
        refusal: What the other side sent of its refusal, once it came.
    """

    __tablename__ = "exchange_dispatches"

    object_id: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    manifest: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    record: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(BYTES32))
    since: Mapped[int] = mapped_column(BigInteger)
    refusal: Mapped[str | None] = mapped_column(Text, default=None)
