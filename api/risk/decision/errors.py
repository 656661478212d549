"""What can go wrong with decisions of risk.

DecisionError
├── caller: correct what is decided
│   ├── CaseError          a case, draw or threshold contradicts itself
│   └── LabelError         a result of a check contradicts itself
├── auditor: find out why
│   └── DocumentError      what was handed in is no decision document
├── operator: keep the order of a model's life
│   └── LifecycleError     a step that a model may not take
└── programmer: correct the data beside the code
    └── LifecycleDataError the guards of a day cannot be used

Each text says what is wrong and what to do. `code` is stable; programs may rely on it.
"""

from typing import ClassVar


class DecisionError(Exception):
    """Base of the errors of this package.

    Attributes:
        place: What is at fault.
        problem: What is wrong with it.
        remedy: What to do.
        code: Stable name of the fault, for programs.
    """

    code: ClassVar[str] = "risk-decision"

    def __init__(self, place: str, problem: str, remedy: str) -> None:
        super().__init__(place, problem, remedy)
        self.place = place
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}; {self.remedy}"


class CaseError(DecisionError):
    """A case, draw or threshold contradicts itself."""

    code = "risk-case"


class LabelError(DecisionError):
    """A result of a check contradicts itself."""

    code = "risk-label"


class DocumentError(DecisionError):
    """What was handed in is no decision document."""

    code = "risk-decision-document"


class LifecycleError(DecisionError):
    """A step that a model may not take."""

    code = "risk-model-lifecycle"


class LifecycleDataError(DecisionError):
    """The guards of a day cannot be used."""

    code = "risk-model-lifecycle-data"
