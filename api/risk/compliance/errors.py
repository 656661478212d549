"""What can go wrong with compliance levels.

ComplianceError
├── caller: correct the history
│   └── HistoryError      what is known of a declarant contradicts itself
└── programmer: correct the data beside the code
    └── LevelDataError    the criteria of a day cannot be used

Each text says what is wrong and what to do. `code` is stable; programs may rely on it.
"""

from typing import ClassVar


class ComplianceError(Exception):
    """Base of the errors of this package.

    Attributes:
        place: What is at fault.
        problem: What is wrong with it.
        remedy: What to do.
        code: Stable name of the fault, for programs.
    """

    code: ClassVar[str] = "compliance"

    def __init__(self, place: str, problem: str, remedy: str) -> None:
        super().__init__(place, problem, remedy)
        self.place = place
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}; {self.remedy}"


class HistoryError(ComplianceError):
    """What is known of a declarant contradicts itself."""

    code = "compliance-history"


class LevelDataError(ComplianceError):
    """The criteria of a day cannot be used."""

    code = "compliance-data"
