# pragma version 0.4.3
# pragma evm-version prague
"""
@title Decisions
@custom:contract-name decisions
@notice What customs decides of a declaration before it is granted: the channel, never
        milder than the draw; what checks found; holds, seizure, cancellation; and
        overrides, which take a named officer, a reason and a second officer.
"""

from contracts.clearance import draws
from contracts.clearance import facts
from contracts.clearance import standing
from contracts.records import members
from contracts.records import record_book
from contracts.records import refusal

uses: record_book
uses: standing
uses: facts
uses: draws


# ---------------------------------------------------------------- interfaces


interface Predecessor:
    def holdOf(declaration: bytes32, reason: bytes32) -> uint256: view


# -------------------------------------------------------------------- events


event ChannelDecided:
    declaration: indexed(bytes32)
    customs: indexed(bytes32)
    amendment: uint16
    channel: uint8
    draw: uint8
    decision: bytes32
    decidedAt: uint64


event CheckReported:
    declaration: indexed(bytes32)
    customs: indexed(bytes32)
    officer: indexed(bytes32)
    amendment: uint16
    kind: uint8
    outcome: uint8
    content: bytes32
    checkedAt: uint64


event HoldPosted:
    declaration: indexed(bytes32)
    customs: indexed(bytes32)
    kind: uint8
    reason: bytes32
    postedAt: uint64


event DeclarationCancelled:
    declaration: indexed(bytes32)
    customs: indexed(bytes32)
    reason: bytes32
    cancelledAt: uint64


event OverrideAsked:
    declaration: indexed(bytes32)
    customs: indexed(bytes32)
    officer: indexed(bytes32)
    amendment: uint16
    kind: uint8
    value: uint8
    fact: bytes32
    reason: bytes32
    content: bytes32
    askedAt: uint64


event RatesAsked:
    object: indexed(bytes32)
    customs: indexed(bytes32)
    rates: uint256
    setAt: uint64


event Approved:
    object: indexed(bytes32)
    subject: indexed(bytes32)
    officer: indexed(bytes32)
    approver: bytes32
    approvedAt: uint64


# ------------------------------------------------------------------- structs


struct ChannelDecide:
    object: bytes32
    amendment: uint16
    channel: uint8
    decision: bytes32
    decidedAt: uint64
    expires: uint64


struct CheckReport:
    object: bytes32
    amendment: uint16
    kind: uint8
    outcome: uint8
    content: bytes32
    checkedAt: uint64
    expires: uint64


struct HoldPost:
    object: bytes32
    kind: uint8
    reason: bytes32
    postedAt: uint64
    expires: uint64


struct DeclarationCancel:
    object: bytes32
    reason: bytes32
    cancelledAt: uint64
    expires: uint64


struct OverrideAsk:
    object: bytes32
    amendment: uint16
    kind: uint8
    value: uint8
    fact: bytes32
    reason: bytes32
    content: bytes32
    askedAt: uint64
    expires: uint64


struct RatesSet:
    object: bytes32
    rates: uint256
    setAt: uint64
    expires: uint64


struct Approval:
    object: bytes32
    subject: bytes32
    approvedAt: uint64
    expires: uint64


struct Asked:
    object: bytes32
    officer: bytes32
    word: uint256
    detail: bytes32


# ----------------------------------------------------------------- constants


CHANNEL_DECIDE: constant(bytes32) = keccak256(
    "ChannelDecide(bytes32 object,uint16 amendment,uint8 channel,bytes32 decision,uint64 decidedAt,uint64 expires)"
)
CHECK_REPORT: constant(bytes32) = keccak256(
    "CheckReport(bytes32 object,uint16 amendment,uint8 kind,uint8 outcome,bytes32 content,uint64 checkedAt,uint64 expires)"
)
HOLD_POST: constant(bytes32) = keccak256(
    "HoldPost(bytes32 object,uint8 kind,bytes32 reason,uint64 postedAt,uint64 expires)"
)
DECLARATION_CANCEL: constant(bytes32) = keccak256(
    "DeclarationCancel(bytes32 object,bytes32 reason,uint64 cancelledAt,uint64 expires)"
)
OVERRIDE_ASK: constant(bytes32) = keccak256(
    "OverrideAsk(bytes32 object,uint16 amendment,uint8 kind,uint8 value,bytes32 fact,bytes32 reason,bytes32 content,uint64 askedAt,uint64 expires)"
)
RATES_SET: constant(bytes32) = keccak256(
    "RatesSet(bytes32 object,uint256 rates,uint64 setAt,uint64 expires)"
)
APPROVAL: constant(bytes32) = keccak256(
    "Approval(bytes32 object,bytes32 subject,uint64 approvedAt,uint64 expires)"
)

DOCUMENTS: constant(uint8) = 1
INSPECTION: constant(uint8) = 2
PLACE: constant(uint8) = 1
LIFT: constant(uint8) = 2
SEIZE: constant(uint8) = 3
OVER_CHANNEL: constant(uint256) = 1
OVER_FACT: constant(uint256) = 2
OVER_CHECK: constant(uint8) = 3
# What waits for approval: rates of inspection.
RATES: constant(uint256) = 4
# Words of a hold.
PLACED: constant(uint256) = 1
LIFTED: constant(uint256) = 2
COUNT_LIMIT: constant(uint256) = 255
SIGNATURE_SIZE: constant(uint256) = 65


# ------------------------------------------------------------------- storage


# declaration → reason → whether a hold stands
holds: HashMap[bytes32, HashMap[bytes32, uint256]]
# digest of what an officer asked for → what another one approves; an upgrade forgets it
asked: HashMap[bytes32, Asked]


# -------------------------------------------------------- external functions


@external
def decideChannel(record: ChannelDecide, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Decide the channel of a declaration as it now reads.
    @param record The signed record.
    @param signature By customs of the declaration's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CHANNEL_DECIDE, record)), record.expires, signature
    )
    customs: bytes32 = standing.customs_of(signer, record.object)
    members.require_past(record.decidedAt)
    found: standing.Standing = standing.pending(record.object)
    self._require_amendment(found, record.amendment)
    refusal.demand(found.decided != found.amendment + 1, "clearance: channel is decided")
    refusal.demand(record.decision != empty(bytes32), "clearance: decision")
    channel: uint256 = convert(record.channel, uint256)
    refusal.demand(channel != 0 and channel <= standing.RED, "clearance: channel")
    refusal.demand(channel >= found.channel, "clearance: milder than before")
    found = draws.resolved(record.object, found)
    refusal.demand(
        found.draw == standing.SPARED or channel == standing.RED,
        "clearance: milder than the draw",
    )
    found.channel = channel
    found.decided = found.amendment + 1
    if found.stage == standing.REGISTERED:
        found.stage = standing.CHANNELLED

    standing.store(record.object, found)
    record_book.append(record.object, digest, signer)
    log ChannelDecided(
        declaration=record.object,
        customs=customs,
        amendment=record.amendment,
        channel=record.channel,
        draw=convert(found.draw, uint8),
        decision=record.decision,
        decidedAt=record.decidedAt,
    )


@external
def reportCheck(record: CheckReport, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Report what a check found. A finding is not taken back: the declaration is
            amended, or an override sets it aside.
    @param record The signed record.
    @param signature By an officer's key of customs of the declaration's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CHECK_REPORT, record)), record.expires, signature
    )
    customs: bytes32 = standing.customs_of(signer, record.object)
    members.require_past(record.checkedAt)
    found: standing.Standing = standing.channelled(record.object)
    self._require_amendment(found, record.amendment)
    refusal.demand(
        record.kind == DOCUMENTS or record.kind == INSPECTION, "clearance: check kind"
    )
    outcome: uint256 = convert(record.outcome, uint256)
    refusal.demand(outcome == 1 or outcome == 2, "clearance: check outcome")
    refusal.demand(record.content != empty(bytes32), "clearance: content")
    if record.kind == DOCUMENTS:
        refusal.demand(found.documents == 0, "clearance: reported already")
        found.documents = outcome
    else:
        refusal.demand(found.inspection == 0, "clearance: reported already")
        found.inspection = outcome

    standing.store(record.object, found)
    record_book.append(record.object, digest, signer)
    log CheckReported(
        declaration=record.object,
        customs=customs,
        officer=signer,
        amendment=record.amendment,
        kind=record.kind,
        outcome=record.outcome,
        content=record.content,
        checkedAt=record.checkedAt,
    )


@external
def postHold(record: HoldPost, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Hold the goods, lift a hold, or seize them for good.
    @param record The signed record.
    @param signature By customs of the declaration's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(HOLD_POST, record)), record.expires, signature
    )
    customs: bytes32 = standing.customs_of(signer, record.object)
    members.require_past(record.postedAt)
    found: standing.Standing = standing.active(record.object)
    refusal.demand(record.reason != empty(bytes32), "clearance: reason")
    # Goods that were stored or released before clearance are still under customs' hand.
    refusal.demand(
        record.kind == LIFT
        or found.stage != standing.CLEARED
        or found.cargo & standing.EXITED == 0,
        "clearance: goods have left",
    )
    if record.kind == SEIZE:
        found.stage = standing.SEIZED
    else:
        refusal.demand(record.kind == PLACE or record.kind == LIFT, "clearance: hold kind")
        stands: bool = self._hold_of(record.object, record.reason) == PLACED
        if record.kind == PLACE:
            refusal.demand(not stands, "clearance: hold stands")
            refusal.demand(found.holds < COUNT_LIMIT, "clearance: too many holds")
            found.holds += 1
            self.holds[record.object][record.reason] = PLACED
        else:
            refusal.demand(stands, "clearance: no such hold")
            found.holds -= 1
            self.holds[record.object][record.reason] = LIFTED

    standing.store(record.object, found)
    record_book.append(record.object, digest, signer)
    log HoldPosted(
        declaration=record.object,
        customs=customs,
        kind=record.kind,
        reason=record.reason,
        postedAt=record.postedAt,
    )


@external
def cancel(record: DeclarationCancel, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Cancel a declaration whose goods have not left. Its draw is worked out, and
            stays with its consignment: nobody cancels to be drawn again.
    @param record The signed record.
    @param signature By customs of the declaration's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(DECLARATION_CANCEL, record)), record.expires, signature
    )
    customs: bytes32 = standing.customs_of(signer, record.object)
    members.require_past(record.cancelledAt)
    found: standing.Standing = standing.active(record.object)
    refusal.demand(found.cargo & standing.EXITED == 0, "clearance: goods have left")
    refusal.demand(record.reason != empty(bytes32), "clearance: reason")
    found = draws.resolved(record.object, found)
    found.stage = standing.CANCELLED

    standing.store(record.object, found)
    record_book.append(record.object, digest, signer)
    log DeclarationCancelled(
        declaration=record.object,
        customs=customs,
        reason=record.reason,
        cancelledAt=record.cancelledAt,
    )


@external
def askOverride(record: OverrideAsk, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Ask to depart from what the rules say. Nothing changes until a second officer
            approves; the draw cannot be departed from.
    @param record The signed record.
    @param signature By an officer's key of customs of the declaration's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(OVERRIDE_ASK, record)), record.expires, signature
    )
    customs: bytes32 = standing.customs_of(signer, record.object)
    members.require_past(record.askedAt)
    found: standing.Standing = standing.channelled(record.object)
    self._require_amendment(found, record.amendment)
    refusal.demand(record.reason != empty(bytes32), "clearance: reason")
    refusal.demand(record.content != empty(bytes32), "clearance: content")
    refusal.demand(record.kind != 0 and record.kind <= OVER_CHECK, "clearance: override kind")
    self._wait(
        digest,
        record.object,
        signer,
        convert(record.kind, uint256)
        | convert(record.value, uint256) << 8
        | convert(record.amendment, uint256) << 16,
        record.fact,
    )

    record_book.append(record.object, digest, signer)
    log OverrideAsked(
        declaration=record.object,
        customs=customs,
        officer=signer,
        amendment=record.amendment,
        kind=record.kind,
        value=record.value,
        fact=record.fact,
        reason=record.reason,
        content=record.content,
        askedAt=record.askedAt,
    )


@external
def setRates(record: RatesSet, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Ask for other rates at which declarations of each rank are drawn. They hold for
            declarations registered after a second officer approved.
    @param record The signed record; its object begins with the country's letters.
    @param signature By customs of the country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(RATES_SET, record)), record.expires, signature
    )
    customs: bytes32 = standing.customs_of(signer, record.object)
    members.require_past(record.setAt)
    draws.require_rates(record.rates)
    self._wait(digest, record.object, signer, RATES, convert(record.rates, bytes32))

    record_book.append(record.object, digest, signer)
    log RatesAsked(
        object=record.object, customs=customs, rates=record.rates, setAt=record.setAt
    )


@external
def approve(record: Approval, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Approve what another officer of the same customs asked for; it holds now.
    @param record The signed record.
    @param signature By another key of the same customs.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(APPROVAL, record)), record.expires, signature
    )
    customs: bytes32 = standing.customs_of(signer, record.object)
    members.require_past(record.approvedAt)
    asked: Asked = self.asked[record.subject]
    refusal.demand(
        asked.object != empty(bytes32) and asked.object == record.object,
        "clearance: nothing to approve",
    )
    refusal.demand(asked.officer != signer, "clearance: two officers")
    refusal.demand(
        standing.customs_of(asked.officer, record.object) == customs,
        "clearance: two officers",
    )
    self.asked[record.subject] = empty(Asked)
    if asked.word == RATES:
        draws.set_rates(members.country_of(record.object), convert(asked.detail, uint256))
    else:
        standing.store(record.object, self._overridden(record.object, asked))

    record_book.append(record.object, digest, signer)
    log Approved(
        object=record.object,
        subject=record.subject,
        officer=asked.officer,
        approver=signer,
        approvedAt=record.approvedAt,
    )


# --------------------------------------------------------------------- views


@external
@view
def holdOf(declaration: bytes32, reason: bytes32) -> uint256:
    """
    @notice Return whether a hold stands: 1 placed, 2 lifted, 0 never placed.
    @param declaration Its identifier.
    @param reason The reason's code.
    """
    return self._hold_of(declaration, reason)


# -------------------------------------------------------- internal functions


@internal
def _wait(digest: bytes32, object: bytes32, officer: bytes32, word: uint256, detail: bytes32):
    """
    @notice Keep what an officer asks for until another one approves.
    @param digest Digest of the record.
    @param object What it is about.
    @param officer Key id of the officer.
    @param word Kind 0..7, value 8..15, amendment 16..31.
    @param detail The fact, or the rates.
    """
    self.asked[digest] = Asked(object=object, officer=officer, word=word, detail=detail)


@internal
def _overridden(declaration: bytes32, asked: Asked) -> standing.Standing:
    """
    @notice Return how a declaration stands after an override.
    @param declaration Its identifier.
    @param asked What is overridden.
    """
    found: standing.Standing = standing.channelled(declaration)
    self._require_amendment(found, convert(asked.word >> 16, uint16))
    kind: uint256 = asked.word & standing.MASK_8
    value: uint256 = asked.word >> 8 & standing.MASK_8
    overridden: bool = False
    if kind == OVER_FACT:
        found = facts.waive(found, declaration, asked.detail)
        overridden = True
    elif kind == OVER_CHANNEL:
        refusal.demand(found.draw == standing.SPARED, "clearance: milder than the draw")
        overridden = value != 0 and value < found.channel
        found.channel = value
    elif value == 1:
        overridden = found.documents == standing.FINDING
        found.documents = standing.CONSISTENT
    elif value == 2:
        overridden = found.inspection == standing.FINDING
        found.inspection = standing.CONSISTENT
    refusal.demand(overridden, "clearance: nothing to override")
    refusal.demand(found.overrides < COUNT_LIMIT, "clearance: too many overrides")
    found.overrides += 1
    return found


@internal
@pure
def _require_amendment(found: standing.Standing, amendment: uint16):
    """
    @notice Refuse what rests on another amendment than the latest.
    @param found How the declaration stands.
    @param amendment What the signer knew.
    """
    refusal.demand(
        convert(amendment, uint256) == found.amendment, "clearance: not the amendment"
    )


@internal
@view
def _hold_of(declaration: bytes32, reason: bytes32) -> uint256:
    """
    @notice Return the word of a hold, the predecessor's while untouched here.
    @param declaration Its identifier.
    @param reason The reason's code.
    """
    own: uint256 = self.holds[declaration][reason]
    if own != 0 or record_book.PREDECESSOR == empty(address):
        return own
    return staticcall Predecessor(record_book.PREDECESSOR).holdOf(declaration, reason)
