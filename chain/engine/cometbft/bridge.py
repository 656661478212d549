"""Answers CometBFT's requests (ABCI 2.0) from the application and the pool.

CometBFT asks over several connections at once: the mempool's are answered beside the consensus'
own, which come one after another.

Source: CometBFT v0.38, spec/abci (methods, and what an application must keep to).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from chain.engine.application import Application, Execution
from chain.engine.cometbft import abci_pb2 as abci
from chain.engine.cometbft.budget import BlockBudget
from chain.engine.cometbft.pool import SharedPool
from chain.engine.cometbft.proposal import compose, objection
from chain.errors import AdmissionError, EngineMismatchError
from chain.proofs.comet import ValidatorSet
from chain.store.ledger import LedgerStore, Misbehaviour

CODESPACE: Final = "tradeseal"
REFUSED_CODE: Final = 1
_ABORT: Final = 2  # of a snapshot: there are none to take

_CONSENSUS: Final = frozenset(
    ("info", "init_chain", "prepare_proposal", "process_proposal", "finalize_block", "commit")
)
"""Answered one after another: a CometBFT that was killed while a block was executed may be back,
over other connections, before that has ended."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Finalized:
    """A height that is executed and perhaps committed."""

    execution: Execution
    transactions: tuple[bytes, ...]
    misbehaviours: tuple[Misbehaviour, ...]
    validators: ValidatorSet | None
    """Who validates from the height after the next on, where that changed."""
    block_hash: bytes
    execution_s: float


class BridgeOwner(Protocol):
    """What the bridge tells."""

    def connected(self) -> None:
        """CometBFT has begun anew, perhaps with an empty mempool."""
        ...

    def committed(self, finalized: Finalized, commit_s: float) -> None:
        """A height is durable."""
        ...


class Bridge:
    """The ABCI application over one state machine.

    Args:
        application: The state machine.
        pool: What waits.
        owner: Told of what happens.
    """

    def __init__(self, application: Application, pool: SharedPool, owner: BridgeOwner) -> None:
        self._application = application
        self._pool = pool
        self._owner = owner
        self._budget = BlockBudget()
        self._turn = threading.Lock()
        self._validators = _chosen_validators(application)
        self._finalized: Finalized | None = None
        self._methods: dict[str, Callable[[abci.Request], abci.Response]] = {
            "echo": lambda request: abci.Response(
                echo=abci.ResponseEcho(message=request.echo.message)
            ),
            "flush": lambda _: abci.Response(flush=abci.ResponseFlush()),
            "info": self._info,
            "init_chain": self._init_chain,
            "query": self._query,
            "check_tx": self._check_tx,
            "prepare_proposal": self._prepare_proposal,
            "process_proposal": self._process_proposal,
            "finalize_block": self._finalize_block,
            "commit": self._commit,
            "list_snapshots": lambda _: abci.Response(list_snapshots=abci.ResponseListSnapshots()),
            "offer_snapshot": lambda _: abci.Response(
                offer_snapshot=abci.ResponseOfferSnapshot(result=_ABORT)
            ),
            "load_snapshot_chunk": lambda _: abci.Response(
                load_snapshot_chunk=abci.ResponseLoadSnapshotChunk()
            ),
            "apply_snapshot_chunk": lambda _: abci.Response(
                apply_snapshot_chunk=abci.ResponseApplySnapshotChunk(result=_ABORT)
            ),
        }

    def answer(self, request: abci.Request) -> abci.Response:
        """Answer one request.

        Raises:
            LedgerError: This process and CometBFT do not fit together, or the disk failed: it
                must end.
        """
        method = request.WhichOneof("value") or ""
        if method not in _CONSENSUS:
            return self._methods[method](request)
        with self._turn:
            return self._methods[method](request)

    # where it stands

    def _info(self, _: abci.Request) -> abci.Response:
        tip = self._application.tip
        self._owner.connected()
        return abci.Response(
            info=abci.ResponseInfo(
                data="tradeseal",
                last_block_height=tip.height,
                last_block_app_hash=tip.evm_hash if tip.height else b"",
            )
        )

    def _init_chain(self, request: abci.Request) -> abci.Response:
        given, genesis = request.init_chain, self._application.genesis
        if self._application.tip.height:
            raise EngineMismatchError(
                f"it begins at the genesis, the ledger is at height {self._application.tip.height}"
            )
        if given.chain_id != genesis.chain_id:
            raise EngineMismatchError(
                f"its chain is {given.chain_id!r}, the genesis file says {genesis.chain_id!r}"
            )
        validators = {each.pub_key.ed25519: each.power for each in given.validators}
        if validators != {each.public_key: each.power for each in genesis.validators}:
            raise EngineMismatchError("its genesis names other validators than the ledger's")
        if given.time.ToNanoseconds() != genesis.time_ns or given.initial_height != 1:
            raise EngineMismatchError("its genesis has another time or initial height")
        app_hash = self._application.tip.evm_hash
        return abci.Response(init_chain=abci.ResponseInitChain(app_hash=app_hash))

    def _query(self, _: abci.Request) -> abci.Response:
        log = "ask the ledger's JSON-RPC instead"
        return abci.Response(query=abci.ResponseQuery(code=REFUSED_CODE, log=log))

    # what waits

    def _check_tx(self, request: abci.Request) -> abci.Response:
        raw = request.check_tx.tx
        try:
            if request.check_tx.type == abci.RECHECK:
                transaction = self._pool.recheck(raw)
            else:
                transaction = self._pool.take(raw)
        except AdmissionError as exc:
            refusal = abci.ResponseCheckTx(code=REFUSED_CODE, log=str(exc), codespace=CODESPACE)
            return abci.Response(check_tx=refusal)
        return abci.Response(check_tx=abci.ResponseCheckTx(gas_wanted=transaction.gas))

    # proposals

    def _prepare_proposal(self, request: abci.Request) -> abci.Response:
        given = request.prepare_proposal
        self._require_next(given.height)
        chosen = compose(self._application, self._pool, self._budget.gas, given.max_tx_bytes)
        return abci.Response(prepare_proposal=abci.ResponsePrepareProposal(txs=chosen))

    def _process_proposal(self, request: abci.Request) -> abci.Response:
        given = request.process_proposal
        self._require_next(given.height)
        found = objection(self._application, given.txs)
        if found is not None:
            logger.warning("the proposal for height %d is refused: %s", given.height, found)
        status = abci.ACCEPT if found is None else abci.REJECT
        return abci.Response(process_proposal=abci.ResponseProcessProposal(status=status))

    def _require_next(self, height: int) -> None:
        tip = self._application.tip
        if height != tip.height + 1:
            raise EngineMismatchError(f"it is at height {height}, the ledger is at {tip.height}")

    # decided heights

    def _finalize_block(self, request: abci.Request) -> abci.Response:
        given = request.finalize_block
        self._require_next(given.height)
        if self._finalized is None or self._finalized.block_hash != given.hash:
            if self._finalized is not None:
                self._application.discard()
            self._finalized = None  # in case the execution fails
            self._finalized = self._execute(given)
        return abci.Response(finalize_block=_finalize_answer(self._finalized, self._validators))

    def _execute(self, given: abci.RequestFinalizeBlock) -> Finalized:
        transactions = tuple(given.txs)
        started, processor = time.perf_counter(), time.thread_time()
        execution = self._application.execute(
            given.height, given.time.ToNanoseconds(), transactions
        )
        execution_s = time.perf_counter() - started
        gas = sum(result.gas_wanted for result in execution.results)
        self._budget.observe(gas, time.thread_time() - processor)
        validators = execution.validators
        return Finalized(
            execution,
            transactions,
            tuple(_misbehaviour(each) for each in given.misbehavior),
            None if validators == self._validators else validators,
            given.hash,
            execution_s,
        )

    def _commit(self, _: abci.Request) -> abci.Response:
        finalized = self._finalized
        if finalized is None:
            raise EngineMismatchError("it commits a height that was not executed")
        height = finalized.execution.tip.height
        entries = [
            LedgerStore.misbehaviour_entry(height, index, misbehaviour)
            for index, misbehaviour in enumerate(finalized.misbehaviours)
        ]
        if finalized.validators is not None:
            chosen = finalized.validators
            entries += [
                LedgerStore.validator_set_entry(chosen.hash(), chosen.to_bytes()),
                LedgerStore.validators_entry(chosen.hash()),
                # in force from height + 2 on, so the header before names it as the next
                LedgerStore.validator_change_entry(height + 1),
            ]
        started = time.perf_counter()
        self._application.commit(finalized.execution, entries)
        commit_s = time.perf_counter() - started
        self._finalized = None
        self._validators = finalized.validators or self._validators
        self._pool.settle(finalized.execution)
        self._owner.committed(finalized, commit_s)
        return abci.Response(commit=abci.ResponseCommit())


def _chosen_validators(application: Application) -> ValidatorSet:
    """Return the set that the ledger has chosen last."""
    chosen = application.store.chosen_validators()
    if chosen is None:
        return application.genesis.validator_set()
    encoded = application.store.validator_set(chosen)
    if encoded is None:
        raise AssertionError("a set and its hash are written together")
    return ValidatorSet.from_bytes(encoded)


def _finalize_answer(finalized: Finalized, before: ValidatorSet) -> abci.ResponseFinalizeBlock:
    execution = finalized.execution
    return abci.ResponseFinalizeBlock(
        tx_results=[
            abci.ExecTxResult(
                code=result.code,
                data=result.data,
                gas_wanted=result.gas_wanted,
                gas_used=result.gas_used,
            )
            for result in execution.results
        ],
        validator_updates=_updates(before, finalized.validators or before),
        app_hash=execution.tip.evm_hash,
    )


def _updates(before: ValidatorSet, after: ValidatorSet) -> list[abci.ValidatorUpdate]:
    """Return what turns one set into the other; power 0 removes."""
    old = {each.public_key: each.power for each in before.validators}
    new = {each.public_key: each.power for each in after.validators}
    changed = {public_key: 0 for public_key in old if public_key not in new}
    changed |= {each: power for each, power in new.items() if old.get(each) != power}
    return [
        abci.ValidatorUpdate(pub_key=abci.PublicKey(ed25519=public_key), power=power)
        for public_key, power in sorted(changed.items())
    ]


def _misbehaviour(given: abci.Misbehavior) -> Misbehaviour:
    return Misbehaviour(
        given.type,
        given.validator.address,
        given.validator.power,
        given.height,
        given.time.ToNanoseconds(),
        given.total_voting_power,
    )
