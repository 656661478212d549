"""Declarations at customs' door, and what every member's node reads of them from the ledger."""

import json
from typing import Annotated, Final

import rfc8785
from fastapi import APIRouter, Depends, Path, Query

from api.bodies import described_by, parse_model
from api.clearance.access import Asking, DeclarationBody, DoorRequirement
from api.clearance.intake import read_amended, read_submitted
from api.clearance.queries import (
    ClearanceQueries,
    QueueFilter,
    find_file,
    numbers_of,
)
from api.clearance.release import router as release
from api.clearance.schemas import (
    Amending,
    Decision,
    Decisions,
    Facts,
    Overrides,
    PaperBody,
    PaperReceipt,
    Papers,
    Receipt,
    Standing,
    Submission,
    Summaries,
    decision_of,
    fact_of,
    number_of,
    override_of,
    paper_of,
    receipt_of,
    standing_of,
    summary_of,
)
from api.paging import Cursor, Limit, read_cursor, write_cursor
from api.payments.members import SignedJson, allowed
from api.permissions import Node, Permission, Requirement
from api.schemas import Bytes32, problems
from contracts.clearance.declaration import declaration_bytes, require_declaration
from contracts.clearance.records import Channel
from contracts.clearance.state import Stage
from contracts.membership.keys import Role
from node.clearance.errors import FileUnknownError, OfficeAbsentError, PaperUnfitError
from node.clearance.tables import ClearanceRow, DeclarationFile
from node.errors import CursorMalformedError
from node.organisation import OrganisationNode
from node.settlement.queries import SettlementQueries

DECLARATIONS_PATH: Final = "/v1/clearance/declarations"
router = APIRouter(prefix="/clearance", tags=["clearance"])
router.include_router(release)
_DECLARANT: Final = [
    Depends(DoorRequirement(Permission.CLEARANCE_DECLARE, Role.ENTERPRISE)),
    Depends(allowed),
]
_LOOKER: Final = [
    Depends(DoorRequirement(Permission.CLEARANCE_READ, Role.ENTERPRISE)),
    Depends(allowed),
]
_WRITER: Final = [
    Depends(DoorRequirement(Permission.CLEARANCE_DECIDE, Role.AGENCY | Role.PORT)),
    Depends(allowed),
]
_OFFICER: Final = [Depends(Requirement(Permission.CLEARANCE_READ))]
_MEMBER: Final = [Depends(Requirement(Permission.LEDGER_READ))]
_DIGITS: Final = 18
_FACT_PARTS: Final = 3
_CHANNELS: Final = "^(green|yellow|red)$"
_STAGES: Final = "^(" + "|".join(each.name.lower() for each in Stage) + ")$"
Name = Annotated[
    str,
    Path(
        pattern=r"^([0-9]{11,12}|0x[0-9a-f]{64})$",
        description="The number, with or without its last digit, or the identifier.",
        examples=["107000000010"],
    ),
]


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
    after = _after("clearance-queue", cursor)
    with node.reading() as session:
        queries = ClearanceQueries(session)
        rows = queries.queue(node.folder.config.organisation, wanted, after, limit + 1)
    return _summaries(node, "clearance-queue", rows, limit)


@router.get("/passes", dependencies=_MEMBER, responses=problems())
def passes(node: Node, limit: Limit = 50, cursor: Cursor = None) -> Summaries:
    """List the declarations of this country whose goods may leave and have not: a port's queue."""
    after = _after("clearance-passes", cursor)
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
    after = (_number(parts[0]), parts[1], parts[2]) if len(parts) == _FACT_PARTS else (-1, "", "")
    asked = agency or node.folder.config.organisation
    with node.reading() as session:
        rows = ClearanceQueries(session).facts(asked, after, limit + 1, is_open=is_open)
    page, following = rows[:limit], None
    if len(rows) > limit:
        last = page[-1]
        following = write_cursor(name, f"{last.due_at} {last.object_id} {last.fact}")
    return Facts(items=[fact_of(row, _now(node)) for row in page], next=following)


@router.get("/overrides", dependencies=_OFFICER, responses=problems())
def overrides(node: Node, limit: Limit = 50, cursor: Cursor = None) -> Overrides:
    """Report every override of this customs: who asked, why, and who approved."""
    after = _after("clearance-overrides", cursor)
    organisation = node.folder.config.organisation
    with node.reading() as session:
        rows = ClearanceQueries(session).overrides(organisation, after, limit + 1)
    page, following = rows[:limit], None
    if len(rows) > limit:
        last = page[-1][0]
        following = write_cursor("clearance-overrides", f"{last.asked_at} {last.digest}")
    files = numbers_of(node, [row.object_id for _, row in page])
    items = [override_of(ask, _number_in(files, row.object_id)) for ask, row in page]
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
                return decision_of(version, ClearanceQueries(session).view(file.object_id))
    raise FileUnknownError(f"{number_of(file)} with a decision")


@router.get("/decisions", dependencies=_OFFICER, responses=problems())
def decisions(node: Node, limit: Limit = 50, cursor: Cursor = None) -> Decisions:
    """List every decision in the order of numbers: what a replay of all needs."""
    name = "clearance-decisions"
    number, _, amendment = (read_cursor(name, cursor) or " 0").partition(" ")
    rows = node.clearance.files.all_decided((number, _number(amendment)), limit + 1)
    page, following = rows[:limit], None
    if len(rows) > limit:
        following = write_cursor(name, f"{page[-1].declaration_no} {page[-1].amendment}")
    with node.reading() as session:
        queries = ClearanceQueries(session)
        items = [
            decision_of(row, queries.view(node.clearance.files.find(row.declaration_no).object_id))
            for row in page
        ]
    return Decisions(items=items, next=following)


@router.post(
    "/declarations/{name}/papers",
    status_code=201,
    dependencies=_WRITER,
    responses=problems(404, 413, 415, 429),
    openapi_extra=described_by(PaperBody),
)
def put_paper(node: Node, member: Asking, name: Name, body: SignedJson) -> PaperReceipt:
    """Keep the document that a record will commit to; the same again is the same."""
    wanted, file = parse_model(PaperBody, body), find_file(node, name)
    if member is not None:
        _require_concerned(node, file, member)
    try:
        content = rfc8785.dumps(wanted.document).decode()
    except rfc8785.CanonicalizationError as error:
        raise PaperUnfitError(str(error)) from error
    digest = node.clearance.files.put_paper(
        file.declaration_no, wanted.kind, content, wanted.salt, _now(node)
    )
    return PaperReceipt(digest=digest)


@router.get("/declarations/{name}/papers", dependencies=_OFFICER, responses=problems(404))
def papers(node: Node, name: Name) -> Papers:
    """Show what is kept behind the records of a declaration."""
    file = find_file(node, name)
    found = node.clearance.files.papers(file.declaration_no)
    return Papers(items=[paper_of(each) for each in found])


@router.get("/declarations/{name}/versions/{amendment}", responses=problems(404, 429))
def version(
    node: Node,
    _: Annotated[object, Depends(DoorRequirement(Permission.CLEARANCE_READ, Role.ENTERPRISE))],
    member: Asking,
    name: Name,
    amendment: Annotated[int, Path(ge=0, le=9)],
) -> Amending:
    """Show a declaration as it read under an amendment count."""
    file = find_file(node, name, member)
    for each in node.clearance.files.versions(file.declaration_no):
        if each.amendment == amendment:
            read = require_declaration(json.loads(each.content))
            return Amending(declaration=json.loads(declaration_bytes(read)))
    raise FileUnknownError(f"{file.declaration_no}{amendment}")


def _require_concerned(node: OrganisationNode, file: DeclarationFile, member: str) -> None:
    """Refuse an agency that is not asked; ports of the country state cargo of any declaration."""
    with node.reading() as session:
        queries = ClearanceQueries(session)
        if queries.is_awaited(file.object_id, member):
            return
        if not queries.is_port(member, node.folder.config.country):
            raise FileUnknownError(file.declaration_no)


def _summaries(
    node: OrganisationNode, name: str, rows: list[ClearanceRow], limit: int
) -> Summaries:
    page, following = rows[:limit], None
    if len(rows) > limit:
        following = write_cursor(name, f"{page[-1].round} {page[-1].object_id}")
    files = numbers_of(node, [row.object_id for row in page])
    items = [summary_of(row, files.get(row.object_id)) for row in page]
    return Summaries(items=items, next=following)


def _after(name: str, cursor: str | None) -> tuple[int, str]:
    last = read_cursor(name, cursor)
    if last is None:
        return -1, ""
    number, _, identifier = last.partition(" ")
    return _number(number), identifier


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise CursorMalformedError(text[:80])
    return int(text)


def _number_in(files: dict[str, DeclarationFile], name: str) -> str | None:
    file = files.get(name)
    return None if file is None else number_of(file)


def _now(node: Node) -> int:
    return int(node.clock().timestamp())
