"""Pedersen commitments: C = value·G + blinding·H.

G is the generator (1, 2) of bn254. H comes from a hash, so that nobody knows its
logarithm to the base G: with it, one commitment could be opened to two values. The
first counter 0, 1, 2… is taken for which x = keccak256("tradeseal/commitments/H" ‖
counter as 4 bytes) modulo the field is the abscissa of a point; its y is the even root.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

from chain.proofs.keccak import keccak256
from contracts.commitments.curve import FIELD, ORDER, FixedBase, Point, affine
from contracts.errors import CommitmentError

_SEED: Final = b"tradeseal/commitments/H"
VALUE_LIMIT: Final = 1 << 128


@dataclass(frozen=True, slots=True)
class Opening:
    """What a commitment hides.

    Attributes:
        value: The quantity in its stated scale, 0 <= value < 2**128.
        blinding: A secret number, 0 <= blinding < group order; uniformly random, or
            the sum of such.
    """

    value: int
    blinding: int

    def __post_init__(self) -> None:
        """Refuse numbers that a commitment cannot carry."""
        if not 0 <= self.value < VALUE_LIMIT:
            raise CommitmentError(f"{self.value} is out of range", "commit to 0 to 2**128 - 1")
        if not 0 <= self.blinding < ORDER:
            raise CommitmentError("the blinding is out of range", "reduce it modulo the order")

    def __add__(self, other: "Opening") -> "Opening":
        return Opening(self.value + other.value, (self.blinding + other.blinding) % ORDER)

    def __sub__(self, other: "Opening") -> "Opening":
        return Opening(self.value - other.value, (self.blinding - other.blinding) % ORDER)


def commit(opening: Opening) -> Point:
    """Return the commitment to an opening."""
    value_base, blinding_base = _bases()
    return affine(value_base.terms(opening.value) + blinding_base.terms(opening.blinding))


def verify_opening(commitment: Point, opening: Opening) -> None:
    """Check that a commitment hides exactly this opening.

    Raises:
        CommitmentError: It hides another one.
    """
    if commit(opening) != commitment:
        raise CommitmentError("the opening is another commitment's", "ask for the right opening")


def second_generator() -> Point:
    """Return H, derived as the module says."""
    for counter in range(1 << 16):
        x = int.from_bytes(keccak256(_SEED + counter.to_bytes(4, "big")), "big") % FIELD
        square = (x**3 + 3) % FIELD
        y = pow(square, (FIELD + 1) // 4, FIELD)
        if y * y % FIELD == square:
            return Point(x, y if y % 2 == 0 else FIELD - y)
    raise AssertionError


@cache
def _bases() -> tuple[FixedBase, FixedBase]:
    return FixedBase(Point(1, 2)), FixedBase(second_generator())
