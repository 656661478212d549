"""What a verification found, step by step."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from chain.proofs.constants import NANOSECONDS, TimeNs
from contracts.bundles.json_text import Json
from contracts.bundles.members import write_data, write_time

FORMAT: Final = "tradeseal-verification/1"


class Verdict(StrEnum):
    """The three answers of a step and of the whole; `SKIPPED` is no answer."""

    VALID = "valid"
    INVALID = "invalid"
    UNDETERMINED = "undetermined"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the verification.

    Attributes:
        number: Its number in `verify_bundle`.
        name: One word for it.
        verdict: How it ended.
        established: What is now known, one sentence each.
        findings: What is wrong, missing or in doubt, one sentence each.
    """

    number: int
    name: str
    verdict: Verdict
    established: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """Return the JSON form."""
        return {
            "number": str(self.number),
            "name": self.name,
            "verdict": self.verdict.value,
            "established": list(self.established),
            "findings": list(self.findings),
        }


@dataclass(frozen=True, slots=True)
class SealedAt:
    """Where and when the bundle's facts were sealed.

    Attributes:
        block: EVM block that the facts are of.
        height: CometBFT height of the header that names it.
        time: Time of that header.
    """

    block: int
    height: int
    time: TimeNs

    def to_json(self) -> dict[str, Json]:
        """Return the JSON form."""
        return {
            "block": str(self.block),
            "height": str(self.height),
            "time": write_time(self.time),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """The whole answer.

    Attributes:
        domain: Domain of the object.
        object_id: Identifier of the object.
        at: The time asked for.
        max_age: Greatest age of the seal at that time, in nanoseconds.
        sealed_at: Block, height and time of the seal, None before it is proved.
        steps: All steps in their order.
        facts: What is proved of the object itself, by name.
    """

    domain: str
    object_id: bytes
    at: TimeNs
    max_age: int
    sealed_at: SealedAt | None
    steps: tuple[Step, ...]
    facts: Mapping[str, object]

    @property
    def verdict(self) -> Verdict:
        """Invalid when a link broke, else undetermined when one is missing, else valid."""
        verdicts = {step.verdict for step in self.steps}
        if Verdict.INVALID in verdicts:
            return Verdict.INVALID
        if verdicts != {Verdict.VALID}:
            return Verdict.UNDETERMINED
        return Verdict.VALID

    @property
    def reasons(self) -> tuple[str, ...]:
        """What decided the verdict: the findings of the steps that ended like it."""
        return tuple(
            f"{step.name}: {finding}"
            for step in self.steps
            if step.verdict is self.verdict
            for finding in step.findings
        )

    def to_json(self) -> dict[str, object]:
        """Return the JSON form; a document's own claims may hold numbers."""
        return {
            "format": FORMAT,
            "verdict": self.verdict.value,
            "reasons": list(self.reasons),
            "object": {"domain": self.domain, "id": write_data(self.object_id)},
            "at": write_time(self.at),
            "maxAgeSeconds": str(self.max_age // NANOSECONDS),
            "sealedAt": None if self.sealed_at is None else self.sealed_at.to_json(),
            "steps": [step.to_json() for step in self.steps],
            "facts": dict(self.facts),
        }
