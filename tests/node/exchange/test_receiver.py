"""A national node answers by itself what other administrations send."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.exchanging import (
    DAY_AFTER,
    Certified,
    certify,
    example_form,
    hand_over,
    messages_of,
    row_of,
    transmitted,
)
from support.organisations import (
    CUSTOMS_ID,
    CUSTOMS_TH,
    EXPORTER,
    IDENTIFIER_KEY,
    ISSUER,
    Network,
    certificate_id,
)

from contracts.origin.records import MessageKind
from node.errors import KeyFileError
from node.exchange.clerk import refusal_hash
from node.exchange.queries import ExchangeQueries, Receipt
from node.exchange.tables import ExchangeTask, TaskState
from node.files import create_private, make_private_folder
from node.folder import open_folder
from node.membership.tables import KeyRow
from node.organisation import OrganisationNode
from node.origin.tables import Exchange, MessageRow

ANSWERED = [MessageKind.TRANSMIT, MessageKind.ACKNOWLEDGE, MessageKind.RECEIVE]
REFUSED = [MessageKind.TRANSMIT, MessageKind.REFUSE]


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = Network(folder, time=DAY_AFTER, clerks=(CUSTOMS_ID, CUSTOMS_TH))
    yield network
    network.close()


@pytest.fixture
def customs(network: Network) -> OrganisationNode:
    node = network.node(network.organisation(CUSTOMS_ID))
    network.settle(node)
    return node


def receipt_of(node: OrganisationNode, certified: Certified) -> Receipt:
    return ExchangeQueries(node.state).receipts([certified.name])[certified.name]


def test_what_was_sent_is_received(network: Network, customs: OrganisationNode) -> None:
    certified = certify(network)
    transmitted(network, certified)
    network.settle(customs)
    hand_over(customs, certified)
    network.time += 10
    network.settle(customs)
    assert row_of(customs, certified.name).exchange is not None
    assert row_of(customs, certified.name).exchange == Exchange.RECEIVED
    assert messages_of(customs, certified.name) == ANSWERED
    receipt = receipt_of(customs, certified)
    assert (receipt.state, receipt.problem, receipt.findings) == (TaskState.RECEIVED, None, [])


def test_an_answer_is_given_once(network: Network, customs: OrganisationNode) -> None:
    certified = certify(network)
    transmitted(network, certified)
    network.settle(customs)
    hand_over(customs, certified)
    for _ in range(4):
        network.time += 60
        network.settle(customs)
    assert messages_of(customs, certified.name) == ANSWERED


def test_it_waits_ever_longer_for_the_document(network: Network, customs: OrganisationNode) -> None:
    certified = certify(network)
    transmitted(network, certified)
    network.settle(customs)
    pauses = []
    for _ in range(4):
        receipt = receipt_of(customs, certified)
        assert receipt.state == TaskState.WAITING
        assert receipt.problem is not None
        assert certified.digest in receipt.problem
        pauses.append(receipt.next_at - network.time)
        network.time = receipt.next_at
        customs.step()
    assert pauses == sorted(set(pauses))
    assert messages_of(customs, certified.name) == [MessageKind.TRANSMIT]


def test_what_is_for_another_country_is_left_alone(network: Network) -> None:
    certified = certify(network)
    transmitted(network, certified)
    other = network.node(network.organisation(CUSTOMS_TH))
    network.settle(other)
    with other.state.read() as session:
        assert session.scalars(select(ExchangeTask)).all() == []
    assert messages_of(other, certified.name) == [MessageKind.TRANSMIT]


def test_without_a_clerk_officers_answer(network: Network) -> None:
    network.clerks = ()
    node = network.node(network.organisation(CUSTOMS_ID))
    certified = certify(network)
    transmitted(network, certified)
    network.settle(node)
    assert node.exchange is None
    assert messages_of(node, certified.name) == [MessageKind.TRANSMIT]
    network.receive(certified.id)
    network.settle(node)
    assert row_of(node, certified.name).exchange == Exchange.RECEIVED
    assert row_of(node, certified.name).paper


def test_a_clerk_that_is_named_must_be_there(network: Network) -> None:
    network.clerks = ()
    folder = network.organisation(CUSTOMS_ID)
    text = (folder.path / "organisation.toml").read_text()
    (folder.path / "organisation.toml").write_text(text + '\n[exchange]\nclerk = "clerk.json"\n')

    with pytest.raises(KeyFileError, match=r"clerk\.json"):
        network.node(open_folder(folder.path))


def test_what_an_officer_answered_is_settled(network: Network, customs: OrganisationNode) -> None:
    certified = certify(network)
    transmitted(network, certified)
    network.settle(customs)
    network.receive(certified.id)
    network.settle(customs)
    assert receipt_of(customs, certified).state == TaskState.SETTLED
    assert messages_of(customs, certified.name) == [MessageKind.TRANSMIT, MessageKind.PAPER]


def test_without_the_identifier_key_nothing_is_said(network: Network) -> None:
    folder = network.organisation(CUSTOMS_ID)
    key = folder.keys / "identifiers" / "certificates-2026.key"
    key.unlink()
    node = network.node(folder)
    certified = certify(network)
    transmitted(network, certified)
    network.settle(node)
    hand_over(node, certified)
    network.time += 10
    network.settle(node)
    assert "identifier key of VN" in (receipt_of(node, certified).problem or "")

    create_private(key, IDENTIFIER_KEY.hex().encode())
    network.time += 60
    network.settle(node)
    assert row_of(node, certified.name).exchange == Exchange.RECEIVED


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another identifier": ({"object": certificate_id("other")}, "COO_SIG_INVALID"),
    "more items": ({"items": 3}, "COO_SIG_INVALID"),
    "another form": ({"form": b"E".ljust(8, b"\0")}, "COO_SIG_INVALID"),
    "longer validity": ({"expires_at": DAY_AFTER + 300 * 86_400}, "COO_SIG_INVALID"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_differs_from_the_ledger_is_refused(
    network: Network, customs: OrganisationNode, case: str
) -> None:
    changes, code = WRONG[case]
    certified = certify(network, **changes)
    transmitted(network, certified)
    network.settle(customs)
    hand_over(customs, certified)
    network.time += 10
    network.settle(customs)
    assert row_of(customs, certified.name).exchange == Exchange.FAILED
    assert messages_of(customs, certified.name) == REFUSED
    receipt = receipt_of(customs, certified)
    codes = [finding["code"] for finding in receipt.findings]
    assert receipt.state == TaskState.REFUSED
    assert code in codes
    assert all(finding["vi"] and finding["en"] for finding in receipt.findings)
    with customs.reading() as session:
        query = select(MessageRow.reason).where(MessageRow.kind == int(MessageKind.REFUSE))
        reason = session.scalar(query)
    assert receipt.salt is not None
    assert reason == "0x" + refusal_hash(bytes.fromhex(receipt.salt[2:]), codes).hex()


def test_a_number_under_another_key_is_refused(network: Network, customs: OrganisationNode) -> None:
    certified = certify(network, object=certificate_id("another name"))
    transmitted(network, certified)
    network.settle(customs)
    hand_over(customs, certified)
    network.time += 10
    network.settle(customs)
    codes = {finding["code"] for finding in receipt_of(customs, certified).findings}
    assert "COO_DUP_REF" in codes


def test_a_key_that_was_not_the_issuers_is_refused(
    network: Network, customs: OrganisationNode
) -> None:
    form = example_form()
    certified = certify(network, form)
    transmitted(network, certified)
    network.settle(customs)
    hand_over(customs, certified)

    name = "0x" + ISSUER.document_key.hex()
    with customs.read.write() as session:  # as if the ledger had it so
        session.get_one(KeyRow, name).organisation = EXPORTER.hex_id
    network.time += 10
    network.settle(customs)
    (finding,) = receipt_of(customs, certified).findings
    assert finding["code"] == "COO_ISSUER_UNKNOWN"


class Crash(BaseException):
    """The process ends here."""


class CrashPoints:
    """Counts the places where the worker may end, and ends it at one of them."""

    def __init__(self, at: int) -> None:
        self.passed = 0
        self.at = at

    def __call__(self) -> None:
        self.passed += 1
        if self.passed - 1 == self.at:
            raise Crash

    def install(self, node: OrganisationNode) -> None:
        real: Callable[..., Any] = node.state.write

        @contextmanager
        def write() -> Iterator[Session]:
            with real() as session:
                yield session
                self()
            self()

        node.state.write = write  # type: ignore[method-assign]


@pytest.mark.slow
def test_a_crash_anywhere_answers_once(tmp_path: Path) -> None:
    for at in range(100):
        place = tmp_path / str(at)
        make_private_folder(place)
        network = Network(place, time=DAY_AFTER, clerks=(CUSTOMS_ID,))
        points = CrashPoints(at)
        try:
            _break_and_recover(network, points)
        finally:
            network.close()
        if points.passed <= at:
            break
    assert 8 < at < 100


def _break_and_recover(network: Network, points: CrashPoints) -> None:
    folder = network.organisation(CUSTOMS_ID)
    node = network.node(folder)
    network.settle(node)
    certified = certify(network)
    transmitted(network, certified)
    node.indexer.follow()
    hand_over(node, certified)
    points.install(node)
    with suppress(Crash):
        network.settle(node)
    node.close()
    node = network.node(folder)
    for _ in range(3):
        network.time += 60
        network.settle(node)
    assert messages_of(node, certified.name) == ANSWERED
    with node.state.read() as session:
        (task,) = session.scalars(select(ExchangeTask)).all()
    assert task.state == TaskState.RECEIVED
    assert len(json.loads(task.answers or "[]")) == 2
