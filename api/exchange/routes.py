"""The exchange between administrations: what came in, what went out."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.exchange.schemas import STATES, Box, Inbox, Sent, incoming_of, outgoing_of
from api.origin.scope import scope_of
from api.paging import Cursor, Limit, read_cursor, write_cursor
from api.permissions import Node, Permission, RequiredCaller
from api.schemas import problems
from api.tokens import Caller
from node.exchange.queries import ExchangeQueries
from node.origin.queries import CertificateFilter, OriginQueries
from node.origin.tables import Exchange

router = APIRouter(prefix="/exchange", tags=["exchange"])
Reader = Annotated[Caller, Depends(RequiredCaller(Permission.EXCHANGE_READ))]


@router.get("/inbox", responses=problems())
def inbox(
    node: Node, caller: Reader, box: Box = Box.WAITING, limit: Limit = 50, cursor: Cursor = None
) -> Inbox:
    """List certificates that other administrations sent to this country."""
    after = read_cursor(f"inbox-{box}", cursor)
    with node.reading() as session:
        rows = OriginQueries(session, scope_of(node, caller)).certificates(
            after,
            limit + 1,
            wanted=CertificateFilter(
                exchanges=STATES[box], importing_country=node.folder.config.country
            ),
        )
    page = rows[:limit]
    receipts = ExchangeQueries(node.state).receipts([row.object_id for row in page])
    following = write_cursor(f"inbox-{box}", page[-1].object_id) if len(rows) > limit else None
    return Inbox(
        items=[incoming_of(row, receipts.get(row.object_id)) for row in page], next=following
    )


@router.get("/outbox", responses=problems())
def outbox(
    node: Node,
    caller: Reader,
    state: Exchange | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Sent:
    """List this country's certificates with how far they have come, and why some were refused."""
    after = read_cursor("outbox", cursor)
    with node.reading() as session:
        rows = OriginQueries(session, scope_of(node, caller)).certificates(
            after,
            limit + 1,
            wanted=CertificateFilter(
                exchanges=None if state is None else (state,),
                issuing_country=node.folder.config.country,
            ),
        )
    page = rows[:limit]
    refusals = ExchangeQueries(node.state).refusals([row.object_id for row in page])
    following = write_cursor("outbox", page[-1].object_id) if len(rows) > limit else None
    return Sent(
        items=[outgoing_of(row, refusals.get(row.object_id)) for row in page], next=following
    )
