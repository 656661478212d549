"""Webhook subscriptions, in the state database."""

from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from node.database.schema import StateTable


class SubscriptionStatus(StrEnum):
    """Whether events are sent.

    active → disabled (the receiver failed for too long, or wants no more) → active (resumed).
    """

    ACTIVE = "active"
    DISABLED = "disabled"


class Subscription(StateTable):
    """One webhook; times are seconds, `next_at` milliseconds.

    Attributes:
        url: Where events are sent.
        secret: What signs them, sealed under the organisation's account key.
        wanted: JSON of the filter.
        certificates: Whether its subscriber may see more than Membership.
        authority: Whether it was registered by an authority, as long as the organisation is one.
        created_by: Who registered it.
        block: Block of the cursor: everything before it was taken by the receiver.
        log_index: Its index within the block.
        failures: Attempts in a row that failed.
        failing_since: When the first of them was made.
        next_at: No attempt before this time.
        delivered_at: When the receiver last took an event.
        problem: Why the last attempt failed; when disabled, why it was.
    """

    __tablename__ = "subscriptions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Text)
    wanted: Mapped[str] = mapped_column(Text)
    certificates: Mapped[bool] = mapped_column(Boolean)
    authority: Mapped[bool] = mapped_column(Boolean)
    created_by: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[int] = mapped_column(BigInteger)
    block: Mapped[int] = mapped_column(BigInteger)
    log_index: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[SubscriptionStatus] = mapped_column(
        String(16), default=SubscriptionStatus.ACTIVE
    )
    failures: Mapped[int] = mapped_column(Integer, default=0)
    failing_since: Mapped[int | None] = mapped_column(BigInteger, default=None)
    next_at: Mapped[int] = mapped_column(BigInteger, default=0)
    delivered_at: Mapped[int | None] = mapped_column(BigInteger, default=None)
    problem: Mapped[str | None] = mapped_column(Text, default=None)

    __table_args__ = (Index("ix_subscriptions_status", "status", "next_at"),)
