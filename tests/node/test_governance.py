"""Proposals at a node: whose vote is taken, and how a decision comes to the ledger."""

from collections.abc import Callable
from typing import Any

import pytest
from support.comet_ledger import is_network
from support.organisations import (
    CHAIN_ID,
    CUSTOMS_ID,
    CUSTOMS_TH,
    CUSTOMS_VN,
    ISSUER,
    MEMBERSHIP,
    Member,
    Network,
    SealingKey,
    Signer,
)

from contracts.artifacts import load_artifact
from contracts.errors import RecordFormatError
from contracts.membership import governance
from contracts.membership.ballot import Ballot
from contracts.membership.founding import DOMAINS
from contracts.membership.records import GOVERNANCE, KeyRevoke, Proposal
from contracts.records.record import RecordDomain
from contracts.records.signed import SignedRecord
from node.database.database import Purpose
from node.errors import (
    ProposalClosedError,
    ProposalUndecidedError,
    ProposalUnknownError,
    RecordForeignError,
    RecordMalformedError,
    VoteRefusedError,
)
from node.governance.proposals import ProposalStatus, Standing
from node.indexer.dump import dump_digest
from node.membership.queries import MembershipQueries
from node.organisation import OrganisationNode
from node.outbox.tables import EntryStatus

pytestmark = pytest.mark.skipif(
    is_network(), reason="not on a network: its decisions add validators that nobody runs"
)

DOMAIN = RecordDomain(CHAIN_ID, MEMBERSHIP)
GOVERNORS = (ISSUER, CUSTOMS_VN, CUSTOMS_ID)
KEY, OTHER = b"\x07" * 32, b"\x06" * 32
FIRST = SealingKey().public_key


def admin(member: Member) -> Signer:
    return Signer(f"{member.name} admin")


def draft(network: Network, action: bytes | None = None, **changes: Any) -> Ballot:
    chosen = action or governance.set_validator(KEY, 5, CUSTOMS_VN.id)
    values = {"object": GOVERNANCE, "sequence": 0, "action": chosen, "expires": network.soon}
    return Ballot(DOMAIN, Proposal(**(values | changes)))


def signed(ballot: Ballot, *members: Member) -> Ballot:
    for member in members:
        ballot = ballot.sign(admin(member).secret)
    return ballot


def digest(ballot: Ballot) -> str:
    return "0x" + ballot.digest.hex()


@pytest.fixture
def node(network: Network) -> OrganisationNode:
    node = network.node(network.organisation(ISSUER))
    node.step()
    return node


def vote(node: OrganisationNode, ballot: Ballot, signer: Signer) -> Standing:
    one = Ballot(ballot.domain, ballot.proposal, ballot.init_code).sign(signer.secret)
    return node.proposals.vote(digest(ballot), one.votes[0])


def test_the_decisive_vote_carries_the_decision(network: Network, node: OrganisationNode) -> None:
    ballot = draft(network)
    standing = node.proposals.propose(ballot)
    assert (standing.status, standing.counted, standing.needed) == (ProposalStatus.OPEN, 0, 3)
    for count, member in enumerate(GOVERNORS[:2], start=1):
        standing = vote(node, ballot, admin(member))
        assert (standing.status, standing.counted) == (ProposalStatus.OPEN, count)
    assert vote(node, ballot, admin(CUSTOMS_ID)).status is ProposalStatus.CARRYING
    network.settle(node)
    standing = node.proposals.find(digest(ballot))
    assert (standing.status, standing.next_sequence) == (ProposalStatus.DECIDED, 1)
    with node.reading() as session:
        queries = MembershipQueries(session)
        assert {row.public_key for row in queries.validators()} == {
            "0x" + FIRST.hex(),
            "0x" + KEY.hex(),
        }
        (decision,) = queries.decisions(0, 10)
    assert (decision.digest, decision.votes) == (digest(ballot), 3)
    assert decision.block_number == standing.block


def test_votes_come_in_any_order_and_twice(network: Network, node: OrganisationNode) -> None:
    ballot = draft(network)
    node.proposals.propose(signed(ballot, CUSTOMS_ID))
    node.proposals.propose(signed(ballot, CUSTOMS_ID, ISSUER))
    assert vote(node, ballot, admin(ISSUER)).counted == 2
    vote(node, ballot, admin(CUSTOMS_VN))
    network.settle(node)
    assert node.proposals.find(digest(ballot)).status is ProposalStatus.DECIDED


def test_any_node_carries_what_was_signed_elsewhere(
    network: Network, node: OrganisationNode
) -> None:
    other = network.node(network.organisation(CUSTOMS_TH))
    other.step()
    ballot = signed(draft(network), *GOVERNORS)
    assert other.proposals.propose(ballot).status is ProposalStatus.CARRYING
    node.proposals.propose(ballot)
    network.settle(node, other)
    for one in (node, other):
        assert one.proposals.find(digest(ballot)).status is ProposalStatus.DECIDED
        assert one.outbox.find(digest(ballot)).status is EntryStatus.FINAL
    with node.reading() as session:
        assert MembershipQueries(session).decision_count() == 1


def test_votes_survive_a_restart(network: Network) -> None:
    folder = network.organisation(ISSUER)
    first = network.node(folder)
    first.step()
    ballot = draft(network)
    first.proposals.propose(signed(ballot, ISSUER, CUSTOMS_VN))
    first.close()
    second = network.node(folder)
    assert second.proposals.find(digest(ballot)).counted == 2
    vote(second, ballot, admin(CUSTOMS_ID))
    network.settle(second)
    assert second.proposals.find(digest(ballot)).status is ProposalStatus.DECIDED


def test_a_promise_lost_between_vote_and_outbox_is_made_again(
    network: Network, node: OrganisationNode
) -> None:
    ballot = signed(draft(network), *GOVERNORS)
    node.proposals._store(ballot)  # as after a crash behind the last vote
    assert node.proposals.find(digest(ballot)).status is ProposalStatus.DECIDABLE
    assert node.proposals.submit(digest(ballot)).status is ProposalStatus.CARRYING
    network.settle(node)
    assert node.proposals.submit(digest(ballot)).status is ProposalStatus.DECIDED


REFUSED: dict[str, tuple[Signer, str]] = {
    "who does not govern": (admin(CUSTOMS_TH), "does not govern"),
    "an officer": (ISSUER.officer, "no admin key"),
    "a carrier": (ISSUER.carrier, "no admin key"),
    "a stranger": (Signer("nobody"), "no organisation has this key"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_votes_that_do_not_count(network: Network, node: OrganisationNode, name: str) -> None:
    signer, reason = REFUSED[name]
    ballot = draft(network)
    node.proposals.propose(ballot)
    with pytest.raises(VoteRefusedError, match=reason):
        vote(node, ballot, signer)
    assert node.proposals.find(digest(ballot)).ballot.votes == ()
    with pytest.raises(VoteRefusedError, match=reason):
        node.proposals.propose(draft(network, expires=network.soon + 1).sign(signer.secret))


def test_a_vote_on_another_proposal_is_a_strangers(
    network: Network, node: OrganisationNode
) -> None:
    ballot, other = draft(network), draft(network, expires=network.soon + 1)
    node.proposals.propose(ballot)
    foreign = signed(other, ISSUER).votes[0]
    with pytest.raises(VoteRefusedError, match="no organisation has this key"):
        node.proposals.vote(digest(ballot), foreign)


def test_a_revoked_key_counts_no_more(network: Network, node: OrganisationNode) -> None:
    grant = signed(
        draft(network, governance.grant_admin_key(ISSUER.id, Signer("second").key_id)), *GOVERNORS
    )
    node.proposals.propose(grant)
    network.settle(node)
    ballot = signed(draft(network, sequence=1), ISSUER)
    node.proposals.propose(ballot)
    record = KeyRevoke(ISSUER.id, 0, admin(ISSUER).key_id, network.soon)
    node.submit(network.sign(record, Signer("second")))
    network.settle(node)
    standing = node.proposals.find(digest(ballot))
    assert standing.counted == 0
    assert standing.voters[0].refusal == "it is revoked"
    assert vote(node, ballot, Signer("second")).counted == 1


def test_too_few_votes_are_not_carried(network: Network, node: OrganisationNode) -> None:
    ballot = signed(draft(network), ISSUER, CUSTOMS_VN)
    node.proposals.propose(ballot)
    with pytest.raises(ProposalUndecidedError, match="has 2 votes that count and needs 3"):
        node.proposals.submit(digest(ballot))
    network.settle(node)
    assert node.proposals.find(digest(ballot)).status is ProposalStatus.OPEN


def test_two_keys_of_one_organisation_are_one_vote(
    network: Network, node: OrganisationNode
) -> None:
    second = Signer("second")
    action = governance.grant_admin_key(ISSUER.id, second.key_id)
    node.proposals.propose(signed(draft(network, action), *GOVERNORS))
    network.settle(node)
    ballot = signed(draft(network, sequence=1), ISSUER, CUSTOMS_VN)
    node.proposals.propose(ballot)
    standing = vote(node, ballot, second)
    assert (standing.counted, len(standing.voters)) == (2, 3)
    assert standing.status is ProposalStatus.OPEN


def test_decided_superseded_and_expired_take_no_votes(
    network: Network, node: OrganisationNode
) -> None:
    done = signed(draft(network), *GOVERNORS)
    late = draft(network, governance.set_validator(OTHER, 5, CUSTOMS_VN.id))
    brief = draft(network, sequence=1, expires=network.time + 20)
    for ballot in (done, late, brief):
        node.proposals.propose(ballot)
    network.settle(node)
    network.time += 60
    network.seal()
    expected = {
        done: (ProposalStatus.DECIDED, "was decided"),
        late: (ProposalStatus.SUPERSEDED, "draft it again with sequence 1"),
        brief: (ProposalStatus.EXPIRED, "draft it again with a later end"),
    }
    for ballot, (status, text) in expected.items():
        assert node.proposals.find(digest(ballot)).status is status
        with pytest.raises(ProposalClosedError, match=text):
            vote(node, ballot, admin(ISSUER))
        with pytest.raises(ProposalClosedError, match=text):
            node.proposals.propose(ballot)


def test_unknown_and_foreign_proposals(network: Network, node: OrganisationNode) -> None:
    ballot = draft(network)
    with pytest.raises(ProposalUnknownError):
        vote(node, ballot, admin(ISSUER))
    for domain in (RecordDomain(CHAIN_ID, KEY[:20]), RecordDomain(1, MEMBERSHIP)):
        with pytest.raises(RecordForeignError):
            node.proposals.propose(Ballot(domain, ballot.proposal))


def test_a_proposal_is_no_single_record(network: Network, node: OrganisationNode) -> None:
    ballot = signed(draft(network), *GOVERNORS)
    node.proposals.propose(draft(network))
    record = SignedRecord(ballot.proposal, DOMAIN, ballot.votes[0])
    with pytest.raises(RecordMalformedError, match="proposals"):
        node.submit(record)


def test_what_the_ledger_refuses_may_be_carried_again(
    network: Network, node: OrganisationNode
) -> None:
    action = governance.replace_validator(KEY, OTHER)  # nobody validates with this key yet
    ballot = signed(draft(network, action), *GOVERNORS)
    node.proposals.propose(ballot)
    network.settle(node)
    standing = node.proposals.find(digest(ballot))
    assert (standing.status, standing.reason) == (
        ProposalStatus.REFUSED,
        "membership: unknown validator",
    )
    assert standing.next_sequence == 0
    assert node.proposals.submit(digest(ballot)).status is ProposalStatus.CARRYING


def test_installation_carries_its_code(network: Network, node: OrganisationNode) -> None:
    code = load_artifact("origin").init_code(MEMBERSHIP.rjust(32, b"\0"), 0)
    action = governance.install_contract("custody", code, 1_000)
    proposal = draft(network, governance.commit_consortium_key("k", KEY)).proposal
    proposal = Proposal(GOVERNANCE, 0, action, proposal.expires)
    with pytest.raises(RecordFormatError, match="initCode"):
        Ballot(DOMAIN, proposal, code[:-1])
    ballot = signed(Ballot(DOMAIN, proposal, code), *GOVERNORS)
    node.proposals.propose(ballot)
    network.settle(node)
    with node.reading() as session:
        contracts = MembershipQueries(session).contracts()
    assert [row.domain for row in contracts] == sorted([*DOMAINS, "custody"])


def test_validators_at_each_block(network: Network, node: OrganisationNode) -> None:
    steps = [
        governance.set_validator(KEY, 5, CUSTOMS_VN.id),
        governance.replace_validator(FIRST, OTHER),
        governance.set_validator(KEY, 0, CUSTOMS_VN.id),
    ]
    expected = {0: {FIRST: 10}}
    blocks = []
    for sequence, action in enumerate(steps):
        ballot = signed(draft(network, action, sequence=sequence), *GOVERNORS)
        node.proposals.propose(ballot)
        network.settle(node)
        blocks.append(node.proposals.find(digest(ballot)).block)
    expected |= dict(
        zip(blocks, ({FIRST: 10, KEY: 5}, {OTHER: 10, KEY: 5}, {OTHER: 10}), strict=True)
    )
    with node.reading() as session:
        queries = MembershipQueries(session)
        for block, powers in expected.items():
            found = {bytes.fromhex(r.public_key[2:]): r.power for r in queries.validators(block)}
            assert found == powers, block
        assert {row.until_block for row in queries.seats()} == {None, *blocks[1:]}
        names = {row.public_key: row.name for row in queries.seats()}
    assert names["0x" + FIRST.hex()] == "solo"
    assert names["0x" + KEY.hex()] is None
    before = dump_digest(node.read)
    node.indexer.rebuild()
    assert dump_digest(node.read) == before


@pytest.mark.postgresql
def test_votes_on_postgresql(network: Network, database_url: Callable[[Purpose], str]) -> None:
    folder = network.organisation(
        ISSUER, read=database_url(Purpose.READ), state=database_url(Purpose.STATE)
    )
    node = network.node(folder)
    node.step()
    ballot = signed(draft(network), *GOVERNORS)
    node.proposals.propose(ballot)
    network.settle(node)
    assert node.proposals.find(digest(ballot)).status is ProposalStatus.DECIDED
