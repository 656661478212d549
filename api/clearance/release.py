"""The time-release study over HTTP, as JSON, CSV or a chart."""

import json
from datetime import date, datetime, time, timedelta, timezone
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import Response

from api.clearance.release_times import release_times
from api.clearance.timing import study_csv, study_json, study_svg
from api.permissions import Node, Permission, Requirement
from api.schemas import problems

router = APIRouter()
_VIETNAM: Final = timezone(timedelta(hours=7))
_DAY_SECONDS: Final = 86_400
_PERIOD_DAYS: Final = 31
_JSON: Final = "application/json"
_TYPES: Final = {"json": _JSON, "csv": "text/csv", "svg": "image/svg+xml"}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The study.",
        "content": {
            _JSON: {"schema": {"type": "object"}},
            "text/csv": {"schema": {"type": "string"}},
            "image/svg+xml": {"schema": {"type": "string"}},
        },
    }
}
Day = Annotated[date | None, Query(description="YYYY-MM-DD, in Viet Nam.", examples=["2026-11-23"])]


@router.get(
    "/time-release",
    responses=problems() | _ANSWERS,
    response_class=Response,
    dependencies=[Depends(Requirement(Permission.CLEARANCE_READ))],
)
def time_release(
    node: Node,
    *,
    since: Day = None,
    until: Day = None,
    form: Annotated[str | None, Query(alias="format", pattern="^(json|csv|svg)$")] = None,
    language: Annotated[str, Query(pattern="^(vi|en)$")] = "en",
    accept: Annotated[str, Header()] = _JSON,
) -> Response:
    """Study the times of declarations registered in a period; the last 31 days if left out."""
    now = int(node.clock().timestamp())
    end = now + 1 if until is None else _midnight(until) + _DAY_SECONDS
    start = end - _PERIOD_DAYS * _DAY_SECONDS if since is None else _midnight(since)
    study = release_times(node, start, end)
    chosen = form or _accepted(accept)
    if chosen == "csv":
        return Response(study_csv(study), media_type=_TYPES[chosen])
    if chosen == "svg":
        return Response(study_svg(study, language), media_type=_TYPES[chosen])
    return Response(json.dumps(study_json(study)), media_type=_JSON)


def _accepted(header: str) -> str:
    asked = [part.split(";")[0].strip() for part in header.split(",")]
    found = [name for each in asked for name, media in _TYPES.items() if media == each]
    return found[0] if found else "json"


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time.min, _VIETNAM).timestamp())
