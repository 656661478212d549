"""Customs' door from submission to clearance: each role does its part, nobody another's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.clearance_doors import (
    AGENCY,
    APPROVER,
    FOREIGN_CUSTOMS,
    FOREIGN_PORT,
    OFFICER,
    PORT,
    REPORT,
    STRANGER,
    ClearanceDoor,
    channelled,
    codes,
    declared,
    hexed,
    key_of,
    settle_dues,
)

from api.tokens import Role
from clients.sdk.clearance import Clearance, Declarant, Taken
from clients.sdk.errors import InputError, ServerRefusedError
from contracts.beacon.draw_file import DrawFile
from contracts.clearance.records import (
    CargoEvent,
    Channel,
    CheckKind,
    CheckOutcome,
    EvidenceKind,
    FactKind,
    FactOutcome,
)
from contracts.errors import RecordFormatError

DAY = 86_400


def test_a_declarant_hands_in_once_and_reads_its_own(
    door: ClearanceDoor, declarant: Declarant
) -> None:
    value = declared("export", "D1")
    first = declarant.submit(value, "D-1")
    assert declarant.submit(value, "D-1").text("object") == first.text("object")
    number = first.text("declaration_no")
    assert declarant.version(number)["salt"] == value["salt"]
    with pytest.raises(ServerRefusedError) as refused:
        declarant.submit(value | {"remarks": "other"} | {"salt": "ab" * 32}, "D-1")
    assert refused.value.code in {"declaration_conflict", "declaration_unsound"}
    stranger = door.member_at(STRANGER).declarant
    for ask in (stranger.show, stranger.version, stranger.messages):
        with pytest.raises(ServerRefusedError) as unknown:
            ask(number)
        assert unknown.value.code == "declaration_unknown"
    with pytest.raises(ServerRefusedError, match="is not known here"):
        stranger.amend(number, value)
    with pytest.raises(ServerRefusedError, match="is not known here"):
        stranger.answer(number, {"words": "mine"})


def test_what_is_wrong_is_named_in_both_languages(declarant: Declarant) -> None:
    value = declared("export", "D2", gross_mass_kg="1", office="?")
    with pytest.raises(ServerRefusedError) as refused:
        declarant.submit(value, "D-2")
    assert refused.value.code == "declaration_unsound"
    findings = refused.value.members["findings"]
    assert isinstance(findings, list)
    assert all(each["vi"] and each["en"] and each["vi"] != each["en"] for each in findings)
    assert "/office" in {each["field"] for each in findings}


def test_a_large_amendment_is_read_and_a_larger_body_refused(
    door: ClearanceDoor, declarant: Declarant
) -> None:
    number = declarant.submit(declared("export", "D-3"), "D-3").text("declaration_no")
    name = {"declaration": {"format": "x" * (2 << 20)}}
    path = f"/v1/clearance/declarations/{number}/amendments"
    with door.client(Role.CUSTOMS) as http:
        assert http.post(path, json=name).status_code == 422
        assert http.post(f"{path}/", json=name).status_code in {404, 413, 307}
        papers = http.post(path.replace("amendments", "papers"), json=name)
        assert papers.status_code == 413


def test_an_amendment_changes_the_number_and_is_decided_anew(
    door: ClearanceDoor, declarant: Declarant, desk: Clearance
) -> None:
    standing = channelled(door, "export", "D-4")
    number = standing.text("declaration_no")
    value = declarant.version(number)
    value["gross_mass_kg"] = str(int(str(value["gross_mass_kg"]).split(".", maxsplit=1)[0]) + 1)
    try:
        amended = declarant.amend(number, value)
    except ServerRefusedError as error:
        pytest.fail(f"{error} {error.members}")
    assert amended.text("declaration_no") == number[:-1] + "1"
    assert declarant.amend(number, value).text("declaration_no") == number[:-1] + "1"
    door.settle()
    found = declarant.show(number)
    assert (found.integer("amendment"), found.truth("decided")) == (1, True)
    decided = [each for each in desk.reports.decisions() if each.text("object") == hexed(found)]
    assert [each.integer("amendment") for each in decided] == [0, 1]


def test_a_yellow_declaration_is_checked_asked_about_and_cleared(
    door: ClearanceDoor, declarant: Declarant, desk: Clearance
) -> None:
    standing = channelled(door, "import_yellow", "Y-1")
    number = standing.text("declaration_no")
    assert standing.text("channel") == "yellow", standing.members()
    waiting = {
        each.text("declaration_no")
        for each in desk.officer.queue("yellow", standing.text("office"))
    }
    assert number in waiting
    desk.officer.ask(number, {"words": "which brand?"})
    declarant.answer(number, {"words": "the one of the invoice"})
    assert [each.text("kind") for each in declarant.messages(number)] == ["question", "answer"]
    finding = desk.officer.check_documents(number, CheckOutcome.FINDING, REPORT, OFFICER)
    assert door.take(finding) is None
    assert "documents_finding" in codes(declarant.show(number))
    again = desk.officer.check_documents(number, CheckOutcome.CONSISTENT, REPORT, OFFICER)
    assert door.take(again) == "clearance: reported already"
    papers = {each.text("digest"): each.text("kind") for each in desk.officer.papers(number)}
    assert papers["0x" + finding.content.hex()] == "documents"
    asked = desk.overrides.propose_check(number, CheckKind.DOCUMENTS, "SLIP", REPORT, OFFICER)
    assert door.take(asked) is None
    assert door.take(desk.overrides.approve(number, asked.digest, APPROVER)) is None
    assert set(codes(declarant.show(number))) == {"certificates", "assessment"}


def test_goods_are_cleared_as_soon_as_nothing_is_missing_and_leave_then(
    door: ClearanceDoor, declarant: Declarant, desk: Clearance
) -> None:
    standing = channelled(door, "export", "C-1")
    number, port = standing.text("declaration_no"), door.member_at(PORT).port
    assert codes(standing) == ["assessment"]
    assert door.take(desk.officer.clear(number, OFFICER)) is not None
    assert door.take(port.state(number, CargoEvent.EXITED, {"gate": "1"}, key_of(PORT)))
    settle_dues(door, number)
    assert declarant.follow(number, timeout=0, sleep=lambda _: None).text("stage") == "cleared"
    assert hexed(standing) in {each.text("object") for each in desk.port.passes()}
    assert not door.take(port.state(number, CargoEvent.EXITED, {"gate": "1"}, key_of(PORT)))
    assert hexed(standing) not in {each.text("object") for each in desk.port.passes()}


def test_holds_of_officers_stop_and_strangers_hold_nothing(
    door: ClearanceDoor, desk: Clearance
) -> None:
    number = channelled(door, "export", "H-1").text("declaration_no")
    assert door.take(desk.officer.hold(number, "IPR", OFFICER)) is None
    assert "held" in codes(desk.officer.show(number))
    assert door.take(desk.officer.lift(number, "IPR", key_of(FOREIGN_CUSTOMS))) is not None
    assert door.take(desk.officer.lift(number, "IPR", key_of(PORT))) is not None
    assert door.take(desk.officer.lift(number, "IPR", OFFICER)) is None
    assert door.take(desk.officer.seize(number, "SMUGGLED", OFFICER)) is None
    assert desk.officer.show(number).text("stage") == "seized"
    assert door.take(desk.officer.release(number, OFFICER)) is not None


def test_an_override_takes_two_officers_and_shows_what_both_signed(
    door: ClearanceDoor, desk: Clearance
) -> None:
    standing = channelled(door, "import_yellow", "O-1")
    number = standing.text("declaration_no")
    statement = {"words": "seen last week"}
    asked = desk.overrides.propose_channel(number, Channel.GREEN, "SEEN", statement, OFFICER)
    assert door.take(asked) is None
    assert desk.officer.show(number).text("channel") == "yellow"
    assert door.take(desk.overrides.approve(number, asked.digest, OFFICER)) is not None
    with pytest.raises(InputError, match="no override of this declaration"):
        desk.overrides.approve(number, b"\x01" * 32, APPROVER)
    assert door.take(desk.overrides.approve(number, asked.digest, APPROVER)) is None
    assert desk.officer.show(number).text("channel") == "green"
    (found,) = [each for each in desk.reports.overrides() if each.bytes32("digest") == asked.digest]
    assert found.bytes32("content") == asked.content
    assert found.text("approver") != found.text("officer")
    kept = {each.text("digest"): each for each in desk.officer.papers(number)}
    assert kept[found.text("content")].part("document").members() == statement


def test_an_agency_states_what_it_is_asked_and_another_does_not(
    door: ClearanceDoor, desk: Clearance
) -> None:
    number = channelled(door, "export", "F-1").text("declaration_no")
    due = door.network.time + DAY
    agency = door.member_at(AGENCY).agency
    with pytest.raises(ServerRefusedError, match="is not known here"):
        agency.state(number, b"\x01" * 32, FactOutcome.PASSED, REPORT, key_of(AGENCY))
    awaited = desk.officer.await_fact(
        number, FactKind.SPECIALISED, "sample 7", AGENCY.id, OFFICER, due_at=due
    )
    assert door.take(awaited) is None
    (fact,) = desk.agency.facts(AGENCY.id)
    assert "fact" in codes(desk.officer.show(number))
    name, named = fact.text("declaration"), fact.bytes32("fact")
    foreign = agency._desk  # the document is the agency's to keep, the record another's
    assert foreign.keep(name, "fact", REPORT).declaration == bytes.fromhex(name[2:])
    wrong = agency.state(name, named, FactOutcome.PASSED, REPORT, key_of(PORT))
    assert door.take(wrong) is not None
    assert door.take(agency.state(name, named, FactOutcome.FAILED, REPORT, key_of(AGENCY))) is None
    assert "fact_failed" in codes(desk.officer.show(number))
    with pytest.raises(ServerRefusedError, match="not the caller's to hand in"):
        foreign.keep(name, "override", REPORT)


def test_a_port_states_cargo_and_checks_nothing(door: ClearanceDoor, desk: Clearance) -> None:
    standing = channelled(door, "import_yellow", "P-1")
    name = hexed(standing)
    port, own = door.member_at(PORT).port, key_of(PORT)
    assert door.take(port.state(name, CargoEvent.ARRIVED, {"berth": "3"}, own)) is None
    exited = port.state(name, CargoEvent.EXITED, {"gate": "1"}, own)
    assert door.take(exited) is not None
    check = desk.officer.check(name, CheckKind.DOCUMENTS, CheckOutcome.CONSISTENT, REPORT, own)
    assert door.take(check) is not None
    abroad = door.member_at(FOREIGN_PORT).port
    with pytest.raises(ServerRefusedError, match="is not known here"):
        abroad.state(name, CargoEvent.UNLOADED, {"berth": "3"}, key_of(FOREIGN_PORT))
    image = Taken(
        EvidenceKind.SCANNER, "MSCU1234565", "XRAY-3", "an inspector", reading={"image": "clear"}
    )
    with pytest.raises(RecordFormatError, match="none of a scanner"):
        port.evidence(name, b"an image", replace(image, reading={"gross_kg": "1"}), own)
    linked = port.evidence(name, b"an image", image, own)
    assert door.take(linked) is None
    events = [each.text("event") for each in desk.officer.show(name).objects("timeline")]
    assert events[-2:] == ["CargoStated", "EvidenceLinked"]
    assert desk.officer.show(name).texts("cargo") == ["arrived"]


def test_a_silent_beacon_leads_to_inspection_and_a_finding(
    door: ClearanceDoor, declarant: Declarant, desk: Clearance
) -> None:
    receipt = declarant.submit(declared("import_red", "R-1"), "R-1")
    number = receipt.text("declaration_no")
    door.settle()
    assert codes(declarant.show(number)) == ["draw"]
    door.network.time += 60
    door.settle()
    standing = declarant.show(number)
    assert (standing.text("channel"), standing.text("draw")) == ("red", "drawn")
    found = desk.officer.inspect(number, CheckOutcome.FINDING, REPORT, OFFICER)
    assert door.take(found) is None
    assert "inspection_finding" in codes(declarant.show(number))
    assert door.take(desk.officer.cancel(number, "WITHDRAWN", OFFICER)) is None


def test_anybody_recomputes_a_draw_from_the_beacon(door: ClearanceDoor, desk: Clearance) -> None:
    standing = channelled(door, "export", "B-1")
    decision = desk.reports.decision(standing.text("declaration_no"))
    number = decision.integer("round")
    seats = desk.reports.panel("VN", number).objects("seats")
    assert [each.truth("customs") for each in seats] == [True, False]
    outputs = desk.reports.outputs("VN", number)
    assert outputs.text("standing") == "complete"
    drawn = DrawFile.from_json(desk.reports.draw(hexed(standing))).check()
    assert "0x" + drawn.seed.hex() == outputs.text("seed") == decision.text("seed")
    assert not drawn.drawn
    with pytest.raises(ServerRefusedError) as unknown:
        desk.reports.outputs("VN", 10**9)
    assert unknown.value.code == "round_unknown"
    with pytest.raises(ServerRefusedError) as undrawn:
        desk.reports.draw("0x" + "00" * 32)
    assert undrawn.value.code == "draw_unknown"


def test_times_of_release_come_from_the_ledger(door: ClearanceDoor, desk: Clearance) -> None:
    channelled(door, "export", "T-1")
    groups = desk.reports.times().objects("groups")
    assert groups[0].text("channel") == "all"
    assert groups[0].integer("cases") >= 1
    accept = groups[0].part("intervals").part("accept")
    assert int(accept.part("elapsed").text("p90")) >= 1
    assert b"accept" in desk.reports.times_as("csv")
    assert b"<svg" in desk.reports.times_as("svg", language="vi")
    assert not desk.reports.times("2026-01-01", "2026-01-02").objects("groups")


def test_the_desk_of_a_bank_opens_nothing(door: ClearanceDoor) -> None:
    with door.client() as nobody:
        assert nobody.get("/v1/clearance/declarations").status_code == 401
    with door.client(Role.ENTERPRISE) as other:
        assert other.get("/v1/clearance/declarations").status_code == 403
