"""Submit and follow: once, durable, and nothing stored of what is refused."""

import json
from typing import Any

import httpx
import pytest
from support.organisations import CUSTOMS_TH, ISSUER, certificate_id

from api.bodies import JSON_LIMIT
from api.tokens import Role
from node.outbox.outbox import hex32

A = certificate_id("a")


def submit(client: httpx.Client, value: object, **headers: str) -> httpx.Response:
    headers["Content-Type"] = "application/json"
    return client.post("/v1/records", content=json.dumps(value), headers=headers)


def test_a_record_is_accepted_and_followed_to_final(door: Any, client: httpx.Client) -> None:
    signed = door.network.issue(A)
    answer = submit(client, signed.to_json())
    assert answer.status_code == 202
    assert answer.json()["status"] == "waiting"
    location = answer.headers["Location"]
    assert location == f"/v1/records/{hex32(signed.digest)}"
    door.settle()
    followed = client.get(location).json()
    assert (followed["status"], followed["block"], followed["reason"]) == ("final", 2, None)


def test_waiting_ends_with_the_answer_or_the_time(door: Any, client: httpx.Client) -> None:
    location = submit(client, door.network.issue(A).to_json()).headers["Location"]
    assert client.get(location, params={"wait": 1}).json()["status"] == "waiting"
    door.settle()
    assert client.get(location, params={"wait": 30}).json()["status"] == "final"


def test_a_refused_record_shows_the_ledgers_words(door: Any, client: httpx.Client) -> None:
    signed = door.network.issue(A, CUSTOMS_TH.officer)
    location = submit(client, signed.to_json()).headers["Location"]
    door.settle()
    followed = client.get(location).json()
    assert followed["status"] == "refused"
    assert followed["reason"].startswith("origin: ")


def test_a_record_of_another_organisation_is_found(
    door: Any, client: httpx.Client, open_door: Any
) -> None:
    other = open_door(CUSTOMS_TH)
    signed = door.network.issue(A)
    other.node.submit(signed)
    other.settle()
    assert client.get(f"/v1/records/{hex32(signed.digest)}").status_code == 404
    door.settle()
    followed = client.get(f"/v1/records/{hex32(signed.digest)}").json()
    assert (followed["status"], followed["accepted_at"]) == ("final", None)


def test_the_same_key_gives_the_same_answer(door: Any, client: httpx.Client) -> None:
    value = door.network.issue(A).to_json()
    first = submit(client, value, **{"Idempotency-Key": "k-1"})
    second = submit(client, value, **{"Idempotency-Key": "k-1"})
    assert (second.status_code, second.json()) == (first.status_code, first.json())


def test_the_same_key_for_another_record_conflicts(door: Any, client: httpx.Client) -> None:
    submit(client, door.network.issue(A).to_json(), **{"Idempotency-Key": "k-1"})
    other = door.network.issue(certificate_id("b"))
    answer = submit(client, other.to_json(), **{"Idempotency-Key": "k-1"})
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")
    assert client.get(f"/v1/records/{hex32(other.digest)}").status_code == 404


def test_callers_do_not_share_keys(door: Any, client: httpx.Client) -> None:
    submit(client, door.network.issue(A).to_json(), **{"Idempotency-Key": "k-1"})
    token = door.token(Role.ISSUING_AUTHORITY, subject="officer-2")
    with door.client(token=token) as second:
        other = door.network.issue(certificate_id("b")).to_json()
        assert submit(second, other, **{"Idempotency-Key": "k-1"}).status_code == 202


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "\u043a".encode().decode("latin-1")])
def test_a_strange_key_is_refused(door: Any, client: httpx.Client, key: str) -> None:
    headers = [(b"Idempotency-Key", key.encode("latin-1"))]
    answer = client.post("/v1/records", json=door.network.issue(A).to_json(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "header_malformed")
    assert sum(door.node.outbox.counts().values()) == 0


def changed(value: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return json.loads(json.dumps(value)) | changes


BAD_RECORDS: dict[str, tuple[Any, int, str]] = {
    "no object": (lambda _: [], 422, "record_malformed"),
    "null": (lambda _: None, 422, "record_malformed"),
    "empty": (lambda _: {}, 422, "record_malformed"),
    "unknown member": (lambda v: changed(v, extra="1"), 422, "record_malformed"),
    "unknown type": (lambda v: changed(v, type="Drop"), 422, "record_type_unknown"),
    "type of another form": (lambda v: changed(v, type=7), 422, "record_malformed"),
    "look-alike type": (
        lambda v: changed(v, type="\u0421ertificateIssue"),
        422,
        "record_type_unknown",
    ),
    "no message": (lambda v: changed(v, message=[]), 422, "record_malformed"),
    "unknown field": (
        lambda v: changed(v, message=v["message"] | {"x": "1"}),
        422,
        "record_malformed",
    ),
    "number as number": (
        lambda v: changed(v, message=v["message"] | {"items": 2}),
        422,
        "record_malformed",
    ),
    "number too large": (
        lambda v: changed(v, message=v["message"] | {"items": "65536"}),
        422,
        "record_malformed",
    ),
    "arabic digits": (
        lambda v: changed(v, message=v["message"] | {"items": "\u0662"}),
        422,
        "record_malformed",
    ),
    "upper-case address": (
        lambda v: changed(v, contract=v["contract"].upper()),
        422,
        "record_malformed",
    ),
    "another contract": (
        lambda v: changed(v, contract="0x" + "77" * 20),
        422,
        "record_foreign",
    ),
    "short signature": (lambda v: changed(v, signature="0x00"), 422, "record_malformed"),
    "no signature": (lambda v: changed(v, signature="0x" + "00" * 65), 422, "record_signature"),
    "high s": (
        lambda v: changed(v, signature="0x" + "11" * 32 + "ff" * 32 + "1b"),
        422,
        "record_signature",
    ),
}


@pytest.mark.parametrize("name", BAD_RECORDS)
def test_a_bad_record_is_refused_and_not_stored(door: Any, client: httpx.Client, name: str) -> None:
    spoil, status, code = BAD_RECORDS[name]
    answer = submit(client, spoil(door.network.issue(A).to_json()))
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert sum(door.node.outbox.counts().values()) == 0


BAD_BODIES: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 400, "body_malformed"),
    "no JSON": (b"{", 400, "body_malformed"),
    "two values": (b"{}{}", 400, "body_malformed"),
    "no UTF-8": (b'{"type": "\xff"}', 400, "body_malformed"),
    "byte order mark": (b"\xef\xbb\xbf{}", 400, "body_malformed"),
    "member twice": (b'{"type": "a", "type": "b"}', 400, "body_malformed"),
    "fraction": (b'{"type": 1.5}', 400, "body_malformed"),
    "not a number": (b'{"type": NaN}', 400, "body_malformed"),
    "half a pair": (b'{"type": "\\ud800"}', 400, "body_malformed"),
    "half a pair as name": (b'{"\\udfff": "a"}', 400, "body_malformed"),
    "deep": (b"[" * 40 + b"]" * 40, 400, "body_malformed"),
    "very deep": (b"[" * 100_000, 400, "body_malformed"),
    "long number": (b"1" * 5_000, 400, "body_malformed"),
    "large": (b'"' + b"a" * JSON_LIMIT + b'"', 413, "body_too_large"),
    "nul": (b'{"type": "a\\u0000"}', 422, "record_malformed"),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_bad_body_is_refused_and_not_stored(door: Any, client: httpx.Client, name: str) -> None:
    content, status, code = BAD_BODIES[name]
    headers = {"Content-Type": "application/json"}
    answer = client.post("/v1/records", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert sum(door.node.outbox.counts().values()) == 0


@pytest.mark.parametrize("media_type", ["text/plain", "", "application/xml", "application/jsonx"])
def test_another_content_type_is_refused(door: Any, client: httpx.Client, media_type: str) -> None:
    content = json.dumps(door.network.issue(A).to_json()).encode()
    answer = client.post("/v1/records", content=content, headers={"Content-Type": media_type})
    assert (answer.status_code, answer.json()["code"]) == (415, "media_type_unsupported")


def test_a_stream_without_end_is_cut(client: httpx.Client) -> None:
    sent = 0

    def stream() -> Any:
        nonlocal sent
        while sent < 1 << 23:
            sent += 1 << 16
            yield b" " * (1 << 16)

    answer = client.post(
        "/v1/records", content=stream(), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_declared_length_is_believed(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": str(1 << 40)}
    answer = client.post("/v1/records", content=b"{}", headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "digest", ["0x12", "0x" + "AB" * 32, "..%2f..%2fetc", "0x" + "5" * 65, "\u0661" * 66]
)
def test_a_strange_digest_is_refused(client: httpx.Client, digest: str) -> None:
    answer = client.get(f"/v1/records/{digest}")
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("wait", ["-1", "31", "1e3", "NaN", ""])
def test_a_strange_wait_is_refused(client: httpx.Client, wait: str) -> None:
    answer = client.get(f"/v1/records/{'0x' + '00' * 32}", params={"wait": wait})
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


def test_an_unknown_record_is_told(client: httpx.Client) -> None:
    answer = client.get(f"/v1/records/{'0x' + '00' * 32}")
    assert (answer.status_code, answer.json()["code"]) == (404, "record_unknown")


def test_the_issuers_key_is_not_the_doors_matter(door: Any, client: httpx.Client) -> None:
    # Any member may carry any record: the ledger judges the signer, not the door.
    signed = door.network.sign(door.network.issue(A).record, ISSUER.officer)
    assert submit(client, signed.to_json()).status_code == 202
