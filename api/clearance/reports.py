"""Overrides, decisions and rates of inspection, over HTTP."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query

from api.clearance.access import Name
from api.clearance.cursors import cursor_behind, place_after, whole
from api.clearance.queries import ClearanceQueries, files_of, find_file, numbers_of
from api.clearance.schemas import Decision, Decisions, Overrides, Rates
from api.clearance.views import decision_of, number_of, override_of
from api.paging import Cursor, Limit, read_cursor, write_cursor
from api.permissions import Node, Permission, Requirement
from api.schemas import problems
from contracts.clearance.binding import ClearanceContract
from contracts.errors import LedgerAnswerError as ContractAnswerError
from node.beacon.reading import GatewayLedger
from node.clearance.errors import FileUnknownError
from node.errors import LedgerAnswerError

router = APIRouter()
_OFFICER: Final = [Depends(Requirement(Permission.CLEARANCE_READ))]
_MEMBER: Final = [Depends(Requirement(Permission.LEDGER_READ))]
_OVERRIDES: Final = "clearance-overrides"
_DECISIONS: Final = "clearance-decisions"


@router.get("/overrides", dependencies=_OFFICER, responses=problems())
def overrides(node: Node, limit: Limit = 50, cursor: Cursor = None) -> Overrides:
    """Report every override of this customs: who asked, why, what was stated, who approved."""
    after = place_after(_OVERRIDES, cursor)
    organisation = node.folder.config.organisation
    with node.reading() as session:
        rows = ClearanceQueries(session).overrides(organisation, after, limit + 1)
    page, following = rows[:limit], None
    if len(rows) > limit:
        last = page[-1][0]
        following = cursor_behind(_OVERRIDES, last.asked_at, last.digest)
    files = numbers_of(node, [row.object_id for _, row in page])
    numbers = {name: number_of(file) for name, file in files.items()}
    items = [override_of(ask, numbers.get(row.object_id)) for ask, row in page]
    return Overrides(items=items, next=following)


@router.get("/declarations/{name}/decision", dependencies=_OFFICER, responses=problems(404))
def decision(
    node: Node, name: Name, amendment: Annotated[int | None, Query(ge=0, le=9)] = None
) -> Decision:
    """Show a decision's exact bytes; the latest where no amendment is named."""
    file = find_file(node, name)
    for version in reversed(node.clearance.files.versions(file.declaration_no)):
        if version.decision is not None and amendment in {None, version.amendment}:
            with node.reading() as session:
                view = ClearanceQueries(session).view(file.object_id)
            marks = () if view is None else view.marks
            return decision_of(file, version, None if view is None else view.row, marks)
    raise FileUnknownError(f"{number_of(file)} with a decision")


@router.get("/decisions", dependencies=_OFFICER, responses=problems())
def decisions(node: Node, limit: Limit = 50, cursor: Cursor = None) -> Decisions:
    """List every decision in the order of numbers: what a replay of all needs."""
    number, _, amendment = (read_cursor(_DECISIONS, cursor) or " 0").partition(" ")
    versions = node.clearance.files.all_decided((number, whole(amendment)), limit + 1)
    page, following = versions[:limit], None
    if len(versions) > limit:
        following = write_cursor(_DECISIONS, f"{page[-1].declaration_no} {page[-1].amendment}")
    files = files_of(node, [version.declaration_no for version in page])
    objects = [file.object_id for file in files.values()]
    with node.reading() as session:
        queries = ClearanceQueries(session)
        rows, marks = queries.rows(objects), queries.histories(objects)
    items = [
        decision_of(file, version, rows.get(file.object_id), marks.get(file.object_id, ()))
        for version in page
        for file in (files[version.declaration_no],)
    ]
    return Decisions(items=items, next=following)


@router.get("/rates/{country}", dependencies=_MEMBER, responses=problems(502, 503))
def rates(
    node: Node, country: Annotated[str, Path(pattern="^[A-Z]{2}$", examples=["VN"])]
) -> Rates:
    """Show how often declarations of each rank are drawn in a country, by the contract."""
    contract = ClearanceContract(GatewayLedger(node.ledger), node.clearance.contract())
    try:
        found = contract.rates(country)
    except ContractAnswerError as error:
        raise LedgerAnswerError("eth_call", str(error)) from error
    return Rates(country=country, rates_ppm=None if found is None else list(found))
