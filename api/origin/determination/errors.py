"""What can go wrong while an origin is determined.

DeterminationError
├── caller: correct the case
│   ├── CaseError              a member is missing, malformed or contradicts another
│   ├── CurrencyMismatchError  a value stands in another currency than the good's
│   ├── HsVersionMismatchError a code stands in another HS version than the rules
│   └── AgreementUnknownError  no rules for this agreement on this day
├── operator: correct the rules
│   ├── RuleSyntaxError        a product rule cannot be read; says at which character
│   └── RuleDataError          a file of rules contradicts itself
└── auditor: find out why
    └── ReplayMismatchError    a recorded decision does not come out again
"""


class DeterminationError(Exception):
    """Base of every error of this package."""


class CaseError(DeterminationError):
    """A member of the case cannot be used."""

    def __init__(self, path: str, problem: str, remedy: str) -> None:
        super().__init__(path, problem, remedy)
        self.path = path
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}; {self.remedy}"


class CurrencyMismatchError(CaseError):
    """A value stands in another currency than the good's."""

    def __init__(self, path: str, actual: str, expected: str) -> None:
        super().__init__(path, f"is in {actual}", f"convert it to {expected}, as the good's values")
        self.actual = actual
        self.expected = expected

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:
        return type(self), (self.path, self.actual, self.expected)


class HsVersionMismatchError(CaseError):
    """A code stands in another version of the Harmonized System than the agreement's rules."""

    def __init__(self, path: str, code: str, actual: str, expected: str) -> None:
        super().__init__(
            path,
            f"{code} is of HS {actual}, the product rules are of HS {expected}",
            f"transpose the code to HS {expected} with the WCO correlation table and send it again",
        )
        self.code = code
        self.actual = actual
        self.expected = expected

    def __reduce__(self) -> tuple[type, tuple[str, str, str, str]]:
        return type(self), (self.path, self.code, self.actual, self.expected)


class AgreementUnknownError(DeterminationError):
    """There are no rules for an agreement on a day."""

    def __init__(self, agreement: str, day: str, known: tuple[str, ...]) -> None:
        super().__init__(agreement, day, known)
        self.agreement = agreement
        self.day = day
        self.known = known

    def __str__(self) -> str:
        return (
            f"agreement: no rules of {self.agreement} on {self.day}; "
            f"known are {', '.join(self.known)}: choose one, or another date"
        )


class RuleSyntaxError(DeterminationError):
    """A product rule cannot be read.

    Attributes:
        rule: The whole text.
        position: Index of the character at which reading ended, from 0.
        problem: What was found and what was expected.
    """

    def __init__(self, rule: str, position: int, problem: str) -> None:
        super().__init__(rule, position, problem)
        self.rule = rule
        self.position = position
        self.problem = problem

    def __str__(self) -> str:
        pointer = " " * self.position + "^"
        return f"character {self.position + 1}: {self.problem}\n{self.rule}\n{pointer}"


class RuleDataError(DeterminationError):
    """A file of rules contradicts itself or lacks a provision."""

    def __init__(self, agreement: str, problem: str) -> None:
        super().__init__(agreement, problem)
        self.agreement = agreement
        self.problem = problem

    def __str__(self) -> str:
        return f"rules of {self.agreement}: {self.problem}; correct the file of rules"


class ReplayMismatchError(DeterminationError):
    """A recorded decision does not come out again from its own case."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place

    def __str__(self) -> str:
        return (
            f"the decision does not repeat: {self.place} differs; "
            "its text, the rules or the engine were changed after it was made"
        )
