"""What goes wrong at a customs office; each says what to do."""

from node.errors import NodeError


class ClearanceError(NodeError):
    """Base of this package's errors; `code` is stable."""

    code = "clearance"


class OfficeAbsentError(ClearanceError):
    """This node is no customs office that registers declarations."""

    code = "clearance-office-absent"

    def __str__(self) -> str:
        """Say what to do."""
        return (
            "this door registers no declarations: it is not customs, or has no clerk's key; "
            "go to the door of the declaration's customs"
        )


class FileUnknownError(ClearanceError):
    """No such declaration is here."""

    code = "declaration-unknown"

    def __init__(self, number: str) -> None:
        """Name the declaration."""
        super().__init__(number)
        self.number = number

    def __str__(self) -> str:
        """Say what to do."""
        return (
            f"declaration {self.number} is not known here: check its number without the last digit"
        )


class FileConflictError(ClearanceError):
    """The reference was used for another declaration."""

    code = "declaration-conflict"

    def __init__(self, reference: str, number: str) -> None:
        """Name both."""
        super().__init__(reference, number)
        self.reference, self.number = reference, number

    def __str__(self) -> str:
        """Say what to do."""
        return (
            f"reference {self.reference!r} was used for another content, which is declaration "
            f"{self.number}: amend that, or hand this in under another reference"
        )


class FileStateError(ClearanceError):
    """The declaration stands where this is not possible."""

    code = "declaration-state"

    def __init__(self, number: str, reason: str) -> None:
        """Name the declaration and what stands against it."""
        super().__init__(number, reason)
        self.number, self.reason = number, reason

    def __str__(self) -> str:
        """Say what stands against it."""
        return f"declaration {self.number}: {self.reason}"


class RegistrationRefusedError(ClearanceError):
    """A rule refuses registration."""

    code = "registration-refused"

    def __init__(self, rule: str, vi: str, en: str) -> None:
        """Name the rule, with its words for the declarant."""
        super().__init__(rule, vi, en)
        self.rule, self.vi, self.en = rule, vi, en

    def __str__(self) -> str:
        """Say why."""
        return f"not registered ({self.rule}): {self.en}"


class PaperUnfitError(ClearanceError):
    """A document is not what a record commits to."""

    code = "paper-unfit"

    def __init__(self, reason: str) -> None:
        """Say what is wrong."""
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        """Say what to do."""
        return f"the document is not kept: {self.reason}"
