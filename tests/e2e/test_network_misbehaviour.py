"""A validator that runs twice votes twice: the evidence reaches every ledger, and Membership."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.agreement import Loads, await_level, check_network
from support.comet import CometNetwork, Organisation
from support.network import (
    CHAIN_ID,
    ID_AUTHORITY,
    ID_CUSTOMS,
    TH_CUSTOMS,
    VN_AUTHORITY,
    VN_CUSTOMS,
    Member,
)

from contracts.ledger import Ledger
from contracts.membership.binding import MembershipContract
from contracts.membership.events import MisbehaviourReported
from contracts.membership.founding import membership_address
from contracts.membership.misbehaviour import Misbehaviour, misbehaviour_id
from node.config import OrganisationConfig
from node.folder import create_folder
from node.keys.accounts import DEMONSTRATION, import_account
from node.organisation import OrganisationNode, open_node

pytestmark = pytest.mark.slow

MANY = 10_000
"""Heights, more than there are."""

PASSWORD = b"a password for tests"


def test_double_signing(tmp_path: Path) -> None:
    """Whoever proposes twice votes for both: each copy for its own."""
    with CometNetwork(tmp_path / "network", forked=True) as network:
        *honest, double = network.organisations
        with Loads.of((VN_AUTHORITY, VN_CUSTOMS), honest) as loads:
            twin = network.add("twin", validator=double.name)
            twin.start()
            network.wait_until(lambda: bool(misbehaviours(honest[0])))
            twin.kill()
        network.organisations.remove(twin)
        await_level(network)
        found = misbehaviours(honest[0])
        for each in network.organisations:
            network.wait_until(lambda each=each: misbehaviours(each) == found)
        for each in found:
            assert each["kind"] == "duplicate-vote"
            assert each["validatorAddress"] == "0x" + double.address.hex()
            assert int(each["height"], 16) < int(each["seenAtHeight"], 16)
            assert (int(each["power"], 16), int(each["totalVotingPower"], 16)) == (10, 40)
        check_reports(network, tmp_path, found)
        check_network(network, loads)


def misbehaviours(organisation: Organisation) -> list[dict[str, Any]]:
    found = organisation.request("tradeseal_getMisbehaviour", "0x1", hex(MANY))
    assert isinstance(found, list)
    return found


def check_reports(network: CometNetwork, tmp_path: Path, found: list[dict[str, Any]]) -> None:
    """Let three organisations' nodes look: those that govern report, once, whatever crashes."""
    governing, reported = (ID_AUTHORITY, ID_CUSTOMS), set()
    for misbehaviour in found:
        address = bytes.fromhex(misbehaviour["validatorAddress"][2:])
        height = int(misbehaviour["height"], 16)
        reported.add(misbehaviour_id(Misbehaviour.DUPLICATE_VOTE, address, height))
    expected = {(each, member.id): 1 for each in reported for member in governing}
    places = zip((*governing, TH_CUSTOMS), network.organisations, strict=False)
    folders = [node_folder(member, each, tmp_path, network.genesis) for member, each in places]
    for _ in range(2):  # a node that starts again finds that it has reported
        with ExitStack() as stack:
            nodes = [stack.enter_context(opened(folder)) for folder in folders]
            network.wait_until(lambda nodes=nodes: is_idle(nodes))
            network.wait_until(
                lambda nodes=nodes: is_idle(nodes) and reports(network.organisations[0]) == expected
            )
            assert [sum(node.outbox.counts().values()) for node in nodes] == [
                len(reported),
                len(reported),
                0,
            ]
    for each in network.organisations:
        network.wait_until(lambda each=each: reports(each) == expected)


def reports(organisation: Organisation) -> Counter[tuple[bytes, bytes]]:
    """Return how often each organisation has reported each misbehaviour on the ledger."""
    ledger = Ledger(organisation.web3)
    membership = MembershipContract(ledger, membership_address())
    logs = ledger.logs([membership.address], 0, ledger.block_number())
    return Counter(
        (event.object, event.organisation)
        for event in map(membership.decode, logs)
        if isinstance(event, MisbehaviourReported)
    )


def is_idle(nodes: Sequence[OrganisationNode]) -> bool:
    """Let each take a step, and say whether none has more to do."""
    return not sum(node.step() for node in nodes)


def node_folder(member: Member, organisation: Organisation, folder: Path, genesis: bytes) -> Path:
    """Make the folder of a member's node beside an organisation's ledger."""
    config = OrganisationConfig(
        name=member.name.lower().replace(" ", "-"),
        organisation="0x" + member.id.hex(),
        country=member.country,
        ledger_url=organisation.url,
        evm_chain_id=CHAIN_ID,
        membership="0x" + membership_address().hex(),
    )
    made = create_folder(folder / config.name, config, genesis)
    import_account(made.keys / "account.json", member.carrier.secret, PASSWORD, DEMONSTRATION)
    return made.path


@contextmanager
def opened(folder: Path) -> Iterator[OrganisationNode]:
    node = open_node(folder, PASSWORD, lambda: datetime.now(UTC))
    try:
        yield node
    finally:
        node.close()
