"""Re-verify a whole ledger from its store alone, after whatever was done to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from chain.engine.protocol import Seal
from chain.genesis import Genesis
from chain.ledger import Ledger
from chain.machine.executor import BlockContext, BlockExecutor, ExecutedBlock
from chain.machine.founding import found
from chain.machine.membership import Membership
from chain.machine.state import StateDatabase
from chain.machine.transaction import decode_transaction
from chain.proofs.comet import Commit, Header, ValidatorSet, verify_commit
from chain.proofs.constants import NANOSECONDS
from chain.proofs.evm import EvmHeader
from chain.proofs.keccak import keccak256
from chain.proofs.trie import ordered_trie_root
from chain.store.ledger import LedgerStore, Tip

RECORDED = keccak256(b"Recorded(bytes32,bytes32,bytes32,uint256,bytes32)")


class Replayed:
    """The nodes that a replay makes, apart from the ledger's own."""

    def __init__(self) -> None:
        self.nodes: dict[bytes, bytes] = {}
        self.codes: dict[bytes, bytes] = {}

    def node(self, node_hash: bytes) -> bytes | None:
        return self.nodes.get(node_hash)

    def code(self, code_hash: bytes) -> bytes | None:
        return self.codes.get(code_hash)

    def add(self, changes) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
        self.nodes.update(changes.nodes)
        self.codes.update(changes.codes)


@dataclass
class Tally:
    """How often each transaction, and each record by its digest, is on a ledger."""

    transactions: Counter[bytes] = field(default_factory=Counter)
    records: Counter[bytes] = field(default_factory=Counter)

    def add(self, block: ExecutedBlock) -> None:
        self.transactions.update(transaction.hash for transaction in block.transactions)
        self.records.update(
            log.topics[2]
            for receipt in block.receipts
            for log in receipt.logs
            if log.topics[0] == RECORDED
        )


def check_ledger(ledger: Ledger) -> int:
    """Check every seal, and re-execute every block; return how many transactions there are."""
    genesis, store, engine = ledger.application.genesis, ledger.store, ledger.engine
    seals = [engine.seal(height) for height in range(1, engine.newest_sealed_height() + 1)]
    check_seals([store], genesis, [seal for seal in seals if seal is not None])
    assert None not in seals
    return check_blocks([store], genesis).transactions.total()


def check_blocks(stores: Sequence[LedgerStore], genesis: Genesis) -> Tally:
    """Re-execute every block from the genesis on, and compare it with each of the stores.

    The stores are of the same ledger; some may have ended earlier than others.
    """
    tips = [_tip(store) for store in stores]
    longest = stores[max(range(len(tips)), key=lambda index: tips[index].evm_number)]
    replayed, tally = Replayed(), Tally()
    first = found(genesis)
    replayed.add(first.changes)
    assert [store.header(0) for store in stores] == [first.header.to_rlp()] * len(stores)
    database = StateDatabase(replayed, first.changes.root)
    hashes = [bytes(first.header.hash())]
    for number in range(1, max(tip.evm_number for tip in tips) + 1):
        block = _execute(longest, number, genesis, database, hashes)
        for store, tip in zip(stores, tips, strict=True):
            if number <= tip.evm_number:
                _compare(store, block)
        replayed.add(block.changes)
        tally.add(block)
        hashes.append(bytes(block.header.hash()))
    assert [tip.evm_hash for tip in tips] == [hashes[tip.evm_number] for tip in tips]
    return tally


def check_seals(stores: Sequence[LedgerStore], genesis: Genesis, seals: Sequence[Seal]) -> None:
    """Check headers and commits of every height from 1 on by the rules of CometBFT.

    Each seal's header has to name the block that every store has at its height.
    """
    announced = genesis.validator_set().hash()
    previous: tuple[Header, Commit] | None = None
    for height, seal in enumerate(seals, 1):
        header, commit = Header.from_bytes(seal.header), Commit.from_bytes(seal.commit)
        validators = ValidatorSet.from_bytes(seal.validator_set)
        assert header.height == height
        assert header.validators_hash == validators.hash() == announced
        verify_commit(genesis.chain_id, validators, header, commit)
        for store in stores:
            _require_named(store, header)
        if previous is not None:
            assert header.last_block_id == previous[1].block_id
            assert header.last_commit_hash == previous[1].hash()
            assert header.time > previous[0].time
        previous, announced = (header, commit), header.next_validators_hash


def _tip(store: LedgerStore) -> Tip:
    tip = store.tip()
    assert tip is not None
    return tip


def _execute(
    store: LedgerStore, number: int, genesis: Genesis, database: StateDatabase, hashes: list[bytes]
) -> ExecutedBlock:
    header = EvmHeader.from_rlp(store.header(number) or b"")
    assert header.parent_hash == hashes[-1]
    context = BlockContext(
        genesis.evm_chain_id, number, header.timestamp, hashes[-1], hashes[:-257:-1]
    )
    executor = BlockExecutor(database, context, Membership(genesis.membership))
    body = store.body(number)
    assert header.transactions_root == ordered_trie_root(body)
    for raw in body:
        outcome = executor.run(decode_transaction(raw, genesis.evm_chain_id))
        assert outcome.refusal is None
    block = executor.finish()
    assert block is not None
    assert block.header == header
    return block


def _compare(store: LedgerStore, block: ExecutedBlock) -> None:
    """Check that a store has all of a block, and the same."""
    number = block.header.number
    assert store.header(number) == block.header.to_rlp()
    assert store.number_of_hash(block.header.hash()) == number
    assert store.body(number) == [transaction.raw for transaction in block.transactions]
    assert store.receipts(number) == list(block.encoded_receipts)
    for index, transaction in enumerate(block.transactions):
        assert store.transaction_place(transaction.hash) == (number, index)
    for node_hash, encoded in block.changes.nodes:
        assert store.node(node_hash) == encoded


def _require_named(store: LedgerStore, header: Header) -> None:
    number = store.evm_number_before(header.height)
    assert number is not None
    named = EvmHeader.from_rlp(store.header(number) or b"")
    assert header.app_hash == named.hash()
    assert header.time // NANOSECONDS >= named.timestamp
