"""The application behind every engine: admits, executes, commits.

An engine calls `admit` for each transaction it hears of (CheckTx), `execute` once for each height
in order (FinalizeBlock) and then `commit` (Commit). `execute` only computes; `commit` writes the
whole height in one atomic batch. A fault of disk or memory is raised, never turned into a result:
the engine must stop then.

Source: ABCI 2.0 (CometBFT v0.38), whose division of work this follows.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from chain.errors import (
    AdmissionError,
    BlockFullError,
    DivergedError,
    NotAdmittedError,
    WrongLedgerError,
)
from chain.machine.executor import (
    CALLEE_ADVICE,
    SENDER_ADVICE,
    BlockContext,
    BlockExecutor,
    ExecutedBlock,
    block_entries,
    make_state,
    static_call,
)
from chain.machine.founding import found
from chain.machine.membership import VIEW_GAS, Membership
from chain.machine.state import StateDatabase
from chain.machine.transaction import Transaction, decode_transaction
from chain.proofs.comet import ExecutionResult, Validator, ValidatorSet
from chain.proofs.constants import NANOSECONDS
from chain.proofs.evm import EvmHeader
from chain.store.ledger import LedgerStore, Tip, key

if TYPE_CHECKING:
    from chain.genesis import Genesis
    from chain.machine.computation import LedgerState
    from chain.store.keyvalue import Entry

DECODED_KEPT: Final = 20_000
"""Decoded transactions kept between admission and execution."""

EXECUTED_CODE: Final = 0
LEFT_OUT_CODE: Final = 1
BLOCK_FULL_CODE: Final = 2
MAX_BLOCKHASH_DEPTH: Final = 256


@dataclass(frozen=True, slots=True)
class Execution:
    """What executing a height gave; `commit` makes it durable."""

    tip: Tip
    block: ExecutedBlock | None
    results: tuple[ExecutionResult, ...]
    validators: ValidatorSet | None = None
    """Who validates, where the block may have changed it."""


class Application:
    """The state machine and its store.

    `admit` may be called from any thread, `execute` and `commit` from one.

    Args:
        store: Where the ledger lies; founded from the genesis where it is empty.
        genesis: What founded, or founds, the ledger.

    Raises:
        WrongLedgerError: The store holds another ledger.
        DivergedError: The store was found to differ from what the network agreed on.
        GenesisError: The genesis cannot be executed.
    """

    def __init__(self, store: LedgerStore, genesis: Genesis) -> None:
        self.store = store
        self.genesis = genesis
        self._decoded: OrderedDict[bytes, Transaction] = OrderedDict()
        self._lock = threading.Lock()
        self._tip = self._open()
        self._header = self._load_header(self._tip.evm_number)
        self._database = StateDatabase(store, self._header.state_root)
        self._membership = Membership(genesis.membership)
        self._admission = _Admission(self)

    def _open(self) -> Tip:
        founded = self.store.genesis()
        if founded is None:
            return self._found()
        if founded != self.genesis.content_hash:
            raise WrongLedgerError(self.genesis.content_hash, founded)
        tip = self.store.tip()
        if tip is None:
            raise AssertionError("genesis and tip are written together")
        agreed = self.store.agreed()
        if agreed is not None:
            raise DivergedError(tip.height, tip.evm_hash, agreed)
        return tip

    def _found(self) -> Tip:
        block = found(self.genesis)
        tip = Tip(0, 0, block.header.hash(), self.genesis.time_ns)
        validators = self.genesis.validator_set()
        self.store.commit(
            [
                LedgerStore.genesis_entry(self.genesis.content_hash),
                LedgerStore.tip_entry(tip),
                LedgerStore.validator_set_entry(validators.hash(), validators.to_bytes()),
                (key(b"E", 0), key(b"", 1)),
                *block_entries(block),
            ]
        )
        return tip

    def _load_header(self, number: int) -> EvmHeader:
        encoded = self.store.header(number)
        if encoded is None:
            raise AssertionError(f"the store has no header of block {number}")
        return EvmHeader.from_rlp(encoded)

    @property
    def tip(self) -> Tip:
        """The last committed height."""
        return self._tip

    # admission

    def admit(self, raw: bytes) -> Transaction:
        """Decode and check a transaction, but for its nonce, which the mempool knows.

        Raises:
            AdmissionError: It is not taken.
        """
        with self._lock:
            known = self._decoded.get(raw)
        transaction = known or decode_transaction(raw, self.genesis.evm_chain_id)
        self._admission.check(transaction)
        if known is None:
            self._keep(transaction)
        return transaction

    def _keep(self, transaction: Transaction) -> None:
        with self._lock:
            self._decoded[transaction.raw] = transaction
            if len(self._decoded) > DECODED_KEPT:
                self._decoded.popitem(last=False)

    def nonce(self, sender: bytes) -> int:
        """Return an account's nonce at the tip."""
        return self._admission.nonce(sender)

    def member(self, sender: bytes) -> bytes:
        """Return the organisation behind an account at the tip, zeros for none."""
        return self._admission.member(sender)

    # execution

    def execute(self, height: int, time_ns: int, raws: Sequence[bytes]) -> Execution:
        """Execute the transactions of a height on top of the tip.

        Args:
            height: The tip's height plus one.
            time_ns: Time of the height's header, not before the tip's.
            raws: Raw transactions in order; those that may not execute are left out.

        Raises:
            StoreError: The store failed; nothing of this height counts and the engine must stop.
        """
        if height != self._tip.height + 1:
            raise AssertionError(f"height {height} does not follow {self._tip.height}")
        context = BlockContext(
            self.genesis.evm_chain_id,
            self._tip.evm_number + 1,
            time_ns // NANOSECONDS,
            self._tip.evm_hash,
            _PreviousHashes(self.store, self._tip),
        )
        executor = BlockExecutor(self._database, context, self._membership)
        results = tuple(self._run(executor, raw) for raw in raws)
        block = executor.finish()
        if block is None:
            return Execution(replace(self._tip, height=height, time_ns=time_ns), None, results)
        tip = Tip(height, block.header.number, block.header.hash(), time_ns)
        changed = any(
            log.address == self._membership.address
            for receipt in block.receipts
            for log in receipt.logs
        )
        validators = self._validators(self._database, context) if changed else None
        return Execution(tip, block, results, validators)

    def diverge(self, agreed: bytes) -> DivergedError:
        """Write down, for ever, that the others agreed on another block at the tip."""
        tip = self._tip
        self.store.commit([LedgerStore.agreed_entry(agreed)])
        return DivergedError(tip.height, tip.evm_hash, agreed)

    def discard(self) -> None:
        """Forget what was executed and not committed; the same height may be executed again."""
        self._database = StateDatabase(self.store, self._header.state_root)

    def validators(self) -> ValidatorSet:
        """Return the validators that Membership names at the tip."""
        database = self.state_at(self._header)
        context = self.context_of(self._header, self._header.timestamp, pending=False)
        return self._validators(database, context)

    def _validators(self, database: StateDatabase, context: BlockContext) -> ValidatorSet:
        state = make_state(database, context)

        def view(to: bytes, data: bytes) -> bytes | None:
            return _answer(state, to, data)

        named = self._membership.validators(view)
        return ValidatorSet.of(Validator(each.public_key, each.power) for each in named)

    def _run(self, executor: BlockExecutor, raw: bytes) -> ExecutionResult:
        with self._lock:
            transaction = self._decoded.pop(raw, None)
        try:
            if transaction is None:
                transaction = decode_transaction(raw, self.genesis.evm_chain_id)
        except AdmissionError:
            return ExecutionResult(LEFT_OUT_CODE)
        outcome = executor.run(transaction)
        code = EXECUTED_CODE
        if outcome.refusal is not None:
            full = isinstance(outcome.refusal, BlockFullError)
            code = BLOCK_FULL_CODE if full else LEFT_OUT_CODE
        return ExecutionResult(code, b"", transaction.gas, outcome.gas_used)

    def commit(self, execution: Execution, extra: Sequence[Entry] = ()) -> None:
        """Write a height, and what the engine adds to it, in one atomic batch.

        Raises:
            StoreError: The store failed; the engine must stop.
        """
        tip = execution.tip
        entries: list[Entry] = [
            LedgerStore.tip_entry(tip),
            (key(b"e", tip.height), key(b"", self._tip.evm_number)),
            *extra,
        ]
        if execution.block is not None:
            entries.append((key(b"E", tip.evm_number), key(b"", tip.height + 1)))
            entries.extend(block_entries(execution.block))
        self.store.commit(entries)
        if execution.block is not None:
            self._header = execution.block.header
        self._tip = tip
        self._admission.renew()

    # reading at the tip, for eth_call and admission

    def state_at(self, header: EvmHeader) -> StateDatabase:
        """Return a fresh state at a block; the caller wraps it with `context_of`."""
        return StateDatabase(self.store, header.state_root)

    def context_of(self, header: EvmHeader, time_s: int, *, pending: bool) -> BlockContext:
        """Return the context of a call on a block, or in the one that would follow it."""
        number = header.number + 1 if pending else header.number
        parent = header.hash() if pending else header.parent_hash
        previous = _PreviousHashes(self.store, Tip(0, number - 1, parent, 0))
        return BlockContext(self.genesis.evm_chain_id, number, time_s, parent, previous)

    @property
    def header(self) -> EvmHeader:
        """Header of the latest EVM block."""
        return self._header


class _Admission:
    """Answers about senders and callees at the tip; renewed with each height."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._membership = Membership(application.genesis.membership)
        self._storage_root = b""
        self.renew()

    def renew(self) -> None:
        application = self._application
        tip = application.tip
        with self._lock:
            self._membership.forget()
            self._database = application.state_at(application.header)
            self._renew_views()
            time_s = tip.time_ns // NANOSECONDS
            # as the next block will see it: registrations take effect by block number
            context = BlockContext(
                application.genesis.evm_chain_id, tip.evm_number + 1, time_s, tip.evm_hash
            )
            self._state = make_state(self._views, context)

    def _renew_views(self) -> None:
        """Read Membership anew only where it has changed: reading it cold takes milliseconds."""
        account = self._database.account(self._membership.address)
        if account is None:
            raise AssertionError("Membership is never removed")
        if account.storage_root != self._storage_root:
            self._storage_root = account.storage_root
            self._views = self._application.state_at(self._application.header)

    def nonce(self, sender: bytes) -> int:
        with self._lock:
            return self._database.get_nonce(sender)

    def check(self, transaction: Transaction) -> None:
        with self._lock:
            if not self._membership.may_send(transaction.sender, self._view):
                raise NotAdmittedError("sender", transaction.sender, SENDER_ADVICE)
            if not self._membership.may_call(transaction.to, self._view):
                raise NotAdmittedError("contract", transaction.to, CALLEE_ADVICE)

    def member(self, sender: bytes) -> bytes:
        with self._lock:
            return self._membership.member_of(sender, self._view)

    def _view(self, to: bytes, data: bytes) -> bytes | None:
        return _answer(self._state, to, data)


def _answer(state: LedgerState, to: bytes, data: bytes) -> bytes | None:
    """Ask a contract a question of the chain's own; None where it has no answer."""
    state.begin_transaction()
    computation = static_call(state, bytes(20), to, data, VIEW_GAS)
    return None if computation.is_error else bytes(computation.output)


class _PreviousHashes:
    """Hashes of the last 256 blocks, newest first, read once and only when a contract asks."""

    def __init__(self, store: LedgerStore, tip: Tip) -> None:
        self._store = store
        self._tip = tip
        self._known: list[bytes] | None = None

    def __iter__(self) -> Iterator[bytes]:
        if self._known is None:
            self._known = list(self._read())
        return iter(self._known)

    def _read(self) -> Iterator[bytes]:
        number, block_hash = self._tip.evm_number, self._tip.evm_hash
        for _ in range(MAX_BLOCKHASH_DEPTH):
            if number < 0:
                return
            yield block_hash
            encoded = self._store.header(number)
            if encoded is None:
                return
            block_hash = EvmHeader.from_rlp(encoded).parent_hash
            number -= 1
