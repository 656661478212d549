# pragma version 0.4.3
# pragma evm-version prague
"""
@title Draws
@custom:contract-name draws
@notice Which declarations are drawn for inspection: by the beacon's seed of the block in
        which they were registered, at the rate of their declarant's rank then. Nobody can
        draw again: an amendment keeps the draw, and a new declaration of the same
        consignment or transport document inherits the stricter one.
@dev A draw is keccak256(seed ‖ digest of the registration); it is below the rate when its
     upper 128 bits, times 1,000,000, are below rate × 2^128.
"""

from contracts.clearance import standing
from contracts.records import members
from contracts.records import record_book
from contracts.records import refusal
from contracts.records import registry

uses: members
uses: record_book
uses: standing


# ---------------------------------------------------------------- interfaces


interface Beacon:
    def seedOf(country: uint256, round: uint256, since: uint256) -> (uint256, bytes32): view


interface Predecessor:
    def ratesOf(country: uint256) -> uint256: view
    def lastOf(country: uint256, key: bytes32) -> bytes32: view
    def priorsOf(declaration: bytes32) -> (bytes32, bytes32): view


# -------------------------------------------------------------------- events


event DrawResolved:
    declaration: indexed(bytes32)
    draw: uint8
    seed: bytes32


# ------------------------------------------------------------------- structs


struct Priors:
    consignment: bytes32
    transport: bytes32


# ----------------------------------------------------------------- constants


BEACON: constant(bytes32) = 0x626561636f6e0000000000000000000000000000000000000000000000000000
WAITING: constant(uint256) = 0
COMPLETE: constant(uint256) = 1
MILLION: constant(uint256) = 1_000_000
RANKS: constant(uint256) = 9
RATE_BITS: constant(uint256) = 24
MASK_24: constant(uint256) = 2**24 - 1
# Says of rates that they were set, where all of them are nothing.
SET: constant(uint256) = 1 << 255


# ------------------------------------------------------------------- storage


# country → rates of the nine ranks, 24 bits each
rates: HashMap[uint256, uint256]
# country → consignment or transport document → its latest declaration
latest: HashMap[uint256, HashMap[bytes32, bytes32]]
# declaration → the declarations before it of its consignment and transport document
priors: HashMap[bytes32, Priors]


# --------------------------------------------------------------------- views


@external
@view
def ratesOf(country: uint256) -> uint256:
    """
    @notice Return a country's rates of inspection, zero where none were set.
    @param country Two letters as a number.
    """
    return self._rates_of(country)


@external
@view
def lastOf(country: uint256, key: bytes32) -> bytes32:
    """
    @notice Return the latest declaration of a consignment or transport document.
    @param country Two letters as a number.
    @param key Keyed hash of the UCR or of the document.
    """
    return self._last_of(country, key)


@external
@view
def priorsOf(declaration: bytes32) -> (bytes32, bytes32):
    """
    @notice Return the declarations from which one inherits its draw, zeros for none.
    @param declaration Its identifier.
    """
    found: Priors = self._priors_of(declaration)
    return found.consignment, found.transport


# -------------------------------------------------------- internal functions


@internal
@pure
def require_rates(packed: uint256):
    """
    @notice Refuse rates beyond certainty.
    @param packed 24 bits for each rank, in 1/1,000,000.
    """
    refusal.demand(packed >> RATE_BITS * RANKS == 0, "clearance: rates")
    for rank: uint256 in range(RANKS):
        refusal.demand(packed >> RATE_BITS * rank & MASK_24 <= MILLION, "clearance: rates")


@internal
def set_rates(country: uint256, packed: uint256):
    """
    @notice Set a country's rates for declarations registered from now on.
    @param country Two letters as a number.
    @param packed 24 bits for each rank, in 1/1,000,000.
    """
    self.rates[country] = packed | SET


@internal
@view
def rate_of(country: uint256, rank: uint256) -> uint256:
    """
    @notice Return the rate at which declarants of a rank are drawn, in 1/1,000,000.
    @param country Two letters as a number.
    @param rank 1 to 9.
    """
    refusal.demand(rank != 0 and rank <= RANKS, "clearance: rank")
    packed: uint256 = self._rates_of(country)
    refusal.demand(packed != 0, "clearance: no rates of inspection")
    return packed >> RATE_BITS * (rank - 1) & MASK_24


@internal
def follow(declaration: bytes32, country: uint256, consignment: bytes32, transport: bytes32):
    """
    @notice Let a declaration inherit from those before it of its consignment and document.
    @param declaration Its identifier.
    @param country Its country.
    @param consignment Keyed hash of its UCR, or zero.
    @param transport Keyed hash of its transport document, or zero.
    """
    # Where both are the same key, nobody succeeds itself.
    before: Priors = Priors(
        consignment=self._succeed(declaration, country, consignment), transport=empty(bytes32)
    )
    if transport != consignment:
        before.transport = self._succeed(declaration, country, transport)
    self.priors[declaration] = before


@internal
def resolved(declaration: bytes32, found: standing.Standing) -> standing.Standing:
    """
    @notice Return how a declaration stands with its draw worked out.
    @param declaration Its identifier.
    @param found How it stands.
    """
    if found.draw != 0:
        return found
    drawn: bool = self._is_inherited(declaration)
    seed: bytes32 = empty(bytes32)
    if not drawn:
        outcome: uint256 = 0
        outcome, seed = staticcall Beacon(
            registry.speaker(members.MEMBERSHIP, BEACON)
        ).seedOf(
            members.country_of(declaration),
            found.fixed & standing.MASK_64,
            found.fixed >> 64 & standing.MASK_64,
        )
        refusal.demand(outcome != WAITING, "clearance: draw is not out")
        drawn = outcome != COMPLETE or self._is_drawn(
            keccak256(concat(seed, found.registration)), found.fixed >> 128
        )
    after: standing.Standing = found
    after.draw = standing.DRAWN if drawn else standing.SPARED
    log DrawResolved(declaration=declaration, draw=convert(after.draw, uint8), seed=seed)
    return after


@internal
@view
def _is_inherited(declaration: bytes32) -> bool:
    """
    @notice Say whether a declaration before this one was drawn.
    @param declaration Its identifier.
    """
    before: Priors = self._priors_of(declaration)
    return self._was_drawn(before.consignment) or self._was_drawn(before.transport)


@internal
@view
def _was_drawn(declaration: bytes32) -> bool:
    """
    @notice Say whether an earlier declaration was drawn; its channel must be decided first.
            One whose goods were seized counts as drawn.
    @param declaration Its identifier, or zero.
    """
    if declaration == empty(bytes32):
        return False
    before: standing.Standing = standing.find(declaration)
    if before.stage == standing.SEIZED:
        return True
    refusal.demand(before.draw != 0, "clearance: an earlier draw is not resolved")
    return before.draw == standing.DRAWN


@internal
@pure
def _is_drawn(draw: bytes32, rate: uint256) -> bool:
    """
    @notice Say whether a draw falls below a rate.
    @param draw The draw.
    @param rate 1/1,000,000.
    """
    return (convert(draw, uint256) >> 128) * MILLION < rate << 128


@internal
def _succeed(declaration: bytes32, country: uint256, key: bytes32) -> bytes32:
    """
    @notice Make a declaration the latest of a key, and return the one before it.
    @param declaration Its identifier.
    @param country Its country.
    @param key What both share, or zero.
    """
    if key == empty(bytes32):
        return empty(bytes32)
    before: bytes32 = self._last_of(country, key)
    self.latest[country][key] = declaration
    return before


@internal
@view
def _rates_of(country: uint256) -> uint256:
    """
    @notice Return a country's rates, the predecessor's while none were set here.
    @param country Two letters as a number.
    """
    own: uint256 = self.rates[country]
    if own != 0 or record_book.PREDECESSOR == empty(address):
        return own
    return staticcall Predecessor(record_book.PREDECESSOR).ratesOf(country)


@internal
@view
def _last_of(country: uint256, key: bytes32) -> bytes32:
    """
    @notice Return the latest declaration of a key, the predecessor's while there is none here.
    @param country Two letters as a number.
    @param key The key.
    """
    own: bytes32 = self.latest[country][key]
    if own != empty(bytes32) or record_book.PREDECESSOR == empty(address):
        return own
    return staticcall Predecessor(record_book.PREDECESSOR).lastOf(country, key)


@internal
@view
def _priors_of(declaration: bytes32) -> Priors:
    """
    @notice Return what a declaration inherits from, asking the predecessor where it was
            registered there.
    @param declaration Its identifier.
    """
    own: Priors = self.priors[declaration]
    if (
        own.consignment != empty(bytes32)
        or own.transport != empty(bytes32)
        or record_book.PREDECESSOR == empty(address)
    ):
        return own
    before: Priors = empty(Priors)
    before.consignment, before.transport = staticcall Predecessor(
        record_book.PREDECESSOR
    ).priorsOf(declaration)
    return before
