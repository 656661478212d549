"""Taxes of a declaration: the door computes by its office's tariff; nothing is kept there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

import rfc8785

from clients.sdk.answers import Answer
from clients.sdk.connection import Connection


@dataclass(frozen=True, slots=True)
class TaxAssessment:
    """What is due on a declaration.

    Attributes:
        kind: provisional, final, zero or exempt.
        total: Whole dong.
        taxes: What is due of each tax, whole dong.
        answer: The whole assessment.
    """

    kind: str
    total: Decimal
    taxes: Mapping[str, Decimal]
    answer: Answer

    @classmethod
    def read(cls, answer: Answer) -> Self:
        """Read the answer of /v1/tax/assessments.

        Raises:
            AnswerError: A member is missing or of another type.
        """
        taxes = {one.text("tax"): Decimal(one.decimal("amount")) for one in answer.objects("taxes")}
        return cls(answer.text("kind"), Decimal(answer.decimal("total")), taxes, answer)

    def steps(self, language: str = "en") -> list[str]:
        """Return the explanation of each step.

        Args:
            language: "en" or "vi".
        """
        return [step.text(language) for step in self.answer.objects("trace")]

    def to_bytes(self) -> bytes:
        """Return the assessment's canonical JSON: `tradeseal tax replay` recomputes it."""
        return rfc8785.dumps(self.answer.members())  # type: ignore[arg-type]  # parsed JSON


class Taxes:
    """Assessments of one door."""

    def __init__(self, connection: Connection) -> None:
        """Ask over a connection."""
        self._connection = connection

    def assess(self, declaration: Mapping[str, object]) -> TaxAssessment:
        """Return what is due on a declaration.

        Args:
            declaration: As docs/schemas/tax describes it; numbers are strings.

        Raises:
            ServerRefusedError: It cannot be assessed; says which member is at fault.
        """
        content = json.dumps(declaration).encode()
        answer = self._connection.post("/v1/tax/assessments", content, "application/json")
        return TaxAssessment.read(answer)
