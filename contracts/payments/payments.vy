# pragma version 0.4.3
# pragma evm-version prague
"""
@title Payments
@custom:contract-name payments
@notice Customs states what is due on a declaration; banks' credits and guarantees, each
        countersigned by customs over the opened amounts, settle it. Nobody can simply say
        that it is paid: other contracts ask `isSettled`.
@dev The parts: `dues` keeps the standing of declarations, `credits` what was paid,
     `guarantees` what was guaranteed. After an upgrade, what this contract has not touched
     yet is read from the predecessor.
"""

from contracts.commitments import bn254
from contracts.payments import credits
from contracts.payments import dues
from contracts.payments import guarantees
from contracts.records import members
from contracts.records import record_book
from contracts.records import refusal

# First, so that `objects` and `records` take slots 0 and 1.
initializes: record_book
initializes: members
initializes: dues[record_book := record_book, members := members]
initializes: credits[record_book := record_book, members := members, dues := dues]
initializes: guarantees[record_book := record_book, members := members, dues := dues]

exports: (
    record_book.submit,
    record_book.headOf,
    record_book.objects,
    record_book.records,
    record_book.predecessor,
    dues.declarationWords,
    dues.coverAt,
    credits.notifyCredit,
    credits.notifyReversal,
    credits.decideCredit,
    credits.refund,
    credits.creditWords,
    credits.noticeOf,
    guarantees.grant,
    guarantees.change,
    guarantees.draw,
    guarantees.decideDraw,
    guarantees.guaranteeWords,
    guarantees.drawWords,
)


# -------------------------------------------------------------------- events


event AssessmentIssued:
    declaration: indexed(bytes32)
    customs: indexed(bytes32)
    assessment: indexed(bytes32)
    sequence: uint16
    amendment: uint16
    kind: uint8
    content: bytes32
    commitmentX: uint256
    commitmentY: uint256
    paidShare: uint16
    totalShare: uint16
    assessedAt: uint64


event DeclarationAmended:
    declaration: indexed(bytes32)
    customs: indexed(bytes32)
    amendment: uint16
    amendedAt: uint64


event CoverPosted:
    declaration: indexed(bytes32)
    customs: indexed(bytes32)
    draw: indexed(bytes32)
    kind: uint8
    totalShare: uint16
    commitmentX: uint256
    commitmentY: uint256
    coveredAt: uint64


# ------------------------------------------------------------------- structs


struct AssessmentIssue:
    object: bytes32
    sequence: uint16
    amendment: uint16
    kind: uint8
    content: bytes32
    commitmentX: uint256
    commitmentY: uint256
    paidShare: uint16
    totalShare: uint16
    assessedAt: uint64
    expires: uint64


struct DeclarationAmend:
    object: bytes32
    amendment: uint16
    amendedAt: uint64
    expires: uint64


struct CoverPost:
    object: bytes32
    draw: bytes32
    kind: uint8
    assessment: bytes32
    totalBefore: uint16
    totalAfter: uint16
    commitmentX: uint256
    commitmentY: uint256
    coveredAt: uint64
    expires: uint64


# ----------------------------------------------------------------- constants


DOMAIN: constant(bytes32) = 0x7061796d656e7473000000000000000000000000000000000000000000000000

ASSESSMENT_ISSUE: constant(bytes32) = keccak256(
    "AssessmentIssue(bytes32 object,uint16 sequence,uint16 amendment,uint8 kind,bytes32 content,uint256 commitmentX,uint256 commitmentY,uint16 paidShare,uint16 totalShare,uint64 assessedAt,uint64 expires)"
)
DECLARATION_AMEND: constant(bytes32) = keccak256(
    "DeclarationAmend(bytes32 object,uint16 amendment,uint64 amendedAt,uint64 expires)"
)
COVER_POST: constant(bytes32) = keccak256(
    "CoverPost(bytes32 object,bytes32 draw,uint8 kind,bytes32 assessment,uint16 totalBefore,uint16 totalAfter,uint256 commitmentX,uint256 commitmentY,uint64 coveredAt,uint64 expires)"
)

ADD: constant(uint8) = 1
RELEASE: constant(uint8) = 2

SIGNATURE_SIZE: constant(uint256) = 65


# --------------------------------------------------------------- constructor


@deploy
def __init__(membership: address, predecessor: address):
    """
    @param membership The Membership contract.
    @param predecessor The contract that this one replaces, or zero.
    """
    record_book.__init__(DOMAIN, predecessor)
    members.__init__(membership)


# -------------------------------------------------------- external functions


@external
def assess(record: AssessmentIssue, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice State what is due on a declaration, in the place of what was stated before.
            What is paid and guaranteed stays; its shares are of the new total.
    @param record The signed record.
    @param signature By customs of the declaration's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(ASSESSMENT_ISSUE, record)), record.expires, signature
    )
    customs: members.Member = dues.customs_of(signer, record.object)
    members.require_past(record.assessedAt)
    standing: dues.Declaration = dues.load(record.object)
    refusal.demand(
        convert(record.sequence, uint256) == convert(standing.sequence, uint256) + 1,
        "payments: sequence",
    )
    refusal.demand(record.amendment >= standing.amendment, "payments: amendment has passed")
    refusal.demand(record.kind != 0 and record.kind <= dues.EXEMPT, "payments: kind")
    refusal.demand(record.content != empty(bytes32), "payments: content")
    standing.kind = record.kind
    due: bn254.Point = bn254.Point(x=record.commitmentX, y=record.commitmentY)
    if dues.is_payable(standing):
        refusal.demand(bn254.is_hiding(due), "payments: commitment")
    else:
        refusal.demand(dues.is_hiding_nothing(due), "payments: nothing is due")
    standing.sequence = record.sequence
    standing.amendment = record.amendment
    standing.assessed = record.amendment
    standing.assessment = digest
    standing.due = due
    standing.paidShare = record.paidShare
    standing.totalShare = record.totalShare

    dues.store(record.object, standing)
    record_book.append(record.object, digest, signer)
    log AssessmentIssued(
        declaration=record.object,
        customs=customs.organisation,
        assessment=digest,
        sequence=record.sequence,
        amendment=record.amendment,
        kind=record.kind,
        content=record.content,
        commitmentX=due.x,
        commitmentY=due.y,
        paidShare=record.paidShare,
        totalShare=record.totalShare,
        assessedAt=record.assessedAt,
    )


@external
def amend(record: DeclarationAmend, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice State that a declaration was amended: no earlier assessment settles it.
    @param record The signed record.
    @param signature By customs of the declaration's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(DECLARATION_AMEND, record)), record.expires, signature
    )
    customs: members.Member = dues.customs_of(signer, record.object)
    members.require_past(record.amendedAt)
    standing: dues.Declaration = dues.load(record.object)
    refusal.demand(standing.sequence != 0, "payments: nothing is assessed")
    refusal.demand(record.amendment > standing.amendment, "payments: amendment has passed")
    standing.amendment = record.amendment

    dues.store(record.object, standing)
    record_book.append(record.object, digest, signer)
    log DeclarationAmended(
        declaration=record.object,
        customs=customs.organisation,
        amendment=record.amendment,
        amendedAt=record.amendedAt,
    )


@external
def cover(record: CoverPost, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Let an accepted draw on a guarantee cover its declaration, or no longer.
    @param record The signed record, with the declaration's share before and its new state.
    @param signature By customs of the declaration's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(COVER_POST, record)), record.expires, signature
    )
    customs: members.Member = dues.customs_of(signer, record.object)
    members.require_past(record.coveredAt)
    standing: dues.Declaration = dues.assessed(record.object, record.assessment)
    refusal.demand(
        standing.totalShare == record.totalBefore,
        "payments: share has changed",
    )
    if record.kind == ADD:
        refusal.demand(len(standing.covers) < dues.COVERS_LIMIT, "payments: too many covers")
        refusal.demand(record.totalAfter >= record.totalBefore, "payments: share falls")
        standing.covers.append(record.draw)
        standing.covered = bn254.plus(
            standing.covered, guarantees.cover(record.draw, record.object)
        )
    else:
        refusal.demand(record.kind == RELEASE, "payments: kind")
        refusal.demand(record.totalAfter <= record.totalBefore, "payments: share rises")
        standing.covers = self._without(standing.covers, record.draw)
        standing.covered = bn254.minus(
            standing.covered, guarantees.uncover(record.draw, record.object)
        )
    refusal.demand(
        dues.is_at(standing.covered, record.commitmentX, record.commitmentY),
        "payments: commitment",
    )
    standing.totalShare = record.totalAfter

    dues.store(record.object, standing)
    record_book.append(record.object, digest, signer)
    log CoverPosted(
        declaration=record.object,
        customs=customs.organisation,
        draw=record.draw,
        kind=record.kind,
        totalShare=record.totalAfter,
        commitmentX=record.commitmentX,
        commitmentY=record.commitmentY,
        coveredAt=record.coveredAt,
    )


# --------------------------------------------------------------------- views


@external
@view
def isSettled(declaration: bytes32) -> bool:
    """
    @notice Say whether a declaration's dues are settled in this block: its current
            amendment is assessed, no bank takes a credit back, and there is nothing to
            pay, or all is paid, or all is paid or guaranteed by guarantees in their
            validity.
    @param declaration Its identifier.
    """
    standing: dues.Declaration = dues.load(declaration)
    if standing.sequence == 0 or standing.assessed != standing.amendment:
        return False
    if standing.reversals != 0:
        return False
    if not dues.is_payable(standing) or standing.paidShare == dues.WHOLE:
        return True
    if standing.totalShare != dues.WHOLE:
        return False
    for draw: bytes32 in standing.covers:
        if not guarantees.is_valid(draw):
            return False
    return True


# -------------------------------------------------------- internal functions


@internal
@pure
def _without(
    covers: DynArray[bytes32, dues.COVERS_LIMIT], draw: bytes32
) -> DynArray[bytes32, dues.COVERS_LIMIT]:
    """
    @notice Return a list without one of its draws.
    @param covers The list.
    @param draw The draw.
    """
    rest: DynArray[bytes32, dues.COVERS_LIMIT] = []
    for one: bytes32 in covers:
        if one != draw:
            rest.append(one)
    return rest
