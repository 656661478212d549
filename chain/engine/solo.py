"""The embedded engine: one process, one Ed25519 key, the network's proof format.

Each height has a CometBFT v0.38 header and a commit with one signature, so that one verifier reads
solo ledgers and networks. A height goes through four steps:

1. build the header over the waiting transactions;
2. persist header and transactions (the proposal), so that this key never signs two headers of one
   height, whatever happens next;
3. sign, execute;
4. write all of the height in one atomic batch, which also forgets the proposal.

After a crash the same code goes on: a proposal that is found is taken through steps 3 and 4.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from rlp.codec import decode_raw, encode_raw

from chain.engine.application import BLOCK_FULL_CODE, LEFT_OUT_CODE, Application, Execution
from chain.engine.mempool import Mempool
from chain.engine.protocol import Seal, Standing
from chain.errors import AdmissionError, EngineStoppedError, GenesisError
from chain.machine.rules import MAX_BLOCK_GAS, MAX_BLOCK_TRANSACTIONS
from chain.machine.transaction import Transaction
from chain.observability.correlation import current_correlation
from chain.observability.metrics import LedgerMetrics
from chain.observability.trace import TransactionTrace
from chain.proofs.comet import (
    BlockID,
    BlockIDFlag,
    Commit,
    CommitSignature,
    Header,
    block_bytes,
    consensus_parameters_hash,
    evidence_hash,
    part_set_header,
    results_hash,
    transactions_hash,
    validator_address,
    vote_sign_bytes,
)
from chain.proofs.constants import Hash32, TimeNs
from chain.proofs.keccak import keccak256
from chain.store.ledger import LedgerStore, SealedHeader, Tip

MAX_GATHER_S: Final = 0.04
"""Transactions that keep coming are gathered this long at most, and then sealed together."""

GATHER_STEP_S: Final = 0.003
"""A pause as long as this ends the gathering: an only transaction waits no longer."""

EMPTY_BLOCK_INTERVAL_NS: Final = 10_000_000_000
"""An idle ledger seals an empty block this often, so that proofs and deadlines stay fresh."""

_MILLISECOND_NS: Final = 1_000_000
_MAX_BLOCK_BYTES: Final = 22_020_096  # CometBFT's default consensus parameter block.max_bytes
_RESULTS = b"mresults"

logger = logging.getLogger(__name__)


class SealingKey(Protocol):
    """An Ed25519 key."""

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the public key."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of a signature."""
        ...


@dataclass(frozen=True, slots=True)
class _Proposal:
    """What is about to be signed: a header and its transactions."""

    header: Header
    transactions: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        encoded: bytes = encode_raw([self.header.to_bytes(), list(self.transactions)])
        return encoded

    @classmethod
    def from_bytes(cls, encoded: bytes) -> _Proposal:
        header, transactions = decode_raw(encoded, True, False)[0]
        return cls(Header.from_bytes(header), tuple(transactions))


class SoloEngine:
    """Seals blocks with one key (see `chain.engine.protocol.Engine` for what it promises).

    Without `start` nothing happens by itself: `seal_next` then seals one height at a call.

    Args:
        application: The state machine.
        sealing_key: The key of the only validator in the genesis.
        clock: Nanoseconds since 1970.
        empty_block_interval_ns: How often an idle ledger seals an empty block.

    Raises:
        GenesisError: The genesis names another key, or more than one.
    """

    def __init__(
        self,
        application: Application,
        sealing_key: SealingKey,
        clock: Callable[[], int] = time.time_ns,
        empty_block_interval_ns: int = EMPTY_BLOCK_INTERVAL_NS,
    ) -> None:
        self._application = application
        self._key = sealing_key
        self._clock = clock
        self._interval_ns = empty_block_interval_ns
        self._validators = application.genesis.validator_set()
        if [v.public_key for v in self._validators.validators] != [sealing_key.public_key]:
            raise GenesisError(
                "a solo ledger has exactly one validator, whose key must be the sealing key "
                f"{sealing_key.public_key.hex()}"
            )
        self._metrics = LedgerMetrics()
        self._trace = TransactionTrace()
        self._mempool = Mempool()
        self._changed = threading.Condition()
        self._sealing = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped: str | None = None
        self._last = self._load_last()
        tip = application.tip
        self._metrics.opened(tip.height, tip.evm_number, tip.time_ns)
        self._finish_proposal()

    # what was sealed last

    def _load_last(self) -> tuple[Header, Commit] | None:
        seal = self._application.store.seal(self._application.tip.height)
        if seal is None:
            return None
        return Header.from_bytes(seal.header), Commit.from_bytes(seal.commit)

    def _finish_proposal(self) -> None:
        """Take a proposal that a crash left behind through signing, execution and commit."""
        found = self._application.store.proposal()
        if found is None:
            return
        proposal = _Proposal.from_bytes(found)
        logger.info("finishing height %d after a restart", proposal.header.height)
        self._seal(proposal)

    # the Engine protocol

    @property
    def metrics(self) -> LedgerMetrics:
        """What was counted since this engine was made."""
        return self._metrics

    @property
    def tip(self) -> Tip:
        """How far the ledger is."""
        return self._application.tip

    def submit(self, raw: bytes) -> bytes:
        """Admit a transaction and return its hash."""
        if self._stopped is not None:
            raise EngineStoppedError(self._stopped)
        with self._changed:
            waiting = self._mempool.get(keccak256(raw))
        if waiting is not None:
            return waiting.hash
        try:
            transaction = self._admit(raw)
        except AdmissionError as error:
            self._metrics.refused(type(error).__name__)
            raise
        self._metrics.admitted()
        return transaction.hash

    def _admit(self, raw: bytes) -> Transaction:
        transaction = self._application.admit(raw)
        with self._changed:
            self._mempool.add(transaction, self._application.nonce)
            # before anybody seals it: its block looks its id up
            self._trace.remember(transaction.hash, current_correlation())
            self._metrics.waiting(len(self._mempool))
            self._changed.notify_all()
        return transaction

    def pending(self, transaction_hash: bytes) -> Transaction | None:
        """Return a transaction that waits."""
        with self._changed:
            return self._mempool.get(transaction_hash)

    def next_nonce(self, sender: bytes) -> int:
        """Return the nonce of the sender's next transaction."""
        with self._changed:
            return self._mempool.next_nonce(sender, self._application.nonce(sender))

    def seal(self, height: int) -> Seal | None:
        """Return the sealed header of a height."""
        sealed = self._application.store.seal(height)
        if sealed is None:
            return None
        return Seal(height, sealed.header, sealed.commit, self._validators.to_bytes())

    def validator_changes(self, first: int, last: int) -> list[int]:
        """Return nothing: a solo ledger's one validator never changes."""
        del first, last
        return []

    def newest_sealed_height(self) -> int:
        """Return the height of the newest sealed header; in solo every height is sealed."""
        return self._application.tip.height

    def standing(self) -> Standing:
        """Return that this engine is alone."""
        with self._changed:
            waiting = len(self._mempool)
        return Standing(is_catching_up=False, peers=0, is_validating=True, waiting=waiting)

    def wait_beyond(self, height: int, timeout_s: float) -> bool:
        """Wait until the tip is above a height."""
        with self._changed:
            self._changed.wait_for(
                lambda: self.tip.height > height or self._stopped is not None, timeout_s
            )
        return self.tip.height > height

    # sealing

    def start(self) -> None:
        """Seal in a thread of its own: at once when something waits, else every ten seconds."""
        self._thread = threading.Thread(target=self._run, name="solo-engine", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop sealing; what waits is forgotten, as after a crash."""
        with self._changed:
            self._stopped = self._stopped or "it was asked to"
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def join(self) -> None:
        """Wait until the engine has stopped."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped is not None)

    def _run(self) -> None:
        try:
            while self._wait_for_work():
                self.seal_next()
        except BaseException as exc:
            # A local fault must never become a result: stop for good, and say why.
            with self._changed:
                self._stopped = str(exc) or type(exc).__name__
                self._changed.notify_all()
            logger.critical("the solo engine stops: %s", self._stopped, exc_info=True)

    def _wait_for_work(self) -> bool:
        with self._changed:
            idle_s = (self.tip.time_ns + self._interval_ns - self._clock()) / 1e9
            self._changed.wait_for(self._has_work, max(0.0, idle_s))
            self._gather()
            return self._stopped is None

    def _gather(self) -> None:
        """Let transactions come that are on their way; sealing them one by one costs more."""
        end, waiting = time.monotonic() + MAX_GATHER_S, 0
        while waiting < len(self._mempool) < MAX_BLOCK_TRANSACTIONS and time.monotonic() < end:
            waiting = len(self._mempool)
            self._changed.release()  # not a wait: each arrival would wake it
            time.sleep(GATHER_STEP_S)
            self._changed.acquire()

    def _has_work(self) -> bool:
        return bool(len(self._mempool)) or self._is_unproven() or self._stopped is not None

    def _is_unproven(self) -> bool:
        """Tell whether the latest EVM block still lacks a header that names it."""
        return self._last is None or self._last[0].app_hash != self.tip.evm_hash

    def seal_next(self) -> None:
        """Seal one height, with what waits or empty.

        Raises:
            StoreError: The store failed; the engine must not be used any more.
        """
        with self._sealing:
            with self._changed:
                waiting = self._mempool.next_block()
            proposal = self._propose(tuple(transaction.raw for transaction in waiting))
            self._application.store.commit([LedgerStore.proposal_entry(proposal.to_bytes())])
            execution = self._seal(proposal)
            codes = {
                transaction.hash: result.code
                for transaction, result in zip(waiting, execution.results, strict=True)
            }
            with self._changed:
                self._mempool.remove(
                    [t for t in waiting if codes[t.hash] != BLOCK_FULL_CODE],
                    {found for found, code in codes.items() if code == LEFT_OUT_CODE},
                )
                self._metrics.waiting(len(self._mempool))
                self._changed.notify_all()
            self._trace.finished(
                [found for found, code in codes.items() if code != BLOCK_FULL_CODE],
                execution.tip.height,
                execution.tip.evm_number,
            )

    def _propose(self, transactions: tuple[bytes, ...]) -> _Proposal:
        tip, last = self.tip, self._last
        now = self._clock() // _MILLISECOND_NS * _MILLISECOND_NS
        validators_hash = self._validators.hash()
        header = Header(
            chain_id=self._application.genesis.chain_id,
            height=tip.height + 1,
            time=TimeNs(max(now, tip.time_ns + _MILLISECOND_NS)),
            last_block_id=BlockID() if last is None else last[1].block_id,
            last_commit_hash=(Commit() if last is None else last[1]).hash(),
            data_hash=transactions_hash(transactions),
            validators_hash=validators_hash,
            next_validators_hash=validators_hash,
            consensus_hash=consensus_parameters_hash(_MAX_BLOCK_BYTES, MAX_BLOCK_GAS),
            app_hash=tip.evm_hash,
            last_results_hash=Hash32(self._application.store.engine_value(_RESULTS))
            if last is not None
            else results_hash(()),
            evidence_hash=evidence_hash(),
            proposer_address=validator_address(self._key.public_key),
        )
        return _Proposal(header, transactions)

    def _seal(self, proposal: _Proposal) -> Execution:
        header = proposal.header
        commit = self._sign(proposal)
        started = time.perf_counter()
        execution = self._application.execute(header.height, header.time, proposal.transactions)
        executed = time.perf_counter()
        self._application.commit(
            execution,
            [
                LedgerStore.seal_entry(
                    header.height, SealedHeader(header.to_bytes(), commit.to_bytes())
                ),
                (_RESULTS, results_hash(execution.results)),
                LedgerStore.proposal_entry(None),
            ],
        )
        self._last = (header, commit)
        self._metrics.committed(
            header.height,
            execution.tip.evm_number,
            len(proposal.transactions),
            header.time,
            execution_s=executed - started,
            commit_s=time.perf_counter() - executed,
        )
        return execution

    def _sign(self, proposal: _Proposal) -> Commit:
        header = proposal.header
        last_commit = Commit() if self._last is None else self._last[1]
        block = block_bytes(header, proposal.transactions, last_commit)
        block_id = BlockID(header.hash(), part_set_header(block))
        vote = CommitSignature(
            BlockIDFlag.COMMIT,
            header.proposer_address,
            TimeNs(header.time + _MILLISECOND_NS),
            b"",
        )
        unsigned = Commit(header.height, 0, block_id, (vote,))
        signature = self._key.sign(vote_sign_bytes(header.chain_id, unsigned, 0))
        signed = CommitSignature(vote.flag, vote.validator_address, vote.time, signature)
        return Commit(header.height, 0, block_id, (signed,))
