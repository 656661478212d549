"""What a time-release study counts: stages of declarations with their times; pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from api.clearance.timing.errors import StudyError

LATEST: Final = 4_102_444_800
"""2100-01-01 in seconds since 1970: no ledger states a later time."""
CHANNELS: Final = ("green", "yellow", "red")


class Stage(StrEnum):
    """A moment in the way of goods.

    Source: WCO, Guide to Measure the Time Required for the Release of Goods.
    """

    ARRIVAL = "arrival"
    UNLOAD = "unload"
    LODGE = "lodge"
    ACCEPT = "accept"
    PAY = "pay"
    DOCUMENT_CHECK = "document_check"
    INSPECT = "inspect"
    OTHER_AGENCIES = "other_agencies"
    RELEASE = "release"
    GATE_OUT = "gate_out"


@dataclass(frozen=True, slots=True)
class StageTime:
    """A declaration reached a stage.

    Attributes:
        declaration: Its identifier or number; whatever tells cases apart.
        stage: Which stage.
        at: Seconds since 1970, 0 to the year 2100.

    Raises:
        StudyError: The time is outside these bounds.
    """

    declaration: str
    stage: Stage
    at: int

    def __post_init__(self) -> None:
        if not 0 <= self.at < LATEST:
            raise StudyError(self.declaration, f"{self.at} is no time", "give block time")


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """By what cases are grouped.

    Attributes:
        channel: `green`, `yellow` or `red`.
        mode: Mode of transport, one digit of UNECE Recommendation 19.
    """

    channel: str
    mode: str
