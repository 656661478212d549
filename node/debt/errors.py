"""What can go wrong in the debt book; nothing is booked then.

NodeError
└── DebtError
    ├── caller: correct what was asked
    │   ├── DebtInputError          a member cannot be used
    │   ├── TaxpayerUnknownError    nothing was ever booked for it, or not visible
    │   └── EntryUnknownError       no such booking, measure or refund
    ├── caller: it contradicts what is booked
    │   ├── DebtConflictError       the same key came with other content
    │   └── DebtRefusedError        the book's state or the law in force does not allow it
    └── operator: correct the rules
        └── DebtRuleError           no rules on this day, or a file of rules is unusable
"""

from datetime import date

from node.debt.texts import REFUSALS
from node.errors import NodeError


class DebtError(NodeError):
    """Base of every error of this package."""


class DebtInputError(DebtError):
    """A member of what was asked cannot be used.

    Attributes:
        member: Its path, such as lines[0].amount.
        problem: What is wrong.
        remedy: What to do.
    """

    def __init__(self, member: str, problem: str, remedy: str) -> None:
        super().__init__(member, problem, remedy)
        self.member = member
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.member}: {self.problem}; {self.remedy}"


class TaxpayerUnknownError(DebtError):
    """The book has no such taxpayer, or the caller may not see it."""

    def __init__(self, taxpayer: str) -> None:
        super().__init__(taxpayer)
        self.taxpayer = taxpayer

    def __str__(self) -> str:
        return f"the debt book has no taxpayer {self.taxpayer} that you may see; check the tax id"


class EntryUnknownError(DebtError):
    """There is no booking, measure or refund of this name."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(what, name)
        self.what = what
        self.name = name

    def __str__(self) -> str:
        return f"there is no {self.what} {self.name}; read the taxpayer's account first"


class DebtConflictError(DebtError):
    """One key came with two different contents.

    Attributes:
        source: The key.
        booked_at: When the first was booked.
    """

    def __init__(self, source: str, kind: str, booked_at: str) -> None:
        super().__init__(source, kind, booked_at)
        self.source = source
        self.kind = kind
        self.booked_at = booked_at

    def __str__(self) -> str:
        return (
            f"{self.source} was booked as a {self.kind} at {self.booked_at} with other content; "
            "send the first content again, or correct it by a reversal and a new key"
        )


class DebtRefusedError(DebtError):
    """What is booked, or the law in force, does not allow it.

    Attributes:
        code: Stable word for programs, such as "sequence".
    """

    def __init__(self, code: str, problem: str, remedy: str) -> None:
        super().__init__(code, problem, remedy)
        self.code = code
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}; {self.remedy} ({self.code})"

    @property
    def vietnamese(self) -> str:
        """Return the refusal in Vietnamese."""
        return REFUSALS[self.code]


class DebtRuleError(DebtError):
    """There is no rule for a day, or a file of rules contradicts itself."""

    def __init__(self, rules: str, problem: str) -> None:
        super().__init__(rules, problem)
        self.rules = rules
        self.problem = problem

    def __str__(self) -> str:
        return f"rules of {self.rules}: {self.problem}; correct the file of rules or the date"

    @classmethod
    def none_on(cls, rules: str, day: date) -> "DebtRuleError":
        """Return the error for a day that no version covers."""
        return cls(rules, f"no version is in force on {day.isoformat()}")
