"""What an office asks of risk rules and the tax engine, which lie in the layer above."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class FactNeed:
    """A fact that clearance must wait for.

    Attributes:
        kind: A `contracts.clearance.records.FactKind`.
        agency: Organisation that states it: 0x and 64 digits.
        reference: What is asked for, such as a permit's number.
        due_at: When it is to be stated, seconds.
    """

    kind: int
    agency: str
    reference: str
    due_at: int


@dataclass(frozen=True, slots=True)
class Intake:
    """What is found of a declaration when it is registered or amended.

    Attributes:
        rank: Risk rank of its declarant, 1 to 9.
        facts: What it must wait for.
        found: Facts and features of the decision, as JSON; the decision rests on them alone.
    """

    rank: int
    facts: tuple[FactNeed, ...]
    found: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the beacon drew for a declaration.

    Attributes:
        round: EVM block of its registration.
        registration: Digest of its registration: 0x and 64 digits.
        seed: The beacon's seed, zeros where it was withheld or not asked for.
        rate: How often declarations like it are drawn, in 1/1,000,000.
        withheld: Whether outputs are missing after their time, which counts as drawn.
        inherited_from: The earlier declaration whose draw it has; None where it is its own.
    """

    round: int
    registration: str
    seed: str
    rate: int
    withheld: bool = False
    inherited_from: str | None = None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A declaration whose channel is to be decided.

    Attributes:
        declaration_no: Its number without the amendment count.
        amendment: The amendment count.
        content: Canonical JSON of the declaration.
        digest: What the ledger commits to of it.
        office: Code of the office.
        rank: Risk rank as registered.
        registered_at: When it was registered, seconds.
        found: What was found at intake.
    """

    declaration_no: str
    amendment: int
    content: str
    digest: str
    office: str
    rank: int
    registered_at: int
    found: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision.

    Attributes:
        channel: A `contracts.clearance.records.Channel`.
        document: The decision document, canonical JSON.
        salt: 64 digits; the ledger commits to SHA-256 of both.
        content: What the ledger commits to, 32 bytes.
        held: Whether the goods are held until an officer lifts it.
    """

    channel: int
    document: str
    salt: str
    content: bytes
    held: bool = False


class Assessor(Protocol):
    """Finds facts and decides channels; the same input gives the same answer."""

    def take_in(self, declaration_no: str, content: str, amendment: int, now: int) -> Intake:
        """Return what is found of a declaration.

        Args:
            declaration_no: Its number without the amendment count.
            content: Canonical JSON.
            amendment: The amendment count.
            now: The time in seconds.

        Raises:
            RegistrationRefusedError: A rule refuses it.
        """
        ...

    def assess(self, case: CaseFile) -> Mapping[str, Any] | None:
        """Return what is due, a `tradeseal-assessment/1`; None where an officer must assess.

        Args:
            case: The declaration; every certificate that it claims is accepted.
        """
        ...

    def decide(self, case: CaseFile, drawing: Drawing, now: int) -> Decided:
        """Return the channel with its document.

        Args:
            case: The declaration.
            drawing: Its draw.
            now: The time in seconds.
        """
        ...
