"""What waits: in order, within limits for each member, and shared fairly between members."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from support.abci import Replica
from support.chain import EXERCISE, MEMBERSHIP, account, compiled, genesis, sign_call
from support.faults import MemoryStore
from web3 import Web3

from chain.engine.cometbft import pool as pool_module
from chain.engine.cometbft.pool import (
    MAX_WAIT_S,
    MAX_WAITING,
    MAX_WAITING_BYTES_OF_MEMBER,
    MAX_WAITING_IN_ANY_CASE,
    MAX_WAITING_OF_MEMBER,
    Pool,
    SharedPool,
    Waiting,
)
from chain.errors import (
    AdmissionError,
    MalformedTransactionError,
    MempoolFullError,
    NonceError,
    NotAdmittedError,
    TransactionSettledError,
)
from chain.machine.rules import MAX_BLOCK_GAS, MAX_BLOCK_TRANSACTIONS
from chain.machine.transaction import Transaction
from chain.proofs.keccak import keccak256

FRAME = 6
"""What a transaction takes in a block beside its own bytes."""


@pytest.fixture(scope="module", autouse=True)
def _whole_blocks() -> Iterator[None]:
    """Most tests look at one block: how large blocks are is looked at apart."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool_module, "SMALL_BLOCK", 1)
        yield


ALICE, BOB, CAROL = (bytes([number]) * 20 for number in (1, 2, 3))


def transaction(
    sender: bytes, nonce: int, *, gas: int = 100_000, size: int = 120, variant: int = 0
) -> Transaction:
    """Return a transaction as it comes from admission."""
    label = keccak256(sender + b"%d %d" % (nonce, variant))
    raw = label + bytes(size - len(label))
    return Transaction(
        raw=raw,
        hash=keccak256(raw),
        chain_id=1,
        type_id=2,
        nonce=nonce,
        gas=gas,
        to=bytes(20),
        data=b"",
        access_list=(),
        signature=(0, 1, 1),
        sender=sender,
        intrinsic_gas=21_000,
        floor_gas=21_000,
    )


def at_zero(_: bytes) -> int:
    return 0


def put(pool: Pool, *transactions: Transaction, gaps: bool = True, since_s: float = 0.0) -> None:
    """Let transactions wait; each sender is a member of its own."""
    for each in transactions:
        pool.add(Waiting(each, each.sender, since_s), 0, gaps=gaps)


def choose(pool: Pool, *, gas: int = MAX_BLOCK_GAS, max_bytes: int = 10**7) -> list[Transaction]:
    return pool.choose(gas, max_bytes, at_zero)


def nonces(chosen: Sequence[Transaction], sender: bytes) -> list[int]:
    return [each.nonce for each in chosen if each.sender == sender]


# order and nonces


def test_a_senders_transactions_are_chosen_in_the_order_of_their_nonces() -> None:
    pool = Pool()
    put(pool, *(transaction(ALICE, nonce) for nonce in (2, 0, 3, 1)))
    assert nonces(choose(pool), ALICE) == [0, 1, 2, 3]
    assert len(pool) == 4  # they wait until a block has them


def test_what_lies_behind_a_gap_waits() -> None:
    pool = Pool()
    put(pool, *(transaction(ALICE, nonce) for nonce in (0, 2)), transaction(BOB, 0))
    assert nonces(choose(pool), ALICE) == [0]
    put(pool, transaction(ALICE, 1))
    assert nonces(choose(pool), ALICE) == [0, 1, 2]


def test_a_gap_is_refused_where_the_sender_speaks_itself() -> None:
    pool = Pool()
    with pytest.raises(NonceError, match=r"too high: the next nonce .* is 0"):
        put(pool, transaction(ALICE, 1), gaps=False)
    put(pool, transaction(ALICE, 0), transaction(ALICE, 1), gaps=False)
    assert len(pool) == 2


def test_a_gap_is_bounded() -> None:
    pool = Pool()
    put(pool, transaction(ALICE, MAX_WAITING_OF_MEMBER))
    with pytest.raises(NonceError, match="too high"):
        put(pool, transaction(BOB, MAX_WAITING_OF_MEMBER + 1))


def test_a_used_nonce_is_refused() -> None:
    pool = Pool()
    pool.add(Waiting(transaction(ALICE, 5), ALICE, 0), 5, gaps=False)
    with pytest.raises(NonceError, match=r"too low: the next nonce .* is 6"):
        pool.add(Waiting(transaction(ALICE, 4), ALICE, 0), 5, gaps=True)


@pytest.mark.parametrize("nonce", [0, 1, 3])
def test_a_nonce_that_waits_is_not_replaced(nonce: int) -> None:
    pool = Pool()
    put(pool, *(transaction(ALICE, each) for each in (0, 1, 3)))
    with pytest.raises(NonceError, match="is 2"):
        put(pool, transaction(ALICE, nonce, variant=1))
    assert len(pool) == 3
    put(pool, transaction(ALICE, 2, variant=1))
    assert nonces(choose(pool), ALICE) == [0, 1, 2, 3]


def test_the_same_transaction_again_changes_nothing() -> None:
    pool, one = Pool(), transaction(ALICE, 0)
    put(pool, one, one, one)
    assert list(pool) == [one]
    assert pool.get(one.hash) == one
    assert pool.get(bytes(32)) is None


def test_the_next_nonce_counts_what_waits_without_a_gap() -> None:
    pool = Pool()
    assert pool.next_nonce(ALICE, 7) == 7
    for nonce in (7, 8, 10):
        pool.add(Waiting(transaction(ALICE, nonce), ALICE, 0), 7, gaps=True)
    assert pool.next_nonce(ALICE, 7) == 9
    pool.add(Waiting(transaction(ALICE, 9), ALICE, 0), 7, gaps=True)
    assert pool.next_nonce(ALICE, 7) == 11
    assert pool.next_nonce(ALICE, 20) == 20
    assert pool.next_nonce(BOB, 0) == 0


def test_the_next_nonce_falls_back_when_a_transaction_is_dropped() -> None:
    pool = Pool()
    put(pool, *(transaction(ALICE, nonce) for nonce in range(4)))
    assert pool.next_nonce(ALICE, 0) == 4
    pool.drop(transaction(ALICE, 1).hash)
    pool.drop(transaction(ALICE, 1).hash)  # twice does no harm
    assert pool.next_nonce(ALICE, 0) == 1
    put(pool, transaction(ALICE, 1, variant=1))
    assert pool.next_nonce(ALICE, 0) == 4


# limits for each member


def test_a_members_transactions_are_counted_whatever_accounts_it_has() -> None:
    pool = Pool()
    accounts = [bytes([number]) * 20 for number in range(10, 20)]
    for number in range(MAX_WAITING_OF_MEMBER):
        sent = transaction(accounts[number % 10], number // 10)
        pool.add(Waiting(sent, b"member", 0), 0, gaps=False)
    with pytest.raises(MempoolFullError, match=f"{MAX_WAITING_OF_MEMBER} transactions of member"):
        pool.add(Waiting(transaction(ALICE, 0), b"member", 0), 0, gaps=False)
    pool.add(Waiting(transaction(ALICE, 0), b"another", 0), 0, gaps=False)
    pool.drop(transaction(accounts[0], 0).hash)
    pool.add(Waiting(transaction(BOB, 0), b"member", 0), 0, gaps=False)


def test_a_members_bytes_are_counted() -> None:
    pool, size = Pool(), 131_072
    fitting = MAX_WAITING_BYTES_OF_MEMBER // size
    put(pool, *(transaction(ALICE, nonce, size=size) for nonce in range(fitting)))
    with pytest.raises(MempoolFullError, match="of member 0x0101"):
        put(pool, transaction(ALICE, fitting, size=size))
    put(pool, transaction(BOB, 0, size=size))
    rest = MAX_WAITING_BYTES_OF_MEMBER - fitting * size
    put(pool, transaction(ALICE, fitting, size=rest))


def fill(pool: Pool) -> None:
    for member in range(MAX_WAITING // MAX_WAITING_OF_MEMBER):
        sender = bytes([100 + member]) * 20
        put(pool, *(transaction(sender, nonce) for nonce in range(MAX_WAITING_OF_MEMBER)))
    assert len(pool) == MAX_WAITING


def test_who_sends_little_is_taken_when_the_pool_is_full() -> None:
    pool = Pool()
    fill(pool)
    put(pool, *(transaction(ALICE, nonce) for nonce in range(MAX_WAITING_IN_ANY_CASE)))
    with pytest.raises(MempoolFullError, match=f"{MAX_WAITING} transactions of all members"):
        put(pool, transaction(ALICE, MAX_WAITING_IN_ANY_CASE))
    pool.drop(transaction(bytes([100]) * 20, 9).hash)
    with pytest.raises(MempoolFullError):  # still more than the limit
        put(pool, transaction(ALICE, MAX_WAITING_IN_ANY_CASE))


def test_the_reserve_fits_the_engines_own_mempool() -> None:
    from chain.engine.cometbft import home

    assert home.MAX_WAITING - MAX_WAITING >= 40 * MAX_WAITING_IN_ANY_CASE


# what becomes of them


def test_what_a_block_had_waits_no_longer() -> None:
    pool, sent = Pool(), [transaction(ALICE, nonce) for nonce in range(3)]
    put(pool, *sent, transaction(BOB, 0))
    pool.settle(sent[:2], lambda sender: 2 if sender == ALICE else 0, 0.0)
    assert list(pool) == [sent[2], transaction(BOB, 0)]
    assert pool.next_nonce(ALICE, 2) == 3


def test_what_has_a_used_nonce_waits_no_longer() -> None:
    pool = Pool()
    put(pool, transaction(ALICE, 0), transaction(ALICE, 1))
    other = transaction(ALICE, 0, variant=1)  # what the block had instead
    pool.settle([other], lambda _: 1, 0.0)
    assert nonces(list(pool), ALICE) == [1]


def test_what_has_waited_too_long_is_dropped() -> None:
    pool = Pool()
    put(pool, transaction(ALICE, 0), since_s=10.0)
    put(pool, transaction(BOB, 0), since_s=20.0)
    pool.settle([], at_zero, 10.0 + MAX_WAIT_S - 0.1)
    assert len(pool) == 2
    pool.settle([], at_zero, 10.0 + MAX_WAIT_S)
    assert [each.sender for each in pool] == [BOB]
    assert pool.next_nonce(ALICE, 0) == 0


# blocks


def test_members_take_turns() -> None:
    pool = Pool()
    put(pool, *(transaction(ALICE, nonce) for nonce in range(100)))
    put(pool, *(transaction(BOB, nonce) for nonce in range(3)))
    chosen = choose(pool, gas=10 * 100_000)
    assert [each.sender for each in chosen[:6]] == [ALICE, BOB] * 3
    assert (len(nonces(chosen, ALICE)), len(nonces(chosen, BOB))) == (7, 3)


def test_accounts_of_one_member_share_its_turns() -> None:
    pool = Pool()
    for sender in (ALICE, BOB):
        for nonce in range(20):
            pool.add(Waiting(transaction(sender, nonce), b"member", 0), 0, gaps=False)
    put(pool, *(transaction(CAROL, nonce) for nonce in range(20)))
    chosen = choose(pool, gas=20 * 100_000)
    assert len(nonces(chosen, CAROL)) == 10


def test_gas_counts_and_not_the_number() -> None:
    pool = Pool()
    put(pool, *(transaction(ALICE, nonce, gas=10_000_000) for nonce in range(5)))
    put(pool, *(transaction(BOB, nonce, gas=1_000_000) for nonce in range(50)))
    chosen = choose(pool, gas=40_000_000)
    assert sum(each.gas for each in chosen if each.sender == BOB) == 20_000_000


def test_who_got_a_whole_block_comes_last_in_the_next_one() -> None:
    pool = Pool()
    heavy = [transaction(ALICE, nonce, gas=30_000_000) for nonce in range(10)]
    put(pool, *heavy)
    (first,) = choose(pool, gas=20_000_000)
    assert first == heavy[0]
    put(pool, transaction(BOB, 0))
    at = {ALICE: 1, BOB: 0}
    pool.settle([first], at.__getitem__, 0.0)
    assert pool.choose(20_000_000, 10**7, at.__getitem__) == [transaction(BOB, 0), heavy[1]]


def test_blocks_are_small_while_one_sends_much_and_another_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool_module, "SMALL_BLOCK", 4)
    pool, at = Pool(), {ALICE: 0, BOB: 0}
    put(pool, *(transaction(ALICE, nonce) for nonce in range(200)))
    assert len(pool.choose(4_000_000, 10**7, at.__getitem__)) == 40  # nobody else waits
    put(pool, transaction(BOB, 0))
    assert len(pool.choose(4_000_000, 10**7, at.__getitem__)) == 10
    at[BOB] = 1
    pool.settle([transaction(BOB, 0)], at.__getitem__, 0.0)
    assert len(pool.choose(4_000_000, 10**7, at.__getitem__)) == 10  # it may send again soon
    for _ in range(30):
        pool.settle([], at.__getitem__, 0.0)
    assert len(pool.choose(4_000_000, 10**7, at.__getitem__)) == 40


def test_blocks_are_large_while_all_send_much_or_all_send_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool_module, "SMALL_BLOCK", 4)
    pool = Pool()
    put(pool, *(transaction(sender, nonce) for sender in (ALICE, BOB) for nonce in range(5)))
    assert len(choose(pool, gas=4_000_000)) == 10
    put(pool, *(transaction(sender, nonce) for sender in (ALICE, BOB) for nonce in range(5, 90)))
    assert len(choose(pool, gas=4_000_000)) == 40


def test_what_does_not_fit_waits_and_keeps_nobody_else_out() -> None:
    pool = Pool()
    put(pool, *(transaction(ALICE, nonce, gas=25_000_000) for nonce in range(3)))
    put(pool, *(transaction(BOB, nonce, gas=6_000_000) for nonce in range(3)))
    chosen = choose(pool)
    assert sum(each.gas for each in chosen) <= MAX_BLOCK_GAS
    assert (len(nonces(chosen, ALICE)), len(nonces(chosen, BOB))) == (1, 3)


def test_one_transaction_is_taken_at_least() -> None:
    pool = Pool()
    put(pool, transaction(ALICE, 0, gas=30_000_000), transaction(ALICE, 1))
    assert nonces(choose(pool, gas=1), ALICE) == [0]
    assert choose(pool, max_bytes=100) == []


def test_a_block_has_only_so_many_transactions() -> None:
    pool = Pool()
    for member in range(3):
        sender = bytes([100 + member]) * 20
        put(pool, *(transaction(sender, nonce, gas=21_000) for nonce in range(400)))
    assert len(choose(pool)) == MAX_BLOCK_TRANSACTIONS


FLOOD = st.lists(
    st.tuples(
        st.sampled_from([bytes([number]) * 20 for number in range(10, 15)]),
        st.integers(21_000, 30_000_000),
        st.integers(100, 5_000),
    ),
    max_size=60,
)


def flood(pool: Pool, sent: list[tuple[bytes, int, int]]) -> set[bytes]:
    """Put in what others send; each of three members has some of the accounts."""
    members = set()
    for number, (sender, gas, size) in enumerate(sent):
        member = bytes([sender[0] % 3])
        nonce = pool.next_nonce(sender, 0)
        one = transaction(sender, nonce, gas=gas, size=size, variant=number)
        pool.add(Waiting(one, member, 0), 0, gaps=False)
        members.add(member)
    return members


@settings(max_examples=50, deadline=None)
@given(FLOOD, st.integers(1, MAX_BLOCK_GAS), st.integers(0, 100_000))
def test_a_choice_keeps_within_limits_and_has_no_gaps(
    sent: list[tuple[bytes, int, int]], gas: int, max_bytes: int
) -> None:
    pool = Pool()
    flood(pool, sent)
    chosen = choose(pool, gas=gas, max_bytes=max_bytes)
    assert sum(each.gas for each in chosen) <= MAX_BLOCK_GAS
    assert sum(each.gas for each in chosen[:-1]) < gas
    assert sum(len(each.raw) + FRAME for each in chosen) <= max_bytes
    for sender in {each.sender for each in chosen}:
        assert nonces(chosen, sender) == list(range(len(nonces(chosen, sender))))


@settings(max_examples=50, deadline=None)
@given(FLOOD, st.integers(20_000_000, MAX_BLOCK_GAS), st.data())
def test_whatever_others_send_a_member_with_one_gets_its_turn_within_a_round(
    sent: list[tuple[bytes, int, int]], gas: int, data: st.DataObject
) -> None:
    pool, at = Pool(), dict.fromkeys([bytes([number]) * 20 for number in range(10, 15)], 0)
    members = flood(pool, sent)
    mine = transaction(ALICE, 0, gas=data.draw(st.integers(21_000, 30_000_000)))
    put(pool, mine)
    at[ALICE] = 0
    for _ in range(len(members) + 1):  # blocks: in the worst case each other comes first once
        chosen = pool.choose(gas, 10**7, at.__getitem__)
        if mine in chosen:
            return
        for each in chosen:
            at[each.sender] += 1
        pool.settle(chosen, at.__getitem__, 0.0)
    raise AssertionError("it never had its turn")


class PoolMachine(RuleBasedStateMachine):
    """The pool against a plain list of what waits."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = Pool()
        self.waiting: list[Waiting] = []
        self.ledger = {ALICE: 0, BOB: 0, CAROL: 0}
        self.now_s = 0.0

    def member(self, sender: bytes) -> bytes:
        return b"member 1" if sender in {ALICE, BOB} else b"member 2"

    def waits(self, sender: bytes) -> list[int]:
        return sorted(w.transaction.nonce for w in self.waiting if w.transaction.sender == sender)

    def expected(self, sender: bytes) -> int:
        nonce = self.ledger[sender]
        while nonce in self.waits(sender):
            nonce += 1
        return nonce

    @rule(
        sender=st.sampled_from([ALICE, BOB, CAROL]),
        ahead=st.integers(-2, 8),
        gaps=st.booleans(),
        variant=st.integers(0, 1),
    )
    def add(self, sender: bytes, ahead: int, gaps: bool, variant: int) -> None:
        nonce = max(0, self.ledger[sender] + ahead)
        one = transaction(sender, nonce, variant=variant)
        same = any(each.transaction == one for each in self.waiting)
        fits = (
            self.ledger[sender] <= nonce <= self.ledger[sender] + 5
            and nonce not in self.waits(sender)
            and (gaps or nonce == self.expected(sender))
        )
        of_member = sum(each.member == self.member(sender) for each in self.waiting)
        room = of_member < 5 and (len(self.waiting) < 7 or of_member < 2)
        waiting = Waiting(one, self.member(sender), self.now_s)
        if same or (fits and room):
            self.pool.add(waiting, self.ledger[sender], gaps=gaps)
            self.waiting += [] if same else [waiting]
            return
        with pytest.raises(MempoolFullError if fits else NonceError):
            self.pool.add(waiting, self.ledger[sender], gaps=gaps)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.waiting))
        self.pool.drop(one.transaction.hash)
        self.waiting.remove(one)

    @rule(gas=st.integers(1, 1_000_000), part=st.integers(0, 9), passes=st.integers(0, 400))
    def block(self, gas: int, part: int, passes: int) -> None:
        chosen = self.pool.choose(gas, 10**6, self.ledger.__getitem__)
        executable = sum(
            nonce < self.expected(sender) for sender in self.ledger for nonce in self.waits(sender)
        )
        assert len(chosen) == min(executable, -(-gas // 100_000))
        executed = chosen[:part]
        for each in executed:
            assert each.nonce == self.ledger[each.sender]
            self.ledger[each.sender] += 1
        self.now_s += passes
        self.pool.settle(executed, self.ledger.__getitem__, self.now_s)
        self.waiting = [
            each
            for each in self.waiting
            if each.transaction not in executed and self.now_s - each.since_s < MAX_WAIT_S
        ]

    @invariant()
    def same(self) -> None:
        assert list(self.pool) == [each.transaction for each in self.waiting]
        assert len(self.pool) == len(self.waiting)
        for sender, nonce in self.ledger.items():
            assert self.pool.next_nonce(sender, nonce) == self.expected(sender)


def test_the_pool_does_what_a_plain_list_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "MAX_WAITING_OF_MEMBER", 5)
    monkeypatch.setattr(pool_module, "MAX_WAITING", 7)
    monkeypatch.setattr(pool_module, "MAX_WAITING_IN_ANY_CASE", 2)
    bounds = settings(
        max_examples=30,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(PoolMachine, settings=bounds)


# the pool of a node, at the tip of its ledger


@pytest.fixture
def replica() -> Iterator[Replica]:
    made = Replica(MemoryStore(), genesis())
    yield made
    made.application.store.close()


def exercise(name: str = "put", *arguments: Any) -> Any:
    contract = Web3().eth.contract(
        address=Web3.to_checksum_address(EXERCISE), abi=compiled("exercise")["abi"]
    )
    return contract.functions[name](*(arguments or (1, 1)))


def refuse(address: str, refused: bool) -> Any:
    contract = Web3().eth.contract(
        address=Web3.to_checksum_address(MEMBERSHIP), abi=compiled("open_membership")["abi"]
    )
    return contract.functions.refuse(address, refused)


def test_a_shared_pool_takes_what_the_ledger_admits(replica: Replica) -> None:
    raw = sign_call(account(1), exercise(), nonce=0)
    taken = replica.pool.take(raw)
    assert replica.pool.take(raw) is taken
    assert (len(replica.pool), replica.pool.all()) == (1, [taken])
    assert replica.pool.get(taken.hash) is taken
    assert replica.pool.next_nonce(taken.sender) == 1
    assert replica.pool.choose(MAX_BLOCK_GAS, 10**6) == [taken]


def test_a_shared_pool_refuses_what_the_ledger_does_not_admit(replica: Replica) -> None:
    with pytest.raises(MalformedTransactionError):
        replica.pool.take(b"\xf8garbage")
    with pytest.raises(NonceError):
        replica.pool.take(sign_call(account(1), exercise(), nonce=1), gaps=False)
    assert replica.pool.take(sign_call(account(1), exercise(), nonce=1)).nonce == 1
    replica.run(1, [sign_call(account(2), refuse(account(3).address, True), nonce=0)])
    with pytest.raises(NotAdmittedError):
        replica.pool.take(sign_call(account(3), exercise(), nonce=0))
    assert len(replica.pool) == 1


def test_a_recheck_keeps_what_may_still_be_executed(replica: Replica) -> None:
    raw = sign_call(account(3), exercise(), nonce=0)
    with pytest.raises(TransactionSettledError):
        replica.pool.recheck(raw)
    taken = replica.pool.take(raw)
    assert replica.pool.recheck(raw) is taken
    replica.run(1, [sign_call(account(2), refuse(account(3).address, True), nonce=0)])
    with pytest.raises(NotAdmittedError):
        replica.pool.recheck(raw)
    assert len(replica.pool) == 0


def test_what_is_committed_waits_no_longer(replica: Replica) -> None:
    raws = [sign_call(account(1), exercise("put", 1, number), nonce=number) for number in range(3)]
    for raw in raws:
        replica.pool.take(raw)
    replica.run(1, raws[:2])
    assert [each.raw for each in replica.pool.all()] == raws[2:]
    with pytest.raises(TransactionSettledError):
        replica.pool.recheck(raws[0])
    with pytest.raises(NonceError, match="too low"):
        replica.pool.take(raws[0])


def test_time_drops_what_is_never_executed() -> None:
    now = [100.0]
    replica = Replica(MemoryStore(), genesis())
    pool = SharedPool(replica.application, lambda: now[0])
    pool.take(sign_call(account(1), exercise(), nonce=5))
    execution = replica.application.execute(1, genesis().time_ns + 1, [])
    pool.settle(execution)
    assert len(pool) == 1
    now[0] += MAX_WAIT_S
    pool.settle(execution)
    assert len(pool) == 0


def test_all_errors_of_taking_are_admission_errors(replica: Replica) -> None:
    for raw in (b"", b"\x02", b"\xff" * 200, bytes(200_000)):
        with pytest.raises(AdmissionError):
            replica.pool.take(raw)
