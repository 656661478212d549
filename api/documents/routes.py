"""Documents, opened for who sees the certificate or application that commits to them."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from api.bodies import read_document_body, read_json_body
from api.documents.access import Purpose, access_of, require_visible
from api.documents.schemas import (
    AccessPage,
    DocumentAccess,
    KeptDocument,
    ManifestList,
    kept_of,
    manifest_of,
)
from api.errors import BodyMalformedError
from api.paging import Cursor, Limit, read_cursor, write_cursor
from api.permissions import Node, Permission, RequiredCaller, Requirement
from api.schemas import BYTES32, Bytes32, Identifier, Model, problems
from api.tokens import Caller
from contracts.documents.sealed import SD_JWT_TYPE
from node.errors import CursorMalformedError, DocumentUnknownError
from node.vault.access import Act

router = APIRouter(prefix="/documents", tags=["documents"])
Reader = Annotated[Caller, Depends(RequiredCaller(Permission.DOCUMENTS_READ))]
Writer = Annotated[Caller, Depends(RequiredCaller(Permission.DOCUMENTS_WRITE))]
Sharer = Annotated[Caller, Depends(RequiredCaller(Permission.DOCUMENTS_SHARE))]
Eraser = Annotated[Caller, Depends(RequiredCaller(Permission.DOCUMENTS_ERASE))]
Auditor = Annotated[object, Depends(Requirement(Permission.DOCUMENTS_AUDIT))]

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "Compact SD-JWT without key binding: JWS~disclosure~…~",
        "content": {SD_JWT_TYPE: {"schema": {"type": "string"}}},
    }
}
_SHARE_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "organisations": {
                            "type": "array",
                            "items": {"type": "string", "pattern": BYTES32},
                            "minItems": 1,
                            "maxItems": 50,
                        }
                    },
                    "required": ["organisations"],
                }
            }
        },
    }
}
_ORGANISATIONS: Final = 50
_DIGITS: Final = 18


class _Sharing(Model):
    organisations: list[Bytes32] = Field(min_length=1, max_length=_ORGANISATIONS)


@router.post("", status_code=201, responses=problems(409, 410, 413, 415, 503), openapi_extra=_BODY)
def put(
    node: Node,
    caller: Writer,
    response: Response,
    content: Annotated[bytes, Depends(read_document_body)],
) -> KeptDocument:
    """Seal an SD-JWT for this organisation and keep it, where a record commits to it.

    Clients that encrypt by themselves, for other readers too, use /v1/vault.
    """
    kept = node.vault.keep_document(content, SD_JWT_TYPE)
    node.vault.log.write(Act.KEEP, kept.document, access_of(caller, "handed in"))
    response.headers["Location"] = f"/v1/documents/{kept.document}"
    return kept_of(kept)


@router.get("/accesses", responses=problems())
def accesses(
    node: Node,
    _: Auditor,
    document: Annotated[str | None, Query(pattern=BYTES32, description="Only this one's.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> AccessPage:
    """List who did what with documents, the newest first."""
    name = f"accesses/{document or ''}"
    rows = node.vault.log.page(_sequence(read_cursor(name, cursor)), limit + 1, document)
    page = rows[:limit]
    following = write_cursor(name, str(page[-1].sequence)) if len(rows) > limit else None
    items = [
        DocumentAccess(
            at=row.at,
            document=row.document,
            act=row.act,
            subject=row.subject,
            role=row.role,
            post=row.post,
            purpose=row.purpose,
        )
        for row in page
    ]
    return AccessPage(items=items, next=following)


@router.get(
    "/{digest}",
    responses={
        200: {"content": {"*/*": {}}, "description": "The document"},
        **problems(404, 410, 502, 503),
    },
    response_class=Response,
)
def get(node: Node, caller: Reader, digest: Identifier, purpose: Purpose = "read") -> Response:
    """Open a document for who may see it; the access is logged before it is given."""
    require_visible(node, caller, digest)
    opened = node.vault.open(digest, access_of(caller, purpose))
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": "attachment",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(opened.content, media_type=opened.manifest.media_type, headers=headers)


@router.get("/{digest}/manifests", responses=problems(404, 410, 503))
def manifests(node: Node, caller: Reader, digest: Identifier) -> ManifestList:
    """List a document's manifests: who can open it, and what others fetch it by."""
    require_visible(node, caller, digest)
    return ManifestList(items=[manifest_of(one) for one in node.vault.manifests(digest)])


@router.post(
    "/{digest}/readers",
    status_code=201,
    responses=problems(404, 410, 413, 415, 503),
    openapi_extra=_SHARE_BODY,
)
def share(
    node: Node,
    caller: Sharer,
    digest: Identifier,
    body: Annotated[object, Depends(read_json_body)],
    purpose: Purpose = "share",
) -> KeptDocument:
    """Let other organisations read a document, by a further manifest of the same ciphertext."""
    require_visible(node, caller, digest)
    try:
        wanted = _Sharing.model_validate(body)
    except ValueError as error:
        problem = f"give organisations: 1 to {_ORGANISATIONS} identifiers"
        raise BodyMalformedError(problem) from error
    return kept_of(node.vault.share(digest, wanted.organisations, access_of(caller, purpose)))


@router.delete("/{digest}", status_code=204, responses=problems(404, 503))
def erase(node: Node, caller: Eraser, digest: Identifier, purpose: Purpose = "erasure") -> None:
    """Erase a document from this organisation's vault for good; the ledger stays as it is."""
    if not node.vault.is_erased(digest):
        require_visible(node, caller, digest)
        if digest not in node.vault.documents():
            raise DocumentUnknownError(digest)  # what comes later must not be shut out before
    node.vault.erase(digest, access_of(caller, purpose))


def _sequence(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise CursorMalformedError(text[:80])
    return int(text)
