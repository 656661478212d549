"""Applications, lines, claims, the exchange, records together: what each caller gets."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from support.doors import Door
from support.organisations import (
    CUSTOMS_ID,
    CUSTOMS_TH,
    CUSTOMS_VN,
    EXPORTER,
    IMPORTER,
    ISSUER,
    WHOLE,
    Member,
    Network,
    certificate_id,
    line_id,
)

from api.tokens import Role
from chain.proofs.keccak import keccak256
from contracts.commitments.pedersen import Opening
from contracts.issuance.records import (
    ApplicationKind,
    ApplicationStep,
    CertificateApply,
    ExporterAuthorise,
)
from contracts.origin.records import ClaimDoubt, MessageKind, VerificationKind, VerificationStep
from contracts.records.signed import SignedRecord
from node.outbox.outbox import hex32

Open = Callable[..., Door]
A, B, C = (certificate_id(name) for name in "abc")
APPLICATION = keccak256(b"application")
CODE = b"VN" + keccak256(b"exporter code")[2:]
ROLES = {
    ISSUER: Role.ISSUING_AUTHORITY,
    CUSTOMS_VN: Role.CUSTOMS,
    CUSTOMS_ID: Role.CUSTOMS,
    CUSTOMS_TH: Role.CUSTOMS,
    EXPORTER: Role.ENTERPRISE,
    IMPORTER: Role.ENTERPRISE,
}


def get(open_door: Open, member: Member, path: str, **query: Any) -> Any:
    door = open_door(member)
    door.settle()
    with door.client(ROLES[member]) as client:
        answer = client.get("/v1" + path, params=query)
    return answer.json() if answer.status_code == 200 else answer.json()["code"]


def apply(network: Network) -> SignedRecord:
    record = CertificateApply(
        APPLICATION, ISSUER.id, keccak256(b"form"), network.time, network.soon
    )
    return network.sign(record, EXPORTER.officer)


def decide(network: Network, kind: ApplicationKind, **changes: Any) -> SignedRecord:
    values = {"reference": bytes(32), "document": bytes(32), "reason": bytes(32)} | changes
    record = ApplicationStep(
        object=APPLICATION, kind=int(kind), stated_at=network.time, expires=network.soon, **values
    )
    mine = kind in {ApplicationKind.SUPPLY_INFORMATION, ApplicationKind.WITHDRAW}
    return network.sign(record, (EXPORTER if mine else ISSUER).officer)


@pytest.fixture
def applied(network: Network) -> Network:
    network.record(apply(network))
    asked = decide(network, ApplicationKind.REQUEST_INFORMATION, document=keccak256(b"asked"))
    network.record(asked)
    told = decide(network, ApplicationKind.SUPPLY_INFORMATION, document=keccak256(b"told"))
    network.record(told)
    return network


@pytest.mark.parametrize("member", [ISSUER, CUSTOMS_VN, EXPORTER], ids=lambda m: m.name)
def test_an_application_is_seen_by_its_parties(
    applied: Network, open_door: Open, member: Member
) -> None:
    applied.record(decide(applied, ApplicationKind.APPROVE, reference=A))
    applied.cover(A, 2)
    (summary,) = get(open_door, member, "/issuance/applications")["items"]
    assert (summary["status"], summary["certificate"]) == ("approved", hex32(A))


def test_an_application_tells_its_steps_and_lines(applied: Network, open_door: Open) -> None:
    applied.record(decide(applied, ApplicationKind.APPROVE, reference=A))
    applied.cover(A, 2)
    shown = get(open_door, EXPORTER, f"/issuance/applications/{hex32(APPLICATION)}")
    kinds = [step["kind"] for step in shown["steps"]]
    assert kinds == ["request_information", "supply_information", "approve"]
    assert [line["item"] for line in shown["lines"]] == [1, 2]


@pytest.mark.parametrize("member", [CUSTOMS_ID, IMPORTER, CUSTOMS_TH], ids=lambda m: m.name)
def test_an_application_is_hidden_from_others(
    applied: Network, open_door: Open, member: Member
) -> None:
    applied.cover(A, 1)
    assert get(open_door, member, "/issuance/applications")["items"] == []


@pytest.mark.usefixtures("applied")
def test_an_unknown_application_is_a_problem(open_door: Open) -> None:
    path = f"/issuance/applications/{hex32(APPLICATION)}"
    assert get(open_door, CUSTOMS_ID, path) == "application_unknown"


@pytest.mark.usefixtures("applied")
def test_applications_are_listed_by_status(open_door: Open) -> None:
    found = get(open_door, ISSUER, "/issuance/applications", status="open")["items"]
    assert [item["id"] for item in found] == [hex32(APPLICATION)]
    assert found[0]["certificate"] is None


def test_lines_are_seen_by_their_countrys_customs(network: Network, open_door: Open) -> None:
    network.cover(A, 1)
    shown = get(open_door, CUSTOMS_VN, f"/issuance/lines/{hex32(line_id(A, 1))}")
    assert (shown["share"], len(shown["parts"])) == (10_000, 1)
    assert shown["parts"][0]["certificate"] == hex32(A)


@pytest.mark.parametrize("member", [CUSTOMS_ID, EXPORTER], ids=lambda m: m.name)
def test_lines_are_hidden_from_others(network: Network, open_door: Open, member: Member) -> None:
    network.cover(A, 1)
    found = get(open_door, member, f"/issuance/lines/{hex32(line_id(A, 1))}")
    assert found == "line_unknown"


def test_certified_lines_of_what_is_not_issued(network: Network, open_door: Open) -> None:
    network.cover(A, 2)
    path = f"/issuance/certificates/{hex32(A)}/lines"
    items = get(open_door, ISSUER, path)["items"]
    assert [item["item"] for item in items] == [1, 2]
    assert get(open_door, CUSTOMS_ID, path)["items"] == []


def test_the_directory_of_exporters_is_everybodys(network: Network, open_door: Open) -> None:
    record = ExporterAuthorise(
        CODE, EXPORTER.id, keccak256(b"goods"), network.time, network.time + 86_400,
        network.time, network.soon,
    )  # fmt: skip
    network.record(network.sign(record, ISSUER.officer))
    (found,) = get(open_door, CUSTOMS_TH, "/issuance/exporters")["items"]
    assert (found["organisation"], found["country"]) == (EXPORTER.hex_id, "VN")
    assert found["withdrawn_at"] is None


def test_an_unknown_exporter_is_a_problem(open_door: Open) -> None:
    found = get(open_door, CUSTOMS_TH, f"/issuance/exporters/{hex32(CODE)}")
    assert found == "exporter_unknown"


@pytest.fixture
def claimed(network: Network) -> tuple[Network, SignedRecord]:
    network.record(network.issue(A))
    network.receive(A)
    claim = network.claim(A, Opening(WHOLE // 3, 7))
    network.record(claim)
    return network, claim


def test_customs_finds_the_claims_to_decide(
    claimed: tuple[Network, SignedRecord], open_door: Open
) -> None:
    _, claim = claimed
    query = {"status": "pending", "importing_country": "ID"}
    (found,) = get(open_door, CUSTOMS_ID, "/origin/claims", **query)["items"]
    assert (found["digest"], found["certificate"]) == (hex32(claim.digest), hex32(A))


def test_a_declarant_finds_its_own_claims_alone(
    claimed: tuple[Network, SignedRecord], open_door: Open
) -> None:
    network, claim = claimed
    other = network.claim(A, Opening(5, 9), tag=1)
    foreign = network.sign(other.record, CUSTOMS_ID.officer)
    network.record(foreign)
    door = open_door(IMPORTER)
    door.settle()
    with door.client(Role.ENTERPRISE) as client:
        (found,) = client.get("/v1/origin/claims").json()["items"]
        shown = client.get(f"/v1/origin/certificates/{hex32(A)}").json()
    assert found["digest"] == hex32(claim.digest)
    assert [one["digest"] for one in shown["claims"]] == [hex32(claim.digest)]


@pytest.mark.usefixtures("claimed")
def test_claims_are_hidden_from_a_third_country(open_door: Open) -> None:
    assert get(open_door, CUSTOMS_TH, "/origin/claims")["items"] == []


def test_a_doubt_stands_with_its_deadlines(
    claimed: tuple[Network, SignedRecord], open_door: Open
) -> None:
    network, claim = claimed
    day = 86_400
    doubt = ClaimDoubt(
        A, claim.digest, bytes(32), keccak256(b"why"), network.time + 90 * day,
        network.time + 180 * day, network.time, network.soon,
    )  # fmt: skip
    network.record(network.sign(doubt, CUSTOMS_ID.officer))
    step = VerificationStep(
        A, claim.digest, int(VerificationKind.INTERIM), keccak256(b"soon"), 0, network.time,
        network.soon,
    )  # fmt: skip
    network.record(network.sign(step, ISSUER.officer))
    door = open_door(ISSUER)
    door.settle()
    with door.client(Role.ISSUING_AUTHORITY) as client:
        shown = client.get(f"/v1/origin/certificates/{hex32(A)}").json()
        due = network.time + 91 * day
        near = client.get("/v1/origin/claims", params={"due_before": due}).json()["items"]
        far = client.get("/v1/origin/claims", params={"due_before": network.time}).json()["items"]
    (found,) = shown["claims"]
    assert found["verification"] == "interim"
    assert found["doubt_document"] == hex32(keccak256(b"why"))
    assert [one["kind"] for one in shown["verification"]] == ["interim"]
    assert [one["digest"] for one in near] == [hex32(claim.digest)]
    assert far == []


def test_the_inbox_holds_what_was_sent_here(network: Network, open_door: Open) -> None:
    for name in (A, B):
        network.record(network.issue(name))
    network.record(network.message(A, MessageKind.TRANSMIT))
    door = open_door(CUSTOMS_ID)
    with door.client(Role.CUSTOMS) as client:
        waiting = client.get("/v1/exchange/inbox").json()["items"]
        received = client.get("/v1/exchange/inbox", params={"box": "received"}).json()["items"]
    assert [item["certificate"]["id"] for item in waiting] == [hex32(A)]
    assert waiting[0]["receipt"] is None  # no clerk: officers answer
    assert received == []


def test_the_outbox_holds_what_this_side_issued(network: Network, open_door: Open) -> None:
    network.record(network.issue(A))
    found = get(open_door, ISSUER, "/exchange/outbox", state="not_sent")["items"]
    assert [(item["certificate"]["id"], item["refusal"]) for item in found] == [(hex32(A), None)]
    assert get(open_door, CUSTOMS_ID, "/exchange/outbox")["items"] == []


def test_enterprises_have_no_inbox(open_door: Open) -> None:
    assert get(open_door, EXPORTER, "/exchange/inbox") == "permission_missing"


def together(client: httpx.Client, *records: SignedRecord, **headers: str) -> httpx.Response:
    body = {"records": [signed.to_json() for signed in records]}
    return client.post("/v1/records/together", json=body, headers=headers)


def test_records_together_are_promised_and_final_as_one(
    door: Door, client: httpx.Client, network: Network
) -> None:
    records = [network.issue(name, items=1) for name in (A, B)]
    answer = together(client, *records, **{"Idempotency-Key": "k"})
    assert answer.status_code == 202
    assert together(client, *records, **{"Idempotency-Key": "k"}).json() == answer.json()
    door.settle()
    found = [client.get(f"/v1/records/{hex32(one.digest)}").json() for one in records]
    assert {item["status"] for item in found} == {"final"}
    assert len({item["transaction"] for item in found}) == 1


def test_a_key_for_other_records_conflicts(client: httpx.Client, network: Network) -> None:
    first, second, third = (network.issue(name, items=1) for name in (A, B, C))
    together(client, first, second, **{"Idempotency-Key": "k"})
    answer = together(client, first, third, **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")
    answer = together(client, first, third)
    assert (answer.status_code, answer.json()["code"]) == (409, "record_together")


@pytest.mark.parametrize(
    "body", [[], {}, {"records": []}, {"records": [1]}, {"records": {}}, {"records": [1] * 129}]
)
def test_strange_lists_are_refused(client: httpx.Client, body: object) -> None:
    answer = client.post("/v1/records/together", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "body_malformed")


def test_the_same_record_twice_is_refused(client: httpx.Client, network: Network) -> None:
    signed = network.issue(A, items=1)
    answer = together(client, signed, signed)
    assert (answer.status_code, answer.json()["code"]) == (400, "body_malformed")


def test_an_auditor_submits_nothing(door: Door, network: Network) -> None:
    with door.client(Role.AUDITOR) as client:
        answer = together(client, network.issue(A, items=1), network.issue(B, items=1))
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")
