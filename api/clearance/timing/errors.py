"""Errors of the time-release study.

StudyError          an event or a case cannot be studied; the caller sends another
"""


class StudyError(Exception):
    """An event or a case cannot be studied.

    Attributes:
        declaration: Which.
        problem: What is wrong with it.
        remedy: What to do.
    """

    def __init__(self, declaration: str, problem: str, remedy: str) -> None:
        super().__init__(declaration, problem, remedy)
        self.declaration = declaration
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"declaration {self.declaration}: {self.problem}; {self.remedy}"
