# pragma version 0.4.3
# pragma evm-version prague
"""
@title Facts
@custom:contract-name facts
@notice What others than the officer state of a declaration: permits and results of
        agencies, what a port did with the goods, and evidence of devices. Clearance waits
        for them; it does not assume them.
"""

from contracts.clearance import standing
from contracts.records import members
from contracts.records import record_book
from contracts.records import refusal

uses: members
uses: record_book
uses: standing


# ---------------------------------------------------------------- interfaces


interface Predecessor:
    def factWords(declaration: bytes32, fact: bytes32) -> (bytes32, uint256): view


# -------------------------------------------------------------------- events


event FactAwaited:
    declaration: indexed(bytes32)
    fact: indexed(bytes32)
    agency: indexed(bytes32)
    kind: uint8
    dueAt: uint64
    awaitedAt: uint64


event FactStated:
    declaration: indexed(bytes32)
    fact: indexed(bytes32)
    agency: indexed(bytes32)
    outcome: uint8
    content: bytes32
    statedAt: uint64


event CargoStated:
    declaration: indexed(bytes32)
    port: indexed(bytes32)
    kind: uint8
    content: bytes32
    statedAt: uint64


event EvidenceLinked:
    declaration: indexed(bytes32)
    organisation: indexed(bytes32)
    kind: uint8
    container: bytes32
    content: bytes32
    device: bytes32
    operator: bytes32
    takenAt: uint64


# ------------------------------------------------------------------- structs


struct Fact:
    agency: bytes32
    state: uint256


struct FactAwait:
    object: bytes32
    fact: bytes32
    kind: uint8
    agency: bytes32
    dueAt: uint64
    awaitedAt: uint64
    expires: uint64


struct FactState:
    object: bytes32
    fact: bytes32
    outcome: uint8
    content: bytes32
    statedAt: uint64
    expires: uint64


struct CargoState:
    object: bytes32
    kind: uint8
    content: bytes32
    statedAt: uint64
    expires: uint64


struct EvidenceLink:
    object: bytes32
    kind: uint8
    container: bytes32
    content: bytes32
    device: bytes32
    operator: bytes32
    takenAt: uint64
    expires: uint64


# ----------------------------------------------------------------- constants


FACT_AWAIT: constant(bytes32) = keccak256(
    "FactAwait(bytes32 object,bytes32 fact,uint8 kind,bytes32 agency,uint64 dueAt,uint64 awaitedAt,uint64 expires)"
)
FACT_STATE: constant(bytes32) = keccak256(
    "FactState(bytes32 object,bytes32 fact,uint8 outcome,bytes32 content,uint64 statedAt,uint64 expires)"
)
CARGO_STATE: constant(bytes32) = keccak256(
    "CargoState(bytes32 object,uint8 kind,bytes32 content,uint64 statedAt,uint64 expires)"
)
EVIDENCE_LINK: constant(bytes32) = keccak256(
    "EvidenceLink(bytes32 object,uint8 kind,bytes32 container,bytes32 content,bytes32 device,bytes32 operator,uint64 takenAt,uint64 expires)"
)

PORT: constant(uint256) = 4
AGENCY: constant(uint256) = 64
# Kinds of a fact from this one on can be settled after the goods are released.
LABORATORY: constant(uint8) = 3
CLASSIFICATION: constant(uint8) = 5
EVIDENCE_KINDS: constant(uint8) = 4
OPEN: constant(uint256) = 0
PASSED: constant(uint256) = 1
FAILED: constant(uint256) = 2
WAIVED: constant(uint256) = 3
FACTS_LIMIT: constant(uint256) = 200
SIGNATURE_SIZE: constant(uint256) = 65


# ------------------------------------------------------------------- storage


# declaration → fact → who states it; its kind 0..7 and outcome 8..15
facts: HashMap[bytes32, HashMap[bytes32, Fact]]


# -------------------------------------------------------- external functions


@external
def awaitFact(record: FactAwait, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Name a fact that clearance waits for.
    @param record The signed record.
    @param signature By customs of the declaration's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(FACT_AWAIT, record)), record.expires, signature
    )
    standing.customs_of(signer, record.object)
    members.require_past(record.awaitedAt)
    found: standing.Standing = standing.pending(record.object)
    refusal.demand(record.kind != 0 and record.kind <= CLASSIFICATION, "clearance: fact kind")
    refusal.demand(record.agency != empty(bytes32), "clearance: agency")
    refusal.demand(
        self._fact(record.object, record.fact).state == 0, "clearance: fact is awaited"
    )
    refusal.demand(found.awaited < FACTS_LIMIT, "clearance: too many facts")
    found.awaited += 1
    found.open += 1
    if record.kind >= LABORATORY:
        found.later += 1

    self.facts[record.object][record.fact] = Fact(
        agency=record.agency, state=convert(record.kind, uint256)
    )
    standing.store(record.object, found)
    record_book.append(record.object, digest, signer)
    log FactAwaited(
        declaration=record.object,
        fact=record.fact,
        agency=record.agency,
        kind=record.kind,
        dueAt=record.dueAt,
        awaitedAt=record.awaitedAt,
    )


@external
def stateFact(record: FactState, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice State an awaited fact, or state it anew until the goods are cleared.
    @param record The signed record.
    @param signature By the agency that was asked.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(FACT_STATE, record)), record.expires, signature
    )
    agency: bytes32 = members.member_of(signer, members.SIGN).organisation
    members.require_past(record.statedAt)
    refusal.demand(
        record.outcome == 1 or record.outcome == 2, "clearance: fact outcome"
    )
    found: standing.Standing = standing.pending(record.object)
    fact: Fact = self._fact(record.object, record.fact)
    refusal.demand(fact.state != 0, "clearance: fact is not awaited")
    refusal.demand(fact.agency == agency, "clearance: another agency's fact")
    refusal.demand(fact.state >> 8 != WAIVED, "clearance: fact is waived")

    standing.store(
        record.object,
        self.stated(found, record.object, record.fact, convert(record.outcome, uint256)),
    )
    record_book.append(record.object, digest, signer)
    log FactStated(
        declaration=record.object,
        fact=record.fact,
        agency=agency,
        outcome=record.outcome,
        content=record.content,
        statedAt=record.statedAt,
    )


@external
def stateCargo(record: CargoState, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice State what happened to the goods; they exit only where they may leave.
    @param record The signed record.
    @param signature By a port or warehouse of the declaration's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CARGO_STATE, record)), record.expires, signature
    )
    port: bytes32 = standing.member_of(signer, record.object, PORT)
    members.require_past(record.statedAt)
    found: standing.Standing = standing.active(record.object)
    kind: uint256 = convert(record.kind, uint256)
    refusal.demand(kind == 1 or kind == 2 or kind == standing.EXITED, "clearance: cargo kind")
    refusal.demand(found.cargo & kind == 0, "clearance: stated already")
    refusal.demand(
        kind != standing.EXITED or standing.may_leave(found.stage, found.holds),
        "clearance: goods may not leave",
    )
    found.cargo |= kind

    standing.store(record.object, found)
    record_book.append(record.object, digest, signer)
    log CargoStated(
        declaration=record.object,
        port=port,
        kind=record.kind,
        content=record.content,
        statedAt=record.statedAt,
    )


@external
def linkEvidence(record: EvidenceLink, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Link evidence to a declaration and a container.
    @param record The signed record.
    @param signature By customs, a port or an agency of the declaration's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(EVIDENCE_LINK, record)), record.expires, signature
    )
    organisation: bytes32 = standing.member_of(
        signer, record.object, members.CUSTOMS | PORT | AGENCY
    )
    members.require_past(record.takenAt)
    found: standing.Standing = standing.known(record.object)
    refusal.demand(
        record.kind != 0 and record.kind <= EVIDENCE_KINDS, "clearance: evidence kind"
    )
    refusal.demand(record.content != empty(bytes32), "clearance: content")

    record_book.append(record.object, digest, signer)
    log EvidenceLinked(
        declaration=record.object,
        organisation=organisation,
        kind=record.kind,
        container=record.container,
        content=record.content,
        device=record.device,
        operator=record.operator,
        takenAt=record.takenAt,
    )


# --------------------------------------------------------------------- views


@external
@view
def factWords(declaration: bytes32, fact: bytes32) -> (bytes32, uint256):
    """
    @notice Return who states a fact, its kind and outcome; zeros where it is not awaited.
    @param declaration The declaration.
    @param fact The fact.
    """
    found: Fact = self._fact(declaration, fact)
    return found.agency, found.state


# -------------------------------------------------------- internal functions


@internal
def stated(
    found: standing.Standing, declaration: bytes32, fact: bytes32, outcome: uint256
) -> standing.Standing:
    """
    @notice Keep a fact's outcome and return how its declaration stands then.
    @param found How the declaration stands.
    @param declaration Its identifier.
    @param fact The fact, awaited.
    @param outcome Passed, failed or waived.
    """
    after: standing.Standing = found
    kept: Fact = self._fact(declaration, fact)
    before: uint256 = kept.state >> 8
    if before == OPEN:
        after.open -= 1
        if kept.state & standing.MASK_8 >= convert(LABORATORY, uint256):
            after.later -= 1
    if before == FAILED:
        after.failed -= 1
    if outcome == FAILED:
        after.failed += 1
    kept.state = kept.state & standing.MASK_8 | outcome << 8
    self.facts[declaration][fact] = kept
    return after


@internal
def waive(found: standing.Standing, declaration: bytes32, fact: bytes32) -> standing.Standing:
    """
    @notice Waive an open or failed fact, by an override.
    @param found How the declaration stands.
    @param declaration Its identifier.
    @param fact The fact.
    """
    kept: Fact = self._fact(declaration, fact)
    refusal.demand(kept.state != 0, "clearance: fact is not awaited")
    before: uint256 = kept.state >> 8
    refusal.demand(before == OPEN or before == FAILED, "clearance: nothing to override")
    return self.stated(found, declaration, fact, WAIVED)


@internal
@view
def _fact(declaration: bytes32, fact: bytes32) -> Fact:
    """
    @notice Return a fact, the predecessor's while untouched here.
    @param declaration The declaration.
    @param fact The fact.
    """
    own: Fact = self.facts[declaration][fact]
    if own.state != 0 or record_book.PREDECESSOR == empty(address):
        return own
    before: Fact = empty(Fact)
    before.agency, before.state = staticcall Predecessor(record_book.PREDECESSOR).factWords(
        declaration, fact
    )
    return before
