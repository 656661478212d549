# pragma version 0.4.3
# pragma evm-version prague
"""
@title Credits
@custom:contract-name credits
@notice A bank states under its key that it credited the treasury for a declaration, once;
        customs countersigns over the opened amount, and only then it counts. The bank may
        take a credit back, which unsettles the declaration at once. Customs pays back what
        was paid too much, or turns it toward another declaration.
@dev Credit.state: status 0..7.
"""

from contracts.commitments import bn254
from contracts.payments import dues
from contracts.records import members
from contracts.records import record_book
from contracts.records import refusal

uses: members
uses: record_book
uses: dues


# ---------------------------------------------------------------- interfaces


interface Predecessor:
    def creditWords(notice: bytes32) -> uint256[6]: view
    def noticeOf(organisation: bytes32, credit: bytes32) -> bytes32: view


# -------------------------------------------------------------------- events


event CreditNotified:
    declaration: indexed(bytes32)
    bank: indexed(bytes32)
    notice: indexed(bytes32)
    credit: bytes32
    assessment: bytes32
    commitmentX: uint256
    commitmentY: uint256
    content: bytes32
    creditedAt: uint64


event ReversalNotified:
    declaration: indexed(bytes32)
    bank: indexed(bytes32)
    notice: indexed(bytes32)
    status: uint8
    content: bytes32
    reversedAt: uint64


event CreditDecided:
    declaration: indexed(bytes32)
    customs: indexed(bytes32)
    notice: indexed(bytes32)
    kind: uint8
    paidShare: uint16
    totalShare: uint16
    commitmentX: uint256
    commitmentY: uint256
    reason: bytes32
    decidedAt: uint64


event Refunded:
    declaration: indexed(bytes32)
    toward: indexed(bytes32)
    notice: indexed(bytes32)
    customs: bytes32
    refund: bytes32
    quantityX: uint256
    quantityY: uint256
    commitmentX: uint256
    commitmentY: uint256
    content: bytes32
    refundedAt: uint64


# ------------------------------------------------------------------- structs


struct Credit:
    state: uint256
    declaration: bytes32
    organisation: bytes32
    credit: bytes32
    amount: bn254.Point


struct CreditNotify:
    object: bytes32
    credit: bytes32
    assessment: bytes32
    commitmentX: uint256
    commitmentY: uint256
    content: bytes32
    creditedAt: uint64
    expires: uint64


struct ReversalNotify:
    object: bytes32
    notice: bytes32
    content: bytes32
    reversedAt: uint64
    expires: uint64


struct CreditDecide:
    object: bytes32
    notice: bytes32
    kind: uint8
    assessment: bytes32
    paidBefore: uint16
    paidAfter: uint16
    totalAfter: uint16
    commitmentX: uint256
    commitmentY: uint256
    reason: bytes32
    decidedAt: uint64
    expires: uint64


struct RefundPost:
    object: bytes32
    refund: bytes32
    toward: bytes32
    assessment: bytes32
    quantityX: uint256
    quantityY: uint256
    commitmentX: uint256
    commitmentY: uint256
    content: bytes32
    refundedAt: uint64
    expires: uint64


# ----------------------------------------------------------------- constants


CREDIT_NOTIFY: constant(bytes32) = keccak256(
    "CreditNotify(bytes32 object,bytes32 credit,bytes32 assessment,uint256 commitmentX,uint256 commitmentY,bytes32 content,uint64 creditedAt,uint64 expires)"
)
REVERSAL_NOTIFY: constant(bytes32) = keccak256(
    "ReversalNotify(bytes32 object,bytes32 notice,bytes32 content,uint64 reversedAt,uint64 expires)"
)
CREDIT_DECIDE: constant(bytes32) = keccak256(
    "CreditDecide(bytes32 object,bytes32 notice,uint8 kind,bytes32 assessment,uint16 paidBefore,uint16 paidAfter,uint16 totalAfter,uint256 commitmentX,uint256 commitmentY,bytes32 reason,uint64 decidedAt,uint64 expires)"
)
REFUND_POST: constant(bytes32) = keccak256(
    "RefundPost(bytes32 object,bytes32 refund,bytes32 toward,bytes32 assessment,uint256 quantityX,uint256 quantityY,uint256 commitmentX,uint256 commitmentY,bytes32 content,uint64 refundedAt,uint64 expires)"
)

BANK: constant(uint256) = 8

# Status of a credit.
PENDING: constant(uint256) = 1
ACCEPTED: constant(uint256) = 2
REFUSED: constant(uint256) = 3
WITHDRAWN: constant(uint256) = 4
REVERSING: constant(uint256) = 5
REVERSED: constant(uint256) = 6
PAID_OUT: constant(uint256) = 7
TURNED: constant(uint256) = 8

# What customs decides.
ACCEPT: constant(uint8) = 1
REFUSE: constant(uint8) = 2
REVERSE: constant(uint8) = 3
KEEP: constant(uint8) = 4

SIGNATURE_SIZE: constant(uint256) = 65


# ------------------------------------------------------------------- storage


# digest of a notice, or of a refund → status, declaration, who states it, amount
credits: HashMap[bytes32, Credit]
# organisation → credit, or refund → digest of the last notice of it
notices: HashMap[bytes32, HashMap[bytes32, bytes32]]


# -------------------------------------------------------- external functions


@external
def notifyCredit(record: CreditNotify, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice State that the treasury was credited for a declaration.
    @param record The signed record.
    @param signature By a bank.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CREDIT_NOTIFY, record)), record.expires, signature
    )
    bank: members.Member = members.require_role(signer, BANK)
    members.require_past(record.creditedAt)
    standing: dues.Declaration = dues.assessed(record.object, record.assessment)
    amount: bn254.Point = bn254.Point(x=record.commitmentX, y=record.commitmentY)
    self._note(digest, bank, record.credit, record.object, amount, PENDING)
    refusal.demand(record.content != empty(bytes32), "payments: content")
    record_book.append(record.object, digest, signer)
    log CreditNotified(
        declaration=record.object,
        bank=bank.organisation,
        notice=digest,
        credit=record.credit,
        assessment=record.assessment,
        commitmentX=amount.x,
        commitmentY=amount.y,
        content=record.content,
        creditedAt=record.creditedAt,
    )


@external
def notifyReversal(record: ReversalNotify, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Take a credit back: a pending one is withdrawn, an accepted one unsettles its
            declaration until customs has decided.
    @param record The signed record.
    @param signature By the bank that stated the credit.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(REVERSAL_NOTIFY, record)), record.expires, signature
    )
    bank: members.Member = members.require_role(signer, BANK)
    members.require_past(record.reversedAt)
    credit: Credit = self._credit_of(record.notice, record.object)
    refusal.demand(credit.organisation == bank.organisation, "payments: another bank's credit")
    refusal.demand(record.content != empty(bytes32), "payments: content")
    refusal.demand(
        credit.state == PENDING or credit.state == ACCEPTED,
        "payments: credit does not count",
    )
    if credit.state == PENDING:
        credit.state = WITHDRAWN
    else:
        credit.state = REVERSING
        standing: dues.Declaration = dues.load(record.object)
        standing.reversals += 1
        dues.store(record.object, standing)
    self.credits[record.notice] = credit
    record_book.append(record.object, digest, signer)
    log ReversalNotified(
        declaration=record.object,
        bank=bank.organisation,
        notice=record.notice,
        status=convert(credit.state, uint8),
        content=record.content,
        reversedAt=record.reversedAt,
    )


@external
def decideCredit(record: CreditDecide, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Countersign a credit, its refusal or its reversal, over the opened amount.
    @param record The signed record, with the declaration's share before and its new state.
    @param signature By customs of the declaration's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CREDIT_DECIDE, record)), record.expires, signature
    )
    customs: members.Member = dues.customs_of(signer, record.object)
    members.require_past(record.decidedAt)
    standing: dues.Declaration = dues.assessed(record.object, record.assessment)
    refusal.demand(
        standing.paidShare == record.paidBefore,
        "payments: share has changed",
    )
    credit: Credit = self._credit_of(record.notice, record.object)
    if record.kind == ACCEPT or record.kind == REFUSE:
        refusal.demand(
            credit.state == PENDING or credit.state == TURNED,
            "payments: credit is not pending",
        )
    else:
        refusal.demand(credit.state == REVERSING, "payments: no reversal")
        standing.reversals -= 1

    if record.kind == ACCEPT:
        credit.state = ACCEPTED
        standing.paid = bn254.plus(standing.paid, credit.amount)
        refusal.demand(record.paidAfter >= record.paidBefore, "payments: share falls")
        refusal.demand(record.totalAfter >= standing.totalShare, "payments: share falls")
    elif record.kind == REVERSE:
        credit.state = REVERSED
        standing.paid = bn254.minus(standing.paid, credit.amount)
        refusal.demand(record.paidAfter <= record.paidBefore, "payments: share rises")
        refusal.demand(record.totalAfter <= standing.totalShare, "payments: share rises")
    else:
        # What customs turned toward a declaration is taken: it counts nowhere else.
        refusal.demand(
            credit.state != TURNED,
            "payments: money turned here is accepted",
        )
        credit.state = self._kept(record.kind)
        refusal.demand(
            record.paidAfter == record.paidBefore and record.totalAfter == standing.totalShare,
            "payments: shares change",
        )
    refusal.demand(
        dues.is_at(standing.paid, record.commitmentX, record.commitmentY),
        "payments: commitment",
    )
    standing.paidShare = record.paidAfter
    standing.totalShare = record.totalAfter
    dues.store(record.object, standing)
    self.credits[record.notice] = credit
    record_book.append(record.object, digest, signer)
    log CreditDecided(
        declaration=record.object,
        customs=customs.organisation,
        notice=record.notice,
        kind=record.kind,
        paidShare=record.paidAfter,
        totalShare=record.totalAfter,
        commitmentX=record.commitmentX,
        commitmentY=record.commitmentY,
        reason=record.reason,
        decidedAt=record.decidedAt,
    )


@external
def refund(record: RefundPost, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Pay back what was paid too much, or turn it toward another declaration, which
            takes it as it takes a bank's credit.
    @param record The signed record.
    @param signature By customs of the declaration's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(REFUND_POST, record)), record.expires, signature
    )
    customs: members.Member = dues.customs_of(signer, record.object)
    members.require_past(record.refundedAt)
    standing: dues.Declaration = dues.assessed(record.object, record.assessment)
    refusal.demand(
        standing.reversals == 0 and standing.assessed == standing.amendment,
        "payments: not settled",
    )
    # What stays paid must settle the declaration alone, and the share says that it does.
    refusal.demand(
        standing.paidShare == dues.WHOLE or not dues.is_payable(standing),
        "payments: not settled",
    )
    refusal.demand(record.toward != record.object, "payments: toward itself")
    status: uint256 = PAID_OUT
    target: bytes32 = record.object
    if record.toward != empty(bytes32):
        status = TURNED
        target = record.toward
        refusal.demand(
            members.country_of(target) == customs.country,
            "payments: declaration of another country",
        )
        refusal.demand(dues.load(target).sequence != 0, "payments: nothing is assessed")
    amount: bn254.Point = bn254.Point(x=record.quantityX, y=record.quantityY)
    self._note(digest, customs, record.refund, target, amount, status)
    refusal.demand(record.content != empty(bytes32), "payments: content")
    standing.paid = bn254.minus(standing.paid, amount)
    refusal.demand(
        dues.is_at(standing.paid, record.commitmentX, record.commitmentY),
        "payments: commitment",
    )
    dues.store(record.object, standing)
    record_book.append(record.object, digest, signer)
    log Refunded(
        declaration=record.object,
        toward=record.toward,
        notice=digest,
        customs=customs.organisation,
        refund=record.refund,
        quantityX=amount.x,
        quantityY=amount.y,
        commitmentX=record.commitmentX,
        commitmentY=record.commitmentY,
        content=record.content,
        refundedAt=record.refundedAt,
    )


# --------------------------------------------------------------------- views


@external
@view
def creditWords(notice: bytes32) -> uint256[6]:
    """
    @notice Return a credit's status, declaration, who states it, its identifier and the
            commitment to its amount; zeros for an unknown one.
    @param notice Digest of its notice, or of a refund.
    """
    found: Credit = self._credit(notice)
    return [
        found.state,
        convert(found.declaration, uint256),
        convert(found.organisation, uint256),
        convert(found.credit, uint256),
        found.amount.x,
        found.amount.y,
    ]


@external
@view
def noticeOf(organisation: bytes32, credit: bytes32) -> bytes32:
    """
    @notice Return the last notice of a credit, or of a refund, zeros for none.
    @param organisation Who states it.
    @param credit Its keyed hash.
    """
    return self._notice_of(organisation, credit)


# -------------------------------------------------------- internal functions


@internal
def _note(
    digest: bytes32,
    member: members.Member,
    credit: bytes32,
    declaration: bytes32,
    amount: bn254.Point,
    status: uint256,
):
    """
    @notice Keep a credit, refusing one that counts already.
    @param digest Digest of the record that states it.
    @param member Who states it.
    @param credit Its keyed hash.
    @param declaration What it is for.
    @param amount Commitment to the amount.
    @param status How it stands.
    """
    refusal.demand(credit != empty(bytes32), "payments: credit")
    refusal.demand(bn254.is_hiding(amount), "payments: commitment")
    earlier: uint256 = self._credit(self._notice_of(member.organisation, credit)).state
    refusal.demand(
        earlier == 0 or earlier == REFUSED or earlier == WITHDRAWN,
        "payments: credit exists",
    )
    self.notices[member.organisation][credit] = digest
    self.credits[digest] = Credit(
        state=status,
        declaration=declaration,
        organisation=member.organisation,
        credit=credit,
        amount=amount,
    )


@internal
@view
def _credit_of(notice: bytes32, declaration: bytes32) -> Credit:
    """
    @notice Return a credit, refusing an unknown one and another declaration's.
    @param notice Digest of its notice.
    @param declaration What it should be for.
    """
    found: Credit = self._credit(notice)
    refusal.demand(
        found.state != 0 and found.declaration == declaration,
        "payments: unknown credit",
    )
    return found


@internal
@pure
def _kept(kind: uint8) -> uint256:
    """
    @notice Return a credit's status after a decision that moves no money.
    @param kind What customs decides.
    """
    if kind == REFUSE:
        return REFUSED
    refusal.demand(kind == KEEP, "payments: kind")
    return ACCEPTED


@internal
@view
def _credit(notice: bytes32) -> Credit:
    """
    @notice Return a credit, the predecessor's while untouched here.
    @param notice Digest of its notice.
    """
    own: Credit = self.credits[notice]
    if own.state != 0 or record_book.PREDECESSOR == empty(address):
        return own
    words: uint256[6] = staticcall Predecessor(record_book.PREDECESSOR).creditWords(notice)
    return Credit(
        state=words[0],
        declaration=convert(words[1], bytes32),
        organisation=convert(words[2], bytes32),
        credit=convert(words[3], bytes32),
        amount=bn254.Point(x=words[4], y=words[5]),
    )


@internal
@view
def _notice_of(organisation: bytes32, credit: bytes32) -> bytes32:
    """
    @notice Return the last notice of a credit, the predecessor's while untouched here.
    @param organisation Who states it.
    @param credit Its keyed hash.
    """
    own: bytes32 = self.notices[organisation][credit]
    if own != empty(bytes32) or record_book.PREDECESSOR == empty(address):
        return own
    return staticcall Predecessor(record_book.PREDECESSOR).noticeOf(organisation, credit)
