"""Random lives of declarations: contract, replay and read model agree."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from support.clearing import (
    ALWAYS,
    HALF,
    NEVER,
    RATES,
    VN_AGENCY,
    VN_PORT,
    Clearing,
    clearing_network,
    code,
    second,
    upgrade,
)
from support.clearing_models import check_read_model
from support.clearing_replay import Now
from support.network import ID_CUSTOMS, VN_CUSTOMS, Member, Signer, salt
from support.trade import Trade

from contracts.clearance.book import ClearanceBook, Signing
from contracts.clearance.records import (
    CargoEvent,
    CheckKind,
    CheckOutcome,
    ClaimName,
    FactKind,
    GrantKind,
    OverrideKind,
)
from contracts.clearance.replay import accept
from contracts.errors import RefusedError
from contracts.records import Record

SIGNERS: dict[str, tuple[Member, Signer]] = {
    "first": (VN_CUSTOMS, VN_CUSTOMS.officer),
    "second": (VN_CUSTOMS, second(VN_CUSTOMS)),
    "abroad": (ID_CUSTOMS, ID_CUSTOMS.officer),
    "port": (VN_PORT, VN_PORT.officer),
    "agency": (VN_AGENCY, VN_AGENCY.officer),
}
OFTEN_FIRST = st.sampled_from(["first"] * 7 + ["second", "abroad", "port"])
SHARED = (bytes(32), bytes(32), code("UCR one"), code("UCR two"))


class DeclarationLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.network = clearing_network()
        self.clearing = Clearing(self.network)
        self.book = ClearanceBook(rates={b"VN": RATES, b"ID": RATES})
        self.facts: list[tuple[bytes, bytes]] = []
        self.asked: list[tuple[bytes, bytes]] = []
        self.touched: set[bytes] = set()
        ways = {NEVER: 1, HALF: 3, ALWAYS: 3}
        for rank in ways:
            self.put(self.clearing.register_record(rank=rank), "first")
        for declaration, channel in zip(self.declarations, ways.values(), strict=True):
            self.clearing.publish(declaration)
            assert self.put(self.clearing.decide_record(declaration, channel), "first")

    def teardown(self) -> None:
        try:
            self.touched |= set(self.book.declarations)
            self.agree()
            check_read_model(self.network, self.book)
        finally:
            self.network.close()

    @property
    def declarations(self) -> list[bytes]:
        return list(self.book.declarations)

    def put(self, record: Record, name: str) -> bool:
        """Hand a record to contract and replay, which must agree; say whether they took it."""
        member, signer = SIGNERS[name]
        refusal = None
        try:
            self.network.attempt_record(record, signer)
        except RefusedError as error:
            refusal = error.reason
        if refusal == "records: used":  # which is the record book's rule
            return False
        last = self.network.web3.eth.get_block("latest")
        signing = Signing(
            self.clearing.digest(record),
            signer.key_id,
            member.id,
            member.roles,
            member.country,
            last["number"],
            last["timestamp"],
        )
        chain_id, trial = self.clearing.contract.domain.chain_id, deepcopy(self.book)
        if refusal is not None:
            with pytest.raises(RefusedError) as caught:
                accept(trial, record, signing, Now(self.clearing), chain_id)
            assert caught.value.reason == refusal
            assert trial == self.book
            return False
        accept(trial, record, signing, Now(self.clearing), chain_id)
        outcome = self.network.run(record, signer, attempt=False)
        block = self.network.web3.eth.get_block(outcome.block)
        taken = replace(signing, block=outcome.block, now=block["timestamp"])
        accept(self.book, record, taken, Now(self.clearing), chain_id)
        self.touched.add(record.object)
        return True

    def pick(self, data: st.DataObject) -> bytes:
        return data.draw(st.sampled_from(self.declarations))

    @rule(
        rank=st.sampled_from([NEVER, NEVER, ALWAYS, HALF, 0]),
        shared=st.tuples(st.sampled_from(SHARED), st.sampled_from(SHARED)),
        counts=st.sampled_from([(0, 0), (0, 0), (0, 1), (1, 0), (33, 0), (0, 201)]),
        signer=OFTEN_FIRST,
    )
    def register(
        self, rank: int, shared: tuple[bytes, bytes], counts: tuple[int, int], signer: str
    ) -> None:
        record = self.clearing.register_record(
            rank=rank,
            consignment=shared[0],
            transport=shared[1],
            certificates=counts[0],
            facts=counts[1],
        )
        self.put(record, signer)

    @rule(data=st.data())
    def publish(self, data: st.DataObject) -> None:
        self.network.seal()
        declaration = self.pick(data)
        if self.network.ledger.block_number() - self.book.declarations[declaration].round < 200:
            self.clearing.publish(declaration)

    @rule(data=st.data(), channel=st.integers(0, 4), signer=OFTEN_FIRST)
    def decide(self, data: st.DataObject, channel: int, signer: str) -> None:
        self.put(self.clearing.decide_record(self.pick(data), channel), signer)

    @rule(data=st.data(), kind=st.integers(1, 6))
    def await_fact(self, data: st.DataObject, kind: int) -> None:
        record = self.clearing.await_record(self.pick(data), kind)
        if self.put(record, "first"):
            self.facts.append((record.object, record.fact))

    @rule(
        data=st.data(),
        outcome=st.sampled_from([1, 1, 2, 3]),
        signer=st.sampled_from(["agency", "agency", "first"]),
    )
    def state_fact(self, data: st.DataObject, outcome: int, signer: str) -> None:
        unknown = [(self.declarations[0], bytes(32))]
        declaration, fact = data.draw(st.sampled_from(self.facts or unknown))
        self.put(self.clearing.fact_record(declaration, fact, outcome), signer)

    @rule(data=st.data(), kind=st.sampled_from([1, 2, 4, 4, 3]))
    def cargo(self, data: st.DataObject, kind: int) -> None:
        self.put(self.clearing.cargo_record(self.pick(data), kind), "port")

    @rule(data=st.data(), current=st.sampled_from([True, True, False]))
    def settle(self, data: st.DataObject, current: bool) -> None:
        declaration = self.pick(data)
        state, known = self.book.declarations[declaration], Now(self.clearing).assessed(declaration)
        amendment = max(known, state.amendment if current else known)
        if declaration[:2] == b"VN":
            self.clearing.settle(declaration, amendment)

    @rule(data=st.data(), kind=st.sampled_from([3, 4, 5, 5, 6]), signer=OFTEN_FIRST)
    def grant(self, data: st.DataObject, kind: int, signer: str) -> None:
        self.put(self.clearing.grant_record(self.pick(data), kind), signer)

    @rule(
        data=st.data(),
        kind=st.sampled_from([1, 1, 2, 2, 3, 4]),
        reason=st.sampled_from(["IPR", "TAX"]),
    )
    def hold(self, data: st.DataObject, kind: int, reason: str) -> None:
        self.put(self.clearing.hold_record(self.pick(data), kind, reason), "second")

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self.put(self.clearing.cancel_record(self.pick(data)), "first")

    @rule(rates=st.sampled_from([RATES, (0,) * 9, (1_000_000,) * 9]))
    def ask_rates(self, rates: tuple[int, ...]) -> None:
        record = self.clearing.rates_record(rates)
        if self.put(record, "first"):
            self.asked.append((record.object, self.clearing.digest(record)))

    @rule(data=st.data(), signer=st.sampled_from(["second", "second", "first", "abroad"]))
    def approve(self, data: st.DataObject, signer: str) -> None:
        nothing = [(self.declarations[0], salt())]
        target, subject = data.draw(st.sampled_from(self.asked[-3:] or nothing))
        self.put(self.clearing.approval_record(target, subject), signer)

    @rule(data=st.data(), outcome=st.sampled_from([1, 1, 2]), kind=st.sampled_from([3, 4, 5]))
    def proceed(self, data: st.DataObject, outcome: int, kind: int) -> None:
        """Do what stands next before a grant."""
        declaration = self.pick(data)
        for check in (1, 2):
            self.put(self.clearing.check_record(declaration, check, outcome), "first")
        if declaration[:2] == b"VN":
            self.clearing.settle(declaration, self.book.declarations[declaration].amendment)
        self.put(self.clearing.grant_record(declaration, kind), "first")
        self.put(self.clearing.cargo_record(declaration, 4), "port")

    @rule(
        data=st.data(),
        kind=st.integers(1, 3),
        value=st.integers(1, 2),
        signer=st.sampled_from(["second", "second", "first"]),
    )
    def override(self, data: st.DataObject, kind: int, value: int, signer: str) -> None:
        """Make what can be overridden, then ask and approve."""
        declaration = self.pick(data)
        awaited = self.clearing.await_record(declaration, 2 + value)
        if kind == 2 and self.put(awaited, "first"):
            self.facts.append((declaration, awaited.fact))
            self.put(self.clearing.fact_record(declaration, awaited.fact, value), "agency")
        if kind == 3:
            self.put(self.clearing.check_record(declaration, value, 2), "first")
        record = self.clearing.ask_record(declaration, kind, value, awaited.fact)
        if self.put(record, "first"):
            subject = self.clearing.digest(record)
            self.put(self.clearing.approval_record(declaration, subject), signer)

    @rule(data=st.data(), channel=st.integers(1, 3))
    def amend_and_decide(self, data: st.DataObject, channel: int) -> None:
        declaration = self.pick(data)
        if self.put(self.clearing.amend_record(declaration), "first"):
            self.put(self.clearing.decide_record(declaration, channel), "first")

    @rule(data=st.data(), signer=st.sampled_from(["first", "port", "agency", "abroad"]))
    def evidence(self, data: st.DataObject, signer: str) -> None:
        self.put(self.clearing.evidence_record(self.pick(data)), signer)

    @rule(seconds=st.sampled_from([1, 31, 31]))
    def wait(self, seconds: int) -> None:
        self.network.wait(seconds)

    @invariant()
    def agree(self) -> None:
        contract = self.clearing.contract
        for declaration in self.touched & set(self.book.declarations):
            state = self.book.declarations[declaration]
            assert contract.declaration(declaration) == state
            assert contract.is_released(declaration) == state.may_leave
            assert contract.priors(declaration) == self.book.priors[declaration]
            own = {fact: one for (of, fact), one in self.book.facts.items() if of == declaration}
            assert {fact: contract.fact(declaration, fact) for fact in own} == own
        assert contract.rates("VN") == self.book.rates[b"VN"]
        self.touched.clear()


def test_a_claim_is_replayed(trade: Trade) -> None:
    """What is named, and whose it is, is told by its digest alone."""
    clearing = Clearing(trade.network, ID_CUSTOMS)
    declaration = clearing.register(certificates=1)
    _, claim = clearing.claimed(trade, declaration)
    record = clearing.name_record(declaration, claim)
    state = clearing.state(declaration)
    member, signer = SIGNERS["abroad"]
    signing = Signing(bytes(32), signer.key_id, member.id, member.roles, "ID", 9, trade.network.now)
    chain_id = clearing.contract.domain.chain_id
    for changed, reason in (
        (record, None),
        (replace(record, item=2), "clearance: claim digest"),
        (replace(record, named_at=1 << 40), "members: event time"),
    ):
        book = ClearanceBook(declarations={declaration: state})
        if reason is None:
            accept(book, changed, signing, Now(clearing), chain_id)
            assert book.claims[declaration] == ((claim.object, record.claim),)
            assert isinstance(changed, ClaimName)
            continue
        with pytest.raises(RefusedError) as caught:
            accept(book, changed, signing, Now(clearing), chain_id)
        assert caught.value.reason == reason
        clearing.refused(changed, reason)
        assert not book.claims
    clearing.run(record)


def test_what_is_claimed_overridden_and_upgraded_is_read_alike(trade: Trade) -> None:
    """What random lives seldom reach: claims, every override, the end after an upgrade."""
    abroad, clearing = Clearing(trade.network, ID_CUSTOMS), Clearing(trade.network)
    resting = abroad.register(certificates=2, facts=1)
    abroad.register()
    abroad.decide(resting, 3)
    for _ in range(2):
        claimed, claim = abroad.claimed(trade, resting)
        abroad.run(abroad.name_record(resting, claim))
        trade.accept(claimed)
    abroad.check(resting, CheckKind.INSPECTION, CheckOutcome.FINDING)
    abroad.override(resting, OverrideKind.CHECK, CheckKind.INSPECTION)
    waived = clearing.channelled(2)
    fact = clearing.await_fact(waived, FactKind.LABORATORY)
    clearing.override(waived, OverrideKind.CHANNEL, 1)
    upgrade(clearing)
    clearing.override(waived, OverrideKind.FACT, fact=fact)
    clearing.settle(waived)
    clearing.grant(waived, GrantKind.CLEAR)
    clearing.cargo(waived, CargoEvent.EXITED)
    contract, known = clearing.contract, [resting, waived, *clearing.registered, *abroad.registered]
    book = ClearanceBook(declarations={one: clearing.state(one) for one in known})
    found = contract.fact(waived, fact)
    assert found is not None
    book.facts[waived, fact] = found
    assert book.declarations[resting].claims == 2
    assert book.declarations[waived].overrides == 2
    check_read_model(trade.network, book)


TestDeclarationLife = DeclarationLife.TestCase
TestDeclarationLife.settings = settings(
    max_examples=4, stateful_step_count=16, deadline=None, phases=(Phase.explicit, Phase.generate)
)
