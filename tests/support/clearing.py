"""Declarations on their way to clearance: honest records, one sound one at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from support.beacons import CUSTOMS, IMPORTER, Beacons, seated_network
from support.comet_ledger import is_network
from support.duties import NOTHING, Duties
from support.network import (
    ID_CUSTOMS,
    VN_CUSTOMS,
    Member,
    Network,
    Outcome,
    Signer,
    salt,
    thing,
)
from support.trade import Claimed, Trade

from contracts.artifacts import load_artifact
from contracts.clearance.binding import ClearanceContract
from contracts.clearance.events import DrawResolved
from contracts.clearance.identifiers import rates_id
from contracts.clearance.records import (
    AmendmentRegister,
    Approval,
    CargoState,
    Channel,
    ChannelDecide,
    CheckKind,
    CheckOutcome,
    CheckReport,
    ClaimName,
    ClearanceGrant,
    DeclarationCancel,
    DeclarationRegister,
    Direction,
    EvidenceKind,
    EvidenceLink,
    FactAwait,
    FactKind,
    FactOutcome,
    FactState,
    HoldKind,
    HoldPost,
    OverrideAsk,
    OverrideKind,
    RatesSet,
)
from contracts.clearance.state import ClearanceState, pack_rates
from contracts.commitments import Opening
from contracts.errors import RefusedError
from contracts.membership import governance
from contracts.membership.keys import NO_END, KeyPurpose, Role
from contracts.membership.records import KeyAdd
from contracts.origin.records import CertificateClaim
from contracts.payments.records import AssessmentKind
from contracts.records import Record

VN_PORT = Member("VN port", Role.PORT, "VN", governing=False)
VN_AGENCY = Member("VN agency", Role.AGENCY, "VN", governing=False)
# Rank 1 is never drawn, rank 2 always, the others sometimes.
NEVER, ALWAYS, HALF = 1, 2, 3
RATES = (0, 1_000_000, 500_000, *[200_000] * 6)


QUANTITY = Opening(300, 5)


def code(text: str) -> bytes:
    """Return a code as a record has it."""
    return text.encode("ascii").ljust(32, b"\0")


def second(customs: Member) -> Signer:
    """Return the key of customs' second officer."""
    return Signer(f"{customs.name} second officer")


@dataclass
class Clearing:
    """Builds records of one customs and sends them; what it registered is noted."""

    network: Network
    customs: Member = VN_CUSTOMS
    registered: dict[bytes, DeclarationRegister] = field(default_factory=dict)

    @property
    def contract(self) -> ClearanceContract:
        return self.network.clearance

    @property
    def duties(self) -> Duties:
        return Duties(self.network)

    def digest(self, record: Record) -> bytes:
        return record.digest(self.contract.domain)

    def run(self, record: Record, signer: Member | Signer | None = None) -> Outcome:
        """Send a record, which must be taken."""
        key = signer or self.customs
        # What the ledger says of its last block is too early to rehearse a draw.
        attempt = not isinstance(record, ChannelDecide | DeclarationCancel)
        officer = key.officer if isinstance(key, Member) else key
        return self.network.run(record, officer, attempt=attempt)

    def refused(self, record: Record, reason: str, signer: Member | Signer | None = None) -> None:
        """Check that the contract refuses a record, and with which words."""
        key = signer or self.customs
        with pytest.raises(RefusedError) as caught:
            self.network.attempt_record(record, key.officer if isinstance(key, Member) else key)
        assert caught.value.reason == reason

    def state(self, declaration: bytes) -> ClearanceState:
        found = self.contract.declaration(declaration)
        assert found is not None
        return found

    # Registration and draw

    def register_record(self, **changes: Any) -> DeclarationRegister:
        values = {
            "object": thing(self.customs.country),
            "direction": int(Direction.IMPORT),
            "procedure": b"A11".ljust(8, b"\0"),
            "office": code("02CI"),
            "rank": NEVER,
            "content": salt(),
            "consignment": bytes(32),
            "transport": bytes(32),
            "certificates": 0,
            "facts": 0,
            "registered_at": self.network.now,
            "expires": self.network.soon,
        }
        return DeclarationRegister(**(values | changes))

    def register(self, **changes: Any) -> bytes:
        record = self.register_record(**changes)
        self.run(record)
        self.registered[record.object] = record
        return record.object

    def publish(self, declaration: bytes) -> None:
        """Let the panel publish its outputs for a declaration's round."""
        beacons, number = Beacons(self.network), self.state(declaration).round
        for holder in (CUSTOMS, IMPORTER):
            if self.network.beacon.output("VN", number, holder.key) is None:
                beacons.publish(holder, number)

    def decide_record(
        self, declaration: bytes, channel: int = Channel.GREEN, **changes: Any
    ) -> ChannelDecide:
        values = {
            "object": declaration,
            "amendment": self.amendment(declaration),
            "channel": int(channel),
            "decision": salt(),
            "decided_at": self.network.now,
            "expires": self.network.soon,
        }
        return ChannelDecide(**(values | changes))

    def decide(self, declaration: bytes, channel: int = Channel.GREEN, **changes: Any) -> Outcome:
        return self.run(self.decide_record(declaration, channel, **changes))

    def channelled(self, channel: int = Channel.GREEN, **changes: Any) -> bytes:
        """Register a declaration, draw it and decide its channel."""
        declaration = self.register(**changes)
        if self.customs.country == "VN":
            self.publish(declaration)
        self.decide(declaration, channel)
        return declaration

    def amendment(self, declaration: bytes) -> int:
        found = self.contract.declaration(declaration)
        return 0 if found is None else found.amendment

    def amend_record(self, declaration: bytes, **changes: Any) -> AmendmentRegister:
        found = self.contract.declaration(declaration)
        values = {
            "object": declaration,
            "amendment": self.amendment(declaration) + 1,
            "content": salt(),
            "certificates": found.certificates if found else 0,
            "facts": found.facts if found else 0,
            "amended_at": self.network.now,
            "expires": self.network.soon,
        }
        return AmendmentRegister(**(values | changes))

    def amend(self, declaration: bytes, **changes: Any) -> Outcome:
        return self.run(self.amend_record(declaration, **changes))

    # What it takes

    def check_record(
        self,
        declaration: bytes,
        kind: int = CheckKind.DOCUMENTS,
        outcome: int = CheckOutcome.CONSISTENT,
        **changes: Any,
    ) -> CheckReport:
        values = {
            "object": declaration,
            "amendment": self.amendment(declaration),
            "kind": int(kind),
            "outcome": int(outcome),
            "content": salt(),
            "checked_at": self.network.now,
            "expires": self.network.soon,
        }
        return CheckReport(**(values | changes))

    def check(
        self,
        declaration: bytes,
        kind: int = CheckKind.DOCUMENTS,
        outcome: int = CheckOutcome.CONSISTENT,
    ) -> Outcome:
        return self.run(self.check_record(declaration, kind, outcome))

    def await_record(
        self, declaration: bytes, kind: int = FactKind.PERMIT, **changes: Any
    ) -> FactAwait:
        values = {
            "object": declaration,
            "fact": salt(),
            "kind": int(kind),
            "agency": VN_AGENCY.id,
            "due_at": self.network.soon,
            "awaited_at": self.network.now,
            "expires": self.network.soon,
        }
        return FactAwait(**(values | changes))

    def await_fact(self, declaration: bytes, kind: int = FactKind.PERMIT, **changes: Any) -> bytes:
        record = self.await_record(declaration, kind, **changes)
        self.run(record)
        return record.fact

    def fact_record(
        self, declaration: bytes, fact: bytes, outcome: int = FactOutcome.PASSED, **changes: Any
    ) -> FactState:
        values = {
            "object": declaration,
            "fact": fact,
            "outcome": int(outcome),
            "content": salt(),
            "stated_at": self.network.now,
            "expires": self.network.soon,
        }
        return FactState(**(values | changes))

    def state_fact(
        self, declaration: bytes, fact: bytes, outcome: int = FactOutcome.PASSED
    ) -> Outcome:
        return self.run(self.fact_record(declaration, fact, outcome), VN_AGENCY)

    def cargo_record(self, declaration: bytes, kind: int, **changes: Any) -> CargoState:
        values = {
            "object": declaration,
            "kind": int(kind),
            "content": salt(),
            "stated_at": self.network.now,
            "expires": self.network.soon,
        }
        return CargoState(**(values | changes))

    def cargo(self, declaration: bytes, kind: int) -> Outcome:
        return self.run(self.cargo_record(declaration, kind), VN_PORT)

    def evidence_record(self, declaration: bytes, **changes: Any) -> EvidenceLink:
        values = {
            "object": declaration,
            "kind": int(EvidenceKind.SCANNER),
            "container": code("MSKU9070323"),
            "content": salt(),
            "device": salt(),
            "operator": salt(),
            "taken_at": self.network.now,
            "expires": self.network.soon,
        }
        return EvidenceLink(**(values | changes))

    def claimed(self, trade: Trade, declaration: bytes) -> tuple[Claimed, CertificateClaim]:
        """Let an importer in Indonesia claim a certificate for a declaration."""
        certificate = trade.issue()
        hidden = trade.claim_record(certificate, QUANTITY, declaration=declaration)
        signed = self.network.sign(hidden, ID_CUSTOMS.officer)
        self.network.send(self.network.carry(signed))
        return Claimed(signed.digest, certificate, hidden.item, QUANTITY), hidden

    def name_record(self, declaration: bytes, claim: CertificateClaim, **changes: Any) -> ClaimName:
        origin = self.network.origin
        values = {
            "object": declaration,
            "certificate": claim.object,
            "claim": claim.digest(origin.domain),
            "origin": origin.address,
            "item": claim.item,
            "commitment_x": claim.commitment_x,
            "commitment_y": claim.commitment_y,
            "claimed_at": claim.claimed_at,
            "claim_expires": claim.expires,
            "named_at": self.network.now,
            "expires": self.network.soon,
        }
        return ClaimName(**(values | changes))

    def settle(self, declaration: bytes, amendment: int = 0) -> None:
        """State in payments that nothing is due."""
        duties = self.duties
        known = self.network.payments.declaration(declaration)
        record = duties.assess_record(
            declaration,
            NOTHING,
            AssessmentKind.ZERO,
            amendment=amendment,
            sequence=known.sequence + 1 if known else 1,
        )
        duties.run(record, self.customs)

    # Decisions

    def grant_record(self, declaration: bytes, kind: int, **changes: Any) -> ClearanceGrant:
        values = {
            "object": declaration,
            "kind": int(kind),
            "amendment": self.amendment(declaration),
            "granted_at": self.network.now,
            "expires": self.network.soon,
        }
        return ClearanceGrant(**(values | changes))

    def grant(self, declaration: bytes, kind: int) -> Outcome:
        return self.run(self.grant_record(declaration, kind))

    def hold_record(
        self, declaration: bytes, kind: int = HoldKind.PLACE, reason: str = "IPR", **changes: Any
    ) -> HoldPost:
        values = {
            "object": declaration,
            "kind": int(kind),
            "reason": code(reason),
            "posted_at": self.network.now,
            "expires": self.network.soon,
        }
        return HoldPost(**(values | changes))

    def hold(self, declaration: bytes, kind: int = HoldKind.PLACE, reason: str = "IPR") -> Outcome:
        return self.run(self.hold_record(declaration, kind, reason))

    def cancel_record(self, declaration: bytes, **changes: Any) -> DeclarationCancel:
        values = {
            "object": declaration,
            "reason": code("DUPLICATE"),
            "cancelled_at": self.network.now,
            "expires": self.network.soon,
        }
        return DeclarationCancel(**(values | changes))

    def cancel(self, declaration: bytes) -> Outcome:
        return self.run(self.cancel_record(declaration))

    def ask_record(
        self, declaration: bytes, kind: int, value: int = 0, fact: bytes = bytes(32), **changes: Any
    ) -> OverrideAsk:
        values = {
            "object": declaration,
            "amendment": self.amendment(declaration),
            "kind": int(kind),
            "value": int(value),
            "fact": fact,
            "reason": code("OPERATOR"),
            "content": salt(),
            "asked_at": self.network.now,
            "expires": self.network.soon,
        }
        return OverrideAsk(**(values | changes))

    def ask(self, declaration: bytes, kind: int, value: int = 0, fact: bytes = bytes(32)) -> bytes:
        record = self.ask_record(declaration, kind, value, fact)
        self.run(record)
        return self.digest(record)

    def approval_record(self, target: bytes, subject: bytes, **changes: Any) -> Approval:
        values = {
            "object": target,
            "subject": subject,
            "approved_at": self.network.now,
            "expires": self.network.soon,
        }
        return Approval(**(values | changes))

    def approve(self, target: bytes, subject: bytes) -> Outcome:
        return self.run(self.approval_record(target, subject), second(self.customs))

    def override(
        self,
        declaration: bytes,
        kind: int = OverrideKind.CHANNEL,
        value: int = 0,
        fact: bytes = bytes(32),
    ) -> Outcome:
        return self.approve(declaration, self.ask(declaration, kind, value, fact))

    def rates_record(self, rates: tuple[int, ...] = RATES, **changes: Any) -> RatesSet:
        values = {
            "object": rates_id(self.customs.country),
            "rates": pack_rates(rates),
            "set_at": self.network.now,
            "expires": self.network.soon,
        }
        return RatesSet(**(values | changes))

    def set_rates(self, rates: tuple[int, ...] = RATES) -> Outcome:
        record = self.rates_record(rates)
        self.run(record)
        return self.approve(record.object, self.digest(record))

    def seed(self, outcome: Outcome) -> bytes:
        """Return the seed that a decision used."""
        return bytes(outcome.only(DrawResolved).seed)


# On a ledger where the panel is seated: second officers, a port, an agency, and rates.
_READY: dict[bytes, bytes] = {}


def add_officer(network: Network, member: Member, signer: Signer, sequence: int = 0) -> None:
    proof = network.possession(member.id, signer, network.soon)
    record = KeyAdd(
        object=member.id,
        sequence=sequence,
        key=signer.key_id,
        purposes=int(KeyPurpose.SIGN),
        valid_from=0,
        valid_until=NO_END,
        material=proof,
        expires=network.soon,
    )
    network.run(record, member.admin)


def _prepare(network: Network) -> None:
    for member in (VN_PORT, VN_AGENCY):
        action = governance.admit_organisation(
            member.id, member.roles, member.country, member.admin.key_id, governing=False
        )
        network.decide(action)
        add_officer(network, member, member.officer)
    for customs in (VN_CUSTOMS, ID_CUSTOMS):
        add_officer(network, customs, second(customs))
        Clearing(network, customs).set_rates()


def clearing_network() -> Network:
    """Return a network on which declarations can be cleared; it is made once, and copied."""
    if is_network() or not _READY:
        made = seated_network()
        _prepare(made)
        if is_network():
            return made
        _READY.update(made.store.entries())
        made.close()
    return Network(entries=_READY)


def upgrade(clearing: Clearing) -> None:
    """Replace the contract by the same code, which reads the former one."""
    network = clearing.network
    init_code = load_artifact("clearance").init_code(
        network.membership.address.rjust(32, b"\0"), network.clearance.address.rjust(32, b"\0")
    )
    network.install("clearance", init_code, network.ledger.block_number() + 2)
    network.decide(governance.commit_consortium_key(salt().hex()[:20], salt()))
    address = network.membership.versions("clearance")[-1].contract
    network.clearance = ClearanceContract(network.ledger, address)
