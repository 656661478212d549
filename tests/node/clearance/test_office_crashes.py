"""The clearance office stopped at every step and started again; amendments, clocks, silence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from support.clearance_doors import SECOND, clearance_genesis
from support.comet_ledger import skip_on_network
from support.organisations import CHAIN_ID, CUSTOMS_VN, IDENTIFIER_KEY, Network, Signer
from support.paying import customs_folder

from contracts.clearance.declaration import require_declaration
from contracts.clearance.declaration.example import example_json
from contracts.clearance.identifiers import consignment_id, consignment_key, rates_id
from contracts.clearance.papers import paper_content
from contracts.clearance.records import Approval, Channel, ChannelDecide, RatesSet
from contracts.clearance.state import Stage, pack_rates
from contracts.membership.founding import founded_address
from contracts.records.record import Record, RecordDomain
from contracts.records.signed import SignedRecord
from node.clearance.assessor import CaseFile, Decided, Drawing, Intake
from node.clearance.tables import (
    ClearanceMarkRow,
    ClearanceRow,
    ClearanceStep,
    DeclarationFile,
)
from node.organisation import OrganisationNode
from node.outbox.outbox import Entry
from node.outbox.tables import OutboxEntry

DAY = 86_400
SALT = "5a" * 32


class KilledError(Exception):
    """The process ends here."""


class FixedAssessor:
    """Decides as it is told; the real one lies in the layer above."""

    def take_in(self, declaration_no: str, content: str, amendment: int, now: int) -> Intake:
        del declaration_no, content, amendment, now
        return Intake(1, (), {"features": {}, "level": 1})

    def assess(self, case: CaseFile) -> None:
        del case

    def decide(self, case: CaseFile, drawing: Drawing, now: int) -> Decided:
        value = {"no": case.declaration_no, "withheld": drawing.withheld, "decided_at": str(now)}
        document = json.dumps(value, sort_keys=True, separators=(",", ":"))
        channel = Channel.RED if drawing.withheld else Channel.GREEN
        return Decided(channel, document, SALT, paper_content(value, SALT))


class Office:
    """Customs' node on a ledger whose rates are set; it can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.network = Network(folder, genesis=clearance_genesis(), clerks=(CUSTOMS_VN,))
        self.folder = customs_folder(self.network)
        self.node = self._start()
        self.network.settle(self.node)
        self.number = 0

    def _start(self) -> OrganisationNode:
        node = self.network.node(self.folder)
        node.clearance.appoint(FixedAssessor())
        return node

    def restart(self) -> None:
        self.node.close()
        self.node = self._start()

    def settle(self) -> None:
        self.network.settle(self.node)

    def put(self, record: Record, signer: Signer) -> Entry:
        domain = RecordDomain(CHAIN_ID, founded_address(record.DOMAIN))
        signed = SignedRecord.sign(record, domain, signer.secret)
        self.node.submit(signed)
        self.settle()
        return self.node.outbox.find("0x" + signed.digest.hex())

    def set_rates(self) -> None:
        now = self.network.time
        asked = RatesSet(rates_id("VN"), pack_rates((10_000,) * 9), now, now + DAY)
        digest = bytes.fromhex(self.put(asked, CUSTOMS_VN.officer).digest[2:])
        self.put(Approval(rates_id("VN"), digest, now, now + DAY), SECOND)

    def declare(self, **changes: Any) -> DeclarationFile:
        self.number += 1
        value = example_json("import_red") | {"ucr": f"6JP{self.number:010d}"} | changes
        value.pop("declaration_no", None)
        value["transport"]["documents"][0]["number"] = f"N{self.number}"
        declaration = require_declaration(value)
        files = self.node.clearance.files
        return files.submit(declaration, CUSTOMS_VN.hex_id, f"R-{self.number}", self.network.time)

    def row(self, file: DeclarationFile) -> ClearanceRow:
        with self.node.reading() as session:
            return session.get_one(ClearanceRow, file.object_id)

    def file(self, file: DeclarationFile) -> DeclarationFile:
        return self.node.clearance.files.find(file.declaration_no)

    def count(self, file: DeclarationFile, event: str) -> int:
        query = select(func.count()).where(
            ClearanceMarkRow.object_id == file.object_id, ClearanceMarkRow.event == event
        )
        with self.node.reading() as session:
            return session.scalar(query) or 0

    def promised(self, file: DeclarationFile, kind: str) -> int:
        query = select(func.count()).where(
            OutboxEntry.object_id == file.object_id, OutboxEntry.type_name == kind
        )
        with self.node.state.read() as session:
            return session.scalar(query) or 0

    def steps(self, file: DeclarationFile) -> list[ClearanceStep]:
        query = select(ClearanceStep).where(ClearanceStep.declaration_no == file.declaration_no)
        with self.node.state.read() as session:
            return list(session.scalars(query))

    def silent(self) -> None:
        """Let the beacon's time pass, by the ledger's clock too."""
        self.network.time += 40
        self.settle()


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return an office on a ledger without rates of inspection."""
    skip_on_network("it moves the clock")
    made = Office(tmp_path_factory.mktemp("fresh"))
    yield made
    made.network.close()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    skip_on_network("it moves the clock")
    made = Office(tmp_path_factory.mktemp("office"))
    made.set_rates()
    yield made
    made.network.close()


def killed_before(_: Sequence[SignedRecord]) -> list[Entry]:
    raise KilledError


@pytest.mark.parametrize("kind", ["DeclarationRegister", "ChannelDecide"])
@pytest.mark.parametrize("place", ["stored", "submitted", "committed"])
def test_what_was_under_way_goes_on_after_a_start(office: Office, kind: str, place: str) -> None:
    file = office.declare()
    if kind == "ChannelDecide":
        office.settle()
        office.network.time += 40
    now, clearance = office.network.time, office.node.clearance
    if place == "stored":
        with pytest.raises(KilledError):
            clearance.step(killed_before, now)
        assert office.promised(file, kind) == 0
    else:
        clearance.step(office.node.outbox.submit_each, now)
        assert office.promised(file, kind) == 1
    assert [step.is_open for step in office.steps(file)][-1] is True
    if place == "committed":
        office.node.carrier.step()
        office.network.seal()
        office.node.carrier.step()
    office.restart()
    office.settle()
    office.silent()
    row = office.row(file)
    assert (row.stage, row.channel) == (Stage.CHANNELLED, Channel.RED)
    assert office.promised(file, "DeclarationRegister") == 1
    assert office.promised(file, "ChannelDecide") == 1
    assert office.count(file, "ChannelDecided") == 1
    assert not any(step.is_open for step in office.steps(file))


def test_a_silent_beacon_counts_as_drawn_after_its_time_and_not_before(office: Office) -> None:
    file = office.declare()
    office.settle()
    office.network.time += 10
    office.settle()
    assert office.row(file).stage == Stage.REGISTERED
    assert office.file(file).detail == "the draw is not out yet"
    office.silent()
    assert office.row(file).channel == Channel.RED
    document = office.node.clearance.files.versions(file.declaration_no)[0].decision
    assert document is not None
    assert json.loads(document)["withheld"] is True


def test_an_amendment_that_comes_while_a_record_is_under_way_is_decided_too(
    office: Office,
) -> None:
    file = office.declare()
    office.node.clearance.step(office.node.outbox.submit_each, office.network.time)
    content = office.node.clearance.files.versions(file.declaration_no)[0].content
    amended = json.loads(content) | {"packages": {"count": 15, "type": "CT"}}
    files = office.node.clearance.files
    files.amend(
        file.declaration_no, require_declaration(amended), CUSTOMS_VN.hex_id, office.network.time
    )
    office.settle()
    office.silent()
    row = office.row(file)
    assert (row.amendment, row.decided, row.stage) == (1, 2, Stage.CHANNELLED)
    assert office.promised(file, "AmendmentRegister") == 1


def test_of_two_that_decide_at_once_the_ledger_takes_one(office: Office) -> None:
    file = office.declare()
    office.settle()
    office.network.time += 40
    office.node.clearance.step(office.node.outbox.submit_each, office.network.time)
    name, now = bytes.fromhex(file.object_id[2:]), office.network.time
    mine = ChannelDecide(name, 0, Channel.YELLOW, b"\x07" * 32, now, now + DAY)
    late = office.put(mine, SECOND)
    assert late.reason is not None
    office.silent()
    assert (office.row(file).stage, office.row(file).channel) == (Stage.CHANNELLED, Channel.RED)
    assert office.count(file, "ChannelDecided") == 1
    assert not any(step.is_open for step in office.steps(file))


def test_a_clock_that_goes_back_loses_nothing(office: Office) -> None:
    file = office.declare()
    office.node.clearance.step(office.node.outbox.submit_each, office.network.time)
    signed = len(office.steps(file))
    office.node.clearance.step(office.node.outbox.submit_each, 0)
    assert len(office.steps(file)) == signed
    office.settle()
    office.silent()
    assert office.row(file).stage == Stage.CHANNELLED
    assert office.promised(file, "DeclarationRegister") == 1


def test_a_consignment_keeps_its_name_over_the_years(office: Office) -> None:
    file = office.declare(ucr="6JPACROSS")
    office.settle()
    key = consignment_key(IDENTIFIER_KEY, "VN")
    assert office.row(file).consignment == "0x" + consignment_id(key, "VN", "6JPACROSS").hex()
    other = consignment_key(IDENTIFIER_KEY, "ID")
    assert consignment_id(other, "VN", "6JPACROSS") != consignment_id(key, "VN", "6JPACROSS")
    office.silent()


def test_without_rates_it_waits_longer_each_time_and_goes_on_once_they_are_there(
    fresh: Office,
) -> None:
    file = fresh.declare()
    fresh.settle()
    refused = "the ledger refused it: clearance: no rates of inspection"
    assert fresh.file(file).detail == refused
    signed = len(fresh.steps(file))
    for _ in range(60):
        fresh.network.time += 1
        fresh.settle()
    assert len(fresh.steps(file)) - signed <= 5
    fresh.set_rates()
    fresh.network.time += 300
    fresh.settle()
    assert fresh.row(file).stage == Stage.REGISTERED


def test_what_cannot_be_assessed_yet_is_tried_again_and_not_all_the_time(office: Office) -> None:
    tried: list[str] = []

    class WithoutRates(FixedAssessor):
        def assess(self, case: CaseFile) -> None:
            tried.append(case.declaration_no)

    office.node.clearance.appoint(WithoutRates())
    file = office.declare()
    office.settle()
    assert tried.count(file.declaration_no) == 1
    for _ in range(20):
        office.network.time += 10
        office.settle()
    assert tried.count(file.declaration_no) == 1
    office.network.time += 300
    office.settle()
    assert tried.count(file.declaration_no) == 2
