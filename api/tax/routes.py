"""Taxes of a declaration over HTTP: computed from the office's own tariff, nothing is kept."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.bodies import read_json_body
from api.permissions import Permission, Requirement
from api.schemas import problems
from api.tax.assess import assess
from api.tax.document import assessment_bytes
from api.tax.model import Declaration
from api.tax.office import TaxOffice
from api.tax.structure import read

router = APIRouter(prefix="/tax", tags=["tax"])

_DECLARATION: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "description": "docs/schemas/tax describes its members.",
                    "required": ["format", "number", "kind", "lines"],
                    "properties": {"format": {"const": "tradeseal-tax-declaration/1"}},
                }
            }
        },
    }
}
_ASSESSMENT: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The assessment as canonical JSON (RFC 8785): keep its bytes to replay it.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


@router.post(
    "/assessments",
    responses=problems(413, 415, 503) | _ASSESSMENT,
    response_class=Response,
    openapi_extra=_DECLARATION,
    dependencies=[Depends(Requirement(Permission.TAX_ASSESS))],
)
def assessments(request: Request, body: Annotated[object, Depends(read_json_body)]) -> Response:
    """Compute what is due on a declaration and explain each step.

    By the tariff and the exchange rates in this organisation's folder. Nothing is stored, and
    nothing is due by it: customs puts an assessment on the ledger at /v1/payments/assessments.
    """
    office: TaxOffice = request.app.state.tax
    tariff, rates = office.data()
    found = assess(read(Declaration, body, "declaration"), tariff, rates)
    return Response(assessment_bytes(found), media_type="application/json")
