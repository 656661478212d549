"""The determination of origin over HTTP: nothing is read, nothing is kept."""

from typing import Annotated, Any, Final, cast

import rfc8785
from fastapi import APIRouter, Depends
from fastapi.responses import Response

from api.bodies import read_json_body
from api.origin.determination.decision import DECISION_FORMAT
from api.origin.determination.engine import determine
from api.origin.determination.model import CASE_FORMAT, Case
from api.origin.determination.replay import replay as replay_decision
from api.origin.determination.structure import read
from api.permissions import Permission, Requirement
from api.schemas import problems

router = APIRouter(prefix="/origin", tags=["origin"])
Asker = Annotated[object, Depends(Requirement(Permission.ORIGIN_DETERMINE))]

_CASE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "description": "A case; docs/origin-rules.md describes its members.",
                    "required": [
                        "format",
                        "agreement",
                        "date",
                        "exporting_party",
                        "importing_party",
                        "good",
                        "materials",
                        "operations",
                    ],
                    "properties": {"format": {"const": CASE_FORMAT}},
                }
            }
        },
    }
}
_RECORDED: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "description": "A whole decision, as it was kept.",
                    "required": ["format", "engine", "case", "outcome", "steps", "rules"],
                    "properties": {"format": {"const": DECISION_FORMAT}},
                }
            }
        },
    }
}
_DECISION: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The decision as canonical JSON (RFC 8785): keep its bytes to replay it.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


@router.post(
    "/determinations",
    responses=problems(413, 415) | _DECISION,
    response_class=Response,
    openapi_extra=_CASE,
)
def determinations(_: Asker, body: Annotated[object, Depends(read_json_body)]) -> Response:
    """Determine the origin of a good and explain each step.

    A pure computation on what is sent: the same case gives the same bytes. Nothing is stored.
    """
    decision = determine(read(Case, body))
    return Response(decision.to_bytes(), media_type="application/json")


@router.post(
    "/determinations/replay",
    responses=problems(409, 413, 415) | _DECISION,
    response_class=Response,
    openapi_extra=_RECORDED,
)
def replay(_: Asker, body: Annotated[object, Depends(read_json_body)]) -> Response:
    """Recompute a kept decision from its own case; the answer is the decision, if it repeats.

    Where anything differs (its text, the rules of that day, the engine), the problem names it.
    """
    decision = replay_decision(rfc8785.dumps(cast("Any", body)))
    return Response(decision.to_bytes(), media_type="application/json")
