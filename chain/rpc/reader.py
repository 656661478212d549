"""Read the ledger as JSON-RPC needs it: blocks, logs, calls, proofs, seals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chain.engine.protocol import Seal
from chain.errors import (
    AnswerLimitError,
    ExecutionError,
    NotFoundError,
    NotYetProvableError,
    RevertError,
)
from chain.machine.executor import make_state, static_call
from chain.machine.receipt import Log, Receipt
from chain.machine.rules import MAX_CALL_GAS, MAX_TRANSACTION_GAS
from chain.machine.state import StateAccount, StateDatabase
from chain.machine.transaction import Transaction, decode_transaction, intrinsic_gas
from chain.machine.trie import Trie
from chain.proofs.constants import NANOSECONDS
from chain.proofs.evm import EvmHeader
from chain.proofs.keccak import keccak256

if TYPE_CHECKING:
    from eth.abc import ComputationAPI

    from chain.ledger import Ledger
    from chain.machine.computation import LedgerState
    from chain.rpc.params import BlockReference, CallRequest, LogFilter

MAX_LOGS: Final = 10_000
"""Logs in one answer; a caller that would get more asks for fewer blocks at a time."""

MAX_UNFILTERED_BLOCKS: Final = 10_000
"""Blocks that are searched for any log at all."""

_ERROR_SELECTOR: Final = bytes.fromhex("08c379a0")  # Error(string)
_ERROR_TEXT_AT: Final = 68


@dataclass(frozen=True, slots=True)
class Block:
    """A stored block."""

    header: EvmHeader
    transactions: list[Transaction]
    size: int


@dataclass(frozen=True, slots=True)
class FoundLog:
    """A log and its place."""

    header: EvmHeader
    transaction: Transaction
    transaction_index: int
    log_index: int
    log: Log


@dataclass(frozen=True, slots=True)
class AccountProof:
    """EIP-1186: an account, its proof, and the asked slots with theirs."""

    address: bytes
    account: StateAccount
    proof: list[bytes]
    slots: list[tuple[int, int, list[bytes]]]


@dataclass(frozen=True, slots=True)
class SealOfBlock:
    """A seal and the EVM block that its header names."""

    seal: Seal
    header: EvmHeader


class Reader:
    """Answers from what is committed; safe for concurrent use."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._chain_id = ledger.application.genesis.evm_chain_id

    # blocks

    def number_of(self, reference: BlockReference) -> int:
        """Return the number of the block that a caller means.

        Raises:
            NotFoundError: There is none.
        """
        latest = self._ledger.engine.tip.evm_number
        if reference.hash is not None:
            number = self._store.number_of_hash(reference.hash)
            if number is None:
                raise NotFoundError("block", "0x" + reference.hash.hex())
            return number
        if reference.tag is not None:
            return 0 if reference.tag == "earliest" else latest
        if reference.number is None or reference.number > latest:
            raise NotFoundError("block", f"{reference.number} (the latest is {latest})")
        return reference.number

    def header(self, number: int) -> EvmHeader:
        """Return a header that exists."""
        encoded = self._store.header(number)
        if encoded is None:
            raise NotFoundError("block", str(number))
        return EvmHeader.from_rlp(encoded)

    def block(self, number: int) -> Block:
        """Return a block with its transactions."""
        header, body = self.header(number), self._store.body(number)
        return Block(
            header, [self._decode(raw) for raw in body], len(header.to_rlp()) + sum(map(len, body))
        )

    def _decode(self, raw: bytes) -> Transaction:
        return decode_transaction(raw, self._chain_id)

    def receipts(self, number: int) -> list[Receipt]:
        """Return the receipts of a block."""
        return [Receipt.from_bytes(encoded) for encoded in self._store.receipts(number)]

    # logs

    def logs(self, wanted: LogFilter) -> list[FoundLog]:
        """Return the logs that match, oldest first.

        Raises:
            NotFoundError: A bound names no block.
            AnswerLimitError: More than `MAX_LOGS` match, or the range is too long.
        """
        first, last = self.number_of(wanted.first), self.number_of(wanted.last)
        found: list[FoundLog] = []
        for number in self._candidates(wanted, first, last):
            for log in self._logs_of(number):
                if _matches(log.log, wanted):
                    found.append(log)
                    if len(found) > MAX_LOGS:
                        raise AnswerLimitError(
                            f"more than {MAX_LOGS} logs match: ask for fewer blocks at a time, "
                            f"the first {MAX_LOGS} end in block {number}"
                        )
        return found

    def _candidates(self, wanted: LogFilter, first: int, last: int) -> list[int]:
        sets = []
        if wanted.addresses:
            sets.append(
                {
                    number
                    for address in wanted.addresses
                    for number in self._store.blocks_with_address(address, first, last)
                }
            )
        sets.extend(
            {
                number
                for topic in alternatives
                for number in self._store.blocks_with_topic(topic, first, last)
            }
            for alternatives in wanted.topics
            if alternatives
        )
        if not sets:
            if last - first >= MAX_UNFILTERED_BLOCKS:
                raise AnswerLimitError(
                    f"more than {MAX_UNFILTERED_BLOCKS} blocks without an address or topic: ask "
                    "for fewer blocks, or name one"
                )
            return list(range(first, last + 1))
        return sorted(set.intersection(*sets))

    def _logs_of(self, number: int) -> Iterator[FoundLog]:
        receipts = self.receipts(number)
        if not any(receipt.logs for receipt in receipts):
            return
        block, log_index = self.block(number), 0
        for index, (transaction, receipt) in enumerate(
            zip(block.transactions, receipts, strict=True)
        ):
            for log in receipt.logs:
                yield FoundLog(block.header, transaction, index, log_index, log)
                log_index += 1

    # state

    def state(self, number: int) -> StateDatabase:
        """Return the state after a block."""
        return self._ledger.application.state_at(self.header(number))

    def call(self, request: CallRequest, number: int, *, pending: bool = False) -> bytes:
        """Call a contract without effect.

        Args:
            request: The call.
            number: The block on whose state it runs.
            pending: Run as the next block would, with the next number; else with this one's.

        Raises:
            RevertError: The contract refuses.
            ExecutionError: The call fails otherwise.
        """
        gas = min(request.gas or MAX_CALL_GAS, MAX_CALL_GAS)
        computation = self._run(self._call_state(number, pending=pending), request, gas)
        _raise_failure(computation)
        return bytes(computation.output)

    def estimate_gas(self, request: CallRequest, number: int, *, pending: bool = False) -> int:
        """Return a gas limit with which the call succeeds as a transaction; see `call`.

        Raises:
            RevertError: The contract refuses at any limit.
            ExecutionError: The call fails otherwise, or needs more than a transaction may have.
        """
        intrinsic, floor = intrinsic_gas(request.data, ())
        state = self._call_state(number, pending=pending)
        most = min(request.gas or MAX_TRANSACTION_GAS, MAX_TRANSACTION_GAS) - intrinsic
        if most < 0:
            raise ExecutionError(f"the call needs at least {intrinsic} gas")
        computation = self._run(state, request, most)
        _raise_failure(computation)
        low, high = most - computation.get_gas_remaining() - 1, most
        likely = low + low // 63 + 2_400  # inner calls get at most 63/64 of what is left
        while low + 1 < high:
            middle = likely if low < likely < high else (low + high) // 2
            likely = 0
            if self._run(state, request, middle).is_error:
                low = middle
            else:
                high = middle
            if high - low <= high // 64:
                break
        return max(intrinsic + high, floor)

    def _call_state(self, number: int, *, pending: bool) -> LedgerState:
        application, tip = self._ledger.application, self._ledger.engine.tip
        header = self.header(number)
        time_s = tip.time_ns // NANOSECONDS if number == tip.evm_number else header.timestamp
        context = application.context_of(header, time_s, pending=pending)
        # Membership may create contracts here too, so that an installation can be rehearsed.
        return make_state(application.state_at(header), context, application.genesis.membership)

    def _run(self, state: LedgerState, request: CallRequest, gas: int) -> ComputationAPI:
        state.begin_transaction()
        return static_call(state, request.sender, request.to, request.data, gas)

    def proof(self, address: bytes, slots: list[int], number: int) -> AccountProof:
        """Return an account and slots with their proofs (EIP-1186)."""
        state_trie = Trie(self._store.node, self.header(number).state_root)
        account = self.state(number).account(address) or StateAccount()
        storage_trie = Trie(self._store.node, account.storage_root)
        values = self.state(number)
        return AccountProof(
            address,
            account,
            state_trie.prove(keccak256(address)),
            [
                (
                    slot,
                    values.get_storage(address, slot),
                    storage_trie.prove(keccak256(slot.to_bytes(32, "big"))),
                )
                for slot in slots
            ],
        )

    # seals

    def newest_seal(self) -> SealOfBlock:
        """Return the newest sealed header and the block that it names.

        Raises:
            NotYetProvableError: Nothing is sealed yet.
        """
        return self._seal_at(self._ledger.engine.newest_sealed_height(), "latest")

    def seal_of(self, number: int) -> SealOfBlock:
        """Return the first sealed header that names a block.

        Raises:
            NotYetProvableError: It is not sealed yet.
        """
        height = self._store.height_naming(number)
        return self._seal_at(height or 0, str(number))

    def _seal_at(self, height: int, name: str) -> SealOfBlock:
        seal = self._ledger.engine.seal(height)
        number = self._store.evm_number_before(height)
        if seal is None or number is None:
            raise NotYetProvableError("block", name)
        return SealOfBlock(seal, self.header(number))


def _matches(log: Log, wanted: LogFilter) -> bool:
    if wanted.addresses and log.address not in wanted.addresses:
        return False
    if len(wanted.topics) > len(log.topics):
        return False
    return all(
        not alternatives or topic in alternatives
        for alternatives, topic in zip(wanted.topics, log.topics, strict=False)
    )


def _raise_failure(computation: ComputationAPI) -> None:
    if not computation.is_error:
        return
    output = bytes(computation.output)
    if computation.should_burn_gas:
        raise ExecutionError(f"execution failed: {_describe(computation)}")
    raise RevertError(_reason(output), output)


def _describe(computation: ComputationAPI) -> str:
    name = type(computation.error).__name__
    return "out of gas" if name == "OutOfGas" else str(computation.error) or name


def _reason(output: bytes) -> str:
    """Return the text of a Solidity-style Error(string), else an empty one."""
    if output[:4] != _ERROR_SELECTOR or len(output) < _ERROR_TEXT_AT:
        return ""
    length = int.from_bytes(output[36:_ERROR_TEXT_AT], "big")
    return output[_ERROR_TEXT_AT : _ERROR_TEXT_AT + length].decode("utf-8", "replace")
