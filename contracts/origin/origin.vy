# pragma version 0.4.3
# pragma evm-version prague
"""
@title Certificates of origin
@custom:contract-name origin
@notice A certificate is issued by an authority of the exporting country, claimed item
        by item by declarants, drawn down by importing customs and never beyond its
        whole, and cancelled by its issuer while nothing is drawn.
@dev Per item the contract keeps a cumulative share in 1/10,000 of the whole, rounded
     up, and a Pedersen commitment to the exact cumulative quantity. ceil(x) <= n exactly
     when x <= n: the bound is exact while only coarse shares show. Importing customs
     opens the commitments and answers for the shares; the contract checks that each
     posted commitment is the one before plus, or minus, the claim's.

     Words are packed so that a record touches few slots:
     certificate: status 0..7, issuing country 8..23, importing country 24..39,
                  items 40..55, issued at 56..119, expires at 120..183, accepted 184..215
     claim:       status 0..7, item 8..23
     item:        share 0..15, touched 16
     After an upgrade, a certificate, item or claim that this contract has not touched
     yet is read from the predecessor.
"""

from contracts.commitments import bn254
from contracts.records import record_book

# First, so that `objects` and `records` take slots 0 and 1.
initializes: record_book

exports: (
    record_book.submit,
    record_book.headOf,
    record_book.objects,
    record_book.records,
    record_book.predecessor,
)


# ---------------------------------------------------------------- interfaces


interface Membership:
    def authorise(key: bytes32, purpose: uint256) -> (bytes32, uint256, bytes2): view


interface Predecessor:
    def certificateWords(certificate: bytes32) -> (bytes32, uint256): view
    def itemWords(certificate: bytes32, number: uint16) -> (uint256, uint256, uint256): view
    def claimWords(certificate: bytes32, claim: bytes32) -> (uint256, uint256, uint256): view


# -------------------------------------------------------------------- events


event CertificateIssued:
    certificate: indexed(bytes32)
    issuer: indexed(bytes32)
    consignment: indexed(bytes32)
    document: bytes32
    documentKey: bytes32
    issuingCountry: bytes2
    importingCountry: bytes2
    items: uint16
    issuedAt: uint64
    expiresAt: uint64


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


event CertificateCancelled:
    certificate: indexed(bytes32)
    issuer: indexed(bytes32)
    reason: bytes32
    cancelledAt: uint64


# ------------------------------------------------------------------- structs


struct Certificate:
    issuer: bytes32
    state: uint256


struct Item:
    state: uint256
    commitment: bn254.Point


struct Claim:
    state: uint256
    commitment: bn254.Point


struct CertificateIssue:
    object: bytes32
    document: bytes32
    documentKey: bytes32
    issuingCountry: bytes2
    importingCountry: bytes2
    items: uint16
    consignment: bytes32
    issuedAt: uint64
    expiresAt: uint64
    expires: uint64


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


struct CertificateCancel:
    object: bytes32
    reason: bytes32
    cancelledAt: uint64
    expires: uint64


# ----------------------------------------------------------------- constants


DOMAIN: constant(bytes32) = 0x6f726967696e0000000000000000000000000000000000000000000000000000

CERTIFICATE_ISSUE: constant(bytes32) = keccak256(
    "CertificateIssue(bytes32 object,bytes32 document,bytes32 documentKey,bytes2 issuingCountry,bytes2 importingCountry,uint16 items,bytes32 consignment,uint64 issuedAt,uint64 expiresAt,uint64 expires)"
)
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
CERTIFICATE_CANCEL: constant(bytes32) = keccak256(
    "CertificateCancel(bytes32 object,bytes32 reason,uint64 cancelledAt,uint64 expires)"
)

# Key purposes and roles of Membership.
SIGN: constant(uint256) = 2
DOCUMENT: constant(uint256) = 8
CUSTOMS: constant(uint256) = 1
ISSUING_AUTHORITY: constant(uint256) = 2
ENTERPRISE: constant(uint256) = 16

ISSUED: constant(uint256) = 1
CANCELLED: constant(uint256) = 2
PENDING: constant(uint256) = 1
ACCEPTED: constant(uint256) = 2
REJECTED: constant(uint256) = 3

WHOLE: constant(uint16) = 10_000
ITEMS_LIMIT: constant(uint16) = 999
TOUCHED: constant(uint256) = 2**16
MASK_8: constant(uint256) = 2**8 - 1
MASK_16: constant(uint256) = 2**16 - 1
MASK_64: constant(uint256) = 2**64 - 1
SIGNATURE_SIZE: constant(uint256) = 65
# A signer's clock may run ahead of the block's by this much, seconds.
CLOCK_SKEW: constant(uint64) = 300
# No form is valid longer than twelve months, seconds of a leap year.
VALIDITY_LIMIT: constant(uint64) = 31_622_400


# ---------------------------------------------------------------- immutables


MEMBERSHIP: immutable(address)


# ------------------------------------------------------------------- storage


# certificate id → issuer and packed state
certificates: HashMap[bytes32, Certificate]
# certificate id → item number → share and commitment
items: HashMap[bytes32, HashMap[uint16, Item]]
# certificate id → digest of the claim → status, item and commitment
claims: HashMap[bytes32, HashMap[bytes32, Claim]]


# --------------------------------------------------------------- constructor


@deploy
def __init__(membership: address, predecessor: address):
    """
    @param membership The Membership contract.
    @param predecessor The contract that this one replaces, or zero.
    """
    record_book.__init__(DOMAIN, predecessor)
    MEMBERSHIP = membership


# -------------------------------------------------------- external functions


@external
def issue(record: CertificateIssue, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Put a certificate into force.
    @param record The signed record.
    @param signature By an issuing authority of the issuing country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CERTIFICATE_ISSUE, record)), record.expires, signature
    )
    issuer: bytes32 = empty(bytes32)
    roles: uint256 = 0
    country: bytes2 = empty(bytes2)
    issuer, roles, country = staticcall Membership(MEMBERSHIP).authorise(signer, SIGN)
    assert roles & ISSUING_AUTHORITY != 0, "origin: not an issuing authority"
    assert country == record.issuingCountry, "origin: not of the issuing country"
    self._require_sound(record)
    owner: bytes32 = empty(bytes32)
    owner, roles, country = staticcall Membership(MEMBERSHIP).authorise(
        record.documentKey, DOCUMENT
    )
    assert owner == issuer, "origin: document key of another organisation"
    assert self._certificate(record.object).state == 0, "origin: certificate exists"

    self.certificates[record.object] = Certificate(
        issuer=issuer, state=self._packed(record)
    )
    record_book.append(record.object, digest, signer)
    log CertificateIssued(
        certificate=record.object,
        issuer=issuer,
        consignment=record.consignment,
        document=record.document,
        documentKey=record.documentKey,
        issuingCountry=record.issuingCountry,
        importingCountry=record.importingCountry,
        items=record.items,
        issuedAt=record.issuedAt,
        expiresAt=record.expiresAt,
    )


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
    certificate: Certificate = self._in_force(record.object)
    declarant: bytes32 = self._require_importing(
        signer, certificate.state, CUSTOMS | ENTERPRISE
    )
    assert (
        block.timestamp < certificate.state >> 120 & MASK_64
    ), "origin: certificate expired"
    number: uint256 = convert(record.item, uint256)
    assert (
        number != 0 and number <= certificate.state >> 40 & MASK_16
    ), "origin: no such item"
    self._require_past(record.claimedAt)
    commitment: bn254.Point = bn254.Point(x=record.commitmentX, y=record.commitmentY)
    assert bn254.is_hiding(commitment), "origin: commitment"

    self.claims[record.object][digest] = Claim(
        state=PENDING | (number << 8), commitment=commitment
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
    @notice Draw a pending claim.
    @param record The signed record, with the item's share before and its new state.
    @param signature By customs of the importing country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CLAIM_ACCEPT, record)), record.expires, signature
    )
    certificate: Certificate = self._in_force(record.object)
    customs: bytes32 = self._require_importing(signer, certificate.state, CUSTOMS)
    drawn: Claim = self._claim_in(record.object, record.claim, PENDING)
    self._require_past(record.acceptedAt)
    number: uint16 = convert(drawn.state >> 8, uint16)
    item: Item = self._item(record.object, number)
    assert self._share(item) == record.shareBefore, "origin: share has changed"
    assert record.shareAfter >= record.shareBefore, "origin: share falls"
    assert record.shareAfter <= WHOLE, "origin: beyond the whole"
    after: bn254.Point = bn254.plus(item.commitment, drawn.commitment)
    self._require_posted(after, record.commitmentX, record.commitmentY, record.shareAfter)

    self._draw(record.object, number, record.shareAfter, after)
    self.claims[record.object][record.claim] = Claim(
        state=self._with_status(drawn.state, ACCEPTED), commitment=drawn.commitment
    )
    # The count has 32 bits; 2^32 claims of one certificate are not reachable.
    certificate.state += 1 << 184
    self.certificates[record.object] = certificate
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
    certificate: Certificate = self._known(record.object)
    customs: bytes32 = self._require_importing(signer, certificate.state, CUSTOMS)
    refused: Claim = self._claim_in(record.object, record.claim, PENDING)
    self._require_past(record.rejectedAt)
    number: uint16 = convert(refused.state >> 8, uint16)
    item: Item = self._item(record.object, number)

    self.claims[record.object][record.claim] = Claim(
        state=self._with_status(refused.state, REJECTED), commitment=refused.commitment
    )
    record_book.append(record.object, digest, signer)
    log ClaimRejected(
        certificate=record.object,
        claim=record.claim,
        customs=customs,
        item=number,
        share=self._share(item),
        commitmentX=item.commitment.x,
        commitmentY=item.commitment.y,
        reason=record.reason,
        rejectedAt=record.rejectedAt,
    )


@external
def reverse(record: ClaimReverse, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Reject a claim that was drawn, and restore its part whatever came after.
    @param record The signed record, with the item's share before and its new state.
    @param signature By customs of the importing country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CLAIM_REVERSE, record)), record.expires, signature
    )
    certificate: Certificate = self._in_force(record.object)
    customs: bytes32 = self._require_importing(signer, certificate.state, CUSTOMS)
    restored: Claim = self._claim_in(record.object, record.claim, ACCEPTED)
    self._require_past(record.rejectedAt)
    number: uint16 = convert(restored.state >> 8, uint16)
    item: Item = self._item(record.object, number)
    assert self._share(item) == record.shareBefore, "origin: share has changed"
    assert record.shareAfter <= record.shareBefore, "origin: share rises"
    after: bn254.Point = bn254.minus(item.commitment, restored.commitment)
    self._require_posted(after, record.commitmentX, record.commitmentY, record.shareAfter)

    self._draw(record.object, number, record.shareAfter, after)
    self.claims[record.object][record.claim] = Claim(
        state=self._with_status(restored.state, REJECTED), commitment=restored.commitment
    )
    # Each accepted claim was counted, so the count is not zero.
    certificate.state -= 1 << 184
    self.certificates[record.object] = certificate
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
def cancel(record: CertificateCancel, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Take a certificate out of force while nothing of it is drawn.
    @param record The signed record.
    @param signature By the organisation that issued it.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CERTIFICATE_CANCEL, record)), record.expires, signature
    )
    certificate: Certificate = self._in_force(record.object)
    organisation: bytes32 = empty(bytes32)
    roles: uint256 = 0
    country: bytes2 = empty(bytes2)
    organisation, roles, country = staticcall Membership(MEMBERSHIP).authorise(signer, SIGN)
    assert organisation == certificate.issuer, "origin: not the issuer"
    assert certificate.state >> 184 == 0, "origin: claims are accepted"
    self._require_past(record.cancelledAt)

    certificate.state = self._with_status(certificate.state, CANCELLED)
    self.certificates[record.object] = certificate
    record_book.append(record.object, digest, signer)
    log CertificateCancelled(
        certificate=record.object,
        issuer=certificate.issuer,
        reason=record.reason,
        cancelledAt=record.cancelledAt,
    )


# --------------------------------------------------------------------- views


@external
@view
def certificateWords(certificate: bytes32) -> (bytes32, uint256):
    """
    @notice Return a certificate's issuer and packed state, zeros for an unknown one.
    @param certificate Its identifier.
    """
    found: Certificate = self._certificate(certificate)
    return found.issuer, found.state


@external
@view
def itemState(certificate: bytes32, number: uint16) -> (uint16, uint256, uint256):
    """
    @notice Return an item's share and commitment.
    @param certificate The certificate's identifier.
    @param number The item's number, from 1.
    """
    item: Item = self._item(certificate, number)
    return self._share(item), item.commitment.x, item.commitment.y


@external
@view
def itemWords(certificate: bytes32, number: uint16) -> (uint256, uint256, uint256):
    """
    @notice Return an item's packed state and commitment, for a successor.
    @param certificate The certificate's identifier.
    @param number The item's number, from 1.
    """
    item: Item = self._item(certificate, number)
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


# ------------------------------------------------------------ internal guards


@internal
@view
def _require_sound(record: CertificateIssue):
    """
    @notice Refuse a certificate whose fields break a rule.
    @param record The record that issues it.
    """
    assert record.importingCountry != record.issuingCountry, "origin: importing country"
    letters: uint256 = convert(convert(record.importingCountry, uint16), uint256)
    assert (
        self._is_letter(letters >> 8) and self._is_letter(letters & MASK_8)
    ), "origin: importing country"
    assert record.items != 0 and record.items <= ITEMS_LIMIT, "origin: items"
    assert record.document != empty(bytes32), "origin: document"
    self._require_past(record.issuedAt)
    assert block.timestamp < convert(record.expiresAt, uint256), "origin: certificate expired"
    # Both fit in 64 bits after `_require_past`.
    assert record.expiresAt <= record.issuedAt + VALIDITY_LIMIT, "origin: validity"


@internal
@pure
def _is_letter(code: uint256) -> bool:
    """
    @notice Say whether a byte is an upper-case letter in ASCII.
    @param code The byte.
    """
    return code >= 65 and code <= 90


@internal
@view
def _require_past(event_time: uint64):
    """
    @notice Refuse an event time that has not come, but for the skew of clocks.
    @param event_time When the signer says it happened, seconds.
    """
    latest: uint256 = block.timestamp + convert(CLOCK_SKEW, uint256)
    assert convert(event_time, uint256) <= latest, "origin: event time"


@internal
@view
def _require_importing(signer: bytes32, state: uint256, allowed: uint256) -> bytes32:
    """
    @notice Refuse a signer who is not of the importing country in an allowed role; return
            its organisation.
    @param signer Key id.
    @param state Packed state of the certificate.
    @param allowed Bit mask of roles, one of which suffices.
    """
    organisation: bytes32 = empty(bytes32)
    roles: uint256 = 0
    country: bytes2 = empty(bytes2)
    organisation, roles, country = staticcall Membership(MEMBERSHIP).authorise(signer, SIGN)
    assert roles & allowed != 0, "origin: role"
    importing: uint256 = state >> 24 & MASK_16
    assert (
        convert(convert(country, uint16), uint256) == importing
    ), "origin: not of the importing country"
    return organisation


@internal
@pure
def _require_posted(expected: bn254.Point, x: uint256, y: uint256, share: uint16):
    """
    @notice Refuse a posted commitment that is not the expected sum, or a share beside it
            that cannot be.
    @param expected The sum.
    @param x Posted abscissa.
    @param y Posted ordinate.
    @param share Posted share.
    """
    assert expected.x == x and expected.y == y, "origin: commitment"
    # Nothing drawn and no share belong together.
    nothing: bool = x == 0 and y == 0
    assert nothing == (share == 0), "origin: share"


# ------------------------------------------------------------- internal reads


@internal
@view
def _known(certificate: bytes32) -> Certificate:
    """
    @notice Return a certificate that was issued.
    @param certificate Its identifier.
    """
    found: Certificate = self._certificate(certificate)
    assert found.state != 0, "origin: unknown certificate"
    return found


@internal
@view
def _in_force(certificate: bytes32) -> Certificate:
    """
    @notice Return a certificate that was issued and not cancelled.
    @param certificate Its identifier.
    """
    found: Certificate = self._known(certificate)
    assert found.state & MASK_8 == ISSUED, "origin: certificate cancelled"
    return found


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
    assert found.state != 0, "origin: unknown claim"
    if status == PENDING:
        assert found.state & MASK_8 == PENDING, "origin: claim is not pending"
    else:
        assert found.state & MASK_8 == ACCEPTED, "origin: claim is not accepted"
    return found


@internal
@view
def _certificate(certificate: bytes32) -> Certificate:
    """
    @notice Return a certificate, the predecessor's while untouched here.
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
def _item(certificate: bytes32, number: uint16) -> Item:
    """
    @notice Return an item, the predecessor's while untouched here.
    @param certificate The certificate's identifier.
    @param number The item's number.
    """
    own: Item = self.items[certificate][number]
    if own.state != 0 or record_book.PREDECESSOR == empty(address):
        return own
    before: Item = empty(Item)
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
@pure
def _share(item: Item) -> uint16:
    """
    @notice Return an item's share in 1/10,000 of the whole.
    @param item The item.
    """
    return convert(item.state & MASK_16, uint16)


@internal
@pure
def _with_status(state: uint256, status: uint256) -> uint256:
    """
    @notice Return a packed state with another status.
    @param state The state of a certificate or claim.
    @param status The status.
    """
    return (state >> 8 << 8) | status


@internal
@pure
def _packed(record: CertificateIssue) -> uint256:
    """
    @notice Return the packed state of a certificate in force.
    @param record The record that issues it, sound.
    """
    return (
        ISSUED
        | (convert(convert(record.issuingCountry, uint16), uint256) << 8)
        | (convert(convert(record.importingCountry, uint16), uint256) << 24)
        | (convert(record.items, uint256) << 40)
        | (convert(record.issuedAt, uint256) << 56)
        | (convert(record.expiresAt, uint256) << 120)
    )


# ----------------------------------------------------------- internal effects


@internal
def _draw(certificate: bytes32, number: uint16, share: uint16, commitment: bn254.Point):
    """
    @notice Store an item's new share and commitment.
    @param certificate The certificate's identifier.
    @param number The item's number.
    @param share Cumulative share.
    @param commitment Commitment to the cumulative quantity.
    """
    self.items[certificate][number] = Item(
        state=TOUCHED | convert(share, uint256), commitment=commitment
    )
