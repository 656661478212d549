"""The network engine: the same application, ordered by CometBFT.

CometBFT runs as a process of its own and connects to this one (ABCI 2.0). It keeps blocks, commits
and votes; this process keeps the state. It may come and go: whatever it has to repeat after a
crash of either, it asks for, and what was committed here is never executed again.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from typing import Final

from chain.engine.application import BLOCK_FULL_CODE, Application
from chain.engine.cometbft import abci_pb2 as abci
from chain.engine.cometbft.bridge import Bridge, Finalized
from chain.engine.cometbft.guard import guarded_thread
from chain.engine.cometbft.pool import SharedPool
from chain.engine.cometbft.relay import Relay
from chain.engine.cometbft.rpc import EngineRpc, EngineStatus
from chain.engine.cometbft.server import AbciServer
from chain.engine.protocol import Seal, Standing
from chain.errors import (
    AdmissionError,
    CatchingUpError,
    EngineStoppedError,
    EngineUnavailableError,
    GenesisError,
    StoreError,
)
from chain.machine.transaction import Transaction
from chain.observability.correlation import current_correlation
from chain.observability.metrics import LedgerMetrics
from chain.observability.trace import TransactionTrace
from chain.proofs.keccak import keccak256
from chain.store.ledger import MISBEHAVIOURS, Tip

SWITCH_INTERVAL_S: Final = 0.0005
"""How often threads take turns: transactions are checked while a block executes."""

STATUS_INTERVAL_S: Final = 1.0

BLOCK_FIRST_S: Final = 0.25
"""How long a new transaction waits, at most, while a block is worked on.

It could not come into that one any more, and checking it would make the block take longer.
"""

_BLOCK_WORK: Final = frozenset({"prepare_proposal", "process_proposal", "finalize_block", "commit"})

STALLED_S: Final = 20.0
"""Without a block for so long while it catches up, the operator is told; no block takes as long."""

# While it catches up CometBFT drops peers whose blocks do not follow, and says so in its log alone.
_STALLED: Final = (
    "catching up stands still at height %d: either no peer that has more blocks is reached, or, if "
    "CometBFT's log says `wrong Block.Header`, this replica computed something else than the "
    "network. Then it is not to be trusted: check disk and memory of this machine and the version "
    "of the program, move the ledger's folder aside, run `cometbft rollback --home engine` and "
    "start both again"
)

logger = logging.getLogger(__name__)


class CometEngine:
    """See `chain.engine.protocol.Engine` for what it promises.

    Args:
        application: The state machine.
        abci: Where CometBFT connects to (`proxy_app`): unix://PATH or tcp://HOST:PORT.
        engine_url: CometBFT's own RPC, http://HOST:PORT.

    Raises:
        GenesisError: Membership names other validators at the genesis than the genesis file.
        AbciAddressError: Nothing can listen at the address.
    """

    def __init__(self, application: Application, abci: str, engine_url: str) -> None:
        _require_one_founding(application)
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self.application = application
        self._metrics = LedgerMetrics()
        self._trace = TransactionTrace()
        self._changed = threading.Condition()
        self._stopped: str | None = None
        self._status: EngineStatus | None = None
        self._pool = SharedPool(application)
        self._rpc = EngineRpc(engine_url)
        self._relay = Relay(self._rpc, self._fail)
        tip = application.tip
        self._metrics.opened(tip.height, tip.evm_number, tip.time_ns)
        self._bridge = Bridge(application, self._pool, self)
        self._calm = threading.Event()
        self._calm.set()
        self._server = AbciServer(abci, self._answer, self._fail)
        self._watcher = guarded_thread("engine-watch", self._watch, self._fail)
        self._watcher.start()

    def _answer(self, request: abci.Request) -> abci.Response:
        if request.WhichOneof("value") not in _BLOCK_WORK:
            return self._bridge.answer(request)
        self._calm.clear()
        try:
            return self._bridge.answer(request)
        finally:
            self._calm.set()

    # what the bridge tells

    def connected(self) -> None:
        """Tell a CometBFT that has begun anew what waits here."""
        self._relay.send(self._pool.all())

    def committed(self, finalized: Finalized, commit_s: float) -> None:
        """Count a height, and wake those who wait for it."""
        tip = finalized.execution.tip
        with self._changed:
            self._changed.notify_all()
        self._metrics.committed(
            tip.height,
            tip.evm_number,
            len(finalized.transactions),
            tip.time_ns,
            execution_s=finalized.execution_s,
            commit_s=commit_s,
        )
        self._metrics.waiting(len(self._pool))
        for misbehaviour in finalized.misbehaviours:
            self._metrics.misbehaviour(MISBEHAVIOURS.get(misbehaviour.kind, "unknown"))
        done = (
            keccak256(raw)
            for raw, result in zip(finalized.transactions, finalized.execution.results, strict=True)
            if result.code != BLOCK_FULL_CODE
        )
        self._trace.finished(done, tip.height, tip.evm_number)

    # the Engine protocol

    @property
    def metrics(self) -> LedgerMetrics:
        """What was counted since this engine was made."""
        return self._metrics

    @property
    def tip(self) -> Tip:
        """How far the ledger is."""
        return self.application.tip

    def submit(self, raw: bytes) -> bytes:
        """Admit a transaction and return its hash.

        It is kept in memory, proposed by this node when its turn comes, and sent to the others as
        soon as CometBFT takes it.
        """
        if self._stopped is not None:
            raise EngineStoppedError(self._stopped)
        waiting = self._pool.get(keccak256(raw))
        if waiting is not None:
            self._relay.send([waiting])
            return waiting.hash
        self._require_caught_up()
        self._calm.wait(BLOCK_FIRST_S)
        try:
            transaction = self._pool.take(raw, gaps=False)
        except AdmissionError as error:
            self._metrics.refused(type(error).__name__)
            raise
        self._trace.remember(transaction.hash, current_correlation())
        self._metrics.admitted()
        self._metrics.waiting(len(self._pool))
        self._relay.send([transaction])
        return transaction.hash

    def _require_caught_up(self) -> None:
        known = self._status
        if known is not None and known.is_catching_up:
            self._status = self._rpc.status()  # perhaps it just has
            if self._status.is_catching_up:
                raise CatchingUpError(self.tip.height)

    def pending(self, transaction_hash: bytes) -> Transaction | None:
        """Return a transaction that waits."""
        return self._pool.get(transaction_hash)

    def next_nonce(self, sender: bytes) -> int:
        """Return the nonce of the sender's next transaction."""
        return self._pool.next_nonce(sender)

    def seal(self, height: int) -> Seal | None:
        """Return the sealed header of a height, as CometBFT keeps it."""
        if not 1 <= height <= self.tip.height:
            return None
        signed = self._rpc.signed_header(height)
        if signed is None:
            return None
        header, commit = signed
        validators = self.application.store.validator_set(header.validators_hash)
        if validators is None:
            reason = f"height {height} was sealed by validators that this ledger did not choose"
            raise EngineUnavailableError(self._rpc.url, reason)
        return Seal(height, header.to_bytes(), commit.to_bytes(), validators)

    def validator_changes(self, first: int, last: int) -> list[int]:
        """Return the heights whose header names other next validators, once they are sealed."""
        return self.application.store.validator_changes(first, min(last, self.tip.height))

    def newest_sealed_height(self) -> int:
        """Return the height of the tip: CometBFT has its commit before it is executed."""
        return self.application.tip.height

    def standing(self) -> Standing:
        """Return how the engine stands among the others."""
        status = self._rpc.status()
        return Standing(
            status.is_catching_up, status.peers, status.power > 0, waiting=len(self._pool)
        )

    def wait_beyond(self, height: int, timeout_s: float) -> bool:
        """Wait until the tip is above a height."""
        with self._changed:
            self._changed.wait_for(
                lambda: self.tip.height > height or self._stopped is not None, timeout_s
            )
        return self.tip.height > height

    def join(self) -> None:
        """Wait until the engine has stopped."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped is not None)

    def stop(self) -> None:
        """Stop answering CometBFT; what waits is forgotten, as after a crash."""
        self._stop("it was asked to")
        self._watcher.join()
        self._relay.close()
        self._rpc.close()

    def _fail(self, fault: BaseException) -> None:
        self._stop(str(fault) or type(fault).__name__)

    def _stop(self, cause: str) -> None:
        with self._changed:
            self._stopped = self._stopped or cause
            self._changed.notify_all()
        self._server.close()

    def _watch(self) -> None:
        """Ask CometBFT now and then how it is doing, and whether it can go on at all."""
        seen, moved_s = self.tip.height, time.monotonic()
        while self._stopped is None:
            try:
                self._status = self._rpc.status()
                if self.tip.height == seen:
                    self._require_agreement()
            except EngineUnavailableError:
                self._status = None
                self._metrics.peers(0)
            except StoreError as fault:
                logger.critical("%s", fault)
                self._fail(fault)
            else:
                self._metrics.peers(self._status.peers)
                self._metrics.catching_up(self._status.is_catching_up)
            catching_up = self._status is not None and self._status.is_catching_up
            if not catching_up or self.tip.height != seen:
                moved_s = time.monotonic()
            elif time.monotonic() - moved_s >= STALLED_S:
                logger.error(_STALLED, seen)
                moved_s = time.monotonic()
            seen = self.tip.height
            with self._changed:
                self._changed.wait_for(lambda: self._stopped is not None, STATUS_INTERVAL_S)

    def _require_agreement(self) -> None:
        """Stop where the others committed a block that does not follow from this state.

        CometBFT then stays alive and does nothing any more.

        Raises:
            DivergedError: This replica computed something else than the network.
            StoreError: That could not be written down.
        """
        tip = self.tip
        agreed = self._rpc.agreed_app_hash(tip.height + 1)
        if agreed is not None and agreed != tip.evm_hash and tip == self.tip:
            raise self.application.diverge(agreed)


def _require_one_founding(application: Application) -> None:
    """Refuse a ledger whose contracts and whose engine begin with different validators."""
    if application.tip.height == 0 and (
        application.validators() != application.genesis.validator_set()
    ):
        raise GenesisError(
            "`validators` are not those that the founding calls enter into Membership: "
            "name the same keys and powers in both"
        )
