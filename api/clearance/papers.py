"""Documents behind records, and what officers and declarants ask and answer, over HTTP."""

from collections.abc import Mapping
from typing import Any, Final

import rfc8785
from fastapi import APIRouter, Depends

from api.bodies import described_by, parse_model
from api.clearance.access import Asking, DoorRequirement, Name
from api.clearance.queries import ClearanceQueries, find_file
from api.clearance.schemas import Answering, Messages, PaperBody, PaperReceipt, Papers
from api.clearance.views import message_of, paper_of
from api.payments.members import SignedJson, allowed
from api.permissions import Node, Permission, Requirement
from api.schemas import problems
from contracts.membership.keys import Role
from node.clearance.errors import FileUnknownError, PaperUnfitError
from node.clearance.tables import DeclarationFile
from node.organisation import OrganisationNode

router = APIRouter()
QUESTION: Final = "question"
ANSWER: Final = "answer"
_OF_MEMBERS: Final = frozenset({"fact", "cargo", "evidence"})
_WRITER: Final = [
    Depends(DoorRequirement(Permission.CLEARANCE_DECIDE, Role.AGENCY | Role.PORT)),
    Depends(allowed),
]
_DECLARANT: Final = [
    Depends(DoorRequirement(Permission.CLEARANCE_DECLARE, Role.ENTERPRISE)),
    Depends(allowed),
]
_LOOKER: Final = [
    Depends(DoorRequirement(Permission.CLEARANCE_READ, Role.ENTERPRISE)),
    Depends(allowed),
]
_OFFICER: Final = [Depends(Requirement(Permission.CLEARANCE_READ))]


@router.post(
    "/declarations/{name}/papers",
    status_code=201,
    dependencies=_WRITER,
    responses=problems(404, 413, 415, 429, 503),
    openapi_extra=described_by(PaperBody),
)
def put_paper(node: Node, member: Asking, name: Name, body: SignedJson) -> PaperReceipt:
    """Keep the document that a record will commit to; the same again is the same.

    Customs' officers keep any kind but `answer`. An agency that the declaration asks, or asked,
    and a port of this country keep `fact`, `cargo` and `evidence`.
    """
    wanted, file = parse_model(PaperBody, body), find_file(node, name)
    if member is not None:
        _require_concerned(node, file, member)
    if wanted.kind == ANSWER or (member is not None and wanted.kind not in _OF_MEMBERS):
        raise PaperUnfitError(f"kind {wanted.kind!r} is not the caller's to hand in")
    return _keep(node, file, wanted.kind, wanted.document, wanted.salt)


@router.get("/declarations/{name}/papers", dependencies=_OFFICER, responses=problems(404))
def papers(node: Node, name: Name) -> Papers:
    """Show what is kept behind the records of a declaration, the oldest first."""
    found = node.clearance.files.papers(find_file(node, name).declaration_no)
    return Papers(items=[paper_of(each) for each in found])


@router.post(
    "/declarations/{name}/messages",
    status_code=201,
    dependencies=_DECLARANT,
    responses=problems(404, 413, 415, 429, 503),
    openapi_extra=described_by(Answering),
)
def answer(node: Node, member: Asking, name: Name, body: SignedJson) -> PaperReceipt:
    """Answer what an officer asks, as the declarant; the same again is the same."""
    wanted, file = parse_model(Answering, body), find_file(node, name, member)
    return _keep(node, file, ANSWER, wanted.document, wanted.salt)


@router.get("/declarations/{name}/messages", dependencies=_LOOKER, responses=problems(404, 429))
def messages(node: Node, member: Asking, name: Name) -> Messages:
    """Show what officers ask and the declarant answers; declarants see their own."""
    file = find_file(node, name, member)
    found = node.clearance.files.papers(file.declaration_no)
    return Messages(items=[message_of(each) for each in found if each.kind in {QUESTION, ANSWER}])


def _keep(
    node: OrganisationNode, file: DeclarationFile, kind: str, document: Mapping[str, Any], salt: str
) -> PaperReceipt:
    try:
        content = rfc8785.dumps(dict(document)).decode()
    except rfc8785.CanonicalizationError as error:
        raise PaperUnfitError(str(error)) from error
    now = int(node.clock().timestamp())
    digest = node.clearance.files.put_paper(file.declaration_no, kind, content, salt, now)
    return PaperReceipt(digest=digest, object=file.object_id)


def _require_concerned(node: OrganisationNode, file: DeclarationFile, member: str) -> None:
    """Refuse an agency that is not asked; ports of the country state cargo of any declaration."""
    with node.reading() as session:
        queries = ClearanceQueries(session)
        if queries.is_awaited(file.object_id, member):
            return
        if not queries.is_port(member, node.folder.config.country):
            raise FileUnknownError(file.declaration_no)
