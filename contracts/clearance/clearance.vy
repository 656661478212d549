# pragma version 0.4.3
# pragma evm-version prague
"""
@title Clearance
@custom:contract-name clearance
@notice A declaration's way from registration to clearance. What others know is read, not
        stated: whether its dues are settled from payments, whether the certificates that
        it rests on were accepted from origin, and its random draw from the beacon.
@dev The parts: `standing` keeps how declarations stand, `draws` their random draws, `facts`
     what agencies and ports state, `claims` the certificates, `decisions` what officers
     decide. After an upgrade, what this contract has not touched yet is read from the
     predecessor.
"""

from contracts.clearance import claims
from contracts.clearance import decisions
from contracts.clearance import draws
from contracts.clearance import facts
from contracts.clearance import standing
from contracts.records import members
from contracts.records import record_book
from contracts.records import refusal
from contracts.records import registry

# First, so that `objects` and `records` take slots 0 and 1.
initializes: record_book
initializes: members
initializes: standing[record_book := record_book, members := members]
initializes: draws[record_book := record_book, members := members, standing := standing]
initializes: facts[record_book := record_book, members := members, standing := standing]
initializes: claims[record_book := record_book, members := members, standing := standing]
initializes: decisions[
    record_book := record_book,
    standing := standing,
    facts := facts,
    draws := draws,
]

exports: (
    record_book.submit,
    record_book.headOf,
    record_book.objects,
    record_book.records,
    record_book.predecessor,
    standing.declarationWords,
    standing.isReleased,
    draws.ratesOf,
    draws.lastOf,
    draws.priorsOf,
    facts.awaitFact,
    facts.stateFact,
    facts.stateCargo,
    facts.linkEvidence,
    facts.factWords,
    claims.nameClaim,
    claims.claimAt,
    decisions.decideChannel,
    decisions.reportCheck,
    decisions.postHold,
    decisions.cancel,
    decisions.askOverride,
    decisions.setRates,
    decisions.approve,
    decisions.holdOf,
)


# ---------------------------------------------------------------- interfaces


interface Payments:
    def isSettled(declaration: bytes32) -> bool: view
    def declarationWords(declaration: bytes32) -> uint256[8]: view


# -------------------------------------------------------------------- events


event DeclarationRegistered:
    declaration: indexed(bytes32)
    customs: indexed(bytes32)
    registration: indexed(bytes32)
    direction: uint8
    procedure: bytes8
    office: bytes32
    rank: uint8
    rate: uint32
    content: bytes32
    consignment: bytes32
    transport: bytes32
    certificates: uint8
    facts: uint8
    registeredAt: uint64


event AmendmentRegistered:
    declaration: indexed(bytes32)
    customs: indexed(bytes32)
    amendment: uint16
    content: bytes32
    certificates: uint8
    facts: uint8
    amendedAt: uint64


event ClearanceGranted:
    declaration: indexed(bytes32)
    customs: indexed(bytes32)
    kind: uint8
    amendment: uint16
    overrides: uint8
    grantedAt: uint64


# ------------------------------------------------------------------- structs


struct DeclarationRegister:
    object: bytes32
    direction: uint8
    procedure: bytes8
    office: bytes32
    rank: uint8
    content: bytes32
    consignment: bytes32
    transport: bytes32
    certificates: uint8
    facts: uint8
    registeredAt: uint64
    expires: uint64


struct AmendmentRegister:
    object: bytes32
    amendment: uint16
    content: bytes32
    certificates: uint8
    facts: uint8
    amendedAt: uint64
    expires: uint64


struct ClearanceGrant:
    object: bytes32
    kind: uint8
    amendment: uint16
    grantedAt: uint64
    expires: uint64


# ----------------------------------------------------------------- constants


DOMAIN: constant(bytes32) = 0x636c656172616e63650000000000000000000000000000000000000000000000
PAYMENTS: constant(bytes32) = 0x7061796d656e7473000000000000000000000000000000000000000000000000

DECLARATION_REGISTER: constant(bytes32) = keccak256(
    "DeclarationRegister(bytes32 object,uint8 direction,bytes8 procedure,bytes32 office,uint8 rank,bytes32 content,bytes32 consignment,bytes32 transport,uint8 certificates,uint8 facts,uint64 registeredAt,uint64 expires)"
)
AMENDMENT_REGISTER: constant(bytes32) = keccak256(
    "AmendmentRegister(bytes32 object,uint16 amendment,bytes32 content,uint8 certificates,uint8 facts,uint64 amendedAt,uint64 expires)"
)
CLEARANCE_GRANT: constant(bytes32) = keccak256(
    "ClearanceGrant(bytes32 object,uint8 kind,uint16 amendment,uint64 grantedAt,uint64 expires)"
)

# A number of twelve digits ends with its amendment count.
AMENDMENTS_LIMIT: constant(uint256) = 9
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
def register(record: DeclarationRegister, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Register a declaration. This block is the round of its draw, its declarant's
            rank sets the rate: both are fixed before anybody knows the beacon's outputs.
    @param record The signed record.
    @param signature By customs of the declaration's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(DECLARATION_REGISTER, record)), record.expires, signature
    )
    customs: bytes32 = standing.customs_of(signer, record.object)
    members.require_past(record.registeredAt)
    found: standing.Standing = standing.find(record.object)
    refusal.demand(found.stage == 0, "clearance: registered already")
    refusal.demand(record.direction == 1 or record.direction == 2, "clearance: direction")
    refusal.demand(record.content != empty(bytes32), "clearance: content")
    self._require_counts(record.certificates, record.facts)
    country: uint256 = members.country_of(record.object)
    rank: uint256 = convert(record.rank, uint256)
    rate: uint256 = draws.rate_of(country, rank)
    found.stage = standing.REGISTERED
    found.direction = convert(record.direction, uint256)
    found.rank = rank
    found.certificates = convert(record.certificates, uint256)
    found.facts = convert(record.facts, uint256)
    found.fixed = block.number | block.timestamp << 64 | rate << 128
    found.registration = digest

    draws.follow(record.object, country, record.consignment, record.transport)
    standing.store(record.object, found)
    record_book.append(record.object, digest, signer)
    log DeclarationRegistered(
        declaration=record.object,
        customs=customs,
        registration=digest,
        direction=record.direction,
        procedure=record.procedure,
        office=record.office,
        rank=record.rank,
        rate=convert(rate, uint32),
        content=record.content,
        consignment=record.consignment,
        transport=record.transport,
        certificates=record.certificates,
        facts=record.facts,
        registeredAt=record.registeredAt,
    )


@external
def amend(record: AmendmentRegister, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Register an amendment: the channel is decided and claims are named anew, checks
            are made of what it reads now; the draw stays. What a check found is not amended
            away: the same check is due again, whatever the channel was.
    @param record The signed record.
    @param signature By customs of the declaration's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(AMENDMENT_REGISTER, record)), record.expires, signature
    )
    customs: bytes32 = standing.customs_of(signer, record.object)
    members.require_past(record.amendedAt)
    found: standing.Standing = standing.pending(record.object)
    amendment: uint256 = convert(record.amendment, uint256)
    refusal.demand(amendment == found.amendment + 1, "clearance: amendment")
    refusal.demand(amendment <= AMENDMENTS_LIMIT, "clearance: too many amendments")
    refusal.demand(record.content != empty(bytes32), "clearance: content")
    self._require_counts(record.certificates, record.facts)
    facts_needed: uint256 = convert(record.facts, uint256)
    refusal.demand(facts_needed >= found.facts, "clearance: fewer facts than before")
    if found.inspection == standing.FINDING:
        found.channel = standing.RED
    elif found.documents == standing.FINDING:
        found.channel = max(found.channel, standing.YELLOW)
    found.amendment = amendment
    found.certificates = convert(record.certificates, uint256)
    found.claims = 0
    found.facts = facts_needed
    found.documents = 0
    found.inspection = 0

    standing.store(record.object, found)
    record_book.append(record.object, digest, signer)
    log AmendmentRegistered(
        declaration=record.object,
        customs=customs,
        amendment=record.amendment,
        content=record.content,
        certificates=record.certificates,
        facts=record.facts,
        amendedAt=record.amendedAt,
    )


@external
def grant(record: ClearanceGrant, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Let goods go to storage, release or clear them, where everything that it takes
            is there.
    @param record The signed record.
    @param signature By customs of the declaration's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CLEARANCE_GRANT, record)), record.expires, signature
    )
    customs: bytes32 = standing.customs_of(signer, record.object)
    members.require_past(record.grantedAt)
    found: standing.Standing = standing.channelled(record.object)
    stage: uint256 = convert(record.kind, uint256)
    refusal.demand(
        convert(record.amendment, uint256) == found.amendment, "clearance: not the amendment"
    )
    refusal.demand(
        stage >= standing.STORED and stage <= standing.CLEARED, "clearance: grant kind"
    )
    refusal.demand(stage > found.stage, "clearance: granted already")
    refusal.demand(found.holds == 0, "clearance: held")
    self._require_ready(record.object, found, stage)
    found.stage = stage

    standing.store(record.object, found)
    record_book.append(record.object, digest, signer)
    log ClearanceGranted(
        declaration=record.object,
        customs=customs,
        kind=record.kind,
        amendment=record.amendment,
        overrides=convert(found.overrides, uint8),
        grantedAt=record.grantedAt,
    )


# ------------------------------------------------------------ internal guards


@internal
@pure
def _require_counts(certificates: uint8, facts_needed: uint8):
    """
    @notice Refuse a declaration that could never be cleared: more than can be named.
    @param certificates How many claims it rests on.
    @param facts_needed How many facts it must await.
    """
    refusal.demand(
        convert(certificates, uint256) <= claims.CLAIMS_LIMIT
        and convert(facts_needed, uint256) <= facts.FACTS_LIMIT,
        "clearance: too many to name",
    )


@internal
@view
def _require_ready(declaration: bytes32, found: standing.Standing, stage: uint256):
    """
    @notice Refuse a grant for which something is missing.
    @param declaration Its identifier.
    @param found How it stands.
    @param stage What is to be granted.
    """
    # A finding counts in every channel, whether or not the channel asks for the check.
    self._require_check(found.documents, found.channel >= standing.YELLOW)
    self._require_check(
        found.inspection, found.channel == standing.RED and stage != standing.STORED
    )
    refusal.demand(found.awaited >= found.facts, "clearance: facts are not asked for")
    refusal.demand(found.failed == 0, "clearance: a fact failed")
    # Stored goods wait for facts and inspection where they are stored (Circular 38/2015, Art. 32).
    if stage == standing.STORED:
        return
    self._require_settled(declaration, found.amendment)
    # Goods are released while value, classification or an expert's result are awaited (Art. 33).
    if stage == standing.RELEASED:
        refusal.demand(found.open == found.later, "clearance: a fact is awaited")
        return
    refusal.demand(found.open == 0, "clearance: a fact is awaited")
    claims.require_accepted(declaration, found)


@internal
@pure
def _require_check(outcome: uint256, needed: bool):
    """
    @notice Refuse a finding, and a check that is needed and was not made.
    @param outcome What the check found, zero before.
    @param needed Whether the channel asks for it.
    """
    refusal.demand(outcome != standing.FINDING, "clearance: a check found something")
    refusal.demand(outcome != 0 or not needed, "clearance: a check is missing")


@internal
@view
def _require_settled(declaration: bytes32, amendment: uint256):
    """
    @notice Refuse a declaration whose dues are not settled as it now reads.
    @param declaration Its identifier.
    @param amendment Its amendment count.
    """
    payments: address = registry.speaker(members.MEMBERSHIP, PAYMENTS)
    words: uint256[8] = staticcall Payments(payments).declarationWords(declaration)
    refusal.demand(
        words[0] >> 24 & standing.MASK_16 == amendment, "clearance: amendment is not assessed"
    )
    refusal.demand(
        staticcall Payments(payments).isSettled(declaration), "clearance: dues are not settled"
    )
