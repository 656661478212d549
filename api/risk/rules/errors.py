"""What can go wrong with rules of risk.

RiskRuleError
├── caller: correct the facts
│   └── FactError        a fact is missing, unknown, or not of its kind
└── programmer: correct the data beside the code
    └── RuleDataError    a rule, limit or text cannot be used; says where

Each text says what is wrong and what to do. `code` is stable; programs may rely on it.
"""

from typing import ClassVar


class RiskRuleError(Exception):
    """Base of the errors of this package.

    Attributes:
        place: What is at fault, such as "facts.permit".
        problem: What is wrong with it.
        remedy: What to do.
        code: Stable name of the fault, for programs.
    """

    code: ClassVar[str] = "risk-rules"

    def __init__(self, place: str, problem: str, remedy: str) -> None:
        super().__init__(place, problem, remedy)
        self.place = place
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}; {self.remedy}"


class FactError(RiskRuleError):
    """A fact of a case is missing, unknown, or not of its kind."""

    code = "risk-fact"


class RuleDataError(RiskRuleError):
    """A rule, limit or text beside the code cannot be used."""

    code = "risk-rule-data"
