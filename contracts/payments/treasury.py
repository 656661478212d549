"""What the payments contract keeps, and who signs; pure.

`replay` applies the rules of records to it.
"""

from dataclasses import dataclass, field
from typing import Final

from contracts.commitments.curve import Point
from contracts.errors import CommitmentError, RefusedError
from contracts.membership.keys import Role
from contracts.payments.state import (
    NOTHING,
    WHOLE,
    CreditState,
    CreditStatus,
    DeclarationState,
    DrawState,
    GuaranteeState,
)

ZEROS: Final = bytes(32)
CLOCK_SKEW_SECONDS: Final = 300
_FREE: Final = frozenset({CreditStatus.REFUSED, CreditStatus.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signed a record, and when the ledger took it.

    Attributes:
        digest: The record's digest.
        organisation: Whose key signed it.
        roles: What that organisation is.
        country: Its country, ISO 3166 alpha-2.
        now: Block time in seconds.
    """

    digest: bytes
    organisation: bytes
    roles: Role
    country: str
    now: int

    def require_role(self, allowed: Role) -> None:
        """Refuse an organisation without an allowed role."""
        demand(self.roles & allowed, "members: role")

    def require_past(self, event_time: int) -> None:
        """Refuse an event time that has not come, but for the skew of clocks."""
        demand(event_time <= self.now + CLOCK_SKEW_SECONDS, "members: event time")

    def require_customs(self, declaration: bytes) -> None:
        """Refuse all but customs of a declaration's country."""
        self.require_role(Role.CUSTOMS)
        own = declaration[:2] == self.country.encode()
        demand(own, "payments: declaration of another country")


@dataclass(slots=True)
class Treasury:
    """What the contract keeps.

    Attributes:
        declarations: How each assessed declaration stands.
        covers: The draws that cover each declaration.
        credits: Credits and refunds by the digest of their record.
        notices: The last notice of each organisation's credit.
        guarantees: Guarantees by their identifier.
        draws: Draws by the digest of their record.
    """

    declarations: dict[bytes, DeclarationState] = field(
        default_factory=dict[bytes, DeclarationState]
    )
    covers: dict[bytes, list[bytes]] = field(default_factory=dict[bytes, list[bytes]])
    credits: dict[bytes, CreditState] = field(default_factory=dict[bytes, CreditState])
    notices: dict[tuple[bytes, bytes], bytes] = field(
        default_factory=dict[tuple[bytes, bytes], bytes]
    )
    guarantees: dict[bytes, GuaranteeState] = field(default_factory=dict[bytes, GuaranteeState])
    draws: dict[bytes, DrawState] = field(default_factory=dict[bytes, DrawState])

    def is_settled(self, declaration: bytes, now: int) -> bool:
        """Return whether a declaration's dues are settled.

        Args:
            declaration: Its identifier.
            now: Block time in seconds.
        """
        standing = self.declarations.get(declaration)
        if standing is None or standing.assessed != standing.amendment or standing.reversals:
            return False
        if not standing.is_payable or standing.paid_share == WHOLE:
            return True
        return standing.total_share == WHOLE and all(
            self.guarantees[self.draws[draw].guarantee].is_valid(now)
            for draw in self.covers.get(declaration, [])
        )

    def store(self, standing: DeclarationState) -> None:
        """Keep how a declaration stands, refusing shares that cannot be."""
        demand(standing.total_share <= WHOLE, "payments: beyond the whole")
        within = standing.paid_share <= standing.total_share
        demand(within, "payments: more paid than in total")
        alone = standing.paid_share == standing.total_share
        demand(standing.covers or alone, "payments: nothing is guaranteed")
        demand(standing.paid != NOTHING or not standing.paid_share, "payments: nothing is paid")
        empty = standing.is_payable or not standing.total_share
        demand(empty, "payments: nothing is due")
        self.declarations[standing.id] = standing

    def assessed(self, declaration: bytes, assessment: bytes) -> DeclarationState:
        """Return how a declaration stands, refusing a signer who did not know the latest."""
        standing = self.declarations.get(declaration)
        if standing is None:
            raise RefusedError("payments: nothing is assessed")
        demand(standing.assessment == assessment, "payments: not the latest assessment")
        return standing

    def require_new_credit(self, organisation: bytes, credit: bytes, amount: Point) -> None:
        """Refuse a credit that counts already."""
        demand(credit != ZEROS, "payments: credit")
        demand(amount != NOTHING, "payments: commitment")
        earlier = self.credits.get(self.notices.get((organisation, credit), ZEROS))
        demand(earlier is None or earlier.status in _FREE, "payments: credit exists")

    def note(self, credit: CreditState) -> None:
        """Keep a credit."""
        self.notices[credit.organisation, credit.credit] = credit.notice
        self.credits[credit.notice] = credit

    def credit_for(self, notice: bytes, declaration: bytes) -> CreditState:
        """Return a credit, refusing an unknown one and another declaration's."""
        credit = self.credits.get(notice)
        if credit is None or credit.declaration != declaration:
            raise RefusedError("payments: unknown credit")
        return credit

    def draw_for(self, draw: bytes, declaration: bytes) -> DrawState:
        """Return a draw, refusing an unknown one and another declaration's."""
        found = self.draws.get(draw)
        if found is None or found.declaration != declaration:
            raise RefusedError("payments: unknown draw")
        return found

    def known(self, guarantee: bytes) -> GuaranteeState:
        """Return a guarantee, refusing an unknown one."""
        found = self.guarantees.get(guarantee)
        if found is None:
            raise RefusedError("payments: unknown guarantee")
        return found


def point(x: int, y: int) -> Point:
    """Return a posted commitment, refusing what is no point of the curve."""
    try:
        return Point(x, y)
    except CommitmentError as error:
        raise RefusedError("payments: commitment") from error


def require_at(total: Point, x: int, y: int) -> None:
    """Refuse a posted commitment that is not the expected sum."""
    demand((total.x, total.y) == (x, y), "payments: commitment")


def require_valid(guarantee: GuaranteeState, now: int) -> None:
    """Refuse a guarantee outside its validity."""
    demand(guarantee.is_valid(now), "payments: guarantee is not valid now")


def demand(kept: object, reason: str) -> None:
    """Refuse unless a rule is kept.

    Args:
        kept: Whether it is, by its truth.
        reason: The contract's words.

    Raises:
        RefusedError: It is not.
    """
    if not kept:
        raise RefusedError(reason)
