"""Events: a page, a stream, or webhooks; each caller gets what it may see."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.bodies import described_by, parse_model, read_json_body, read_optional_json_body
from api.errors import StreamsExhaustedError
from api.events.schemas import (
    CURSOR,
    EventList,
    Name,
    RegisteredWebhook,
    Resumption,
    SubscriptionId,
    Webhook,
    WebhookAsked,
    WebhookList,
    webhook_members,
)
from api.events.stream import CALLER_LIMIT, MEDIA_TYPE, STREAMS_LIMIT, StreamCount, stream
from api.origin.scope import scope_of
from api.permissions import ROLE_PERMISSIONS, Node, Permission, RequiredCaller
from api.schemas import BYTES32, problems
from api.tokens import Caller
from node.organisation import OrganisationNode
from node.subscriptions.events import BEGINNING, EventCursor
from node.subscriptions.reading import PAGE_LIMIT, EventFilter, EventPage
from node.subscriptions.sealing import new_secret
from node.subscriptions.store import Registration

router = APIRouter(prefix="/events", tags=["events"])
Reader = Annotated[Caller, Depends(RequiredCaller(Permission.EVENTS_READ))]
Subscriber = Annotated[Caller, Depends(RequiredCaller(Permission.EVENTS_SUBSCRIBE))]
After = Annotated[
    str | None,
    Query(
        pattern=rf"^now$|{CURSOR}",
        description="Where to begin: a cursor, or now; left out, the beginning.",
    ),
]
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", max_length=40)]
Objects = Annotated[list[Annotated[str, Query(pattern=BYTES32)]], Query(max_length=100)]
Names = Annotated[list[Name], Query(max_length=100)]

_EITHER: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A page; with `Accept: text/event-stream`, a stream.",
        "model": EventList,
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}


@router.get("", responses=problems(503) | _EITHER, response_class=Response)
def events(
    request: Request,
    node: Node,
    caller: Reader,
    *,
    after: After = None,
    last_event_id: LastEventId = None,
    domain: Names = [],  # noqa: B006  FastAPI copies defaults
    type: Names = [],  # noqa: A002, B006  the parameter's name in the URL
    object: Objects = [],  # noqa: A002, B006  the same
) -> Response:
    """Follow what happens.

    With `Accept: text/event-stream` the answer is a stream of server-sent events that begins behind
    `Last-Event-ID`, else behind `after`; without, a page that ends at once. Events come in the
    ledger's order. What the caller may not see is left out.
    """
    start = _start(node, last_event_id or after)
    wanted = EventFilter(tuple(domain), tuple(type), tuple(object))

    def read(cursor: EventCursor) -> EventPage:
        subscriptions = node.subscriptions
        if subscriptions.reader.head() == cursor:
            return EventPage((), cursor, is_last=True)
        visibility = subscriptions.visibility(*_rights(node, caller))
        return subscriptions.reader.after(cursor, wanted, visibility, PAGE_LIMIT)

    if MEDIA_TYPE not in request.headers.get("accept", ""):
        page = read(start)
        found = EventList.model_validate(
            {"items": [event.members() for event in page.events], "next": str(page.reached)}
        )
        return Response(found.model_dump_json(), media_type="application/json")
    count: StreamCount = request.app.state.streams
    if count.open >= STREAMS_LIMIT:
        raise StreamsExhaustedError(STREAMS_LIMIT)
    if count.callers[caller.scope] >= CALLER_LIMIT:
        raise StreamsExhaustedError(CALLER_LIMIT)

    async def counted() -> AsyncIterator[bytes]:
        count.open += 1
        count.callers[caller.scope] += 1
        try:
            async for part in stream(read, start, request.app.state.is_ending):
                yield part
        finally:
            count.open -= 1
            count.callers -= Counter([caller.scope])  # keeps no zeros

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(counted(), media_type=MEDIA_TYPE, headers=headers)


@router.post(
    "/subscriptions",
    status_code=201,
    responses=problems(409, 413, 415),
    openapi_extra=described_by(WebhookAsked),
)
def register(
    node: Node, caller: Subscriber, body: Annotated[object, Depends(read_json_body)]
) -> RegisteredWebhook:
    """Register a webhook; its secret is shown this once."""
    asked = parse_model(WebhookAsked, body)
    subscriptions = node.subscriptions
    subscriptions.receivers.check(asked.url)
    secret = new_secret() if asked.secret is None else bytes.fromhex(asked.secret)
    certificates, authority = _rights(node, caller)
    registration = Registration(
        url=asked.url,
        secret=secret,
        wanted=EventFilter(
            tuple(asked.wanted.domains), tuple(asked.wanted.types), tuple(asked.wanted.objects)
        ),
        certificates=certificates,
        authority=authority,
        created_by=f"{caller.role.value}/{caller.subject}"[:128],
        cursor=_start(node, asked.after),
    )
    row = subscriptions.store.register(registration, int(node.clock().timestamp()))
    return RegisteredWebhook(**webhook_members(row), secret=secret.hex())


@router.get("/subscriptions", responses=problems())
def subscriptions(node: Node, _: Subscriber) -> WebhookList:
    """List the organisation's webhooks with their state."""
    rows = node.subscriptions.store.subscriptions()
    return WebhookList(items=[Webhook(**webhook_members(row)) for row in rows])


@router.get("/subscriptions/{subscription}", responses=problems(404))
def subscription(node: Node, _: Subscriber, subscription: SubscriptionId) -> Webhook:
    """Show a webhook: where it stands, and what went wrong."""
    return Webhook(**webhook_members(node.subscriptions.store.subscription(subscription)))


@router.post(
    "/subscriptions/{subscription}/resume",
    responses=problems(404, 413, 415),
    openapi_extra=described_by(Resumption, required=False),
)
def resume(
    node: Node,
    _: Subscriber,
    subscription: SubscriptionId,
    body: Annotated[object, Depends(read_optional_json_body)],
) -> Webhook:
    """Send again at once, from where it stood or from another place; enables a disabled one."""
    how = Resumption() if body is None else parse_model(Resumption, body)
    after = None if how.after is None else EventCursor.parse(how.after)
    return Webhook(**webhook_members(node.subscriptions.store.resume(subscription, after)))


@router.delete("/subscriptions/{subscription}", status_code=204, responses=problems(404))
def remove(node: Node, _: Subscriber, subscription: SubscriptionId) -> None:
    """End a webhook."""
    node.subscriptions.store.remove(subscription)


def _start(node: OrganisationNode, after: str | None) -> EventCursor:
    if after is None:
        return BEGINNING
    return node.subscriptions.reader.head() if after == "now" else EventCursor.parse(after)


def _rights(node: OrganisationNode, caller: Caller) -> tuple[bool, bool]:
    """Return whether a caller sees certificates, and whether as an authority."""
    if Permission.CERTIFICATES_READ not in ROLE_PERMISSIONS[caller.role]:
        return False, False
    return True, scope_of(node, caller).country is not None
