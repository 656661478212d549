"""Events and cursors on each database that a node may use."""

from collections.abc import Callable
from pathlib import Path

from support.organisations import ISSUER, Network, certificate_id

from node.database.database import Purpose
from node.files import make_private_folder
from node.subscriptions.events import BEGINNING
from node.subscriptions.reading import EventFilter
from node.subscriptions.store import Registration, cursor_of
from node.subscriptions.tables import SubscriptionStatus

SECRET = b"\x5c" * 32
WANTED = EventFilter(domains=("origin", "issuance"))


def test_events_and_cursors(database_url: Callable[[Purpose], str], tmp_path: Path) -> None:
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = Network(folder)
    network.record(network.issue(certificate_id("a")))
    urls = {purpose.value: database_url(purpose) for purpose in Purpose}
    node = network.node(network.organisation(ISSUER, **urls))
    while node._follow():
        pass
    subscriptions, store = node.subscriptions, node.subscriptions.store
    asked = Registration("https://a.example", SECRET, WANTED, True, True, "x", BEGINNING)
    identifier = store.register(asked, 1).id
    page = subscriptions.reader.after(BEGINNING, WANTED, subscriptions.visibility(True, True))
    assert [event.type for event in page.events] == [*["LineCertify"] * 2, "CertificateIssue"]
    assert store.due(0) == [identifier]
    first = page.events[0].cursor
    assert store.taken(identifier, BEGINNING, first, 2)
    assert not store.taken(identifier, BEGINNING, first, 2)
    store.failed(identifier, "x" * 1_000, 3, 4_000)
    assert store.due(3_999) == []
    row = store.subscription(identifier)
    assert (cursor_of(row), row.failures, row.failing_since) == (first, 1, 3)
    store.disable(identifier, "enough")
    assert store.subscription(identifier).status == SubscriptionStatus.DISABLED
    assert store.resume(identifier, None).problem is None
    assert store.due(0) == [identifier]
    assert store.secret(row) == SECRET
    store.remove(identifier)
    assert store.subscriptions() == []
    network.close()
