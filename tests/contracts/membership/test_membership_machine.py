"""Random lives of a consortium: the contract and a model of it agree after every step."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from support.network import MEMBERS, VN_AUTHORITY, Network, SealingKey, Signer

from chain.proofs.heads import fold, initial_head
from contracts.calls import Call
from contracts.membership import governance
from contracts.membership.events import ValidatorSet
from contracts.membership.keys import NO_END, KeyPurpose, Role, organisation_id
from contracts.membership.misbehaviour import Misbehaviour, misbehaviour_id
from contracts.membership.records import GOVERNANCE, KeyAdd, KeyRevoke, MisbehaviourReport
from contracts.membership.state import validator_address
from contracts.membership.validators import replay_validators
from contracts.records import Record

NEWCOMERS = ("newcomer one", "newcomer two")
NAMES = (*(member.name for member in MEMBERS), *NEWCOMERS)
VALIDATOR_KEYS = tuple(bytes([number]) * 32 for number in (0x41, 0x42, 0x43))
NAME = st.sampled_from(NAMES)


@dataclass
class Party:
    """An organisation as the model has it; keys by their signers."""

    governing: bool
    active: bool = True
    admins: list[Signer] = field(default_factory=list)
    carriers: list[Signer] = field(default_factory=list)


class ConsortiumLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.network = Network()
        self.parties = {
            member.name: Party(member.governing, admins=[member.admin], carriers=[member.carrier])
            for member in MEMBERS
        }
        first = SealingKey().public_key
        self.validators = {first: (VN_AUTHORITY.name, 10)}
        self.runners = {first: VN_AUTHORITY.name}
        self.seats = [(0, ValidatorSet(first, VN_AUTHORITY.id, 10))]
        self.reports: dict[bytes, set[str]] = {}
        self.decided: list[bytes] = []
        self.numbers = iter(range(1_000_000))

    def teardown(self) -> None:
        self.network.close()

    # decisions

    @rule(name=st.sampled_from(NEWCOMERS), governing=st.booleans())
    def admit(self, name: str, governing: bool) -> None:
        admin = self.new_signer()
        action = governance.admit_organisation(
            organisation_id(name), Role.BANK, "SG", admin.key_id, governing=governing
        )
        if self.decide(action, expected=name not in self.parties):
            self.parties[name] = Party(governing, admins=[admin])

    @rule(name=NAME, governing=st.booleans(), active=st.sampled_from([True, True, False]))
    def change(self, name: str, governing: bool, active: bool) -> None:
        action = governance.change_organisation(
            organisation_id(name), Role.BANK, governing=governing, active=active
        )
        known = name in self.parties
        if known:
            after = replace(self.parties[name], governing=governing, active=active)
            known = self.is_governable(self.parties | {name: after})
        if self.decide(action, expected=known):
            self.parties[name].governing, self.parties[name].active = governing, active

    @rule(name=NAME)
    def grant(self, name: str) -> None:
        admin = self.new_signer()
        action = governance.grant_admin_key(organisation_id(name), admin.key_id)
        if self.decide(action, expected=name in self.parties):
            self.parties[name].admins.append(admin)

    @rule(name=NAME)
    def mark_last_admin(self, name: str) -> None:
        party = self.parties.get(name)
        if party is None or not party.admins:
            return
        after = replace(party, admins=party.admins[:-1])
        expected = self.is_governable(self.parties | {name: after})
        action = governance.mark_compromised(party.admins[-1].key_id, self.network.now)
        if self.decide(action, expected=expected):
            party.admins.pop()

    @rule(
        key=st.sampled_from((*VALIDATOR_KEYS, SealingKey().public_key)),
        power=st.sampled_from([0, 1, 7]),
        name=NAME,
    )
    def set_validator(self, key: bytes, power: int, name: str) -> None:
        party, known = self.parties.get(name), key in self.validators
        expected = party is not None and self.runners.get(key, name) == name
        expected = expected and (known or (power != 0 and party is not None and party.active))
        expected = expected and not (power == 0 and len(self.validators) == 1)
        action = governance.set_validator(key, power, organisation_id(name))
        if not self.decide(action, expected=expected):
            return
        self.runners[key] = name
        self.validators[key] = (name, power)
        if power == 0:
            del self.validators[key]
        self.seat(key, power)

    @rule(
        key=st.sampled_from((*VALIDATOR_KEYS, SealingKey().public_key)),
        successor=st.sampled_from(VALIDATOR_KEYS),
    )
    def replace_validator(self, key: bytes, successor: bytes) -> None:
        expected = key in self.validators and successor not in self.runners
        if not self.decide(governance.replace_validator(key, successor), expected=expected):
            return
        self.runners[successor] = self.runners[key]
        _, power = self.validators[successor] = self.validators.pop(key)
        self.seat(key, 0)
        self.seat(successor, power)

    @rule(missing=st.integers(1, 6))
    def decide_with_too_few(self, missing: int) -> None:
        voters = self.voters()[:-missing]
        if 3 * len(voters) > 2 * self.governing_count():
            return
        self.decide(self.harmless(), expected=False, voters=voters)

    @precondition(lambda self: any(not p.governing and p.admins for p in self.parties.values()))
    @rule(data=st.data())
    def decide_with_a_guest(self, data: st.DataObject) -> None:
        guests = [n for n, p in self.parties.items() if not p.governing and p.admins]
        guest = data.draw(st.sampled_from(guests))
        voters = [*self.voters(), (guest, self.parties[guest].admins[0])]
        self.decide(self.harmless(), expected=False, voters=voters)

    # an organisation's own acts

    @rule(name=NAME)
    def add_carrier(self, name: str) -> None:
        party = self.parties.get(name)
        if party is None or not party.admins:
            return
        signer, home = self.new_signer(), organisation_id(name)
        record = KeyAdd(
            object=home,
            sequence=self.network.membership.object_head(home).count,
            key=signer.key_id,
            purposes=int(KeyPurpose.CARRY),
            valid_from=0,
            valid_until=NO_END,
            material=self.network.possession(home, signer, self.network.soon),
            expires=self.network.soon,
        )
        if self.put(record, party.admins[0], expected=party.active):
            party.carriers.append(signer)

    @rule(name=NAME, admin=st.booleans())
    def revoke(self, name: str, admin: bool) -> None:
        party = self.parties.get(name)
        if party is None or not party.admins or not (keys := self.keys(party, admin=admin)):
            return
        home = organisation_id(name)
        sequence = self.network.membership.object_head(home).count
        record = KeyRevoke(home, sequence, keys[-1].key_id, self.network.soon)
        is_last = admin and len(keys) == 1
        if self.put(record, party.admins[0], expected=party.active and not is_last):
            keys.pop()

    @rule(name=NAME, key=st.sampled_from((*VALIDATOR_KEYS, SealingKey().public_key)))
    def report(self, name: str, key: bytes) -> None:
        party = self.parties.get(name)
        if party is None or not party.carriers:
            return
        kind, validator = Misbehaviour.DUPLICATE_VOTE, validator_address(key)
        misbehaviour = misbehaviour_id(kind, validator, 9)
        known = self.reports.setdefault(misbehaviour, set())
        record = MisbehaviourReport(
            object=misbehaviour,
            organisation=organisation_id(name),
            kind=int(kind),
            validator=validator,
            height=9,
            time=self.network.now - 1,
            total_power=10,
            expires=self.network.soon + next(self.numbers),
        )
        votes = party.governing and party.active
        expected = votes and key in self.runners and name not in known
        if self.put(record, party.carriers[0], expected=expected):
            known.add(name)

    @rule(seconds=st.sampled_from([0, 10, 1000]))
    def pass_time(self, seconds: int) -> None:
        self.network.wait(seconds)

    # what holds always

    @invariant()
    def organisations_agree(self) -> None:
        for name in NAMES:
            found = self.network.membership.organisation(organisation_id(name))
            party = self.parties.get(name)
            assert (found is None) == (party is None), name
            if found is not None and party is not None:
                assert (found.governing, found.active) == (party.governing, party.active), name
                assert found.admin_keys == len(party.admins), name
        assert self.network.membership.governing_count() == self.governing_count()

    @invariant()
    def senders_agree(self) -> None:
        for name, party in self.parties.items():
            expected = organisation_id(name) if party.active else None
            for signer in (*party.admins, *party.carriers):
                assert self.network.membership.sender(signer.address) == expected, name

    @invariant()
    def validators_agree(self) -> None:
        found = {v.public_key: v.power for v in self.network.membership.validators()}
        assert found == {key: power for key, (_, power) in self.validators.items()}
        assert found
        assert dict(self.replayed()) == found
        for key, name in self.runners.items():
            address = validator_address(key)
            runner = self.network.membership.validator_organisation(address)
            assert runner == organisation_id(name)

    @invariant()
    def histories_agree(self) -> None:
        membership = self.network.membership
        head = membership.object_head(GOVERNANCE)
        assert head.count == len(self.decided)
        if self.decided:
            start = initial_head("membership", membership.domain.chain_id, GOVERNANCE)
            assert head.head == fold(start, self.decided)
        for misbehaviour, names in self.reports.items():
            assert membership.object_head(misbehaviour).count == len(names)

    @invariant()
    def somebody_can_decide(self) -> None:
        assert self.is_governable(self.parties)

    # the model

    def voters(self) -> list[tuple[str, Signer]]:
        able = {n: p for n, p in self.parties.items() if p.governing and p.active and p.admins}
        return [(name, able[name].admins[0]) for name in able]

    def governing_count(self) -> int:
        return sum(p.governing and p.active for p in self.parties.values())

    def harmless(self) -> bytes:
        return governance.commit_consortium_key(f"key-{next(self.numbers)}", b"\7" * 32)

    def new_signer(self) -> Signer:
        return Signer(f"machine {next(self.numbers)}")

    def replayed(self) -> list[tuple[bytes, int]]:
        history = replay_validators(self.seats)
        return [(v.public_key, v.power) for v in history.at(self.network.ledger.block_number())]

    def seat(self, key: bytes, power: int) -> None:
        event = ValidatorSet(key, organisation_id(self.runners[key]), power)
        self.seats.append((self.network.ledger.block_number(), event))

    @staticmethod
    def keys(party: Party, *, admin: bool) -> list[Signer]:
        return party.admins if admin else party.carriers

    @staticmethod
    def is_governable(parties: dict[str, Party]) -> bool:
        governing = [p for p in parties.values() if p.governing and p.active]
        return 3 * sum(bool(p.admins) for p in governing) > 2 * len(governing) > 0

    # doing

    def decide(
        self,
        action: bytes,
        *,
        expected: bool,
        voters: list[tuple[str, Signer]] | None = None,
    ) -> bool:
        chosen = self.voters() if voters is None else voters
        ordered = [s for _, s in sorted(chosen, key=lambda voter: organisation_id(voter[0]))]
        proposal = self.network.proposal(action)
        votes = self.network.votes(proposal, ordered) if ordered else []
        accepted = self.send(self.network.membership.decide(proposal, votes))
        assert accepted == expected
        if accepted:
            self.decided.append(proposal.digest(self.network.membership.domain))
        return accepted

    def put(self, record: Record, signer: Signer, *, expected: bool) -> bool:
        accepted = self.send(self.network.carry(self.network.sign(record, signer)))
        assert accepted == expected
        return accepted

    def send(self, call: Call) -> bool:
        # Without a rehearsal, which would run in the newest block instead of the next.
        receipt = self.network._transact(call, self.carrier())
        return bool(receipt["status"] == 1)

    def carrier(self) -> Signer:
        """Return a key that may send; there is always one."""
        return next(
            signer
            for party in self.parties.values()
            if party.active
            for signer in (*party.carriers, *party.admins)
        )


TestConsortiumLife = pytest.mark.slow(ConsortiumLife.TestCase)
TestConsortiumLife.settings = settings(max_examples=5, stateful_step_count=20, deadline=None)
