# pragma version 0.4.3
# pragma evm-version prague
"""
@title Registry
@custom:contract-name registry
@notice Finds the contract that speaks for another domain in this block, by Membership.
"""


# ---------------------------------------------------------------- interfaces


interface Membership:
    def versionCount(domain: bytes32) -> uint256: view
    def versionWords(domain: bytes32, index: uint256) -> (uint256, bytes32): view


# ----------------------------------------------------------------- constants


# Versions that may wait for their first block beside the one in force.
WAITING_LIMIT: constant(uint256) = 8


# -------------------------------------------------------- internal functions


@internal
@view
def speaker(membership: address, domain: bytes32) -> address:
    """
    @notice Return the contract that speaks for a domain in this block.
    @param membership The Membership contract.
    @param domain ASCII name, padded on the right.
    """
    index: uint256 = staticcall Membership(membership).versionCount(domain)
    for _: uint256 in range(WAITING_LIMIT):
        assert index != 0, "registry: nobody speaks for the domain"
        index -= 1
        place: uint256 = 0
        code_hash: bytes32 = empty(bytes32)
        place, code_hash = staticcall Membership(membership).versionWords(domain, index)
        if place >> 160 <= block.number:
            return convert(convert(place & (2**160 - 1), uint160), address)
    raise "registry: nobody speaks for the domain"
