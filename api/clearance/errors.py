"""What goes wrong at an office's door and with its profile; each says what to do."""


class ProfileError(Exception):
    """The office's profile cannot be used."""

    def __init__(self, place: str, problem: str) -> None:
        """Name the member and what is wrong with it."""
        super().__init__(place, problem)
        self.place, self.problem = place, problem

    def __str__(self) -> str:
        """Say what to do."""
        return f"clearance.json: {self.place} {self.problem}; docs/clearance.md describes it"


class DeclarationForeignError(Exception):
    """The declaration is for another country's customs."""

    def __init__(self, country: str, own: str) -> None:
        """Name the declared country and this office's."""
        super().__init__(country, own)
        self.country, self.own = country, own

    def __str__(self) -> str:
        """Say what to do."""
        return (
            f"the declaration is for {self.country}, this door is of {self.own}: go to its customs"
        )


class DeclarationNumberedError(Exception):
    """A new declaration names a number."""

    def __init__(self, number: str) -> None:
        """Name the number."""
        super().__init__(number)
        self.number = number

    def __str__(self) -> str:
        """Say what to do."""
        return (
            f"a new declaration has no number, this one has {self.number[:40]!r}: leave "
            "declaration_no out, or hand it in as an amendment of that number"
        )


class SourceError(Exception):
    """Decisions to replay cannot be read.

    Attributes:
        place: A door, a path of it, or a file.
        problem: What is wrong.
        is_silent: Whether a door did not answer: ask again.
    """

    def __init__(self, place: str, problem: str, *, is_silent: bool = False) -> None:
        """Name the place and what is wrong with it."""
        super().__init__(place, problem)
        self.place, self.problem, self.is_silent = place, problem, is_silent

    def __str__(self) -> str:
        """Say what is wrong."""
        return f"{self.place}: {self.problem}"
