"""A national node sends by itself what its side issued."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from support.doors import Door
from support.exchanging import DAY_AFTER, certify, hand_over, messages_of, row_of, transmitted
from support.organisations import (
    CUSTOMS_ID,
    CUSTOMS_TH,
    EXPORTER,
    ISSUER,
    Network,
    certificate_id,
)

from contracts.membership.keys import NO_END, KeyPurpose, Role
from contracts.origin.records import MessageKind
from node.exchange.queries import ExchangeQueries
from node.exchange.tables import ExchangeDispatch
from node.files import make_private_folder
from node.membership.tables import KeyRow, OrganisationRow
from node.organisation import OrganisationNode
from node.origin.tables import Exchange, MessageRow
from node.outbox.tables import EntryStatus

SENT = [MessageKind.TRANSMIT]
REFUSED = [MessageKind.TRANSMIT, MessageKind.REFUSE]


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = Network(folder, time=DAY_AFTER, clerks=(ISSUER, CUSTOMS_ID))
    yield network
    network.close()


@pytest.fixture
def authority(network: Network) -> OrganisationNode:
    node = network.node(network.organisation(ISSUER))
    network.settle(node)
    return node


def later(network: Network, *nodes: OrganisationNode, seconds: int = 70) -> None:
    network.time += seconds
    network.settle(*nodes)


def test_what_was_issued_is_sent_once_its_document_is_here(
    network: Network, authority: OrganisationNode
) -> None:
    certified = certify(network)
    authority.submit(certified.signed)
    later(network, authority)
    assert row_of(authority, certified.name).exchange == Exchange.NOT_SENT
    manifest = hand_over(authority, certified, CUSTOMS_ID)
    later(network, authority)
    assert row_of(authority, certified.name).exchange == Exchange.SENT
    with authority.reading() as session:
        (message,) = session.scalars(select(MessageRow)).all()
    assert (message.reference, message.document) == (manifest, certified.digest)


def test_customs_gets_the_key_before_the_certificate_is_sent(
    network: Network, authority: OrganisationNode
) -> None:
    certified = certify(network)
    authority.submit(certified.signed)
    manifest = hand_over(authority, certified, EXPORTER)
    later(network, authority)
    with authority.reading() as session:
        (message,) = session.scalars(select(MessageRow)).all()
    assert message.reference != manifest
    newest = authority.vault.manifests(certified.digest)
    recipients = {wrap.recipient for wrap in newest[0].wraps}
    assert CUSTOMS_ID.encryption_key.key_id in recipients


def test_customs_whose_key_is_none_does_not_stop_the_others(
    network: Network, authority: OrganisationNode
) -> None:
    with authority.read.write() as session:
        session.add(
            OrganisationRow(
                id="0x" + "05" * 32, roles=int(Role.CUSTOMS), country="ID", governing=False,
                active=True, since_block=0, changed_block=0,
            )
        )  # fmt: skip
        session.add(
            KeyRow(
                id="0x" + "06" * 32, organisation="0x" + "05" * 32, material="0x00",
                purposes=int(KeyPurpose.ENCRYPT), valid_from=0, valid_until=NO_END, revoked_at=0,
                compromised_since=0, since_block=0,
            )
        )  # fmt: skip
    certified = certify(network)
    authority.submit(certified.signed)
    hand_over(authority, certified, CUSTOMS_ID)
    later(network, authority)
    assert row_of(authority, certified.name).exchange == Exchange.SENT


def test_what_is_sent_is_not_sent_again(network: Network, authority: OrganisationNode) -> None:
    certified = certify(network)
    authority.submit(certified.signed)
    hand_over(authority, certified, CUSTOMS_ID)
    for _ in range(3):
        later(network, authority)
    assert messages_of(authority, certified.name) == SENT


def test_another_authoritys_certificate_is_left_alone(network: Network) -> None:
    network.clerks = (EXPORTER, CUSTOMS_TH)
    certified = certify(network)
    network.record(certified.signed)
    for member in (EXPORTER, CUSTOMS_TH):
        node = network.node(network.organisation(member))
        network.settle(node)
        hand_over(node, certified, CUSTOMS_ID)
        later(network, node)
        assert messages_of(node, certified.name) == []


def test_what_was_refused_is_sent_again_when_it_was_corrected(
    network: Network, authority: OrganisationNode
) -> None:
    certified = certify(network)
    authority.submit(certified.signed)
    poor = replace(certified, document=certified.document.split("~")[0] + "~")
    hand_over(authority, poor, CUSTOMS_ID)  # a document that shows no box
    later(network, authority)
    network.record(network.message(certified.id, MessageKind.REFUSE))
    for _ in range(3):
        later(network, authority)
    assert messages_of(authority, certified.name) == REFUSED  # nothing was corrected
    hand_over(authority, certified, CUSTOMS_ID)
    later(network, authority)
    assert messages_of(authority, certified.name) == [*REFUSED, MessageKind.TRANSMIT]
    assert row_of(authority, certified.name).exchange == Exchange.SENT


def test_a_lost_promise_is_made_again(network: Network, authority: OrganisationNode) -> None:
    certified = certify(network)
    network.record(certified.signed)
    authority.indexer.follow()
    hand_over(authority, certified, CUSTOMS_ID)
    real = authority.outbox.submit

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    authority.outbox.submit = crash  # type: ignore[method-assign, assignment]
    with pytest.raises(KeyboardInterrupt):
        authority.step()
    authority.outbox.submit = real  # type: ignore[method-assign]
    with authority.state.read() as session:
        (dispatch,) = session.scalars(select(ExchangeDispatch)).all()
    later(network, authority)
    assert authority.outbox.find(dispatch.digest).status is EntryStatus.FINAL
    assert messages_of(authority, certified.name) == SENT


def connected(network: Network) -> tuple[Door, Door]:
    """Give the doors of authority and customs, which fetch from each other."""
    doors = Door(network, ISSUER), Door(network, CUSTOMS_ID)
    for door, other in (doors, doors[::-1]):
        door.node.documents.peers.reach(other.member.hex_id, "http://node", other.transport)
    return doors


def test_two_nodes_exchange_a_certificate_by_themselves(network: Network) -> None:
    authority, customs = connected(network)
    certified = certify(network)
    authority.node.submit(certified.signed)
    network.settle(authority.node, customs.node)
    hand_over(authority.node, certified, CUSTOMS_ID)
    for _ in range(3):
        later(network, authority.node, customs.node)
    assert row_of(authority.node, certified.name).exchange == Exchange.RECEIVED
    assert messages_of(customs.node, certified.name) == [
        MessageKind.TRANSMIT,
        MessageKind.ACKNOWLEDGE,
        MessageKind.RECEIVE,
    ]
    assert certified.digest in customs.node.vault.documents()


def test_the_sender_learns_why_it_was_refused(network: Network) -> None:
    authority, customs = connected(network)
    certified = certify(network, items=3)
    transmitted(network, certified)
    network.settle(authority.node, customs.node)
    hand_over(customs.node, certified)
    authority_state = ExchangeQueries(authority.node.state)
    assert authority_state.refusals([certified.name]) == {}
    certified_too = certify(network, items=3, object=certificate_id("too"))
    authority.node.submit(certified_too.signed)
    network.settle(authority.node, customs.node)
    hand_over(authority.node, certified_too, CUSTOMS_ID)
    for _ in range(5):
        later(network, authority.node, customs.node)
    assert row_of(authority.node, certified_too.name).exchange == Exchange.FAILED
    refusal = json.loads(authority_state.refusals([certified_too.name])[certified_too.name])
    assert refusal["certificate"] == certified_too.name
    assert "COO_SIG_INVALID" in refusal["codes"]


def test_nothing_is_sent_that_customs_cannot_open(
    network: Network, authority: OrganisationNode
) -> None:
    certified = certify(network)
    authority.submit(certified.signed)
    hand_over(authority, certified, EXPORTER)
    name = "0x" + CUSTOMS_ID.encryption_key.key_id.hex()
    with authority.read.write() as session:  # as if the ledger had it so
        session.get_one(KeyRow, name).revoked_at = network.time
    later(network, authority)
    assert messages_of(authority, certified.name) == []
    with authority.read.write() as session:
        session.get_one(KeyRow, name).revoked_at = 0
    later(network, authority)
    assert messages_of(authority, certified.name) == SENT
