"""Break before and after every write and every sending, start again, and look what stands."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.organisations import ISSUER, ORIGIN, Network, certificate_id

from contracts.records import SignedRecord
from node.files import make_private_folder
from node.indexer.dump import dump_digest
from node.organisation import OrganisationNode
from node.outbox.outbox import Request, hex32
from node.outbox.tables import EntryStatus, OutboxTransaction, TransactionStatus


class Crash(BaseException):
    """The process ends here."""


class CrashPoints:
    """Counts the places where a process may end, and ends it at one of them."""

    def __init__(self, at: int) -> None:
        self.passed = 0
        self.at = at

    def __call__(self) -> None:
        self.passed += 1
        if self.passed - 1 == self.at:
            raise Crash

    def install(self, node: OrganisationNode) -> None:
        for database in (node.state, node.read):
            database.write = self._around_write(database.write)  # type: ignore[method-assign]
        node.ledger.send = self._around_call(node.ledger.send)  # type: ignore[method-assign]

    def _around_write(self, real: Callable[..., Any]) -> Callable[..., Any]:
        @contextmanager
        def write() -> Iterator[Session]:
            with real() as session:
                yield session
                self()  # everything said, nothing kept
            self()  # kept, but nobody knows

        return write

    def _around_call(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            self()
            answer = real(*arguments)
            self()
            return answer

        return call


def request_of(signed: SignedRecord) -> Request:
    return Request("scope", hex32(signed.digest), hex32(signed.digest))


def work(
    network: Network, node: OrganisationNode, records: list[SignedRecord], told: list[str]
) -> None:
    """Submit records as they come, carrying and sealing in between."""
    for number, signed in enumerate(records):
        told.append(node.submit(signed, request_of(signed)).digest)
        node.step()
        if number == 1:
            network.seal()
            node.step()
    network.settle(node)


@pytest.mark.slow
def test_a_crash_anywhere_loses_and_repeats_nothing(tmp_path: Path) -> None:
    for at in count():
        place = tmp_path / str(at)
        make_private_folder(place)
        network = Network(place)
        try:
            points = CrashPoints(at)
            # In turn: what waits in the ledger's memory outlives the node, or it does not.
            _break_and_recover(network, points, ledger_too=bool(at // 2 % 2))
        finally:
            network.close()
        if points.passed <= at:
            break  # the scenario has no more places to break at
    assert at > 20


def _break_and_recover(network: Network, points: CrashPoints, *, ledger_too: bool) -> None:
    folder = network.organisation(ISSUER)
    node = network.node(folder)
    network.settle(node)
    records = [network.issue(certificate_id(str(number))) for number in range(3)]
    told: list[str] = []
    points.install(node)
    with suppress(Crash):
        work(network, node, records, told)
    node.close()
    if ledger_too:
        network.restart_ledger()

    node = network.node(folder)
    network.settle(node)
    assert all(node.outbox.find(digest).status is EntryStatus.FINAL for digest in told)
    for signed in records:  # whoever got no answer asks again
        node.submit(signed, request_of(signed))
    network.settle(node)

    assert all(
        node.outbox.find(hex32(signed.digest)).status is EntryStatus.FINAL for signed in records
    )
    _check_once(node, records)


def _check_once(node: OrganisationNode, records: list[SignedRecord]) -> None:
    with node.state.read() as session:
        transactions = session.scalars(select(OutboxTransaction)).all()
    nonces = sorted(t.nonce for t in transactions if t.status == TransactionStatus.FINAL)
    assert nonces == list(range(node.ledger.next_nonce(node.carrier.address)))
    assert not [t for t in transactions if t.status == TransactionStatus.PENDING]
    every = node.ledger.logs(0, node.ledger.latest_number())
    recorded = [log for log in every if log.address == ORIGIN]
    assert len(recorded) == 2 * len(records)  # Recorded and CertificateIssued, once each
    followed = dump_digest(node.read)
    node.indexer.rebuild()
    assert dump_digest(node.read) == followed
