"""What a scoring model is to a decision: quantised scores, exact contributions, a hash."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

SCORE_MOST: Final = 1_000_000


class Contribution(Protocol):
    """What one feature adds to a score."""

    @property
    def feature(self) -> str:
        """Name of the feature."""
        ...

    @property
    def ppm(self) -> int:
        """What it adds, negative where it speaks for the declaration."""
        ...


class Score(Protocol):
    """How likely a finding is, quantised before anything is decided."""

    @property
    def ppm(self) -> int:
        """0 to 1,000,000."""
        ...

    @property
    def contributions(self) -> Sequence[Contribution]:
        """What each feature adds."""
        ...


class Scorer(Protocol):
    """A model; the same rows give the same scores, to the last bit, alone or in a batch."""

    @property
    def hash(self) -> bytes:
        """SHA-256 that names the model, 32 bytes."""
        ...

    @property
    def version(self) -> str:
        """Its version."""
        ...

    def score(self, rows: Sequence[Mapping[str, str]]) -> Sequence[Score]:
        """Return a score for each row of features.

        Raises:
            FeatureError: A row cannot be scored (`api.risk.model.errors`).
        """
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """A contribution as a document records it."""

    feature: str
    ppm: int


@dataclass(frozen=True, slots=True)
class RecordedScore:
    """A score as a document records it: its strongest contributions alone."""

    ppm: int
    contributions: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which model scored.

    Attributes:
        name: Its name.
        version: Its version.
        hash: SHA-256 that names it, 32 bytes.
    """

    name: str
    version: str
    hash: bytes
