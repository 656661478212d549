"""A founded network with the folders of its organisations, for tests of node, API and clients."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from eth_account import Account
from support.comet_ledger import comet_ledger, is_network, seal, skip_on_network
from web3.exceptions import TransactionNotFound

from chain.engine.solo import SoloEngine
from chain.genesis import parse_genesis
from chain.ledger import Ledger, solo_ledger
from chain.proofs.keccak import keccak256
from chain.rpc.provider import connect
from contracts.calls import Call, submit_call
from contracts.commitments.curve import Point
from contracts.commitments.pedersen import Opening, commit
from contracts.documents.hpke import EncryptionKey
from contracts.issuance.binding import IssuanceContract
from contracts.issuance.records import LineCertify
from contracts.ledger import Ledger as EvmLedger
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
from contracts.origin.binding import OriginContract
from contracts.origin.identifiers import key_commitment
from contracts.origin.records import (
    CertificateCancel,
    CertificateClaim,
    CertificateIssue,
    CertificateMessage,
    ClaimAccept,
    ClaimReject,
    MessageKind,
)
from contracts.records.record import Record, RecordDomain
from contracts.records.signed import SignedRecord
from node.config import OrganisationConfig
from node.database.database import Database, Purpose
from node.database.migration import migrate
from node.files import create_private, make_private_folder
from node.folder import OrganisationFolder, create_folder
from node.keys.accounts import DEMONSTRATION, import_account
from node.keys.encryption import ENCRYPTION_KEY_NAME
from node.organisation import OrganisationNode

CHAIN_ID = 7_742
GENESIS_TIME = 1_767_225_600  # 2026-01-01T00:00:00Z
PASSWORD = b"a password for tests"
YEAR = 366 * 86_400
MEMBERSHIP = membership_address()
ORIGIN = founded_address("origin")
ISSUANCE = founded_address("issuance")
PAYMENTS = founded_address("payments")
IDENTIFIER_KEY = b"\x11" * 32


@dataclass(frozen=True, slots=True)
class Signer:
    """A secp256k1 key made from a label."""

    label: str

    @property
    def secret(self) -> bytes:
        return keccak256(b"node test key " + self.label.encode())

    @property
    def address(self) -> bytes:
        public = PrivateKey(self.secret).public_key.format(compressed=False)
        return keccak256(public[1:])[12:]

    @property
    def key_id(self) -> bytes:
        return address_key_id(self.address)


@cache
def encryption_key(name: str) -> EncryptionKey:
    """Return a key made from a label, the same in every process."""
    seed = keccak256(b"encryption key " + name.encode())
    mlkem = MLKEM768PrivateKey.from_seed_bytes(seed + keccak256(seed))
    return EncryptionKey(mlkem, X25519PrivateKey.from_private_bytes(seed))


@cache
def encryption_pem(name: str) -> bytes:
    return encryption_key(name).to_pem(PASSWORD)


TESTS_CARRIER = Signer("of the tests")


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
    def hex_id(self) -> str:
        return "0x" + self.id.hex()

    @property
    def officer(self) -> Signer:
        return Signer(f"{self.name} officer")

    @property
    def carrier(self) -> Signer:
        return Signer(f"{self.name} carrier")

    @property
    def document_secret(self) -> ec.EllipticCurvePrivateKey:
        number = int.from_bytes(keccak256(b"document key " + self.name.encode()), "big")
        return ec.derive_private_key(number % (1 << 255), ec.SECP256R1())

    @property
    def document_material(self) -> bytes:
        public = self.document_secret.public_key()
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def document_key(self) -> bytes:
        return material_key_id(self.document_material)

    @property
    def encryption_key(self) -> EncryptionKey:
        return encryption_key(self.name)

    @property
    def more_carriers(self) -> tuple[Signer, ...]:
        """Accounts that carry what a test presupposes, apart from any node's own."""
        return (TESTS_CARRIER,) if self.name == "customs-vn" else ()

    def founder(self) -> Founder:
        return Founder(
            organisation=self.id,
            roles=self.roles,
            country=self.country,
            governing=self.governing,
            admin_key=Signer(f"{self.name} admin").key_id,
            keys=(
                FoundingKey(self.officer.key_id, KeyPurpose.SIGN),
                FoundingKey(self.carrier.key_id, KeyPurpose.CARRY),
                FoundingKey(self.document_key, KeyPurpose.DOCUMENT, self.document_material),
                *(FoundingKey(key.key_id, KeyPurpose.CARRY) for key in self.more_carriers),
                FoundingKey(
                    self.encryption_key.key_id, KeyPurpose.ENCRYPT, self.encryption_key.material
                ),
            ),
            identifier_keys=(
                IdentifierKeyCommitment("certificates-2026", key_commitment(IDENTIFIER_KEY)),
            ),
        )


ISSUER = Member("authority-vn", Role.ISSUING_AUTHORITY, "VN")
CUSTOMS_VN = Member("customs-vn", Role.CUSTOMS, "VN")
CUSTOMS_ID = Member("customs-id", Role.CUSTOMS, "ID")
EXPORTER = Member("exporter-vn", Role.ENTERPRISE, "VN", governing=False)
IMPORTER = Member("importer-id", Role.ENTERPRISE, "ID", governing=False)
CUSTOMS_TH = Member("customs-th", Role.CUSTOMS, "TH", governing=False)
MEMBERS = (ISSUER, CUSTOMS_VN, CUSTOMS_ID, EXPORTER, IMPORTER, CUSTOMS_TH)
WHOLE = 30_000
"""Scaled quantity of every export line that these tests certify whole."""


class SealingKey:
    """The one validator's Ed25519 key."""

    _key = Ed25519PrivateKey.from_private_bytes(b"\x2b" * 32)

    @property
    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


class MemoryStore:
    """A key-value store that outlives the ledgers opened on it, and ends with the test."""

    def __init__(self, entries: dict[bytes, bytes] | None = None) -> None:
        self._entries = dict(entries or {})

    @property
    def entries(self) -> dict[bytes, bytes]:
        return dict(self._entries)

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

    def close(self) -> None:
        pass


@cache
def genesis_bytes(chain: str = "tradeseal-organisations", more: tuple[Member, ...] = ()) -> bytes:
    founding = build_founding(
        [member.founder() for member in (*MEMBERS, *more)],
        [FoundingValidator(SealingKey().public_key, 10, MEMBERS[0].id)],
    )
    document = {
        "format": "tradeseal-genesis/1",
        "chain_id": chain,
        "evm_chain_id": str(CHAIN_ID),
        "genesis_time": "2026-01-01T00:00:00Z",
        "membership": "0x" + MEMBERSHIP.hex(),
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
    return json.dumps(document).encode()


@cache
def founded(genesis: bytes) -> dict[bytes, bytes]:
    """Return what a new ledger's store holds, so that tests do not found it again."""
    store = MemoryStore()
    parsed = parse_genesis(genesis)
    solo_ledger(store, parsed, SealingKey(), clock=lambda: parsed.time_ns, start=False).close()
    return store.entries


@cache
def migrated(purpose: Purpose) -> bytes:
    """Return the file of a new SQLite database, so that tests do not migrate it again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.db"
        database = Database(f"sqlite:///{path}", purpose)
        migrate(database)
        database.close()
        return path.read_bytes()


@dataclass
class Network:
    """A ledger in this process and the organisations' folders.

    With `sealing` a thread seals as blocks fill; without, nothing is final before `seal`.
    """

    folder: Path
    sealing: bool = False
    genesis: bytes = field(default_factory=genesis_bytes)
    time: int = GENESIS_TIME + 1
    clerks: tuple[Member, ...] = ()

    def __post_init__(self) -> None:
        if is_network():
            self.time = int(time.time())
            self._store = MemoryStore({})
        else:
            self._store = MemoryStore(founded(self.genesis))
        self._started = time.monotonic_ns()
        self._nodes: list[OrganisationNode] = []
        self._covered: set[bytes] = set()
        self._covering = threading.Lock()
        self.open_ledger()

    def open_ledger(self) -> None:
        if is_network():
            founded_by = parse_genesis(self.genesis)
            self.ledger = comet_ledger(self._store, founded_by, SealingKey._key)
            self.web3 = connect(self.ledger)
            return
        self.ledger: Ledger = solo_ledger(
            self._store,
            parse_genesis(self.genesis),
            SealingKey(),
            clock=self._clock,
            start=self.sealing,
        )
        self.web3 = connect(self.ledger)

    def _clock(self) -> int:
        if is_network():
            return time.time_ns()
        # Where a thread seals, time runs; where the test seals, it stands still in between.
        running = time.monotonic_ns() - self._started if self.sealing else 0
        return self.time * 1_000_000_000 + running

    def restart_ledger(self) -> None:
        """Stop and open the ledger again: what only waited in its memory is lost."""
        skip_on_network("its engine keeps its blocks in a folder of its own")
        self.ledger.close()
        self.open_ledger()

    def seal(self, heights: int = 1) -> None:
        if is_network():
            seal(self.ledger, heights)
            self.time = int(time.time())
            return
        engine = self.ledger.engine
        assert isinstance(engine, SoloEngine)
        for _ in range(heights):
            self.time += 1
            engine.seal_next()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._clock() // 1_000_000_000, UTC)

    def organisation(
        self, member: Member, *, read: str | None = None, state: str | None = None
    ) -> OrganisationFolder:
        """Create the folder of an organisation."""
        config = OrganisationConfig(
            name=member.name,
            organisation=member.hex_id,
            country=member.country,
            ledger_url="embedded",
            evm_chain_id=CHAIN_ID,
            membership="0x" + MEMBERSHIP.hex(),
            read_database=read or "sqlite:///read.db",
            state_database=state or "sqlite:///state.db",
        )
        folder = create_folder(self.folder / member.name, config, self.genesis)
        for purpose, url in ((Purpose.READ, read), (Purpose.STATE, state)):
            if url is None:
                create_private(folder.path / f"{purpose}.db", migrated(purpose))
        account = folder.keys / "account.json"
        import_account(account, member.carrier.secret, PASSWORD, DEMONSTRATION)
        if member in self.clerks:
            import_account(
                folder.keys / "clerk.json", member.officer.secret, PASSWORD, DEMONSTRATION
            )
            make_private_folder(folder.keys / "identifiers")
            name = folder.keys / "identifiers" / "certificates-2026.key"
            create_private(name, IDENTIFIER_KEY.hex().encode())
        create_private(folder.keys / ENCRYPTION_KEY_NAME, encryption_pem(member.name))
        return folder

    def node(self, folder: OrganisationFolder) -> OrganisationNode:
        """Open an organisation's node on the ledger."""
        node = OrganisationNode(folder, self.web3, PASSWORD, self.now)
        self._nodes.append(node)
        return node

    def settle(self, *nodes: OrganisationNode, rounds: int = 60) -> None:
        """Carry, seal and follow until nothing is under way."""
        for _ in range(rounds):
            busy = [node.step() for node in nodes]
            if not any(busy):
                return
            if self.sealing or is_network():
                time.sleep(0.02)
            else:
                self.seal()
        raise AssertionError(rounds)

    def close(self) -> None:
        for node in self._nodes:
            node.close()
        self.ledger.close()

    # records

    @property
    def soon(self) -> int:
        return self.time + 3_600

    def sign(self, record: Record, signer: Signer, contract: bytes | None = None) -> SignedRecord:
        home = {"origin": ORIGIN, "issuance": ISSUANCE, "membership": MEMBERSHIP}
        address = contract or home[record.DOMAIN]
        return SignedRecord.sign(record, RecordDomain(CHAIN_ID, address), signer.secret)

    def issue(
        self,
        certificate: bytes,
        signer: Signer | None = None,
        *,
        covered: bool = True,
        **changes: Any,
    ) -> SignedRecord:
        """Sign an issue; the export lines of its items are on the ledger before it."""
        values: dict[str, Any] = {
            "object": certificate,
            "document": keccak256(b"document" + certificate),
            "document_key": ISSUER.document_key,
            "form": b"D".ljust(8, b"\0"),
            "issuing_country": b"VN",
            "importing_country": b"ID",
            "items": 2,
            "consignment": keccak256(b"consignment" + certificate),
            "application": bytes(32),
            "authorisation": bytes(32),
            "parent": bytes(32),
            "supersedes": bytes(32),
            "issued_at": self.time,
            "expires_at": self.time + YEAR - 86_400,
            "expires": self.soon,
        }
        record = CertificateIssue(**(values | changes))
        if covered:
            self.cover(certificate, record.items)
        return self.sign(record, signer or ISSUER.officer)

    def certify(
        self, certificate: bytes, item: int, opening: Opening, **changes: Any
    ) -> SignedRecord:
        """Sign that customs certifies an export line of its own, whole, for an item."""
        point = commit(opening)
        values: dict[str, Any] = {
            "object": line_id(certificate, item),
            "certificate": certificate,
            "item": item,
            "share_before": 0,
            "share_after": 10_000,
            "commitment_x": point.x,
            "commitment_y": point.y,
            "quantity_x": point.x,
            "quantity_y": point.y,
            "certified_at": self.time,
            "expires": self.soon,
        }
        signer = changes.pop("signer", CUSTOMS_VN.officer)
        return self.sign(LineCertify(**(values | changes)), signer)

    def cover(self, certificate: bytes, items: int) -> None:
        """Put the export lines of a certificate on the ledger, once."""
        with self._covering:
            if certificate not in self._covered:
                self._covered.add(certificate)
                numbers = range(1, items + 1)
                self.record(*(self.certify(certificate, n, Opening(WHOLE, 7 + n)) for n in numbers))

    def receive(self, certificate: bytes) -> None:
        """Put on the ledger that importing customs received a certificate on paper."""
        self.record(self.message(certificate, MessageKind.PAPER))

    def message(
        self, certificate: bytes, kind: MessageKind, signer: Signer | None = None, **changes: Any
    ) -> SignedRecord:
        values: dict[str, Any] = {
            "object": certificate,
            "kind": int(kind),
            "reference": keccak256(b"message" + bytes([kind]) + certificate),
            "document": bytes(32),
            "reason": bytes(32),
            "sent_at": self.time,
            "expires": self.soon,
        }
        own = {MessageKind.TRANSMIT, MessageKind.COPY, MessageKind.ERASE}
        speaker = signer or (ISSUER if kind in own else CUSTOMS_ID).officer
        return self.sign(CertificateMessage(**(values | changes)), speaker)

    def record(self, *records: SignedRecord) -> None:
        """Put records of one contract on the ledger without a node, as a test presupposes them."""
        binding = EvmLedger(self.web3)
        books = {"origin": OriginContract(binding, ORIGIN)}
        books |= {"issuance": IssuanceContract(binding, ISSUANCE)}
        calls = [books[signed.record.DOMAIN].carry(signed) for signed in records]
        self._carry(calls[0] if len(calls) == 1 else submit_call(tuple(calls)))

    def _carry(self, call: Call) -> None:
        account = Account.from_key(TESTS_CARRIER.secret)
        nonce = self.web3.eth.get_transaction_count(account.address, "latest")
        sent = account.sign_transaction(
            {
                "type": 2,
                "chainId": CHAIN_ID,
                "nonce": nonce,
                "to": call.to,
                "value": 0,
                "data": call.data,
                "gas": call.gas,
                "maxFeePerGas": 0,
                "maxPriorityFeePerGas": 0,
            }
        )
        name = self.web3.eth.send_raw_transaction(sent.raw_transaction)
        for _ in range(500):
            if not self.sealing:
                self.seal()
            with suppress(TransactionNotFound):
                receipt = self.web3.eth.get_transaction_receipt(name)
                assert receipt["status"] == 1, call
                return
            time.sleep(0.01)
        raise AssertionError(name)

    def claim(
        self, certificate: bytes, opening: Opening, item: int = 1, tag: int = 0
    ) -> SignedRecord:
        point = commit(opening)
        record = CertificateClaim(
            object=certificate,
            item=item,
            declaration=keccak256(b"declaration" + bytes([tag])),
            commitment_x=point.x,
            commitment_y=point.y,
            claimed_at=self.time,
            expires=self.soon,
        )
        return self.sign(record, IMPORTER.officer)

    def accept(
        self, certificate: bytes, claim: bytes, before: int, after: int, total: Point
    ) -> SignedRecord:
        record = ClaimAccept(
            object=certificate,
            claim=claim,
            share_before=before,
            share_after=after,
            commitment_x=total.x,
            commitment_y=total.y,
            accepted_at=self.time,
            expires=self.soon,
        )
        return self.sign(record, CUSTOMS_ID.officer)

    def reject(self, certificate: bytes, claim: bytes) -> SignedRecord:
        record = ClaimReject(certificate, claim, keccak256(b"reason"), self.time, self.soon)
        return self.sign(record, CUSTOMS_ID.officer)

    def cancel(self, certificate: bytes, signer: Signer | None = None) -> SignedRecord:
        record = CertificateCancel(certificate, keccak256(b"reason"), self.time, self.soon)
        return self.sign(record, signer or ISSUER.officer)


def line_id(certificate: bytes, item: int) -> bytes:
    return certificate[:2] + keccak256(b"export line" + certificate + bytes([item]))[2:]


def certificate_id(name: str, country: str = "VN") -> bytes:
    """Return an identifier, which begins with its country."""
    return country.encode() + keccak256(b"certificate " + name.encode())[2:]


NetworkFactory = Callable[..., Network]
