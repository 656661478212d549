"""Events over HTTP: pages, streams, webhooks; each caller gets what it may see."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from support.doors import Door
from support.organisations import (
    CUSTOMS_TH,
    EXPORTER,
    ISSUER,
    Network,
    certificate_id,
)
from support.ports import free_port

import api.events.routes
import api.events.stream
from api.tokens import Role
from clients.sdk import Client
from clients.sdk.errors import ServerRefusedError
from clients.sdk.events import NOW, Event
from node.files import make_private_folder

A, B = certificate_id("a"), certificate_id("b")
WEBHOOK = {"url": "https://receiver.example/events"}
Open = Callable[..., Door]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    folder = tmp_path_factory.mktemp("events") / "organisations"
    make_private_folder(folder)
    network = Network(folder)
    for certificate in (A, B):
        network.record(network.issue(certificate))
    yield network
    network.close()


@pytest.fixture(scope="module")
def doors(network: Network) -> dict[Any, Door]:
    doors = {member: Door(network, member) for member in (ISSUER, CUSTOMS_TH, EXPORTER)}
    for door in doors.values():
        while door.node._follow():
            pass
    return doors


@pytest.fixture(scope="module")
def door(doors: dict[Any, Door]) -> Door:
    return doors[ISSUER]


@pytest.fixture
def sdk(door: Door) -> Iterator[Client]:
    with door.sdk(Role.ISSUING_AUTHORITY) as client:
        yield client


def kinds(events: list[Event]) -> list[str | None]:
    return [event.type for event in events]


ALL = ["LineCertify", "LineCertify", "CertificateIssue"] * 2


def test_a_page_tells_where_to_go_on(sdk: Client) -> None:
    first = sdk.events.page(domains=["origin", "issuance"])
    assert kinds(first.events) == ALL
    behind = sdk.events.page(first.events[3].cursor, domains=["origin", "issuance"])
    assert [event.id for event in behind.events] == [event.id for event in first.events[4:]]
    assert sdk.events.page(first.next).events == []
    assert sdk.events.page(NOW).next == first.next


def test_filters_of_a_page(sdk: Client) -> None:
    assert len(sdk.events.page(types=["CertificateIssue"]).events) == 2
    assert len(sdk.events.page(types=["CertificateIssue"], objects=[A]).events) == 1
    assert sdk.events.page(domains=["custody"]).events == []


@pytest.mark.parametrize(
    ("member", "role", "number"),
    [
        (ISSUER, Role.ISSUING_AUTHORITY, 6),
        (ISSUER, Role.AUDITOR, 6),
        (ISSUER, Role.OPERATOR, 0),
        (EXPORTER, Role.ENTERPRISE, 0),
        (EXPORTER, Role.AUDITOR, 0),
        (CUSTOMS_TH, Role.CUSTOMS, 0),
    ],
)
def test_each_caller_gets_what_it_may_see(
    doors: dict[Any, Door], member: Any, role: Role, number: int
) -> None:
    page = doors[member].sdk(role).events.page(domains=["origin", "issuance"])
    assert len(page.events) == number


@pytest.mark.parametrize(
    "query",
    ["after=1", "after=now%20", "domain=a%20b", "object=0x12", "type=" + "a" * 65, "after="],
)
def test_a_malformed_question_is_refused(door: Door, query: str) -> None:
    with door.client(Role.AUDITOR) as client:
        answer = client.get(f"/v1/events?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


# webhooks


def test_a_webhook_is_registered_shown_resumed_and_removed(sdk: Client) -> None:
    made = sdk.events.register(
        "https://receiver.example/x", after="7.0", types=["CertificateIssue"]
    )
    identifier, secret = made.text("id"), made.text("secret")
    assert len(bytes.fromhex(secret)) == 32
    shown = sdk.events.webhook(identifier).members()
    assert shown == {name: value for name, value in made.members().items() if name != "secret"}
    assert shown["cursor"] == "7.0"
    assert shown["wanted"] == {"domains": [], "types": ["CertificateIssue"], "objects": []}
    assert [row.text("id") for row in sdk.events.webhooks()] == [identifier]
    assert sdk.events.resume(identifier, "3.1").text("cursor") == "3.1"
    assert sdk.events.resume(identifier).text("cursor") == "3.1"
    sdk.events.remove(identifier)
    with pytest.raises(ServerRefusedError) as caught:
        sdk.events.webhook(identifier)
    assert (caught.value.status, caught.value.code) == (404, "subscription_unknown")


def test_a_webhook_begins_now_with_a_secret_of_the_caller(sdk: Client) -> None:
    made = sdk.events.register("https://receiver.example/x", secret=b"\x07" * 16)
    assert made.text("secret") == "07" * 16
    assert made.text("cursor") == sdk.events.page(NOW).next
    sdk.events.remove(made.text("id"))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"url": "http://receiver.example/"}, "subscription_refused"),
        ({"url": "https://169.254.169.254/"}, "subscription_refused"),
        ({"url": "https://localhost:1/" + "a" * 1_000}, "request_invalid"),
        ({"secret": "07" * 15}, "request_invalid"),
        ({"secret": "zz" * 16}, "request_invalid"),
        ({"after": "yesterday"}, "request_invalid"),
        ({"wanted": {"kinds": []}}, "request_invalid"),
        ({"wanted": {"objects": ["0x1"]}}, "request_invalid"),
    ],
)
def test_a_webhook_that_may_not_be_is_refused(
    door: Door, changes: dict[str, Any], code: str
) -> None:
    with door.client(Role.ISSUING_AUTHORITY) as client:
        answer = client.post("/v1/events/subscriptions", json=WEBHOOK | changes)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert client.get("/v1/events/subscriptions").json() == {"items": []}


def test_an_auditor_registers_none(door: Door) -> None:
    with door.client(Role.AUDITOR) as client:
        answer = client.post("/v1/events/subscriptions", json=WEBHOOK)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")


# streams


class Served:
    """A door behind a socket; start it again after it ended."""

    def __init__(self, door: Door) -> None:
        self.door, self.port = door, free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        config = uvicorn.Config(
            self.door.app, port=self.port, log_config=None, access_log=False, lifespan="off"
        )
        self.server = uvicorn.Server(config)
        self.door.app.state.is_ending = lambda: self.server.should_exit
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        deadline = time.monotonic() + 10
        while not self.server.started:
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        assert not self.thread.is_alive()

    def client(self, role: Role = Role.ISSUING_AUTHORITY) -> Client:
        return Client(self.url, self.door.token(role))


@pytest.fixture
def served(door: Door, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(api.events.stream, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(api.events.stream, "HEARTBEAT_SECONDS", 0.1)
    served = Served(door)
    served.start()
    yield served
    served.stop()


def take(events: Iterator[Event], number: int) -> list[Event]:
    return [next(events) for _ in range(number)]


def test_a_stream_begins_with_what_was_and_goes_on_with_what_comes(
    served: Served, network: Network
) -> None:
    with served.client() as client:
        events = client.events.follow(domains=["origin", "issuance"])
        assert kinds(take(events, 6)) == ALL
        network.record(network.cancel(B))
        served.door.node.step()
        (cancelled,) = take(events, 1)
        assert (cancelled.type, cancelled.object) == ("CertificateCancel", B)
        events.close()


def test_a_stream_that_ends_goes_on_from_its_cursor(served: Served, network: Network) -> None:
    kept: list[str] = []
    with served.client() as client:
        events = client.events.follow(
            NOW, domains=["origin"], keep=kept.append, sleep=lambda _: time.sleep(0.05)
        )
        found: list[Event] = []
        reader = threading.Thread(target=lambda: found.extend(take(events, 2)), daemon=True)
        reader.start()
        _wait(lambda: bool(kept))  # heartbeats move the cursor where nothing happens
        network.record(network.issue(certificate_id("c")))
        served.door.node.step()
        _wait(lambda: len(kept) > 3)
        served.stop()
        network.record(network.issue(certificate_id("d")))
        served.start()
        served.door.node.step()
        reader.join(10)
    assert [event.object for event in found] == [certificate_id("c"), certificate_id("d")]
    assert len({event.id for event in found}) == 2


def _wait(is_done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not is_done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_last_event_id_is_honoured_before_the_parameter(served: Served) -> None:
    token = served.door.token(Role.ISSUING_AUTHORITY)
    with served.client() as client:
        events = client.events.page(domains=["origin", "issuance"]).events
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "text/event-stream",
        "Last-Event-ID": events[-2].cursor,
    }
    url = f"{served.url}/v1/events?after=0.0&domain=origin&domain=issuance"
    with httpx.stream("GET", url, headers=headers, timeout=5) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        lines = answer.iter_lines()
        found = [next(line for line in lines if line.startswith(name)) for name in ("id", "data")]
    assert found[0] == f"id: {events[-1].cursor}"
    assert json.loads(found[1].removeprefix("data: "))["id"] == "0x" + events[-1].id.hex()


def test_a_malformed_last_event_id_is_refused(served: Served) -> None:
    token = served.door.token(Role.AUDITOR)
    headers = {"Authorization": f"Bearer {token}", "Last-Event-ID": "yesterday"}
    answer = httpx.get(f"{served.url}/v1/events", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor_malformed")


def test_a_stream_has_an_end_and_tells_where_it_stood(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.events.stream, "LIFE_SECONDS", 0.1)
    token = served.door.token(Role.OPERATOR)
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    answer = httpx.get(f"{served.url}/v1/events?domain=origin", headers=headers, timeout=5)
    with served.client() as client:
        head = client.events.page(NOW).next
    assert answer.text.endswith(f": heartbeat\nid: {head}\n\n")
    assert "data:" not in answer.text


def test_more_streams_than_the_door_serves_are_refused(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.events.routes, "STREAMS_LIMIT", 0)
    token = served.door.token(Role.AUDITOR)
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    answer = httpx.get(f"{served.url}/v1/events", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "streams_exhausted")
    assert answer.headers["retry-after"]


def test_nobody_takes_all_streams(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.events.routes, "CALLER_LIMIT", 1)
    headers = {"Accept": "text/event-stream"}
    with served.client() as client:
        events = client.events.follow()
        next(events)
        for subject, status in (("officer-1", 503), ("officer-2", 200)):
            token = served.door.token(Role.AUDITOR, subject=subject)
            headers["Authorization"] = f"Bearer {token}"
            with httpx.stream("GET", f"{served.url}/v1/events", headers=headers) as answer:
                assert answer.status_code == status
        events.close()
    _wait(lambda: not served.door.app.state.streams.callers)


def test_closed_streams_are_counted_down(served: Served) -> None:
    count = served.door.app.state.streams
    before = count.open
    with served.client() as client:
        events = client.events.follow()
        next(events)
        assert count.open == before + 1
        events.close()
    _wait(lambda: count.open == before)
