"""Declarations to decide: one that nothing speaks against, and a model that reads everything."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from api.risk.decision import Case, Draw, ModelIdentity, RecordedScore, Thresholds
from api.risk.decision.scoring import Part

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SEED = b"\x11" * 32
REGISTRATION = b"\x22" * 32
MODEL = ModelIdentity("told", "1", b"\x33" * 32)
THRESHOLDS = Thresholds(33_000, 314_000, 600_000, 250_000)
CLEAN: dict[str, Any] = {
    "direction": "import",
    "stop_customs": "none",
    "embargo": "none",
    "permit": "not_required",
    "specialised_inspection": "not_required",
}
SPARED = Draw(7, REGISTRATION, 0, seed=SEED)
DRAWN = Draw(7, REGISTRATION, 1_000_000, seed=SEED)


def case(**changes: Any) -> Case:
    """Return a case of rank 4 that no rule speaks against, with changes."""
    found = Case(
        declaration_no="10612345678",
        amendment=0,
        declaration=b"\x44" * 32,
        decided_at=AT,
        facts=CLEAN,
        features={"unit_price_deviation": "0.5", "importer_rate": "0.125", "seller_new": ""},
        rank=4,
        level=3,
        thresholds=THRESHOLDS,
        salt=b"\x55" * 32,
        model=MODEL,
        calibration="isotonic",
    )
    return replace(found, **changes)


def without_model(**changes: Any) -> Case:
    """Return a case for which there is no model."""
    return case(model=None, calibration=None, **changes)


def facts(**changes: Any) -> dict[str, Any]:
    """Return clean facts with changes."""
    return {**CLEAN, **changes}


def score(ppm: int, **parts: int) -> RecordedScore:
    """Return a score with contributions."""
    return RecordedScore(ppm, tuple(Part(name, value) for name, value in parts.items()))


@dataclass(frozen=True)
class ToldScorer:
    """A model that says the same of every row, in sums of what the rows hold.

    It reads every feature, so that a changed feature changes the score.
    """

    hash: bytes = MODEL.hash
    version: str = MODEL.version
    base: int = 0

    def score(self, rows: Sequence[Mapping[str, str]]) -> list[RecordedScore]:
        """Return scores that depend on every byte of the features."""
        return [self._one(row) for row in rows]

    def _one(self, row: Mapping[str, str]) -> RecordedScore:
        parts = tuple(Part(name, _ppm(name, row[name])) for name in sorted(row))
        return RecordedScore((self.base + sum(part.ppm for part in parts)) % 1_000_001, parts)


def _ppm(name: str, value: str) -> int:
    digest = hashlib.sha256(f"{name}={value}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 1_000_000
