"""Health, and which ledger this is."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from api.errors import kind_of
from api.permissions import Node, Permission, Requirement
from api.schemas import Address, Bytes32, Model, Time, problems, time_text
from node.errors import LedgerUnavailableError
from node.membership.queries import MembershipQueries

router = APIRouter(tags=["health"])


class Health(Model):
    """How the node is doing."""

    status: str = Field(examples=["ok"], description="ok, behind or failing.")
    organisation: str = Field(examples=["customs-id"])
    block: int | None = Field(examples=[1042], description="Last block in the read models.")
    ledger_block: int | None = Field(examples=[1042], description="Newest block of the ledger.")
    outbox: dict[str, int] = Field(examples=[{"waiting": 0, "carried": 1, "final": 7}])
    trouble: list[str] = Field(
        examples=[[]], description="Codes of what passes by itself, such as ledger_unavailable."
    )
    stopped: int = Field(
        examples=[0], description="Parts that have stopped; the operator's log says why."
    )


class LedgerInfo(Model):
    """What records are signed for."""

    chain_id: str = Field(examples=["7742"])
    genesis_hash: Bytes32 | None
    membership: Address
    contracts: dict[str, Address] = Field(description="Contract in force, by domain.")
    block: int | None = Field(examples=[1042])
    block_time: Time | None
    organisation: Bytes32


@router.get(
    "/health",
    dependencies=[Depends(Requirement(Permission.PUBLIC))],
    responses={503: {"description": "Failing", "model": Health}},
)
def health(node: Node, response: Response) -> Health:
    """Tell how the node is doing; 503 when it needs its operator."""
    position = node.indexer.position()
    block = position.block_number if position else None
    condition = node.condition()
    # Codes only: anybody may ask, and texts name addresses and paths.
    trouble = {kind.code for error in condition.trouble if (kind := kind_of(error))}
    try:
        newest = node.ledger.latest_number()
    except LedgerUnavailableError as error:
        newest = None
        trouble |= {kind.code for kind in (kind_of(error),) if kind}
    is_level = newest is not None and block == newest
    status = "failing" if condition.faults else "ok" if is_level else "behind"
    if condition.faults:
        response.status_code = 503
    return Health(
        status=status,
        organisation=node.folder.config.name,
        block=block,
        ledger_block=newest,
        outbox={str(status): number for status, number in node.outbox.counts().items()},
        trouble=sorted(trouble),
        stopped=len(condition.faults),
    )


@router.get("/ledger", responses=problems(503))
def ledger(
    node: Node, _: Annotated[object, Depends(Requirement(Permission.LEDGER_READ))]
) -> LedgerInfo:
    """Tell which ledger this is and which contracts speak on it."""
    position = node.indexer.position()
    with node.reading() as session:
        rows = MembershipQueries(session).contracts()
    newest = position.block_number if position else 0
    return LedgerInfo(
        chain_id=str(node.folder.config.evm_chain_id),
        genesis_hash=position.genesis_hash if position else None,
        membership=node.folder.config.membership,
        contracts={row.domain: row.address for row in rows if row.from_block <= newest + 1},
        block=position.block_number if position else None,
        block_time=time_text(position.block_time) if position else None,
        organisation=node.folder.config.organisation,
    )
