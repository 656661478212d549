"""Organisations, keys and contracts as Membership has them."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query

from api.membership.schemas import (
    ContractList,
    DecisionCount,
    DecisionPage,
    KeyPage,
    MisbehaviourPage,
    Organisation,
    OrganisationPage,
    ValidatorList,
    contract_of,
    decision_of,
    key_of,
    misbehaviour_of,
    organisation_of,
    seat_of,
)
from api.paging import Cursor, Limit, read_cursor, write_cursor
from api.permissions import Node, Permission, Requirement
from api.schemas import Identifier, problems
from node.errors import CursorMalformedError
from node.membership.queries import MembershipQueries

_DIGITS: Final = 18
router = APIRouter(prefix="/membership", tags=["membership"])
Reader = Annotated[object, Depends(Requirement(Permission.MEMBERSHIP_READ))]


@router.get("/organisations", responses=problems())
def organisations(
    node: Node, _: Reader, limit: Limit = 50, cursor: Cursor = None
) -> OrganisationPage:
    """List the organisations."""
    after = read_cursor("organisations", cursor)
    with node.reading() as session:
        rows = MembershipQueries(session).organisations(after, limit + 1)
    page = rows[:limit]
    following = write_cursor("organisations", page[-1].id) if len(rows) > limit else None
    return OrganisationPage(items=[organisation_of(row) for row in page], next=following)


@router.get("/organisations/{organisation}", responses=problems(404))
def organisation(node: Node, _: Reader, organisation: Identifier) -> Organisation:
    """Show one organisation."""
    with node.reading() as session:
        return organisation_of(MembershipQueries(session).organisation(organisation))


@router.get("/organisations/{organisation}/keys", responses=problems(404))
def keys(
    node: Node, _: Reader, organisation: Identifier, limit: Limit = 50, cursor: Cursor = None
) -> KeyPage:
    """List an organisation's keys, revoked ones included."""
    name = f"keys/{organisation}"
    after = read_cursor(name, cursor)
    with node.reading() as session:
        rows = MembershipQueries(session).keys(organisation, after, limit + 1)
    page = rows[:limit]
    following = write_cursor(name, page[-1].id) if len(rows) > limit else None
    return KeyPage(items=[key_of(row) for row in page], next=following)


@router.get("/contracts", responses=problems())
def contracts(node: Node, _: Reader) -> ContractList:
    """List the contracts that speak or spoke for a domain."""
    with node.reading() as session:
        rows = MembershipQueries(session).contracts()
    return ContractList(items=[contract_of(row) for row in rows])


AtBlock = Annotated[
    int | None,
    Query(
        alias="atBlock",
        ge=0,
        le=(1 << 63) - 1,
        description="At the end of this block; now when left out.",
    ),
]
IsHistory = Annotated[
    bool, Query(alias="history", description="Who ever validated, whatever block is named.")
]


@router.get("/validators", responses=problems())
def validators(
    node: Node, _: Reader, at_block: AtBlock = None, is_history: IsHistory = False
) -> ValidatorList:
    """List who validates, now or at the end of a block, or who ever did.

    CometBFT lets a change take effect two heights after the block that holds it.
    """
    with node.reading() as session:
        queries = MembershipQueries(session)
        rows = queries.seats() if is_history else queries.validators(at_block)
    return ValidatorList(items=[seat_of(row) for row in rows])


@router.get("/decisions", responses=problems())
def decisions(node: Node, _: Reader, limit: Limit = 50, cursor: Cursor = None) -> DecisionPage:
    """List what the governing organisations decided, in its order."""
    after = read_cursor("decisions", cursor)
    with node.reading() as session:
        first = 0 if after is None else _sequence(after) + 1
        rows = MembershipQueries(session).decisions(first, limit + 1)
    page = rows[:limit]
    is_more = len(rows) > limit
    following = write_cursor("decisions", str(page[-1].sequence)) if is_more else None
    return DecisionPage(items=[decision_of(row) for row in page], next=following)


@router.get("/decisions/count", responses=problems())
def decision_count(node: Node, _: Reader) -> DecisionCount:
    """Tell how many proposals are decided: the sequence of the next one."""
    with node.reading() as session:
        return DecisionCount(count=MembershipQueries(session).decision_count())


@router.get("/misbehaviour", responses=problems())
def misbehaviour(
    node: Node, _: Reader, limit: Limit = 50, cursor: Cursor = None
) -> MisbehaviourPage:
    """List what organisations' nodes saw validators do, with who reported it."""
    after = read_cursor("misbehaviour", cursor)
    with node.reading() as session:
        found = MembershipQueries(session).misbehaviour(after, limit + 1)
        page = [misbehaviour_of(rows, session) for rows in found[:limit]]
    following = write_cursor("misbehaviour", page[-1].id) if len(found) > limit else None
    return MisbehaviourPage(items=page, next=following)


def _sequence(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise CursorMalformedError(text)
    return int(text)
