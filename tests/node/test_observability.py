"""What a node counts and shows of outbox, indexer and ledger."""

from collections.abc import Callable
from datetime import datetime

import pytest
from alembic import command
from sqlalchemy import text
from support.comet_ledger import skip_on_network
from support.organisations import CUSTOMS_TH, ISSUER, Network, certificate_id

from chain.observability.correlation import correlated
from node.database.database import Database, Purpose
from node.database.migration import _config, migrate
from node.errors import LedgerUnavailableError, StorageError
from node.ledger import SendRefusedError
from node.observability.metrics import REACHABLE_SECONDS, LedgerContact
from node.observability.provider import CorrelatedProvider
from node.organisation import OrganisationNode
from node.outbox.journal import Journal
from node.outbox.outbox import Outbox

A, B = certificate_id("a"), certificate_id("b")


@pytest.fixture
def node(network: Network) -> OrganisationNode:
    node = network.node(network.organisation(ISSUER))
    network.settle(node)
    return node


def value(node: OrganisationNode, name: str, **labels: str) -> float | None:
    return node.metrics.registry.get_sample_value(f"tradeseal_node_{name}", labels)


def silence(node: OrganisationNode, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise ConnectionError("connection refused")

    monkeypatch.setattr(node.ledger.web3.provider, "make_request", refused)


# outbox


def test_the_outbox_shows_how_much_waits_and_since_when(
    network: Network, node: OrganisationNode
) -> None:
    skip_on_network("it moves or fixes the clock")
    assert value(node, "outbox_age_seconds") == 0
    first, second = network.issue(A), network.issue(B)
    node.submit(first)
    network.time += 90
    node.submit(second)
    assert value(node, "outbox_entries", status="waiting") == 2
    assert value(node, "outbox_age_seconds") == 90
    node.carrier.step()
    assert value(node, "outbox_entries", status="carried") == 2
    assert value(node, "outbox_age_seconds") == 90
    network.settle(node)
    assert value(node, "outbox_entries", status="carried") == 0
    assert value(node, "outbox_entries", status="final") == 2
    assert value(node, "outbox_age_seconds") == 0


def test_a_refused_record_does_not_wait(network: Network, node: OrganisationNode) -> None:
    node.submit(network.issue(A, CUSTOMS_TH.officer))
    network.settle(node)
    network.time += 90
    assert value(node, "outbox_entries", status="refused") == 1
    assert value(node, "outbox_age_seconds") == 0
    assert value(node, "records_total", outcome="refused") == 1
    assert value(node, "records_total", outcome="final") == 0
    assert value(node, "carrier_transactions_total", outcome="final") == 1


def test_attempts_are_counted_by_what_came_of_them(
    network: Network, node: OrganisationNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: bytes) -> None:
        raise SendRefusedError("20000 transactions of all senders wait already: send again later")

    node.submit(network.issue(A))
    with monkeypatch.context() as patch:
        patch.setattr(node.ledger, "send", full)
        with pytest.raises(LedgerUnavailableError):
            node.carrier.step()
    assert value(node, "carrier_attempts_total", outcome="postponed") == 1
    assert value(node, "carrier_attempts_total", outcome="taken") == 0
    with monkeypatch.context() as patch:
        real = node.ledger.web3.provider.make_request

        def unsent(method: str, parameters: object) -> object:
            if method == "eth_sendRawTransaction":
                raise ConnectionError("connection reset")
            return real(method, parameters)

        patch.setattr(node.ledger.web3.provider, "make_request", unsent)
        with pytest.raises(LedgerUnavailableError):
            node.carrier.step()
    assert value(node, "carrier_attempts_total", outcome="unreachable") == 1
    network.settle(node)
    assert value(node, "carrier_attempts_total", outcome="taken") == 1
    assert value(node, "carrier_transactions_total", outcome="final") == 1


# indexer and ledger


def test_the_indexer_shows_how_far_behind_it_is(network: Network, node: OrganisationNode) -> None:
    signed = network.issue(A)
    node.indexer.follow()
    assert value(node, "indexer_lag_blocks") == 0
    before = value(node, "indexer_block_number")
    node.submit(signed)
    node.carrier.step()
    network.seal()
    node.ledger.latest_number()
    assert value(node, "indexer_lag_blocks") == 1
    node.indexer.follow()
    assert before is not None
    assert value(node, "indexer_block_number") == before + 1
    assert value(node, "ledger_block_number") == before + 1
    assert value(node, "indexer_lag_blocks") == 0


def test_a_silent_ledger_shows_and_its_return(
    node: OrganisationNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert value(node, "ledger_reachable") == 1
    silent = value(node, "ledger_requests_total", outcome="silent")
    with monkeypatch.context() as patch:
        silence(node, patch)
        with pytest.raises(LedgerUnavailableError):
            node.step()
        assert value(node, "ledger_reachable") == 0
    assert silent == 0
    assert value(node, "ledger_requests_total", outcome="silent") == 1
    node.step()
    assert value(node, "ledger_reachable") == 1


def test_contact_is_lost_by_time_alone() -> None:
    now = 100.0
    contact = LedgerContact(lambda: now)
    assert (contact.is_reachable, contact.newest) == (False, None)  # never heard of
    contact.asked(is_answered=True)
    contact.followed()
    assert contact.is_reachable
    now += REACHABLE_SECONDS
    assert contact.is_reachable
    now += 1
    assert not contact.is_reachable
    assert contact.silence_seconds == contact.lag_seconds == REACHABLE_SECONDS + 1
    contact.asked(is_answered=True)
    assert (contact.is_reachable, contact.silence_seconds) == (True, 0)
    contact.asked(is_answered=False)
    assert not contact.is_reachable


def test_asking_for_metrics_asks_nothing_of_the_ledger(
    node: OrganisationNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence(node, monkeypatch)
    assert value(node, "outbox_age_seconds") == 0
    assert value(node, "ledger_requests_total", outcome="silent") == 0


def test_a_database_that_refuses_hides_nothing_else(
    node: OrganisationNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert value(node, "database_reachable", database="state") == 1

    def broken() -> None:
        raise StorageError("the state database", "disk I/O error")

    monkeypatch.setattr(node.outbox, "counts", broken)
    assert value(node, "database_reachable", database="state") == 0
    assert value(node, "outbox_age_seconds") is None
    assert value(node, "database_reachable", database="read") == 1
    assert value(node, "indexer_block_number") is not None


def test_two_nodes_in_one_process_count_apart(network: Network, node: OrganisationNode) -> None:
    other = network.node(network.organisation(CUSTOMS_TH))
    node.submit(network.issue(A))
    assert value(node, "outbox_entries", status="waiting") == 1
    assert value(other, "outbox_entries", status="waiting") == 0


# ids on their way


def test_the_ledger_is_told_which_request_it_serves() -> None:
    provider = CorrelatedProvider("http://ledger")
    assert "X-Request-ID" not in provider.get_request_kwargs()["headers"]
    with correlated("one,two"):
        headers = provider.get_request_kwargs()["headers"]
    assert headers["X-Request-ID"] == "one,two"
    assert headers["Content-Type"] == "application/json"


def test_an_existing_outbox_keeps_its_records(
    network: Network, database_url: Callable[[Purpose], str]
) -> None:
    database = Database(database_url(Purpose.STATE), Purpose.STATE)
    config = _config(Purpose.STATE)
    with database.write() as session:
        config.attributes |= {"connection": session.connection(), "purpose": Purpose.STATE}
        command.upgrade(config, "state_0001")
    signed = network.issue(A)
    old = Outbox(database, signed.domain.chain_id, network.now)
    with database.write() as session:
        entry = old._row(signed, "0x" + signed.digest.hex())
        names = ("digest", "type_name", "contract", "object_id", "record", "accepted_at", "status")
        session.execute(
            text(
                f"INSERT INTO outbox_entries ({', '.join(names)}) "  # noqa: S608  names of columns
                f"VALUES ({', '.join(':' + name for name in names)})"
            ),
            {name: str(getattr(entry, name)) for name in names},
        )
    migrate(database)
    kept = old.find(entry.digest)
    assert (kept.signed, kept.correlation_id) == (signed, None)
    with correlated("request-1"):
        new = old.submit(network.issue(B))
    assert new.correlation_id == "request-1"
    journal = Journal(database, signed.domain.chain_id)
    both = [digest for digest, _ in journal.next_batch().records]
    assert both == [kept.digest, new.digest]
    journal.store("0x" + "aa" * 20, 0, both, lambda _: ("0x" + "bb" * 32, b"raw"))
    assert journal.correlation_of("0x" + "bb" * 32) == "request-1"
    assert journal.correlation_of("0x" + "cc" * 32) is None
    assert old.oldest_unsettled() == datetime.fromisoformat(kept.accepted_at)
    database.close()
