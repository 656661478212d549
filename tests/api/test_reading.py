"""Health, membership, certificates, documents, proofs, and the description of it all."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.comet_ledger import skip_on_network
from support.doors import Door
from support.organisations import (
    CUSTOMS_ID,
    CUSTOMS_TH,
    EXPORTER,
    ISSUER,
    MEMBERSHIP,
    Network,
    certificate_id,
)

from api.tokens import Role
from contracts.bundles.bundle import Bundle
from contracts.commitments.pedersen import Opening, commit
from contracts.documents.sd_jwt import Disclosable, document_hash, issue_sd_jwt
from contracts.membership.founding import DOMAINS, founded_address
from contracts.origin.records import MessageKind
from node.errors import StorageError
from node.organisation import Condition
from node.outbox.outbox import hex32

FORM = Path(__file__).parents[2] / "examples" / "form_d.json"
A, B, C = (certificate_id(name) for name in "abc")
NOBODY = "0x" + "00" * 32
Open = Callable[..., Door]


@cache  # ES256 signatures differ from call to call
def document(certificate: bytes) -> str:
    payload = {"certificate": hex32(certificate), "goods": Disclosable("shrimp")}
    return issue_sd_jwt(payload, ISSUER.document_secret, {"typ": "test"}, lambda n: b"\1" * n)


@pytest.fixture
def lived(door: Door) -> Door:
    """Give a door after two issues, a claim and its acceptance."""
    network, opening = door.network, Opening(4_000, 7)
    claim = network.claim(A, opening)
    for signed in (
        network.issue(A, document=document_hash(document(A))),
        network.issue(B, importing_country=b"TH"),
        network.message(A, MessageKind.PAPER),
        claim,
        network.accept(A, claim.digest, 0, 4_000, commit(opening)),
        network.cancel(B),
    ):
        door.node.submit(signed)
        door.settle()
    return door


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == f"urn:tradeseal:problem:{problem['code']}"
    assert problem["status"] == answer.status_code
    return answer.status_code, problem["code"]


def test_health_is_public(door: Door) -> None:
    with door.client() as client:
        answer = client.get("/v1/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "organisation": "authority-vn",
        "block": 0,
        "ledger_block": 0,
        "outbox": {"waiting": 0, "carried": 0, "final": 0, "refused": 0},
        "trouble": [],
        "stopped": 0,
    }


def test_health_tells_how_far_behind_it_is(door: Door) -> None:
    door.node.submit(door.network.issue(A))
    door.node.step()
    door.network.seal()
    with door.client() as client:
        health = client.get("/v1/health").json()
    assert (health["status"], health["block"], health["ledger_block"]) == ("behind", 1, 2)


def test_the_ledger_names_what_records_are_signed_for(client: httpx.Client) -> None:
    ledger = client.get("/v1/ledger").json()
    assert ledger["chain_id"] == "7742"
    assert ledger["membership"] == "0x" + MEMBERSHIP.hex()
    founded = {domain: "0x" + founded_address(domain).hex() for domain in DOMAINS}
    assert ledger["contracts"] == founded
    assert ledger["block_time"] == "2026-01-01T00:00:00Z"


def test_organisations_come_in_pages(client: httpx.Client) -> None:
    seen, cursor = [], None
    while True:
        query: dict[str, Any] = {"limit": 4} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/membership/organisations", params=query).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == sorted(set(seen))
    assert len(seen) == 6


def test_an_organisation_shows_its_keys(client: httpx.Client) -> None:
    path = f"/v1/membership/organisations/{ISSUER.hex_id}"
    organisation = client.get(path).json()
    assert (organisation["roles"], organisation["country"]) == (["issuing_authority"], "VN")
    keys = {key["id"]: key for key in client.get(f"{path}/keys").json()["items"]}
    key = keys[hex32(ISSUER.document_key)]
    assert (key["purposes"], key["valid_until"], key["revoked_at"]) == (["document"], None, None)
    assert code(client.get(f"/v1/membership/organisations/{NOBODY}")) == (
        404,
        "organisation_unknown",
    )
    assert code(client.get(f"/v1/membership/organisations/{NOBODY}/keys"))[0] == 404


def test_contracts_are_listed(client: httpx.Client) -> None:
    listed = client.get("/v1/membership/contracts").json()["items"]
    found = [(contract["domain"], contract["from_block"]) for contract in listed]
    assert found == [(domain, 0) for domain in sorted(DOMAINS)]


@pytest.mark.parametrize(
    "cursor", ["", "x", "====", "aGVsbG8", "Y2VydGlmaWNhdGVzCjB4MDA", "\u00e9", "A" * 201]
)
def test_a_strange_cursor_is_refused(client: httpx.Client, cursor: str) -> None:
    answer = client.get("/v1/membership/organisations", params={"cursor": cursor})
    assert code(answer) in {(400, "cursor_malformed"), (422, "request_invalid")}


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1e9", "ten"])
def test_a_strange_limit_is_refused(client: httpx.Client, limit: str) -> None:
    answer = client.get("/v1/membership/organisations", params={"limit": limit})
    assert code(answer) == (422, "request_invalid")


def test_unknown_routes_and_methods_are_problems(client: httpx.Client) -> None:
    assert code(client.get("/v1/nothing")) == (404, "route_unknown")
    assert code(client.get("/")) == (404, "route_unknown")
    assert code(client.put("/v1/records", content=b"")) == (405, "method_unsupported")


@pytest.mark.usefixtures("lived")
def test_a_certificate_shows_its_life(client: httpx.Client) -> None:
    shown = client.get(f"/v1/origin/certificates/{hex32(A)}").json()
    assert shown["certificate"]["status"] == "issued"
    assert shown["count"] == 4
    assert shown["certificate"]["exchange"] == "received"
    assert [message["kind"] for message in shown["messages"]] == ["paper"]
    assert {line["item"] for line in shown["lines"]} == {1, 2}
    assert shown["deadlines"]["reply_days"] == 90
    assert [(item["item"], item["share"]) for item in shown["drawn"]] == [(1, 4_000)]
    assert [claim["status"] for claim in shown["claims"]] == ["accepted"]
    assert shown["document_held"] is False
    history = client.get(f"/v1/origin/certificates/{hex32(A)}/history").json()["items"]
    assert [record["type"] for record in history] == [
        "CertificateIssue",
        "CertificateMessage",
        "CertificateClaim",
        "ClaimAccept",
    ]
    assert history[-1]["head"] == shown["head"]
    cancelled = client.get(f"/v1/origin/certificates/{hex32(B)}").json()["certificate"]
    assert (cancelled["status"], cancelled["cancelled_at"] is None) == ("cancelled", False)


@pytest.mark.usefixtures("lived")
def test_certificates_are_listed_by_status(client: httpx.Client) -> None:
    path = "/v1/origin/certificates"
    assert {c["id"] for c in client.get(path).json()["items"]} == {hex32(A), hex32(B)}
    issued = client.get(path, params={"status": "issued"}).json()["items"]
    assert [certificate["id"] for certificate in issued] == [hex32(A)]
    assert code(client.get(path, params={"status": "lost"})) == (422, "request_invalid")
    first = client.get(path, params={"limit": 1}).json()
    second = client.get(path, params={"limit": 1, "cursor": first["next"]}).json()
    assert second["next"] is None


@pytest.mark.usefixtures("lived")
def test_each_door_shows_its_own(open_door: Open) -> None:
    expected = {
        (CUSTOMS_ID, Role.CUSTOMS): {hex32(A)},
        (CUSTOMS_ID, Role.AUDITOR): {hex32(A)},
        (CUSTOMS_TH, Role.CUSTOMS): {hex32(B)},
        (EXPORTER, Role.ENTERPRISE): set(),
        (EXPORTER, Role.AUDITOR): set(),
    }
    doors = {member: open_door(member) for member in (CUSTOMS_ID, CUSTOMS_TH, EXPORTER)}
    for (member, role), visible in expected.items():
        with doors[member].client(role) as client:
            items = client.get("/v1/origin/certificates").json()["items"]
            assert {item["id"] for item in items} == visible, (member.name, role)
            for hidden in {hex32(A), hex32(B)} - visible:
                for path in (
                    f"/v1/origin/certificates/{hidden}",
                    f"/v1/origin/certificates/{hidden}/history",
                    f"/v1/proofs/certificates/{hidden}",
                ):
                    assert code(client.get(path)) == (404, "certificate_unknown")


def put(client: httpx.Client, text: str | bytes) -> httpx.Response:
    headers = {"Content-Type": "application/sd-jwt"}
    return client.post("/v1/documents", content=text, headers=headers)


@pytest.mark.usefixtures("lived")
def test_a_document_opens_its_certificate_to_its_holder(open_door: Open) -> None:
    door = open_door(EXPORTER)
    text = document(A)
    with door.client(Role.ENTERPRISE) as client:
        assert code(client.get(f"/v1/origin/certificates/{hex32(A)}"))[0] == 404
        kept = put(client, text)
        assert kept.status_code == 201
        assert kept.headers["Location"] == f"/v1/documents/{kept.json()['digest']}"
        assert client.get(kept.headers["Location"]).text == text
        shown = client.get(f"/v1/origin/certificates/{hex32(A)}").json()
        assert shown["document_held"] is True


def test_a_document_may_follow_its_record_at_once(door: Door, client: httpx.Client) -> None:
    text = document(C)
    assert code(put(client, text)) == (409, "document_uncommitted")
    door.node.submit(door.network.issue(C, document=document_hash(text)))
    kept = put(client, text)
    assert kept.status_code == 201
    assert client.get(kept.headers["Location"]).text == text


@pytest.mark.usefixtures("lived")
def test_a_document_that_is_none_is_refused(client: httpx.Client) -> None:
    for bad in ("", "a.b.c", document(A)[:-1], document(A) + "~", b"\xff\x00", "é~"):
        assert code(put(client, bad)) == (422, "document_malformed")
    headers = {"Content-Type": "application/json"}
    answer = client.post("/v1/documents", content=document(A), headers=headers)
    assert code(answer) == (415, "media_type_unsupported")
    assert code(put(client, "a.b.c~" + "A" * (1 << 21) + "~")) == (413, "body_too_large")
    assert code(client.get(f"/v1/documents/{NOBODY}")) == (404, "document_unknown")


def test_a_document_is_not_shown_to_a_stranger(lived: Door, client: httpx.Client) -> None:
    digest = put(client, document(A)).json()["digest"]
    with lived.client(Role.AUDITOR) as auditor:
        assert auditor.get(f"/v1/documents/{digest}").status_code == 200
    with lived.client(Role.OPERATOR) as operator:
        assert code(operator.get(f"/v1/documents/{digest}")) == (403, "permission_missing")


def test_a_bundle_is_canonical_and_complete(lived: Door, client: httpx.Client) -> None:
    lived.network.seal()
    put(client, document(A))
    answer = client.get(f"/v1/proofs/certificates/{hex32(A)}")
    bundle = Bundle.parse(answer.content)
    assert len(bundle.records) == 4
    assert bundle.document is not None
    bare = client.get(f"/v1/proofs/certificates/{hex32(A)}", params={"document": "false"})
    assert Bundle.parse(bare.content).document is None


def test_a_bundle_waits_for_its_seal(door: Door, client: httpx.Client) -> None:
    skip_on_network("each block is sealed as soon as it is final")
    door.node.submit(door.network.issue(C))
    door.node.step()
    door.network.seal()
    door.node.step()
    answer = client.get(f"/v1/proofs/certificates/{hex32(C)}")
    assert code(answer) == (503, "bundle_unavailable")
    assert answer.headers["retry-after"] == "2"


@pytest.mark.usefixtures("lived")
def test_seals_are_given_out(client: httpx.Client) -> None:
    newest = client.get("/v1/proofs/seals/latest").json()["seal"]
    first = client.get("/v1/proofs/seals/1").json()["seal"]
    assert first["evmBlockNumber"] == "0x1"
    assert int(newest["evmBlockNumber"], 16) >= 1
    assert code(client.get("/v1/proofs/seals/99")) == (503, "bundle_unavailable")
    for strange in ("-1", "0x1", "01", "1" * 19, "newest", "\u0661"):
        assert code(client.get(f"/v1/proofs/seals/{strange}")) == (422, "request_invalid")


def prepare_body(**changes: Any) -> dict[str, Any]:
    body = {
        "certificate": json.loads(FORM.read_text()),
        "object": hex32(A),
        "document": hex32(B),
        "document_key": hex32(ISSUER.document_key),
        "consignment": hex32(C),
        "expires_in": 3600,
    }
    return body | changes


def test_an_issue_is_prepared_for_signing(door: Door, client: httpx.Client) -> None:
    from eth_account import Account
    from eth_account.messages import encode_typed_data

    prepared = client.post("/v1/origin/certificates/prepare", json=prepare_body()).json()
    message = prepared["record"]["message"]
    assert (message["issuingCountry"], message["items"]) == ("0x564e", "2")
    # A wallet that knows nothing of us makes the signature that the ledger wants.
    typed = encode_typed_data(full_message=prepared["typed_data"])
    signature = Account.sign_message(typed, ISSUER.officer.secret).signature
    record = prepared["record"] | {"signature": "0x" + bytes(signature).hex()}
    answer = client.post("/v1/records", json=record)
    assert answer.json()["digest"] == prepared["digest"]
    assert door.node.outbox.find(prepared["digest"]).signed.recover() == ISSUER.officer.address


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"certificate": {}}, (422, "form_invalid")),
        ({"certificate": []}, (422, "form_invalid")),
        ({"object": "0x12"}, (400, "body_malformed")),
        ({"expires_in": 0}, (400, "body_malformed")),
        ({"expires_in": True}, (400, "body_malformed")),
        ({"expires_in": 604_801}, (400, "body_malformed")),
        ({"surplus": 1}, (400, "body_malformed")),
    ],
    ids=["empty form", "no form", "object", "no time", "truth", "long", "surplus"],
)
def test_what_cannot_be_prepared_is_refused(
    client: httpx.Client, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    answer = client.post("/v1/origin/certificates/prepare", json=prepare_body(**changes))
    assert code(answer) == expected


def test_a_rule_of_the_form_names_its_box(client: httpx.Client) -> None:
    form = json.loads(FORM.read_text())
    form["items"][0]["origin_criterion"] = "made here"
    answer = client.post("/v1/origin/certificates/prepare", json=prepare_body(certificate=form))
    assert code(answer) == (422, "certificate_unsound")
    (finding,) = answer.json()["findings"]
    assert (finding["code"], finding["field"]) == (
        "COO_CRITERION_INVALID",
        "items[0].origin_criterion",
    )
    assert finding["vi"] != finding["en"]


def test_the_description_is_complete(client: httpx.Client) -> None:
    description = client.get("/v1/openapi.json").json()
    assert description["openapi"].startswith("3.")
    paths = description["paths"]
    assert "/v1/records" in paths
    for path, operations in paths.items():
        for operation in operations.values():
            assert operation.get("description") or operation.get("summary"), path
    submit = paths["/v1/records"]["post"]
    assert "example" in submit["requestBody"]["content"]["application/json"]
    assert "Problem" in description["components"]["schemas"]
    references = json.dumps(description).count('"$ref"')
    assert references > 10


def test_a_silent_ledger_is_told(door: Door, client: httpx.Client) -> None:
    from node.errors import LedgerUnavailableError

    def silent(*_: Any) -> Any:
        raise LedgerUnavailableError("embedded", "it is off")

    door.node.ledger.request = silent  # type: ignore[method-assign]
    health = client.get("/v1/health").json()
    assert (health["ledger_block"], health["trouble"]) == (None, ["ledger_unavailable"])
    assert code(client.get("/v1/proofs/seals/latest")) == (503, "ledger_unavailable")
    # What needs the node alone goes on.
    assert client.post("/v1/records", json=door.network.issue(A).to_json()).status_code == 202


def test_a_stopped_part_is_told_without_its_text(door: Door, client: httpx.Client) -> None:
    condition = Condition((StorageError("/secret/path", "full"),), ("/secret/path failed",))
    door.node.condition = lambda: condition  # type: ignore[method-assign]
    answer = client.get("/v1/health")
    assert answer.status_code == 503
    assert answer.json()["status"] == "failing"
    assert (answer.json()["stopped"], answer.json()["trouble"]) == (1, ["storage_unavailable"])
    assert "secret" not in answer.text


def test_a_fault_of_the_program_shows_nothing(door: Door, client: httpx.Client) -> None:
    def broken() -> Any:
        raise ZeroDivisionError("secret")

    door.node.indexer.position = broken  # type: ignore[method-assign]
    answer = client.get("/v1/ledger")
    assert code(answer) == (500, "internal")
    assert "secret" not in answer.text


def test_a_door_with_a_small_limit_takes_less(open_door: Open, network: Network) -> None:
    door = open_door(CUSTOMS_ID, body_limit=100)
    with door.client(Role.CUSTOMS) as client:
        answer = client.post("/v1/records", json=network.issue(A).to_json())
        assert code(answer) == (413, "body_too_large")
