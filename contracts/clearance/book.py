"""What the clearance contract keeps, who signs, and what it reads elsewhere; pure.

`replay` applies the rules of records to it.
"""

from dataclasses import dataclass, field
from typing import Final, Protocol

from contracts.beacon.state import Seed
from contracts.clearance.state import ClearanceState, DrawOutcome, FactRecord, Stage
from contracts.errors import RefusedError
from contracts.membership.keys import Role
from contracts.origin.state import CertificateState, ClaimState

ZEROS: Final = bytes(32)
CLOCK_SKEW_SECONDS: Final = 300
CLOSED: Final = {Stage.CANCELLED: "cancelled", Stage.SEIZED: "seized"}


class Elsewhere(Protocol):
    """What other contracts say in the block that takes a record."""

    def seed(self, country: str, number: int, since: int) -> Seed:
        """Return how a round of the beacon stands.

        Args:
            country: ISO 3166 alpha-2.
            number: Number of the block of registration.
            since: That block's time, seconds.
        """
        ...

    def assessed(self, declaration: bytes) -> int:
        """Return the amendment that payments knows of a declaration, 0 for an unknown one."""
        ...

    def is_settled(self, declaration: bytes) -> bool:
        """Return whether nothing remains due."""
        ...

    def claim(self, certificate: bytes, claim: bytes) -> ClaimState | None:
        """Return a claim on a certificate of origin, None for an unknown one."""
        ...

    def certificate(self, certificate: bytes) -> CertificateState | None:
        """Return a certificate of origin, None for an unknown one."""
        ...

    def officer(self, key: bytes) -> tuple[bytes, Role, str] | None:
        """Return organisation, roles and country of a key that may sign now, None otherwise."""
        ...


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signed a record, and when the ledger took it.

    Attributes:
        digest: The record's digest.
        key: Key id of the signer.
        organisation: Whose key signed it, 32 bytes.
        roles: What that organisation is.
        country: Its country, ISO 3166 alpha-2.
        block: Number of the block that took the record.
        now: That block's time, seconds.
    """

    digest: bytes
    key: bytes
    organisation: bytes
    roles: Role
    country: str
    block: int
    now: int

    def require_member(self, declaration: bytes, allowed: Role) -> None:
        """Refuse all but members of a declaration's country with one of the roles."""
        if not self.roles & allowed:
            raise RefusedError("members: role")
        own = declaration[:2] == self.country.encode("ascii")
        demand(own, "declaration of another country")

    def require_past(self, event_time: int) -> None:
        """Refuse an event time that has not come, but for the skew of clocks."""
        if event_time > self.now + CLOCK_SKEW_SECONDS:
            raise RefusedError("members: event time")

    def require_customs(self, declaration: bytes, event_time: int) -> None:
        """Refuse all but customs of a declaration's country, and what has not come."""
        self.require_member(declaration, Role.CUSTOMS)
        self.require_past(event_time)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an officer asks for until another one approves.

    Attributes:
        object: What it is about.
        officer: Key id of the officer.
        kind: An `OverrideKind`, or 4 for rates.
        value: The milder channel, or the check.
        amendment: The amendment count that it is about.
        detail: The fact, or the rates as one word.
    """

    object: bytes
    officer: bytes
    kind: int
    value: int = 0
    amendment: int = 0
    detail: bytes = ZEROS


@dataclass(slots=True)
class ClearanceBook:
    """What the records said so far.

    Attributes:
        rates: Rates of the nine ranks by country, 1/1,000,000.
        declarations: How each declaration stands.
        latest: The latest declaration of a country's consignment or transport document.
        priors: From which declarations each one inherits its draw.
        facts: Awaited facts by declaration and fact.
        claims: Certificate and claim of each claim that a declaration rests on now.
        holds: Reasons of the holds that stand.
        asked: What waits for approval, by the digest of its record.
    """

    rates: dict[bytes, tuple[int, ...]] = field(default_factory=dict[bytes, tuple[int, ...]])
    declarations: dict[bytes, ClearanceState] = field(default_factory=dict[bytes, ClearanceState])
    latest: dict[tuple[bytes, bytes], bytes] = field(
        default_factory=dict[tuple[bytes, bytes], bytes]
    )
    priors: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict[bytes, tuple[bytes, ...]])
    facts: dict[tuple[bytes, bytes], FactRecord] = field(
        default_factory=dict[tuple[bytes, bytes], FactRecord]
    )
    claims: dict[bytes, tuple[tuple[bytes, bytes], ...]] = field(
        default_factory=dict[bytes, tuple[tuple[bytes, bytes], ...]]
    )
    holds: set[tuple[bytes, bytes]] = field(default_factory=set[tuple[bytes, bytes]])
    asked: dict[bytes, Asked] = field(default_factory=dict[bytes, Asked])

    def known(self, declaration: bytes) -> ClearanceState:
        """Return how a registered declaration stands."""
        found = self.declarations.get(declaration)
        if found is None:
            raise RefusedError("clearance: unknown declaration")
        return found

    def active(self, declaration: bytes) -> ClearanceState:
        """Return how a declaration stands that was neither cancelled nor seized."""
        found = self.known(declaration)
        if found.stage in CLOSED:
            raise RefusedError(f"clearance: {CLOSED[found.stage]}")
        return found

    def pending(self, declaration: bytes) -> ClearanceState:
        """Return how a declaration stands that is not cleared yet."""
        found = self.active(declaration)
        demand(found.stage is not Stage.CLEARED, "cleared")
        return found

    def channelled(self, declaration: bytes) -> ClearanceState:
        """Return how a declaration stands whose channel is decided as it now reads."""
        found = self.pending(declaration)
        demand(found.is_decided, "channel is not decided")
        return found

    def was_drawn(self, declaration: bytes) -> bool:
        """Say whether an earlier declaration was drawn, which must be known."""
        before = self.declarations[declaration]
        if before.stage is Stage.SEIZED:
            return True
        demand(before.draw is not DrawOutcome.UNRESOLVED, "an earlier draw is not resolved")
        return before.draw is DrawOutcome.DRAWN


def demand(kept: object, rule: str) -> None:
    """Refuse what breaks a rule.

    Args:
        kept: Whether it is kept.
        rule: What the contract says of it.

    Raises:
        RefusedError: It is not.
    """
    if not kept:
        raise RefusedError(f"clearance: {rule}")
