"""Contents by CID: uploaded by clients that encrypt, fetched by other members' nodes."""

import time
from contextlib import ExitStack
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from api.bodies import read_json_body, read_manifest_body, require_type
from api.documents.access import access_of
from api.documents.schemas import KeptDocument, kept_of
from api.errors import BodyMalformedError
from api.permissions import Node, Permission, RequiredCaller, Requirement
from api.schemas import Bytes32, Model, problems
from api.tokens import Caller
from api.vault.members import Allowed, Member, MemberRequirement
from contracts.documents.cid import parse_cid
from contracts.documents.manifest import DOCUMENT_LIMIT
from node.organisation import OrganisationNode
from node.vault.access import Act
from node.vault.content import Intake
from node.vault.errors import ContentUnknownError

router = APIRouter(prefix="/vault", tags=["vault"])
Reader = Annotated[object, Depends(Requirement(Permission.DOCUMENTS_READ))]
Writer = Annotated[Caller, Depends(RequiredCaller(Permission.DOCUMENTS_WRITE))]

CONTENT_TYPE: Final = "application/octet-stream"
CIPHERTEXT_PATH: Final = "/v1/vault/contents"
_CID: Final = r"^b[a-z2-7]{58}$"
_BUFFER: Final = 1 << 20
CidText = Annotated[str, Path(pattern=_CID, description="CIDv1, base32.")]


def _body(media_type: str, description: str) -> dict[str, Any]:
    schema = {"schema": {"type": "string"}}
    content = {media_type: schema}
    return {"requestBody": {"required": True, "description": description, "content": content}}


class VaultInfo(Model):
    """Whose vault it is."""

    organisation: Bytes32 = Field(description="Documents must be sealed for it, too.")
    size_limit: int = Field(description="Bytes of the largest document.")


class KeptContent(Model):
    """A ciphertext that is kept; its manifest is to follow within a day."""

    content: str = Field(pattern=_CID)
    size: int


class _Fetching(Model):
    manifest: str = Field(pattern=_CID)
    sender: Bytes32


@router.get("", responses=problems())
def info(node: Node, _: Reader) -> VaultInfo:
    """Tell whose vault it is, and what it takes."""
    organisation = node.folder.config.organisation
    return VaultInfo(organisation=organisation, size_limit=DOCUMENT_LIMIT)


@router.post(
    "/contents",
    status_code=201,
    responses=problems(413, 415, 503),
    openapi_extra=_body(CONTENT_TYPE, "nonce ‖ ciphertext ‖ tag"),
)
async def put_content(node: Node, _: Writer, request: Request) -> KeptContent:
    """Keep a ciphertext; it is written to disk as it comes."""
    require_type(request, CONTENT_TYPE)
    intake = await run_in_threadpool(node.vault.intake)
    try:
        return await _take(node, intake, request)
    finally:
        await run_in_threadpool(intake.discard)


async def _take(node: OrganisationNode, intake: Intake, request: Request) -> KeptContent:
    waiting = bytearray()
    async for part in request.stream():
        waiting += part
        if len(waiting) >= _BUFFER:
            await run_in_threadpool(intake.write, bytes(waiting))
            waiting.clear()
    await run_in_threadpool(intake.write, bytes(waiting))
    cid = await run_in_threadpool(node.vault.keep_content, intake)
    return KeptContent(content=str(cid), size=intake.size)


@router.post(
    "/manifests",
    status_code=201,
    responses=problems(404, 409, 410, 413, 415, 503),
    openapi_extra=_body("application/json", "tradeseal-manifest/1, its exact bytes"),
)
def put_manifest(
    node: Node,
    caller: Writer,
    response: Response,
    data: Annotated[bytes, Depends(read_manifest_body)],
) -> KeptDocument:
    """Keep a document whose ciphertext is here, once it opens and something commits to it."""
    kept = node.vault.keep_manifest(data)
    node.vault.log.write(Act.KEEP, kept.document, access_of(caller, "handed in"))
    response.headers["Location"] = f"/v1/documents/{kept.document}"
    return kept_of(kept)


@router.post(
    "/fetches",
    status_code=201,
    responses=problems(404, 409, 410, 413, 415, 502, 503),
    openapi_extra=_body("application/json", "manifest: its CID; sender: an organisation"),
)
def fetch(
    node: Node, caller: Writer, body: Annotated[object, Depends(read_json_body)]
) -> KeptDocument:
    """Fetch a document that another organisation sealed for this one, from IPFS or its node."""
    try:
        wanted = _Fetching.model_validate(body)
    except ValueError as error:
        problem = "give manifest (a CID) and sender (an organisation's identifier)"
        raise BodyMalformedError(problem) from error
    access = access_of(caller, "fetched on request")
    kept = node.documents.fetcher.fetch(parse_cid(wanted.manifest), wanted.sender, access)
    return kept_of(kept)


@router.get(
    "/blocks/{cid}",
    dependencies=[Depends(MemberRequirement())],
    responses={
        200: {"content": {CONTENT_TYPE: {}}, "description": "Content"},
        **problems(404, 429),
    },
    response_class=Response,
)
def block(node: Node, member: Member, allowance: Allowed, cid: CidText) -> Response:
    """Give a sealed content to a member's node that it is sealed for."""
    wanted = parse_cid(cid)
    allowance.begin(member, time.monotonic())
    with ExitStack() as unanswered:
        unanswered.callback(allowance.end, member)
        if member not in node.vault.readers_of(wanted):
            raise ContentUnknownError(cid)  # an outsider learns nothing
        content = node.vault.read_sealed(wanted)
        allowance.spend(member, len(content))
        unanswered.pop_all()  # from here on it is open until it was sent
    sent = BackgroundTask(allowance.end, member)
    return Response(content, media_type=CONTENT_TYPE, background=sent)
