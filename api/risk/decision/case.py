"""What is decided: a declaration with its facts and features; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from api.risk.decision.capacity import Thresholds
from api.risk.decision.draw import HASH_SIZE
from api.risk.decision.errors import CaseError
from api.risk.decision.scoring import ModelIdentity
from api.risk.rules.facts import Json

SALT_SIZE: Final = 32
AMENDMENT_LIMIT: Final = 65_535
FEATURES_LIMIT: Final = 1_000
TEXT_LIMIT: Final = 200
_RANKS: Final = 9
_LEVELS: Final = 5
_NUMBER: Final = re.compile(r"[A-Z0-9](?:[A-Z0-9./-]{0,33}[A-Z0-9])?")
_NAME: Final = re.compile(r"[a-z][a-z0-9_.]{0,59}")


@dataclass(frozen=True, slots=True)
class Case:
    """A declaration as it stands when its channel is decided.

    Attributes:
        declaration_no: Its number without the amendment count.
        amendment: Which amendment is decided, 0 for the first.
        declaration: Salted SHA-256 of its content, as registered, 32 bytes.
        decided_at: When; rules of that day in Viet Nam apply.
        facts: What rules ask about, as the rules' facts name it; numbers are decimal strings.
        features: What the model reads; empty strings are unknown.
        rank: The declarant's risk rank of the registration's day, 1 to 9.
        level: Its compliance level, 1 to 5.
        thresholds: The office's, of that day.
        salt: 32 random bytes that keep the document from being guessed from its hash.
        model: Which model scores; None where none is usable, and rules alone decide.
        calibration: How the model's output became a probability, None without a model.
    """

    declaration_no: str
    amendment: int
    declaration: bytes
    decided_at: datetime
    facts: Mapping[str, Json]
    features: Mapping[str, str]
    rank: int
    level: int
    thresholds: Thresholds
    salt: bytes
    model: ModelIdentity | None = None
    calibration: str | None = None

    def __post_init__(self) -> None:
        """Refuse what has no one form in a document."""
        _require(
            _NUMBER.fullmatch(self.declaration_no), "declaration_no", "1 to 35 of A-Z 0-9 . / -"
        )
        _require(0 <= self.amendment <= AMENDMENT_LIMIT, "amendment", "0 to 65,535")
        _require(len(self.declaration) == HASH_SIZE, "declaration", "32 bytes")
        _require(len(self.salt) == SALT_SIZE, "salt", "32 random bytes")
        _require(1 <= self.rank <= _RANKS, "rank", "1 to 9")
        _require(1 <= self.level <= _LEVELS, "compliance_level", "1 to 5")
        at = self.decided_at
        whole = at.tzinfo is UTC and at.microsecond == 0
        _require(whole, "decided_at", "whole seconds in UTC")
        _require(self.model is not None or self.calibration is None, "calibration", "a model to it")
        self._require_features()
        if self.model is not None:
            _require(len(self.model.hash) == HASH_SIZE, "model.hash", "32 bytes")
            _require_text("model.name", self.model.name)
            _require_text("model.version", self.model.version)
        if self.calibration is not None:
            _require_text("calibration", self.calibration)

    def _require_features(self) -> None:
        _require(len(self.features) <= FEATURES_LIMIT, "features", f"at most {FEATURES_LIMIT}")
        for name, value in self.features.items():
            _require(_NAME.fullmatch(name), f"features.{name[:60]}", "names of a-z 0-9 _ .")
            if value != "":
                _require_text(f"features.{name}", value)


def _require(holds: object, place: str, form: str) -> None:
    if not holds:
        raise CaseError(place, "is not of its form", f"give {form}")


def _require_text(place: str, value: str) -> None:
    plain = 0 < len(value) <= TEXT_LIMIT and value.isprintable()
    _require(plain, place, f"1 to {TEXT_LIMIT} printable characters")
