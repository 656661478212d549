"""Hidden quantities: Pedersen commitments on bn254, the same in Python and on chain."""

from contracts.commitments.curve import IDENTITY, Point
from contracts.commitments.pedersen import Opening, commit, verify_opening

__all__ = ["IDENTITY", "Opening", "Point", "commit", "verify_opening"]
