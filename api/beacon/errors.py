"""What goes wrong when the beacon is asked; each says what to do."""

from node.errors import NodeError


class RoundUnknownError(NodeError):
    """The ledger has no such round, or no panel owes an output for it."""

    def __init__(self, country: str, number: int) -> None:
        """Name the round."""
        super().__init__(country, number)
        self.country, self.number = country, number

    def __str__(self) -> str:
        """Say what to do."""
        return (
            f"no panel of {self.country} owes an output for block {self.number}: "
            "give the round of a declaration, and see the country's panel"
        )


class DrawUnknownError(NodeError):
    """A declaration has no draw that the beacon's outputs show."""

    def __init__(self, declaration: str, problem: str) -> None:
        """Name the declaration and what is missing."""
        super().__init__(declaration, problem)
        self.declaration, self.problem = declaration, problem

    def __str__(self) -> str:
        """Say what is missing."""
        return f"no draw of {self.declaration} can be shown: {self.problem}"
