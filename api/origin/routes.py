"""Certificates of origin and their claims: list, show, prepare."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.bodies import read_json_body
from api.origin.parts import claim_of
from api.origin.prepare import PREPARE_BODY, Prepared
from api.origin.schemas import (
    Certificate,
    CertificatePage,
    ClaimPage,
    History,
    certificate_of,
    history_of,
    summary_of,
)
from api.origin.scope import scope_of
from api.origin.service import parse_prepare_request, prepare_issue
from api.paging import Cursor, Limit, read_cursor, write_cursor
from api.permissions import Node, Permission, RequiredCaller, Requirement
from api.schemas import Bytes32, Identifier, problems
from api.tokens import Caller
from node.origin.queries import CertificateFilter, ClaimFilter, OriginQueries
from node.origin.tables import CertificateStatus, ClaimStatus, Exchange, VerificationState

Country = Annotated[
    str | None, Query(pattern="^[A-Z]{2}$", description="ISO 3166 alpha-2.", examples=["VN"])
]
DueBefore = Annotated[
    int | None,
    Query(ge=0, le=1 << 62, description="Seconds: open verifications with an earlier deadline."),
]
router = APIRouter(prefix="/origin", tags=["origin"])
Reader = Annotated[Caller, Depends(RequiredCaller(Permission.CERTIFICATES_READ))]
Preparer = Annotated[object, Depends(Requirement(Permission.CERTIFICATES_PREPARE))]


@router.get("/certificates", responses=problems())
def certificates(
    node: Node,
    caller: Reader,
    *,
    limit: Limit = 50,
    cursor: Cursor = None,
    status: CertificateStatus | None = None,
    exchange: Exchange | None = None,
    issuing_country: Country = None,
    importing_country: Country = None,
    parent: Bytes32 | None = None,
) -> CertificatePage:
    """List the certificates that the caller may see."""
    after = read_cursor("certificates", cursor)
    exchanges = None if exchange is None else (exchange,)
    wanted = CertificateFilter(status, exchanges, issuing_country, importing_country, parent)
    with node.reading() as session:
        queries = OriginQueries(session, scope_of(node, caller))
        rows = queries.certificates(after, limit + 1, wanted=wanted)
    page = rows[:limit]
    following = write_cursor("certificates", page[-1].object_id) if len(rows) > limit else None
    return CertificatePage(items=[summary_of(row) for row in page], next=following)


@router.get("/certificates/{certificate}", responses=problems(404))
def certificate(node: Node, caller: Reader, certificate: Identifier) -> Certificate:
    """Show one certificate with its items and claims."""
    scope = scope_of(node, caller)
    with node.reading() as session:
        details = OriginQueries(session, scope).certificate(certificate)
    held = details.certificate.document in scope.held_documents
    return certificate_of(details, document_held=held)


@router.get("/certificates/{certificate}/history", responses=problems(404))
def history(node: Node, caller: Reader, certificate: Identifier) -> History:
    """List the records of a certificate, oldest first."""
    with node.reading() as session:
        return history_of(OriginQueries(session, scope_of(node, caller)).history(certificate))


@router.get("/claims", responses=problems())
def claims(
    node: Node,
    caller: Reader,
    *,
    limit: Limit = 50,
    cursor: Cursor = None,
    status: ClaimStatus | None = None,
    verification: VerificationState | None = None,
    due_before: DueBefore = None,
    issuing_country: Country = None,
    importing_country: Country = None,
) -> ClaimPage:
    """List claims: customs those to decide, authorities those to verify, declarants their own."""
    after = read_cursor("claims", cursor)
    wanted = ClaimFilter(status, verification, due_before, importing_country, issuing_country)
    with node.reading() as session:
        rows = OriginQueries(session, scope_of(node, caller)).claims(after, limit + 1, wanted)
    page = rows[:limit]
    following = write_cursor("claims", page[-1].digest) if len(rows) > limit else None
    return ClaimPage(items=[claim_of(row) for row in page], next=following)


@router.post("/certificates/prepare", responses=problems(413, 415, 502), openapi_extra=PREPARE_BODY)
def prepare(node: Node, _: Preparer, body: Annotated[object, Depends(read_json_body)]) -> Prepared:
    """Check a certificate and return the record that its officer signs.

    Nothing is stored. Identifier and document are made by the client, which holds the
    identifier key and the document key.
    """
    prepared = prepare_issue(node, parse_prepare_request(body))
    return Prepared(
        record=prepared.unsigned(), digest=prepared.digest, typed_data=prepared.typed_data()
    )
