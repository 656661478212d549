"""Each request has an id, a line and a number; none holds what a caller must not put there."""

import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from support.doors import Door
from support.logs import Log, logged
from support.organisations import ISSUER, PASSWORD, certificate_id

from api.tokens import Role
from contracts.documents.sd_jwt import Disclosable, document_hash, issue_sd_jwt
from node.errors import StorageError
from node.outbox.outbox import hex32

A, B = certificate_id("a"), certificate_id("b")
HEADER = "X-Request-ID"


@pytest.fixture
def log() -> Iterator[Log]:
    with logged() as log:
        yield log


def submit(client: httpx.Client, value: object, **headers: str) -> httpx.Response:
    headers["Content-Type"] = "application/json"
    return client.post("/v1/records", content=json.dumps(value), headers=headers)


def requests(door: Door, method: str, route: str, status: int) -> float | None:
    labels = {"method": method, "route": route, "status": str(status)}
    name = "tradeseal_http_requests_total"
    return door.node.metrics.registry.get_sample_value(name, labels)


# the id


def test_an_id_of_the_allowed_form_is_kept(client: httpx.Client, log: Log) -> None:
    answer = client.get("/v1/health", headers={HEADER: "release-7"})
    assert answer.headers[HEADER] == "release-7"
    (line,) = log.said("request served")
    assert line["correlation_id"] == "release-7"
    assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/health", 200)
    assert line["duration_ms"] > 0


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(HEADER, "a b")],
        [(HEADER, "a,b")],
        [(HEADER, "x" * 65)],
        [(HEADER, "a"), (HEADER, "b")],
    ],
    ids=["none", "space", "joined", "long", "twice"],
)
def test_another_is_replaced_by_a_new_one(
    client: httpx.Client, headers: list[tuple[str, str]]
) -> None:
    answer = client.get("/v1/health", headers=headers)
    assert uuid.UUID(answer.headers[HEADER]).version == 4
    assert client.get("/v1/health").headers[HEADER] != answer.headers[HEADER]


@pytest.mark.parametrize(
    ("path", "status"), [("/v1/records/0x" + "1" * 64, 404), ("/v1/records/0x1", 422), ("/no", 404)]
)
def test_a_refusal_has_the_id_too(client: httpx.Client, path: str, status: int) -> None:
    answer = client.get(path, headers={HEADER: "release-7"})
    assert (answer.status_code, answer.headers[HEADER]) == (status, "release-7")


def test_a_body_too_large_and_a_fault_have_it_too(
    door: Door, client: httpx.Client, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = client.post("/v1/records", content=b"x" * 2_000_000, headers={HEADER: "large"})
    assert (large.status_code, large.headers[HEADER]) == (413, "large")

    def broken(_: str) -> None:
        raise RuntimeError("a fault of the program")

    monkeypatch.setattr(door.node.outbox, "find", broken)
    path = "/v1/records/0x" + "1" * 64
    fault = client.get(path, headers={HEADER: "fault"})
    assert (fault.status_code, fault.headers[HEADER]) == (500, "fault")
    assert log.said("request served", correlation_id="fault", status=500)
    assert requests(door, "GET", "/v1/records/{digest}", 500) == 1


def test_the_id_goes_with_the_record_to_its_block(
    door: Door, client: httpx.Client, log: Log
) -> None:
    first, second = door.network.issue(A), door.network.issue(B)
    submit(client, first.to_json(), **{HEADER: "one"})
    submit(client, second.to_json(), **{HEADER: "two"})
    assert door.node.outbox.find(hex32(first.digest)).correlation_id == "one"
    door.settle()
    # one transaction carries both
    (sent,) = log.said("transaction sent", correlation_id="one,two", outcome="taken")
    (final,) = log.said("transaction final", correlation_id="one,two")
    assert (final["records_final"], final["records_refused"]) == (2, 0)
    assert sent["transaction_hash"] == final["transaction_hash"]
    (executed,) = log.said("transaction in block", correlation_id="one,two")
    assert executed["transaction_hash"] == sent["transaction_hash"]
    assert executed["evm_number"] == final["block_number"]


def test_the_same_record_keeps_the_id_it_first_came_with(
    door: Door, client: httpx.Client, log: Log
) -> None:
    signed = door.network.issue(A)
    for name in ("first", "again"):
        submit(client, signed.to_json(), **{HEADER: name})
    assert door.node.outbox.find(hex32(signed.digest)).correlation_id == "first"
    (again,) = log.said("record promised", correlation_id="again")
    assert again["first_correlation_id"] == "first"


def test_a_record_from_within_has_no_id(door: Door, log: Log) -> None:
    entry = door.node.submit(door.network.issue(A))
    door.settle()
    assert door.node.outbox.find(entry.digest).correlation_id is None
    assert not any("correlation_id" in line for line in log.lines())


# the numbers


def test_requests_are_counted_by_template_and_status(door: Door, client: httpx.Client) -> None:
    record = "/v1/records/0x"
    for digit in "123":
        client.get(record + digit * 64)
    client.get("/v1/records/not-a-digest")
    client.get("/certificates/of/Nguyen")
    client.request("BREW", "/v1/health")
    assert requests(door, "GET", "/v1/records/{digest}", 404) == 3
    assert requests(door, "GET", "/v1/records/{digest}", 422) == 1
    assert requests(door, "GET", "unmatched", 404) == 1
    assert requests(door, "OTHER", "/v1/health", 405) == 1
    labels = {
        sample.labels.get("route")
        for m in door.node.metrics.registry.collect()
        for sample in m.samples
    }
    assert labels == {None, "/v1/records/{digest}", "/v1/health", "unmatched"}


def test_a_request_is_counted_once_it_was_answered(door: Door, client: httpx.Client) -> None:
    name = "tradeseal_http_request_duration_seconds_count"
    labels = {"method": "GET", "route": "/v1/health"}
    value = door.node.metrics.registry.get_sample_value
    assert value(name, labels) is None
    client.get("/v1/health")
    assert value(name, labels) == 1


# secrets


def test_no_secret_of_a_request_stands_in_the_log(door: Door, log: Log) -> None:
    token = door.token(Role.ISSUING_AUTHORITY)
    payload = {"form": "D", "lines": [Disclosable({"goods": "frozen shrimp"})]}
    document = issue_sd_jwt(payload, ISSUER.document_secret, {"typ": "test"}, lambda n: b"\1" * n)
    door.node.submit(door.network.issue(A, document=document_hash(document)))
    with door.client(token=token) as client:
        kept = client.post(
            "/v1/documents", content=document, headers={"Content-Type": "application/sd-jwt"}
        )
        assert kept.status_code in {200, 201}
        submit(client, {"type": document})
        client.get(f"/v1/{token}", params={"token": token})
        client.get("/v1/health", headers={HEADER: token})
    assert len(log.said("request served")) == 4
    secrets = [token, document[:40], "shrimp", PASSWORD.decode(), ISSUER.carrier.secret.hex()]
    assert [secret for secret in secrets if secret in log.text] == []


def test_a_fault_does_not_repeat_what_was_sent(
    door: Door, client: httpx.Client, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = door.network.issue(A)
    marker = json.dumps(signed.to_json())

    def broken(*_: Any) -> None:
        raise StorageError("the state database", "disk full")

    monkeypatch.setattr(door.node.outbox, "submit", broken)
    assert submit(client, signed.to_json()).status_code == 503
    assert marker not in log.text
    assert signed.signature.hex() not in log.text


# the description

PAGE = Path(__file__).parents[2] / "docs" / "observability.md"


def shown(registry: CollectorRegistry) -> set[str]:
    names = {
        metric.name + ("_total" if metric.type == "counter" else "")
        for metric in registry.collect()
    }
    return {name for name in names if name.startswith("tradeseal_")}


def test_every_metric_is_described_and_no_other(door: Door) -> None:
    described = set(re.findall(r"^\| `(tradeseal_\w+)", PAGE.read_text(), re.MULTILINE))
    registries = (door.node.metrics.registry, door.network.ledger.engine.metrics.registry)
    assert described == shown(registries[0]) | shown(registries[1])
