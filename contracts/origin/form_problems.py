"""What is wrong with a certificate: one record per fault; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from contracts.origin.findings.codes import Code


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault.

    Attributes:
        field: Where it stands.
        problem: What is wrong.
        remedy: What to do.
        code: The code that administrations use for it; None where they have none.
        facts: What the texts of the code name, by name.
        variant: Which of the code's texts says it; empty where it has one.
    """

    field: str
    problem: str
    remedy: str
    code: Code | None = None
    facts: tuple[tuple[str, str], ...] = ()
    variant: str = ""


Problems: TypeAlias = Iterator[Problem]
