"""What an office decides of good and of bad cases; each decision is replayed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.clearance_doors import PROFILE, TODAY, clearance_genesis
from support.comet_ledger import skip_on_network
from support.organisations import CUSTOMS_VN, Network
from support.paying import customs_folder

from api.clearance.assessor import RiskAssessor, load_model
from api.clearance.evidence import evidence_facts
from api.clearance.experience import Experience
from api.risk.decision import replay
from api.risk.rules import by_hash
from api.tax.office import TaxOffice
from contracts.clearance.declaration import Declaration
from contracts.clearance.declaration.example import example
from contracts.clearance.declaration.model import Container
from contracts.clearance.readings import check_reading
from contracts.clearance.records import EvidenceKind
from contracts.errors import RecordFormatError
from node.clearance.assessor import Drawing
from node.clearance.planning import case_of
from node.clearance.tables import ClearanceMarkRow

SPARED = Drawing(7, "0x" + "11" * 32, "0x" + "22" * 32, 0)
TRADER = "9900000016"
QUALITY = {
    "hs": "8511",
    "direction": "import",
    "kind": "permit",
    "permit": "quality_inspection",
    "hours": 24,
    "effective_from": "2020-01-01",
    "source": "the test's",
}
AGENCY = QUALITY | {"kind": "specialised", "agency": "0x" + "33" * 32}
FINED = {"decision": "17/QD-HQ", "kind": "procedure", "decided_on": "2026-05-01"}
SMUGGLED = FINED | {"kind": "smuggling"}
KNOWN = {"active_since": "2016-03-01", "sector": "low"}


class Desk:
    """Customs' node and its folder; nothing is put on the ledger."""

    def __init__(self, folder: Path) -> None:
        self.network = Network(folder, genesis=clearance_genesis(), clerks=(CUSTOMS_VN,))
        self.network.time = TODAY
        self.made = customs_folder(self.network)
        self.node = self.network.node(self.made)
        self.network.settle(self.node)
        self.model = load_model()
        self.handed = 0

    def close(self) -> None:
        self.node.close()
        self.network.close()

    def decision(
        self,
        declaration: Declaration,
        profile: dict[str, Any] | None = None,
        *,
        scored: bool = True,
    ) -> dict[str, Any]:
        """Hand a declaration in, decide it, replay the decision, and return it."""
        told = {"declarants": {TRADER: KNOWN}} | (profile or {})
        (self.made.path / "clearance.json").write_text(json.dumps(PROFILE | told))
        model = self.model if scored else None
        assessor = RiskAssessor(self.node, TaxOffice(self.made.path), model)
        files = self.node.clearance.files
        files.assessor = assessor
        self.handed += 1
        salted = replace(declaration, salt=f"{self.handed:064x}")
        file = files.submit(salted, CUSTOMS_VN.hex_id, f"R-{self.handed}", TODAY)
        case = case_of(file, files.versions(file.declaration_no)[0])
        document = assessor.decide(case, SPARED, TODAY).document
        known = {} if self.model is None else {self.model.hash: self.model}
        assert replay(document.encode(), by_hash, known.get).identical
        found: dict[str, Any] = json.loads(document)
        return found

    def put(self, mark: ClearanceMarkRow) -> None:
        """Put something into the read models, as if the ledger had it."""
        with self.node.read.write() as session:
            session.add(mark)

    def evidence(
        self, number: str, kind: int, paper: dict[str, Any], *, linked: bool = True
    ) -> None:
        """Keep a paper of evidence, and link it."""
        files, place = self.node.clearance.files, secrets.randbelow(10**6)
        content = json.dumps({"container": "MSCU1234565"} | paper)
        digest = files.put_paper(number, "evidence", content, secrets.token_hex(32), TODAY)
        if linked:
            detail = json.dumps({"kind": kind, "operator": digest})
            name = files.find(number).object_id
            self.put(
                ClearanceMarkRow(
                    object_id=name,
                    place=place,
                    event="EvidenceLinked",
                    detail=detail,
                    at=TODAY,
                    block_number=1,
                    block_time=TODAY,
                )
            )

    def rules(self, declaration: Declaration, profile: dict[str, Any] | None = None) -> set[str]:
        """Return the rules that spoke."""
        found = self.decision(declaration, profile, scored=False)
        return {each["rule"] for each in found["outcomes"]}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    skip_on_network("it looks at no ledger")
    made = Desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.close()


def plain() -> Declaration:
    """Return an import of today that claims no preference."""
    found = example("import_red")
    lines = tuple(replace(line, preference="MFN", certificates=()) for line in found.lines)
    return replace(found, declaration_no=None, lines=lines, certificates=())


def test_a_known_trader_goes_green(desk: Desk) -> None:
    found = desk.decision(plain(), scored=False)
    assert (found["channel"], found["model"]) == ("green", None)
    assert [each["rule"] for each in found["outcomes"]] == ["model-absent", "channel-green"]


def test_goods_under_a_ban_are_held(desk: Desk) -> None:
    hs = plain().lines[0].hs
    assert "embargo" in desk.rules(plain(), {"embargo": {"hs": [hs[:4]]}})
    assert "embargo" in desk.rules(plain(), {"embargo": {"countries": ["JP"]}})
    assert "embargo" not in desk.rules(plain(), {"embargo": {"countries": ["KP"], "hs": ["93"]}})


def test_a_permit_that_is_missing_or_over_is_named(desk: Desk) -> None:
    permits, wanted = plain().permits, {"requirements": [QUALITY]}
    assert permits
    found = desk.rules(plain(), wanted)
    assert not found & {"permit-missing", "permit-expired"}
    bare = replace(plain(), permits=())
    assert "permit-missing" in desk.rules(bare, wanted)
    assert "permit-missing" not in desk.rules(bare, {})
    over = tuple(replace(each, valid_until=date(2026, 11, 1)) for each in permits)
    assert "permit-expired" in desk.rules(replace(plain(), permits=over), wanted)


def test_a_silent_agency_is_awaited(desk: Desk) -> None:
    assert "specialised-awaited" in desk.rules(plain(), {"requirements": [AGENCY]})
    ended = AGENCY | {"effective_to": "2026-01-01"}
    assert "specialised-awaited" not in desk.rules(plain(), {"requirements": [ended]})


@pytest.mark.parametrize(
    ("decided", "rule", "other"),
    [(FINED, "violation-minor", "violation-serious"), (SMUGGLED, "violation-serious", "aeo")],
)
def test_decisions_against_a_trader_count(
    desk: Desk, decided: dict[str, str], rule: str, other: str
) -> None:
    found = desk.rules(plain(), {"declarants": {TRADER: KNOWN | {"violations": [decided]}}})
    assert rule in found
    assert other not in found


def test_an_authorised_operator_has_rank_one_while_it_is_one(desk: Desk) -> None:
    aeo = KNOWN | {"aeo": [["2025-01-01", None]]}
    lost = KNOWN | {"aeo": [["2025-01-01", "2026-01-01"]]}
    assert desk.decision(plain(), {"declarants": {TRADER: aeo}})["rank"] == 1
    assert desk.decision(plain(), {"declarants": {TRADER: lost}})["rank"] > 1


def test_low_value_express_is_express_alone(desk: Desk) -> None:
    line = replace(plain().lines[0], price_amount=plain().lines[0].price_amount / 500)
    invoice = replace(plain().invoices[0], amount=line.price_amount)
    small = replace(plain(), lines=(line,), invoices=(invoice,), permits=())
    found = desk.decision(replace(small, flow="express_low_value"), scored=False)
    assert found["facts"]["express"] is True
    ordinary = desk.decision(small, scored=False)
    assert ordinary["facts"]["express"] is False
    assert "customs_value" not in ordinary["facts"]


def test_a_claimed_certificate_that_never_came_is_not_green(desk: Desk) -> None:
    declared = replace(example("import_green"), declaration_no=None)
    assert declared.certificates
    found = desk.decision(declared, scored=False)
    assert found["facts"]["certificates"] == ["not_received"]
    assert found["channel"] == "yellow"


def test_without_a_model_the_rules_go_on_and_say_so(desk: Desk) -> None:
    alone, scored = desk.decision(plain(), scored=False), desk.decision(plain())
    assert (alone["model"], alone["score_ppm"]) == (None, None)
    assert scored["model"] is not None
    assert scored["score_ppm"] is not None


def facts(desk: Desk, declaration: Declaration) -> tuple[str, Any]:
    """Hand a declaration in; return its number and what its evidence says."""
    desk.decision(declaration, scored=False)
    number = f"100000000{desk.handed:02d}"
    return number, lambda: evidence_facts(desk.node, declaration, number)


def test_the_gravest_image_on_the_ledger_speaks(desk: Desk) -> None:
    number, found = facts(desk, plain())
    desk.evidence(number, 1, {"reading": {"image": "anomaly"}}, linked=False)
    assert found() == {}
    desk.evidence(number, 1, {"reading": {"image": "clear"}})
    assert found() == {"scanner": "clear"}
    desk.evidence(number, 1, {"reading": {"image": "unreadable"}})
    assert found() == {"scanner": "unreadable"}
    desk.evidence(number, 1, {"reading": {"image": "perfect"}})
    desk.evidence(number, 1, {"reading": ["clear"]})
    desk.evidence(number, 2, {})
    assert found() == {"scanner": "unreadable"}


def test_weights_count_once_all_containers_were_weighed(desk: Desk) -> None:
    box = Container("MSCU1234565", "22G1", ())
    two = replace(plain(), containers=(box, replace(box, number="TSLU1000046")))
    number, found = facts(desk, two)
    desk.evidence(number, 3, {"reading": {"gross_kg": "24180.5", "tare_kg": "3900"}})
    assert found() == {}
    other = {"container": "TSLU1000046", "reading": {"gross_kg": "20000", "tare_kg": "4000"}}
    desk.evidence(number, 3, other)
    assert found() == {"weighed_kg": "44180.5", "tare_kg": "7900"}


@pytest.mark.parametrize(
    "reading",
    [
        {"gross_kg": "1"},
        {"gross_kg": "1", "tare_kg": "2"},
        {"gross_kg": "-1", "tare_kg": "-2"},
        {"gross_kg": "1e3", "tare_kg": "1"},
        {"gross_kg": "12345678", "tare_kg": "1"},
        {"gross_kg": "2", "tare_kg": "1", "image": "clear"},
    ],
)
def test_a_scale_reads_two_weights_and_nothing_else(reading: dict[str, str]) -> None:
    check_reading(EvidenceKind.SCALE, {"gross_kg": "2.125", "tare_kg": "0"})
    with pytest.raises(RecordFormatError):
        check_reading(EvidenceKind.SCALE, reading)


def test_a_clock_that_goes_back_refuses_nobody(desk: Desk) -> None:
    learned = Experience(desk.node, desk.model)
    today = date(2026, 11, 24)
    assert learned.features(plain(), "10000000901", today, 0)
    assert learned.features(plain(), "10000000902", today - timedelta(days=3), 0)


@pytest.mark.parametrize(("kind", "labelled"), [(2, True), (1, False)])
def test_an_inspection_is_a_result_and_a_check_of_documents_none(
    desk: Desk, kind: int, labelled: bool
) -> None:
    desk.decision(plain())
    file = desk.node.clearance.files.find(f"100000000{desk.handed:02d}")
    report = {"kind": kind, "outcome": 2, "amendment": 0}
    mark = ClearanceMarkRow(
        object_id=file.object_id,
        place=900 + kind,
        event="CheckReported",
        detail=json.dumps(report),
        at=TODAY,
        block_number=10_000 + kind,
        block_time=TODAY,
    )
    before = labels(desk)
    desk.put(mark)
    assert labels(desk) == before + labelled


def labels(desk: Desk) -> int:
    """Return how many results an office that starts now knows of these goods, a year later."""
    found = Experience(desk.node, desk.model).features(plain(), "1", date(2027, 11, 24), 0)
    return int(found["goods_labels"])
