"""The machine gives what plain py-evm gives: roots, gas, blooms, block hashes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.chain import EXERCISE, GENESIS_TIME_NS, Chain, account, genesis, sign_call
from support.reference import Reference

from chain.machine.founding import found
from chain.proofs.constants import NANOSECONDS

SENDERS = [account(number) for number in (11, 12, 13)]


def test_founding_equals_plain_py_evm() -> None:
    assert found(genesis()).header.hash() == Reference(genesis()).header.hash


SLOTS = st.integers(0, 5)
AMOUNTS = st.sampled_from([0, 1, 2**255, 77])
OPERATIONS = st.one_of(
    st.tuples(st.just("register"), st.integers(0, 3), st.integers(0, 3)),
    st.tuples(st.just("put"), SLOTS, AMOUNTS),
    st.tuples(st.just("put_and_fail"), SLOTS, AMOUNTS),
    st.tuples(st.just("put_around"), SLOTS, AMOUNTS, AMOUNTS),
    st.tuples(st.just("use_transient"), AMOUNTS),
    st.tuples(st.just("spin")),
    st.tuples(st.just("ancestor"), st.integers(0, 4)),
    st.tuples(st.just("add_points"), st.integers(0, 3)),
    st.tuples(st.just("deep"), st.integers(0, 12)),
)
BLOCKS = st.lists(
    st.lists(st.tuples(st.integers(0, 2), OPERATIONS, st.sampled_from([0, 2])), max_size=6),
    min_size=1,
    max_size=5,
)


def call_of(chain: Chain, operation: tuple[Any, ...]) -> Any:
    name, *arguments = operation
    if name == "register":
        arguments = [number.to_bytes(32, "big") for number in arguments]
    return chain.exercise.functions[name](*arguments)


def compare(folder: Path, blocks: list[list[tuple[int, tuple[Any, ...], int]]]) -> None:
    chain, reference = Chain(folder), Reference(genesis())
    nonces = [0, 0, 0]
    for block in blocks:
        raws = []
        for sender, operation, type_id in block:
            call = call_of(chain, operation)
            raws.append(
                sign_call(SENDERS[sender], call, nonce=nonces[sender], gas=400_000, type_id=type_id)
            )
            nonces[sender] += 1
            chain.engine.submit(raws[-1])
        chain.seal()
        if raws:
            reference.block(chain.engine.tip.time_ns // NANOSECONDS, raws)
        assert chain.engine.tip.evm_hash == reference.header.hash
    chain.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(blocks=BLOCKS)
def test_random_blocks_equal_plain_py_evm(
    tmp_path_factory: pytest.TempPathFactory, blocks: list[Any]
) -> None:
    compare(tmp_path_factory.mktemp("ledger"), blocks)


def test_deleting_the_last_slots_equals_plain_py_evm(tmp_path: Path) -> None:
    fill = [(0, ("put", slot, 1), 2) for slot in range(60)]
    empty = [(0, ("put", slot, 0), 2) for slot in range(60)]
    compare(tmp_path, [fill[:30], fill[30:], empty[:20], empty[20:59], empty[59:], fill[:1]])


def test_creation_by_membership_equals_plain_py_evm(tmp_path: Path) -> None:
    chain, reference = Chain(tmp_path), Reference(genesis())
    # init code that returns one byte of code, then init code that reverts
    for nonce, init_code in enumerate((bytes.fromhex("600160005360016000f3"), b"\xfd")):
        raw = sign_call(
            SENDERS[0], chain.membership.functions.create(init_code), nonce=nonce, gas=400_000
        )
        chain.engine.submit(raw)
        chain.seal()
        reference.block(chain.engine.tip.time_ns // NANOSECONDS, [raw])
        assert chain.engine.tip.evm_hash == reference.header.hash
    created = chain.membership.functions.created().call()
    assert chain.web3.eth.get_code(created) == b"\x01"
    chain.close()


def test_the_reference_differs_where_the_state_differs(tmp_path: Path) -> None:
    chain, reference = Chain(tmp_path), Reference(genesis())
    call = chain.exercise.functions.put
    chain.engine.submit(sign_call(SENDERS[0], call(1, 1), nonce=0))
    chain.seal()
    reference.block(
        GENESIS_TIME_NS // NANOSECONDS + 1, [sign_call(SENDERS[0], call(1, 2), nonce=0)]
    )
    assert chain.engine.tip.evm_hash != reference.header.hash
    assert chain.ledger.application.genesis.membership != EXERCISE
    chain.close()
