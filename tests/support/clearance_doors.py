"""Customs' door with clearance at work, a seated beacon, and the members that come there."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from support.beacons import roots_of, secret_of
from support.doors import Door
from support.organisations import (
    CHAIN_ID,
    CUSTOMS_ID,
    CUSTOMS_VN,
    EXPORTER,
    IMPORTER,
    MEMBERS,
    Member,
    Network,
    SealingKey,
    Signer,
)
from support.paying import BANK, PAYMENTS_KEY, assessment, customs_folder, paying_genesis

from api.app import create_app
from api.tokens import Caller, Role, TokenIssuer, TokenVerifier
from api.transport import InProcessTransport
from clients.sdk import Client
from clients.sdk.answers import Answer
from clients.sdk.clearance import Clearance, MemberConnection, Stated
from clients.sdk.connection import Connection
from clients.sdk.keystore import SigningKey
from contracts.beacon import vrf
from contracts.beacon.identifiers import Round, key_id, round_id
from contracts.beacon.records import BeaconKeyAdmit, BeaconKeyRegister, BeaconPublish
from contracts.clearance.declaration.example import example_json
from contracts.membership.founding import (
    FoundingKey,
    FoundingValidator,
    IdentifierKeyCommitment,
    build_founding,
    founded_address,
)
from contracts.membership.keys import KeyPurpose
from contracts.membership.keys import Role as OrganisationRole
from contracts.origin.identifiers import key_commitment
from contracts.records.record import Record, RecordDomain
from contracts.records.signed import SignedRecord
from node.clearance.tables import ClearanceRow
from node.outbox.tables import EntryStatus
from node.payments.customs import Registration

SECOND = Signer("second officer of customs")
PORT = Member("port-vn", OrganisationRole.PORT, "VN", governing=False)
AGENCY = Member("agency-vn", OrganisationRole.AGENCY, "VN", governing=False)
FOREIGN_PORT = Member("port-id", OrganisationRole.PORT, "ID", governing=False)
HOUR = 3_600
TODAY = 1_795_485_600  # 2026-11-24T02:00:00Z, the day after the examples were declared
PROFILE: dict[str, Any] = {"format": "tradeseal-clearance-office/1"}


@cache
def clearance_genesis() -> bytes:
    """Return the genesis of payments with a second officer, ports and an agency."""
    document = json.loads(paying_genesis())
    known = CUSTOMS_VN.founder()
    more = replace(known, keys=(*known.keys, FoundingKey(SECOND.key_id, KeyPurpose.SIGN)))
    members = (*MEMBERS, BANK, PORT, AGENCY, FOREIGN_PORT)
    calls = build_founding(
        [more if one == CUSTOMS_VN else one.founder() for one in members],
        [FoundingValidator(SealingKey().public_key, 10, MEMBERS[0].id)],
        consortium_keys=[IdentifierKeyCommitment("payments", key_commitment(PAYMENTS_KEY))],
    )
    document["founding"] = [
        {"to": None if call.to is None else "0x" + call.to.hex(), "data": "0x" + call.data.hex()}
        for call in calls
    ]
    return json.dumps(document).encode()


class ClearanceDoor(Door):
    """The door of a customs node that registers declarations, in one process with its ledger."""

    def __init__(self, folder: Path, profile: dict[str, Any] | None = None) -> None:
        self.network = Network(folder, genesis=clearance_genesis(), clerks=(CUSTOMS_VN,))
        self.network.time = TODAY
        self.member = CUSTOMS_VN
        made = customs_folder(self.network)
        self.home = made.path
        (made.path / "clearance.json").write_text(json.dumps(profile or PROFILE))
        self.node = self.network.node(made)
        self.node.step()
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.issuer = TokenIssuer(self.key)
        self.app = create_app(self.node, TokenVerifier(self.key.public_key()))
        self.transport = InProcessTransport(self.app)
        self.settle()

    def close(self) -> None:
        self.node.close()
        self.network.close()

    # Who comes

    def desk(self, role: Role = Role.CUSTOMS) -> Client:
        """Return customs' own door, with the ledger's clock."""
        client = Client("http://node", self.token(role), transport=self.transport)
        client.clearance = Clearance(self._connection(role), client.records, self._time)
        return client

    def member_at(self, member: Member) -> Clearance:
        """Return customs' door as a member comes there; its records go to the same node."""
        door = MemberConnection(
            "http://node",
            CUSTOMS_VN.hex_id,
            SigningKey(member.officer.secret),
            transport=self.transport,
            clock=self._time,
        )
        return self.desk().clearance.at(door)

    def office_token(self, seconds: int = 3_600) -> str:
        caller = Caller("officer-1", CUSTOMS_VN.hex_id, Role.CUSTOMS, "VNHPH")
        return self.issuer.issue(caller, self.network.time, seconds)

    # Records

    def take(self, stated: Stated) -> str | None:
        """Let the ledger answer; return its refusal, None where it took the record."""
        self.settle()
        entry = self.node.outbox.find("0x" + stated.digest.hex())
        return None if entry.status is EntryStatus.FINAL else entry.reason

    def put(self, record: Record, signer: Signer) -> None:
        """Put a record of the beacon on the ledger."""
        domain = RecordDomain(CHAIN_ID, founded_address(record.DOMAIN))
        signed = SignedRecord.sign(record, domain, signer.secret)
        self.node.submit(signed)
        self.settle()
        entry = self.node.outbox.find("0x" + signed.digest.hex())
        assert entry.status is EntryStatus.FINAL, entry.reason

    def row(self, name: str) -> ClearanceRow:
        with self.node.reading() as session:
            return session.get_one(ClearanceRow, name)

    # The beacon

    def seat(self, *members: Member) -> None:
        """Seat a key of each member in the panel."""
        for member in members:
            key, now = self._key(member), self.network.time
            roots = roots_of(member.name, member.id)
            modulus = secret_of(member.name).modulus
            record = BeaconKeyRegister(key, modulus, roots, now, now + HOUR)
            self.put(record, member.officer)
            self.put(BeaconKeyAdmit(key, now, now + HOUR), CUSTOMS_VN.officer)

    def publish(self, number: int, *members: Member) -> None:
        """Let members publish their outputs for a round."""
        block = self.node.ledger.block(number)
        assert block is not None
        alpha = Round(CHAIN_ID, "VN", number, bytes.fromhex(block.hash[2:])).alpha
        for member in members:
            proof = vrf.prove(secret_of(member.name), alpha)
            target, expires = round_id("VN", number), self.network.time + HOUR
            record = BeaconPublish(target, self._key(member), number, proof, expires)
            self.put(record, member.officer)

    def drawn(self, name: str) -> ClearanceRow:
        """Let the panel publish for a declaration; return how it stands then."""
        self.settle()
        self.publish(self.row(name).round, CUSTOMS_VN, EXPORTER)
        self.network.time += 5
        self.settle()
        return self.row(name)

    def _key(self, member: Member) -> bytes:
        return key_id("VN", secret_of(member.name).modulus)

    def _connection(self, role: Role) -> Connection:
        return Connection("http://node", self.token(role), transport=self.transport)

    def _time(self) -> float:
        return float(self.network.time)


def declared(name: str, reference: str, **changes: Any) -> dict[str, Any]:
    """Return a new declaration: an example without its number, of a consignment of its own."""
    value = example_json(name) | changes
    value.pop("declaration_no", None)
    value["ucr"] = f"6VN9900000037-{reference.replace('-', '')}"
    for document in value["transport"]["documents"]:
        document["number"] = f"B{reference}".replace("-", "")
    return value


DECLARANT, STRANGER = EXPORTER, IMPORTER
FOREIGN_CUSTOMS = CUSTOMS_ID
OFFICER = SigningKey(CUSTOMS_VN.officer.secret)
APPROVER = SigningKey(SECOND.secret)
REPORT = {"found": "as declared"}


def key_of(member: Member) -> SigningKey:
    return SigningKey(member.officer.secret)


def channelled(door: ClearanceDoor, name: str, reference: str, **changes: Any) -> Answer:
    """Hand a declaration in and let it be drawn; return how it stands."""
    declarant = door.member_at(DECLARANT).declarant
    receipt = declarant.submit(declared(name, reference, **changes), reference)
    door.drawn(receipt.text("object"))
    return declarant.show(receipt.text("declaration_no"))


def codes(standing: Answer) -> list[str]:
    return [each.text("code") for each in standing.objects("waiting")]


def settle_dues(door: ClearanceDoor, number: str, amendment: int = 0) -> None:
    """Tell payments that nothing is due."""
    document = assessment(0, number[:11], amendment=str(amendment))
    registration = Registration(door.network.time, "02CI", DECLARANT.hex_id)
    door.node.payments.customs.assess(document, registration, "5c" * 32, door.network.time)
    door.network.time += 20
    door.settle()


def hexed(standing: Answer) -> str:
    return "0x" + standing.bytes32("object").hex()
