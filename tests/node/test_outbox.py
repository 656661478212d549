"""Promises: durable, once, and under one name."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from support.comet_ledger import skip_on_network
from support.organisations import CHAIN_ID, CUSTOMS_TH, ISSUER, Network, certificate_id

from node.database.database import Database
from node.errors import IdempotencyConflictError, RecordUnknownError, StorageError
from node.files import hold_lock
from node.outbox.outbox import Outbox, Request
from node.outbox.tables import EntryStatus, OutboxEntry, OutboxTransaction, TransactionStatus


@pytest.fixture
def outbox(state: Database, clock: Callable[[], datetime]) -> Outbox:
    return Outbox(state, CHAIN_ID, clock)


def request(key: str, content: str = "a") -> Request:
    return Request("organisation/subject", key, "0x" + content * 64)


def test_a_promise_is_found_again(outbox: Outbox, network: Network) -> None:
    signed = network.issue(certificate_id("a"))
    entry = outbox.submit(signed)
    assert outbox.find(entry.digest) == entry
    assert entry.signed == signed
    assert entry.status is EntryStatus.WAITING
    assert not entry.is_settled


def test_what_was_never_promised_is_not_found(outbox: Outbox) -> None:
    with pytest.raises(RecordUnknownError):
        outbox.find("0x" + "00" * 32)


def test_the_same_record_is_one_entry(outbox: Outbox, network: Network) -> None:
    signed = network.issue(certificate_id("a"))
    assert outbox.submit(signed) == outbox.submit(signed)
    assert outbox.counts()[EntryStatus.WAITING] == 1


def test_the_same_key_gives_the_same_entry(outbox: Outbox, network: Network) -> None:
    signed = network.issue(certificate_id("a"))
    assert outbox.submit(signed, request("k")) == outbox.submit(signed, request("k"))


def test_the_same_key_for_another_request_is_refused(outbox: Outbox, network: Network) -> None:
    outbox.submit(network.issue(certificate_id("a")), request("k", "a"))
    with pytest.raises(IdempotencyConflictError, match="'k'"):
        outbox.submit(network.issue(certificate_id("b")), request("k", "b"))
    assert outbox.counts()[EntryStatus.WAITING] == 1


def test_keys_of_different_callers_do_not_meet(outbox: Outbox, network: Network) -> None:
    outbox.submit(network.issue(certificate_id("a")), request("k", "a"))
    other = Request("organisation/another", "k", "0x" + "b" * 64)
    outbox.submit(network.issue(certificate_id("b")), other)
    assert outbox.counts()[EntryStatus.WAITING] == 2


def test_many_threads_promise_each_record_once(outbox: Outbox, network: Network) -> None:
    records = [network.issue(certificate_id(str(number))) for number in range(8)]
    barrier = threading.Barrier(8)

    def submit(place: int) -> list[str]:
        barrier.wait()
        order = records[place:] + records[:place]
        return [outbox.submit(r, request("0x" + r.digest.hex())).digest for r in order]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(submit, range(8)))
    assert {frozenset(answer) for answer in answers} == {frozenset(answers[0])}
    assert outbox.counts()[EntryStatus.WAITING] == 8


def test_a_promised_document_is_known(outbox: Outbox, network: Network) -> None:
    signed = network.issue(certificate_id("a"))
    outbox.submit(signed)
    message = signed.record.message()
    assert outbox.is_promised("CertificateIssue", "document", message["document"])
    assert not outbox.is_promised("CertificateIssue", "document", message["consignment"])
    assert not outbox.is_promised("CertificateIssue", "document", "%")


def test_a_full_disk_promises_nothing(network: Network) -> None:
    node = network.node(network.organisation(ISSUER))
    with node.state.write() as session:
        session.connection().exec_driver_sql("PRAGMA max_page_count = 1")
    records = [network.issue(certificate_id(str(number))) for number in range(200)]
    with pytest.raises(StorageError, match="full"):
        all(node.outbox.submit(signed) for signed in records)


def test_records_become_final_in_batches(network: Network) -> None:
    node = network.node(network.organisation(ISSUER))
    network.settle(node)
    entries = [node.submit(network.issue(certificate_id(str(n)))) for n in range(40)]
    network.settle(node)
    assert {node.outbox.find(entry.digest).status for entry in entries} == {EntryStatus.FINAL}
    with node.state.read() as session:
        transactions = session.scalars(select(OutboxTransaction)).all()
    assert sorted(t.nonce for t in transactions) == [0, 1]  # 32 and 8 records


def test_a_refused_record_tells_the_reason_and_spoils_no_other(network: Network) -> None:
    node = network.node(network.organisation(ISSUER))
    network.settle(node)
    good = node.submit(network.issue(certificate_id("a")))
    bad = node.submit(network.issue(certificate_id("b"), CUSTOMS_TH.officer))
    also = node.submit(network.issue(certificate_id("c")))
    network.settle(node)
    assert node.outbox.find(good.digest).status is EntryStatus.FINAL
    assert node.outbox.find(also.digest).status is EntryStatus.FINAL
    refused = node.outbox.find(bad.digest)
    assert refused.status is EntryStatus.REFUSED
    assert refused.reason is not None
    assert refused.reason.startswith("origin: ")
    assert refused.is_settled


def test_a_refused_record_alone_tells_the_reason(network: Network) -> None:
    node = network.node(network.organisation(ISSUER))
    network.settle(node)
    issued = network.issue(certificate_id("b"))
    bad = node.submit(network.sign(issued.record, CUSTOMS_TH.officer))
    network.settle(node)
    assert node.outbox.find(bad.digest).status is EntryStatus.REFUSED
    again = node.submit(issued)
    network.settle(node)
    assert again.digest == bad.digest  # the same fields, another signature
    assert node.outbox.find(again.digest).status is EntryStatus.FINAL


def test_a_record_that_another_organisation_carried_is_final(network: Network) -> None:
    first = network.node(network.organisation(ISSUER))
    second = network.node(network.organisation(CUSTOMS_TH))
    network.settle(first, second)
    signed = network.issue(certificate_id("a"))
    first.submit(signed)
    network.settle(first)
    entry = second.submit(signed)
    network.settle(second)
    found = second.outbox.find(entry.digest)
    assert found.status is EntryStatus.FINAL
    assert found.block_number == 2  # behind the export lines


def test_an_expired_record_is_refused(network: Network) -> None:
    skip_on_network("it moves or fixes the clock")
    node = network.node(network.organisation(ISSUER))
    network.settle(node)
    entry = node.submit(network.issue(certificate_id("a"), expires=network.time))
    network.time += 60
    network.settle(node)
    found = node.outbox.find(entry.digest)
    assert (found.status, found.reason) == (EntryStatus.REFUSED, "records: expired")


def test_a_ledger_that_lost_its_memory_gets_the_transactions_again(network: Network) -> None:
    folder = network.organisation(ISSUER)
    node = network.node(folder)
    network.settle(node)
    entry = node.submit(network.issue(certificate_id("a")))
    node.carrier.step()
    node.close()
    network.restart_ledger()
    node = network.node(folder)
    network.settle(node)
    assert node.outbox.find(entry.digest).status is EntryStatus.FINAL


def test_an_older_copy_of_the_database_repeats_nothing(network: Network) -> None:
    folder = network.organisation(ISSUER)
    node = network.node(folder)
    network.settle(node)
    first = node.submit(network.issue(certificate_id("a")))
    node.close()
    copy = (folder.path / "state.db").read_bytes()
    node = network.node(folder)
    node.submit(network.issue(certificate_id("b")))
    network.settle(node)
    node.close()
    for name in ("state.db-wal", "state.db-shm"):
        (folder.path / name).unlink(missing_ok=True)
    (folder.path / "state.db").write_bytes(copy)
    node = network.node(folder)
    network.settle(node)
    assert node.outbox.find(first.digest).status is EntryStatus.FINAL
    third = node.submit(network.issue(certificate_id("c")))
    network.settle(node)
    assert node.outbox.find(third.digest).status is EntryStatus.FINAL


def test_what_the_ledger_never_takes_is_refused_and_leaves_no_gap(network: Network) -> None:
    node = network.node(network.organisation(ISSUER))
    network.settle(node)
    stranger = network.sign(
        network.issue(certificate_id("a")).record, ISSUER.officer, contract=b"\x77" * 20
    )
    entry = node.outbox.submit(stranger)  # past the check of `node.submit`
    good = node.submit(network.issue(certificate_id("b")))
    network.settle(node)
    refused = node.outbox.find(entry.digest)
    assert refused.status is EntryStatus.REFUSED
    assert "not admitted" in (refused.reason or "")
    assert node.outbox.find(good.digest).status is EntryStatus.FINAL
    with node.state.read() as session:
        final = session.scalars(
            select(OutboxTransaction).where(OutboxTransaction.status == TransactionStatus.FINAL)
        ).all()
    assert [transaction.nonce for transaction in final] == [0]


def test_a_second_process_does_not_carry(network: Network) -> None:
    folder = network.organisation(ISSUER)
    first, second = network.node(folder), network.node(folder)
    network.settle(first)
    first.submit(network.issue(certificate_id("a")))
    with hold_lock(folder.carrier_lock) as held:
        assert held
        assert not second.carrier.step()
        with second.state.read() as session:
            assert session.scalars(select(OutboxTransaction)).all() == []
    assert second.carrier.step()


def test_concurrency_leaves_no_gap_between_nonces(tmp_path: Path) -> None:
    network = Network(tmp_path, sealing=True)
    try:
        node = network.node(network.organisation(ISSUER))
        node.indexer.follow()
        stop = threading.Event()

        def carry() -> None:
            while not stop.wait(0.002):
                node.carrier.step()

        issued = [network.issue(certificate_id(str(number))) for number in range(80)]

        def submit(thread: int) -> list[str]:
            return [node.submit(signed).digest for signed in issued[thread::8]]

        carriers = [threading.Thread(target=carry) for _ in range(3)]
        for thread in carriers:
            thread.start()
        with ThreadPoolExecutor(8) as pool:
            digests = [d for answer in pool.map(submit, range(8)) for d in answer]
        stop.set()
        for thread in carriers:
            thread.join()
        network.settle(node, rounds=400)
        assert {node.outbox.find(d).status for d in digests} == {EntryStatus.FINAL}
        with node.state.read() as session:
            nonces = sorted(t.nonce for t in session.scalars(select(OutboxTransaction)))
            entries = session.scalars(select(OutboxEntry)).all()
        assert nonces == list(range(len(nonces)))
        assert len(entries) == 80
        assert node.ledger.next_nonce(node.carrier.address) == len(nonces)
    finally:
        network.close()
