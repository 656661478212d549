"""Declarations at work: drawn by nobody's choice, decided with reasons, checked, paid, cleared."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from clients.sdk.answers import Answer
from clients.sdk.clearance import Clearance, Stated
from clients.sdk.errors import InputError
from clients.sdk.payments import MemberConnection
from contracts.beacon.records import BeaconKeyRegister
from contracts.clearance.declaration.number import STEM_DIGITS
from contracts.clearance.records import CargoEvent, Channel, CheckOutcome
from contracts.records.record import Record
from examples.demo.consignments import exported, imported, more_goods, of_trader, renewed
from examples.demo.door import served
from examples.demo.duties import Treasury, order_taxes, run_bank
from examples.demo.export import certify_export
from examples.demo.network import CUSTOMS_VN, DRAWING, EXPORTER, PORT_VN, Member
from examples.demo.office import EXPORTING
from examples.demo.play import Play, now
from examples.demo.stage import SurprisedError, until
from node.beacon.desk import admission, registration
from node.beacon.keys import BEACON_KEY_NAME, load_beacon_key

SELDOM: Final = (10_000,) * 9
"""One of a hundred declarations is inspected, whatever its rank."""
ALWAYS: Final = (1_000_000,) * 9
_REPLAY_SECONDS: Final = 60
_TOOL: Final = "from clients.cli.main import main; main()"


@dataclass(frozen=True, slots=True)
class Handed:
    """A declaration that was handed in."""

    number: str
    object: bytes
    content: dict[str, Any]


class Office:
    """Customs' desks, a declarant and a port, each with its own key and door."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.customs = play.party(CUSTOMS_VN)
        self.officer = self.customs.client.clearance
        self.declarant = self._at_customs(EXPORTER).declarant
        self.port = self._at_customs(PORT_VN).port

    def _at_customs(self, member: Member) -> Clearance:
        party = self.play.party(member)
        url, transport = self.play.network.door(CUSTOMS_VN)
        identifier = "0x" + CUSTOMS_VN.id.hex()
        door = MemberConnection(url, identifier, party.officer, transport=transport)
        return party.client.clearance.at(door)

    def follow(self, stated: Stated, member: Member = CUSTOMS_VN) -> None:
        """Wait until a record is final."""
        self.play.party(member).client.records.follow(stated.digest)

    def submit(self, member: Member, record: Record) -> None:
        """Sign a record with an officer's key and wait until it is final."""
        party = self.play.party(member)
        records = party.client.records
        signed = records.sign(record, party.officer, records.ledger())
        records.submit(signed)
        records.follow(signed.digest)

    def hand_in(self, content: dict[str, Any]) -> Handed:
        """Hand a declaration in."""
        taken = self.declarant.submit(content, f"demo-{secrets.token_hex(4)}")
        return Handed(taken.text("declaration_no"), taken.bytes32("object"), content)

    def decided(self, handed: Handed, amendment: int = 0) -> Answer:
        """Wait until a channel is decided; return how the declaration stands."""

        def ask() -> Answer:
            found = self.declarant.show(handed.number)
            if not found.truth("decided") or found.integer("amendment") != amendment:
                raise InputError("channel", "is not decided yet")
            return found

        return until(ask)

    def reached(self, handed: Handed, stage: str) -> Answer:
        """Wait until a declaration comes to a stage."""

        def ask() -> Answer:
            found = self.declarant.show(handed.number)
            if found.text("stage") != stage:
                raise InputError("stage", f"is {found.text('stage')}")
            return found

        return until(ask)


def clear_declarations(play: Play) -> None:
    """Play the scenes of clearance."""
    office = Office(play)
    seat_the_beacon(office)
    green = hand_in_green(office)
    yellow = check_yellow(office)
    red = inspect_red(office)
    pay_and_clear(office, [green, yellow, red])
    clear_export(office)
    replay_all(office)


def seat_the_beacon(office: Office) -> None:
    """Two organisations of two kinds take their seats; two officers set the rates."""
    play = office.play
    play.stage.scene("Customs and a port take their seats in the beacon that draws inspections")
    for member in DRAWING:
        record = beacon_key(play, member)
        office.submit(member, record)
        office.submit(CUSTOMS_VN, admission(record.object, now()))
        play.stage.done(f"{member.title}: an RSA key of 2048 bits, proved to be a permutation")
    asked = set_rates(office, SELDOM)
    alone = office.officer.overrides.approve_rates("VN", asked.digest, office.customs.officer)
    play.expect_refusal(office.customs, alone.digest, "one officer who approves what it asked for")
    approve_rates(office, asked)
    play.stage.done("a second officer approves: one declaration of a hundred is inspected")


def beacon_key(play: Play, member: Member) -> BeaconKeyRegister:
    """Return the registration of an organisation's key."""
    password = (play.network.folder / "password").read_bytes().strip()
    key = load_beacon_key(play.party(member).folder.keys / BEACON_KEY_NAME, password)
    return registration(key, member.id, "VN", now())


def set_rates(office: Office, rates: tuple[int, ...]) -> Stated:
    """Ask for rates, as one officer."""
    asked = office.officer.overrides.set_rates("VN", rates, office.customs.officer)
    office.follow(asked)
    return asked


def approve_rates(office: Office, asked: Stated) -> None:
    """Approve them, as another."""
    key = office.customs.approver
    office.follow(office.officer.overrides.approve_rates("VN", asked.digest, key))


def hand_in_green(office: Office) -> Handed:
    """An import goes green by itself; nobody can clear it before its duties are paid."""
    play = office.play
    play.stage.scene("An import: decided by itself, and not cleared before its duties are paid")
    handed, standing = spared(office, imported("import_green"))
    tell_decision(office, handed)
    if standing.text("channel") != "green":
        raise SurprisedError(f"the import went {standing.text('channel')}")
    blocks = {mark.text("event"): mark.integer("block") for mark in standing.objects("timeline")}
    commits = blocks["ChannelDecided"] - blocks["DeclarationRegistered"]
    play.stage.done(f"registered, drawn and decided in {commits + 1} blocks")
    unpaid = office.officer.officer.clear(handed.number, office.customs.officer)
    play.expect_refusal(office.customs, unpaid.digest, "an officer who clears it unpaid")
    return handed


def check_yellow(office: Office) -> Handed:
    """A trader that was fined lately: documents are checked, a question is answered."""
    play, desk, key = office.play, office.officer.officer, office.customs.officer
    play.stage.scene("A trader that was fined lately: yellow, its documents are checked")
    handed, standing = spared(office, of_trader(imported("import_yellow"), EXPORTING))
    tell_decision(office, handed)
    if standing.text("channel") != "yellow":
        raise SurprisedError(f"the declaration went {standing.text('channel')}")
    queue = [each.text("declaration_no") for each in desk.queue("yellow", stage="channelled")]
    play.stage.done(f"the queue of documents to be checked: {', '.join(queue)}")
    desk.ask(handed.number, {"question": "Is the freight bill of this consignment?"})
    office.declarant.answer(handed.number, {"answer": "It is, see the transport document."})
    report = {"found": "invoice, freight bill and packing list agree"}
    office.follow(desk.check_documents(handed.number, CheckOutcome.CONSISTENT, report, key))
    play.stage.done("asked, answered, checked: the report is kept, the ledger has its hash")
    return handed


def inspect_red(office: Office) -> Handed:
    """Drawn for inspection: no officer frees it; a finding, an amendment, a second look."""
    play, desk, key = office.play, office.officer.officer, office.customs.officer
    play.stage.scene("Drawn for inspection: the finding is amended and inspected again")
    approve_rates(office, set_rates(office, ALWAYS))
    handed = office.hand_in(imported("import_red"))
    standing = office.decided(handed)
    approve_rates(office, set_rates(office, SELDOM))
    if (standing.text("channel"), standing.text("draw")) != ("red", "drawn"):
        raise SurprisedError("a declaration that must be drawn was not")
    play.stage.done("all are drawn for a moment: red, with the beacon's seed on record")
    asked = office.officer.overrides.propose_channel(
        handed.number, Channel.GREEN, "PERISHABLE", {"statement": "the goods cannot wait"}, key
    )
    office.follow(asked)
    approver = office.customs.approver
    freed = until(lambda: office.officer.overrides.approve(handed.number, asked.digest, approver))
    play.expect_refusal(office.customs, freed.digest, "two officers who want it green all the same")
    counted = {"found": "60 generators, 50 declared"}
    office.follow(desk.inspect(handed.number, CheckOutcome.FINDING, counted, key))
    play.stage.done(f"inspected: {counted['found']}")
    content = more_goods(handed.content)
    office.declarant.amend(handed.number, content)
    office.decided(handed, amendment=1)
    play.stage.done("the declarant amends quantity and value; drawn it remains")
    agree = {"found": "as amended"}
    for check in (desk.check_documents, desk.inspect):
        office.follow(check(handed.number, CheckOutcome.CONSISTENT, agree, key))
    play.stage.done("checked and inspected again: as amended")
    return handed


def pay_and_clear(office: Office, handed: list[Handed]) -> None:
    """The bank credits what is due; the office clears by itself; the port lets the goods go."""
    play = office.play
    play.stage.scene("The duties are paid; the office clears by itself; the port opens its gate")
    treasury = Treasury(play)
    for number, one in enumerate(handed, start=2):
        plain, pay_id = one.number[:STEM_DIGITS], f"NT-{number:06d}"
        due = until(lambda: order_taxes(treasury, plain, pay_id))  # noqa: B023
        play.stage.done(f"{one.number}: {due:,} VND ordered")
    run_bank(treasury)
    for one in handed:
        found = office.reached(one, "cleared")
        play.stage.done(f"{one.number}: {found.text('channel')}, paid, cleared")
    first = handed[0]
    port = play.party(PORT_VN)
    passes = port.client.clearance.port.passes
    until(lambda: first.object in {each.bytes32("object") for each in passes()})
    message = {"gate": "2", "truck": "15C-123.45"}
    office.follow(
        office.port.state(first.number, CargoEvent.EXITED, message, port.officer), PORT_VN
    )
    play.stage.done(f"the port's own node lists what may leave; {first.number} is out of the gate")


def clear_export(office: Office) -> None:
    """An export is cleared by itself; the certificate of its origin names it."""
    play = office.play
    play.stage.scene("An export is cleared; the certificate of its origin names its line")
    handed, _ = spared(office, exported("ID", "IDTPP"))
    cleared = office.reached(handed, "cleared")
    play.stage.done(f"{handed.number}: {cleared.text('channel')}, cleared, nothing to pay")
    certify_export(play, handed.number[:STEM_DIGITS], handed.content)


def replay_all(office: Office) -> None:
    """A process of its own makes every decision again."""
    play = office.play
    play.stage.scene("Every decision is made again, bit for bit, by a process of its own")
    token = office.customs.token
    with served(office.customs.app) as url:
        done = subprocess.run(
            [sys.executable, "-c", _TOOL, "clearance", "replay", "--all"],
            capture_output=True,
            text=True,
            check=False,
            timeout=_REPLAY_SECONDS,
            cwd=Path(__file__).parents[2],
            env=os.environ | {"TRADESEAL_URL": url, "TRADESEAL_TOKEN": token},
        )
    if done.returncode != 0 or "identical" not in done.stdout:
        raise SurprisedError(f"a decision reads differently: {done.stderr or done.stdout}")
    for line in done.stdout.splitlines():
        play.stage.done(line)


def spared(office: Office, content: dict[str, Any]) -> tuple[Handed, Answer]:
    """Hand a declaration in until the beacon spares it, as it does 99 times of a hundred."""
    while True:
        handed = office.hand_in(renewed(content))
        standing = office.decided(handed)
        if standing.text("draw") == "spared":
            return handed, standing
        office.play.stage.doubtful(f"{handed.number} was drawn, one of a hundred: another one")


def tell_decision(office: Office, handed: Handed) -> None:
    """Show channel, score and reasons of a decision."""
    found = json.loads(office.officer.reports.decision(handed.number).text("document"))
    stage = office.play.stage
    score = (
        "no score" if found["score_ppm"] is None else f"score {found['score_ppm'] / 10_000:.1f} %"
    )
    stage.done(
        f"{handed.number}: {found['channel']}; rank {found['rank']}, {score}, "
        f"draw {found['draw']['draw'][:10]}… spared"
    )
    for outcome in found["outcomes"]:
        stage.done(f"   {outcome['rule']}: {outcome['en']}")
    for reason in found["reasons"][:2]:
        stage.done(f"   {reason['contribution_ppm'] / 1_000_000:+.2f} log-odds: {reason['en']}")
