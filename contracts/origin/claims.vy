# pragma version 0.4.3
# pragma evm-version prague
"""
@title Claims
@custom:contract-name claims
@notice Declarants claim items of a certificate; importing customs accepts, rejects and
        doubts, and the issuing side answers doubts in time.
@dev Claim.state is packed: status 0..7, item 8..23, verification 24..31, reply by
     32..95, conclude by 96..159, draw of a child certificate 160.
"""

from contracts.commitments import bn254
from contracts.commitments import drawdown
from contracts.origin import certificates
from contracts.records import members
from contracts.records import record_book
from contracts.records import refusal

uses: certificates
uses: record_book


# ---------------------------------------------------------------- interfaces


interface Predecessor:
    def itemWords(certificate: bytes32, number: uint16) -> (uint256, uint256, uint256): view
    def claimWords(certificate: bytes32, claim: bytes32) -> (uint256, uint256, uint256): view
    def childOf(draw: bytes32) -> bytes32: view


# -------------------------------------------------------------------- events


event ClaimMade:
    certificate: indexed(bytes32)
    claim: indexed(bytes32)
    declarant: indexed(bytes32)
    item: uint16
    declaration: bytes32
    commitmentX: uint256
    commitmentY: uint256
    claimedAt: uint64


event ClaimAccepted:
    certificate: indexed(bytes32)
    claim: indexed(bytes32)
    customs: indexed(bytes32)
    item: uint16
    share: uint16
    commitmentX: uint256
    commitmentY: uint256
    acceptedAt: uint64


event ClaimRejected:
    certificate: indexed(bytes32)
    claim: indexed(bytes32)
    customs: indexed(bytes32)
    item: uint16
    share: uint16
    commitmentX: uint256
    commitmentY: uint256
    reason: bytes32
    rejectedAt: uint64


event ClaimDoubted:
    certificate: indexed(bytes32)
    claim: indexed(bytes32)
    customs: indexed(bytes32)
    reason: bytes32
    document: bytes32
    replyBy: uint64
    concludeBy: uint64
    doubtedAt: uint64


event VerificationStepped:
    certificate: indexed(bytes32)
    claim: indexed(bytes32)
    organisation: indexed(bytes32)
    kind: uint8
    verification: uint8
    document: bytes32
    replyBy: uint64
    statedAt: uint64


# ------------------------------------------------------------------- structs


struct Claim:
    state: uint256
    commitment: bn254.Point


struct CertificateClaim:
    object: bytes32
    item: uint16
    declaration: bytes32
    commitmentX: uint256
    commitmentY: uint256
    claimedAt: uint64
    expires: uint64


struct ClaimAccept:
    object: bytes32
    claim: bytes32
    shareBefore: uint16
    shareAfter: uint16
    commitmentX: uint256
    commitmentY: uint256
    acceptedAt: uint64
    expires: uint64


struct ClaimReject:
    object: bytes32
    claim: bytes32
    reason: bytes32
    rejectedAt: uint64
    expires: uint64


struct ClaimReverse:
    object: bytes32
    claim: bytes32
    shareBefore: uint16
    shareAfter: uint16
    commitmentX: uint256
    commitmentY: uint256
    reason: bytes32
    rejectedAt: uint64
    expires: uint64


struct ClaimDoubt:
    object: bytes32
    claim: bytes32
    reason: bytes32
    document: bytes32
    replyBy: uint64
    concludeBy: uint64
    doubtedAt: uint64
    expires: uint64


struct VerificationStep:
    object: bytes32
    claim: bytes32
    kind: uint8
    document: bytes32
    replyBy: uint64
    statedAt: uint64
    expires: uint64


# ----------------------------------------------------------------- constants


CERTIFICATE_CLAIM: constant(bytes32) = keccak256(
    "CertificateClaim(bytes32 object,uint16 item,bytes32 declaration,uint256 commitmentX,uint256 commitmentY,uint64 claimedAt,uint64 expires)"
)
CLAIM_ACCEPT: constant(bytes32) = keccak256(
    "ClaimAccept(bytes32 object,bytes32 claim,uint16 shareBefore,uint16 shareAfter,uint256 commitmentX,uint256 commitmentY,uint64 acceptedAt,uint64 expires)"
)
CLAIM_REJECT: constant(bytes32) = keccak256(
    "ClaimReject(bytes32 object,bytes32 claim,bytes32 reason,uint64 rejectedAt,uint64 expires)"
)
CLAIM_REVERSE: constant(bytes32) = keccak256(
    "ClaimReverse(bytes32 object,bytes32 claim,uint16 shareBefore,uint16 shareAfter,uint256 commitmentX,uint256 commitmentY,bytes32 reason,uint64 rejectedAt,uint64 expires)"
)
CLAIM_DOUBT: constant(bytes32) = keccak256(
    "ClaimDoubt(bytes32 object,bytes32 claim,bytes32 reason,bytes32 document,uint64 replyBy,uint64 concludeBy,uint64 doubtedAt,uint64 expires)"
)
VERIFICATION_STEP: constant(bytes32) = keccak256(
    "VerificationStep(bytes32 object,bytes32 claim,uint8 kind,bytes32 document,uint64 replyBy,uint64 statedAt,uint64 expires)"
)

PENDING: constant(uint256) = 1
ACCEPTED: constant(uint256) = 2
REJECTED: constant(uint256) = 3

UNDOUBTED: constant(uint256) = 0
REQUESTED: constant(uint256) = 1
INTERIM: constant(uint256) = 2
VISIT_NOTICED: constant(uint256) = 3
VISIT_CONSENTED: constant(uint256) = 4
VISIT_REPORTED: constant(uint256) = 5
VALID: constant(uint256) = 6
INVALID: constant(uint256) = 7
VISIT_REFUSED: constant(uint256) = 8

STEP_INTERIM: constant(uint8) = 1
STEP_VALID: constant(uint8) = 2
STEP_INVALID: constant(uint8) = 3
STEP_VISIT_NOTICE: constant(uint8) = 4
STEP_VISIT_CONSENT: constant(uint8) = 5
STEP_VISIT_REFUSAL: constant(uint8) = 6
STEP_VISIT_REPORT: constant(uint8) = 7

DRAW_BIT: constant(uint256) = 1 << 160
MASK_8: constant(uint256) = 2**8 - 1
MASK_64: constant(uint256) = 2**64 - 1
SIGNATURE_SIZE: constant(uint256) = 65
# No agreement lets a verification last longer, seconds of 400 days; the agreement's own
# deadlines are data of those who sign.
VERIFICATION_LIMIT: constant(uint256) = 34_560_000


# ------------------------------------------------------------------- storage


# certificate id → item number → share and commitment
items: HashMap[bytes32, HashMap[uint16, drawdown.Balance]]
# certificate id → digest of the claim → status, item and commitment
claims: HashMap[bytes32, HashMap[bytes32, Claim]]
# digest of a draw → the child certificate that it was drawn for
children: HashMap[bytes32, bytes32]


# -------------------------------------------------------- external functions


@external
def claim(record: CertificateClaim, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Claim part of one item; the record's digest identifies the claim.
    @dev It names no head and no share: importing customs puts claims in order.
    @param record The signed record.
    @param signature By an enterprise or customs of the importing country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CERTIFICATE_CLAIM, record)), record.expires, signature
    )
    certificate: certificates.Certificate = certificates.in_force(record.object)
    declarant: bytes32 = certificates.require_importing(
        signer, certificate.state, members.CUSTOMS | members.ENTERPRISE
    )
    certificates.require_received(certificate.state)
    certificates.require_unexpired(certificate.state)
    certificates.require_lineage(record.object)
    certificates.require_item(certificate.state, record.item)
    members.require_past(record.claimedAt)
    commitment: bn254.Point = bn254.Point(x=record.commitmentX, y=record.commitmentY)
    refusal.demand(bn254.is_hiding(commitment), "origin: commitment")

    self.claims[record.object][digest] = Claim(
        state=PENDING | (convert(record.item, uint256) << 8), commitment=commitment
    )
    record_book.append(record.object, digest, signer)
    log ClaimMade(
        certificate=record.object,
        claim=digest,
        declarant=declarant,
        item=record.item,
        declaration=record.declaration,
        commitmentX=record.commitmentX,
        commitmentY=record.commitmentY,
        claimedAt=record.claimedAt,
    )


@external
def accept(record: ClaimAccept, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Draw a pending claim, undoubted or verified.
    @param record The signed record, with the item's share before and its new state.
    @param signature By customs of the importing country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CLAIM_ACCEPT, record)), record.expires, signature
    )
    certificate: certificates.Certificate = certificates.in_force(record.object)
    customs: bytes32 = certificates.require_importing(
        signer, certificate.state, members.CUSTOMS
    )
    certificates.require_lineage(record.object)
    drawn: Claim = self._claim_in(record.object, record.claim, PENDING)
    verification: uint256 = drawn.state >> 24 & MASK_8
    refusal.demand(
        verification == UNDOUBTED or verification == VALID or verification == VISIT_REPORTED,
        "origin: claim under verification",
    )
    members.require_past(record.acceptedAt)
    number: uint16 = convert(drawn.state >> 8 & 65535, uint16)

    self.items[record.object][number] = drawdown.drawn(
        self._item(record.object, number),
        drawn.commitment,
        drawdown.Posting(
            shareBefore=record.shareBefore,
            shareAfter=record.shareAfter,
            x=record.commitmentX,
            y=record.commitmentY,
        ),
    )
    drawn.state = certificates.with_status(drawn.state, ACCEPTED)
    self.claims[record.object][record.claim] = drawn
    # The count has 32 bits; 2^32 claims of one certificate are not reachable.
    certificate.state += certificates.ONE_ACCEPTED
    certificates.certificates[record.object] = certificate
    record_book.append(record.object, digest, signer)
    log ClaimAccepted(
        certificate=record.object,
        claim=record.claim,
        customs=customs,
        item=number,
        share=record.shareAfter,
        commitmentX=record.commitmentX,
        commitmentY=record.commitmentY,
        acceptedAt=record.acceptedAt,
    )


@external
def reject(record: ClaimReject, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Reject a pending claim; nothing was drawn.
    @param record The signed record.
    @param signature By customs of the importing country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CLAIM_REJECT, record)), record.expires, signature
    )
    certificate: certificates.Certificate = certificates.known(record.object)
    customs: bytes32 = certificates.require_importing(
        signer, certificate.state, members.CUSTOMS
    )
    refused: Claim = self._claim_in(record.object, record.claim, PENDING)
    self._require_refutable(refused.state)
    members.require_past(record.rejectedAt)
    number: uint16 = convert(refused.state >> 8 & 65535, uint16)
    item: drawdown.Balance = self._item(record.object, number)

    refused.state = certificates.with_status(refused.state, REJECTED)
    self.claims[record.object][record.claim] = refused
    record_book.append(record.object, digest, signer)
    log ClaimRejected(
        certificate=record.object,
        claim=record.claim,
        customs=customs,
        item=number,
        share=drawdown.share_of(item),
        commitmentX=item.commitment.x,
        commitmentY=item.commitment.y,
        reason=record.reason,
        rejectedAt=record.rejectedAt,
    )


@external
def reverse(record: ClaimReverse, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Reject a claim that was drawn, and restore its part whatever came after; also
            a draw, once the child that it was made for has fallen unused.
    @param record The signed record, with the item's share before and its new state.
    @param signature By customs of the importing country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CLAIM_REVERSE, record)), record.expires, signature
    )
    certificate: certificates.Certificate = certificates.in_force(record.object)
    customs: bytes32 = certificates.require_importing(
        signer, certificate.state, members.CUSTOMS
    )
    restored: Claim = self._claim_in(record.object, record.claim, ACCEPTED)
    self._require_refutable(restored.state)
    if restored.state & DRAW_BIT != 0:
        self._require_fallen(self._child_of(record.claim))
    members.require_past(record.rejectedAt)
    number: uint16 = convert(restored.state >> 8 & 65535, uint16)

    self.items[record.object][number] = drawdown.restored(
        self._item(record.object, number),
        restored.commitment,
        drawdown.Posting(
            shareBefore=record.shareBefore,
            shareAfter=record.shareAfter,
            x=record.commitmentX,
            y=record.commitmentY,
        ),
    )
    restored.state = certificates.with_status(restored.state, REJECTED)
    self.claims[record.object][record.claim] = restored
    # Each accepted claim was counted, so the count is not zero.
    certificate.state -= certificates.ONE_ACCEPTED
    certificates.certificates[record.object] = certificate
    record_book.append(record.object, digest, signer)
    log ClaimRejected(
        certificate=record.object,
        claim=record.claim,
        customs=customs,
        item=number,
        share=record.shareAfter,
        commitmentX=record.commitmentX,
        commitmentY=record.commitmentY,
        reason=record.reason,
        rejectedAt=record.rejectedAt,
    )


@external
def doubt(record: ClaimDoubt, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Ask the issuing side to verify what a claim, pending or drawn, rests on.
    @param record The signed record, with the deadlines in block time.
    @param signature By customs of the importing country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CLAIM_DOUBT, record)), record.expires, signature
    )
    certificate: certificates.Certificate = certificates.in_force(record.object)
    customs: bytes32 = certificates.require_importing(
        signer, certificate.state, members.CUSTOMS
    )
    doubted: Claim = self._claim(record.object, record.claim)
    refusal.demand(doubted.state != 0, "origin: unknown claim")
    refusal.demand(doubted.state & MASK_8 != REJECTED, "origin: claim is rejected")
    refusal.demand(doubted.state >> 24 & MASK_8 == UNDOUBTED, "origin: claim was doubted")
    members.require_past(record.doubtedAt)
    reply_by: uint256 = convert(record.replyBy, uint256)
    conclude_by: uint256 = convert(record.concludeBy, uint256)
    refusal.demand(
        block.timestamp < reply_by and reply_by <= conclude_by,
        "origin: deadline",
    )
    refusal.demand(
        conclude_by <= block.timestamp + VERIFICATION_LIMIT,
        "origin: deadline",
    )

    doubted.state |= REQUESTED << 24 | reply_by << 32 | conclude_by << 96
    self.claims[record.object][record.claim] = doubted
    record_book.append(record.object, digest, signer)
    log ClaimDoubted(
        certificate=record.object,
        claim=record.claim,
        customs=customs,
        reason=record.reason,
        document=record.document,
        replyBy=record.replyBy,
        concludeBy=record.concludeBy,
        doubtedAt=record.doubtedAt,
    )


@external
def step(record: VerificationStep, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Take the next step of a verification while its time runs.
    @param record The signed record.
    @param signature Of a notice or report of a visit: by customs of the importing
                     country; of the others: by an authority of the issuing country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(VERIFICATION_STEP, record)), record.expires, signature
    )
    certificate: certificates.Certificate = certificates.known(record.object)
    organisation: bytes32 = empty(bytes32)
    if record.kind == STEP_VISIT_NOTICE or record.kind == STEP_VISIT_REPORT:
        organisation = certificates.require_importing(
            signer, certificate.state, members.CUSTOMS
        )
    else:
        organisation = certificates.require_exporting(
            signer, certificate.state, members.ISSUING_AUTHORITY
        )
    doubted: Claim = self._claim(record.object, record.claim)
    refusal.demand(doubted.state != 0, "origin: unknown claim")
    refusal.demand(doubted.state & MASK_8 != REJECTED, "origin: claim is rejected")
    refusal.demand(
        block.timestamp <= doubted.state >> 96 & MASK_64,
        "origin: verification is over",
    )
    members.require_past(record.statedAt)
    after: uint256 = self._stepped(doubted.state >> 24 & MASK_8, record.kind)
    refusal.demand(
        (record.replyBy != 0) == (record.kind == STEP_VISIT_NOTICE),
        "origin: deadline",
    )
    if record.kind == STEP_VISIT_NOTICE:
        reply_by: uint256 = convert(record.replyBy, uint256)
        refusal.demand(
            block.timestamp < reply_by and reply_by <= doubted.state >> 96 & MASK_64,
            "origin: deadline",
        )
        doubted.state = (doubted.state & ~(MASK_64 << 32)) | reply_by << 32

    doubted.state = (doubted.state & ~(MASK_8 << 24)) | after << 24
    self.claims[record.object][record.claim] = doubted
    record_book.append(record.object, digest, signer)
    log VerificationStepped(
        certificate=record.object,
        claim=record.claim,
        organisation=organisation,
        kind=record.kind,
        verification=convert(after, uint8),
        document=record.document,
        replyBy=record.replyBy,
        statedAt=record.statedAt,
    )


# --------------------------------------------------------------------- views


@external
@view
def itemState(certificate: bytes32, number: uint16) -> (uint16, uint256, uint256):
    """
    @notice Return an item's share and commitment.
    @param certificate The certificate's identifier.
    @param number The item's number, from 1.
    """
    item: drawdown.Balance = self._item(certificate, number)
    return drawdown.share_of(item), item.commitment.x, item.commitment.y


@external
@view
def itemWords(certificate: bytes32, number: uint16) -> (uint256, uint256, uint256):
    """
    @notice Return an item's packed state and commitment, for a successor.
    @param certificate The certificate's identifier.
    @param number The item's number, from 1.
    """
    item: drawdown.Balance = self._item(certificate, number)
    return item.state, item.commitment.x, item.commitment.y


@external
@view
def claimWords(certificate: bytes32, claim: bytes32) -> (uint256, uint256, uint256):
    """
    @notice Return a claim's packed state and commitment, zeros for an unknown one.
    @param certificate The certificate's identifier.
    @param claim Digest of the claim.
    """
    found: Claim = self._claim(certificate, claim)
    return found.state, found.commitment.x, found.commitment.y


@external
@view
def childOf(draw: bytes32) -> bytes32:
    """
    @notice Return the certificate that a draw was made for, zero for another claim.
    @param draw Digest of the draw.
    """
    return self._child_of(draw)


# -------------------------------------------------------- internal functions


@internal
@view
def share_of(certificate: bytes32, number: uint16) -> uint16:
    """
    @notice Return how much of an item is drawn, in 1/10,000 of the whole.
    @param certificate The certificate's identifier.
    @param number The item's number.
    """
    return drawdown.share_of(self._item(certificate, number))


@internal
def draw(
    certificate: bytes32,
    number: uint16,
    digest: bytes32,
    part: bn254.Point,
    posting: drawdown.Posting,
    child: bytes32,
):
    """
    @notice Draw an item for a child certificate: an accepted claim under another name.
    @param certificate The parent's identifier.
    @param number The parent's item.
    @param digest Digest of the record, which names the draw.
    @param part Commitment to the part.
    @param posting What the signer posts as the item's share before and new state.
    @param child The child's identifier.
    """
    self.items[certificate][number] = drawdown.drawn(
        self._item(certificate, number), part, posting
    )
    self.claims[certificate][digest] = Claim(
        state=ACCEPTED | (convert(number, uint256) << 8) | DRAW_BIT, commitment=part
    )
    self.children[digest] = child


@internal
@view
def _require_refutable(state: uint256):
    """
    @notice Refuse to reject a claim whose verification is open or found it valid.
    @param state Packed state of the claim.
    """
    verification: uint256 = state >> 24 & MASK_8
    if (
        verification == UNDOUBTED
        or verification == INVALID
        or verification == VISIT_REFUSED
        or verification == VISIT_REPORTED
    ):
        return
    refusal.demand(verification != VALID, "origin: claim found valid")
    late: bool = block.timestamp > state >> 96 & MASK_64
    if verification == REQUESTED or verification == VISIT_NOTICED:
        late = late or block.timestamp > state >> 32 & MASK_64
    refusal.demand(late, "origin: claim under verification")


@internal
@view
def _require_fallen(child: bytes32):
    """
    @notice Refuse to restore a draw while its child is in force or was used.
    @param child The child's identifier.
    """
    state: uint256 = certificates.find(child).state
    refusal.demand(state & MASK_8 != certificates.ISSUED, "origin: child in force")
    refusal.demand(state >> 184 & certificates.MASK_32 == 0, "origin: child was drawn")


@internal
@pure
def _stepped(before: uint256, kind: uint8) -> uint256:
    """
    @notice Return the state of a verification after a step.
    @param before Its state.
    @param kind The step.
    """
    open: bool = before >= REQUESTED and before <= VISIT_REPORTED
    refusal.demand(open, "origin: no open verification")
    if kind == STEP_VALID:
        return VALID
    if kind == STEP_INVALID:
        return INVALID
    if kind == STEP_INTERIM and before == REQUESTED:
        return INTERIM
    if kind == STEP_VISIT_NOTICE and before <= INTERIM:
        return VISIT_NOTICED
    if kind == STEP_VISIT_CONSENT and before == VISIT_NOTICED:
        return VISIT_CONSENTED
    if kind == STEP_VISIT_REFUSAL and before == VISIT_NOTICED:
        return VISIT_REFUSED
    if kind == STEP_VISIT_REPORT and before == VISIT_CONSENTED:
        return VISIT_REPORTED
    raise "origin: verification step"


@internal
@view
def _claim_in(certificate: bytes32, claim: bytes32, status: uint256) -> Claim:
    """
    @notice Return a claim of a certificate that has a status.
    @param certificate The certificate's identifier.
    @param claim Digest of the claim.
    @param status Pending or accepted.
    """
    found: Claim = self._claim(certificate, claim)
    refusal.demand(found.state != 0, "origin: unknown claim")
    if status == PENDING:
        refusal.demand(found.state & MASK_8 == PENDING, "origin: claim is not pending")
    else:
        refusal.demand(found.state & MASK_8 == ACCEPTED, "origin: claim is not accepted")
    return found


@internal
@view
def _item(certificate: bytes32, number: uint16) -> drawdown.Balance:
    """
    @notice Return an item, the predecessor's while untouched here.
    @param certificate The certificate's identifier.
    @param number The item's number.
    """
    own: drawdown.Balance = self.items[certificate][number]
    if own.state != 0 or record_book.PREDECESSOR == empty(address):
        return own
    before: drawdown.Balance = empty(drawdown.Balance)
    before.state, before.commitment.x, before.commitment.y = staticcall Predecessor(
        record_book.PREDECESSOR
    ).itemWords(certificate, number)
    return before


@internal
@view
def _claim(certificate: bytes32, claim: bytes32) -> Claim:
    """
    @notice Return a claim, the predecessor's while untouched here.
    @param certificate The certificate's identifier.
    @param claim Digest of the claim.
    """
    own: Claim = self.claims[certificate][claim]
    if own.state != 0 or record_book.PREDECESSOR == empty(address):
        return own
    before: Claim = empty(Claim)
    before.state, before.commitment.x, before.commitment.y = staticcall Predecessor(
        record_book.PREDECESSOR
    ).claimWords(certificate, claim)
    return before


@internal
@view
def _child_of(draw: bytes32) -> bytes32:
    """
    @notice Return the child of a draw, the predecessor's where it was drawn there.
    @param draw Digest of the draw.
    """
    own: bytes32 = self.children[draw]
    if own != empty(bytes32) or record_book.PREDECESSOR == empty(address):
        return own
    return staticcall Predecessor(record_book.PREDECESSOR).childOf(draw)
