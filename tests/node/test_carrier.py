"""What the carrier makes of a ledger's moods."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from support.comet_ledger import skip_on_network
from support.organisations import CUSTOMS_TH, ISSUER, PASSWORD, Network, Signer, certificate_id

from chain.engine.mempool import Mempool
from contracts.calls import Call
from contracts.membership.keys import NO_END, KeyPurpose, material_key_id
from contracts.membership.records import KeyAdd, KeyRevoke
from contracts.records import SignedRecord
from node.config import parse_config
from node.errors import LedgerUnavailableError
from node.folder import create_folder
from node.keys.accounts import DEMONSTRATION, import_account
from node.ledger import SendRefusedError
from node.membership.tables import KeyRow
from node.organisation import OrganisationNode
from node.outbox.tables import EntryStatus, OutboxTransaction, TransactionStatus


@pytest.fixture
def node(network: Network) -> OrganisationNode:
    node = network.node(network.organisation(ISSUER))
    network.settle(node)
    return node


def statuses(node: OrganisationNode, digests: Sequence[str]) -> set[EntryStatus]:
    return {node.outbox.find(digest).status for digest in digests}


def transactions(node: OrganisationNode) -> list[OutboxTransaction]:
    with node.state.read() as session:
        return list(session.scalars(select(OutboxTransaction).order_by(OutboxTransaction.nonce)))


@pytest.mark.parametrize("gas", [30_000, 150_000], ids=["refused unsent", "out of gas"])
def test_a_batch_that_fails_as_a_whole_refuses_no_record(
    network: Network, node: OrganisationNode, gas: int
) -> None:
    real = node._carriage.build

    def build(records: Sequence[SignedRecord], *, together: bool = False) -> Call:
        call = real(records, together=together)
        return replace(call, gas=gas) if len(records) > 1 else call

    node._carriage.build = build  # type: ignore[method-assign]
    entries = [node.submit(network.issue(certificate_id(str(n)))) for n in range(3)]
    network.settle(node)
    assert statuses(node, [entry.digest for entry in entries]) == {EntryStatus.FINAL}
    final = [t.nonce for t in transactions(node) if t.status == TransactionStatus.FINAL]
    assert final == list(range(len(final)))


def test_a_full_ledger_is_asked_again(network: Network, node: OrganisationNode) -> None:
    real = node.ledger.send

    def full(_: bytes) -> None:
        raise SendRefusedError("4096 transactions of one sender wait already: send again later")

    node.ledger.send = full  # type: ignore[method-assign]
    entry = node.submit(network.issue(certificate_id("a")))
    with pytest.raises(LedgerUnavailableError, match="wait already"):
        node.carrier.step()
    assert node.outbox.find(entry.digest).status is EntryStatus.CARRIED
    node.ledger.send = real  # type: ignore[method-assign]
    network.settle(node)
    assert node.outbox.find(entry.digest).status is EntryStatus.FINAL
    assert len(transactions(node)) == 1


def test_a_ledger_that_has_it_already_is_content(network: Network, node: OrganisationNode) -> None:
    real = node.ledger.send

    def known(raw: bytes) -> None:
        real(raw)
        raise SendRefusedError("already known")

    node.ledger.send = known  # type: ignore[method-assign]
    entry = node.submit(network.issue(certificate_id("a")))
    network.settle(node)
    assert node.outbox.find(entry.digest).status is EntryStatus.FINAL


def test_resending_does_no_harm(network: Network, node: OrganisationNode) -> None:
    entry = node.submit(network.issue(certificate_id("a")))
    for _ in range(3):
        node.carrier._sent.clear()
        node.carrier.step()
    network.settle(node)
    assert node.outbox.find(entry.digest).status is EntryStatus.FINAL
    assert node.ledger.next_nonce(node.carrier.address) == 1


def test_what_the_ledger_forgot_is_sent_again_after_a_while(
    network: Network, node: OrganisationNode
) -> None:
    skip_on_network("its engine has no mempool to empty")
    entry = node.submit(network.issue(certificate_id("a")))
    now = [100.0]
    node.carrier._monotonic = lambda: now[0]
    node.carrier.step()
    (sent,) = transactions(node)
    engine = network.ledger.engine
    engine._mempool = Mempool()  # type: ignore[attr-defined] # as after a crash
    node.carrier.step()
    assert engine.pending(bytes.fromhex(sent.hash[2:])) is None
    now[0] += 5.0
    node.carrier.step()
    assert engine.pending(bytes.fromhex(sent.hash[2:])) is not None
    network.settle(node)
    assert node.outbox.find(entry.digest).status is EntryStatus.FINAL


def twin(network: Network, node: OrganisationNode) -> OrganisationNode:
    """Open another folder with the same account: what an operator must not do, but may."""
    config = parse_config(node.folder.config.to_toml(), node.folder.path)
    folder = create_folder(network.folder / "twin", config, network.genesis)
    account = folder.keys / "account.json"
    import_account(account, ISSUER.carrier.secret, PASSWORD, DEMONSTRATION)
    return network.node(folder)


def test_a_nonce_taken_by_another_is_given_up(network: Network, node: OrganisationNode) -> None:
    other = twin(network, node)
    network.settle(other)
    first = node.submit(network.issue(certificate_id("a")))
    second = other.submit(network.issue(certificate_id("b")))
    node.carrier.step()
    _step_refused(other)  # the ledger has this nonce from the first one
    network.seal()
    network.settle(node, other)
    assert node.outbox.find(first.digest).status is EntryStatus.FINAL
    assert other.outbox.find(second.digest).status is EntryStatus.FINAL
    displaced = [t for t in transactions(other) if t.status == TransactionStatus.DISPLACED]
    assert len(displaced) == 1


def _step_refused(node: OrganisationNode) -> None:
    try:
        node.carrier.step()
    except LedgerUnavailableError:
        return


def test_records_behind_a_refused_transaction_go_on(
    network: Network, node: OrganisationNode
) -> None:
    stranger = network.sign(
        network.issue(certificate_id("x")).record, ISSUER.officer, contract=b"\x77" * 20
    )
    bad = node.outbox.submit(stranger)
    good = [node.submit(network.issue(certificate_id(str(n)))) for n in range(2)]
    real = node.ledger.send

    def off(_: bytes) -> None:
        raise LedgerUnavailableError("embedded", "off")

    node.ledger.send = off  # type: ignore[method-assign]
    for _ in range(2):  # stored, but not sent
        with pytest.raises(LedgerUnavailableError):
            node.carrier.step()
    node.ledger.send = real  # type: ignore[method-assign]
    network.settle(node)
    assert node.outbox.find(bad.digest).status is EntryStatus.REFUSED
    assert statuses(node, [entry.digest for entry in good]) == {EntryStatus.FINAL}
    assert node.ledger.next_nonce(node.carrier.address) >= 1


def test_a_refused_record_may_be_promised_again(network: Network, node: OrganisationNode) -> None:
    claim: Any = network.cancel(certificate_id("a"))
    entry = node.submit(claim)
    network.settle(node)
    assert node.outbox.find(entry.digest).status is EntryStatus.REFUSED
    node.submit(network.issue(certificate_id("a")))
    again = node.submit(claim)  # what it was refused for has changed
    assert again.digest == entry.digest
    network.settle(node)
    assert node.outbox.find(entry.digest).status is EntryStatus.FINAL


def test_two_carriers_of_one_process_take_turns(network: Network, node: OrganisationNode) -> None:
    assert node.carrier._lock.acquire()
    node.submit(network.issue(certificate_id("a"), CUSTOMS_TH.officer))
    assert node.carrier.step()
    assert transactions(node) == []
    node.carrier._lock.release()


def test_long_records_travel_alone_and_in_order(network: Network, node: OrganisationNode) -> None:
    admin = Signer(f"{ISSUER.name} admin")
    materials = [bytes([number]) * 1_216 for number in range(2)]
    records = [
        KeyAdd(
            object=ISSUER.id,
            sequence=number,
            key=material_key_id(material),
            purposes=int(KeyPurpose.ENCRYPT),
            valid_from=0,
            valid_until=NO_END,
            material=material,
            expires=network.soon,
        )
        for number, material in enumerate(materials)
    ]
    last = KeyRevoke(ISSUER.id, 2, material_key_id(materials[0]), network.soon)
    entries = [node.submit(network.sign(record, admin)) for record in (*records, last)]
    network.settle(node)
    assert statuses(node, [entry.digest for entry in entries]) == {EntryStatus.FINAL}
    with node.reading() as session:
        row = session.get_one(KeyRow, "0x" + material_key_id(materials[0]).hex())
    assert row.revoked_at > 0
    assert row.material == "0x" + materials[0].hex()
