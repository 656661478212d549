"""Errors of declarations, all of them the caller's.

DocumentError (contracts.errors)
└── DeclarationError             a declaration is not usable; has its findings
    ├── DeclarationNumberError   a number is not one of 12 digits that say what they must
    └── AmendmentLimitError      nine amendments stand; there is no tenth number
"""

from contracts.clearance.declaration.findings import Finding
from contracts.errors import DocumentError


class DeclarationError(DocumentError):
    """A declaration is not usable.

    Attributes:
        findings: What is wrong with it, at least one.
    """

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(findings)
        self.findings = findings

    def __str__(self) -> str:
        first = self.findings[0]
        place = first.field or "the declaration"
        more = f" (and {len(self.findings) - 1} more)" if len(self.findings) > 1 else ""
        return f"{place}: {first.en}{more}"


class DeclarationNumberError(DeclarationError):
    """A number is no declaration number."""


class AmendmentLimitError(DeclarationError):
    """A declaration with nine amendments is amended again."""
