"""Streams as bytes, and the signatures of webhooks."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.sdk.errors import AnswerError, WebhookError
from clients.sdk.event_stream import events_in
from clients.sdk.events import verify_webhook
from contracts.webhooks import webhook_signature

SECRET = b"\x5c" * 32
NOW = 1_800_000_000
DIGEST = "0x" + "ab" * 32


def body(**changes: Any) -> bytes:
    event = {
        "id": DIGEST,
        "cursor": "7.1",
        "domain": "origin",
        "type": "CertificateIssue",
        "object": "0x" + "cd" * 32,
        "block": 7,
    }
    return json.dumps(event | changes).encode()


def headers(
    content: bytes, at: int = NOW, secret: bytes = SECRET, **changes: str
) -> dict[str, str]:
    found = {
        "Tradeseal-Event": DIGEST,
        "Tradeseal-Timestamp": str(at),
        "Tradeseal-Signature": webhook_signature(secret, at, content),
    }
    return found | {name.replace("_", "-"): value for name, value in changes.items()}


def test_the_signature_is_that_of_the_published_scheme() -> None:
    # printf '1800000000.{}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:5c…5c
    import hashlib
    import hmac

    expected = hmac.new(SECRET, b"1800000000.{}", hashlib.sha256).hexdigest()
    assert webhook_signature(SECRET, NOW, b"{}") == f"v1={expected}"


@pytest.mark.parametrize("late", [-300, 0, 300])
def test_a_signed_event_is_taken(late: int) -> None:
    content = body()
    event = verify_webhook(SECRET, headers(content), content, NOW + late)
    assert ("0x" + event.id.hex(), event.cursor, event.type) == (DIGEST, "7.1", "CertificateIssue")
    lower = {name.lower(): value for name, value in headers(content).items()}
    assert verify_webhook(SECRET, lower, content, NOW).id == event.id


@pytest.mark.parametrize(
    ("changed", "content", "now", "problem"),
    [
        (headers(body(), secret=b"\x5d" * 32), body(), NOW, "not of this secret"),
        (headers(body()), body(block=8), NOW, "not of this secret"),
        (headers(body()) | {"Tradeseal-Timestamp": str(NOW + 1)}, body(), NOW, "not of this"),
        (headers(body()), body(), NOW + 301, "more than 300 s"),
        (headers(body()), body(), NOW - 301, "more than 300 s"),
        (headers(body()) | {"Tradeseal-Timestamp": ""}, body(), NOW, "timestamp"),
        (headers(body()) | {"Tradeseal-Timestamp": "-1"}, body(), NOW, "timestamp"),
        (headers(body()) | {"Tradeseal-Timestamp": "1" * 13}, body(), NOW, "timestamp"),
        (headers(body()) | {"Tradeseal-Signature": ""}, body(), NOW, "not of this secret"),
        (headers(body()) | {"Tradeseal-Signature": "v1=é"}, body(), NOW, "not of this secret"),
        (headers(body()) | {"Tradeseal-Event": "0x" + "00" * 32}, body(), NOW, "another event"),
        (headers(b"[]"), b"[]", NOW, "no event"),
        (headers(b"{"), b"{", NOW, "no event"),
        ({}, body(), NOW, "timestamp"),
    ],
)
def test_anything_else_is_refused(
    changed: dict[str, str], content: bytes, now: int, problem: str
) -> None:
    with pytest.raises(WebhookError, match=problem):
        verify_webhook(SECRET, changed, content, now)


STREAM = (
    b"retry: 1000\n\n"
    b"id: 7.1\nevent: CertificateIssue\ndata: {}\n\n"
    b": heartbeat\nid: 9.0\n\n"
    b"data: a\r\ndata:b\r\n\r\n"
    b"id: 9.1\ndata: cut off\n"
)
FOUND = [("7.1", b"{}"), ("9.0", b""), ("", b"a\nb")]


def test_a_stream_is_read() -> None:
    assert list(events_in([STREAM])) == FOUND


@given(st.integers(1, 30))
def test_where_a_stream_is_cut_into_parts_does_not_matter(size: int) -> None:
    parts = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    assert list(events_in(parts)) == FOUND


@pytest.mark.parametrize("part", [b"a" * 100_000, b"a" * 100_000 + b"\ndata: "])
def test_an_endless_event_is_refused(part: bytes) -> None:
    with pytest.raises(AnswerError, match="more than"):
        list(events_in([b"data: ", *[part] * 30]))
