# pragma version 0.4.3
# pragma evm-version prague
"""
@title Draw-down
@custom:contract-name drawdown
@notice Draws parts from a whole that nobody can read: a certificate's item, or a line of
        an export declaration.
@dev A balance keeps the cumulative share in 1/10,000 of the whole, rounded up, and a
     Pedersen commitment to the exact cumulative quantity. ceil(x) <= n exactly when
     x <= n: the bound is exact while only coarse shares show. Who knows the quantities
     opens the commitments and answers for the shares; posting compares and sets.
     Balance.state: share 0..15, touched 16
"""

from contracts.commitments import bn254
from contracts.records import refusal


# ------------------------------------------------------------------- structs


struct Balance:
    state: uint256
    commitment: bn254.Point


struct Posting:
    shareBefore: uint16
    shareAfter: uint16
    x: uint256
    y: uint256


# ----------------------------------------------------------------- constants


WHOLE: constant(uint16) = 10_000
MASK_16: constant(uint256) = 2**16 - 1
TOUCHED: constant(uint256) = 2**16


# -------------------------------------------------------- internal functions


@internal
@view
def drawn(before: Balance, part: bn254.Point, posting: Posting) -> Balance:
    """
    @notice Return a balance with a part drawn.
    @param before The balance.
    @param part Commitment to the part.
    @param posting What the signer posts as the balance's share before and new state.
    """
    refusal.demand(
        self.share_of(before) == posting.shareBefore,
        "drawdown: share has changed",
    )
    refusal.demand(posting.shareAfter >= posting.shareBefore, "drawdown: share falls")
    refusal.demand(posting.shareAfter <= WHOLE, "drawdown: beyond the whole")
    return self._posted(bn254.plus(before.commitment, part), posting)


@internal
@view
def restored(before: Balance, part: bn254.Point, posting: Posting) -> Balance:
    """
    @notice Return a balance with a part given back.
    @param before The balance.
    @param part Commitment to the part, once drawn.
    @param posting What the signer posts as the balance's share before and new state.
    """
    refusal.demand(
        self.share_of(before) == posting.shareBefore,
        "drawdown: share has changed",
    )
    refusal.demand(posting.shareAfter <= posting.shareBefore, "drawdown: share rises")
    return self._posted(bn254.minus(before.commitment, part), posting)


@internal
@pure
def share_of(balance: Balance) -> uint16:
    """
    @notice Return a balance's share in 1/10,000 of the whole.
    @param balance The balance.
    """
    return convert(balance.state & MASK_16, uint16)


@internal
@pure
def _posted(after: bn254.Point, posting: Posting) -> Balance:
    """
    @notice Return a balance's new state, refusing a posted commitment that is not the
            expected sum, or a share beside it that cannot be.
    @param after The expected sum.
    @param posting What the signer posts.
    """
    refusal.demand(after.x == posting.x and after.y == posting.y, "drawdown: commitment")
    # Nothing drawn and no share belong together.
    nothing: bool = after.x == 0 and after.y == 0
    refusal.demand(nothing == (posting.shareAfter == 0), "drawdown: share")
    return Balance(state=TOUCHED | convert(posting.shareAfter, uint256), commitment=after)
