"""How a step of the verification ends when it does not hold.

AuditError
├── BrokenLinkError     a link of the chain of proof is wrong: the bundle is invalid
├── UndeterminedError   something is missing, or in doubt: nothing can be said
└── UnusableError       the file or the question cannot be used at all
"""


class AuditError(Exception):
    """Base of everything that ends a verification early."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class BrokenLinkError(AuditError):
    """A link of the chain of proof is wrong."""


class UndeterminedError(AuditError):
    """Something is missing or in doubt, so that nothing can be said."""


class UnusableError(AuditError):
    """The file or the question cannot be used at all; the caller must change it."""
