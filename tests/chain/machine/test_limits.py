"""What contracts may not do, and what bounds their time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.chain import EXERCISE, MEMBERSHIP, Chain, account
from web3 import Web3
from web3.exceptions import ContractLogicError, Web3RPCError

from chain.errors import NotAdmittedError
from chain.machine.rules import MAX_CURVE_WORK, MAX_MODEXP_BYTES

SENDER, OTHER = account(31), account(32)
INIT_CODE = bytes.fromhex("600160005360016000f3")


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    opened = Chain(tmp_path)
    yield opened
    opened.close()


def precompile(number: int) -> str:
    return Web3.to_checksum_address(number.to_bytes(20, "big"))


def test_membership_alone_creates_contracts(chain: Chain) -> None:
    make = chain.exercise.functions.make(INIT_CODE)
    receipt = chain.run(SENDER, make, gas=400_000)
    assert receipt["status"] == 0
    create = chain.membership.functions.create(INIT_CODE)
    create.call()  # it can be rehearsed, too
    with pytest.raises(ContractLogicError):
        make.call()
    assert chain.run(SENDER, create, gas=400_000)["status"] == 1


@pytest.mark.parametrize("number", [3, 8, 9, 10, *range(11, 18)])
def test_slow_precompiles_are_off(chain: Chain, number: int) -> None:
    with pytest.raises(ContractLogicError):
        chain.exercise.functions.precompile(precompile(number), bytes(384)).call()


@pytest.mark.parametrize("number", [1, 2, 4, 6, 7])
def test_the_other_precompiles_answer(chain: Chain, number: int) -> None:
    chain.exercise.functions.precompile(precompile(number), bytes(128)).call()


def modexp(size: int) -> bytes:
    return b"".join(size.to_bytes(32, "big") for _ in range(3)) + b"\x03" * (3 * size)


def test_modexp_is_bounded(chain: Chain) -> None:
    call = chain.exercise.functions.precompile
    expected = pow(
        int.from_bytes(b"\x03" * 256, "big"),
        int.from_bytes(b"\x03" * 256, "big"),
        int.from_bytes(b"\x03" * 256, "big"),
    )
    answer = call(precompile(5), modexp(MAX_MODEXP_BYTES)).call()
    assert int.from_bytes(answer, "big") == expected
    with pytest.raises(ContractLogicError):
        call(precompile(5), modexp(MAX_MODEXP_BYTES + 1)).call()


def test_modexp_with_a_huge_stated_length_is_refused_at_once(chain: Chain) -> None:
    data = b"\xff" * 96
    started = time.monotonic()
    with pytest.raises(ContractLogicError):
        chain.exercise.functions.precompile(precompile(5), data).call()
    assert time.monotonic() - started < 5


def test_work_on_curves_is_bounded_per_transaction(chain: Chain) -> None:
    add = chain.exercise.functions.add_points
    assert chain.run(SENDER, add(100), gas=1_000_000)["status"] == 1
    assert chain.run(SENDER, add(MAX_CURVE_WORK + 1), gas=30_000_000)["status"] == 0
    # the count begins anew with each transaction
    assert chain.run(SENDER, add(100), gas=1_000_000)["status"] == 1


def test_out_of_gas_changes_nothing_but_the_nonce(chain: Chain) -> None:
    receipt = chain.run(SENDER, chain.exercise.functions.spin(), gas=500_000)
    assert (receipt["status"], receipt["gasUsed"]) == (0, 500_000)
    assert chain.exercise.functions.values(0).call() == 0
    assert chain.web3.eth.get_transaction_count(SENDER.address) == 1


def test_instructions_are_bounded_per_transaction(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = chain.exercise.functions.deep
    assert deep(20).call() == 20
    monkeypatch.setattr("chain.machine.computation.MAX_TRANSACTION_STEPS", 1_500)
    assert deep(2).call() == 2
    with pytest.raises((ContractLogicError, Web3RPCError)):
        deep(20).call()  # the calls inside count, too


def test_a_full_block_leaves_the_rest_waiting(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    for amount in range(3):
        chain.send(SENDER, chain.exercise.functions.put(amount, 1))
    monkeypatch.setattr("chain.machine.executor.MAX_BLOCK_STEPS", 1)
    for number in (1, 2, 3):
        chain.seal()
        assert len(chain.web3.eth.get_block(number)["transactions"]) == 1
    assert chain.web3.eth.get_transaction_count(SENDER.address) == 3


def test_unregistered_callees_are_refused(chain: Chain) -> None:
    nobody = chain.contract("exercise", b"\x22" * 20)
    with pytest.raises(Web3RPCError, match="registry"):
        chain.send(SENDER, nobody.functions.put(1, 1))


def test_a_refused_sender_is_refused_at_admission(chain: Chain) -> None:
    chain.run(OTHER, chain.membership.functions.refuse(SENDER.address, True))
    with pytest.raises(Web3RPCError, match="admin key must register"):
        chain.send(SENDER, chain.exercise.functions.put(1, 1))
    chain.run(OTHER, chain.membership.functions.refuse(SENDER.address, False))
    assert chain.run(SENDER, chain.exercise.functions.put(1, 1))["status"] == 1


def test_a_sender_refused_in_the_same_block_is_left_out(chain: Chain) -> None:
    chain.send(OTHER, chain.membership.functions.refuse(SENDER.address, True))
    late = chain.send(SENDER, chain.exercise.functions.put(1, 1))
    chain.seal()
    assert chain.web3.eth.get_block("latest")["transactions"].__len__() == 1
    assert chain.ledger.store.transaction_place(late) is None
    assert chain.exercise.functions.values(1).call() == 0
    assert chain.web3.eth.get_transaction_count(SENDER.address, "pending") == 0


def test_a_contract_closed_in_the_same_block_is_left_out(chain: Chain) -> None:
    exercise = Web3.to_checksum_address(EXERCISE)
    chain.send(OTHER, chain.membership.functions.close(exercise, True))
    chain.send(SENDER, chain.exercise.functions.put(1, 1))
    chain.seal()
    assert chain.exercise.functions.values(1).call() == 0
    with pytest.raises(Web3RPCError, match="in force"):
        chain.send(SENDER, chain.exercise.functions.put(1, 1))


def test_admission_says_who_is_not_admitted(chain: Chain) -> None:
    membership = Web3.to_checksum_address(MEMBERSHIP)
    chain.run(OTHER, chain.membership.functions.close(membership, True))
    raw = chain.sign(OTHER, chain.membership.functions.close(membership, False))
    with pytest.raises(NotAdmittedError) as refused:
        chain.engine.submit(raw)
    assert refused.value.address == MEMBERSHIP


def test_the_deepest_calls_end_without_ending_the_process(chain: Chain) -> None:
    depths: list[int] = []

    def run() -> None:
        depths.append(chain.exercise.functions.deep(300).call())
        with pytest.raises((ContractLogicError, Web3RPCError)):
            chain.exercise.functions.deep(2_000).call()

    thread = threading.Thread(target=run)  # as HTTP serves it: with a thread's own stack
    thread.start()
    thread.join()
    assert depths == [300]


def test_previous_block_hashes_are_readable(chain: Chain) -> None:
    for amount in range(3):
        chain.run(SENDER, chain.exercise.functions.put(1, amount))
    second = chain.web3.eth.get_block(2)["hash"]
    assert chain.exercise.functions.ancestor(2).call() == bytes(second)
    with pytest.raises(ContractLogicError):  # Vyper refuses what is no ancestor
        chain.exercise.functions.ancestor(77).call()


def test_a_pending_call_runs_in_the_next_block(chain: Chain) -> None:
    for amount in range(3):
        chain.run(SENDER, chain.exercise.functions.put(1, amount))
    third = chain.exercise.functions.ancestor(3)  # in block 3 itself, it is no ancestor yet
    newest = bytes(chain.web3.eth.get_block(3)["hash"])
    assert third.call(block_identifier="pending") == newest
    with pytest.raises(ContractLogicError):
        third.call()


def test_a_call_on_latest_has_the_time_of_the_newest_header(chain: Chain) -> None:
    chain.run(SENDER, chain.exercise.functions.put(1, 1))
    at_block = chain.web3.eth.get_block("latest")["timestamp"]
    chain.seal(5)
    assert chain.web3.eth.get_block("latest")["timestamp"] == at_block
    assert chain.exercise.functions.now().call() == at_block + 5
