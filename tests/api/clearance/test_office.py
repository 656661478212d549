"""A customs office at work on a ledger: registered, drawn, checked, assessed, paid, cleared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.comet_ledger import skip_on_network
from support.organisations import CHAIN_ID, CUSTOMS_VN, MEMBERS, Network, SealingKey, Signer
from support.paying import BANK, PAYMENTS_KEY, customs_folder, paying_genesis

from api.clearance.assessor import RiskAssessor
from api.risk.decision import replay
from api.risk.rules import by_hash
from api.tax.office import TaxOffice
from contracts.clearance.declaration.example import example
from contracts.clearance.identifiers import rates_id
from contracts.clearance.records import (
    Approval,
    CheckKind,
    CheckOutcome,
    CheckReport,
    ClearanceGrant,
    GrantKind,
    RatesSet,
)
from contracts.clearance.state import Stage, pack_rates
from contracts.membership.founding import (
    FoundingKey,
    FoundingValidator,
    IdentifierKeyCommitment,
    build_founding,
    founded_address,
)
from contracts.membership.keys import KeyPurpose
from contracts.origin.identifiers import key_commitment
from contracts.records.record import Record, RecordDomain
from contracts.records.signed import SignedRecord
from node.clearance.tables import ClearanceRow
from node.organisation import OrganisationNode
from node.outbox.tables import EntryStatus

DAY = 86_400
APPROVER = Signer("second officer of customs")


def genesis() -> bytes:
    """Return the genesis of payments, in which customs has a second officer."""
    document = json.loads(paying_genesis())
    known = CUSTOMS_VN.founder()
    more = replace(known, keys=(*known.keys, FoundingKey(APPROVER.key_id, KeyPurpose.SIGN)))
    founders = [more if one == CUSTOMS_VN else one.founder() for one in (*MEMBERS, BANK)]
    calls = build_founding(
        founders,
        [FoundingValidator(SealingKey().public_key, 10, MEMBERS[0].id)],
        consortium_keys=[IdentifierKeyCommitment("payments", key_commitment(PAYMENTS_KEY))],
    )
    document["founding"] = [
        {"to": None if call.to is None else "0x" + call.to.hex(), "data": "0x" + call.data.hex()}
        for call in calls
    ]
    return json.dumps(document).encode()


class Office:
    """Customs' node with its assessor."""

    def __init__(self, folder: Path) -> None:
        self.network = Network(folder, genesis=genesis(), clerks=(CUSTOMS_VN,))
        made = customs_folder(self.network)
        self.node: OrganisationNode = self.network.node(made)
        self.network.settle(self.node)
        taxes = TaxOffice(made.path)
        self.node.clearance.appoint(RiskAssessor(self.node, taxes, None))

    @property
    def now(self) -> int:
        return self.network.time

    def submit(self, record: Record, signer: Signer) -> Any:
        domain = RecordDomain(CHAIN_ID, founded_address("clearance"))
        signed = SignedRecord.sign(record, domain, signer.secret)
        self.node.submit(signed)
        self.network.settle(self.node)
        return self.node.outbox.find("0x" + signed.digest.hex())

    def row(self, object_id: str) -> ClearanceRow:
        with self.node.reading() as session:
            return session.get_one(ClearanceRow, object_id)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    skip_on_network("it moves the clock")
    made = Office(tmp_path)
    yield made
    made.node.close()
    made.network.close()


def set_rates(office: Office) -> None:
    asked = RatesSet(rates_id("VN"), pack_rates((10_000,) * 9), office.now, office.now + DAY)
    entry = office.submit(asked, CUSTOMS_VN.officer)
    assert entry.status is EntryStatus.FINAL, entry.reason
    subject = bytes.fromhex(entry.digest[2:])
    approval = Approval(rates_id("VN"), subject, office.now, office.now + DAY)
    assert office.submit(approval, CUSTOMS_VN.officer).reason == "clearance: two officers"
    entry = office.submit(approval, APPROVER)
    assert entry.status is EntryStatus.FINAL, entry.reason


def test_a_declaration_without_a_beacon_is_inspected_and_waits_for_its_duties(
    office: Office,
) -> None:
    set_rates(office)
    declaration = example("import_red")
    file = office.node.clearance.files.submit(declaration, CUSTOMS_VN.hex_id, "R-1", office.now)
    again = office.node.clearance.files.submit(declaration, CUSTOMS_VN.hex_id, "R-1", office.now)
    assert again.declaration_no == file.declaration_no
    office.network.settle(office.node)
    assert office.row(file.object_id).stage == Stage.REGISTERED
    office.network.time += 60
    office.network.settle(office.node)
    row = office.row(file.object_id)
    assert (row.stage, row.channel) == (Stage.CHANNELLED, 3), file.detail
    document = office.node.clearance.files.versions(file.declaration_no)[0].decision
    assert document is not None
    assert replay(document.encode(), by_hash, lambda _: None).identical
    assert json.loads(document)["draw"]["withheld"] is True

    declared = bytes.fromhex(file.object_id[2:])
    for kind in CheckKind:
        report = CheckReport(
            declared, 0, kind, CheckOutcome.CONSISTENT, b"\x01" * 32, office.now, office.now + DAY
        )
        entry = office.submit(report, CUSTOMS_VN.officer)
        assert entry.status is EntryStatus.FINAL, entry.reason
    grant = ClearanceGrant(declared, GrantKind.CLEAR, 0, office.now, office.now + DAY)
    assert office.submit(grant, CUSTOMS_VN.officer).reason in {
        "clearance: dues are not settled",
        "clearance: amendment is not assessed",
    }
    assert office.row(file.object_id).stage == Stage.CHANNELLED
