"""The bridge asked as CometBFT asks: what it answers, what is durable, and what must not happen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.abci import SECOND_NS, Replica, init_chain_request, timestamp
from support.chain import (
    EXERCISE,
    MEMBERSHIP,
    TestSealingKey,
    account,
    compiled,
    genesis,
    sign_call,
)
from support.comet import network_genesis, validator_key
from support.faults import BreakingStore, MemoryStore
from support.network import CHAIN_ID, DAY, GENESIS_TIME, GOVERNORS, MEMBERS, VN_AUTHORITY
from web3 import Web3

from chain.engine.application import Application
from chain.engine.cometbft import abci_pb2 as abci
from chain.engine.solo import SoloEngine
from chain.errors import EngineMismatchError, StoreError
from chain.genesis import parse_genesis
from chain.ledger import Ledger
from chain.machine.founding import found
from chain.proofs.comet import Validator, ValidatorSet
from chain.rpc.methods import Methods
from chain.store.keyvalue import KeyValueStore, RocksStore
from chain.store.ledger import LedgerStore
from contracts.ledger import Ledger as NetworkLedger
from contracts.membership import governance
from contracts.membership.binding import MembershipContract
from contracts.membership.founding import membership_address
from contracts.membership.records import GOVERNANCE, Proposal
from contracts.records.record import RecordDomain
from contracts.records.signed import sign_digest

SENDER, OTHER = account(81), account(82)


def contract(name: str, address: bytes) -> Any:
    return Web3().eth.contract(address=Web3.to_checksum_address(address), abi=compiled(name)["abi"])


EXERCISES = contract("exercise", EXERCISE).functions
MEMBERSHIP_CALLS = contract("open_membership", MEMBERSHIP).functions


def put(nonce: int, amount: int = 1, sender: Any = SENDER) -> bytes:
    return sign_call(sender, EXERCISES.put(nonce, amount), nonce=nonce)


Open = Callable[[], Replica]


@pytest.fixture(params=["rocks", "memory"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Open the same store again and again, as after a crash of the process."""
    memory, opened = MemoryStore(), []

    def open_() -> Replica:
        for store in opened:
            store.close()
        store: KeyValueStore
        store = memory if request.param == "memory" else RocksStore(tmp_path / "ledger")
        opened.append(store)
        return Replica(store, genesis())

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def replica() -> Replica:
    return Replica(MemoryStore(), genesis())


# Info and InitChain


def test_a_new_ledger_says_that_it_has_nothing(replica: Replica) -> None:
    info = replica.info()
    assert (info.data, info.last_block_height, info.last_block_app_hash) == ("tradeseal", 0, b"")
    assert replica.told.connections == 1


def test_the_chain_begins_with_the_hash_of_the_genesis_block(replica: Replica) -> None:
    answer = replica.init_chain()
    assert answer.app_hash == found(genesis()).header.hash()
    assert replica.init_chain() == answer  # CometBFT asks again where it crashed before height 1


def wrong_validators() -> list[Any]:
    request = init_chain_request(genesis())
    more = abci.ValidatorUpdate(pub_key=abci.PublicKey(ed25519=b"\x01" * 32), power=10)
    (own,) = request.validators
    lighter = abci.ValidatorUpdate(pub_key=own.pub_key, power=9)
    return [[], [more], [own, more], [lighter]]


@pytest.mark.parametrize("index", range(4))
def test_a_chain_of_other_validators_is_refused(replica: Replica, index: int) -> None:
    request = init_chain_request(genesis())
    del request.validators[:]
    request.validators.extend(wrong_validators()[index])
    with pytest.raises(EngineMismatchError, match="other validators"):
        replica.bridge.answer(abci.Request(init_chain=request))


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"chain_id": "another"}, "its chain is 'another'"),
        ({"time": timestamp(genesis().time_ns + 1)}, "another time"),
        ({"initial_height": 2}, "initial height"),
    ],
)
def test_another_chain_is_refused(replica: Replica, changes: dict[str, Any], text: str) -> None:
    with pytest.raises(EngineMismatchError, match=text):
        replica.init_chain(**changes)


def test_a_ledger_that_has_begun_does_not_begin_again(replica: Replica) -> None:
    replica.init_chain()
    replica.run(1)
    with pytest.raises(EngineMismatchError, match="the ledger is at height 1"):
        replica.init_chain()


def test_info_names_what_is_durable_alone(reopen: Open) -> None:
    replica = reopen()
    answer = replica.run(1, [put(0)])
    replica.finalize(2, [put(1)])
    for info in (replica.info(), reopen().info()):
        assert (info.last_block_height, info.last_block_app_hash) == (1, answer.app_hash)


# heights


def test_a_height_is_executed_and_committed(reopen: Open) -> None:
    replica = reopen()
    first = replica.run(1, [put(0), put(1)])
    assert [result.code for result in first.tx_results] == [0, 0]
    assert all(0 < result.gas_used <= result.gas_wanted == 300_000 for result in first.tx_results)
    assert first.app_hash == replica.application.tip.evm_hash != found(genesis()).header.hash()
    assert [each.execution.tip.height for each in replica.told.heights] == [1]
    assert reopen().application.tip == replica.application.tip


def test_an_empty_height_leaves_the_app_hash(replica: Replica) -> None:
    genesis_hash = replica.init_chain().app_hash
    assert replica.run(1).app_hash == genesis_hash
    busy = replica.run(2, [put(0)]).app_hash
    assert [replica.run(height).app_hash for height in (3, 4)] == [busy, busy] != [genesis_hash] * 2
    assert (replica.application.tip.height, replica.application.tip.evm_number) == (4, 1)


def test_a_height_where_nothing_may_execute_leaves_the_app_hash(replica: Replica) -> None:
    before = replica.run(1, [put(0)]).app_hash
    answer = replica.run(2, [put(0), put(5), b"garbage"])
    assert [result.code for result in answer.tx_results] == [1, 1, 1]
    assert answer.app_hash == before


def test_executing_twice_gives_the_same_answer(replica: Replica) -> None:
    first = replica.finalize(1, [put(0)])
    assert replica.finalize(1, [put(0)]) == first
    replica.commit()
    assert replica.application.tip.evm_hash == first.app_hash
    assert len(replica.told.heights) == 1


def test_another_block_of_the_height_is_executed_as_if_it_were_the_first() -> None:
    close = sign_call(OTHER, MEMBERSHIP_CALLS.refuse(SENDER.address, True), nonce=0)
    one, fresh = (Replica(MemoryStore(), genesis()) for _ in range(2))
    one.finalize(1, [close, put(0, 7)])  # after it, the sender could not send
    assert one.finalize(1, [put(0, 8)]) == fresh.finalize(1, [put(0, 8)])
    for replica in (one, fresh):
        replica.commit()
    assert one.run(2, [put(1)]) == fresh.run(2, [put(1)])
    assert one.application.store._store.content == fresh.application.store._store.content  # type: ignore[attr-defined]


def test_a_crash_before_commit_is_executed_again_to_the_same_hash(reopen: Open) -> None:
    replica = reopen()
    replica.run(1, [put(0)])
    lost = replica.finalize(2, [put(1), put(2)])
    replica = reopen()
    assert replica.info().last_block_height == 1
    assert replica.finalize(2, [put(1), put(2)]) == lost
    replica.commit()
    assert reopen().info().last_block_app_hash == lost.app_hash


def test_committing_what_was_not_executed_is_refused(replica: Replica) -> None:
    with pytest.raises(EngineMismatchError, match="not executed"):
        replica.commit()
    replica.run(1, [put(0)])
    with pytest.raises(EngineMismatchError, match="not executed"):
        replica.commit()


@pytest.mark.parametrize("height", [-1, 0, 1, 3, 2**62])
def test_a_height_that_does_not_follow_is_refused(replica: Replica, height: int) -> None:
    replica.run(1)
    for ask in (replica.finalize, replica.accepts):
        with pytest.raises(EngineMismatchError, match=f"height {height}, the ledger is at 1"):
            ask(height, [])
    with pytest.raises(EngineMismatchError, match=f"height {height}"):
        replica.prepare(height)
    replica.run(2)


@pytest.mark.parametrize("persisted", [False, True], ids=["lost", "persisted"])
def test_a_broken_write_is_raised_and_nothing_is_half_written(persisted: bool) -> None:
    memory = MemoryStore()
    broken = Replica(BreakingStore(memory, 2, persisted), genesis())  # founding, height 1, height 2
    first = broken.run(1, [put(0)])
    before = dict(memory.content)
    second = broken.finalize(2, [put(1), put(2)])
    with pytest.raises(StoreError, match="broken on purpose"):
        broken.commit()
    assert [each.execution.tip.height for each in broken.told.heights] == [1]
    again = Replica(memory, genesis())
    if persisted:
        assert again.info().last_block_app_hash == second.app_hash
        assert again.info().last_block_height == 2
    else:
        assert memory.content == before
        assert again.info().last_block_app_hash == first.app_hash
        assert again.run(2, [put(1), put(2)]) == second


def test_the_same_blocks_give_what_the_embedded_engine_gives() -> None:
    close = sign_call(OTHER, MEMBERSHIP_CALLS.refuse(SENDER.address, True), nonce=0)
    late = sign_call(OTHER, EXERCISES.spin(), nonce=1, gas=200_000)
    blocks = [[put(0), put(1)], [], [close, put(2), late], [b"garbage", put(2)]]
    replica = Replica(MemoryStore(), genesis())
    application = Application(LedgerStore(MemoryStore()), genesis())
    for height, raws in enumerate(blocks, start=1):
        answer = replica.run(height, raws)
        execution = application.execute(height, genesis().time_ns + height * SECOND_NS, raws)
        application.commit(execution)
        assert answer.app_hash == execution.tip.evm_hash
        assert [(each.code, each.gas_used) for each in answer.tx_results] == [
            (each.code, each.gas_used) for each in execution.results
        ]
    assert replica.application.tip == application.tip
    assert application.tip.evm_number == 2


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3), st.integers(0, 2)), max_size=4),
        max_size=4,
    ),
    st.data(),
)
def test_crashes_and_discarded_blocks_change_nothing(
    blocks: list[list[tuple[int, int, int]]], data: st.DataObject
) -> None:
    senders = [SENDER, OTHER]
    memory, plain = MemoryStore(), Replica(MemoryStore(), genesis())
    troubled = Replica(memory, genesis())
    for height, block in enumerate(blocks, start=1):
        raws = [put(nonce, amount, senders[sender]) for sender, nonce, amount in block]
        expected = plain.run(height, raws)
        for trouble in data.draw(st.lists(st.sampled_from(["crash", "other", "same"]), max_size=3)):
            if trouble == "crash":
                troubled.finalize(height, raws)
                troubled = Replica(memory, genesis())
            else:
                troubled.finalize(height, raws if trouble == "same" else [put(0, 9)])
        assert troubled.run(height, raws) == expected
    assert memory.content == plain.store.content  # type: ignore[attr-defined]


# other requests


def test_what_is_checked_is_answered_with_a_code_and_a_reason(replica: Replica) -> None:
    good = replica.check(put(0))
    assert (good.code, good.gas_wanted) == (0, 300_000)
    assert replica.check(put(0)).code == 0
    bad = replica.check(b"garbage")
    assert (bad.code, bad.codespace) == (1, "tradeseal")
    assert bad.log
    assert replica.check(put(0), again=True).code == 0
    replica.run(1, [put(0)])
    gone = replica.check(put(0), again=True)
    assert (gone.code, "waits no longer" in gone.log) == (1, True)


def test_a_proposal_has_what_was_checked(replica: Replica) -> None:
    for nonce in (1, 0):
        replica.check(put(nonce))
    assert replica.prepare(1) == [put(0), put(1)]
    assert replica.prepare(1, max_bytes=len(put(0)) + 10) == [put(0)]
    assert replica.accepts(1, replica.prepare(1))
    assert not replica.accepts(1, [put(1), put(0)])


def test_what_is_not_offered_is_said(replica: Replica) -> None:
    query = replica.bridge.answer(abci.Request(query=abci.RequestQuery(path="/store"))).query
    assert (query.code, "JSON-RPC" in query.log) == (1, True)
    answer = replica.bridge.answer
    listed = answer(abci.Request(list_snapshots=abci.RequestListSnapshots()))
    assert listed.list_snapshots.SerializeToString() == b""
    offered = answer(abci.Request(offer_snapshot=abci.RequestOfferSnapshot())).offer_snapshot
    assert offered.result == 2
    chunk = abci.Request(apply_snapshot_chunk=abci.RequestApplySnapshotChunk())
    assert answer(chunk).apply_snapshot_chunk.result == 2
    load = abci.Request(load_snapshot_chunk=abci.RequestLoadSnapshotChunk())
    assert answer(load).load_snapshot_chunk.SerializeToString() == b""
    echoed = answer(abci.Request(echo=abci.RequestEcho(message="hello")))
    assert echoed.echo.message == "hello"
    assert answer(abci.Request(flush=abci.RequestFlush())).HasField("flush")


# misbehaviour


def misbehaviour(kind: int, height: int) -> abci.Misbehavior:
    return abci.Misbehavior(
        type=kind,  # type: ignore[arg-type]
        validator=abci.Validator(address=b"\x0a" * 20, power=10),
        height=height,
        time=timestamp(1_700_000_000_123_456_789),
        total_voting_power=40,
    )


def test_misbehaviour_is_stored_and_served(reopen: Open) -> None:
    replica = reopen()
    replica.run(1, [put(0)])
    replica.finalize(2, [], misbehavior=[misbehaviour(1, 1), misbehaviour(2, 1)])
    replica.commit()
    replica.run(3)
    replica.finalize(4, [], misbehavior=[misbehaviour(1, 3)])
    replica.commit()
    application = reopen().application
    methods = Methods(Ledger(application, SoloEngine(application, TestSealingKey())))
    served = methods.table["tradeseal_getMisbehaviour"]
    first = {
        "seenAtHeight": "0x2",
        "kind": "duplicate-vote",
        "validatorAddress": "0x" + "0a" * 20,
        "height": "0x1",
        "time": hex(1_700_000_000_123_456_789),
        "totalVotingPower": hex(40),
        "power": hex(10),
    }
    everything = served(["0x1", "0x4"])
    assert everything[0] == first
    assert [(each["seenAtHeight"], each["kind"]) for each in everything] == [
        ("0x2", "duplicate-vote"),
        ("0x2", "light-client-attack"),
        ("0x4", "duplicate-vote"),
    ]
    assert served(["0x3", "0x3"]) == []
    assert len(served(["0x3", "0x4"])) == 1


def test_misbehaviour_that_is_not_committed_is_forgotten(reopen: Open) -> None:
    replica = reopen()
    replica.finalize(1, [], misbehavior=[misbehaviour(1, 1)])
    replica = reopen()
    replica.run(1)
    assert replica.application.store.misbehaviours(0, 10) == []


# validators


VALIDATORS = ("validator-0", "validator-1")


def validator(name: str) -> bytes:
    return validator_key(name).public_key().public_bytes_raw()


@pytest.fixture
def governed() -> Replica:
    """A network of two validators, decided over by the real Membership."""
    time_s = GENESIS_TIME
    replica = Replica(MemoryStore(), parse_genesis(network_genesis(VALIDATORS, time_s=time_s)))
    replica.init_chain()
    return replica


def decision(action: bytes, nonce: int, *, sequence: int | None = None, voters: int = 4) -> bytes:
    """Return the transaction of a decision; the first one has nonce and sequence 0."""
    proposal = Proposal(
        object=GOVERNANCE,
        sequence=nonce if sequence is None else sequence,
        action=action,
        expires=GENESIS_TIME + DAY,
    )
    digest = proposal.digest(RecordDomain(CHAIN_ID, membership_address()))
    votes = [sign_digest(digest, member.admin.secret) for member in GOVERNORS[:voters]]
    call = MembershipContract(NetworkLedger(Web3()), membership_address()).decide(proposal, votes)
    transaction = {
        "chainId": CHAIN_ID,
        "nonce": nonce,
        "gas": call.gas,
        "to": Web3.to_checksum_address(call.to),
        "value": 0,
        "data": call.data,
        "gasPrice": 0,
    }
    return bytes(Account.sign_transaction(transaction, VN_AUTHORITY.carrier.secret).raw_transaction)


def updates(answer: abci.ResponseFinalizeBlock) -> dict[bytes, int]:
    return {each.pub_key.ed25519: each.power for each in answer.validator_updates}


def chosen(replica: Replica) -> ValidatorSet:
    store = replica.application.store
    encoded = store.validator_set(store.chosen_validators() or b"")
    assert encoded is not None
    return ValidatorSet.from_bytes(encoded)


def test_no_decision_changes_no_validators(governed: Replica) -> None:
    for height in (1, 2):
        assert updates(governed.run(height)) == {}
    assert governed.application.store.chosen_validators() is None
    assert governed.application.store.validator_changes(0, 100) == []


def test_a_decision_adds_a_validator(governed: Replica) -> None:
    new = validator("new")
    governed.run(1)
    added = decision(governance.set_validator(new, 7, VN_AUTHORITY.id), 0)
    assert updates(governed.run(2, [added])) == {new: 7}
    assert updates(governed.run(3)) == {}
    # in force from height 4 on: the header of height 3 names them as the next
    assert governed.application.store.validator_changes(0, 100) == [3]
    powers = {each.public_key: each.power for each in chosen(governed).validators}
    assert powers == {validator("validator-0"): 10, validator("validator-1"): 10, new: 7}


def test_decisions_follow_each_other(governed: Replica) -> None:
    old, new, heir = validator("validator-1"), validator("new"), validator("heir")
    actions = [
        governance.set_validator(new, 7, VN_AUTHORITY.id),
        governance.set_validator(new, 9, VN_AUTHORITY.id),
        governance.set_validator(old, 0, MEMBERS[1].id),
        governance.replace_validator(new, heir),
    ]
    seen = []
    for height, action in enumerate(actions, start=1):
        answer = governed.finalize(height, [decision(action, height - 1)])
        assert [each.code for each in answer.tx_results] == [0]
        seen.append(updates(answer))
        again = Replica(governed.store, governed.genesis)  # as after a crash before the commit
        assert updates(again.finalize(height, [decision(action, height - 1)])) == seen[-1]
        governed.commit()
    assert seen == [{new: 7}, {new: 9}, {old: 0}, {new: 0, heir: 9}]
    assert governed.application.store.validator_changes(0, 100) == [2, 3, 4, 5]
    assert governed.application.store.validator_changes(3, 4) == [3, 4]
    assert chosen(governed) == ValidatorSet.of(
        [Validator(validator("validator-0"), 10), Validator(heir, 9)]
    )
    assert governed.application.validators() == chosen(governed)


def test_a_restarted_ledger_knows_who_validates(governed: Replica) -> None:
    new = validator("new")
    governed.run(1, [decision(governance.set_validator(new, 7, VN_AUTHORITY.id), 0)])
    again = Replica(governed.store, governed.genesis)
    key = governance.commit_consortium_key("seals", b"\x05" * 32)  # of Membership, too
    assert updates(again.run(2, [decision(key, 1)])) == {}
    removed = decision(governance.set_validator(new, 0, VN_AUTHORITY.id), 2)
    assert updates(again.run(3, [removed])) == {new: 0}
    assert again.application.store.validator_changes(0, 100) == [2, 4]
    assert chosen(again) == governed.genesis.validator_set()


@pytest.mark.parametrize(
    "changes", [{"voters": 2}, {"sequence": 5}], ids=["too few votes", "another sequence"]
)
def test_what_is_not_decided_changes_nothing(governed: Replica, changes: dict[str, int]) -> None:
    action = governance.set_validator(validator("new"), 7, VN_AUTHORITY.id)
    answer = governed.run(1, [decision(action, 0, **changes)])
    assert [each.code for each in answer.tx_results] == [0]  # executed, and reverted
    assert updates(answer) == {}
    assert governed.application.store.validator_changes(0, 100) == []


def test_a_discarded_decision_is_forgotten(governed: Replica) -> None:
    action = governance.set_validator(validator("new"), 7, VN_AUTHORITY.id)
    assert updates(governed.finalize(1, [decision(action, 0)]))
    assert updates(governed.finalize(1, [])) == {}
    governed.commit()
    assert governed.application.store.chosen_validators() is None
    assert updates(governed.run(2, [decision(action, 0)])) == {validator("new"): 7}
