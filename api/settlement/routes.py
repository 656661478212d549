"""Whether a declaration's dues are settled.

Who knows a declaration's identifier, a keyed hash, learns what every member's ledger holds: a
port before it lets goods out, a bank, partner customs. Amounts are not on the ledger.
"""

from fastapi import APIRouter, Depends

from api.permissions import Node, Permission, Requirement
from api.schemas import Identifier, problems
from api.settlement.schemas import Settlement, settlement_of
from node.errors import SettlementUnknownError
from node.settlement.queries import SettlementQueries

router = APIRouter(prefix="/settlements", tags=["settlement"])


@router.get(
    "/{declaration}",
    responses=problems(404),
    dependencies=[Depends(Requirement(Permission.LEDGER_READ))],
)
def settlement(node: Node, declaration: Identifier) -> Settlement:
    """Show how a declaration's dues stand on the ledger, with its credits and guarantees."""
    now = int(node.clock().timestamp())
    with node.reading() as session:
        found = SettlementQueries(session).find(declaration)
        if found is None:
            raise SettlementUnknownError(declaration)
        return settlement_of(found, now)
