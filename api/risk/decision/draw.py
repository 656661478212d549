"""The draw of a declaration: what anybody recomputes from the ledger; pure.

    draw = keccak256(seed ‖ digest of the DeclarationRegister)
    drawn when inherited, withheld, or ⌊draw / 2¹²⁸⌋ · 10⁶ < rate · 2¹²⁸

as the contract of clearance computes it.
"""

from dataclasses import dataclass
from typing import Final

from api.risk.decision.errors import CaseError
from chain.proofs.keccak import keccak256

MILLION: Final = 1_000_000
HASH_SIZE: Final = 32
ROUND_LIMIT: Final = 1 << 53
"""First round that is refused: a JSON number beyond it is not exact."""


@dataclass(frozen=True, slots=True)
class Draw:
    """How a declaration fared in the random inspection.

    Attributes:
        round: Number of the block in which it was registered.
        registration: Digest of its DeclarationRegister, 32 bytes.
        rate_ppm: Rate of its declarant's rank then, 0 to 1,000,000.
        seed: The beacon's seed of that round, 32 bytes; None where it was not needed or not out.
        withheld: Whether the beacon stayed silent in time, which counts as drawn.
        inherited_from: The earlier declaration of the same consignment that was drawn, 32 bytes.
    """

    round: int
    registration: bytes
    rate_ppm: int
    seed: bytes | None = None
    withheld: bool = False
    inherited_from: bytes | None = None

    def __post_init__(self) -> None:
        """Refuse what the contract could not have come to."""
        _require_size("draw.registration", self.registration)
        if not 0 <= self.rate_ppm <= MILLION:
            raise CaseError("draw.rate_ppm", "is out of range", "give 0 to 1,000,000")
        if not 0 <= self.round < ROUND_LIMIT:
            raise CaseError("draw.round", "is out of range", "give the block's number")
        if self.seed is not None:
            _require_size("draw.seed", self.seed)
        if self.inherited_from is not None:
            _require_size("draw.inherited_from", self.inherited_from)
        reasons = (self.seed is not None, self.withheld, self.inherited_from is not None)
        if sum(reasons) != 1:
            remedy = "give the seed, or say that it was withheld, or name the earlier declaration"
            raise CaseError("draw", "has no outcome or more than one", remedy)

    @property
    def draw(self) -> bytes | None:
        """The draw, None where there is no seed."""
        return None if self.seed is None else keccak256(self.seed + self.registration)

    @property
    def drawn(self) -> bool:
        """Whether the declaration goes to inspection whatever else is known of it."""
        found = self.draw
        return found is None or is_below(found, self.rate_ppm)


def is_below(draw: bytes, rate_ppm: int) -> bool:
    """Say whether a draw of 32 bytes falls below a rate in ppm, as the contract does."""
    upper = int.from_bytes(draw, "big") >> 128
    return upper * MILLION < rate_ppm << 128


def packed_rates(rates_ppm: tuple[int, ...]) -> int:
    """Return the rates of the nine ranks as the record RatesSet holds them: 24 bits each."""
    return sum(rate << 24 * place for place, rate in enumerate(rates_ppm))


def _require_size(place: str, value: bytes) -> None:
    if len(value) != HASH_SIZE:
        raise CaseError(place, f"has {len(value)} bytes", "give 32 bytes")
