"""Documents: kept when a certificate commits to them, given to who sees the certificate."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response

from api.bodies import read_document_body
from api.origin.scope import scope_of
from api.permissions import Node, Permission, RequiredCaller, Requirement
from api.schemas import Bytes32, Identifier, Model, problems
from api.tokens import Caller, Role
from node.errors import DocumentUnknownError
from node.origin.queries import OriginQueries

router = APIRouter(prefix="/documents", tags=["documents"])
Reader = Annotated[Caller, Depends(RequiredCaller(Permission.DOCUMENTS_READ))]
Writer = Annotated[object, Depends(Requirement(Permission.DOCUMENTS_WRITE))]

MEDIA_TYPE: Final = "application/sd-jwt"
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "Compact SD-JWT without key binding: JWS~disclosure~…~",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}


class Kept(Model):
    """A document that is kept."""

    digest: Bytes32


@router.post("", status_code=201, responses=problems(409, 413, 415, 503), openapi_extra=_BODY)
def put(
    node: Node,
    _: Writer,
    response: Response,
    content: Annotated[bytes, Depends(read_document_body)],
) -> Kept:
    """Keep a document that a certificate commits to, on the ledger or on its way there."""
    digest = node.documents.put(content)
    response.headers["Location"] = f"/v1/documents/{digest}"
    return Kept(digest=digest)


@router.get(
    "/{digest}",
    responses={200: {"content": {MEDIA_TYPE: {}}, "description": "SD-JWT"}, **problems(404)},
    response_class=Response,
)
def get(node: Node, caller: Reader, digest: Identifier) -> Response:
    """Give a document to who may see its certificate."""
    with node.reading() as session:
        visible = OriginQueries(session, scope_of(node, caller)).sees_document(digest)
    # Its issuer has it before the ledger does.
    if not visible and caller.role is not Role.ISSUING_AUTHORITY:
        raise DocumentUnknownError(digest)
    return Response(node.documents.get(digest), media_type=MEDIA_TYPE)
