"""Answers that cannot be used, from doors that fail or lie."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from support.organisations import CHAIN_ID, ISSUER, ORIGIN, certificate_id

from clients.sdk import Client
from clients.sdk.errors import (
    AnswerError,
    NotYetFinalError,
    RecordRefusedError,
    ServerFailedError,
    ServerRefusedError,
    ServerUnreachableError,
)
from clients.sdk.openings import ClaimOpening, InputError
from clients.sdk.records import Records
from contracts.commitments.pedersen import Opening

DIGEST = b"\x5c" * 32
HEX = "0x" + DIGEST.hex()


def client(answer: Callable[[httpx.Request], httpx.Response]) -> Client:
    return Client("http://door", "token", transport=httpx.MockTransport(answer))


def answering(value: Any, status: int = 200) -> Client:
    return client(lambda _: httpx.Response(status, content=json.dumps(value)))


def status_of(**changes: Any) -> dict[str, Any]:
    return {"digest": HEX, "status": "final", "block": 7, "reason": None} | changes


def test_a_token_travels_with_every_request() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(200, json=status_of())

    with client(answer) as door:
        assert door.records.status(DIGEST).block == 7
    assert seen == ["Bearer token"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"digest": 1}']
)
def test_an_answer_that_is_none_is_told(content: bytes) -> None:
    with (
        client(lambda _: httpx.Response(200, content=content)) as door,
        pytest.raises(AnswerError, match="do not rely"),
    ):
        door.records.status(DIGEST)


@pytest.mark.parametrize(
    "changes",
    [
        {"digest": "0x" + "00" * 32},
        {"digest": HEX.upper()},
        {"status": None},
        {"block": "7"},
        {"block": True},
        {"reason": 7},
    ],
    ids=["another", "case", "no status", "text", "truth", "number"],
)
def test_an_answer_about_something_else_is_refused(changes: dict[str, Any]) -> None:
    with answering(status_of(**changes)) as door, pytest.raises(AnswerError):
        door.records.status(DIGEST)


def test_an_endless_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.sdk.connection.ANSWER_LIMIT", 1_000)
    with (
        client(lambda _: httpx.Response(200, content=b" " * 1_001)) as door,
        pytest.raises(AnswerError, match="more than 1000"),
    ):
        door.records.status(DIGEST)


def test_a_problem_keeps_its_code() -> None:
    problem = {"code": "record_unknown", "detail": "no record", "status": 404}
    with answering(problem, 404) as door, pytest.raises(ServerRefusedError) as caught:
        door.records.status(DIGEST)
    assert (caught.value.code, caught.value.status) == ("record_unknown", 404)
    assert not isinstance(caught.value, ServerFailedError)


def test_a_fault_of_the_door_is_told_apart() -> None:
    with (
        client(lambda _: httpx.Response(502, content=b"<html>")) as door,
        pytest.raises(ServerFailedError, match="HTTP status 502"),
    ):
        door.records.status(DIGEST)


def test_a_silent_door_is_told() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with client(answer) as door, pytest.raises(ServerUnreachableError, match="http://door"):
        door.records.status(DIGEST)


def test_following_ends_with_the_refusal() -> None:
    refused = status_of(status="refused", reason="origin: country", block=None)
    with answering(refused) as door, pytest.raises(RecordRefusedError, match="origin: country"):
        door.records.follow(DIGEST)


def test_following_ends_with_the_time() -> None:
    ticks = iter(range(0, 1_000, 10))
    waiting = status_of(status="waiting", block=None)
    with answering(waiting) as door:
        records = Records(door._connection, clock=lambda: float(next(ticks)))
        seen: list[str] = []
        with pytest.raises(NotYetFinalError, match="25 s"):
            records.follow(DIGEST, 25, lambda status: seen.append(status.status))
    assert len(seen) >= 2
    assert set(seen) == {"waiting"}


def test_pages_that_lead_in_a_circle_are_left() -> None:
    with (
        answering({"items": [], "next": "again"}) as door,
        pytest.raises(AnswerError, match="circle"),
    ):
        list(door.membership.organisations())


def test_a_document_of_another_digest_is_refused() -> None:
    with (
        client(lambda _: httpx.Response(200, content=b"a.b.c~")) as door,
        pytest.raises(AnswerError, match="another"),
    ):
        door.documents.get(DIGEST)
    with client(lambda _: httpx.Response(200, content=b"\xff")) as door, pytest.raises(AnswerError):
        door.documents.get(DIGEST)
    with answering({"digest": HEX}, 201) as door, pytest.raises(AnswerError):
        door.documents.put("a.b.c~")


def test_a_key_that_is_not_the_named_one_is_refused() -> None:
    material = "0x" + ISSUER.document_material.hex()
    good = {"items": [{"id": "0x" + ISSUER.document_key.hex(), "material": material}], "next": None}
    with answering(good) as door:
        found = door.membership.document_key_material(ISSUER.id, ISSUER.document_key)
        assert found == ISSUER.document_material
        with pytest.raises(AnswerError, match="do not hold"):
            door.membership.document_key_material(ISSUER.id, DIGEST)
    lie = {"items": [{"id": HEX, "material": material}], "next": None}
    with answering(lie) as door, pytest.raises(AnswerError, match="identifier"):
        door.membership.document_key_material(ISSUER.id, DIGEST)
    strange = {"items": [{"id": HEX, "material": "0x00"}], "next": None}
    with answering(strange) as door, pytest.raises(AnswerError, match="P-256"):
        door.membership.document_key_material(ISSUER.id, DIGEST)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff"])
def test_a_bundle_that_is_none_is_refused(content: bytes) -> None:
    with (
        client(lambda _: httpx.Response(200, content=content)) as door,
        pytest.raises(AnswerError, match="bundle"),
    ):
        door.proofs.certificate_bundle(DIGEST)


def test_a_ledger_without_contracts_signs_nothing() -> None:
    ledger = {"chain_id": str(CHAIN_ID), "contracts": {}, "block_time": None}
    with answering(ledger) as door:
        info = door.records.ledger()
        assert info.contracts == {}
    full = ledger | {"contracts": {"origin": "0x" + ORIGIN.hex()}}
    with answering(full) as door:
        assert door.records.ledger().contracts == {"origin": ORIGIN}


def test_an_opening_comes_back() -> None:
    opening = ClaimOpening(certificate_id("a"), DIGEST, 2, Opening(5, 7))
    assert ClaimOpening.parse(opening.to_bytes(), "x") == opening


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "tradeseal-opening/2"},
        {"value": "-1"},
        {"value": 5},
        {"blinding": str(1 << 300)},
        {"item": "2"},
        {"claim": "0x00"},
        {"surplus": "1"},
    ],
    ids=lambda changes: repr(changes)[:24],
)
def test_a_file_that_is_no_opening_is_refused(changes: dict[str, Any]) -> None:
    opening = ClaimOpening(certificate_id("a"), DIGEST, 2, Opening(5, 7))
    value = json.loads(opening.to_bytes()) | changes
    with pytest.raises(InputError, match="file-x"):
        ClaimOpening.parse(json.dumps(value).encode(), "file-x")
    with pytest.raises(InputError):
        ClaimOpening.parse(b"{", "file-x")


# the id of a request


def test_an_id_travels_where_the_caller_gave_one() -> None:
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("x-request-id"))
        return httpx.Response(200, json=status_of())

    with client(answer) as door:
        door.traced("release-7").records.status(DIGEST)
        door.records.status(DIGEST)
    assert seen == ["release-7", None]


@pytest.mark.parametrize("text", ["", "a b", "a,b", "-a", "x" * 65, "a\r\nX-Evil: 1", "é"])
def test_an_id_of_another_form_is_refused_before_anything_is_sent(text: str) -> None:
    with answering(status_of()) as door, pytest.raises(InputError, match="request id"):
        door.traced(text)


PROBLEM = {"code": "certificate_unknown", "detail": "there is none"}


def test_an_error_names_the_request_as_the_door_does() -> None:
    headers = {"X-Request-ID": "7f0c"}
    with (
        client(lambda _: httpx.Response(404, json=PROBLEM, headers=headers)) as door,
        pytest.raises(ServerRefusedError, match="request 7f0c") as caught,
    ):
        door.records.status(DIGEST)
    assert caught.value.request_id == "7f0c"


@pytest.mark.parametrize("headers", [{}, {"X-Request-ID": "\x1b[31mred"}])
def test_an_error_repeats_no_text_of_another_form(headers: dict[str, str]) -> None:
    with (
        client(lambda _: httpx.Response(404, json=PROBLEM, headers=headers)) as door,
        pytest.raises(ServerRefusedError) as caught,
    ):
        door.records.status(DIGEST)
    assert caught.value.request_id is None
    assert str(caught.value) == "there is none (certificate_unknown)"


def test_silence_names_the_request_that_met_it() -> None:
    def silent(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with client(silent) as door, pytest.raises(ServerUnreachableError, match="request release-7"):
        door.traced("release-7").records.status(DIGEST)
    with client(silent) as door, pytest.raises(ServerUnreachableError) as caught:
        door.records.status(DIGEST)
    assert "request" not in str(caught.value)
