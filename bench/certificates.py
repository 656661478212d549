"""Certificates issued end to end: signed, sealed for three, stored, final on the ledger.

Each certificate has one item and three records: exporting customs certifies its line, the authority
issues it and transmits it. One by one, each record travels in a transaction of its own and the next
certificate waits until they are final; in batches, a transaction carries as many of a contract's as
a node puts into one.
"""

from __future__ import annotations

import json
import secrets
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common import peak_memory_mb, save, workload
from eth_account import Account
from support.exchanging import DAY_AFTER, EXAMPLE, example_form, issuer_keys
from support.organisations import (
    CHAIN_ID,
    CUSTOMS_ID,
    CUSTOMS_VN,
    EXPORTER,
    ISSUANCE,
    ISSUER,
    MEMBERSHIP,
    ORIGIN,
    TESTS_CARRIER,
    SealingKey,
    genesis_bytes,
)
from throughput import ours
from vault import Bench, hash_and_write

from chain.genesis import parse_genesis
from chain.ledger import Ledger, open_solo
from chain.rpc.provider import connect
from clients.sdk.origin.issuing import Links, issue_record, sign_document
from contracts.calls import Call
from contracts.commitments.curve import ORDER
from contracts.commitments.pedersen import Opening, commit
from contracts.documents.sealed import SD_JWT_TYPE, SealedDocument, seal_document
from contracts.issuance.binding import IssuanceContract
from contracts.issuance.records import LineCertify
from contracts.ledger import Ledger as EvmLedger
from contracts.membership.ballot import Ballot
from contracts.membership.binding import MembershipContract
from contracts.origin.binding import OriginContract
from contracts.origin.certificate import CertificateForm
from contracts.origin.identifiers import export_line_id
from contracts.origin.records import CertificateIssue, CertificateMessage, MessageKind
from contracts.origin.state import ExchangeState
from contracts.records.record import Record, RecordDomain
from contracts.records.signed import SignedRecord
from node.carriage import ContractCarriage
from node.files import make_private_folder
from node.ledger import LedgerGateway
from node.vault.folder_store import FolderStore

ONE_BY_ONE = 48
BATCHES = {16: 6, 64: 2}
"""How many batches of each size."""
REGISTRATIONS = 500
WHOLE = 20_000_000
WAIT_SECONDS = 60
READERS = (ISSUER, CUSTOMS_ID, EXPORTER)
KEYS = issuer_keys()
RECORDS = 3
"""Of each certificate: its line, its issue, its transmission."""


@dataclass
class Certificate:
    """One certificate on its way."""

    form: CertificateForm
    document: str = ""
    sealed: SealedDocument | None = None
    records: dict[bytes, list[SignedRecord]] = field(default_factory=dict)


class World:
    """A ledger in a folder, an authority's vault beside it, and who carries."""

    def __init__(self, folder: Path) -> None:
        self._offset = max(0, DAY_AFTER * 10**9 - time.time_ns())
        self.ledger: Ledger = open_solo(
            folder / "ledger", parse_genesis(genesis_bytes()), SealingKey(), clock=self.now_ns
        )
        web3 = connect(self.ledger)
        self.gateway = LedgerGateway(web3, "embedded")
        binding = EvmLedger(web3)
        self.origin = OriginContract(binding, ORIGIN)
        books = {"origin": self.origin, "issuance": IssuanceContract(binding, ISSUANCE)}
        membership = MembershipContract(binding, MEMBERSHIP)
        self.carriage = ContractCarriage(self.gateway, membership, books, _no_votes)
        self.carrier = Account.from_key(TESTS_CARRIER.secret)
        self.nonce = 0
        self.vault = Bench(folder / "vault", FolderStore(folder / "contents"))
        self.materials = [self.vault.materials[0]]
        self.materials += [member.encryption_key.material for member in READERS[1:]]

    def now_ns(self) -> int:
        """Return the ledger's time, in which the example is certified already."""
        return time.time_ns() + self._offset

    @property
    def now(self) -> int:
        return self.now_ns() // 10**9

    def close(self) -> None:
        self.vault.close()
        self.ledger.close()

    # the stages

    def sign_document(self, certificate: Certificate) -> None:
        """Sign the SD-JWT with the authority's document key."""
        certificate.document = sign_document(certificate.form, KEYS)

    def seal(self, certificate: Certificate) -> None:
        """Encrypt, and wrap the key for three."""
        content = certificate.document.encode()
        certificate.sealed = seal_document(content, SD_JWT_TYPE, self.materials)

    def store(self, certificate: Certificate) -> None:
        """Keep ciphertext and manifest as a door does: durable, opened and checked before."""
        sealed = certificate.sealed
        assert sealed is not None
        with self.vault.vault.intake() as intake:
            intake.write(sealed.ciphertext)
            self.vault.vault.keep_content(intake)
        self.vault.vault.keep_manifest(sealed.manifest.to_bytes())

    def sign_records(self, certificate: Certificate) -> None:
        """Commit to the line's quantity; sign the three records."""
        assert certificate.sealed is not None
        issue = issue_record(certificate.form, certificate.document, KEYS, Links(), self.now)
        transmit = CertificateMessage(
            object=issue.object,
            kind=MessageKind.TRANSMIT,
            reference=certificate.sealed.manifest.cid.digest,
            document=issue.document,
            reason=bytes(32),
            sent_at=self.now,
            expires=issue.expires,
        )
        certificate.records = {
            ISSUANCE: [_sign(line_record(issue), CUSTOMS_VN.officer.secret, ISSUANCE)],
            ORIGIN: [_sign(each, ISSUER.officer.secret, ORIGIN) for each in (issue, transmit)],
        }

    def carry_singly(self, certificates: Sequence[Certificate]) -> None:
        """Give each record a transaction of its own, and wait until all are final."""
        self._carry(
            [
                self.carriage.build([signed])
                for certificate in certificates
                for records in certificate.records.values()
                for signed in records
            ]
        )

    def carry_together(self, certificates: Sequence[Certificate]) -> None:
        """Put as many records of a contract into a transaction as a node does; wait for all."""
        calls = []
        for contract in (ISSUANCE, ORIGIN):
            waiting = [signed for one in certificates for signed in one.records[contract]]
            while waiting:
                count = self.carriage.fitting(waiting)
                calls.append(self.carriage.build(waiting[:count]))
                del waiting[:count]
        self._carry(calls)

    def _carry(self, calls: Sequence[Call]) -> None:
        for call in calls:
            self.gateway.send(self._signed(call))
        address, deadline = self.carrier.address, time.monotonic() + WAIT_SECONDS
        while self.gateway.next_nonce(address) < self.nonce:
            assert time.monotonic() < deadline, "the ledger took too long"
            self.ledger.engine.wait_beyond(self.ledger.engine.tip.height, 1)

    def _signed(self, call: Call) -> bytes:
        sent = self.carrier.sign_transaction(
            {
                "type": 2,
                "chainId": CHAIN_ID,
                "nonce": self.nonce,
                "to": call.to,
                "value": 0,
                "data": call.data,
                "gas": call.gas,
                "maxFeePerGas": 0,
                "maxPriorityFeePerGas": 0,
            }
        )
        self.nonce += 1
        return bytes(sent.raw_transaction)

    def check(self, certificates: Sequence[Certificate]) -> None:
        """Require that each is in force, sent, and readable."""
        for one in certificates:
            issue = one.records[ORIGIN][0].record
            assert isinstance(issue, CertificateIssue)
            state = self.origin.certificate(issue.object)
            assert state is not None
            assert state.exchange is ExchangeState.SENT
            assert self.vault.vault.manifests("0x" + issue.document.hex())


def _no_votes(digest: str) -> tuple[Ballot, list[bytes]]:
    raise AssertionError(digest)


def _sign(record: Record, secret: bytes, contract: bytes) -> SignedRecord:
    return SignedRecord.sign(record, RecordDomain(CHAIN_ID, contract), secret)


def line_record(issue: CertificateIssue) -> LineCertify:
    """Return customs' certification of a whole export line for the only item."""
    point = commit(Opening(WHOLE, secrets.randbelow(ORDER)))
    return LineCertify(
        object=export_line_id(KEYS.identifier, "VN", secrets.token_hex(6).upper(), 1),
        certificate=issue.object,
        item=1,
        share_before=0,
        share_after=10_000,
        commitment_x=point.x,
        commitment_y=point.y,
        quantity_x=point.x,
        quantity_y=point.y,
        certified_at=issue.issued_at,
        expires=issue.expires,
    )


def new_certificates(count: int, first: int) -> list[Certificate]:
    """Return certificates of one item each, with reference numbers of their own."""
    items = json.loads(EXAMPLE.read_text())["items"][:1]
    names = [f"{number:06}" for number in range(first, first + count)]
    return [
        Certificate(
            example_form(
                items=items, reference_no=f"VN-ID-26/02/{name}", consignment=f"6VN-BENCH-{name}"
            )
        )
        for name in names
    ]


def spent_by(
    world: World,
    batches: Sequence[list[Certificate]],
    carry: Callable[[Sequence[Certificate]], None],
) -> dict[str, float]:
    """Take batches through all stages; return the seconds that each stage took."""
    stages: dict[str, Callable[[Certificate], None]] = {
        "sign_document": world.sign_document,
        "seal_for_three": world.seal,
        "store": world.store,
        "sign_records": world.sign_records,
    }
    spent = dict.fromkeys([*stages, "ledger"], 0.0)
    for batch in batches:
        for name, work in stages.items():
            started = time.perf_counter()
            for certificate in batch:
                work(certificate)
            spent[name] += time.perf_counter() - started
        started = time.perf_counter()
        carry(batch)
        spent["ledger"] += time.perf_counter() - started
        world.check(batch)  # outside the clock
    return spent


def floor_ms(folder: Path, certificates: Sequence[Certificate]) -> float:
    """Return what hashing and durably writing the same two files takes, per certificate."""
    folder.mkdir()
    spent = 0.0
    for number, certificate in enumerate(certificates):
        assert certificate.sealed is not None
        contents = (certificate.sealed.ciphertext, certificate.sealed.manifest.to_bytes())
        for kind, content in enumerate(contents):
            work = hash_and_write(folder, content)
            started = time.perf_counter()
            work(2 * number + kind)
            spent += time.perf_counter() - started
    return 1_000 * spent / len(certificates)


def figures_of(spent: dict[str, float], count: int, floor: float, registered: float) -> Any:
    """Return one way's figures: per certificate, and beside what ran in the same minutes."""
    whole = sum(spent.values())
    each = {name: 1_000 * seconds / count for name, seconds in spent.items()}
    return {
        "certificates": count,
        "per_second": round(count / whole, 1),
        "ms_per_certificate": {name: round(value, 2) for name, value in each.items()},
        "share_percent": {name: round(100 * v / whole, 1) for name, v in spent.items()},
        "to_hash_and_write": round(1_000 * whole / count / floor, 2),
        "store_to_hash_and_write": round(each["store"] / floor, 2),
        "to_ledger_alone": round(whole / spent["ledger"], 2),
        "records_per_second_on_ledger": round(RECORDS * count / spent["ledger"], 1),
        "records_to_register_workload": round(RECORDS * count / spent["ledger"] / registered, 3),
    }


def measure(root: Path, world: World) -> dict[str, Any]:
    """Measure one by one and in batches, beside the floor and the register workload."""
    registered = ours(workload(REGISTRATIONS))
    singles = [[one] for one in new_certificates(ONE_BY_ONE, 1)]
    ways = {"one_by_one": (spent_by(world, singles, world.carry_singly), ONE_BY_ONE)}
    first = ONE_BY_ONE + 1
    for size, times in BATCHES.items():
        batches = [new_certificates(size, first + size * number) for number in range(times)]
        first += size * times
        ways[f"batches_of_{size}"] = (spent_by(world, batches, world.carry_together), size * times)
    floor = floor_ms(root / "floor", [one for (one,) in singles])
    return {
        "hash_and_write_ms": round(floor, 2),
        "register_transactions_per_second": round(registered, 1),
        **{name: figures_of(*way, floor, registered) for name, way in ways.items()},
    }


def main() -> None:
    """Measure, and keep the figures."""
    # Beside the project, as an organisation's folder is: /tmp may be memory.
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as name:
        root = Path(name)
        make_private_folder(root / "world")
        world = World(root / "world")
        try:
            figures = measure(root, world)
        finally:
            world.close()
    save("certificates", figures | {"peak_memory_mb": round(peak_memory_mb())})


if __name__ == "__main__":
    main()
