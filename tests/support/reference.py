"""Plain py-evm, as a reference for results and as the baseline of the benchmarks.

Its own account database, trie, transaction classes and block building; nothing of `chain.machine`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from eth.consensus import ConsensusContext
from eth.db.atomic import AtomicDB
from eth.db.chain import ChainDB
from eth.vm.chain_context import ChainContext
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.blocks import PragueBlock, PragueBlockHeader
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.prague.state import PragueState
from eth.vm.forks.prague.transactions import PragueTransactionBuilder
from eth.vm.message import Message

from chain.genesis import Genesis
from chain.machine.founding import founding_address
from chain.machine.rules import GENESIS_GAS, MAX_BLOCK_GAS
from chain.proofs.constants import FOUNDER


class ReferenceVM(PragueVM):
    """Prague without requests of an execution layer, and with given previous hashes."""

    hashes: Sequence[bytes] = ()

    def block_postprocessing(self, block: Any) -> Any:
        return block

    @property
    def previous_hashes(self) -> Iterable[bytes]:
        return self.hashes


class Reference:
    """A chain of plain py-evm blocks over a database of py-evm's own kind."""

    def __init__(self, genesis: Genesis, backend: Any = None) -> None:
        self.chain_id = genesis.evm_chain_id
        self.database = AtomicDB(backend)
        self.chaindb = ChainDB(self.database)
        self.hashes: list[bytes] = []
        root = self._found(genesis)
        self.header = self._header(0, genesis.time_s, bytes(32), root)
        self.hashes.insert(0, self.header.hash)

    def _header(self, number: int, time_s: int, parent: bytes, root: bytes) -> Any:
        return PragueBlockHeader(
            difficulty=0,
            block_number=number,
            gas_limit=MAX_BLOCK_GAS,
            timestamp=time_s,
            parent_hash=parent,
            state_root=root,
            nonce=bytes(8),
        )

    def _found(self, genesis: Genesis) -> bytes:
        context = ExecutionContext(
            bytes(20), genesis.time_s, 0, 0, bytes(32), MAX_BLOCK_GAS, (), self.chain_id, 0, 0
        )
        state = PragueState(
            self.database,
            context,
            bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"),
        )
        for nonce, call in enumerate(genesis.founding):
            state.lock_changes()
            state.increment_nonce(FOUNDER)
            transaction_context = state.get_transaction_context_class()(0, FOUNDER)
            if call.to is None:
                address = founding_address(nonce)
                message = Message(
                    GENESIS_GAS, b"", FOUNDER, 0, b"", call.data, create_address=address
                )
                done = PragueComputation.apply_create_message(state, message, transaction_context)
            else:
                code = state.get_code(call.to)
                message = Message(GENESIS_GAS, call.to, FOUNDER, 0, call.data, code)
                done = PragueComputation.apply_message(state, message, transaction_context)
            assert not done.is_error, done.error
        state.persist()
        return bytes(state.state_root)

    def block(self, time_s: int, raws: Sequence[bytes]) -> Any:
        """Execute raw transactions and return the header of the new block."""
        base = self._header(
            self.header.block_number + 1, time_s, self.header.hash, self.header.state_root
        )
        vm = ReferenceVM(base, self.chaindb, ChainContext(self.chain_id), ConsensusContext(None))
        vm.hashes = self.hashes
        header, transactions, receipts = base, [], []
        for raw in raws:
            transaction = PragueTransactionBuilder.decode(raw)
            receipt, _ = vm.apply_transaction(header, transaction)
            header = vm.add_receipt_to_header(header, receipt)
            transactions.append(transaction)
            receipts.append(receipt)
        block = vm.set_block_transactions_and_withdrawals(
            PragueBlock(base, [], []), header, transactions, receipts
        )
        self.header = vm.finalize_block(block).block.header
        self.hashes.insert(0, self.header.hash)
        return self.header
