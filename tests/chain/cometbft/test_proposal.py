"""What a proposer composes the others accept; what no honest proposer sends they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.abci import Replica
from support.chain import (
    EVM_CHAIN_ID,
    EXERCISE,
    MEMBERSHIP,
    account,
    compiled,
    genesis,
    sign_call,
)
from support.faults import MemoryStore
from web3 import Web3

from chain.engine.cometbft import proposal as proposal_module
from chain.engine.cometbft.proposal import compose, objection
from chain.errors import AdmissionError
from chain.machine.rules import MAX_BLOCK_GAS, MAX_BLOCK_TRANSACTIONS

SENDERS = [account(number) for number in (71, 72, 73)]
REFUSED, ADMIN = account(74), account(75)


def contract(name: str, address: bytes) -> Any:
    return Web3().eth.contract(address=Web3.to_checksum_address(address), abi=compiled(name)["abi"])


CALL = contract("exercise", EXERCISE).functions.put(1, 2)
MEMBERSHIP_CALLS = contract("open_membership", MEMBERSHIP).functions


def signed(sender: int, nonce: int, gas: int = 300_000) -> bytes:
    return sign_call(SENDERS[sender], CALL, nonce=nonce, gas=gas)


@pytest.fixture(scope="module")
def replica() -> Iterator[Replica]:
    """At height 1; one account may not send, and the first sender's nonce is 1."""
    made = Replica(MemoryStore(), genesis())
    refuse = sign_call(ADMIN, MEMBERSHIP_CALLS.refuse(REFUSED.address, True), nonce=0)
    made.run(1, [refuse, signed(0, 0)])
    yield made
    made.application.store.close()


def objection_of(replica: Replica, *raws: bytes) -> str | None:
    return objection(replica.application, raws)


def test_an_honest_proposal_is_accepted(replica: Replica) -> None:
    raws = [signed(0, 1), signed(1, 0), signed(0, 2), signed(1, 1)]
    assert objection_of(replica, *raws) is None
    assert replica.accepts(2, raws)
    assert replica.accepts(2, [])


def test_what_is_malformed_is_refused(replica: Replica) -> None:
    whole = signed(1, 0)
    for raw in (b"", b"\x02garbage", whole[:-1], whole + b"\0", bytes(200_000)):
        found = objection_of(replica, signed(0, 1), raw)
        assert found is not None
        assert found.startswith("transaction 1: ")
        assert not replica.accepts(2, [raw])


def test_another_chains_transaction_is_refused(replica: Replica) -> None:
    foreign = {
        "chainId": EVM_CHAIN_ID + 1,
        "nonce": 0,
        "gas": 300_000,
        "to": CALL.address,
        "value": 0,
        "data": "0x",
        "gasPrice": 0,
    }
    raw = bytes(SENDERS[1].sign_transaction(foreign).raw_transaction)
    assert "chain" in (objection_of(replica, raw) or "")
    home = bytes(SENDERS[1].sign_transaction(foreign | {"chainId": EVM_CHAIN_ID}).raw_transaction)
    assert objection_of(replica, home) is None


def test_a_sender_that_may_not_send_is_refused(replica: Replica) -> None:
    raw = sign_call(REFUSED, CALL, nonce=0)
    assert "sender 0x" in (objection_of(replica, raw) or "")
    assert objection_of(replica, sign_call(account(76), CALL, nonce=0)) is None


def test_a_callee_that_is_not_in_force_is_refused(replica: Replica) -> None:
    nobody = contract("exercise", b"\x33" * 20).functions.put(1, 2)
    raw = sign_call(SENDERS[1], nobody, nonce=0)
    assert "contract 0x" in (objection_of(replica, raw) or "")


@pytest.mark.parametrize("nonces", [(0,), (2,), (1, 3), (1, 1), (2, 1), (1, 2, 4)])
def test_nonces_that_do_not_follow_are_refused(replica: Replica, nonces: tuple[int, ...]) -> None:
    assert "nonce too" in (objection_of(replica, *(signed(0, nonce) for nonce in nonces)) or "")


def test_a_transaction_stands_only_once(replica: Replica) -> None:
    assert "nonce too low" in (objection_of(replica, signed(1, 0), signed(1, 0)) or "")


def test_too_much_gas_is_refused(replica: Replica) -> None:
    half = MAX_BLOCK_GAS // 2
    assert objection_of(replica, signed(0, 1, half), signed(1, 0, half)) is None
    found = objection_of(replica, signed(0, 1, half), signed(1, 0, half), signed(2, 0, 21_900))
    assert found is not None
    assert f"at most {MAX_BLOCK_GAS}" in found


def test_too_many_transactions_are_refused(
    replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = objection_of(replica, *[b""] * (MAX_BLOCK_TRANSACTIONS + 1))
    assert found is not None
    assert f"at most {MAX_BLOCK_TRANSACTIONS}" in found
    monkeypatch.setattr(proposal_module, "MAX_BLOCK_TRANSACTIONS", 2)
    assert objection_of(replica, signed(0, 1), signed(0, 2)) is None
    assert objection_of(replica, signed(0, 1), signed(0, 2), signed(0, 3)) is not None


def test_what_its_sender_may_no_longer_send_is_not_proposed() -> None:
    replica = Replica(MemoryStore(), genesis())
    late = [sign_call(REFUSED, CALL, nonce=nonce) for nonce in range(3)]
    for raw in (*late, signed(1, 0)):
        replica.pool.take(raw)
    refuse = sign_call(ADMIN, MEMBERSHIP_CALLS.refuse(REFUSED.address, True), nonce=0)
    replica.run(1, [refuse])
    assert compose(replica.application, replica.pool, MAX_BLOCK_GAS, 10**6) == [signed(1, 0)]
    assert [each.raw for each in replica.pool.all()] == [*late[1:], signed(1, 0)]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2), st.integers(0, 5), st.sampled_from([30_000, 300_000, 30_000_000])
        ),
        max_size=25,
    ),
    st.integers(1, MAX_BLOCK_GAS),
    st.integers(0, 3_000),
)
def test_what_is_composed_is_never_objected_to(
    replica: Replica, sent: list[tuple[int, int, int]], gas: int, max_bytes: int
) -> None:
    for waiting in replica.pool.all():
        replica.pool.drop(waiting)
    for sender, nonce, limit in sent:
        try:
            replica.check(signed(sender, nonce, limit))
        except AdmissionError:
            raise AssertionError("an answer, not an error") from None
    chosen = compose(replica.application, replica.pool, gas, max_bytes)
    assert objection(replica.application, chosen) is None
    assert sum(len(raw) for raw in chosen) <= max_bytes
    prepared = replica.prepare(2)
    assert replica.accepts(2, prepared)
    waiting = {each.raw for each in replica.pool.all()}
    assert set(prepared) <= waiting


def test_a_refused_proposal_changes_nothing(replica: Replica) -> None:
    before = replica.application.tip
    assert not replica.accepts(2, [signed(0, 7)])
    assert replica.application.tip == before
    assert replica.accepts(2, [signed(0, 1)])
