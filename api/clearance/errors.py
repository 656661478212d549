"""What goes wrong with an office's profile; each says what to do."""


class ProfileError(Exception):
    """The office's profile cannot be used."""

    def __init__(self, place: str, problem: str) -> None:
        """Name the member and what is wrong with it."""
        super().__init__(place, problem)
        self.place, self.problem = place, problem

    def __str__(self) -> str:
        """Say what to do."""
        return f"clearance.json: {self.place} {self.problem}; docs/clearance.md describes it"
