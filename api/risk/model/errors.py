"""What can go wrong while declarations are scored.

RiskModelError
├── caller: correct the row or the features
│   ├── ItemError              a field of a row is missing, malformed or out of range
│   ├── TableError             a file is no table of this layout
│   ├── FeatureError           a feature that the model needs is missing or no number
│   └── PastItemError          features of a day that the history has left behind
├── operator: correct the installation or the model
│   ├── ModelRefusedError      a model that differs from its manifest; rules go on alone
│   ├── ModelUnavailableError  LightGBM or its run-time library is not installed
│   ├── StateRefusedError      a snapshot of the history that cannot be read
│   └── TrainingDataError      too little, or one-sided, data to train with
└── programmer: correct the data beside the code
    └── ThresholdDataError     no threshold is in force on a day

Each text says what is wrong and what to do. `code` is stable; programs may rely on it.
"""

from typing import ClassVar


class RiskModelError(Exception):
    """Base of every error of this package.

    Attributes:
        code: Stable name of the fault, for programs.
    """

    code: ClassVar[str] = "risk-model"


class ItemError(RiskModelError):
    """A field of a row cannot be used."""

    code = "risk-item"

    def __init__(self, line: int, column: str, value: str, problem: str, remedy: str) -> None:
        super().__init__(line, column, value, problem, remedy)
        self.line = line
        self.column = column
        self.value = value
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        shown = f" {self.value!r}" if self.value else ""
        return f"line {self.line}, {self.column}:{shown} {self.problem}; {self.remedy}"


class TableError(RiskModelError):
    """A file is no table of declarations."""

    code = "risk-table"

    def __init__(self, name: str, problem: str, remedy: str) -> None:
        super().__init__(name, problem, remedy)
        self.name = name
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.name}: {self.problem}; {self.remedy}"


class FeatureError(RiskModelError):
    """A feature that the model needs cannot be used."""

    code = "risk-feature"

    def __init__(self, feature: str, problem: str) -> None:
        super().__init__(feature, problem)
        self.feature = feature
        self.problem = problem

    def __str__(self) -> str:
        return f"feature {self.feature}: {self.problem}; compute it with FeatureState.features"


class PastItemError(RiskModelError):
    """Features are asked for a day before the last day asked for."""

    code = "risk-past-item"

    def __init__(self, asked: str, reached: str) -> None:
        super().__init__(asked, reached)
        self.asked = asked
        self.reached = reached

    def __str__(self) -> str:
        return (
            f"the history has reached {self.reached} and knows what {self.asked} could not; "
            "ask in the order of days, or start from an earlier snapshot"
        )


class ModelRefusedError(RiskModelError):
    """A model differs from what its manifest says."""

    code = "risk-model-refused"

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(place, problem)
        self.place = place
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"the risk model is refused: {self.place} {self.problem}; "
            "restore the folder as it was approved; until then rules decide alone"
        )


class ModelUnavailableError(RiskModelError):
    """The library that computes scores cannot be loaded."""

    code = "risk-model-unavailable"

    def __init__(self, missing: str, remedy: str) -> None:
        super().__init__(missing, remedy)
        self.missing = missing
        self.remedy = remedy

    def __str__(self) -> str:
        return f"no scores without {self.missing}: {self.remedy}; until then rules decide alone"


class StateRefusedError(RiskModelError):
    """A snapshot of the history cannot be read."""

    code = "risk-state-refused"

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"the snapshot of the history {self.problem}; take another, or train again"


class TrainingDataError(RiskModelError):
    """A model cannot be trained on this data."""

    code = "risk-training-data"

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}; {self.remedy}"


class ThresholdDataError(RiskModelError):
    """No threshold is in force on a day."""

    code = "risk-threshold-data"

    def __init__(self, name: str, day: str) -> None:
        super().__init__(name, day)
        self.name = name
        self.day = day

    def __str__(self) -> str:
        return f"no threshold {self.name} is in force on {self.day}; add one to drift.json"
