"""What a verifier needs: bundles of certificates, and seals."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from api.documents.access import access_of
from api.origin.scope import scope_of
from api.permissions import Node, Permission, RequiredCaller, Requirement
from api.schemas import Identifier, Model, problems
from api.tokens import Caller
from node.errors import BundleUnavailableError, LedgerAnswerError
from node.origin.queries import OriginQueries

router = APIRouter(prefix="/proofs", tags=["proofs"])
CertificateReader = Annotated[Caller, Depends(RequiredCaller(Permission.PROOFS_READ))]
Reader = Annotated[object, Depends(Requirement(Permission.PROOFS_READ))]
Height = Annotated[
    int, Query(ge=0, lt=1 << 63, description="Height your trust file stands at.", examples=[0])
]
BlockName = Annotated[
    str,
    Path(pattern="^(latest|0|[1-9][0-9]{0,17})$", description="EVM block number, or latest."),
]


class Seal(Model):
    """A signed header and the block that it names."""

    seal: dict[str, Any] = Field(description="As tradeseal_getSeal answers.")


@router.get(
    "/certificates/{certificate}",
    responses={
        200: {"content": {"application/json": {}}, "description": "tradeseal-bundle/1"},
        **problems(404, 503),
    },
    response_class=Response,
)
def bundle(
    node: Node,
    caller: CertificateReader,
    certificate: Identifier,
    since_height: Height = 0,
    document: Annotated[bool, Query(description="Whether to add the document.")] = True,
) -> Response:
    """Return the proof bundle of a certificate at the newest seal."""
    with node.reading() as session:
        queries = OriginQueries(session, scope_of(node, caller))
        built = node.bundles.build(
            session,
            queries,
            certificate,
            since_height=since_height,
            reader=access_of(caller, "proof bundle") if document else None,
        )
    return Response(built.to_bytes(), media_type="application/json")


@router.get("/seals/{block}", responses=problems(503))
def seal(node: Node, _: Reader, block: BlockName) -> Seal:
    """Return the seal of a block, or of the newest sealed one (`latest`)."""
    name = block if block == "latest" else hex(int(block))
    try:
        return Seal(seal=node.ledger.request("tradeseal_getSeal", name))
    except LedgerAnswerError as error:
        raise BundleUnavailableError(f"block {block}", error.reason) from error
