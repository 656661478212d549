# pragma version 0.4.3
# pragma evm-version prague
"""
@title Refusal
@custom:contract-name refusal
@notice Reverts with a reason from one place: an `assert` with a reason of its own takes
        twice the code, and a contract may have 24,576 bytes (EIP-170).
"""


# -------------------------------------------------------- internal functions


@internal
@pure
def demand(kept: bool, reason: String[64]):
    """
    @notice Revert unless a rule is kept.
    @param kept Whether it is.
    @param reason What the revert says: domain, colon, rule.
    """
    if not kept:
        raise reason
