"""What a node counts, for Prometheus.

Each node has one `NodeMetrics`; its parts call it where things happen. What a query answers (how
much waits, how far the indexer is) is read when somebody asks: `node.observability.collector`.
No label holds what a caller may shape: methods and routes come from closed sets.

The names, with units and alerts: docs/observability.md.
"""

import threading
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

REACHABLE_SECONDS: Final = 30.0
"""A ledger whose last answer is older than this is not reachable, though nothing failed yet."""

_LATENCIES_SECONDS: Final = (
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 35.0,
)  # fmt: skip
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class SendOutcome(StrEnum):
    """What became of an attempt to send a transaction."""

    TAKEN = "taken"
    KNOWN = "known"
    REFUSED = "refused"
    NONCE_USED = "nonce_used"
    POSTPONED = "postponed"
    UNREACHABLE = "unreachable"


class TransactionOutcome(StrEnum):
    """What became of a transaction that was stored."""

    FINAL = "final"
    FAILED = "failed"
    DISPLACED = "displaced"
    REFUSED = "refused"


class NodeMetrics:
    """Counters of one node; safe for concurrent use.

    Attributes:
        registry: Holds these counters and the process's own (memory, CPU, open files).
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Begin at zero.

        Args:
            monotonic: Seconds that only go forward.
        """
        self.registry = CollectorRegistry()
        self.contact = LedgerContact(monotonic)
        ProcessCollector(registry=self.registry)
        self._attempts = self._counter(
            "tradeseal_node_carrier_attempts", "Attempts to send a transaction.", "outcome"
        )
        self._transactions = self._counter(
            "tradeseal_node_carrier_transactions", "Transactions with an outcome.", "outcome"
        )
        self._records = self._counter(
            "tradeseal_node_records", "Records the ledger answered for good.", "outcome"
        )
        self._questions = self._counter(
            "tradeseal_node_ledger_requests", "Questions to the ledger.", "outcome"
        )
        self._requests = self._counter(
            "tradeseal_http_requests", "Requests to the API.", "method", "route", "status"
        )
        self._latency = Histogram(
            "tradeseal_http_request_duration_seconds",
            "Time to answer a request to the API, waiting for the ledger included.",
            ["method", "route"],
            registry=self.registry,
            buckets=_LATENCIES_SECONDS,
        )
        for outcome in SendOutcome:
            self._attempts.labels(outcome)
        for answered in ("answered", "silent"):
            self._questions.labels(answered)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def asked(self, *, is_answered: bool) -> None:
        """Count a question to the ledger; an error is an answer too."""
        self.contact.asked(is_answered=is_answered)
        self._questions.labels("answered" if is_answered else "silent").inc()

    def sent(self, outcome: SendOutcome) -> None:
        """Count an attempt to send a transaction."""
        self._attempts.labels(outcome).inc()

    def settled(self, outcome: TransactionOutcome, *, final: int = 0, refused: int = 0) -> None:
        """Count a transaction's outcome and that of its records.

        Args:
            outcome: The transaction's.
            final: How many of its records are final.
            refused: How many the ledger refused.
        """
        self._transactions.labels(outcome).inc()
        self._records.labels("final").inc(final)
        self._records.labels("refused").inc(refused)

    def served(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request to the API.

        Args:
            method: As the caller wrote it; unknown ones count as one.
            route: The route's template, never the path.
            status: HTTP status of the answer.
            seconds: How long it took.
        """
        known = method if method in _METHODS else "OTHER"
        self._requests.labels(known, route, status).inc()
        self._latency.labels(known, route).observe(seconds)


class LedgerContact:
    """When the ledger was last heard of, and when the read models were last level with it."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Begin now: what was never heard of has been silent since the start."""
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._answered_at = self._level_at = monotonic()
        self._is_answering = False
        self._newest: int | None = None

    def asked(self, *, is_answered: bool) -> None:
        """Note whether a question was answered."""
        with self._lock:
            self._is_answering = is_answered
            if is_answered:
                self._answered_at = self._monotonic()

    def reported(self, newest: int) -> None:
        """Note the newest block that the ledger named."""
        self._newest = newest

    def followed(self) -> None:
        """Note that the read models hold all that the ledger had when it was asked."""
        self._level_at = self._monotonic()

    @property
    def newest(self) -> int | None:
        """The newest block that the ledger named, None before it did."""
        return self._newest

    @property
    def silence_seconds(self) -> float:
        """Seconds since the last answer, or since the start."""
        return self._monotonic() - self._answered_at

    @property
    def lag_seconds(self) -> float:
        """Seconds since the read models were last level with the ledger, or since the start."""
        return self._monotonic() - self._level_at

    @property
    def is_reachable(self) -> bool:
        """Whether the last question was answered, and not long ago."""
        return self._is_answering and self.silence_seconds <= REACHABLE_SECONDS
