"""Replay: the same decision again from its own case, bit for bit."""

import json
from typing import Any

from api.origin.determination.decision import Decision
from api.origin.determination.engine import determine
from api.origin.determination.errors import CaseError, ReplayMismatchError
from api.origin.determination.model import Case
from api.origin.determination.structure import read


def replay(recorded: bytes) -> Decision:
    """Return the decision that a record's case leads to, if it is the recorded one.

    Args:
        recorded: What `Decision.to_bytes` returned.

    Raises:
        CaseError: The record or its case cannot be read.
        ReplayMismatchError: Another decision comes out; names the first place that differs.
    """
    try:
        value = json.loads(recorded)
    except ValueError as error:
        raise CaseError("decision", "is no JSON", "send the bytes as they were written") from error
    if not isinstance(value, dict) or "case" not in value:
        raise CaseError("decision.case", "is missing", "send the whole decision")
    decision = determine(read(Case, value["case"], "decision.case"))
    if decision.to_bytes() != recorded:
        members = json.loads(decision.to_bytes())
        raise ReplayMismatchError(_difference(members, value, "decision"))
    return decision


def _difference(made: Any, recorded: Any, place: str) -> str:
    if isinstance(made, dict) and isinstance(recorded, dict):
        for name in sorted(made.keys() | recorded.keys()):
            if made.get(name) != recorded.get(name):
                return _difference(made.get(name), recorded.get(name), f"{place}.{name}")
    if isinstance(made, list) and isinstance(recorded, list):
        for number, (one, other) in enumerate(zip(made, recorded, strict=False)):
            if one != other:
                return _difference(one, other, f"{place}[{number}]")
    return place
