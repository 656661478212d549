"""Execute transactions one after another and make a block of them.

`chain.machine.evm` is the EVM; the shell of a transaction (gas bought and returned, refund, floor)
is written out here, because with zero fees, zero value and no creations little of it is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from eth.vm.message import Message
from rlp.codec import encode_raw

from chain.errors import AdmissionError, BlockFullError, NonceError, NotAdmittedError
from chain.machine.computation import LedgerComputation, LedgerState, execution_context
from chain.machine.membership import VIEW_GAS, Membership
from chain.machine.receipt import Log, Receipt, bloom_of
from chain.machine.rules import MAX_BLOCK_GAS, MAX_BLOCK_STEPS, MAX_REFUND_QUOTIENT
from chain.proofs.constants import EMPTY_LIST_HASH, EMPTY_ROOT, Address20, Hash32
from chain.proofs.evm import EvmHeader
from chain.proofs.trie import ordered_trie_root

if TYPE_CHECKING:
    from eth.abc import ComputationAPI

    from chain.machine.state import StateChanges, StateDatabase
    from chain.machine.transaction import Transaction

EMPTY_REQUESTS_HASH: Final = Hash32(
    bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
)
"""SHA-256 of no requests (EIP-7685): there is no execution-layer staking here."""

SENDER_ADVICE: Final = "a member's admin key must register it with the purpose to send"
CALLEE_ADVICE: Final = "call a contract in force in Membership's registry"


@dataclass(frozen=True, slots=True)
class BlockContext:
    """Where and when a block executes."""

    chain_id: int
    number: int
    time_s: int
    parent_hash: bytes
    previous_hashes: Iterable[bytes] = ()
    """Hashes of the blocks before, newest first, for BLOCKHASH."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one transaction: executed, or left out for a reason."""

    transaction: Transaction
    gas_used: int
    succeeded: bool
    refusal: AdmissionError | None = None


@dataclass(frozen=True, slots=True)
class ExecutedBlock:
    """A new EVM block, not yet stored."""

    header: EvmHeader
    transactions: tuple[Transaction, ...]
    receipts: tuple[Receipt, ...]
    encoded_receipts: tuple[bytes, ...]
    changes: StateChanges


class BlockExecutor:
    """Executes the transactions of one block on a state.

    A transaction that may not execute (nonce, sender, callee, block full) is left out: repeats of
    a transaction have no second effect, and every node leaves out the same ones.
    """

    def __init__(
        self, database: StateDatabase, context: BlockContext, membership: Membership
    ) -> None:
        self._database = database
        self._context = context
        self._membership = membership
        self._state = make_state(database, context, membership.address)
        self._executed: list[Transaction] = []
        self._receipts: list[Receipt] = []
        self._gas_used = 0
        self._steps = 0
        self._full = False
        membership.forget()

    def run(self, transaction: Transaction) -> Outcome:
        """Execute one transaction, or say why it is left out."""
        try:
            self._check(transaction)
        except AdmissionError as exc:
            return Outcome(transaction, 0, succeeded=False, refusal=exc)
        self._state.begin_transaction()
        computation = apply_transaction(self._state, transaction)
        gas = _final_gas(transaction, computation)
        self._gas_used += gas
        self._steps += self._state.steps
        succeeded = not computation.is_error
        logs = _logs(computation)
        self._receipts.append(
            Receipt(transaction.type_id, succeeded, self._gas_used, bloom_of(logs), logs)
        )
        self._executed.append(transaction)
        if any(log.address == self._membership.address for log in logs):
            self._membership.forget()
        return Outcome(transaction, gas, succeeded)

    def _check(self, transaction: Transaction) -> None:
        # Once one has to wait, all behind it wait: nonces must not overtake each other.
        self._full = self._full or (
            self._gas_used + transaction.gas > MAX_BLOCK_GAS or self._steps >= MAX_BLOCK_STEPS
        )
        if self._full:
            raise BlockFullError
        sender = transaction.sender
        expected = self._database.get_nonce(sender)
        if transaction.nonce != expected:
            raise NonceError(sender, expected, transaction.nonce)
        if not self._membership.may_send(sender, self._view):
            raise NotAdmittedError("sender", sender, SENDER_ADVICE)
        if not self._membership.may_call(transaction.to, self._view):
            raise NotAdmittedError("contract", transaction.to, CALLEE_ADVICE)

    def _view(self, to: bytes, data: bytes) -> bytes | None:
        self._state.begin_transaction()
        computation = static_call(self._state, bytes(20), to, data, VIEW_GAS)
        return None if computation.is_error else bytes(computation.output)

    def finish(self) -> ExecutedBlock | None:
        """Make the block; None where no transaction was executed: then nothing changes at all."""
        if not self._executed:
            return None
        encoded = tuple(receipt.to_bytes() for receipt in self._receipts)
        changes = self._database.commit_block()
        header = make_header(
            self._context,
            changes.root,
            ordered_trie_root([transaction.raw for transaction in self._executed]),
            ordered_trie_root(list(encoded)),
            self._receipts,
        )
        return ExecutedBlock(header, tuple(self._executed), tuple(self._receipts), encoded, changes)


def make_state(database: StateDatabase, context: BlockContext, *creators: bytes) -> LedgerState:
    """Return the state as a block in this context sees it."""
    return LedgerState(
        database,
        execution_context(
            context.number,
            context.time_s,
            MAX_BLOCK_GAS,
            context.chain_id,
            _Ancestors(context.previous_hashes),
        ),
        frozenset(creators),
    )


class _Ancestors:
    """Previous hashes that can be iterated over more than once, read only when asked for."""

    def __init__(self, hashes: Iterable[bytes]) -> None:
        self._hashes = hashes

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._hashes)


def apply_transaction(state: LedgerState, transaction: Transaction) -> ComputationAPI:
    """Execute the message of a transaction: nonce, warm set, call, self-destructs."""
    state.increment_nonce(transaction.sender)
    state.mark_address_warm(transaction.sender)
    state.mark_address_warm(transaction.to)
    state.mark_address_warm(state.coinbase)  # EIP-3651
    for address, slots in transaction.access_list:
        state.mark_address_warm(address)
        for slot in slots:
            state.mark_storage_warm(address, slot)
    computation = call(
        state,
        transaction.sender,
        transaction.to,
        transaction.data,
        transaction.gas - transaction.intrinsic_gas,
    )
    for address in computation.get_accounts_for_deletion():
        state.delete_account(address)
    return computation


def call(state: LedgerState, sender: bytes, to: bytes, data: bytes, gas: int) -> ComputationAPI:
    """Call a contract; the effects stay in the state."""
    message = Message(gas=gas, to=to, sender=sender, value=0, data=data, code=state.get_code(to))
    context = state.get_transaction_context_class()(gas_price=0, origin=sender)
    return LedgerComputation.apply_message(state, message, context)


def static_call(
    state: LedgerState, sender: bytes, to: bytes, data: bytes, gas: int
) -> ComputationAPI:
    """Call a contract and undo whatever it did."""
    checkpoint = state.snapshot()
    computation = call(state, sender, to, data, gas)
    state.revert(checkpoint)
    return computation


def _final_gas(transaction: Transaction, computation: ComputationAPI) -> int:
    """Return the gas of a transaction after refund and floor.

    Source: EIP-3529 (refund at most a fifth), EIP-7623 (floor by calldata).
    """
    used: int = transaction.gas - computation.get_gas_remaining()
    refund: int = min(computation.get_gas_refund(), used // MAX_REFUND_QUOTIENT)
    return max(used - refund, transaction.floor_gas)


def _logs(computation: ComputationAPI) -> tuple[Log, ...]:
    return tuple(
        Log(address, tuple(topic.to_bytes(32, "big") for topic in topics), bytes(data))
        for address, topics, data in computation.get_log_entries()
    )


def make_header(
    context: BlockContext,
    state_root: bytes,
    transactions_root: bytes,
    receipts_root: bytes,
    receipts: Sequence[Receipt],
) -> EvmHeader:
    """Return a Prague header; all that concerns fees, stakes and blobs is zero or empty."""
    bloom = 0
    for receipt in receipts:
        bloom |= receipt.bloom
    return EvmHeader(
        parent_hash=Hash32(context.parent_hash),
        ommers_hash=EMPTY_LIST_HASH,
        coinbase=Address20(bytes(20)),
        state_root=Hash32(state_root),
        transactions_root=Hash32(transactions_root),
        receipts_root=Hash32(receipts_root),
        logs_bloom=bloom.to_bytes(256, "big"),
        difficulty=0,
        number=context.number,
        gas_limit=MAX_BLOCK_GAS,
        gas_used=receipts[-1].cumulative_gas_used if receipts else 0,
        timestamp=context.time_s,
        extra_data=b"",
        mix_hash=Hash32(bytes(32)),
        nonce=bytes(8),
        base_fee_per_gas=0,
        withdrawals_root=EMPTY_ROOT,
        blob_gas_used=0,
        excess_blob_gas=0,
        parent_beacon_block_root=Hash32(bytes(32)),
        requests_hash=EMPTY_REQUESTS_HASH,
    )


def block_entries(block: ExecutedBlock) -> list[tuple[bytes, bytes | None]]:
    """Return what a block adds to the store (see `chain.store.ledger`)."""
    number = block.header.number.to_bytes(8, "big")
    header = block.header.to_rlp()
    entries: list[tuple[bytes, bytes | None]] = [
        (b"h" + number, header),
        (b"H" + block.header.hash(), number),
        (b"b" + number, encode_raw([t.raw for t in block.transactions])),
        (b"r" + number, encode_raw(list(block.encoded_receipts))),
    ]
    for index, transaction in enumerate(block.transactions):
        entries.append((b"t" + transaction.hash, number + index.to_bytes(8, "big")))
    for log in {log for receipt in block.receipts for log in receipt.logs}:
        entries.append((b"a" + log.address + number, b""))
        entries.extend((b"p" + topic + number, b"") for topic in log.topics)
    entries.extend((b"n" + node_hash, encoded) for node_hash, encoded in block.changes.nodes)
    entries.extend((b"c" + code_hash, code) for code_hash, code in block.changes.codes)
    return entries
