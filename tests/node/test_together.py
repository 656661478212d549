"""Records that one transaction carries: all or none, promised once, reported as one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.organisations import CUSTOMS_TH, IMPORTER, ISSUER, Network, certificate_id

from contracts.commitments.pedersen import Opening
from contracts.records import SignedRecord
from node.errors import (
    IdempotencyConflictError,
    RecordForeignError,
    RecordMalformedError,
    RecordTogetherError,
)
from node.files import make_private_folder
from node.organisation import OrganisationNode
from node.outbox.outbox import Request, hex32
from node.outbox.tables import EntryStatus, OutboxTransaction, TransactionStatus

A, B, C = (certificate_id(name) for name in "abc")


@pytest.fixture
def node(network: Network) -> OrganisationNode:
    node = network.node(network.organisation(ISSUER))
    network.settle(node)
    return node


def statuses(node: OrganisationNode, records: list[SignedRecord]) -> list[EntryStatus]:
    return [node.outbox.find(hex32(signed.digest)).status for signed in records]


def pair(network: Network) -> list[SignedRecord]:
    return [network.issue(A, items=1), network.issue(B, items=1)]


def test_they_become_final_in_one_transaction(network: Network, node: OrganisationNode) -> None:
    records = pair(network)
    entries = node.submit_together(records)
    assert [entry.status for entry in entries] == [EntryStatus.WAITING] * 2
    network.settle(node)
    assert statuses(node, records) == [EntryStatus.FINAL] * 2
    found = [node.outbox.find(entry.digest) for entry in entries]
    assert len({entry.transaction_hash for entry in found}) == 1
    with node.reading() as session:
        from node.indexer.tables import LedgerRecord

        assert session.get(LedgerRecord, entries[0].digest) is not None


def test_one_that_is_refused_refuses_all(network: Network, node: OrganisationNode) -> None:
    good, bad = network.issue(A, items=1), network.issue(B, CUSTOMS_TH.officer, items=1)
    node.submit_together([good, bad])
    network.settle(node)
    assert statuses(node, [good, bad]) == [EntryStatus.REFUSED] * 2
    reasons = {node.outbox.find(hex32(signed.digest)).reason for signed in (good, bad)}
    assert reasons == {"origin: not an issuing authority"}
    assert network.web3.eth.get_transaction_count(node.carrier._account.address) == 1


def test_the_same_again_is_the_same(network: Network, node: OrganisationNode) -> None:
    records = pair(network)
    assert node.submit_together(records) == node.submit_together(records)
    assert node.outbox.counts()[EntryStatus.WAITING] == 2
    network.settle(node)
    assert [e.status for e in node.submit_together(records)] == [EntryStatus.FINAL] * 2


def test_refused_ones_may_be_promised_again(network: Network, node: OrganisationNode) -> None:
    records = [network.issue(A, items=1), network.claim(B, Opening(1, 1))]
    node.submit_together(records)
    network.settle(node)
    assert statuses(node, records) == [EntryStatus.REFUSED] * 2
    network.record(network.issue(B, items=1))
    network.receive(B)
    node.submit_together(records)
    network.settle(node)
    assert statuses(node, records) == [EntryStatus.FINAL] * 2


def test_other_company_is_refused(network: Network, node: OrganisationNode) -> None:
    first, second = pair(network)
    node.submit(first)
    with pytest.raises(RecordTogetherError):
        node.submit_together([first, second])
    third = network.issue(C, items=1)
    node.submit_together([second, third])
    with pytest.raises(RecordTogetherError):
        node.submit_together([third, second])  # another order is another company
    assert node.submit(second).status is EntryStatus.WAITING  # promised, as it is


def test_a_key_names_one_request(network: Network, node: OrganisationNode) -> None:
    records = pair(network)
    request = Request("organisation/subject", "k", "0x" + "a" * 64)
    assert node.submit_together(records, request) == node.submit_together(records, request)
    other = Request("organisation/subject", "k", "0x" + "b" * 64)
    with pytest.raises(IdempotencyConflictError):
        node.submit_together([network.issue(C, items=1), *records], other)
    with pytest.raises(IdempotencyConflictError):
        node.submit(network.issue(C, items=1), other)


def test_records_of_two_contracts_do_not_go_together(
    network: Network, node: OrganisationNode
) -> None:
    line = network.certify(C, 1, Opening(5, 5))
    with pytest.raises(RecordMalformedError, match="do not go together"):
        node.submit_together([line, network.issue(A, items=1)])
    foreign = network.sign(network.issue(A, items=1).record, ISSUER.officer, b"\x01" * 20)
    with pytest.raises(RecordForeignError):
        node.submit_together([foreign, foreign])
    assert sum(node.outbox.counts().values()) == 0


def test_too_many_for_a_transaction_are_refused(network: Network, node: OrganisationNode) -> None:
    many = [network.claim(A, Opening(1, n + 1), tag=n) for n in range(100)]
    with pytest.raises(RecordMalformedError, match="too many"):
        node.submit_together(many)


def test_the_order_among_others_is_kept(network: Network, node: OrganisationNode) -> None:
    before, after = network.issue(C, items=1), network.cancel(C)
    records = pair(network)
    node.submit(before)
    node.submit_together(records)
    node.submit(after)
    network.settle(node)
    assert statuses(node, [before, *records, after]) == [EntryStatus.FINAL] * 4
    with node.state.read() as session:
        assert len(session.scalars(select(OutboxTransaction)).all()) == 3


def test_what_the_ledger_never_takes_refuses_all(network: Network, node: OrganisationNode) -> None:
    from node.ledger import SendRefusedError

    records = pair(network)
    real = node.ledger.send

    def refuse(_: bytes) -> None:
        raise SendRefusedError("intrinsic gas too low")

    node.ledger.send = refuse  # type: ignore[method-assign]
    node.submit_together(records)
    with suppress(Exception):
        network.settle(node, rounds=3)
    node.ledger.send = real  # type: ignore[method-assign]
    found = statuses(node, records)
    assert len(set(found)) == 1


class Crash(BaseException):
    """The process ends here."""


@pytest.mark.slow
def test_a_crash_anywhere_carries_them_once(tmp_path: Path) -> None:
    for at in count():
        place = tmp_path / str(at)
        make_private_folder(place)
        network = Network(place)
        try:
            if not _breaks(network, at):
                break
        finally:
            network.close()
    assert at > 6


def _breaks(network: Network, at: int) -> bool:
    folder = network.organisation(ISSUER)
    node = network.node(folder)
    network.settle(node)
    records = pair(network)
    passed = _install(node, at)
    with suppress(Crash):
        node.submit_together(records)
        network.settle(node)
    node.close()
    node = network.node(folder)
    network.settle(node)
    node.submit_together(records)  # whoever got no answer asks again
    network.settle(node)
    assert statuses(node, records) == [EntryStatus.FINAL] * 2
    with node.state.read() as session:
        rows = session.scalars(select(OutboxTransaction)).all()
    assert [row.nonce for row in rows if row.status == TransactionStatus.FINAL] == [0]
    return passed() > at


def _install(node: OrganisationNode, at: int) -> Callable[[], int]:
    passed = 0

    def point() -> None:
        nonlocal passed
        passed += 1
        if passed - 1 == at:
            raise Crash

    real: Callable[..., Any] = node.state.write
    send = node.ledger.send

    @contextmanager
    def write() -> Iterator[Session]:
        with real() as session:
            yield session
            point()
        point()

    def sending(raw: bytes) -> Any:
        point()
        answer = send(raw)
        point()
        return answer

    node.state.write = write  # type: ignore[method-assign]
    node.ledger.send = sending  # type: ignore[method-assign]
    return lambda: passed


def test_draws_go_only_with_the_child(network: Network, node: OrganisationNode) -> None:
    from contracts.origin.records import CertificateDraw

    draw = CertificateDraw(
        A, 1, B, 1, 0, 1, 1, 2, 1, 2, drawn_at=network.time, expires=network.soon
    )
    signed = network.sign(draw, IMPORTER.officer)
    node.submit(signed)
    network.settle(node)
    found = node.outbox.find(hex32(signed.digest))
    assert (found.status, found.reason) == (EntryStatus.REFUSED, "origin: draw and issue together")
