"""Where webhooks may go, and where they may not."""

import time

import pytest
from support.receiver import Mood, WebhookReceiver

from node.subscriptions.errors import DeliveryError, SubscriptionRefusedError
from node.subscriptions.receiver import Receivers, resolve

PUBLIC = "93.184.215.14"


@pytest.mark.parametrize(
    "url",
    [
        "https://receiver.example/events",
        "https://receiver.example:8443/a?b=c",
        f"https://{PUBLIC}/",
        "https://[2606:4700:4700::1111]/",
        "https://[64:ff9b::808:808]/",
    ],
)
def test_https_to_a_public_place_may_be_registered(url: str) -> None:
    assert str(Receivers().check(url).url) == url


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://receiver.example/", "not https"),
        ("ftp://receiver.example/", "no web address"),
        ("receiver.example", "no web address"),
        ("https://", "no web address"),
        ("https://user:word@receiver.example/", "more than an address"),
        ("https://receiver.example/#part", "more than an address"),
        ("https://receiver.example/" + "a" * 1_000, "too long"),
        ("https://127.0.0.1/", "not public"),
        ("https://10.0.0.1/", "not public"),
        ("https://169.254.169.254/latest/meta-data", "not public"),
        ("https://192.168.1.1/", "not public"),
        ("https://100.64.0.1/", "not public"),
        ("https://0.0.0.0/", "not public"),
        ("https://224.0.0.1/", "not public"),
        ("https://[::1]/", "not public"),
        ("https://[fd00::1]/", "not public"),
        ("https://[::ffff:127.0.0.1]/", "not public"),
        ("https://[2002:7f00:1::]/", "not public"),
        ("https://[64:ff9b::7f00:1]/", "not public"),
        ("https://[2001:0:7f00:1::]/", "not public"),
    ],
)
def test_another_place_may_not(url: str, problem: str) -> None:
    with pytest.raises(SubscriptionRefusedError, match=problem):
        Receivers().check(url)


def test_the_operator_may_allow_exactly_one_host_and_port() -> None:
    receivers = Receivers(frozenset({"127.0.0.1:9000"}))
    assert receivers.check("http://127.0.0.1:9000/events").port == 9_000
    for url in ("http://127.0.0.1:9001/events", "http://127.0.0.2:9000/events"):
        with pytest.raises(SubscriptionRefusedError):
            receivers.check(url)


@pytest.mark.parametrize("inner", ["127.0.0.1", "10.1.2.3", "::1", "fe80::1%eth0"])
def test_a_name_that_leads_inside_is_not_followed(inner: str) -> None:
    receivers = Receivers(resolver=lambda _host, _port: [PUBLIC, inner])
    with pytest.raises(DeliveryError, match="not public"):
        receivers.post("https://receiver.example/", {}, b"{}")


def test_a_name_without_address_is_a_failure_of_the_receiver() -> None:
    with pytest.raises(DeliveryError, match="has no address"):
        resolve("receiver.invalid", 443)


@pytest.fixture
def receiver() -> WebhookReceiver:
    return WebhookReceiver().start()


def test_what_is_taken_is_taken_with_its_headers(receiver: WebhookReceiver) -> None:
    receivers = Receivers(frozenset({receiver.host}))
    receivers.post(receiver.url, {"Tradeseal-Event": "0x1"}, b'{"a":1}')
    (request,) = receiver.requests
    assert (request.event, request.body) == ("0x1", b'{"a":1}')
    assert request.headers["host"] == receiver.host
    receiver.die()


def test_the_connection_goes_to_the_checked_address(receiver: WebhookReceiver) -> None:
    name = f"receiver.invalid:{receiver.port}"
    receivers = Receivers(frozenset({name}), resolver=lambda _host, _port: ["127.0.0.1"])
    receivers.post(f"http://{name}/events", {"Tradeseal-Event": "0x1"}, b"{}")
    assert receiver.requests[0].headers["host"] == name
    receiver.die()


@pytest.mark.parametrize(
    ("mood", "reason", "is_final"),
    [
        (Mood.FAIL, "it answered 500", False),
        (Mood.REFUSE, "it answered 400", False),
        (Mood.REDIRECT, "redirects are not followed", False),
        (Mood.GONE, "it answered 410", True),
        (Mood.HANG, "no answer within 0.3 s", False),
    ],
)
def test_what_is_not_taken_says_why(
    receiver: WebhookReceiver, mood: Mood, reason: str, is_final: bool
) -> None:
    receiver.mood = mood
    receivers = Receivers(frozenset({receiver.host}), timeout=0.3)
    begun = time.monotonic()
    with pytest.raises(DeliveryError, match=reason) as caught:
        receivers.post(receiver.url, {"Tradeseal-Event": "0x1"}, b"{}")
    assert caught.value.is_final is is_final
    assert time.monotonic() - begun < 5
    assert len(receiver.requests) == 1
    receiver.die()


def test_nobody_there_is_a_failure(receiver: WebhookReceiver) -> None:
    receiver.die()
    with pytest.raises(DeliveryError, match=r"127\.0\.0\.1"):
        Receivers(frozenset({receiver.host})).post(receiver.url, {}, b"{}")


def test_proxies_of_the_environment_are_not_used(
    receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    Receivers(frozenset({receiver.host})).post(receiver.url, {"Tradeseal-Event": "0x1"}, b"{}")
    assert receiver.taken == ["0x1"]
    receiver.die()
