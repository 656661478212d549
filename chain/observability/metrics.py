"""What the ledger process counts, for Prometheus.

An engine owns one `LedgerMetrics` as its attribute `metrics` (see `chain.engine.protocol.Engine`)
and calls it where things happen; whoever serves the process exposes `metrics.registry` (see
`chain.observability.endpoint`). Nothing is global: two ledgers in one process count apart. A call
costs microseconds, whether anybody reads the numbers or not.

How an engine uses it:

- `admitted` and `refused` at admission, each once per transaction that is new to it;
- `committed` after each height is durable, empty ones included;
- `waiting` whenever the number of waiting transactions changed, or now and then;
- `peers` and `catching_up` as the engine learns them; an engine without peers never calls them;
- `misbehaviour` for each piece of evidence in a committed height.

The names, with units and alerts: docs/observability.md.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from chain.proofs.constants import NANOSECONDS

_DURATIONS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_INTERVALS_S: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 300.0)
_COUNTS: Final = (0, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500)


class LedgerMetrics:
    """Counters of one ledger; safe for concurrent use.

    Attributes:
        registry: Holds these counters and the process's own (memory, CPU, open files), no others.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._commits(self.registry)
        self._admissions(self.registry)
        self._network(self.registry)
        self._last_time_ns: int | None = None

    def _commits(self, registry: CollectorRegistry) -> None:
        self._height = Gauge("tradeseal_ledger_height", "Height committed last.", registry=registry)
        self._evm_number = Gauge(
            "tradeseal_ledger_evm_block_number",
            "Number of the latest EVM block.",
            registry=registry,
        )
        self._time = Gauge(
            "tradeseal_ledger_block_timestamp_seconds",
            "Time of the header committed last, Unix time.",
            registry=registry,
        )
        self._interval = Histogram(
            "tradeseal_ledger_block_interval_seconds",
            "Time from header to header, as the headers say.",
            registry=registry,
            buckets=_INTERVALS_S,
        )
        self._transactions = Counter(
            "tradeseal_ledger_transactions_total",
            "Transactions in committed heights.",
            registry=registry,
        )
        self._per_height = Histogram(
            "tradeseal_ledger_block_transactions",
            "Transactions per committed height.",
            registry=registry,
            buckets=_COUNTS,
        )
        self._execution = Histogram(
            "tradeseal_ledger_execution_seconds",
            "Time to execute a height.",
            registry=registry,
            buckets=_DURATIONS_S,
        )
        self._commit = Histogram(
            "tradeseal_ledger_commit_seconds",
            "Time to write a height.",
            registry=registry,
            buckets=_DURATIONS_S,
        )

    def _admissions(self, registry: CollectorRegistry) -> None:
        self._admitted = Counter(
            "tradeseal_ledger_admitted_total", "Transactions admitted.", registry=registry
        )
        self._refused = Counter(
            "tradeseal_ledger_refused_total",
            "Transactions refused at admission.",
            ["code"],
            registry=registry,
        )
        self._waiting = Gauge(
            "tradeseal_ledger_waiting_transactions", "Transactions that wait.", registry=registry
        )

    def _network(self, registry: CollectorRegistry) -> None:
        self._peers = Gauge("tradeseal_ledger_peers", "Peers of the engine.", registry=registry)
        self._catching_up = Gauge(
            "tradeseal_ledger_catching_up",
            "1 while the engine replays what the network has already.",
            registry=registry,
        )
        self._misbehaviour = Counter(
            "tradeseal_ledger_misbehaviour_total",
            "Evidence against validators in committed heights.",
            ["kind"],
            registry=registry,
        )

    def committed(
        self,
        height: int,
        evm_number: int,
        transactions: int,
        time_ns: int,
        *,
        execution_s: float,
        commit_s: float,
    ) -> None:
        """Count a height that is durable.

        Args:
            height: The height.
            evm_number: Number of the latest EVM block after it.
            transactions: How many the height holds, left-out ones included.
            time_ns: Time of its header, nanoseconds since 1970.
            execution_s: How long it was executed.
            commit_s: How long it was written.
        """
        self._height.set(height)
        self._evm_number.set(evm_number)
        self._time.set(time_ns / NANOSECONDS)
        if self._last_time_ns is not None:
            self._interval.observe((time_ns - self._last_time_ns) / NANOSECONDS)
        self._last_time_ns = time_ns
        self._transactions.inc(transactions)
        self._per_height.observe(transactions)
        self._execution.observe(execution_s)
        self._commit.observe(commit_s)

    def opened(self, height: int, evm_number: int, time_ns: int) -> None:
        """Show where the ledger stands when it is opened; nothing is counted."""
        self._height.set(height)
        self._evm_number.set(evm_number)
        self._time.set(time_ns / NANOSECONDS)

    def admitted(self) -> None:
        """Count a transaction that was taken."""
        self._admitted.inc()

    def refused(self, code: str | int) -> None:
        """Count a transaction that was not taken.

        Args:
            code: One of a small closed set, such as the error's class name; never a text that a
                sender shapes.
        """
        self._refused.labels(str(code)).inc()

    def waiting(self, count: int) -> None:
        """Show how many transactions wait."""
        self._waiting.set(count)

    def peers(self, count: int) -> None:
        """Show how many peers the engine has."""
        self._peers.set(count)

    def catching_up(self, is_catching_up: bool) -> None:
        """Show whether the engine replays what the network has already."""
        self._catching_up.set(int(is_catching_up))

    def misbehaviour(self, kind: str) -> None:
        """Count one piece of evidence.

        Args:
            kind: "duplicate-vote" or "light-client-attack".
        """
        self._misbehaviour.labels(kind).inc()
