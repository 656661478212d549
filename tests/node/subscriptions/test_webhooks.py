"""Webhooks of a real node to a real receiver that fails, hangs, dies and comes back."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.organisations import (
    CUSTOMS_ID,
    EXPORTER,
    ISSUER,
    PASSWORD,
    Member,
    Network,
    certificate_id,
)
from support.receiver import Mood, WebhookReceiver

from clients.sdk.errors import WebhookError
from clients.sdk.events import verify_webhook
from node.config import parse_config
from node.errors import ConfigError
from node.files import make_private_folder
from node.folder import OrganisationFolder
from node.organisation import OrganisationNode
from node.subscriptions.dispatcher import Dispatcher, Policy
from node.subscriptions.errors import SubscriptionRefusedError, SubscriptionUnknownError
from node.subscriptions.events import BEGINNING, EventCursor
from node.subscriptions.reading import EventFilter
from node.subscriptions.receiver import Receivers
from node.subscriptions.sealing import SecretBox
from node.subscriptions.store import SUBSCRIPTIONS_LIMIT, Registration, SubscriptionStore
from node.subscriptions.tables import Subscription, SubscriptionStatus

SECRET = b"\x5c" * 32
START = datetime(2026, 11, 23, 12, tzinfo=UTC)
CERTIFICATES = [certificate_id(name) for name in ("a", "b", "c")]
EVENTS = 9  # two lines and an issue each


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Give a ledger with three certificates."""
    folder = tmp_path_factory.mktemp("webhooks") / "organisations"
    make_private_folder(folder)
    network = Network(folder)
    network.record(*(network.issue(certificate) for certificate in CERTIFICATES))
    yield network
    network.close()


@pytest.fixture(scope="module")
def opened(network: Network) -> dict[Member, OrganisationNode]:
    nodes = {member: network.node(network.organisation(member)) for member in (ISSUER, EXPORTER)}
    for node in nodes.values():
        while node._follow():
            pass
    return nodes


class Post:
    """Webhooks of one node, with a clock, a policy and a time-out of the test's own."""

    def __init__(self, node: OrganisationNode, receiver: WebhookReceiver) -> None:
        self.node, self.receiver, self.clock = node, receiver, Clock()
        self.store: SubscriptionStore = node.subscriptions.store
        for row in self.store.subscriptions():
            self.store.remove(row.id)
        self.dispatcher = self.open()

    def open(self) -> Dispatcher:
        receivers = Receivers(frozenset({self.receiver.host, "127.0.0.1:9"}), timeout=0.4)
        subscriptions = self.node.subscriptions
        return Dispatcher(
            self.store,
            subscriptions.reader,
            receivers,
            subscriptions.visibility,
            clock=self.clock,
            policy=Policy(first=1, longest=8, give_up=3_600),
        )

    def register(
        self,
        cursor: EventCursor = BEGINNING,
        wanted: EventFilter | None = None,
        *,
        url: str | None = None,
        authority: bool = True,
    ) -> str:
        registration = Registration(
            url=url or self.receiver.url,
            secret=SECRET,
            wanted=wanted or EventFilter(domains=("origin", "issuance")),
            certificates=True,
            authority=authority,
            created_by="customs/officer-1",
            cursor=cursor,
        )
        return self.store.register(registration, int(self.clock().timestamp())).id

    def work(self) -> None:
        """Deliver until nothing that is due is under way."""
        while self.dispatcher.step():
            time.sleep(0.005)

    def row(self, identifier: str) -> Subscription:
        return self.store.subscription(identifier)


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    receiver = WebhookReceiver().start()
    yield receiver
    receiver.die()


@pytest.fixture
def post(opened: dict[Member, OrganisationNode], receiver: WebhookReceiver) -> Iterator[Post]:
    post = Post(opened[ISSUER], receiver)
    yield post
    post.dispatcher.close()


def ledger_order(post: Post) -> list[str]:
    visibility = post.node.subscriptions.visibility(True, True)
    wanted = EventFilter(domains=("origin", "issuance"))
    page = post.node.subscriptions.reader.after(BEGINNING, wanted, visibility)
    return [event.id for event in page.events]


def test_all_events_come_once_in_order_and_signed(post: Post) -> None:
    identifier = post.register()
    post.work()
    assert post.receiver.taken == ledger_order(post)
    assert len(post.receiver.taken) == EVENTS
    now = int(post.clock().timestamp())
    for request in post.receiver.requests:
        event = verify_webhook(SECRET, request.headers, request.body, now)
        assert "0x" + event.id.hex() == request.event
        assert request.headers["tradeseal-subscription"] == identifier
        with pytest.raises(WebhookError):
            verify_webhook(b"\x5d" * 32, request.headers, request.body, now)
    row = post.row(identifier)
    assert (row.failures, row.problem, row.delivered_at) == (0, None, now)


def test_nothing_new_means_nothing_sent(post: Post) -> None:
    post.register()
    post.work()
    post.work()
    assert len(post.receiver.requests) == EVENTS


def test_from_now_on_means_nothing_old(post: Post) -> None:
    post.register(post.node.subscriptions.reader.head())
    post.work()
    assert post.receiver.requests == []


def test_a_filter_is_kept(post: Post) -> None:
    post.register(wanted=EventFilter(types=("CertificateIssue",)))
    post.work()
    assert len(post.receiver.taken) == 3


def test_what_the_subscriber_may_not_see_is_not_sent(
    opened: dict[Member, OrganisationNode], receiver: WebhookReceiver
) -> None:
    post = Post(opened[EXPORTER], receiver)
    # It holds no document; that it once registered as an authority does not make it one.
    post.register(authority=True)
    post.work()
    assert receiver.requests == []
    post.dispatcher.close()


@pytest.mark.parametrize("mood", [Mood.FAIL, Mood.REDIRECT, Mood.HANG])
def test_a_receiver_that_does_not_take_is_tried_again_later(post: Post, mood: Mood) -> None:
    identifier = post.register()
    post.receiver.mood = mood
    post.work()
    row = post.row(identifier)
    assert (len(post.receiver.requests), row.failures) == (1, 1)
    assert row.problem is not None
    pause = row.next_at / 1_000 - post.clock().timestamp()
    assert 0.49 <= pause <= 1
    post.receiver.mood = Mood.TAKE
    post.work()
    assert post.receiver.taken == []  # not before its time
    post.clock.forward(1)
    post.work()
    assert post.receiver.taken == ledger_order(post)
    assert post.receiver.requests[0].body == post.receiver.requests[1].body
    assert (post.row(identifier).failures, post.row(identifier).problem) == (0, None)


def test_pauses_double_up_to_the_longest_with_jitter() -> None:
    policy = Policy(first=1, longest=8)
    assert [policy.pause(n, 1) for n in (1, 2, 3, 4, 5, 5_000)] == [1, 2, 4, 8, 8, 8]
    assert [policy.pause(n, 0) for n in (1, 2, 3, 4, 5, 5_000)] == [0.5, 1, 2, 4, 4, 4]


def test_a_receiver_that_dies_in_the_middle_misses_nothing(post: Post) -> None:
    post.register()
    post.receiver.mood = Mood.FAIL
    for number in range(3):
        post.work()
        post.clock.forward(8)
        assert len(post.receiver.requests) == number + 1
    post.receiver.die()
    for _ in range(3):
        post.work()
        post.clock.forward(8)
    post.receiver.mood = Mood.TAKE
    post.receiver.start()
    post.work()
    assert post.receiver.taken == ledger_order(post)


def test_a_hanging_receiver_holds_up_no_other(post: Post) -> None:
    slow = WebhookReceiver().start()
    slow.mood = Mood.HANG
    post.receiver, quick = slow, post.receiver
    dispatcher = post.dispatcher
    dispatcher._receiver = Receivers(frozenset({slow.host, quick.host}), timeout=2)
    post.register(url=slow.url)
    post.register(url=quick.url)
    begun = time.monotonic()
    dispatcher.step()
    assert quick.wait_for(EVENTS, 2) == ledger_order(post)
    assert time.monotonic() - begun < 2
    slow.die()
    post.receiver = quick


def test_long_failure_disables_with_the_reason_and_resuming_goes_on(post: Post) -> None:
    identifier = post.register()
    post.receiver.mood = Mood.FAIL
    for _ in range(2):
        post.work()
        post.clock.forward(3_600)
    row = post.row(identifier)
    assert row.status == SubscriptionStatus.DISABLED
    assert row.problem == "no event was taken for 1 h; the last time: it answered 500"
    post.receiver.mood = Mood.TAKE
    post.work()
    assert post.receiver.taken == []
    post.store.resume(identifier, None)
    post.work()
    assert post.receiver.taken == ledger_order(post)


def test_a_receiver_that_wants_no_more_gets_no_more(post: Post) -> None:
    identifier = post.register()
    post.receiver.mood = Mood.GONE
    post.work()
    row = post.row(identifier)
    assert (row.status, len(post.receiver.requests)) == (SubscriptionStatus.DISABLED, 1)
    assert "410" in (row.problem or "")


def test_resuming_from_an_older_place_sends_again_with_the_same_ids(post: Post) -> None:
    identifier = post.register()
    post.work()
    first = post.receiver.taken
    post.store.resume(identifier, BEGINNING)
    post.work()
    assert post.receiver.taken == first * 2
    bodies = [request.body for request in post.receiver.requests]
    assert bodies[:EVENTS] == bodies[EVENTS:]


def test_another_process_goes_on_where_the_first_stood(post: Post) -> None:
    post.register()
    post.receiver.mood = Mood.FAIL
    post.work()
    post.dispatcher.close()
    post.receiver.mood = Mood.TAKE
    post.clock.forward(1)
    post.dispatcher = post.open()
    post.work()
    assert post.receiver.taken == ledger_order(post)


def test_what_was_taken_but_not_noted_comes_again_with_its_id(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Ends the work as a signal would."""

    identifier = post.register()
    noted = post.store.taken

    def killed_at_the_second(*arguments: object) -> bool:
        if len(post.receiver.requests) == 2:
            raise Killed
        return noted(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(post.store, "taken", killed_at_the_second)
    with pytest.raises(Killed):
        post.work()
    monkeypatch.undo()
    post.dispatcher = post.open()
    post.work()
    order = ledger_order(post)
    assert post.receiver.taken == [*order[:2], *order[1:]]
    assert post.row(identifier).failures == 0


def test_a_subscription_that_was_removed_sends_no_more(post: Post) -> None:
    identifier = post.register()
    post.store.remove(identifier)
    post.work()
    assert post.receiver.requests == []
    with pytest.raises(SubscriptionUnknownError):
        post.store.remove(identifier)


def test_one_set_back_while_it_sends_is_not_moved_on(post: Post) -> None:
    identifier = post.register(EventCursor(1, 0))
    now = int(post.clock().timestamp())
    assert not post.store.taken(identifier, BEGINNING, EventCursor(9, 9), now)
    assert post.store.taken(identifier, EventCursor(1, 0), EventCursor(9, 9), now)
    assert (post.row(identifier).block, post.row(identifier).log_index) == (9, 9)


def test_there_is_a_limit(post: Post) -> None:
    for _ in range(SUBSCRIPTIONS_LIMIT):
        last = post.register()
    with pytest.raises(SubscriptionRefusedError, match="remove one first"):
        post.register()
    post.store.remove(last)
    post.register()


def test_secrets_lie_sealed_and_another_account_opens_none(post: Post) -> None:
    identifier = post.register()
    row = post.row(identifier)
    assert SECRET.hex() not in row.secret
    assert post.store.secret(row) == SECRET
    assert SecretBox(b"\x01" * 32).open(row.id, row.secret) is None
    assert post.store._box.open("another", row.secret) is None
    post.store._box, own = SecretBox(b"\x01" * 32), post.store._box
    post.work()
    post.store._box = own
    row = post.row(identifier)
    assert row.status == SubscriptionStatus.DISABLED
    assert "register anew" in (row.problem or "")
    assert post.receiver.requests == []


def test_a_running_node_delivers_by_itself(tmp_path: Path) -> None:
    receiver = WebhookReceiver().start()
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = Network(folder, sealing=True)
    place = _allowing(network.organisation(ISSUER), receiver.host)
    node = OrganisationNode(place, network.web3, PASSWORD, network.now)
    network._nodes.append(node)
    node.start()
    registration = Registration(
        receiver.url, SECRET, EventFilter(domains=("origin",)), True, True, "x", BEGINNING
    )
    node.subscriptions.store.register(registration, 0)
    network.record(network.issue(CERTIFICATES[0]))
    assert len(receiver.wait_for(1)) == 1
    assert node.condition().faults == ()
    network.close()
    receiver.die()


def test_the_configuration_names_hosts_and_refuses_other_forms(network: Network) -> None:
    folder = network.organisation(CUSTOMS_ID)
    config = replace(folder.config, webhook_hosts=("127.0.0.1:9000", "receiver.example:80"))
    assert parse_config(config.to_toml(), folder.path) == config
    with pytest.raises(ConfigError, match=r"webhooks\.hosts"):
        parse_config(config.to_toml().replace(":9000", ""), folder.path)


def _allowing(folder: OrganisationFolder, host: str) -> OrganisationFolder:
    return replace(folder, config=replace(folder.config, webhook_hosts=(host,)))
