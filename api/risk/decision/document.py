"""A decision as canonical JSON, `tradeseal-decision/1`: kept, committed to, replayed bit for bit.

The ledger holds SHA-256 of these bytes; `salt` keeps what is guessed from being confirmed by it.
"""

import hashlib
from typing import Any, Final

import rfc8785

from api.risk.decision.case import Case
from api.risk.decision.decide import Decision
from api.risk.decision.draw import Draw
from api.risk.rules.facts import Json

DECISION_FORMAT: Final = "tradeseal-decision/1"
INSTANT_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"


def decision_members(found: Decision) -> dict[str, Any]:
    """Return a decision as JSON members."""
    case = found.case
    return {
        "format": DECISION_FORMAT,
        "declaration_no": case.declaration_no,
        "amendment": case.amendment,
        "declaration": hexadecimal(case.declaration),
        "decided_at": case.decided_at.strftime(INSTANT_FORM),
        "features": dict(case.features),
        "facts": {name: _fact(value) for name, value in case.facts.items()},
        "rules": {"version": found.rules_version, "hash": hexadecimal(found.rules_hash)},
        "model": _model(case),
        "calibration": case.calibration,
        "rank": case.rank,
        "compliance_level": case.level,
        "thresholds": {
            "red_cap": case.thresholds.red_cap,
            "yellow_cap": case.thresholds.yellow_cap,
            "red": case.thresholds.red,
            "yellow": case.thresholds.yellow,
            "shift": found.shift_ppm,
        },
        "draw": draw_members(found.draw),
        "score_ppm": found.score_ppm,
        "outcomes": [
            {
                "rule": each.rule,
                "effect": each.effect.value,
                "channel": each.channel.name.lower(),
                "vi": each.vi,
                "en": each.en,
            }
            for each in found.outcomes
        ],
        "reasons": [
            {
                "feature": each.feature,
                "contribution_ppm": each.contribution_ppm,
                "vi": each.vi,
                "en": each.en,
            }
            for each in found.reasons
        ],
        "channel": found.channel.name.lower(),
        "action": found.action.value,
        "salt": case.salt.hex(),
    }


def draw_members(draw: Draw) -> dict[str, Any]:
    """Return a draw as JSON members."""
    members: dict[str, Any] = {
        "round": draw.round,
        "registration": hexadecimal(draw.registration),
        "seed": None if draw.seed is None else hexadecimal(draw.seed),
        "draw": None if draw.draw is None else hexadecimal(draw.draw),
        "rate_ppm": draw.rate_ppm,
        "drawn": draw.drawn,
        "withheld": draw.withheld,
    }
    if draw.inherited_from is not None:
        members["inherited_from"] = hexadecimal(draw.inherited_from)
    return members


def decision_bytes(found: Decision) -> bytes:
    """Return the canonical JSON (RFC 8785) that `replay` recomputes."""
    return rfc8785.dumps(decision_members(found))


def content_hash(document: bytes) -> bytes:
    """Return what the ledger commits to of a decision: SHA-256 of its canonical form."""
    return hashlib.sha256(document).digest()


def hexadecimal(value: bytes) -> str:
    """Return bytes as documents write them: 0x and lower-case digits."""
    return f"0x{value.hex()}"


def _fact(value: Json) -> bool | str | list[str]:
    return list(value) if isinstance(value, tuple) else value


def _model(case: Case) -> dict[str, str] | None:
    model = case.model
    if model is None:
        return None
    return {"name": model.name, "version": model.version, "hash": hexadecimal(model.hash)}
