# pragma version 0.4.3
# pragma evm-version prague
"""
@title Claims
@custom:contract-name claims
@notice Which claims on certificates of origin a declaration rests on. Their state is read
        from origin when the goods are cleared: no officer can state it.
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


interface Origin:
    def certificateWords(certificate: bytes32) -> (bytes32, uint256): view
    def claimWords(certificate: bytes32, claim: bytes32) -> (uint256, uint256, uint256): view


interface Predecessor:
    def claimAt(declaration: bytes32, index: uint256) -> (bytes32, bytes32): view


# -------------------------------------------------------------------- events


event ClaimNamed:
    declaration: indexed(bytes32)
    certificate: indexed(bytes32)
    claim: indexed(bytes32)
    namedAt: uint64


# ------------------------------------------------------------------- structs


struct Named:
    certificate: bytes32
    claim: bytes32


struct ClaimName:
    object: bytes32
    certificate: bytes32
    claim: bytes32
    origin: bytes20
    item: uint16
    commitmentX: uint256
    commitmentY: uint256
    claimedAt: uint64
    claimExpires: uint64
    namedAt: uint64
    expires: uint64


struct CertificateClaim:
    object: bytes32
    item: uint16
    declaration: bytes32
    commitmentX: uint256
    commitmentY: uint256
    claimedAt: uint64
    expires: uint64


# ----------------------------------------------------------------- constants


ORIGIN: constant(bytes32) = 0x6f726967696e0000000000000000000000000000000000000000000000000000
CLAIM_NAME: constant(bytes32) = keccak256(
    "ClaimName(bytes32 object,bytes32 certificate,bytes32 claim,bytes20 origin,uint16 item,uint256 commitmentX,uint256 commitmentY,uint64 claimedAt,uint64 claimExpires,uint64 namedAt,uint64 expires)"
)
CERTIFICATE_CLAIM: constant(bytes32) = keccak256(
    "CertificateClaim(bytes32 object,uint16 item,bytes32 declaration,uint256 commitmentX,uint256 commitmentY,uint64 claimedAt,uint64 expires)"
)
CLAIMS_LIMIT: constant(uint256) = 32
# States of origin.
ISSUED: constant(uint256) = 1
ACCEPTED: constant(uint256) = 2
UNDOUBTED: constant(uint256) = 0
VISIT_REPORTED: constant(uint256) = 5
VALID: constant(uint256) = 6
SIGNATURE_SIZE: constant(uint256) = 65


# ------------------------------------------------------------------- storage


# declaration → place → claim
named: HashMap[bytes32, HashMap[uint256, Named]]


# -------------------------------------------------------- external functions


@external
def nameClaim(record: ClaimName, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Name a claim that a declaration rests on. What the claim's record says is shown,
            so that it cannot be another declaration's: its digest stands in origin or not.
    @param record The signed record.
    @param signature By customs of the declaration's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CLAIM_NAME, record)), record.expires, signature
    )
    standing.customs_of(signer, record.object)
    members.require_past(record.namedAt)
    found: standing.Standing = standing.pending(record.object)
    refusal.demand(self._digest_of(record) == record.claim, "clearance: claim digest")
    refusal.demand(
        self._claim_state(record.certificate, record.claim) != 0, "clearance: unknown claim"
    )
    refusal.demand(found.claims < CLAIMS_LIMIT, "clearance: too many claims")
    refusal.demand(found.claims < found.certificates, "clearance: more claims than declared")
    for index: uint256 in range(found.claims, bound=CLAIMS_LIMIT):
        refusal.demand(
            self._named_at(record.object, index).claim != record.claim,
            "clearance: claim is named",
        )
    self.named[record.object][found.claims] = Named(
        certificate=record.certificate, claim=record.claim
    )
    found.claims += 1

    standing.store(record.object, found)
    record_book.append(record.object, digest, signer)
    log ClaimNamed(
        declaration=record.object,
        certificate=record.certificate,
        claim=record.claim,
        namedAt=record.namedAt,
    )


# --------------------------------------------------------------------- views


@external
@view
def claimAt(declaration: bytes32, index: uint256) -> (bytes32, bytes32):
    """
    @notice Return a claim that a declaration rests on: certificate and claim.
    @param declaration Its identifier.
    @param index The place, from 0.
    """
    found: Named = self._named_at(declaration, index)
    return found.certificate, found.claim


# -------------------------------------------------------- internal functions


@internal
@view
def require_accepted(declaration: bytes32, found: standing.Standing):
    """
    @notice Refuse a declaration one of whose claims is missing, not accepted or doubted, or
            whose certificate is no longer in force.
    @param declaration Its identifier.
    @param found How it stands.
    """
    refusal.demand(found.claims == found.certificates, "clearance: claims are not named")
    origin: address = empty(address)
    if found.claims != 0:
        origin = registry.speaker(members.MEMBERSHIP, ORIGIN)
    for index: uint256 in range(found.claims, bound=CLAIMS_LIMIT):
        one: Named = self._named_at(declaration, index)
        state: uint256 = self._claim_state(one.certificate, one.claim)
        verification: uint256 = state >> 24 & standing.MASK_8
        refusal.demand(
            state & standing.MASK_8 == ACCEPTED
            and (
                verification == UNDOUBTED
                or verification == VALID
                or verification == VISIT_REPORTED
            ),
            "clearance: claim is not accepted",
        )
        issuer: bytes32 = empty(bytes32)
        certificate: uint256 = 0
        issuer, certificate = staticcall Origin(origin).certificateWords(one.certificate)
        refusal.demand(
            certificate & standing.MASK_8 == ISSUED, "clearance: certificate is not in force"
        )
        # Only customs of the importing country accepts: another country's word is not ours.
        refusal.demand(
            certificate >> 24 & standing.MASK_16 == members.country_of(declaration),
            "clearance: another country accepted",
        )


@internal
@view
def _digest_of(record: ClaimName) -> bytes32:
    """
    @notice Return the EIP-712 digest of the claim on this declaration that is shown.
    @param record Who names it, and what the claim's record says.
    """
    separator: bytes32 = keccak256(
        abi_encode(
            record_book.DOMAIN_TYPE_HASH,
            record_book.NAME_HASH,
            record_book.VERSION_HASH,
            chain.id,
            convert(record.origin, address),
        )
    )
    claim: CertificateClaim = CertificateClaim(
        object=record.certificate,
        item=record.item,
        declaration=record.object,
        commitmentX=record.commitmentX,
        commitmentY=record.commitmentY,
        claimedAt=record.claimedAt,
        expires=record.claimExpires,
    )
    return keccak256(
        concat(x"1901", separator, keccak256(abi_encode(CERTIFICATE_CLAIM, claim)))
    )


@internal
@view
def _claim_state(certificate: bytes32, claim: bytes32) -> uint256:
    """
    @notice Return a claim's packed state in origin, zero for an unknown one.
    @param certificate Its certificate.
    @param claim Its digest.
    """
    state: uint256 = 0
    x: uint256 = 0
    y: uint256 = 0
    state, x, y = staticcall Origin(registry.speaker(members.MEMBERSHIP, ORIGIN)).claimWords(
        certificate, claim
    )
    return state


@internal
@view
def _named_at(declaration: bytes32, index: uint256) -> Named:
    """
    @notice Return the claim at a place, the predecessor's while none was named here.
    @param declaration Its identifier.
    @param index The place, from 0.
    """
    own: Named = self.named[declaration][index]
    if own.claim != empty(bytes32) or record_book.PREDECESSOR == empty(address):
        return own
    before: Named = empty(Named)
    before.certificate, before.claim = staticcall Predecessor(
        record_book.PREDECESSOR
    ).claimAt(declaration, index)
    return before
