"""What precedes a certificate: applications, certified exporters, certified export lines.

Each is changed by a signed record at /v1/records; these routes say what a signer must know.
"""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.issuance.schemas import (
    Application,
    ApplicationPage,
    CertifiedLines,
    Exporter,
    ExporterPage,
    ExportLine,
    application_of,
    exporter_of,
    line_of,
    summary_of,
)
from api.origin.parts import certified_line_of
from api.origin.scope import issuance_scope_of
from api.paging import Cursor, Limit, read_cursor, write_cursor
from api.permissions import Node, Permission, RequiredCaller
from api.schemas import Identifier, problems
from api.tokens import Caller
from node.issuance.queries import IssuanceQueries
from node.issuance.tables import ApplicationStatus

router = APIRouter(prefix="/issuance", tags=["issuance"])
Reader = Annotated[Caller, Depends(RequiredCaller(Permission.CERTIFICATES_READ))]


@router.get("/applications", responses=problems())
def applications(
    node: Node,
    caller: Reader,
    limit: Limit = 50,
    cursor: Cursor = None,
    status: ApplicationStatus | None = None,
) -> ApplicationPage:
    """List applications: an exporter its own, an authority or customs its country's.

    Those approved and not issued are what exporting customs countersigns lines for.
    """
    after = read_cursor("applications", cursor)
    with node.reading() as session:
        queries = IssuanceQueries(session, issuance_scope_of(node, caller))
        rows = queries.applications(after, limit + 1, status)
    page = rows[:limit]
    following = write_cursor("applications", page[-1].object_id) if len(rows) > limit else None
    return ApplicationPage(items=[summary_of(row) for row in page], next=following)


@router.get("/applications/{application}", responses=problems(404))
def application(node: Node, caller: Reader, application: Identifier) -> Application:
    """Show one application with its steps and the lines certified for it."""
    with node.reading() as session:
        queries = IssuanceQueries(session, issuance_scope_of(node, caller))
        details = queries.application(application)
        approved = details.application.certificate
        lines = [] if approved is None else queries.certified_lines(approved)
    return application_of(details, [certified_line_of(line) for line in lines])


@router.get("/exporters", responses=problems())
def exporters(node: Node, caller: Reader, limit: Limit = 50, cursor: Cursor = None) -> ExporterPage:
    """List certified exporters; the directory is every member's."""
    after = read_cursor("exporters", cursor)
    with node.reading() as session:
        rows = IssuanceQueries(session, issuance_scope_of(node, caller)).exporters(after, limit + 1)
    page = rows[:limit]
    following = write_cursor("exporters", page[-1].object_id) if len(rows) > limit else None
    return ExporterPage(items=[exporter_of(row) for row in page], next=following)


@router.get("/exporters/{exporter}", responses=problems(404))
def exporter(node: Node, caller: Reader, exporter: Identifier) -> Exporter:
    """Show one certified exporter."""
    with node.reading() as session:
        queries = IssuanceQueries(session, issuance_scope_of(node, caller))
        return exporter_of(queries.exporter(exporter))


@router.get("/lines/{line}", responses=problems(404))
def line(node: Node, caller: Reader, line: Identifier) -> ExportLine:
    """Show how far an export line is certified: share and commitment that a record names."""
    with node.reading() as session:
        queries = IssuanceQueries(session, issuance_scope_of(node, caller))
        return line_of(queries.line(line), queries.standing_parts(line))


@router.get("/certificates/{certificate}/lines", responses=problems())
def lines(node: Node, caller: Reader, certificate: Identifier) -> CertifiedLines:
    """List the export lines certified for a certificate, issued or not."""
    with node.reading() as session:
        queries = IssuanceQueries(session, issuance_scope_of(node, caller))
        rows = queries.certified_lines(certificate)
    return CertifiedLines(items=[certified_line_of(row) for row in rows])
