"""Declarations at customs' door, and what every member's node reads of them from the ledger."""

import json
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query

from api.bodies import described_by, parse_model
from api.clearance.access import Asking, DeclarationBody, DoorRequirement, Name
from api.clearance.cursors import cursor_behind, place_after, whole
from api.clearance.intake import read_amended, read_submitted
from api.clearance.papers import router as papers
from api.clearance.queries import (
    ClearanceQueries,
    QueueFilter,
    find_file,
    numbers_of,
)
from api.clearance.release import router as release
from api.clearance.reports import router as reports
from api.clearance.schemas import Amending, Facts, Receipt, Standing, Submission, Summaries
from api.clearance.views import fact_of, receipt_of, standing_of, summary_of
from api.paging import Cursor, Limit, read_cursor, write_cursor
from api.payments.members import allowed
from api.permissions import Node, Permission, Requirement
from api.schemas import Bytes32, problems
from contracts.clearance.declaration import declaration_bytes, require_declaration
from contracts.clearance.records import Channel
from contracts.clearance.state import Stage
from contracts.membership.keys import Role
from node.clearance.errors import FileUnknownError, OfficeAbsentError
from node.clearance.tables import ClearanceRow
from node.organisation import OrganisationNode
from node.settlement.queries import SettlementQueries

DECLARATIONS_PATH: Final = "/v1/clearance/declarations"
AMENDMENTS_PATH: Final = "/v1/clearance/declarations/{name}/amendments"
router = APIRouter(prefix="/clearance", tags=["clearance"])
_DECLARANT: Final = [
    Depends(DoorRequirement(Permission.CLEARANCE_DECLARE, Role.ENTERPRISE)),
    Depends(allowed),
]
_LOOKER: Final = [
    Depends(DoorRequirement(Permission.CLEARANCE_READ, Role.ENTERPRISE)),
    Depends(allowed),
]
_OFFICER: Final = [Depends(Requirement(Permission.CLEARANCE_READ))]
_MEMBER: Final = [Depends(Requirement(Permission.LEDGER_READ))]
_FACT_PARTS: Final = 3
_CHANNELS: Final = "^(green|yellow|red)$"
_STAGES: Final = "^(" + "|".join(each.name.lower() for each in Stage) + ")$"


@router.post(
    "/declarations",
    status_code=202,
    dependencies=_DECLARANT,
    responses=problems(409, 413, 415, 429, 503),
    openapi_extra=described_by(Submission),
)
def submit(node: Node, member: Asking, body: DeclarationBody) -> Receipt:
    """Take a declaration and number it; the same reference and content is the same declaration."""
    if not node.clearance.is_open:
        raise OfficeAbsentError
    wanted, now = parse_model(Submission, body), _now(node)
    country = node.folder.config.country
    declaration, found = read_submitted(wanted.declaration, country, now)
    declarant = member or node.folder.config.organisation
    file = node.clearance.files.submit(declaration, declarant, wanted.reference, now)
    return receipt_of(file, [each.to_json() for each in found])


@router.post(
    "/declarations/{name}/amendments",
    status_code=202,
    dependencies=_DECLARANT,
    responses=problems(404, 409, 413, 415, 429, 503),
    openapi_extra=described_by(Amending),
)
def amend(node: Node, member: Asking, name: Name, body: DeclarationBody) -> Receipt:
    """Take a declaration as it reads now, whole; the same again is the same amendment."""
    if not node.clearance.is_open:
        raise OfficeAbsentError
    now, files = _now(node), node.clearance.files
    file = find_file(node, name, member)
    latest = files.versions(file.declaration_no)[-1]
    with node.reading() as session:
        row = session.get(ClearanceRow, file.object_id)
    before = require_declaration(json.loads(latest.content))
    value = parse_model(Amending, body).declaration
    stage, country = 0 if row is None else row.stage, node.folder.config.country
    declaration, found = read_amended(value, before, stage, country, now)
    files.amend(file.declaration_no, declaration, file.declarant, now)
    amended = files.find(file.declaration_no)
    return receipt_of(amended, [each.to_json() for each in found])


@router.get("/declarations/{name}", dependencies=_LOOKER, responses=problems(404, 429))
def show(node: Node, member: Asking, name: Name) -> Standing:
    """Tell how a declaration stands and what it waits for; declarants see their own."""
    file, now = find_file(node, name, member), _now(node)
    with node.reading() as session:
        view = ClearanceQueries(session).view(file.object_id)
        settlement = SettlementQueries(session).find(file.object_id)
        return standing_of(file, view, settlement, now)


@router.get("/declarations", dependencies=_OFFICER, responses=problems())
def queue(
    node: Node,
    *,
    channel: Annotated[str | None, Query(pattern=_CHANNELS)] = None,
    office: Annotated[str | None, Query(pattern="^[A-Z0-9]{1,32}$")] = None,
    stage: Annotated[str | None, Query(pattern=_STAGES)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Summaries:
    """List the declarations of this customs, the first registered first."""
    wanted = QueueFilter(
        None if channel is None else Channel[channel.upper()],
        office,
        None if stage is None else Stage[stage.upper()],
    )
    after = place_after("clearance-queue", cursor)
    with node.reading() as session:
        queries = ClearanceQueries(session)
        rows = queries.queue(node.folder.config.organisation, wanted, after, limit + 1)
    return _summaries(node, "clearance-queue", rows, limit)


@router.get("/passes", dependencies=_MEMBER, responses=problems())
def passes(node: Node, limit: Limit = 50, cursor: Cursor = None) -> Summaries:
    """List the declarations of this country whose goods may leave and have not: a port's queue."""
    after = place_after("clearance-passes", cursor)
    with node.reading() as session:
        rows = ClearanceQueries(session).passes(node.folder.config.country, after, limit + 1)
    return _summaries(node, "clearance-passes", rows, limit)


@router.get("/facts", dependencies=_MEMBER, responses=problems())
def facts(
    node: Node,
    *,
    agency: Bytes32 | None = None,
    is_open: Annotated[bool, Query(alias="open", description="Only what is not stated.")] = True,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Facts:
    """List what an agency is to state, by deadline; this organisation where none is named."""
    name = "clearance-facts"
    parts = (read_cursor(name, cursor) or "").split(" ")
    after = (whole(parts[0]), parts[1], parts[2]) if len(parts) == _FACT_PARTS else (-1, "", "")
    asked = agency or node.folder.config.organisation
    with node.reading() as session:
        rows = ClearanceQueries(session).facts(asked, after, limit + 1, is_open=is_open)
    page, following = rows[:limit], None
    if len(rows) > limit:
        last = page[-1]
        following = write_cursor(name, f"{last.due_at} {last.object_id} {last.fact}")
    return Facts(items=[fact_of(row, _now(node)) for row in page], next=following)


@router.get(
    "/declarations/{name}/versions/{amendment}",
    dependencies=_LOOKER,
    responses=problems(404, 429),
)
def version(
    node: Node, member: Asking, name: Name, amendment: Annotated[int, Path(ge=0, le=9)]
) -> Amending:
    """Show a declaration as it read under an amendment count; declarants see their own."""
    file = find_file(node, name, member)
    for each in node.clearance.files.versions(file.declaration_no):
        if each.amendment == amendment:
            read = require_declaration(json.loads(each.content))
            return Amending(declaration=json.loads(declaration_bytes(read)))
    raise FileUnknownError(f"{file.declaration_no}{amendment}")


def _summaries(
    node: OrganisationNode, name: str, rows: list[ClearanceRow], limit: int
) -> Summaries:
    page, following = rows[:limit], None
    if len(rows) > limit:
        following = cursor_behind(name, page[-1].round, page[-1].object_id)
    files = numbers_of(node, [row.object_id for row in page])
    items = [summary_of(row, files.get(row.object_id)) for row in page]
    return Summaries(items=items, next=following)


def _now(node: Node) -> int:
    return int(node.clock().timestamp())


for _more in (papers, reports, release):
    router.include_router(_more)
