"""What a ledger counts, follows and shows, on the embedded engine."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry, Gauge
from support.chain import Chain, account
from web3.exceptions import Web3RPCError

from chain.errors import MetricsAddressError
from chain.observability.correlation import correlated, current_correlation
from chain.observability.endpoint import (
    MetricsAddress,
    parse_metrics_address,
    serving_metrics,
)
from chain.observability.events import fields_of
from chain.observability.metrics import LedgerMetrics
from chain.observability.trace import TransactionTrace

SENDER = account(41)
HASH = b"\x5c" * 32
TRACE = "chain.observability.trace"


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    opened = Chain(tmp_path)
    yield opened
    opened.close()


def value(metrics: LedgerMetrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"tradeseal_ledger_{name}", labels)


def put(chain: Chain, amount: int) -> object:
    return chain.exercise.functions.put(1, amount)


# counting


def test_a_height_moves_what_it_should_and_nothing_else(chain: Chain) -> None:
    metrics = chain.engine.metrics
    assert value(metrics, "height") == 0
    chain.seal()
    chain.run(SENDER, put(chain, 1))
    assert value(metrics, "height") == 2
    assert value(metrics, "evm_block_number") == 1
    assert value(metrics, "transactions_total") == 1
    assert value(metrics, "block_timestamp_seconds") == chain.engine.tip.time_ns / 1e9
    assert value(metrics, "execution_seconds_count") == 2
    assert value(metrics, "commit_seconds_count") == 2
    assert value(metrics, "block_interval_seconds_count") == 1
    assert value(metrics, "block_interval_seconds_sum") == pytest.approx(1, abs=0.1)
    assert value(metrics, "block_transactions_sum") == 1


def test_admission_counts_what_is_taken_and_what_is_not(chain: Chain) -> None:
    metrics = chain.engine.metrics
    raw = chain.sign(SENDER, put(chain, 1))
    chain.engine.submit(raw)
    chain.engine.submit(raw)  # the same one again is not another one
    assert (value(metrics, "admitted_total"), value(metrics, "waiting_transactions")) == (1, 1)
    assert value(metrics, "refused_total", code="NonceError") is None
    with pytest.raises(Web3RPCError, match="nonce"):
        chain.send(SENDER, put(chain, 2), nonce=9)
    assert value(metrics, "refused_total", code="NonceError") == 1
    assert value(metrics, "admitted_total") == 1
    chain.seal()
    assert value(metrics, "waiting_transactions") == 0


def test_an_opened_ledger_shows_where_it_stands(chain: Chain) -> None:
    chain.run(SENDER, put(chain, 1))
    chain.reopen()
    assert value(chain.engine.metrics, "height") == 1
    assert value(chain.engine.metrics, "evm_block_number") == 1
    assert value(chain.engine.metrics, "transactions_total") == 0


def test_two_ledgers_in_one_process_count_apart() -> None:
    one, two = LedgerMetrics(), LedgerMetrics()
    one.admitted()
    one.peers(3)
    one.catching_up(True)
    one.misbehaviour("duplicate-vote")
    assert (value(one, "admitted_total"), value(two, "admitted_total")) == (1, 0)
    assert (value(one, "peers"), value(two, "peers")) == (3, 0)
    assert (value(one, "catching_up"), value(two, "catching_up")) == (1, 0)
    assert value(one, "misbehaviour_total", kind="duplicate-vote") == 1
    assert value(two, "misbehaviour_total", kind="duplicate-vote") is None


# following


def seen(caplog: pytest.LogCaptureFixture) -> list[tuple[str, dict[str, object]]]:
    return [(record.message, dict(fields_of(record))) for record in caplog.records]


def test_a_request_is_followed_to_its_block(chain: Chain, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, TRACE):
        with correlated("request-1"):
            sent = chain.send(SENDER, put(chain, 1))
        chain.seal(2)
    name = {"transaction_hash": "0x" + sent.hex()}
    assert seen(caplog) == [
        ("transaction admitted", name),
        ("transaction in block", name | {"height": 1, "evm_number": 1}),
    ]


def test_without_an_id_nothing_is_said(chain: Chain, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, TRACE):
        chain.run(SENDER, put(chain, 1))
        with correlated("refused"), pytest.raises(Web3RPCError):
            chain.send(SENDER, put(chain, 1), nonce=9)
        chain.seal()
    assert seen(caplog) == []


def test_the_id_of_a_line_is_the_transactions_own() -> None:
    ids: list[str | None] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            del record
            ids.append(current_correlation())

    logger = logging.getLogger(TRACE)
    logger.setLevel(logging.INFO)
    logger.addHandler(listener := Listener())
    trace = TransactionTrace()
    with correlated("elsewhere"):
        trace.remember(HASH, "request-1")
        trace.finished([HASH], 1, 1)
        trace.finished([HASH], 2, 2)  # it is forgotten
    logger.removeHandler(listener)
    logger.setLevel(logging.NOTSET)
    assert ids == ["request-1", "request-1"]


def test_the_memory_of_ids_is_bounded() -> None:
    trace = TransactionTrace(limit=10)
    for number in range(100):
        trace.remember(number.to_bytes(32, "big"), "id")
        trace.remember(HASH, None)
    assert len(trace) == 10
    trace.finished([(0).to_bytes(32, "big")], 1, 1)
    assert len(trace) == 10
    trace.finished([(99).to_bytes(32, "big")], 1, 1)
    assert len(trace) == 9


# showing


def registry(number: float) -> CollectorRegistry:
    made = CollectorRegistry()
    Gauge("tradeseal_test", "A number.", registry=made).set(number)
    return made


def test_metrics_are_served_while_the_block_runs() -> None:
    with serving_metrics(registry(7), parse_metrics_address("0")) as served:
        assert served is not None
        assert served.host == "127.0.0.1"
        url = f"http://{served}/metrics"
        assert "tradeseal_test 7.0" in httpx.get(url).text
        assert httpx.post(url).status_code == 405
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_nothing_is_served_unless_it_was_asked_for() -> None:
    with serving_metrics(registry(7), None) as served:
        assert served is None


@pytest.mark.parametrize(
    ("text", "address", "shown"),
    [
        ("127.0.0.1:9464", MetricsAddress("127.0.0.1", 9464), "127.0.0.1:9464"),
        (":9464", MetricsAddress("127.0.0.1", 9464), "127.0.0.1:9464"),
        ("9464", MetricsAddress("127.0.0.1", 9464), "127.0.0.1:9464"),
        ("[::1]:9464", MetricsAddress("::1", 9464), "[::1]:9464"),
        ("0.0.0.0:0", MetricsAddress("0.0.0.0", 0), "0.0.0.0:0"),  # noqa: S104
    ],
)
def test_an_address_is_read(text: str, address: MetricsAddress, shown: str) -> None:
    assert parse_metrics_address(text) == address
    assert str(address) == shown


@pytest.mark.parametrize("text", ["", "host", "host:", "host:x", "host:65536", "host:-1", "h:٣"])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(MetricsAddressError, match="HOST:PORT"):
        parse_metrics_address(text)


def test_an_address_in_use_is_refused_with_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = MetricsAddress("127.0.0.1", taken.getsockname()[1])
        with (
            pytest.raises(MetricsAddressError, match="in use"),
            serving_metrics(registry(1), address),
        ):
            pass
