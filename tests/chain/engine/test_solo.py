"""The embedded engine: seals in the network's format, loses nothing, signs no height twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.chain import (
    Chain,
    Clock,
    TestSealingKey,
    account,
    genesis,
    genesis_json,
    sign_call,
)
from support.faults import BreakingStore, MemoryStore
from support.invariants import check_ledger
from web3.exceptions import Web3RPCError

from chain.engine.application import Application
from chain.engine.solo import EMPTY_BLOCK_INTERVAL_NS, SoloEngine
from chain.errors import EngineStoppedError, GenesisError, StoreError, WrongLedgerError
from chain.genesis import parse_genesis
from chain.ledger import open_solo, solo_ledger
from chain.proofs.comet import Header
from chain.store.ledger import LedgerStore

SENDER, OTHER = account(41), account(42)


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    opened = Chain(tmp_path)
    yield opened
    opened.close()


def put(chain: Chain, amount: int) -> object:
    return chain.exercise.functions.put(1, amount)


def test_every_height_is_sealed_in_the_networks_format(chain: Chain) -> None:
    chain.seal()
    for amount in range(3):
        chain.run(SENDER, put(chain, amount))
        chain.seal(2)
    assert check_ledger(chain.ledger) == 3


def test_an_empty_height_leaves_the_app_hash_unchanged(chain: Chain) -> None:
    chain.run(SENDER, put(chain, 1))
    chain.seal(3)
    seals = [chain.engine.seal(height) for height in (2, 3, 4)]
    hashes = {Header.from_bytes(seal.header).app_hash for seal in seals if seal is not None}
    assert hashes == {chain.engine.tip.evm_hash}
    assert chain.engine.tip.evm_number == 1


def test_final_comes_before_provable(chain: Chain) -> None:
    chain.run(SENDER, put(chain, 1))
    with pytest.raises(Web3RPCError, match="not sealed yet"):
        chain.web3.manager.request_blocking("tradeseal_getSeal", ["0x1"])
    chain.seal()
    seal = chain.web3.manager.request_blocking("tradeseal_getSeal", ["0x1"])
    assert int(seal["height"], 16) == 2


def test_a_ledger_opens_where_it_was_closed(chain: Chain) -> None:
    chain.run(SENDER, put(chain, 5))
    tip = chain.engine.tip
    chain.reopen()
    assert chain.engine.tip == tip
    assert chain.run(SENDER, put(chain, 6))["status"] == 1
    assert check_ledger(chain.ledger) == 2


def test_a_second_process_cannot_open_the_folder(chain: Chain) -> None:
    with pytest.raises(StoreError, match="another process holds"):
        open_solo(chain.folder, genesis(), TestSealingKey())


def test_another_genesis_cannot_open_the_folder(chain: Chain) -> None:
    chain.close()
    other = parse_genesis(genesis_json(chain_id="another"))
    with pytest.raises(WrongLedgerError, match="genesis"):
        open_solo(chain.folder, other, TestSealingKey())
    chain.open()


def test_another_key_cannot_seal(tmp_path: Path) -> None:
    with pytest.raises(GenesisError, match="sealing key"):
        open_solo(tmp_path, genesis(), TestSealingKey(b"\x08" * 32))


def test_time_moves_on_when_the_clock_does_not(tmp_path: Path) -> None:
    chain = Chain(tmp_path, Clock(step_ns=0))
    chain.run(SENDER, put(chain, 1))
    chain.clock.now_ns -= 10**12
    chain.run(SENDER, put(chain, 2))
    assert check_ledger(chain.ledger) == 2
    chain.close()


# the mempool


def test_nonces_follow_each_other(chain: Chain) -> None:
    for amount in range(5):
        chain.send(SENDER, put(chain, amount))
    chain.seal()
    assert chain.web3.eth.get_transaction_count(SENDER.address) == 5


@pytest.mark.parametrize(("nonce", "text"), [(1, "too high"), (7, "too high")])
def test_a_nonce_gap_is_refused(chain: Chain, nonce: int, text: str) -> None:
    with pytest.raises(Web3RPCError, match=f"{text}: the next nonce .* is 0"):
        chain.send(SENDER, put(chain, 1), nonce=nonce)


def test_a_nonce_used_on_the_ledger_is_refused(chain: Chain) -> None:
    chain.run(SENDER, put(chain, 1))
    with pytest.raises(Web3RPCError, match="too low"):
        chain.send(SENDER, put(chain, 2), nonce=0)


def test_a_nonce_that_waits_is_refused_for_another_transaction(chain: Chain) -> None:
    chain.send(SENDER, put(chain, 1), nonce=0)
    with pytest.raises(Web3RPCError, match="too low"):
        chain.send(SENDER, put(chain, 2), nonce=0)


def test_the_same_transaction_again_changes_nothing(chain: Chain) -> None:
    raw = chain.sign(SENDER, put(chain, 1))
    first = chain.engine.submit(raw)
    assert chain.engine.submit(raw) == first
    chain.seal()
    with pytest.raises(Exception, match="too low"):
        chain.engine.submit(raw)
    assert check_ledger(chain.ledger) == 1


def test_a_block_takes_no_more_gas_than_its_limit(chain: Chain) -> None:
    for amount in range(3):
        chain.send(SENDER, put(chain, amount), gas=30_000_000)
    chain.seal()
    assert len(chain.web3.eth.get_block(1)["transactions"]) == 2
    chain.seal()
    assert len(chain.web3.eth.get_block(2)["transactions"]) == 1


def test_what_waits_is_shown_as_pending(chain: Chain) -> None:
    transaction_hash = chain.send(SENDER, put(chain, 1))
    waiting = chain.web3.eth.get_transaction(transaction_hash)
    assert waiting.get("blockNumber") is None
    assert chain.web3.eth.get_transaction_count(SENDER.address, "pending") == 1
    assert chain.web3.eth.get_transaction_count(SENDER.address) == 0


# the thread


def test_the_thread_seals_soon_and_proves_by_itself(tmp_path: Path) -> None:
    chain = Chain(tmp_path)
    chain.ledger.close()
    ledger = open_solo(tmp_path, genesis(), TestSealingKey())
    raw = sign_call(SENDER, put(chain, 1), nonce=0)
    ledger.engine.submit(raw)
    deadline = time.monotonic() + 10
    while ledger.engine.tip.height < (ledger.store.height_naming(1) or 2**63):
        assert time.monotonic() < deadline
        ledger.engine.wait_beyond(ledger.engine.tip.height, 0.1)
    assert check_ledger(ledger) == 1
    ledger.close()
    with pytest.raises(EngineStoppedError):
        ledger.engine.submit(raw)


def test_an_idle_ledger_seals_empty_blocks_at_its_interval() -> None:
    assert EMPTY_BLOCK_INTERVAL_NS == 10_000_000_000
    application = Application(LedgerStore(MemoryStore()), genesis())
    engine = SoloEngine(application, TestSealingKey(), empty_block_interval_ns=100_000_000)
    engine.start()
    assert engine.wait_beyond(1, 10)  # the genesis block's header, then an empty one
    assert engine.wait_beyond(engine.tip.height, 10)
    assert engine.tip.evm_number == 0
    engine.stop()


# faults


@dataclass(frozen=True)
class RecordingKey(TestSealingKey):
    """Remembers what it signed."""

    __test__ = False
    signed: list[bytes] = field(default_factory=list)

    def sign(self, message: bytes) -> bytes:
        self.signed.append(message)
        return super().sign(message)


@pytest.mark.parametrize("persisted", [False, True], ids=["lost", "persisted"])
@pytest.mark.parametrize("break_at", range(9))
def test_any_broken_write_loses_nothing_and_signs_nothing_twice(
    tmp_path: Path, break_at: int, persisted: bool
) -> None:
    calls = Chain(tmp_path)
    raws = [sign_call(SENDER, put(calls, amount), nonce=amount) for amount in range(4)]
    calls.close()
    memory, key = MemoryStore(), RecordingKey()
    store = BreakingStore(memory, break_at, persisted)
    try:
        ledger = solo_ledger(store, genesis(), key, clock=Clock(), start=False)
        for raw in raws:
            ledger.engine.submit(raw)
            ledger.engine.seal_next()
    except StoreError:
        final = memory.content.get(b"mtip")
    reopened = solo_ledger(memory, genesis(), key, clock=Clock(10**18 * 2), start=False)
    if final is not None:  # what was final stays
        assert memory.content[b"mtip"] >= final
    for nonce, raw in enumerate(raws):  # as an outbox does: send again what is not final
        sender = bytes.fromhex(SENDER.address[2:])
        if reopened.engine.next_nonce(sender) == nonce:
            reopened.engine.submit(raw)
            reopened.engine.seal_next()
    reopened.engine.seal_next()
    assert check_ledger(reopened) == 4
    heights = [message[4:12] for message in set(key.signed)]
    assert len(heights) == len(set(heights))  # one message at each height, however often signed


def test_a_fault_in_the_thread_stops_the_engine_and_is_not_a_result() -> None:
    store = BreakingStore(MemoryStore(), 2, persisted=False)
    ledger = solo_ledger(store, genesis(), TestSealingKey())
    ledger.engine.join()
    assert ledger.engine.tip.height == 0
    with pytest.raises(EngineStoppedError, match="broken on purpose"):
        ledger.engine.submit(b"")
