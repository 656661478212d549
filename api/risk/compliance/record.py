"""An evaluation as canonical JSON, `tradeseal-evaluation/1`; pure."""

from typing import Final

import rfc8785

from api.risk.compliance.model import Evaluation

EVALUATION_FORMAT: Final = "tradeseal-evaluation/1"


def evaluation_bytes(found: Evaluation) -> bytes:
    """Return an evaluation in its one form (RFC 8785); `evaluate` repeats it to the byte."""
    return rfc8785.dumps(
        {
            "format": EVALUATION_FORMAT,
            "declarant": found.declarant,
            "day": found.day.isoformat(),
            "first": found.first.isoformat(),
            "level": found.level,
            "rank": found.rank,
            "declarations": found.declarations,
            "weighty": found.weighty,
            "light": found.light,
            "grounds": [
                {"rule": ground.rule, "vi": ground.vi, "en": ground.en} for ground in found.grounds
            ],
            "rules": {"version": found.rules, "hash": f"0x{found.rules_hash.hex()}"},
        }
    )
