"""What is read from a node at the moment somebody asks for its metrics.

It asks the databases, never the ledger: a ledger that hangs must not keep its alarm from going off.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from node.errors import StorageError
from node.indexer.indexer import Indexer
from node.observability.metrics import LedgerContact
from node.outbox.outbox import Outbox


class NodeCollector(Collector):
    """Reads the state of one node."""

    def __init__(
        self,
        outbox: Outbox,
        indexer: Indexer,
        contact: LedgerContact,
        clock: Callable[[], datetime],
        faults: Callable[[], int],
    ) -> None:
        """Keep what is asked.

        Args:
            outbox: How much waits, and since when.
            indexer: How far the read models are.
            contact: How the ledger answers.
            clock: The clock that entries were accepted by.
            faults: How many parts of the node have stopped for good.
        """
        self._outbox = outbox
        self._indexer = indexer
        self._contact = contact
        self._clock = clock
        self._faults = faults

    def collect(self) -> Iterable[Metric]:
        """Read everything; a database that refuses shows as unreachable."""
        yield _gauge("faults", "Parts of the node that stopped for good.", self._faults())
        yield from self._ledger()
        readable = GaugeMetricFamily(
            "tradeseal_node_database_reachable", "1 when it was read just now.", labels=["database"]
        )
        for name, read in (("state", self._state), ("read", self._position)):
            try:
                metrics = list(read())
            except StorageError:
                readable.add_metric([name], 0)
            else:
                readable.add_metric([name], 1)
                yield from metrics
        yield readable

    def _ledger(self) -> Iterable[Metric]:
        contact = self._contact
        yield _gauge("ledger_reachable", "1 while the ledger answers.", int(contact.is_reachable))
        yield _gauge(
            "ledger_silence_seconds", "Time since its last answer.", contact.silence_seconds
        )
        yield _gauge(
            "indexer_lag_seconds",
            "Time since the read models held all that the ledger had.",
            contact.lag_seconds,
        )
        if contact.newest is not None:
            yield _gauge("ledger_block_number", "Newest block it named.", contact.newest)

    def _state(self) -> Iterable[Metric]:
        entries = GaugeMetricFamily(
            "tradeseal_node_outbox_entries", "Records in the outbox.", labels=["status"]
        )
        for status, number in self._outbox.counts().items():
            entries.add_metric([status], number)
        yield entries
        oldest = self._outbox.oldest_unsettled()
        age = 0.0 if oldest is None else (self._clock() - oldest).total_seconds()
        yield _gauge(
            "outbox_age_seconds", "Age of the oldest record without an outcome.", max(0.0, age)
        )

    def _position(self) -> Iterable[Metric]:
        position = self._indexer.position()
        if position is None:
            return
        yield _gauge(
            "indexer_block_number", "Last block in the read models.", position.block_number
        )
        if (newest := self._contact.newest) is not None:
            lag = max(0, newest - position.block_number)
            yield _gauge("indexer_lag_blocks", "Blocks the read models are behind.", lag)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tradeseal_node_{name}", text, value)
