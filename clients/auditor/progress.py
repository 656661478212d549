"""The protocol of a verification: runs each step and writes down how it ended."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from chain.proofs.errors import ProofError
from clients.auditor.errors import BrokenLinkError, UndeterminedError
from clients.auditor.report import Step, Verdict

STEPS: Final = (
    "form",
    "seal",
    "age",
    "state",
    "membership",
    "registry",
    "history",
    "signers",
    "standing",
    "document",
)
"""Names of the steps, in the order of `clients.auditor.verifier`."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Result]):
    """How a step ended that did not fail.

    Attributes:
        result: What later steps rest on.
        established: What is now known, one sentence each.
        doubts: What makes it undetermined all the same, one sentence each.
        objections: What makes it invalid, though later steps can still be taken.
    """

    result: Result
    established: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """How the step ended."""
        if self.objections:
            return Verdict.INVALID
        return Verdict.UNDETERMINED if self.doubts else Verdict.VALID


class StopVerificationError(Exception):
    """A step failed on which all later ones rest."""


class Progress:
    """The steps taken so far; one verification, one thread."""

    __slots__ = ("_steps",)

    def __init__(self) -> None:
        self._steps: list[Step] = []

    def take(self, body: Callable[[], Outcome[Result]]) -> Result:
        """Take the next step and return its result.

        Raises:
            StopVerificationError: It ended invalid or undetermined.
        """
        try:
            outcome = body()
        except UndeterminedError as exc:
            self._note(Verdict.UNDETERMINED, findings=(str(exc),))
            raise StopVerificationError from exc
        except (BrokenLinkError, ProofError) as exc:
            self._note(Verdict.INVALID, findings=(str(exc),))
            raise StopVerificationError from exc
        self._note(outcome.verdict, outcome.established, outcome.objections + outcome.doubts)
        return outcome.result

    def steps(self) -> tuple[Step, ...]:
        """Return all steps, those not taken as skipped."""
        taken = tuple(self._steps)
        rest = enumerate(STEPS[len(taken) :], start=len(taken) + 1)
        return taken + tuple(Step(number, name, Verdict.SKIPPED) for number, name in rest)

    def _note(
        self,
        verdict: Verdict,
        established: tuple[str, ...] = (),
        findings: tuple[str, ...] = (),
    ) -> None:
        number = len(self._steps) + 1
        self._steps.append(Step(number, STEPS[number - 1], verdict, established, findings))
