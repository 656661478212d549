"""The beacon as every member's node reads it: with this anybody recomputes a draw."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query

from api.beacon.reading import BeaconReader
from api.beacon.schemas import Panel, Round
from api.permissions import Node, Permission, Requirement
from api.schemas import Identifier, problems

router = APIRouter(prefix="/beacon", tags=["beacon"])
_MEMBER: Final = [Depends(Requirement(Permission.LEDGER_READ))]
_LAST: Final = (1 << 53) - 1
Country = Annotated[
    str, Path(pattern="^[A-Z]{2}$", description="ISO 3166 alpha-2.", examples=["VN"])
]


@router.get("/panels/{country}", dependencies=_MEMBER, responses=problems(502, 503))
def panel(
    node: Node,
    country: Country,
    number: Annotated[
        int | None,
        Query(alias="round", ge=0, le=_LAST, description="EVM block; the next if left out."),
    ] = None,
) -> Panel:
    """Show who owes an output for a round of a country; no seats where nobody does."""
    return BeaconReader(node).panel(country, number)


@router.get("/rounds/{country}/{number}", dependencies=_MEMBER, responses=problems(404, 502, 503))
def round_(node: Node, country: Country, number: Annotated[int, Path(ge=0, le=_LAST)]) -> Round:
    """Show what a country's panel published for a round, with the proofs and the seed."""
    return BeaconReader(node).round(country, number)


@router.get("/draws/{declaration}", dependencies=_MEMBER, responses=problems(404, 502, 503))
def draw(node: Node, declaration: Identifier) -> dict[str, Any]:
    """Return a declaration's draw with all it rests on, `tradeseal-beacon-draw/1`."""
    return BeaconReader(node).draw_file(declaration)
