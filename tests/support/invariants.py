"""Re-verify a whole ledger from its store alone, after whatever was done to it."""

from __future__ import annotations

from chain.ledger import Ledger
from chain.machine.executor import BlockContext, BlockExecutor
from chain.machine.founding import found
from chain.machine.membership import Membership
from chain.machine.state import StateDatabase
from chain.machine.transaction import decode_transaction
from chain.proofs.comet import Commit, Header, ValidatorSet, verify_commit
from chain.proofs.constants import NANOSECONDS
from chain.proofs.evm import EvmHeader
from chain.proofs.trie import ordered_trie_root


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


def check_ledger(ledger: Ledger) -> int:
    """Check every seal, and re-execute every block; return how many transactions there are."""
    genesis, store, tip = ledger.application.genesis, ledger.store, ledger.engine.tip
    check_seals(ledger)
    replayed = Replayed()
    first = found(genesis)
    replayed.add(first.changes)
    assert store.header(0) == first.header.to_rlp()
    database = StateDatabase(replayed, first.changes.root)
    hashes, count = [bytes(first.header.hash())], 0
    for number in range(1, tip.evm_number + 1):
        header = EvmHeader.from_rlp(store.header(number) or b"")
        assert header.parent_hash == hashes[0]
        context = BlockContext(
            genesis.evm_chain_id, number, header.timestamp, hashes[0], list(hashes[:256])
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
        assert list(block.encoded_receipts) == store.receipts(number)
        for index, transaction in enumerate(block.transactions):
            assert store.transaction_place(transaction.hash) == (number, index)
        for node_hash, encoded in block.changes.nodes:
            assert store.node(node_hash) == encoded
        assert store.number_of_hash(header.hash()) == number
        replayed.add(block.changes)
        hashes.insert(0, bytes(header.hash()))
        count += len(body)
    assert tip.evm_hash == hashes[0]
    return count


def check_seals(ledger: Ledger) -> None:
    """Check headers and commits of every height by the rules of CometBFT."""
    genesis, store = ledger.application.genesis, ledger.store
    previous: tuple[Header, Commit] | None = None
    for height in range(1, ledger.engine.newest_sealed_height() + 1):
        seal = ledger.engine.seal(height)
        assert seal is not None
        header, commit = Header.from_bytes(seal.header), Commit.from_bytes(seal.commit)
        validators = ValidatorSet.from_bytes(seal.validator_set)
        assert header.height == height
        assert header.validators_hash == validators.hash()
        verify_commit(genesis.chain_id, validators, header, commit)
        number = store.evm_number_before(height)
        assert number is not None
        named = EvmHeader.from_rlp(store.header(number) or b"")
        assert header.app_hash == named.hash()
        if previous is not None:
            assert header.last_block_id == previous[1].block_id
            assert header.last_commit_hash == previous[1].hash()
            assert header.time > previous[0].time
            assert header.time // NANOSECONDS >= named.timestamp
        previous = (header, commit)
