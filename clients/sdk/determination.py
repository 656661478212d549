"""Determinations of origin: the door computes, the decision's bytes can be kept and replayed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import rfc8785

from clients.sdk.answers import Answer
from clients.sdk.connection import Connection
from clients.sdk.errors import AnswerError


@dataclass(frozen=True, slots=True)
class Determination:
    """A decision on origin.

    Attributes:
        outcome: originating, partial or not_originating.
        criterion: What box 8 says, if anything.
        preference: Whether it gives preference by itself.
        answer: The whole decision.
    """

    outcome: str
    criterion: str | None
    preference: bool
    answer: Answer

    @classmethod
    def read(cls, answer: Answer) -> "Determination":
        """Read the answer of /v1/origin/determinations."""
        preference = answer.members().get("preference")
        if not isinstance(preference, bool):
            raise AnswerError("preference", "is neither true nor false")
        return cls(answer.text("outcome"), answer.text_or_none("criterion"), preference, answer)

    def steps(self, language: str = "en") -> list[tuple[str, str, str]]:
        """Return outcome, clause and explanation of each step.

        Args:
            language: "en" or "vi".
        """
        return [
            (step.text("outcome"), step.text("clause"), step.text(language))
            for step in self.answer.objects("steps")
        ]

    def to_bytes(self) -> bytes:
        """Return the decision's canonical JSON, as the door sent it."""
        return rfc8785.dumps(self.answer.members())  # type: ignore[arg-type]  # parsed JSON


class Determinations:
    """Determinations of one door."""

    def __init__(self, connection: Connection) -> None:
        """Ask over a connection."""
        self._connection = connection

    def determine(self, case: Mapping[str, object]) -> Determination:
        """Return the origin of a good.

        Args:
            case: As docs/origin-rules.md describes it; amounts and dates are strings.

        Raises:
            ServerRefusedError: The case contradicts itself; says where and what to do.
        """
        return self._post("/v1/origin/determinations", case)

    def replay(self, decision: Mapping[str, object]) -> Determination:
        """Return a kept decision, recomputed from its own case.

        Args:
            decision: All members of the decision.

        Raises:
            ServerRefusedError: It does not repeat (`origin_decision_differs`); says what differs.
        """
        return self._post("/v1/origin/determinations/replay", decision)

    def _post(self, path: str, value: Mapping[str, object]) -> Determination:
        content = json.dumps(value).encode()
        return Determination.read(self._connection.post(path, content, "application/json"))
