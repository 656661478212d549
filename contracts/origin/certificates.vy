# pragma version 0.4.3
# pragma evm-version prague
"""
@title Standing of certificates
@custom:contract-name certificates
@notice Keeps what every other part of the domain asks of a certificate: whether it is in
        force, who may act on it, and what it was issued back-to-back from.
@dev Certificate.state is packed: status 0..7, issuing country 8..23, importing country
     24..39, items 40..55, issued at 56..119, expires at 120..183, accepted claims
     184..215, exchange 216..223, received on paper 224, consent to cancel 225.
     After an upgrade, what this contract has not touched is read from the predecessor.
"""

from contracts.records import members
from contracts.records import record_book
from contracts.records import refusal

uses: members
uses: record_book


# ---------------------------------------------------------------- interfaces


interface Predecessor:
    def certificateWords(certificate: bytes32) -> (bytes32, uint256): view
    def linkWords(certificate: bytes32) -> (bytes32, bytes32): view


# ------------------------------------------------------------------- structs


struct Certificate:
    issuer: bytes32
    state: uint256


struct Link:
    parent: bytes32
    successor: bytes32


# ----------------------------------------------------------------- constants


ISSUED: constant(uint256) = 1
CANCELLED: constant(uint256) = 2
SUPERSEDED: constant(uint256) = 3

NOT_SENT: constant(uint256) = 0
SENT: constant(uint256) = 1
ACKNOWLEDGED: constant(uint256) = 2
RECEIVED: constant(uint256) = 3
FAILED: constant(uint256) = 4

ONE_ACCEPTED: constant(uint256) = 1 << 184
PAPER_BIT: constant(uint256) = 1 << 224
CONSENT_BIT: constant(uint256) = 1 << 225
MASK_8: constant(uint256) = 2**8 - 1
MASK_16: constant(uint256) = 2**16 - 1
MASK_32: constant(uint256) = 2**32 - 1
MASK_64: constant(uint256) = 2**64 - 1
# How many certificates may stand one upon the other.
LINEAGE_LIMIT: constant(uint256) = 8


# ------------------------------------------------------------------- storage


# certificate id → issuer and packed state
certificates: HashMap[bytes32, Certificate]
# certificate id → what it was issued from, and what replaced it; both mostly zero
links: HashMap[bytes32, Link]


# -------------------------------------------------------- internal functions


@internal
@view
def require_exporting(signer: bytes32, state: uint256, allowed: uint256) -> bytes32:
    """
    @notice Refuse a signer who is not of the issuing country in an allowed role; return
            its organisation.
    @param signer Key id.
    @param state Packed state of the certificate.
    @param allowed Bit mask of roles, one of which suffices.
    """
    member: members.Member = members.require_role(signer, allowed)
    refusal.demand(
        member.country == state >> 8 & MASK_16,
        "origin: not of the issuing country",
    )
    return member.organisation


@internal
@view
def require_importing(signer: bytes32, state: uint256, allowed: uint256) -> bytes32:
    """
    @notice Refuse a signer who is not of the importing country in an allowed role; return
            its organisation.
    @param signer Key id.
    @param state Packed state of the certificate.
    @param allowed Bit mask of roles, one of which suffices.
    """
    member: members.Member = members.require_role(signer, allowed)
    refusal.demand(
        member.country == state >> 24 & MASK_16,
        "origin: not of the importing country",
    )
    return member.organisation


@internal
@view
def require_issuer(signer: bytes32, certificate: Certificate):
    """
    @notice Refuse a signer who is not of the organisation that issued a certificate.
    @param signer Key id.
    @param certificate The certificate.
    """
    member: members.Member = members.member_of(signer, members.SIGN)
    refusal.demand(member.organisation == certificate.issuer, "origin: not the issuer")


@internal
@pure
def require_received(state: uint256):
    """
    @notice Refuse a certificate that importing customs has not received.
    @param state Its packed state.
    """
    refusal.demand(state >> 216 & MASK_8 == RECEIVED, "origin: certificate not received")


@internal
@view
def require_unexpired(state: uint256):
    """
    @notice Refuse a certificate that can no longer be claimed.
    @param state Its packed state.
    """
    refusal.demand(
        block.timestamp < state >> 120 & MASK_64,
        "origin: certificate expired",
    )


@internal
@pure
def require_item(state: uint256, number: uint16):
    """
    @notice Refuse a number that no item of a certificate has.
    @param state Its packed state.
    @param number The number, from 1.
    """
    wanted: uint256 = convert(number, uint256)
    refusal.demand(
        wanted != 0 and wanted <= state >> 40 & MASK_16,
        "origin: no such item",
    )


@internal
@view
def require_lineage(certificate: bytes32):
    """
    @notice Refuse a certificate that stands, however remotely, on one out of force.
    @param certificate Its identifier.
    """
    ancestor: bytes32 = self.link_of(certificate).parent
    for _: uint256 in range(LINEAGE_LIMIT):
        if ancestor == empty(bytes32):
            return
        refusal.demand(
            self.find(ancestor).state & MASK_8 == ISSUED,
            "origin: parent not in force",
        )
        ancestor = self.link_of(ancestor).parent
    refusal.demand(ancestor == empty(bytes32), "origin: too long a lineage")


@internal
@view
def known(certificate: bytes32) -> Certificate:
    """
    @notice Return a certificate that was issued.
    @param certificate Its identifier.
    """
    found: Certificate = self.find(certificate)
    refusal.demand(found.state != 0, "origin: unknown certificate")
    return found


@internal
@view
def in_force(certificate: bytes32) -> Certificate:
    """
    @notice Return a certificate that was issued, not cancelled and not replaced.
    @param certificate Its identifier.
    """
    found: Certificate = self.known(certificate)
    refusal.demand(found.state & MASK_8 != CANCELLED, "origin: certificate cancelled")
    refusal.demand(found.state & MASK_8 != SUPERSEDED, "origin: certificate superseded")
    return found


@internal
@view
def find(certificate: bytes32) -> Certificate:
    """
    @notice Return a certificate, the predecessor's while untouched here, zeros for an
            unknown one.
    @param certificate Its identifier.
    """
    own: Certificate = self.certificates[certificate]
    if own.state != 0 or record_book.PREDECESSOR == empty(address):
        return own
    before: Certificate = empty(Certificate)
    before.issuer, before.state = staticcall Predecessor(
        record_book.PREDECESSOR
    ).certificateWords(certificate)
    return before


@internal
@view
def link_of(certificate: bytes32) -> Link:
    """
    @notice Return a certificate's links, the predecessor's while untouched here.
    @param certificate Its identifier.
    """
    own: Link = self.links[certificate]
    if record_book.PREDECESSOR == empty(address):
        return own
    if own.parent != empty(bytes32) or own.successor != empty(bytes32):
        return own
    before: Link = empty(Link)
    before.parent, before.successor = staticcall Predecessor(
        record_book.PREDECESSOR
    ).linkWords(certificate)
    return before


@internal
@pure
def with_status(state: uint256, status: uint256) -> uint256:
    """
    @notice Return a packed state with another status.
    @param state The state of a certificate or claim.
    @param status The status.
    """
    return (state >> 8 << 8) | status
