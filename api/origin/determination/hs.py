"""Codes of the Harmonized System, and ranges of them as rules write them."""

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How many digits of a code a rule looks at."""

    CHAPTER = 2
    HEADING = 4
    SUBHEADING = 6


@dataclass(frozen=True, slots=True)
class HsRange:
    """Codes from one to another, both included.

    Attributes:
        first: 2, 4 or 6 digits.
        last: As many digits as `first`, not below it.
    """

    first: str
    last: str

    def covers(self, code: str) -> bool:
        """Tell whether a code of at least six digits lies in the range."""
        return self.first <= code[: len(self.first)] <= self.last

    def __str__(self) -> str:
        if self.first == self.last:
            return dotted(self.first)
        return f"{dotted(self.first)} to {dotted(self.last)}"


def dotted(digits: str) -> str:
    """Return a code as tariffs print it: 11, 11.05, 1105.10."""
    if len(digits) == Level.HEADING:
        return f"{digits[:2]}.{digits[2:]}"
    if len(digits) > Level.HEADING:
        return f"{digits[:4]}.{digits[4:]}"
    return digits
