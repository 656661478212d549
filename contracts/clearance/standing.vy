# pragma version 0.4.3
# pragma evm-version prague
"""
@title Standing
@custom:contract-name standing
@notice How each declaration stands on its way from registration to clearance, and what its
        random draw said.
@dev Stored.state: stage 0..7, channel 8..15, direction 16..23, rank 24..31, amendment
     32..47, decided amendment plus one 48..63, certificates claimed 64..71, claims named
     72..79, facts to await 80..87, facts awaited 88..95, facts open 96..103, open ones
     that release need not wait for 104..111, facts failed 112..119, check of documents
     120..127, inspection 128..135, holds 136..143, draw 144..151, overrides 152..159,
     cargo 160..167, written 255.
     Stored.fixed: round 0..63, time of registration 64..127, rate of inspection in
     1/1,000,000 128..159. What is fixed at registration never changes.
"""

from contracts.records import members
from contracts.records import record_book
from contracts.records import refusal

uses: members
uses: record_book


# ---------------------------------------------------------------- interfaces


interface Predecessor:
    def declarationWords(declaration: bytes32) -> (uint256, uint256, bytes32): view


# ------------------------------------------------------------------- structs


struct Stored:
    state: uint256
    fixed: uint256
    registration: bytes32


struct Standing:
    stage: uint256
    channel: uint256
    direction: uint256
    rank: uint256
    amendment: uint256
    decided: uint256
    certificates: uint256
    claims: uint256
    facts: uint256
    awaited: uint256
    open: uint256
    later: uint256
    failed: uint256
    documents: uint256
    inspection: uint256
    holds: uint256
    draw: uint256
    overrides: uint256
    cargo: uint256
    fixed: uint256
    registration: bytes32


# ----------------------------------------------------------------- constants


# Stages; each includes the ones before it.
REGISTERED: constant(uint256) = 1
CHANNELLED: constant(uint256) = 2
STORED: constant(uint256) = 3
RELEASED: constant(uint256) = 4
CLEARED: constant(uint256) = 5
CANCELLED: constant(uint256) = 6
SEIZED: constant(uint256) = 7

GREEN: constant(uint256) = 1
YELLOW: constant(uint256) = 2
RED: constant(uint256) = 3

# What a draw said.
SPARED: constant(uint256) = 1
DRAWN: constant(uint256) = 2

CONSISTENT: constant(uint256) = 1
FINDING: constant(uint256) = 2

EXITED: constant(uint256) = 4

MASK_8: constant(uint256) = 2**8 - 1
MASK_16: constant(uint256) = 2**16 - 1
MASK_64: constant(uint256) = 2**64 - 1
WRITTEN: constant(uint256) = 1 << 255


# ------------------------------------------------------------------- storage


# declaration → packed standing, what its registration fixed, digest of its registration
declarations: HashMap[bytes32, Stored]


# --------------------------------------------------------------------- views


@external
@view
def declarationWords(declaration: bytes32) -> (uint256, uint256, bytes32):
    """
    @notice Return a declaration's packed standing, what its registration fixed and the
            registration's digest; zeros for an unknown one.
    @param declaration Its identifier.
    """
    found: Stored = self._stored(declaration)
    return found.state, found.fixed, found.registration


@external
@view
def isReleased(declaration: bytes32) -> bool:
    """
    @notice Say whether goods may leave the supervised area: brought to storage, released
            or cleared, with no hold.
    @param declaration The declaration's identifier.
    """
    state: uint256 = self._stored(declaration).state
    return self.may_leave(state & MASK_8, state >> 136 & MASK_8)


# -------------------------------------------------------- internal functions


@internal
@view
def customs_of(signer: bytes32, declaration: bytes32) -> bytes32:
    """
    @notice Return who signs, refusing all but customs of a declaration's country.
    @param signer Key id.
    @param declaration The declaration.
    """
    return self.member_of(signer, declaration, members.CUSTOMS)


@internal
@view
def member_of(signer: bytes32, declaration: bytes32, roles: uint256) -> bytes32:
    """
    @notice Return who signs, refusing all but members of a declaration's country with one
            of the roles.
    @param signer Key id.
    @param declaration The declaration.
    @param roles Bit mask.
    """
    member: members.Member = members.require_role(signer, roles)
    refusal.demand(
        members.country_of(declaration) == member.country,
        "clearance: declaration of another country",
    )
    return member.organisation


@internal
@view
def find(declaration: bytes32) -> Standing:
    """
    @notice Return how a declaration stands, by the predecessor while untouched here;
            stage 0 for an unknown one.
    @param declaration Its identifier.
    """
    found: Stored = self._stored(declaration)
    state: uint256 = found.state
    return Standing(
        stage=state & MASK_8,
        channel=state >> 8 & MASK_8,
        direction=state >> 16 & MASK_8,
        rank=state >> 24 & MASK_8,
        amendment=state >> 32 & MASK_16,
        decided=state >> 48 & MASK_16,
        certificates=state >> 64 & MASK_8,
        claims=state >> 72 & MASK_8,
        facts=state >> 80 & MASK_8,
        awaited=state >> 88 & MASK_8,
        open=state >> 96 & MASK_8,
        later=state >> 104 & MASK_8,
        failed=state >> 112 & MASK_8,
        documents=state >> 120 & MASK_8,
        inspection=state >> 128 & MASK_8,
        holds=state >> 136 & MASK_8,
        draw=state >> 144 & MASK_8,
        overrides=state >> 152 & MASK_8,
        cargo=state >> 160 & MASK_8,
        fixed=found.fixed,
        registration=found.registration,
    )


@internal
@view
def known(declaration: bytes32) -> Standing:
    """
    @notice Return how a registered declaration stands.
    @param declaration Its identifier.
    """
    standing: Standing = self.find(declaration)
    refusal.demand(standing.stage != 0, "clearance: unknown declaration")
    return standing


@internal
@view
def active(declaration: bytes32) -> Standing:
    """
    @notice Return how a declaration stands that was neither cancelled nor seized.
    @param declaration Its identifier.
    """
    standing: Standing = self.known(declaration)
    refusal.demand(standing.stage != CANCELLED, "clearance: cancelled")
    refusal.demand(standing.stage != SEIZED, "clearance: seized")
    return standing


@internal
@view
def pending(declaration: bytes32) -> Standing:
    """
    @notice Return how a declaration stands that is not cleared yet.
    @param declaration Its identifier.
    """
    standing: Standing = self.active(declaration)
    refusal.demand(standing.stage != CLEARED, "clearance: cleared")
    return standing


@internal
@view
def channelled(declaration: bytes32) -> Standing:
    """
    @notice Return how a declaration stands whose channel is decided as it now reads.
    @param declaration Its identifier.
    """
    standing: Standing = self.pending(declaration)
    refusal.demand(
        standing.decided == standing.amendment + 1, "clearance: channel is not decided"
    )
    return standing


@internal
def store(declaration: bytes32, standing: Standing):
    """
    @notice Keep how a declaration stands.
    @param declaration Its identifier.
    @param standing How it stands now; small counts are checked where they grow.
    """
    self.declarations[declaration] = Stored(
        state=(
            standing.stage
            | standing.channel << 8
            | standing.direction << 16
            | standing.rank << 24
            | standing.amendment << 32
            | standing.decided << 48
            | standing.certificates << 64
            | standing.claims << 72
            | standing.facts << 80
            | standing.awaited << 88
            | standing.open << 96
            | standing.later << 104
            | standing.failed << 112
            | standing.documents << 120
            | standing.inspection << 128
            | standing.holds << 136
            | standing.draw << 144
            | standing.overrides << 152
            | standing.cargo << 160
            | WRITTEN
        ),
        fixed=standing.fixed,
        registration=standing.registration,
    )


@internal
@pure
def may_leave(stage: uint256, holds: uint256) -> bool:
    """
    @notice Say whether goods may leave the supervised area.
    @param stage Stage of their declaration.
    @param holds How many holds stand.
    """
    return stage >= STORED and stage <= CLEARED and holds == 0


@internal
@view
def _stored(declaration: bytes32) -> Stored:
    """
    @notice Return a declaration's words, the predecessor's while untouched here.
    @param declaration Its identifier.
    """
    own: Stored = self.declarations[declaration]
    if own.state != 0 or record_book.PREDECESSOR == empty(address):
        return own
    before: Stored = empty(Stored)
    before.state, before.fixed, before.registration = staticcall Predecessor(
        record_book.PREDECESSOR
    ).declarationWords(declaration)
    return before
