# pragma version 0.4.3
# pragma evm-version prague
"""
@title Guarantees
@custom:contract-name guarantees
@notice A bank guarantees up to a limit; who has to pay draws on it for a declaration, and
        customs countersigns over the opened amounts, never beyond the limit. What is paid
        is restored.
@dev The object of a guarantee is the hash of its bank and number, so that no other bank
     can take it. Guarantee.state: kind 0..7, valid from 8..71, valid to 72..135. Draw.state:
     status 0..7.
"""

from contracts.commitments import bn254
from contracts.commitments import drawdown
from contracts.payments import dues
from contracts.records import members
from contracts.records import record_book
from contracts.records import refusal

uses: members
uses: record_book
uses: dues


# ---------------------------------------------------------------- interfaces


interface Predecessor:
    def guaranteeWords(guarantee: bytes32) -> uint256[8]: view
    def drawWords(draw: bytes32) -> uint256[5]: view


# -------------------------------------------------------------------- events


event GuaranteeGranted:
    guarantee: indexed(bytes32)
    bank: indexed(bytes32)
    declaration: indexed(bytes32)
    number: bytes32
    kind: uint8
    limitX: uint256
    limitY: uint256
    content: bytes32
    validFrom: uint64
    validTo: uint64
    grantedAt: uint64


event GuaranteeChanged:
    guarantee: indexed(bytes32)
    bank: indexed(bytes32)
    validTo: uint64
    changedAt: uint64


event GuaranteeDrawn:
    guarantee: indexed(bytes32)
    declaration: indexed(bytes32)
    draw: indexed(bytes32)
    organisation: bytes32
    assessment: bytes32
    quantityX: uint256
    quantityY: uint256
    content: bytes32
    drawnAt: uint64


event DrawDecided:
    guarantee: indexed(bytes32)
    declaration: indexed(bytes32)
    draw: indexed(bytes32)
    customs: bytes32
    kind: uint8
    share: uint16
    commitmentX: uint256
    commitmentY: uint256
    reason: bytes32
    decidedAt: uint64


# ------------------------------------------------------------------- structs


struct Guarantee:
    state: uint256
    bank: bytes32
    declaration: bytes32
    limit: bn254.Point
    drawn: drawdown.Balance


struct Draw:
    state: uint256
    guarantee: bytes32
    declaration: bytes32
    amount: bn254.Point


struct GuaranteeGrant:
    object: bytes32
    number: bytes32
    kind: uint8
    declaration: bytes32
    limitX: uint256
    limitY: uint256
    content: bytes32
    validFrom: uint64
    validTo: uint64
    grantedAt: uint64
    expires: uint64


struct GuaranteeChange:
    object: bytes32
    validTo: uint64
    changedAt: uint64
    expires: uint64


struct GuaranteeDraw:
    object: bytes32
    declaration: bytes32
    assessment: bytes32
    quantityX: uint256
    quantityY: uint256
    content: bytes32
    drawnAt: uint64
    expires: uint64


struct DrawDecide:
    object: bytes32
    draw: bytes32
    kind: uint8
    shareBefore: uint16
    shareAfter: uint16
    commitmentX: uint256
    commitmentY: uint256
    reason: bytes32
    decidedAt: uint64
    expires: uint64


# ----------------------------------------------------------------- constants


GUARANTEE_GRANT: constant(bytes32) = keccak256(
    "GuaranteeGrant(bytes32 object,bytes32 number,uint8 kind,bytes32 declaration,uint256 limitX,uint256 limitY,bytes32 content,uint64 validFrom,uint64 validTo,uint64 grantedAt,uint64 expires)"
)
GUARANTEE_CHANGE: constant(bytes32) = keccak256(
    "GuaranteeChange(bytes32 object,uint64 validTo,uint64 changedAt,uint64 expires)"
)
GUARANTEE_DRAW: constant(bytes32) = keccak256(
    "GuaranteeDraw(bytes32 object,bytes32 declaration,bytes32 assessment,uint256 quantityX,uint256 quantityY,bytes32 content,uint64 drawnAt,uint64 expires)"
)
DRAW_DECIDE: constant(bytes32) = keccak256(
    "DrawDecide(bytes32 object,bytes32 draw,uint8 kind,uint16 shareBefore,uint16 shareAfter,uint256 commitmentX,uint256 commitmentY,bytes32 reason,uint64 decidedAt,uint64 expires)"
)

BANK: constant(uint256) = 8

SINGLE: constant(uint8) = 1
GENERAL: constant(uint8) = 2

# Status of a draw.
PENDING: constant(uint256) = 1
ACCEPTED: constant(uint256) = 2
REFUSED: constant(uint256) = 3
COVERING: constant(uint256) = 4
RESTORED: constant(uint256) = 5

# What customs decides.
ACCEPT: constant(uint8) = 1
REFUSE: constant(uint8) = 2
RESTORE: constant(uint8) = 3

MASK_64: constant(uint256) = 2**64 - 1
SIGNATURE_SIZE: constant(uint256) = 65


# ------------------------------------------------------------------- storage


# guarantee → packed state, bank, its one declaration, limit, what is drawn
guarantees: HashMap[bytes32, Guarantee]
# digest of a draw → status, guarantee, declaration, amount
draws: HashMap[bytes32, Draw]


# -------------------------------------------------------- external functions


@external
def grant(record: GuaranteeGrant, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Guarantee duties and taxes up to a limit.
    @param record The signed record.
    @param signature By a bank.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(GUARANTEE_GRANT, record)), record.expires, signature
    )
    bank: members.Member = members.require_role(signer, BANK)
    members.require_past(record.grantedAt)
    refusal.demand(
        record.object == keccak256(concat(bank.organisation, record.number)),
        "payments: another bank's guarantee",
    )
    refusal.demand(self._guarantee(record.object).state == 0, "payments: guarantee exists")
    refusal.demand(record.kind == SINGLE or record.kind == GENERAL, "payments: kind")
    refusal.demand(
        (record.declaration != empty(bytes32)) == (record.kind == SINGLE),
        "payments: one declaration makes a single guarantee",
    )
    refusal.demand(record.validFrom < record.validTo, "payments: validity")
    refusal.demand(record.content != empty(bytes32), "payments: content")
    limit: bn254.Point = bn254.Point(x=record.limitX, y=record.limitY)
    refusal.demand(bn254.is_hiding(limit), "payments: commitment")

    self.guarantees[record.object] = Guarantee(
        state=(
            convert(record.kind, uint256)
            | convert(record.validFrom, uint256) << 8
            | convert(record.validTo, uint256) << 72
        ),
        bank=bank.organisation,
        declaration=record.declaration,
        limit=limit,
        drawn=empty(drawdown.Balance),
    )
    record_book.append(record.object, digest, signer)
    log GuaranteeGranted(
        guarantee=record.object,
        bank=bank.organisation,
        declaration=record.declaration,
        number=record.number,
        kind=record.kind,
        limitX=limit.x,
        limitY=limit.y,
        content=record.content,
        validFrom=record.validFrom,
        validTo=record.validTo,
        grantedAt=record.grantedAt,
    )


@external
def change(record: GuaranteeChange, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Move a guarantee's end: later, or earlier while nothing is drawn.
    @param record The signed record.
    @param signature By its bank.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(GUARANTEE_CHANGE, record)), record.expires, signature
    )
    bank: members.Member = members.require_role(signer, BANK)
    members.require_past(record.changedAt)
    guarantee: Guarantee = self._known(record.object)
    refusal.demand(
        guarantee.bank == bank.organisation,
        "payments: another bank's guarantee",
    )
    valid_to: uint256 = convert(record.validTo, uint256)
    refusal.demand(
        valid_to > self._valid_to(guarantee) or drawdown.share_of(guarantee.drawn) == 0,
        "payments: guarantee is drawn",
    )
    refusal.demand(valid_to > self._valid_from(guarantee), "payments: validity")
    guarantee.state = guarantee.state & ~(MASK_64 << 72) | valid_to << 72

    self.guarantees[record.object] = guarantee
    record_book.append(record.object, digest, signer)
    log GuaranteeChanged(
        guarantee=record.object,
        bank=bank.organisation,
        validTo=record.validTo,
        changedAt=record.changedAt,
    )


@external
def draw(record: GuaranteeDraw, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Ask to draw on a guarantee for a declaration.
    @param record The signed record.
    @param signature By an enterprise, or by the guarantee's bank.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(GUARANTEE_DRAW, record)), record.expires, signature
    )
    member: members.Member = members.require_role(signer, BANK | members.ENTERPRISE)
    members.require_past(record.drawnAt)
    guarantee: Guarantee = self._known(record.object)
    refusal.demand(
        member.organisation == guarantee.bank or member.roles & members.ENTERPRISE != 0,
        "payments: another bank's guarantee",
    )
    self._require_valid(guarantee)
    refusal.demand(
        guarantee.declaration == empty(bytes32) or guarantee.declaration == record.declaration,
        "payments: guarantee for another declaration",
    )
    standing: dues.Declaration = dues.assessed(record.declaration, record.assessment)
    refusal.demand(dues.is_payable(standing), "payments: nothing is due")
    refusal.demand(record.content != empty(bytes32), "payments: content")
    amount: bn254.Point = bn254.Point(x=record.quantityX, y=record.quantityY)
    refusal.demand(bn254.is_hiding(amount), "payments: commitment")

    self.draws[digest] = Draw(
        state=PENDING,
        guarantee=record.object,
        declaration=record.declaration,
        amount=amount,
    )
    record_book.append(record.object, digest, signer)
    log GuaranteeDrawn(
        guarantee=record.object,
        declaration=record.declaration,
        draw=digest,
        organisation=member.organisation,
        assessment=record.assessment,
        quantityX=amount.x,
        quantityY=amount.y,
        content=record.content,
        drawnAt=record.drawnAt,
    )


@external
def decideDraw(record: DrawDecide, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Countersign a draw or its refusal over the opened amounts, or give one back that
            covers nothing.
    @param record The signed record, with the guarantee's share before and its new state.
    @param signature By customs of the declaration's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(DRAW_DECIDE, record)), record.expires, signature
    )
    drawing: Draw = self._draw(record.draw)
    refusal.demand(
        drawing.state != 0 and drawing.guarantee == record.object,
        "payments: unknown draw",
    )
    customs: members.Member = dues.customs_of(signer, drawing.declaration)
    members.require_past(record.decidedAt)
    guarantee: Guarantee = self._known(record.object)
    posting: drawdown.Posting = drawdown.Posting(
        shareBefore=record.shareBefore,
        shareAfter=record.shareAfter,
        x=record.commitmentX,
        y=record.commitmentY,
    )
    if record.kind == RESTORE:
        refusal.demand(drawing.state == ACCEPTED, "payments: draw is not free")
        drawing.state = RESTORED
        guarantee.drawn = drawdown.restored(guarantee.drawn, drawing.amount, posting)
    else:
        refusal.demand(drawing.state == PENDING, "payments: draw is not pending")
        if record.kind == ACCEPT:
            self._require_valid(guarantee)
            drawing.state = ACCEPTED
            guarantee.drawn = drawdown.drawn(guarantee.drawn, drawing.amount, posting)
        else:
            refusal.demand(record.kind == REFUSE, "payments: kind")
            drawing.state = REFUSED

    self.draws[record.draw] = drawing
    self.guarantees[record.object] = guarantee
    record_book.append(record.object, digest, signer)
    log DrawDecided(
        guarantee=record.object,
        declaration=drawing.declaration,
        draw=record.draw,
        customs=customs.organisation,
        kind=record.kind,
        share=drawdown.share_of(guarantee.drawn),
        commitmentX=guarantee.drawn.commitment.x,
        commitmentY=guarantee.drawn.commitment.y,
        reason=record.reason,
        decidedAt=record.decidedAt,
    )


# --------------------------------------------------------------------- views


@external
@view
def guaranteeWords(guarantee: bytes32) -> uint256[8]:
    """
    @notice Return a guarantee's packed state, bank, single declaration, commitment to its
            limit, drawn share and commitment to what is drawn; zeros for an unknown one.
    @param guarantee Its identifier.
    """
    found: Guarantee = self._guarantee(guarantee)
    return [
        found.state,
        convert(found.bank, uint256),
        convert(found.declaration, uint256),
        found.limit.x,
        found.limit.y,
        found.drawn.state,
        found.drawn.commitment.x,
        found.drawn.commitment.y,
    ]


@external
@view
def drawWords(draw: bytes32) -> uint256[5]:
    """
    @notice Return a draw's status, guarantee, declaration and the commitment to its amount;
            zeros for an unknown one.
    @param draw Its digest.
    """
    found: Draw = self._draw(draw)
    return [
        found.state,
        convert(found.guarantee, uint256),
        convert(found.declaration, uint256),
        found.amount.x,
        found.amount.y,
    ]


# -------------------------------------------------------- internal functions


@internal
def cover(draw: bytes32, declaration: bytes32) -> bn254.Point:
    """
    @notice Let an accepted draw cover its declaration; return its amount.
    @param draw Its digest.
    @param declaration The declaration.
    """
    drawing: Draw = self._for(draw, declaration)
    refusal.demand(drawing.state == ACCEPTED, "payments: draw is not free")
    self._require_valid(self._known(drawing.guarantee))
    drawing.state = COVERING
    self.draws[draw] = drawing
    return drawing.amount


@internal
def uncover(draw: bytes32, declaration: bytes32) -> bn254.Point:
    """
    @notice Let a draw cover its declaration no longer; return its amount.
    @param draw Its digest.
    @param declaration The declaration.
    """
    drawing: Draw = self._for(draw, declaration)
    refusal.demand(drawing.state == COVERING, "payments: draw covers nothing")
    drawing.state = ACCEPTED
    self.draws[draw] = drawing
    return drawing.amount


@internal
@view
def is_valid(draw: bytes32) -> bool:
    """
    @notice Say whether the guarantee of a draw is within its validity in this block.
    @param draw The draw's digest.
    """
    return self._is_within(self._guarantee(self._draw(draw).guarantee))


@internal
@view
def _require_valid(guarantee: Guarantee):
    """
    @notice Refuse a guarantee outside its validity in this block.
    @param guarantee The guarantee.
    """
    refusal.demand(self._is_within(guarantee), "payments: guarantee is not valid now")


@internal
@view
def _is_within(guarantee: Guarantee) -> bool:
    """
    @notice Say whether a guarantee is within its validity in this block.
    @param guarantee The guarantee.
    """
    return (
        self._valid_from(guarantee) <= block.timestamp
        and block.timestamp < self._valid_to(guarantee)
    )


@internal
@pure
def _valid_from(guarantee: Guarantee) -> uint256:
    """
    @notice Return the first second of a guarantee's validity.
    @param guarantee The guarantee.
    """
    return guarantee.state >> 8 & MASK_64


@internal
@pure
def _valid_to(guarantee: Guarantee) -> uint256:
    """
    @notice Return the first second after a guarantee's validity.
    @param guarantee The guarantee.
    """
    return guarantee.state >> 72 & MASK_64


@internal
@view
def _for(draw: bytes32, declaration: bytes32) -> Draw:
    """
    @notice Return a draw, refusing an unknown one and another declaration's.
    @param draw Its digest.
    @param declaration The declaration.
    """
    found: Draw = self._draw(draw)
    refusal.demand(
        found.state != 0 and found.declaration == declaration,
        "payments: unknown draw",
    )
    return found


@internal
@view
def _known(guarantee: bytes32) -> Guarantee:
    """
    @notice Return a guarantee, refusing an unknown one.
    @param guarantee Its identifier.
    """
    found: Guarantee = self._guarantee(guarantee)
    refusal.demand(found.state != 0, "payments: unknown guarantee")
    return found


@internal
@view
def _guarantee(guarantee: bytes32) -> Guarantee:
    """
    @notice Return a guarantee, the predecessor's while untouched here.
    @param guarantee Its identifier.
    """
    own: Guarantee = self.guarantees[guarantee]
    if own.state != 0 or record_book.PREDECESSOR == empty(address):
        return own
    words: uint256[8] = staticcall Predecessor(record_book.PREDECESSOR).guaranteeWords(guarantee)
    return Guarantee(
        state=words[0],
        bank=convert(words[1], bytes32),
        declaration=convert(words[2], bytes32),
        limit=bn254.Point(x=words[3], y=words[4]),
        drawn=drawdown.Balance(
            state=words[5],
            commitment=bn254.Point(x=words[6], y=words[7]),
        ),
    )


@internal
@view
def _draw(draw: bytes32) -> Draw:
    """
    @notice Return a draw, the predecessor's while untouched here.
    @param draw Its digest.
    """
    own: Draw = self.draws[draw]
    if own.state != 0 or record_book.PREDECESSOR == empty(address):
        return own
    words: uint256[5] = staticcall Predecessor(record_book.PREDECESSOR).drawWords(draw)
    return Draw(
        state=words[0],
        guarantee=convert(words[1], bytes32),
        declaration=convert(words[2], bytes32),
        amount=bn254.Point(x=words[3], y=words[4]),
    )
