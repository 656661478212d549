"""Schemas of events and webhooks."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import Field

from api.schemas import Address, Bytes32, Model, Time, time_text
from node.subscriptions.store import cursor_of, wanted_of
from node.subscriptions.tables import Subscription, SubscriptionStatus

CURSOR = r"^(0|[1-9][0-9]{0,17})\.(0|[1-9][0-9]{0,17})$"
_LIST_LIMIT = 100

EventCursorText = Annotated[str, Field(pattern=CURSOR, examples=["1042.7"])]
SubscriptionId = Annotated[
    str, Path(pattern=r"^[0-9a-f]{32}$", description="32 digits.", examples=["5c" * 16])
]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]{0,63}$", examples=["CertificateIssue"])]


class EventShown(Model):
    """One record that the ledger accepted."""

    id: Bytes32 = Field(description="The record's digest; the same at each delivery.")
    cursor: EventCursorText = Field(description="Go on from here after this event.")
    domain: str = Field(examples=["origin"])
    type: str | None = Field(examples=["CertificateIssue"])
    object: Bytes32
    position: int = Field(examples=[1], description="Place in its object's history, from 1.")
    head: Bytes32
    signer_key: Bytes32
    contract: Address
    block: int = Field(examples=[1042])
    block_time: Time
    transaction: Bytes32
    log_index: int = Field(examples=[6])
    record: dict[str, Any] | None = Field(description="The signed record.")


class EventList(Model):
    """Some events, in their order."""

    items: list[EventShown]
    next: EventCursorText = Field(description="Go on from here: behind all that was looked at.")


class Wanted(Model):
    """Which events; an empty list wants all."""

    domains: list[Name] = Field(default=[], max_length=_LIST_LIMIT)
    types: list[Name] = Field(default=[], max_length=_LIST_LIMIT)
    objects: list[Bytes32] = Field(default=[], max_length=_LIST_LIMIT)


class WebhookAsked(Model):
    """A webhook to register."""

    url: str = Field(max_length=1_000, examples=["https://receiver.example/tradeseal"])
    wanted: Wanted = Wanted()
    after: str = Field(
        default="now", pattern=rf"^now$|{CURSOR}", description="Where to begin: a cursor, or now."
    )
    secret: str | None = Field(
        default=None,
        pattern=r"^(?:[0-9a-f]{2}){16,64}$",
        description="16 to 64 bytes in hexadecimal; made by the node if left out.",
    )


class Resumption(Model):
    """How to go on."""

    after: EventCursorText | None = Field(
        default=None, description="From another place; from where it stood if left out."
    )


class Webhook(Model):
    """A registered webhook."""

    id: str = Field(examples=["5c" * 16])
    url: str
    wanted: Wanted
    status: SubscriptionStatus
    cursor: EventCursorText = Field(description="Everything before it was taken.")
    created_by: str
    created_at: Time | None
    delivered_at: Time | None
    failures: int = Field(examples=[0], description="Failed attempts in a row.")
    failing_since: Time | None
    next_attempt_at: Time | None
    problem: str | None = Field(description="Why the last attempt failed, or why it is disabled.")


class RegisteredWebhook(Webhook):
    """A webhook as it was just registered."""

    secret: str = Field(description="What its events are signed with; shown this once.")


class WebhookList(Model):
    """All webhooks of the organisation."""

    items: list[Webhook]


def webhook_members(row: Subscription) -> dict[str, Any]:
    """Return what is shown of a subscription."""
    wanted = wanted_of(row)
    return {
        "id": row.id,
        "url": row.url,
        "wanted": Wanted(
            domains=list(wanted.domains),
            types=list(wanted.types),
            objects=list(wanted.objects),
        ),
        "status": SubscriptionStatus(row.status),
        "cursor": str(cursor_of(row)),
        "created_by": row.created_by,
        "created_at": time_text(row.created_at),
        "delivered_at": _time(row.delivered_at),
        "failures": row.failures,
        "failing_since": _time(row.failing_since),
        "next_attempt_at": _time(row.next_at // 1_000 if row.next_at else None),
        "problem": row.problem,
    }


def _time(seconds: int | None) -> str | None:
    return None if seconds is None else time_text(seconds)
