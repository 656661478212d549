"""What can be wrong with a file that travels.

ContractError
└── BundleError                 base of this package
    ├── JsonFormError           the text is not JSON in the demanded form
    ├── MemberError             a member is missing, unknown or has the wrong form
    └── CollectError            the ledger's answers do not make up a bundle

The first two are for whoever supplied the file, the last for the operator of
the node that answered.
"""

from contracts.errors import ContractError


class BundleError(ContractError):
    """Base of everything that can be wrong with a bundle or trust file."""


class JsonFormError(BundleError):
    """The text is not JSON in the demanded form."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"not a usable file: {self.reason}; fetch it again, unchanged, from its source"


class MemberError(BundleError):
    """A member of the file is missing, unknown or has the wrong form."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        where = self.path or "the file"
        return f"{where}: {self.problem}; ask its source for a file that follows docs/formats"


class CollectError(BundleError):
    """The ledger's answers do not make up a bundle."""

    def __init__(self, what: str, problem: str) -> None:
        super().__init__(what, problem)
        self.what = what
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.what}: {self.problem}; check the identifier and the node, then ask again"
