# pragma version 0.4.3
# pragma evm-version prague
"""
@title Members
@custom:contract-name members
@notice Asks Membership who signed: every domain's rules about roles and countries rest
        on it.
"""

from contracts.records import refusal


# ---------------------------------------------------------------- interfaces


interface Membership:
    def authorise(key: bytes32, purpose: uint256) -> (bytes32, uint256, bytes2): view


# ------------------------------------------------------------------- structs


struct Member:
    organisation: bytes32
    roles: uint256
    country: uint256


# ----------------------------------------------------------------- constants


# Key purposes and roles of Membership.
SIGN: constant(uint256) = 2
DOCUMENT: constant(uint256) = 8
CUSTOMS: constant(uint256) = 1
ISSUING_AUTHORITY: constant(uint256) = 2
ENTERPRISE: constant(uint256) = 16

# A signer's clock may run ahead of the block's by this much, seconds.
CLOCK_SKEW: constant(uint64) = 300


# ---------------------------------------------------------------- immutables


MEMBERSHIP: immutable(address)


# --------------------------------------------------------------- constructor


@deploy
def __init__(membership: address):
    """
    @param membership The Membership contract.
    """
    MEMBERSHIP = membership


# -------------------------------------------------------- internal functions


@internal
@view
def require_role(signer: bytes32, allowed: uint256) -> Member:
    """
    @notice Return who signs, refusing an organisation without an allowed role.
    @param signer Key id.
    @param allowed Bit mask of roles, one of which suffices.
    """
    member: Member = self.member_of(signer, SIGN)
    refusal.demand(member.roles & allowed != 0, "members: role")
    return member


@internal
@view
def member_of(key: bytes32, purpose: uint256) -> Member:
    """
    @notice Return whose key it is; it must be allowed to act now. The country is two
            letters as a number.
    @param key Key id.
    @param purpose The purpose that it must have.
    """
    member: Member = empty(Member)
    country: bytes2 = empty(bytes2)
    member.organisation, member.roles, country = staticcall Membership(MEMBERSHIP).authorise(
        key, purpose
    )
    member.country = convert(convert(country, uint16), uint256)
    return member


@internal
@pure
def country_of(identifier: bytes32) -> uint256:
    """
    @notice Return the country that an identifier begins with, as a number: what belongs
            to a country cannot be taken by another one, whose members may know the keys
            under which identifiers are hashed.
    @param identifier The identifier of a certificate, exporter or export line.
    """
    return convert(identifier, uint256) >> 240


@internal
@view
def require_past(event_time: uint64):
    """
    @notice Refuse an event time that has not come, but for the skew of clocks.
    @param event_time When the signer says it happened, seconds.
    """
    latest: uint256 = block.timestamp + convert(CLOCK_SKEW, uint256)
    refusal.demand(convert(event_time, uint256) <= latest, "members: event time")
