"""Votes of more than two thirds, and what they may decide."""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from support.network import (
    DAY,
    GOVERNORS,
    HOUR,
    ID_AUTHORITY,
    ID_CUSTOMS,
    ID_IMPORTER,
    TH_CUSTOMS,
    VN_CUSTOMS,
    Network,
    SealingKey,
    Signer,
)

from contracts.artifacts import load_artifact
from contracts.calls import Call
from contracts.errors import RefusedError
from contracts.events import Recorded, Refused
from contracts.membership import governance
from contracts.membership.events import Decided, KeyRevoked, OrganisationSet
from contracts.membership.keys import KeyPurpose, Role
from contracts.membership.records import GOVERNANCE, KeyAdd, KeyRevoke

ACTION = governance.commit_consortium_key("seals", b"\7" * 32)
NEW = Signer("a new admin")


def decide_refused(network: Network, action: bytes, reason: str) -> None:
    proposal = network.proposal(action)
    with pytest.raises(RefusedError) as caught:
        network.attempt(network.membership.decide(proposal, network.votes(proposal)))
    assert caught.value.reason == reason


def votes_refused(network: Network, voters: list[Signer], reason: str, **changes: Any) -> None:
    proposal = network.proposal(ACTION, **changes)
    with pytest.raises(RefusedError) as caught:
        network.attempt(network.membership.decide(proposal, network.votes(proposal, voters)))
    assert caught.value.reason == reason


ADMINS = [member.admin for member in GOVERNORS]


class TestVotes:
    def test_more_than_two_thirds_decide(self, network: Network) -> None:
        proposal = network.proposal(ACTION)
        call = network.membership.decide(proposal, network.votes(proposal, ADMINS[:3]))
        outcome = network.send(call)
        event = outcome.only(Decided)
        assert (event.sequence, event.votes, event.action) == (0, 3, ACTION)
        recorded = outcome.only(Recorded)
        assert recorded.object == GOVERNANCE
        assert recorded.signer == ADMINS[0].key_id
        assert network.membership.governance_sequence() == 1
        assert network.membership.identifier_key(governance.CONSORTIUM, "seals") == b"\7" * 32

    @pytest.mark.parametrize("count", [0, 1, 2])
    def test_too_few(self, network: Network, count: int) -> None:
        proposal = network.proposal(ACTION)
        votes = network.votes(proposal, ADMINS[:count] or None)[:count]
        with pytest.raises(RefusedError, match="membership: too few votes"):
            network.attempt(network.membership.decide(proposal, votes))

    def test_exactly_two_thirds_are_too_few(self, network: Network) -> None:
        network.decide(
            governance.change_organisation(
                GOVERNORS[3].id, GOVERNORS[3].roles, governing=False, active=True
            )
        )
        assert network.membership.governing_count() == 3
        votes_refused(network, ADMINS[:2], "membership: too few votes")

    def test_same_vote_twice(self, network: Network) -> None:
        voters = [ADMINS[0], ADMINS[1], ADMINS[1]]
        votes_refused(network, voters, "membership: order of votes")

    def test_two_admins_of_one_organisation_are_one_vote(self, network: Network) -> None:
        network.decide(governance.grant_admin_key(GOVERNORS[0].id, NEW.key_id))
        votes_refused(network, [ADMINS[0], NEW, ADMINS[1]], "membership: order of votes")

    def test_votes_out_of_order(self, network: Network) -> None:
        votes_refused(network, ADMINS[::-1], "membership: order of votes")

    @pytest.mark.parametrize("sequence", [1, 2**64 - 1])
    def test_wrong_sequence(self, network: Network, sequence: int) -> None:
        votes_refused(network, ADMINS, "membership: sequence", sequence=sequence)

    def test_a_proposal_applies_once(self, network: Network) -> None:
        proposal = network.proposal(ACTION)
        call = network.membership.decide(proposal, network.votes(proposal))
        network.send(call)
        with pytest.raises(RefusedError, match="records: used"):
            network.attempt(call)

    def test_proposals_apply_in_order(self, network: Network) -> None:
        stale = network.proposal(governance.commit_consortium_key("other", b"\7" * 32))
        network.decide(ACTION)
        with pytest.raises(RefusedError, match="membership: sequence"):
            network.attempt(network.membership.decide(stale, network.votes(stale)))

    def test_expired_votes(self, network: Network) -> None:
        network.wait(HOUR)
        votes_refused(network, ADMINS, "records: expired", expires=network.now - 1)

    def test_another_object(self, network: Network) -> None:
        votes_refused(network, ADMINS, "membership: governance object", object=VN_CUSTOMS.id)

    def test_who_does_not_govern(self, network: Network) -> None:
        voters = sorted([*GOVERNORS[:3], TH_CUSTOMS], key=lambda member: member.id)
        signers = [member.admin for member in voters]
        votes_refused(network, signers, "membership: not governing")

    def test_officer(self, network: Network) -> None:
        voters = [*ADMINS[:3], GOVERNORS[3].officer]
        votes_refused(network, voters, "membership: key purpose")

    def test_stranger(self, network: Network) -> None:
        votes_refused(network, [*ADMINS[:3], NEW], "membership: unknown key")

    def test_revoked_admin(self, network: Network) -> None:
        governor = GOVERNORS[3]
        network.decide(governance.grant_admin_key(governor.id, NEW.key_id))
        record = KeyRevoke(governor.id, 0, governor.admin.key_id, network.soon)
        network.run(record, NEW)
        votes_refused(network, ADMINS, "membership: key revoked")
        proposal = network.proposal(ACTION)
        votes = network.votes(proposal, [*ADMINS[:3], NEW])
        network.send(network.membership.decide(proposal, votes))

    def test_suspended_organisation(self, network: Network) -> None:
        governor = GOVERNORS[3]
        network.decide(
            governance.change_organisation(
                governor.id, governor.roles, governing=True, active=False
            )
        )
        assert network.membership.governing_count() == 3
        votes_refused(network, ADMINS, "membership: organisation not active")

    def test_vote_on_another_action(self, network: Network) -> None:
        proposal = network.proposal(ACTION)
        other = network.proposal(governance.commit_consortium_key("seals", b"\6" * 32))
        with pytest.raises(RefusedError, match="membership: unknown key"):
            network.attempt(network.membership.decide(proposal, network.votes(other)))

    @pytest.mark.parametrize("action", [b"", b"\1\2\3\4", ACTION[:-1]], ids=["no", "odd", "cut"])
    def test_action_that_is_none(self, network: Network, action: bytes) -> None:
        decide_refused(network, action, "")
        assert network.membership.governance_sequence() == 0


BY_DECISION: dict[str, bytes] = {
    "admit": governance.admit_organisation(b"\7" * 32, Role.BANK, "SG", NEW.key_id, governing=True),
    "change": governance.change_organisation(
        VN_CUSTOMS.id, Role.CUSTOMS, governing=False, active=True
    ),
    "grant": governance.grant_admin_key(VN_CUSTOMS.id, NEW.key_id),
    "compromised": governance.mark_compromised(VN_CUSTOMS.officer.key_id, 1),
    "validator": governance.set_validator(b"\7" * 32, 5, VN_CUSTOMS.id),
    "validator's key": governance.replace_validator(SealingKey().public_key, b"\7" * 32),
    "consortium key": ACTION,
}


class TestGuards:
    @pytest.mark.parametrize("name", BY_DECISION)
    def test_nobody_acts_without_a_decision(self, network: Network, name: str) -> None:
        call = Call(network.membership.address, BY_DECISION[name], 500_000)
        with pytest.raises(RefusedError, match="membership: by decision only"):
            network.attempt(call)

    @pytest.mark.parametrize("name", BY_DECISION)
    def test_a_batch_is_no_decision(self, network: Network, name: str) -> None:
        call = Call(network.membership.address, BY_DECISION[name], 500_000)
        outcome = network.send(network.membership.submit([call]))
        assert [type(event) for event in outcome.events] == [Refused]

    @pytest.mark.parametrize("name", BY_DECISION)
    def test_a_decision_acts(self, network: Network, name: str) -> None:
        assert network.decide(BY_DECISION[name]).only(Decided).action == BY_DECISION[name]


class TestOrganisations:
    def test_admitted_organisation_governs_itself(self, network: Network) -> None:
        outcome = network.decide(BY_DECISION["admit"])
        event = outcome.only(OrganisationSet)
        assert (event.roles, event.country, event.governing, event.active) == (
            Role.BANK,
            b"SG",
            True,
            True,
        )
        assert network.membership.governing_count() == 5
        carrier = Signer("bank carrier")
        record = KeyAdd(
            b"\7" * 32,
            0,
            carrier.key_id,
            int(KeyPurpose.CARRY),
            0,
            (1 << 56) - 1,
            network.possession(b"\7" * 32, carrier, network.soon),
            network.soon,
        )
        network.run(record, NEW)
        assert network.membership.may_send(carrier.address)

    REFUSED: ClassVar[dict[str, tuple[Callable[[], bytes], str]]] = {
        "known": (
            lambda: governance.admit_organisation(
                VN_CUSTOMS.id, Role.BANK, "SG", NEW.key_id, governing=True
            ),
            "membership: organisation known",
        ),
        "zero": (
            lambda: governance.admit_organisation(
                bytes(32), Role.BANK, "SG", NEW.key_id, governing=True
            ),
            "membership: organisation",
        ),
        "governance": (
            lambda: governance.admit_organisation(
                GOVERNANCE, Role.BANK, "SG", NEW.key_id, governing=True
            ),
            "membership: organisation",
        ),
        "no roles": (
            lambda: governance.admit_organisation(
                b"\7" * 32, Role(0), "SG", NEW.key_id, governing=True
            ),
            "membership: roles",
        ),
        "lower-case country": (
            lambda: governance.admit_organisation(
                b"\7" * 32, Role.BANK, "sg", NEW.key_id, governing=True
            ),
            "membership: country",
        ),
        "short country": (
            lambda: governance.admit_organisation(
                b"\7" * 32, Role.BANK, "S", NEW.key_id, governing=True
            ),
            "membership: country",
        ),
        "bound key": (
            lambda: governance.admit_organisation(
                b"\7" * 32, Role.BANK, "SG", VN_CUSTOMS.officer.key_id, governing=True
            ),
            "membership: key bound",
        ),
        "no address": (
            lambda: governance.admit_organisation(
                b"\7" * 32, Role.BANK, "SG", b"\7" * 32, governing=True
            ),
            "membership: key is no address",
        ),
        "unknown": (
            lambda: governance.change_organisation(
                b"\7" * 32, Role.BANK, governing=True, active=True
            ),
            "membership: unknown organisation",
        ),
        "key for nobody": (
            lambda: governance.grant_admin_key(b"\7" * 32, NEW.key_id),
            "membership: unknown organisation",
        ),
    }

    @pytest.mark.parametrize("name", REFUSED)
    def test_refused(self, network: Network, name: str) -> None:
        action, reason = self.REFUSED[name]
        decide_refused(network, action(), reason)

    def test_change_keeps_country_and_admin_keys(self, network: Network) -> None:
        roles = Role.CUSTOMS | Role.AGENCY
        network.decide(
            governance.change_organisation(VN_CUSTOMS.id, roles, governing=False, active=True)
        )
        organisation = network.membership.organisation(VN_CUSTOMS.id)
        assert organisation is not None
        assert organisation.roles == roles
        assert organisation.country == "VN"
        assert organisation.admin_keys == 1
        assert not organisation.governing
        assert network.membership.governing_count() == 3

    def test_suspension_stops_all_keys(self, network: Network) -> None:
        action = governance.change_organisation(
            ID_IMPORTER.id, Role.ENTERPRISE, governing=False, active=False
        )
        network.decide(action)
        assert not network.membership.may_send(ID_IMPORTER.carrier.address)
        again = governance.change_organisation(
            ID_IMPORTER.id, Role.ENTERPRISE, governing=False, active=True
        )
        network.decide(again)
        assert network.membership.may_send(ID_IMPORTER.carrier.address)

    def test_somebody_must_govern(self, network: Network) -> None:
        remaining = list(GOVERNORS)
        while len(remaining) > 1:
            leaving = remaining[0]
            action = governance.change_organisation(
                leaving.id, leaving.roles, governing=False, active=True
            )
            proposal = network.proposal(action)
            votes = network.votes(proposal, [member.admin for member in remaining])
            network.send(network.membership.decide(proposal, votes))
            remaining.pop(0)
        (last,) = remaining
        action = governance.change_organisation(last.id, last.roles, governing=False, active=True)
        proposal = network.proposal(action)
        with pytest.raises(RefusedError, match="membership: nobody would govern"):
            network.attempt(
                network.membership.decide(proposal, network.votes(proposal, [last.admin]))
            )

    def test_most_of_those_who_govern_can_vote(self, network: Network) -> None:
        mute = GOVERNORS[0]
        network.decide(governance.mark_compromised(mute.admin.key_id, network.now))
        leaving = GOVERNORS[1]
        action = governance.change_organisation(
            leaving.id, leaving.roles, governing=False, active=True
        )
        proposal = network.proposal(action)
        votes = network.votes(proposal, ADMINS[1:])
        with pytest.raises(RefusedError, match="membership: too few could vote"):
            network.attempt(network.membership.decide(proposal, votes))
        proposal = network.proposal(
            governance.change_organisation(mute.id, mute.roles, governing=False, active=True)
        )
        network.send(network.membership.decide(proposal, network.votes(proposal, ADMINS[1:])))
        assert network.membership.governing_count() == 3


class TestCompromise:
    def test_too_many_last_admin_keys_cannot_be_marked(self, network: Network) -> None:
        network.decide(governance.mark_compromised(ADMINS[0].key_id, network.now))
        proposal = network.proposal(governance.mark_compromised(ADMINS[1].key_id, network.now))
        votes = network.votes(proposal, ADMINS[1:])
        with pytest.raises(RefusedError, match="membership: too few could vote"):
            network.attempt(network.membership.decide(proposal, votes))
        proposal = network.proposal(governance.grant_admin_key(GOVERNORS[0].id, NEW.key_id))
        network.send(network.membership.decide(proposal, network.votes(proposal, ADMINS[1:])))
        proposal = network.proposal(governance.mark_compromised(ADMINS[1].key_id, network.now))
        votes = network.votes(proposal, [NEW, *ADMINS[1:]])
        network.send(network.membership.decide(proposal, votes))

    def test_mark_revokes_and_casts_doubt(self, network: Network) -> None:
        network.wait(DAY)
        since = network.now - HOUR
        key_id = ID_CUSTOMS.officer.key_id
        outcome = network.decide(governance.mark_compromised(key_id, since))
        event = outcome.only(KeyRevoked)
        assert (event.revoked_at, event.compromised_since) == (network.now, since)
        key = network.membership.key(key_id)
        assert key is not None
        assert key.revoked_at == network.now
        assert [key.is_doubtful_at(time) for time in (since - 1, since, network.now)] == [
            False,
            True,
            True,
        ]

    def test_mark_keeps_an_earlier_revocation(self, network: Network) -> None:
        network.wait(HOUR)
        revoked_at = network.now
        record = KeyRevoke(ID_CUSTOMS.id, 0, ID_CUSTOMS.officer.key_id, network.soon)
        network.run(record, ID_CUSTOMS.admin)
        network.wait(HOUR)
        network.decide(governance.mark_compromised(ID_CUSTOMS.officer.key_id, revoked_at - 60))
        network.decide(governance.mark_compromised(ID_CUSTOMS.officer.key_id, revoked_at - 90))
        key = network.membership.key(ID_CUSTOMS.officer.key_id)
        assert key is not None
        assert (key.revoked_at, key.compromised_since) == (revoked_at, revoked_at - 90)

    def test_last_admin_key_may_be_marked_and_replaced(self, network: Network) -> None:
        network.decide(governance.mark_compromised(ID_AUTHORITY.admin.key_id, network.now))
        organisation = network.membership.organisation(ID_AUTHORITY.id)
        assert organisation is not None
        assert organisation.admin_keys == 0
        proposal = network.proposal(governance.grant_admin_key(ID_AUTHORITY.id, NEW.key_id))
        voters = [member.admin for member in GOVERNORS if member != ID_AUTHORITY]
        network.send(network.membership.decide(proposal, network.votes(proposal, voters)))
        network.run(KeyRevoke(ID_AUTHORITY.id, 0, ID_AUTHORITY.officer.key_id, network.soon), NEW)

    @pytest.mark.parametrize("since", [0, 1 << 55], ids=["never", "future"])
    def test_time_must_have_been(self, network: Network, since: int) -> None:
        action = governance.mark_compromised(ID_CUSTOMS.officer.key_id, since)
        decide_refused(network, action, "membership: compromised since")

    def test_unknown_key(self, network: Network) -> None:
        decide_refused(
            network, governance.mark_compromised(NEW.key_id, 1), "membership: unknown key"
        )


class TestInstall:
    def test_init_code_must_be_the_decided_one(self, network: Network) -> None:
        proposal = network.proposal(governance.install_contract("custody", b"\1", 100))
        call = network.membership.install(proposal, network.votes(proposal), b"\2")
        with pytest.raises(RefusedError, match="membership: init code"):
            network.attempt(call)

    def test_action_must_be_an_installation(self, network: Network) -> None:
        proposal = network.proposal(ACTION)
        call = network.membership.install(proposal, network.votes(proposal), b"\2")
        with pytest.raises(RefusedError, match="membership: action"):
            network.attempt(call)

    def test_installation_needs_its_init_code(self, network: Network) -> None:
        decide_refused(network, governance.install_contract("custody", b"\1", 100), "")

    def test_votes_are_counted(self, network: Network) -> None:
        code = load_artifact("origin").init_code(0, 0)
        proposal = network.proposal(governance.install_contract("custody", code, 100))
        call = network.membership.install(proposal, network.votes(proposal, ADMINS[:2]), code)
        with pytest.raises(RefusedError, match="membership: too few votes"):
            network.attempt(call)

    REFUSED: ClassVar[dict[str, tuple[str, int, str]]] = {
        "now": ("custody", 1, "membership: from block"),
        "past": ("custody", 0, "membership: from block"),
        "too wide": ("custody", 1 << 64, "membership: from block"),
        "membership": ("membership", 100, "membership: domain"),
        "no domain": ("", 100, "membership: domain"),
    }

    @pytest.mark.parametrize("name", REFUSED)
    def test_refused(self, network: Network, name: str) -> None:
        domain, from_block, reason = self.REFUSED[name]
        code = load_artifact("origin").init_code(0, 0)
        proposal = network.proposal(governance.install_contract(domain, code, from_block))
        call = network.membership.install(proposal, network.votes(proposal), code)
        network.seal()
        with pytest.raises(RefusedError) as caught:
            network.ledger.attempt(call, VN_CUSTOMS.carrier.address)
        assert caught.value.reason == reason

    def test_code_that_leaves_nothing(self, network: Network) -> None:
        code = bytes.fromhex("60006000f3")
        proposal = network.proposal(governance.install_contract("custody", code, 100))
        network.send_refused(network.membership.install(proposal, network.votes(proposal), code))
        assert network.membership.versions("custody") == ()

    def test_new_domain_speaks_from_its_block(self, network: Network) -> None:
        member = network.membership.address.rjust(32, b"\0")
        here = network.ledger.block_number()
        code = load_artifact("origin").init_code(member, 0)
        network.install("custody", code, here + 3)
        (version,) = network.membership.versions("custody")
        assert version.from_block == here + 3
        answers = {}
        for name in ("one", "two", "three"):
            answers[network.ledger.block_number()] = network.membership.may_call(version.contract)
            network.decide(governance.commit_consortium_key(name, b"\7" * 32))
        assert answers == {here + 1: False, here + 2: False, here + 3: True}
        assert network.membership.contract_of("custody", here + 2) is None
        assert network.membership.contract_of("custody", here + 3) == version.contract
