# pragma version 0.4.3
# pragma evm-version prague
"""
@title Dues
@custom:contract-name dues
@notice How each declaration stands: what is due by its latest assessment, what is paid,
        what is guaranteed, and which shares these are of the whole.
@dev Amounts are Pedersen commitments. Shares are 1/10,000 of what is due, rounded down:
     floor(x) >= n exactly when x >= n, so that 10,000 says that all is there while
     nothing else shows. Who knows the amounts opens the commitments and answers for the
     shares; posting compares and sets.
     Stored.state: kind 0..7, sequence 8..23, amendment 24..39, assessed amendment
     40..55, paid share 56..71, total share 72..87, reversals pending 88..103, covers
     104..111, written 112.
"""

from contracts.commitments import bn254
from contracts.records import members
from contracts.records import record_book
from contracts.records import refusal

uses: members
uses: record_book


# ---------------------------------------------------------------- interfaces


interface Predecessor:
    def declarationWords(declaration: bytes32) -> uint256[8]: view
    def coverAt(declaration: bytes32, index: uint256) -> bytes32: view


# ------------------------------------------------------------------- structs


struct Stored:
    state: uint256
    assessment: bytes32
    due: bn254.Point
    paid: bn254.Point
    covered: bn254.Point


struct Declaration:
    kind: uint8
    sequence: uint16
    amendment: uint16
    assessed: uint16
    paidShare: uint16
    totalShare: uint16
    reversals: uint16
    covers: DynArray[bytes32, COVERS_LIMIT]
    assessment: bytes32
    due: bn254.Point
    paid: bn254.Point
    covered: bn254.Point


# ----------------------------------------------------------------- constants


# Kinds of an assessment.
FINAL: constant(uint8) = 2
ZERO: constant(uint8) = 3
EXEMPT: constant(uint8) = 4

WHOLE: constant(uint16) = 10_000
# Guarantees that may cover one declaration; whoever asks whether it is settled reads them.
COVERS_LIMIT: constant(uint256) = 8
MASK_8: constant(uint256) = 2**8 - 1
MASK_16: constant(uint256) = 2**16 - 1
WRITTEN: constant(uint256) = 1 << 112


# ------------------------------------------------------------------- storage


# declaration → packed standing, latest assessment, commitments
declarations: HashMap[bytes32, Stored]
# declaration → digests of the draws that cover it
covering: HashMap[bytes32, DynArray[bytes32, COVERS_LIMIT]]


# --------------------------------------------------------------------- views


@external
@view
def declarationWords(declaration: bytes32) -> uint256[8]:
    """
    @notice Return a declaration's packed standing, latest assessment and the commitments
            to what is due, paid and guaranteed; zeros for an unknown one.
    @param declaration Its identifier.
    """
    found: Stored = self._stored(declaration)
    return [
        found.state,
        convert(found.assessment, uint256),
        found.due.x,
        found.due.y,
        found.paid.x,
        found.paid.y,
        found.covered.x,
        found.covered.y,
    ]


@external
@view
def coverAt(declaration: bytes32, index: uint256) -> bytes32:
    """
    @notice Return the draw that covers a declaration at a place of its list.
    @param declaration Its identifier.
    @param index The place, from 0.
    """
    return self._cover_at(declaration, index)


# -------------------------------------------------------- internal functions


@internal
@view
def load(declaration: bytes32) -> Declaration:
    """
    @notice Return how a declaration stands, by the predecessor while untouched here;
            sequence 0 where nothing was assessed.
    @param declaration Its identifier.
    """
    found: Stored = self._stored(declaration)
    covers: DynArray[bytes32, COVERS_LIMIT] = []
    for index: uint256 in range(found.state >> 104 & MASK_8, bound=COVERS_LIMIT):
        covers.append(self._cover_at(declaration, index))
    return Declaration(
        kind=convert(found.state & MASK_8, uint8),
        sequence=self._part(found.state, 8),
        amendment=self._part(found.state, 24),
        assessed=self._part(found.state, 40),
        paidShare=self._part(found.state, 56),
        totalShare=self._part(found.state, 72),
        reversals=self._part(found.state, 88),
        covers=covers,
        assessment=found.assessment,
        due=found.due,
        paid=found.paid,
        covered=found.covered,
    )


@internal
def store(declaration: bytes32, standing: Declaration):
    """
    @notice Keep how a declaration stands, refusing shares that cannot be.
    @param declaration Its identifier.
    @param standing How it stands now.
    """
    self._require_shares(standing)
    self.declarations[declaration] = Stored(
        state=(
            convert(standing.kind, uint256)
            | convert(standing.sequence, uint256) << 8
            | convert(standing.amendment, uint256) << 24
            | convert(standing.assessed, uint256) << 40
            | convert(standing.paidShare, uint256) << 56
            | convert(standing.totalShare, uint256) << 72
            | convert(standing.reversals, uint256) << 88
            | len(standing.covers) << 104
            | WRITTEN
        ),
        assessment=standing.assessment,
        due=standing.due,
        paid=standing.paid,
        covered=standing.covered,
    )
    self.covering[declaration] = standing.covers


@internal
@view
def customs_of(signer: bytes32, declaration: bytes32) -> members.Member:
    """
    @notice Return who signs, refusing all but customs of a declaration's country.
    @param signer Key id.
    @param declaration The declaration.
    """
    customs: members.Member = members.require_role(signer, members.CUSTOMS)
    refusal.demand(
        members.country_of(declaration) == customs.country,
        "payments: declaration of another country",
    )
    return customs


@internal
@view
def assessed(declaration: bytes32, assessment: bytes32) -> Declaration:
    """
    @notice Return how a declaration stands, refusing a signer who did not know its latest
            assessment.
    @param declaration Its identifier.
    @param assessment The digest that the signer takes for the latest.
    """
    standing: Declaration = self.load(declaration)
    refusal.demand(standing.sequence != 0, "payments: nothing is assessed")
    refusal.demand(
        standing.assessment == assessment,
        "payments: not the latest assessment",
    )
    return standing


@internal
@pure
def is_payable(standing: Declaration) -> bool:
    """
    @notice Say whether an assessment has anything to pay.
    @param standing How the declaration stands.
    """
    return standing.kind <= FINAL


@internal
@pure
def is_hiding_nothing(point: bn254.Point) -> bool:
    """
    @notice Say whether a sum of commitments is empty.
    @param point The sum.
    """
    return point.x == 0 and point.y == 0


@internal
@pure
def is_at(point: bn254.Point, x: uint256, y: uint256) -> bool:
    """
    @notice Say whether a sum of commitments is the posted one.
    @param point The sum.
    @param x What is posted, x.
    @param y What is posted, y.
    """
    return point.x == x and point.y == y


@internal
@pure
def _require_shares(standing: Declaration):
    """
    @notice Refuse shares that cannot be, whatever the amounts are.
    @param standing How a declaration would stand.
    """
    refusal.demand(standing.totalShare <= WHOLE, "payments: beyond the whole")
    refusal.demand(
        standing.paidShare <= standing.totalShare,
        "payments: more paid than in total",
    )
    if len(standing.covers) == 0:
        refusal.demand(
            standing.paidShare == standing.totalShare,
            "payments: nothing is guaranteed",
        )
    # A share may be nothing where a little is paid: it is rounded down.
    if self.is_hiding_nothing(standing.paid):
        refusal.demand(standing.paidShare == 0, "payments: nothing is paid")
    if not self.is_payable(standing):
        refusal.demand(standing.totalShare == 0, "payments: nothing is due")


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
    words: uint256[8] = staticcall Predecessor(record_book.PREDECESSOR).declarationWords(
        declaration
    )
    return Stored(
        state=words[0],
        assessment=convert(words[1], bytes32),
        due=bn254.Point(x=words[2], y=words[3]),
        paid=bn254.Point(x=words[4], y=words[5]),
        covered=bn254.Point(x=words[6], y=words[7]),
    )


@internal
@view
def _cover_at(declaration: bytes32, index: uint256) -> bytes32:
    """
    @notice Return the draw at a place of a declaration's covers, the predecessor's while
            untouched here.
    @param declaration Its identifier.
    @param index The place, from 0.
    """
    if self.declarations[declaration].state != 0 or record_book.PREDECESSOR == empty(address):
        return self.covering[declaration][index]
    return staticcall Predecessor(record_book.PREDECESSOR).coverAt(declaration, index)


@internal
@pure
def _part(state: uint256, position: uint256) -> uint16:
    """
    @notice Return sixteen bits of a packed standing.
    @param state The standing.
    @param position The lowest bit.
    """
    return convert(state >> position & MASK_16, uint16)
