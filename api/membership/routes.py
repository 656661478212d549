"""Organisations, keys and contracts as Membership has them."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.membership.schemas import (
    ContractList,
    KeyPage,
    Organisation,
    OrganisationPage,
    contract_of,
    key_of,
    organisation_of,
)
from api.paging import Cursor, Limit, read_cursor, write_cursor
from api.permissions import Node, Permission, Requirement
from api.schemas import Identifier, problems
from node.membership.queries import MembershipQueries

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
