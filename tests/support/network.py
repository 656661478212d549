"""A founded network on our own machine: organisations, keys, and a clock that tests move."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from eth_account import Account
from support.comet_ledger import comet_ledger, is_network, seal, skip_on_network
from web3 import Web3

from chain.genesis import Genesis, parse_genesis
from chain.ledger import solo_ledger
from chain.proofs.keccak import keccak256
from chain.rpc.provider import connect
from contracts.abi import array, compose
from contracts.beacon.binding import BeaconContract
from contracts.calls import SUBMIT, Call
from contracts.clearance.binding import ClearanceContract
from contracts.events import Event
from contracts.issuance.binding import IssuanceContract
from contracts.ledger import Ledger, log_of
from contracts.membership import governance
from contracts.membership.binding import MembershipContract
from contracts.membership.founding import (
    Founder,
    FoundingKey,
    FoundingValidator,
    IdentifierKeyCommitment,
    build_founding,
    founded_address,
    membership_address,
)
from contracts.membership.keys import (
    KeyPurpose,
    Role,
    address_key_id,
    material_key_id,
    organisation_id,
)
from contracts.membership.records import GOVERNANCE, KeyPossession, Proposal
from contracts.origin.binding import OriginContract
from contracts.payments.binding import PaymentsContract
from contracts.records.binding import RecordBookContract
from contracts.records.record import Record, RecordDomain
from contracts.records.signed import SignedRecord, sign_digest

CHAIN_ID = 7474
GENESIS_TIME = 1_767_225_600  # 2026-01-01T00:00:00Z
HOUR = 3_600
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Signer:
    """A secp256k1 key made from a label."""

    label: str

    @property
    def secret(self) -> bytes:
        return keccak256(b"test key " + self.label.encode())

    @property
    def address(self) -> bytes:
        public = PrivateKey(self.secret).public_key.format(compressed=False)
        return keccak256(public[1:])[12:]

    @property
    def key_id(self) -> bytes:
        return address_key_id(self.address)


@dataclass(frozen=True, slots=True)
class Member:
    """A founding organisation with one key of each purpose."""

    name: str
    roles: Role
    country: str
    governing: bool = True

    @property
    def id(self) -> bytes:
        return organisation_id(self.name)

    @property
    def admin(self) -> Signer:
        return Signer(f"{self.name} admin")

    @property
    def officer(self) -> Signer:
        return Signer(f"{self.name} officer")

    @property
    def carrier(self) -> Signer:
        return Signer(f"{self.name} carrier")

    @property
    def document_material(self) -> bytes:
        return b"document key of " + self.name.encode()

    @property
    def document_key(self) -> bytes:
        return material_key_id(self.document_material)

    def founder(self) -> Founder:
        return Founder(
            organisation=self.id,
            roles=self.roles,
            country=self.country,
            governing=self.governing,
            admin_key=self.admin.key_id,
            keys=(
                FoundingKey(self.officer.key_id, KeyPurpose.SIGN),
                FoundingKey(self.carrier.key_id, KeyPurpose.CARRY),
                FoundingKey(self.document_key, KeyPurpose.DOCUMENT, self.document_material),
            ),
            identifier_keys=(IdentifierKeyCommitment("certificates-2026", b"\x11" * 32),),
        )


VN_AUTHORITY = Member("VN authority", Role.ISSUING_AUTHORITY, "VN")
VN_CUSTOMS = Member("VN customs", Role.CUSTOMS, "VN")
ID_CUSTOMS = Member("ID customs", Role.CUSTOMS, "ID")
ID_AUTHORITY = Member("ID authority", Role.ISSUING_AUTHORITY, "ID")
ID_IMPORTER = Member("ID importer", Role.ENTERPRISE, "ID", governing=False)
VN_EXPORTER = Member("VN exporter", Role.ENTERPRISE, "VN", governing=False)
SG_CUSTOMS = Member("SG customs", Role.CUSTOMS | Role.ISSUING_AUTHORITY, "SG", governing=False)
TH_CUSTOMS = Member("TH customs", Role.CUSTOMS, "TH", governing=False)
VN_BANK = Member("VN bank", Role.BANK, "VN", governing=False)
OTHER_BANK = Member("Other bank", Role.BANK, "VN", governing=False)
VN_IMPORTER = Member("VN importer", Role.ENTERPRISE, "VN", governing=False)
MEMBERS = (
    VN_AUTHORITY,
    VN_CUSTOMS,
    ID_CUSTOMS,
    ID_AUTHORITY,
    ID_IMPORTER,
    VN_EXPORTER,
    SG_CUSTOMS,
    TH_CUSTOMS,
    VN_BANK,
    OTHER_BANK,
    VN_IMPORTER,
)
GOVERNORS = tuple(sorted((m for m in MEMBERS if m.governing), key=lambda m: m.id))


class SealingKey:
    """The one validator's Ed25519 key."""

    _key = Ed25519PrivateKey.from_private_bytes(b"\x21" * 32)

    @property
    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


class MemoryStore:
    """A key-value store that a test forgets."""

    def __init__(self, entries: Mapping[bytes, bytes] | None = None) -> None:
        self._entries = dict(entries or {})

    def get(self, key: bytes) -> bytes | None:
        return self._entries.get(key)

    def write(self, entries: Sequence[tuple[bytes, bytes | None]]) -> None:
        for key, value in entries:
            if value is None:
                self._entries.pop(key, None)
            else:
                self._entries[key] = value

    def scan(self, start: bytes, end: bytes) -> Iterator[tuple[bytes, bytes]]:
        for key in sorted(key for key in list(self._entries) if start <= key < end):
            yield key, self._entries[key]

    def entries(self) -> dict[bytes, bytes]:
        return dict(self._entries)

    def close(self) -> None:
        pass


@dataclass
class Clock:
    """Nanoseconds as the engine reads them; moves when a test moves it."""

    time: int = GENESIS_TIME + 1

    def __call__(self) -> int:
        return self.time * 1_000_000_000


class RunningClock(Clock):
    """The time as it is, less what a block's time lies behind it."""

    @property
    def time(self) -> int:
        return int(time.time()) - 1

    @time.setter
    def time(self, seconds: int) -> None:
        if seconds not in {GENESIS_TIME + 1, self.time}:
            skip_on_network("it moves the clock")


@cache
def genesis() -> Genesis:
    founding = build_founding(
        [member.founder() for member in MEMBERS],
        [FoundingValidator(SealingKey().public_key, 10, MEMBERS[0].id)],
    )
    document = {
        "format": "tradeseal-genesis/1",
        "chain_id": "tradeseal-contracts",
        "evm_chain_id": str(CHAIN_ID),
        "genesis_time": "2026-01-01T00:00:00Z",
        "membership": "0x" + membership_address().hex(),
        "founding": [
            {
                "to": None if call.to is None else "0x" + call.to.hex(),
                "data": "0x" + call.data.hex(),
            }
            for call in founding
        ],
        "validators": [
            {"name": "solo", "public_key": SealingKey().public_key.hex(), "power": "10"}
        ],
    }
    return parse_genesis(json.dumps(document).encode())


@dataclass(frozen=True, slots=True)
class Outcome:
    """A transaction that succeeded."""

    gas: int
    events: tuple[Event, ...]
    block: int

    def only(self, kind: type[Any]) -> Any:
        (event,) = [event for event in self.events if type(event) is kind]
        return event


# What the first network founded; later ones begin with a copy.
_FOUNDED: dict[bytes, bytes] = {}


@dataclass
class Network:
    """A running ledger with the contracts' bindings."""

    clock: Clock = field(default_factory=Clock)
    entries: Mapping[bytes, bytes] | None = None

    def __post_init__(self) -> None:
        if is_network():
            self.clock = RunningClock()
            self.chain = comet_ledger(MemoryStore(), genesis(), SealingKey._key)
        else:
            self.store = store = MemoryStore(self.entries or _FOUNDED)
            self.chain = solo_ledger(store, genesis(), SealingKey(), clock=self.clock, start=False)
        self.web3 = connect(self.chain)
        self.ledger = Ledger(self.web3)
        self.membership = MembershipContract(self.ledger, membership_address())
        self.origin = OriginContract(self.ledger, founded_address("origin"))
        self.issuance = IssuanceContract(self.ledger, founded_address("issuance"))
        self.payments = PaymentsContract(self.ledger, founded_address("payments"))
        self.beacon = BeaconContract(self.ledger, founded_address("beacon"))
        self.clearance = ClearanceContract(self.ledger, founded_address("clearance"))
        if is_network() or not (self.entries or _FOUNDED):
            # An empty batch makes block 1: calls on "latest" no longer run in block 0.
            opening = Call(self.membership.address, SUBMIT + compose([array([])]), 200_000)
            self._transact(opening, VN_AUTHORITY.carrier)
            if not is_network():
                _FOUNDED.update(store.entries())

    def close(self) -> None:
        self.chain.close()

    @property
    def contracts(self) -> dict[str, RecordBookContract]:
        return {
            "membership": self.membership,
            "origin": self.origin,
            "issuance": self.issuance,
            "payments": self.payments,
            "beacon": self.beacon,
            "clearance": self.clearance,
        }

    @property
    def now(self) -> int:
        return self.clock.time

    @property
    def soon(self) -> int:
        return self.clock.time + HOUR

    def wait(self, seconds: int) -> None:
        skip_on_network("it moves the clock")
        self.clock.time += seconds
        self.seal()

    def seal(self) -> None:
        if is_network():
            seal(self.chain, 1)
        else:
            self.chain.engine.seal_next()  # type: ignore[attr-defined]

    def sign(self, record: Record, signer: Signer, contract: bytes | None = None) -> SignedRecord:
        address = contract or self.contracts[record.DOMAIN].address
        return SignedRecord.sign(record, RecordDomain(CHAIN_ID, address), signer.secret)

    def carry(self, signed: SignedRecord) -> Call:
        return self.contracts[signed.record.DOMAIN].carry(signed)

    def send(
        self, call: Call, carrier: Signer = VN_AUTHORITY.carrier, *, attempt: bool = True
    ) -> Outcome:
        """Run a call in a transaction of its own, which must succeed."""
        if attempt:
            self.ledger.attempt(call, carrier.address)
        receipt = self._transact(call, carrier)
        assert receipt["status"] == 1, receipt
        decode = {contract.address: contract.decode for contract in self.contracts.values()}
        logs = [log_of(log) for log in receipt["logs"]]
        events = tuple(decode.get(log.address, self.origin.decode)(log) for log in logs)
        assert None not in events
        return Outcome(receipt["gasUsed"], events, receipt["blockNumber"])  # type: ignore[arg-type]

    def send_refused(self, call: Call, carrier: Signer = VN_AUTHORITY.carrier) -> None:
        """Run a call in a transaction of its own, which must fail and change nothing."""
        receipt = self._transact(call, carrier)
        assert receipt["status"] == 0
        assert not receipt["logs"]

    def run(self, record: Record, signer: Signer, **options: Any) -> Outcome:
        """Sign a record and send it."""
        return self.send(self.carry(self.sign(record, signer)), **options)

    def attempt(self, call: Call) -> None:
        """Raise what the ledger would refuse the call with in the next block."""
        self.seal()
        self.ledger.attempt(call, VN_AUTHORITY.carrier.address)

    def attempt_record(self, record: Record, signer: Signer) -> None:
        """Raise what the ledger would refuse the record with."""
        self.attempt(self.carry(self.sign(record, signer)))

    def proposal(self, action: bytes, **changes: Any) -> Proposal:
        sequence = self.membership.governance_sequence()
        values = {"object": GOVERNANCE, "sequence": sequence, "action": action}
        return Proposal(**(values | {"expires": self.soon} | changes))

    def votes(self, proposal: Proposal, voters: Sequence[Signer] | None = None) -> list[bytes]:
        signers = voters or [member.admin for member in GOVERNORS]
        digest = proposal.digest(self.membership.domain)
        return [sign_digest(digest, signer.secret) for signer in signers]

    def decide(self, action: bytes) -> Outcome:
        proposal = self.proposal(action)
        return self.send(self.membership.decide(proposal, self.votes(proposal)))

    def install(self, domain: str, init_code: bytes, from_block: int) -> Outcome:
        """Decide and create a contract; `eth_call` cannot rehearse a creation."""
        proposal = self.proposal(governance.install_contract(domain, init_code, from_block))
        call = self.membership.install(proposal, self.votes(proposal), init_code)
        return self.send(call, attempt=False)

    def possession(self, organisation: bytes, signer: Signer, expires: int) -> bytes:
        record = KeyPossession(organisation, signer.key_id, expires)
        return sign_digest(record.digest(self.membership.domain), signer.secret)

    def _transact(self, call: Call, carrier: Signer) -> Any:
        transaction = {
            "chainId": CHAIN_ID,
            "nonce": self.web3.eth.get_transaction_count(_checksum(carrier.address)),
            "gas": call.gas,
            "to": _checksum(call.to),
            "value": 0,
            "data": call.data,
            "maxFeePerGas": 0,
            "maxPriorityFeePerGas": 0,
            "type": 2,
        }
        signed = Account.sign_transaction(transaction, carrier.secret)
        transaction_hash = self.web3.eth.send_raw_transaction(signed.raw_transaction)
        self.seal()
        return self.web3.eth.get_transaction_receipt(transaction_hash)


def salt() -> bytes:
    return secrets.token_bytes(32)


def thing(country: str = "VN") -> bytes:
    """Return an identifier of a certificate, exporter or export line of a country."""
    return country.encode() + secrets.token_bytes(30)


def _checksum(address: bytes) -> Any:
    return Web3.to_checksum_address(address)
