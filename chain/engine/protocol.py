"""What every engine does, and what it promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from chain.machine.transaction import Transaction
from chain.observability.metrics import LedgerMetrics
from chain.store.ledger import Tip


@dataclass(frozen=True, slots=True)
class Seal:
    """A signed header that names an EVM block by its hash; all parts as protobuf bytes."""

    height: int
    header: bytes
    commit: bytes
    validator_set: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """How an engine stands among the others."""

    is_catching_up: bool
    """It still executes what the network agreed on before."""
    peers: int
    is_validating: bool
    """Its own key votes."""
    waiting: int
    """Transactions that wait for their block."""


class Engine(Protocol):
    """Orders transactions and has the application execute them.

    All methods may be called from any thread. A transaction that `submit` has taken is kept in
    memory only: whoever needs it to survive a crash keeps it and sends it again (the node's outbox
    does). What the tip names is durable.
    """

    @property
    def metrics(self) -> LedgerMetrics:
        """What the engine counts; the process that serves it shows them."""
        ...

    @property
    def tip(self) -> Tip:
        """How far the ledger is: all up to here is final."""
        ...

    def submit(self, raw: bytes) -> bytes:
        """Admit a transaction and return its hash; the same one again changes nothing.

        Raises:
            AdmissionError: It is not taken; the text says what to do.
            EngineStoppedError: Nothing is taken any more.
        """
        ...

    def pending(self, transaction_hash: bytes) -> Transaction | None:
        """Return a transaction that waits."""
        ...

    def next_nonce(self, sender: bytes) -> int:
        """Return the nonce of the sender's next transaction, those that wait included."""
        ...

    def seal(self, height: int) -> Seal | None:
        """Return the sealed header of a height, None where there is none yet."""
        ...

    def validator_changes(self, first: int, last: int) -> list[int]:
        """Return the heights, both bounds included, whose header names other next validators."""
        ...

    def newest_sealed_height(self) -> int:
        """Return the height of the newest sealed header, 0 before the first."""
        ...

    def standing(self) -> Standing:
        """Return how the engine stands among the others.

        Raises:
            EngineUnavailableError: It cannot tell.
        """
        ...

    def wait_beyond(self, height: int, timeout_s: float) -> bool:
        """Wait until the tip is above a height; False when the time is up first."""
        ...

    def join(self) -> None:
        """Wait until the engine has stopped, by request or after a fault."""
        ...

    def stop(self) -> None:
        """Stop ordering; stopping twice is harmless."""
        ...
