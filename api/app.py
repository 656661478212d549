"""The application: one organisation's node behind HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request

from api.beacon.routes import router as beacon
from api.bodies import BODY_LIMIT, BodyLimit
from api.clearance.access import DECLARATION_LIMIT
from api.clearance.assessor import RiskAssessor, load_model
from api.clearance.routes import AMENDMENTS_PATH, DECLARATIONS_PATH
from api.clearance.routes import router as clearance
from api.debt.routes import router as debt
from api.documents.routes import router as documents
from api.errors import install
from api.events.routes import router as events
from api.events.stream import StreamCount
from api.exchange.routes import router as exchange
from api.health.routes import router as health
from api.issuance.routes import router as issuance
from api.membership.governance import router as governance
from api.membership.routes import router as membership
from api.observability import Observation, templates_of
from api.origin.determination.routes import router as determination
from api.origin.routes import router as origin
from api.payments.banks import STATEMENT_LIMIT, STATEMENT_PATH
from api.payments.banks import router as bank_payments
from api.payments.routes import router as payments
from api.permissions import Permission, Requirement, check_routes
from api.proofs.routes import router as proofs
from api.records.routes import router as records
from api.schemas import Problem
from api.settlement.routes import router as settlement
from api.tax.office import TaxOffice
from api.tax.routes import router as tax
from api.tokens import TokenVerifier
from api.vault.members import Allowance
from api.vault.routes import CIPHERTEXT_PATH
from api.vault.routes import router as vault
from contracts.documents.sealed import CIPHERTEXT_LIMIT
from node.organisation import OrganisationNode

_DESCRIPTION = """The door of one organisation to the ledger.

Records are signed by their actors before they come here; this door carries them and tells how
far they are. What it answers, a bundle proves without it: trust proofs, not servers.
Every error is a problem document (RFC 9457) with a stable `code`.
Every answer names its request in the header `X-Request-ID`; send your own (1 to 64 letters, digits
and `._:-`) to find it again in the logs, from this door to the ledger's block.
"""

_description = APIRouter(tags=["health"])


@_description.get("/openapi.json", include_in_schema=False)
def openapi(
    request: Request, _: Annotated[object, Depends(Requirement(Permission.PUBLIC))]
) -> dict[str, Any]:
    """Describe all routes."""
    app: FastAPI = request.app
    document = app.openapi()
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    document["components"]["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    document["security"] = [{"bearer": []}]
    return document


def create_app(
    node: OrganisationNode, tokens: TokenVerifier, *, body_limit: int = BODY_LIMIT
) -> FastAPI:
    """Return the application that serves one organisation's node.

    Args:
        node: The open node; whoever calls starts and closes it.
        tokens: Checks bearer tokens.
        body_limit: Greatest body of a request but for sealed contents, in bytes.

    Raises:
        PermissionUndeclaredError: A route declares no permission.
    """
    app = FastAPI(
        title="Tradeseal",
        version="1",
        description=_DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.node = node
    app.state.tokens = tokens
    app.state.allowance = Allowance()
    app.state.streams = StreamCount()
    app.state.tax = TaxOffice(node.folder.path)
    if node.clearance.has_clerk:
        node.clearance.appoint(RiskAssessor(node, app.state.tax, load_model()))
    app.state.is_ending = lambda: False
    routers = (
        health,
        membership,
        governance,
        issuance,
        origin,
        exchange,
        determination,
        records,
        documents,
        vault,
        proofs,
        events,
        settlement,
        debt,
        tax,
        payments,
        bank_payments,
        clearance,
        beacon,
        _description,
    )
    for router in routers:
        app.include_router(router, prefix="/v1")
    larger = {
        CIPHERTEXT_PATH: CIPHERTEXT_LIMIT,
        STATEMENT_PATH: STATEMENT_LIMIT,
        DECLARATIONS_PATH: DECLARATION_LIMIT,
        AMENDMENTS_PATH: DECLARATION_LIMIT,
    }
    app.add_middleware(BodyLimit, limit=body_limit, others=larger)
    install(app)
    check_routes(app)
    # Added last, so that it stands around everything else.
    app.add_middleware(Observation, metrics=node.metrics, templates=templates_of(app))
    return app
